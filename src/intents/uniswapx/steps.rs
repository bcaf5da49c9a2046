//! A plan's calls as the Filler's steps: each with the allowance that it needs, for as long as it lasts.

use alloy_primitives::{Address, Selector, U256, fixed_bytes};
use tenor_solver::{
    market::Market,
    route::Leg,
    venues::{Call, Encoded, NATIVE},
};

use super::abi::Step;
use crate::intents::signed::PERMIT2;

/// What the Filler refuses to call of anything (`Steps.sol`): `transferFrom`, `transferSharesFrom`,
/// `approve`, `increaseAllowance` and both forms of `permit`.
const FORBIDDEN: [Selector; 6] = [
    fixed_bytes!("23b872dd"),
    fixed_bytes!("6d780459"),
    fixed_bytes!("095ea7b3"),
    fixed_bytes!("39509351"),
    fixed_bytes!("d505accf"),
    fixed_bytes!("8fcbaf0c"),
];

/// A call that the Filler refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the Filler makes no such call of {target}: {selector}")]
pub struct Barred {
    /// What it would call.
    pub target: Address,
    /// Which function.
    pub selector: Selector,
}

/// The steps of encoded legs. `barred` is what no step may call or allow, beside Permit2.
///
/// A transfer of a rebasing token moves whole shares, so that a unit less may arrive than was sent. Of such a
/// token, and of what is made of it, the last leg takes all that has arrived.
pub fn steps(
    market: &Market,
    legs: &[Leg],
    encoded: &[Encoded],
    barred: &[Address],
) -> Result<Vec<Step>, Barred> {
    let mut all = Vec::new();
    let mut loose: Vec<Address> = Vec::new();
    for (at, (leg, encoded)) in legs.iter().zip(encoded).enumerate() {
        let from = all.len();
        push(encoded, &mut all);
        if market.rebase(leg.token_in).is_none() && !loose.contains(&leg.token_in) {
            continue;
        }
        loose.push(leg.token_out);
        if !legs.iter().skip(at + 1).any(|later| later.token_in == leg.token_in) {
            all.iter_mut().skip(from).for_each(|step| whole(step, leg));
        }
    }
    all.iter().try_for_each(|step| allowed(step, barred))?;
    Ok(all)
}

/// A leg's allowance goes to the call that takes it: of its spender, or else the last. What routers take
/// through Permit2, the Filler allows by itself, so that the leg's own call of Permit2 is left out.
fn push(encoded: &Encoded, into: &mut Vec<Step>) {
    let calls: Vec<&Call> = encoded.calls.iter().filter(|call| call.to != PERMIT2).collect();
    let taker = encoded.approval.map(|approval| {
        let own = calls.iter().position(|call| call.to == approval.spender);
        own.unwrap_or_else(|| calls.len().saturating_sub(1))
    });
    for (nth, call) in calls.into_iter().enumerate() {
        let (target, value, data) = (call.to, call.value, call.data.clone());
        let mut step = Step { target, value, data, ..Step::default() };
        if let Some(approval) = encoded.approval.filter(|_| taker == Some(nth)) {
            (step.token, step.amount) = (approval.token, approval.amount);
            step.throughPermit2 = approval.spender == PERMIT2;
            step.spender = if step.throughPermit2 { target } else { approval.spender };
        }
        into.push(step);
    }
}

/// Has a step of a leg take all that has arrived: of ether all there is, of a token where its calldata tells
/// the amount in one place.
fn whole(step: &mut Step, leg: &Leg) {
    if leg.token_in == NATIVE {
        if step.value == leg.swap.amount {
            step.value = U256::MAX;
        }
        return;
    }
    let amount = leg.swap.amount.to_be_bytes::<32>();
    let words = step.data.get(4..).unwrap_or_default().chunks_exact(32).enumerate();
    let mut places = words.filter(|(_, word)| *word == amount).map(|(nth, _)| 4 + 32 * nth);
    if let (Some(place), None) = (places.next(), places.next()) {
        (step.amount, step.offset) = (U256::MAX, U256::from(place));
        if step.token.is_zero() {
            // The Filler looks up the amount with the allowance alone; this one is not needed.
            (step.token, step.spender) = (leg.token_in, step.target);
        }
    }
}

fn allowed(step: &Step, barred: &[Address]) -> Result<(), Barred> {
    let is_barred = |at: Address| at == PERMIT2 || barred.contains(&at);
    let selector = step.data.get(..4).map(Selector::from_slice).unwrap_or_default();
    let target = step.target;
    if is_barred(target) || is_barred(step.spender) || FORBIDDEN.contains(&selector) {
        return Err(Barred { target, selector });
    }
    Ok(())
}
