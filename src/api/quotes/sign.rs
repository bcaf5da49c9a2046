//! What an owner signs, or does by their own account.

use alloy_primitives::{Address, U256};
use serde::Serialize;
use serde_json::Value;
use tenor_solver::{market::Market, solution::Solution, venues::Call};
use utoipa::ToSchema;

use crate::intents::signed::{
    Deployment, Offer, OwnerOnly, cancel, typed_data, wallet,
    wire::{MessageDto, SCHEMA},
};

/// What one signature settles.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ToSign)]
pub(super) struct SignDto {
    /// The parameters of `eth_signTypedData_v4`. The digest is the quote's id: rebuild it from the
    /// members before signing.
    #[schema(value_type = Object)]
    typed_data: Value,
    /// What to hand in at /v1/intents, with the signature added as `signature`.
    #[schema(value_type = Object)]
    submit: Value,
    /// The allowance that Permit2 lacks, to be given once before.
    approval: Option<AllowanceDto>,
    /// How to take the intent back.
    cancel: CancelDto,
}

/// An allowance to give.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Allowance)]
pub(super) struct AllowanceDto {
    token: String,
    spender: String,
    amount: String,
    call: CallDto,
    /// Gas of that transaction, as measured.
    gas: u64,
}

/// Ways to take an intent back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cancel)]
pub(super) struct CancelDto {
    /// To sign, so that it is not tried any more: for DELETE /v1/intents/{id}.
    #[schema(value_type = Object)]
    typed_data: Value,
    /// The owner's call that spends the nonce, so that nobody can fill it any more.
    call: CallDto,
}

/// A plan that the owner's own account carries out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnerExecuted)]
pub(super) struct OwnerDto {
    /// Why a signature cannot settle it.
    code: &'static str,
    /// The same in words.
    why: String,
    /// All of it, allowances first.
    calls: Vec<CallDto>,
    /// The same as the parameters of EIP-5792's `wallet_sendCalls`: all or nothing.
    #[schema(value_type = Object)]
    send_calls: Value,
}

/// A call.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Call)]
pub(super) struct CallDto {
    to: String,
    /// Wei.
    value: String,
    data: String,
}

impl CallDto {
    fn of(call: &Call) -> Self {
        let Call { to, value, data } = call;
        Self { to: to.to_string(), value: value.to_string(), data: data.to_string() }
    }
}

impl SignDto {
    pub(super) fn of(deployment: &Deployment, offer: &Offer) -> Self {
        let Offer { id, permit, statement, preferences, approval } = offer;
        let submit = serde_json::json!({
            "schema": SCHEMA,
            "chainId": deployment.chain_id,
            "verifyingContract": deployment.permit2,
            "message": MessageDto::from(permit),
            "statement": statement,
            "preferences": preferences,
        });
        let approval = approval.as_ref().map(|allowance| AllowanceDto {
            token: allowance.approval.token.to_string(),
            spender: allowance.approval.spender.to_string(),
            amount: allowance.approval.amount.to_string(),
            call: CallDto::of(&allowance.call),
            gas: allowance.gas,
        });
        let cancel = CancelDto {
            typed_data: typed_data::cancellation(deployment, *id),
            call: CallDto::of(&cancel::hard(deployment, permit.nonce)),
        };
        Self { typed_data: typed_data::intent(deployment, permit), submit, approval, cancel }
    }
}

impl OwnerDto {
    /// The plan as calls that are good until unix seconds `deadline`.
    pub(super) fn of(
        market: &Market,
        plan: &Solution,
        owner: Address,
        slippage_bps: u32,
        deadline: u64,
        why: OwnerOnly,
    ) -> Self {
        let calls = wallet::own(market, plan, owner, slippage_bps, deadline);
        Self {
            code: why.code(),
            why: why.to_string(),
            send_calls: wallet::send_calls(market.chain_id, owner, &calls),
            calls: calls.iter().map(CallDto::of).collect(),
        }
    }
}

/// An unordered nonce that nobody has used: of all there are, the chance that it is spent is none.
pub(super) fn fresh_nonce() -> Result<U256, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(U256::from_be_bytes(bytes))
}
