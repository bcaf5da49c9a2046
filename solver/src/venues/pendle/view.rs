//! The real-valued view of a market's directions, as envelopes of samples.
//!
//! With `E(n)` the rate at which a trade ends that takes `n` PT out, `f` the fee's growth and `i` the
//! index: `n` PT cost `n * f / (E(n) * i)` SY, and `-n` return `n / (E(n) * f * i)`. The first is
//! convex for any market. The second is concave where the market's scalar is 4 or more, which is a
//! scalar root of 4 at one year and less nearer to expiry; below it the envelope is of the samples
//! alone. YT are `n / i` less the one or the other. LP are `n` PT of those that are left after `n` were
//! bought, and as many SY of theirs: concave for SY where the fee bends less than the curve does.
//!
//! The contract rounds its fee down to a unit of the accounting asset: a quote may lie as much above
//! these curves, which counts where a trade is of a few units only.

use alloy_primitives::U256;

use super::{
    super::Gain,
    limits::Limits,
    pool::{Curve, ONE, Pool},
};
use crate::amount::{WAD, to_f64};

/// Samples of one direction: each a fifth above the one before, from a millionth of the most.
const RISING: usize = 75;
const RATIO: f64 = 1.2;
/// Then closer to the most: the envelope has nothing to lean on beyond it.
const LAST: [f64; 8] = [0.9, 0.95, 0.98, 0.99, 0.996, 0.9985, 0.9995, 1.0];
const SAMPLES: usize = RISING + LAST.len();

/// A market in floats. What is near one is kept as what it is above one.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pt: f64,
    asset: f64,
    scalar: f64,
    anchor_less_one: f64,
    fee_less_one: f64,
    index: f64,
    /// The treasury's part of the fee.
    reserve: f64,
}

/// What is traded for SY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Pt,
    Yt,
}

impl View {
    pub(super) fn new(pool: &Pool, curve: &Curve) -> Self {
        let one = to_f64(WAD);
        let signed = |value: alloy_primitives::I256| {
            let size = to_f64(value.unsigned_abs());
            if value.is_negative() { -size } else { size }
        };
        Self {
            pt: signed(pool.total_pt),
            asset: signed(curve.total_asset),
            scalar: signed(curve.rate_scalar) / one,
            anchor_less_one: signed(curve.rate_anchor.saturating_sub(ONE)) / one,
            fee_less_one: signed(curve.fee_rate.saturating_sub(ONE)) / one,
            index: to_f64(pool.index) / one,
            reserve: signed(pool.reserve_fee_percent) / 100.0,
        }
    }

    /// `E(n) - 1`.
    fn rate_less_one(&self, n: f64) -> f64 {
        ((self.pt - n) / (self.asset + n)).ln() / self.scalar + self.anchor_less_one
    }

    /// SY that `n` PT cost.
    fn cost(&self, n: f64) -> f64 {
        n * (1.0 + self.fee_less_one) / ((1.0 + self.rate_less_one(n)) * self.index)
    }

    /// SY that `n` PT return.
    fn back(&self, n: f64) -> f64 {
        n / ((1.0 + self.rate_less_one(-n)) * (1.0 + self.fee_less_one) * self.index)
    }

    /// SY that `n` YT cost.
    fn cost_yt(&self, n: f64) -> f64 {
        let (rate, fee) = (self.rate_less_one(-n), self.fee_less_one);
        let whole = rate + fee + rate * fee;
        n * (whole / (1.0 + whole)) / self.index
    }

    /// SY that `n` YT return.
    fn back_yt(&self, n: f64) -> f64 {
        let rate = self.rate_less_one(n);
        n * ((rate - self.fee_less_one) / (1.0 + rate)) / self.index
    }

    /// Buying for SY, of which `floating` come with the first: they are minted into YT too.
    pub(super) fn buy(&self, side: Side, limits: &Limits, floating: U256) -> Option<Gain> {
        let (most, cost): (_, fn(&Self, f64) -> f64) = match side {
            Side::Pt => (limits.pt_out, Self::cost),
            Side::Yt => (limits.pt_in, Self::cost_yt),
        };
        let first = to_f64(floating) * self.index;
        let spot = 1.0 / self.at_once(cost) + first;
        let sample = |n: f64| (cost(self, n), n + first);
        Gain::above(spot, &amounts(to_f64(most)).map(sample)[..], 1.0)
    }

    /// Selling for SY.
    pub(super) fn sell(&self, side: Side, limits: &Limits) -> Option<Gain> {
        let (most, back): (_, fn(&Self, f64) -> f64) = match side {
            Side::Pt => (limits.pt_in, Self::back),
            Side::Yt => (limits.yt_in, Self::back_yt),
        };
        let spot = self.at_once(back);
        Gain::above(spot, &amounts(to_f64(most)).map(|n| (n, back(self, n)))[..], 1.0)
    }

    /// Adding liquidity for SY alone, where there are `lp`: `n` PT are bought, and minted into LP with the
    /// SY that then go with them.
    pub(super) fn add(&self, lp: f64, most_pt: U256) -> Option<Gain> {
        let sample = |n: f64| {
            let (cost, left) = (self.cost(n), self.pt - n);
            let kept = cost * (1.0 - self.reserve * self.fee_less_one / (1.0 + self.fee_less_one));
            (cost + n * ((self.asset / self.index + kept) / left), lp * (n / left))
        };
        let (first, out) = sample(self.little());
        Gain::above(out / first, &amounts(to_f64(most_pt)).map(sample)[..], 1.0)
    }

    /// Taking liquidity out for SY alone, where there are `lp`: both are had, and the PT sold to what is
    /// left.
    pub(super) fn remove(&self, lp: f64, most: U256) -> Option<Gain> {
        let sample = |given: f64| {
            let part = given / lp;
            let n = self.pt * part;
            let left = Self { pt: self.pt - n, asset: self.asset - self.asset * part, ..*self };
            (given, self.asset * part / self.index + left.back(n))
        };
        let little = lp * 1e-30;
        let spot = sample(little).1 / little;
        Gain::above(spot, &amounts(to_f64(most)).map(sample)[..], 1.0)
    }

    /// The price of the first unit.
    fn at_once(&self, price: fn(&Self, f64) -> f64) -> f64 {
        price(self, self.little()) / self.little()
    }

    /// So few units that nothing that a float sees moves.
    fn little(&self) -> f64 {
        self.pt.min(self.asset) * 1e-30
    }

    /// The price of PT in the accounting asset, before fees.
    pub(super) fn pt_price(&self) -> f64 {
        1.0 / (1.0 + self.rate_less_one(0.0))
    }
}

/// Rising amounts, the last of them `most`.
pub(super) fn amounts(most: f64) -> [f64; SAMPLES] {
    let mut part = LAST[0];
    let mut parts = [most; SAMPLES];
    for slot in parts[..RISING].iter_mut().rev() {
        part /= RATIO;
        *slot = most * part;
    }
    for (slot, last) in parts[RISING..].iter_mut().zip(LAST) {
        *slot = most * last;
    }
    parts
}
