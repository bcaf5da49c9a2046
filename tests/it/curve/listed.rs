//! Fixed-rate venues of a market, as the curve hears them.

use std::sync::Arc;

use alloy_primitives::{Address, U256, uint};
use tenor_simulations::figures::{EMBEDDED_NAME, Figures, embedded};
use tenor_solver::{
    curve::{BASE, Curve, Filter, listed},
    market::{AsOf, Listing, Market, TokenInfo},
    venues::{Capacity, PendleFigures, PendleMarket, PendleSy, PendleSyFigures, Venue, VenueId},
};

use super::{DAY_S, NOW};

/// A market of SY at `sy`, half a year before its expiry, at 4 % as Pendle shows it.
fn market(id: &str, sy: Address, pt: Address) -> PendleMarket {
    PendleMarket::new(PendleFigures {
        id: VenueId::new(id),
        market: Address::ZERO,
        router: Address::ZERO,
        sy,
        pt,
        yt: Address::repeat_byte(5),
        total_pt: uint!(4_812_345_678_901_234_567_890_U256),
        total_sy: uint!(6_298_765_432_109_876_543_210_U256),
        scalar_root: uint!(82_000_000_000_000_000_000_U256),
        ln_fee_rate_root: uint!(999_500_333_083_533_U256),
        reserve_fee_percent: uint!(80_U256),
        last_ln_implied_rate: uint!(39_220_713_153_281_295_U256),
        expiry: NOW + 180 * DAY_S,
        index: uint!(1_162_345_678_901_234_567_U256),
        floating_sy: U256::ZERO,
        needs_fee: true,
        paused: false,
        timestamp: NOW,
    })
    .unwrap()
}

fn keeper(id: &str, token: Address, sy: Address) -> PendleSy {
    PendleSy::new(PendleSyFigures {
        id: VenueId::new(id),
        token,
        sy,
        paused: false,
        deposits: Capacity::Unlimited,
        redemptions: Capacity::Unlimited,
    })
}

/// The embedded market with fixed-rate venues on two of its tokens.
fn with_terms() -> Market {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    let mut all = Market::clone(&figures.market(&[]).unwrap());
    let add = |all: &mut Market, venue: Box<dyn Venue>, disabled: Option<&str>| {
        all.listings.push(Listing {
            venue: Arc::from(venue),
            protocol: "pendle".to_owned(),
            as_of: AsOf { block: all.block, utc: all.utc.clone() },
            disabled: disabled.map(str::to_owned),
        });
    };
    for (at, symbol) in [(10, "wstETH"), (20, "weETH"), (30, "USDC")] {
        let token = all.tokens.iter().find(|t| t.symbol == symbol).unwrap().address;
        let (sy, pt) = (Address::repeat_byte(at), Address::repeat_byte(at + 1));
        for (address, kind) in [(sy, "SY"), (pt, "PT")] {
            let symbol = format!("{kind}-{symbol}");
            all.tokens.push(TokenInfo { address, symbol, decimals: 18 });
        }
        add(&mut all, Box::new(keeper(&format!("sy:{symbol}"), token, sy)), None);
        add(&mut all, Box::new(market(&format!("pendle:{symbol}"), sy, pt)), None);
    }
    // Nobody tells what this one is of, and this one must not be used.
    let unknown = market("pendle:unknown", Address::repeat_byte(40), Address::repeat_byte(41));
    add(&mut all, Box::new(unknown), None);
    let off = market("pendle:off", Address::repeat_byte(10), Address::repeat_byte(11));
    add(&mut all, Box::new(off), Some("not safe"));
    all
}

#[test]
fn fixed_rate_venues_on_eth_are_heard() {
    let all = listed(&with_terms());
    let names: Vec<(&str, &str)> =
        all.iter().map(|o| (o.market.as_str(), o.underlying.as_str())).collect();
    assert_eq!(names, [("pendle:wstETH", BASE), ("pendle:weETH", "weETH")]);
    for one in &all {
        assert!((one.rate.exp_m1() - 0.04).abs() < 1e-12, "{one:?}");
        assert_eq!((one.averaged_s, one.expiry), (0, NOW + 180 * DAY_S));
        // 6,298.77 SY of 1.1623 and 4,812 PT of 0.98 each.
        let expected =
            6_298.765_432_109_876 * 1.162_345_678_901_234 + 4_812.345_678_901_234 * 0.980_844;
        assert!((one.liquidity / expected - 1.0).abs() < 0.005, "{one:?} {expected}");
        assert!((one.fee_rate.exp() - 1.001).abs() < 1e-6, "{one:?}");
    }
    let filter = Filter { min_average_s: 0, ..Filter::default() };
    let curve = Curve::bootstrap(NOW, &all, None, &filter).unwrap();
    // The vector of 4 % over 180 days.
    assert!((curve.discount(180 * DAY_S) - 0.980_844_129_386_773).abs() < 1e-12);
    assert!(curve.spread("weETH").unwrap().abs() < 1e-12);
    assert!(Curve::bootstrap(NOW, &all, None, &Filter::default()).is_err());
}

#[test]
fn the_embedded_market_has_none() {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    assert_eq!(listed(&figures.market(&[]).unwrap()), []);
}
