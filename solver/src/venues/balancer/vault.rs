//! The call that trades with any pool of Balancer's second vault.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::sol;

use super::super::{Call, Encoded, Trade};

sol! {
    struct SingleSwap {
        bytes32 poolId;
        uint8 kind;
        address assetIn;
        address assetOut;
        uint256 amount;
        bytes userData;
    }

    struct FundManagement {
        address sender;
        bool fromInternalBalance;
        address recipient;
        bool toInternalBalance;
    }

    function swap(SingleSwap singleSwap, FundManagement funds, uint256 limit, uint256 deadline)
        external payable returns (uint256 amountCalculated);
}

/// `SwapKind.GIVEN_IN`.
const GIVEN_IN: u8 = 0;

/// `Vault.swap` of an exact input: tokens come from the recipient, who calls, and go to him.
pub(in super::super) fn swap(
    vault: Address,
    pool_id: B256,
    [given, wanted]: [Address; 2],
    trade: &Trade,
) -> Encoded {
    let single = SingleSwap {
        poolId: pool_id,
        kind: GIVEN_IN,
        assetIn: given,
        assetOut: wanted,
        amount: trade.swap.amount,
        userData: Bytes::new(),
    };
    let funds = FundManagement {
        sender: trade.recipient,
        fromInternalBalance: false,
        recipient: trade.recipient,
        toInternalBalance: false,
    };
    let deadline = U256::from(trade.deadline);
    let call = swapCall { singleSwap: single, funds, limit: trade.min_out, deadline };
    let call = Call::new(vault, U256::ZERO, &call);
    Encoded::one(call).allowing(given, vault, trade.swap.amount)
}
