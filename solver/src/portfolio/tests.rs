//! Optima that can be computed by hand.

use super::*;

/// A function of an amount.
pub(super) type Curve = Box<dyn Fn(f64) -> f64>;

/// A position of some value, without what it counts.
pub(super) fn position(value: impl Fn(f64) -> f64 + 'static) -> Position<'static> {
    let at = move |amount| Some(Sample { value: value(amount), counts: Vec::new() });
    Position { at: Box::new(at), fixed_cost: 0.0, least: 0.0, most: f64::INFINITY }
}

pub(super) fn line(rate: f64) -> impl Fn(f64) -> f64 {
    move |amount| rate * amount
}

/// Grows by `rate` on the first unit, and by less the more there is.
pub(super) fn crowded(rate: f64, depth: f64) -> impl Fn(f64) -> f64 {
    move |a| (1.0 + rate) * a - rate * a * a / (2.0 * depth)
}

/// Adds a limit to a program: what each of some positions counts towards it.
pub(super) fn limit(
    program: &mut Program<'static>,
    name: &str,
    bound: Bound,
    mut terms: Vec<(usize, Curve)>,
) {
    program.limits.push(Limit { name: name.to_owned(), bound });
    for (nth, position) in program.positions.iter_mut().enumerate() {
        let term = terms.iter().position(|(of, _)| *of == nth).map(|at| terms.swap_remove(at).1);
        let before = std::mem::replace(&mut position.at, Box::new(|_| None));
        position.at = Box::new(move |amount| {
            let mut sample = before(amount)?;
            sample.counts.push(term.as_ref().map_or(0.0, |term| term(amount)));
            Some(sample)
        });
    }
}

pub(super) fn amount(position: usize, weight: f64) -> (usize, Curve) {
    (position, Box::new(line(weight)))
}

fn program(positions: Vec<Position<'static>>) -> Program<'static> {
    Program { amount: 100.0, positions, limits: Vec::new() }
}

fn hold_and_stake() -> Program<'static> {
    program(vec![position(line(1.0)), position(line(1.01))])
}

fn capped(name: &str, most: f64) -> Program<'static> {
    let mut program = hold_and_stake();
    limit(&mut program, name, Bound::AtMost(most), vec![amount(1, 1.0)]);
    program
}

#[track_caller]
fn close(is: f64, should: f64) {
    assert!((is - should).abs() <= 1e-7 * should.abs().max(1.0), "{is} should be {should}");
}

#[track_caller]
fn all_close(is: &[f64], should: &[f64]) {
    assert_eq!(is.len(), should.len());
    is.iter().zip(should).for_each(|(is, should)| close(*is, *should));
}

#[test]
fn without_limits_the_best_position_takes_all() {
    let best = solve(&hold_and_stake()).unwrap();
    all_close(&best.amounts, &[0.0, 100.0]);
    close(best.value, 101.0);
    assert_eq!(best.binding, []);
}

#[test]
fn a_cap_binds_at_the_difference_of_slopes() {
    let best = solve(&capped("protocol", 60.0)).unwrap();
    all_close(&best.amounts, &[40.0, 60.0]);
    close(best.value, 100.6);
    close(best.binding[0].price, 0.01);
    close(best.binding[0].cost, 0.4);
}

#[test]
fn a_limit_far_off_is_not_mentioned() {
    let mut program = hold_and_stake();
    limit(&mut program, "protocol", Bound::AtMost(60.0), vec![amount(0, 1.0)]);
    assert_eq!(solve(&program).unwrap().binding, []);
}

#[test]
fn a_crowded_position_is_filled_to_where_holding_is_as_good() {
    // 1.02 - 0.02 a / 30 = 1.005 at a = 22.5.
    let best = solve(&program(vec![position(line(1.005)), position(crowded(0.02, 30.0))])).unwrap();
    assert!((best.amounts[1] - 22.5).abs() < 0.05, "{:?}", best.amounts);
    close(best.value, 100.5 + 0.015 * 22.5 / 2.0);
    assert!(best.bound >= best.value && best.bound - best.value < 1e-7 * best.value, "{best:?}");
}

