//! An order's EIP-712 digest and its name, as CoW's settlement contract computes them
//! (`GPv2Order.hash` and `packOrderUidParams`).

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{Eip712Domain, SolStruct as _};

use super::{
    chain::SETTLEMENT,
    wire::{Balance, Kind, Order, OrderUid},
};

mod signed {
    #![allow(missing_docs, reason = "the generated code's")]

    alloy_sol_types::sol! {
        /// What is signed; the contract's own names.
        struct Order {
            address sellToken;
            address buyToken;
            address receiver;
            uint256 sellAmount;
            uint256 buyAmount;
            uint32 validTo;
            bytes32 appData;
            uint256 feeAmount;
            string kind;
            bool partiallyFillable;
            string sellTokenBalance;
            string buyTokenBalance;
        }
    }
}

/// The domain that orders of a chain are signed in.
pub fn domain(chain: u64) -> Eip712Domain {
    let (name, version) = (Some("Gnosis Protocol".into()), Some("v2".into()));
    Eip712Domain::new(name, version, Some(U256::from(chain)), Some(SETTLEMENT), None)
}

/// What the owner of an order has signed: all of it, whatever can be traded now.
pub fn digest(order: &Order, chain: u64) -> B256 {
    let kept = |balance: Balance| match balance {
        Balance::Erc20 => "erc20",
        Balance::Internal => "internal",
        Balance::External => "external",
    };
    let kind = match order.kind {
        Kind::Sell => "sell",
        Kind::Buy => "buy",
    };
    signed::Order {
        sellToken: order.sell_token,
        buyToken: order.buy_token,
        // Nobody is the owner.
        receiver: order.receiver.unwrap_or(Address::ZERO),
        sellAmount: order.full_sell_amount.0,
        buyAmount: order.full_buy_amount.0,
        validTo: order.valid_to,
        appData: order.app_data,
        // Fees are taken when orders are settled, never signed.
        feeAmount: U256::ZERO,
        kind: kind.to_owned(),
        partiallyFillable: order.partially_fillable,
        sellTokenBalance: kept(order.sell_token_source).to_owned(),
        buyTokenBalance: kept(order.buy_token_destination).to_owned(),
    }
    .eip712_signing_hash(&domain(chain))
}

/// The order's name: digest, owner, expiry.
pub fn uid(order: &Order, chain: u64) -> OrderUid {
    let digest = digest(order, chain);
    let packed =
        [digest.as_slice(), order.owner.as_slice(), &order.valid_to.to_be_bytes()].concat();
    // 32, 20 and 4 bytes.
    OrderUid::try_from(packed.as_slice()).unwrap_or_default()
}
