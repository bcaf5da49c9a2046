//! What a settlement offers, what becomes of its backrun and who is told: every figure of it can be worked
//! out again.

use std::sync::OnceLock;

use alloy_primitives::U256;
use tenor::{
    bundle::{
        exposed::{Exposed, exposed},
        fees::{Limits, highest_base_fee},
        offer::{Asked, Capture, Decision, Habits, Known, Own, SentTo, decide},
        prove::Proven,
    },
    intents::signed::wire::Decimal,
    relays::{Dialect, score::Score},
};
use tenor_simulations::{World, world::Block};
use tenor_solver::mev::bid::{Inclusion, Tried};

use super::{SWAPS, proven};
use crate::{signed::engine, world::rng::Rng};

const GWEI: u64 = 1_000_000_000;

struct Ready {
    asked: super::Asked,
    proven: Proven,
    world: World,
    exposed: Exposed,
}

fn ready() -> &'static Ready {
    static READY: OnceLock<Ready> = OnceLock::new();
    READY.get_or_init(|| {
        let (asked, proven, world) = proven(SWAPS);
        let settlement = proven.settlement();
        let (market, sent) = (engine().market(), settlement.transaction());
        let exposed = exposed(market, &world, asked.plan.solution(), settlement, &sent).unwrap();
        Ready { asked, proven, world, exposed }
    })
}

fn relay(dialect: Dialect) -> Known {
    let relay = dialect.capabilities().name.to_owned();
    Known { relay, dialect, well: true, score: Score::default() }
}

fn relays() -> Vec<Known> {
    [Dialect::Flashbots, Dialect::Titan, Dialect::Beaverbuild].map(relay).to_vec()
}

fn asked<'a>(habits: &'a Habits, relays: &'a [Known]) -> Asked<'a> {
    let Ready { asked, proven, world, exposed } = ready();
    Asked {
        market: engine().market(),
        plan: asked.plan.solution(),
        proven,
        exposed,
        // Gas is cheap: the solver's first settlement makes its Executor, which the fee does not pay else.
        head: Block { base_fee: GWEI, ..world.block() },
        ahead: (1, 2),
        blocks_left: 0,
        limits: Limits::of(2_000 * u128::from(GWEI)),
        habits,
        tried: &[],
        relays,
        own: None,
    }
}

fn tip(decision: &Decision) -> u128 {
    decision.bid.tip_wei_per_gas.0.to()
}

/// No other tip gains more in one block, as far as whole wei for a unit of gas can tell.
#[test]
fn no_other_tip_gains_more() {
    let seed = Rng::seed();
    println!("bundle::offered: TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let relays = relays();
    for _ in 0..50 {
        let habits = Habits {
            usual_tip_wei_per_gas: 1 + rng.below(20 * GWEI),
            tip_spread_wei_per_gas: 1_000_000 + rng.below(5 * GWEI),
            ..Habits::default()
        };
        let decision = decide(&asked(&habits, &relays)).unwrap();
        let gas = decision.bid.gas as f64;
        let value = f64::from(decision.bid.value_wei.0);
        let inclusion = Inclusion {
            mean: habits.usual_tip_wei_per_gas as f64,
            spread: habits.tip_spread_wei_per_gas as f64,
        };
        let gains = |tip: f64| inclusion.of(tip) * (value - tip * gas);
        let found = gains(tip(&decision) as f64);
        // A wei more or less for each unit of gas changes the gain by no more than the gas.
        let unseen = gas + 1e-9 * value;
        for nth in 0..1_000 {
            let other = value / gas * f64::from(nth) / 1_000.0;
            assert!(gains(other) <= found + unseen, "{other} beats {decision:?}");
        }
        let (said, worked_out) = (f64::from(decision.bid.gain_wei.0), found.max(0.0));
        assert!((said - worked_out).abs() <= 1e-9 * value + 1.0, "{said} {worked_out}");
    }
}

/// What is left to bid is what the fee is worth less the highest base fee of the first block.
#[test]
fn the_value_is_the_fee_less_the_dearest_base_fee() {
    let (habits, relays) = (Habits::default(), relays());
    let asked = asked(&habits, &relays);
    let decision = decide(&asked).unwrap();
    let fee = ready().proven.settlement().call().plan.fee;
    assert_eq!(decision.bid.fee_wei.0, fee, "the fee is in WETH");
    let gas = U256::from(ready().proven.own_gas());
    let dearest = U256::from(highest_base_fee(asked.head.base_fee, 1)) * gas;
    assert_eq!(decision.bid.base_fee_wei.0, dearest);
    let value = fee.saturating_sub(dearest) + decision.backrun.expected_wei.0;
    assert_eq!(decision.bid.value_wei.0, value);
    assert!(U256::from(tip(&decision)) * gas <= value);
    let number = asked.head.number;
    assert_eq!((decision.first_block, decision.last_block), (number + 1, number + 2));
    let fees = decision.fees();
    assert!(fees.gas_limit >= ready().proven.peak() && fees.max_fee >= fees.tip);
    let text = serde_json::to_string(&decision).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&text).unwrap(), decision);
}

