//! A plan as it would be settled: through the Settler, for an owner who holds what was signed.
//!
//! A rehearsal needs no key: who settles is who was signed for, or nobody in particular. The owner is
//! given what it signed where it lacks it, and the whole of the highest fee is taken. It is the same
//! transaction, run and compared in the same way, as the one that is signed later.

use serde_json::{Value, json};
use tenor_simulations::{AfterError, SimulationError, Verified};

use crate::{
    bundle::{
        prove::{ProofError, Proven, furnished, prove},
        settle::{Terms, most_fee, settlement},
    },
    engine::{Engine, NOBODY},
    intents::signed::{Checked, Deployment},
};

/// Seconds between blocks.
const SLOT_S: u64 = 12;

/// What a settlement of a plan comes to, as an event tells it; no value where this market's state has no
/// Settler, or cannot tell. An error where it would not settle as planned.
pub(super) fn rehearse(
    engine: &Engine,
    here: &Deployment,
    checked: &Checked,
    plan: &Verified,
) -> Result<Value, String> {
    let Some(world) = engine.world() else { return Ok(Value::Null) };
    let market = engine.market();
    let allowed = checked.permit().witness.allowedSolver;
    let terms = Terms {
        solver: if allowed.is_zero() { NOBODY } else { allowed },
        fee: most_fee(market, checked),
        slippage_bps: checked.intent().limits.slippage_bps,
        deadline: world.block().timestamp.saturating_add(SLOT_S),
        authorizations: Vec::new(),
    };
    let settlement = settlement(market, world, here, checked, plan, &terms);
    let settlement = settlement.map_err(|error| error.to_string())?;
    let furnished = match furnished(world, &settlement) {
        Ok(furnished) => furnished,
        // An owner with code, or a token that nobody can be given: only the state as it is can tell.
        Err(AfterError::Script(
            SimulationError::NotAnAccount(_) | SimulationError::NotGranted(_),
        )) => return Ok(Value::Null),
        Err(error) => return Err(error.to_string()),
    };
    match prove(&furnished, settlement) {
        Ok(proven) => Ok(told(&proven)),
        Err(ProofError::Code { .. }) => Ok(Value::Null),
        Err(error) => Err(error.to_string()),
    }
}

/// Amounts are decimal strings.
fn told(proven: &Proven) -> Value {
    let received = proven.received().iter().map(ToString::to_string);
    json!({
        "solver": proven.settlement().solver(),
        "fee": proven.settlement().call().plan.fee.to_string(),
        "received": received.collect::<Vec<_>>(),
        "value": proven.value().to_string(),
        "gas": proven.gas(),
        "gas_sent_directly": proven.direct_gas(),
        "makes_executor": proven.is_first(),
    })
}
