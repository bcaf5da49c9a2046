//! What can go wrong with a node.

use std::time::Duration;

use alloy_primitives::B256;
use tenor_simulations::SourceCause;

/// Why a node has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{node}: {fault}")]
pub struct RpcError {
    /// The node: scheme, host and port, never more of its URL.
    pub node: String,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a node or its answer. Words in it that are the node's own are cut short, and
/// nothing of the URL is in them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The URL is none.
    #[error("{0}; give http(s)://host:port, ws(s)://host:port or the path of an IPC socket")]
    BadUrl(String),
    /// Nobody is there.
    #[error("cannot be reached ({0}); check that the node runs and listens there")]
    Unreachable(String),
    /// The connection ended before the answer did.
    #[error("the connection ended before the answer ({0}); try again, or another node")]
    Dropped(String),
    /// No answer in time.
    #[error("no answer within {} ms; try again, or a faster node", within.as_millis())]
    Timeout {
        /// How long was waited.
        within: Duration,
    },
    /// The node wants to be asked less.
    #[error("asks to be asked less often{}; wait, or use another plan or node", after(*retry_after))]
    RateLimited {
        /// When it wants to be asked again, where it says so.
        retry_after: Option<Duration>,
    },
    /// The server failed.
    #[error("the server failed with HTTP {status}; try again, or another node")]
    Server {
        /// The HTTP status.
        status: u16,
    },
    /// The server refuses.
    #[error("the server refuses with HTTP {status} ({said}); check the URL and its key")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it says.
        said: String,
    },
    /// More calls than allowed.
    #[error("the budget of {most} calls for one block is used up; raise it, or ask less")]
    Budget {
        /// How many are allowed.
        most: u64,
    },
    /// What came is no answer.
    #[error(
        "answers {method} with what is none ({what}); this is no Ethereum node, or a broken one"
    )]
    Garbage {
        /// What was asked.
        method: &'static str,
        /// What is wrong with the answer.
        what: String,
    },
    /// The node does not know a method.
    #[error("does not have {method}; use a node that has")]
    Unsupported {
        /// The method.
        method: &'static str,
    },
    /// The node refuses a call.
    #[error("refuses {method} with {code} ({said})")]
    Rejected {
        /// The method.
        method: &'static str,
        /// The JSON-RPC error code.
        code: i64,
        /// What it says.
        said: String,
    },
    /// Another chain.
    #[error("is on chain {found}, not on chain {wanted}; use a node of chain {wanted}")]
    WrongChain {
        /// The chain that was meant.
        wanted: u64,
        /// The node's.
        found: u64,
    },
    /// The node knows no block at all.
    #[error("has no blocks yet; wait until it has synchronised")]
    NoHead,
    /// The node is behind.
    #[error(
        "is at block {head}, behind block {wanted}; wait until it has caught up, or use another"
    )]
    Lagging {
        /// The block that was asked for.
        wanted: u64,
        /// The newest that it has.
        head: u64,
    },
    /// A block that is not there although later ones are.
    #[error("does not have block {number}; use a node that keeps it")]
    NoBlock {
        /// The block.
        number: u64,
    },
    /// The block that a state belongs to is not, or no longer, there.
    #[error("does not have block {number} ({hash}), or not any more; take its newest block")]
    Gone {
        /// The block's number.
        number: u64,
        /// The block's hash.
        hash: B256,
    },
    /// The block is there and its state is not.
    #[error(
        "does not keep the state of block {number} ({said}); use an archive node, or a newer block"
    )]
    Pruned {
        /// The block's number.
        number: u64,
        /// What the node says.
        said: String,
    },
    /// What the node says contradicts itself.
    #[error("{0}; do not use this node")]
    Lied(String),
    /// The connection was closed by this side.
    #[error("the connection is closed")]
    Closed,
}

fn after(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |after| format!(", again in {} s", after.as_secs()))
}

impl Fault {
    /// Whether the same call may succeed a little later.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::Dropped(_)
            | Self::Timeout { .. }
            | Self::RateLimited { .. }
            | Self::Server { .. } => true,
            Self::BadUrl(_)
            | Self::Refused { .. }
            | Self::Budget { .. }
            | Self::Garbage { .. }
            | Self::Unsupported { .. }
            | Self::Rejected { .. }
            | Self::WrongChain { .. }
            | Self::NoHead
            | Self::Lagging { .. }
            | Self::NoBlock { .. }
            | Self::Gone { .. }
            | Self::Pruned { .. }
            | Self::Lied(_)
            | Self::Closed => false,
        }
    }
}

impl From<RpcError> for SourceCause {
    fn from(error: RpcError) -> Self {
        let words = error.to_string();
        match error.fault {
            Fault::Unreachable(_)
            | Fault::Dropped(_)
            | Fault::Timeout { .. }
            | Fault::RateLimited { .. }
            | Fault::Server { .. } => Self::Busy(words),
            Fault::Budget { .. } => Self::Exhausted(words),
            Fault::NoHead | Fault::Lagging { .. } | Fault::NoBlock { .. } | Fault::Gone { .. } => {
                Self::Gone(words)
            }
            Fault::Pruned { .. } => Self::Pruned(words),
            Fault::Garbage { .. } | Fault::WrongChain { .. } | Fault::Lied(_) => Self::Wrong(words),
            Fault::BadUrl(_)
            | Fault::Refused { .. }
            | Fault::Unsupported { .. }
            | Fault::Rejected { .. }
            | Fault::Closed => Self::Failed(words),
        }
    }
}
