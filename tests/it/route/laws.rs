//! Laws of the optimiser, over random networks of every kind of gain.

mod again;
mod arbitrage;
mod claims;
mod degenerate;
mod found;
mod growth;
mod units;

use proptest::{prelude::*, test_runner::TestCaseError};
use tenor_solver::{
    certify::network_bound,
    route::{Network, NetworkEdge, Optimiser, Order, RouteError, Routed},
    venues::Gain,
};

use crate::{
    law::law,
    networks::{Instance, ample_instances, executable, wild_instances},
};

/// Share of a figure that floats may round away.
const ROUNDING: f64 = 1e-9;

/// How near the best an answer is where there is no gas.
const EXACT: f64 = 1e-7;

/// A fresh optimiser's answer; `None` where no way leads.
fn cold(network: &Network, order: &Order) -> Result<Option<Routed>, TestCaseError> {
    answer(&mut Optimiser::default(), network, order)
}

/// An optimiser's answer; `None` where no way leads.
fn answer(
    optimiser: &mut Optimiser,
    network: &Network,
    order: &Order,
) -> Result<Option<Routed>, TestCaseError> {
    match optimiser.solve(network, order, None) {
        Ok(routed) => Ok(Some(routed)),
        Err(RouteError::NoWay { .. }) => Ok(None),
        Err(error) => Err(TestCaseError::fail(error.to_string())),
    }
}

/// What is answered, and what is proven of the best; nothing where no way leads.
fn reached(network: &Network, order: &Order) -> Result<(f64, f64), TestCaseError> {
    Ok(cold(network, order)?.map_or((0.0, 0.0), |routed| (routed.net, routed.proven)))
}

/// The same order where gas costs nothing.
fn free(order: &Order) -> Order {
    Order { gas_price: 0.0, ..order.clone() }
}

/// Both a market's order and the same without gas.
fn with_and_without_gas(order: &Order) -> [Order; 2] {
    [order.clone(), free(order)]
}

/// A direction of `pool` that only its gain limits.
fn edge(pool: usize, (from, to): (usize, usize), gain: Gain) -> NetworkEdge {
    NetworkEdge { pool, from, to, gain, cap: f64::INFINITY, gas: 1e5 }
}

fn product(x: f64, y: f64) -> Gain {
    Gain::ConstantProduct { x, y, keep: 0.997 }
}

/// Checks an answer: legs that can be executed, figures in order, and the bound that its prices
/// prove.
fn sound(network: &Network, order: &Order, routed: &Routed) -> Result<(), TestCaseError> {
    executable(network, order, routed)?;
    let Routed { net, proven, bound, out, .. } = *routed;
    prop_assert!(out.is_finite() && net.is_finite() && net >= 0.0, "{net} net of {out}");
    prop_assert!(net <= proven + ROUNDING * proven.abs(), "net {net} beyond proven {proven}");
    prop_assert!(proven <= bound, "proven {proven} beyond the bound {bound}");
    let again = network_bound(network, order, &routed.prices).unwrap_or(f64::INFINITY);
    prop_assert_eq!(again, bound, "what the prices prove");
    Ok(())
}

#[test]
fn answers_are_executable_and_stay_below_their_bounds() {
    law(400, &wild_instances(), |Instance { network, order, .. }| {
        for order in with_and_without_gas(&order) {
            if let Some(routed) = cold(&network, &order)? {
                sound(&network, &order, &routed)?;
                prop_assert!(
                    routed.bound.is_finite(),
                    "where no cycle pays, prices prove something"
                );
            }
        }
        Ok(())
    });
}

/// Below a thousandth of value, what the prices of pools a million times larger prove is rounding.
#[test]
fn without_gas_the_answer_is_proven_the_best() {
    law(400, &ample_instances(), |Instance { network, order, prices }| {
        prop_assume!(order.amount * prices[order.from] >= 1e-3);
        let (net, proven) = reached(&network, &free(&order))?;
        prop_assert!(net >= proven * (1.0 - 1e-6), "net {net}, proven {proven}");
        Ok(())
    });
}

/// To look at gas never does worse than to look away.
#[test]
fn with_gas_the_answer_beats_the_one_that_ignores_it() {
    law(300, &wild_instances(), |Instance { network, order, .. }| {
        let Some(blind) = cold(&network, &free(&order))? else { return Ok(()) };
        let gas: f64 = blind.legs.iter().map(|leg| network.edges()[leg.edge].gas).sum();
        let blindly = blind.out - gas * order.gas_price;
        let (net, proven) = reached(&network, &order)?;
        prop_assert!(blindly <= proven + ROUNDING * blind.out, "{blindly}, proven {proven}");
        prop_assert!(net >= blindly - 1e-6 * blindly.abs(), "{net}, {blindly} without looking");
        Ok(())
    });
}

/// Where no trade gains value, neither does a route: everything held after it counts.
#[test]
fn value_is_never_created() {
    law(400, &wild_instances(), |Instance { network, order, prices }| {
        for order in with_and_without_gas(&order) {
            let Some(routed) = cold(&network, &order)? else { continue };
            let mut change = vec![0.0; network.nodes()];
            for leg in &routed.legs {
                let edge = &network.edges()[leg.edge];
                change[edge.from] -= leg.amount_in;
                change[edge.to] += leg.amount_out;
            }
            let value: f64 = change.iter().zip(&prices).map(|(units, price)| units * price).sum();
            let given = order.amount * prices[order.from];
            prop_assert!(value <= ROUNDING * given, "{value} out of nothing, {given} given");
        }
        Ok(())
    });
}

#[test]
fn the_same_question_has_the_same_answer() {
    law(100, &wild_instances(), |Instance { network, order, .. }| {
        for order in with_and_without_gas(&order) {
            prop_assert_eq!(cold(&network, &order)?, cold(&network, &order)?);
        }
        Ok(())
    });
}

/// An optimiser that has answered for another amount, on another market, or for a market that one
/// pool was taken from.
#[test]
fn what_was_asked_before_does_not_spoil_the_answer() {
    let inputs = (wild_instances(), wild_instances(), 1e-3..1e3f64, any::<prop::sample::Index>());
    law(150, &inputs, |(Instance { network, order, .. }, other, factor, pool)| {
        let less = growth::without(&network, &pool);
        for order in with_and_without_gas(&order) {
            let more = growth::times(&order, factor);
            let (net, proven) = reached(&network, &order)?;
            for (before, asked) in
                [(&network, &more), (&other.network, &other.order), (&less, &order)]
            {
                let mut optimiser = Optimiser::default();
                answer(&mut optimiser, before, asked)?;
                let warm = answer(&mut optimiser, &network, &order)?;
                let Some(warm) = warm else { continue };
                sound(&network, &order, &warm)?;
                let Routed { net: again, proven: limit, .. } = warm;
                prop_assert!(again <= proven * (1.0 + ROUNDING), "warm {again}, proven {proven}");
                prop_assert!(net <= limit * (1.0 + ROUNDING), "cold {net}, proven warm {limit}");
                if order.gas_price == 0.0 {
                    prop_assert!(again >= net * (1.0 - EXACT), "warm {again}, cold {net}");
                }
            }
        }
        Ok(())
    });
}
