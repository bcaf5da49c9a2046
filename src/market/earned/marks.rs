//! Which block a chain had at a time, by headers alone.

use std::collections::{BTreeMap, BTreeSet};

use super::SETTLED_S;
use crate::market::rpc::{Fault, Head, Node, RpcError};

/// Seconds of a slot of mainnet: the first guess at how many blocks lie between two times.
const SLOT_S: u64 = 12;

/// The most packets that are sent in search. Guesses close in by proportion, and by halves every
/// third time, so that no chain's clock keeps them apart.
const MOST_ROUNDS: usize = 48;

/// The blocks found for times, and why others were not.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The first blocks from the times on, or hardly later ones; by the times.
    pub(super) blocks: BTreeMap<u64, Head>,
    /// Why a time has none.
    pub(super) missing: Option<String>,
}

/// Finds the first block from each time on, or one at most `slack_s` later. All times are before
/// `head`'s.
pub(super) fn at(node: &Node, head: &Head, times: &[u64], slack_s: u64) -> Result<Found, RpcError> {
    let mut search = Search { known: BTreeMap::from([(head.number, head.clone())]), absent: None };
    let mut found = Found::default();
    let mut open: BTreeSet<u64> = times.iter().copied().collect();
    for round in 0..MOST_ROUNDS {
        let mut guesses = BTreeSet::new();
        open.retain(|time| match search.next(*time, slack_s, round) {
            Next::Is(block) => {
                found.blocks.insert(*time, *block);
                false
            }
            Next::Ask(number) => {
                guesses.insert(number);
                true
            }
            Next::None => {
                found.missing = Some(search.why(node));
                false
            }
        });
        if guesses.is_empty() {
            break;
        }
        let numbers: Vec<u64> = guesses.into_iter().collect();
        for (number, block) in numbers.iter().zip(node.blocks(&numbers)?) {
            search.learn(*number, block);
        }
    }
    // One block stands for as many times as it is the first after.
    found.blocks.retain(|_, block| block.timestamp + SETTLED_S <= head.timestamp);
    Ok(found)
}

/// What is known of a chain's clock.
struct Search {
    known: BTreeMap<u64, Head>,
    /// The highest number of which the node has no block.
    absent: Option<u64>,
}

enum Next {
    Is(Box<Head>),
    Ask(u64),
    None,
}

impl Search {
    fn learn(&mut self, number: u64, block: Option<Head>) {
        match block {
            Some(block) => drop(self.known.insert(number, block)),
            None => self.absent = self.absent.max(Some(number)),
        }
    }

    fn next(&self, time: u64, slack_s: u64, round: usize) -> Next {
        let Some(after) = self.known.values().find(|block| block.timestamp >= time) else {
            return Next::None;
        };
        if after.timestamp - time <= slack_s {
            return Next::Is(Box::new(after.clone()));
        }
        let before = self.known.range(..after.number).next_back().map(|(_, block)| block);
        let Some(before) = before else {
            // The first block that there is, is none from the time on unless it is of that time.
            let first = self.absent.map_or(0, |absent| absent + 1);
            if after.number <= first {
                return Next::None;
            }
            let slots = (after.timestamp - time).div_ceil(SLOT_S);
            let guess = after.number.checked_sub(slots).filter(|_| self.absent.is_none());
            let half = first + (after.number - first) / 2;
            return Next::Ask(guess.unwrap_or(half).clamp(first, after.number - 1));
        };
        let between = after.number - before.number;
        if between <= 1 {
            return Next::Is(Box::new(after.clone()));
        }
        let part = if round % 3 == 2 {
            between / 2
        } else {
            let span = u128::from(after.timestamp - before.timestamp).max(1);
            let part = u128::from(between) * u128::from(time - before.timestamp) / span;
            u64::try_from(part).unwrap_or(between)
        };
        Next::Ask(before.number + part.clamp(1, between - 1))
    }

    fn why(&self, node: &Node) -> String {
        self.absent.map_or_else(
            || "the chain has no block that is old enough".to_owned(),
            |number| {
                let fault = Fault::NoBlock { number };
                RpcError { node: node.shown().to_owned(), fault }.to_string()
            },
        )
    }
}
