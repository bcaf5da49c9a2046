//! Who holds what while a plan runs, in the units that the chain stores.

use alloy_primitives::{Address, U256};

use crate::{
    market::Market,
    venues::{Quote, Rebase},
};

/// Holdings of one account. A rebasing token is held as shares; its balance follows from the
/// totals of the moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    stored: Vec<(Address, U256)>,
}

impl Ledger {
    /// An account that holds what it takes to own at least `amount` of `token`: of a rebasing
    /// token the fewest shares worth at least that. `None` on overflow.
    pub fn with(market: &Market, token: Address, amount: U256) -> Option<Self> {
        let mut ledger = Self::default();
        ledger.grant(token, amount, market.rebase(token))?;
        Some(ledger)
    }

    /// The same of several tokens. `None` on overflow.
    pub fn holding(
        market: &Market,
        holdings: impl IntoIterator<Item = (Address, U256)>,
    ) -> Option<Self> {
        let mut ledger = Self::default();
        for (token, amount) in holdings {
            ledger.grant(token, amount, market.rebase(token))?;
        }
        Some(ledger)
    }

    /// An account that holds the given stored units.
    pub fn of(stored: impl IntoIterator<Item = (Address, U256)>) -> Self {
        Self { stored: stored.into_iter().collect() }
    }

    /// Adds what it takes to own at least `amount` more of `token`. `None` on overflow.
    pub fn grant(&mut self, token: Address, amount: U256, rebase: Option<Rebase>) -> Option<()> {
        let units = rebase.map_or(Some(amount), |r| r.fewest_shares(amount))?;
        self.add(token, units)
    }

    /// What is stored for a token: shares of a rebasing one, units of any other.
    pub fn stored(&self, token: Address) -> U256 {
        self.stored.iter().find(|(t, _)| *t == token).map_or(U256::ZERO, |(_, a)| *a)
    }

    /// The balance a token shows. `None` on overflow.
    pub fn balance(&self, token: Address, rebase: Option<Rebase>) -> Option<U256> {
        let stored = self.stored(token);
        rebase.map_or(Some(stored), |r| r.balance(stored))
    }

    /// Tokens of which anything is held, in the order they were first received.
    pub fn tokens(&self) -> impl Iterator<Item = Address> + '_ {
        self.stored.iter().filter(|(_, a)| !a.is_zero()).map(|(t, _)| *t)
    }

    /// Takes `amount` out; of a rebasing token the shares that a transfer of it moves. `None` when
    /// that much is not held.
    pub fn debit(&mut self, token: Address, amount: U256, rebase: Option<Rebase>) -> Option<()> {
        let entry = self.stored.iter_mut().find(|(t, _)| *t == token)?;
        entry.1 = match rebase {
            Some(rebase) => rebase.left(entry.1, amount)?,
            None => entry.1.checked_sub(amount)?,
        };
        Some(())
    }

    /// Puts in what a venue hands over. `None` on overflow.
    pub fn credit(&mut self, token: Address, quote: &Quote, rebase: Option<Rebase>) -> Option<()> {
        let units = match (quote.shares, rebase) {
            (Some(shares), _) => shares,
            (None, Some(rebase)) => rebase.shares_of(quote.out)?,
            (None, None) => quote.out,
        };
        self.add(token, units)
    }

    fn add(&mut self, token: Address, units: U256) -> Option<()> {
        match self.stored.iter_mut().find(|(t, _)| *t == token) {
            Some(entry) => entry.1 = entry.1.checked_add(units)?,
            None => self.stored.push((token, units)),
        }
        Some(())
    }
}
