//! What each limit costs: at the margin by its price, and as a whole by solving without it.

use super::{
    Shadow,
    model::Model,
    optimum::{Optimum, ROUNDS, Use},
};

/// How far, in scaled units, a limit must be from its bound to be slack.
const TIGHT: f64 = 2e-5;

/// The relaxation, in scaled units, whose price is told. Where limits coincide their prices are not
/// one but many; a small step picks those of relaxing this limit alone.
const STEP: f64 = 1e-6;

/// Differences of optima, in scaled units, below which a limit costs nothing.
const NOTHING: f64 = 1e-7;

/// How close, in scaled units, a program must come to its bound before its prices are told: samples so
/// far apart that values differ by the gap of a search would leave prices off by the root of it.
const SHARP: f64 = 1e-11;

/// The limits that an optimum touches, and those whose absence would change it.
pub(super) fn of(model: &mut Model<'_>, best: &Optimum) -> Vec<Shadow> {
    let all: Vec<usize> = (0..model.needed.len()).collect();
    let counted = model.counted(&best.shares);
    let is_tight = |at: &usize| counted[*at] - model.needed[*at] <= TIGHT;
    let (tight, slack): (Vec<usize>, Vec<usize>) = all.iter().partition(|at| is_tight(at));
    // A slack limit can still keep positions out, but only where all of them together do.
    let switched = model.places.iter().any(|place| place.switched());
    let suspects = switched && !slack.is_empty() && lost(model, best, &tight) > NOTHING;
    let mut shadows = Vec::new();
    for &at in &all {
        let held = tight.contains(&at);
        if !held && !suspects {
            continue;
        }
        let others: Vec<usize> = all.iter().copied().filter(|&other| other != at).collect();
        let lost = lost(model, best, &others);
        if !held && lost <= NOTHING {
            continue;
        }
        let price = if held { price(model, best, &all, at) } else { 0.0 };
        let cost = model.worth_of(if lost > NOTHING { lost } else { 0.0 });
        shadows.push(Shadow { limit: at, price, cost });
    }
    shadows
}

/// What an optimum falls short of the one under fewer limits.
fn lost(model: &mut Model<'_>, best: &Optimum, limits: &[usize]) -> f64 {
    model.optimum(limits, Some(best)).map_or(0.0, |freed| freed.value - best.value)
}

/// The price of a limit with the optimum's positions in use, per unit of the limit.
fn price(model: &mut Model<'_>, best: &Optimum, limits: &[usize], at: usize) -> f64 {
    let uses: Vec<Use> = model
        .places
        .iter()
        .zip(&best.shares)
        .map(|(place, share)| match (place.switched(), *share > 0.0) {
            (true, true) => Use::On,
            (true, false) => Use::Off,
            (false, _) => Use::Open,
        })
        .collect();
    let mut price = 0.0;
    for _ in 0..ROUNDS {
        let mut linear = model.linear(limits, &uses, 0.0);
        linear.needed[at] -= STEP;
        let Some(found) = linear.best() else { break };
        price = found.prices.counts[at];
        let (ceiling, peaks) = model.ceiling((limits, &uses), &linear, &found.prices);
        let shares = model.shares(&linear, &found.mixture);
        if ceiling - found.gain <= SHARP || !(model.refine(&peaks) | model.refine(&shares)) {
            break;
        }
    }
    model.worth_of(price) / model.scale.limit(at)
}
