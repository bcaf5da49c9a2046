//! The ways out of what a plan leaves.

use std::fmt::{self, Write as _};

use super::{
    super::{WayDto, WaysDto, numbers},
    Page, few,
};

impl Page<'_> {
    /// The ways out of what the plan leaves; the schema has those of every token.
    pub(super) fn ways_out(&self, out: &mut String) -> fmt::Result {
        // What rounding leaves behind is told as nothing, and has no ways out worth telling.
        let some = |of: &&WaysDto| of.held && !self.amount(&of.amount, &of.token).starts_with("0 ");
        let held: Vec<&WaysDto> = self.answer.ways_out.iter().filter(some).collect();
        for of in &held {
            let title = format!("Ways out of {}", self.amount(&of.amount, &of.token));
            writeln!(out, "\n{}", self.bold(&title))?;
            for way in &of.ways {
                self.way(out, of, way)?;
            }
            if of.ways.is_empty() {
                writeln!(out, "  none is known: {}", self.dim(&few(&of.unknown)))?;
            }
        }
        Ok(())
    }

    fn way(&self, out: &mut String, of: &WaysDto, way: &WayDto) -> fmt::Result {
        let pays = match &way.pays {
            Some(pays) => self.amount(pays, &way.to),
            None => "an unknown amount".to_owned(),
        };
        let some = if way.takes == of.amount {
            String::new()
        } else {
            format!(" for {}", self.amount(&way.takes, &of.token))
        };
        let when = match (way.kind, way.expected_wait_s, way.least_wait_s) {
            ("queue", Some(s), _) => {
                let assumed = if way.assumed { ", assumed" } else { "" };
                format!("after {}{assumed}", numbers::duration(s))
            }
            ("queue", None, Some(s)) => format!("not before {}", numbers::duration(s)),
            ("queue", None, None) => "after an unknown wait".to_owned(),
            _ => "at once".to_owned(),
        };
        let mut notes = vec![format!("rate {}", way.rate_rule.replace('_', " "))];
        if let Some(fee) = way.fee_bps.as_ref().filter(|fee| *fee != "0.0000") {
            notes.push(format!("fee {}", numbers::percent(fee)));
        }
        for (name, bound) in [("at least", &way.least), ("at most", &way.most)] {
            let bound = bound.amount().map(|amount| self.amount(amount, &of.token));
            notes.extend(bound.map(|bound| format!("{name} {bound} a request")));
        }
        if let Some((limit, by)) = way.limit.amount().zip(way.limit_by) {
            notes.push(format!("up to {} ({by})", self.amount(limit, &of.token)));
        }
        if way.transferable == Some(false) {
            notes.push("the claim cannot be sold".to_owned());
        }
        writeln!(out, "  {:<28} {pays}{some}, {when}", way.name)?;
        writeln!(out, "    {}", self.dim(&notes.join("; ")))?;
        if way.unknown.is_empty() {
            return Ok(());
        }
        writeln!(out, "    {}", self.bad(&format!("unknown: {}", few(&way.unknown))))
    }
}
