//! One attempt: front, victim, back.

use alloy_primitives::{Address, I256, U256};
use std::ops::Range;

use super::{
    Case, Hop, Path,
    stage::{Stage, Stop},
};
use crate::run::SimulationError;

/// What an attempt came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done {
    /// Units of the token given that were gained, gas not paid.
    pub(super) gain: I256,
    /// Units of the token that the victim wants that it got.
    pub(super) left: U256,
    /// Gas of the attacker.
    pub(super) gas: u64,
}

/// A sandwich whose size is not chosen yet.
pub(super) struct Sandwich<'c, 'a> {
    pub(super) case: &'c Case<'a>,
    pub(super) path: &'c Path,
    /// Calls of the victim that are stood around.
    pub(super) calls: Range<usize>,
    /// The token that the victim wants there.
    pub(super) wanted: Address,
}

impl Sandwich<'_, '_> {
    /// Gives `front` units first. `None` where somebody's transaction is refused.
    pub(super) fn attempt(
        &self,
        stage: &mut Stage<'_>,
        front: U256,
    ) -> Result<Option<Done>, SimulationError> {
        let done = self.run(stage, front);
        stage.discard();
        settled(done)
    }

    fn run(&self, stage: &mut Stage<'_>, front: U256) -> Result<Done, Stop> {
        let bought = through(self.case, stage, &self.path.front, front)?;
        let before = stage.victim_holds(self.wanted)?;
        for (nth, call) in self.case.victim.calls.iter().enumerate() {
            if self.calls.contains(&nth) {
                stage.suffer(nth, call)?;
            }
        }
        let after = stage.victim_holds(self.wanted)?;
        let sold = through(self.case, stage, &self.path.back, bought)?;
        Ok(Done { gain: gained(sold, front), left: after.saturating_sub(before), gas: stage.gas() })
    }
}

/// Gives `given` units around a ring. `None` where a transaction is refused.
pub(super) fn around(
    case: &Case<'_>,
    stage: &mut Stage<'_>,
    ring: &[Hop],
    given: U256,
) -> Result<Option<Done>, SimulationError> {
    let done = through(case, stage, ring, given).map(|out| Done {
        gain: gained(out, given),
        left: U256::ZERO,
        gas: stage.gas(),
    });
    stage.discard();
    settled(done)
}

/// What is left after all hops, each giving what the one before it paid.
fn through(
    case: &Case<'_>,
    stage: &mut Stage<'_>,
    hops: &[Hop],
    amount: U256,
) -> Result<U256, Stop> {
    hops.iter().try_fold(amount, |amount, hop| {
        if amount.is_zero() { Ok(amount) } else { stage.trade(case, *hop, amount) }
    })
}

/// What came back less what was given; both are below 2^255.
fn gained(back: U256, given: U256) -> I256 {
    I256::from_raw(back).saturating_sub(I256::from_raw(given))
}

fn settled(done: Result<Done, Stop>) -> Result<Option<Done>, SimulationError> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(Stop::Refused(_)) => Ok(None),
        Err(Stop::Lost(error)) => Err(error),
    }
}
