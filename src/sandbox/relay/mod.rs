//! The builder's door: what private relays speak, by the names and shapes of their own clients.
//!
//! ```text
//! body -> X-Flashbots-Signature -> wire (read leniently) -> Book -> a block -> what became of it
//! ```
//!
//! A reply says that something was taken, and nothing of what becomes of it: that the chain tells.
//! Replacement and cancellation are the signer's own. Refunds are read and not paid: the builder here
//! has no key.

pub(super) mod book;
mod mev_share;
mod simulate;
mod stats;
mod wire;

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes};
use serde_json::{Value, json};
use tenor_simulations::chain::{Bundle, Signed};

use self::{
    book::{Entry, Submission},
    wire::{CancelDto, CancelPrivateDto, PrivateDto, SendDto, StatsDto},
};
use super::{
    Fault, Inner, Sandbox,
    eth::{Quantity, refused},
    jsonrpc::{self, Answer, Params, RpcError},
};
use crate::{
    bundle::ids::bundle_hash,
    relays::identity::{self, signer},
};

/// The most transactions of a bundle, and their bytes (Flashbots' documentation).
const MOST_TRANSACTIONS: usize = 100;
const MOST_BYTES: usize = 300_000;
/// For how many blocks a private transaction is tried where its last is not named.
const PRIVATE_BLOCKS: u64 = 25;

/// Answers a body, if the header says who signed it. Where nobody has to, who does not is nobody.
pub(super) fn answer(sandbox: &Sandbox, header: Option<&str>, anybody: bool, body: &[u8]) -> Value {
    let signer = match header {
        Some(header) => signer(header, body).map_err(|error| error.to_string()),
        None if anybody => Ok(Address::ZERO),
        None => Err(format!("no {} header", identity::HEADER)),
    };
    jsonrpc::answer(body, |method, params| match &signer {
        Ok(signer) => Door { sandbox, signer: *signer }.call(method, params),
        Err(why) => Err(RpcError::request(why)),
    })
}

/// Who asks.
struct Door<'a> {
    sandbox: &'a Sandbox,
    signer: Address,
}

