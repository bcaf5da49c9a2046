//! What a settlement must leave everybody with, worked out before it runs.
//!
//! The plan is pushed through the venues' integer code; what is added here is how its tokens come and go:
//! from the owner by Permit2, the fee to the solver, and what is left to the recipient, each in the
//! token's own rounding. A rebasing token is counted in shares, as the chain stores it.

use alloy_primitives::{Address, U256};
use tenor_simulations::Measured;
use tenor_solver::{
    market::Market,
    solution::Solution,
    venues::{NATIVE, Rebase, Rounding},
};

/// A token that a settlement moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moved {
    /// The token.
    pub(super) token: Address,
    /// What the steps take of it, stored.
    pub(super) taken: U256,
    /// What they leave, stored.
    pub(super) left: U256,
    /// Its totals before the steps; `None` where it does not rebase.
    pub(super) first: Option<Rebase>,
    /// Its totals after them.
    pub(super) last: Option<Rebase>,
    /// Whether more than that may be left: a leg promises the least that it hands over.
    pub(super) at_least: bool,
}

/// The tokens of a plan, the asset first. Ether that it leaves is wrapped.
pub(super) fn moved(market: &Market, plan: &Solution, asset: Address) -> Option<Vec<Moved>> {
    let mut all: Vec<Moved> = Vec::new();
    let at_least = |token| plan.legs.iter().any(|leg| leg.at_least && leg.token_out == token);
    for token in std::iter::once(asset).chain(plan.watched()) {
        if token == NATIVE || all.iter().any(|moved| moved.token == token) {
            continue;
        }
        let held = plan.end.iter().find(|held| held.token == token);
        all.push(Moved {
            token,
            taken: plan.start.stored(token),
            left: held.map_or(U256::ZERO, |held| held.stored),
            first: market.rebase(token),
            last: after(market, plan, token),
            at_least: at_least(token),
        });
    }
    let ether = plan.end.iter().find(|held| held.token == NATIVE && !held.stored.is_zero());
    if let Some(ether) = ether {
        let wrapped = wrapped(market)?;
        let more = U256::checked_add;
        match all.iter_mut().find(|moved| moved.token == wrapped) {
            Some(moved) => moved.left = more(moved.left, ether.stored)?,
            None => all.push(Moved {
                token: wrapped,
                taken: U256::ZERO,
                left: ether.stored,
                first: None,
                last: None,
                at_least: at_least(NATIVE),
            }),
        }
    }
    Some(all)
}

/// The token that is ether, wrapped.
fn wrapped(market: &Market) -> Option<Address> {
    let mut tokens = market.tokens.iter().map(|token| token.address);
    tokens.find(|token| *token != NATIVE && market.exact_pair(*token, NATIVE).is_some())
}

/// A token's totals once the plan's legs are done.
fn after(market: &Market, plan: &Solution, token: Address) -> Option<Rebase> {
    let listing = market.rebasing(token)?;
    let mut venue = market.listings.get(listing)?.venue.boxed();
    for leg in plan.legs.iter().filter(|leg| leg.listing == listing) {
        // A plan was pushed through the same code: it is not refused here.
        let _ = venue.trade(leg.swap);
    }
    venue.rebase(venue.tokens().iter().position(|of| *of == token)?)
}

/// Who takes part in a settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parties {
    pub(super) owner: Address,
    pub(super) executor: Address,
    pub(super) solver: Address,
    pub(super) recipient: Address,
}

impl Parties {
    /// Each account once.
    pub(super) fn accounts(&self) -> Vec<Address> {
        let mut all: Vec<Address> = Vec::new();
        for account in [self.owner, self.executor, self.solver, self.recipient] {
            if !all.contains(&account) {
                all.push(account);
            }
        }
        all
    }
}

/// Who holds how much of what, as the chain stores it.
#[derive(Debug, Clone)]
pub(super) struct Books(Vec<(Address, Address, U256)>);

impl Books {
    /// As measured, by account and token.
    pub(super) fn of(watch: &[(Address, Address)], before: &[Measured]) -> Self {
        let row = |((account, token), held): (&(Address, Address), &Measured)| {
            (*account, *token, held.stored())
        };
        Self(watch.iter().zip(before).map(row).collect())
    }

    /// What an account holds of a token, stored.
    pub(super) fn stored(&self, account: Address, token: Address) -> U256 {
        let row = self.0.iter().find(|(who, what, _)| (*who, *what) == (account, token));
        row.map_or(U256::ZERO, |(_, _, stored)| *stored)
    }

    fn set(&mut self, account: Address, token: Address, stored: U256) {
        for row in self.0.iter_mut().filter(|row| (row.0, row.1) == (account, token)) {
            row.2 = stored;
        }
    }

    /// Moves an amount as the token does. `None` where it is not there.
    fn transfer(&mut self, by: (Address, Address), of: Token, amount: U256) -> Option<()> {
        let ((from, to), (token, rebase)) = (by, of);
        let had = self.stored(from, token);
        let left = match rebase {
            Some(rebase) => rebase.left(had, amount)?,
            None => had.checked_sub(amount)?,
        };
        self.set(from, token, left);
        let had = self.stored(to, token);
        let has = match rebase {
            Some(rebase) if rebase.rounding == Rounding::Whole => {
                rebase.shares_of(rebase.balance(had)?.checked_add(amount)?)?
            }
            Some(rebase) => had.checked_add(rebase.shares_of(amount)?)?,
            None => had.checked_add(amount)?,
        };
        self.set(to, token, has);
        Some(())
    }

    /// A whole settlement. `None` where the asset is too little for fee and plan.
    pub(super) fn settle(
        &mut self,
        parties: &Parties,
        moved: &[Moved],
        (amount, fee): (U256, U256),
        delivered: impl Fn(Address) -> bool,
    ) -> Option<()> {
        let Parties { owner, executor, solver, recipient } = *parties;
        let asset = moved.first()?;
        self.transfer((owner, executor), (asset.token, asset.first), amount)?;
        if !fee.is_zero() {
            self.transfer((executor, solver), (asset.token, asset.first), fee)?;
        }
        for of in moved {
            let has =
                self.stored(executor, of.token).checked_sub(of.taken)?.checked_add(of.left)?;
            self.set(executor, of.token, has);
        }
        for of in moved.iter().filter(|of| delivered(of.token)) {
            let has = self.stored(executor, of.token);
            let shows = of.last.map_or(Some(has), |rebase| rebase.balance(has))?;
            if !shows.is_zero() {
                self.transfer((executor, recipient), (of.token, of.last), shows)?;
            }
        }
        Some(())
    }
}

/// A token, and its totals where it rebases.
type Token = (Address, Option<Rebase>);
