//! The best ring once the victim is done.
//!
//! The venues' own curves, moved by the victim's swaps, tell which rings may pay and from where to
//! start; what a ring pays is what its runs measure.

use tenor_solver::{
    amount::from_f64,
    mev::ring::{Directions, Hop, Ring},
    venues::Venue,
};

use super::{
    Backrun, Case, ExposureError, MOST_RINGS,
    attempt::around,
    climb::{Climb, Tried},
};

/// The most hops of a ring.
const HOPS: usize = 4;

/// The best ring, and in how many runs it was found.
pub(super) fn search(case: &Case<'_>) -> Result<(Option<Backrun>, u32), ExposureError> {
    let rings = rings(case);
    let hops: Vec<Hop> = rings.iter().flat_map(|ring| ring.hops.iter().copied()).collect();
    let (mut best, mut runs) = (None, 0);
    // A victim that does not run is an error even where nothing is left by it.
    let mut stage = case.stage(&hops, case.victim.calls.len())?;
    for ring in rings {
        let mut climb = Climb::new(|given| around(case, &mut stage, &ring.hops, given));
        let found = climb.near(from_f64(ring.best.given))?;
        runs += climb.runs;
        let Some(Tried { size: given, done }) = found else { continue };
        let (token, gas, taken) = (ring.token, done.gas, done.gain.into_raw());
        let net = case.net(token, taken, gas);
        let new = Backrun { token, taken, given, ring: ring.hops, gas, net };
        if best.as_ref().is_none_or(|old| better(&new, old)) {
            best = Some(new);
        }
    }
    Ok((best, runs))
}

/// The rings through venues that the victim moved, those first that should pay most.
fn rings(case: &Case<'_>) -> Vec<Ring> {
    let mut after: Vec<Box<dyn Venue>> = case.venues.iter().map(|venue| venue.boxed()).collect();
    let mut moved: Vec<usize> = Vec::new();
    for aim in case.aims {
        // Where the model refuses what the chain does not, its curve stays as it was.
        if after[aim.venue].trade(aim.swap).is_ok() && !moved.contains(&aim.venue) {
            moved.push(aim.venue);
        }
    }
    let directions = Directions::of(after.iter().map(|venue| &**venue).enumerate());
    let mut rings = directions.rings(&moved, HOPS, |token| case.price(token));
    rings.truncate(MOST_RINGS);
    rings
}

/// More ETH once gas is paid; where that is not known or the same, more units.
fn better(new: &Backrun, old: &Backrun) -> bool {
    match (new.net, old.net) {
        (Some(new_net), Some(old_net)) if new_net != old_net => new_net > old_net,
        (Some(_), None) => true,
        (None, Some(_)) => false,
        _ => new.taken > old.taken,
    }
}