impl Door<'_> {
    fn call(&self, method: &str, params: &Params) -> Answer {
        match method {
            "eth_sendBundle" => self.send(params.get(0)?),
            "mev_sendBundle" => self.share(&params.get(0)?),
            "eth_cancelBundle" => self.cancel(params.get(0)?),
            "eth_callBundle" => simulate::call(&self.sandbox.lock(), &params.get(0)?),
            "mev_simBundle" => {
                let (body, options) = (params.get(0)?, params.opt(1)?.unwrap_or_default());
                simulate::shared(&self.sandbox.lock(), self.sandbox.slot, &body, &options)
            }
            "eth_sendPrivateTransaction" => self.send_private(&params.get(0)?),
            // Who is a builder and a node at once takes private transactions by the name that nodes have for them.
            "eth_sendPrivateRawTransaction" | "eth_sendRawTransaction" => {
                self.send_private(&PrivateDto { tx: params.get(0)?, max_block_number: None })
            }
            "eth_cancelPrivateTransaction" => self.cancel_private(&params.get(0)?),
            "flashbots_getBundleStatsV2" => {
                let StatsDto { bundle_hash, .. } = params.get(0)?;
                Ok(self.sandbox.lock().book.stats(bundle_hash))
            }
            "flashbots_getUserStatsV2" => Ok(self.sandbox.lock().book.user_stats(self.signer)),
            _ => Err(RpcError::method(method)),
        }
    }

    fn send(&self, sent: SendDto) -> Answer {
        let mut inner = self.sandbox.lock();
        if sent.txs.is_empty() {
            let uuid = sent.replacement_uuid.ok_or_else(|| RpcError::params("no transactions"))?;
            let sequence = sent.replacement_nonce.map(|nonce| nonce.0);
            self.take(&mut inner, Submission::Cancel { signer: self.signer, uuid, sequence })?;
            return Ok(Value::Null);
        }
        let transactions = decode(&sent.txs)?;
        let block = sent.block_number.filter(|block| block.0 > 0);
        let block = block.map_or(inner.number() + 1, |block| block.0);
        let hash = bundle_hash(transactions.iter().map(|signed| signed.hash));
        let bundle = Bundle {
            min_timestamp: sent.min_timestamp,
            max_timestamp: sent.max_timestamp.filter(|most| *most > 0),
            reverting: sent.reverting_tx_hashes.unwrap_or_default(),
            dropping: sent.dropping_tx_hashes.unwrap_or_default(),
            ..Bundle::new(transactions, block)
        };
        let entry = Entry {
            uuid: sent.replacement_uuid,
            sequence: sent.replacement_nonce.map(|nonce| nonce.0),
            ..Entry::new(self.signer, hash, bundle)
        };
        self.accept(&mut inner, entry, json!({ "bundleHash": hash }), hash)
    }

    fn share(&self, sent: &Value) -> Answer {
        let mut inner = self.sandbox.lock();
        let shared = mev_share::read(&inner, sent)?;
        let (hash, uuid) = (shared.hash, shared.replacement);
        let entry = Entry { uuid, ..Entry::new(self.signer, hash, shared.bundle) };
        self.accept(&mut inner, entry, json!({ "bundleHash": hash }), hash)
    }

    fn send_private(&self, sent: &PrivateDto) -> Answer {
        let mut inner = self.sandbox.lock();
        let transactions = decode(std::slice::from_ref(&sent.tx))?;
        let hash = transactions.first().map_or(B256::ZERO, |signed| signed.hash);
        let next = inner.number() + 1;
        let last = sent.max_block_number.map_or(next + PRIVATE_BLOCKS - 1, |last| last.0);
        let bundle = Bundle { last, ..Bundle::new(transactions, next) };
        let entry = Entry { private: true, ..Entry::new(self.signer, bundle_hash([hash]), bundle) };
        self.accept(&mut inner, entry, json!(hash), hash)
    }

    /// Takes what is to land, and answers as the faults have it.
    fn accept(&self, inner: &mut Inner, mut entry: Entry, told: Value, hash: B256) -> Answer {
        let number = inner.number();
        if entry.bundle.last <= number {
            let why = format!("block {} is past: the newest is {number}", entry.bundle.last);
            return Err(RpcError::params(why));
        }
        entry.ignored = inner.faults.contains(&Fault::Ignores);
        if inner.faults.contains(&Fault::Leak) {
            for signed in &entry.bundle.transactions {
                // What anybody may send, the pool takes or not.
                if inner.pool.add(Arc::clone(signed), &inner.chain).is_ok() {
                    inner.public.insert(signed.hash);
                }
            }
        }
        let now = entry.bundle.first == number + 1;
        entry.received = inner.chain.head().header.timestamp;
        self.take(inner, Submission::Bundle(Box::new(entry)))?;
        let faults = inner.faults.clone();
        if now {
            self.sandbox.hurry(inner).map_err(refused)?;
        }
        Ok(match () {
            () if faults.contains(&Fault::Null) => Value::Null,
            () if faults.contains(&Fault::TwoHundred) => json!(200),
            () if faults.contains(&Fault::BareString) => json!(hash),
            () => told,
        })
    }

    fn cancel(&self, CancelDto { replacement_uuid: uuid }: CancelDto) -> Answer {
        let mut inner = self.sandbox.lock();
        let hashes = inner.book.named(self.signer, &uuid);
        let cancel = Submission::Cancel { signer: self.signer, uuid, sequence: None };
        self.take(&mut inner, cancel)?;
        Ok(json!(hashes))
    }

    fn cancel_private(&self, CancelPrivateDto { tx_hash }: &CancelPrivateDto) -> Answer {
        let mut inner = self.sandbox.lock();
        let there = inner.book.waits(self.signer, *tx_hash);
        self.take(&mut inner, Submission::CancelPrivate { signer: self.signer, hash: *tx_hash })?;
        Ok(json!(there))
    }

    /// What comes is taken in at once, or waits for the block where it is to be turned around.
    #[allow(clippy::unnecessary_wraps, reason = "the callers' form")]
    fn take(&self, inner: &mut Inner, submission: Submission) -> Result<(), RpcError> {
        inner.book.submit(submission);
        if !inner.faults.contains(&Fault::OutOfOrder) {
            let faults = inner.faults.clone();
            inner.book.take_in(&faults);
        }
        Ok(())
    }
}

/// Reads signed transactions, as many as a bundle may have.
fn decode(txs: &[Bytes]) -> Result<Vec<Arc<Signed>>, RpcError> {
    let bytes: usize = txs.iter().map(|bytes| bytes.len()).sum();
    if txs.len() > MOST_TRANSACTIONS || bytes > MOST_BYTES {
        let (count, most) = (txs.len(), MOST_TRANSACTIONS);
        let why = format!(
            "{count} transactions of {bytes} bytes: at most {most} of {MOST_BYTES} together"
        );
        return Err(RpcError::params(why));
    }
    let read = |bytes: &Bytes| {
        let signed = Signed::decode(bytes).map_err(|error| RpcError::params(error.to_string()))?;
        Ok(Arc::new(signed))
    };
    txs.iter().map(read).collect()
}
