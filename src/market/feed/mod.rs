//! The market that follows a node, block by block.
//!
//! ```text
//! newHeads or a clock -> Follower::advance -> Seen, behind an Arc -> whoever asks
//!                        head, path from a kept block, logs, questions
//! ```
//!
//! **What changed.** A block's logs name accounts that changed, not all of them: ether arrives without
//! a log, an oracle's report moves what another contract answers, and authors leave writes unlogged.
//! So only venues of a kind whose own contracts log every change
//! ([`Kind::logs_tell`](tenor_solver::venues::Kind::logs_tell): Uniswap V2 and V3 pools) wait for
//! their logs; all others are asked again at each block, and stay the same value where they answer
//! the same. A node cannot leave logs out: they have to make the block's own bloom.
//!
//! **Reorganisations and gaps.** The exact markets of the last blocks are kept. Whatever the new head
//! is, the way to it starts at the newest kept block that is its ancestor, by the logs of all blocks
//! in between; where there is none, or the way is too long, everything is read anew.
//!
//! **The past.** What share tokens were worth at blocks of the last weeks is read on opening and, as far
//! as it is still missing, once an hour; followed blocks add to it once they are settled, and a store
//! remembers it from one start to the next: [`Follower::remembering`], [`earned`](super::earned).
//!
//! **Faults.** Whatever goes wrong leaves the previous market as it is, marked with what is wrong, and
//! is tried again with growing pauses. A market whose block was first seen too long ago is not quoted
//! from: [`Feed::market`] says so.

mod follower;
mod seen;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::{Notify, watch};

pub use self::{
    follower::{Depth, Follower, Loading, Step},
    seen::{Seen, StaleError},
};
use super::{
    over::{self, OverError},
    rpc::{Heads, Node},
};

/// How a node is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How often a node that does not tell of new heads is asked; and one that does, lest it forgets.
    pub poll: Duration,
    /// The longest pause after failures.
    pub longest_pause: Duration,
    /// How old a market may be to be quoted from.
    pub most_age: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(2),
            longest_pause: Duration::from_secs(30),
            most_age: Duration::from_secs(60),
        }
    }
}

/// A market that follows a node on a thread of its own, until it is dropped.
#[derive(Debug)]
pub struct Feed {
    seen: watch::Receiver<Arc<Seen>>,
    stopped: Arc<AtomicBool>,
    wake: Arc<Notify>,
    most_age: Duration,
    node: Arc<Node>,
}

impl Feed {
    /// Follows the node of a market that is open.
    pub fn start(follower: Follower, pace: Pace) -> Result<Self, OverError> {
        let (tell, seen) = watch::channel(Arc::new(look(&follower)?));
        let node = Arc::clone(follower.node());
        let (stopped, wake) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
        let thread = Thread {
            follower,
            pace,
            tell,
            heads: Heads::default(),
            stopped: Arc::clone(&stopped),
            wake: Arc::clone(&wake),
        };
        thread::spawn(move || thread.run());
        Ok(Self { seen, stopped, wake, most_age: pace.most_age, node })
    }

    /// The node that is followed.
    pub const fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// The newest market, unless it is too old to quote from.
    pub fn market(&self) -> Result<Arc<Seen>, StaleError> {
        self.market_at(Instant::now())
    }

    /// As [`Feed::market`], at a given time.
    pub fn market_at(&self, now: Instant) -> Result<Arc<Seen>, StaleError> {
        self.newest().fresh(now, self.most_age)
    }

    /// The newest market, however old.
    pub fn newest(&self) -> Arc<Seen> {
        Arc::clone(&self.seen.borrow())
    }

    /// Every market from now on, and every change of how the feed is doing: the newest if several come
    /// between two looks.
    pub fn watch(&self) -> watch::Receiver<Arc<Seen>> {
        self.seen.clone()
    }

    /// Looks for a new head now.
    pub fn nudge(&self) {
        self.wake.notify_one();
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        self.wake.notify_one();
    }
}

/// What follows.
struct Thread {
    follower: Follower,
    pace: Pace,
    tell: watch::Sender<Arc<Seen>>,
    heads: Heads,
    stopped: Arc<AtomicBool>,
    wake: Arc<Notify>,
}

impl Thread {
    fn run(mut self) {
        let mut pause = self.pace.poll;
        loop {
            let node = Arc::clone(self.follower.node());
            node.await_head(&mut self.heads, pause, &self.wake);
            if self.stopped.load(Ordering::Relaxed) {
                return;
            }
            pause = match self.step() {
                Ok(()) => self.pace.poll,
                Err(fault) => {
                    self.mark(Some(Arc::new(fault)));
                    (pause * 2).min(self.pace.longest_pause)
                }
            };
        }
    }

    fn step(&mut self) -> Result<(), OverError> {
        self.follower.advance()?;
        if self.tell.borrow().head.hash == self.follower.head().hash {
            self.mark(None);
        } else {
            self.tell.send_replace(Arc::new(look(&self.follower)?));
            // Told first: who quotes does not wait for it. What it does not get, a plan asks for.
            let _ = self.follower.node().warm(self.follower.head());
        }
        Ok(())
    }

    /// Says of the same market how the feed is doing, if that is news.
    fn mark(&self, fault: Option<Arc<OverError>>) {
        self.tell.send_if_modified(|seen| {
            if seen.fault == fault {
                return false;
            }
            *seen = Arc::new(Seen { fault, ..Seen::clone(seen) });
            true
        });
    }
}

fn look(follower: &Follower) -> Result<Seen, OverError> {
    let (head, live) = (follower.head().clone(), follower.live().clone());
    let world = over::world(follower.node(), &head, &live)?;
    Ok(Seen { live, world, head, since: Instant::now(), fault: None })
}
