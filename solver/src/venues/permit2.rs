//! Permit2: allowances for routers that take tokens through it.

use alloy_primitives::{
    Address, U256,
    aliases::{U48, U160},
};
use alloy_sol_types::sol;

use super::{Call, Encoded, Trade};

sol! {
    function approve(address token, address spender, uint160 amount, uint48 expiration) external;
}

/// `call`, after `router` has been allowed the trade's input through Permit2, until the deadline.
pub(super) fn through(
    permit2: Address,
    token: Address,
    router: Address,
    trade: &Trade,
    call: Call,
) -> Encoded {
    let amount = trade.swap.amount;
    let allow = approveCall {
        token,
        spender: router,
        amount: U160::saturating_from(amount),
        expiration: U48::saturating_from(trade.deadline),
    };
    let calls = vec![Call::new(permit2, U256::ZERO, &allow), call];
    Encoded { approval: None, calls }.allowing(token, permit2, amount)
}
