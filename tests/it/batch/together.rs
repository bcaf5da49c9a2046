//! Orders that share pools: all at once they are owed their limits and no more.

use good_lp::{Expression, ProblemVariables, Solution, SolverModel, constraint, microlp, variable};
use proptest::{prelude::*, test_runner::TestCaseError};
use tenor_solver::{
    batch::{Batch, BatchOrder, Cleared, Kind, clear, clear_together},
    route::{Network, NetworkEdge},
    venues::Gain,
};

use super::{
    kit::{Drawn, ROUNDING, batches, drawn, pool, sell, sound},
    program::lines,
};
use crate::{
    generated::market::{Market, Random},
    law::law,
};

fn together(drawn: &Drawn) -> Result<Cleared, TestCaseError> {
    let batch = drawn.batch();
    let cleared = clear_together(&batch, None).map_err(|e| TestCaseError::fail(e.to_string()))?;
    sound(&batch, &cleared)?;
    Ok(cleared)
}

#[test]
fn what_is_cleared_together_is_balanced_uniform_and_bounded() {
    law(10, &batches(20), |drawn| together(&drawn).map(|_| ()));
}

/// Few orders are settled in every way there is.
#[test]
fn few_together_are_worth_no_less() {
    law(20, &batches(8), |drawn| {
        let (together, apart) = (together(&drawn)?, drawn.cleared()?);
        prop_assert!(together.proof.net >= apart.proof.net, "{together:?} {apart:?}");
        Ok(())
    });
}

/// What two tokens are bought with goes through one pool: each order would get more alone, so that only
/// one is settled where that is promised.
#[test]
fn a_pool_that_two_need_serves_both() {
    let pools = [pool(0, (0, 1), 1e3, 1e3), pool(1, (1, 2), 1e4, 1e4)];
    let drawn = drawn(3, &pools, vec![sell((0, 1), 30.0, 0.9), sell((0, 2), 30.0, 0.85)]);
    let apart = clear(&drawn.batch(), None).unwrap();
    let together = together(&drawn).unwrap_or_else(|failure| panic!("{failure}"));
    let filled = |cleared: &Cleared| cleared.fills.iter().filter(|fill| fill.sold > 0.0).count();
    assert_eq!((filled(&apart), filled(&together)), (1, 2), "{apart:?} {together:?}");
    assert!(together.proof.net > 1.1 * apart.proof.net, "{together:?} {apart:?}");
    assert!(together.proof.net > 0.98 * together.proof.bound, "{together:?}");
}

/// The most surplus where orders need not share prices, but are filled as a whole or not at all where
/// they have to be; where `parts`, all may be filled in part.
fn most(batch: &Batch<'_>, parts: bool) -> f64 {
    let mut variables = ProblemVariables::new();
    let mut goal = Expression::from(0.0);
    let mut held = vec![Expression::from(0.0); batch.network.nodes()];
    let mut rows = Vec::new();
    for edge in batch.network.edges().iter() {
        let Gain::Linear { rate, cap } = edge.gain else { unreachable!("all are lines") };
        let given = variables.add(variable().clamp(0.0, cap));
        held[edge.from] -= given;
        held[edge.to] += rate * given;
    }
    for order in batch.orders {
        let (sold, bought) = (variables.add(variable().min(0)), variables.add(variable().min(0)));
        let open = variable().clamp(0.0, 1.0);
        let open = variables.add(if parts || order.partial { open } else { variable().binary() });
        held[order.sell] += sold;
        held[order.buy] -= bought;
        rows.push(constraint!(order.limit * sold <= bought));
        let fixed = if order.kind == Kind::Sell { sold } else { bought };
        rows.push(constraint!(fixed == order.amount * open));
        goal += batch.values[order.buy] * (bought - order.limit * sold);
    }
    let mut program = variables.maximise(goal.clone()).using(microlp);
    for row in rows {
        program.add_constraint(row);
    }
    for held in held {
        program.add_constraint(constraint!(held >= 0.0));
    }
    program.solve().expect("doing nothing is a plan").eval(&goal)
}

