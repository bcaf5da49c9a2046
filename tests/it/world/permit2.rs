//! Permit2: an intent's owner signs, anybody the owner named brings the signature.

use alloy_primitives::{Address, B256, Bytes, U256, address, b256, hex, keccak256};
use alloy_sol_types::{SolCall, SolValue, sol};
use k256::ecdsa::SigningKey;
use tenor_simulations::{
    Expected, Reason, Script, SimulationError, World, compare as confirm, simulate,
};
use tenor_solver::venues::Call;

use super::{ALICE, BLOCK, at, builder};

sol! {
    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    struct PermitTransferFrom {
        TokenPermissions permitted;
        uint256 nonce;
        uint256 deadline;
    }

    struct SignatureTransferDetails {
        address to;
        uint256 requestedAmount;
    }

    function permitWitnessTransferFrom(
        PermitTransferFrom permit,
        SignatureTransferDetails details,
        address owner,
        bytes32 witness,
        string witnessTypeString,
        bytes signature
    ) external;
}

const PERMIT2: Address = address!("000000000022D473030F116dDEE9F6B43aC78BA3");
/// What `DOMAIN_SEPARATOR()` returns on mainnet: a signature over any other fails.
const DOMAIN_SEPARATOR: B256 =
    b256!("866a5aba21966af95d6c7ab78eb2b2fc913915c28be3b9aa07cc04ff903e3f28");
const TOKEN: Address = at(0x11);
const WITNESS_TYPE: &str =
    "Note witness)Note(bytes32 text)TokenPermissions(address token,uint256 amount)";

/// A key that only tests know.
fn key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

fn owner() -> Address {
    let point = key().verifying_key().to_encoded_point(false);
    Address::from_slice(&keccak256(&point.as_bytes()[1..])[12..])
}

fn world() -> World {
    let mut builder = builder();
    builder.token(TOKEN, 18).unwrap();
    builder.permit2(PERMIT2).unwrap();
    builder.fund(TOKEN, owner(), U256::from(1000)).unwrap();
    builder.allow(TOKEN, owner(), PERMIT2, U256::MAX).unwrap();
    builder.build()
}

/// Alice brings the owner's signature for `signed` units, and asks for `asked`.
fn transfer(signed: u64, asked: u64) -> Call {
    let (amount, nonce) = (U256::from(signed), U256::from(42));
    let deadline = U256::from(BLOCK.timestamp);
    let witness = keccak256("for the one who reads this");
    let type_hash = keccak256(format!(
        "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,\
         uint256 deadline,{WITNESS_TYPE}"
    ));
    let permissions = keccak256("TokenPermissions(address token,uint256 amount)");
    let permitted = keccak256((permissions, TOKEN, amount).abi_encode());
    let message = keccak256((type_hash, permitted, ALICE, nonce, deadline, witness).abi_encode());
    let digest = keccak256((hex!("1901"), DOMAIN_SEPARATOR, message).abi_encode_packed());
    let (signature, parity) = key().sign_prehash_recoverable(digest.as_slice()).unwrap();
    let mut bytes = signature.to_vec();
    bytes.push(27 + parity.to_byte());
    let call = permitWitnessTransferFromCall {
        permit: PermitTransferFrom {
            permitted: TokenPermissions { token: TOKEN, amount },
            nonce,
            deadline,
        },
        details: SignatureTransferDetails { to: ALICE, requestedAmount: U256::from(asked) },
        owner: owner(),
        witness,
        witnessTypeString: WITNESS_TYPE.to_owned(),
        signature: Bytes::from(bytes),
    };
    Call { to: PERMIT2, value: U256::ZERO, data: call.abi_encode().into() }
}

fn script(calls: Vec<Call>) -> Script {
    Script { account: ALICE, holdings: vec![], approvals: vec![], calls, watch: vec![TOKEN] }
}

#[test]
fn a_witnessed_permit_moves_what_was_asked() {
    let report = simulate(&world(), &script(vec![transfer(600, 250)])).unwrap();
    let expected = Expected::units(TOKEN, U256::from(250));
    confirm(&[expected], &report).unwrap();
}

#[test]
fn a_permit_moves_no_more_than_signed_and_only_once() {
    let error = simulate(&world(), &script(vec![transfer(600, 601)])).unwrap_err();
    assert!(matches!(error, SimulationError::Reverted { .. }), "{error}");

    let call = transfer(600, 1);
    let error = simulate(&world(), &script(vec![call.clone(), call])).unwrap_err();
    let SimulationError::Reverted { reason, .. } = error else { panic!("{error}") };
    // InvalidNonce()
    assert_eq!(reason, Reason::Custom(hex!("756688fe").into()));
}

#[test]
fn a_signature_for_another_spender_is_refused() {
    let bob = Script { account: at(0xb0), ..script(vec![transfer(600, 250)]) };
    let error = simulate(&world(), &bob).unwrap_err();
    let SimulationError::Reverted { reason, .. } = error else { panic!("{error}") };
    // InvalidSigner()
    assert_eq!(reason, Reason::Custom(hex!("815e1d64").into()));
}
