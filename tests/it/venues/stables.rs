//! The laws on StableSwap pools of two to eight coins, and the curves that stand for their pairs.

use alloy_primitives::{Address, U256};
use proptest::{collection::vec, prelude::*};
use tenor_solver::{
    amount::{WAD, from_f64, to_f64},
    venues::{
        CurveFigures, CurveNg, CurveNgFigures, CurveStableSwap, DenominatorForm, Gain, Swap, Venue,
        VenueId,
    },
};

use super::{
    CASES,
    laws::{self, Direction},
};
use crate::law::law;

/// What a pool is made from: size, how far each coin is from it in powers of ten, amplification,
/// fee in 1e-10, decimals.
type Figures = (f64, Vec<f64>, f64, u64, Vec<u32>);

fn figures(apart: f64) -> impl Strategy<Value = Figures> {
    let coins = 2usize..=8;
    coins.prop_flat_map(move |n| {
        let decimals = prop_oneof![Just(6u32), Just(8), Just(18)];
        (3.0..9.0f64, vec(-apart..apart, n), 0.7..3.7f64, 100_000u64..40_000_000, vec(decimals, n))
    })
}

fn coins(count: usize) -> Vec<Address> {
    (1..=count).map(|k| Address::with_last_byte(u8::try_from(k).unwrap())).collect()
}

fn balances((size, apart, _, _, decimals): &Figures) -> Vec<U256> {
    let tenfolds = apart.iter().zip(decimals).map(|(apart, d)| size + apart + f64::from(*d));
    tenfolds.map(|power| from_f64(10f64.powf(power))).collect()
}

fn rates((.., decimals): &Figures) -> Vec<U256> {
    decimals.iter().map(|d| WAD * U256::from(10).pow(U256::from(18 - d))).collect()
}

fn amp((_, _, amp, ..): &Figures) -> U256 {
    from_f64(10f64.powf(*amp) * 100.0)
}

/// `None` where the contract itself finds no invariant: Newton's steps may go back and forth.
fn plain(figures: &Figures, form: DenominatorForm, fee: u64) -> Option<CurveStableSwap> {
    CurveStableSwap::new(CurveFigures {
        id: VenueId::new("stable"),
        pool: Address::ZERO,
        coins: coins(figures.1.len()),
        balances: balances(figures),
        amp_scaled: amp(figures),
        rates: rates(figures),
        fee_1e10: U256::from(fee),
        admin_fee_1e10: U256::from(5_000_000_000_u64),
        form,
    })
    .ok()
}

fn ng(figures: &Figures, multiplier: u64) -> Option<CurveNg> {
    CurveNg::new(CurveNgFigures {
        id: VenueId::new("ng"),
        pool: Address::ZERO,
        coins: coins(figures.1.len()),
        balances: balances(figures),
        amp_scaled: amp(figures),
        rates: rates(figures),
        fee_1e10: U256::from(figures.3),
        multiplier_1e10: U256::from(multiplier),
        admin_fee_1e10: U256::from(5_000_000_000_u64),
    })
    .ok()
}

/// Two different coins.
fn pair(n: usize, choice: (prop::sample::Index, prop::sample::Index)) -> (usize, usize) {
    let from = choice.0.index(n);
    (from, (from + 1 + choice.1.index(n - 1)) % n)
}

fn choice() -> impl Strategy<Value = (prop::sample::Index, prop::sample::Index)> {
    any::<(prop::sample::Index, prop::sample::Index)>()
}

fn part(of: U256, exponent: f64) -> U256 {
    from_f64(to_f64(of).powf(exponent)).max(U256::ONE)
}

fn form() -> impl Strategy<Value = DenominatorForm> {
    use DenominatorForm::{AfterProduct, Plain, PlusOne};
    prop_oneof![Just(Plain), Just(PlusOne), Just(AfterProduct)]
}

/// Units out that a unit of the invariant's rounding can be worth.
fn rounding(gain: &Gain, rate: U256) -> U256 {
    let Gain::Stable { x, ann, d, .. } = gain else { panic!("a stable curve") };
    let steep = Gain::Stable { x: *x, ann: *ann, d: *d, keep: 1.0, rate_in: 1.0, rate_out: 1.0 };
    from_f64(10.0 * (steep.marginal(0.0) + 100.0) * 1e18 / to_f64(rate)) + U256::from(10)
}

