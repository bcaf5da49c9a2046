//! What a relay would misread is not sent to it.

use alloy_primitives::{Address, B256};
use tenor::{
    bundle::{Bundle, Refund, Replacement},
    relays::{
        Dialect,
        lint::{Misread, misread},
    },
};
use uuid::{Builder, Uuid};

use super::{Payload, read};

#[derive(Debug, serde::Deserialize)]
struct Ids {
    cases: Vec<Case>,
}

#[derive(Debug, serde::Deserialize)]
struct Case {
    payload: Payload,
}

fn plain() -> Option<Bundle> {
    Some(read::<Ids>("bundle_ids.json")?.cases[0].payload.bundle())
}

fn random() -> Uuid {
    Builder::from_random_bytes([7; 16]).into_uuid()
}

/// Which relays read a bundle as it is meant.
fn readers(bundle: &Bundle) -> Vec<&'static str> {
    let reads = |dialect: &&Dialect| misread(bundle, **dialect).is_empty();
    Dialect::ALL.iter().filter(reads).map(|dialect| dialect.capabilities().name).collect()
}

#[test]
fn every_option_goes_to_those_who_read_it() {
    let Some(plain) = plain() else { return };
    let last = plain.hashes().next_back().unwrap();
    let all = ["flashbots", "buildernet", "titan", "beaverbuild", "rsync", "quasar"];
    assert_eq!(readers(&plain), all);
    let reverting = Bundle { reverting: vec![last], ..plain.clone() };
    assert_eq!(readers(&reverting), all);

    let timed = Bundle { min_timestamp: Some(1), max_timestamp: Some(2), ..plain.clone() };
    assert_eq!(readers(&timed), ["flashbots", "buildernet"]);
    let dropping = Bundle { dropping: vec![last], ..plain.clone() };
    assert_eq!(readers(&dropping), ["buildernet", "titan", "rsync", "quasar"]);
    let replacing = |uuid, sequence| {
        let replacement = Some(Replacement { uuid, sequence });
        Bundle { replacement, ..plain.clone() }
    };
    let named = ["flashbots", "buildernet", "titan", "rsync", "quasar"];
    assert_eq!(readers(&replacing(random(), None)), named);
    assert_eq!(readers(&replacing(Uuid::nil(), None)), ["buildernet", "titan", "quasar"]);
    assert_eq!(readers(&replacing(random(), Some(1))), ["buildernet"]);

    let refund = |percent, recipient: Option<Address>, of: Vec<B256>, delayed| {
        let refund = Some(Refund { percent, recipient, of, delayed });
        Bundle { refund, ..plain.clone() }
    };
    let to = Some(Address::repeat_byte(1));
    assert_eq!(readers(&refund(90, None, vec![], false)), ["buildernet", "titan", "quasar"]);
    assert_eq!(readers(&refund(90, to, vec![], false)), ["buildernet", "titan", "rsync", "quasar"]);
    assert_eq!(readers(&refund(0, to, vec![], false)), ["titan", "rsync", "quasar"]);
    assert_eq!(readers(&refund(100, to, vec![], false)), ["rsync"]);
    assert_eq!(readers(&refund(90, to, plain.hashes().collect(), false)), ["rsync"]);
    assert_eq!(readers(&refund(90, to, vec![], true)), ["buildernet"]);
}

#[test]
fn what_makes_no_sense_goes_to_nobody() {
    let Some(plain) = plain() else { return };
    let [first, ..] = &plain.transactions[..] else { return };
    let why = |bundle: &Bundle| misread(bundle, Dialect::BuilderNet);
    let none = Bundle { transactions: Vec::new(), ..plain.clone() };
    assert_eq!(why(&none), [Misread::Empty]);
    let twice = Bundle { transactions: vec![first.clone(), first.clone()], ..plain.clone() };
    assert_eq!(why(&twice), [Misread::Twice(first.hash)]);
    let stranger = B256::repeat_byte(9);
    let named = Bundle { reverting: vec![stranger], ..plain.clone() };
    assert_eq!(why(&named), [Misread::Stranger { list: "revertingTxHashes", hash: stranger }]);
    let never = Bundle { min_timestamp: Some(2), max_timestamp: Some(1), ..plain.clone() };
    assert_eq!(why(&never), [Misread::NoTime { from: 2, to: 1 }]);
    let many = Bundle { transactions: vec![first.clone(); 101], ..plain };
    assert!(why(&many).contains(&Misread::TooMany { relay: "buildernet", count: 101, most: 100 }));
    for misread in why(&many).iter().chain(&why(&never)) {
        assert!(!misread.to_string().contains('\n'));
    }
}
