//! The closed forms against the reference's worked numbers, and laws that hold between them.

use proptest::prelude::*;
use tenor_solver::leverage::{
    LeverageError,
    formulas::{
        break_even, carry_to_liquidation_s, equity_loss, equity_rate, health_after, health_at,
        liquidation_loss, loan_to_value, most_by_health, most_by_limit, price_drop, utilisation,
    },
};

const DAY_S: f64 = 86_400.0;

#[track_caller]
fn near(got: f64, wanted: f64, within: f64) {
    assert!((got - wanted).abs() <= within, "{got}, not {wanted}");
}

/// `venue_vectors.txt`: "leverage LT.965 HF1.01 (Aave forum says 22.44): 22.44  LT.95 (forum 16.83):
/// 16.83", "loop apr y=2.7% b=2.4% L=10: 0.05400000000000002  breakeven borrow: 0.030000000000000002",
/// "collateral price drop to liquidation LT.95 L=10: 0.052631578947368474".
#[test]
fn the_reference_vectors_are_reproduced() {
    near(most_by_health(0.965, 1.01).unwrap(), 22.44, 0.005);
    near(most_by_health(0.95, 1.01).unwrap(), 16.83, 0.005);
    near(equity_rate(10.0, 0.027, 0.024).unwrap(), 0.054_000_000_000_000_02, 1e-15);
    near(break_even(10.0, 0.027).unwrap(), 0.030_000_000_000_000_002, 1e-15);
    near(price_drop(10.0, 0.95).unwrap(), 0.052_631_578_947_368_474, 1e-15);
}

/// `YIELD_AND_RISK`, section 10: HF 1.05 falls to 1 in about 254 days at a carry of -7 %, in 119 at
/// -15 %; 18 % of interest on L 10 at 2.7 % is -135 % a year, -0.37 % a day; a discount of 0.3 % on
/// L 10 takes 3 %.
#[test]
fn the_worked_checks_are_reproduced() {
    let days = |paid: f64| carry_to_liquidation_s(1.05, 0.03, paid).unwrap().unwrap() / DAY_S;
    near(days(0.10), 254.0, 1.0);
    near(days(0.18), 119.0, 0.5);
    let spike = equity_rate(10.0, 0.027, 0.18).unwrap();
    near(spike, -1.35, 1e-12);
    near(spike / 365.0, -0.0037, 5e-5);
    near(equity_loss(10.0, 0.003).unwrap(), 0.03, 1e-15);
    near(most_by_limit(0.93).unwrap(), 14.2857, 1e-4);
    assert_eq!(carry_to_liquidation_s(1.05, 0.03, 0.03).unwrap(), None);
}

/// By hand: at a threshold of 0.95 and leverage 3, collateral worth 2 / 0.95 secures 2 that can be
/// liquidated; a bonus of 1 % takes 2.02 of it.
#[test]
fn a_liquidation_takes_its_bonus() {
    near(liquidation_loss(3.0, 0.95, 0.01).unwrap(), 1.0 - (2.0 / 0.95 - 2.02), 1e-12);
    near(liquidation_loss(10.0, 0.95, 0.15).unwrap(), 1.0, 0.0);
    near(liquidation_loss(1.0, 0.95, 0.01).unwrap(), 0.0, 0.0);
    let refused = liquidation_loss(3.0, 0.95, -0.01).unwrap_err();
    assert!(matches!(refused, LeverageError::Share { .. }), "{refused}");
}

