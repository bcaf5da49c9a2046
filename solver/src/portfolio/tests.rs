//! Optima that can be computed by hand.

use super::*;

pub(super) fn position<'a>(value: impl Curve + 'a) -> Position<'a> {
    Position { value: Box::new(value), fixed_cost: 0.0, least: 0.0, most: f64::INFINITY }
}

/// Grows by `rate` on the first unit, and by less the more there is.
pub(super) fn crowded(rate: f64, depth: f64) -> impl Curve {
    Functions {
        value: move |a: f64| (1.0 + rate) * a - rate * a * a / (2.0 * depth),
        slope: move |a: f64| 1.0 + rate - rate * a / depth,
    }
}

pub(super) fn amount<'a>(position: usize, weight: f64) -> Term<'a> {
    Term { position, weight, measure: Measure::Amount }
}

pub(super) fn curve<'a>(position: usize, weight: f64, curve: impl Curve + 'a) -> Term<'a> {
    Term { position, weight, measure: Measure::Curve(Box::new(curve)) }
}

pub(super) fn limit<'a>(name: &str, terms: Vec<Term<'a>>, bound: Bound) -> Limit<'a> {
    Limit { name: name.to_owned(), terms, bound }
}

fn hold_and_stake<'a>(limits: Vec<Limit<'a>>) -> Program<'a> {
    Program { amount: 100.0, positions: vec![position(Line(1.0)), position(Line(1.01))], limits }
}

#[track_caller]
fn close(is: f64, should: f64) {
    assert!((is - should).abs() <= 1e-8 * should.abs().max(1.0), "{is} should be {should}");
}

#[track_caller]
fn all_close(is: &[f64], should: &[f64]) {
    assert_eq!(is.len(), should.len());
    is.iter().zip(should).for_each(|(is, should)| close(*is, *should));
}

#[test]
fn without_limits_the_best_position_takes_all() {
    let best = solve(&hold_and_stake(Vec::new())).unwrap();
    all_close(&best.amounts, &[0.0, 100.0]);
    close(best.value, 101.0);
    assert_eq!(best.binding, []);
}

#[test]
fn a_cap_binds_at_the_difference_of_slopes() {
    let cap = limit("protocol", vec![amount(1, 1.0)], Bound::AtMost(60.0));
    let best = solve(&hold_and_stake(vec![cap])).unwrap();
    all_close(&best.amounts, &[40.0, 60.0]);
    close(best.value, 100.6);
    close(best.binding[0].price, 0.01);
    close(best.binding[0].cost, 0.4);
}

#[test]
fn a_limit_far_off_is_not_mentioned() {
    let cap = limit("protocol", vec![amount(0, 1.0)], Bound::AtMost(60.0));
    assert_eq!(solve(&hold_and_stake(vec![cap])).unwrap().binding, []);
}

#[test]
fn a_crowded_position_is_filled_to_where_holding_is_as_good() {
    // 1.02 - 0.02 a / 30 = 1.005 at a = 22.5.
    let positions = vec![position(Line(1.005)), position(crowded(0.02, 30.0))];
    let best = solve(&Program { amount: 100.0, positions, limits: vec![] }).unwrap();
    assert!((best.amounts[1] - 22.5).abs() < 1e-2, "{:?}", best.amounts);
    close(best.value, 100.5 + 0.015 * 22.5 / 2.0);
    assert!(best.bound >= best.value && best.bound - best.value < 1e-9 * best.value, "{best:?}");
}

#[test]
fn gas_is_paid_only_where_it_pays() {
    let with_gas = |gas| {
        let mut program = hold_and_stake(Vec::new());
        program.positions[1].fixed_cost = gas;
        solve(&program).unwrap()
    };
    all_close(&with_gas(0.9).amounts, &[0.0, 100.0]);
    close(with_gas(0.9).value, 100.1);
    all_close(&with_gas(1.1).amounts, &[100.0, 0.0]);
    close(with_gas(1.1).value, 100.0);
}

