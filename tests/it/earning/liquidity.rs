//! LP of a fixed-term market: what they stand for, what of it earns, and that nothing else counts.

use std::sync::Arc;

use alloy_primitives::{Address, U256, uint};
use tenor_solver::{
    amount::{RAY, WAD, mul_div, to_f64},
    graph::Graph,
    intent::Tier,
    market::{AsOf, Listing, Market, TokenInfo},
    solution::PlanKind,
    venues::{PendleFigures, PendleLp, PendleLpFigures, VenueId},
    yields::{forecast::Basis, forecast::forecast, term::marks},
};

use super::{SYNTHETIC, token};

const LP: Address = Address::repeat_byte(0x1b);
const DAY_S: u64 = 86_400;

/// Half a year of a market of the made-up one's SY, of another expiry than its own.
fn lp(sy: Address, timestamp: u64) -> PendleLp {
    let market = PendleFigures {
        id: VenueId::new("pendle:LP-wstETH"),
        market: LP,
        router: Address::repeat_byte(2),
        sy,
        pt: Address::repeat_byte(4),
        yt: Address::repeat_byte(5),
        total_pt: uint!(20_000_U256) * WAD,
        total_sy: uint!(18_000_U256) * WAD,
        scalar_root: uint!(120_U256) * WAD,
        ln_fee_rate_root: U256::from(800_000_000_000_000_u64),
        reserve_fee_percent: U256::from(80),
        last_ln_implied_rate: U256::from(48_000_000_000_000_000_u64),
        expiry: timestamp + 180 * DAY_S,
        index: U256::from(1_167_469_456_863_066_445_u64),
        floating_sy: U256::ZERO,
        needs_fee: true,
        paused: false,
        timestamp,
    };
    let (total_lp, held_sy) = (uint!(19_000_U256) * WAD, U256::ZERO);
    PendleLp::new(PendleLpFigures {
        market,
        total_lp,
        rounds_up: true,
        floating_pt: U256::ZERO,
        held_sy,
    })
    .unwrap()
}

/// The made-up market with these LP.
fn market() -> Market {
    let mut market = SYNTHETIC.market().clone();
    let sy = token(&SYNTHETIC, "SY-wstETH");
    let as_of = AsOf { block: market.block, utc: market.utc.clone() };
    let venue = Arc::new(lp(sy, market.timestamp));
    let own = Listing { venue, protocol: "pendle".into(), as_of, disabled: None };
    let marked = marks(std::slice::from_ref(&own), &market.redemptions);
    assert!(marked.is_empty(), "what lies behind their SY is another venue's to say");
    market.listings.push(own);
    market.tokens.push(TokenInfo { address: LP, symbol: "LP-wstETH".into(), decimals: 18 });
    let known = marks(&market.listings, &market.redemptions);
    market.redemptions.extend(known.into_iter().filter(|mark| mark.token == LP));
    market
}

/// By hand: 180 days at 4.8 % a year are a price of PT, in SY by the index, beside 18,000 SY.
#[test]
fn lp_stand_for_both_that_lie_behind_them() {
    let market = market();
    let worth = to_f64(market.redeem_value(LP, uint!(19_000_U256) * WAD).unwrap()) / 1e18;
    let price = (-0.048f64 * 180.0 / 365.0).exp() / 1.167_469_456_863_066_4;
    let sy = token(&SYNTHETIC, "wstETH");
    let of_sy = to_f64(market.redeem_value(sy, WAD).unwrap()) / 1e18;
    let expected = (18_000.0 + 20_000.0 * price) * of_sy;
    assert!((worth / expected - 1.0).abs() < 1e-12, "{worth} {expected}");
}

/// The growth of the SY's part of their worth, and nothing else; a deposit changes nothing of it.
#[test]
fn lp_earn_what_their_standardized_tokens_earn() {
    let market = market();
    let graph = Graph::new(&market);
    let of = |token, horizon_s| forecast(&market, &graph, token, WAD, horizon_s).unwrap();
    let pooled = market.listings.last().unwrap().venue.pooled().unwrap();
    let (alone, own) = (of(token(&SYNTHETIC, "wstETH"), 90 * DAY_S), of(LP, 90 * DAY_S));
    let part = to_f64(mul_div(RAY, pooled.sy, pooled.worth).unwrap()) / 1e27;
    let price = (-0.048f64 * 180.0 / 365.0).exp() / 1.167_469_456_863_066_4;
    assert!((part - 18_000.0 / (18_000.0 + 20_000.0 * price)).abs() < 1e-9, "{part}");
    assert_eq!(own.rate, mul_div(alone.rate, pooled.sy, pooled.worth).unwrap());
    assert_eq!(own.by.total(), Some(own.rate));
    assert!(matches!(own.basis, Basis::Pooled { .. }) && !own.basis.dilutes(), "{:?}", own.basis);
    let words = own.basis.words(&market);
    assert!(words.contains("nothing is known") && words.contains("pendle:LP-wstETH"), "{words}");
    assert_eq!(own.until_s, None);
}

/// Every plan that moves into LP is valued by the sale that takes them out, and none beats holding.
#[test]
fn lp_never_beat_holding_by_themselves() {
    let market = market();
    let mut found = 0;
    for days in [30, 90, 360] {
        let sentence = format!("maximize ETH yield on 50 stETH for {days} days only lido, pendle");
        let mut intent = SYNTHETIC.read(&sentence).unwrap();
        intent.limits.max_tier = Tier::T3;
        let answer = tenor_solver::solve(&market, &intent).unwrap();
        let plans: Vec<_> = answer.best.iter().chain(&answer.alternatives).collect();
        let hold = plans.iter().find(|p| p.kind == PlanKind::Hold);
        let hold = hold.expect("holding is always there").split.net_wei;
        for plan in plans.iter().filter(|p| p.end.iter().any(|h| h.token == LP)) {
            found += 1;
            assert!(plan.split.net_wei < hold, "{days} days: {plan:?}");
            let part = plan.worth.parts.iter().find(|p| p.holdings[0].0 == LP).unwrap();
            assert!(!part.sale.is_empty() && part.queue.is_none(), "{part:?}");
        }
    }
    assert!(found > 0, "no plan holds LP");
}
