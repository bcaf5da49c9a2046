//! The rate at which two sides of a pair, and the pools between them, balance.
//!
//! Let `q` be the units of the second node for one of the first. Orders that fix what they sell or buy
//! in units of the first node leave `a` of it over, whatever the rate; the others leave `b` of the
//! second. So `m = a - b / q` of the first goes to pools, and what they return, `f(m)`, has to be
//! `q m`: the users trade at the average price of the pools, and nothing is left. That is a root of
//!
//! ```text
//! f(m) / m * (a - m) - b
//! ```
//!
//! which falls wherever orders on both sides, or one side alone, fix what they sell. Where `q = b / a`
//! lies between what pools pay for the first node and what they ask for it, nothing goes to them.

use std::time::Instant;

use super::pools::{Pools, Sale};
use crate::{root::falling, route::Flow};

/// The share of a side that tells what pools pay for the first unit.
const FIRST: f64 = 1e-9;

/// Accuracy of a balance, as a share of what is traded.
const EXACT: f64 = 1e-14;

/// A change of what goes to pools, as a factor, that calls for another choice of pools.
const OTHER: f64 = 1.02;

/// What orders of a pair leave over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides {
    pub(super) nodes: (usize, usize),
    /// Units of the first node, and of the second, fixed by orders' amounts: sold less bought.
    pub(super) over: (f64, f64),
    /// The most of the first node, and of the second, that orders sell at their limits.
    pub(super) gross: (f64, f64),
    /// Units of the second node, and of the first, that a unit of gas costs.
    pub(super) gas_price: (f64, f64),
    /// The rate where nothing else tells one.
    pub(super) centre: f64,
}

/// Pools for either direction, chosen already.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) forth: Option<Pools>,
    pub(super) back: Option<Pools>,
}

/// Where a pair balances.
#[derive(Debug, Clone)]
pub(super) struct Crossing {
    /// Units of the second node for one of the first.
    pub(super) rate: f64,
    pub(super) legs: Vec<Flow>,
    /// Units of the first node that go to pools; below zero, of the second.
    pub(super) residue: f64,
    /// What pools return for one more unit of what goes to them.
    pub(super) marginal: f64,
}

impl Sides {
    fn turned(&self) -> Self {
        let turn = |(a, b)| (b, a);
        Self {
            nodes: (self.nodes.1, self.nodes.0),
            over: turn(self.over),
            gross: turn(self.gross),
            gas_price: turn(self.gas_price),
            centre: 1.0 / self.centre,
        }
    }
}

impl Crossing {
    /// Nothing goes to pools.
    fn matched(rate: f64) -> Self {
        Self { rate, legs: Vec::new(), residue: 0.0, marginal: 0.0 }
    }

    fn turned(self) -> Self {
        Self { rate: 1.0 / self.rate, residue: -self.residue, ..self }
    }
}

impl Chosen {
    /// The pools that are worth their gas for all that either side may send.
    pub(super) fn new(pools: &Pools, sides: &Sides, until: Option<Instant>) -> Self {
        let one = |sides: &Sides| {
            let amount = Some(sides.gross.0).filter(|amount| *amount > 0.0)?;
            pools.chosen(sides.nodes, amount, sides.gas_price.0, until)
        };
        Self { forth: one(sides), back: one(&sides.turned()) }
    }

    /// The pools that are worth their gas for what goes to pools at a crossing; `None` where about as
    /// much was thought of before.
    pub(super) fn again(
        &self,
        pools: &Pools,
        sides: &Sides,
        crossing: &Crossing,
        until: Option<Instant>,
    ) -> Option<Self> {
        let (amount, back) = (crossing.residue.abs(), crossing.residue < 0.0);
        let sides = if back { sides.turned() } else { *sides };
        if amount <= 0.0 || sides.gross.0 <= amount * OTHER {
            return None;
        }
        let set = pools.chosen(sides.nodes, amount, sides.gas_price.0, until);
        Some(if back {
            Self { back: set, ..self.clone() }
        } else {
            Self { forth: set, ..self.clone() }
        })
    }

    /// What pools pay for the first unit of the first node in units of the second, and what they ask
    /// for it.
    pub(super) fn spread(&self, sides: &Sides) -> (f64, f64) {
        let first = |pools: &Option<Pools>, sides: &Sides| {
            let amount = FIRST * sides.gross.0;
            let sale = pools.as_ref()?.sell(sides.nodes, amount, 0.0, None)?;
            Some(sale.out / amount)
        };
        let bid = first(&self.forth, sides).unwrap_or(0.0);
        let ask = first(&self.back, &sides.turned()).map_or(f64::INFINITY, f64::recip);
        (bid, ask)
    }

    /// Where the sides balance; `None` where no rate that all limits allow does that.
    pub(super) fn cross(&self, sides: &Sides) -> Option<Crossing> {
        let (a, b) = sides.over;
        let forth = || residual(self.forth.as_ref()?, sides);
        let back = || residual(self.back.as_ref()?, &sides.turned()).map(Crossing::turned);
        if a == 0.0 && b == 0.0 {
            let (bid, ask) = self.spread(sides);
            return Some(Crossing::matched(sides.centre.clamp(bid, ask.max(bid))));
        }
        if a * b <= 0.0 {
            return if a > 0.0 || b < 0.0 { forth() } else { back() };
        }
        let (rate, (bid, ask)) = (b / a, self.spread(sides));
        if bid <= rate && rate <= ask {
            return Some(Crossing::matched(rate));
        }
        // Too much of the first node, or buyers of the second who want more than others sell.
        if (rate < bid) == (a > 0.0) { forth() } else { back() }
    }
}

/// The crossing where the first node is left over and pools take it.
fn residual(pools: &Pools, sides: &Sides) -> Option<Crossing> {
    let (a, b) = sides.over;
    let sell = |m: f64| pools.sell(sides.nodes, m, sides.gas_price.0, None);
    let at = |m: f64, Sale { legs, out, marginal }: Sale| Crossing {
        rate: out / m,
        legs,
        residue: m,
        marginal,
    };
    if b == 0.0 {
        return Some(at(a, sell(a)?));
    }
    let off = |m: f64| sell(m).map_or(-b, |sale| sale.out / m * (a - m) - b);
    let (low, high) = match (a > 0.0, b > 0.0) {
        (true, true) => (FIRST * a, a),
        (true, false) => (a, sides.gross.0),
        (false, _) => (FIRST * sides.gross.0, sides.gross.0),
    };
    if high <= low || off(low) <= 0.0 || off(high) > 0.0 {
        return None;
    }
    let exact = EXACT * (a.abs() * sell(high)?.out / high + b.abs());
    let (low, high) = falling(off, low, high, exact);
    // Rather a little left than a little missing: `off` is what the second node has too much of.
    let m = if high - low <= 1e-12 * high { low } else { return None };
    Some(at(m, sell(m)?))
}
