//! Blocks' headers, read and checked.

use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bloom};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use tenor_simulations::world::Block;

use super::{error::Fault, link::Call, wire};

const METHOD: &str = "eth_getBlockByNumber";

/// A block, without its transactions. Its hash is that of its header: that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// The hash of the block before.
    pub parent: B256,
    /// Its unix seconds.
    pub timestamp: u64,
    /// Wei of base fee for a unit of gas.
    pub base_fee: u64,
    /// The most gas of all its transactions.
    pub gas_limit: u64,
    /// The gas of all its transactions.
    pub gas_used: u64,
    /// Who is paid for it.
    pub beneficiary: Address,
    /// The beacon chain's randomness.
    pub prev_randao: B256,
    /// The blob gas that its blobs' price follows from; `None` before Cancun.
    pub excess_blob_gas: Option<u64>,
    /// The root of the state after it.
    pub state_root: B256,
    /// Which accounts and topics its logs are of, more or less.
    pub logs_bloom: Bloom,
}

impl Head {
    /// The block as a world stands at it: its own number, clock and fees, and the state that it left.
    /// A world knows neither whom the block pays nor its randomness: no plan's contract asks.
    pub const fn block(&self, chain_id: u64) -> Block {
        Block {
            chain_id,
            number: self.number,
            timestamp: self.timestamp,
            base_fee: self.base_fee,
            gas_limit: self.gas_limit,
        }
    }
}

/// The block with a tag, such as `latest`.
pub(super) fn by_tag(tag: &str) -> Call {
    Call::new(METHOD, json!([tag, false]))
}

/// The block with a number.
pub(super) fn by_number(number: u64) -> Call {
    by_tag(&format!("{number:#x}"))
}

/// The block with a hash, its transactions whole.
pub(super) fn whole(hash: B256) -> Call {
    Call::new("eth_getBlockByHash", json!([hash, true]))
}

#[derive(Deserialize)]
struct HashDto {
    hash: B256,
}

/// A block, whose header hashes to the hash that it comes with; `None` where there is none.
pub(super) fn parse(raw: &RawValue) -> Result<Option<Head>, Fault> {
    if wire::is_null(raw) {
        return Ok(None);
    }
    let HashDto { hash } = wire::object(METHOD, raw)?;
    let header: Header = wire::object(METHOD, raw)?;
    let found = header.hash_slow();
    if found != hash {
        let number = header.number;
        return Err(Fault::Lied(format!(
            "the header of block {number} hashes to {found}, and it says {hash}"
        )));
    }
    let base_fee = header.base_fee_per_gas;
    let base_fee = base_fee.ok_or_else(|| wire::garbage(METHOD, "a block without a base fee"))?;
    Ok(Some(Head {
        number: header.number,
        hash,
        parent: header.parent_hash,
        timestamp: header.timestamp,
        base_fee,
        gas_limit: header.gas_limit,
        gas_used: header.gas_used,
        beneficiary: header.beneficiary,
        prev_randao: header.mix_hash,
        excess_blob_gas: header.excess_blob_gas,
        state_root: header.state_root,
        logs_bloom: header.logs_bloom,
    }))
}

/// That a block is the one that was asked for.
pub(super) fn same_number(block: &Head, wanted: u64) -> Result<(), Fault> {
    if block.number == wanted {
        return Ok(());
    }
    Err(Fault::Lied(format!("asked for block {wanted}, it sends block {}", block.number)))
}
