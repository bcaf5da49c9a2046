//! What is refused of an order before it is priced, each with its own reason.

use alloy_primitives::{Address, Bytes, U256};
use k256::ecdsa::SigningKey;
use tenor::{
    intents::{
        signed::{Deployment, Refusal, cancel},
        uniswapx::{
            Fault, Kind, Order, Rules,
            notice::Notice,
            price::{Moment, resolve},
        },
    },
    problems::Problem,
};
use tenor_simulations::Script;

use super::kit::{self, FILLER, REACTORS, STRANGER, Setting, cosigned, signature};
use crate::{
    signed::{account, sign, world},
    world::rng::Rng,
};

fn setting() -> Setting {
    let (sold, bought) = (STRANGER, FILLER);
    Setting { sold, bought, now: 1_800_000_000, block: 20_000_000, base_fee: 10_000_000_000 }
}

fn rules() -> Rules<'static> {
    Rules { chain_id: 1, reactors: REACTORS, state: None, now: setting().now }
}

/// An order with an output, cosigned where it must be.
fn good(kind: Kind) -> Order {
    let rng = &mut Rng::new(5);
    loop {
        let order = kit::order(rng, kind, &setting());
        if order.outputs() > 0 {
            return order;
        }
    }
}

fn notice(order: &Order) -> Notice {
    Notice {
        order_hash: order.hash(),
        encoded_order: order.encode().into(),
        signature: signature(order),
        chain_id: 1,
        order_status: None,
    }
}

/// A V2 order, altered, and cosigned and signed again.
fn altered(alter: impl FnOnce(&mut tenor::intents::uniswapx::abi::V2Sent)) -> Order {
    let Order::V2(mut order) = good(Kind::V2) else { unreachable!() };
    alter(&mut order);
    cosigned(Order::V2(order))
}

fn refused(order: &Order) -> Fault {
    notice(order).check(&rules()).unwrap_err()
}

#[test]
fn what_holds_is_taken() {
    for kind in kit::KINDS {
        let order = good(kind);
        let checked = notice(&order).check(&rules()).unwrap();
        assert_eq!((checked.order(), checked.hash()), (&order, order.hash()));
        assert_eq!(checked.bytes().as_ref(), order.encode());
    }
}

#[test]
fn each_fault_has_its_reason() {
    let order = good(Kind::V2);
    let elsewhere = Notice { chain_id: 137, ..notice(&order) };
    let fault = elsewhere.check(&rules()).unwrap_err();
    assert_eq!(fault, Fault::WrongChain { found: 137, expected: 1 });
    assert_eq!(fault.problem(), Problem::WrongChain);

    let renamed = Notice { order_hash: U256::from(1).into(), ..notice(&order) };
    assert!(matches!(renamed.check(&rules()), Err(Fault::OtherHash { .. })));

    let unknown = altered(|order| order.info.reactor = STRANGER);
    assert_eq!(refused(&unknown), Fault::UnknownReactor(STRANGER));

    // Its deadline's second is in time, the one after is not.
    let deadline: u64 = order.info().deadline.to();
    let at = |now| notice(&order).check(&Rules { now, ..rules() });
    assert!(at(deadline).is_ok());
    let expired = Fault::Expired { deadline: U256::from(deadline), now: deadline + 1 };
    assert_eq!(at(deadline + 1), Err(expired));

    let ether = altered(|order| order.baseInput.token = Address::ZERO);
    assert_eq!(refused(&ether), Fault::NativeInput);
    let nothing = altered(|order| {
        (order.baseInput.startAmount, order.baseInput.endAmount) = (U256::ZERO, U256::ZERO);
    });
    assert_eq!(refused(&nothing), Fault::ZeroInput);
    let gift = altered(|order| order.baseOutputs.clear());
    assert_eq!(refused(&gift), Fault::NoOutputs);
    let asks = altered(|order| order.info.additionalValidationContract = STRANGER);
    assert_eq!(refused(&asks), Fault::UnknownValidation(STRANGER));
}

