//! The yield: its parts, who pays them, and what was paid beside.

use std::fmt::{self, Write as _};

use super::{Page, numbers};
use crate::answer::{ComponentDto, RewardDto, YieldDto};

/// What a component is, in words.
fn words(component: &ComponentDto) -> String {
    let what = match component.component {
        "base" => "staking: consensus rewards, tips, blocks",
        "credit" => "interest that borrowers pay",
        "fees" => "fees that traders pay",
        "term" => "bought below what it is redeemed for",
        "restaking" => "services that restaked ETH secures",
        _ => "",
    };
    match &component.points_implied_bps {
        Some(bps) if bps != "0.0000" => {
            format!("{what}; up to {} of it may be for points", numbers::percent(bps))
        }
        _ => what.to_owned(),
    }
}

impl Page<'_> {
    pub(super) fn yields(&self, out: &mut String) -> fmt::Result {
        let Some(y) = &self.answer.yields else { return Ok(()) };
        let title =
            format!("Yield over {}: annual rate, and in ETH", numbers::duration(y.horizon_s));
        writeln!(out, "\n{}", self.bold(&title))?;
        let organic = "paid in ETH by staking, borrowers, traders";
        let incentive = match (y.rewards.is_empty(), self.answer.incentives_known) {
            (true, true) => "none on what is held",
            (true, false) => "none known in this market",
            (false, _) => "what counts of tokens that venues mint",
        };
        let cost = "entering, leaving at the horizon, gas";
        self.row(out, "organic", (&y.organic_bps, &y.organic_wei), organic)?;
        for c in y.components.iter().filter(|c| c.class == "organic") {
            self.row(out, &format!("  {}", c.component), (&c.bps, &c.wei), &words(c))?;
        }
        self.row(out, "incentive", (&y.incentive_bps, &y.incentive_wei), incentive)?;
        self.beside(out, y)?;
        self.row(out, "cost", (&y.cost_bps, &y.cost_wei), cost)?;
        self.row(out, "net", (&y.net_bps, &y.net_wei), "")?;
        let line = match y.break_even_s {
            Some(s) => format!("holding wins below {}", numbers::duration(s)),
            None => "no horizon up to 10 years at which something beats holding".to_owned(),
        };
        writeln!(out, "  break-even  {line}")
    }

    fn row(
        &self,
        out: &mut String,
        name: &str,
        (bps, wei): (&str, &str),
        note: &str,
    ) -> fmt::Result {
        let line = format!(
            "  {name:<11} {:>9}  {:>14} ETH  {}",
            numbers::percent(bps),
            numbers::whole(wei, 18),
            self.dim(note)
        );
        writeln!(out, "{}", if name == "net" { self.bold(&line) } else { line })
    }

    /// What was paid beside the positions' own growth, as it is told and as it counts.
    fn beside(&self, out: &mut String, y: &YieldDto) -> fmt::Result {
        for reward in &y.rewards {
            writeln!(out, "    {}", self.dim(&told(reward)))?;
        }
        Ok(())
    }
}

fn told(reward: &RewardDto) -> String {
    let RewardDto { name, component, payer, .. } = reward;
    let [stated, counted] =
        [&reward.stated_wei, &reward.counted_wei].map(|wei| numbers::whole(wei, 18));
    if reward.points && counted == "0" {
        return format!("{name} from {payer}: points, worth nothing here");
    }
    let counts = if stated == counted {
        "all of it counts".to_owned()
    } else {
        format!("{counted} ETH of it counts")
    };
    format!("{name} from {payer}: {stated} ETH at {}, as {component}; {counts}", reward.price_of)
}
