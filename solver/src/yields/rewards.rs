//! What a venue or its sponsor pays beside a position's own growth: emissions and points.
//!
//! ```text
//! gross   = emission * time * own / (all + own) * price
//! counted = gross * h
//! h       = (1 - sale loss) * (1 - claim gas / gross) * exp(-hazard * lock) * decay
//! ```
//!
//! Time ends with the emission, with the horizon, or when the position waits in a queue; `own` dilutes
//! what all are paid; `decay` is what is left, on average, of a payment that shrinks by an annual
//! rate (`YIELD_AND_RISK`, section 1). Points are worth nothing, unless somebody says what they think
//! they are worth, of which at most a quarter counts. Of incentives the intent then counts a share.

use alloy_primitives::{Address, U256};

use super::payers::{Component, Paid, Payer, component};
use crate::{
    amount::{RAY, WAD, YEAR_S, from_f64, mul_div, to_f64},
    market::Market,
};

/// The most of a point's supposed worth that counts, in basis points.
pub const MOST_OF_POINTS_BPS: u32 = 2_500;

/// Something paid to whoever holds a position, beside what the position itself grows by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reward {
    /// What it is called: the token's symbol, or the points' name.
    pub name: String,
    /// Holders of this token are paid.
    pub position: Address,
    /// Who pays.
    pub payer: Payer,
    /// The token, where it is one that the market lists.
    pub token: Option<Address>,
    /// Whether they are points, which nobody can sell.
    pub points: bool,
    /// Paid to all holders together in a second, in units of 1e-18.
    pub per_s: U256,
    /// Wei of ETH for 1e18 units.
    pub price: U256,
    /// Of when the price is, and over what it is averaged, in words.
    pub price_of: String,
    /// Units of the position that share it now.
    pub staked: U256,
    /// Unix seconds at which it ends, where that is known; without, it is taken to go on.
    pub ends: Option<u64>,
    /// Seconds between earning and being able to sell.
    pub locked_s: u64,
    /// How fast the price is expected to fall meanwhile: basis points a year, continuously.
    pub hazard_bps: u32,
    /// How fast the payment shrinks: basis points a year, continuously.
    pub decay_bps: u32,
    /// What selling costs, in basis points.
    pub sale_loss_bps: u32,
    /// Gas of claiming.
    pub claim_gas: u64,
    /// The part of points' supposed worth that counts, in basis points; up to
    /// [`MOST_OF_POINTS_BPS`].
    pub points_bps: u32,
}

/// Why a reward's figures say nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RewardError {
    /// Nobody to share it with, of which nothing follows.
    #[error("{0}: nothing is staked that would share it; give what is")]
    NothingStaked(String),
    /// More than all of something.
    #[error("{name}: {what} of {found} bp is more than {most}")]
    TooMuch {
        /// The reward.
        name: String,
        /// Which figure.
        what: &'static str,
        /// What it is.
        found: u32,
        /// The most that it can be.
        most: u32,
    },
    /// A payment by whoever receives it.
    #[error("{0}: its holders are said to pay it: that is a cost, not a yield")]
    PaidByHolders(String),
    /// Points of a token, or a price without its date.
    #[error("{name}: {why}")]
    Contradicts {
        /// The reward.
        name: String,
        /// What does not fit.
        why: &'static str,
    },
}

/// What a position earned of one reward by the horizon, in wei of ETH.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earned {
    /// Position in [`Market::rewards`].
    pub reward: usize,
    /// Which component the rule makes it.
    pub component: Component,
    /// By the price as it is told, nothing taken off.
    pub gross: U256,
    /// What counts.
    pub counted: U256,
}

