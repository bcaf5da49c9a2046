//! A signed intent lands, is final, and its record is what the chain says.

use alloy_primitives::{Address, I256, U256};
use serde_json::Value;
use tenor::{
    bundle::offer::Decision,
    relays::Dialect,
    settlement::{
        Rules,
        caps::Caps,
        competition::{Competition, Method},
    },
    store::Stage,
};

use super::rig::{Rig, SWAP, detail, number, rules, told};
use crate::sandbox::kit;

fn signed(value: &Value) -> I256 {
    value.as_str().unwrap_or_else(|| panic!("{value}")).parse().unwrap()
}

#[test]
fn it_lands_and_its_record_is_the_chains() {
    let rig = Rig::new();
    // The solver's first settlement makes its Executor, which is the solver's own cost.
    let first = rig.submit("swap 1 WETH to wstETH");
    assert_eq!(rig.until_ended(first, 40), Stage::Final, "{:?}", told(&rig.events(first)));
    let id = rig.submit(SWAP);
    rig.until_sent(id);
    let before = rig.balance("wstETH", Rig::owner());
    rig.mine();
    let events = rig.until_at(id, Stage::Included);
    let record = detail(&events, Stage::Included);
    let got = rig.balance("wstETH", Rig::owner()) - before;
    assert_eq!(record["ours"], true, "{record}");
    assert_eq!(record["as_simulated"], true, "{record}");
    assert_eq!(record["simulated"], record["realised"]);
    assert_eq!(number(&record["realised"]["received"][0]), got);
    // Nothing else was in the block: what was expected of it is what came.
    assert_eq!(record["promised"]["next"], record["realised"]);
    let parts = &record["difference"];
    let sum = signed(&parts["planned_again"]) + signed(&parts["accrual"]) + signed(&parts["price"]);
    assert_eq!(sum, signed(&parts["total"]), "{parts}");
    assert_eq!(signed(&parts["price"]), I256::ZERO);
    let bids = rig.store.attempts_of(first).unwrap().len();
    decided(&rig, &record, (&detail(&events, Stage::Bundled)["decision"], bids));
    compared(&record);
    let receipt =
        rig.local.call("eth_getTransactionReceipt", &serde_json::json!([record["transaction"]]));
    assert_eq!(receipt["status"], "0x1");
    assert_eq!(kit::number(&receipt["gasUsed"]), record["gas"]["used"].as_u64().unwrap());
    let attempt = rig.store.attempts_of(id).unwrap().pop().unwrap();
    let landed = attempt.landed.unwrap();
    assert_eq!(landed.paid, number(&record["gas"]["paid"]));
    // The fee was told before the price was known: the highest that two blocks may have.
    assert!(landed.earned >= landed.paid, "{landed:?}");
    assert!(landed.paid <= attempt.most);

    for _ in 0..rules().depth {
        assert_eq!(rig.stage(id), Stage::Included);
        rig.mine();
    }
    let events = rig.until_at(id, Stage::Final);
    let stages: Vec<Stage> = events.iter().map(|event| event.step.stage).collect();
    use Stage::{Bundled, Final, Included, Quoted, Received, Submitted, Verified};
    assert_eq!(
        stages,
        [Received, Verified, Quoted, Bundled, Submitted, Included, Final],
        "{:?}",
        told(&events)
    );
    assert_eq!(rig.settlements(id), 1);
}

/// What was bid is what was sent, after what became of the bid before; the fee is what it can cost at worst.
fn decided(rig: &Rig, record: &Value, (decision, bids): (&Value, usize)) {
    let promised = &record["promised"];
    let decision: Decision = serde_json::from_value(decision.clone()).unwrap();
    assert!(decision.pays() && decision.tells("flashbots"), "{decision:?}");
    assert_eq!(decision.exposed.taken_wei.0, U256::ZERO);
    // Where a block was built before the bundle reached its builder, the first settlement was bid for again.
    let observed = decision.bid.observed;
    assert!((1..=bids).contains(&observed), "{observed} of the first settlement's {bids} bids");
    let asked = serde_json::json!([record["transaction"]]);
    let sent = rig.local.call("eth_getTransactionByHash", &asked);
    assert_eq!(u128::from(kit::number(&sent["maxPriorityFeePerGas"])), decision.fees().tip);
    assert_eq!(u128::from(kit::number(&sent["maxFeePerGas"])), decision.fees().max_fee);
    // WETH is its own worth in wei.
    let most = decision.bid.fee_wei.0;
    let cost = U256::from(decision.bid.gas) * U256::from(decision.fees().max_fee);
    assert_eq!(number(&promised["fee"]), cost.min(most), "{promised}");
}

/// The simple methods are told beside what landed, on the market that it was planned on.
fn compared(record: &Value) {
    let found: Competition = serde_json::from_value(record["competition"].clone()).unwrap();
    assert_eq!((&*found.code, &*found.unit), ("landed", "wstETH"));
    assert_eq!(found.block, record["promised"]["block"].as_u64().unwrap());
    let single = found.others.iter().find(|other| other.method == Method::SingleVenue).unwrap();
    assert!(found.ours.is_some() && single.net.is_some(), "{found:?}");
}

