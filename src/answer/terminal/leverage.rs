//! What a plan owes, for people.

use std::fmt::{self, Write as _};

use super::{Page, numbers};
use crate::answer::StressDto;

impl Page<'_> {
    pub(super) fn leverage(&self, out: &mut String) -> fmt::Result {
        let Some(l) = &self.answer.leverage else { return Ok(()) };
        let title = format!("Leverage {} via {}", short(&l.leverage), l.venue);
        writeln!(out, "\n{}", self.bold(&title))?;
        let percent = |bps: &String| numbers::percent(bps);
        let collateral = self.amount(&l.collateral_amount, &l.collateral_token);
        let debt = self.amount(&l.debt_amount, &l.loan_token);
        writeln!(out, "  holds       {collateral}, owes {debt}")?;
        let lost = l.liquidation_loss_bps.as_ref().map_or_else(String::new, |loss| {
            format!(", which loses {} of the equity", percent(loss))
        });
        writeln!(
            out,
            "  health      {} now, {} at the horizon; liquidated below 1: a fall of the oracle price \
             by {}{lost}",
            short(&l.health),
            short(&l.health_at_horizon),
            percent(&l.liquidation_drop_bps)
        )?;
        let carry = match l.carry_to_liquidation_s {
            Some(s) => format!("interest alone gets there in {}", numbers::duration(s)),
            None => "interest alone never gets there: the collateral earns more".to_owned(),
        };
        writeln!(out, "  carry       {carry}")?;
        writeln!(
            out,
            "  rates       earns {}, pays {} ({} before this loan); breaks even at {}",
            percent(&l.collateral_bps),
            percent(&l.borrow_bps),
            percent(&l.borrow_before_bps),
            percent(&l.break_even_borrow_bps)
        )?;
        let left = self.amount(&l.unwinding.left_amount, &l.loan_token);
        writeln!(
            out,
            "  leaving     {} rounds leave {left} today; the loan is {} of {} that lie there",
            l.unwinding.rounds,
            debt,
            self.amount(&l.loan_available, &l.loan_token)
        )?;
        for row in &l.stress {
            writeln!(out, "  {}", self.dim(&stressed(row)))?;
        }
        Ok(())
    }
}

/// Two places of four.
fn short(four: &str) -> &str {
    four.get(..four.len().saturating_sub(2)).unwrap_or(four)
}

fn stressed(row: &StressDto) -> String {
    let mut line = format!("if {}:", row.what);
    if let (Some(paid), Some(equity)) = (&row.borrow_bps, &row.equity_bps) {
        let (paid, equity) = (numbers::percent(paid), numbers::percent(equity));
        line.push_str(&format!(" pays {paid}, the equity earns {equity} a year"));
    }
    if let Some(s) = row.carry_to_liquidation_s {
        line.push_str(&format!(", liquidated in {}", numbers::duration(s)));
    }
    if let Some(loss) = &row.equity_loss_bps {
        line.push_str(&format!(" {} of the equity is lost", numbers::percent(loss)));
    }
    line
}
