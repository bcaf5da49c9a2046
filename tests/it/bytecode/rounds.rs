//! Leaving a loop on published contracts, whoever lends: collateral out as far as the loan allows, one unit
//! more refused, sold, repaid, again until nothing is left.

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::WAD,
    leverage::{Account, Credit, Terms},
    venues::Encoded,
};

use super::{ALICE, lab::Lab, tally::Tally};

/// More rounds are no way out. Of a loop at its limit only the few units that are brought can be repaid at
/// first, and each round frees `1 / threshold` times what the one before did: at a threshold of 0.97 that
/// is `ln(2^80 / 10^6) / ln(1 / 0.97)`, some 1,370 rounds, and more where only a part is repaid.
const MOST_ROUNDS: usize = 5_000;

/// A lender in which Alice has an account.
pub(super) trait Lender {
    fn lab(&mut self) -> &mut Lab;

    /// The contract's word for her account, beside the model's.
    fn compare(&mut self, tally: &mut Tally, account: &Account, credit: &Credit, step: &str);

    /// Takes what she sells and gives her what it is worth.
    fn swap(&mut self, from: Address, to: Address, given: U256, got: U256);
}

/// That the contract does a step, or that it refuses one.
pub(super) fn does(lab: &mut Lab, encoded: &Encoded) -> bool {
    lab.execute(ALICE, encoded).is_ok()
}

/// Of the loan, more than what the pool's own sums can tell apart: it counts in whole units of its prices'
/// currency, and nothing is free before a few of those are repaid.
fn coarsest(terms: &Terms) -> U256 {
    match terms {
        Terms::Aave(terms) => U256::from(100) * terms.loan_unit / terms.loan_price,
        _ => U256::ZERO,
    }
}

/// Leaves a loop and compares every step; `part` says how much of what she has she repays.
pub(super) fn leave(
    lender: &mut impl Lender,
    tally: &mut Tally,
    credit: &Credit,
    account: &mut Account,
    mut part: impl FnMut(U256) -> U256,
) {
    let (loan, collateral) = (credit.loan, credit.collateral);
    // Rounding leaves less than is owed; whoever leaves brings a few units of his own.
    lender.lab().mint(loan, ALICE, U256::from(1_000_000) + coarsest(&credit.terms));
    for _ in 0..MOST_ROUNDS {
        let held = account.collateral().unwrap();
        let free = account.most_release(held, WAD);
        if free < held {
            let over = credit.release(ALICE, free + U256::ONE, account);
            assert!(!does(&mut lender.lab().clone(), &over), "{free} and one more: {tally:?}");
            tally.refused();
        }
        if !free.is_zero() {
            assert!(does(lender.lab(), &credit.release(ALICE, free, account)), "{tally:?}");
            account.release(free).unwrap();
            lender.compare(tally, account, credit, "release");
            lender.swap(collateral, loan, free, account.worth(free).unwrap());
        }
        let owed = account.owed().unwrap();
        let amount = part(lender.lab().balance(loan, ALICE).min(owed));
        let before = account.clone();
        if !amount.is_zero() && account.repay(amount).is_ok() {
            let repay = credit.repay(ALICE, amount, &before);
            assert!(does(lender.lab(), &repay), "{amount}: {tally:?} {before:?}");
            lender.compare(tally, account, credit, "repay");
        }
        if account.collateral().unwrap().is_zero() && account.owed().unwrap().is_zero() {
            return;
        }
    }
    panic!("not left: {account:?} {tally:?}");
}
