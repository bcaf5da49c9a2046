//! Where pools are straight lines and gas is free, the bound is a linear program's: another solver has
//! to find the same.

use good_lp::{Expression, ProblemVariables, Solution, SolverModel, constraint, microlp, variable};
use proptest::{collection::vec, prelude::*, sample::Index};
use tenor_solver::{
    batch::{Batch, Kind},
    route::{Network, NetworkEdge},
    venues::Gain,
};

use super::kit::{Drawn, buy, sell};
use crate::law::law;

/// Markets of straight lines between nodes worth one, none of which pays, and orders on them. The
/// first lines lead round all nodes: where nothing leads, prices are not looked for with care.
pub(super) fn lines() -> impl Strategy<Value = Drawn> {
    let ends = || (any::<Index>(), any::<Index>());
    let line = (ends(), 0.9..1.0f64, 1.0..50.0f64);
    let order = (ends(), any::<bool>(), 1.0..50.0f64, 0.85..1.05f64);
    (2..5usize, vec(line, 5..12), vec(order, 1..6)).prop_map(|(nodes, lines, orders)| {
        let apart = |(one, other): (Index, Index)| {
            let from = one.index(nodes);
            (from, (from + 1 + other.index(nodes - 1)) % nodes)
        };
        let edge = |(pool, (ends, rate, cap)): (usize, ((Index, Index), f64, f64))| {
            let round = (pool, (pool + 1) % nodes);
            let (from, to) = if pool < nodes { round } else { apart(ends) };
            let gain = Gain::Linear { rate, cap };
            NetworkEdge { pool, from, to, gain, cap: f64::INFINITY, gas: 1.0 }
        };
        let order = |(ends, buys, amount, limit): ((Index, Index), bool, f64, f64)| {
            if buys { buy(apart(ends), amount, limit) } else { sell(apart(ends), amount, limit) }
        };
        let network =
            Network::new(nodes, lines.into_iter().enumerate().map(edge).collect()).unwrap();
        let orders = orders.into_iter().map(order).collect();
        Drawn { network, values: vec![1.0; nodes], orders, gas_price: 0.0 }
    })
}

/// The most surplus where orders may be filled in part and need not share prices.
fn most(batch: &Batch<'_>) -> f64 {
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
        held[order.sell] += sold;
        held[order.buy] -= bought;
        rows.push(constraint!(order.limit * sold <= bought));
        let fixed = if order.kind == Kind::Sell { sold } else { bought };
        rows.push(constraint!(fixed <= order.amount));
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

#[test]
fn the_bound_is_the_program_s() {
    law(150, &lines(), |drawn| {
        let cleared = drawn.cleared()?;
        let (bound, most) = (cleared.proof.bound, most(&drawn.batch()));
        let scale: f64 = drawn.orders.iter().map(|order| order.amount).sum();
        prop_assert!(bound >= most - 1e-9 * scale, "{bound} is below what can be had, {most}");
        prop_assert!(bound <= most + 1e-5 * scale, "{bound}, where {most} is the most");
        Ok(())
    });
}
