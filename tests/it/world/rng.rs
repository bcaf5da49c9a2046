//! Random figures: SplitMix64, seeded afresh in each run.

use std::{
    env,
    hash::{BuildHasher, RandomState},
};

use alloy_primitives::{I256, U256};

/// A repeatable source of random figures.
#[derive(Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// `TENOR_SEED`, or another seed in each run.
    pub(crate) fn seed() -> u64 {
        let fresh = || RandomState::new().hash_one(0);
        env::var("TENOR_SEED").map_or_else(|_| fresh(), |seed| seed.parse().expect("TENOR_SEED"))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = u64::from(high.abs_diff(low));
        low + i32::try_from(self.below(span)).unwrap()
    }

    pub(crate) fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    /// A number of `low..=high` bits, its size spread evenly over the bits.
    pub(crate) fn bits(&mut self, low: u64, high: u64) -> U256 {
        let bits = low + self.below(high - low + 1);
        let word = U256::from_limbs([self.next(), self.next(), self.next(), self.next()]);
        let top = U256::ONE << (bits - 1);
        top | (word & (top - U256::ONE))
    }

    /// Up to `most`, its size spread evenly over the bits.
    pub(crate) fn upto(&mut self, most: U256) -> U256 {
        if most.is_zero() {
            return most;
        }
        self.bits(1, most.bit_len() as u64).min(most)
    }

    /// Between half and twice `n`.
    pub(crate) fn near(&mut self, n: U256) -> U256 {
        let permille = U256::from(500 + self.below(1501));
        (n * permille / U256::from(1000)).max(U256::ONE)
    }

    pub(crate) fn sign(&mut self, n: U256) -> I256 {
        let n = I256::try_from(n).unwrap();
        if self.chance(2) { n } else { -n }
    }
}
