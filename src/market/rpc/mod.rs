//! A node over JSON-RPC: its blocks, and the state of one block as a
//! [`StateSource`](tenor_simulations::StateSource).
//!
//! ```text
//! Node::connect -> head() -> state(&head) -> BlockState: StateSource -> World::over -> simulate
//! ```
//!
//! A node is a stranger: it may lag, prune, limit, garble or lie. None of that becomes a value. Each
//! is a [`Fault`] that says what happened and what to do, and what is transient is asked again first.
//!
//! **Blocks are never mixed.** A [`BlockState`] answers for one block, told by its hash: each read
//! names that hash (EIP-1898). A node that cannot do that is asked by number, and after each read
//! which hash it has there; anything but the block's own makes the read an error.
//!
//! **What is checked.** The chain id; every header against its hash; every link of a chain of
//! headers; with [`Options::proofs`] every account, slot and code against the state root. Without
//! proofs the values are the node's word, as with any wallet.
//!
//! | file | what it knows |
//! |---|---|
//! | `endpoint.rs` | where a node is, and what of that may be shown |
//! | `options.rs` | how long, how often and how much to ask |
//! | `error.rs` `classify.rs` | what can go wrong, and which words of a node mean it |
//! | `http.rs` `stream.rs` | the transports |
//! | `link/` | calls in packets: batches, timeouts, retries, the budget, the runtime; new heads |
//! | `head.rs` `wire.rs` `proof.rs` | headers and values as they are read and checked |
//! | `shelf.rs` | answers kept, and one question for all who ask it at once |
//! | `state.rs` `reads.rs` | the state of one block |
//! | `views.rs` | what venues ask of one block, and which accounts logged in it |
//! | `events.rs` | what a contract told, and what became of transactions |
//!
//! Calls block the thread that makes them until there is an answer: they belong on worker threads,
//! not on an async runtime's.

mod classify;
mod endpoint;
mod error;
mod events;
mod head;
mod http;
mod link;
mod options;
mod proof;
mod reads;
mod shelf;
mod state;
mod stream;
mod views;
mod wire;

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use alloy_primitives::Address;
use serde_json::json;
use tokio::sync::Notify;

pub(super) use self::link::Heads;
use self::{
    endpoint::Endpoint,
    link::{Call, Link},
    reads::Addressing,
};
pub use self::{
    error::{Fault, RpcError},
    events::{Purse, Receipt, Told},
    head::Head,
    link::Sent,
    options::Options,
    state::BlockState,
};

/// How many blocks' states a node keeps for those who ask again.
const RECENT: usize = 4;

/// A connection to a node.
///
/// Dropping it ends its background thread; states that it gave keep the connection while they live.
pub struct Node {
    link: Arc<Link>,
    chain_id: u64,
    addressing: Addressing,
    recent: Mutex<VecDeque<Arc<BlockState>>>,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("node", &self.link.shown())
            .field("chain_id", &self.chain_id)
            .finish_non_exhaustive()
    }
}

impl Node {
    /// Connects to a node at `http(s)://`, `ws(s)://` or the path of an IPC socket. With `chain_id`,
    /// a node of another chain is refused.
    pub fn connect(url: &str, chain_id: Option<u64>, options: Options) -> Result<Self, RpcError> {
        let endpoint = Endpoint::parse(url)?;
        let link = Arc::new(Link::open(endpoint, options)?);
        let answers =
            link.ask(vec![Call::new("eth_chainId", json!([])), head::by_tag("latest")], None)?;
        let found = wire::number("eth_chainId", &answers[0]).map_err(|fault| match fault {
            Fault::Gone { .. } => wire::garbage("eth_chainId", "null"),
            other => other,
        });
        let found = link.blame(found)?;
        if let Some(wanted) = chain_id.filter(|wanted| *wanted != found) {
            return Err(link.error(Fault::WrongChain { wanted, found }));
        }
        let head = link.blame(head::parse(&answers[1]))?;
        let head = head.ok_or_else(|| link.error(Fault::NoHead))?;
        let addressing = Self::probe(&link, &head)?;
        Ok(Self { link, chain_id: found, addressing, recent: Mutex::default() })
    }

