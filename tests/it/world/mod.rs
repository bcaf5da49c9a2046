//! The model against the EVM: random trades on random figures, compared to the wei.
//!
//! `TENOR_TRADES` sets how many trades of each kind are compared; `TENOR_SEED` repeats a run.

mod embedded;
mod exchanges;
mod least;
mod lending;
mod permit2;
mod reading;
mod reading_ticks;
pub(crate) mod rng;
mod staking;
mod trial;
mod vaults;

use alloy_primitives::{Address, address};
use tenor_simulations::{WorldBuilder, world::Block};

/// A block of May 2024.
const BLOCK: Block = Block {
    chain_id: 1,
    number: 19_933_597,
    timestamp: 1_716_479_543,
    base_fee: 13_951_679_250,
    gas_limit: 30_000_000,
};

/// Who trades.
const ALICE: Address = address!("a11ce00000000000000000000000000000000001");
const WETH: Address = address!("c02aaa39b223fe8d0a0e5c4f27ead9083c756cc2");

/// Contracts of a test, in ascending order.
const fn at(n: u8) -> Address {
    Address::repeat_byte(n)
}

fn builder() -> WorldBuilder {
    WorldBuilder::new(BLOCK).unwrap()
}
