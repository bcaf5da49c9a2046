//! Whether a bundle's transactions are safe in the hands of whoever gets hold of them.
//!
//! A bundle may leak, or its block be replaced by another: then each of its transactions is everybody's,
//! to be landed alone, first, or between others. So before anything is sent the bundle is run as a
//! whole, and then each transaction by itself on the same state:
//!
//! - the settlement alone does what it does in the bundle, and an attacker who trades around it
//!   ([`super::exposed`]) takes no more than the exposure that was told of it;
//! - any other transaction alone must revert, or cost its sender nothing but its gas.
//!
//! Nonces are set aside for that: on the chain one may have been used in another way.

use alloy_consensus::TxEnvelope;
use alloy_eips::eip2718::Decodable2718 as _;
use alloy_primitives::{Address, B256, U256};
use tenor_simulations::{
    Fate, Sent, SimulationError, SourceError, World, exposure::ExposureError, sequence,
};
use tenor_solver::{market::Market, solution::Solution, venues::NATIVE};

use super::{
    Bundle, Raw,
    exposed::{Exposed, exposed},
    prove::Proven,
    steps,
};

/// What a bundle is checked on.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The market that the plan was made on.
    pub market: &'a Market,
    /// Its state, in which the owner holds what it signed.
    pub world: &'a World,
    /// The plan.
    pub plan: &'a Solution,
    /// Its settlement.
    pub proven: &'a Proven,
    /// What an attacker found around the settlement's legs already, on this state; else it is looked for.
    pub known: Option<&'a Exposed>,
    /// Wei that others may take from the settlement, as [`super::exposed`] counts: the exposure that was
    /// told.
    pub told: U256,
}

/// What a transaction is worth to whoever gets hold of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It does nothing alone.
    Fails,
    /// It does what it says, and costs its sender its gas alone.
    Harmless,
    /// It is the settlement: so many wei could be taken by trading around it; none where no attack pays
    /// its gas.
    Exposed(U256),
}

