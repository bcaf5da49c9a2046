//! A loan's steps among a plan's legs, encoded one after the other.

use alloy_primitives::Address;

use super::{Account, Credit, Leverage};
use crate::{
    route::{Leg, LegKind},
    venues::Encoded,
};

/// What encodes the steps of a loan, and the account as those before leave it: the last repayment and the
/// last release are of all there is, which contracts are told otherwise than an amount.
#[derive(Debug, Clone)]
pub(crate) struct Steps<'c> {
    credit: &'c Credit,
    account: Account,
    owner: Address,
}

impl<'c> Steps<'c> {
    /// The steps of `owner`, whose account is `account` before the first.
    pub(super) const fn new(credit: &'c Credit, account: Account, owner: Address) -> Self {
        Self { credit, account, owner }
    }

    /// The calls of a leg that is a step of the loan; `None` of any other.
    pub(crate) fn encode(&mut self, leg: &Leg) -> Option<Encoded> {
        let Self { credit, account, owner } = self;
        let (owner, amount) = (*owner, leg.swap.amount);
        let [pledged, _] = credit.position_tokens();
        // The legs were made by an account that did all of this: what it refuses is none of its steps, as
        // where somebody gives what they have pledged before.
        let before = account.clone();
        match leg.kind {
            LegKind::Deposit if leg.token_out == pledged => {
                account.pledge(amount).ok()?;
                Some(credit.pledge(owner, amount))
            }
            LegKind::Redeem if leg.token_in == pledged => {
                account.release(amount).ok()?;
                Some(credit.release(owner, amount, &before))
            }
            LegKind::Borrow => {
                account.borrow(amount).ok()?;
                let first = before.owed().is_some_and(|owed| owed.is_zero());
                Some(credit.borrow(owner, amount, first))
            }
            LegKind::Repay => {
                account.repay(amount).ok()?;
                Some(credit.repay(owner, amount, &before))
            }
            LegKind::Swap | LegKind::Wrap | LegKind::Stake | LegKind::Deposit | LegKind::Redeem => {
                None
            }
        }
    }
}

impl Leverage {
    /// What encodes the steps of entering from `owner`, who has nothing there yet.
    pub(crate) fn entering(&self, owner: Address) -> Steps<'_> {
        Steps::new(&self.credit, Account::new(&self.credit.terms), owner)
    }
}
