//! A bundle that leaked: an attacker of our own, who shares nothing with the one that told the exposure
//! but the EVM, takes no more from the settlement than was told, and what was told is at most a
//! twentieth above what it takes.
//!
//! # What is compared
//!
//! What is told is what an attack gains before its gas, and nothing where no attack pays its gas. So
//! where something is told the two attackers' gains are compared before gas, and no size of attack is
//! too small to count: it gains at least what its gas costs, a million billion wei or so, beside which a
//! unit that a contract rounds is nothing. Where nothing is told, no attack of ours pays for its gas.

mod attacker;

use alloy_primitives::U256;
use futures_util::FutureExt as _;
use tenor::bundle::{
    alone::{Ground, Standing, check},
    build::{Order, build},
    exposed::{Exposed, exposed},
    fees::Fees,
    protect::protected,
    prove::{Proven, furnished, prove},
};
use tenor_simulations::World;

use self::attacker::{Attacker, Took};
use super::{Asked, asked, here, solver, terms, written};
use crate::{
    signed::{engine, world},
    world::rng::Rng,
};

/// How many bundles leak.
const CASES: u64 = 200;

/// What is told is at most so many hundredths of what is taken.
const MOST_PCT: u64 = 105;

/// What is swapped, between how many whole units, and through what alone where that is said.
const SWAPS: &[(&str, &str, u64, u64, &str)] = &[
    ("WETH", "USDC", 20, 2_000, " only uniswap_v2"),
    ("USDC", "WETH", 100_000, 5_000_000, " only uniswap_v2"),
    ("WETH", "USDT", 20, 2_000, " only uniswap_v2"),
    ("WETH", "USDC", 5, 400, " only sushiswap_v2"),
    ("USDC", "WETH", 20_000, 1_000_000, " only sushiswap_v2"),
    ("WETH", "USDC", 100, 8_000, " only uniswap_v3"),
    ("USDC", "WETH", 300_000, 20_000_000, " only uniswap_v3"),
    ("WETH", "USDC", 200, 12_000, ""),
    ("USDC", "WETH", 500_000, 30_000_000, ""),
    ("WETH", "USDT", 50, 5_000, ""),
    ("WETH", "WBTC", 50, 4_000, ""),
    ("WBTC", "WETH", 3, 200, ""),
    ("USDC", "USDT", 200_000, 20_000_000, ""),
    ("DAI", "USDC", 200_000, 20_000_000, ""),
    ("stETH", "WETH", 500, 20_000, ""),
    ("wstETH", "WETH", 200, 10_000, ""),
    ("USDT", "wstETH", 200_000, 5_000_000, ""),
    ("wstETH", "USDC", 100, 3_000, ""),
];

/// Basis points that a leg may return less.
const SLIPPAGES: &[u64] = &[5, 10, 25, 50, 100, 200, 300];

/// A settlement on the state where it runs.
struct Leaked {
    what: String,
    asked: Asked,
    proven: Proven,
    world: World,
    exposed: Exposed,
}

/// What the cases came to.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    cases: usize,
    pay: usize,
    split: usize,
    legs: usize,
    /// The largest share of what was taken that was told, in millionths.
    widest: u64,
    /// The largest share of what was told that was taken.
    nearest: u64,
    runs: u32,
}

/// A sentence that settles; the draw is repeated where there is nothing to settle.
fn draw(rng: &mut Rng) -> (String, Asked) {
    for _ in 0..100 {
        let (from, to, low, high, only) = rng.pick(SWAPS);
        // Sizes spread evenly over their magnitudes.
        let amount = (low << rng.below(u64::from((high / low).ilog2()) + 1)).min(high);
        let amount = amount + rng.below(amount);
        let slippage = rng.pick(SLIPPAGES);
        let sentence = format!("swap {amount} {from} to {to} slippage {slippage} bps{only}");
        if let Some(asked) = asked(&sentence) {
            return (sentence, asked);
        }
    }
    panic!("a hundred sentences in a row settle nothing");
}

fn leak(rng: &mut Rng) -> Leaked {
    let (mut what, asked) = draw(rng);
    let mut terms = terms(&asked.checked);
    // With one leg, its own limit may be wide: then the least that was signed is what protects.
    if asked.plan.solution().legs.len() == 1 && rng.chance(3) {
        terms.slippage_bps = 1_000;
        what.push_str(", legs wide");
    }
    let settlement = written(&asked, &terms);
    let world = furnished(world(), &settlement).unwrap();
    let proven = prove(&world, settlement).unwrap_or_else(|error| panic!("{what}: {error}"));
    let exposed = told(&asked, &proven, &world).unwrap_or_else(|error| panic!("{what}: {error}"));
    Leaked { what, asked, proven, world, exposed }
}

fn told(
    asked: &Asked,
    proven: &Proven,
    world: &World,
) -> Result<Exposed, tenor_simulations::exposure::ExposureError> {
    let (settlement, plan) = (proven.settlement(), asked.plan.solution());
    exposed(engine().market(), world, plan, settlement, &settlement.transaction())
}

/// What was told, in millionths of what was taken.
fn share(told: U256, taken: U256) -> u64 {
    (told * U256::from(1_000_000) / taken.max(U256::ONE)).saturating_to()
}

