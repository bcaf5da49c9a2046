//! Leaving a loop: collateral is taken out as far as the loan allows, sold, and the loan repaid, again
//! until nothing is owed; then the rest is sold.

use alloy_primitives::{Address, U256};

use super::{Account, LeverageError, Steps, entry::Books};
use crate::{
    market::Market,
    route::{self, Leg, Push},
    solution::encode,
    value::Appraiser,
    venues::Encoded,
};

/// More rounds are no way out.
const MOST_ROUNDS: usize = 24;

/// A loop's way out today, pushed through the venues' integer code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwinding {
    /// Rounds, in order; the last repays nothing and sells the rest.
    pub rounds: Vec<Round>,
    /// Units of the loan token in the end.
    pub left: U256,
    /// Typical gas of all of it.
    pub gas: u64,
    /// The most units of collateral that one round takes out.
    pub most: U256,
}

/// One round of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// Units of collateral taken out.
    pub released: U256,
    /// Units of the loan token that are repaid.
    pub repaid: U256,
    /// All its steps.
    pub legs: Vec<Leg>,
}

impl super::Leverage {
    /// The calls of the way out, as it is after the plan, leg by leg: see
    /// [`Solution::encode`](crate::solution::Solution::encode).
    pub fn encode_unwinding(
        &self,
        market: &Market,
        account: Address,
        slippage_bps: u32,
        deadline: u64,
    ) -> Vec<Encoded> {
        let rounds = self.unwinding.rounds.iter();
        let legs: Vec<Leg> = rounds.flat_map(|round| round.legs.iter().cloned()).collect();
        let steps = Steps::new(&self.credit, self.account.clone(), account);
        encode(market, &legs, Some(steps), (account, slippage_bps, deadline))
    }
}

/// Leaves the loop that `push` holds, keeping a health factor of at least `least` (in WAD) on the way.
pub(super) fn unwind(
    appraiser: &Appraiser<'_>,
    books: &Books,
    push: &mut Push<'_>,
    account: &mut Account,
    least: U256,
) -> Result<Unwinding, LeverageError> {
    let mut rounds = Vec::new();
    let mut most = U256::ZERO;
    while rounds.len() < MOST_ROUNDS {
        let from = push.legs.len();
        let held = account.collateral().ok_or(LeverageError::Overflow)?;
        let released = account.most_release(held, least);
        books.release(push, account, released)?;
        most = most.max(released);
        sell(appraiser, books, push)?;
        let got = push.balance(books.loan).ok_or(LeverageError::Overflow)?;
        let owed = account.owed().ok_or(LeverageError::Overflow)?;
        let repaid =
            if owed.is_zero() { U256::ZERO } else { books.repay(push, account, got.min(owed))? };
        let legs = push.legs[from..].to_vec();
        rounds.push(Round { released, repaid, legs });
        if account.collateral().is_none_or(|held| held.is_zero()) {
            let left = push.balance(books.loan).ok_or(LeverageError::Overflow)?;
            let gas = rounds.iter().flat_map(|round| &round.legs).map(|leg| leg.gas).sum();
            return Ok(Unwinding { rounds, left, gas, most });
        }
    }
    Err(LeverageError::Rounds(MOST_ROUNDS))
}

/// Sells all collateral that the account itself holds for the loan token.
fn sell(
    appraiser: &Appraiser<'_>,
    books: &Books,
    push: &mut Push<'_>,
) -> Result<(), LeverageError> {
    let graph = appraiser.graph;
    let search = appraiser.way_out(books.collateral_node);
    let search = search.ok_or(LeverageError::Unlisted("a sale of the collateral"))?;
    let eth = graph.eth().ok_or(LeverageError::Unlisted("ETH"))?;
    let held = push.balance(books.collateral).ok_or(LeverageError::Overflow)?;
    let spend = [(books.collateral, held)];
    let worth = |push: &mut Push<'_>| {
        let tokens = graph.node(eth).tokens.iter();
        tokens.map(|(token, _)| push.ledger.stored(*token)).try_fold(U256::ZERO, U256::checked_add)
    };
    *push = route::best(graph, search, &[], push, &spend, worth)?;
    let tokens: Vec<Address> = graph.node(eth).tokens.iter().map(|(token, _)| *token).collect();
    Ok(push.gather(&tokens, books.loan)?)
}
