//! Whether a plan gives what was signed.

use alloy_primitives::U256;
use tenor_solver::{
    amount::{WAD, mul_div},
    intent::Intent,
    solution::Solution,
};

use crate::intents::signed::frozen::PermitWitnessTransferFrom;

/// What the solver is asked for a signed intent: the same, of what is left when the whole fee is taken.
/// `None` where that is nothing.
pub(super) fn asked(intent: &Intent, permit: &PermitWitnessTransferFrom) -> Option<Intent> {
    let amount = permit.permitted.amount.checked_sub(permit.witness.maxFeeIn)?;
    (!amount.is_zero()).then(|| Intent { amount, ..intent.clone() })
}

/// What a plan credits by the signed rates, as the Settler counts: of each output at most what counts,
/// each rounded down. `None` where an output is below its least, or the plan is one that no settlement
/// can carry out.
pub(super) fn credit(plan: &Solution, permit: &PermitWitnessTransferFrom) -> Option<U256> {
    if plan.legs.is_empty() || plan.leverage.is_some() {
        return None;
    }
    permit.witness.outputs.iter().try_fold(U256::ZERO, |sum, output| {
        let held = plan.end.iter().find(|held| held.token == output.token);
        let received = held.map_or(U256::ZERO, |held| held.balance);
        let counted = received.min(output.maxAmountCounted);
        let credit = mul_div(counted, output.rateE18, WAD)?;
        (received >= output.minAmount).then(|| sum.saturating_add(credit))
    })
}

/// Whether a plan gives what was signed.
pub(super) fn fits(plan: &Solution, permit: &PermitWitnessTransferFrom) -> bool {
    credit(plan, permit).is_some_and(|credit| credit >= permit.witness.minValueOut)
}
