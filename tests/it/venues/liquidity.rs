//! Laws of the LP of fixed-term markets, on random figures and amounts, and what lies behind them.

use alloy_primitives::U256;
use proptest::prelude::*;
use tenor_solver::{
    amount::{WAD, from_f64, to_f64},
    venues::{
        PendleFigures, PendleLp, PendleLpFigures, PendlePrincipal, PendlePrincipalFigures,
        QuoteError, Venue,
    },
};

use super::{
    CASES,
    laws::{Direction, check, never_above_its_gain},
    samples,
    term::{DAY_S, NOW, figures, most, rate, spread, swap, wad},
};
use crate::law::law;

const SY: usize = 0;
const LP: usize = 1;

/// Any market, with LP of about the size of what lies behind them.
fn liquidity() -> impl Strategy<Value = PendleLpFigures> {
    (figures(), -0.5..0.5f64, any::<bool>()).prop_map(|(market, size, rounds_up)| {
        let behind = to_f64(market.total_pt).sqrt() * to_f64(market.total_sy).sqrt();
        let total_lp = from_f64(behind * 10f64.powf(size));
        let (floating_pt, held_sy) = (U256::ZERO, market.total_pt);
        PendleLpFigures { market, total_lp, rounds_up, floating_pt, held_sy }
    })
}

/// The same where the rate bends more than the treasury's part of the fee does: its scalar root times its
/// fee is a half at most, as of any market there is.
fn bent(figures: PendleLpFigures) -> PendleLpFigures {
    let fee = wad(0.5 / (to_f64(figures.market.scalar_root) / 1e18));
    let ln_fee_rate_root = figures.market.ln_fee_rate_root.min(fee);
    PendleLpFigures { market: PendleFigures { ln_fee_rate_root, ..figures.market }, ..figures }
}

/// A direction, and the most of it that is not many times the market itself: there the market is left
/// with so few PT that single ones count.
fn direction<'a>(
    venue: &'a PendleLp,
    figures: &PendleLpFigures,
    from: usize,
) -> (Direction<'a>, U256) {
    let PendleFigures { total_pt, total_sy, .. } = figures.market;
    let to = 1 - from;
    let size = total_pt.max(total_sy).max(figures.total_lp);
    // LP for one PT after as many were added as there are, or SY for an LP.
    let unit = if from == SY {
        4.0 * to_f64(figures.total_lp) / to_f64(total_pt.min(total_sy))
    } else {
        rate(venue, (from, to))
    };
    let direction = Direction {
        venue,
        from,
        to,
        // Rates have 18 decimals, proportions too; of PT, SY and LP a unit each may be lost.
        rounding: size / U256::from(1_000_000_000_000_000_u64) + from_f64(8.0 + 8.0 * unit),
        // PT change sides at the rate at which a trade ends: two save what the first one moves less.
        fee_kept_ppm: 500_000,
        float_floor: 8.0 + 8.0 * unit + to_f64(size) * 1e-15,
    };
    let most = most(venue, (from, to));
    (direction, if from == SY { most.min(total_sy) } else { most })
}

#[test]
fn pendle_liquidity_obeys_the_laws() {
    let inputs = (liquidity(), 0usize..2, 0.5..1.0f64, 0.5..1.0f64);
    law(CASES, &inputs, |(figures, from, a, b)| {
        let figures = bent(figures);
        let lp = PendleLp::new(figures.clone()).unwrap();
        let (direction, most) = direction(&lp, &figures, from);
        check(direction, spread(most, a), spread(most, b))
    });
}

/// Of any market, bent or not, the gain is above the quotes and near them: within 1 % up to a quarter of
/// what is taken, and 5 % beyond it, where prices soar.
#[test]
fn pendle_liquiditys_gains_are_close_above_the_quotes() {
    law(CASES, &(liquidity(), 0usize..2, 0.4..1.0f64), |(figures, from, a)| {
        let lp = PendleLp::new(figures.clone()).unwrap();
        let (direction, most) = direction(&lp, &figures, from);
        let amount = spread(most, a);
        never_above_its_gain(direction, amount)?;
        let (Ok(quote), Some(gain)) =
            (lp.quote(swap(from, 1 - from, amount)), lp.gain(from, 1 - from))
        else {
            return Ok(());
        };
        let (out, bound) = (to_f64(quote.out), gain.out(to_f64(amount)));
        let near = if amount > most / U256::from(4) { 1.05 } else { 1.01 };
        let units = 2.0 * direction.float_floor;
        prop_assert!(bound <= out * near + units, "{amount}: {bound} far above {out}");
        Ok(())
    });
}

/// Nobody is better off by adding than by what lies behind LP: it is less by a fee at least, and is little
/// less where little is added.
#[test]
fn what_is_added_is_worth_no_more() {
    law(CASES, &(liquidity(), 0.5..0.8f64), |(figures, a)| {
        let mut lp = PendleLp::new(bent(figures.clone())).unwrap();
        let amount = spread(figures.market.total_sy.min(most(&lp, (SY, LP))), a);
        let Ok(quote) = lp.trade(swap(SY, LP, amount)) else { return Ok(()) };
        let behind = lp.pooled().unwrap();
        let worth = to_f64(quote.out) * to_f64(behind.worth) / to_f64(behind.units);
        let (given, few) = (to_f64(amount), to_f64(figures.market.total_sy) * 1e-15 + 10.0);
        prop_assert!(worth <= given * (1.0 + 1e-12) + few, "{given} for {worth}");
        prop_assert!(worth >= given * 0.8 - few, "{given} for {worth}");
        Ok(())
    });
}

