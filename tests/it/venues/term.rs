//! Laws of fixed-term markets, on random figures and amounts, and what they say of interest.

use alloy_primitives::{Address, U256};
use proptest::prelude::*;
use tenor_solver::{
    amount::{WAD, from_f64, to_f64},
    venues::{
        Capacity, PendleFigures, PendleMarket, PendlePrincipal, PendlePrincipalFigures, PendleSy,
        PendleSyFigures, QuoteError, Swap, Venue, VenueId,
    },
};

use super::{
    CASES,
    laws::{Direction, check},
};
use crate::law::law;

const SY: usize = 0;
const PT: usize = 1;
const YT: usize = 2;
const DIRECTIONS: [(usize, usize); 4] = [(SY, PT), (PT, SY), (SY, YT), (YT, SY)];
pub(super) const NOW: u64 = 1_716_479_543;
pub(super) const DAY_S: u64 = 86_400;

pub(super) fn wad(value: f64) -> U256 {
    from_f64(value * 1e18)
}

pub(super) fn figures() -> impl Strategy<Value = PendleFigures> {
    let sizes = (12.0..27.0f64, -1.0..1.0f64, 1.0..1.6f64);
    let shape = (4.0..300.0f64, 0.0005..0.02f64, 0u64..=100, 0.005..0.3f64);
    (sizes, shape, 1u64..700, any::<bool>()).prop_map(
        |((size, imbalance, index), (scalar, fee, reserve, rate), days, needs_fee)| PendleFigures {
            id: VenueId::new("pendle"),
            market: Address::repeat_byte(1),
            router: Address::repeat_byte(2),
            sy: Address::repeat_byte(3),
            pt: Address::repeat_byte(4),
            yt: Address::repeat_byte(5),
            total_pt: from_f64(10f64.powf(size)),
            total_sy: from_f64(10f64.powf(size + imbalance)),
            scalar_root: wad(scalar),
            ln_fee_rate_root: wad(fee),
            reserve_fee_percent: U256::from(reserve),
            last_ln_implied_rate: wad(rate),
            expiry: NOW + days * DAY_S,
            index: wad(index),
            floating_sy: U256::ZERO,
            needs_fee,
            paused: false,
            timestamp: NOW,
        },
    )
}

pub(super) fn swap(from: usize, to: usize, amount: U256) -> Swap {
    Swap { from, to, amount }
}

pub(super) fn most(venue: &dyn Venue, (from, to): (usize, usize)) -> U256 {
    let Capacity::Limited { amount, .. } = venue.capacity(from, to) else { panic!("a limit") };
    amount
}

/// Units out for one in, at first.
pub(super) fn rate(venue: &dyn Venue, (from, to): (usize, usize)) -> f64 {
    venue.gain(from, to).map_or(0.0, |gain| gain.marginal(0.0))
}

pub(super) fn spread(most: U256, exponent: f64) -> U256 {
    from_f64(to_f64(most).powf(exponent)).max(U256::ONE)
}

#[test]
fn pendle_markets_obey_the_laws() {
    // Of a few units what comes out goes up and down with the roundings of the rate.
    let inputs = (figures(), 0usize..4, 0.5..1.0f64, 0.5..1.0f64);
    law(CASES, &inputs, |(figures, direction, a, b)| {
        let size = figures.total_pt.max(figures.total_sy);
        let market = PendleMarket::new(figures).unwrap();
        let (from, to) = DIRECTIONS[direction];
        let direction = Direction {
            venue: &market,
            from,
            to,
            // Rates have 18 decimals, proportions too; of the asset a unit may be lost or gained.
            rounding: size / U256::from(1_000_000_000_000_000_u64)
                + from_f64(4.0 + 4.0 * rate(&market, (from, to))),
            // A trade is made at the rate that it ends at: two save what the first one moves less.
            fee_kept_ppm: 1_000_000,
            // The fee is rounded down to a unit of the asset, and YT are worth little of it.
            float_floor: 4.0 + 4.0 * rate(&market, (from, to)) + to_f64(size) * 1e-15,
        };
        let limit = most(&market, (from, to));
        check(direction, spread(limit, a), spread(limit, b))
    });
}

