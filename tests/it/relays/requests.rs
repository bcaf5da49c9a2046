//! Requests, byte for byte those of ethers' bundle provider, and of MEV-Share's client in content.

use alloy_primitives::{Address, B256, Bytes};
use serde::Deserialize;
use serde_json::Value;
use tenor::{
    bundle::{Bundle, Raw, Replacement},
    relays::{
        Dialect,
        mev_share::{Hint, MOST_BLOCKS, Member, Shared, SharedError},
        wire,
    },
};

use super::{Payload, raw, read};

#[derive(Debug, Deserialize)]
pub(super) struct Recorded {
    txs: Vec<Signed>,
    pub(super) cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
struct Signed {
    raw: Bytes,
    hash: B256,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Case {
    pub(super) name: String,
    raw_body: Option<String>,
    pub(super) header: Option<String>,
    pub(super) content_type: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Request<P> {
    pub(super) params: [P; 1],
    id: u64,
}

impl Recorded {
    pub(super) fn body(&self, name: &str) -> &str {
        let case = self.cases.iter().find(|case| case.name == name);
        case.and_then(|case| case.raw_body.as_deref()).unwrap_or_else(|| panic!("no {name}"))
    }

    pub(super) fn transactions(&self) -> Vec<Raw> {
        let read = |signed: &Signed| {
            let raw = raw(&signed.raw);
            assert_eq!(raw.hash, signed.hash);
            raw
        };
        self.txs.iter().map(read).collect()
    }
}

fn same(ours: serde_json::Result<Vec<u8>>, recorded: &str) {
    assert_eq!(String::from_utf8(ours.unwrap()).unwrap(), recorded);
}

pub(super) const BLOCK: u64 = 0x0140_6f41;

#[test]
fn bundles_are_those_of_ethers_to_the_byte() {
    let Some(recorded) = read::<Recorded>("relay_requests.json") else { return };
    let mut compared = 0;
    for case in recorded.cases.iter().filter(|case| case.name.starts_with("eth_sendBundle")) {
        let body = case.raw_body.as_deref().unwrap();
        let request: Request<Payload> = serde_json::from_str(body).unwrap();
        let bundle = request.params[0].bundle();
        same(wire::send_bundle(&bundle, request.id), body);
        compared += 1;
    }
    assert_eq!(compared, 3);
}

#[test]
fn other_requests_are_those_of_ethers_to_the_byte() {
    let Some(recorded) = read::<Recorded>("relay_requests.json") else { return };
    let transactions = recorded.transactions();
    let called = wire::call_bundle(&transactions[..2], BLOCK, BLOCK - 1, Some(1_760_000_012), 4);
    same(called, recorded.body("eth_callBundle"));
    let uuid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301".parse().unwrap();
    let replacement = Replacement { uuid, sequence: None };
    let cancelled = wire::cancel_bundle(replacement, BLOCK, Dialect::Flashbots, 5);
    same(cancelled.unwrap(), recorded.body("eth_cancelBundle"));
    let hash = tenor::bundle::ids::bundle_hash(transactions[..2].iter().map(|t| t.hash));
    same(wire::bundle_stats(hash, BLOCK, 6), recorded.body("flashbots_getBundleStatsV2"));
    let third = &transactions[2];
    same(wire::cancel_private(third.hash, 8), recorded.body("eth_cancelPrivateTransaction"));
    // Its own documentation asks for a quantity where ethers passes a number on.
    let theirs = recorded.body("eth_sendPrivateTransaction").replace("21000025", "\"0x1406f59\"");
    same(wire::send_private(third, 21_000_025, 7), &theirs);
}

#[test]
fn a_bundle_without_transactions_takes_one_back() {
    let uuid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301".parse().unwrap();
    let replacement = Replacement { uuid, sequence: Some(8) };
    let asked = wire::cancel_bundle(replacement, BLOCK, Dialect::BuilderNet, 1);
    let told: Value = serde_json::from_slice(&asked.unwrap().unwrap()).unwrap();
    let params = &told["params"][0];
    assert_eq!(told["method"], "eth_sendBundle");
    assert_eq!(params["txs"], Value::Array(Vec::new()));
    assert_eq!(params["replacementNonce"], 8);
    assert!(wire::cancel_bundle(replacement, BLOCK, Dialect::Beaverbuild, 1).is_none());
}

fn shared(body: Vec<Member>) -> Shared {
    Shared {
        blocks: (BLOCK, None),
        body,
        hints: Vec::new(),
        builders: vec!["flashbots".to_owned()],
        refund: Vec::new(),
        refund_to: Vec::new(),
        replacement: None,
    }
}

/// A bundle that adds a transaction to another's, for three blocks.
pub(super) fn backrun(transaction: &Raw) -> Shared {
    let added = Member::Transaction(transaction.clone(), false);
    Shared {
        blocks: (BLOCK, Some(BLOCK + 2)),
        ..shared(vec![Member::Hash(B256::repeat_byte(0xaa)), added])
    }
}

/// Field order is the client's own; the values are what the node reads.
#[test]
fn shared_bundles_say_what_the_client_says() {
    let Some(recorded) = read::<Recorded>("relay_requests.json") else { return };
    let [first, second, _] = recorded.transactions().try_into().unwrap();
    let told = |shared: &Shared| -> Value {
        shared.check().unwrap();
        serde_json::from_slice(&shared.request(69).unwrap()).unwrap()
    };
    let theirs = |name| -> Value { serde_json::from_str(recorded.body(name)).unwrap() };

    let member = Member::Transaction(first.clone(), false);
    assert_eq!(told(&backrun(&first)), theirs("mev_sendBundle/backrun"));

    let owner: Address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266".parse().unwrap();
    let ours = Shared {
        hints: vec![Hint::Logs, Hint::TxHash, Hint::Hash],
        refund_to: vec![(owner, 100)],
        ..shared(vec![member, Member::Transaction(second, true)])
    };
    let mut ours = told(&ours);
    let validity = ours["params"][0]["validity"].as_object_mut().unwrap();
    // An empty list, which the client leaves out.
    assert_eq!(validity.remove("refund"), Some(Value::Array(Vec::new())));
    let refund = &mut validity["refundConfig"][0]["address"];
    // And a checksum of letters, which no address needs.
    *refund = Value::String(owner.to_string());
    assert_eq!(ours, theirs("mev_sendBundle/shared"));
}

#[test]
fn what_the_node_refuses_is_refused_before() {
    let (hash, bundle) = (Member::Hash(B256::ZERO), bundle());
    let Some(bundle) = bundle else { return };
    let transaction = || Member::Transaction(bundle.transactions[0].clone(), false);
    let refused = |shared: &Shared| shared.check().unwrap_err();
    assert_eq!(refused(&shared(vec![])), SharedError::Members(0));
    assert_eq!(refused(&shared(vec![transaction(); 51])), SharedError::Members(51));
    assert_eq!(refused(&shared(vec![hash.clone()])), SharedError::Hash);
    assert_eq!(refused(&shared(vec![transaction(), hash.clone()])), SharedError::Hash);
    let within = Member::Bundle(vec![hash.clone(), transaction()]);
    assert_eq!(refused(&shared(vec![within])), SharedError::Hash);
    let nested = Member::Bundle(vec![Member::Bundle(vec![transaction()])]);
    assert_eq!(refused(&shared(vec![nested])), SharedError::Nested);
    let plain = || shared(vec![transaction(), transaction()]);
    let (first, last) = (BLOCK, BLOCK + MOST_BLOCKS + 1);
    let late = Shared { blocks: (first, Some(last)), ..plain() };
    assert_eq!(refused(&late), SharedError::Blocks { first, last });
    let early = Shared { blocks: (first, Some(first - 1)), ..plain() };
    assert_eq!(refused(&early), SharedError::Blocks { first, last: first - 1 });
    let refund = |refund: Vec<(usize, u8)>| Shared { refund, ..plain() };
    assert_eq!(refused(&refund(vec![(0, 60), (1, 41)])), SharedError::Percent(101));
    assert_eq!(refused(&refund(vec![(2, 1)])), SharedError::Refunded(2));
    assert_eq!(refused(&refund(vec![(1, 1), (1, 2)])), SharedError::Refunded(1));
    let greedy = Shared { hints: vec![Hint::Logs], ..shared(vec![hash, transaction()]) };
    assert_eq!(refused(&greedy), SharedError::NotOwn);
}

/// A recorded bundle of two transactions.
fn bundle() -> Option<Bundle> {
    let recorded = read::<Recorded>("relay_requests.json")?;
    Some(Bundle::new(recorded.transactions(), BLOCK))
}
