//! What holds for any pool, victim and attacker.

use proptest::{prelude::*, test_runner::TestCaseError};
use tenor_solver::mev::{
    backrun::Path,
    bid::{Inclusion, Stake},
    sandwich::{Product, threshold},
};

use crate::law::law;

/// Reserves of any size and balance, fees from none to a tenth.
fn pools() -> impl Strategy<Value = Product> {
    let fee = prop_oneof![Just(0.0), (-5.0..-1.0).prop_map(|digits: f64| 10_f64.powf(digits))];
    (0.0..12.0, -6.0..6.0, fee).prop_map(|(digits, price, fee): (f64, f64, f64)| {
        let x = 10_f64.powf(digits);
        Product { x, y: x * 10_f64.powf(price), keep: 1.0 - fee }
    })
}

/// What three trades in a row leave the attacker, reserve by reserve.
fn traded(pool: Product, front: f64, victim: f64) -> (f64, f64) {
    let Product { mut x, mut y, keep } = pool;
    let mut swap = |a: f64, up: bool| {
        let (from, to) = if up { (&mut x, &mut y) } else { (&mut y, &mut x) };
        let out = *to * keep * a / (*from + keep * a);
        *from += a;
        *to -= out;
        out
    };
    let bought = swap(front, true);
    let left = swap(victim, true);
    (swap(bought, false) - front, left)
}

#[test]
fn no_attack_on_a_grid_beats_the_best_one() {
    law(2_000, &(pools(), 1e-6..10.0, 1e-5..0.3), |(pool, share, slip): (Product, f64, f64)| {
        let victim = share * pool.x;
        let limit = pool.out(victim) * (1.0 - slip);
        let best = pool.sandwich(victim, limit);
        prop_assert!(best.victim_out >= limit * (1.0 - 1e-9), "{best:?} leaves less than {limit}");
        let most = pool.most_front(victim, limit);
        for step in 0..=200 {
            let front = most * f64::from(step) / 200.0;
            let (gain, left) = traded(pool, front, victim);
            prop_assert!(left >= limit * (1.0 - 1e-9), "{front} leaves {left}, below {limit}");
            let slack = 1e-9 * (best.profit + victim);
            prop_assert!(gain <= best.profit + slack, "{front} gains {gain}: {best:?}");
        }
        // More than the most would leave the victim too little.
        let (_, left) = traded(pool, most * 1.001 + 1e-9 * pool.x, victim);
        prop_assert!(left <= limit * (1.0 + 1e-9));
        Ok(())
    });
}

/// Both ways: below the threshold nothing is gained at any slippage, above it something is.
#[test]
fn the_threshold_tells_what_can_be_attacked() {
    let inputs = (pools(), 1e-5..0.1, prop_oneof![0.1..0.999, 1.001..10.0]);
    law(2_000, &inputs, |(pool, fee, times): (Product, f64, f64)| {
        let pool = Product { keep: 1.0 - fee, ..pool };
        let victim = times * threshold(pool.keep) * pool.x;
        let fronts = (-60..=70).map(|tenths| pool.x * 10_f64.powf(f64::from(tenths) / 10.0));
        let most =
            fronts.map(|front| traded(pool, front, victim).0 / pool.x).fold(f64::MIN, f64::max);
        if times < 1.0 {
            prop_assert!(most <= 1e-15, "{most} at {times} of the threshold: {pool:?}");
            let gained = pool.sandwich(victim, 0.01 * pool.out(victim)).profit;
            prop_assert!(gained <= 1e-15 * pool.x, "{gained}");
        } else if times > 1.5 {
            let gained = pool.sandwich(victim, 0.5 * pool.out(victim)).profit;
            prop_assert!(gained > 0.0, "nothing at {times} of the threshold: {pool:?}");
        }
        Ok(())
    });
}

#[test]
fn a_wider_limit_never_makes_an_attack_worth_less() {
    law(2_000, &(pools(), 1e-4..1.0), |(pool, share): (Product, f64)| {
        let victim = share * pool.x;
        let gains = (0..20).map(|percent| {
            pool.sandwich(victim, pool.out(victim) * (1.0 - f64::from(percent) / 100.0)).profit
        });
        let gains: Vec<f64> = gains.collect();
        prop_assert!(gains[0] <= 1e-12 * pool.x, "{gains:?}");
        let rises = gains.windows(2).all(|g| g[1] >= g[0] * (1.0 - 1e-9));
        prop_assert!(rises, "{gains:?}");
        Ok(())
    });
}

