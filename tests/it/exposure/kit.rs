//! A victim, its world and the attacker's search.

use alloy_primitives::{Address, U256, address};
use tenor_simulations::{
    Script, World, WorldBuilder,
    exposure::{Aim, Case, Exposure, search},
    figures::{EMBEDDED_NAME, Figures, embedded},
    world::{Block, PairSeed},
};
use tenor_solver::{
    amount::to_f64,
    market::Market,
    mev::sandwich::Product,
    venues::{Swap, Trade, UniswapV2, Venue, VenueId},
};

pub(super) use crate::world::rng::Rng;

pub(super) const BLOCK: Block = Block {
    chain_id: 1,
    number: 19_933_597,
    timestamp: 1_716_479_543,
    base_fee: 13_951_679_250,
    gas_limit: 30_000_000,
};

pub(super) const VICTIM: Address = address!("a11ce00000000000000000000000000000000001");

/// How far agent and theory may differ.
pub(super) const CLOSE: f64 = 1e-3;

pub(super) fn token(n: u8) -> Address {
    Address::repeat_byte(n)
}

/// The embedded market as both sides see it.
pub(super) fn market() -> (Market, World) {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    (figures.market(&[]).unwrap(), World::new(&figures).unwrap())
}

/// Pairs of 18-decimal tokens in a world of their own.
pub(super) fn pairs(seeds: &[([u8; 2], [U256; 2], u32)]) -> (World, Vec<UniswapV2>) {
    let mut builder = WorldBuilder::new(BLOCK).unwrap();
    let mut tokens: Vec<u8> = seeds.iter().flat_map(|seed| seed.0).collect();
    tokens.sort_unstable();
    tokens.dedup();
    for n in tokens {
        builder.token(token(n), 18).unwrap();
    }
    let mut venues = Vec::new();
    for (nth, &(pair_of, reserves, fee_ppm)) in seeds.iter().enumerate() {
        let nth = u8::try_from(nth).unwrap();
        // A router each, so that two pairs can trade the same tokens.
        let (pair, router) = (token(0xb0 + nth), token(0xd0 + nth));
        let tokens = pair_of.map(token);
        builder.uniswap_v2(&PairSeed { pair, router, tokens, reserves, fee_ppm }).unwrap();
        let id = VenueId::new(format!("pair {nth}"));
        venues.push(UniswapV2::new(id, pair, router, tokens, reserves, fee_ppm).unwrap());
    }
    (builder.build(), venues)
}

/// The pool as its integers stand, seen from the token at `from`.
pub(super) fn product(pair: &UniswapV2, from: usize, fee_ppm: u32) -> Product {
    let [x, y] = [from, 1 - from].map(|at| to_f64(pair.reserves()[at]));
    Product { x, y, keep: 1.0 - f64::from(fee_ppm) / 1e6 }
}

/// A victim of one swap that accepts no less than `min_out`.
pub(super) fn victim(venue: &dyn Venue, swap: Swap, min_out: U256) -> Script {
    let encoded = venue.encode(&Trade { swap, min_out, recipient: VICTIM, deadline: u64::MAX });
    let given = venue.tokens()[swap.from];
    // Of a rebasing token a unit more than needed, in shares that are worth more than a unit.
    let units = swap.amount + U256::from(2);
    let stored = venue.rebase(swap.from).map_or(Some(units), |rebase| rebase.fewest_shares(units));
    Script {
        account: VICTIM,
        holdings: vec![(given, stored.unwrap())],
        approvals: encoded.approval.into_iter().collect(),
        calls: encoded.calls,
        watch: Vec::new(),
    }
}

/// What the attacker finds against one swap in the first of `venues`.
pub(super) fn attack(
    world: &World,
    venues: &[&dyn Venue],
    swap: Swap,
    min_out: U256,
    prices: &[(Address, f64)],
) -> Exposure {
    let victim = victim(venues[0], swap, min_out);
    let aims = [Aim { call: 0, venue: 0, swap, front: None, room: None }];
    let (victim, aims, whose, outputs) = (&victim, &aims, VICTIM, &[]);
    let case = Case { world, victim, aims, bundled: false, whose, outputs, venues, prices, tip: 0 };
    search(&case).unwrap_or_else(|error| panic!("{error}: {venues:?} {swap:?}"))
}

/// A quote less a slippage in millionths.
pub(super) fn limit(quote: U256, slip_ppm: u64) -> U256 {
    quote * U256::from(1_000_000 - slip_ppm) / U256::from(1_000_000)
}

/// How far two figures are from each other, as a share of the second.
pub(super) fn off(found: f64, expected: f64) -> f64 {
    (found - expected).abs() / expected
}

/// A share of an amount.
pub(super) fn share(amount: U256, share: f64) -> U256 {
    tenor_solver::amount::from_f64(to_f64(amount) * share)
}

/// A number between two, its size spread evenly.
pub(super) fn between(rng: &mut Rng, low: f64, high: f64) -> f64 {
    let part = f64::from(u32::try_from(rng.below(1 << 31)).unwrap()) / f64::from(1_u32 << 31);
    low * (high / low).powf(part)
}

pub(super) fn rng(what: &str) -> Rng {
    let seed = Rng::seed();
    println!("{what}: TENOR_SEED={seed}");
    Rng::new(seed)
}
