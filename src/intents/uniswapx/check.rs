//! All that can be known of an order without its price. Only [`check`] makes a [`Checked`].

use alloy_primitives::{Address, B256, Bytes, U256};
use tenor_simulations::World;

use super::{
    fault::Fault,
    order::{Kind, Order},
    reactors::Reactors,
};
use crate::intents::signed::{
    Deployment, Signer, cancel,
    signature::{self, ecrecover},
};

/// What an order is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The chain.
    pub chain_id: u64,
    /// Its reactors.
    pub reactors: Reactors,
    /// Its state, for contracts' signatures and spent nonces; without one only keys can sign.
    pub state: Option<&'a World>,
    /// Unix seconds.
    pub now: u64,
}

/// An order whose signatures hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    order: Order,
    bytes: Bytes,
    signature: Bytes,
    hash: B256,
}

impl Checked {
    /// The order.
    pub const fn order(&self) -> &Order {
        &self.order
    }

    /// Its bytes, as they came.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The swapper's signature.
    pub const fn signature(&self) -> &Bytes {
        &self.signature
    }

    /// Its name.
    pub const fn hash(&self) -> B256 {
        self.hash
    }
}

/// Checks an order and its signature: what costs least first.
pub fn check(bytes: &Bytes, signature: &Bytes, rules: &Rules<'_>) -> Result<Checked, Fault> {
    let order = Order::read(bytes, &rules.reactors)?;
    fillable(&order, rules.now)?;
    if matches!(order.kind(), Kind::V2 | Kind::V3) {
        cosigned(&order, rules.chain_id)?;
    }
    signed(&order, signature, rules)?;
    let hash = order.hash();
    Ok(Checked { order, bytes: bytes.clone(), signature: signature.clone(), hash })
}

/// What no reactor fills, or nobody could tell.
fn fillable(order: &Order, now: u64) -> Result<(), Fault> {
    let (info, permitted) = (order.info(), order.permitted());
    if info.deadline < U256::from(now) {
        return Err(Fault::Expired { deadline: info.deadline, now });
    }
    if permitted.token.is_zero() {
        return Err(Fault::NativeInput);
    }
    if permitted.amount.is_zero() {
        return Err(Fault::ZeroInput);
    }
    if order.outputs() == 0 {
        return Err(Fault::NoOutputs);
    }
    if !info.additionalValidationContract.is_zero() {
        return Err(Fault::UnknownValidation(info.additionalValidationContract));
    }
    Ok(())
}

/// As Permit2 decides, whom the reactor hands the signature.
fn signed(order: &Order, signature: &Bytes, rules: &Rules<'_>) -> Result<(), Fault> {
    let (info, digest) = (order.info(), order.digest(rules.chain_id));
    let swapper = info.swapper;
    match signature::check(swapper, digest, signature, rules.state)? {
        Signer::Key | Signer::Contract => {}
        Signer::Undeployed { .. } => return Err(Fault::Undeployed(swapper)),
    }
    let here = Deployment::of(rules.chain_id, Address::ZERO);
    if let Some(world) = rules.state
        && cancel::is_spent(&here, swapper, info.nonce, world)?
    {
        return Err(Fault::NonceUsed { swapper, nonce: info.nonce });
    }
    Ok(())
}

/// Whether the cosigner signed what he chose, as the reactors look: the first 65 bytes, any `s`, and
/// whatever follows. Of a kind without a cosigner there is nothing to sign.
pub fn cosigned(order: &Order, chain: u64) -> Result<(), Fault> {
    let (Some(expected), Some(digest)) = (order.cosigner(), order.cosigner_digest(chain)) else {
        return Ok(());
    };
    let signature = order.cosignature();
    let (Some(rs), Some(v)) = (signature.get(..64), signature.get(64)) else {
        return Err(Fault::CosignatureLength(signature.len()));
    };
    let found = ecrecover(digest, rs, *v).ok_or(Fault::CosignatureInvalid)?;
    if found == expected { Ok(()) } else { Err(Fault::WrongCosigner { found, expected }) }
}
