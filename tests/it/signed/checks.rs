//! Each thing that can be wrong with a signed intent, by its own code.

use alloy_primitives::{Address, B256, U256, keccak256};
use tenor::{
    intents::signed::{
        Deployment, Refusal, Rules, Signer,
        check::check,
        wire::{Decimal, SignedDto},
    },
    problems::Problem,
};
use tenor_solver::venues::NATIVE;

use super::{SOLVER, altered, deployment, engine, key, owner, rules, sign, signed};

fn refused(dto: &SignedDto) -> Refusal {
    check(dto, &rules(&deployment())).unwrap_err()
}

/// That an intent altered so, and signed so, is refused with a code.
#[track_caller]
fn refuses(problem: Problem, alter: impl FnOnce(&mut SignedDto)) {
    let refusal = refused(&altered(alter));
    assert_eq!(refusal.problem(), problem, "{refusal}");
    assert!(refusal.pointer().is_some(), "{refusal}");
}

fn number(value: u64) -> Decimal {
    Decimal(U256::from(value))
}

#[test]
fn what_was_offered_and_signed_is_accepted() {
    let dto = signed();
    let checked = check(&dto, &rules(&deployment())).unwrap();
    assert_eq!(checked.id(), deployment().id(checked.permit()));
    assert_eq!((checked.signer(), checked.permit().witness.owner), (&Signer::Key, owner()));
    assert_eq!(checked.intent().canonical, dto.statement);
    // A key's signature can be told without a state.
    let here = deployment();
    let rules = Rules { state: None, ..rules(&here) };
    assert!(check(&dto, &rules).is_ok());
}

#[test]
fn another_chain_contract_or_spender() {
    refuses(Problem::WrongChain, |dto| dto.chain_id = 5);
    refuses(Problem::WrongVerifyingContract, |dto| dto.verifying_contract = Address::ZERO);
    refuses(Problem::WrongSpender, |dto| dto.message.spender = Address::repeat_byte(9));
}

/// What says that it is for this chain and was signed for another is another key's.
#[test]
fn a_signature_for_another_chain_is_nobodys() {
    let elsewhere = Deployment { chain_id: 5, ..deployment() };
    let mut dto = signed();
    dto.signature = sign(&key(), elsewhere.id(&(&dto.message).into()));
    assert_eq!(refused(&dto).problem(), Problem::WrongSigner);
}

#[test]
fn too_late_and_too_early() {
    let now = engine().market().timestamp;
    refuses(Problem::Expired, |dto| dto.message.deadline = number(now - 1));
    refuses(Problem::NotYetValid, |dto| dto.message.witness.valid_after = number(now + 1));
    refuses(Problem::Contradiction, |dto| {
        dto.message.deadline = number(now + 5);
        dto.message.witness.valid_after = number(now + 6);
    });
    // The chain takes both at the very second.
    let edge = altered(|dto| {
        dto.message.deadline = number(now);
        dto.message.witness.valid_after = number(now);
    });
    assert!(check(&edge, &rules(&deployment())).is_ok());
}

#[test]
fn tokens_and_amounts() {
    refuses(Problem::ZeroAmount, |dto| dto.message.permitted.amount = number(0));
    for asset in [NATIVE, Address::repeat_byte(9)] {
        refuses(Problem::UnknownAsset, |dto| dto.message.permitted.token = asset);
        refuses(Problem::UnknownOutput, |dto| dto.message.witness.outputs[0].token = asset);
    }
    refuses(Problem::NoOutputs, |dto| dto.message.witness.outputs.clear());
    refuses(Problem::RepeatedOutput, |dto| {
        let twice = dto.message.witness.outputs[0].clone();
        dto.message.witness.outputs.push(twice);
    });
}

