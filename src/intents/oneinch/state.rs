//! What only the router's state can tell of an order.

use alloy_primitives::{B256, Bytes, U256};
use alloy_sol_types::SolCall;
use tenor_simulations::World;
use tenor_solver::venues::{Answer, Read};

use super::{
    order::{
        Order, ROUTER, bitInvalidatorForOrderCall, checkPredicateCall, epochEqualsCall,
        rawRemainingInvalidatorForOrderCall,
    },
    refusal::Refusal,
    traits::MakerTraits,
};

/// What is left to give.
pub(super) fn remaining(
    world: &World,
    order: &Order,
    hash: B256,
    traits: &MakerTraits,
) -> Result<U256, Refusal> {
    let maker = order.maker;
    if traits.uses_bit() {
        let slot = U256::from(traits.nonce_or_epoch);
        let used = ask(world, &bitInvalidatorForOrderCall { maker, slot })?;
        let bit = usize::try_from(traits.nonce_or_epoch & 0xff).unwrap_or_default();
        return Ok(if used.bit(bit) { U256::ZERO } else { order.makingAmount });
    }
    let raw = ask(world, &rawRemainingInvalidatorForOrderCall { maker, orderHash: hash })?;
    // Zero: never filled; otherwise what is left, inverted.
    Ok(if raw.is_zero() { order.makingAmount } else { !raw })
}

/// Whether the maker's epoch is the order's.
pub(super) fn in_epoch(
    world: &World,
    order: &Order,
    traits: &MakerTraits,
) -> Result<bool, Refusal> {
    let call = epochEqualsCall {
        maker: order.maker,
        series: U256::from(traits.series),
        makerEpoch: U256::from(traits.nonce_or_epoch),
    };
    Ok(ask(world, &call)? == U256::ONE)
}

/// Whether a predicate holds.
pub(super) fn holds(world: &World, predicate: &Bytes) -> Result<bool, Refusal> {
    Ok(ask(world, &checkPredicateCall { predicate: predicate.clone() })? == U256::ONE)
}

fn ask<C: SolCall>(world: &World, call: &C) -> Result<U256, Refusal> {
    let data = call.abi_encode().into();
    let answers = world.answer(&[Read::Call { to: ROUTER, data }])?;
    match answers.first() {
        Some(Answer::Returned(word)) if word.len() == 32 => Ok(U256::from_be_slice(word)),
        _ => Err(Refusal::NoRouter),
    }
}
