//! Everything that is checked before an order is filled. Only [`check`] makes a [`Checked`].

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall as _;
use tenor_simulations::World;

use super::{
    extension::{Extension, commits, target},
    order::{
        Order, andCall, arbitraryStaticCallCall, epochCall, epochEqualsCall, eqCall, gtCall,
        ltCall, notCall, orCall,
    },
    price::{Price, Taking},
    refusal::Refusal,
    state,
    traits::MakerTraits,
    wire::Signed,
};
use crate::intents::signed::signature::{self, Signer};

/// An order that the router would let fill, as far as can be told.
#[derive(Debug, Clone)]
pub struct Checked {
    order: Order,
    extension: Bytes,
    signature: Bytes,
    hash: B256,
    traits: MakerTraits,
    price: Price,
    signer: Signer,
    remaining: U256,
    by: Taking,
}

impl Checked {
    /// What the maker signed.
    pub const fn order(&self) -> &Order {
        &self.order
    }

    /// What its salt commits to.
    pub const fn extension(&self) -> &Bytes {
        &self.extension
    }

    /// The maker's signature.
    pub const fn signature(&self) -> &Bytes {
        &self.signature
    }

    /// How the maker signed.
    pub const fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The order's name.
    pub const fn hash(&self) -> B256 {
        self.hash
    }

    /// What the maker allows.
    pub const fn traits(&self) -> &MakerTraits {
        &self.traits
    }

    /// How its amounts are computed.
    pub const fn price(&self) -> &Price {
        &self.price
    }

    /// What is left to give.
    pub const fn remaining(&self) -> U256 {
        self.remaining
    }

    /// Who fills it, and in which block.
    pub const fn by(&self) -> Taking {
        self.by
    }
}

/// What an order is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The chain.
    pub chain_id: u64,
    /// Fusion's settlement contracts there.
    pub settlements: &'a [Address],
    /// Who fills, and in which block.
    pub by: Taking,
    /// Whether the taker holds the settlement's access token, and so may fill unnamed.
    pub access: bool,
    /// The chain's state. Without one only keys can sign, what is left of the order is what its sender
    /// says, and orders that only the chain can judge are refused.
    pub state: Option<&'a World>,
}

/// Checks an order: what costs least first.
pub fn check(signed: &Signed, rules: &Rules<'_>) -> Result<Checked, Refusal> {
    let Signed { order, extension, signature, hash: told, remaining } = signed;
    let hash = order.hash(rules.chain_id);
    if let Some(told) = told.filter(|told| *told != hash) {
        return Err(Refusal::OtherHash { told, found: hash });
    }
    amounts(order)?;
    let traits = MakerTraits::from(order.makerTraits);
    committed(order, &traits, extension)?;
    in_time(&traits, &rules.by)?;
    let fields = Extension::decode(extension)?;
    let price = Price::of(&fields, &traits, rules.settlements)?;
    understood(&fields, &traits, &price, order)?;
    if let Price::Fusion(fusion) = &price {
        fusion.turn(&rules.by, rules.access)?;
    }
    let signer = signature::check(order.maker, hash, signature, rules.state)?;
    if matches!(signer, Signer::Undeployed { .. }) {
        return Err(Refusal::Undeployed(order.maker));
    }
    let remaining = match rules.state {
        Some(world) => on_chain(world, order, hash, &traits, &fields)?,
        None => off_chain(order, &traits, &fields, *remaining)?,
    };
    let (order, extension, signature) = (order.clone(), extension.clone(), signature.clone());
    let by = rules.by;
    Ok(Checked { order, extension, signature, hash, traits, price, signer, remaining, by })
}

fn amounts(order: &Order) -> Result<(), Refusal> {
    if order.makingAmount.is_zero() || order.takingAmount.is_zero() {
        return Err(Refusal::ZeroAmount);
    }
    if order.makerAsset == order.takerAsset {
        return Err(Refusal::SameAsset(order.makerAsset));
    }
    Ok(())
}

