//! Native quotes beside the chain's own contracts, on recorded blocks: an account that nobody has
//! ever used trades random amounts before a block's first transaction.
//!
//! A recording holds what its block touched. A trade that meets anything else ends as not recorded:
//! it is counted and told, and compares nothing.

mod crypto;
mod field;
mod swell;
mod trades;

use std::collections::BTreeMap;

use self::{field::Field, trades::Kind};
use crate::{recorded::data, world::rng::Rng};

/// Trades of each kind on each block.
const TRADES: u32 = 1_000;

/// What came of the trades of one kind on one block.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    equal: u32,
    refused_by_both: u32,
    not_recorded: u32,
}

#[test]
fn native_quotes_are_those_of_the_chains_own_contracts() {
    let Some(data) = data() else { return };
    let seed = Rng::seed();
    println!("TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let mut tallies: BTreeMap<(&str, u64), Tally> = BTreeMap::new();
    for field in Field::all(&data.join("blocks")) {
        for kind in Kind::ALL {
            for _ in 0..TRADES / kind.blocks() {
                let tally = tallies.entry((kind.name(), field.number)).or_default();
                match kind.trade(&field, &mut rng) {
                    trades::Outcome::Equal => tally.equal += 1,
                    trades::Outcome::Refused => tally.refused_by_both += 1,
                    trades::Outcome::NotRecorded => tally.not_recorded += 1,
                }
            }
        }
    }
    println!(
        "{:<28} {:>9} {:>7} {:>8} {:>13}",
        "contract", "block", "equal", "refused", "not recorded"
    );
    let mut equal: BTreeMap<&str, u32> = BTreeMap::new();
    for ((kind, block), tally) in tallies.iter().filter(|(_, t)| t.equal + t.refused_by_both > 0) {
        let Tally { equal: same, refused_by_both, not_recorded } = tally;
        println!("{kind:<28} {block:>9} {same:>7} {refused_by_both:>8} {not_recorded:>13}");
        *equal.entry(kind).or_default() += same;
    }
    for kind in Kind::ALL {
        assert!(
            equal.get(kind.name()).is_some_and(|n| *n > 0),
            "{} is never compared",
            kind.name()
        );
    }
}
