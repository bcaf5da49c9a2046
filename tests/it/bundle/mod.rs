//! From a signed intent and a plan to a bundle: settled in the EVM to the wei, signed, and safe alone.

mod alone;
mod built;
mod fees;
mod hand;
mod leaked;
mod mined;
mod offered;
mod refused;
mod settled;

use alloy_primitives::{Address, B256, U256};
use alloy_signer_local::PrivateKeySigner;
use tenor::{
    bundle::{
        prove::{Proven, furnished, prove},
        settle::{Settlement, Terms, settlement},
    },
    engine::NOBODY,
    intents::signed::{
        Checked, Deployment, Offer, Rules, SETTLER, Terms as Quote,
        check::check,
        frozen::PermitWitnessTransferFrom,
        offer::{self, offer},
    },
};
use tenor_simulations::{Verified, World};
use tenor_solver::intent::Intent;

use crate::signed::{engine, key, owner, sign, world};

/// The contracts where their code puts them.
fn here() -> Deployment {
    Deployment::of(engine().market().chain_id, SETTLER)
}

/// A solver's key that only tests know.
fn solver() -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&B256::repeat_byte(0x51)).unwrap()
}

/// An intent as its owner signed it, and the plan for what is left of the asset after the fee.
struct Asked {
    checked: Checked,
    plan: Verified,
}

/// What is offered for a sentence; `None` where the answer is to hold, or is not to be settled.
fn offered(sentence: &str) -> Option<(Intent, Offer)> {
    let intent = engine().read(sentence).unwrap_or_else(|error| panic!("{sentence}: {error}"));
    let plan = engine().plan(&intent, owner()).ok()??;
    let now = engine().market().timestamp;
    let quote = Quote::new(here(), owner(), U256::from(0x2_2b), solver().address(), now);
    match offer(engine().market(), world(), &intent, &plan, &quote) {
        Ok(offered) => Some((intent, offered)),
        Err(offer::OfferError::OwnerOnly(_)) => None,
        Err(error) => panic!("{sentence}: {error}"),
    }
}

/// Signs an offer, altered, and has it accepted.
fn accepted(offer: &Offer, alter: impl FnOnce(&mut PermitWitnessTransferFrom)) -> Checked {
    let mut offer = offer.clone();
    alter(&mut offer.permit);
    let dto = offer.signed(&here(), sign(&key(), here().id(&offer.permit)));
    let market = engine().market();
    let deployment = &here();
    let rules = Rules { deployment, market, state: Some(world()), now: market.timestamp };
    check(&dto, &rules).unwrap()
}

fn asked_with(sentence: &str, alter: impl FnOnce(&mut PermitWitnessTransferFrom)) -> Option<Asked> {
    let (intent, offer) = offered(sentence)?;
    let checked = accepted(&offer, alter);
    let permit = checked.permit();
    let amount = permit.permitted.amount - permit.witness.maxFeeIn;
    // The plan is run from an account of nobody's: whoever settles acts.
    let plan = engine().plan(&Intent { amount, ..intent }, NOBODY).ok()??;
    Some(Asked { checked, plan })
}

fn asked(sentence: &str) -> Option<Asked> {
    asked_with(sentence, |_| {})
}

/// Half of the most, so that a part of the asset comes back.
fn half(checked: &Checked) -> U256 {
    checked.permit().witness.maxFeeIn / U256::from(2)
}

fn terms(checked: &Checked) -> Terms {
    Terms {
        solver: solver().address(),
        fee: half(checked),
        slippage_bps: checked.intent().limits.slippage_bps,
        deadline: world().block().timestamp + 24,
        authorizations: Vec::new(),
    }
}

fn written(asked: &Asked, terms: &Terms) -> Settlement {
    let Asked { checked, plan } = asked;
    settlement(engine().market(), world(), &here(), checked, plan, terms).unwrap()
}

/// The settlement of a sentence, and the world in which it can be run.
fn ready(sentence: &str) -> (Asked, Settlement, World) {
    let asked = asked(sentence).expect("a plan that settles");
    let settlement = written(&asked, &terms(&asked.checked));
    let world = furnished(world(), &settlement).unwrap();
    (asked, settlement, world)
}

/// A settlement that was run.
fn proven(sentence: &str) -> (Asked, Proven, World) {
    let (asked, settlement, world) = ready(sentence);
    let proven = prove(&world, settlement).unwrap_or_else(|error| panic!("{sentence}: {error}"));
    (asked, proven, world)
}

const SWAPS: &str = crate::signed::SWAPS;
const MOVES: &str = crate::signed::MOVES;
const RECIPIENT: Address = Address::repeat_byte(0xb0);
