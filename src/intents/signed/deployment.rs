//! Where intents are settled, and what an intent's signature covers there.

use alloy_primitives::{Address, B256, U256, address, b256};
use alloy_sol_types::{Eip712Domain, SolStruct as _};

use super::frozen::{CancelIntent, PermitWitnessTransferFrom};

/// Permit2, at the same address on every chain (docs.uniswap.org).
pub const PERMIT2: Address = address!("000000000022D473030F116dDEE9F6B43aC78BA3");

/// The type strings, as Permit2 and the Settler hash them.
pub const PERMIT_TYPE: &str = "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,YieldIntent witness)Output(address token,uint256 minAmount,uint256 maxAmountCounted,uint256 rateE18)TokenPermissions(address token,uint256 amount)YieldIntent(address owner,address recipient,Output[] outputs,uint256 minValueOut,uint256 maxFeeIn,address allowedSolver,uint256 exclusiveUntilBlock,uint256 validAfter,bytes32 statement,bytes32 preferences)";

/// What Permit2 is given to complete its own stub with: [`PERMIT_TYPE`] from the witness on.
pub const WITNESS_TYPE: &str = "YieldIntent witness)Output(address token,uint256 minAmount,uint256 maxAmountCounted,uint256 rateE18)TokenPermissions(address token,uint256 amount)YieldIntent(address owner,address recipient,Output[] outputs,uint256 minValueOut,uint256 maxFeeIn,address allowedSolver,uint256 exclusiveUntilBlock,uint256 validAfter,bytes32 statement,bytes32 preferences)";

/// `keccak256` of [`PERMIT_TYPE`].
pub const PERMIT_TYPE_HASH: B256 =
    b256!("5272bd292cb413d8d631ceae86557c2287401bc28551d77fb704481671dda910");
/// `keccak256` of the `YieldIntent` type with its `Output`.
pub const INTENT_TYPE_HASH: B256 =
    b256!("b4d38350f7f43803034603d64c8428b20f3a9b4292d45f16166472fd265c4dff");
/// `keccak256` of the `Output` type.
pub const OUTPUT_TYPE_HASH: B256 =
    b256!("d9f6af7c621f9e43163f27055d7822174cb46bcfae7884d3a7c0b5ea1097550c");
/// `keccak256` of the `TokenPermissions` type.
pub const PERMISSIONS_TYPE_HASH: B256 =
    b256!("618358ac3db8dc274f0cd8829da7e234bd48cd73c4a740aede1adec9846d06a1");
/// `keccak256` of the `CancelIntent` type.
pub const CANCEL_TYPE_HASH: B256 =
    b256!("b1460d161d6cbdf33ab3cc42ef922c4f55a1af0740746eb521b0a66c7a80f40b");

/// The Settler, where its own code puts it: `contracts/artifacts/deployed.json` (a test compares).
pub const SETTLER: Address = address!("039bc95b5b8cc7bfc261c99fe968e0a7bd98c555");

/// What an Executor is created with, hashed: `initCodeHash` of the same file.
const EXECUTOR_CODE: B256 =
    b256!("55e9b20dced19f6534c3ce56d25cf1073c08a838a7654c97c19c58ba6e35a20b");

/// The contracts of one chain that a signature names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deployment {
    /// The chain.
    pub chain_id: u64,
    /// Permit2, which verifies the signature.
    pub permit2: Address,
    /// The Settler, which alone may spend it.
    pub settler: Address,
}

impl Deployment {
    /// The Settler of a chain with Permit2 where it is everywhere.
    pub const fn of(chain_id: u64, settler: Address) -> Self {
        Self { chain_id, permit2: PERMIT2, settler }
    }

    /// A solver's Executor, which the Settler makes at that solver's first settlement.
    pub fn executor(&self, solver: Address) -> Address {
        self.settler.create2(solver.into_word(), EXECUTOR_CODE)
    }

    /// Permit2's domain: it has no version.
    pub fn domain(&self) -> Eip712Domain {
        let chain = Some(U256::from(self.chain_id));
        Eip712Domain::new(Some("Permit2".into()), None, chain, Some(self.permit2), None)
    }

