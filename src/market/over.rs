//! A market over a node: opened from what contracts say at one block, with that block's state to run
//! plans on.
//!
//! ```text
//! Node -> head() -> open() -> OverNode { live, world } -> Engine::of
//! ```
//!
//! A round of venues' questions goes out as batches of `eth_call` that name the block's hash: four or
//! five round trips open a market, and the node's own EVM looks into whatever slots it needs. To run
//! the calls here instead would ask for those slots one after the other, as each becomes known:
//! hundreds of round trips. Only where every value has to be proven is it done so, as nobody can prove
//! what a call returned.

use std::sync::Arc;

use alloy_primitives::U256;
use tenor_simulations::{Forms, SourceError, World, WorldError};
use tenor_solver::venues::{Answer, Read};

use super::{
    live::{self, Live, LiveError},
    places::Places,
    rpc::{BlockState, Head, Node, RpcError},
};

/// Why a node's block makes no market.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverError {
    /// The contracts make no market, or are not read.
    #[error(transparent)]
    Live(#[from] LiveError<ReadError>),
    /// No plan can be run at this block.
    #[error("{node}, block {block}: {why}; use a node of a chain with Cancun's rules")]
    World {
        /// The node.
        node: String,
        /// The block.
        block: u64,
        /// Why.
        why: WorldError,
    },
    /// The node does not tell of its blocks.
    #[error(transparent)]
    Rpc(#[from] RpcError),
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The node does not answer.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// A call that is run here lacks state.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// A market at one block of a node, and the state to run plans on.
#[derive(Debug, Clone)]
pub struct OverNode {
    /// The market.
    pub live: Live,
    /// The block's state, with the contracts that are there.
    pub world: World,
    /// The block.
    pub head: Head,
}

/// Opens the market of a node's block. `told` hears before each round how many questions it has.
pub fn open(
    node: &Node,
    head: &Head,
    places: Places,
    mut told: impl FnMut(usize),
) -> Result<OverNode, OverError> {
    let reader = Reader::of(node, head)?;
    let live = Live::open(places, at(node, head), source(node), |reads: &[Read]| {
        told(reads.len());
        reader.answer(reads)
    })?;
    let world = world(node, head, &live)?;
    Ok(OverNode { live, world, head: head.clone() })
}

/// The state of a block to run a market's plans on.
pub(super) fn world(node: &Node, head: &Head, live: &Live) -> Result<World, OverError> {
    over(node, head, Forms::of(live.market()))
}

fn over(node: &Node, head: &Head, forms: Forms) -> Result<World, OverError> {
    World::over(head.block(node.chain_id()), node.state(head), forms)
        .map_err(|why| OverError::World { node: node.shown().to_owned(), block: head.number, why })
}

/// The block as a market sees it.
pub(super) fn at(node: &Node, head: &Head) -> live::Head {
    live::Head {
        chain_id: node.chain_id(),
        block: head.number,
        timestamp: head.timestamp,
        base_fee: U256::from(head.base_fee),
    }
}

/// Who answers, in words.
fn source(node: &Node) -> String {
    let proven = if node.proves() { ", every value proven" } else { "" };
    format!("contracts on {}{proven}", node.shown())
}

/// Whoever answers questions at one block.
#[derive(Debug)]
pub(super) enum Reader {
    /// The node calls the contracts.
    Calls(Arc<BlockState>),
    /// They are run here, on proven state.
    Proven(World),
}

impl Reader {
    pub(super) fn of(node: &Node, head: &Head) -> Result<Self, OverError> {
        if node.proves() {
            return over(node, head, Forms::default()).map(Self::Proven);
        }
        Ok(Self::Calls(node.state(head)))
    }

    /// As [`Reader::of`], of a block that nobody else will ask for.
    pub(super) fn passing(node: &Node, head: &Head) -> Result<Self, OverError> {
        if node.proves() { Self::of(node, head) } else { Ok(Self::Calls(node.passing_state(head))) }
    }

    pub(super) fn answer(&self, reads: &[Read]) -> Result<Vec<Answer>, ReadError> {
        match self {
            Self::Calls(state) => Ok(state.answer(reads)?),
            Self::Proven(world) => Ok(world.answer(reads)?),
        }
    }
}
