//! One's own bids of the last day, and what became of them: what later bids are fitted to.

use tenor_solver::{amount::to_f64, mev::bid::Tried};

use super::journal::Promise;
use crate::store::Attempt;

/// The newest that count: of more, the oldest say little of what is bid now.
const MOST: usize = 200;

/// Bids in wei for a unit of gas. One was included if it landed, and was not if its first block came and
/// neither it nor another transaction of its nonce is in that block or an earlier one. What was never sent
/// is no bid.
pub(super) fn tried(attempts: &[Attempt], head: u64) -> Vec<Tried> {
    let mut tried: Vec<Tried> =
        attempts.iter().rev().filter_map(|of| one(of, attempts, head)).take(MOST).collect();
    tried.reverse();
    tried
}

fn one(attempt: &Attempt, all: &[Attempt], head: u64) -> Option<Tried> {
    let promise = Promise::of(attempt).filter(|promise| promise.sent)?;
    let bid = to_f64(alloy_primitives::U256::from(promise.tip));
    if attempt.landed.is_some() {
        return Some(Tried { bid, included: true });
    }
    let same = |other: &&Attempt| (other.account, other.nonce) == (attempt.account, attempt.nonce);
    let mut landed = all.iter().filter(same).filter_map(|other| other.landed);
    let taken = landed.any(|landed| landed.block <= attempt.first);
    (attempt.first <= head && !taken).then_some(Tried { bid, included: false })
}