    /// The domain of messages to Tenor that no contract reads: cancellations. It is Tenor's own, so
    /// that no such message can be taken for a permit; the Settler in it ties it to one deployment.
    pub fn own_domain(&self) -> Eip712Domain {
        let chain = Some(U256::from(self.chain_id));
        Eip712Domain::new(Some("Tenor".into()), Some("1".into()), chain, Some(self.settler), None)
    }

    /// An intent's id: the digest that its owner signs.
    pub fn id(&self, permit: &PermitWitnessTransferFrom) -> B256 {
        permit.eip712_signing_hash(&self.domain())
    }

    /// The digest that an owner signs to have an intent no longer tried.
    pub fn cancellation(&self, id: B256) -> B256 {
        CancelIntent { id }.eip712_signing_hash(&self.own_domain())
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::keccak256;

    use super::*;
    use crate::intents::signed::frozen::{Output, TokenPermissions, YieldIntent};

    #[test]
    fn the_settler_is_where_its_code_puts_it() {
        let deployed = include_str!("../../../contracts/artifacts/deployed.json");
        let deployed: serde_json::Value = serde_json::from_str(deployed).unwrap();
        let address = &deployed["contracts"]["Settler"]["address"];
        assert_eq!(address.as_str(), Some(&*format!("{SETTLER:#x}")));
        let executor = &deployed["contracts"]["Executor"]["initCodeHash"];
        assert_eq!(executor.as_str(), Some(&*EXECUTOR_CODE.to_string()));
    }

    #[test]
    fn types_are_the_specifications() {
        assert_eq!(PermitWitnessTransferFrom::eip712_encode_type(), PERMIT_TYPE);
        assert!(PERMIT_TYPE.ends_with(WITNESS_TYPE));
        let stub = PERMIT_TYPE.strip_suffix(WITNESS_TYPE).unwrap();
        assert_eq!(
            stub,
            "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,"
        );
        let at = PERMIT_TYPE.find("Output(").unwrap();
        let of = PERMIT_TYPE.find("TokenPermissions(address").unwrap();
        let intent = PERMIT_TYPE.rfind("YieldIntent(").unwrap();
        let output = &PERMIT_TYPE[at..of];
        assert_eq!(keccak256(PERMIT_TYPE), PERMIT_TYPE_HASH);
        assert_eq!(keccak256(output), OUTPUT_TYPE_HASH);
        assert_eq!(keccak256(&PERMIT_TYPE[of..intent]), PERMISSIONS_TYPE_HASH);
        assert_eq!(keccak256(format!("{}{output}", &PERMIT_TYPE[intent..])), INTENT_TYPE_HASH);
        assert_eq!(keccak256("CancelIntent(bytes32 id)"), CANCEL_TYPE_HASH);
    }

    #[test]
    fn structs_hash_with_these_types() {
        let (token, zero) = (Address::repeat_byte(1), U256::ZERO);
        let output = Output { token, minAmount: zero, maxAmountCounted: zero, rateE18: zero };
        assert_eq!(output.eip712_type_hash(), OUTPUT_TYPE_HASH);
        let permitted = TokenPermissions { token, amount: zero };
        assert_eq!(permitted.eip712_type_hash(), PERMISSIONS_TYPE_HASH);
        let witness = YieldIntent {
            owner: token,
            recipient: token,
            outputs: vec![output],
            minValueOut: zero,
            maxFeeIn: zero,
            allowedSolver: token,
            exclusiveUntilBlock: zero,
            validAfter: zero,
            statement: B256::ZERO,
            preferences: B256::ZERO,
        };
        assert_eq!(witness.eip712_type_hash(), INTENT_TYPE_HASH);
        let permit = PermitWitnessTransferFrom {
            permitted,
            spender: token,
            nonce: zero,
            deadline: zero,
            witness,
        };
        assert_eq!(permit.eip712_type_hash(), PERMIT_TYPE_HASH);
        assert_eq!(CancelIntent { id: B256::ZERO }.eip712_type_hash(), CANCEL_TYPE_HASH);
    }
}
