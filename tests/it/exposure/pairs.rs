//! Constant products: the agent against the closed form.

use alloy_primitives::U256;
use tenor_simulations::exposure::MOST_RUNS;
use tenor_solver::{
    amount::to_f64,
    mev::sandwich::{Product, threshold},
    venues::{Swap, UniswapV2, Venue},
};

use super::kit::{CLOSE, Rng, attack, between, limit, market, off, pairs, product, rng, share};

/// Random pairs, victims and limits.
const CASES: usize = 60;

/// What differs most, and where anything was gained.
#[derive(Debug, Default)]
struct Told {
    worst: f64,
    gains: usize,
    runs: u32,
}

impl Told {
    /// One attack, by the agent and in closed form.
    fn compare(&mut self, found: &tenor_simulations::exposure::Exposure, real: Real<'_>) {
        let leg = &found.legs[0];
        let best = real.pool.sandwich(real.given, real.limit);
        self.runs = self.runs.max(found.runs);
        // What the chain rounds away of three trades, and the search of what is next to nothing.
        let unseen = 1e-9 * real.given + 8.0;
        if best.profit <= unseen {
            assert!(to_f64(leg.taken) <= 2.0 * unseen, "{leg:?}: {best:?} {}", real.what);
            return;
        }
        let taken = off(to_f64(leg.taken), best.profit);
        assert!(taken < CLOSE, "{} off: {leg:?}: {best:?} {}", taken, real.what);
        let lost = off(to_f64(leg.loss), best.loss());
        assert!(lost < CLOSE, "{} off: {leg:?}: {best:?} {}", lost, real.what);
        self.worst = self.worst.max(taken).max(lost);
        self.gains += 1;
    }
}

#[derive(Clone, Copy)]
struct Real<'a> {
    pool: Product,
    given: f64,
    limit: f64,
    what: &'a str,
}

fn random(rng: &mut Rng) -> ([U256; 2], u32, f64, u64) {
    let reserves = [0, 1].map(|_| rng.bits(62, 88));
    let fee_ppm = rng.pick(&[0, 1_000, 2_000, 3_000, 3_000, 10_000]);
    let of_threshold = between(rng, 1.3, 400.0);
    let u = threshold(1.0 - f64::from(fee_ppm) / 1e6).max(1e-4) * of_threshold;
    let slip_ppm = rng.pick(&[100, 500, 1_000, 5_000, 10_000, 50_000, 300_000]);
    (reserves, fee_ppm, u.min(2.0), slip_ppm)
}

#[test]
fn random_pairs_are_attacked_as_the_closed_form_says() {
    let mut rng = rng("sandwich on pairs");
    let mut told = Told::default();
    for _ in 0..CASES {
        let (reserves, fee_ppm, u, slip_ppm) = random(&mut rng);
        let (world, venues) = pairs(&[([0x11, 0x22], reserves, fee_ppm)]);
        let from = usize::from(rng.chance(2));
        let swap = Swap { from, to: 1 - from, amount: share(reserves[from], u) };
        let min_out = limit(venues[0].quote(swap).unwrap().out, slip_ppm);
        let found = attack(&world, &[&venues[0]], swap, min_out, &[]);
        let pool = product(&venues[0], from, fee_ppm);
        let what = format!("{pool:?} {swap:?} {slip_ppm} ppm");
        let (given, limit) = (to_f64(swap.amount), to_f64(min_out));
        told.compare(&found, Real { pool, given, limit, what: &what });
    }
    println!("{CASES} attacks on pairs: {told:?}");
    assert!(told.gains > CASES / 2, "{told:?}");
    assert!(told.runs <= MOST_RUNS, "{told:?}");
}

