//! What the driver accepts, recomputed from the request and the answer alone: nothing leaves that has not
//! passed. Shares with the search only how a pool's figures make amounts.
//!
//! A solution that the driver cannot convert takes all others of its response along
//! (`Solutions::into_domain`), and one that violates an order's limit, an order's amount, or the rules of
//! internalisation is refused later or punished. Beyond the driver's own checks this one wants what a
//! simulation would find: that pools return what is claimed, that every interaction has what it takes, and
//! that all orders can be paid.

#![allow(clippy::result_large_err, reason = "at most once a solution, and then by mistake")]

mod interactions;
mod reason;
mod trades;

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, U256, U512};
use tenor_solver::{amount::to_f64, venues::NATIVE};

pub use self::reason::{Reason, Rejected};
use super::{
    chain::Native,
    wire::{Auction, Liquidity, Order, OrderUid, Solution},
};

/// What a solution is worth, in wei of the native token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth {
    /// The driver's score: what orders get over their limits, at the reference price of what they buy.
    pub score: U256,
    /// The same of each order at the reference price of what its surplus is in: what buyers save is
    /// worth what they would have given.
    pub surplus: U256,
    /// The score, and what fees leave after gas.
    pub net: f64,
}

/// Checks solutions of one auction.
#[derive(Debug)]
pub struct Checker<'a> {
    auction: &'a Auction,
    native: Native,
    orders: BTreeMap<OrderUid, &'a Order>,
    liquidity: BTreeMap<&'a str, Vec<&'a Liquidity>>,
}

/// Units of each token, while a settlement runs.
type Balances = BTreeMap<Address, U256>;

impl<'a> Checker<'a> {
    /// A checker of answers to `auction`.
    pub fn new(auction: &'a Auction, native: Native) -> Self {
        let mut liquidity: BTreeMap<&str, Vec<&Liquidity>> = BTreeMap::new();
        for one in &auction.liquidity.known {
            liquidity.entry(one.id()).or_default().push(one);
        }
        let mut orders = BTreeMap::new();
        for order in &auction.orders {
            // Of two of one name the driver finds the first.
            orders.entry(order.uid).or_insert(order);
        }
        Self { auction, native, orders, liquidity }
    }

    /// Checks a whole response: names are distinct, and each solution passes.
    pub fn check_all(&self, solutions: &[Solution]) -> Result<Vec<Worth>, Rejected> {
        let mut names = BTreeSet::new();
        let twice = solutions.iter().find(|solution| !names.insert(solution.id));
        if let Some(Solution { id, .. }) = twice {
            return Err(Rejected { solution: *id, why: Reason::RepeatedSolution });
        }
        solutions.iter().map(|solution| self.check(solution)).collect()
    }

    /// Checks one solution, and says what it is worth.
    pub fn check(&self, solution: &Solution) -> Result<Worth, Rejected> {
        self.run(solution).map_err(|why| Rejected { solution: solution.id, why })
    }

    fn run(&self, solution: &Solution) -> Result<Worth, Reason> {
        if solution.trades.is_empty() {
            return Err(Reason::Empty);
        }
        if !solution.pre_interactions.is_empty() || !solution.post_interactions.is_empty() {
            return Err(Reason::Unasked);
        }
        let trades = self.trades(solution)?;
        self.wrapped(solution, &trades)?;
        let mut held = Balances::new();
        for trade in &trades {
            let sold = held.entry(self.settled(trade.order.sell_token)).or_default();
            *sold = sold.checked_add(trade.paid).ok_or(Reason::Overflow)?;
        }
        self.interact(solution, &mut held)?;
        for trade in &trades {
            let token = self.settled(trade.order.buy_token);
            let here = held.entry(token).or_default();
            *here = here.checked_sub(trade.got).ok_or(Reason::Short(token))?;
        }
        self.worth(solution, &trades)
    }

    /// The token that something is settled in.
    fn settled(&self, token: Address) -> Address {
        if token == NATIVE { self.native.wrapped } else { token }
    }

    /// Contracts that an order must be settled through are all there, unmodified, and not beside loans.
    fn wrapped(&self, solution: &Solution, trades: &[trades::Filled<'_>]) -> Result<(), Reason> {
        let there = |address: &Address, data: &[u8]| {
            solution.wrappers.iter().any(|w| w.address == *address && w.data.as_ref() == data)
        };
        for trade in trades {
            let mut needed = trade.order.wrappers.iter().filter(|wrapper| !wrapper.is_omittable);
            if let Some(missing) = needed.find(|wrapper| !there(&wrapper.address, &wrapper.data)) {
                return Err(Reason::MissingWrapper(missing.address));
            }
        }
        let hinted = trades.iter().any(|trade| trade.order.flashloan_hint.is_some());
        let loans = solution.flashloans.as_ref().map_or(hinted, |loans| !loans.is_empty());
        if loans && !solution.wrappers.is_empty() { Err(Reason::LoansAndWrappers) } else { Ok(()) }
    }

    fn worth(&self, solution: &Solution, trades: &[trades::Filled<'_>]) -> Result<Worth, Reason> {
        let gas = to_f64(U256::from(solution.gas.unwrap_or_default()));
        let cost = gas * to_f64(self.auction.effective_gas_price.0);
        let mut worth = Worth { score: U256::ZERO, surplus: U256::ZERO, net: -cost };
        for trade in trades {
            let score = self.score(trade).unwrap_or_default();
            worth.score = worth.score.checked_add(score).ok_or(Reason::Overflow)?;
            let saved = self.value(trade).unwrap_or_default();
            worth.surplus = worth.surplus.checked_add(saved).ok_or(Reason::Overflow)?;
            let price = self.price(trade.order.sell_token).map_or(0.0, to_f64);
            worth.net += to_f64(score) + to_f64(trade.fee) * price / 1e18;
        }
        Ok(worth)
    }

    /// The reference price of a token: wei for 1e18 units.
    fn price(&self, token: Address) -> Option<U256> {
        let told = |token: &Address| self.auction.tokens.get(token)?.reference_price.map(|p| p.0);
        let base = U256::from(10).pow(U256::from(18));
        let settled = self.settled(token);
        told(&token)
            .or_else(|| told(&settled))
            .or_else(|| (settled == self.native.wrapped).then_some(base))
    }
}

/// `a * b / d`, rounded up or down, with a wide product.
fn ratio(a: U256, b: U256, d: U256, up: bool) -> Result<U256, Reason> {
    if d.is_zero() {
        return Err(Reason::Overflow);
    }
    let (product, divisor): (U512, U512) = (a.widening_mul(b), U512::from(d));
    let (whole, rest) = product.div_rem(divisor);
    let whole = if up && !rest.is_zero() { whole + U512::ONE } else { whole };
    U256::checked_from_limbs_slice(whole.as_limbs()).ok_or(Reason::Overflow)
}
