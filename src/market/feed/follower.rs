//! A market that is carried from head to head.

use std::{collections::VecDeque, sync::Arc};

use crate::market::{
    earned::{Grid, History, Told},
    live::{Change, Live},
    over::{self, OverError, OverNode, Reader},
    places::Places,
    rpc::{Head, Node, RpcError},
};

/// How many headers are asked for at once on the way back to a common ancestor.
const BACK: u64 = 8;

/// Seconds after which rates of the past that are not known are looked up.
const HOUR_S: u64 = 3_600;

/// How much of the past is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Markets kept: a reorganisation that is deeper reloads.
    pub kept: usize,
    /// The most blocks whose logs are read at once: a wider gap reloads.
    pub gap: u64,
}

impl Default for Depth {
    fn default() -> Self {
        Self { kept: 64, gap: 64 }
    }
}

/// How far the opening of a market is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loading {
    /// A round of so many questions of the newest block goes out.
    Questions(usize),
    /// Rates of the past are read.
    Past(Told),
}

/// What brought a market to the newest head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It was there.
    Same,
    /// So many blocks on its own branch.
    Next(u64),
    /// Another branch: so many blocks were left, and so many entered.
    Reorganised {
        /// Blocks that are no longer the chain's, as far as their markets were kept.
        left: u64,
        /// Blocks of the new branch.
        entered: u64,
    },
    /// The gap or the reorganisation was too large: everything was read anew.
    Reloaded,
}

/// A block and its market.
#[derive(Debug, Clone)]
struct Kept {
    head: Head,
    live: Live,
}

/// A market that follows a node's head, one call of [`Follower::advance`] at a time.
///
/// The markets of the last blocks are kept: they share all venues that did not change, and each is
/// exact, so that to follow a reorganisation is to go on from the one at the common ancestor.
#[derive(Debug)]
pub struct Follower {
    node: Arc<Node>,
    places: Places,
    depth: Depth,
    history: History,
    /// The time of a block from which on rates of the past are looked up anew.
    due: u64,
    /// Ascending; never empty.
    past: VecDeque<Kept>,
    newest: Kept,
}

impl Follower {
    /// Opens the market of a node's newest block, with what its tokens have earned. `told` hears
    /// before each round of questions how many there are.
    pub fn open(
        node: Arc<Node>,
        places: Places,
        depth: Depth,
        mut told: impl FnMut(usize),
    ) -> Result<Self, OverError> {
        Self::remembering(node, places, depth, History::new(Grid::FINE), |loading| match loading {
            Loading::Questions(questions) => told(questions),
            Loading::Past(_) => {}
        })
    }

    /// As [`Follower::open`], going on from what is known of the past: with
    /// [`History::kept_in`] a store remembers it from one start to the next.
    pub fn remembering(
        node: Arc<Node>,
        places: Places,
        depth: Depth,
        mut history: History,
        mut told: impl FnMut(Loading),
    ) -> Result<Self, OverError> {
        let head = node.head()?;
        let OverNode { live, head, .. } = over::open(&node, &head, places.clone(), |questions| {
            told(Loading::Questions(questions));
        })?;
        history.fill(&node, &head, &live, |past| told(Loading::Past(past)));
        let newest = Kept { live: history.tell(live), head };
        let due = newest.head.timestamp.saturating_add(HOUR_S);
        Ok(Self {
            node,
            places,
            depth,
            history,
            due,
            past: VecDeque::from([newest.clone()]),
            newest,
        })
    }

    /// The block that the market is of.
    pub const fn head(&self) -> &Head {
        &self.newest.head
    }

    /// The market.
    pub const fn live(&self) -> &Live {
        &self.newest.live
    }

    /// What is known of the rates of the past.
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// The node.
    pub const fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// Brings the market to the node's newest head. On an error it stays as it was, and the next call
    /// goes on from there.
    pub fn advance(&mut self) -> Result<Step, OverError> {
        let head = self.node.head()?;
        if head.hash == self.newest.head.hash {
            return Ok(Step::Same);
        }
        let Some(Path { from, blocks }) = self.path(&head)? else {
            return self.reload(&head);
        };
        let left = (self.past.len() - 1).saturating_sub(from) as u64;
        let entered = blocks.len() as u64;
        let live = self.carried(from, &blocks, &head)?;
        self.past.truncate(from + 1);
        self.keep(Kept { head, live });
        Ok(if left == 0 { Step::Next(entered) } else { Step::Reorganised { left, entered } })
    }

    /// The market at the end of a path.
    fn carried(&mut self, from: usize, blocks: &[Head], head: &Head) -> Result<Live, OverError> {
        let mut live = self.past.get(from).unwrap_or(&self.newest).live.clone();
        if blocks.is_empty() {
            return Ok(live);
        }
        let logged = self.node.logged(blocks)?;
        let reader = Reader::of(&self.node, head)?;
        let at = over::at(&self.node, head);
        live.update(at, Change::Logged(&logged), |reads| reader.answer(reads))?;
        Ok(self.earning(head, live))
    }

    /// The market with what its tokens have earned.
    fn earning(&mut self, head: &Head, live: Live) -> Live {
        if head.timestamp >= self.due {
            self.history.fill(&self.node, head, &live, |_| ());
            self.due = head.timestamp.saturating_add(HOUR_S);
        }
        self.history.tell(live)
    }

    fn reload(&mut self, head: &Head) -> Result<Step, OverError> {
        let OverNode { live, head, .. } =
            over::open(&self.node, head, self.places.clone(), |_| ())?;
        let live = self.earning(&head, live);
        self.past.clear();
        self.keep(Kept { head, live });
        Ok(Step::Reloaded)
    }

    fn keep(&mut self, newest: Kept) {
        let known = self.past.back().is_some_and(|kept| kept.head.hash == newest.head.hash);
        if !known {
            self.past.push_back(newest.clone());
        }
        if self.past.len() > self.depth.kept.max(1) {
            // No reorganisation that is followed reaches it any more.
            if let Some(settled) = self.past.pop_front() {
                self.history.note(settled.live.market());
            }
        }
        self.newest = newest;
    }

    fn position(&self, hash: &alloy_primitives::B256) -> Option<usize> {
        self.past.iter().rposition(|kept| kept.head.hash == *hash)
    }

    /// The way from a block whose market is kept; `None` where there is none that is short enough.
    fn path(&self, head: &Head) -> Result<Option<Path>, RpcError> {
        if let Some(from) = self.position(&head.hash) {
            return Ok(Some(Path { from, blocks: Vec::new() }));
        }
        let newest = self.newest.head.number;
        let oldest = self.past.front().map_or(newest, |kept| kept.head.number);
        if head.number > newest.saturating_add(self.depth.gap) {
            return Ok(None);
        }
        let (mut descending, mut lowest) = (vec![head.clone()], head.clone());
        loop {
            if let Some(from) = self.position(&lowest.parent) {
                descending.reverse();
                return Ok(Some(Path { from, blocks: descending }));
            }
            if lowest.number <= oldest.saturating_add(1) {
                return Ok(None);
            }
            let first = if lowest.number > newest + 1 {
                newest + 1
            } else {
                lowest.number.saturating_sub(BACK).max(oldest + 1)
            };
            for block in self.node.before(&lowest, first)?.into_iter().rev() {
                lowest = block.clone();
                let is_last = self.position(&block.parent).is_some();
                descending.push(block);
                if is_last {
                    break;
                }
            }
        }
    }
}

/// Blocks that lead from a kept one to the head, ascending.
struct Path {
    from: usize,
    blocks: Vec<Head>,
}