/// The envelope is near: within 0.5 % of what is quoted for PT up to a quarter of what the market takes;
/// within 4 % beyond it, where prices soar, and for YT, which may be worth a ten-thousandth of the asset.
#[test]
fn pendle_gains_are_close_above_the_quotes() {
    law(CASES, &(figures(), 0usize..4, 0.4..1.0f64), |(figures, direction, a)| {
        let market = PendleMarket::new(figures).unwrap();
        let (from, to) = DIRECTIONS[direction];
        let limit = most(&market, (from, to));
        let amount = spread(limit, a);
        let (Ok(quote), Some(gain)) = (market.quote(swap(from, to, amount)), market.gain(from, to))
        else {
            return Ok(());
        };
        let (out, bound) = (to_f64(quote.out), gain.out(to_f64(amount)));
        let far = from == YT || to == YT || amount > limit / U256::from(4);
        let near = if far { 1.04 } else { 1.005 };
        let units = 10.0 + 10.0 * gain.marginal(0.0);
        prop_assert!(bound <= out * near + units, "{amount}: {bound} far above {out}");
        Ok(())
    });
}

/// Whoever buys YT first gets what lies with the yield token besides, and the gain says so.
#[test]
fn what_lies_with_the_yield_token_comes_with_the_first_yt() {
    let floating = 1u64..1_000_000_000_000_000;
    law(CASES, &(figures(), floating, 0.0..1.0f64), |(figures, floating, a)| {
        let (size, index) = (to_f64(figures.total_pt), to_f64(figures.index) / 1e18);
        let with = PendleFigures { floating_sy: U256::from(floating), ..figures.clone() };
        let [mut without, mut with] = [figures, with].map(|f| PendleMarket::new(f).unwrap());
        let amount = spread(most(&with, (SY, YT)), a);
        let buy = swap(SY, YT, amount);
        let (Ok(less), Some(gain)) = (without.quote(buy), with.gain(SY, YT)) else { return Ok(()) };
        let more = with.trade(buy).unwrap().out;
        let extra = to_f64(more - less.out) / (floating as f64 * index);
        prop_assert!((extra - 1.0).abs() < 1e-9 + 2.0 / floating as f64, "{extra} {floating}");
        let units = 4.0 + 4.0 * rate(&without, (SY, YT)) + size * 1e-15;
        let bound = gain.out(to_f64(amount)) * (1.0 + 1e-12) + units;
        prop_assert!(to_f64(more) <= bound, "{amount}: {more} > {bound}");
        without.trade(buy).unwrap();
        prop_assert_eq!(with.quote(buy), without.quote(buy));
        Ok(())
    });
}

/// PT that are bought have cost no more than what was given, and one more would have.
#[test]
fn pendle_buys_the_most() {
    law(CASES, &(figures(), 0.2..1.0f64), |(figures, a)| {
        let market = PendleMarket::new(PendleFigures { needs_fee: false, ..figures }).unwrap();
        let amount = spread(most(&market, (SY, PT)), a);
        let Ok(quote) = market.quote(swap(SY, PT, amount)) else { return Ok(()) };
        // What a little less buys is less, or as much where PT are dear; never more.
        let less = market.quote(swap(SY, PT, amount - U256::ONE)).map_or(U256::ZERO, |q| q.out);
        prop_assert!(less <= quote.out, "{less} {}", quote.out);
        Ok(())
    });
}

/// `venue_vectors.txt`: 10 PT of a market of 1000 PT and 1000 SY, at 1.2 of the asset, a scalar root
/// of 100 and a fee of 0.1 % a year, 80 % of it the treasury's. The file tells neither totals nor root:
/// they are those that reproduce all the figures that it does tell.
#[test]
fn a_purchase_of_the_reference_vectors() {
    let mut market = PendleMarket::new(PendleFigures {
        id: VenueId::new("pendle"),
        market: Address::ZERO,
        router: Address::ZERO,
        sy: Address::repeat_byte(3),
        pt: Address::repeat_byte(4),
        yt: Address::repeat_byte(5),
        total_pt: wad(1000.0),
        total_sy: wad(1000.0),
        scalar_root: wad(100.0),
        ln_fee_rate_root: wad(1.001f64.ln()),
        reserve_fee_percent: U256::from(80),
        last_ln_implied_rate: wad(1.04f64.ln()),
        expiry: NOW + 180 * DAY_S,
        index: wad(1.2),
        floating_sy: U256::ZERO,
        needs_fee: false,
        paused: false,
        timestamp: NOW,
    })
    .unwrap();
    let term = market.term().unwrap();
    assert!((term.pt_price - 0.980_844_129_386_773_1).abs() < 1e-15, "{term:?}");
    assert!((term.rate.exp_m1() - 0.04).abs() < 1e-15 && term.days_left() == 180.0, "{term:?}");
    let depth = 1200.0 + 1000.0 * term.pt_price;
    assert!((term.liquidity() / 1e18 - depth).abs() < 1e-9, "{term:?}");
    let paid = wad(8.178_456_806_599_305);
    let bought = market.trade(swap(SY, PT, paid)).unwrap().out;
    assert!(bought.abs_diff(wad(10.0)) < U256::from(5_000), "{bought}");
    let after = market.term().unwrap().rate.exp_m1();
    assert!((after - 0.039_814_432_431_540_15).abs() < 1e-15, "{after}");
}

