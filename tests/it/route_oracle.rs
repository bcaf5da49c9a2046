//! The optimiser against an oracle that shares no code with its search: the exact problem, gas and
//! all, by branch and cut over linear programs.
//!
//! Tangents of the gains bound every route from above; executing a program's flows through the
//! gains themselves bounds the best from below. Tangents are added and gates are decided until the
//! two meet.

mod bracket;
mod closed_forms;
mod enumeration;
mod instances;
mod legs;
mod model;
mod problem;

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use proptest::{prelude::*, test_runner::TestCaseError};
use tenor_solver::route::{Optimiser, RouteError};

use self::{
    bracket::{Bracket, SLACK, bracket},
    enumeration::enumerated,
    instances::{Instance, instances},
    legs::executable,
};
use crate::law::law;

/// Units of value, one being what the order could return, that no figure here resolves.
const TINY: f64 = 2e-8;

/// The gap at which branch and bound may stop.
const EXACT: f64 = 1e-9;

/// Far more time than any of these orders needs.
fn patient() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

#[test]
fn branch_and_bound_equals_the_oracle() {
    law(500, &instances(20), |Instance { network, order, prices }| {
        let truth = bracket(&network, &order, &prices);
        closed(&truth)?;
        let routed = match Optimiser::with_gap(EXACT).solve(&network, &order, Some(patient())) {
            Ok(routed) => routed,
            Err(error @ RouteError::NoWay { .. }) => {
                prop_assert!(truth.upper <= (SLACK + TINY) * truth.scale, "{error}, but {truth:?}");
                return Ok(());
            }
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        executable(&network, &order, &routed)?;
        let Bracket { lower, upper, scale, .. } = truth;
        let tiny = TINY * scale;
        let (net, proven) = (routed.net, routed.proven);
        prop_assert!(net >= lower * (1.0 - 1e-6) - tiny, "net {net} of {lower}");
        prop_assert!(net <= upper * (1.0 + 1e-9), "net {net} where none exceeds {upper}");
        prop_assert!(proven >= lower * (1.0 - 1e-9), "proven {proven}, but {lower} is returned");
        prop_assert!(proven <= upper * (1.0 + 1e-5) + tiny, "proven {proven}, not {upper}");
        Ok(())
    });
}

#[test]
fn the_oracle_equals_enumeration() {
    law(100, &instances(8), |Instance { network, order, prices }| {
        let truth = bracket(&network, &order, &prices);
        closed(&truth)?;
        let best = enumerated(&network, &order, &prices);
        let tiny = TINY * truth.scale;
        prop_assert!(best <= truth.upper, "{best} is returned, {truth:?}");
        prop_assert!(best >= truth.lower * (1.0 - 1e-6) - tiny, "only {best}, {truth:?}");
        Ok(())
    });
}

/// Checks that the oracle knows the answer.
fn closed(truth: &Bracket) -> Result<(), TestCaseError> {
    let Bracket { lower, upper, scale, .. } = *truth;
    prop_assert!(lower <= upper, "{truth:?}");
    prop_assert!(
        upper - lower <= 1e-6 * lower + (SLACK + TINY) * scale,
        "too far apart: {truth:?}"
    );
    Ok(())
}

#[test]
fn the_orders_need_all_that_is_tested() {
    let (lone, split, left, branched) = (Cell::new(0), Cell::new(0), Cell::new(0), Cell::new(0));
    law(200, &instances(20), |Instance { network, order, prices }| {
        let truth = bracket(&network, &order, &prices);
        let kind = match truth.legs {
            0 => &left,
            1 => &lone,
            _ => &split,
        };
        kind.set(kind.get() + 1);
        branched.set(branched.get() + u32::from(truth.nodes > 1));
        Ok(())
    });
    for (what, count) in [
        ("left alone", left),
        ("sent one way", lone),
        ("split", split),
        ("decided by branching", branched),
    ] {
        assert!(count.get() >= 4, "only {} of 200 orders are {what}", count.get());
    }
}
