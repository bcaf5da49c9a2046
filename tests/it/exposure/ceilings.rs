//! Where few runs show that no attack pays for its gas, the whole search finds none either.
//!
//! Tokens are priced so that the best attack is worth somewhat more or less than the gas it takes: there
//! a ceiling that is too low would be seen.

use alloy_primitives::U256;
use tenor_simulations::{
    World,
    exposure::{Aim, Case, Leg, sandwiches},
};
use tenor_solver::{
    amount::to_f64,
    venues::{Capacity, Swap, Venue},
};

use super::kit::{
    BLOCK, CLOSE, Rng, VICTIM, between, limit, market, off, pairs, rng, share, victim,
};

/// Random pairs, victims and limits.
const CASES: usize = 100;

/// Gas of an attack, about.
const GAS: f64 = 220_000.0;

/// A victim of one swap.
struct Victim<'a> {
    world: &'a World,
    venue: &'a dyn Venue,
    swap: Swap,
    slip_ppm: u64,
}

/// What the cases came to.
#[derive(Debug, Default)]
struct Told {
    pay: usize,
    gain: usize,
    lose: usize,
    /// Runs where no attack pays, by the whole search and by the short one.
    long: u32,
    short: u32,
}

impl Victim<'_> {
    /// What is found, and in how many runs. Its token is worth `price` wei a unit.
    fn attacked(&self, room: bool, price: f64) -> (Leg, u32) {
        let Self { world, venue, swap, slip_ppm } = *self;
        let quote = venue.quote(swap).unwrap().out;
        let min_out = limit(quote, slip_ppm);
        let victim = victim(venue, swap, min_out);
        let room = room.then(|| quote - min_out);
        let aims = [Aim { call: 0, venue: 0, swap, front: None, room }];
        let tokens = venue.tokens();
        let case = Case {
            world,
            victim: &victim,
            aims: &aims,
            bundled: true,
            whose: VICTIM,
            outputs: &[tokens[swap.to]],
            venues: &[venue],
            prices: &[(tokens[swap.from], price)],
            tip: 0,
        };
        let found = sandwiches(&case).unwrap_or_else(|error| panic!("{error}: {}", self.what()));
        (found.legs[0].clone(), found.runs)
    }

    fn what(&self) -> String {
        format!("{:?} {:?} {} ppm", self.venue.id(), self.swap, self.slip_ppm)
    }
}

impl Told {
    /// The short search against the whole one, where the best attack is worth `ratio` times its gas.
    fn compare(&mut self, victim: &Victim<'_>, ratio: f64) {
        let what = victim.what();
        // Of a worth at which gas is nothing.
        let (free, _) = victim.attacked(false, 1e30);
        let gas = GAS * to_f64(U256::from(BLOCK.base_fee));
        let taken = to_f64(free.taken);
        let price = if taken > 0.0 { ratio * gas / taken } else { ratio };
        let (long, runs) = victim.attacked(false, price);
        let (short, few) = victim.attacked(true, price);
        let cost = to_f64(U256::from(long.least_gas)) * to_f64(U256::from(BLOCK.base_fee));
        let what = format!("{what}: {long:?} {short:?}");
        if short.exposed.is_zero() {
            // Beside what it costs either side may be found.
            let beside = off(taken * price, cost.max(1.0)) < CLOSE;
            assert!(long.exposed.is_zero() || beside, "{what}");
            self.long += runs;
            self.short += few;
            self.gain += usize::from(taken > 0.0);
            self.lose += usize::from(taken <= 0.0);
        } else {
            assert!(off(to_f64(short.exposed), taken * price) < 2.0 * CLOSE, "{what}");
            self.pay += 1;
        }
    }

    fn hold(&self) {
        println!("{self:?}");
        assert!(self.pay > 0 && self.gain > 0 && self.lose > 0, "{self:?}");
        assert!(self.short < self.long, "{self:?}");
    }
}

fn ratio(rng: &mut Rng) -> f64 {
    between(rng, 0.2, 4.0)
}

#[test]
fn what_is_shown_to_pay_nothing_on_pairs_pays_nothing() {
    let mut rng = rng("ceilings on pairs");
    let mut told = Told::default();
    for _ in 0..CASES {
        let reserves = [0, 1].map(|_| rng.bits(62, 88));
        let fee_ppm = rng.pick(&[0, 1_000, 3_000, 3_000, 10_000]);
        let (world, venues) = pairs(&[([0x11, 0x22], reserves, fee_ppm)]);
        let from = usize::from(rng.chance(2));
        let amount = share(reserves[from], between(&mut rng, 1e-4, 1.0));
        let swap = Swap { from, to: 1 - from, amount };
        let slip_ppm = rng.pick(&[20, 100, 500, 1_000, 5_000, 10_000, 50_000, 300_000]);
        let victim = Victim { world: &world, venue: &venues[0], swap, slip_ppm };
        told.compare(&victim, ratio(&mut rng));
    }
    told.hold();
}

/// Concentrated liquidity and stable pools, whose prices jump where liquidity ends.
#[test]
fn what_is_shown_to_pay_nothing_in_pools_pays_nothing() {
    let mut rng = rng("ceilings in pools");
    let (market, world) = market();
    let mut told = Told::default();
    for listing in &market.listings {
        let venue = &*listing.venue;
        if !(venue.id().as_str().starts_with("uniswap_v3:") || listing.protocol == "curve") {
            continue;
        }
        for (from, to) in [(0, 1), (1, 0)].repeat(8) {
            let most = match venue.capacity(from, to) {
                Capacity::Limited { amount, .. } => amount,
                Capacity::Unlimited | Capacity::Unknown(_) => U256::from(10).pow(U256::from(22)),
            };
            let amount = share(most, between(&mut rng, 0.1, 0.95));
            let swap = Swap { from, to, amount };
            if venue.quote(swap).is_err() {
                continue;
            }
            let slip_ppm = rng.pick(&[500, 1_000, 5_000, 10_000, 50_000]);
            let victim = Victim { world: &world, venue, swap, slip_ppm };
            told.compare(&victim, ratio(&mut rng));
        }
    }
    told.hold();
}
