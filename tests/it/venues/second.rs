//! Second derivations, with fresh figures in each run, of kinds whose contracts no package carries: what
//! the venue quotes beside what the protocol's equations say, in integers too wide to round or overflow.
//!
//! Curve's newer pools: the invariant's root and the balance on it are found by bisection of the
//! polynomials, without Newton's steps and their rounding, which leave a few units in doubt. Compound
//! III: each rounded figure is the one integer that its defining inequality leaves.

use alloy_primitives::{Address, U256, Uint};
use tenor_solver::{
    amount::{WAD, from_f64, to_f64},
    venues::{
        CometTotals, CompoundFigures, CompoundV3, CurveNg, CurveNgFigures, Kinked, Swap, Venue,
        VenueId,
    },
};

use crate::world::rng::Rng;

/// Holds products of nine balances of eighty bits, and of their amplification.
type Wide = Uint<1152, 18>;

/// Comparisons of each kind.
const CASES: usize = 1_000;
const FEES: u64 = 10_000_000_000;

fn seeded() -> (Rng, u64) {
    let seed = Rng::seed();
    println!("TENOR_SEED={seed}");
    (Rng::new(seed), seed)
}

fn wide(value: U256) -> Wide {
    Wide::from(value)
}

fn small(value: u64) -> Wide {
    Wide::from(value)
}

/// Between `low` and `high`, its size spread evenly over the powers of ten.
fn power(rng: &mut Rng, low: f64, high: f64) -> f64 {
    let part = to_f64(U256::from(rng.below(1 << 40))) / to_f64(U256::ONE << 40);
    10f64.powf(low + (high - low) * part)
}

