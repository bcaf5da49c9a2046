//! Taking an intent back.

use alloy_primitives::{B256, U256, address};
use alloy_sol_types::SolCall as _;
use tenor::{
    intents::signed::{Deployment, PERMIT2, Signer, cancel, frozen::invalidateUnorderedNoncesCall},
    problems::Problem,
};

use super::{deployment, key, owner, sign, world};

const ID: B256 = B256::repeat_byte(0x1d);

#[test]
fn an_owner_takes_back_an_intent_and_no_other() {
    let here = deployment();
    let signature = sign(&key(), here.cancellation(ID));
    let soft = |id: B256, owner| cancel::soft(&here, owner, id, &signature, Some(world()));
    assert_eq!(soft(ID, owner()), Ok(Signer::Key));
    let other = soft(B256::repeat_byte(2), owner()).unwrap_err();
    assert_eq!(other.problem(), Problem::WrongSigner);
    let stranger = address!("0000000000000000000000000000000000057a4e");
    assert_eq!(soft(ID, stranger).unwrap_err().problem(), Problem::WrongSigner);
    // Nor on another chain, nor of another deployment.
    for there in [Deployment { chain_id: 2, ..here }, Deployment { settler: stranger, ..here }] {
        assert!(cancel::soft(&there, owner(), ID, &signature, None).is_err());
    }
}

/// The permit's signature is none for its cancellation, though both are about the id.
#[test]
fn an_intents_own_signature_cancels_nothing() {
    let here = deployment();
    let signature = sign(&key(), ID);
    assert!(cancel::soft(&here, owner(), ID, &signature, None).is_err());
}

#[test]
fn the_hard_way_names_word_and_mask() {
    let call = cancel::hard(&deployment(), (U256::from(3) << 8) | U256::from(17));
    assert_eq!((call.to, call.value), (PERMIT2, U256::ZERO));
    let call = invalidateUnorderedNoncesCall::abi_decode(&call.data).unwrap();
    assert_eq!((call.word, call.mask), (U256::from(3), U256::from(1u64 << 17)));
}
