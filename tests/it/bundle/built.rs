//! Built transactions decode to what was asked.

use std::sync::OnceLock;

use alloy_consensus::{Transaction as _, TxEnvelope};
use alloy_eips::{
    eip2718::Decodable2718 as _,
    eip7702::{Authorization, SignedAuthorization},
};
use alloy_primitives::{Address, Bytes, TxKind, U256, keccak256};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::SolCall as _;
use futures_util::FutureExt as _;
use proptest::prelude::*;
use tenor::{
    bundle::{
        Bundle, Refund,
        build::{Backrun, BuildError, Order, build, replacement},
        fees::Fees,
        ids,
        prove::{Proven, furnished, prove},
        settle::Terms,
    },
    intents::signed::frozen::settleCall,
};
use tenor_simulations::{World, sequence};
use tenor_solver::venues::Call;

use super::{SWAPS, asked, proven, solver, terms, written};
use crate::signed::{key, world};

/// One settlement for all that only look at what is built.
fn settled() -> &'static (Proven, World) {
    static SETTLED: OnceLock<(Proven, World)> = OnceLock::new();
    SETTLED.get_or_init(|| {
        let (_, proven, world) = proven(SWAPS);
        (proven, world)
    })
}

/// A local key signs at once.
fn bundles(proven: &Proven, order: &Order) -> Result<Vec<Bundle>, BuildError> {
    build(proven, order, &solver()).now_or_never().unwrap()
}

fn order(proven: &Proven, block: u64) -> Order {
    let gas_limit = proven.peak() + proven.peak() / 4;
    let fees = Fees { gas_limit, max_fee: 60_000_000_000, tip: 1_000_000_000 };
    Order { blocks: block..=block, nonce: 0, fees, backrun: None, refund: None, attempt: 0 }
}

fn envelope(bytes: &Bytes) -> TxEnvelope {
    TxEnvelope::decode_2718_exact(bytes).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn bundles_decode_to_what_was_asked(
        first in 1u64..30_000_000,
        more in 0u64..5,
        nonce in 0u64..1_000_000,
        more_gas in 0u64..1_000_000,
        max_fee in 1u128..1_000_000_000_000,
        tip in 0u128..1_000_000_000,
        attempt in any::<u64>(),
        backrun in prop::option::of(("[a-z]{0,40}", 21_000u64..900_000, any::<u64>())),
        percent in prop::option::of(0u8..100),
    ) {
        let proven = &settled().0;
        let gas_limit = proven.peak() + more_gas;
        let to = Address::repeat_byte(0xba);
        let backrun = backrun.map(|(data, gas_limit, value)| Backrun {
            call: Call { to, value: U256::from(value), data: data.into_bytes().into() },
            fees: Fees { gas_limit, max_fee, tip },
        });
        let recipient = Some(solver().address());
        let refund = percent.map(|percent| Refund { percent, recipient, of: vec![], delayed: false });
        let order = Order {
            blocks: first..=first + more,
            nonce,
            fees: Fees { gas_limit, max_fee, tip },
            backrun: backrun.clone(),
            refund: refund.clone(),
            attempt,
        };
        let all = bundles(proven, &order).unwrap();
        prop_assert_eq!(all.len() as u64, more + 1);
        for (bundle, block) in all.iter().zip(first..) {
            prop_assert_eq!(bundle.block, block);
            prop_assert_eq!(&bundle.transactions, &all[0].transactions);
            prop_assert_eq!(&bundle.refund, &refund);
            prop_assert!(bundle.reverting.is_empty());
            let name = bundle.replacement.unwrap();
            prop_assert_eq!(name, replacement(proven.settlement().id(), block, attempt));
            prop_assert_eq!(name.uuid.get_version_num(), 4);
            let deadline: u64 = proven.settlement().call().permit.deadline.to();
            prop_assert_eq!(bundle.max_timestamp, Some(deadline));
        }
        let bundle = &all[0];
        prop_assert_eq!(bundle.transactions.len(), 1 + usize::from(backrun.is_some()));
        let settle = envelope(&bundle.transactions[0].bytes);
        prop_assert!(settle.is_eip1559());
        prop_assert_eq!(settle.chain_id(), Some(1));
        prop_assert_eq!((settle.nonce(), settle.gas_limit()), (nonce, gas_limit));
        let paid = (settle.max_fee_per_gas(), settle.max_priority_fee_per_gas());
        prop_assert_eq!(paid, (max_fee, Some(tip)));
        prop_assert_eq!(settle.kind(), TxKind::Call(tenor::intents::signed::SETTLER));
        prop_assert_eq!(settle.value(), U256::ZERO);
        let call = settleCall::abi_decode(settle.input()).unwrap();
        prop_assert_eq!(&call, proven.settlement().call());
        if let Some(backrun) = backrun {
            let raw = &bundle.transactions[1];
            let last = envelope(&raw.bytes);
            prop_assert_eq!(&bundle.dropping, &vec![raw.hash]);
            prop_assert_eq!(last.nonce(), nonce + 1);
            prop_assert_eq!(last.kind(), TxKind::Call(to));
            prop_assert_eq!((last.value(), last.input()), (backrun.call.value, &backrun.call.data));
            prop_assert_eq!(last.gas_limit(), backrun.fees.gas_limit);
        }
        let mut told = Vec::new();
        for raw in &bundle.transactions {
            prop_assert_eq!(raw.sender, solver().address());
            prop_assert_eq!(raw.hash, keccak256(&raw.bytes));
            told.extend(raw.hash);
        }
        prop_assert_eq!(ids::bundle_hash(bundle.hashes()), keccak256(told));
    }
}

