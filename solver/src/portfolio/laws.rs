//! What holds for every program.

use std::{
    env,
    hash::{BuildHasher, RandomState},
};

use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestCaseError, TestRng, TestRunner},
};

use super::{
    tests::{Curve, amount, crowded, limit, position},
    *,
};

/// Steps of the grid that a search by hand looks at.
const GRID: u32 = 40;

/// A program as data, so that it can be built again, larger or looser.
#[derive(Debug, Clone)]
struct Draft {
    positions: Vec<PositionDraft>,
    limits: Vec<LimitDraft>,
}

#[derive(Debug, Clone)]
struct PositionDraft {
    rate: f64,
    depth: f64,
    gas: f64,
    least: f64,
    most: f64,
}

#[derive(Debug, Clone)]
struct LimitDraft {
    /// One for each position, as far as there are any.
    weights: Vec<f64>,
    /// Whether it asks for liquidity, where weights are depths, or caps a weighted sum.
    liquidity: bool,
    bound: f64,
}

fn positions() -> impl Strategy<Value = Vec<PositionDraft>> {
    let gas = prop_oneof![Just(0.0), 0.0..0.3];
    let least = prop_oneof![3 => Just(0.0), 1 => 1.0..60.0];
    let most = prop_oneof![Just(f64::INFINITY), 20.0..100.0];
    let one =
        (-0.01..0.05, 5.0..300.0, gas, least, most).prop_map(|(rate, depth, gas, least, most)| {
            PositionDraft { rate, depth, gas, least, most }
        });
    prop::collection::vec(one, 2..=4)
}

fn drafts() -> impl Strategy<Value = Draft> {
    let weights = prop::collection::vec(prop_oneof![Just(0.0), 0.1..2.0], 4);
    let one = (weights, any::<bool>(), 5.0..150.0)
        .prop_map(|(weights, liquidity, bound)| LimitDraft { weights, liquidity, bound });
    (positions(), prop::collection::vec(one, 0..=3))
        .prop_map(|(positions, limits)| Draft { positions, limits })
}

impl Draft {
    /// The program with amounts `times` as large and values in units `worth` as small.
    fn program(&self, times: f64, worth: f64) -> Program<'static> {
        let positions = self.positions.iter().map(|p| {
            let PositionDraft { rate, depth, .. } = *p;
            // A rate below zero is a plain loss: `crowded` would be convex.
            let plain =
                move |a| if rate < 0.0 { (1.0 + rate) * a } else { crowded(rate, depth)(a) };
            Position {
                fixed_cost: p.gas * worth,
                least: p.least * times,
                most: p.most * times,
                ..position(move |a| worth * plain(a / times))
            }
        });
        let mut program =
            Program { amount: 100.0 * times, positions: positions.collect(), limits: Vec::new() };
        for l in &self.limits {
            let terms = l.weights[..self.positions.len()].iter().enumerate();
            let terms = terms.filter(|(_, weight)| **weight > 0.0);
            if !l.liquidity && l.bound > 100.0 {
                // Of the whole, at most a part: nothing more than nothing.
                let part = l.bound / 200.0;
                let weights = l.weights[..self.positions.len()].iter();
                let own = weights.map(|w| f64::from(u8::from(*w > 0.0)) - part);
                let terms = own.enumerate().map(|(at, weight)| amount(at, weight)).collect();
                limit(&mut program, "share", Bound::AtMost(0.0), terms);
            } else if l.liquidity {
                let sells = |(at, &w): (usize, &f64)| -> (usize, Curve) {
                    (at, Box::new(sells(w * 50.0 * times)))
                };
                let bound = Bound::AtLeast(l.bound / 2.0 * times);
                limit(&mut program, "liquidity", bound, terms.map(sells).collect());
            } else {
                let terms = terms.map(|(at, &weight)| amount(at, weight)).collect();
                limit(&mut program, "cap", Bound::AtMost(l.bound * times), terms);
            }
        }
        program
    }

    fn solve(&self) -> Result<Allocation, ProgramError> {
        solve(&self.program(1.0, 1.0))
    }
}

/// What sells of an amount into a pool of some depth.
fn sells(depth: f64) -> impl Fn(f64) -> f64 {
    move |a| a * depth / (a + depth)
}

