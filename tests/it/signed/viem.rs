//! Digests and signatures beside viem's, over randomised intents.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolStruct as _;
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};
use tenor::intents::signed::{
    Deployment, Preferences,
    frozen::{CancelIntent, Output, PermitWitnessTransferFrom, TokenPermissions, YieldIntent},
    signature::recover,
    typed_data,
};

use super::{account, read, sign, signed};
use crate::node::anvil::installed;

const CASES: u64 = 200;

/// Words that follow from a number, of all sizes.
struct Words(B256);

impl Words {
    fn word(&mut self) -> B256 {
        self.0 = keccak256(self.0);
        self.0
    }

    fn number(&mut self) -> U256 {
        let bits = self.word()[0];
        U256::from_be_bytes(self.word().0) >> usize::from(bits)
    }

    fn address(&mut self) -> Address {
        Address::from_word(self.word())
    }
}

fn intent(words: &mut Words, owner: Address) -> PermitWitnessTransferFrom {
    let outputs = words.word()[0] % 4;
    let output = |words: &mut Words| Output {
        token: words.address(),
        minAmount: words.number(),
        maxAmountCounted: words.number(),
        rateE18: words.number(),
    };
    PermitWitnessTransferFrom {
        permitted: TokenPermissions { token: words.address(), amount: words.number() },
        spender: words.address(),
        nonce: words.number(),
        deadline: words.number(),
        witness: YieldIntent {
            owner,
            recipient: words.address(),
            outputs: (0..outputs).map(|_| output(words)).collect(),
            minValueOut: words.number(),
            maxFeeIn: words.number(),
            allowedSolver: words.address(),
            exclusiveUntilBlock: words.number(),
            validAfter: words.number(),
            statement: words.word(),
            preferences: words.word(),
        },
    }
}

fn viem(cases: &[Value]) -> Vec<Value> {
    let mut node = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/signed/viem.mjs"))
        .arg(installed())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    let input = serde_json::to_vec(cases).unwrap();
    node.stdin.take().unwrap().write_all(&input).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn digests_and_signatures_are_viems() {
    let statement = "Maximize net ETH yield on 100 WETH for 90 days. Zinsen \u{20ac} \"quoted\"";
    let preferences = Preferences::of(&read("maximize ETH yield on 3 wstETH avoid lido, aave_v3"));
    let mut cases = Vec::new();
    let mut ours = Vec::new();
    for seed in 0..CASES {
        let mut words = Words(B256::from(U256::from(seed)));
        let secret = words.word();
        let key = SigningKey::from_slice(secret.as_slice()).unwrap();
        let here = Deployment {
            chain_id: words.number().as_limbs()[0] >> 12,
            permit2: words.address(),
            settler: words.address(),
        };
        let permit = intent(&mut words, account(&key));
        // Every other one is a cancellation of the intent.
        let (typed_data, domain, hash, digest) = if seed % 2 == 0 {
            let domain = here.domain().separator();
            (
                typed_data::intent(&here, &permit),
                domain,
                permit.eip712_hash_struct(),
                here.id(&permit),
            )
        } else {
            let id = here.id(&permit);
            let domain = here.own_domain().separator();
            let hash = CancelIntent { id }.eip712_hash_struct();
            (typed_data::cancellation(&here, id), domain, hash, here.cancellation(id))
        };
        cases.push(json!({
            "key": secret,
            "typedData": typed_data,
            "statement": statement,
            "preferences": preferences,
        }));
        ours.push((key, domain, hash, digest));
    }
    let theirs = viem(&cases);
    assert_eq!(theirs.len(), ours.len());
    for ((key, domain, hash, digest), theirs) in ours.into_iter().zip(theirs) {
        let told = |name: &str| theirs[name].as_str().unwrap();
        let hash_of = |name: &str| told(name).parse::<B256>().unwrap();
        assert_eq!((hash_of("domain"), hash_of("struct")), (domain, hash));
        assert_eq!(hash_of("digest"), digest);
        assert_eq!(told("signature"), sign(&key, digest).to_string());
        let signature: alloy_primitives::Bytes = told("signature").parse().unwrap();
        assert_eq!(recover(digest, &signature), Ok(account(&key)));
        assert_eq!(told("owner"), account(&key).to_string());
        assert_eq!(hash_of("statement"), keccak256(statement));
        assert_eq!(hash_of("preferences"), preferences.hash().unwrap());
    }
}

/// The worked example of the documentation: what is offered, signed by viem.
#[test]
fn what_viem_signs_is_accepted() {
    let dto = signed();
    let here = super::deployment();
    let permit = PermitWitnessTransferFrom::from(&dto.message);
    let theirs = viem(&[json!({
        "key": B256::repeat_byte(7),
        "typedData": typed_data::intent(&here, &permit),
        "statement": dto.statement,
        "preferences": dto.preferences,
    })]);
    assert_eq!(theirs[0]["signature"], dto.signature.to_string());
    assert_eq!(theirs[0]["digest"], here.id(&permit).to_string());
    assert_eq!(theirs[0]["statement"], permit.witness.statement.to_string());
    assert_eq!(theirs[0]["preferences"], permit.witness.preferences.to_string());
}