/// The least value from `low` on at which `holds`, which then holds for all above; near a guess.
fn least(guess: f64, holds: impl Fn(&Wide) -> bool) -> Wide {
    let guess = wide(from_f64(guess));
    let (mut low, mut high) = (guess, guess);
    let mut step = (guess >> 40_usize).max(Wide::ONE);
    while !holds(&high) {
        high += step;
        step <<= 1_usize;
    }
    let mut step = (guess >> 40_usize).max(Wide::ONE);
    while holds(&low) && !low.is_zero() {
        low = low.saturating_sub(step);
        step <<= 1_usize;
    }
    while high > low + Wide::ONE {
        let middle = (low + high) >> 1_usize;
        if holds(&middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// A pool by its scaled balances; `ann` is `A n` times 100.
struct Curve {
    xp: Vec<Wide>,
    ann: Wide,
}

impl Curve {
    /// `n^n` times the product of the balances, but for one.
    fn product(&self, but: Option<usize>) -> Wide {
        let n = Wide::from(self.xp.len());
        let others = self.xp.iter().enumerate().filter(|(at, _)| Some(*at) != but);
        others.fold(n.pow(n), |product, (_, x)| product * *x)
    }

    /// The least `d` at or beyond the root of `ann (S - D) + 100 D = 100 D^(n+1) / (n^n P)`.
    fn root(&self) -> Wide {
        let (product, n) = (self.product(None), self.xp.len());
        let sum = self.xp.iter().fold(Wide::ZERO, |sum, x| sum + *x);
        let hundred = small(100);
        least(real_root(&self.xp, to_f64(self.ann.to::<U256>()) / 100.0), |d| {
            let power = d.pow(Wide::from(n + 1));
            self.ann * *d * product + hundred * power >= (self.ann * sum + hundred * *d) * product
        })
    }

    /// The least balance of coin `j` with which the others make `d` or more.
    fn balance(&self, j: usize, d: Wide, guess: f64) -> Wide {
        let (product, hundred) = (self.product(Some(j)), small(100));
        let others = self.xp.iter().enumerate().filter(|(at, _)| *at != j);
        let sum = others.fold(Wide::ZERO, |sum, (_, x)| sum + *x);
        let power = hundred * d.pow(Wide::from(self.xp.len() + 1));
        least(guess, |y| {
            let whole = product * *y;
            (self.ann * (sum + *y) + hundred * d) * whole >= self.ann * d * whole + power
        })
    }
}

/// The root in floats, where the search in integers begins.
fn real_root(xp: &[Wide], ann: f64) -> f64 {
    let xp: Vec<f64> = xp.iter().map(|x| to_f64(x.to::<U256>())).collect();
    let (n, sum) = (f64::from(u8::try_from(xp.len()).unwrap()), xp.iter().sum::<f64>());
    let mut d = sum;
    for _ in 0..100 {
        let p = xp.iter().fold(d, |p, x| p * d / (n * x));
        d = (ann * sum + n * p) * d / ((ann - 1.0) * d + (n + 1.0) * p);
    }
    d
}

/// A pool's figures: two to eight coins of 6, 8 or 18 decimals, up to a factor of 25 apart, some of them
/// with an oracle's rate.
fn pool(rng: &mut Rng) -> CurveNgFigures {
    let n = usize::try_from(2 + rng.below(7)).unwrap();
    let size = power(rng, 3.0, 9.0);
    let decimals: Vec<u64> = (0..n).map(|_| rng.pick(&[6, 8, 18])).collect();
    let of = |d: &u64| U256::from(10).pow(U256::from(*d));
    let balance = |rng: &mut Rng, d: &u64| from_f64(size * power(rng, -0.7, 0.7) * to_f64(of(d)));
    let rate = |rng: &mut Rng, d: &u64| {
        let value = if rng.chance(3) { from_f64(1e18 * power(rng, 0.0, 0.1)) } else { WAD };
        value * of(&(18 - d))
    };
    CurveNgFigures {
        id: VenueId::new("ng"),
        pool: Address::ZERO,
        coins: (1..=n).map(|k| Address::with_last_byte(u8::try_from(k).unwrap())).collect(),
        balances: decimals.iter().map(|d| balance(rng, d)).collect(),
        amp_scaled: from_f64(100.0 * power(rng, 0.7, 3.7)),
        rates: decimals.iter().map(|d| rate(rng, d)).collect(),
        fee_1e10: U256::from(100_000 + rng.below(40_000_000)),
        multiplier_1e10: U256::from(rng.below(20) * FEES),
        admin_fee_1e10: U256::from(FEES / 2),
    }
}

/// What the equations leave for a trade: the least and the most that can come out.
fn leaves(figures: &CurveNgFigures, swap: Swap) -> [Wide; 2] {
    let CurveNgFigures { balances, rates, amp_scaled, .. } = figures;
    let n = balances.len();
    let unit = wide(WAD);
    let xp = balances.iter().zip(rates).map(|(b, rate)| wide(*b) * wide(*rate) / unit);
    let mut curve = Curve { xp: xp.collect(), ann: wide(*amp_scaled) * Wide::from(n) };
    let root = curve.root();
    let (before_x, before_y) = (curve.xp[swap.from], curve.xp[swap.to]);
    let after_x = before_x + wide(swap.amount) * wide(rates[swap.from]) / unit;
    curve.xp[swap.from] = after_x;
    // Each of the n divisions of a step, and the last step, may leave a unit or so.
    let doubt = Wide::from(4 * n + 4);
    let mut guess = to_f64(before_y.to::<U256>());
    [root + doubt, root - doubt].map(|d| {
        let up = d > root;
        let y = curve.balance(swap.to, d, guess);
        guess = to_f64(y.to::<U256>());
        let y = if up { y + small(2) } else { y.saturating_sub(small(2)) };
        let gross = before_y.saturating_sub(y + Wide::ONE);
        let fee = fee(figures, before_x + after_x, before_y + y);
        let fee = if up { fee + small(1) } else { fee.saturating_sub(small(1)) };
        let out = gross * (small(FEES) - fee) * unit / (small(FEES) * wide(rates[swap.to]));
        if up { out.saturating_sub(small(2)) } else { out + small(2) }
    })
}

/// The fee halfway in 1e-10, of the sums of what both balances were and are, as a whole fraction.
fn fee(figures: &CurveNgFigures, a: Wide, b: Wide) -> Wide {
    let [fee, multiplier] = [figures.fee_1e10, figures.multiplier_1e10].map(wide);
    let one = small(FEES);
    if multiplier <= one {
        return fee;
    }
    let square = (a + b) * (a + b);
    multiplier * fee * square / ((multiplier - one) * small(4) * a * b + one * square)
}

#[test]
fn newer_pools_of_curve_pay_what_their_equations_leave() {
    let (mut rng, seed) = seeded();
    let (mut done, mut tight, mut refused) = (0, 0, 0);
    while done < CASES {
        let figures = pool(&mut rng);
        let n = figures.coins.len();
        let Ok(venue) = CurveNg::new(figures.clone()) else {
            refused += 1;
            continue;
        };
        for _ in 0..4 {
            let from = usize::try_from(rng.below(n as u64)).unwrap();
            let to = (from + 1 + usize::try_from(rng.below(n as u64 - 1)).unwrap()) % n;
            let held = to_f64(figures.balances[from]);
            let amount = from_f64(held * power(&mut rng, -6.0, 0.5)).max(U256::ONE);
            let swap = Swap { from, to, amount };
            let Ok(quote) = venue.quote(swap) else {
                refused += 1;
                continue;
            };
            let [low, high] = leaves(&figures, swap);
            let out = wide(quote.out);
            assert!(low <= out && out <= high, "{seed}: {low} {out} {high}: {swap:?} {figures:?}");
            tight += usize::from(high - low <= small(100) + out / small(1_000_000_000));
            done += 1;
        }
    }
    println!("| Curve NG | equations | {done} | {refused} | {tight} within 1e-9 or 100 units |");
    assert!(tight > done * 9 / 10 && refused < done, "{seed}: {tight} of {done}, {refused}");
}

/// Whether this is the quotient rounded down.
fn is_floor(quotient: U256, of: Wide, by: Wide) -> bool {
    let quotient = wide(quotient);
    quotient * by <= of && of < (quotient + Wide::ONE) * by
}

fn index() -> Wide {
    small(1_000_000_000_000_000)
}

fn kinked(rng: &mut Rng) -> Kinked {
    // Up to forty percent a year at the kink, and ten times that beyond it.
    let a_second = |rng: &mut Rng, most: u64| U256::from(rng.below(most * 317_097_920));
    Kinked {
        kink: U256::from(1 + rng.below(999)) * WAD / U256::from(1_000),
        base: a_second(rng, 5),
        low: a_second(rng, 40),
        high: a_second(rng, 400),
    }
}

/// The rate at a share of what is lent out, as the curve's two lines say.
fn line(curve: &Kinked, share: Wide) -> Wide {
    let Kinked { kink, base, low, high } = *curve;
    let (kink, unit) = (wide(kink), wide(WAD));
    let below = wide(base) + wide(low) * share.min(kink) / unit;
    below + wide(high) * share.saturating_sub(kink) / unit
}

/// Debt over supply in 1e-18, of both totals in what is stored.
fn share(totals: &CometTotals) -> Wide {
    let grown = |principal: U256, at: U256| wide(principal) * wide(at) / index();
    let supplied = grown(totals.supply_principal, totals.supply_index);
    let owed = grown(totals.borrow_principal, totals.borrow_index);
    if supplied.is_zero() { supplied } else { owed * wide(WAD) / supplied }
}

/// A market that has been used, its curves, and the seconds since its interest was booked.
fn market(rng: &mut Rng) -> (CometTotals, [Kinked; 2], u64) {
    let started = |rng: &mut Rng| U256::from(1_000_000_000_000_000 + rng.below(1 << 51));
    let supply_principal = rng.bits(1, 100);
    let totals = CometTotals {
        supply_index: started(rng),
        borrow_index: started(rng),
        supply_principal,
        borrow_principal: rng.upto(supply_principal + supply_principal / U256::from(9)),
        last_accrual: 1_700_000_000,
    };
    let seconds = rng.pick(&[0, 12, 3_600, 86_400, 86_400 * 365]);
    (totals, [kinked(rng), kinked(rng)], seconds)
}

/// Whether both indices have grown by the floor of what their lines say.
fn has_grown(before: &CometTotals, after: &CometTotals, curves: &[Kinked; 2], s: u64) -> bool {
    let grown = |curve, from: U256, to: U256| {
        let growth = wide(from) * line(curve, share(before)) * small(s);
        is_floor(to - from, growth, wide(WAD))
    };
    grown(&curves[0], before.supply_index, after.supply_index)
        && grown(&curves[1], before.borrow_index, after.borrow_index)
}

/// Whether a borrower's stored debt is rounded up.
fn is_ceiling(totals: &CometTotals, owed: U256) -> bool {
    let (by, whole) = (wide(totals.borrow_index), wide(owed) * index());
    totals
        .borrow_principal_of(owed)
        .map(wide)
        .is_none_or(|stored| stored * by >= whole && (stored - Wide::ONE) * by < whole)
}

/// A supply, and a withdrawal of some of it; whether there was one.
fn supplies(rng: &mut Rng, totals: CometTotals, supply_rate: Kinked) -> bool {
    let figures = CompoundFigures {
        id: VenueId::new("comet"),
        comet: Address::repeat_byte(1),
        base: Address::repeat_byte(2),
        totals,
        supply_rate,
        cash: rng.bits(1, 100),
        supply_paused: false,
        withdraw_paused: false,
    };
    let (cash, venue) = (figures.cash, CompoundV3::new(figures));
    let swap = Swap { from: 0, to: 1, amount: rng.bits(1, 95) };
    let Ok(quote) = venue.quote(swap) else { return false };
    let (at, principal, case) = (wide(totals.supply_index), quote.shares.unwrap(), (swap, &totals));
    assert!(is_floor(principal, wide(swap.amount) * index(), at), "{case:?}");
    assert!(is_floor(quote.out, wide(principal) * at, index()), "{case:?}");
    let supply_principal = totals.supply_principal + principal;
    let then = line(&supply_rate, share(&CometTotals { supply_principal, ..totals }));
    let a_year = then * small(31_536_000) * small(1_000_000_000);
    assert_eq!(venue.rate_after(1, swap.amount).map(wide), Some(a_year), "{case:?}");
    let amount = rng.upto(quote.out);
    match venue.quote(Swap { from: 1, to: 0, amount }) {
        _ if amount.is_zero() => {}
        Ok(paid) => {
            assert!(paid.out == amount && amount <= cash, "{case:?}");
            let left = venue.rebase(1).unwrap().left(principal, amount).unwrap();
            assert!(is_floor(left, wide(quote.out - amount) * index(), at), "{case:?} {amount}");
        }
        Err(_) => assert!(amount > cash, "{case:?} {amount}"),
    }
    assert!(is_ceiling(&totals, swap.amount), "{case:?}");
    true
}

#[test]
fn compound_pays_what_its_equations_leave() {
    let (mut rng, seed) = seeded();
    let (mut done, mut refused) = (0, 0);
    while done < CASES {
        let (stored, curves, seconds) = market(&mut rng);
        let now = stored.last_accrual + seconds;
        let Some(totals) = stored.accrued(&curves[0], &curves[1], now) else {
            refused += 1;
            continue;
        };
        let grown = has_grown(&stored, &totals, &curves, seconds);
        assert!(grown, "{seed}: {stored:?} {curves:?} {seconds}");
        let supplied = supplies(&mut rng, totals, curves[0]);
        (done, refused) = (done + usize::from(supplied), refused + usize::from(!supplied));
    }
    println!("| Compound III | equations | {done} | {refused} | 0 |");
    assert!(refused < done, "{seed}: {refused}");
}