/// Who can wait bids no more; what gas takes whole is bid nothing of.
#[test]
fn patience_lowers_the_bid() {
    let (habits, relays) = (Habits::default(), relays());
    let asked = asked(&habits, &relays);
    let tips: Vec<u128> = [0, 1, 2, 5, 25, 100]
        .map(|blocks_left| tip(&decide(&Asked { blocks_left, ..asked }).unwrap()))
        .to_vec();
    assert!(tips.windows(2).all(|pair| pair[0] >= pair[1]), "{tips:?}");
    assert!(tips[0] > tips[5], "{tips:?}");
    let mut dear = asked.head;
    dear.base_fee = 1_500 * GWEI;
    let decision = decide(&Asked { head: dear, ..asked }).unwrap();
    assert!(!decision.pays() && tip(&decision) == 0, "{decision:?}");
}

/// One's own bids move what is thought of inclusion, and bids that were included as one curve says are
/// fitted by that curve.
#[test]
fn own_bids_tell_how_bids_are_included() {
    let assumed = Inclusion { mean: 1.0, spread: 0.5 };
    assert_eq!(assumed.fitted(&[]), assumed);
    let truth = Inclusion { mean: 3.0, spread: 0.8 };
    // At each bid as many of a thousand as are expected.
    let tried: Vec<Tried> = (0..60)
        .flat_map(|nth| {
            let bid = f64::from(nth) * 0.1;
            let included = (1_000.0 * truth.of(bid)).round();
            (0..1_000).map(move |of| Tried { bid, included: f64::from(of) < included })
        })
        .collect();
    let fitted = assumed.fitted(&tried);
    assert!((fitted.mean - truth.mean).abs() < 0.02, "{fitted:?}");
    assert!((fitted.spread - truth.spread).abs() < 0.02, "{fitted:?}");
    let lost = [Tried { bid: 1.0, included: false }; 6];
    assert!(assumed.fitted(&lost).mean > assumed.mean);
    // Nothing but losses, however far below and however many, is still a curve.
    let hopeless = vec![Tried { bid: 0.0, included: false }; 10_000];
    let fitted = assumed.fitted(&hopeless);
    assert!(fitted.mean.is_finite() && fitted.spread > 0.0, "{fitted:?}");
}

/// The better of our own backrun and its sale, and never both.
#[test]
fn a_backrun_is_our_own_or_sold() {
    let habits = Habits::default();
    let none = relays();
    let mut sells = relays();
    sells.push(relay(Dialect::MevShare));
    let own = |gains: u64| Some(Own { gains: U256::from(gains) });
    let quiet = decide(&asked(&habits, &none)).unwrap();
    assert_eq!(quiet.backrun.sold_wei, None);
    assert_eq!(quiet.backrun.capture, Capture::Nobody);
    let mine = decide(&Asked { own: own(GWEI), ..asked(&habits, &none) }).unwrap();
    assert_eq!(mine.backrun.capture, Capture::Own);
    assert_eq!(mine.backrun.expected_wei, Decimal(U256::from(GWEI)));
    assert_eq!(mine.bid.value_wei.0 - quiet.bid.value_wei.0, U256::from(GWEI));
    let sold = decide(&asked(&habits, &sells)).unwrap();
    let left = f64::from(sold.backrun.left_wei.0);
    let expected = f64::from(sold.backrun.sold_wei.unwrap().0);
    assert!((expected - 0.45 * left).abs() <= 1.0 + 1e-9 * left, "{sold:?}");
    let capture = if expected > 0.0 { Capture::Sold } else { Capture::Nobody };
    assert_eq!(sold.backrun.capture, capture);
    // What sells takes no plain bundle, and is told in its own form.
    assert!(sold.tells("mev-share"));
}

/// Where nothing can leak everybody is told; where much can, only who lands more than it leaks.
#[test]
fn relays_are_told_by_what_they_land_and_leak() {
    let (habits, relays) = (Habits::default(), relays());
    let safe = Exposed { taken_wei: Decimal(U256::ZERO), ..ready().exposed.clone() };
    let all = decide(&Asked { exposed: &safe, ..asked(&habits, &relays) }).unwrap();
    assert_eq!(all.way, SentTo::Everybody);
    assert!(all.relays.iter().all(|choice| choice.told), "{all:?}");
    let value = f64::from(all.bid.value_wei.0) - tip(&all) as f64 * all.bid.gas as f64;
    let mut told = [0, 0];
    for ether in [1e-3, 1e-2, 0.1, 1.0, 10.0, 1e4] {
        let exposed = Exposed { taken_wei: Decimal(U256::from(ether * 1e18)), ..safe.clone() };
        let found = decide(&Asked { exposed: &exposed, ..asked(&habits, &relays) }).unwrap();
        for choice in &found.relays {
            let number = |text: &String| text.parse::<f64>().unwrap() / 1e4;
            let lands = number(&choice.share_bps) * number(&choice.included_bps) * value;
            let leaks = number(&choice.defects_bps) * ether * 1e18;
            if found.way != SentTo::Nobody && (lands - leaks).abs() > 1e-3 * lands {
                let alone = found.way == SentTo::Alone;
                assert!(alone || choice.told == (lands > leaks), "{ether} ETH: {choice:?}");
            }
            told[usize::from(choice.told)] += 1;
        }
    }
    assert!(told[0] > 0 && told[1] > 0, "{told:?}");
    let mut resting = relays.clone();
    resting[1].well = false;
    let found = decide(&Asked { exposed: &safe, ..asked(&habits, &resting) }).unwrap();
    assert!(!found.tells("titan") && found.tells("flashbots"), "{found:?}");
}
