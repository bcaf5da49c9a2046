//! From a sentence to what is signed, or carried out by one's own account.

use std::sync::atomic::Ordering;

use alloy_primitives::{Address, U256};
use tenor::{
    intents::{
        service::{
            Ask, Quoted,
            quote::{OwnDto, ToSignDto, Way},
        },
        signed::{
            frozen::PermitWitnessTransferFrom,
            wire::{MessageDto, SignedDto},
        },
    },
    problems::Problem,
    store::Stage,
};
use tenor_simulations::{Report, Script, simulate};
use tenor_solver::venues::{Call, NATIVE};

use super::Intake;
use crate::signed::{MOVES, SWAPS, deployment, key, owner, sign, world};

fn ask(sentence: &str) -> Ask {
    let sentence = sentence.to_owned();
    Ask { sentence, owner: owner(), recipient: None, nonce: None, valid_after: None }
}

fn quoted(intake: &Intake, ask: Ask) -> Quoted {
    intake.runtime.block_on(intake.service.quote(ask)).unwrap()
}

fn to_sign(quoted: Quoted) -> ToSignDto {
    match quoted.way {
        Way::Settled(to_sign) => *to_sign,
        other => panic!("{other:?}"),
    }
}

/// What a wallet makes of a quote.
fn signed(to_sign: &ToSignDto) -> SignedDto {
    let here = deployment();
    let message: MessageDto =
        serde_json::from_value(to_sign.typed_data["message"].clone()).unwrap();
    let permit = PermitWitnessTransferFrom::from(&message);
    let (statement, preferences) = (to_sign.statement.clone(), to_sign.preferences.clone());
    assert_eq!(here.id(&permit), to_sign.id);
    SignedDto::of(&here, &permit, statement, preferences, sign(&key(), to_sign.id))
}

#[test]
fn what_is_quoted_and_signed_is_accepted_and_solved() {
    let intake = Intake::open();
    for sentence in [SWAPS, MOVES, "exit 40 wstETH to WETH"] {
        let to_sign = to_sign(quoted(&intake, ask(sentence)));
        let dto = signed(&to_sign);
        let accepted = intake.accept(&dto).unwrap();
        assert_eq!(accepted.told.id, to_sign.id);
        intake.until(to_sign.id, Stage::Quoted);
    }
}

#[test]
fn every_quote_has_its_own_nonce_unless_one_is_named() {
    let intake = Intake::open();
    let nonce = |ask: Ask| signed(&to_sign(quoted(&intake, ask))).message.nonce.0;
    let (one, two) = (nonce(ask(SWAPS)), nonce(ask(SWAPS)));
    assert_ne!(one, two);
    let named = Ask { nonce: Some(U256::from(5)), ..ask(SWAPS) };
    assert_eq!(nonce(named), U256::from(5));
    let friend = Address::repeat_byte(0xf1);
    let later = intake.millis.load(Ordering::SeqCst) / 1_000 + 5;
    let others = Ask { recipient: Some(friend), valid_after: Some(later), ..ask(SWAPS) };
    let message = signed(&to_sign(quoted(&intake, others))).message;
    assert_eq!(message.witness.recipient, friend);
    assert_eq!(message.witness.valid_after.0, U256::from(later));
}

/// What one signature cannot settle comes as calls, which do in an EVM what the plan says.
#[test]
fn an_owners_own_plan_comes_as_calls() {
    let intake = Intake::open();
    let quoted = quoted(&intake, ask("swap 50 ETH to wstETH"));
    let own: OwnDto = match quoted.way {
        Way::OwnerExecuted(own) => *own,
        other => panic!("{other:?}"),
    };
    assert_eq!(own.code, "native_in");
    assert_eq!(quoted.answer.plan.way, "owner_executed");
    let calls = own.calls.iter().map(|call| Call {
        to: call.to,
        value: call.value.parse().unwrap(),
        data: call.data.clone(),
    });
    let wanted = quoted.answer.plan.outputs.first().unwrap();
    let token: Address = wanted.token.parse().unwrap();
    let script = Script {
        account: owner(),
        holdings: vec![(NATIVE, U256::from(50) * U256::from(10).pow(U256::from(18)))],
        approvals: Vec::new(),
        calls: calls.collect(),
        watch: vec![NATIVE, token],
    };
    let Report { after, .. } = simulate(world(), &script).unwrap();
    let got = after.iter().find(|held| held.token == token).unwrap();
    assert_eq!(got.balance.to_string(), wanted.amount);
    let sent = own.send_calls["calls"].as_array().unwrap();
    assert_eq!(sent.len(), own.calls.len());
    assert!(own.gas > 21_000 && own.approvals.iter().all(|given| given.gas > 21_000));
}

#[test]
fn holding_is_nothing_to_sign_and_nonsense_is_refused() {
    let intake = Intake::open();
    let hold = quoted(&intake, ask("maximize ETH yield on 100 stETH"));
    assert!(matches!(hold.way, Way::None));
    assert_eq!(hold.answer.plan.kind, "hold");
    let nonsense = intake.runtime.block_on(intake.service.quote(ask("buy the moon"))).unwrap_err();
    assert_eq!((nonsense.problem(), nonsense.pointer()), (Problem::BadSentence, Some("/sentence")));
}
