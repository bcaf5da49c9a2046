//! One attack on all swaps of a victim that stands or falls as one.
//!
//! Each swap's own best attack is the start. Where all of them run together and gain what they gain
//! alone, that is the answer; where they share a limit, such as the least of the whole that was
//! signed, each is searched again with the others standing, in every order of a few.

use alloy_primitives::{I256, U256};

use super::{
    Case, ExposureError, Hop, Leg, Path, Whole,
    attempt::{Done, Together},
    climb::Climb,
    exposed,
    stage::Stage,
};
use crate::run::SimulationError;

/// Attacks of which every order is tried; of more, the most gainful first.
const FEW: usize = 3;

/// The attack on all of the swaps that alone pay, and in how many runs it was found. `ran` says whether the
/// victim is known to run.
pub(super) fn search(
    case: &Case<'_>,
    legs: &[Leg],
    ran: bool,
) -> Result<(Whole, u32), ExposureError> {
    let mut paying: Vec<usize> = (0..legs.len()).filter(|leg| legs[*leg].pays()).collect();
    if paying.is_empty() && ran {
        return Ok((Whole::default(), 0));
    }
    paying.sort_by_key(|leg| std::cmp::Reverse(legs[*leg].exposed));
    let hops: Vec<Hop> =
        paying.iter().filter_map(|leg| legs[*leg].path.as_ref()).flat_map(Path::hops).collect();
    let mut stage = case.stage(&hops, 0)?;
    let Some(quiet) = (Together { case, parts: Vec::new() }).attempt(&mut stage)? else {
        // It is an error, and says why.
        case.stage(&[], case.victim.calls.len())?;
        return Ok((Whole::default(), 1));
    };
    let mut pile = Pile { case, legs, stage, runs: 1, whole: true };
    let mut best = pile.up(&paying)?;
    if !pile.whole {
        let orders = if paying.len() <= FEW { orders(&paying) } else { Vec::new() };
        for order in orders {
            let other = pile.up(&order)?;
            if other.done.gain > best.done.gain {
                best = other;
            }
        }
    }
    let Piled { parts, done } = best;
    if parts.is_empty() {
        return Ok((Whole::default(), pile.runs));
    }
    let taken = done.gain.max(I256::ZERO).into_raw();
    let whole = Whole {
        taken,
        net: taken.saturating_sub(case.cost(done.gas)),
        exposed: exposed(taken),
        loss: quiet.left.saturating_sub(done.left),
        gas: done.gas,
        parts,
    };
    Ok((whole, pile.runs))
}

/// Attacks that stand together.
struct Piled {
    parts: Vec<(usize, U256)>,
    done: Done,
}

struct Pile<'c, 'a> {
    case: &'c Case<'a>,
    legs: &'c [Leg],
    stage: Stage<'a>,
    runs: u32,
    /// Whether each attack has found its place as if it were alone.
    whole: bool,
}

impl Pile<'_, '_> {
    /// One after the other, each as large as gains most beside those before it.
    fn up(&mut self, order: &[usize]) -> Result<Piled, SimulationError> {
        let nothing = Done { gain: I256::ZERO, left: U256::ZERO, bought: U256::ZERO, gas: 0 };
        let mut piled = Piled { parts: Vec::new(), done: nothing };
        for &leg in order {
            let alone = self.legs[leg].worth;
            let front = self.legs[leg].front;
            let gained = |done: &Done| done.gain.saturating_sub(piled.done.gain);
            let mut found = self.with(&piled.parts, leg, front)?.map(|done| (front, done));
            // A thousandth less is the search's, not another's.
            let full = |(_, done): &(U256, Done)| {
                gained(done) >= I256::from_raw(alone - alone / U256::from(1_000))
            };
            if !found.as_ref().is_some_and(full) {
                self.whole = false;
                let parts = piled.parts.clone();
                let mut climb = Climb::new(|size| self.with(&parts, leg, size));
                let best = climb.best(front)?;
                found = best.map(|best| (best.size, best.done));
            }
            let least = self.case.cost(self.legs[leg].least_gas);
            let adds = |done: &Done| exposed(gained(done).max(I256::ZERO).into_raw()) > least;
            if let Some((size, done)) = found.filter(|(_, done)| adds(done)) {
                piled.parts.push((leg, size));
                piled.done = done;
            }
        }
        Ok(piled)
    }

    fn with(
        &mut self,
        parts: &[(usize, U256)],
        leg: usize,
        front: U256,
    ) -> Result<Option<Done>, SimulationError> {
        self.runs += 1;
        let all = parts.iter().copied().chain([(leg, front)]);
        let parts = all.filter_map(|(leg, front)| Some((self.legs[leg].path.as_ref()?, front)));
        Together { case: self.case, parts: parts.collect() }.attempt(&mut self.stage)
    }
}

/// Every order but the first, which is known.
fn orders(of: &[usize]) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for &leg in of {
        let inserted = |order: &Vec<usize>| -> Vec<Vec<usize>> {
            let places = 0..=order.len();
            places.rev().map(|at| [&order[..at], &[leg], &order[at..]].concat()).collect()
        };
        all = all.iter().flat_map(inserted).collect();
    }
    all.retain(|order| order != of);
    all
}