/// Another solver finds what could be had by orders that are filled as a whole: no answer is worth
/// more, and no bound less.
#[test]
fn a_program_of_whole_orders_lies_between() {
    law(60, &lines(), |drawn| {
        let cleared = together(&drawn)?;
        let scale: f64 = drawn.orders.iter().map(|order| order.amount).sum();
        let whole = most(&drawn.batch(), false);
        let (net, bound) = (cleared.proof.net, cleared.proof.bound);
        prop_assert!(net <= whole + ROUNDING * scale, "{net}, where {whole} is the most");
        prop_assert!(bound >= whole - ROUNDING * scale, "{bound} is below {whole}");
        Ok(())
    });
}

/// An order that has to be filled as a whole, and would rather be filled by half: the answer is the best
/// there is, and what lies between it and the bound is the bound's.
#[test]
fn what_has_to_be_whole_leaves_a_gap_that_nobody_closes() {
    let line = |pool: usize, rate| NetworkEdge {
        pool,
        from: 0,
        to: 1,
        gain: Gain::Linear { rate, cap: 5.0 },
        cap: f64::INFINITY,
        gas: 0.0,
    };
    let network = Network::new(2, vec![line(0, 1.0), line(1, 0.9)]).unwrap();
    let orders = vec![sell((0, 1), 10.0, 0.94)];
    let drawn = Drawn { network, values: vec![1.0; 2], orders, gas_price: 0.0 };
    let cleared = together(&drawn).unwrap_or_else(|failure| panic!("{failure}"));
    let (whole, parts) = (most(&drawn.batch(), false), most(&drawn.batch(), true));
    let near = |found: f64, expected: f64| (found - expected).abs() <= 1e-6;
    assert!(near(whole, 0.1) && near(parts, 0.3), "{whole} {parts}");
    assert!(near(cleared.proof.net, whole) && near(cleared.proof.bound, parts), "{cleared:?}");
}

/// Orders between the tokens of a generated market that trade most, worth 0.1 to 30 ETH each.
fn crowd(pools: usize, tokens: u32, orders: usize) -> Drawn {
    let Market { edges, values, .. } = Market::new(pools, 1);
    let mut random = Random(11);
    let token = |random: &mut Random| {
        let at = f64::from(tokens).powf(random.unit()) - 1.0;
        (0..tokens).position(|token| at < f64::from(token + 1)).unwrap_or(0)
    };
    let mut order = || {
        let (sell, other) = (token(&mut random), token(&mut random));
        let buy = if other == sell { (sell + 1) % tokens as usize } else { other };
        let ether = 10f64.powf(random.between(-1.0, 1.5));
        let (kind, of) = if random.unit() < 0.3 { (Kind::Buy, buy) } else { (Kind::Sell, sell) };
        let limit = values[sell] / values[buy] * random.between(0.95, 1.0);
        let partial = random.unit() < 0.3;
        BatchOrder { sell, buy, kind, amount: ether / values[of], limit, partial, gas: 60_000.0 }
    };
    let orders = (0..orders).map(|_| order()).collect();
    let network = Network::new(values.len(), edges).unwrap();
    Drawn { network, values, orders, gas_price: 1e-9 }
}

#[test]
fn a_crowd_gets_near_the_bound() {
    for (pools, orders) in [(200, 60), (300, 200)] {
        let drawn = crowd(pools, 60, orders);
        let cleared = together(&drawn).unwrap_or_else(|failure| panic!("{failure}"));
        let share = cleared.proof.net / cleared.proof.bound;
        assert!(share > 0.8, "{orders} orders: {share}");
    }
}

/// Where more orders are connected than are settled otherwise, those that get no less than alone are
/// settled at once.
#[test]
fn a_crowd_is_settled_with_nobody_worse_than_alone() {
    let drawn = crowd(40, 12, 70);
    let cleared = drawn.cleared().unwrap_or_else(|failure| panic!("{failure}"));
    let ends = |at: usize| (drawn.orders[at].sell, drawn.orders[at].buy);
    let mut company = 0;
    for settlement in &cleared.settlements {
        let first = ends(settlement.orders[0]);
        if settlement.orders.iter().all(|at| ends(*at) == first) {
            continue;
        }
        company = company.max(settlement.orders.len());
        for &at in &settlement.orders {
            let fill = cleared.fills[at];
            let rounding = ROUNDING * fill.bought * drawn.values[ends(at).1];
            assert!(fill.value >= fill.alone - rounding, "order {at}: {fill:?}");
        }
    }
    assert!(company > 2, "nobody was settled in company: {:?}", cleared.settlements);
}
