//! Values proven by the tries behind a block's state root.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_trie::{EMPTY_ROOT_HASH, KECCAK_EMPTY, Nibbles, TrieAccount, proof::verify_proof};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{error::Fault, wire};

/// An answer of `eth_getProof`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProofDto {
    address: Address,
    balance: Box<RawValue>,
    nonce: Box<RawValue>,
    code_hash: B256,
    storage_hash: B256,
    account_proof: Vec<Bytes>,
    storage_proof: Vec<SlotDto>,
}

#[derive(Debug, Deserialize)]
struct SlotDto {
    key: Box<RawValue>,
    value: Box<RawValue>,
    proof: Vec<Bytes>,
}

/// An account that hangs below the state root.
#[derive(Debug)]
pub(super) struct Proven {
    pub(super) balance: U256,
    pub(super) nonce: u64,
    pub(super) code_hash: B256,
    storage_root: B256,
}

/// The account that an answer proves.
pub(super) fn account(
    method: &'static str,
    raw: &RawValue,
    address: Address,
    state_root: B256,
) -> Result<Proven, Fault> {
    prove(method, &wire::object(method, raw)?, address, state_root)
}

/// The slot that an answer proves.
pub(super) fn slot(
    method: &'static str,
    raw: &RawValue,
    address: Address,
    slot: U256,
    state_root: B256,
) -> Result<U256, Fault> {
    let dto: ProofDto = wire::object(method, raw)?;
    let account = prove(method, &dto, address, state_root)?;
    let [SlotDto { key, value, proof }] = dto.storage_proof.as_slice() else {
        return Err(wire::garbage(method, "not one slot where one was asked for"));
    };
    if wire::word(method, key)? != slot {
        return Err(Fault::Lied(format!(
            "asked for slot {slot:#x} of {address}, it proves another"
        )));
    }
    let value = wire::word(method, value)?;
    let leaf = (!value.is_zero()).then(|| alloy_rlp::encode(value));
    let key = Nibbles::unpack(keccak256(wire::padded(slot)));
    verify_proof(account.storage_root, key, leaf, proof).map_err(|_| {
        Fault::Lied(format!("slot {slot:#x} of {address} is not what the state root holds"))
    })?;
    Ok(value)
}

fn prove(
    method: &'static str,
    dto: &ProofDto,
    address: Address,
    state_root: B256,
) -> Result<Proven, Fault> {
    if dto.address != address {
        return Err(Fault::Lied(format!("asked for account {address}, it proves {}", dto.address)));
    }
    let balance = wire::word(method, &dto.balance)?;
    let nonce = wire::number(method, &dto.nonce)?;
    let bare = dto.code_hash == KECCAK_EMPTY || dto.code_hash.is_zero();
    let absent = balance.is_zero() && nonce == 0 && bare;
    let leaf = (!absent).then(|| {
        alloy_rlp::encode(TrieAccount::new(nonce, balance, dto.storage_hash, dto.code_hash))
    });
    let key = Nibbles::unpack(keccak256(address));
    verify_proof(state_root, key, leaf, &dto.account_proof)
        .map_err(|_| Fault::Lied(format!("account {address} is not what the state root holds")))?;
    // What is not there has no code and stores nothing, whatever the answer says about it.
    let (code_hash, storage_root) =
        if absent { (KECCAK_EMPTY, EMPTY_ROOT_HASH) } else { (dto.code_hash, dto.storage_hash) };
    Ok(Proven { balance, nonce, code_hash, storage_root })
}
