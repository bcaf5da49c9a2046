//! The allowance that Permit2 needs before a signature can be settled: the owner's own transaction.

use std::time::{Duration, Instant};

use alloy_consensus::{SignableTransaction as _, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_primitives::{Address, B256, TxKind, U64, U128, hex};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{client::Server, key::Owner, terms::Allowance};
use crate::cli::Outcome;

/// The highest tip for a unit of gas, in wei: one gwei.
const TIP: u128 = 1_000_000_000;

/// How long a transaction is waited for.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often a node is asked whether it has landed.
const POLL: Duration = Duration::from_millis(250);

/// A node, asked for what sending a transaction takes.
pub(super) struct Sender<'a> {
    pub(super) node: &'a Server,
    pub(super) chain_id: u64,
    pub(super) owner: &'a Owner,
}

impl Sender<'_> {
    /// Gives the allowance, and waits until it is in a block.
    pub(super) fn allow(&self, allowance: &Allowance) -> Result<B256, Outcome> {
        let chain_id: U64 = self.ask("eth_chainId", &json!([]))?;
        if chain_id.to::<u64>() != self.chain_id {
            let why = format!("the node is on chain {chain_id}, not on chain {}", self.chain_id);
            return Err(Outcome::BadInput(format!("{why}: give --node one of that chain")));
        }
        let hash = self.send(allowance)?;
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            let receipt: Value = self.ask("eth_getTransactionReceipt", &json!([hash]))?;
            match receipt["status"].as_str() {
                Some("0x1") => return Ok(hash),
                Some(_) => {
                    return Err(Outcome::Failed(format!("the allowance {hash} was reverted")));
                }
                None => std::thread::sleep(POLL),
            }
        }
        let why = format!("the allowance {hash} is in no block after {} s", PATIENCE.as_secs());
        Err(Outcome::Failed(format!("{why}: hand the intent in again once it is")))
    }

    fn send(&self, allowance: &Allowance) -> Result<B256, Outcome> {
        let account: Address = self.owner.address();
        let nonce: U64 = self.ask("eth_getTransactionCount", &json!([account, "pending"]))?;
        let price: U128 = self.ask("eth_gasPrice", &json!([]))?;
        // Twice today's price: base fees rise by an eighth a block at most.
        let most = price.to::<u128>().saturating_mul(2);
        let transaction = TxEip1559 {
            chain_id: self.chain_id,
            nonce: nonce.to(),
            // A quarter more than was measured.
            gas_limit: allowance.gas.saturating_add(allowance.gas / 4),
            max_fee_per_gas: most,
            max_priority_fee_per_gas: TIP.min(most),
            to: TxKind::Call(allowance.call.to),
            input: allowance.call.data.clone(),
            ..TxEip1559::default()
        };
        let signature = self.owner.signature(transaction.signature_hash())?;
        let raw = TxEnvelope::from(transaction.into_signed(signature)).encoded_2718();
        self.ask("eth_sendRawTransaction", &json!([hex::encode_prefixed(raw)]))
    }

    fn ask<T: DeserializeOwned>(&self, method: &str, params: &Value) -> Result<T, Outcome> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut told = self.node.post("", body.to_string().into_bytes())?;
        if let Some(error) = told.get("error").filter(|error| !error.is_null()) {
            let said = error["message"].as_str().unwrap_or("without a reason");
            return Err(Outcome::Failed(format!("the node refuses {method}: {said}")));
        }
        let wrong = |_| Outcome::Failed(format!("the node answers {method} with something else"));
        serde_json::from_value(told["result"].take()).map_err(wrong)
    }
}
