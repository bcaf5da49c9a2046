//! What is asked of a venue, what it answers, and why it may refuse.

use alloy_primitives::U256;

use super::VenueId;

/// A trade with an exact input: `from` and `to` are positions in [`super::Venue::tokens`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swap {
    /// The token given.
    pub from: usize,
    /// The token wanted.
    pub to: usize,
    /// Units of `from` that are given.
    pub amount: U256,
}

/// What a swap returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// Units of the wanted token that the venue hands over.
    pub out: U256,
    /// For a venue that mints shares of a rebasing token: exactly these shares. Otherwise the
    /// receiver's shares follow from `out`.
    pub shares: Option<U256>,
}

impl Quote {
    /// A quote of a token that does not rebase, or that is handed over by a plain transfer.
    pub const fn of(out: U256) -> Self {
        Self { out, shares: None }
    }
}

/// Why a venue does not quote a swap.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    /// The venue does not trade this direction.
    #[error("{venue} does not trade token {from} for token {to}")]
    NotTraded {
        /// The venue asked.
        venue: VenueId,
        /// Position of the token given.
        from: usize,
        /// Position of the token wanted.
        to: usize,
    },
    /// A swap of nothing.
    #[error("amount is zero")]
    ZeroAmount,
    /// The amount is so small that nothing would come out, where the contract refuses that.
    #[error("{0} would return nothing for so small an amount")]
    NothingOut(VenueId),
    /// The amount is so small that nothing of its fee would be kept, where the contract refuses that.
    #[error("{0} would keep no fee of so small an amount")]
    NoFee(VenueId),
    /// A limit of the venue, or of what is known about it.
    #[error("{venue}: {what}: at most {limit}")]
    Limit {
        /// The venue asked.
        venue: VenueId,
        /// Which limit.
        what: &'static str,
        /// The most that it lets through, in units of the token the limit counts.
        limit: U256,
    },
    /// Less than the contract accepts.
    #[error("{venue}: at least {least}")]
    BelowMinimum {
        /// The venue asked.
        venue: VenueId,
        /// The least it accepts, in units of the token given.
        least: U256,
    },
    /// The contract would trade, and the figures lack what the result depends on.
    #[error("{venue}: {what}")]
    Unknown {
        /// The venue asked.
        venue: VenueId,
        /// What is unknown, in words.
        what: String,
    },
    /// The trade would move the price to where the market does not know the liquidity.
    #[error("{venue}: the trade would leave the known price range, ticks {lower} to {upper}")]
    BeyondKnownRange {
        /// The venue asked.
        venue: VenueId,
        /// Lowest tick with known liquidity.
        lower: i32,
        /// Highest tick with known liquidity.
        upper: i32,
    },
    /// The contract lets nobody deposit and redeem in one transaction.
    #[error("{0} lets nobody deposit and redeem in one transaction")]
    OneTransaction(VenueId),
    /// The contract is paused or closed.
    #[error("{0} is paused")]
    Paused(VenueId),
    /// The contract trades until its expiry only.
    #[error("{venue} has expired, at {expiry}")]
    Expired {
        /// The venue asked.
        venue: VenueId,
        /// Unix seconds from which it refuses.
        expiry: u64,
    },
    /// The contract does this from a time on only.
    #[error("{venue} does this from {from} on")]
    NotYet {
        /// The venue asked.
        venue: VenueId,
        /// Unix seconds.
        from: u64,
    },
    /// The arithmetic would overflow, where the contract reverts.
    #[error("{0}: amount is too large for the contract's arithmetic")]
    Overflow(VenueId),
    /// A total or a stored rate is zero: there is nothing to divide by, or nothing would ever come out.
    #[error("{0} has no rate: a total or the rate that it keeps is zero")]
    NoRate(VenueId),
    /// An iteration of the contract did not converge, where the contract reverts or would be wrong.
    #[error("{0}: the invariant did not converge")]
    NoConvergence(VenueId),
}

impl QuoteError {
    /// The refusal of a direction that `venue` does not trade.
    pub(crate) fn not_traded(venue: &VenueId, swap: Swap) -> Self {
        Self::NotTraded { venue: venue.clone(), from: swap.from, to: swap.to }
    }

    /// The refusal of arithmetic over a rate that did not work out: `rate` are the two numbers that the
    /// rate is of.
    pub(crate) fn failed(venue: &VenueId, rate: [U256; 2]) -> Self {
        let zero = rate.iter().any(U256::is_zero);
        if zero { Self::NoRate(venue.clone()) } else { Self::Overflow(venue.clone()) }
    }
}
