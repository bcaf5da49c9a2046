//! Hashes, digests, signatures, bytes and amounts beside `@uniswap/uniswapx-sdk`, over random orders of
//! each kind.
//!
//! The SDK resolves less than the reactors do. It knows no exclusivity of V2 and V3, no base fee, no
//! bounds of V3 and no baseline of priority orders; it rounds where the SDK's authors looked away. Orders
//! here are those on which both must agree, and what is left of a difference is a unit in the direction
//! that the deployed contract rounds. The contracts themselves are asked in `reactors`.

use alloy_primitives::{B256, Bytes, U256};
use serde_json::{Value, json};
use tenor::intents::{
    signed::signature::recover,
    uniswapx::{Fault, Kind, Moment, Order, abi::NonlinearDutchDecay, resolve},
};

use super::{
    kit::{self, FILLER, KINDS, STRANGER, Setting, cosigned, signature},
    node::ask,
};
use crate::{signed::account, world::rng::Rng};

/// Orders of each kind.
const CASES: usize = 400;

/// Moments of each order.
const MOMENTS: usize = 4;

fn setting(rng: &mut Rng) -> Setting {
    let address =
        |rng: &mut Rng| alloy_primitives::Address::from_word(B256::from(rng.bits(80, 160)));
    Setting {
        sold: address(rng),
        bought: address(rng),
        now: 1_700_000_000 + rng.below(100_000_000),
        block: 10_000 + rng.below(30_000_000),
        base_fee: 1 + rng.below(100_000_000_000),
    }
}

/// What the SDK does not know is left out.
fn plain(rng: &mut Rng, order: Order, setting: &Setting) -> Order {
    let none = alloy_primitives::Address::ZERO;
    cosigned(match order {
        Order::Dutch(_) => order,
        Order::V2(mut order) => {
            order.cosignerData.exclusiveFiller = rng.pick(&[none, FILLER]);
            Order::V2(order)
        }
        Order::V3(mut order) => {
            order.cosignerData.exclusiveFiller = rng.pick(&[none, FILLER]);
            order.startingBaseFee = U256::from(setting.base_fee);
            order.baseInput.maxAmount = U256::MAX;
            // No amount goes below zero: the first is above all that is taken off.
            let above = |first: &mut U256, curve: &NonlinearDutchDecay| {
                let most = curve.relativeAmounts.iter().map(|a| a.unsigned_abs()).max();
                *first = (*first).max(most.unwrap_or_default());
            };
            above(&mut order.baseInput.startAmount, &order.baseInput.curve);
            order.cosignerData.inputAmount = U256::ZERO;
            for output in &mut order.baseOutputs {
                output.minAmount = U256::ZERO;
                above(&mut output.startAmount, &output.curve);
            }
            order.cosignerData.outputAmounts.fill(U256::ZERO);
            Order::V3(order)
        }
        Order::Priority(mut order) => {
            order.baselinePriorityFeeWei = U256::ZERO;
            order.auctionStartBlock = order.auctionStartBlock.min(U256::from(setting.block));
            order.cosignerData.auctionTargetBlock =
                order.cosignerData.auctionTargetBlock.min(U256::from(setting.block));
            Order::Priority(order)
        }
    })
}

/// A moment, and the same as the SDK is told.
fn moment(rng: &mut Rng, setting: &Setting) -> (Moment, Value) {
    let at = Moment {
        timestamp: setting.now - 600 + rng.below(1_800),
        block: setting.block + rng.below(4_000),
        priority_fee: U256::from(rng.below(20_000)),
        filler: rng.pick(&[FILLER, STRANGER]),
        ..setting.moment()
    };
    let told = json!({
        "timestamp": at.timestamp, "currentBlock": at.block, "filler": at.filler.to_string(),
        "priorityFee": at.priority_fee.to_string(),
    });
    (at, told)
}

