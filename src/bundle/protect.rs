//! A settlement that is worth nothing to whoever gets hold of it.
//!
//! The owner signs one least amount; between that and the quote there is room that an attacker can take.
//! A private bundle needs little of it: it lands in its block as it was run, or not at all, and is then
//! written anew. So each swap's own limit is drawn in to where an attack begins to pay for its gas, as the
//! model has it, and the attacker in the EVM has the last word: where it still gains, the limit is drawn
//! in further, in the end to the quote itself.

use alloy_primitives::U256;
use tenor_simulations::{Verified, World, exposure::ExposureError};
use tenor_solver::{market::Market, mev::plan::safe_least};

use super::{
    exposed::{Exposed, exposed},
    prove::{ProofError, Proven, prove},
    settle::{Terms, settlement_at},
    steps::Unsettleable,
};
use crate::intents::signed::{Checked, Deployment};

/// A settlement, run, and what others could take from it.
#[derive(Debug, Clone)]
pub struct Protected {
    /// The settlement.
    pub proven: Proven,
    /// What the attacker found.
    pub exposed: Exposed,
}

/// Why there is no such settlement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtectError {
    /// The plan cannot be settled.
    #[error(transparent)]
    Unsettleable(#[from] Unsettleable),
    /// Its settlement does not do what was worked out.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The attacker cannot be run.
    #[error(transparent)]
    Attacker(#[from] ExposureError),
    /// Something can be taken at the quotes themselves.
    #[error("others can take {0} wei although no leg may return less than its quote")]
    Exposed(U256),
}

/// What of the room below a quote is left when an attack still pays.
const DRAWN_IN: u64 = 4;

/// How often limits are drawn in before they are the quotes.
const ROUNDS: u32 = 3;

/// Writes and runs the settlement of a plan with limits at which no attack on it pays. `world` is the
/// state that it is to land on, where the owner holds what it signed: see
/// [`furnished`](super::prove::furnished).
pub fn protected(
    market: &Market,
    world: &World,
    here: &Deployment,
    checked: &Checked,
    plan: &Verified,
    terms: &Terms,
) -> Result<Protected, ProtectError> {
    let legs = &plan.solution().legs;
    let mut least = safe_least(market, plan.solution(), terms.slippage_bps);
    let mut round = 0;
    loop {
        let terms = (terms, least.clone());
        let settlement = settlement_at(market, world, here, checked, plan, terms)?;
        let proven = prove(world, settlement)?;
        let (settlement, sent) = (proven.settlement(), proven.settlement().transaction());
        let exposed = exposed(market, world, plan.solution(), settlement, &sent)?;
        if !exposed.pays() {
            return Ok(Protected { proven, exposed });
        }
        if round > ROUNDS {
            return Err(ProtectError::Exposed(exposed.taken_wei.0));
        }
        // Where all of them together pay and none alone, all are drawn in.
        let alone = exposed.legs.iter().any(|leg| !leg.taken_wei.0.is_zero());
        for leg in exposed.legs.iter().filter(|leg| !alone || !leg.taken_wei.0.is_zero()) {
            let quote = legs[leg.leg].amount_out;
            let room = if round == ROUNDS {
                U256::ZERO
            } else {
                quote.saturating_sub(least[leg.leg]) / U256::from(DRAWN_IN)
            };
            least[leg.leg] = quote - room;
        }
        round += 1;
    }
}
