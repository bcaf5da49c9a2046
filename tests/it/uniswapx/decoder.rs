//! Reading orders: whatever the bytes, they are an order, which comes back as the same bytes, or one of the
//! errors; and an order is priced or refused. How long the search for a fault looks is `TENOR_FUZZ_S`, in
//! seconds.

use alloy_primitives::{Bytes, U256};
use proptest::{collection::vec, prelude::*};
use tenor::intents::uniswapx::{
    Fault, Moment, Order, Rules, check, notice::Notice, order::MOST_BYTES, resolve,
};

use super::kit::{self, KINDS, REACTORS, Setting, signature};
use crate::{search::search, world::rng::Rng};

fn setting() -> Setting {
    let (sold, bought) = (kit::STRANGER, kit::FILLER);
    Setting { sold, bought, now: 1_800_000_000, block: 20_000_000, base_fee: 10_000_000_000 }
}

/// Orders of all kinds.
fn samples() -> Vec<Order> {
    let rng = &mut Rng::new(11);
    let mut all = Vec::new();
    for _ in 0..4 {
        all.extend(KINDS.map(|kind| kit::order(rng, kind, &setting())));
    }
    all
}

/// What holds of any bytes.
fn holds(bytes: &[u8], signature: &Bytes, at: &Moment) -> bool {
    let order = match Order::read(bytes, &REACTORS) {
        Ok(order) => order,
        Err(
            Fault::Malformed(_)
            | Fault::NotCanonical
            | Fault::UnknownReactor(_)
            | Fault::TooLong { .. },
        ) => return false,
        Err(other) => panic!("reading tells {other}"),
    };
    assert_eq!(order.encode(), bytes);
    assert_eq!(Order::decode(order.kind(), bytes).as_ref(), Ok(&order));
    let _ = (order.digest(1), order.cosigner_digest(1));
    if let Ok(resolved) = resolve(&order, at) {
        assert_eq!(resolved.outputs.len(), order.outputs());
    }
    let rules = Rules { chain_id: 1, reactors: REACTORS, state: None, now: at.timestamp };
    if let Ok(checked) = check(&bytes.to_vec().into(), signature, &rules) {
        assert_eq!(checked.hash(), order.hash());
    }
    true
}

#[test]
fn any_bytes_are_an_order_or_an_error() {
    let samples = samples();
    let signatures: Vec<Bytes> = samples.iter().map(signature).collect();
    let encoded: Vec<Vec<u8>> = samples.iter().map(Order::encode).collect();
    let at = setting().moment();
    // Bytes of a sample, changed in some places, cut, and with some after its end.
    let change = (any::<prop::sample::Index>(), any::<u8>());
    let strategy = (
        0..samples.len(),
        vec(change, 0..4),
        proptest::option::weighted(0.1, any::<prop::sample::Index>()),
        proptest::option::weighted(0.1, vec(any::<u8>(), 1..80)),
    );
    let (mut read, mut tried) = (0, 0);
    search(&strategy, |(which, changes, cut, more)| {
        let mut bytes = encoded[which].clone();
        let length = bytes.len();
        for (at, byte) in changes {
            bytes[at.index(length)] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(length));
        }
        bytes.extend(more.unwrap_or_default());
        read += usize::from(holds(&bytes, &signatures[which], &at));
        tried += 1;
    });
    println!("uniswapx decoder: {tried} changed orders, {read} of them read");
    assert!(read > 0 && read < tried, "{read} of {tried}");
}

#[test]
fn any_words_are_an_order_or_an_error() {
    let samples = samples();
    let encoded: Vec<Vec<u8>> = samples.iter().map(Order::encode).collect();
    let at = setting().moment();
    // Whole words that mean something to a decoder or to the arithmetic: offsets, lengths, extremes.
    let word = prop_oneof![
        Just(U256::ZERO),
        Just(U256::ONE),
        Just(U256::MAX),
        Just(U256::MAX >> 1),
        Just((U256::MAX >> 1) + U256::ONE),
        (0_u64..4_096).prop_map(U256::from),
        (0_u64..200).prop_map(|n| U256::from(32 * n)),
        any::<u64>().prop_map(U256::from),
        (0_usize..256).prop_map(|bits| U256::MAX >> bits),
    ];
    let change = (any::<prop::sample::Index>(), word);
    let strategy = (0..samples.len(), vec(change, 1..4), 0_u64..60_000, any::<u64>());
    search(&strategy, |(which, changes, later, fee)| {
        let mut bytes = encoded[which].clone();
        let words = bytes.len() / 32;
        for (at, word) in changes {
            let place = 32 * at.index(words);
            bytes[place..place + 32].copy_from_slice(&word.to_be_bytes::<32>());
        }
        let at = Moment {
            timestamp: at.timestamp + later,
            block: at.block + later,
            base_fee: U256::from(fee),
            priority_fee: U256::from(fee),
            ..at
        };
        holds(&bytes, &Bytes::new(), &at);
    });
    search(&vec(any::<u8>(), 0..600), |bytes| {
        holds(&bytes, &Bytes::new(), &at);
    });
}

#[test]
fn notices_are_read_or_refused() {
    let order = &samples()[1];
    let text = serde_json::to_vec(&Notice {
        order_hash: order.hash(),
        encoded_order: order.encode().into(),
        signature: signature(order),
        chain_id: 1,
        order_status: Some("open".to_owned()),
    })
    .unwrap();
    let strategy = vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
    let rules = Rules { chain_id: 1, reactors: REACTORS, state: None, now: setting().now };
    let mut held = 0;
    search(&strategy, |changes| {
        let mut bytes = text.clone();
        for (at, byte) in changes {
            let place = at.index(bytes.len());
            bytes[place] = byte;
        }
        let Ok(notice) = serde_json::from_slice::<Notice>(&bytes) else { return };
        held += usize::from(notice.check(&rules).is_ok());
    });
    assert!(held > 0);
}

#[test]
fn every_fault_of_reading_has_its_name() {
    let order = samples().remove(1);
    let bytes = order.encode();
    let read = |bytes: &[u8]| Order::read(bytes, &REACTORS).unwrap_err();
    assert!(matches!(read(&[]), Fault::Malformed(_)));
    assert!(matches!(read(&bytes[..90]), Fault::Malformed(_)));
    assert!(matches!(read(&bytes[..bytes.len() - 32]), Fault::Malformed(_)));
    assert!(matches!(read(&vec![0; MOST_BYTES + 1]), Fault::TooLong { .. }));
    assert_eq!(read(&[&bytes[..], &[0; 32]].concat()), Fault::NotCanonical);
    let other = [0x77; 20];
    let reactor = order.info().reactor;
    let at = bytes.windows(20).position(|window| window == reactor.as_slice()).unwrap();
    let mut elsewhere = bytes.clone();
    elsewhere[at..at + 20].copy_from_slice(&other);
    assert_eq!(read(&elsewhere), Fault::UnknownReactor(other.into()));
    // What no address has is dropped by decoders, and would not come back.
    let mut dirty = bytes;
    dirty[at - 1] = 1;
    assert_eq!(read(&dirty), Fault::NotCanonical);
}
