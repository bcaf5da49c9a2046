//! The call that fills an order.

use alloy_primitives::{B256, U256};
use alloy_sol_types::SolCall as _;
use tenor_solver::venues::{Approval, Call};

use super::{
    check::Checked,
    fees::Payout,
    order::{
        ROUTER, fillContractOrderArgsCall, fillContractOrderCall, fillOrderArgsCall, fillOrderCall,
    },
    refusal::Refusal,
    traits::TakerTraits,
};
use crate::intents::signed::signature::Signer;

/// A fill: what moves, and the call that moves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    /// What the taker gets.
    pub making: U256,
    /// What the taker pays, fees included.
    pub taking: U256,
    /// How that is divided.
    pub payout: Payout,
    /// The allowance that the router needs first.
    pub approval: Approval,
    /// From the taker's account.
    pub call: Call,
}

/// Fills `making` of an order, or all that is left. The call pays what it costs in the block that the order
/// was checked for and reverts rather than paying more: a Fusion order costs less later, or more where
/// the base fee has fallen.
pub fn fill(checked: &Checked, making: Option<U256>) -> Result<Fill, Refusal> {
    let (order, by, left) = (checked.order(), checked.by(), checked.remaining());
    let making = making.unwrap_or(left);
    if making.is_zero() {
        return Err(Refusal::ZeroAmount);
    }
    if making > left {
        return Err(Refusal::MoreThanLeft { asked: making, left });
    }
    if checked.traits().no_partial_fills && making != order.makingAmount {
        return Err(Refusal::Whole { making: order.makingAmount });
    }
    let taking = checked.price().taking(order, making, &by).ok_or(Refusal::Overflow)?;
    let payout = checked.price().payout(order, (making, taking), by.taker)?;
    let approval = Approval { token: order.takerAsset, spender: ROUTER, amount: taking };
    let data = calldata(checked, making, taking)?.into();
    let call = Call { to: ROUTER, value: U256::ZERO, data };
    Ok(Fill { making, taking, payout, approval, call })
}

/// The router has a function each for keys' and contracts' signatures, with and without an extension.
fn calldata(checked: &Checked, amount: U256, threshold: U256) -> Result<Vec<u8>, Refusal> {
    let (order, args) = (checked.order().words(), checked.extension().clone());
    let extension = u32::try_from(args.len()).map_err(|_| Refusal::Overflow)?;
    let traits = TakerTraits { making: true, extension, threshold, ..TakerTraits::default() };
    let word = traits.word().ok_or(Refusal::Overflow)?;
    let plain = args.is_empty();
    if *checked.signer() == Signer::Contract {
        let signature = checked.signature().clone();
        return Ok(if plain {
            fillContractOrderCall { order, signature, amount, takerTraits: word }.abi_encode()
        } else {
            fillContractOrderArgsCall { order, signature, amount, takerTraits: word, args }
                .abi_encode()
        });
    }
    let (r, vs) = compact(checked.signature()).ok_or(Refusal::Overflow)?;
    Ok(if plain {
        fillOrderCall { order, r, vs, amount, takerTraits: word }.abi_encode()
    } else {
        fillOrderArgsCall { order, r, vs, amount, takerTraits: word, args }.abi_encode()
    })
}

/// A key's signature in two words (EIP-2098): the parity is the highest bit of the second.
fn compact(signature: &[u8]) -> Option<(B256, B256)> {
    let r = B256::from_slice(signature.get(..32)?);
    let mut vs = B256::from_slice(signature.get(32..64)?);
    if signature.get(64) == Some(&28) {
        vs[0] |= 0x80;
    }
    Some((r, vs))
}