    /// Whether the node takes a block's hash for a block.
    fn probe(link: &Link, head: &Head) -> Result<Addressing, RpcError> {
        let call = Call::new("eth_getBalance", json!([Address::ZERO, Addressing::Hash.of(head)]));
        match link.ask(vec![call], None) {
            Ok(_) => Ok(Addressing::Hash),
            Err(RpcError { fault: Fault::Rejected { .. } | Fault::Unsupported { .. }, .. }) => {
                Ok(Addressing::Number)
            }
            // The next block may have come; whether it takes hashes is answered all the same.
            Err(RpcError { fault: Fault::Gone { .. } | Fault::Pruned { .. }, .. }) => {
                Ok(Addressing::Hash)
            }
            Err(error) => Err(error),
        }
    }

    /// The chain.
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The newest block that the node knows.
    pub fn head(&self) -> Result<Head, RpcError> {
        let answers = self.link.ask(vec![head::by_tag("latest")], None)?;
        let head = self.link.blame(head::parse(&answers[0]))?;
        head.ok_or_else(|| self.link.error(Fault::NoHead))
    }

    /// The newest block, which must not be older than one that is known to exist.
    pub fn head_since(&self, number: u64) -> Result<Head, RpcError> {
        let head = self.head()?;
        if head.number < number {
            return Err(self.link.error(Fault::Lagging { wanted: number, head: head.number }));
        }
        Ok(head)
    }

    /// The block with a number, as the node's chain has it now.
    pub fn block(&self, number: u64) -> Result<Head, RpcError> {
        let calls = vec![head::by_number(number), head::by_tag("latest")];
        let answers = self.link.ask(calls, None)?;
        if let Some(block) = self.link.blame(head::parse(&answers[0]))? {
            self.link.blame(head::same_number(&block, number))?;
            return Ok(block);
        }
        let head = self.link.blame(head::parse(&answers[1]))?;
        let fault = match head {
            Some(head) if head.number < number => {
                Fault::Lagging { wanted: number, head: head.number }
            }
            _ => Fault::NoBlock { number },
        };
        Err(self.link.error(fault))
    }

    /// The text of a block with its transactions: of that block, by its hash.
    pub fn whole(&self, head: &Head) -> Result<String, RpcError> {
        let answers = self.link.ask(vec![head::whole(head.hash)], None)?;
        let found = self.link.blame(head::parse(&answers[0]))?;
        let same = found.filter(|found| found.hash == head.hash).ok_or_else(classify::missing);
        self.link.blame(same)?;
        Ok(answers[0].get().to_owned())
    }

    /// The state of a block. Whoever asks for the same block shares what is known of it.
    pub fn state(&self, head: &Head) -> Arc<BlockState> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = recent.iter().find(|state| state.head().hash == head.hash) {
            return Arc::clone(state);
        }
        let state = BlockState::new(Arc::clone(&self.link), head.clone(), self.addressing);
        let state = Arc::new(state);
        recent.push_back(Arc::clone(&state));
        if recent.len() > RECENT {
            recent.pop_front();
        }
        state
    }

    /// The state of a block that is not kept for others: there is room for few.
    pub(in crate::market) fn passing_state(&self, head: &Head) -> Arc<BlockState> {
        Arc::new(BlockState::new(Arc::clone(&self.link), head.clone(), self.addressing))
    }

    /// Loads of a block what was looked at in the one before it here, so that plans find it there.
    pub fn warm(&self, head: &Head) -> Result<(), RpcError> {
        let state = self.state(head);
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let last = recent.iter().rev().find(|other| other.head().hash != head.hash);
        last.map_or(Ok(()), |last| state.load_as(last))
    }

    /// Whether every value is checked against the state root.
    pub fn proves(&self) -> bool {
        self.link.options().proofs
    }

    /// Waits until the node tells of a new head, where it can; for at most `longest`, or until `wake`
    /// is told.
    pub(super) fn await_head(&self, heads: &mut Heads, longest: Duration, wake: &Arc<Notify>) {
        self.link.await_head(heads, longest, wake);
    }

    /// What has been sent so far.
    pub fn sent(&self) -> Sent {
        self.link.sent()
    }

    /// Where the node is, without what may be secret: scheme, host and port.
    pub fn shown(&self) -> &str {
        self.link.shown()
    }
}
