//! What a limit is on, and a plan's breach of one.

use std::fmt;

/// By how many basis points a limit may be missed: floats in another order.
pub(super) const SLACK_BPS: f64 = 1e-3;

/// What a limit is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// Protocols to avoid.
    Avoid,
    /// Protocols to keep to.
    Only,
    /// What nothing may rest on or pass through, and venues that are not to be used.
    Denied,
    /// The highest tier.
    Tier,
    /// The most that may be expected to be lost.
    ExpectedLoss,
    /// The most that may rest on one protocol.
    ProtocolCap,
    /// The most that entering may cost.
    EntryCost,
    /// The most that leaving may cost.
    ExitCost,
    /// What must be ETH again within a time.
    Liquidity,
    /// The highest leverage: more is held than was given and traded for.
    Leverage,
    /// The yield to reach.
    Target,
    /// Nothing that can change until the horizon.
    Fixed,
    /// Everything held must have a known value.
    Valued,
    /// The least that a position is entered with.
    Ticket,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Avoid => "avoid",
            Self::Only => "only",
            Self::Denied => "denied",
            Self::Tier => "highest tier",
            Self::ExpectedLoss => "expected loss limit",
            Self::ProtocolCap => "cap per protocol",
            Self::EntryCost => "highest entry cost",
            Self::ExitCost => "highest exit cost",
            Self::Liquidity => "liquidity",
            Self::Leverage => "leverage",
            Self::Target => "target yield",
            Self::Fixed => "fixed until the horizon",
            Self::Valued => "known value",
            Self::Ticket => "minimum ticket",
        })
    }
}

impl Rule {
    /// What the owner of an intent can do about a plan that breaks it, in words of the grammar where it
    /// has some.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Avoid => "avoid fewer protocols",
            Self::Only => "name more protocols after \"only\"",
            Self::Denied => "give an asset that rests on nothing denied",
            Self::Tier => "allow a higher tier, as in: risk <=T3",
            Self::ExpectedLoss => "choose a profile that allows more, as in: risk high",
            Self::ProtocolCap => "allow more per protocol, as in: at most 60% per protocol",
            Self::EntryCost => "give less, or choose a profile that allows more: risk high",
            Self::ExitCost => {
                "give less, ask for a longer horizon, or choose a profile that allows more: risk high"
            }
            Self::Liquidity => "ask for less or later, as in: liquid 50% within 60 days",
            Self::Leverage => "ask for less leverage, as in: leverage <=2",
            Self::Target => "ask for a lower target",
            Self::Fixed => "ask for a yield that may change: maximize ETH yield",
            Self::Valued => "give an asset of which the market knows rate and exit",
            Self::Ticket => "ask for less per position, as in: at least 1 ETH per position",
        }
    }
}

/// A limit that a plan breaks.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("checked again, the plan breaks a limit: {rule}: {detail}")]
pub struct Broken {
    /// Which.
    pub rule: Rule,
    /// How, in words.
    pub detail: String,
    /// By how much, in basis points of what the limit is on; `None` where it is no matter of more or
    /// less.
    pub by_bps: Option<f64>,
}

pub(super) fn held_to(
    rule: Rule,
    holds: bool,
    detail: impl FnOnce() -> String,
) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken { rule, detail: detail(), by_bps: None }) }
}

/// That a figure is at most a limit, both in basis points.
pub(super) fn within(rule: Rule, is: f64, most: u32) -> Result<(), Broken> {
    // What is no number is within nothing.
    let (kept, by_bps) = (is <= f64::from(most) + SLACK_BPS, Some(is - f64::from(most)));
    let broken = held_to(rule, kept, || format!("{is:.4} bp of {most} bp"));
    broken.map_err(|broken| Broken { by_bps, ..broken })
}
