//! Leaving a token by its own protocol: queues with their rate rules, and rebasing totals.

use alloy_primitives::U256;

/// A way out of a token that takes time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// What it is called, such as `Lido withdrawal queue`.
    pub name: &'static str,
    /// Position of the token that is paid out.
    pub to: usize,
    /// How the amount paid relates to the amount requested.
    pub rule: RateRule,
    /// The least that one request may ask for, in units of the token given.
    pub least_request: Option<U256>,
    /// The most that one request may ask for, in units of the token given.
    pub per_request: Option<U256>,
}

/// How a queue's payout follows the share rate while one waits (`VENUES`, section 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateRule {
    /// The smaller of the rates at request and at settlement: no yield while waiting.
    MinRequestSettle,
    /// The amount is frozen at the request.
    FixedAtRequest,
    /// Can still be slashed while waiting.
    SlashableInQueue,
    /// Keeps earning until processed.
    AccruesInQueue,
    /// Instant, at today's price.
    Spot,
}

/// Totals that turn shares of a rebasing token into balances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebase {
    /// ETH (or other asset) behind all shares.
    pub assets: U256,
    /// All shares.
    pub shares: U256,
}

impl Rebase {
    /// The balance that `shares` show: rounded down, as the token does. `None` on overflow.
    pub fn balance(&self, shares: U256) -> Option<U256> {
        crate::amount::mul_div(shares, self.assets, self.shares)
    }

    /// The shares that move when `amount` is transferred: rounded down, as the token does.
    pub fn shares_of(&self, amount: U256) -> Option<U256> {
        crate::amount::mul_div(amount, self.shares, self.assets)
    }

    /// The fewest shares that show at least `amount`.
    pub fn fewest_shares(&self, amount: U256) -> Option<U256> {
        crate::amount::mul_div_up(amount, self.shares, self.assets)
    }
}