impl Tally {
    /// What was told of an attack against what one of ours took.
    fn hold(&mut self, told: U256, took: &Took, what: &str) {
        if told.is_zero() {
            assert!(!took.pays(), "nothing was told, and {took:?} was taken: {what}");
            return;
        }
        assert!(took.taken <= told, "{told} was told, and {took:?} was taken: {what}");
        let most = took.taken * U256::from(MOST_PCT) / U256::from(100);
        assert!(told <= most, "{told} was told, and only {took:?} was taken: {what}");
        self.widest = self.widest.max(share(told, took.taken));
        self.nearest = self.nearest.max(share(took.taken, told));
    }

    fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.pay += other.pay;
        self.split += other.split;
        self.legs += other.legs;
        self.widest = self.widest.max(other.widest);
        self.nearest = self.nearest.max(other.nearest);
        self.runs = self.runs.max(other.runs);
    }
}

/// One bundle, leg by leg and as a whole.
fn compare(leaked: &Leaked) -> Tally {
    let Leaked { what, asked, proven, world, exposed } = leaked;
    let mut tally = Tally { cases: 1, runs: exposed.runs, ..Tally::default() };
    let plan = asked.plan.solution();
    let attacker = Attacker::new(engine().market(), world, plan, proven.settlement());
    let mut standing = Vec::new();
    for leg in &exposed.legs {
        let took = attacker.best(leg.leg);
        tally.hold(leg.taken_wei.0, &took, &format!("leg {} of {what}", leg.leg));
        tally.legs += 1;
        if !leg.taken_wei.0.is_zero() {
            standing.push(took);
        }
    }
    let whole = attacker.together(&standing);
    let what = format!("{what}: {exposed:?}");
    tally.hold(exposed.taken_wei.0, &whole, &what);
    tally.pay += usize::from(exposed.pays());
    tally.split += usize::from(standing.len() > 1);
    // And what the recipient loses by it.
    let told = exposed.loss_wei.0;
    if exposed.pays() {
        assert!(whole.loss <= told, "{told} of loss was told, and {whole:?}: {what}");
        let most = whole.loss * U256::from(MOST_PCT) / U256::from(100);
        assert!(told <= most, "{told} of loss was told, and only {whole:?}: {what}");
    } else {
        assert!(told.is_zero(), "{what}");
    }
    tally
}

/// The same intent with its legs' limits drawn in: no transaction of its bundle is worth anything to
/// whoever gets hold of it, and ours takes nothing that pays.
fn protect(leaked: &Leaked) {
    let Leaked { what, asked, world, .. } = leaked;
    let (market, terms) = (engine().market(), terms(&asked.checked));
    let found = protected(market, world, &here(), &asked.checked, &asked.plan, &terms);
    let found = found.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(!found.exposed.pays(), "{what}");
    let proven = &found.proven;
    let base_fee = u128::from(world.block().base_fee);
    let gas_limit = proven.peak() * 5 / 4;
    let fees = Fees { gas_limit, max_fee: base_fee * 2, tip: base_fee / 100 };
    let block = world.block().number;
    let order =
        Order { blocks: block..=block, nonce: 0, fees, backrun: None, refund: None, attempt: 0 };
    let bundle = build(proven, &order, &solver()).now_or_never().unwrap().unwrap().remove(0);
    let plan = asked.plan.solution();
    let ground = Ground { market, world, plan, proven, known: None, told: U256::ZERO };
    assert_eq!(check(&ground, &bundle), Ok(vec![Standing::Exposed(U256::ZERO)]), "{what}");
    let attacker = Attacker::new(market, world, plan, proven.settlement());
    for leg in &found.exposed.legs {
        let took = attacker.best(leg.leg);
        assert!(!took.pays(), "{took:?} of {what}");
    }
}

/// Cases of one thread: each is drawn from its own number, so that one fails alone.
fn cases(seed: u64, of: impl Iterator<Item = u64>) -> Tally {
    let mut tally = Tally::default();
    for nth in of {
        let mut rng = Rng::new(seed ^ nth.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let leaked = leak(&mut rng);
        tally.add(compare(&leaked));
        if nth % 4 == 0 {
            protect(&leaked);
        }
    }
    tally
}

#[test]
fn a_leaked_bundle_loses_what_was_told() {
    let seed = Rng::seed();
    println!("bundle::leaked: TENOR_SEED={seed}");
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let shares = (0..threads).map(|thread| {
            let of = (0..CASES).filter(move |nth| nth % threads == thread);
            scope.spawn(move || cases(seed, of))
        });
        for share in shares.collect::<Vec<_>>() {
            match share.join() {
                Ok(other) => tally.add(other),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    println!(
        "{} bundles leaked, {} swaps; {} are worth attacking, {} of them at several swaps at once; told is \
         at most {}.{:06} of what was taken, taken at most {}.{:06} of what was told; {} runs at most",
        tally.cases,
        tally.legs,
        tally.pay,
        tally.split,
        tally.widest / 1_000_000,
        tally.widest % 1_000_000,
        tally.nearest / 1_000_000,
        tally.nearest % 1_000_000,
        tally.runs
    );
    assert_eq!(tally.cases as u64, CASES);
    // Otherwise the laws above would be about nothing. Each case pays with a chance of a half or so.
    assert!(tally.pay >= 30 && tally.split >= 1, "{tally:?}");
}
