//! The best sandwich around one of the victim's swaps.

use alloy_primitives::U256;
use tenor_solver::amount::{from_f64, to_f64};

use super::{
    Aim, Case, ExposureError, Hop, Leg, Path,
    attempt::{Done, Sandwich},
    ceiling::Stake,
    climb::{Climb, Tried},
    exposed,
};

/// What was found, and in how many runs.
struct Found {
    leg: Leg,
    runs: u32,
}

/// The best attack on each swap.
///
/// Through two venues that the victim trades at, only where each of them alone gains something: beside
/// one that gains nothing the other's fee is for nothing.
pub(super) fn each(case: &Case<'_>) -> Result<(Vec<Leg>, u32), ExposureError> {
    let mut runs = 0;
    let mut legs = Vec::with_capacity(case.aims.len());
    for aim in case.aims {
        let token = case.venues[aim.venue].tokens()[aim.swap.from];
        let none = Leg { token, net: case.net(token, U256::ZERO, 0), ..Leg::default() };
        let found = search(case, *aim, &case.paths(*aim), none)?;
        runs += found.runs;
        legs.push(found.leg);
    }
    let gains = |hop: &Hop| {
        let mut aims = case.aims.iter().zip(&legs);
        aims.any(|(aim, leg)| !leg.taken.is_zero() && aim.hop() == *hop)
    };
    let longer: Vec<Vec<Path>> = case
        .aims
        .iter()
        .map(|aim| case.chained(*aim).filter(|path| path.front.iter().all(gains)).collect())
        .collect();
    for ((aim, paths), leg) in case.aims.iter().zip(longer).zip(&mut legs) {
        let found = search(case, *aim, &paths, std::mem::take(leg))?;
        runs += found.runs;
        *leg = found.leg;
    }
    Ok((legs, runs))
}

/// Tries paths on a swap, of which `known` is the best attack so far.
fn search(case: &Case<'_>, aim: Aim, paths: &[Path], known: Leg) -> Result<Found, ExposureError> {
    let venue = case.venues[aim.venue];
    let given = venue.tokens()[aim.swap.from];
    let mut found = Found { leg: known, runs: 0 };
    let hops: Vec<Hop> = paths.iter().flat_map(Path::hops).collect();
    if hops.is_empty() {
        return Ok(found);
    }
    let calls = case.around(aim);
    let mut stage = case.stage(&hops, calls.start)?;
    let wanted = venue.tokens()[aim.swap.to];
    for path in paths {
        let Some(token) = path.front.first().and_then(|hop| case.given(*hop)) else { continue };
        let around = Sandwich { case, path, calls: calls.clone(), wanted };
        let alone = around.attempt(&mut stage, U256::ZERO)?;
        found.runs += 1;
        let Some(Done { left: quote, .. }) = alone else {
            // It is an error, and says why.
            case.stage(&[], calls.end)?;
            continue;
        };
        let start = match (token == given, case.price(given), case.price(token)) {
            (true, ..) => aim.front.unwrap_or(aim.swap.amount),
            // Of a token that comes before, as much as the victim's amount is worth.
            (false, Some(mine), Some(other)) => scaled(aim.swap.amount, mine / other),
            _ => aim.swap.amount,
        };
        let gas_price = case.price(token).map_or(0.0, |price| to_f64(case.cost(1)) / price);
        let mut climb = Climb::new(|front| around.attempt(&mut stage, front)).paying(gas_price);
        let stake = aim.room.filter(|_| path.front.len() == 1 && gas_price > 0.0);
        let stake = stake.map(|room| Stake { quote, room });
        let futile = stake.map_or(Ok(false), |stake| climb.is_futile(start, stake))?;
        let best = if futile { climb.best_tried() } else { climb.best(start)? };
        found.runs += climb.runs;
        let Some(Tried { size, done }) = best else { continue };
        let least_gas = climb.least_gas().unwrap_or(done.gas);
        let taken = done.gain.into_raw();
        let worth = case.price(token).map(|price| from_f64(to_f64(taken) * price));
        let exposed = match worth {
            Some(worth) => Some(exposed(worth)).filter(|most| *most > case.cost(least_gas)),
            None => Some(taken),
        };
        let leg = Leg {
            token,
            taken,
            front: size,
            loss: quote.saturating_sub(done.left),
            path: Some(path.clone()),
            gas: done.gas,
            least_gas,
            net: case.net(token, taken, done.gas),
            worth: worth.unwrap_or_default(),
            exposed: exposed.unwrap_or_default(),
        };
        if better(case, &leg, &found.leg) {
            found.leg = leg;
        }
    }
    Ok(found)
}

fn scaled(amount: U256, ratio: f64) -> U256 {
    from_f64(to_f64(amount) * ratio)
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
            let worth = |leg: &Leg, price| to_f64(leg.taken) * price;
            worth(new, mine) > worth(old, other)
        }),
    }
}
