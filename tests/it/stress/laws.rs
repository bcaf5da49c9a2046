//! What holds of every shock.

use alloy_primitives::U256;
use proptest::prelude::*;
use tenor_solver::{
    amount::{WAD, to_f64},
    stress::{After, Part, Position, PriceSource, Shock, same, standing_on},
    venues::{Swap, VenueId},
};

use super::{DAY_S, Stage, ether};

const CURVE: &str = "curve:ETH/stETH";

fn part(ppm: u64) -> Part {
    Part::wad(U256::from(ppm) * U256::from(10u64.pow(12))).unwrap()
}

fn quote(after: &After, venue: &str, from: usize, amount: U256) -> U256 {
    let listing = after.market.listing(&VenueId::new(venue)).unwrap();
    listing.venue.quote(Swap { from, to: 1 - from, amount }).unwrap().out
}

#[test]
fn nothing_changes_nothing() {
    let stage = Stage::new();
    for plan in ["eth", "steth", "weeth", "ezeth", "aave", "loop"] {
        let position = stage.plan(plan);
        let none = After::of(&stage.market, &[], "nothing").unwrap();
        assert_eq!(stage.state(&position, &none), stage.before(&position), "{plan}");
    }
}

/// The discount is what the next unit brings: to a thousandth of itself, of a thousandth of an ETH.
#[test]
fn a_discount_is_a_level_under_redemption() {
    let stage = Stage::new();
    let token = stage.token("stETH");
    for ppm in [10_000, 42_000, 730_000] {
        let shock = Shock::Discount { token, by: part(ppm) };
        let after = After::of(&stage.market, &[shock], "test").unwrap();
        let amount = WAD / U256::from(1_000);
        let brings = to_f64(quote(&after, CURVE, 1, amount)) / to_f64(amount);
        let level = 1.0 - f64::from(u32::try_from(ppm).unwrap()) / 1e6;
        assert!((brings / level - 1.0).abs() < 1e-6, "{brings} {level}");
    }
    // Less than what it trades below its rate already is none.
    let shock = Shock::Discount { token, by: part(1) };
    let after = After::of(&stage.market, &[shock], "test").unwrap();
    let none = After::nothing(&stage.market);
    assert!(quote(&after, CURVE, 1, WAD) <= quote(&none, CURVE, 1, WAD));
}

#[test]
fn a_loss_reaches_what_stands_on_it_and_nothing_else() {
    let stage = Stage::new();
    let [steth, wsteth, posted] = ["stETH", "wstETH", "aEthwstETH"].map(|s| stage.token(s));
    let weeth = stage.token("weETH");
    let family = standing_on(&stage.market, steth);
    assert!([steth, wsteth, posted].iter().all(|t| family.contains(t)), "{family:?}");
    assert!(!same(&stage.market, steth).contains(&posted) && !family.contains(&weeth));
    let shock = Shock::Backing { token: wsteth, loss: part(250_000) };
    let after = After::of(&stage.market, &[shock], "test").unwrap().market;
    for token in [steth, wsteth] {
        let [before, now] =
            [&stage.market, &after].map(|m| m.redeem_value(token, ether(8)).unwrap());
        assert!(before * U256::from(3) / U256::from(4) - now <= U256::ONE, "{before} {now}");
    }
    assert_eq!(after.redeem_value(weeth, WAD), stage.market.redeem_value(weeth, WAD));
}

/// All of the pool's integer state moves together: what is lent and what can be withdrawn.
#[test]
fn full_use_lets_nothing_out_and_costs_what_the_curve_says() {
    let stage = Stage::new();
    let venue = VenueId::new("aave_v3:WETH");
    let use_of = |ppm, for_s| {
        let shock = Shock::Utilisation { venue: venue.clone(), of: part(ppm), for_s };
        After::of(&stage.market, &[shock], "test").unwrap()
    };
    let rate = |after: &After| {
        after.market.listing(&venue).unwrap().venue.borrow_rate().map(to_f64).unwrap() / 1e27
    };
    // The market's curve: 2.7 % up to its kink of 92 %, and 80 % more from there to full use.
    let before = rate(&After::nothing(&stage.market));
    assert!((before - 0.0258).abs() < 1e-3, "{before}");
    assert!(rate(&use_of(1_000_000, None)) > 0.5);
    let posted = stage.plan("aave");
    let locked = stage.state(&posted, &use_of(1_000_000, None));
    assert!(locked.reach.iter().all(|r| r.eth.is_none()) && locked.horizon.is_none());
    // Over after ten days: what comes later is as before.
    let some = stage.state(&posted, &use_of(1_000_000, Some(10 * DAY_S)));
    let eth: Vec<bool> = some.reach.iter().map(|r| r.eth.is_some()).collect();
    assert_eq!(eth, [false, false, false, true]);
    assert_eq!(some.horizon, stage.before(&posted).horizon);
}

