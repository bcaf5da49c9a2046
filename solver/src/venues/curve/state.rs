//! What every StableSwap pool holds: coins, balances, rates, and the invariant they make.

use alloy_primitives::{Address, U256};

use super::{
    super::{Gain, QuoteError, Swap, VenueId},
    Exchange, StableSwap, StableSwapError, folded,
    formula::{A_PRECISION, DUST, Move, Reserves, checked, scaled},
};
use crate::amount::to_f64;

/// A pool's balances and what follows from them. It allocates only when it is made.
#[derive(Debug, Clone)]
pub(super) struct State {
    coins: Box<[Address]>,
    balances: Reserves,
    rates: Reserves,
    xp: Reserves,
    pub(super) formula: StableSwap,
    /// Balances can come to where Newton's steps go back and forth: nothing trades there.
    d: Result<U256, StableSwapError>,
}

impl State {
    /// Two to eight coins, each with a balance above zero and a rate above zero.
    pub(super) fn new(
        coins: Vec<Address>,
        balances: &[U256],
        rates: &[U256],
        formula: StableSwap,
    ) -> Result<Self, StableSwapError> {
        let formula = formula.sound()?;
        if coins.len() != balances.len() {
            return Err(StableSwapError::Coins);
        }
        let xp = scaled(balances, rates)?;
        let (balances, rates) = (reserves(balances), reserves(rates));
        let mut state =
            Self { coins: coins.into(), balances, rates, xp, formula, d: Ok(U256::ZERO) };
        if state.rates().iter().any(U256::is_zero) {
            return Err(StableSwapError::Rate);
        }
        if state.xp().iter().any(U256::is_zero) {
            return Err(StableSwapError::Empty);
        }
        state.d = state.measured();
        state.d.map(|_| state)
    }

    /// The invariant of the balances, if there is enough of each.
    fn measured(&self) -> Result<U256, StableSwapError> {
        if self.xp().iter().any(|x| *x < DUST) {
            return Err(StableSwapError::Dust);
        }
        self.formula.invariant(self.xp())
    }

    fn len(&self) -> usize {
        self.coins.len()
    }

    pub(super) fn coins(&self) -> &[Address] {
        &self.coins
    }

    pub(super) fn balances(&self) -> &[U256] {
        self.balances.get(..self.len()).unwrap_or_default()
    }

    pub(super) fn rates(&self) -> &[U256] {
        self.rates.get(..self.len()).unwrap_or_default()
    }

    pub(super) fn xp(&self) -> &[U256] {
        self.xp.get(..self.len()).unwrap_or_default()
    }

    pub(super) fn invariant(&self) -> Result<U256, StableSwapError> {
        self.d
    }

    /// Refuses what is no trade between two coins of the pool.
    pub(super) fn check(&self, id: &VenueId, swap: Swap) -> Result<(), QuoteError> {
        let Swap { from, to, amount } = swap;
        if from == to || from.max(to) >= self.len() {
            return Err(QuoteError::not_traded(id, swap));
        }
        if amount.is_zero() { Err(QuoteError::ZeroAmount) } else { Ok(()) }
    }

    /// The trade before fees.
    pub(super) fn moved(&self, swap: Swap) -> Result<Move, StableSwapError> {
        let rate = self.rates.get(swap.from).ok_or(StableSwapError::Coins)?;
        self.formula.moved(self.xp(), self.d?, (swap.from, swap.to), swap.amount, *rate)
    }

    /// The trader's and the admin's part of a trade that takes `fee_1e10`.
    pub(super) fn shares(
        &self,
        to: usize,
        gross: U256,
        fee_1e10: U256,
    ) -> Result<Exchange, StableSwapError> {
        let rate = self.rates.get(to).ok_or(StableSwapError::Coins)?;
        checked(self.formula.shares(gross, fee_1e10, *rate))
    }

    /// The state after an exchange.
    pub(super) fn after(&self, swap: Swap, done: Exchange) -> Result<Self, StableSwapError> {
        let mut next = self.clone();
        let gone = checked(done.out.checked_add(done.admin_fee))?;
        for (at, balance) in next.balances.iter_mut().enumerate() {
            if at == swap.from {
                *balance = checked(balance.checked_add(swap.amount))?;
            } else if at == swap.to {
                *balance = checked(balance.checked_sub(gone))?;
            }
        }
        next.xp = scaled(next.balances(), next.rates())?;
        next.d = next.measured();
        Ok(next)
    }

    /// The curve before fees, in smallest units.
    pub(super) fn curve(&self, from: usize, to: usize) -> Option<Gain> {
        if from == to || from.max(to) >= self.len() {
            return None;
        }
        let ann = (self.formula.ann(self.len())?, A_PRECISION);
        let rate = |at: usize| self.rates.get(at).map(|rate| to_f64(*rate) / 1e18);
        let scaled = folded(self.xp(), (from, to), self.d.ok()?, ann)?;
        Some(scaled.rescaled(rate(from)?, 1.0 / rate(to)?))
    }
}

fn reserves(figures: &[U256]) -> Reserves {
    let mut all = Reserves::default();
    for (slot, figure) in all.iter_mut().zip(figures) {
        *slot = *figure;
    }
    all
}

/// A refusal of the formula's, in the venue's name.
pub(super) fn refusal(id: &VenueId, error: StableSwapError) -> QuoteError {
    match error {
        StableSwapError::Overflow
        | StableSwapError::Fee
        | StableSwapError::Coins
        | StableSwapError::Rate
        | StableSwapError::Empty => QuoteError::Overflow(id.clone()),
        StableSwapError::Dust => {
            let what = "a balance is dust: rounding decides what comes out".to_owned();
            QuoteError::Unknown { venue: id.clone(), what }
        }
        StableSwapError::NoConvergence => QuoteError::NoConvergence(id.clone()),
        StableSwapError::NothingOut => QuoteError::NothingOut(id.clone()),
    }
}
