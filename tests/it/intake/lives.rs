//! What becomes of an intent, and what is told of it.

use std::sync::Arc;

use alloy_primitives::{B256, U256};
use serde_json::Value;
use tenor::{
    intents::{service::IntakeError, signed::wire::Decimal},
    problems::Problem,
    store::{
        NewIntent, Stage, Store,
        sqlite::{Options, Sqlite},
    },
};

use super::{Intake, altered, intent, stages};
use crate::{
    signed::{MOVES, SWAPS, deployment, engine, key, owner, sign},
    store::Folder,
};

#[test]
fn an_intent_is_verified_quoted_and_expires() {
    let intake = Intake::open();
    for (sentence, nonce) in [(SWAPS, 1), (MOVES, 2)] {
        let (id, dto) = intent(sentence, nonce);
        assert!(!intake.accept(&dto).unwrap().known);
        let events = intake.until(id, Stage::Quoted);
        assert_eq!(stages(&events), [Stage::Received, Stage::Verified, Stage::Quoted]);
        assert!(events.windows(2).all(|pair| pair[0].seq < pair[1].seq));
        let quoted = &events[2].step;
        assert_eq!(quoted.block, Some(engine().market().block));
        // It says what the plan gives, which is no less than what was signed.
        let told: Value = serde_json::from_str(&quoted.detail).unwrap();
        let number = |value: &Value| value.as_str().unwrap().parse::<U256>().unwrap();
        assert!(number(&told["value"]) >= dto.message.witness.min_value_out.0);
        assert_eq!(number(&told["least_value"]), dto.message.witness.min_value_out.0);
        let outputs = told["outputs"].as_array().unwrap();
        assert_eq!(outputs.len(), dto.message.witness.outputs.len());
        for (output, signed) in outputs.iter().zip(&dto.message.witness.outputs) {
            assert!(number(&output["amount"]) >= signed.min_amount.0, "{told}");
        }
        assert_eq!(told["difference_wei"], "0");
        assert!(told["gas"].as_u64().unwrap() > 21_000);
    }
    // At the very deadline it is still tried; a second later it is not.
    let deadline = engine().market().timestamp + 600;
    intake.at(deadline);
    let (id, _) = intent(SWAPS, 1);
    assert_eq!(intake.service.status(id).unwrap().stage, "quoted");
    intake.at(deadline + 1);
    let events = intake.until(id, Stage::Expired);
    assert_eq!(events.last().unwrap().step.code, "expired");
    let status = intake.service.status(id).unwrap();
    assert!(status.ended && status.stage == "expired" && status.events.len() == 4);
    assert!(status.statement.contains("50 WETH"), "{}", status.statement);
}

#[test]
fn handing_in_again_tells_the_same() {
    let intake = Intake::open();
    let (id, dto) = intent(SWAPS, 1);
    let told = |known: bool, text: &str| {
        let accepted = intake.accept_text(text).unwrap();
        assert_eq!(accepted.known, known);
        serde_json::to_string(&accepted.told).unwrap()
    };
    let text = dto.text().unwrap();
    let first = told(false, &text);
    assert_eq!(told(true, &text), first);
    // White space is no other intent.
    let pretty = serde_json::to_string_pretty(&dto).unwrap();
    assert_eq!(told(true, &pretty), first);
    // Nor is it another one once it has ended, or time has passed.
    assert_eq!(intake.cancel(id).unwrap(), Stage::Cancelled);
    intake.at(engine().market().timestamp + 10_000);
    assert_eq!(told(true, &text), first);
    assert_eq!(
        intake
            .store
            .events_of(id, 0, 99)
            .unwrap()
            .iter()
            .filter(|e| e.step.stage == Stage::Received)
            .count(),
        1
    );
}

#[test]
fn a_nonce_is_refused_to_a_second_intent() {
    let intake = Intake::open();
    let ((first, one), (_, two)) = (intent(SWAPS, 7), intent(MOVES, 7));
    intake.accept(&one).unwrap();
    let refused = intake.accept(&two).unwrap_err();
    assert_eq!(refused.problem(), Problem::NonceTaken, "{refused}");
    intake.cancel(first).unwrap();
    assert!(!intake.accept(&two).unwrap().known);
}