fn expired() -> PendleLpFigures {
    let figures = samples::term::liquidity();
    let market = PendleFigures {
        total_pt: wad(1000.0),
        total_sy: wad(600.0),
        index: wad(1.25),
        expiry: NOW,
        timestamp: NOW,
        ..figures.market
    };
    PendleLpFigures { market, total_lp: wad(2000.0), held_sy: wad(480.0), ..figures }
}

/// By hand: 100 of 2000 LP are 30 SY and 50 PT, which at 1.25 are 40 SY.
#[test]
fn lp_are_redeemed_at_par_from_the_expiry_on() {
    let take = swap(LP, SY, wad(100.0));
    let mut venue = PendleLp::new(expired()).unwrap();
    assert_eq!(venue.pooled().unwrap().worth, wad(1400.0));
    let gain = venue.gain(LP, SY).unwrap().out(1e20);
    assert!((gain / 70e18 - 1.0).abs() < 1e-12, "{gain}");
    assert_eq!(venue.trade(take).unwrap().out, wad(70.0));
    let add = venue.quote(swap(SY, LP, WAD)).unwrap_err();
    assert!(matches!(add, QuoteError::Expired { expiry: NOW, .. }), "{add}");
    assert_eq!((venue.gain(SY, LP), most(&venue, (SY, LP))), (None, U256::ZERO));
    // PT that somebody left are redeemed with the first.
    let floating_pt = wad(5.0);
    let mut venue = PendleLp::new(PendleLpFigures { floating_pt, ..expired() }).unwrap();
    assert_eq!(venue.trade(take).unwrap().out, wad(74.0));
    assert_eq!(venue.quote(take).unwrap().out, wad(70.0));
    // 436 of 480 SY are left with the yield token: of 545 PT, which lie behind 1090 LP.
    let limit = most(&venue, (LP, SY));
    assert!(limit >= wad(1090.0) && limit < wad(1090.0) + U256::from(10), "{limit}");
    assert!(venue.quote(swap(LP, SY, limit)).is_ok());
    let error = venue.quote(swap(LP, SY, limit + U256::ONE)).unwrap_err();
    assert!(matches!(error, QuoteError::Limit { .. }), "{error}");
}

/// What lies with the yield token comes once, with whatever is redeemed first: of LP, and of PT alone.
#[test]
fn what_comes_with_the_first_is_counted_once() {
    let floating_pt = wad(5.0);
    let lp = PendleLp::new(PendleLpFigures { floating_pt, ..expired() }).unwrap();
    let figures = PendlePrincipalFigures { floating_pt, ..samples::term::principal() };
    let pt = PendlePrincipal::new(figures);
    for venue in [&lp as &dyn Venue, &pt] {
        let limit = most(venue, (1, SY));
        for amount in [wad(1.0), wad(100.0), limit] {
            let out = to_f64(venue.quote(swap(1, SY, amount)).unwrap().out);
            let bound = venue.gain(1, SY).unwrap().out(to_f64(amount));
            assert!(bound >= out * (1.0 - 1e-12), "{amount}: {bound} below {out}");
        }
        let out = to_f64(venue.quote(swap(1, SY, limit)).unwrap().out);
        let bound = venue.gain(1, SY).unwrap().out(to_f64(limit));
        assert!(bound <= out * 1.5, "{bound} for {out}");
    }
}

/// The thousand LP that are nobody's cannot be taken out.
#[test]
fn the_first_lp_stay() {
    let venue = PendleLp::new(PendleLpFigures { held_sy: wad(1e6), ..expired() }).unwrap();
    assert_eq!(most(&venue, (LP, SY)), wad(2000.0) - U256::from(1000));
}

/// Figures of any size make LP or do not, and whatever is asked of them is answered or refused.
#[test]
fn no_figures_make_lp_panic() {
    let any_size = || {
        (any::<[u64; 4]>(), 0usize..256).prop_map(|(limbs, bits)| U256::from_limbs(limbs) >> bits)
    };
    let wild = (any_size(), any_size(), any_size(), any_size(), any_size());
    let inputs = (liquidity(), wild, any_size(), 0u32..64, 0u64..3);
    law(CASES * 4, &inputs, |(base, wild, amount, kept, days)| {
        let or =
            |bit: u32, wild: U256, real: U256| if kept & (1 << bit) == 0 { real } else { wild };
        let market = PendleFigures {
            total_pt: or(0, wild.0, base.market.total_pt),
            total_sy: or(1, wild.1, base.market.total_sy),
            index: or(2, wild.2, base.market.index),
            expiry: if days == 0 { NOW } else { NOW + days * DAY_S },
            ..base.market
        };
        let total_lp = or(3, wild.3, base.total_lp);
        let floating_pt = or(4, wild.4, base.floating_pt);
        let figures = PendleLpFigures { market, total_lp, floating_pt, ..base };
        let Ok(mut venue) = PendleLp::new(figures) else { return Ok(()) };
        let _ = venue.pooled();
        for (from, to) in [(SY, LP), (LP, SY)] {
            let limit = most(&venue, (from, to));
            let _ = venue.gain(from, to);
            for amount in [U256::ONE, amount, limit, limit.saturating_add(U256::ONE), U256::MAX] {
                let _ = venue.quote(swap(from, to, amount));
            }
            let _ = venue.trade(swap(from, to, amount));
        }
        Ok(())
    });
}
