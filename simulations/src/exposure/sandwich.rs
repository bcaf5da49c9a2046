//! The best sandwich around one of the victim's swaps.

use alloy_primitives::U256;

use super::{
    Aim, Case, ExposureError, Hop, Leg,
    attempt::{Done, Sandwich},
    climb::{Climb, Tried},
};

/// What was found, and in how many runs.
pub(super) struct Found {
    pub(super) leg: Leg,
    pub(super) runs: u32,
}

/// Tries every path on a swap.
pub(super) fn search(case: &Case<'_>, aim: Aim) -> Result<Found, ExposureError> {
    let venue = case.venues[aim.venue];
    let given = venue.tokens()[aim.swap.from];
    let mut found = Found { leg: Leg { token: given, ..Leg::default() }, runs: 0 };
    found.leg.net = case.net(given, U256::ZERO, 0);
    let paths = case.paths(aim);
    let hops: Vec<Hop> = paths.iter().flat_map(super::Path::hops).collect();
    if hops.is_empty() {
        return Ok(found);
    }
    let calls = if case.bundled { 0..case.victim.calls.len() } else { aim.call..aim.call + 1 };
    let mut stage = case.stage(&hops, calls.start)?;
    let wanted = venue.tokens()[aim.swap.to];
    for path in &paths {
        let Some(token) = path.front.first().and_then(|hop| case.given(*hop)) else { continue };
        let around = Sandwich { case, path, calls: calls.clone(), wanted };
        let alone = around.attempt(&mut stage, U256::ZERO)?;
        found.runs += 1;
        let Some(Done { left: quote, .. }) = alone else { continue };
        // Of a token that comes before, as much as the victim's amount is worth.
        let start = match (token == given, case.price(given), case.price(token)) {
            (false, Some(mine), Some(other)) => scaled(aim.swap.amount, mine / other),
            _ => aim.swap.amount,
        };
        let mut climb = Climb::new(|front| around.attempt(&mut stage, front));
        let best = climb.best(start)?;
        found.runs += climb.runs;
        let Some(Tried { size, done }) = best else { continue };
        let leg = Leg {
            token,
            taken: done.gain.into_raw(),
            front: size,
            loss: quote.saturating_sub(done.left),
            path: Some(path.clone()),
            gas: done.gas,
            net: case.net(token, done.gain.into_raw(), done.gas),
        };
        if better(case, &leg, &found.leg) {
            found.leg = leg;
        }
    }
    Ok(found)
}

fn scaled(amount: U256, ratio: f64) -> U256 {
    tenor_solver::amount::from_f64(tenor_solver::amount::to_f64(amount) * ratio)
}

/// Whether one attack leaves more than another: in ETH once gas is paid; where that is nothing, or
/// not known, in units of one token.
fn better(case: &Case<'_>, new: &Leg, old: &Leg) -> bool {
    match (new.net, old.net) {
        (Some(new_net), Some(old_net)) if new_net != old_net => new_net > old_net,
        (Some(_), None) => true,
        (None, Some(_)) => false,
        _ if new.token == old.token => new.taken > old.taken,
        _ => case.price(new.token).zip(case.price(old.token)).is_some_and(|(mine, other)| {
            let worth = |leg: &Leg, price| tenor_solver::amount::to_f64(leg.taken) * price;
            worth(new, mine) > worth(old, other)
        }),
    }
}
