//! Several orders at once: who trades with whom, what goes through pools, and at which prices.
//!
//! An order gives some of one node for some of another, at its limit or better. Orders that are
//! settled together trade at one price for each node, and nothing is made or lost: what they get is
//! what they give and what the pools return for it, so that what pools earn at the margin goes to the
//! orders too. Opposite orders, and orders in a ring, meet without a pool.
//!
//! ```text
//! orders -> pairs alone (floors) -> pairs and rings together -> settlements with pools of their own
//! ```
//!
//! - `pools` is a market with some pools closed, or a few alone.
//! - `pair` finds the rate at which two sides and the pools between them balance; `fills` which
//!   orders that rate serves. A pair's one side by itself is what its orders are owed at least.
//! - `several` finds prices for more than two nodes, `ring` how much of orders meets without a pool;
//!   `company` tells who may be settled with whom.
//! - `joint` settles all at once over shared pools, from where the relaxation stands.
//! - `select` chooses settlements that share neither orders nor pools.
//! - `prices` finds the proof of how near the best that is, and `proof` checks it.
//!
//! What stays fixed throughout:
//!
//! - **Value.** Surplus is worth `value_bought * (bought - limit * sold)`, for both kinds of order: a
//!   buyer's saving counts at its own limit. Gas costs `gas_price` of value a unit.
//! - **Alone.** What an order gets alone is what it gets where the orders of its own direction (the
//!   same two nodes, the same way round) are settled by themselves, in the market as it was before the
//!   batch. Settled with others it never gets less. A direction that is settled by itself finds the
//!   pools of better settlements closed: two settlements never use one pool, so that each holds
//!   whichever of them is executed, and pools are not counted twice.
//! - **Together.** [`clear_together`] promises the limit alone, and shares pools among all.
//! - **The total** of [`clear`] is never less than that of all directions settled by themselves, one
//!   after the other.
//! - **Ties.** Where nothing but orders meet and fills may vary, the price is the geometric mean of the
//!   limits that bind, and the longer side is filled in part: exchanging the orders changes nothing.

mod check;
mod company;
mod fills;
mod joint;
mod linear;
mod pair;
mod pools;
mod prices;
mod proof;
mod ring;
mod select;
mod settle;
mod several;

use std::{cell::OnceCell, time::Instant};

use crate::route::{Flow, Network};

pub use self::{
    check::BatchError,
    proof::{Proof, ProofError},
};

/// So many orders are settled in every way there is.
const FEW: usize = 16;

/// Which of an order's amounts is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What it sells.
    Sell,
    /// What it buys.
    Buy,
}

/// An order to trade some of one node for another.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchOrder {
    /// The node given.
    pub sell: usize,
    /// The node wanted.
    pub buy: usize,
    /// Which amount is fixed.
    pub kind: Kind,
    /// Units sold, or units bought: all of them, or up to as many where `partial`.
    pub amount: f64,
    /// The fewest units bought for one unit sold.
    pub limit: f64,
    /// Whether a part of it may be filled.
    pub partial: bool,
    /// Gas of settling it, whatever is filled.
    pub gas: f64,
}

/// What is asked: orders on a market, and what things are worth.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// The market before the batch.
    pub network: &'a Network,
    /// The orders.
    pub orders: &'a [BatchOrder],
    /// Value of one unit of each node, the same for all orders: prices of reference.
    pub values: &'a [f64],
    /// Value that one unit of gas costs; zero leaves gas out.
    pub gas_price: f64,
}

/// What becomes of one order.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Fill {
    /// Units sold.
    pub sold: f64,
    /// Units bought.
    pub bought: f64,
    /// Units sold that other orders take, not pools.
    pub matched: f64,
    /// What it gets over its limit: units bought where it sells a fixed amount, units sold that it
    /// saves where it buys one.
    pub surplus: f64,
    /// What that is worth.
    pub value: f64,
    /// What its surplus alone is worth, as the module says; zero where it is not filled alone.
    pub alone: f64,
}