#[test]
fn safe_slippage_is_where_the_gain_meets_the_cost() {
    law(300, &(pools(), 1e-3..1.0, 1e-8..1e-3), |(pool, share, cost): (Product, f64, f64)| {
        let (victim, cost) = (share * pool.x, cost * pool.x);
        let gains = |slip: f64| pool.sandwich(victim, pool.out(victim) * (1.0 - slip)).profit;
        match pool.safe_slippage(victim, cost) {
            None => prop_assert!(gains(0.5) <= cost),
            Some(safe) => {
                prop_assert!(gains(safe) <= cost);
                prop_assert!(gains(safe * (1.0 + 1e-6) + 1e-12) >= cost * (1.0 - 1e-3));
            }
        }
        Ok(())
    });
}

#[test]
fn no_amount_around_a_ring_gains_more_than_the_backrun() {
    let rings = prop::collection::vec(pools(), 2..5);
    law(2_000, &rings, |ring: Vec<Product>| {
        let first = Path::of(&ring[0]);
        let path = ring[1..].iter().fold(first, |path, pool| path.then(pool));
        let around = |a: f64| ring.iter().fold(a, |a, pool| pool.out(a));
        let best = path.backrun();
        let told = around(best.given) - best.given;
        prop_assert!((told - best.profit).abs() <= 1e-9 * (best.given + best.profit));
        for tenths in -60..=60 {
            let a = best.given.max(ring[0].x * 1e-6) * 10_f64.powf(f64::from(tenths) / 10.0);
            let slack = 1e-12 * a + 1e-9 * best.profit;
            prop_assert!(around(a) - a <= best.profit + slack, "{a} gains more than {best:?}");
        }
        Ok(())
    });
}

/// A stake's value, what a miss costs, and how bids are included.
fn stakes() -> impl Strategy<Value = (Stake, Inclusion)> {
    (1e-6..10.0, 0.0..1.0, -2.0..2.0, 1e-3..1.0).prop_map(
        |(value, miss, mean, spread): (f64, f64, f64, f64)| {
            let inclusion = Inclusion { mean: mean * value, spread: spread * value };
            (Stake { value, miss: miss * value }, inclusion)
        },
    )
}

fn expected(stake: Stake, inclusion: Inclusion, bid: f64) -> f64 {
    let included = inclusion.of(bid);
    included * (stake.value - bid) - (1.0 - included) * stake.miss
}

#[test]
fn no_other_bid_gains_more() {
    law(2_000, &stakes(), |(stake, inclusion)| {
        let best = inclusion.best(stake);
        prop_assert!(best.amount >= 0.0 && best.amount.is_finite(), "{best:?}");
        for step in 0..=400 {
            let bid = 2.0 * (stake.value + stake.miss) * f64::from(step) / 400.0;
            let gain = expected(stake, inclusion, bid);
            prop_assert!(gain <= best.gain + 1e-9 * stake.value, "{bid} gains {gain}: {best:?}");
        }
        Ok(())
    });
}

#[test]
fn who_can_wait_bids_less_and_gains_more() {
    law(1_000, &(stakes(), 0.0..1.0, 0_u32..30), |((stake, inclusion), survives, blocks)| {
        let fails = |what: &str| TestCaseError::fail(format!("{what}: {stake:?} {inclusion:?}"));
        let (now, later) = (inclusion.best(stake), inclusion.patient(stake, survives, blocks));
        let slack = 1e-9 * stake.value;
        if now.gain >= 0.0 && later.amount > now.amount + slack {
            return Err(fails("bids more"));
        }
        if now.gain >= 0.0 && later.gain < now.gain - slack {
            return Err(fails("gains less"));
        }
        let all = inclusion.patient(stake, 0.0, blocks);
        prop_assert_eq!(all.amount, now.amount);
        // However long it may be tried: what has settled down, or is looked ahead to, is where it ends.
        let [long, ever] = [1_000, u32::MAX].map(|n| inclusion.patient(stake, survives, n));
        prop_assert_eq!(long.amount, ever.amount);
        Ok(())
    });
}