/// Why a bundle must not be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsafe {
    /// Bytes that are no transaction, or one that creates a contract.
    #[error("transaction {0} is no call")]
    NoCall(B256),
    /// The bundle does not run as a whole.
    #[error("transaction {hash} does not run in its bundle: {why}")]
    Fails {
        /// Which.
        hash: B256,
        /// Why.
        why: String,
    },
    /// More can be taken than was told.
    #[error("others can take {taken} wei around transaction {hash}, and {told} were told")]
    Exposed {
        /// Which.
        hash: B256,
        /// Wei that the attacker's run took.
        taken: U256,
        /// Wei that were told.
        told: U256,
    },
    /// Landed alone it costs its sender more than gas.
    #[error("transaction {hash} alone costs its sender {lost} of {token}")]
    Loses {
        /// Which.
        hash: B256,
        /// Of which token.
        token: Address,
        /// How much.
        lost: U256,
    },
    /// It cannot be run.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// The state is not to be had.
    #[error(transparent)]
    State(#[from] SourceError),
    /// The attacker cannot be run.
    #[error(transparent)]
    Attacker(#[from] ExposureError),
}

/// Checks a bundle, and says how each of its transactions stands alone, in order.
pub fn check(ground: &Ground<'_>, bundle: &Bundle) -> Result<Vec<Standing>, Unsafe> {
    let read = |raw: &Raw| {
        let envelope = TxEnvelope::decode_2718_exact(&raw.bytes).ok();
        let sent = envelope.and_then(|envelope| Sent::of(&envelope, raw.sender));
        sent.map(|sent| (raw.hash, sent)).ok_or(Unsafe::NoCall(raw.hash))
    };
    let all: Vec<(B256, Sent)> = bundle.transactions.iter().map(read).collect::<Result<_, _>>()?;
    let ran = whole(ground.world, bundle, &all)?;
    // The only one of a bundle has just been run by itself.
    let known = <[bool; 1]>::try_from(ran).ok().map(|[runs]| runs);
    let settlement = ground.proven.settlement();
    let settles = |sent: &Sent| sent.to == settlement.here.settler;
    all.into_iter()
        .map(|(hash, sent)| {
            let sent = Sent { nonce: None, ..sent };
            if settles(&sent) {
                around(ground, hash, &sent, known)
            } else {
                alone(ground, hash, &sent)
            }
        })
        .collect()
}

/// Runs a bundle as it stands: what may not be left out must succeed. Returns which did.
fn whole(world: &World, bundle: &Bundle, all: &[(B256, Sent)]) -> Result<Vec<bool>, Unsafe> {
    let sent: Vec<Sent> = all.iter().map(|(_, sent)| sent.clone()).collect();
    let ran = sequence(world, &sent, &[])?;
    for ((hash, _), outcome) in all.iter().zip(&ran.outcomes) {
        let why = match &outcome.fate {
            Fate::Succeeded(_) => continue,
            Fate::Reverted(output) => tenor_simulations::Reason::of(output).to_string(),
            Fate::Halted(why) | Fate::Invalid(why) => why.clone(),
        };
        if !bundle.dropping.contains(hash) && !bundle.reverting.contains(hash) {
            return Err(Unsafe::Fails { hash: *hash, why });
        }
    }
    Ok(ran.outcomes.iter().map(tenor_simulations::Outcome::succeeded).collect())
}

/// A transaction by itself, with the tokens of its sender before and after.
fn alone(ground: &Ground<'_>, hash: B256, sent: &Sent) -> Result<Standing, Unsafe> {
    let tokens = ground.market.tokens.iter().map(|token| token.address);
    let tokens: Vec<Address> = tokens.filter(|token| *token != NATIVE).collect();
    let are = steps::are_tokens(ground.world, &tokens)?;
    let readable = tokens.into_iter().zip(are).filter(|(_, is)| *is).map(|(token, _)| token);
    let watch: Vec<_> = readable.chain([NATIVE]).map(|token| (sent.from, token)).collect();
    let ran = sequence(ground.world, std::slice::from_ref(sent), &watch)?;
    let Some(outcome) = ran.outcomes.first().filter(|outcome| outcome.succeeded()) else {
        return Ok(Standing::Fails);
    };
    let base_fee = u128::from(ground.world.block().base_fee);
    let price = sent.max_fee.map_or(base_fee, |most| most.min(base_fee.saturating_add(sent.tip)));
    let gas = U256::from(outcome.gas).saturating_mul(U256::from(price));
    for ((_, token), (before, after)) in watch.iter().zip(ran.before.iter().zip(&ran.after)) {
        let spent = if *token == NATIVE { gas } else { U256::ZERO };
        let lost = before.stored().saturating_sub(after.stored().saturating_add(spent));
        if !lost.is_zero() {
            return Err(Unsafe::Loses { hash, token: *token, lost });
        }
    }
    Ok(Standing::Harmless)
}

/// The settlement with an attacker around it. `runs` says whether it runs by itself, where that is known.
fn around(
    ground: &Ground<'_>,
    hash: B256,
    sent: &Sent,
    runs: Option<bool>,
) -> Result<Standing, Unsafe> {
    let runs = match runs {
        Some(runs) => runs,
        None => {
            let ran = sequence(ground.world, std::slice::from_ref(sent), &[])?;
            ran.outcomes.iter().all(tenor_simulations::Outcome::succeeded)
        }
    };
    if !runs {
        return Ok(Standing::Fails);
    }
    let Ground { market, world, plan, proven, known, told } = *ground;
    let settlement = proven.settlement();
    // What was found is of this very settlement, or of none.
    let taken = match known.filter(|_| sent.data == settlement.calldata()) {
        Some(known) => known.taken_wei.0,
        None => exposed(market, world, plan, settlement, sent)?.taken_wei.0,
    };
    if taken > told {
        return Err(Unsafe::Exposed { hash, taken, told });
    }
    Ok(Standing::Exposed(taken))
}
