//! The printed break-even is where the winner changes, and the only place where it does.

use std::hash::{BuildHasher, RandomState};

use super::ask;

/// One hour and ten years: the horizons that are asked.
const HOUR_S: f64 = 3_600.0;
const LONGEST_S: f64 = 315_360_000.0;

/// Horizons asked of each intent, from one hour to ten years.
const HORIZONS: u32 = 40;

/// Whether holding wins at a horizon, and the break-even printed there.
fn at(asset: &str, risk: &str, amount: &str, horizon_s: u64) -> (bool, Option<u64>) {
    let sentence =
        format!("maximize ETH yield on {amount} {asset} for {horizon_s} seconds risk {risk}");
    let told = ask(&sentence);
    assert_ne!(told.kind(), "infeasible", "{sentence}: {:?}", told.0.infeasible);
    (told.kind() == "hold", told.break_even())
}

/// Two amounts that are others in each run, between half an ether and 20,000.
fn drawn() -> [String; 2] {
    let seed = std::env::var("TENOR_SEED")
        .map_or_else(|_| RandomState::new().hash_one(0), |seed| seed.parse().expect("TENOR_SEED"));
    println!("TENOR_SEED={seed}");
    [seed, seed.rotate_left(32)].map(|bits| {
        let part = f64::from(u32::try_from(bits >> 33).unwrap()) / f64::from(1u32 << 31);
        format!("{:.4}", 0.5 * 40_000f64.powf(part))
    })
}

fn changes_once(asset: &str) {
    let fixed = ["1", "3", "10", "37.5", "100", "1000", "5000"].map(str::to_owned);
    let mut broken: Vec<String> = Vec::new();
    for amount in fixed.into_iter().chain(drawn()) {
        for risk in ["low", "medium"] {
            let (_, printed) = at(asset, risk, &amount, 90 * 86_400);
            let Some(even) = printed else {
                broken.push(format!("{amount} {asset} {risk}: no break-even"));
                continue;
            };
            let mut horizons: Vec<u64> = vec![even - 1, even];
            horizons.extend((0..HORIZONS).map(|k| {
                let part = f64::from(k) / f64::from(HORIZONS - 1);
                seconds(HOUR_S * (LONGEST_S / HOUR_S).powf(part))
            }));
            for horizon_s in horizons {
                let (holds, again) = at(asset, risk, &amount, horizon_s);
                if holds != (horizon_s < even) || again != Some(even) {
                    broken.push(format!(
                        "{amount} {asset} risk {risk} for {horizon_s} seconds: holds {holds}, \
                         break-even {again:?} here and {even} at 90 days"
                    ));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{} broken:\n{}", broken.len(), broken.join("\n"));
}

/// The nearest whole number of seconds, at most ten years.
fn seconds(of: f64) -> u64 {
    format!("{:.0}", of.min(LONGEST_S)).parse().unwrap()
}

#[test]
fn the_winner_changes_from_holding_ether_once() {
    changes_once("ETH");
}

#[test]
fn the_winner_changes_from_holding_wrapped_ether_once() {
    changes_once("WETH");
}