#[test]
fn gas_is_paid_only_where_it_pays() {
    let with_gas = |gas| {
        let mut program = hold_and_stake();
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
    let mut program = capped("protocol", 60.0);
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
    let best = solve(&program(vec![position(line(1.0)), dear])).unwrap();
    all_close(&best.amounts, &[100.0, 0.0]);
}

#[test]
fn half_liquid_within_the_hour_holds_half() {
    let mut program = hold_and_stake();
    limit(&mut program, "liquidity", Bound::AtLeast(50.0), vec![amount(0, 1.0)]);
    let best = solve(&program).unwrap();
    all_close(&best.amounts, &[50.0, 50.0]);
    close(best.binding[0].price, 0.01);
    close(best.binding[0].cost, 0.5);
}

#[test]
fn what_sells_in_time_counts_as_liquid() {
    // The stake sells a - a^2 / 200 within the hour: 100 - a + a - a^2 / 200 = 80 at a^2 = 4000.
    let sells: Curve = Box::new(|a| a - a * a / 200.0);
    let mut program = hold_and_stake();
    limit(&mut program, "liquidity", Bound::AtLeast(80.0), vec![amount(0, 1.0), (1, sells)]);
    let best = solve(&program).unwrap();
    let staked = 4000_f64.sqrt();
    assert!((best.amounts[1] - staked).abs() < 1e-4, "{:?}", best.amounts);
    // d a / d share: a unit less of liquidity is 100 / a more of stake.
    let price = best.binding[0].price;
    assert!((price - 0.01 * 100.0 / staked).abs() < 1e-4, "{price}");
    close(best.binding[0].cost, 0.01 * (100.0 - best.amounts[1]));
}

#[test]
fn limits_that_contradict_are_named_and_no_others() {
    let mut program = capped("tier", 90.0);
    limit(&mut program, "protocol", Bound::AtMost(40.0), vec![amount(1, 1.0)]);
    let both = vec![amount(0, 1.0), amount(1, 1.0)];
    limit(&mut program, "leverage", Bound::AtMost(100.0), both);
    limit(&mut program, "liquidity", Bound::AtMost(50.0), vec![amount(0, 1.0)]);
    let error = solve(&program).unwrap_err();
    let ProgramError::Infeasible { limits, .. } = &error else { panic!("{error}") };
    assert_eq!(limits, &[1, 3]);
    assert_eq!(error.to_string(), "no allocation keeps all of: protocol, liquidity");
}

#[test]
fn positions_that_cannot_take_it_all_conflict_with_no_limit() {
    let mut program = hold_and_stake();
    program.positions.iter_mut().for_each(|p| p.most = 40.0);
    let error = solve(&program).unwrap_err();
    assert_eq!(error, ProgramError::Infeasible { limits: vec![], names: vec![] });
    program.positions.clear();
    assert_eq!(solve(&program).unwrap_err(), error);
}

#[test]
fn of_two_equal_limits_neither_alone_costs() {
    let mut program = capped("cap", 60.0);
    limit(&mut program, "cap", Bound::AtMost(60.0), vec![amount(1, 1.0)]);
    let best = solve(&program).unwrap();
    close(best.value, 100.6);
    for shadow in best.binding {
        assert_eq!((shadow.price, shadow.cost), (0.0, 0.0));
    }
}

#[test]
fn what_is_no_number_is_refused() {
    for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0] {
        let broken: [fn(&mut Program<'_>, f64); 4] = [
            |p, x| p.amount = x,
            |p, x| p.positions[0].fixed_cost = x,
            |p, x| p.positions[0].least = x,
            |p, x| p.positions[1] = position(line(if x == -1.0 { f64::NAN } else { x })),
        ];
        for breaks in broken {
            let mut program = hold_and_stake();
            breaks(&mut program, x);
            let error = solve(&program).unwrap_err();
            assert!(matches!(error, ProgramError::Malformed { .. }), "{x}: {error}");
        }
    }
    for x in [f64::NAN, -1.0] {
        let mut program = hold_and_stake();
        program.positions[0].most = x;
        assert!(matches!(solve(&program), Err(ProgramError::Malformed { .. })), "{x}");
    }
    let uncounted = Limit { name: "odd".into(), bound: Bound::AtMost(1.0) };
    for limits in [vec![uncounted], capped("odd", f64::NAN).limits] {
        let program = Program { limits, ..hold_and_stake() };
        assert!(matches!(solve(&program), Err(ProgramError::Malformed { .. })));
    }
    let mut unknown = hold_and_stake();
    unknown.positions[1].at = Box::new(|_| None);
    assert!(matches!(solve(&unknown), Err(ProgramError::Malformed { .. })));
}

#[test]
fn figures_out_of_all_scale_do_not_panic() {
    for size in [1e-300, 1e-30, 1e30, 1e300] {
        let mut program = hold_and_stake();
        limit(&mut program, "l", Bound::AtMost(size), vec![amount(1, size)]);
        program.positions[1].fixed_cost = size;
        let _ = solve(&program);
        program.positions[0].least = size;
        let _ = solve(&program);
        program.amount = size;
        let _ = solve(&program);
    }
}
