//! What each limit costs: at the margin by the dual, and as a whole by solving without it.

use super::{ProgramError, Shadow, layout::Use, model::Model, optimum::Optimum};

/// How far, in scaled units, a limit must be from its bound to be slack.
const TIGHT: f64 = 1e-7;

/// The relaxation, in scaled units, whose price is told. Where limits coincide their prices are not
/// one but many; a small step picks those of relaxing this limit alone.
const STEP: f64 = 1e-6;

/// Pieces of a polyline to each side of the optimum that decide a price.
const NEAR: usize = 2;

/// Differences of optima, in scaled units, below which a limit costs nothing.
const NOTHING: f64 = 1e-8;

/// The limits that an optimum touches, and those whose absence would change it.
pub(super) fn of(model: &mut Model<'_>, best: &Optimum) -> Result<Vec<Shadow>, ProgramError> {
    let all: Vec<usize> = (0..model.limits.len()).collect();
    let tight = |at: &usize| model.limits[*at].excess(&best.shares) >= -TIGHT;
    let (tight, slack): (Vec<usize>, Vec<usize>) = all.iter().partition(|at| tight(at));
    // A slack limit can still keep positions out, but only where all of them together do.
    let switched = model.positions.iter().any(|place| place.switched());
    let suspects = switched && !slack.is_empty() && lost(model, best, &tight)? > NOTHING;
    let mut shadows = Vec::new();
    for &at in &all {
        let held = tight.contains(&at);
        if !held && !suspects {
            continue;
        }
        let others: Vec<usize> = all.iter().copied().filter(|&other| other != at).collect();
        let lost = lost(model, best, &others)?;
        if !held && lost <= NOTHING {
            continue;
        }
        let price = if held { price(model, best, &all, at)? } else { 0.0 };
        let cost = model.worth_of(if lost > NOTHING { lost } else { 0.0 });
        shadows.push(Shadow { limit: at, price, cost });
    }
    Ok(shadows)
}

/// What an optimum falls short of the one under fewer limits.
fn lost(model: &mut Model<'_>, best: &Optimum, limits: &[usize]) -> Result<f64, ProgramError> {
    Ok(model.optimum(limits, Some(best))?.map_or(0.0, |freed| freed.value - best.value))
}

/// The dual price of a limit with the optimum's positions in use, per unit of the limit.
fn price(
    model: &Model<'_>,
    best: &Optimum,
    limits: &[usize],
    at: usize,
) -> Result<f64, ProgramError> {
    let uses: Vec<Use> = model
        .positions
        .iter()
        .zip(&best.shares)
        .map(|(place, share)| if place.switched() && *share == 0.0 { Use::Off } else { Use::On })
        .collect();
    let mut layout = model.layout(limits, &uses, Some((&best.shares, NEAR)));
    let row = layout.rows[at];
    layout.linear.relax(row, STEP);
    let scaled = layout.linear.prices()?[row].max(0.0);
    Ok(model.worth_of(scaled) / model.limits[at].unit)
}
