//! The shape of what happened to yETH on 2025-11-30.
//!
//! Public (defimon.xyz, "yearn-yeth-hack-november-2025"; blocksec.com, "yearn-finance-incident-unsafe-
//! arithmetic-in-the-invariant-solver-earns-its-name"): about 9 million dollars were lost from a pool of
//! eight staking tokens. Its solver carried the product term from step to step instead of computing it
//! from the balances, `D' = (A f^n sum - D p) / (A f^n - 1)` and `p' = p (D' / D)^n`, with unchecked
//! arithmetic and no check that it converged. From unbalanced states the ratio became so small that
//! the product rounded to zero, which left a constant sum and minted too much; later the subtraction
//! went below zero and minted some 2.35e56 tokens.
//!
//! Our reconstruction: equal weights, the balances and the invariants that the solver starts from. The
//! solver below is written from the two published equations, not from the contract.

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::{WAD, to_f64},
    venues::{
        CurveNg, CurveNgFigures, DenominatorForm, QuoteError, StableSwap, StableSwapError, Swap,
        Venue, VenueId,
    },
};

const N: usize = 8;

/// `A f^n`, in 18 decimals.
fn amplification() -> U256 {
    U256::from(450) * WAD
}

/// Seven balances of a thousand ether and one of a millionth of that.
fn balances() -> Vec<U256> {
    let mut balances = vec![U256::from(1000) * WAD; N];
    balances[N - 1] = WAD / U256::from(1000);
    balances
}

fn sum(balances: &[U256]) -> U256 {
    balances.iter().fold(U256::ZERO, |sum, balance| sum + *balance)
}

/// `(D / n)^n` over the product of the balances, in 18 decimals.
fn product(d: U256, balances: &[U256]) -> U256 {
    balances.iter().fold(WAD, |product, x| product * (d / U256::from(N)) / *x)
}

/// One step as the published equations have it, unchecked.
fn carried(sum: U256, d: U256, product: U256) -> (U256, U256) {
    let amp = amplification();
    let left = (amp * sum).wrapping_sub(d.wrapping_mul(product));
    let next = left / (amp - WAD);
    let shrunk = (0..N).fold(product, |product, _| product.wrapping_mul(next) / d);
    (next, shrunk)
}

/// An invariant from which the step almost, and just, reaches nothing.
fn edge(balances: &[U256]) -> U256 {
    let aim = amplification() * sum(balances);
    let (mut low, mut high) = (U256::ONE, sum(balances));
    while high - low > U256::ONE {
        let middle = (low + high) / U256::from(2);
        *(if middle * product(middle, balances) <= aim { &mut low } else { &mut high }) = middle;
    }
    low
}

fn formula() -> StableSwap {
    let amp_scaled = U256::from(450 * 100) / U256::from(N);
    let form = DenominatorForm::AfterProduct;
    StableSwap { amp_scaled, fee_1e10: U256::ZERO, admin_fee_1e10: U256::ZERO, form }
}

/// The steps that carry the product lose it; ours, from the same balances, finds the invariant.
#[test]
fn a_product_that_is_carried_is_lost_and_ours_is_not() {
    let balances = balances();
    let start = edge(&balances);
    let (next, lost) = carried(sum(&balances), start, product(start, &balances));
    assert_eq!(lost, U256::ZERO, "the product is rounded away");
    let (minted, _) = carried(sum(&balances), next.max(U256::ONE), lost);
    assert!(minted > sum(&balances), "a constant sum: {minted}");
    let ours = formula().invariant(&balances).unwrap();
    assert!(ours < sum(&balances) && ours * U256::from(10) < minted * U256::from(9), "{ours}");
    // It solves `A sum + D = A D + D^(n+1) / (n^n product)`.
    let (d, sum) = (to_f64(ours), to_f64(sum(&balances)));
    let times = balances.iter().fold(1.0, |times, x| times * d / (8.0 * to_f64(*x)));
    let ann = to_f64(formula().amp_scaled * U256::from(N)) / 100.0;
    let (left, right) = (ann * sum + d, ann * d + d * times);
    assert!((left / right - 1.0).abs() < 1e-9, "{left} {right}");
}

/// One unit further the subtraction goes below zero: unchecked it mints more than there ever was.
#[test]
fn what_goes_below_zero_is_an_error() {
    let balances = balances();
    let start = edge(&balances) + U256::from(1000);
    let (minted, _) = carried(sum(&balances), start, product(start, &balances));
    assert!(minted > U256::from(10).pow(U256::from(50)), "{minted}");
    // Ours subtracts nowhere in the invariant, and checked where a balance is sought.
    let ours = formula().balance_of(&balances, 0, 1, sum(&balances) * U256::from(1000), start);
    assert!(ours.is_ok_and(|left| left < balances[1]) || ours == Err(StableSwapError::Overflow));
}

/// The pool with one token drained to dust is refused, and so is a trade that would drain it.
#[test]
fn a_drained_pool_does_not_quote() {
    let pool = |least: U256| {
        let mut balances = balances();
        balances[N - 1] = least;
        CurveNg::new(CurveNgFigures {
            id: VenueId::new("drained"),
            pool: Address::ZERO,
            coins: (1..=8).map(Address::with_last_byte).collect(),
            balances,
            amp_scaled: formula().amp_scaled,
            rates: vec![WAD; N],
            fee_1e10: U256::from(4_000_000),
            multiplier_1e10: U256::from(20_000_000_000_u64),
            admin_fee_1e10: U256::ZERO,
        })
    };
    assert_eq!(pool(U256::ONE).unwrap_err(), StableSwapError::Dust);
    assert_eq!(pool(U256::ZERO).unwrap_err(), StableSwapError::Empty);
    let mut pool = pool(U256::from(1_000_000_000_u64)).unwrap();
    let all = Swap { from: 0, to: N - 1, amount: sum(&balances()) };
    let before = pool.balances()[N - 1];
    match pool.trade(all) {
        Ok(quote) => assert!(quote.out < before),
        Err(error) => assert!(!matches!(error, QuoteError::NotTraded { .. }), "{error}"),
    }
    let again = pool.quote(Swap { from: 1, to: N - 1, amount: WAD });
    assert!(again.is_err() || again.unwrap().out < before);
}