#[test]
fn what_is_refused_is_not_kept() {
    let intake = Intake::open();
    let (_, good) = intent(SWAPS, 1);
    let (id, late) = altered(&good, |dto| dto.message.deadline = Decimal(U256::ONE));
    assert_eq!(intake.accept(&late).unwrap_err().problem(), Problem::Expired);
    assert_eq!(intake.store.intent(id), Ok(None));
    assert_eq!(intake.accept_text("{}").unwrap_err().problem(), Problem::MissingField);
    assert_eq!(intake.store.events(0, 9).unwrap().len(), 0);
    let unknown = intake.service.status(id).unwrap_err();
    assert_eq!(unknown.problem(), Problem::UnknownIntent);
    assert!(matches!(intake.service.events(id, 0), Err(IntakeError::Unknown(_))));
}

#[test]
fn an_owner_takes_it_back_once_and_nobody_else_does() {
    let intake = Intake::open();
    let (id, dto) = intent(SWAPS, 1);
    intake.accept(&dto).unwrap();
    let theirs = k256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap();
    let forged = sign(&theirs, deployment().cancellation(id));
    let refused = intake.runtime.block_on(intake.service.cancel(id, forged)).unwrap_err();
    assert_eq!(refused.problem(), Problem::WrongSigner);
    // A signature of the intent itself takes nothing back.
    let own = sign(&key(), id);
    assert!(intake.runtime.block_on(intake.service.cancel(id, own)).is_err());
    for _ in 0..2 {
        assert_eq!(intake.cancel(id).unwrap(), Stage::Cancelled);
    }
    let events = intake.until(id, Stage::Cancelled);
    assert_eq!(events.last().unwrap().step.code, "cancelled_by_owner");
    assert_eq!(events.iter().filter(|e| e.step.stage == Stage::Cancelled).count(), 1);
    assert_eq!(intake.cancel(B256::ZERO).unwrap_err().problem(), Problem::UnknownIntent);
    // What has ended otherwise cannot be taken back.
    let (id, dto) = intent(SWAPS, 2);
    intake.accept(&dto).unwrap();
    intake.until(id, Stage::Quoted);
    intake.at(engine().market().timestamp + 601);
    intake.until(id, Stage::Expired);
    assert_eq!(intake.cancel(id).unwrap_err().problem(), Problem::IllegalTransition);
}

#[test]
fn streams_go_on_from_any_event_and_end() {
    let intake = Intake::open();
    let (id, dto) = intent(SWAPS, 1);
    intake.accept(&dto).unwrap();
    let all = intake.until(id, Stage::Quoted);
    // Someone who waits at the end of what there is, while it is taken back.
    let mut waits = intake.service.events(id, all[2].seq).unwrap();
    intake.cancel(id).unwrap();
    assert_eq!(intake.next(&mut waits).unwrap().step.stage, Stage::Cancelled);
    assert_eq!(intake.next(&mut waits), None);
    for skip in 0..=4usize {
        let after = skip
            .checked_sub(1)
            .map_or(0, |at| all.get(at).map_or_else(|| all[2].seq + 1, |event| event.seq));
        let mut events = intake.service.events(id, after).unwrap();
        let mut seen = Vec::new();
        while let Some(event) = intake.next(&mut events) {
            seen.push(event);
        }
        let expected = [Stage::Received, Stage::Verified, Stage::Quoted, Stage::Cancelled];
        assert_eq!(stages(&seen), expected[skip..], "after {after}");
    }
}