/// The extension is there exactly if the maker says so, and is the one that was signed.
fn committed(order: &Order, traits: &MakerTraits, extension: &Bytes) -> Result<(), Refusal> {
    match (traits.has_extension, extension.is_empty()) {
        (true, true) => Err(Refusal::MissingExtension),
        (false, false) => Err(Refusal::UnexpectedExtension),
        (true, false) if !commits(order.salt, extension) => Err(Refusal::OtherExtension),
        _ => Ok(()),
    }
}

fn in_time(traits: &MakerTraits, by: &Taking) -> Result<(), Refusal> {
    if !traits.allows(by.taker) {
        return Err(Refusal::Private { allowed: traits.allowed_sender, taker: by.taker });
    }
    if traits.expired(by.now) {
        return Err(Refusal::Expired { expiration: traits.expiration, now: by.now });
    }
    // The router has one word for both.
    if traits.checks_epoch && traits.uses_bit() {
        return Err(Refusal::EpochAndBit);
    }
    Ok(())
}

/// Nothing is called, and nothing goes along with a transfer, that is not known here.
fn understood(
    fields: &Extension,
    traits: &MakerTraits,
    price: &Price,
    order: &Order,
) -> Result<(), Refusal> {
    for (suffix, asset) in [
        (&fields.maker_asset_suffix, order.makerAsset),
        (&fields.taker_asset_suffix, order.takerAsset),
    ] {
        if !suffix.is_empty() {
            return Err(Refusal::UnknownProxy(asset));
        }
    }
    let called = |data: &Bytes| target(data).map(|(target, _)| target).or(Some(order.maker));
    if traits.pre_interaction {
        let target = called(&fields.pre_interaction);
        return Err(Refusal::UnknownInteraction { when: "pre-interaction", target });
    }
    if traits.post_interaction && *price == Price::Linear {
        let target = called(&fields.post_interaction);
        return Err(Refusal::UnknownInteraction { when: "post-interaction", target });
    }
    Ok(())
}

fn on_chain(
    world: &World,
    order: &Order,
    hash: B256,
    traits: &MakerTraits,
    fields: &Extension,
) -> Result<U256, Refusal> {
    let remaining = state::remaining(world, order, hash, traits)?;
    if remaining.is_zero() {
        return Err(Refusal::Gone(hash));
    }
    if traits.checks_epoch && !state::in_epoch(world, order, traits)? {
        return Err(Refusal::EpochPassed { epoch: traits.nonce_or_epoch, series: traits.series });
    }
    if !fields.predicate.is_empty() && !state::holds(world, &fields.predicate)? {
        return Err(Refusal::PredicateFalse(predicate(&fields.predicate)));
    }
    Ok(remaining)
}

/// Without the chain nothing is known of epochs and predicates, and what is left is what is told.
fn off_chain(
    order: &Order,
    traits: &MakerTraits,
    fields: &Extension,
    told: Option<U256>,
) -> Result<U256, Refusal> {
    if !fields.predicate.is_empty() {
        return Err(Refusal::UnknownPredicate(predicate(&fields.predicate)));
    }
    if traits.checks_epoch {
        return Err(Refusal::EpochUnknown { series: traits.series });
    }
    let remaining = told.unwrap_or(order.makingAmount).min(order.makingAmount);
    if remaining.is_zero() { Err(Refusal::Gone(order.hash(0))) } else { Ok(remaining) }
}

/// The router's functions that predicates are made of, by selector.
const PREDICATES: [([u8; 4], &str); 9] = [
    (arbitraryStaticCallCall::SELECTOR, "arbitraryStaticCall"),
    (orCall::SELECTOR, "or"),
    (andCall::SELECTOR, "and"),
    (ltCall::SELECTOR, "lt"),
    (gtCall::SELECTOR, "gt"),
    (eqCall::SELECTOR, "eq"),
    (notCall::SELECTOR, "not"),
    (epochEqualsCall::SELECTOR, "epochEquals"),
    (epochCall::SELECTOR, "epoch"),
];

/// What a predicate calls, in words.
fn predicate(data: &[u8]) -> String {
    let Some(selector) = data.first_chunk::<4>() else {
        return format!("{} bytes", data.len());
    };
    let known = PREDICATES.iter().find(|(known, _)| known == selector);
    known.map_or_else(
        || Bytes::copy_from_slice(selector).to_string(),
        |(_, name)| (*name).to_owned(),
    )
}
