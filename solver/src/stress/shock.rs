//! What can happen to a market.

use std::fmt;

use alloy_primitives::{Address, U256};

use crate::{
    amount::{WAD, decimal},
    venues::VenueId,
};

/// A part of a whole, in WAD: at most one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part(U256);

impl Part {
    /// All.
    pub const WHOLE: Self = Self(WAD);

    /// So many parts of `10^18`; `None` above one.
    pub fn wad(part: U256) -> Option<Self> {
        (part <= WAD).then_some(Self(part))
    }

    /// In WAD.
    pub const fn get(self) -> U256 {
        self.0
    }

    /// The other part of the whole.
    #[must_use]
    pub fn other(self) -> Self {
        Self(self.rest())
    }

    /// What is left of the whole, in WAD.
    pub fn rest(self) -> U256 {
        WAD.saturating_sub(self.0)
    }
}

impl fmt::Display for Part {
    /// In percent, every digit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", decimal(self.0, 16))
    }
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shock {
    /// Exchanges pay so much less than redemption for the next unit of a token; one that pays less
    /// already stays as it is. What its protocol pays does not change.
    Discount {
        /// The token, with all that converts into it exactly.
        token: Address,
        /// How far below redemption.
        by: Part,
    },
    /// So much of what stands behind a token is gone: slashed, stolen, never there.
    Backing {
        /// The token, with all that converts into it or stands on it.
        token: Address,
        /// The part that is gone.
        loss: Part,
    },
    /// A pool has so much of its depth left.
    Depth {
        /// The pool.
        venue: VenueId,
        /// The part that is left; of nothing it trades nothing.
        kept: Part,
    },
    /// A withdrawal queue takes so long.
    Wait {
        /// Whose queue.
        venue: VenueId,
        /// Seconds from request to payment.
        wait_s: u64,
    },
    /// A withdrawal queue takes nothing.
    QueueClosed {
        /// Whose queue.
        venue: VenueId,
    },
    /// So much of a lending pool is lent out.
    Utilisation {
        /// The pool.
        venue: VenueId,
        /// The part: of the whole nothing can be withdrawn.
        of: Part,
        /// For how long; all the horizon where nothing is said.
        for_s: Option<u64>,
    },
    /// Borrowing costs so much.
    BorrowRate {
        /// The pool.
        venue: VenueId,
        /// A year, continuously compounded, in RAY.
        rate: U256,
        /// For how long.
        for_s: Option<u64>,
    },
    /// A venue does nothing.
    Paused {
        /// The venue.
        venue: VenueId,
    },
    /// A protocol has lost so much: what it issued is backed by so much less, and its pools have so
    /// much less depth.
    Protocol {
        /// Its name in the market.
        name: String,
        /// The part that is lost.
        loss: Part,
    },
    /// An oracle that reads one book sees a token so far below redemption, whatever others pay.
    Book {
        /// The token.
        token: Address,
        /// How far below redemption.
        by: Part,
    },
}

impl Shock {
    /// For how long what can be withdrawn is changed; `None` where it stays so.
    pub(super) const fn lasts_s(&self) -> Option<u64> {
        match self {
            Self::Utilisation { for_s, .. } => *for_s,
            _ => None,
        }
    }
}

/// Why a shock cannot be applied to a market.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShockError {
    /// The market does not list the venue.
    #[error("the market has no venue {0}")]
    UnknownVenue(VenueId),
    /// The market does not list the token, or knows no rate of it.
    #[error("the market knows no redemption rate of {0}")]
    UnknownToken(String),
    /// The market has nothing of the protocol.
    #[error("the market has no protocol {0}")]
    UnknownProtocol(String),
    /// Everything is counted in ETH.
    #[error("{0} is ETH, which everything is counted in")]
    Eth(String),
    /// Nothing would be left to count.
    #[error("a loss of 100 % leaves nothing to value: give less than 1")]
    Everything,
    /// Of this venue no use can be set.
    #[error("{0} lends nothing out, or the market does not say how much")]
    NotLent(VenueId),
    /// The venue has no queue.
    #[error("{0} has no withdrawal queue")]
    NoQueue(VenueId),
    /// How long the queue takes was not known before: a shock must not make it known.
    #[error("how long the withdrawal queue of {0} takes is not known here: assume it first")]
    NoWait(VenueId),
    /// A figure that no arithmetic holds.
    #[error("the figures of {0} are too large to be scaled")]
    Overflow(String),
}

impl ShockError {
    /// Whether the market lacks what would be shocked, rather than the shock being wrong.
    pub const fn is_absence(&self) -> bool {
        match self {
            Self::UnknownVenue(_)
            | Self::UnknownToken(_)
            | Self::UnknownProtocol(_)
            | Self::NotLent(_)
            | Self::NoQueue(_)
            | Self::NoWait(_) => true,
            Self::Eth(_) | Self::Everything | Self::Overflow(_) => false,
        }
    }
}