#[test]
fn signatures_are_the_swappers_and_the_cosigners() {
    let order = good(Kind::V2);
    let with = |signature: Bytes| Notice { signature, ..notice(&order) }.check(&rules());
    let (owner, digest) = (account(&kit::swapper()), order.digest(1));
    let other = SigningKey::from_slice(&[0x77; 32]).unwrap();
    let wrong = Refusal::WrongSigner { found: account(&other), owner };
    assert_eq!(with(sign(&other, digest)), Err(Fault::Signature(wrong)));
    assert_eq!(with(sign(&kit::swapper(), digest)).unwrap().hash(), order.hash());
    // Of another chain.
    assert!(matches!(
        with(sign(&kit::swapper(), order.digest(8453))),
        Err(Fault::Signature(Refusal::WrongSigner { .. }))
    ));
    assert!(matches!(with(vec![1; 65].into()), Err(Fault::Signature(_))));

    let Order::V2(mut sent) = order else { unreachable!() };
    sent.cosignature = sent.cosignature[..64].to_vec().into();
    assert_eq!(refused(&Order::V2(sent.clone())), Fault::CosignatureLength(64));
    sent.cosignature = vec![0; 65].into();
    assert_eq!(refused(&Order::V2(sent.clone())), Fault::CosignatureInvalid);
    let digest = Order::V2(sent.clone()).cosigner_digest(1).unwrap();
    sent.cosignature = sign(&other, digest);
    let (found, expected) = (account(&other), account(&kit::cosigner()));
    assert_eq!(refused(&Order::V2(sent.clone())), Fault::WrongCosigner { found, expected });
    // What he signed is his choice as it stands, and no other.
    let Order::V2(mut sent) = cosigned(Order::V2(sent)) else { unreachable!() };
    sent.cosignerData.decayStartTime += U256::ONE;
    assert!(matches!(refused(&Order::V2(sent)), Fault::WrongCosigner { .. }));
    // V3's names the chain.
    let order = good(Kind::V3);
    assert_ne!(order.cosigner_digest(1), order.cosigner_digest(10));
    assert_eq!(good(Kind::V2).cosigner_digest(1), good(Kind::V2).cosigner_digest(10));
}

#[test]
fn a_spent_nonce_is_refused() {
    let order = good(Kind::Dutch);
    let here = Deployment::of(1, Address::ZERO);
    let spend = Script {
        account: account(&kit::swapper()),
        holdings: Vec::new(),
        approvals: Vec::new(),
        calls: vec![cancel::hard(&here, order.info().nonce)],
        watch: Vec::new(),
    };
    let spent = world().after(&spend, world().block()).unwrap().world;
    let on = |state| notice(&order).check(&Rules { state: Some(state), ..rules() });
    assert!(on(world()).is_ok());
    let (swapper, nonce) = (order.info().swapper, order.info().nonce);
    assert_eq!(on(&spent), Err(Fault::NonceUsed { swapper, nonce }));
}

#[test]
fn who_may_fill_when_and_for_how_much_more() {
    let Order::Dutch(mut order) = good(Kind::Dutch) else { unreachable!() };
    let now = setting().now;
    (order.exclusiveFiller, order.decayStartTime) = (STRANGER, U256::from(now));
    order.decayEndTime = U256::from(now + 100);
    order.input.startAmount = order.input.endAmount;
    order.outputs.truncate(1);
    order.outputs[0].startAmount = U256::from(1_000_001);
    order.outputs[0].endAmount = U256::from(900_000);
    order.exclusivityOverrideBps = U256::ZERO;
    let owed = |order: &tenor::intents::uniswapx::abi::DutchSent, at: &Moment| {
        let order = Order::Dutch(Box::new(order.clone()));
        resolve(&order, at).map(|resolved| resolved.outputs[0].amount)
    };
    let at = setting().moment();
    let strict = Fault::Exclusive { filler: STRANGER, until: U256::from(now) };
    assert!(strict.is_transient());
    assert_eq!(owed(&order, &at), Err(strict));
    let theirs = Moment { filler: STRANGER, ..at };
    assert_eq!(owed(&order, &theirs), Ok(U256::from(1_000_001)));
    // A second later it is anybody's: 100,001 over 100 s, rounded down.
    let later = Moment { timestamp: now + 1, ..at };
    assert_eq!(owed(&order, &later), Ok(U256::from(1_000_001 - 1_000)));
    // Three basis points more: 300.0003, which exclusive Dutch orders round down, and V2 up.
    order.exclusivityOverrideBps = U256::from(3);
    assert_eq!(owed(&order, &at), Ok(U256::from(1_000_301)));
    let Order::V2(mut second) = good(Kind::V2) else { unreachable!() };
    second.baseInput.startAmount = second.baseInput.endAmount;
    second.baseOutputs = order.outputs.clone();
    second.cosignerData.exclusiveFiller = STRANGER;
    second.cosignerData.exclusivityOverrideBps = U256::from(3);
    second.cosignerData.decayStartTime = U256::from(now);
    second.cosignerData.decayEndTime = U256::from(now + 100);
    second.cosignerData.inputAmount = U256::ZERO;
    second.cosignerData.outputAmounts = vec![U256::ZERO];
    let resolved = resolve(&Order::V2(second), &at).unwrap();
    assert_eq!(resolved.outputs[0].amount, U256::from(1_000_302));
}