/// What nobody can do on a market that stays as it is fails at once, and says why.
#[test]
fn less_than_was_signed_is_no_plan() {
    let intake = Intake::open();
    let (_, good) = intent(MOVES, 1);
    let (id, greedy) = altered(&good, |dto| {
        // All that counts, at its rate: nothing is left for the fee.
        let value = |o: &tenor::intents::signed::wire::OutputDto| {
            o.max_amount_counted.0 * o.rate_e18.0 / U256::from(10).pow(U256::from(18))
        };
        let most = dto.message.witness.outputs.iter().map(value).sum();
        dto.message.witness.min_value_out = Decimal(most);
    });
    intake.accept(&greedy).unwrap();
    let events = intake.until(id, Stage::Failed);
    assert_eq!(events.last().unwrap().step.code, "below_signed");
    assert!(events.last().unwrap().step.detail.contains("what was signed"));
}

/// What a process had accepted when it ended is gone on with by the next.
#[test]
fn a_restart_goes_on() {
    let folder = Folder::new();
    let open = || Sqlite::open(&folder.file(), Options::default()).unwrap();
    let store = open();
    let new: Vec<_> = (1..=3).map(|nonce| intent(SWAPS, nonce)).collect();
    for (nonce, (id, dto)) in (1u64..).zip(&new) {
        let body = dto.text().unwrap();
        let (nonce, at_ms) = (U256::from(nonce), 1);
        let kept = NewIntent { id: *id, owner: owner(), nonce, body, at_ms };
        store.submit(kept).wait().unwrap();
    }
    // One of them has come further.
    let step = tenor::store::Step {
        id: new[0].0,
        stage: Stage::Verified,
        code: "verified".to_owned(),
        detail: "{}".to_owned(),
        at_ms: 2,
        block: None,
    };
    store.advance(step).wait().unwrap();
    drop(store);
    let store = open();
    let intake = Intake::on(folder, Arc::new(store), |_| ());
    for (id, dto) in &new {
        let events = intake.until(*id, Stage::Quoted);
        assert_eq!(stages(&events), [Stage::Received, Stage::Verified, Stage::Quoted]);
        assert!(intake.accept(dto).unwrap().known);
    }
}

#[test]
fn a_list_is_of_one_owner_in_pages() {
    let intake = Intake::open();
    let ids: Vec<B256> = (1..=3)
        .map(|nonce| {
            let (id, dto) = intent(SWAPS, nonce);
            intake.accept(&dto).unwrap();
            id
        })
        .collect();
    let first = intake.service.list(owner(), 0, 2).unwrap();
    assert_eq!(first.iter().map(|kept| kept.id).collect::<Vec<_>>(), ids[..2]);
    let rest = intake.service.list(owner(), first[1].first_event, 2).unwrap();
    assert_eq!(rest.iter().map(|kept| kept.id).collect::<Vec<_>>(), ids[2..]);
    assert!(intake.service.list(deployment().settler, 0, 9).unwrap().is_empty());
}

#[test]
fn too_many_open_are_turned_away_until_some_end() {
    let folder = Folder::new();
    let store = Sqlite::open(&folder.file(), Options::default()).unwrap();
    let intake = Intake::on(folder, Arc::new(store), |options| options.most_open = 1);
    let ((one, first), (_, second)) = (intent(SWAPS, 1), intent(SWAPS, 2));
    intake.accept(&first).unwrap();
    let crowded = intake.accept(&second).unwrap_err();
    assert_eq!(crowded.problem(), Problem::TooManyOpen);
    assert!(crowded.problem().retryable());
    intake.cancel(one).unwrap();
    intake.accept(&second).unwrap();
}

#[test]
fn draining_accepts_nothing_and_ends_streams() {
    let intake = Intake::open();
    let ((id, first), (_, second)) = (intent(SWAPS, 1), intent(SWAPS, 2));
    intake.accept(&first).unwrap();
    let seen = intake.until(id, Stage::Quoted);
    let mut events = intake.service.events(id, seen[2].seq).unwrap();
    intake.service.drain();
    assert_eq!(intake.next(&mut events), None);
    assert_eq!(intake.accept(&second).unwrap_err().problem(), Problem::Stopping);
    assert_eq!(intake.service.status(id).unwrap().stage, "quoted");
    // Twice is once.
    intake.service.drain();
}