/// A purchase that is held to the expiry earns the term's rate less its fee, and less what it moves.
#[test]
fn a_pt_held_to_its_expiry_earns_the_rate() {
    law(CASES, &figures(), |figures| {
        let index = figures.index;
        let market = PendleMarket::new(figures).unwrap();
        let term = market.term().unwrap();
        let limit = most(&market, (SY, PT));
        let amount = limit / U256::from(1_000_000) + U256::from(1_000_000);
        let Ok(quote) = market.quote(swap(SY, PT, amount)) else { return Ok(()) };
        let asset = to_f64(amount) * to_f64(index) / 1e18;
        let years = term.seconds_left as f64 / 31_536_000.0;
        let earned = (to_f64(quote.out) / asset).ln() / years;
        let expected = term.rate - term.fee_rate;
        // The fee is rounded down, by up to a unit of the asset.
        let rounded = 5.0 / asset.min(to_f64(amount));
        prop_assert!(earned <= expected + (1e-6 + rounded) / years, "{earned} above {expected}");
        prop_assert!(earned >= expected - 1e-3 / years, "{earned} below {expected}");
        Ok(())
    });
}

fn principal(timestamp: u64) -> PendlePrincipal {
    PendlePrincipal::new(PendlePrincipalFigures {
        id: VenueId::new("pendle:PT"),
        router: Address::repeat_byte(2),
        sy: Address::repeat_byte(3),
        pt: Address::repeat_byte(4),
        yt: Address::repeat_byte(5),
        expiry: NOW,
        index: wad(1.25),
        floating_pt: U256::ZERO,
        held_sy: wad(80.0),
        paused: false,
        timestamp,
    })
}

#[test]
fn pt_are_redeemed_at_par_from_their_expiry_on() {
    let redeem = swap(PT, SY, wad(10.0));
    let early = principal(NOW - 1);
    let error = early.quote(redeem).unwrap_err();
    assert!(matches!(error, QuoteError::NotYet { from: NOW, .. }), "{error}");
    assert_eq!((early.gain(PT, SY), most(&early, (PT, SY))), (None, U256::ZERO));
    assert_eq!((early.exits(PT).len(), early.seconds_left()), (1, 1));
    assert!(early.exits(SY).is_empty());
    let mut venue = principal(NOW);
    assert_eq!((venue.exits(PT).len(), venue.seconds_left()), (0, 0));
    assert_eq!(venue.trade(redeem).unwrap().out, wad(8.0));
    assert_eq!(venue.quote(swap(SY, PT, WAD)).map(|quote| quote.out).ok(), None);
    // 72 of 80 SY are left: 90 PT, and what rounds down to no more.
    let limit = most(&venue, (PT, SY));
    assert_eq!(limit, wad(90.0) + U256::ONE);
    assert_eq!(venue.gain(PT, SY).unwrap().out(1e19), 8e18);
    assert!(venue.quote(swap(PT, SY, limit)).is_ok());
    let error = venue.quote(swap(PT, SY, limit + U256::ONE)).unwrap_err();
    assert!(matches!(error, QuoteError::Limit { .. }), "{error}");
}

#[test]
fn an_sy_with_limits_is_no_other_form_of_its_token() {
    let limited = |amount: U256| Capacity::Limited { amount, what: "cap", refill_per_block: None };
    let venue = |deposits, redemptions| {
        PendleSy::new(PendleSyFigures {
            id: VenueId::new("pendle:SY"),
            token: Address::repeat_byte(1),
            sy: Address::repeat_byte(2),
            paused: false,
            deposits,
            redemptions,
        })
    };
    let free = venue(Capacity::Unlimited, Capacity::Unlimited);
    assert_eq!(free.exact_pairs(), [(0, 1)]);
    let mut capped = venue(limited(WAD), limited(WAD));
    assert!(capped.exact_pairs().is_empty());
    assert_eq!(capped.trade(swap(0, 1, WAD)).unwrap().out, WAD);
    assert!(matches!(capped.quote(swap(0, 1, U256::ONE)), Err(QuoteError::Limit { .. })));
    assert_eq!(capped.quote(swap(1, 0, WAD + WAD)).unwrap().out, WAD + WAD);
}

