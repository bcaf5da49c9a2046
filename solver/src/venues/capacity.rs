//! How much a venue takes, as far as its figures say.

use alloy_primitives::U256;

use super::{QuoteError, VenueId};

/// How much of one direction a venue can take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capacity {
    /// No limit exists in the protocol.
    Unlimited,
    /// At most `amount` of the token given.
    Limited {
        /// Units of the token given.
        amount: U256,
        /// What sets the limit.
        what: &'static str,
        /// Units of the token given by which the limit grows each block, when it does.
        refill_per_block: Option<U256>,
    },
    /// A limit exists and the figures do not say which: never to be read as unlimited.
    Unknown(String),
}

impl Capacity {
    /// The capacity of a direction that is closed or not traded.
    pub(crate) const fn none(what: &'static str) -> Self {
        Self::Limited { amount: U256::ZERO, what, refill_per_block: None }
    }

    /// Refuses what is beyond a known limit. What is unknown passes here: a quote is a rate, and
    /// whoever plans with it looks at the capacity too.
    pub(crate) fn check(&self, venue: &VenueId, amount: U256) -> Result<(), QuoteError> {
        match self {
            Self::Limited { amount: limit, what, .. } if amount > *limit => {
                Err(QuoteError::Limit { venue: venue.clone(), what, limit: *limit })
            }
            Self::Limited { .. } | Self::Unlimited | Self::Unknown(_) => Ok(()),
        }
    }

    /// What a trade of `amount` leaves, in the same block.
    pub(crate) const fn spend(&mut self, amount: U256) {
        if let Self::Limited { amount: limit, .. } = self {
            *limit = limit.saturating_sub(amount);
        }
    }

    /// The known limit as a [gain](super::Gain)'s cap; infinite where none is known.
    pub(crate) fn cap(&self) -> f64 {
        match self {
            Self::Limited { amount, .. } => crate::amount::to_f64(*amount),
            Self::Unlimited | Self::Unknown(_) => f64::INFINITY,
        }
    }
}
