//! The calls that read an account or a slot of one block, and what their answers say.

use alloy_primitives::{Address, B256, U256};
use revm::{bytecode::Bytecode, primitives::KECCAK_EMPTY, state::AccountInfo};
use serde_json::{Value, json, value::RawValue};

use super::{Head, error::Fault, link::Call, proof, wire};

const BALANCE: &str = "eth_getBalance";
const NONCE: &str = "eth_getTransactionCount";
const CODE: &str = "eth_getCode";
const STORAGE: &str = "eth_getStorageAt";
const PROOF: &str = "eth_getProof";

/// How a node is told which block is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Addressing {
    /// By its hash (EIP-1898): the answer cannot be another block's.
    Hash,
    /// By its number: which block that is has to be asked again after each read.
    Number,
}

impl Addressing {
    pub(super) fn of(self, head: &Head) -> Value {
        match self {
            Self::Hash => json!({ "blockHash": head.hash, "requireCanonical": false }),
            Self::Number => json!(format!("{:#x}", head.number)),
        }
    }
}

/// How one block is read.
#[derive(Debug)]
pub(super) struct Reads {
    block: Value,
    state_root: B256,
    proofs: bool,
}

impl Reads {
    pub(super) fn new(head: &Head, addressing: Addressing, proofs: bool) -> Self {
        Self { block: addressing.of(head), state_root: head.state_root, proofs }
    }

    /// How many calls read an account.
    pub(super) const fn per_account(&self) -> usize {
        if self.proofs { 2 } else { 3 }
    }

    pub(super) fn account_calls(&self, address: Address) -> Vec<Call> {
        let Self { block, .. } = self;
        let code = Call::new(CODE, json!([address, block]));
        if self.proofs {
            return vec![Call::new(PROOF, json!([address, [], block])), code];
        }
        let balance = Call::new(BALANCE, json!([address, block]));
        vec![balance, Call::new(NONCE, json!([address, block])), code]
    }

    pub(super) fn slot_call(&self, address: Address, slot: U256) -> Call {
        let (slot, block) = (wire::padded(slot), &self.block);
        if self.proofs {
            return Call::new(PROOF, json!([address, [slot], block]));
        }
        Call::new(STORAGE, json!([address, slot, block]))
    }

    /// What the answers to [`Self::account_calls`] say; `None` where there is no account.
    pub(super) fn account(
        &self,
        address: Address,
        answers: &[Box<RawValue>],
    ) -> Result<Option<AccountInfo>, Fault> {
        let (balance, nonce, told, code) = match answers {
            [balance, nonce, code] if !self.proofs => {
                let balance = wire::word(BALANCE, balance)?;
                (balance, wire::number(NONCE, nonce)?, None, code)
            }
            [proof, code] if self.proofs => {
                let account = proof::account(PROOF, proof, address, self.state_root)?;
                (account.balance, account.nonce, Some(account.code_hash), code)
            }
            _ => return Err(wire::garbage(BALANCE, "fewer answers than calls")),
        };
        let code = Bytecode::new_raw_checked(wire::bytes(CODE, code)?)
            .map_err(|error| wire::garbage(CODE, &error.to_string()))?;
        let code_hash = if code.is_empty() { KECCAK_EMPTY } else { code.hash_slow() };
        if let Some(told) = told.filter(|told| *told != code_hash) {
            return Err(Fault::Lied(format!(
                "the code of {address} hashes to {code_hash}, and the state says {told}"
            )));
        }
        if balance.is_zero() && nonce == 0 && code.is_empty() {
            return Ok(None);
        }
        Ok(Some(AccountInfo { balance, nonce, code_hash, code: Some(code), ..Default::default() }))
    }

    /// What the answer to [`Self::slot_call`] says.
    pub(super) fn slot(
        &self,
        address: Address,
        slot: U256,
        answer: &RawValue,
    ) -> Result<U256, Fault> {
        if self.proofs {
            return proof::slot(PROOF, answer, address, slot, self.state_root);
        }
        wire::word(STORAGE, answer)
    }
}