/// A case: the order, its moments, the question.
fn case(rng: &mut Rng, kind: Kind) -> (Order, Vec<Moment>, Value) {
    let setting = setting(rng);
    let order = kit::order(rng, kind, &setting);
    let order = plain(rng, order, &setting);
    let mut moments = Vec::new();
    let mut told = Vec::new();
    for _ in 0..MOMENTS {
        let (mut at, mut question) = moment(rng, &setting);
        if matches!(kind, Kind::V2 | Kind::V3) {
            at.filler = FILLER;
        }
        if kind == Kind::Priority {
            // Its own blocks would be refused as numbers.
            question.as_object_mut().unwrap().remove("currentBlock");
        }
        moments.push(at);
        told.push(question);
    }
    let question = json!({
        "kind": kind.name(), "encoded": Bytes::from(order.encode()), "chain": 1,
        "signature": signature(&order), "moments": told,
    });
    (order, moments, question)
}

fn number(value: &Value) -> U256 {
    value.as_str().unwrap().parse().unwrap()
}

/// Whether an amount is the SDK's, or a unit from it towards where the contract rounds.
fn near(kind: Kind, ours: U256, theirs: U256, input: bool) -> bool {
    match (kind, input) {
        // v2.0.0 rounds a rising input up.
        (Kind::V2, true) => ours == theirs || ours == theirs + U256::ONE,
        // V3 rounds for the swapper.
        (Kind::V3, true) => ours == theirs || ours + U256::ONE == theirs,
        (Kind::V3, false) => ours == theirs || ours == theirs + U256::ONE,
        _ => ours == theirs,
    }
}

#[test]
fn orders_are_what_the_sdk_makes_of_them() {
    let seed = Rng::seed();
    println!("uniswapx sdk: TENOR_SEED={seed}");
    let rng = &mut Rng::new(seed);
    let mut cases = Vec::new();
    for kind in KINDS {
        cases.extend((0..CASES).map(|_| case(rng, kind)));
    }
    let questions: Vec<Value> = cases.iter().map(|(_, _, question)| question.clone()).collect();
    let answers = ask(&questions);
    let (mut amounts, mut exact) = (0_usize, 0_usize);
    for ((order, moments, question), theirs) in cases.iter().zip(answers) {
        let kind = order.kind();
        let hash = |name: &str| theirs[name].as_str().unwrap().parse::<B256>().unwrap();
        assert_eq!(hash("hash"), order.hash(), "{kind:?}");
        assert_eq!(hash("digest"), order.digest(1), "{kind:?}");
        assert_eq!(theirs["serialized"], question["encoded"], "{kind:?}");
        assert_eq!(Order::read(&order.encode(), &kit::REACTORS).as_ref(), Ok(order));
        let swapper = account(&kit::swapper());
        assert_eq!(theirs["signer"], swapper.to_string());
        assert_eq!(recover(order.digest(1), &signature(order)), Ok(swapper));
        match order.cosigner_digest(1) {
            None => assert!(theirs["cosigned"].is_null()),
            Some(digest) => assert_eq!(hash("cosigned"), digest, "{kind:?}"),
        }
        for (at, theirs) in moments.iter().zip(theirs["resolved"].as_array().unwrap()) {
            let outputs = theirs["outputs"].as_array().unwrap();
            let ours = match resolve(order, at) {
                Ok(ours) => ours,
                // The SDK asks for all there is where nobody else may fill.
                Err(Fault::Exclusive { .. }) => {
                    assert!(outputs.iter().all(|amount| number(amount) == U256::MAX));
                    continue;
                }
                Err(fault) => panic!("{fault}: {order:?} at {at:?}"),
            };
            let input = number(&theirs["input"]);
            assert!(near(kind, ours.input.amount, input, true), "{order:?} at {at:?}");
            assert_eq!(ours.outputs.len(), outputs.len());
            (amounts, exact) = (amounts + 1, exact + usize::from(ours.input.amount == input));
            for (ours, theirs) in ours.outputs.iter().zip(outputs) {
                let theirs = number(theirs);
                assert!(near(kind, ours.amount, theirs, false), "{order:?} at {at:?}");
                (amounts, exact) = (amounts + 1, exact + usize::from(ours.amount == theirs));
            }
        }
    }
    println!("uniswapx sdk: {} orders, {amounts} amounts, {exact} the same", cases.len());
    assert!(amounts > CASES * KINDS.len() && exact * 10 > amounts * 8, "{exact} of {amounts}");
}
