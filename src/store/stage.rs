//! How far an intent has come, and where it can go from there.

use std::fmt;

/// A stage of an intent's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Kept, nothing done yet.
    Received,
    /// Signature and terms hold.
    Verified,
    /// A plan is found and confirmed. Every block may bring a better one.
    Quoted,
    /// A bundle is made of it.
    Bundled,
    /// The bundle is with relays.
    Submitted,
    /// It is in a block.
    Included,
    /// That block is final.
    Final,
    /// It was not accepted.
    Refused,
    /// Its deadline passed.
    Expired,
    /// Its owner took it back, and no bundle of it can land any more.
    Cancelled,
    /// It cannot be carried out.
    Failed,
}

impl Stage {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 11] = [
        Self::Received,
        Self::Verified,
        Self::Quoted,
        Self::Bundled,
        Self::Submitted,
        Self::Included,
        Self::Final,
        Self::Refused,
        Self::Expired,
        Self::Cancelled,
        Self::Failed,
    ];

    /// Its name on the wire and on disk.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Verified => "verified",
            Self::Quoted => "quoted",
            Self::Bundled => "bundled",
            Self::Submitted => "submitted",
            Self::Included => "included",
            Self::Final => "final",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// The stage of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// Whether nothing can follow.
    pub const fn is_last(self) -> bool {
        match self {
            Self::Final | Self::Refused | Self::Expired | Self::Cancelled | Self::Failed => true,
            Self::Received
            | Self::Verified
            | Self::Quoted
            | Self::Bundled
            | Self::Submitted
            | Self::Included => false,
        }
    }

    /// Whether an intent may go from here to there.
    ///
    /// What waits for a plan stays where it is, and says why. Until it is in a block an intent is solved
    /// again every block, so that it may go back to `Quoted`. A
    /// block can be left out by a reorganisation, so that `Included` may go back to `Submitted`; what
    /// is in a block can neither expire nor be cancelled. Nor can what is made to be sent: it has missed
    /// its block first, and is `Quoted` again.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Received, Self::Verified | Self::Refused)
                | (Self::Verified, Self::Verified)
                | (Self::Verified | Self::Quoted | Self::Bundled | Self::Submitted, Self::Quoted)
                | (Self::Quoted, Self::Bundled)
                | (Self::Bundled, Self::Submitted)
                | (Self::Submitted, Self::Included)
                | (Self::Included, Self::Final | Self::Submitted)
                | (
                    Self::Received | Self::Verified | Self::Quoted,
                    Self::Expired | Self::Cancelled | Self::Failed
                )
        )
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Stage;

    #[test]
    fn names_are_read_back() {
        for stage in Stage::ALL {
            assert_eq!(Stage::named(stage.name()), Some(stage));
        }
        assert_eq!(Stage::named("lost"), None);
    }

    #[test]
    fn nothing_follows_the_last_and_everything_can_end() {
        for from in Stage::ALL {
            let follows = Stage::ALL.into_iter().filter(|to| from.may_become(*to)).count();
            assert_eq!(follows == 0, from.is_last(), "{from}");
            assert!(!from.may_become(Stage::Received), "{from}");
        }
    }
}
