//! Limits that couple positions, with a price: how a bound counts them.
//!
//! A limit on shares of the whole says that some sum over all positions, each weighing by what it
//! redeems for, is not above zero. Whatever positive price such a sum is given, no plan that keeps
//! the limit gains by it: what the price takes off a position that exceeds its share, and gives to
//! one that stays below, may be counted with every plan. At the right prices the bound of all plans
//! is that of the plans that keep the limits.

use crate::{
    amount::to_f64, intent::Limits, market::Market, risk::Exposure, solution::LimitKind,
    value::TRANSACTION_GAS,
};

/// The share of the whole by which a limit may be exceeded unnoticed; ten times what is.
const SHARE: f64 = 1e-9;

/// A limit that couples positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coupling {
    /// The cap on what rests on a protocol.
    ProtocolCap(String),
    /// The most that may be expected to be lost.
    ExpectedLoss,
}

/// A limit and what exceeding it by one unit of value is said to cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Multiplier {
    /// The limit.
    pub on: Coupling,
    /// Value at the horizon for a unit of value now; not negative.
    pub price: f64,
}

impl Coupling {
    /// The kind of limit.
    pub const fn kind(&self) -> LimitKind {
        match self {
            Self::ProtocolCap(_) => LimitKind::ProtocolCap,
            Self::ExpectedLoss => LimitKind::ExpectedLoss,
        }
    }

    /// By how much a unit of value that rests on `exposure` exceeds its own part of the limit.
    pub(crate) fn excess(&self, exposure: &Exposure, limits: &Limits) -> f64 {
        let part = |bps: u32| f64::from(bps) / 1e4;
        match self {
            Self::ProtocolCap(protocol) => {
                let rests = exposure.protocols.contains(protocol);
                f64::from(u8::from(rests)) - part(limits.protocol_cap_bps)
            }
            Self::ExpectedLoss => exposure.expected_loss() - part(limits.max_expected_loss_bps),
        }
    }
}

/// What a unit of value that rests on `exposure` is worth for what it does to the limits.
pub(crate) fn worth(multipliers: &[Multiplier], exposure: &Exposure, limits: &Limits) -> f64 {
    -multipliers.iter().map(|m| m.price * m.on.excess(exposure, limits)).sum::<f64>()
}

/// What exceeding limits by less than anybody notices may be worth: by dust that is not counted as
/// held, and by what a comparison of shares lets pass of the `whole`.
pub(crate) fn slack(market: &Market, multipliers: &[Multiplier], whole: f64) -> f64 {
    let dust = to_f64(market.gas_price) * TRANSACTION_GAS as f64 * market.tokens.len() as f64;
    multipliers.iter().map(|m| m.price).sum::<f64>() * (dust + SHARE * whole)
}
