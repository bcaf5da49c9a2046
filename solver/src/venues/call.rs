//! A trade as it is to be executed: what kind of step, which calls, which allowance.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;

use super::Swap;

/// What a trade in one direction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its kind.
    pub kind: LegKind,
    /// Typical gas of the call inside a transaction: an estimate, dated and unmeasured on a live
    /// chain.
    pub gas: u64,
    /// Whether the contract needs an allowance for the token given.
    pub approves: bool,
}

/// Kinds of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegKind {
    /// One token for another at a market price.
    Swap,
    /// One form of a token for another, exactly.
    Wrap,
    /// ETH for a liquid staking token, from its protocol.
    Stake,
    /// Into a vault or lending pool.
    Deposit,
    /// Out of one.
    Redeem,
    /// A loan against what was deposited.
    Borrow,
    /// Of such a loan.
    Repay,
}

/// A swap as it is to be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trade {
    /// What is swapped.
    pub swap: Swap,
    /// The least that the contract may return without reverting, where it can be told.
    pub min_out: U256,
    /// Who receives what comes out; also the account that calls.
    pub recipient: Address,
    /// Unix seconds after which the contract must refuse, where it can be told.
    pub deadline: u64,
}

/// The calls of one trade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// An allowance the caller must have given before.
    pub approval: Option<Approval>,
    /// Calls, in order.
    pub calls: Vec<Call>,
}

impl Encoded {
    /// One call that needs no allowance.
    pub(crate) fn one(call: Call) -> Self {
        Self { approval: None, calls: vec![call] }
    }

    /// No call at all: for a direction that the venue does not trade.
    pub(crate) const fn nothing() -> Self {
        Self { approval: None, calls: Vec::new() }
    }

    /// The same calls, after `amount` of `token` has been allowed to `spender`.
    pub(crate) const fn allowing(mut self, token: Address, spender: Address, amount: U256) -> Self {
        self.approval = Some(Approval { token, spender, amount });
        self
    }
}

/// A token allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Approval {
    /// The ERC-20 token.
    pub token: Address,
    /// Who may take it.
    pub spender: Address,
    /// How much.
    pub amount: U256,
}

/// One call to a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The contract.
    pub to: Address,
    /// Wei sent along.
    pub value: U256,
    /// Calldata.
    pub data: Bytes,
}

impl Call {
    /// A call of a contract function, sending `value` wei along.
    pub(crate) fn new(to: Address, value: U256, function: &impl SolCall) -> Self {
        Self { to, value, data: function.abi_encode().into() }
    }
}
