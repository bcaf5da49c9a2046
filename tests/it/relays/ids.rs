//! Hashes and ids of bundles.

use alloy_primitives::{B256, Bytes, b256, keccak256};
use serde::Deserialize;
use tenor::{
    bundle::{
        Raw, RawError,
        ids::{bundle_hash, unique_key, uuid_v1, uuid_v2},
    },
    relays::mev_share::{Member, Shared, matching_hash},
};
use uuid::Uuid;

use super::{Payload, raw, read};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ids {
    cases: Vec<Case>,
    mev_share: Vec<SharedCase>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    payload: Payload,
    bundle_hash: B256,
    uuid: Uuid,
    unique_key: Uuid,
}

#[derive(Debug, Deserialize)]
struct SharedCase {
    body: Vec<MemberDto>,
    hash_go_utils: B256,
    hash_mev_share_node: B256,
    #[serde(rename = "matchingHash_doubleHash")]
    matching: Option<B256>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum MemberDto {
    Tx(Bytes),
    Hash(B256),
    Bundle { body: Vec<Self> },
}

impl MemberDto {
    fn member(&self) -> Member {
        match self {
            Self::Tx(bytes) => Member::Transaction(raw(bytes), false),
            Self::Hash(hash) => Member::Hash(*hash),
            Self::Bundle { body } => Member::Bundle(body.iter().map(Self::member).collect()),
        }
    }
}

#[test]
fn every_id_is_the_one_that_builders_work_out() {
    let Some(ids) = read::<Ids>("bundle_ids.json") else { return };
    assert_eq!(ids.cases.len(), 8);
    for Case { payload, bundle_hash: hash, uuid, unique_key: key } in ids.cases {
        let bundle = payload.bundle();
        assert_eq!(bundle_hash(bundle.hashes()), hash);
        let told = if payload.version == "v2" { uuid_v2(&bundle) } else { uuid_v1(&bundle) };
        assert_eq!(told, uuid, "{payload:?}");
        assert_eq!(unique_key(&bundle, payload.signing_address), key, "{payload:?}");
    }
}

#[test]
fn every_shared_bundle_has_both_of_its_hashes() {
    let Some(ids) = read::<Ids>("bundle_ids.json") else { return };
    assert!(ids.mev_share.len() >= 3);
    for case in ids.mev_share {
        let shared = Shared {
            blocks: (1, None),
            body: case.body.iter().map(MemberDto::member).collect(),
            hints: Vec::new(),
            builders: Vec::new(),
            refund: Vec::new(),
            refund_to: Vec::new(),
            replacement: None,
        };
        assert_eq!(shared.hash(), case.hash_go_utils);
        assert_eq!(shared.node_hash(), case.hash_mev_share_node);
        if let Some(matching) = case.matching {
            let either = [shared.hash(), shared.node_hash()].map(matching_hash);
            assert!(either.contains(&matching), "{matching} of {either:?}");
        }
    }
}

#[test]
fn no_transactions_have_the_hash_of_nothing() {
    let nothing = b256!("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    assert_eq!(bundle_hash([]), nothing);
}

#[test]
fn what_is_no_transaction_is_refused() {
    assert!(matches!(Raw::decode(Bytes::new()), Err(RawError::Envelope(_))));
    assert!(matches!(Raw::decode(Bytes::from_static(b"\x02\xc0")), Err(RawError::Envelope(_))));
    let Some(ids) = read::<Ids>("bundle_ids.json") else { return };
    let good = &ids.cases[0].payload.txs[0];
    assert_eq!(raw(good).hash, keccak256(good));
    let longer: Bytes = [good, &[0][..]].concat().into();
    assert!(matches!(Raw::decode(longer), Err(RawError::Envelope(_))));
    // Nothing that is not sent yet is shown.
    let shown = format!("{:?}", raw(good));
    assert!(!shown.contains(&good.to_string()[10..60]), "{shown}");
}