/// The pairs of the embedded market, both ways.
#[test]
fn the_markets_pairs_are_attacked_as_the_closed_form_says() {
    let (market, world) = market();
    let mut told = Told::default();
    for listing in &market.listings {
        let venue = &*listing.venue;
        if !venue.id().as_str().contains("swap_v2:") {
            continue;
        }
        for from in [0, 1] {
            let Some(tenor_solver::venues::Gain::ConstantProduct { x, y, keep }) =
                venue.gain(from, 1 - from)
            else {
                panic!("{} is no constant product", venue.id())
            };
            let pool = Product { x, y, keep };
            for (u, slip_ppm) in [(0.01, 1_000), (0.01, 20_000), (0.05, 5_000), (0.3, 50_000)] {
                let amount = tenor_solver::amount::from_f64(u * x);
                let swap = Swap { from, to: 1 - from, amount };
                let min_out = limit(venue.quote(swap).unwrap().out, slip_ppm);
                let found = attack(&world, &[venue], swap, min_out, &[]);
                let what = format!("{} {swap:?} {slip_ppm} ppm", venue.id());
                let (given, limit) = (to_f64(amount), to_f64(min_out));
                told.compare(&found, Real { pool, given, limit, what: &what });
            }
        }
    }
    println!("attacks on the market's pairs: {told:?}");
    assert!(told.gains >= 12, "{told:?}");
}

/// Where an attacker only holds another token, a second pair lets it in; the way back costs both fees
/// and so it takes less than who holds the victim's.
#[test]
fn a_second_pair_lets_an_attacker_in_who_holds_another_token() {
    let mut rng = rng("sandwich through a second pair");
    for _ in 0..4 {
        let reserves = [0, 1].map(|_| rng.bits(70, 80));
        let deep = [0, 1].map(|_| rng.bits(90, 96));
        let seeds = [([0x11, 0x22], reserves, 3_000), ([0x11, 0x33], deep, 1_000)];
        let (world, venues) = pairs(&seeds);
        let swap = Swap { from: 0, to: 1, amount: share(reserves[0], 0.3) };
        let min_out = limit(venues[0].quote(swap).unwrap().out, 50_000);
        let all: [&dyn Venue; 2] = [&venues[0], &venues[1]];
        // Of the tokens, only the other one is worth anything.
        let other = venues[1].tokens()[1];
        let found = attack(&world, &all, swap, min_out, &[(other, 1e9)]);
        let leg = &found.legs[0];
        let path = leg.path.as_ref().unwrap();
        assert_eq!((leg.token, path.front.len(), path.back.len()), (other, 2, 2), "{leg:?}");
        assert!(leg.net.unwrap() > U256::ZERO);
        let direct = attack(&world, &[&venues[0]], swap, min_out, &[]).legs[0].taken;
        let back = price_of(&venues[1]) * to_f64(leg.taken);
        assert!(back < to_f64(direct), "{leg:?} {direct}");
        assert!(back > 0.5 * to_f64(direct), "{leg:?} {direct}");
    }
}

/// Units of its first token for a unit of its second.
fn price_of(pair: &UniswapV2) -> f64 {
    to_f64(pair.reserves()[0]) / to_f64(pair.reserves()[1])
}

/// What is counted in ETH is what is left when gas is paid.
#[test]
fn gas_is_paid_from_what_is_taken() {
    let reserves = [100, 100].map(|whole| U256::from(whole) * U256::from(10).pow(U256::from(18)));
    let (world, venues) = pairs(&[([0x11, 0x22], reserves, 3_000)]);
    let swap = Swap { from: 0, to: 1, amount: share(reserves[0], 0.1) };
    let min_out = limit(venues[0].quote(swap).unwrap().out, 20_000);
    let given = venues[0].tokens()[0];
    let found = attack(&world, &[&venues[0]], swap, min_out, &[(given, 1.0)]);
    let leg = &found.legs[0];
    assert!((140_000..300_000).contains(&leg.gas), "{leg:?}");
    let gas = U256::from(leg.gas) * U256::from(super::kit::BLOCK.base_fee);
    let missed = leg.net.unwrap().abs_diff(leg.taken - gas);
    assert!(missed < U256::from(1_000), "{leg:?}");
    assert_eq!(found.total, leg.net.unwrap());
}
