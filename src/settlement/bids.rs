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

#[cfg(test)]
mod tests {
    use alloy_primitives::{Address, B256, U256};

    use super::*;
    use crate::store::Landed;

    /// A bid of one wei for each block, sent for the block of its number.
    fn attempt(first: u64, nonce: u64, landed: Option<u64>) -> Attempt {
        let body = format!(
            r#"{{"block":1,"block_hash":"{0}","fee":"0","fee_wei":"0","value":"0","received":[],
            "next":{{"value":"0","received":[]}},"gas":1,"tip":{first},"max_fee":9,"exposure":"0"}}"#,
            B256::ZERO
        );
        let at = |block| Landed { block, at_ms: 0, paid: U256::ZERO, earned: U256::ZERO };
        Attempt {
            id: B256::ZERO,
            number: first,
            account: Address::ZERO,
            nonce,
            hash: B256::ZERO,
            first,
            last: first + 2,
            most: U256::ZERO,
            body,
            at_ms: first,
            landed: landed.map(at),
        }
    }

    fn told(attempts: &[Attempt], head: u64) -> Vec<(f64, bool)> {
        tried(attempts, head).into_iter().map(|tried| (tried.bid, tried.included)).collect()
    }

    #[test]
    fn a_bid_counts_once_its_block_came() {
        let out = [attempt(5, 0, None), attempt(6, 0, None)];
        assert_eq!(told(&out, 4), []);
        assert_eq!(told(&out, 5), [(5.0, false)]);
        assert_eq!(told(&out, 6), [(5.0, false), (6.0, false)]);
    }

    #[test]
    fn a_bid_whose_nonce_another_used_before_says_nothing() {
        // Sent for blocks 5 to 7, and again for 6: the first landed in block 6.
        let out = [attempt(5, 0, Some(6)), attempt(6, 0, None), attempt(6, 1, None)];
        assert_eq!(told(&out, 9), [(5.0, true), (6.0, false)]);
    }

    #[test]
    fn what_was_not_sent_is_no_bid() {
        let mut shadow = attempt(5, 0, None);
        shadow.body = shadow.body.replacen('{', r#"{"sent":false,"#, 1);
        assert_eq!(told(&[shadow], 9), []);
    }
}
