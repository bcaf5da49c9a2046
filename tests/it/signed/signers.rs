//! Owners that are contracts, there (ERC-1271) or not yet (ERC-6492).

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, U256, address, b256, hex, keccak256};
use alloy_sol_types::SolValue as _;
use revm::{bytecode::Bytecode, state::AccountInfo};
use tenor::{
    intents::signed::{Refusal, Signer, signature::check},
    problems::Problem,
};
use tenor_simulations::{
    SourceError, StateSource, World,
    world::{Block, Forms},
};

use super::{key, owner, sign};

const DIGEST: B256 = b256!("d19e57d19e57d19e57d19e57d19e57d19e57d19e57d19e57d19e57d19e57d19e");
const WALLET: Address = address!("00000000000000000000000000000000000a11e7");
/// The deployer that is at this address on most chains: CREATE2 of a salt and the code after it.
const FACTORY: Address = address!("4e59b44847b379578588920ca78fbf26c0b4956c");
const FACTORY_CODE: &str = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";
/// A wallet that accepts the hash itself, and what begins with it, as a signature:
/// `return (sig[0] == hash) * 0x1626ba7e << 224`.
const WALLET_CODE: &str = "60643560043514631626ba7e0260e01b5f5260205ff3";
/// Puts the wallet's 22 bytes where it is created.
const WALLET_INIT: &str = "7560643560043514631626ba7e0260e01b5f5260205ff35f526016600af3";
const MAGIC: B256 = b256!("6492649264926492649264926492649264926492649264926492649264926492");

/// A chain with a few contracts.
#[derive(Debug)]
struct Chain(Vec<(Address, Bytecode)>);

impl StateSource for Chain {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, SourceError> {
        let code = self.0.iter().find(|(at, _)| *at == address).map(|(_, code)| code.clone());
        Ok(code.map(|code| AccountInfo::from_bytecode(code).with_nonce(1)))
    }

    fn code(&self, hash: B256) -> Result<Bytecode, SourceError> {
        let code = self.0.iter().find(|(_, code)| code.hash_slow() == hash);
        Ok(code.map(|(_, code)| code.clone()).unwrap_or_default())
    }

    fn storage(&self, _: Address, _: U256) -> Result<U256, SourceError> {
        Ok(U256::ZERO)
    }

    fn block_hash(&self, _: u64) -> Result<B256, SourceError> {
        Ok(B256::ZERO)
    }
}

pub(super) fn chain(contracts: &[(Address, &str)]) -> World {
    let code = |hex: &str| Bytecode::new_legacy(hex::decode(hex).unwrap().into());
    let contracts = contracts.iter().map(|(at, hex)| (*at, code(hex))).collect();
    let block = Block {
        chain_id: 1,
        number: 22_000_000,
        timestamp: 1_750_000_000,
        base_fee: 1,
        gas_limit: 30_000_000,
    };
    World::over(block, Arc::new(Chain(contracts)), Forms::default()).unwrap()
}

fn refused(owner: Address, signature: &Bytes, world: &World) -> Problem {
    check(owner, DIGEST, signature, Some(world)).unwrap_err().problem()
}

/// What the wallet accepts.
fn accepted() -> Bytes {
    DIGEST.0.into()
}

#[test]
fn a_contract_is_asked() {
    let world = chain(&[(WALLET, WALLET_CODE)]);
    assert_eq!(check(WALLET, DIGEST, &accepted(), Some(&world)), Ok(Signer::Contract));
    let wrong = Bytes::from(vec![1; 65]);
    assert_eq!(refused(WALLET, &wrong, &world), Problem::ContractRefused);
    // Without a state nobody can ask it.
    let unknown = check(WALLET, DIGEST, &accepted(), None).unwrap_err();
    assert_eq!(unknown, Refusal::SignerUnknown(WALLET));
}

/// As in Permit2, a key's signature is worth nothing where its account has code (EIP-7702, too).
#[test]
fn an_account_with_code_does_not_sign_by_its_key() {
    let world = chain(&[(owner(), WALLET_CODE)]);
    let signature = sign(&key(), DIGEST);
    assert_eq!(refused(owner(), &signature, &world), Problem::ContractRefused);
    assert_eq!(check(owner(), DIGEST, &accepted(), Some(&world)), Ok(Signer::Contract));
    assert_eq!(check(owner(), DIGEST, &signature, Some(&chain(&[]))), Ok(Signer::Key));
}

#[test]
fn answers_that_are_no_yes() {
    let no = [
        ("it reverts", "5f5ffd"),
        ("it stops", "00"),
        ("it is no code", "fe"),
        ("four bytes", "631626ba7e60e01b5f5260045ff3"),
        ("dirt behind the selector", "631626ba7e60e01b6001015f5260205ff3"),
        ("the number one", "60015f5260205ff3"),
        ("endless", "5b5f56"),
    ];
    for (what, code) in no {
        let world = chain(&[(WALLET, code)]);
        assert_eq!(refused(WALLET, &accepted(), &world), Problem::ContractRefused, "{what}");
    }
}

/// The wallet that a salt leads to, and the signature that proves it.
fn counterfactual(salt: B256, signature: Bytes) -> (Address, Bytes) {
    let init = hex::decode(WALLET_INIT).unwrap();
    let at = FACTORY.create2(salt, keccak256(&init));
    let deployment = Bytes::from([salt.as_slice(), &init].concat());
    let wrapped = (FACTORY, deployment, signature).abi_encode_params();
    (at, [wrapped.as_slice(), MAGIC.as_slice()].concat().into())
}

#[test]
fn a_contract_that_is_not_there_yet() {
    let world = chain(&[(FACTORY, FACTORY_CODE)]);
    let (wallet, signature) = counterfactual(B256::repeat_byte(5), accepted());
    let signer = check(wallet, DIGEST, &signature, Some(&world)).unwrap();
    let Signer::Undeployed { factory, signature: inner, .. } = signer else { panic!("{signer:?}") };
    assert_eq!((factory, inner), (FACTORY, accepted()));
    // The chain itself is as it was.
    assert_eq!(refused(wallet, &accepted(), &world), Problem::SignatureLength);
    // Once it is there, its own answer counts, and no factory is needed.
    let there = chain(&[(wallet, WALLET_CODE)]);
    assert_eq!(check(wallet, DIGEST, &signature, Some(&there)), Ok(Signer::Contract));
}

#[test]
fn deployments_that_prove_nothing() {
    let world = chain(&[(FACTORY, FACTORY_CODE)]);
    let (wallet, wrong) = counterfactual(B256::repeat_byte(5), Bytes::from(vec![1; 32]));
    assert_eq!(refused(wallet, &wrong, &world), Problem::ContractRefused);
    let (_, elsewhere) = counterfactual(B256::repeat_byte(6), accepted());
    assert_eq!(refused(wallet, &elsewhere, &world), Problem::Undeployable);
    // A factory that is none.
    let (wallet, signature) = counterfactual(B256::repeat_byte(5), accepted());
    assert_eq!(refused(wallet, &signature, &chain(&[])), Problem::Undeployable);
    assert_eq!(refused(wallet, &signature, &chain(&[(FACTORY, "5f5ffd")])), Problem::Undeployable);
    // The magic alone, and what does not decode before it, is read as any other signature.
    assert_eq!(refused(wallet, &MAGIC.0.into(), &world), Problem::SignatureLength);
}