/// What is signed is what was run: the same gas, at the limit that was set.
#[test]
fn the_signed_transaction_runs_as_it_was_proven() {
    let (proven, world) = settled();
    let order = order(proven, world.block().number);
    let bundle = bundles(proven, &order).unwrap().remove(0);
    let raw = &bundle.transactions[0];
    let sent = tenor_simulations::Sent::of(&envelope(&raw.bytes), raw.sender).unwrap();
    let exact = tenor_simulations::Sent { gas_limit: Some(proven.peak()), ..sent.clone() };
    for sent in [sent, exact] {
        let ran = sequence(world, &[sent], &[]).unwrap();
        assert!(ran.outcomes[0].succeeded(), "{:?}", ran.outcomes[0].fate);
        assert_eq!(ran.outcomes[0].gas, proven.gas());
    }
}

#[test]
fn what_cannot_be_built_says_why() {
    let (proven, _) = settled();
    let whole = order(proven, 7);
    let other = build(proven, &whole, &PrivateKeySigner::random()).now_or_never().unwrap();
    assert!(matches!(other, Err(BuildError::OtherKey { .. })), "{other:?}");
    #[allow(clippy::reversed_empty_ranges, reason = "that is what is refused")]
    let none = Order { blocks: 8..=7, ..whole.clone() };
    assert!(matches!(bundles(proven, &none), Err(BuildError::NoBlock { first: 8, last: 7 })));
    let fees = Fees { gas_limit: proven.peak() - 1, ..whole.fees };
    let little = Order { fees, ..whole };
    assert!(matches!(bundles(proven, &little), Err(BuildError::TooLittleGas { .. })));
}

/// An owner who delegates with the settlement itself: the transaction is of type 4, and its run has the
/// authorization in it. The code that the owner takes on accepts nothing, so the run must refuse, which
/// it would not did the delegation not count.
#[test]
fn a_delegation_goes_along_and_counts() {
    let asked = asked(SWAPS).unwrap();
    let owner =
        PrivateKeySigner::from_bytes(&alloy_primitives::B256::from_slice(&key().to_bytes()));
    let owner = owner.unwrap();
    let weth = asked.checked.permit().permitted.token;
    let signed = |address: Address| -> SignedAuthorization {
        // The allowance of the furnished world was the owner's first transaction.
        let authorization = Authorization { chain_id: U256::ONE, address, nonce: 1 };
        let signature = owner.sign_hash_sync(&authorization.signature_hash()).unwrap();
        authorization.into_signed(signature)
    };
    // Zero takes code off: an owner without any signs as a key.
    let none = Terms { authorizations: vec![signed(Address::ZERO)], ..terms(&asked.checked) };
    let settlement = written(&asked, &none);
    let before = furnished(world(), &settlement).unwrap();
    // Prague's transactions; the market's block is older.
    let block = tenor_simulations::world::Block { timestamp: 1_750_000_000, ..before.block() };
    let later = before.at(block).unwrap();
    let late = |authorizations: Vec<SignedAuthorization>| {
        let deadline = block.timestamp;
        let asked =
            super::asked_with(SWAPS, |permit| permit.deadline = U256::from(deadline)).unwrap();
        written(&asked, &Terms { authorizations, deadline, ..terms(&asked.checked) })
    };
    let proven = prove(&later, late(none.authorizations)).unwrap();
    let bundle = bundles(&proven, &order(&proven, 7)).unwrap().remove(0);
    let envelope = envelope(&bundle.transactions[0].bytes);
    assert!(envelope.is_eip7702());
    assert_eq!(envelope.authorization_list().unwrap().len(), 1);
    assert_eq!(settleCall::abi_decode(envelope.input()).unwrap(), *proven.settlement().call());
    let plain = prove(&later, late(Vec::new())).unwrap();
    assert!(proven.gas() > plain.gas());
    // WETH as the owner's code says nothing of signatures.
    let found = prove(&later, late(vec![signed(weth)])).unwrap_err();
    assert!(matches!(found, tenor::bundle::prove::ProofError::Reverted(_)), "{found}");
}
