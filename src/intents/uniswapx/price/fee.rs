//! Priority orders: the more the fill's transaction pays to come first, the better the swapper's price
//! (`PriorityFeeLib` and `PriorityOrderReactor` at v2.1.0).

use alloy_primitives::{U256, uint};

use super::{Input, Moment, Output, Resolved, part};
use crate::intents::uniswapx::{
    abi::{PriorityOutput, PrioritySent},
    check::cosigned,
    fault::Fault,
    order::Order,
};

/// Thousandths of a basis point in the whole.
const MPS: U256 = uint!(10_000_000_U256);

/// A priority order.
pub(super) fn priority(order: &Order, sent: &PrioritySent, at: &Moment) -> Result<Resolved, Fault> {
    let start = start(order, sent, at)?;
    if U256::from(at.block) < start {
        return Err(Fault::NotYetValid { start, block: at.block });
    }
    let input = &sent.input;
    let scales = |mps: U256| !mps.is_zero();
    let any = sent.outputs.iter().any(|output| scales(output.mpsPerPriorityFeeWei));
    if scales(input.mpsPerPriorityFeeWei) && any {
        return Err(Fault::BothScale);
    }
    let fee = at.priority_fee.saturating_sub(sent.baselinePriorityFeeWei);
    let scaled = |mps: U256| fee.checked_mul(mps).ok_or(Fault::Overflow);
    let left = MPS.checked_sub(scaled(input.mpsPerPriorityFeeWei)?).unwrap_or_default();
    // What does not scale is not multiplied either.
    let amount = if left == MPS { input.amount } else { part(input.amount, left, MPS, false)? };
    let output = |output: &PriorityOutput| {
        let mps = output.mpsPerPriorityFeeWei;
        let whole = MPS.checked_add(scaled(mps)?).ok_or(Fault::Overflow)?;
        let amount =
            if mps.is_zero() { output.amount } else { part(output.amount, whole, MPS, true)? };
        Ok(Output { token: output.token, amount, recipient: output.recipient })
    };
    let outputs = sent.outputs.iter().map(output).collect::<Result<Vec<_>, Fault>>()?;
    Ok(Resolved { input: Input { token: input.token, amount, most: input.amount }, outputs })
}

/// The first block: an earlier one, if the cosigner says so. His signature is looked at only where it
/// makes a difference.
fn start(order: &Order, sent: &PrioritySent, at: &Moment) -> Result<U256, Fault> {
    let (start, target) = (sent.auctionStartBlock, sent.cosignerData.auctionTargetBlock);
    if sent.cosigner.is_zero() || U256::from(at.block) >= start || target >= start {
        return Ok(start);
    }
    cosigned(order, at.chain_id)?;
    Ok(target)
}