impl Reward {
    /// The reward, if its figures make sense together.
    pub fn checked(self) -> Result<Self, RewardError> {
        let name = || self.name.clone();
        if self.staked.is_zero() {
            return Err(RewardError::NothingStaked(name()));
        }
        if self.payer == Payer::Holder {
            return Err(RewardError::PaidByHolders(name()));
        }
        for (what, found, most) in [
            ("sale loss", self.sale_loss_bps, 10_000),
            ("counted part of points", self.points_bps, MOST_OF_POINTS_BPS),
        ] {
            if found > most {
                return Err(RewardError::TooMuch { name: name(), what, found, most });
            }
        }
        let why = if self.points && self.token.is_some() {
            Some("points are no token: leave the token out")
        } else if !self.points && self.points_bps > 0 {
            Some("a counted part of points is given, and it is a token")
        } else if !self.price.is_zero() && self.price_of.trim().is_empty() {
            Some("a price says of when it is and over what it is averaged")
        } else {
            None
        };
        match why {
            Some(why) => Err(RewardError::Contradicts { name: name(), why }),
            None => Ok(self),
        }
    }

    /// Which component the rule makes it on a market.
    pub fn component(&self, market: &Market) -> Component {
        let paid = match self.token {
            Some(token) => Paid::of(market, Some(token)),
            None if self.points => Paid::Points,
            None => Paid::Token,
        };
        component(self.payer, paid)
    }

    /// Seconds that it is paid for of the `span_s` after `now`.
    pub fn paid_s(&self, now: u64, span_s: u64) -> u64 {
        self.ends.map_or(span_s, |ends| span_s.min(ends.saturating_sub(now)))
    }

    /// What `own` units of the position are paid over some seconds, at the price told, in wei:
    /// rounded down. `None` on overflow.
    pub fn gross(&self, own: U256, paid_s: u64) -> Option<U256> {
        let all = self.staked.checked_add(own)?;
        let paid = self.per_s.checked_mul(U256::from(paid_s))?;
        mul_div(mul_div(paid, own, all)?, self.price, WAD)
    }

    /// The part of what was paid that counts, before the gas of claiming, in RAY.
    pub fn kept(&self, paid_s: u64) -> U256 {
        let years = |s: u64| to_f64(U256::from(s)) / to_f64(U256::from(YEAR_S));
        let part = |bps: u32| f64::from(bps) / 1e4;
        let shrinks = part(self.decay_bps) * years(paid_s);
        let left = if shrinks > 0.0 { -(-shrinks).exp_m1() / shrinks } else { 1.0 };
        let waits = (-part(self.hazard_bps) * years(self.locked_s)).exp();
        let points = if self.points { part(self.points_bps) } else { 1.0 };
        let kept = (1.0 - part(self.sale_loss_bps)) * waits * left * points;
        from_f64(kept.clamp(0.0, 1.0) * to_f64(RAY)).min(RAY)
    }

    /// What of `gross` counts: less the gas of claiming it, nothing where that is more. `None` on
    /// overflow.
    pub fn counted(&self, gross: U256, paid_s: u64, gas_price: U256) -> Option<U256> {
        let gas = gas_price.checked_mul(U256::from(self.claim_gas))?;
        mul_div(gross.saturating_sub(gas), self.kept(paid_s), RAY)
    }
}

impl Earned {
    /// What `own` units of a position earn of a reward over `span_s`, of whose incentives
    /// `incentives_bps` count. `None` on overflow.
    pub(crate) fn of(
        market: &Market,
        at: usize,
        own: U256,
        span_s: u64,
        incentives_bps: u32,
    ) -> Option<Self> {
        let reward = market.rewards.get(at)?;
        let component = reward.component(market);
        let paid_s = reward.paid_s(market.timestamp, span_s);
        let gross = reward.gross(own, paid_s)?;
        let mut counted = reward.counted(gross, paid_s, market.gas_price)?;
        if !component.is_organic() {
            let share = U256::from(incentives_bps.min(10_000));
            counted = mul_div(counted, share, U256::from(10_000))?;
        }
        Some(Self { reward: at, component, gross, counted })
    }
}
