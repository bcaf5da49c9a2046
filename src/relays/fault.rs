//! Why a relay did not say what was asked.

use std::time::Duration;

use super::{lint::Misread, mev_share::SharedError};

/// Why there is no answer to go by. What a caller must know of each is whether the relay may have what was
/// sent: [`Fault::may_have_arrived`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It would read something else into the bundle.
    #[error("not sent: {}", list(.0))]
    Misread(Vec<Misread>),
    /// It has no such request, as far as is known.
    #[error("not sent: {relay} is not known to take {what}")]
    Unspoken {
        /// The relay.
        relay: &'static str,
        /// What it was to take.
        what: &'static str,
    },
    /// MEV-Share's node would refuse it.
    #[error("not sent: {0}")]
    Shared(#[from] SharedError),
    /// The request could not be written or signed.
    #[error("not sent: the request cannot be signed")]
    Unsigned,
    /// It failed too often lately, and is left alone for a while.
    #[error("not sent: it failed lately and is left alone for {wait:?}")]
    Resting {
        /// For how long still.
        wait: Duration,
    },
    /// It was asked as often as it may be.
    #[error("not sent: it was asked as often as it may be; the next may go in {wait:?}")]
    Spent {
        /// For how long still.
        wait: Duration,
    },
    /// There was no connection.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// It does not want it, and says why.
    #[error("refused: {0}")]
    Refused(String),
    /// It wants fewer requests.
    #[error("wants fewer requests{}", after(.retry_after.as_ref()))]
    Limited {
        /// When it may be asked again, if it says that.
        retry_after: Option<Duration>,
    },
    /// It failed.
    #[error("failed: {0}")]
    Failed(String),
    /// It says something, and not what was asked.
    #[error("answers something else: {0}")]
    Garbled(String),
    /// It said nothing in time.
    #[error("no answer in {0:?}")]
    Late(Duration),
    /// The connection ended before the answer did.
    #[error("the connection ended: {0}")]
    Dropped(String),
    /// Its answer is longer than any that is read.
    #[error("its answer is longer than {0} bytes")]
    Endless(usize),
}

impl Fault {
    /// Whether the relay may have what was sent. Then it may land, whatever the relay said, and others may
    /// know of it; what did not arrive is as if it were never written.
    pub const fn may_have_arrived(&self) -> bool {
        match self {
            Self::Misread(_)
            | Self::Unspoken { .. }
            | Self::Shared(_)
            | Self::Unsigned
            | Self::Resting { .. }
            | Self::Spent { .. }
            | Self::Unreachable(_) => false,
            Self::Refused(_)
            | Self::Limited { .. }
            | Self::Failed(_)
            | Self::Garbled(_)
            | Self::Late(_)
            | Self::Dropped(_)
            | Self::Endless(_) => true,
        }
    }

    /// Whether the relay itself is unwell: too much of it, and it is left alone.
    pub const fn is_unwell(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::Failed(_)
            | Self::Garbled(_)
            | Self::Late(_)
            | Self::Dropped(_)
            | Self::Endless(_) => true,
            Self::Misread(_)
            | Self::Unspoken { .. }
            | Self::Shared(_)
            | Self::Unsigned
            | Self::Resting { .. }
            | Self::Spent { .. }
            | Self::Refused(_)
            | Self::Limited { .. } => false,
        }
    }
}

fn list(misread: &[Misread]) -> String {
    misread.iter().map(Misread::to_string).collect::<Vec<_>>().join("; ")
}

fn after(retry: Option<&Duration>) -> String {
    retry.map_or_else(String::new, |retry| format!("; the next in {retry:?}"))
}
