//! The public mempool takes what is proven to be worth nothing to others, and nothing else.

use alloy_consensus::{SignableTransaction as _, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use tenor::{
    bundle::Raw,
    relays::{
        http::Transport,
        public::{Evidence, Exploitable, Public, Unexploitable},
    },
};
use tenor_simulations::exposure::{Exposure, Leg};

use super::{
    sent::PATIENCE,
    server::{Server, ok},
};

fn signer() -> PrivateKeySigner {
    PrivateKeySigner::from_slice(&[9; 32]).unwrap()
}

fn signed(to: Address, input: Bytes) -> Raw {
    let transaction = TxEip1559 {
        chain_id: 1,
        gas_limit: 21_000,
        max_fee_per_gas: 1,
        to: TxKind::Call(to),
        input,
        ..TxEip1559::default()
    };
    let signature = signer().sign_hash_sync(&transaction.signature_hash()).unwrap();
    let envelope: TxEnvelope = transaction.into_signed(signature).into();
    Raw::decode(envelope.encoded_2718().into()).unwrap()
}

fn safe() -> Exposure {
    Exposure { legs: vec![Leg::default()], backrun: None, total: U256::ZERO, runs: 12 }
}

#[test]
fn evidence_is_of_this_transaction_and_says_that_nothing_is_taken() {
    let raw = signed(Address::repeat_byte(1), Bytes::from_static(b"swap"));
    let proven = |transaction: B256, exposure: &Exposure| {
        Unexploitable::proven(raw.clone(), Evidence { transaction, exposure })
    };
    assert_eq!(proven(raw.hash, &safe()).unwrap().transaction(), &raw);
    let found = B256::repeat_byte(1);
    let another = Exploitable::Another { transaction: raw.hash, found };
    assert_eq!(proven(found, &safe()), Err(another));
    let untried = Exposure { runs: 0, ..safe() };
    assert_eq!(proven(raw.hash, &untried), Err(Exploitable::Untried(raw.hash)));
    let worth =
        |worth: u64| Err(Exploitable::Worth { transaction: raw.hash, worth: U256::from(worth) });
    let total = Exposure { total: U256::from(1), ..safe() };
    assert_eq!(proven(raw.hash, &total), worth(1));
    // A token without a price is worth something to somebody.
    let unpriced = Leg { taken: U256::from(5), ..Leg::default() };
    assert_eq!(proven(raw.hash, &Exposure { legs: vec![unpriced], ..safe() }), worth(0));
}

#[test]
fn a_nonce_may_be_used_up_in_public() {
    let own = signer().address();
    assert!(Unexploitable::to_oneself(signed(own, Bytes::new())).is_ok());
    for raw in
        [signed(own, Bytes::from_static(b"call")), signed(Address::repeat_byte(1), Bytes::new())]
    {
        let refused = Unexploitable::to_oneself(raw.clone());
        assert_eq!(refused, Err(Exploitable::NotOwn(raw.hash)));
    }
}

#[tokio::test]
async fn it_is_sent_as_any_wallet_does() {
    let server = Server::start(|_| ok(format!(r#"{{"result":"{}"}}"#, B256::repeat_byte(4))));
    let public = Public::new(&server.url(), PATIENCE, Transport::new().unwrap()).unwrap();
    let raw = signed(signer().address(), Bytes::new());
    let own = Unexploitable::to_oneself(raw.clone()).unwrap();
    assert_eq!(public.send(&own).await.unwrap().hash, Some(B256::repeat_byte(4)));
    let expected = format!(
        r#"{{"method":"eth_sendRawTransaction","params":["{}"],"id":1,"jsonrpc":"2.0"}}"#,
        raw.bytes
    );
    let sent = server.requests().remove(0);
    assert_eq!(sent.text(), expected);
    assert_eq!(sent.header("x-flashbots-signature"), None, "nobody is told who we are");
}