#[test]
fn what_nobody_can_fill() {
    let here = deployment();
    for recipient in [Address::ZERO, here.settler, here.executor(SOLVER)] {
        refuses(Problem::InvalidRecipient, |dto| dto.message.witness.recipient = recipient);
    }
    refuses(Problem::Contradiction, |dto| {
        dto.message.witness.max_fee_in = dto.message.permitted.amount;
    });
    refuses(Problem::Contradiction, |dto| dto.message.witness.min_value_out = Decimal(U256::MAX));
    refuses(Problem::Contradiction, |dto| {
        dto.message.witness.outputs[0].token = dto.message.permitted.token;
    });
    refuses(Problem::Contradiction, |dto| {
        dto.message.witness.min_value_out = number(0);
        dto.message.witness.outputs.iter_mut().for_each(|output| output.min_amount = number(0));
    });
}

#[test]
fn texts_that_are_not_what_was_signed() {
    refuses(Problem::StatementMismatch, |dto| dto.statement.push(' '));
    refuses(Problem::PreferencesMismatch, |dto| dto.preferences.max_entry_cost_bps += 1);
    // Hashes that fit a statement which says something else than the preferences.
    refuses(Problem::StatementMismatch, |dto| {
        dto.statement = dto.statement.replace("365", "90");
        dto.message.witness.statement = keccak256(&dto.statement);
    });
    refuses(Problem::PreferencesMismatch, |dto| {
        dto.preferences.amount = "1".to_owned();
        dto.message.witness.preferences = dto.preferences.hash().unwrap();
    });
    refuses(Problem::InvalidField, |dto| {
        dto.preferences.max_tier = "T9".to_owned();
        dto.message.witness.preferences = dto.preferences.hash().unwrap();
    });
}

#[test]
fn every_signed_member_is_under_the_signature() {
    let tries: [fn(&mut SignedDto); 5] = [
        |dto| dto.message.nonce = number(1),
        |dto| dto.message.witness.min_value_out = number(1),
        |dto| dto.message.witness.allowed_solver = Address::ZERO,
        |dto| dto.message.witness.exclusive_until_block = number(0),
        |dto| dto.message.permitted.amount.0 -= U256::ONE,
    ];
    for alter in tries {
        let mut dto = signed();
        alter(&mut dto);
        assert_eq!(refused(&dto).problem(), Problem::WrongSigner);
    }
}

#[test]
fn the_forms_of_a_keys_signature() {
    let good = signed().signature;
    let with = |signature: Vec<u8>| SignedDto { signature: signature.into(), ..signed() };
    let refused = |signature: Vec<u8>| refused(&with(signature)).problem();
    // EIP-2098: the parity in the highest bit of s.
    let mut compact = good[..64].to_vec();
    compact[32] |= (good[64] - 27) << 7;
    assert!(check(&with(compact), &rules(&deployment())).is_ok());

    for v in [0, 1, 26, 29] {
        assert_eq!(refused([&good[..64], &[v]].concat()), Problem::SignatureRecovery, "{v}");
    }
    for length in [0, 1, 63, 66, 96] {
        assert_eq!(refused(vec![1; length]), Problem::SignatureLength, "{length}");
    }
    // The other signature of the same key: n - s and the other v.
    let order = U256::from_str_radix(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        16,
    );
    let high = order.unwrap() - U256::from_be_slice(&good[32..64]);
    let high = [&good[..32], &high.to_be_bytes::<32>()[..], &[27 + 28 - good[64]]].concat();
    assert_eq!(refused(high), Problem::SignatureHighS);
    assert_eq!(refused([&[0; 64][..], &[27]].concat()), Problem::SignatureInvalid);
    let other = k256::ecdsa::SigningKey::from_slice(&[8; 32]).unwrap();
    let id = deployment().id(&(&signed().message).into());
    assert_eq!(refused(sign(&other, id).to_vec()), Problem::WrongSigner);
    assert_eq!(refused(sign(&key(), B256::ZERO).to_vec()), Problem::WrongSigner);
}
