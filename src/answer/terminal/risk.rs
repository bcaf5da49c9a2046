//! The risk of a plan for people.

use std::fmt::{self, Write as _};

use super::Page;
use crate::answer::{PositionRiskDto, RiskDto, RungDto, numbers};

impl Page<'_> {
    /// Tier and losses, what they come from, and what is paid for them.
    pub(super) fn losses(&self, risk: &RiskDto, out: &mut String) -> fmt::Result {
        let loss = numbers::percent(&risk.expected_loss_bps);
        let miss = numbers::percent(&risk.unexpected_loss_bps);
        writeln!(
            out,
            "\n{} {}, expected loss {loss} a year, give or take {miss}",
            self.bold("Risk"),
            risk.tier
        )?;
        for driver in &risk.drivers {
            writeln!(out, "  {driver}")?;
        }
        for position in &risk.positions {
            writeln!(out, "  {}", self.paid(position))?;
        }
        if let Some(forced) = risk.forced_sale.as_ref().filter(|f| f.share_bps != "0.0000") {
            let [share, discount, loss, alpha] =
                [&forced.share_bps, &forced.discount_bps, &forced.loss_bps, &forced.alpha_bps]
                    .map(|bps| numbers::percent(bps));
            // A forced sale of a plan that owes frees only its own part of what it brings.
            let what = match self.answer.leverage {
                Some(_) => format!("collateral worth {share} of the equity has to be sold"),
                None => format!("{share} has to be sold"),
            };
            let of = if self.answer.leverage.is_some() { "the equity" } else { "the whole" };
            writeln!(
                out,
                "  if cash is asked for before a queue pays, {what}: in {alpha} of cases at most \
                 {discount} below redemption, which takes {loss} of {of}"
            )?;
        }
        for wait in &risk.waits {
            let time = match (wait.q50_s, wait.q95_s) {
                (Some(half), Some(most)) => format!(
                    "half within {}, 95 % within {}",
                    numbers::duration(half),
                    numbers::duration(most)
                ),
                _ => "wait not known".to_owned(),
            };
            let claim =
                if wait.transferable { "the claim can be sold" } else { "no sale of the claim" };
            let of = self.symbol(&wait.token);
            writeln!(out, "  {of} through {}: {time}; {claim}", wait.name)?;
        }
        Ok(())
    }

    /// The spread of a position against the fair one.
    fn paid(&self, position: &PositionRiskDto) -> String {
        let symbol = self.symbol(&position.token);
        let percent = |bps: &String| numbers::percent(bps);
        match (&position.spread_bps, &position.fair_spread_bps, position.paid_for_risk) {
            (Some(spread), Some(fair), Some(paid)) => {
                let (spread, fair) = (percent(spread), percent(fair));
                let verdict = if paid { "paid for its risk" } else { "not paid for its risk" };
                let line =
                    format!("{symbol}: {spread} over the benchmark, {fair} is fair: {verdict}");
                if paid { line } else { self.bad(&line) }
            }
            (Some(spread), None, _) => {
                let spread = percent(spread);
                format!(
                    "{symbol}: {spread} over the benchmark; what is fair is not known: no way out in a hurry is"
                )
            }
            _ => format!("{symbol}: no benchmark in this market to compare with"),
        }
    }
}

/// What of a rung is left at half the depth.
pub(super) fn halved(rung: &RungDto) -> String {
    match (&rung.half_depth_share_bps, &rung.half_depth_cost_bps) {
        (Some(share), Some(cost)) => {
            format!(" (half depth: {}, {})", numbers::percent(share), numbers::percent(cost))
        }
        _ => " (half depth: none)".to_owned(),
    }
}
