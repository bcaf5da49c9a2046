//! One attempt: front, victim, back.

use alloy_primitives::{Address, I256, U256};
use std::ops::Range;
use tenor_solver::amount::{from_f64, to_f64};

use super::{
    Case, Hop, Path,
    stage::{Stage, Stop},
};
use crate::run::SimulationError;

/// What an attempt came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done {
    /// Units of the token given that were gained, gas not paid; of several at once, wei.
    pub(super) gain: I256,
    /// Units of the token that the victim wants that it got; of all its outputs, wei.
    pub(super) left: U256,
    /// Units that the front run bought; none of several at once.
    pub(super) bought: U256,
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
        let before = stage.holds(self.case.whose, self.wanted)?;
        for (nth, call) in self.case.victim.calls.iter().enumerate() {
            if self.calls.contains(&nth) {
                stage.suffer(nth, call)?;
            }
        }
        let after = stage.holds(self.case.whose, self.wanted)?;
        let sold = through(self.case, stage, &self.path.back, bought)?;
        let (gain, left) = (gained(sold, front), after.saturating_sub(before));
        Ok(Done { gain, left, bought, gas: stage.gas() })
    }
}

/// Sandwiches of several swaps at once: all fronts, the victim, all backs in reverse.
pub(super) struct Together<'c, 'a> {
    pub(super) case: &'c Case<'a>,
    /// Each with what is given first.
    pub(super) parts: Vec<(&'c Path, U256)>,
}

impl Together<'_, '_> {
    /// What it comes to in wei, at the case's prices: gains, and what the outputs are worth. `None`
    /// where somebody's transaction is refused, or something gained has no price.
    pub(super) fn attempt(&self, stage: &mut Stage<'_>) -> Result<Option<Done>, SimulationError> {
        let done = self.run(stage);
        stage.discard();
        Ok(settled(done)?.flatten())
    }

    fn run(&self, stage: &mut Stage<'_>) -> Result<Option<Done>, Stop> {
        let mut bought = Vec::with_capacity(self.parts.len());
        for (path, front) in &self.parts {
            bought.push(through(self.case, stage, &path.front, *front)?);
        }
        let before = self.outputs(stage)?;
        for (nth, call) in self.case.victim.calls.iter().enumerate() {
            stage.suffer(nth, call)?;
        }
        let after = self.outputs(stage)?;
        let mut gain = I256::ZERO;
        for ((path, front), bought) in self.parts.iter().zip(bought).rev() {
            let sold = through(self.case, stage, &path.back, bought)?;
            let token = path.front.first().and_then(|hop| self.case.given(*hop));
            let Some(price) = token.and_then(|token| self.case.price(token)) else {
                return Ok(None);
            };
            gain = gain.saturating_add(worth(gained(sold, *front), price));
        }
        let got = after.iter().zip(&before).map(|(after, before)| after.saturating_sub(*before));
        let left = got.zip(self.case.outputs).map(|(got, token)| {
            let price = self.case.price(*token).unwrap_or(0.0);
            from_f64(to_f64(got) * price)
        });
        let left = left.fold(U256::ZERO, U256::saturating_add);
        Ok(Some(Done { gain, left, bought: U256::ZERO, gas: stage.gas() }))
    }

    fn outputs(&self, stage: &mut Stage<'_>) -> Result<Vec<U256>, Stop> {
        self.case.outputs.iter().map(|token| stage.holds(self.case.whose, *token)).collect()
    }
}

/// Units of either sign in wei, towards zero.
fn worth(units: I256, price: f64) -> I256 {
    let wei = I256::from_raw(from_f64(to_f64(units.unsigned_abs()) * price));
    if units.is_negative() { I256::ZERO.saturating_sub(wei) } else { wei }
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
        bought: U256::ZERO,
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

fn settled<T>(done: Result<T, Stop>) -> Result<Option<T>, SimulationError> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(Stop::Refused(_)) => Ok(None),
        Err(Stop::Lost(error)) => Err(error),
    }
}
