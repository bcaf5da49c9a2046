//! An order as 1inch's services hand it out, and its reading: the order book's `{signature, orderHash,
//! data: {.., extension}}`, and Fusion's relayer's `{signature, orderHash, order, extension}`.
//!
//! Both carry much that nobody signed, and carry more from time to time: what is not named here is not
//! looked at.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{order::Order, refusal::Refusal};
use crate::intents::signed::wire::{MOST_BYTES, read_json};

/// An order with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What the maker signed.
    pub order: Order,
    /// What its salt commits to; empty where there is none.
    pub extension: Bytes,
    /// The maker's.
    pub signature: Bytes,
    /// The order's name, where the sender told one.
    pub hash: Option<B256>,
    /// What is left of it, where the sender told that.
    pub remaining: Option<U256>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignedDto {
    #[serde(alias = "order")]
    data: OrderDto,
    extension: Option<Bytes>,
    signature: Bytes,
    order_hash: Option<B256>,
    remaining_maker_amount: Option<Number>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderDto {
    salt: Number,
    maker: Address,
    #[serde(default)]
    receiver: Address,
    maker_asset: Address,
    taker_asset: Address,
    making_amount: Number,
    taking_amount: Number,
    #[serde(default)]
    maker_traits: Number,
    extension: Option<Bytes>,
}

/// A number as a string of decimal digits, or of hexadecimal ones after 0x.
#[derive(Debug, Clone, Copy, Default)]
struct Number(U256);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let (digits, radix) = text.strip_prefix("0x").map_or((&*text, 10), |hex| (hex, 16));
        let plain =
            (1..=78).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let value = plain.then(|| U256::from_str_radix(digits, radix).ok()).flatten();
        value.map(Self).ok_or_else(|| D::Error::custom("expected a number below 2^256 as a string"))
    }
}

/// Reads an order: whatever the bytes, it is one or an error that names what is wrong.
pub fn read(body: &[u8]) -> Result<Signed, Refusal> {
    let SignedDto { data, extension, signature, order_hash, remaining_maker_amount } =
        read_json(body, MOST_BYTES)?;
    let order = Order {
        salt: data.salt.0,
        maker: data.maker,
        receiver: data.receiver,
        makerAsset: data.maker_asset,
        takerAsset: data.taker_asset,
        makingAmount: data.making_amount.0,
        takingAmount: data.taking_amount.0,
        makerTraits: data.maker_traits.0,
    };
    Ok(Signed {
        order,
        extension: data.extension.or(extension).unwrap_or_default(),
        signature,
        hash: order_hash,
        remaining: remaining_maker_amount.map(|number| number.0),
    })
}
