//! Stable pools where no pool should be: the maths refuses, or what it quotes obeys the laws.
//!
//! Reserves from one unit to 2^112, amplification from 1 to 10^6, balances 10^9 apart.

use alloy_primitives::{Address, U256};
use proptest::{collection::vec, prelude::*};
use tenor_solver::{
    amount::{WAD, from_f64, to_f64},
    venues::{
        BalancerStable, BalancerStableFigures, BalancerStableToken, CurveFigures, CurveNg,
        CurveNgFigures, CurveStableSwap, DenominatorForm, StableMath, Swap, Venue, VenueId,
    },
};

use super::CASES;
use crate::law::law;

/// Size in powers of ten, how far each balance is below it, amplification in powers of ten, kind,
/// fee in 1e-10.
type Figures = (f64, Vec<f64>, f64, usize, u64);

fn figures() -> impl Strategy<Value = Figures> {
    (2usize..=8).prop_flat_map(|n| {
        (0.0..33.7f64, vec(0.0..9.0f64, n), 0.0..6.0f64, 0usize..6, 0u64..100_000_000)
    })
}

fn coins(count: usize) -> Vec<Address> {
    (1..=count).map(|k| Address::with_last_byte(u8::try_from(k).unwrap())).collect()
}

fn pool((size, apart, amp, kind, fee): &Figures) -> Option<(Box<dyn Venue>, Vec<U256>)> {
    let balances: Vec<U256> = apart
        .iter()
        .map(|apart| from_f64(10f64.powf(size - apart)).clamp(U256::ONE, U256::ONE << 112))
        .collect();
    let amp = 10f64.powf(*amp);
    let (id, coins) = (VenueId::new("extreme"), coins(balances.len()));
    let form = match kind {
        0 => DenominatorForm::Plain,
        1 => DenominatorForm::PlusOne,
        2 => DenominatorForm::AfterProduct,
        3 => return ng(id, coins, balances, amp, *fee),
        kind => return balancer(id, &coins, balances, amp, *fee, *kind == 4),
    };
    let figures = CurveFigures {
        id,
        pool: Address::ZERO,
        coins,
        balances: balances.clone(),
        amp_scaled: from_f64(amp * 100.0),
        rates: vec![WAD; balances.len()],
        fee_1e10: U256::from(*fee),
        admin_fee_1e10: U256::ZERO,
        form,
    };
    Some((Box::new(CurveStableSwap::new(figures).ok()?), balances))
}

fn ng(
    id: VenueId,
    coins: Vec<Address>,
    balances: Vec<U256>,
    amp: f64,
    fee: u64,
) -> Option<(Box<dyn Venue>, Vec<U256>)> {
    let figures = CurveNgFigures {
        id,
        pool: Address::ZERO,
        coins,
        balances: balances.clone(),
        amp_scaled: from_f64(amp * 100.0),
        rates: vec![WAD; balances.len()],
        fee_1e10: U256::from(fee),
        multiplier_1e10: U256::from(50_000_000_000_u64),
        admin_fee_1e10: U256::ZERO,
    };
    Some((Box::new(CurveNg::new(figures).ok()?), balances))
}

fn balancer(
    id: VenueId,
    coins: &[Address],
    balances: Vec<U256>,
    amp: f64,
    fee: u64,
    early: bool,
) -> Option<(Box<dyn Venue>, Vec<U256>)> {
    let rows = coins.iter().zip(&balances);
    let figures = BalancerStableFigures {
        id,
        vault: Address::ZERO,
        pool_id: Default::default(),
        tokens: rows
            .map(|(token, cash)| BalancerStableToken {
                token: *token,
                cash: *cash,
                managed: U256::ZERO,
                scaling: WAD,
            })
            .collect(),
        swap_fee: U256::from(fee) * U256::from(100_000_000),
        amp: from_f64(amp * 1000.0),
        math: if early { StableMath::Early } else { StableMath::Later },
        paused: false,
    };
    Some((Box::new(BalancerStable::new(figures).ok()?), balances))
}

/// By how much a balance at most changes with what rounding does to the invariant, all others as they
/// are: the invariant where one balance is far above the others is far below it, and the product of
/// its shares, divided coin by coin, may pass through numbers so small that they round coarsely.
fn unit_of_invariant(balances: &[U256], amp: f64, at: usize) -> f64 {
    let xs: Vec<f64> = balances.iter().map(|x| to_f64(*x)).collect();
    let (n, sum) = (xs.len() as f64, xs.iter().sum::<f64>());
    let (mut low, mut high) = (0.0, sum);
    for _ in 0..200 {
        let d = 0.5 * (low + high);
        let product = xs.iter().fold(d, |product, x| product * (d / (n * x)));
        *(if amp * n * (sum - d) + d < product { &mut high } else { &mut low }) = d;
    }
    let products = xs.iter().scan(low, |product, x| {
        *product *= low / (n * x);
        Some(*product)
    });
    let least = products.fold(low, f64::min);
    let units = 1.0 + n * low / least;
    units * (n + 1.0) * (1.0 + xs[at] / low)
}

#[test]
fn at_extremes_a_quote_is_an_error_or_obeys_the_laws() {
    let (choice, part) = (any::<(prop::sample::Index, prop::sample::Index)>(), -1.0..1.3f64);
    law(16 * CASES, &(figures(), choice, part), |(figures, choice, part)| {
        let Some((mut pool, balances)) = pool(&figures) else { return Ok(()) };
        let n = balances.len();
        let from = choice.0.index(n);
        let to = (from + 1 + choice.1.index(n - 1)) % n;
        let amount = from_f64(to_f64(balances[from]) * 10f64.powf(9.0 * part)).max(U256::ONE);
        let swap = Swap { from, to, amount };
        let Ok(quote) = pool.quote(swap) else { return Ok(()) };
        prop_assert!(quote.out < balances[to], "{} of {}", quote.out, balances[to]);
        if let Some(gain) = pool.gain(from, to) {
            let real = gain.out(to_f64(amount));
            prop_assert!(real.is_finite() && real >= 0.0, "a gain of {real}");
        }
        prop_assert_eq!(pool.trade(swap).map(|quote| quote.out), Ok(quote.out));
        let back = Swap { from: to, to: from, amount: quote.out };
        let Ok(returned) = pool.quote(back) else { return Ok(()) };
        // Where the fee is less than that, a few units of the invariant's rounding can come back,
        // before the trade or after it.
        let mut after = balances.clone();
        after[from] += amount;
        after[to] -= quote.out;
        let price = pool.gain(to, from).map_or(1.0, |gain| gain.marginal(0.0));
        let unit = |balances: &[U256]| {
            let [from, to] =
                [from, to].map(|at| unit_of_invariant(balances, 10f64.powf(figures.2), at));
            from + to * price
        };
        let unit = unit(&balances).max(unit(&after));
        let most = amount + from_f64(8.0 * unit + 8.0);
        prop_assert!(returned.out <= most, "{amount} -> {} -> {}", quote.out, returned.out);
        Ok(())
    });
}
