//! What a wallet is asked to sign: the parameters of `eth_signTypedData_v4`, as JSON.

use alloy_primitives::B256;
use serde_json::{Value, json};

use super::{Deployment, frozen::PermitWitnessTransferFrom, wire::MessageDto};

/// The typed data of an intent.
pub fn intent(deployment: &Deployment, permit: &PermitWitnessTransferFrom) -> Value {
    json!({
        "types": {
            "EIP712Domain": [
                field("name", "string"),
                field("chainId", "uint256"),
                field("verifyingContract", "address"),
            ],
            "PermitWitnessTransferFrom": [
                field("permitted", "TokenPermissions"),
                field("spender", "address"),
                field("nonce", "uint256"),
                field("deadline", "uint256"),
                field("witness", "YieldIntent"),
            ],
            "TokenPermissions": [field("token", "address"), field("amount", "uint256")],
            "YieldIntent": [
                field("owner", "address"),
                field("recipient", "address"),
                field("outputs", "Output[]"),
                field("minValueOut", "uint256"),
                field("maxFeeIn", "uint256"),
                field("allowedSolver", "address"),
                field("exclusiveUntilBlock", "uint256"),
                field("validAfter", "uint256"),
                field("statement", "bytes32"),
                field("preferences", "bytes32"),
            ],
            "Output": [
                field("token", "address"),
                field("minAmount", "uint256"),
                field("maxAmountCounted", "uint256"),
                field("rateE18", "uint256"),
            ],
        },
        "primaryType": "PermitWitnessTransferFrom",
        "domain": {
            "name": "Permit2",
            "chainId": deployment.chain_id,
            "verifyingContract": deployment.permit2,
        },
        "message": MessageDto::from(permit),
    })
}

/// The typed data of a soft cancellation.
pub fn cancellation(deployment: &Deployment, id: B256) -> Value {
    json!({
        "types": {
            "EIP712Domain": [
                field("name", "string"),
                field("version", "string"),
                field("chainId", "uint256"),
                field("verifyingContract", "address"),
            ],
            "CancelIntent": [field("id", "bytes32")],
        },
        "primaryType": "CancelIntent",
        "domain": {
            "name": "Tenor",
            "version": "1",
            "chainId": deployment.chain_id,
            "verifyingContract": deployment.settler,
        },
        "message": { "id": id },
    })
}

fn field(name: &str, kind: &str) -> Value {
    json!({ "name": name, "type": kind })
}
