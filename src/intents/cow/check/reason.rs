//! Why the driver, or the chain, would refuse a solution.

use alloy_primitives::{Address, U256};

use super::super::wire::OrderUid;

/// A solution that must not leave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("solution {solution}: {why}")]
pub struct Rejected {
    /// Its name.
    pub solution: u64,
    /// Why.
    pub why: Reason,
}

/// What is wrong with a solution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum Reason {
    #[error("another solution has the same id")]
    RepeatedSolution,
    #[error("it fills no order")]
    Empty,
    #[error("it makes calls that no order of this engine needs")]
    Unasked,
    #[error("order {0} is not in the auction")]
    UnknownOrder(OrderUid),
    #[error("order {0} is filled twice")]
    RepeatedOrder(OrderUid),
    #[error("it brings an order of its own, which this engine never does")]
    Jit,
    #[error("there is no price of {0}")]
    MissingPrice(Address),
    #[error("the price of {0} is zero")]
    ZeroPrice(Address),
    #[error("order {uid} is filled with {filled}, and offers {available}")]
    ExecutedAmount { uid: OrderUid, filled: U256, available: U256 },
    #[error("order {0} pays a fee and must not, or pays none and must")]
    Fee(OrderUid),
    #[error("order {uid} gives {paid} and gets {got}: less than its limit")]
    Limit { uid: OrderUid, paid: U256, got: U256 },
    #[error("the driver cannot read the liquidity id {0:?}")]
    LiquidityId(String),
    #[error("there is no liquidity {id:?} that trades these tokens")]
    UnknownLiquidity { id: String },
    #[error("liquidity {0:?} is used twice")]
    RepeatedLiquidity(String),
    #[error("liquidity {id:?} returns at most {most}, not {claimed}")]
    Overstated { id: String, most: U256, claimed: U256 },
    #[error("an interaction calls {0}, which the settlement contract refuses")]
    Forbidden(Address),
    #[error("an interaction without effect")]
    Idle,
    #[error("an internalised interaction takes {0}, which is not trusted")]
    Untrusted(Address),
    #[error("internalised interactions pay more {0} than the settlement contract holds")]
    Buffer(Address),
    #[error("there is too little {0}")]
    Short(Address),
    #[error("the wrapper {0} is missing, or is not as the order wants it")]
    MissingWrapper(Address),
    #[error("the driver refuses loans and wrappers together")]
    LoansAndWrappers,
    #[error("the driver's arithmetic would overflow")]
    Overflow,
}
