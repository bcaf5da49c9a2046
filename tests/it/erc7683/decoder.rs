//! Reading orders: whatever the bytes, they are an order or one of the errors. How long the searches for a
//! fault look is `TENOR_FUZZ_S`, in seconds.

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolValue as _;
use proptest::prelude::*;
use tenor::{
    intents::erc7683::{self, Posted, Registry, Rules, wire},
    problems::Problem,
};

use super::kit::{deployment, order, permit, posted, text};
use crate::{
    search::search,
    signed::{key, sign},
};

const NOW: u64 = 1_716_479_543;

fn sample() -> Posted {
    posted(&permit(Address::repeat_byte(0xa1), Address::repeat_byte(0xb2), NOW))
}

/// What is read resolves or is refused, and what resolves fills.
fn holds(posted: &Posted) -> bool {
    let Ok(resolved) = Registry::new(deployment()).resolve(posted) else { return false };
    let rules = Rules { chain_id: 1, now: NOW, block: 1, state: None };
    let Ok(checked) = erc7683::check(resolved, &rules) else { return false };
    let _ = checked.terms();
    erc7683::fill(&checked, Bytes::new()).unwrap();
    true
}

#[test]
fn the_sample_is_filled() {
    assert!(holds(&wire::read(&text(&sample())).unwrap()));
}

#[test]
fn any_bytes_are_an_order_or_an_error() {
    let text = text(&sample()).to_vec();
    let length = text.len();
    search(&(0..length, any::<u8>(), any::<bool>()), |(at, byte, cut)| {
        let mut bytes = text.clone();
        bytes[at] = byte;
        bytes.truncate(if cut { at } else { length });
        let Ok(posted) = wire::read(&bytes) else { return };
        holds(&posted);
        // What is read is written the same, apart from how its JSON was.
        assert_eq!(wire::read(&super::kit::text(&posted)).unwrap(), posted);
    });
}

/// The ABI of the envelope and of the data in it, a few bytes changed, and signed as it then is.
#[test]
fn any_order_data_is_resolved_or_refused() {
    let permit = permit(Address::repeat_byte(0xa1), Address::repeat_byte(0xb2), NOW);
    let data = permit.abi_encode();
    let length = data.len();
    let change = (0..length, any::<u8>());
    let mut resolved = 0;
    search(
        &(prop::collection::vec(change, 0..3), 0u8..8, any::<prop::sample::Index>()),
        |changes| {
            let (changes, whether, cut) = changes;
            let mut bytes = data.clone();
            for (at, byte) in changes {
                bytes[at] = byte;
            }
            if whether == 0 {
                bytes.truncate(cut.index(length));
            }
            let mut envelope = order(&permit);
            let mut digest = deployment().id(&permit);
            if let Ok(read) = wire::decode::<
                tenor::intents::signed::frozen::PermitWitnessTransferFrom,
            >("data", &bytes)
            {
                envelope = tenor_envelope(&read, envelope);
                digest = deployment().id(&read);
            }
            envelope.orderData = bytes.into();
            let posted = Posted::Gasless { order: envelope, signature: sign(&key(), digest) };
            resolved += usize::from(holds(&posted));
        },
    );
    assert!(resolved > 0, "no data was left in order");
}

/// The envelope that repeats what the data says, as far as it can.
fn tenor_envelope(
    permit: &tenor::intents::signed::frozen::PermitWitnessTransferFrom,
    envelope: erc7683::order::GaslessCrossChainOrder,
) -> erc7683::order::GaslessCrossChainOrder {
    let deadline = u32::try_from(permit.deadline).unwrap_or(u32::MAX);
    erc7683::order::GaslessCrossChainOrder {
        originSettler: permit.spender,
        user: permit.witness.owner,
        nonce: permit.nonce,
        openDeadline: deadline,
        fillDeadline: deadline,
        ..envelope
    }
}

#[test]
fn every_fault_has_its_code() {
    let refused = |text: &str| wire::read(text.as_bytes()).unwrap_err().problem();
    assert_eq!(refused("{"), Problem::NotJson);
    assert_eq!(refused(&"[".repeat(100)), Problem::TooDeep);
    assert_eq!(refused(&" ".repeat(70_000)), Problem::BodyTooLarge);
    assert_eq!(refused(r#"{"kind":"gasless","order":"0x"}"#), Problem::MissingField);
    assert_eq!(refused(r#"{"kind":"swap","order":"0x"}"#), Problem::InvalidField);
    let empty = r#"{"kind":"gasless","order":"0x","signature":"0x"}"#;
    assert_eq!(refused(empty), Problem::OrderDataMalformed);
}