/// Gas that costs more than the highest fee that was signed: nothing is sent, and it is said why.
#[test]
fn nothing_is_sent_that_the_fee_does_not_pay() {
    let rig = Rig::new();
    let id = rig.submit_with(SWAP, |terms| terms.fee_headroom_pct = 1);
    let said = |events: &[tenor::store::Event]| {
        events.last().is_some_and(|event| event.step.code == "unpaid")
    };
    let events = rig.until(id, said);
    assert!(events.last().unwrap().step.detail.contains("does not pay"), "{events:?}");
    assert!(rig.store.attempts_of(id).unwrap().is_empty());
    assert!(rig.local.standings().is_empty());
}

#[test]
fn several_land_one_after_the_other_and_none_keeps_others_back() {
    let rig = Rig::new();
    let ids: Vec<_> = (1..=4).map(|n| rig.submit(&format!("swap {n} WETH to wstETH"))).collect();
    for id in &ids {
        assert_eq!(rig.until_ended(*id, 40), Stage::Final, "{:?}", told(&rig.events(*id)));
    }
    assert!(ids.iter().all(|id| rig.settlements(*id) == 1));
    // One in a block, each with a nonce of its own.
    let mut nonces: Vec<u64> = Vec::new();
    for id in &ids {
        let attempts = rig.store.attempts_of(*id).unwrap();
        nonces.extend(attempts.iter().filter(|a| a.landed.is_some()).map(|a| a.nonce));
    }
    nonces.sort_unstable();
    assert_eq!(nonces, [0, 1, 2, 3]);
}

/// Signed and written down, and nobody is told.
#[test]
fn a_shadow_sends_nothing() {
    let rules = Rules { sends: false, ..rules() };
    let rig = Rig::with(Dialect::Flashbots, rules, Caps { spend: U256::MAX, loss: None });
    let id = rig.submit(SWAP);
    let events = rig.until_at(id, Stage::Bundled);
    assert_eq!(events.last().unwrap().step.code, "shadow");
    rig.mine();
    rig.until(id, |_| rig.store.attempts_of(id).unwrap().len() > 1);
    assert_eq!(rig.settlements(id), 0);
    assert!(rig.local.standings().is_empty());
}

/// What would cost too much is not sent, and it is said why.
#[test]
fn nothing_is_sent_beyond_the_cap() {
    let caps = Caps { spend: U256::from(1_000_000), loss: None };
    let rig = Rig::with(Dialect::Flashbots, rules(), caps);
    let id = rig.submit(SWAP);
    let said = |events: &[tenor::store::Event]| {
        events.last().is_some_and(|event| event.step.code == "over_the_cap")
    };
    let events = rig.until(id, said);
    assert!(events.last().unwrap().step.detail.contains("spend_cap_wei"), "{events:?}");
    assert!(rig.store.attempts_of(id).unwrap().is_empty());
    assert!(rig.local.standings().is_empty());
}

/// The owner wants it back while it is out: no more is sent, and it ends as the chain says.
#[test]
fn what_is_out_is_taken_back_only_by_the_chain() {
    let rig = Rig::new();
    rig.set(&[tenor::sandbox::Fault::Ignores]);
    let id = rig.submit(SWAP);
    rig.until_sent(id);
    let signature = crate::signed::sign(&kit::key(0), super::rig::deployment().cancellation(id));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let told_status = runtime.block_on(rig.service.cancel(id, signature)).unwrap();
    assert_eq!(told_status.stage, "quoted");
    rig.set(&[]);
    let sent = rig.store.attempts_of(id).unwrap().len();
    // For the next block it was sent already.
    rig.mine();
    // Another one uses its nonce: once that is final, nothing of the first can land.
    let other = rig.submit("swap 3 WETH to wstETH");
    assert_eq!(rig.until_ended(other, 40), Stage::Final);
    let mut blocks = 0;
    while !rig.stage(id).is_last() {
        rig.mine();
        blocks += 1;
        assert!(blocks < 40, "{:?}", told(&rig.events(id)));
    }
    assert_eq!(rig.stage(id), Stage::Cancelled, "{:?}", told(&rig.events(id)));
    assert_eq!(rig.store.attempts_of(id).unwrap().len(), sent);
    assert_eq!((rig.settlements(id), rig.settlements(other)), (0, 1));
}

/// An owner who cannot pay is told so, and is settled once he can.
#[test]
fn who_lacks_the_asset_is_told() {
    let rig = Rig::new();
    let id = rig.submit("swap 1000 WETH to wstETH");
    // All that the owner has goes elsewhere.
    let all = rig.balance("WETH", Rig::owner());
    let give = |from: usize, to: Address, nonce| {
        let to = to.into_word();
        let data = [&[0xa9, 0x05, 0x9c, 0xbb][..], to.as_slice(), &all.to_be_bytes::<32>()];
        let tx = alloy_consensus::TxEip1559 {
            input: data.concat().into(),
            ..kit::plain(nonce, kit::token("WETH"), 0)
        };
        rig.local.call("eth_sendRawTransaction", &serde_json::json!([kit::sign(from, tx)]));
    };
    rig.set(&[tenor::sandbox::Fault::Ignores]);
    rig.until_sent(id);
    give(0, kit::address(1), 0);
    rig.mine();
    rig.mine();
    rig.mine();
    let said = |events: &[tenor::store::Event]| {
        events.last().is_some_and(|event| event.step.code == "unsettleable")
    };
    rig.until(id, said);
    rig.set(&[]);
    give(1, Rig::owner(), 0);
    assert_eq!(rig.until_ended(id, 40), Stage::Final, "{:?}", told(&rig.events(id)));
    assert_eq!(rig.settlements(id), 1);
}
