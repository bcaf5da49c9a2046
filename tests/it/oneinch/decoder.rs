//! Reading orders: whatever the bytes, they are an order or one of the errors, and an order is filled or
//! refused. How long the searches for a fault look is `TENOR_FUZZ_S`, in seconds.

use alloy_primitives::{Address, Bytes, U256, keccak256};
use proptest::prelude::*;
use serde_json::{Value, json};
use tenor::{
    intents::oneinch::{self, Rules, extension::Extension, order::Order, price::Taking, wire},
    problems::Problem,
};

use super::kit::{Figures, extended, maker, plain, sign};
use crate::{search::search, world::rng::Rng};

const SETTLEMENT: Address = Address::repeat_byte(0x5e);
const NOW: u32 = 1_716_479_543;

/// A Fusion order, and who may fill it.
fn fusion() -> (Order, Bytes, Address) {
    let mut rng = Rng::new(11);
    let order = plain(&mut rng, maker(), [Address::repeat_byte(1), Address::repeat_byte(2)]);
    let figures = Figures::random(&mut rng, NOW, order.takingAmount);
    let order = Order { receiver: SETTLEMENT, ..order };
    let (order, extension) = extended(&order, &figures.extension(SETTLEMENT));
    (order, extension, figures.resolvers[0].0)
}

fn written(order: &Order, extension: &Bytes) -> Value {
    let Order { maker, receiver, makerAsset, takerAsset, .. } = order;
    json!({
        "orderHash": order.hash(1),
        "signature": sign(order.hash(1)),
        "order": {
            "salt": order.salt.to_string(),
            "maker": maker,
            "receiver": receiver,
            "makerAsset": makerAsset,
            "takerAsset": takerAsset,
            "makingAmount": order.makingAmount.to_string(),
            "takingAmount": order.takingAmount.to_string(),
            "makerTraits": format!("{:#x}", order.makerTraits),
        },
        "extension": extension,
        "remainingMakerAmount": order.makingAmount.to_string(),
        "quoteId": "what nobody signed",
    })
}

fn rules(taker: Address) -> Rules<'static> {
    let by = Taking { taker, now: NOW.into(), base_fee: 7_000_000_000 };
    Rules { chain_id: 1, settlements: &[SETTLEMENT], by, access: true, state: None }
}

/// What is read is filled or refused.
fn holds(bytes: &[u8], taker: Address) -> bool {
    let Ok(signed) = wire::read(bytes) else { return false };
    let Ok(checked) = oneinch::check(&signed, &rules(taker)) else { return false };
    let Ok(fill) = oneinch::fill(&checked, None) else { return false };
    let parts = fill.payout.amount + fill.payout.integrator + fill.payout.protocol;
    assert_eq!(parts, fill.taking, "{}", String::from_utf8_lossy(bytes));
    true
}

#[test]
fn the_sample_is_filled() {
    let (order, extension, taker) = fusion();
    let text = written(&order, &extension).to_string();
    assert!(holds(text.as_bytes(), taker));
    let signed = wire::read(text.as_bytes()).unwrap();
    assert_eq!((signed.order, signed.extension), (order, extension));
}

#[test]
fn any_bytes_are_an_order_or_an_error() {
    let (order, extension, taker) = fusion();
    let text = written(&order, &extension).to_string().into_bytes();
    let length = text.len();
    search(&(0..length, any::<u8>(), any::<bool>()), |(at, byte, cut)| {
        let mut bytes = text.clone();
        bytes[at] = byte;
        bytes.truncate(if cut { at } else { length });
        holds(&bytes, taker);
    });
}

/// Extensions of any bytes, committed to and signed, so that every one is decoded and priced.
#[test]
fn any_extension_is_priced_or_refused() {
    let (order, extension, taker) = fusion();
    let length = extension.len();
    let change = (0..length, any::<u8>());
    let changes = (prop::collection::vec(change, 0..4), any::<prop::sample::Index>(), 0u8..8);
    let mut filled = 0;
    search(&changes, |(changes, cut, whether)| {
        let mut bytes = extension.to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        if whether == 0 {
            bytes.truncate(cut.index(length));
        }
        let low = U256::from_be_bytes(keccak256(&bytes).0) & (U256::MAX >> 96_usize);
        let salt = (order.salt >> 160_usize << 160_usize) | low;
        let order = Order { salt, ..order.clone() };
        let _ = Extension::decode(&bytes);
        filled += usize::from(holds(written(&order, &bytes.into()).to_string().as_bytes(), taker));
    });
    assert!(filled > 0, "no extension was left in order");
}

/// Figures of any size in a struct that is signed anew.
#[test]
fn any_figures_are_priced_or_refused() {
    let (order, extension, taker) = fusion();
    let number = (any::<[u8; 32]>(), 0usize..256)
        .prop_map(|(bytes, bits)| U256::from_be_bytes(bytes) >> bits);
    search(&(number.clone(), number.clone(), number), |(making, taking, traits)| {
        let order = Order {
            makingAmount: making,
            takingAmount: taking,
            // Some of the flags, as often as not the order's own.
            makerTraits: order.makerTraits ^ if traits.bit(0) { U256::ZERO } else { traits },
            ..order.clone()
        };
        holds(written(&order, &extension).to_string().as_bytes(), taker);
    });
}

#[test]
fn every_fault_has_its_code() {
    let refused = |bytes: &[u8]| wire::read(bytes).unwrap_err().problem();
    assert_eq!(refused(b""), Problem::NotJson);
    assert_eq!(refused(b"\"\xff\""), Problem::InvalidUtf8);
    assert_eq!(refused("[".repeat(100).as_bytes()), Problem::TooDeep);
    assert_eq!(refused(&vec![b' '; 70_000]), Problem::BodyTooLarge);
    let (order, extension, _) = fusion();
    let sample = written(&order, &extension);
    let change = |pointer: &str, member: Value| {
        let mut value = sample.clone();
        *value.pointer_mut(pointer).unwrap() = member;
        refused(value.to_string().as_bytes())
    };
    assert_eq!(change("/order/salt", json!("-1")), Problem::InvalidField);
    assert_eq!(change("/order/makingAmount", json!(5)), Problem::InvalidField);
    assert_eq!(change("/order/maker", json!("0x12")), Problem::InvalidField);
    assert_eq!(change("/extension", json!("0x1")), Problem::InvalidField);
    let mut short = sample.clone();
    short["order"].as_object_mut().unwrap().remove("takerAsset");
    assert_eq!(refused(short.to_string().as_bytes()), Problem::MissingField);
}
