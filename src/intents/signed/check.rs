//! Everything that is checked before an intent is accepted. Only [`check`] makes a [`Checked`].

use std::collections::HashSet;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use tenor_simulations::World;
use tenor_solver::{amount::WAD, amount::mul_div, intent::Intent, market::Market, venues::NATIVE};

use super::{
    Deployment, cancel,
    frozen::{PermitWitnessTransferFrom, YieldIntent},
    refusal::Refusal,
    signature::{self, Signer},
    wire::SignedDto,
};
use crate::intents::sentence;

/// An intent whose signature, terms and texts agree.
#[derive(Debug, Clone)]
pub struct Checked {
    id: B256,
    permit: PermitWitnessTransferFrom,
    intent: Intent,
    signer: Signer,
    signature: Bytes,
}

impl Checked {
    /// The digest that the owner signed.
    pub const fn id(&self) -> B256 {
        self.id
    }

    /// What was signed.
    pub const fn permit(&self) -> &PermitWitnessTransferFrom {
        &self.permit
    }

    /// What the solver is asked: the preferences, with the statement as its rendering.
    pub const fn intent(&self) -> &Intent {
        &self.intent
    }

    /// How the owner signed.
    pub const fn signer(&self) -> &Signer {
        &self.signer
    }

    /// What Permit2 is given: of an owner whose contract is not there yet, what it then accepts.
    pub const fn signature(&self) -> &Bytes {
        &self.signature
    }
}

/// What an intent is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The contracts.
    pub deployment: &'a Deployment,
    /// The market, for its tokens.
    pub market: &'a Market,
    /// The chain's state, for contracts' signatures and spent nonces. Without one only keys can sign.
    pub state: Option<&'a World>,
    /// Unix seconds.
    pub now: u64,
}

/// Checks a signed intent: what costs least first.
pub fn check(dto: &SignedDto, rules: &Rules<'_>) -> Result<Checked, Refusal> {
    let Rules { deployment, market, state, now } = *rules;
    let permit = PermitWitnessTransferFrom::from(&dto.message);
    addressed(dto, &permit, deployment)?;
    in_time(&permit, now)?;
    tokens(&permit, market)?;
    fillable(&permit, deployment)?;
    let intent = texts(dto, &permit, rules)?;
    let id = deployment.id(&permit);
    let owner = permit.witness.owner;
    let signer = signature::check(owner, id, &dto.signature, state)?;
    if let Some(world) = state
        && cancel::is_spent(deployment, owner, permit.nonce, world)?
    {
        return Err(Refusal::NonceUsed { owner, nonce: permit.nonce });
    }
    let signature = match &signer {
        Signer::Undeployed { signature, .. } => signature,
        Signer::Key | Signer::Contract => &dto.signature,
    };
    let signature = signature.clone();
    Ok(Checked { id, permit, intent, signer, signature })
}

/// Signed for this chain and these contracts.
fn addressed(
    dto: &SignedDto,
    permit: &PermitWitnessTransferFrom,
    here: &Deployment,
) -> Result<(), Refusal> {
    if dto.chain_id != here.chain_id {
        return Err(Refusal::WrongChain { found: dto.chain_id, expected: here.chain_id });
    }
    let (found, expected) = (dto.verifying_contract, here.permit2);
    if found != expected {
        return Err(Refusal::WrongVerifyingContract { found, expected });
    }
    let (found, expected) = (permit.spender, here.settler);
    if found != expected {
        return Err(Refusal::WrongSpender { found, expected });
    }
    Ok(())
}

/// As Permit2 and the Settler compare: the deadline's second is still in time, and `validAfter`'s too.
fn in_time(permit: &PermitWitnessTransferFrom, now: u64) -> Result<(), Refusal> {
    let (deadline, valid_after) = (permit.deadline, permit.witness.validAfter);
    if valid_after > deadline {
        let why = format!("it is valid after {valid_after} and until {deadline}");
        return Err(Refusal::Contradiction(why));
    }
    if U256::from(now) > deadline {
        return Err(Refusal::Expired { deadline, now });
    }
    if U256::from(now) < valid_after {
        return Err(Refusal::NotYetValid { valid_after, now });
    }
    Ok(())
}

