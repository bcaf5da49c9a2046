//! V3 Dutch orders: amounts follow a curve over blocks, and move with the base fee. All rounding is in the
//! swapper's favour (`NonlinearDutchDecayLib` and `V3DutchOrderReactor` at 52299e91).

use alloy_primitives::{I256, U256, uint};

use super::{Exclusivity, Input, Moment, Output, Resolved, cosigned, part};
use crate::intents::uniswapx::{
    abi::{NonlinearDutchDecay, V3DutchOutput, V3Sent},
    fault::Fault,
};

/// Wei of a gwei.
const GWEI: U256 = uint!(1_000_000_000_U256);

/// The most points of a curve.
const MOST_POINTS: usize = 16;

/// Where an amount may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    least: U256,
    most: U256,
}

/// A V3 Dutch order, with what its cosigner chose.
pub(super) fn v3(order: &V3Sent, at: &Moment) -> Result<Resolved, Fault> {
    let chosen = &order.cosignerData;
    let mut first = order.baseInput.startAmount;
    let mut firsts: Vec<U256> = order.baseOutputs.iter().map(|output| output.startAmount).collect();
    cosigned(&mut first, &mut firsts, (chosen.inputAmount, &chosen.outputAmounts))?;

    let risen = Risen::new(at.base_fee, order.startingBaseFee)?;
    let (token, most) = (order.baseInput.token, order.baseInput.maxAmount);
    let up_to = Range { least: U256::ZERO, most };
    let delta = risen.delta(order.baseInput.adjustmentPerGweiBaseFee)?;
    // Dearer gas: more may be taken.
    let first = delta.map_or(Ok(first), |delta| up_to.less(first, negated(delta)?))?;
    let start = chosen.decayStartBlock;
    let amount = decayed(&order.baseInput.curve, (first, up_to), start, at.block, true)?;

    let output = |(output, first): (&V3DutchOutput, &U256)| {
        let down_to = Range { least: output.minAmount, most: U256::MAX };
        let delta = risen.delta(output.adjustmentPerGweiBaseFee)?;
        let first = delta.map_or(Ok(*first), |delta| down_to.less(*first, delta))?;
        let amount = decayed(&output.curve, (first, down_to), start, at.block, false)?;
        Ok(Output { token: output.token, amount, recipient: output.recipient })
    };
    let outputs = order.baseOutputs.iter().zip(&firsts).map(output);
    let mut outputs = outputs.collect::<Result<Vec<_>, Fault>>()?;
    let exclusivity = Exclusivity {
        filler: chosen.exclusiveFiller,
        until: start,
        override_bps: chosen.exclusivityOverrideBps,
        up: true,
    };
    exclusivity.applied(&mut outputs, at.block, at)?;
    Ok(Resolved { input: Input { token, amount, most }, outputs })
}

/// By how much the base fee has risen since the order was made, in wei; below zero where it fell.
#[derive(Debug, Clone, Copy)]
struct Risen(I256);

impl Risen {
    fn new(now: U256, then: U256) -> Result<Self, Fault> {
        let signed = |wei: U256| I256::try_from(wei).map_err(|_| Fault::Overflow);
        Ok(Self(if now < then { -signed(then - now)? } else { signed(now - then)? }))
    }

    /// What an adjustment of so many units a gwei comes to, rounded down; nothing where there is none.
    fn delta(self, per_gwei: U256) -> Result<Option<I256>, Fault> {
        if per_gwei.is_zero() {
            return Ok(None);
        }
        let fell = self.0.is_negative();
        let size = part(per_gwei, self.0.unsigned_abs(), GWEI, fell)?;
        // As Solidity casts: what does not fit wraps, and is then negated where it can be.
        let size = I256::from_raw(size);
        Ok(Some(if fell { negated(size)? } else { size }))
    }
}

impl Range {
    /// `MathExt.boundedSub`.
    fn less(self, amount: U256, delta: I256) -> Result<U256, Fault> {
        let left = if delta.is_negative() {
            let added = negated(delta)?.into_raw();
            match amount.checked_add(added) {
                Some(sum) => sum,
                None => return Ok(self.most),
            }
        } else {
            match amount.checked_sub(delta.into_raw()) {
                Some(left) => left,
                None => return Ok(self.least),
            }
        };
        Ok(self.bound(left))
    }

    /// The upper end counts where the two contradict each other.
    fn bound(self, amount: U256) -> U256 {
        amount.max(self.least).min(self.most)
    }
}

/// `NonlinearDutchDecayLib.decay`.
fn decayed(
    curve: &NonlinearDutchDecay,
    (first, range): (U256, Range),
    start: U256,
    block: u64,
    input: bool,
) -> Result<U256, Fault> {
    let points = curve.relativeAmounts.len();
    if points > MOST_POINTS {
        return Err(Fault::CurveTooLong(points));
    }
    let Some(passed) = U256::from(block).checked_sub(start).filter(|passed| !passed.is_zero())
    else {
        return Ok(range.bound(first));
    };
    if points == 0 {
        return Ok(range.bound(first));
    }
    let passed = u16::try_from(passed).unwrap_or(u16::MAX);
    let (before, after) = segment(curve, passed);
    range.less(first, between(before, after, passed, input)?)
}

/// A point of a curve: blocks after the start, and what is taken off then.
type Point = (u16, I256);

/// The points around a block (`locateCurvePosition`): the start is one of nothing, and after the last one
/// both are the last.
fn segment(curve: &NonlinearDutchDecay, passed: u16) -> (Point, Point) {
    let mut before = (0, I256::ZERO);
    for (at, amount) in curve.relativeAmounts.iter().enumerate() {
        // The lowest sixteen bits of what is shifted down.
        let block = (curve.relativeBlocks >> (16 * at)) & U256::from(u16::MAX);
        let point = (u16::try_from(block).unwrap_or(u16::MAX), *amount);
        if point.0 >= passed {
            return (before, point);
        }
        before = point;
    }
    (before, before)
}

/// What is taken off between two points: of an input as much as can be, of an output as little.
fn between(before: Point, after: Point, passed: u16, input: bool) -> Result<I256, Fault> {
    if passed >= after.0 {
        return Ok(after.1);
    }
    // Before the later point and not before the earlier one.
    let elapsed = U256::from(passed.saturating_sub(before.0));
    let duration = U256::from(after.0.saturating_sub(before.0));
    let falls = after.1 < before.1;
    let (high, low) = if falls { (before.1, after.1) } else { (after.1, before.1) };
    let size = high.checked_sub(low).ok_or(Fault::Overflow)?.into_raw();
    let up = if falls { !input } else { input };
    let change = I256::from_raw(part(size, elapsed, duration, up)?);
    let change = if falls { negated(change)? } else { change };
    before.1.checked_add(change).ok_or(Fault::Overflow)
}

fn negated(number: I256) -> Result<I256, Fault> {
    number.checked_neg().ok_or(Fault::Overflow)
}
