//! From a plan to signed bundles for the next blocks, and what is promised of them.
//!
//! The settlement is run on the state that the plan was made on and compared to the wei; then the signed
//! transaction is run as the next block would have it, and looked at in the hands of others. What any of
//! them refuses is not sent.

use alloy_consensus::TxEnvelope;
use alloy_eips::{
    eip1559::{BaseFeeParams, calc_next_block_base_fee},
    eip2718::Decodable2718 as _,
};
use alloy_primitives::U256;
use alloy_sol_types::SolEvent as _;
use tenor_simulations::{
    Fate, Reason, Sent, SimulationError, Verified, World, WorldError, sequence, world::Block,
};
use tenor_solver::market::Market;

use super::{
    Offer, Rules,
    journal::{Promise, Ran},
    price::{Field, Priced, priced},
    stops,
};
use crate::{
    bundle::{
        Bundle, Raw, RawError, Unsettleable,
        alone::{self, Ground, Unsafe},
        build::{self, BuildError, Order},
        fees::FeeError,
        offer::Decision,
        protect::ProtectError,
        prove::{ProofError, Proven},
    },
    intents::signed::{Deployment, frozen::Settled, wire::Decimal},
    market::rpc::Head,
    store::Attempt,
};

/// Signed bundles, one for each block, and what is written down of them.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) bundles: Vec<Bundle>,
    pub(super) attempt: Attempt,
    pub(super) decision: Decision,
}