/// ERC-20 tokens of the market, each once.
fn tokens(permit: &PermitWitnessTransferFrom, market: &Market) -> Result<(), Refusal> {
    let known = |token: Address| token != NATIVE && market.token(token).is_some();
    let asset = permit.permitted.token;
    if permit.permitted.amount.is_zero() {
        return Err(Refusal::ZeroAmount);
    }
    if !known(asset) {
        return Err(Refusal::UnknownAsset(asset));
    }
    let outputs = &permit.witness.outputs;
    if outputs.is_empty() {
        return Err(Refusal::NoOutputs);
    }
    let mut seen = HashSet::new();
    for token in outputs.iter().map(|output| output.token) {
        if !known(token) {
            return Err(Refusal::UnknownOutput(token));
        }
        if !seen.insert(token) {
            return Err(Refusal::RepeatedOutput(token));
        }
    }
    Ok(())
}

/// What no settlement could satisfy, and what the Settler refuses whatever is done.
fn fillable(permit: &PermitWitnessTransferFrom, here: &Deployment) -> Result<(), Refusal> {
    let YieldIntent { owner, recipient, outputs, minValueOut, maxFeeIn, allowedSolver, .. } =
        &permit.witness;
    let executor = here.executor(*allowedSolver);
    let contradiction = |why: String| Err(Refusal::Contradiction(why));
    if [Address::ZERO, here.settler, executor].contains(recipient) {
        return Err(Refusal::InvalidRecipient(*recipient));
    }
    if [Address::ZERO, here.settler, executor, here.permit2].contains(owner) {
        return contradiction(format!("{owner} signs nothing"));
    }
    if *maxFeeIn >= permit.permitted.amount {
        return contradiction("the fee may take the whole amount".to_owned());
    }
    if let Some(same) = outputs.iter().find(|output| output.token == permit.permitted.token) {
        return contradiction(format!("{} is given and wanted", same.token));
    }
    // A credit beyond 256 bits is above any floor, so an overflow reaches it.
    let most = outputs.iter().try_fold(U256::ZERO, |sum, output| {
        sum.checked_add(mul_div(output.maxAmountCounted, output.rateE18, WAD)?)
    });
    if most.is_some_and(|most| most < *minValueOut) {
        let most = most.unwrap_or_default();
        return contradiction(format!(
            "outputs count at most {most}; minValueOut is {minValueOut}"
        ));
    }
    // A value of nothing and no least amount would sell the asset for nothing.
    if minValueOut.is_zero() && outputs.iter().all(|output| output.minAmount.is_zero()) {
        return contradiction("it asks for nothing in return".to_owned());
    }
    Ok(())
}

/// The statement and the preferences are those whose hashes were signed, and say the same.
fn texts(
    dto: &SignedDto,
    permit: &PermitWitnessTransferFrom,
    rules: &Rules<'_>,
) -> Result<Intent, Refusal> {
    let (found, signed) = (keccak256(&dto.statement), permit.witness.statement);
    if found != signed {
        return Err(Refusal::StatementHash { found, signed });
    }
    let (found, signed) = (dto.preferences.hash()?, permit.witness.preferences);
    if found != signed {
        return Err(Refusal::PreferencesHash { found, signed });
    }
    let intent = dto.preferences.intent()?;
    let (asset, permitted) = (permit.permitted.token, permit.permitted.amount);
    // A plan may leave a part of what the sentence names where it is; it never takes more.
    if intent.asset != asset || permitted > intent.amount {
        let (token, found) = (intent.asset, intent.amount);
        return Err(Refusal::PreferencesAsset { token, found, asset, permitted });
    }
    let rendered = sentence::statement(&intent, &rules.market.tokens);
    if rendered != dto.statement {
        return Err(Refusal::StatementText { rendered });
    }
    Ok(Intent { canonical: rendered, ..intent })
}
