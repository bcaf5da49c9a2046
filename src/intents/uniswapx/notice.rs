//! How orders are told of: by the webhook that fillers register, and by the orders' API. Both name the
//! same members (docs.uniswap.org, "Signed Order Webhook Notifications"; Uniswap/uniswapx-service at
//! c944432a, `order-notification/handler.ts` and `get-orders/schema`). Whatever else they tell is in the
//! order itself, or of no use here.

use alloy_primitives::{B256, Bytes};
use serde::{Deserialize, Serialize};

use super::{
    check::{Checked, Rules, check},
    fault::Fault,
};

/// An order that somebody tells of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Its name, which must be its own.
    pub order_hash: B256,
    /// Its bytes.
    pub encoded_order: Bytes,
    /// The swapper's signature.
    pub signature: Bytes,
    /// The chain on which it is filled.
    pub chain_id: u64,
    /// `open`, or what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_status: Option<String>,
}

/// One page of the orders' API: entries that are no notice do not spoil the others.
#[derive(Debug, Clone, Deserialize)]
pub struct Page {
    /// The entries.
    pub orders: Vec<serde_json::Value>,
    /// Where the next page begins.
    #[serde(default)]
    pub cursor: Option<String>,
}

impl Notice {
    /// Whether it is still to be filled, as far as it is told.
    pub fn is_open(&self) -> bool {
        self.order_status.as_deref().is_none_or(|status| status == "open")
    }

    /// The order, checked: nothing that is told beside it is believed.
    pub fn check(&self, rules: &Rules<'_>) -> Result<Checked, Fault> {
        let (found, expected) = (self.chain_id, rules.chain_id);
        if found != expected {
            return Err(Fault::WrongChain { found, expected });
        }
        let checked = check(&self.encoded_order, &self.signature, rules)?;
        let (found, told) = (checked.hash(), self.order_hash);
        if found == told { Ok(checked) } else { Err(Fault::OtherHash { found, told }) }
    }
}
