//! What an auction can be traded through: the driver's liquidity, each kind with the rounding that the
//! driver's own solver has, and venues of this engine's own.
//!
//! Every amount is an integer in a token's smallest unit. What a pool gives for an input is rounded
//! down; what it asks for an output is an input that buys at least that output.

mod balancer;
mod concentrated;
mod foreign;
mod product;

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use tenor_solver::venues::{BareStable, BareWeighted, Gain, Swap, UniswapV3, Venue};

use self::{foreign::Foreign, product::Product};
use super::wire::Liquidity;

/// Where something is traded.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Its name in the auction; of a venue of our own, its own.
    pub id: String,
    /// What it trades.
    pub tokens: Vec<Address>,
    /// Its maths.
    pub maths: Maths,
}

/// How a pool trades.
#[derive(Debug, Clone)]
pub enum Maths {
    /// Constant product.
    Product(Product),
    /// Weighted.
    Weighted(BareWeighted),
    /// Stable.
    Stable(BareStable),
    /// Concentrated liquidity.
    Concentrated(Box<UniswapV3>),
    /// An order of 0x: its second token for its first.
    Foreign(Foreign),
    /// A venue of our own, traded by calls that this engine encodes.
    Ours(Arc<dyn Venue>),
}

/// Gas of one swap: what the driver's own solver counts for each kind (`POOL_SWAP_GAS_COST`,
/// `WEIGHTED_SWAP_GAS_COST`, `STABLE_SWAP_GAS_COST`, `GAS_PER_ZEROEX_ORDER`), so that fees are the same for the
/// same route.
const PRODUCT_GAS: u64 = 60_000;
const WEIGHTED_GAS: u64 = 100_000;
const STABLE_GAS: u64 = 183_520;
const CONCENTRATED_GAS: u64 = 106_000;
const FOREIGN_GAS: u64 = 66_358;

impl Pool {
    /// The pool that liquidity describes; `None` where the figures are of no pool that trades.
    pub fn of(liquidity: &Liquidity) -> Option<Self> {
        let (tokens, maths) = match liquidity {
            Liquidity::ConstantProduct(pool) => product::read(pool)?,
            Liquidity::WeightedProduct(pool) => balancer::weighted(pool)?,
            Liquidity::Stable(pool) => balancer::stable(pool)?,
            Liquidity::ConcentratedLiquidity(pool) => concentrated::read(pool)?,
            Liquidity::LimitOrder(order) => foreign::read(order)?,
        };
        Some(Self { id: liquidity.id().to_owned(), tokens, maths })
    }

    /// A venue of our own.
    pub fn ours(venue: Arc<dyn Venue>) -> Self {
        let (id, tokens) = (venue.id().as_str().to_owned(), venue.tokens().to_vec());
        Self { id, tokens, maths: Maths::Ours(venue) }
    }

    /// Gas of one swap.
    pub fn gas(&self, from: usize, to: usize) -> u64 {
        match &self.maths {
            Maths::Product(_) => PRODUCT_GAS,
            Maths::Weighted(_) => WEIGHTED_GAS,
            Maths::Stable(_) => STABLE_GAS,
            Maths::Concentrated(_) => CONCENTRATED_GAS,
            Maths::Foreign(_) => FOREIGN_GAS,
            Maths::Ours(venue) => venue.step(from, to).gas,
        }
    }

    /// Units of `to` for `amount` of `from`; `None` where the pool does not trade that, or trades more than
    /// a settlement can price: the contract multiplies an amount by a price, which is one, in 256 bits.
    pub fn out(&self, from: usize, to: usize, amount: U256) -> Option<U256> {
        if amount.is_zero() {
            return None;
        }
        let out = match &self.maths {
            Maths::Product(pool) => pool.out(from, to, amount),
            Maths::Weighted(pool) => pool.out(from, to, amount),
            Maths::Stable(pool) => pool.out(from, to, amount),
            Maths::Concentrated(pool) => {
                pool.quote(Swap { from, to, amount }).ok().map(|quote| quote.out)
            }
            Maths::Foreign(order) => order.out(from, to, amount),
            Maths::Ours(venue) => {
                venue.quote(Swap { from, to, amount }).ok().map(|quote| quote.out)
            }
        };
        out.filter(|out| !out.is_zero() && out.bit_len() <= 128 && amount.bit_len() <= 128)
    }

    /// Units of `from` that buy at least `amount` of `to`.
    pub fn input(&self, from: usize, to: usize, amount: U256) -> Option<U256> {
        if amount.is_zero() {
            return None;
        }
        let asked = match &self.maths {
            Maths::Product(pool) => pool.input(from, to, amount),
            Maths::Weighted(pool) => pool.input(from, to, amount),
            Maths::Stable(pool) => pool.input(from, to, amount),
            Maths::Concentrated(pool) => concentrated::input(pool, from, amount),
            Maths::Foreign(order) => order.input(from, to, amount),
            Maths::Ours(_) => self.searched(from, to, amount),
        };
        self.enough(from, to, asked?, amount)
    }

    /// `asked`, or the least of a few steps above it that buys `amount`: pools round so that what they
    /// ask for may buy a little less. Begins with what is missing, at the price of the trade, and grows
    /// tenfold six times, as the driver's own solver does.
    fn enough(&self, from: usize, to: usize, asked: U256, amount: U256) -> Option<U256> {
        let bought = self.out(from, to, asked).unwrap_or_default();
        if bought >= amount {
            return Some(asked);
        }
        let missing = (amount - bought).checked_mul(asked)?;
        let mut more = missing.div_ceil(bought.max(U256::ONE)).max(U256::ONE);
        for _ in 0..6 {
            let raised = asked.checked_add(more)?;
            if self.out(from, to, raised)? >= amount {
                return Some(raised);
            }
            more = more.checked_mul(U256::from(10))?;
        }
        None
    }

    /// The input of a pool that tells only outputs, by halving.
    fn searched(&self, from: usize, to: usize, amount: U256) -> Option<U256> {
        let enough = |given: U256| self.out(from, to, given).is_some_and(|out| out >= amount);
        let mut high = U256::ONE;
        while !enough(high) {
            high = high.checked_mul(U256::from(2)).filter(|high| high.bit_len() <= 144)?;
        }
        let mut low = high / U256::from(2);
        while high - low > U256::ONE {
            let middle = low + (high - low) / U256::from(2);
            if enough(middle) { high = middle } else { low = middle }
        }
        Some(high)
    }

    /// The real-valued view of one direction, and the most units given.
    pub fn gain(&self, from: usize, to: usize) -> Option<(Gain, f64)> {
        match &self.maths {
            Maths::Product(pool) => pool.gain(from, to).map(uncapped),
            Maths::Weighted(pool) => pool.gain(from, to),
            Maths::Stable(pool) => pool.gain(from, to).map(uncapped),
            Maths::Concentrated(pool) => pool.gain(from, to).map(uncapped),
            Maths::Foreign(order) => order.gain(from, to).map(uncapped),
            Maths::Ours(venue) => venue.gain(from, to).map(uncapped),
        }
    }
}

const fn uncapped(gain: Gain) -> (Gain, f64) {
    (gain, f64::INFINITY)
}