#[test]
fn what_cannot_be_is_an_error() {
    use LeverageError as E;
    assert!(matches!(equity_rate(0.99, 0.03, 0.02), Err(E::BelowOne(_))));
    assert!(matches!(equity_rate(f64::NAN, 0.03, 0.02), Err(E::BelowOne(_))));
    assert!(matches!(equity_rate(2.0, -0.01, 0.02), Err(E::Rate { .. })));
    assert!(matches!(equity_rate(2.0, 0.03, -0.02), Err(E::Rate { .. })));
    assert!(matches!(break_even(2.0, 11.0), Err(E::Rate { .. })));
    assert!(matches!(break_even(2.0, f64::INFINITY), Err(E::Rate { .. })));
    assert!(matches!(most_by_health(0.95, 0.99), Err(E::Unhealthy(_))));
    assert!(matches!(carry_to_liquidation_s(0.9, 0.03, 0.05), Err(E::Unhealthy(_))));
    assert!(matches!(price_drop(30.0, 0.95), Err(E::Unhealthy(health)) if health < 1.0));
    assert!(matches!(most_by_limit(1.0), Err(E::Share { .. })));
    assert!(matches!(equity_loss(2.0, -0.1), Err(E::Share { .. })));
    assert!(matches!(loan_to_value(20.0, 0.93), Err(E::AboveLimit { .. })));
    near(loan_to_value(10.0, 0.93).unwrap(), 0.9, 1e-12);
    assert!(matches!(utilisation(1.01), Err(E::OverUsed(_))));
    for error in [E::BelowOne(0.5), E::Unhealthy(0.9), E::OverUsed(1.2)] {
        let line = error.to_string();
        assert!(!line.ends_with('.') && !line.contains('\n'), "{line}");
    }
}

proptest! {
    /// What the equity earns is a straight line over the leverage: the middle of two is their mean.
    #[test]
    fn the_equitys_rate_is_linear(
        a in 1.0..20.0f64, b in 1.0..20.0f64, earned in 0.0..0.2f64, paid in 0.0..0.5f64,
    ) {
        let at = |l| equity_rate(l, earned, paid).unwrap();
        prop_assert!((at((a + b) / 2.0) - (at(a) + at(b)) / 2.0).abs() < 1e-9);
        // Independently: the whole earns, the borrowed part pays.
        prop_assert!((at(a) - (earned + (a - 1.0) * (earned - paid))).abs() < 1e-9);
    }

    /// More leverage is less health, a lower rate to break even at, and a smaller fall to liquidation.
    #[test]
    fn more_leverage_stands_less(
        a in 1.01..14.0f64, more in 1.001..1.4f64, earned in 0.001..0.2f64, threshold in 0.5..0.99f64,
    ) {
        let b = a * more;
        prop_assert!(health_at(b, threshold).unwrap() < health_at(a, threshold).unwrap());
        prop_assert!(break_even(b, earned).unwrap() < break_even(a, earned).unwrap());
        if let Ok(fall) = price_drop(b, threshold) {
            prop_assert!(fall < price_drop(a, threshold).unwrap());
            // At that fall the health factor is one.
            let health = health_at(b, threshold).unwrap() * (1.0 - fall);
            prop_assert!((health - 1.0).abs() < 1e-9, "{health}");
            // A liquidation there loses what the fall does, and the bonus on all that was owed.
            let lost = b * fall + 0.01 * (b - 1.0);
            prop_assert!((liquidation_loss(b, threshold, 0.01).unwrap() - lost.min(1.0)).abs() < 1e-9);
        }
        prop_assert!(break_even(b, earned).unwrap() > earned);
    }

    /// At the rate that breaks even the equity earns nothing, and at the time that interest takes the
    /// health factor is one.
    #[test]
    fn both_ends_meet(
        at in 1.01..20.0f64, earned in 0.0..0.2f64, start in 1.001..3.0f64, carry in 0.001..0.5f64,
    ) {
        let paid = break_even(at, earned).unwrap();
        if paid <= 10.0 {
            prop_assert!(equity_rate(at, earned, paid).unwrap().abs() < 1e-9);
        }
        let paid = earned + carry;
        let s = carry_to_liquidation_s(start, earned, paid).unwrap().unwrap();
        let whole = u64::try_from(tenor_solver::amount::from_f64(s)).unwrap();
        let health = health_after(start, earned, paid, whole).unwrap();
        prop_assert!((health - 1.0).abs() < 1e-6, "{health}");
    }

    /// The leverage that a health factor allows has that health factor.
    #[test]
    fn a_target_is_met(threshold in 0.3..0.99f64, target in 1.0..2.0f64) {
        let at = most_by_health(threshold, target).unwrap();
        prop_assert!((health_at(at, threshold).unwrap() / target - 1.0).abs() < 1e-9);
    }
}