/// Orders that are settled together.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// Positions of the orders filled.
    pub orders: Vec<usize>,
    /// The clearing price of each node that they trade, in value: they buy `p_sell / p_buy` units for
    /// each unit sold, all of them.
    pub prices: Vec<(usize, f64)>,
    /// Trades with pools, in an order in which each spends only what orders gave and earlier ones
    /// returned; at most one for each pool, and for no pool of another settlement.
    pub legs: Vec<Flow>,
    /// Value of all surplus.
    pub surplus: f64,
    /// Value that the gas of orders and legs costs.
    pub gas: f64,
}

/// An answer, and the proof of how near the best it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Cleared {
    /// Settlements, the one worth most first; they share neither orders nor pools.
    pub settlements: Vec<Settlement>,
    /// What becomes of each order; zeros where it is not filled.
    pub fills: Vec<Fill>,
    /// Value of all surplus net of gas, and what it cannot exceed.
    pub proof: Proof,
}

impl Settlement {
    /// Value of all surplus, gas paid.
    pub fn net(&self) -> f64 {
        self.surplus - self.gas
    }
}

impl BatchOrder {
    /// Value of the amount that it fixes.
    fn worth(&self, values: &[f64]) -> f64 {
        self.amount * values[if self.kind == Kind::Sell { self.sell } else { self.buy }]
    }
}

/// Settles a batch as well as is found before `until`; a search without a deadline ends by itself.
///
/// Whatever is found when time is up is answered, with its proof: at least a part of the orders by
/// themselves, where any time was left for them.
pub fn clear(batch: &Batch<'_>, until: Option<Instant>) -> Result<Cleared, BatchError> {
    check::check(batch)?;
    if is_late(batch, until) {
        return Err(BatchError::Late);
    }
    let relaxed = OnceCell::new();
    let settled = select::settle(batch, &relaxed, until);
    let relaxed = relaxed.into_inner().unwrap_or_else(|| prices::relax(batch));
    Ok(answer(batch, settled, relaxed))
}

/// Settles a batch where every order is owed its limit and no more: what orders and pools do for
/// each other is found for all of them at once, pools shared. Orders that trade the same way in the same pools
/// may get less than each would alone, and all of them together more; `alone` is not told.
///
/// In proportion to the orders, and much faster than [`clear`] where they are many.
pub fn clear_together(batch: &Batch<'_>, until: Option<Instant>) -> Result<Cleared, BatchError> {
    check::check(batch)?;
    if is_late(batch, until) {
        return Err(BatchError::Late);
    }
    let relaxed = prices::relax(batch);
    let least: Vec<f64> = batch.orders.iter().map(|order| order.limit).collect();
    let nothing = vec![0.0; batch.orders.len()];
    let joint = joint::Joint { batch, least: &least, alone: &nothing, until };
    let mut settled = relaxed.as_ref().map_or_else(Vec::new, |relaxed| joint.settle(relaxed));
    // A few orders are soon settled in all other ways too.
    if (settled.is_empty() || batch.orders.len() <= FEW) && !is_late(batch, until) {
        let mut others = select::settle(batch, &OnceCell::new(), until);
        let net = |all: &[settle::Settled]| all.iter().map(settle::Settled::net).sum::<f64>();
        if net(&others) > net(&settled) {
            others.iter_mut().flat_map(|one| &mut one.fills).for_each(|fill| fill.alone = 0.0);
            settled = others;
        }
    }
    Ok(answer(batch, settled, relaxed))
}

fn is_late(batch: &Batch<'_>, until: Option<Instant>) -> bool {
    !batch.orders.is_empty() && until.is_some_and(|until| Instant::now() >= until)
}

/// Settlements with their proof.
fn answer(
    batch: &Batch<'_>,
    settled: Vec<settle::Settled>,
    relaxed: Option<prices::Relaxation>,
) -> Cleared {
    let mut fills = vec![Fill::default(); batch.orders.len()];
    let mut settlements = Vec::with_capacity(settled.len());
    for found in settled {
        for (at, fill) in found.settlement.orders.iter().zip(&found.fills) {
            fills[*at] = *fill;
        }
        settlements.push(found.settlement);
    }
    settlements.sort_by(|a, b| b.net().total_cmp(&a.net()));
    let net = settlements.iter().map(Settlement::net).sum::<f64>() + 0.0;
    let proof = prices::prove(batch, net, relaxed);
    Cleared { settlements, fills, proof }
}