/// Carry alone wears a loan down: at 18 % for nine days the debt grows by 0.44 %.
#[test]
fn a_borrow_rate_wears_health_down_over_time() {
    let stage = Stage::new();
    let rate = U256::from(18) * U256::from(10u64.pow(9)) * WAD / U256::from(100);
    let venue = VenueId::new("aave_v3:WETH");
    let shock = Shock::BorrowRate { venue, rate, for_s: Some(9 * DAY_S) };
    let after = After::of(&stage.market, &[shock], "test").unwrap();
    let loan = stage.looped(1_000, 900, PriceSource::Redemption);
    let state = stage.state(&Position { holdings: Vec::new(), loans: vec![loan] }, &after);
    let years = |days: f64| days / 365.25;
    let grown = (0.18 * years(9.0) + 0.0258 * years(81.0)).exp();
    assert!((state.health[0].horizon - 0.95 / 0.9 / grown).abs() < 1e-6, "{:?}", state.health);
}

#[test]
fn what_is_paused_or_drained_is_not_traded_through() {
    let stage = Stage::new();
    let all = ["curve:ETH/stETH", "uniswap_v3:wstETH/WETH:100"].map(VenueId::new);
    let shocks: Vec<Shock> = vec![
        Shock::Paused { venue: all[0].clone() },
        Shock::Depth { venue: all[1].clone(), kept: part(0) },
    ];
    let after = After::of(&stage.market, &shocks, "test").unwrap();
    let state = stage.state(&stage.plan("steth"), &after);
    assert_eq!(state.reach[0].eth, None);
    // The queue of 46 days is what remains.
    assert!(state.horizon.is_some());
    let closed = Shock::QueueClosed { venue: VenueId::new("lido:stETH") };
    let after = After::of(&stage.market, &[&shocks[..], &[closed]].concat(), "test").unwrap();
    assert_eq!(stage.state(&stage.plan("steth"), &after).horizon, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A shocked pool is still one: no way there and back gains, a larger trade gets no better price,
    /// and the gain that plans are searched with never understates the quote.
    #[test]
    fn a_shocked_pool_is_a_pool(
        by in 0u64..900_000,
        left in 1_000u64..1_000_000,
        amount in 1_000_000_000u64..10_000_000_000_000_000_000,
    ) {
        let stage = Stage::new();
        let token = stage.token("stETH");
        let venue = VenueId::new(CURVE);
        let shocks = [
            Shock::Discount { token, by: part(by) },
            Shock::Depth { venue: venue.clone(), kept: part(left) },
            Shock::Backing { token, loss: part(by / 2) },
        ];
        let after = After::of(&stage.market, &shocks, "test").unwrap();
        let amount = U256::from(amount);
        for from in [0, 1] {
            let out = quote(&after, CURVE, from, amount);
            let twice = quote(&after, CURVE, from, amount * U256::from(2));
            prop_assert!(twice <= out * U256::from(2) + U256::from(10));
            let listing = after.market.listing(&venue).unwrap();
            let gain = listing.venue.gain(from, 1 - from).unwrap().out(to_f64(amount));
            prop_assert!(gain >= to_f64(out) * (1.0 - 1e-9), "{gain} {out}");
            let mut pool = listing.venue.boxed();
            pool.trade(Swap { from, to: 1 - from, amount }).unwrap();
            if let Ok(back) = pool.quote(Swap { from: 1 - from, to: from, amount: out }) {
                prop_assert!(back.out <= amount, "{} {amount}", back.out);
            }
        }
    }

    /// More of a shock never leaves more.
    #[test]
    fn a_worse_shock_never_leaves_more(small in 0u64..400_000, more in 1u64..400_000) {
        let stage = Stage::new();
        let token = stage.token("stETH");
        let steth = stage.plan("steth");
        let of = |shock: Shock| {
            let after = After::of(&stage.market, &[shock], "test").unwrap();
            let state = stage.state(&steth, &after);
            (state.redeem, state.horizon, state.reach[0].eth)
        };
        let worse = small + more;
        let [a, b] = [small, worse].map(|ppm| of(Shock::Discount { token, by: part(ppm) }));
        prop_assert!(a.2 >= b.2 && a.1 >= b.1 && a.0 == b.0, "{a:?} {b:?}");
        let [a, b] = [small, worse].map(|ppm| of(Shock::Backing { token, loss: part(ppm) }));
        prop_assert!(a.2 >= b.2 && a.1 >= b.1 && a.0 > b.0, "{a:?} {b:?}");
    }
}

/// Several venues of a protocol issue one asset in several forms: it is lost once. Its pools lose depth.
#[test]
fn what_a_protocol_lost_is_counted_once() {
    let stage = Stage::new();
    let lost = |name: &str, loss| {
        let shock = Shock::Protocol { name: name.into(), loss: part(loss) };
        After::of(&stage.market, &[shock], "test").unwrap()
    };
    let cases = [
        ("lido", &["stETH", "wstETH", "aEthwstETH"][..]),
        ("ether.fi", &["eETH", "weETH"]),
        ("aave_v3", &["aEthWETH", "aEthwstETH"]),
    ];
    for (protocol, symbols) in cases {
        let after = lost(protocol, 100_000).market;
        for symbol in symbols {
            let token = stage.token(symbol);
            let [before, now] =
                [&stage.market, &after].map(|m| m.redeem_value(token, ether(10)).unwrap());
            let ninth = before / U256::from(10) * U256::from(9);
            assert!(now.abs_diff(ninth) < U256::from(20), "{symbol}: {before} {now}");
        }
    }
    let pools = lost("curve", 900_000);
    let none = After::nothing(&stage.market);
    assert!(quote(&pools, CURVE, 1, ether(5_000)) < quote(&none, CURVE, 1, ether(5_000)));
}
