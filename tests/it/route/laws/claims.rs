//! An answer that was tampered with does not support what it claims.

use std::cell::Cell;

use proptest::prelude::*;
use tenor_solver::{
    certify::network_bound,
    route::{Flow, Network, Order, Routed},
    venues::Gain,
};

use super::{ROUNDING, cold, edge, with_and_without_gas};
use crate::{
    law::law,
    networks::{Instance, executable, wild_instances},
};

/// Checks a claim from the market alone: what every leg returns, what is held, and the bound.
fn supports(network: &Network, order: &Order, routed: &Routed) -> Result<(), String> {
    executable(network, order, routed).map_err(|fault| fault.to_string())?;
    let Routed { bound: claimed, ref prices, .. } = *routed;
    if claimed == f64::INFINITY {
        return Ok(());
    }
    let bound = network_bound(network, order, prices).map_err(|error| error.to_string())?;
    if bound > claimed * (1.0 + ROUNDING) {
        return Err(format!("the prices prove {bound}, claimed is {claimed}"));
    }
    Ok(())
}

/// A bound, and with it what branch and bound proved, of this much.
fn bounded(routed: &Routed, bound: f64) -> Routed {
    Routed { bound, proven: bound, ..routed.clone() }
}

/// Other legs, with sums that fit them.
fn legs(network: &Network, order: &Order, routed: &Routed, legs: Vec<Flow>) -> Routed {
    let at = |leg: &Flow| &network.edges()[leg.edge];
    let arrives = |leg: &&Flow| at(leg).to == order.to;
    let out = legs.iter().filter(arrives).map(|leg| leg.amount_out).sum();
    let gas: f64 = legs.iter().map(|leg| at(leg).gas).sum();
    Routed { legs, out, net: out - gas * order.gas_price, ..routed.clone() }
}

#[test]
fn untouched_answers_support_their_claims_and_lowered_bounds_do_not() {
    law(200, &wild_instances(), |Instance { network, order, .. }| {
        for order in with_and_without_gas(&order) {
            let Some(routed) = cold(&network, &order)? else { continue };
            prop_assert_eq!(supports(&network, &order, &routed), Ok(()));
            if routed.bound == 0.0 || routed.bound.is_infinite() {
                continue;
            }
            let lower = bounded(&routed, routed.bound * (1.0 - 1e-6));
            prop_assert!(supports(&network, &order, &lower).is_err(), "a lower bound");
            // Nothing done, and said to be the best that can be done.
            let idle = bounded(&legs(&network, &order, &routed, Vec::new()), 0.0);
            prop_assert!(supports(&network, &order, &idle).is_err(), "nothing is the best");
        }
        Ok(())
    });
}

#[test]
fn legs_that_return_or_spend_too_much_are_refused() {
    law(200, &wild_instances(), |Instance { network, order, .. }| {
        for order in with_and_without_gas(&order) {
            let Some(routed) = cold(&network, &order)? else { continue };
            for at in 0..routed.legs.len() {
                let mut richer = routed.legs.clone();
                richer[at].amount_out *= 1.0 + 1e-6;
                let richer = legs(&network, &order, &routed, richer);
                prop_assert!(supports(&network, &order, &richer).is_err(), "leg {at} pays more");

                let Flow { edge, amount_in, .. } = routed.legs[at];
                let amount_in = amount_in / 2.0;
                let half = network.edges()[edge].gain.out(amount_in);
                let mut twice = routed.legs.clone();
                twice[at] = Flow { edge, amount_in, amount_out: half };
                twice.insert(at, twice[at]);
                let twice = legs(&network, &order, &routed, twice);
                prop_assert!(
                    supports(&network, &order, &twice).is_err(),
                    "leg {at} is there twice"
                );
            }
            let spent: f64 = first(&network, &order, &routed).map(|leg| leg.amount_in).sum();
            let factor = order.amount / spent * (1.0 + 1e-6);
            let spend = |leg: &Flow| {
                let edge = &network.edges()[leg.edge];
                let factor = if edge.from == order.from { factor } else { 1.0 };
                let amount_in = leg.amount_in * factor;
                Flow { amount_in, amount_out: edge.gain.out(amount_in), ..*leg }
            };
            if spent > 0.0 {
                let legs = legs(&network, &order, &routed, routed.legs.iter().map(spend).collect());
                prop_assert!(supports(&network, &order, &legs).is_err(), "more than is given");
            }
        }
        Ok(())
    });
}

/// The legs that spend what is given.
fn first<'a>(
    network: &'a Network,
    order: &'a Order,
    routed: &'a Routed,
) -> impl Iterator<Item = &'a Flow> {
    routed.legs.iter().filter(|leg| network.edges()[leg.edge].from == order.from)
}

/// Other prices prove another bound; where they prove less, that is a bound too.
#[test]
fn other_prices_do_not_support_the_bound() {
    let (refused, all) = (Cell::new(0), Cell::new(0));
    let inputs = (wild_instances(), prop_oneof![0.1..0.9f64, 1.1..10.0f64]);
    law(200, &inputs, |(Instance { network, order, .. }, factor)| {
        for order in with_and_without_gas(&order) {
            let Some(routed) = cold(&network, &order)? else { continue };
            let mut other = routed.clone();
            other.prices[order.to] *= factor;
            let proves = network_bound(&network, &order, &other.prices).unwrap_or(f64::INFINITY);
            prop_assert!(routed.net <= proves * (1.0 + ROUNDING), "{routed:?} beyond {proves}");
            all.set(all.get() + 1);
            refused.set(refused.get() + u32::from(supports(&network, &order, &other).is_err()));
            other.prices[order.to] = -1.0;
            prop_assert!(supports(&network, &order, &other).is_err(), "a negative price");
            other.prices.pop();
            prop_assert!(supports(&network, &order, &other).is_err(), "a price too few");
        }
        Ok(())
    });
    let (refused, all) = (refused.get(), all.get());
    assert!(refused * 10 >= all * 7, "only {refused} of {all} were refused");
}

#[test]
fn a_claim_beyond_the_market_is_refused() {
    let network =
        Network::new(2, vec![edge(0, (0, 1), Gain::Linear { rate: 0.5, cap: 8.0 })]).unwrap();
    let order = Order { from: 0, to: 1, amount: 10.0, gas_price: 0.0, reach: Vec::new() };
    let legs = vec![Flow { edge: 0, amount_in: 8.0, amount_out: 4.0 }];
    let prices = vec![1e-9, 1.0];
    let good = Routed { legs, out: 4.0, net: 4.0, prices, bound: 4.1, proven: 4.1 };
    let check = |change: &dyn Fn(&mut Routed)| {
        let mut routed = good.clone();
        change(&mut routed);
        supports(&network, &order, &routed)
    };
    assert_eq!(check(&|_| ()), Ok(()));
    assert_eq!(check(&|r| r.bound = f64::INFINITY), Ok(()));
    assert!(check(&|r| r.prices[0] = 0.6).is_err(), "prices that prove 6");
    assert!(check(&|r| (r.out, r.net) = (4.05, 4.05)).is_err(), "more than the legs bring");
    assert!(check(&|r| r.legs[0].edge = 7).is_err(), "a leg through an edge that is not there");
}