/// What amounts are worth, fixed costs paid, and what they count.
fn told(program: &Program<'_>, amounts: &[f64]) -> (f64, Vec<f64>) {
    let mut told = (0.0, vec![0.0; program.limits.len()]);
    for (position, &amount) in program.positions.iter().zip(amounts).filter(|(_, a)| **a > 0.0) {
        let sample = (position.at)(amount).unwrap();
        told.0 += sample.value - position.fixed_cost;
        told.1.iter_mut().zip(sample.counts).for_each(|(sum, count)| *sum += count);
    }
    told
}

/// By how much, of its size, the worst kept limit is exceeded.
fn excess(program: &Program<'_>, amounts: &[f64]) -> f64 {
    let of = |(limit, sum): (&Limit, f64)| match limit.bound {
        Bound::AtMost(bound) => (sum - bound) / bound.abs().max(sum.abs()).max(100.0),
        Bound::AtLeast(bound) => (bound - sum) / bound.abs().max(sum.abs()).max(100.0),
    };
    program.limits.iter().zip(told(program, amounts).1).map(of).fold(0.0, f64::max)
}

fn allowed(program: &Program<'_>, amounts: &[f64]) -> bool {
    let takes = |(p, a): (&Position<'_>, &f64)| *a == 0.0 || (p.least..=p.most).contains(a);
    program.positions.iter().zip(amounts).all(takes) && excess(program, amounts) <= 0.0
}

/// The best value on a grid.
fn searched(program: &Program<'_>) -> Option<f64> {
    let step = program.amount / f64::from(GRID);
    let mut best: Option<f64> = None;
    let mut visit = |amounts: &[f64]| {
        if allowed(program, amounts) {
            best = Some(best.unwrap_or(f64::NEG_INFINITY).max(told(program, amounts).0));
        }
    };
    each_split(program.positions.len(), GRID, step, &mut Vec::new(), &mut visit);
    best
}

fn each_split(
    positions: usize,
    left: u32,
    step: f64,
    amounts: &mut Vec<f64>,
    visit: &mut impl FnMut(&[f64]),
) {
    let last = amounts.len() + 1 == positions;
    for steps in if last { left } else { 0 }..=left {
        amounts.push(f64::from(steps) * step);
        if last {
            visit(amounts);
        } else {
            each_split(positions, left - steps, step, amounts, visit);
        }
        amounts.pop();
    }
}

/// Checks a law on `cases` inputs, from a seed that is printed; `TENOR_SEED` repeats it.
fn law<S: Strategy>(cases: u32, inputs: &S, holds: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let seed = env::var("TENOR_SEED")
        .map_or_else(|_| RandomState::new().hash_one(0), |seed| seed.parse().unwrap());
    println!("TENOR_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&u64::to_le_bytes(seed));
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    if let Err(failure) = TestRunner::new_with_rng(config, rng).run(inputs, holds) {
        panic!("TENOR_SEED={seed}: {failure}");
    }
}

/// The allocation keeps every limit, and nothing on a grid is worth more.
#[test]
fn no_split_on_a_grid_is_better() {
    law(400, &drafts(), |draft| {
        let program = draft.program(1.0, 1.0);
        match (solve(&program), searched(&program)) {
            (Ok(best), searched) => {
                let placed: f64 = best.amounts.iter().sum();
                prop_assert!((placed - 100.0).abs() <= 1e-6, "{placed} placed");
                for (p, a) in program.positions.iter().zip(&best.amounts) {
                    let fits = *a == 0.0 || (*a >= p.least - 1e-7 && *a <= p.most + 1e-7);
                    prop_assert!(fits, "{a} of {}..{}", p.least, p.most);
                }
                let over = excess(&program, &best.amounts);
                prop_assert!(over <= 2e-9, "over by {over}");
                prop_assert!(best.bound >= best.value);
                prop_assert!(best.bound - best.value <= 1e-7 * best.value, "{best:?}");
                let searched = searched.unwrap_or(f64::NEG_INFINITY);
                prop_assert!(best.value >= searched - 2e-5, "{best:?} is less than {searched}");
                prop_assert!(best.bound >= searched - 1e-6);
            }
            (Err(ProgramError::Infeasible { .. }), searched) => prop_assert_eq!(searched, None),
            (Err(error), _) => prop_assert!(false, "{}", error),
        }
        Ok(())
    });
}

/// Relaxing a limit never lowers the value, and its price is what a little of it is worth.
#[test]
fn more_room_is_never_worth_less() {
    law(400, &(drafts(), 0usize..3, 0.0..20.0), |(draft, which, more)| {
        let absolute = |l: &LimitDraft| l.liquidity || l.bound < 80.0;
        prop_assume!(draft.limits.get(which).is_some_and(absolute));
        let Ok(best) = draft.solve() else { return Ok(()) };
        let relaxed = |by: f64| {
            let mut draft = draft.clone();
            let limit = &mut draft.limits[which];
            limit.bound += if limit.liquidity { -2.0 * by } else { by };
            draft.solve()
        };
        let gained = relaxed(more).unwrap().value - best.value;
        prop_assert!(gained >= -1e-7, "{gained} gained by {more}");
        let shadow = best.binding.iter().find(|s| s.limit == which);
        let (price, cost) = shadow.map_or((0.0, 0.0), |s| (s.price, s.cost));
        prop_assert!(gained <= cost + 1e-7, "{gained} gained, all of it would gain {cost}");
        // What is bought gets dearer towards the limit's bound: a little of it is worth no less than
        // its price where the little has been bought.
        let little = 1e-3;
        let looser = relaxed(little).unwrap();
        let per_unit = (looser.value - best.value) / little;
        let there = looser.binding.iter().find(|s| s.limit == which).map_or(0.0, |s| s.price);
        let least = price.min(there);
        prop_assert!(per_unit >= 0.95 * least - 1e-3, "{per_unit} a unit at {price} to {there}");
        let switched = draft.positions.iter().any(|p| p.gas > 0.0 || p.least > 0.0);
        prop_assert!(switched || per_unit <= price + 1e-3, "{per_unit} a unit at {price}");
        Ok(())
    });
}

/// A conflict is one, and without any of its limits there is none.
#[test]
fn a_conflict_has_no_limit_too_many() {
    law(400, &drafts(), |draft| {
        let Err(ProgramError::Infeasible { limits, .. }) = draft.solve() else { return Ok(()) };
        let keeping = |kept: &[usize]| {
            let limits = kept.iter().map(|&at| draft.limits[at].clone()).collect();
            Draft { limits, ..draft.clone() }.solve()
        };
        prop_assert!(keeping(&limits).is_err());
        for left_out in &limits {
            let rest: Vec<usize> = limits.iter().copied().filter(|at| at != left_out).collect();
            prop_assert!(keeping(&rest).is_ok());
        }
        Ok(())
    });
}

/// Other units are the same program.
#[test]
fn units_do_not_matter() {
    law(400, &(drafts(), -6i32..24, -6i32..24), |(draft, times, worth)| {
        let (times, worth) = (10_f64.powi(times), 10_f64.powi(worth));
        match (draft.solve(), solve(&draft.program(times, worth))) {
            (Ok(plain), Ok(scaled)) => {
                let value = scaled.value / worth;
                prop_assert!((value - plain.value).abs() <= 1e-7, "{value} {}", plain.value);
                prop_assert_eq!(plain.binding.len(), scaled.binding.len());
                for (plain, scaled) in plain.binding.iter().zip(&scaled.binding) {
                    let price = scaled.price / worth * times;
                    prop_assert!((price - plain.price).abs() <= 1e-3, "{price} {}", plain.price);
                    let cost = scaled.cost / worth;
                    prop_assert!((cost - plain.cost).abs() <= 1e-6, "{cost} {}", plain.cost);
                }
            }
            (Err(plain), Err(scaled)) => prop_assert_eq!(plain, scaled),
            (plain, scaled) => prop_assert!(false, "{:?} {:?}", plain, scaled),
        }
        Ok(())
    });
}

/// Every sound program is solved to the gap, within its limits, or has limits that contradict.
#[test]
fn every_sound_program_is_solved() {
    law(10_000, &drafts(), |draft| {
        let program = draft.program(1.0, 1.0);
        match solve(&program) {
            Ok(best) => {
                let over = excess(&program, &best.amounts);
                prop_assert!(over <= 2e-9, "over by {over}");
                prop_assert!(best.bound - best.value <= 1e-7 * best.value, "{best:?}");
            }
            Err(error) => prop_assert!(matches!(error, ProgramError::Infeasible { .. }), "{error}"),
        }
        Ok(())
    });
}
