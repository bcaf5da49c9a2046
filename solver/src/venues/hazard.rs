//! What a contract does that a plan can stumble over, and that its quote does not show.

use std::fmt;

/// A peculiarity of one direction of a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hazard {
    /// It pays ether with no more gas than this: an account that is a contract must take it with that.
    Stipend {
        /// The gas.
        gas: u64,
    },
    /// Nobody may deposit and redeem in one transaction.
    OneTransaction,
    /// Accounts on a list of the protocol's are refused: only a run with the owner's own tells.
    Blacklist,
    /// The token rebases: a transfer may move a wei or two less than it says.
    Rebases,
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stipend { gas } => {
                write!(
                    f,
                    "pays ether with {gas} gas: an account that is a contract must take it so"
                )
            }
            Self::OneTransaction => {
                f.write_str("lets nobody deposit and redeem in one transaction")
            }
            Self::Blacklist => f.write_str(
                "refuses accounts on the protocol's list: only a run with your own account tells",
            ),
            Self::Rebases => {
                f.write_str("moves a wei or two less of a rebasing token than a transfer says")
            }
        }
    }
}