#[test]
fn a_market_that_cannot_trade_says_why() {
    let base = || PendleFigures {
        id: VenueId::new("pendle"),
        market: Address::ZERO,
        router: Address::ZERO,
        sy: Address::repeat_byte(3),
        pt: Address::repeat_byte(4),
        yt: Address::repeat_byte(5),
        total_pt: wad(1000.0),
        total_sy: wad(1000.0),
        scalar_root: wad(100.0),
        ln_fee_rate_root: wad(0.001),
        reserve_fee_percent: U256::from(80),
        last_ln_implied_rate: wad(0.04),
        expiry: NOW + 180 * DAY_S,
        index: wad(1.2),
        floating_sy: U256::ZERO,
        needs_fee: true,
        paused: false,
        timestamp: NOW,
    };
    let why = |figures| PendleMarket::new(figures).unwrap_err().to_string();
    assert!(why(PendleFigures { timestamp: NOW + 180 * DAY_S, ..base() }).contains("expired"));
    for figures in [
        PendleFigures { total_pt: U256::ZERO, ..base() },
        PendleFigures { total_sy: U256::ZERO, ..base() },
        PendleFigures { index: U256::ZERO, ..base() },
    ] {
        assert!(why(figures).contains("empty"));
    }
    for figures in [
        PendleFigures { scalar_root: U256::ZERO, ..base() },
        PendleFigures { total_pt: U256::MAX, ..base() },
        PendleFigures { last_ln_implied_rate: wad(1000.0), ..base() },
    ] {
        assert!(why(figures).contains("overflows"));
    }
    let venue = PendleMarket::new(base()).unwrap();
    let little = venue.quote(swap(PT, SY, U256::from(100)));
    assert!(matches!(little, Err(QuoteError::NoFee(_))), "{little:?}");
    let much = venue.quote(swap(PT, SY, wad(5000.0)));
    assert!(matches!(much, Err(QuoteError::Limit { .. })), "{much:?}");
    let huge = venue.quote(swap(SY, PT, U256::MAX));
    assert!(huge.is_err(), "{huge:?}");
    let neither = venue.quote(swap(PT, YT, WAD));
    assert!(matches!(neither, Err(QuoteError::NotTraded { .. })), "{neither:?}");
    let stopped = PendleMarket::new(PendleFigures { paused: true, ..base() }).unwrap();
    assert!(matches!(stopped.quote(swap(SY, PT, WAD)), Err(QuoteError::Paused(_))));
    assert_eq!(most(&stopped, (SY, PT)), U256::ZERO);
}

/// Figures of any size make a market or do not, and whatever is asked of it is answered or refused.
#[test]
fn no_figures_make_a_pendle_market_panic() {
    let any_size = || {
        (any::<[u64; 4]>(), 0usize..256).prop_map(|(limbs, bits)| U256::from_limbs(limbs) >> bits)
    };
    let totals = (any_size(), any_size(), any_size());
    let shape = (any_size(), any_size(), any_size(), any_size());
    let time = (any::<u64>(), any::<u64>(), any::<bool>());
    law(
        CASES * 8,
        &(figures(), totals, shape, time, 0u32..64),
        |(base, totals, shape, time, kept)| {
            // Most figures are of a real size, so that more than the first check is come to.
            let or =
                |bit: u32, wild: U256, real: U256| if kept & (1 << bit) == 0 { real } else { wild };
            let figures = PendleFigures {
                total_pt: or(0, totals.0, base.total_pt),
                total_sy: or(1, totals.1, base.total_sy),
                index: or(2, totals.2, base.index),
                scalar_root: or(3, shape.0, base.scalar_root),
                ln_fee_rate_root: or(4, shape.1, base.ln_fee_rate_root),
                last_ln_implied_rate: or(5, shape.2, base.last_ln_implied_rate),
                expiry: if kept == 63 { time.0 } else { base.expiry },
                floating_sy: if time.2 { shape.3 } else { U256::ZERO },
                ..base
            };
            let Ok(mut market) = PendleMarket::new(figures) else { return Ok(()) };
            for (from, to) in DIRECTIONS {
                let limit = most(&market, (from, to));
                let _ = (market.gain(from, to), market.term());
                for amount in
                    [U256::ONE, shape.3, limit, limit.saturating_add(U256::ONE), U256::MAX]
                {
                    let _ = market.quote(swap(from, to, amount));
                }
                let _ = market.trade(swap(from, to, totals.1));
            }
            Ok(())
        },
    );
}