#[test]
fn a_ticket_above_its_cap_is_not_bought_and_the_cap_is_named() {
    let cap = limit("protocol", vec![amount(1, 1.0)], Bound::AtMost(60.0));
    let mut program = hold_and_stake(vec![cap]);
    program.positions[1].least = 70.0;
    let best = solve(&program).unwrap();
    all_close(&best.amounts, &[100.0, 0.0]);
    let [shadow] = best.binding[..] else { panic!("{best:?}") };
    close(shadow.price, 0.0);
    close(shadow.cost, 1.0);
}

#[test]
fn a_ticket_not_worth_it_stays_out() {
    // Worth it for its first 30, at a loss beyond 60.
    let mut dear = position(crowded(0.01, 30.0));
    dear.least = 61.0;
    let positions = vec![position(Line(1.0)), dear];
    let best = solve(&Program { amount: 100.0, positions, limits: vec![] }).unwrap();
    all_close(&best.amounts, &[100.0, 0.0]);
}

#[test]
fn half_liquid_within_the_hour_holds_half() {
    let liquid = limit("liquidity", vec![amount(0, 1.0)], Bound::AtLeast(50.0));
    let best = solve(&hold_and_stake(vec![liquid])).unwrap();
    all_close(&best.amounts, &[50.0, 50.0]);
    close(best.binding[0].price, 0.01);
    close(best.binding[0].cost, 0.5);
}

#[test]
fn what_sells_in_time_counts_as_liquid() {
    // The stake sells a - a^2 / 200 within the hour: 100 - a + a - a^2 / 200 = 80 at a^2 = 4000.
    let sells = Functions { value: |a| a - a * a / 200.0, slope: |a| 1.0 - a / 100.0 };
    let terms = vec![amount(0, 1.0), curve(1, 1.0, sells)];
    let best =
        solve(&hold_and_stake(vec![limit("liquidity", terms, Bound::AtLeast(80.0))])).unwrap();
    let staked = 4000_f64.sqrt();
    assert!((best.amounts[1] - staked).abs() < 1e-5, "{:?}", best.amounts);
    // d a / d share: a unit less of liquidity is 100 / a more of stake.
    let price = best.binding[0].price;
    assert!((price - 0.01 * 100.0 / staked).abs() < 1e-6, "{price}");
    close(best.binding[0].cost, 0.01 * (100.0 - best.amounts[1]));
}

#[test]
fn limits_that_contradict_are_named_and_no_others() {
    let limits = vec![
        limit("tier", vec![amount(1, 1.0)], Bound::AtMost(90.0)),
        limit("protocol", vec![amount(1, 1.0)], Bound::AtMost(40.0)),
        limit("leverage", vec![amount(0, 1.0), amount(1, 1.0)], Bound::AtMost(100.0)),
        limit("liquidity", vec![amount(0, 1.0)], Bound::AtMost(50.0)),
    ];
    let error = solve(&hold_and_stake(limits)).unwrap_err();
    let ProgramError::Infeasible { limits, .. } = &error else { panic!("{error}") };
    assert_eq!(limits, &[1, 3]);
    assert_eq!(error.to_string(), "no allocation keeps all of: protocol, liquidity");
}

#[test]
fn positions_that_cannot_take_it_all_conflict_with_no_limit() {
    let mut program = hold_and_stake(Vec::new());
    program.positions.iter_mut().for_each(|p| p.most = 40.0);
    let error = solve(&program).unwrap_err();
    assert_eq!(error, ProgramError::Infeasible { limits: vec![], names: vec![] });
    program.positions.clear();
    assert_eq!(solve(&program).unwrap_err(), error);
}

#[test]
fn of_two_equal_limits_neither_alone_costs() {
    let cap = || limit("cap", vec![amount(1, 1.0)], Bound::AtMost(60.0));
    let best = solve(&hold_and_stake(vec![cap(), cap()])).unwrap();
    close(best.value, 100.6);
    for shadow in best.binding {
        assert_eq!((shadow.price, shadow.cost), (0.0, 0.0));
    }
}

