//! The signed YieldIntent: what is offered, what is accepted, and what Permit2 makes of it.

mod cancels;
mod checks;
mod decoder;
mod offers;
pub(crate) mod permit2;
mod signers;
mod viem;

use std::sync::OnceLock;

use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use k256::ecdsa::SigningKey;
use tenor::{
    engine::Engine,
    intents::signed::{Deployment, Offer, OfferError, Rules, Terms, offer::offer, wire::SignedDto},
};
use tenor_simulations::{
    World,
    figures::{ASSUMPTIONS_NAME, EMBEDDED_NAME, Figures, embedded, embedded_assumptions},
};
use tenor_solver::intent::Intent;

/// Wherever the Settler will be.
const SETTLER: Address = address!("5e771e2000000000000000000000000000000001");
/// Whoever solves.
pub(crate) const SOLVER: Address = address!("50172e0000000000000000000000000000000001");
pub(crate) const MOVES: &str = "maximize ETH yield on 100 WETH for 365 days";
pub(crate) const SWAPS: &str = "swap 50 WETH to wstETH";

/// The embedded market.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
        let assumptions = figures.assumptions(ASSUMPTIONS_NAME, embedded_assumptions()).unwrap();
        Engine::new(&figures, &assumptions).unwrap()
    })
}

pub(crate) fn world() -> &'static World {
    engine().world().unwrap()
}

pub(crate) fn deployment() -> Deployment {
    Deployment::of(engine().market().chain_id, SETTLER)
}

/// A key that only tests know.
pub(crate) fn key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

pub(crate) fn owner() -> Address {
    account(&key())
}

pub(crate) fn account(key: &SigningKey) -> Address {
    let point = key.verifying_key().to_encoded_point(false);
    Address::from_slice(&keccak256(&point.as_bytes()[1..])[12..])
}

/// A key's signature: r, s and v.
pub(crate) fn sign(key: &SigningKey, digest: B256) -> Bytes {
    let (signature, recovery) = key.sign_prehash_recoverable(digest.as_slice()).unwrap();
    [&signature.to_bytes()[..], &[27 + recovery.to_byte()]].concat().into()
}

pub(crate) fn terms() -> Terms {
    let now = engine().market().timestamp;
    Terms::new(deployment(), owner(), U256::from(0x1_2a), SOLVER, now)
}

fn read(sentence: &str) -> Intent {
    engine().read(sentence).unwrap()
}

/// What the plan for a sentence is offered as.
pub(crate) fn offered(sentence: &str, terms: &Terms) -> Result<Offer, OfferError> {
    let intent = read(sentence);
    let plan = engine().plan(&intent, terms.owner).unwrap().expect("a plan that does something");
    offer(engine().market(), world(), &intent, &plan, terms)
}

/// A signed intent that is accepted.
fn signed() -> SignedDto {
    static SIGNED: OnceLock<SignedDto> = OnceLock::new();
    let make = || {
        let offer = offered(MOVES, &terms()).unwrap();
        offer.signed(&deployment(), sign(&key(), offer.id))
    };
    SIGNED.get_or_init(make).clone()
}

/// The same with another message, signed again.
fn altered(alter: impl FnOnce(&mut SignedDto)) -> SignedDto {
    let mut dto = signed();
    alter(&mut dto);
    let id = deployment().id(&(&dto.message).into());
    SignedDto { signature: sign(&key(), id), ..dto }
}

fn rules(deployment: &Deployment) -> Rules<'_> {
    let market = engine().market();
    Rules { deployment, market, state: Some(world()), now: market.timestamp }
}
