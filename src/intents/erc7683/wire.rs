//! Orders as they are handed in: the ABI encoding of the standard's struct, and what goes with it.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolValue;
use serde::Deserialize;

use super::{
    order::{GaslessCrossChainOrder, OnchainCrossChainOrder},
    refusal::Refusal,
};
use crate::intents::signed::wire::{MOST_BYTES, read_json};

/// An order, wherever it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// Signed, and not opened.
    Gasless {
        /// What was signed.
        order: GaslessCrossChainOrder,
        /// The user's.
        signature: Bytes,
    },
    /// Opened by its user, on a chain.
    Onchain {
        /// What was opened.
        order: OnchainCrossChainOrder,
        /// Who opened it.
        user: Address,
        /// The settler that opened it.
        settler: Address,
        /// The chain.
        chain: U256,
    },
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
enum PostedDto {
    Gasless {
        order: Bytes,
        signature: Bytes,
    },
    #[serde(rename_all = "camelCase")]
    Onchain {
        order: Bytes,
        user: Address,
        settler: Address,
        chain_id: u64,
    },
}

/// Reads `{"kind": "gasless", "order": "0x..", "signature": "0x.."}` or `{"kind": "onchain", "order": "0x..",
/// "user", "settler", "chainId"}`; `order` is the struct's ABI encoding.
pub fn read(body: &[u8]) -> Result<Posted, Refusal> {
    Ok(match read_json(body, MOST_BYTES)? {
        PostedDto::Gasless { order, signature } => {
            Posted::Gasless { order: decode("the gasless order", &order)?, signature }
        }
        PostedDto::Onchain { order, user, settler, chain_id } => Posted::Onchain {
            order: decode("the onchain order", &order)?,
            user,
            settler,
            chain: U256::from(chain_id),
        },
    })
}

/// ABI bytes that are exactly what the value encodes to: one form for one order.
pub fn decode<T>(what: &'static str, bytes: &[u8]) -> Result<T, Refusal>
where
    T: SolValue + From<<<T as SolValue>::SolType as alloy_sol_types::SolType>::RustType>,
{
    let malformed = |why: String| Refusal::Malformed { what, why: why.chars().take(200).collect() };
    let value = T::abi_decode_validate(bytes).map_err(|error| malformed(error.to_string()))?;
    if value.abi_encode() == bytes {
        return Ok(value);
    }
    Err(malformed("it has other bytes beside".to_owned()))
}