#[test]
fn pools_of_any_number_of_coins_obey_the_laws() {
    let inputs = (figures(0.7), form(), choice(), 0.0..1.0f64, 0.0..1.0f64);
    law(CASES, &inputs, |(figures, form, choice, a, b)| {
        let Some(pool) = plain(&figures, form, figures.3) else { return Ok(()) };
        let (from, to) = pair(pool.tokens().len(), choice);
        let most = pool.balances()[from] * U256::from(3);
        let gain = pool.gain(from, to).unwrap();
        let direction = Direction {
            venue: &pool,
            from,
            to,
            rounding: rounding(&gain, rates(&figures)[to]),
            fee_kept_ppm: 4000,
            float_floor: 1e-13 * to_f64(pool.balances()[to]) + 1.0,
        };
        laws::check(direction, part(most, a), part(most, b))
    });
}

/// The second derivation: what the contract's integers return is what the invariant says.
#[test]
fn a_pair_trades_as_the_curve_of_two_that_it_folds_into() {
    let inputs = (figures(1.5), form(), choice(), 0.5..1.0f64);
    law(CASES, &inputs, |(figures, form, choice, part_in)| {
        let Some(pool) = plain(&figures, form, 0) else { return Ok(()) };
        let (from, to) = pair(pool.tokens().len(), choice);
        let amount = part(pool.balances()[from] * U256::from(3), part_in);
        let gain = pool.gain(from, to).unwrap();
        let real = gain.out(to_f64(amount));
        let Ok(quote) = pool.quote(Swap { from, to, amount }) else { return Ok(()) };
        let off = real - to_f64(quote.out);
        let floor =
            to_f64(rounding(&gain, rates(&figures)[to])) + 1e-12 * to_f64(pool.balances()[to]);
        prop_assert!(off.abs() <= 1e-9 * real + floor, "{real}, quoted {}", quote.out);
        Ok(())
    });
}

#[test]
fn pools_whose_fee_rises_off_the_peg_obey_the_laws() {
    let multiplier = 0u64..200_000_000_000;
    let inputs = (figures(1.2), multiplier, choice(), 0.0..1.0f64);
    law(CASES, &inputs, |(figures, multiplier, choice, a)| {
        let Some(pool) = ng(&figures, multiplier) else { return Ok(()) };
        let (from, to) = pair(pool.tokens().len(), choice);
        let amount = part(pool.balances()[from] * U256::from(3), a);
        let direction = Direction {
            venue: &pool,
            from,
            to,
            rounding: U256::ZERO,
            fee_kept_ppm: 0,
            float_floor: 1e-13 * to_f64(pool.balances()[to]) + 1.0,
        };
        laws::never_above_its_gain(direction, amount)?;
        let mut after = pool.clone();
        let Ok(there) = after.trade(Swap { from, to, amount }) else { return Ok(()) };
        let Ok(back) = after.quote(Swap { from: to, to: from, amount: there.out }) else {
            return Ok(());
        };
        // Without a fee a unit of the invariant's rounding may come back.
        let price = after.gain(to, from).map_or(1.0, |gain| gain.marginal(0.0));
        let most = amount + from_f64(10.0 * (price + 100.0 * 1e18 / to_f64(rates(&figures)[from])));
        prop_assert!(back.out <= most, "{amount} -> {} -> {}", there.out, back.out);
        Ok(())
    });
}

/// The envelope of a dynamic fee is above what is quoted by a part of the trade's own impact: a tenth
/// of it as a rule, up to all of it where the trade empties the pool.
#[test]
fn the_gain_of_a_dynamic_fee_is_tight() {
    let inputs = (figures(0.5), 10_000_000_000u64..100_000_000_000, choice(), 0.5..0.98f64);
    law(CASES, &inputs, |(figures, multiplier, choice, a)| {
        let Some(pool) = ng(&figures, multiplier) else { return Ok(()) };
        let (from, to) = pair(pool.tokens().len(), choice);
        let amount = part(pool.balances()[from], a);
        let gain = pool.gain(from, to).unwrap();
        let Ok(quote) = pool.quote(Swap { from, to, amount }) else { return Ok(()) };
        let (real, out) = (gain.out(to_f64(amount)), to_f64(quote.out));
        let falls = 1.0 - real / (gain.marginal(0.0) * to_f64(amount));
        let fee = to_f64(U256::from(figures.3)) / 1e10 * 10.0;
        let slack = out * (1.5 * falls + 0.2 * fee) + 1e3 + 1e-12 * to_f64(pool.balances()[to]);
        prop_assert!(real - out <= slack, "{out} under {real}: {falls}");
        let (half, whole) = (gain.out(to_f64(amount) / 2.0), real);
        prop_assert!(2.0 * half >= whole * (1.0 - 1e-9), "{half} {whole}");
        Ok(())
    });
}
