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
use alloy_primitives::{Address, U256};
use alloy_sol_types::SolEvent as _;
use tenor_simulations::{
    Fate, Reason, Sent, SimulationError, Verified, World, WorldError, sequence, world::Block,
};
use tenor_solver::market::Market;

use super::{
    Offer, Rules,
    journal::{Promise, Ran},
    stops,
};
use crate::{
    bundle::{
        Bundle, Raw, RawError, Unsettleable,
        alone::{self, Ground, Standing, Unsafe},
        build::{self, BuildError, Order},
        fees::{FeeError, Fees, fees, highest_base_fee},
        prove::{ProofError, Proven, prove},
        settle::{self, Terms, most_fee, settlement},
    },
    intents::signed::{Checked, Deployment, frozen::Settled, wire::Decimal},
    market::rpc::Head,
    store::Attempt,
};

/// Signed bundles, one for each block, and what is written down of them.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) bundles: Vec<Bundle>,
    pub(super) attempt: Attempt,
}

/// Why nothing is made of a plan. Calldata is in none of these.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unmade {
    #[error("this market has no state to run a settlement on")]
    NoState,
    #[error("the asset in has no known worth, so that no fee can be told")]
    NoWorth,
    #[error(transparent)]
    Unsettleable(#[from] Unsettleable),
    #[error(transparent)]
    Proof(#[from] ProofError),
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
    let proven = priced(place, (market, world), (checked, plan), next, key.address())?;
    let peak = (proven.peak(), next.gas_limit);
    let last = rules.blocks.saturating_sub(1);
    let fees = fees(&rules.fees, peak, rules.tip, next.base_fee, (0, last))?;
    let blocks = next.number..=next.number.saturating_add(last);
    let order = Order {
        blocks: blocks.clone(),
        nonce: place.nonce,
        fees,
        backrun: None,
        refund: None,
        attempt: place.number,
    };
    let bundles = build::build(&proven, &order, key).await?;
    stops::at("made");
    let bundle = bundles.first().ok_or(BuildError::NoBlock { first: next.number, last })?;
    let ran = run_next(&world.at(next)?, bundle, place.here)?;
    let told = U256::MAX;
    let ground = Ground { market, world, plan: plan.solution(), proven: &proven, told };
    let standings = alone::check(&ground, bundle)?;
    let exposure = standings.iter().filter_map(|standing| match standing {
        Standing::Exposed(wei) => Some(*wei),
        Standing::Fails | Standing::Harmless => None,
    });
    let exposure = exposure.fold(U256::ZERO, U256::saturating_add);
    let promise = promise(head, market, &proven, ran, &fees, exposure);
    let hash = bundle.transactions.first().map(|raw| raw.hash).unwrap_or_default();
    let most = U256::from(fees.gas_limit).saturating_mul(U256::from(fees.max_fee));
    let attempt = Attempt {
        id: checked.id(),
        number: place.number,
        account: key.address(),
        nonce: place.nonce,
        hash,
        first: *blocks.start(),
        last: *blocks.end(),
        most,
        body: serde_json::to_string(&promise).unwrap_or_default(),
        at_ms: place.at_ms,
        landed: None,
    };
    Ok(Made { bundles, attempt })
}

/// The block after a head, were there no slot without one.
pub(super) fn next(head: &Head, chain_id: u64, slot_s: u64) -> Block {
    let params = BaseFeeParams::ethereum();
    let base_fee = calc_next_block_base_fee(head.gas_used, head.gas_limit, head.base_fee, params);
    let block = head.block(chain_id);
    let (number, timestamp) = (head.number + 1, head.timestamp.saturating_add(slot_s));
    Block { number, timestamp, base_fee, ..block }
}

/// The settlement with the fee that its own gas costs: run once with the highest, to know its gas, and once
/// more with that.
fn priced(
    place: &Place<'_>,
    (market, world): (&Market, &World),
    (checked, plan): (&Checked, &Verified),
    next: Block,
    solver: Address,
) -> Result<Proven, Unmade> {
    let rules = place.rules;
    let slots = rules.blocks.saturating_sub(1).saturating_add(rules.missed_slots);
    let late = next.timestamp.saturating_add(slots.saturating_mul(rules.slot_s));
    let signed: u64 = checked.permit().deadline.saturating_to();
    let with = |fee| {
        let terms = Terms {
            solver,
            fee,
            slippage_bps: checked.intent().limits.slippage_bps,
            deadline: late.min(signed),
            authorizations: Vec::new(),
        };
        let settlement = settlement(market, world, place.here, checked, plan, &terms)?;
        Ok::<_, Unmade>(prove(world, settlement)?)
    };
    let most = most_fee(market, checked);
    let trial = with(most)?;
    let dearest = highest_base_fee(next.base_fee, rules.blocks.saturating_sub(1));
    let price = dearest.saturating_add(rules.tip).min(rules.fees.most_fee);
    let cost = U256::from(trial.gas()).saturating_mul(U256::from(price));
    let fee = settle::fee(market, checked, cost).ok_or(Unmade::NoWorth)?;
    if fee == most { Ok(trial) } else { with(fee) }
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
    head: &Head,
    market: &Market,
    proven: &Proven,
    next: Ran,
    fees: &Fees,
    exposure: U256,
) -> Promise {
    let call = proven.settlement().call();
    let (asset, fee) = (call.permit.permitted.token, call.plan.fee);
    let Ran { value, received } = Ran::of(proven.value(), proven.received());
    Promise {
        block: head.number,
        block_hash: head.hash,
        fee: Decimal(fee),
        fee_wei: Decimal(market.redeem_value(asset, fee).unwrap_or_default()),
        value,
        received,
        next,
        gas: proven.gas(),
        tip: fees.tip,
        max_fee: fees.max_fee,
        exposure: Decimal(exposure),
    }
}
