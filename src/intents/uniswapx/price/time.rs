//! Dutch orders of the first two versions: amounts move in a straight line with time.
//!
//! The deployed versions round differently. Exclusive Dutch (v1.1.0) rounds everything down. V2 (v2.0.0)
//! rounds a rising input up, and what others than the exclusive filler pay up as well; its library at
//! 52299e91 would round the input down.

use alloy_primitives::U256;

use super::{Exclusivity, Input, Moment, Output, Resolved, cosigned, part};
use crate::intents::uniswapx::{
    abi::{DutchInput, DutchOutput, DutchSent, V2Sent},
    fault::Fault,
};

/// When a decay starts and ends, and what rounding and order of checks a version has.
#[derive(Debug, Clone, Copy)]
struct Decay {
    start: U256,
    end: U256,
    now: U256,
    v2: bool,
}

/// An exclusive Dutch order.
pub(super) fn exclusive(order: &DutchSent, at: &Moment) -> Result<Resolved, Fault> {
    let (start, end) = (order.decayStartTime, order.decayEndTime);
    ends(order.info.deadline, end)?;
    if end < start {
        return Err(Fault::EndBeforeStart { start, end });
    }
    let decays = |(first, last): (U256, U256)| first != last;
    let falls = |output: &DutchOutput| decays((output.startAmount, output.endAmount));
    if decays((order.input.startAmount, order.input.endAmount)) && order.outputs.iter().any(falls) {
        return Err(Fault::BothDecay);
    }
    let decay = Decay { start, end, now: U256::from(at.timestamp), v2: false };
    let firsts: Vec<U256> = order.outputs.iter().map(|output| output.startAmount).collect();
    let mut resolved = decay.all(&order.input, order.input.startAmount, &order.outputs, &firsts)?;
    let exclusivity = Exclusivity {
        filler: order.exclusiveFiller,
        until: start,
        override_bps: order.exclusivityOverrideBps,
        up: false,
    };
    exclusivity.applied(&mut resolved.outputs, at.timestamp, at)?;
    Ok(resolved)
}

/// A V2 Dutch order, with what its cosigner chose.
pub(super) fn v2(order: &V2Sent, at: &Moment) -> Result<Resolved, Fault> {
    let chosen = &order.cosignerData;
    ends(order.info.deadline, chosen.decayEndTime)?;
    let mut first = order.baseInput.startAmount;
    let mut firsts: Vec<U256> = order.baseOutputs.iter().map(|output| output.startAmount).collect();
    cosigned(&mut first, &mut firsts, (chosen.inputAmount, &chosen.outputAmounts))?;
    let (start, end) = (chosen.decayStartTime, chosen.decayEndTime);
    let decay = Decay { start, end, now: U256::from(at.timestamp), v2: true };
    let mut resolved = decay.all(&order.baseInput, first, &order.baseOutputs, &firsts)?;
    let exclusivity = Exclusivity {
        filler: chosen.exclusiveFiller,
        until: start,
        override_bps: chosen.exclusivityOverrideBps,
        up: true,
    };
    exclusivity.applied(&mut resolved.outputs, at.timestamp, at)?;
    Ok(resolved)
}

fn ends(deadline: U256, end: U256) -> Result<(), Fault> {
    if deadline < end { Err(Fault::DeadlineBeforeEnd { deadline, end }) } else { Ok(()) }
}

impl Decay {
    /// All amounts, where the first ones are these.
    fn all(
        &self,
        input: &DutchInput,
        first: U256,
        outputs: &[DutchOutput],
        firsts: &[U256],
    ) -> Result<Resolved, Fault> {
        let (token, most) = (input.token, input.endAmount);
        if first > most {
            return Err(Fault::InputFalls { start: first, end: most });
        }
        let amount = self.amount(first, most)?;
        let output = |(at, (output, first)): (usize, (&DutchOutput, &U256))| {
            let (start, end) = (*first, output.endAmount);
            if start < end {
                return Err(Fault::OutputRises { at, start, end });
            }
            let (token, recipient) = (output.token, output.recipient);
            Ok(Output { token, amount: self.amount(start, end)?, recipient })
        };
        let outputs = outputs.iter().zip(firsts).enumerate().map(output);
        Ok(Resolved {
            input: Input { token, amount, most },
            outputs: outputs.collect::<Result<_, _>>()?,
        })
    }

    /// `DutchDecayLib.decay`.
    fn amount(&self, first: U256, last: U256) -> Result<U256, Fault> {
        let Self { start, end, now, v2 } = *self;
        if v2 && first == last {
            return Ok(first);
        }
        if v2 && end <= start {
            return Err(Fault::EndBeforeStart { start, end });
        }
        if end <= now {
            return Ok(last);
        }
        if start >= now {
            return Ok(first);
        }
        // Between the two, so that neither difference is below zero.
        let (elapsed, duration) = (now - start, end - start);
        if last < first {
            Ok(first - part(first - last, elapsed, duration, false)?)
        } else {
            Ok(first + part(last - first, elapsed, duration, v2)?)
        }
    }
}
