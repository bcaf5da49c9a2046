//! Keys that another process has.

use alloy_primitives::{Address, hex, keccak256};
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};
use tenor::{
    config::Place,
    keys::{Key, KeyError, Source},
};

use super::account;
use crate::relays::server::{Deed, Request, Server, ok};

fn key(byte: u8) -> SigningKey {
    SigningKey::from_slice(&[byte; 32]).unwrap()
}

fn public(key: &SigningKey) -> String {
    hex::encode_prefixed(&key.verifying_key().to_encoded_point(false).as_bytes()[1..])
}

/// A signer with two keys, which signs what it is given as Web3Signer does: the Keccak-256 of it.
fn signer(spoil: fn(Vec<u8>) -> Vec<u8>) -> Server {
    Server::start(move |request| answer(request, spoil))
}

fn answer(request: &Request, spoil: fn(Vec<u8>) -> Vec<u8>) -> Deed {
    if request.line == "GET /api/v1/eth1/publicKeys" {
        return ok(json!([public(&key(1)), public(&key(2))]).to_string());
    }
    let Some(named) = request.line.strip_prefix("POST /api/v1/eth1/sign/") else {
        return Deed::Answer(404, "", String::new());
    };
    let named = [key(1), key(2)].into_iter().find(|key| public(key) == named);
    let asked: Value = serde_json::from_slice(&request.body).unwrap();
    let data = hex::decode(asked["data"].as_str().unwrap()).unwrap();
    let signed = named.unwrap().sign_prehash_recoverable(keccak256(data).as_slice());
    let (signature, recovery) = signed.unwrap();
    let mut bytes = signature.to_bytes().to_vec();
    bytes.push(27 + recovery.to_byte());
    ok(hex::encode_prefixed(spoil(bytes)))
}

async fn open(server: &Server, address: Address) -> Result<Key, KeyError> {
    Key::open(&Source::Remote { url: Place::new(server.url()), address }).await
}

#[tokio::test]
async fn a_signer_is_given_the_message_and_signs_its_hash() {
    let server = signer(|bytes| bytes);
    let remote = open(&server, account(&key(2))).await.unwrap();
    assert_eq!(remote.address(), account(&key(2)));
    let message = b"\x02 a transaction to be signed";
    let (expected, recovery) =
        key(2).sign_prehash_recoverable(keccak256(message).as_slice()).unwrap();
    let found = remote.sign(message).await.unwrap();
    assert_eq!(found.as_bytes()[..64], expected.to_bytes()[..]);
    assert_eq!(found.v(), recovery.to_byte() == 1);
    let asked = server.requests();
    assert_eq!(asked[1].text(), json!({ "data": hex::encode_prefixed(message) }).to_string());
    assert_eq!(asked[1].header("content-type"), Some("application/json"));
}

/// The last byte from zero, quotes around, and the other of both signatures that the curve has.
#[tokio::test]
async fn every_form_of_a_signature_is_read() {
    let forms: [fn(Vec<u8>) -> Vec<u8>; 2] = [
        |mut bytes| {
            bytes[64] -= 27;
            bytes
        },
        |mut bytes| {
            let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
            let order = alloy_primitives::U256::from_str_radix(order, 16).unwrap();
            let s = alloy_primitives::U256::from_be_slice(&bytes[32..64]);
            bytes[32..64].copy_from_slice(&(order - s).to_be_bytes::<32>());
            bytes[64] = 27 + 28 - bytes[64];
            bytes
        },
    ];
    let plain = open(&signer(|bytes| bytes), account(&key(1))).await;
    drop(plain);
    for spoil in forms {
        let server = signer(spoil);
        let remote = open(&server, account(&key(1))).await.unwrap();
        let found = remote.sign(b"message").await.unwrap();
        let (expected, _) =
            key(1).sign_prehash_recoverable(keccak256(b"message").as_slice()).unwrap();
        assert_eq!(found.as_bytes()[..64], expected.to_bytes()[..], "the lower one");
    }
}

/// It is trusted with the key, and with nothing else.
#[tokio::test]
async fn what_it_did_not_sign_is_refused() {
    let spoils: [fn(Vec<u8>) -> Vec<u8>; 4] = [
        |mut bytes| {
            bytes[5] ^= 1;
            bytes
        },
        |mut bytes| {
            bytes[64] = 55 - bytes[64];
            bytes
        },
        |bytes| bytes[..64].to_vec(),
        |bytes| vec![0; bytes.len()],
    ];
    let address = account(&key(1));
    for spoil in spoils {
        let server = signer(spoil);
        let remote = open(&server, address).await.unwrap();
        assert_eq!(remote.sign(b"message").await, Err(KeyError::Another { address }));
    }
}

#[tokio::test]
async fn a_signer_without_the_key_or_without_words_is_an_error() {
    let stranger = Address::repeat_byte(9);
    let refused = open(&signer(|bytes| bytes), stranger).await.unwrap_err().to_string();
    assert!(refused.contains("has 2 keys, and none of 0x0909"), "{refused}");
    let deeds: [fn() -> Deed; 4] = [
        || Deed::Answer(500, "", "hunter2".to_owned()),
        || ok("hunter2"),
        || Deed::Close,
        || Deed::Endless,
    ];
    for deed in deeds {
        let server = Server::start(move |_| deed());
        let error = open(&server, stranger).await.unwrap_err();
        assert!(matches!(error, KeyError::Signer { .. }), "{error}");
        assert!(!format!("{error}{error:?}").contains("hunter2"), "{error}");
        // As an answer to what was to be signed.
        let server = Server::start(move |request| {
            if request.line.starts_with("GET") { answer(request, |bytes| bytes) } else { deed() }
        });
        let remote = open(&server, account(&key(1))).await.unwrap();
        let error = remote.sign(b"message").await.unwrap_err();
        assert!(matches!(error, KeyError::Signer { .. }), "{error}");
        assert!(!format!("{error}{error:?}").contains("hunter2"), "{error}");
    }
    for url in ["http://signer.example/hunter2", "hunter2", "ftp://127.0.0.1/hunter2"] {
        let source = Source::Remote { url: Place::new(url.to_owned()), address: stranger };
        let error = Key::open(&source).await.unwrap_err();
        assert!(!format!("{error}{error:?}{source:?}").contains("hunter2"), "{error}");
    }
}