/// Why nothing is made of a plan. Calldata is in none of these.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unmade {
    #[error("this market has no state to run a settlement on")]
    NoState,
    #[error("the asset in has no known worth, so that no fee can be told")]
    NoWorth,
    #[error(
        "a fee of {fee} wei at most does not pay the {cost} wei that gas costs in the next block"
    )]
    Unpaid { fee: U256, cost: U256 },
    #[error(transparent)]
    Unsettleable(#[from] Unsettleable),
    #[error(transparent)]
    Proof(#[from] ProofError),
    #[error(transparent)]
    Unprotected(#[from] ProtectError),
    #[error("it cannot be run: {0}")]
    Run(#[from] SimulationError),
    #[error("the next block cannot be: {0}")]
    World(#[from] WorldError),
    #[error("in the next block it would fail: {0}")]
    Fails(String),
    #[error(transparent)]
    Fees(#[from] FeeError),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Raw(#[from] RawError),
    #[error("unsafe in others' hands: {0}")]
    Unsafe(#[from] Unsafe),
}

/// What an attempt is made with.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) rules: &'a Rules,
    pub(super) here: &'a Deployment,
    /// The block that the plan was made on.
    pub(super) head: &'a Head,
    /// What is known of bids and relays.
    pub(super) field: &'a Field<'a>,
    /// The account's next nonce there.
    pub(super) nonce: u64,
    /// The how manieth attempt of the intent it is.
    pub(super) number: u64,
    pub(super) at_ms: u64,
}

/// Makes a settlement of a plan, signs it and says what it promises.
pub(super) async fn make(
    place: &Place<'_>,
    offer: &Offer,
    plan: &Verified,
    key: &build::Key,
) -> Result<Made, Unmade> {
    let Place { rules, head, .. } = place;
    let (engine, checked) = (&offer.market.engine, &offer.checked);
    let (market, world) = (engine.market(), engine.world().ok_or(Unmade::NoState)?);
    let next = next(head, market.chain_id, rules.slot_s);
    let Priced { proven, decision } =
        priced(place, (market, world), (checked, plan), next, key.address())?;
    let order = Order {
        blocks: decision.first_block..=decision.last_block,
        nonce: place.nonce,
        fees: decision.fees(),
        backrun: None,
        refund: None,
        attempt: place.number,
    };
    let bundles = build::build(&proven, &order, key).await?;
    stops::at("made");
    let (first, last) = (decision.first_block, decision.last_block);
    let bundle = bundles.first().ok_or(BuildError::NoBlock { first, last })?;
    let world = &world.at(next)?;
    let ran = run_next(world, bundle, place.here)?;
    let exposed = &decision.exposed;
    let ground = Ground {
        market,
        world,
        plan: plan.solution(),
        proven: &proven,
        known: Some(exposed),
        told: exposed.taken_wei.0,
    };
    alone::check(&ground, bundle)?;
    let hash = bundle.transactions.first().map(|raw| raw.hash).unwrap_or_default();
    let fees = decision.fees();
    let most = U256::from(fees.gas_limit).saturating_mul(U256::from(fees.max_fee));
    let promise = promise(place, market, &proven, ran, &decision);
    let attempt = Attempt {
        id: checked.id(),
        number: place.number,
        account: key.address(),
        nonce: place.nonce,
        hash,
        first,
        last,
        most,
        body: serde_json::to_string(&promise).unwrap_or_default(),
        at_ms: place.at_ms,
        landed: None,
    };
    Ok(Made { bundles, attempt, decision })
}

/// The block after a head, were there no slot without one.
pub(super) fn next(head: &Head, chain_id: u64, slot_s: u64) -> Block {
    let params = BaseFeeParams::ethereum();
    let base_fee = calc_next_block_base_fee(head.gas_used, head.gas_limit, head.base_fee, params);
    let block = head.block(chain_id);
    let (number, timestamp) = (head.number + 1, head.timestamp.saturating_add(slot_s));
    Block { number, timestamp, base_fee, ..block }
}

/// Runs a signed settlement as a block would have it.
fn run_next(world: &World, bundle: &Bundle, here: &Deployment) -> Result<Ran, Unmade> {
    let read = |raw: &Raw| {
        let envelope = TxEnvelope::decode_2718_exact(&raw.bytes).ok();
        envelope.and_then(|envelope| Sent::of(&envelope, raw.sender))
    };
    let sent: Vec<Sent> = bundle.transactions.iter().filter_map(read).collect();
    settled(world, &sent, here).map(|(ran, _)| ran)
}

/// What the last of some transactions settles, and its gas.
pub(super) fn settled(
    world: &World,
    sent: &[Sent],
    here: &Deployment,
) -> Result<(Ran, u64), Unmade> {
    let ran = sequence(world, sent, &[])?;
    let nothing = || Unmade::Fails("there is no transaction".to_owned());
    let outcome = ran.outcomes.last().ok_or_else(nothing)?;
    match &outcome.fate {
        Fate::Succeeded(_) => {}
        Fate::Reverted(output) => return Err(Unmade::Fails(Reason::of(output).to_string())),
        Fate::Halted(why) | Fate::Invalid(why) => return Err(Unmade::Fails(why.clone())),
    }
    let mine = outcome.logs.iter().filter(|log| log.address == here.settler);
    let told = mine.filter_map(|log| Settled::decode_log(log).ok()).next_back();
    let told = told.ok_or_else(|| Unmade::Fails("the Settler tells of nothing".to_owned()))?;
    Ok((Ran::of(told.value, &told.received), outcome.gas))
}

fn promise(
    place: &Place<'_>,
    market: &Market,
    proven: &Proven,
    next: Ran,
    decision: &Decision,
) -> Promise {
    let call = proven.settlement().call();
    let (asset, fee) = (call.permit.permitted.token, call.plan.fee);
    let Ran { value, received } = Ran::of(proven.value(), proven.received());
    let fees = decision.fees();
    Promise {
        block: place.head.number,
        block_hash: place.head.hash,
        sent: place.rules.sends,
        fee: Decimal(fee),
        fee_wei: Decimal(market.redeem_value(asset, fee).unwrap_or_default()),
        value,
        received,
        next,
        gas: proven.gas(),
        tip: fees.tip,
        max_fee: fees.max_fee,
        exposure: decision.exposed.taken_wei,
    }
}
