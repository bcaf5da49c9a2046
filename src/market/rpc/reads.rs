//! The calls that read an account or a slot of one block, and what their answers say.

use alloy_primitives::{Address, B256, U256, address, keccak256};
use revm::{bytecode::Bytecode, primitives::KECCAK_EMPTY, state::AccountInfo};
use serde_json::{Value, json, value::RawValue};
use tenor_solver::venues::{Answer, Read};

use super::{
    Head,
    error::Fault,
    link::{Call, Said},
    proof, wire,
};

const BALANCE: &str = "eth_getBalance";
const NONCE: &str = "eth_getTransactionCount";
const CODE: &str = "eth_getCode";
const STORAGE: &str = "eth_getStorageAt";
const PROOF: &str = "eth_getProof";
const CALL: &str = "eth_call";

/// Who calls view functions, here and in an EVM of our own: the system, which has no code and no key.
const CALLER: Address = address!("fffffffffffffffffffffffffffffffffffffffe");

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

    /// The call that asks what a venue asks.
    pub(super) fn view_call(&self, read: &Read) -> Call {
        let block = &self.block;
        match read {
            Read::Slot { account, slot } => {
                Call::new(STORAGE, json!([account, wire::padded(*slot), block]))
            }
            Read::Balance(account) => Call::new(BALANCE, json!([account, block])),
            Read::CodeHash(account) => Call::new(CODE, json!([account, block])),
            Read::Call { to, data } => {
                Call::new(CALL, json!([{ "from": CALLER, "to": to, "data": data }, block]))
            }
        }
    }

    /// What is said to [`Self::view_call`].
    pub(super) fn view(read: &Read, said: &Said) -> Result<Answer, Fault> {
        let Said::Value(value) = said else { return Ok(Answer::Reverted) };
        Ok(match read {
            Read::Slot { .. } => Answer::Word(wire::word(STORAGE, value)?),
            Read::Balance(_) => Answer::Word(wire::word(BALANCE, value)?),
            Read::CodeHash(_) => {
                let code = wire::bytes(CODE, value)?;
                let hash = (!code.is_empty()).then(|| keccak256(&code).into());
                Answer::Word(hash.unwrap_or_default())
            }
            Read::Call { .. } => Answer::Returned(wire::bytes(CALL, value)?),
        })
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
