//! Liquidity as the driver describes it, tagged by `kind`.

use std::{collections::BTreeMap, fmt};

use alloy_primitives::{Address, B256};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Amount, Fraction, Shown};

/// One source of liquidity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub enum Liquidity {
    ConstantProduct(ConstantProductPool),
    WeightedProduct(WeightedPool),
    Stable(StablePool),
    ConcentratedLiquidity(ConcentratedPool),
    LimitOrder(ForeignOrder),
}

impl Liquidity {
    /// Its name in the auction.
    pub fn id(&self) -> &str {
        match self {
            Self::ConstantProduct(pool) => &pool.id,
            Self::WeightedProduct(pool) => &pool.id,
            Self::Stable(pool) => &pool.id,
            Self::ConcentratedLiquidity(pool) => &pool.id,
            Self::LimitOrder(order) => &order.id,
        }
    }
}

/// A pool of Uniswap's second version, or a fork.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct ConstantProductPool {
    pub id: String,
    pub address: Address,
    pub router: Address,
    pub gas_estimate: Amount,
    pub tokens: BTreeMap<Address, Reserve>,
    pub fee: Fraction,
}

/// What a pool holds of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct Reserve {
    pub balance: Amount,
}

/// A weighted pool of Balancer's second vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct WeightedPool {
    pub id: String,
    pub address: Address,
    pub balancer_pool_id: B256,
    pub gas_estimate: Amount,
    pub tokens: BTreeMap<Address, WeightedReserve>,
    pub fee: Fraction,
    pub version: WeightedVersion,
}

/// What a weighted pool holds of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct WeightedReserve {
    pub balance: Amount,
    pub scaling_factor: Fraction,
    pub weight: Fraction,
}

/// How a weighted pool rounds powers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub enum WeightedVersion {
    V0,
    V3Plus,
}

/// A stable pool of Balancer's second vault; a composable one lists its own token too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct StablePool {
    pub id: String,
    pub address: Address,
    pub balancer_pool_id: B256,
    pub gas_estimate: Amount,
    pub tokens: BTreeMap<Address, StableReserve>,
    pub amplification_parameter: Fraction,
    pub fee: Fraction,
}

/// What a stable pool holds of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct StableReserve {
    pub balance: Amount,
    pub scaling_factor: Fraction,
}

/// A pool of Uniswap's third version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct ConcentratedPool {
    pub id: String,
    pub address: Address,
    pub router: Address,
    pub gas_estimate: Amount,
    pub tokens: Vec<Address>,
    pub sqrt_price: Amount,
    pub liquidity: Shown<u128>,
    pub tick: i32,
    pub liquidity_net: BTreeMap<Shown<i32>, Shown<i128>>,
    pub fee: Fraction,
}

/// An order of 0x.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the wire's")]
pub struct ForeignOrder {
    pub id: String,
    pub address: Address,
    pub gas_estimate: Amount,
    pub hash: B256,
    pub maker_token: Address,
    pub taker_token: Address,
    pub maker_amount: Amount,
    pub taker_amount: Amount,
    pub taker_token_fee_amount: Amount,
}

/// All liquidity that could be read, and how much could not: kinds of a later driver, and figures that
/// are none, cost their own pool, never the auction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiquidityList {
    /// What was read.
    pub known: Vec<Liquidity>,
    /// How many were of an unknown kind.
    pub unknown: usize,
    /// How many were of a known kind, and malformed.
    pub malformed: usize,
}

/// The kinds read, as the wire names them.
const KINDS: [&str; 5] =
    ["constantProduct", "weightedProduct", "stable", "concentratedLiquidity", "limitOrder"];

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow)]
    kind: std::borrow::Cow<'a, str>,
}

impl LiquidityList {
    /// One by one: no tree of the whole is ever built.
    fn take(&mut self, raw: &RawValue) {
        match serde_json::from_str(raw.get()) {
            Ok(liquidity) => self.known.push(liquidity),
            Err(_) => match serde_json::from_str::<Tag<'_>>(raw.get()) {
                Ok(tag) if !KINDS.contains(&tag.kind.as_ref()) => self.unknown += 1,
                _ => self.malformed += 1,
            },
        }
    }
}

impl Serialize for LiquidityList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.known.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for LiquidityList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneByOne;

        impl<'de> Visitor<'de> for OneByOne {
            type Value = LiquidityList;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of liquidity")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<LiquidityList, A::Error> {
                let mut read = LiquidityList::default();
                while let Some(raw) = list.next_element::<Box<RawValue>>()? {
                    read.take(&raw);
                }
                Ok(read)
            }
        }

        deserializer.deserialize_seq(OneByOne)
    }
}
