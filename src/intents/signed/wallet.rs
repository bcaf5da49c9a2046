//! What an owner's own account does: the allowance that Permit2 needs, and whole plans as calls.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall as _, sol};
use serde_json::{Value, json};
use tenor_simulations::{Script, SimulationError, World, simulate};
use tenor_solver::{
    market::Market,
    solution::{Solution, approvals, calls},
    venues::{Answer, Approval, Call, Read},
};

use super::Deployment;

sol! {
    function approve(address spender, uint256 amount) external returns (bool);
    function allowance(address owner, address spender) external view returns (uint256);
}

/// An allowance that must be given first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// Of what, to whom, how much.
    pub approval: Approval,
    /// The call that gives it.
    pub call: Call,
    /// Gas of that transaction, as measured in the world of the plan.
    pub gas: u64,
}

/// The allowance of exactly `amount` that Permit2 lacks; `None` where it has one as large.
///
/// It is the amount and not everything: what Permit2 may take is what a signature can lose.
pub fn permit2(
    world: &World,
    deployment: &Deployment,
    owner: Address,
    token: Address,
    amount: U256,
) -> Result<Option<Allowance>, SimulationError> {
    let spender = deployment.permit2;
    let data = allowanceCall { owner, spender }.abi_encode().into();
    let answers = world.answer(&[Read::Call { to: token, data }])?;
    let allowed = match answers.first() {
        Some(Answer::Returned(word)) if word.len() >= 32 => U256::from_be_slice(&word[..32]),
        _ => U256::ZERO,
    };
    if allowed >= amount {
        return Ok(None);
    }
    let approval = Approval { token, spender, amount };
    let script = Script {
        account: owner,
        holdings: Vec::new(),
        approvals: vec![approval],
        calls: Vec::new(),
        watch: Vec::new(),
    };
    // A contract's wallet cannot be simulated as an account; its call costs what an account's does.
    let report = match simulate(world, &script) {
        Err(SimulationError::NotAnAccount(_)) => {
            simulate(world, &Script { account: crate::engine::NOBODY, ..script })?
        }
        report => report?,
    };
    Ok(Some(Allowance { approval, call: approve(&approval), gas: report.gas }))
}

/// The call that gives an allowance.
pub fn approve(approval: &Approval) -> Call {
    let Approval { token, spender, amount } = *approval;
    let data = approveCall { spender, amount }.abi_encode().into();
    Call { to: token, value: U256::ZERO, data }
}

/// A plan as calls of its owner's own account, allowances first: the way of everything that a signature
/// cannot settle. Sent as a batch they happen all or not at all; each leg refuses to return less than
/// its quote less the slippage.
pub fn own(
    market: &Market,
    plan: &Solution,
    owner: Address,
    slippage_bps: u32,
    deadline: u64,
) -> Vec<Call> {
    let encoded = plan.encode(market, owner, slippage_bps, deadline);
    let allowed = approvals(&encoded);
    allowed.iter().map(approve).chain(calls(&encoded).cloned()).collect()
}

/// Calls as the parameters of EIP-5792's `wallet_sendCalls`, all or none.
pub fn send_calls(chain_id: u64, from: Address, calls: &[Call]) -> Value {
    let calls: Vec<Value> = calls
        .iter()
        .map(|Call { to, value, data }| json!({ "to": to, "value": format!("{value:#x}"), "data": data }))
        .collect();
    json!({
        "version": "2.0.0",
        "chainId": format!("{chain_id:#x}"),
        "from": from,
        "atomicRequired": true,
        "calls": calls,
    })
}
