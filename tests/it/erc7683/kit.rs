//! Signed intents as orders of the standard.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolValue as _;
use k256::ecdsa::SigningKey;
use tenor::intents::{
    erc7683::{
        Posted,
        order::{GaslessCrossChainOrder, OnchainCrossChainOrder},
    },
    signed::{
        Deployment, PERMIT_TYPE_HASH, SETTLER,
        frozen::{Output, PermitWitnessTransferFrom, TokenPermissions, YieldIntent},
    },
};
use tenor_solver::amount::WAD;

use crate::signed::{key, owner, sign};

/// The deployment that orders name: our own.
pub(crate) fn deployment() -> Deployment {
    Deployment::of(1, SETTLER)
}

/// An intent for one output.
pub(crate) fn permit(asset: Address, wanted: Address, now: u64) -> PermitWitnessTransferFrom {
    PermitWitnessTransferFrom {
        permitted: TokenPermissions { token: asset, amount: WAD * U256::from(50) },
        spender: SETTLER,
        nonce: U256::from(7),
        deadline: U256::from(now + 600),
        witness: YieldIntent {
            owner: owner(),
            recipient: Address::repeat_byte(0x4e),
            outputs: vec![Output {
                token: wanted,
                minAmount: WAD * U256::from(40),
                maxAmountCounted: U256::MAX,
                rateE18: WAD,
            }],
            minValueOut: WAD * U256::from(41),
            maxFeeIn: WAD,
            allowedSolver: Address::ZERO,
            exclusiveUntilBlock: U256::ZERO,
            validAfter: U256::ZERO,
            statement: alloy_primitives::B256::repeat_byte(1),
            preferences: alloy_primitives::B256::repeat_byte(2),
        },
    }
}

/// The order that says what the intent says.
pub(crate) fn order(permit: &PermitWitnessTransferFrom) -> GaslessCrossChainOrder {
    let deadline = u32::try_from(permit.deadline).unwrap();
    GaslessCrossChainOrder {
        originSettler: permit.spender,
        user: permit.witness.owner,
        nonce: permit.nonce,
        originChainId: U256::from(1),
        openDeadline: deadline,
        fillDeadline: deadline,
        orderDataType: PERMIT_TYPE_HASH,
        orderData: permit.abi_encode().into(),
    }
}

/// The same, signed.
pub(crate) fn posted(permit: &PermitWitnessTransferFrom) -> Posted {
    posted_by(permit, &key())
}

pub(crate) fn posted_by(permit: &PermitWitnessTransferFrom, key: &SigningKey) -> Posted {
    let signature = sign(key, deployment().id(permit));
    Posted::Gasless { order: order(permit), signature }
}

/// The same, opened by its user.
pub(crate) fn opened(permit: &PermitWitnessTransferFrom) -> Posted {
    let GaslessCrossChainOrder { fillDeadline, orderDataType, orderData, user, .. } = order(permit);
    Posted::Onchain {
        order: OnchainCrossChainOrder { fillDeadline, orderDataType, orderData },
        user,
        settler: SETTLER,
        chain: U256::from(1),
    }
}

/// As it is handed in.
pub(crate) fn text(posted: &Posted) -> Bytes {
    let json = match posted {
        Posted::Gasless { order, signature } => serde_json::json!({
            "kind": "gasless", "order": Bytes::from(order.abi_encode()), "signature": signature,
        }),
        Posted::Onchain { order, user, settler, chain } => serde_json::json!({
            "kind": "onchain", "order": Bytes::from(order.abi_encode()), "user": user,
            "settler": settler, "chainId": u64::try_from(*chain).unwrap(),
        }),
    };
    json.to_string().into_bytes().into()
}