#[test]
fn a_limit_that_leaves_one_amount_is_kept() {
    let terms = || vec![amount(1, 1.0)];
    let limits = vec![
        limit("at most", terms(), Bound::AtMost(30.0)),
        limit("at least", terms(), Bound::AtLeast(30.0)),
    ];
    all_close(&solve(&hold_and_stake(limits)).unwrap().amounts, &[70.0, 30.0]);
}

#[test]
fn a_kink_is_enveloped_first() {
    // Nothing on the first 50, 2 % on the next 50: the envelope promises 1 % all along.
    let kinked = Polyline::envelope(&[(50.0, 50.0), (100.0, 101.0)]).unwrap();
    let positions = vec![position(Line(1.0)), position(kinked)];
    let best = solve(&Program { amount: 100.0, positions, limits: vec![] }).unwrap();
    all_close(&best.amounts, &[0.0, 100.0]);
}

#[test]
fn what_is_no_number_is_refused() {
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0];
    for x in odd {
        let broken: [fn(&mut Program<'_>, f64); 4] = [
            |p, x| p.amount = x,
            |p, x| p.positions[0].fixed_cost = x,
            |p, x| p.positions[0].least = x,
            |p, x| p.positions[1].value = Box::new(Line(if x == -1.0 { f64::NAN } else { x })),
        ];
        for breaks in broken {
            let mut program = hold_and_stake(Vec::new());
            breaks(&mut program, x);
            let error = solve(&program).unwrap_err();
            assert!(matches!(error, ProgramError::Malformed { .. }), "{x}: {error}");
        }
    }
    for x in [f64::NAN, -1.0] {
        let mut program = hold_and_stake(Vec::new());
        program.positions[0].most = x;
        assert!(matches!(solve(&program), Err(ProgramError::Malformed { .. })), "{x}");
    }
    for (term, bound) in [
        (amount(0, f64::NAN), Bound::AtMost(1.0)),
        (amount(0, f64::INFINITY), Bound::AtMost(1.0)),
        (amount(0, 1.0), Bound::AtMost(f64::NAN)),
        (amount(0, 1.0), Bound::AtLeast(f64::NEG_INFINITY)),
        (amount(2, 1.0), Bound::AtMost(1.0)),
        (curve(0, 1.0, Line(1.0)), Bound::AtMost(1.0)),
        (curve(0, -1.0, Line(1.0)), Bound::AtLeast(1.0)),
        (curve(0, 1.0, Line(f64::NAN)), Bound::AtLeast(1.0)),
    ] {
        let program = hold_and_stake(vec![limit("odd", vec![term], bound)]);
        let error = solve(&program).unwrap_err();
        assert!(matches!(error, ProgramError::Malformed { part: Part::Limit(0), .. }), "{error}");
    }
}

#[test]
fn a_curve_that_bends_up_or_starts_high_is_refused() {
    let convex = Functions { value: |a| a * a, slope: |a| 2.0 * a };
    let lifted = Functions { value: |a| a + 50.0, slope: |_| 1.0 };
    let of = |curve: Position<'static>| {
        let positions = vec![position(Line(1.0)), curve];
        solve(&Program { amount: 100.0, positions, limits: vec![] }).unwrap_err().to_string()
    };
    assert_eq!(of(position(convex)), "position 1: its curve is not concave");
    assert_eq!(of(position(lifted)), "position 1: its curve is not zero at zero");
}

#[test]
fn figures_out_of_all_scale_do_not_panic() {
    for size in [1e-300, 1e-30, 1e30, 1e300] {
        let mut program =
            hold_and_stake(vec![limit("l", vec![amount(1, size)], Bound::AtMost(size))]);
        program.positions[1].fixed_cost = size;
        let _ = solve(&program);
        program.positions[0].least = size;
        let _ = solve(&program);
        program.amount = size;
        let _ = solve(&program);
        program.positions[1].value = Box::new(Line(size));
        let _ = solve(&program);
    }
}
