//! What the driver asks: an auction, or a quote, which is an auction without an id.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, FixedBytes};
use serde::{Deserialize, Serialize};

use super::{Amount, LiquidityList, Shown};

/// An order's name: digest, owner and expiry.
pub type OrderUid = FixedBytes<56>;

/// Orders to settle, and what the driver knows of the market.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct Auction {
    /// `None` of a quote.
    pub id: Option<Shown<i64>>,
    pub tokens: BTreeMap<Address, Token>,
    pub orders: Vec<Order>,
    pub liquidity: LiquidityList,
    /// Wei a unit of gas.
    pub effective_gas_price: Amount,
    pub deadline: Deadline,
    pub surplus_capturing_jit_order_owners: Vec<Address>,
}

/// A point in time, RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(pub jiff::Timestamp);

impl Serialize for Deadline {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Deadline {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| serde::de::Error::custom("not a time of RFC 3339"))
    }
}

/// What is known of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct Token {
    pub decimals: Option<u8>,
    pub symbol: Option<String>,
    /// Wei of the native token for 1e18 units.
    pub reference_price: Option<Amount>,
    /// Units that the settlement contract holds.
    pub available_balance: Amount,
    /// Whether interactions that take it may be internalised.
    pub trusted: bool,
}

/// An order, with what of it can be traded now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct Order {
    pub uid: OrderUid,
    pub sell_token: Address,
    pub buy_token: Address,
    pub sell_amount: Amount,
    pub full_sell_amount: Amount,
    pub buy_amount: Amount,
    pub full_buy_amount: Amount,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee_policies: Option<Vec<FeePolicy>>,
    pub valid_to: u32,
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<Address>,
    pub owner: Address,
    pub partially_fillable: bool,
    pub pre_interactions: Vec<InteractionData>,
    pub post_interactions: Vec<InteractionData>,
    pub sell_token_source: Balance,
    pub buy_token_destination: Balance,
    pub class: Class,
    pub app_data: B256,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flashloan_hint: Option<FlashloanHint>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrappers: Vec<WrapperCall>,
    pub signing_scheme: RequestScheme,
    pub signature: Bytes,
}

/// Which amount is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub enum Kind {
    Sell,
    Buy,
}

/// Who decides the network fee: of limit orders the solver, of market orders nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub enum Class {
    Market,
    Limit,
}

/// Where tokens are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub enum Balance {
    Erc20,
    Internal,
    External,
}

/// How an order is signed, as requests write it: in lower case. Responses do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub enum RequestScheme {
    Eip712,
    EthSign,
    Eip1271,
    PreSign,
}

/// What the protocol takes; tagged by the name of its only member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub enum FeePolicy {
    Surplus { factor: f64, max_volume_factor: f64 },
    PriceImprovement { factor: f64, max_volume_factor: f64, quote: Quote },
    Volume { factor: f64 },
}

/// What an order was quoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct Quote {
    pub sell_amount: Amount,
    pub buy_amount: Amount,
    pub fee: Amount,
}

/// A call that an order brings along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct InteractionData {
    pub target: Address,
    pub value: Amount,
    pub call_data: Bytes,
}

/// A loan that an order asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct FlashloanHint {
    pub liquidity_provider: Address,
    pub protocol_adapter: Address,
    pub receiver: Address,
    pub token: Address,
    pub amount: Amount,
}

/// A contract that an order wants its settlement called through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct WrapperCall {
    pub address: Address,
    pub data: Bytes,
    #[serde(default)]
    pub is_omittable: bool,
}
