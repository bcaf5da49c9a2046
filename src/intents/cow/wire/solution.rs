//! What the engine answers.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};

use super::{Amount, Balance, FlashloanHint, Kind, OrderUid};

/// Solutions, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[allow(missing_docs, reason = "the names are the wire's")]
pub enum Response {
    Solutions { solutions: Vec<Solution> },
    Error { error: SolverError },
}

/// Why there is no solution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct SolverError {
    pub code: ErrorCode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What kind of reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub enum ErrorCode {
    TradingOutsideAllowedWindow,
    TokenTemporarilySuspended,
    InsufficientLiquidity,
    Other,
}

/// Trades at one price for each token, and the interactions that make them possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct Solution {
    /// Unique in the response.
    pub id: u64,
    /// In any denomination; the wrapped native token's stands for the native one too.
    pub prices: BTreeMap<Address, Amount>,
    pub trades: Vec<Trade>,
    #[serde(default)]
    pub pre_interactions: Vec<Call>,
    pub interactions: Vec<Interaction>,
    #[serde(default)]
    pub post_interactions: Vec<Call>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gas: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flashloans: Option<BTreeMap<OrderUid, FlashloanHint>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrappers: Vec<Wrapper>,
}

/// An order that is filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub enum Trade {
    Fulfillment(Fulfillment),
    Jit(JitTrade),
}

/// An order of the auction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct Fulfillment {
    pub order: OrderUid,
    /// Sell tokens of a sell order, the fee aside; buy tokens of a buy order.
    pub executed_amount: Amount,
    /// In sell tokens; there if and only if the order's class is limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Amount>,
}

/// An order that the engine brings along. This one brings none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct JitTrade {
    pub order: JitOrder,
    pub executed_amount: Amount,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Amount>,
}

/// The same order's terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct JitOrder {
    pub sell_token: Address,
    pub buy_token: Address,
    pub receiver: Address,
    pub sell_amount: Amount,
    pub buy_amount: Amount,
    #[serde(default)]
    pub partially_fillable: bool,
    pub valid_to: u32,
    pub app_data: B256,
    pub kind: Kind,
    pub sell_token_balance: Balance,
    pub buy_token_balance: Balance,
    pub signing_scheme: ResponseScheme,
    pub signature: Bytes,
}

/// How an order is signed, as responses write it. Requests write it in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub enum ResponseScheme {
    Eip712,
    EthSign,
    PreSign,
    Eip1271,
}

/// Something that is called between taking what orders give and paying what they get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub enum Interaction {
    Liquidity(LiquidityInteraction),
    Custom(CustomInteraction),
}

/// A trade with liquidity of the auction; the driver encodes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct LiquidityInteraction {
    pub internalize: bool,
    /// A string, though it must read as a number.
    pub id: String,
    pub input_token: Address,
    pub output_token: Address,
    pub input_amount: Amount,
    pub output_amount: Amount,
}

/// A call that the engine has encoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct CustomInteraction {
    pub internalize: bool,
    pub target: Address,
    pub value: Amount,
    pub call_data: Bytes,
    pub allowances: Vec<Allowance>,
    pub inputs: Vec<Asset>,
    pub outputs: Vec<Asset>,
}

/// What a call may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct Allowance {
    pub token: Address,
    pub spender: Address,
    pub amount: Amount,
}

/// An amount of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct Asset {
    pub token: Address,
    pub amount: Amount,
}

/// A call before or after all else. The driver's own type carries its name as a tag, and its value is
/// written in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename = "Call", rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct Call {
    pub target: Address,
    pub value: U256,
    pub call_data: Bytes,
}

/// A contract that the settlement is called through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct Wrapper {
    pub address: Address,
    pub data: Bytes,
}
