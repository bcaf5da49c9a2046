//! How long, how often and how much to ask of a node.

use std::time::Duration;

/// How a node is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The longest that one packet may take, connecting included.
    pub timeout: Duration,
    /// How often a packet is sent again after a transient failure.
    pub retries: usize,
    /// The pause before the first retry; each later one is twice as long.
    pub first_pause: Duration,
    /// The longest pause. A node that asks for a longer one is given up on.
    pub longest_pause: Duration,
    /// The most calls in one packet.
    pub batch: usize,
    /// The most packets on their way at once.
    pub packets: usize,
    /// The most calls for one block's state, retries included.
    pub budget: u64,
    /// The most slots, and the most accounts, kept of one block. More are read and not kept.
    pub kept: usize,
    /// Whether every account, slot and code is checked against the block's state root, by
    /// `eth_getProof`. It costs bandwidth, and not every node can.
    pub proofs: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            retries: 4,
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
            batch: 100,
            packets: 8,
            budget: 50_000,
            kept: 1 << 18,
            proofs: false,
        }
    }
}
