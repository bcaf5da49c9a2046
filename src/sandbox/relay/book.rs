//! What the builder was sent, what waits, and what became of it.

use std::collections::{BTreeSet, HashMap, HashSet};

use alloy_primitives::{Address, B256, U256};
use tenor_simulations::chain::{Built, Bundle, Fate};

use super::super::Fault;

/// The most bundles that are remembered; older ones that no longer wait are forgotten.
const MOST: usize = 4_096;

/// What came of a bundle that is in a block.
const LANDED: &str = "landed";

/// How a bundle stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) enum Standing {
    /// For a block that is still to come.
    Waiting,
    /// It is in this block.
    Landed(u64),
    /// Its blocks are past.
    Missed,
    /// Another took its place.
    Replaced,
    /// It was taken back.
    Cancelled,
}

/// A bundle that was sent.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Entry {
    pub(super) signer: Address,
    /// By what its sender knows it.
    pub(super) hash: B256,
    pub(super) bundle: Bundle,
    /// The name under which another takes its place, and which of them counts.
    pub(super) uuid: Option<String>,
    pub(super) sequence: Option<u64>,
    /// Whether it is a single transaction that nobody was told of.
    pub(super) private: bool,
    /// Whether it is never looked at.
    pub(super) ignored: bool,
    /// The chain's time when it came.
    pub(super) received: u64,
    pub(super) standing: Standing,
    /// Each block it was offered for, and what came of it.
    pub(super) tried: Vec<(u64, String)>,
    /// Whether it is tried a second time, after its own blocks.
    pub(super) again: bool,
}

/// What was asked of the builder.
#[derive(Debug)]
pub(super) enum Submission {
    /// To land this.
    Bundle(Box<Entry>),
    /// Not to land what has this name.
    Cancel { signer: Address, uuid: String, sequence: Option<u64> },
    /// Not to land this transaction.
    CancelPrivate { signer: Address, hash: B256 },
}

/// All of it.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Book {
    /// What came and is not taken in yet.
    arrived: Vec<Submission>,
    pub(super) entries: Vec<Entry>,
    /// Names that were taken back, and up to which sequence.
    cancelled: HashMap<(Address, String), u64>,
    /// What senders paid, and with how much gas.
    pub(super) paid: HashMap<Address, (U256, u64)>,
}

impl Entry {
    pub(super) const fn new(signer: Address, hash: B256, bundle: Bundle) -> Self {
        Self {
            signer,
            hash,
            bundle,
            uuid: None,
            sequence: None,
            private: false,
            ignored: false,
            received: 0,
            standing: Standing::Waiting,
            tried: Vec::new(),
            again: false,
        }
    }

    fn waits(&self) -> bool {
        self.standing == Standing::Waiting
    }

    fn is_named(&self, signer: Address, uuid: &str) -> bool {
        self.signer == signer && self.uuid.as_deref() == Some(uuid)
    }

    fn is_in(&self, block: &HashSet<B256>) -> bool {
        self.bundle.transactions.iter().all(|signed| block.contains(&signed.hash))
    }

    /// Whether it is the same request again.
    fn repeats(&self, other: &Self) -> bool {
        let told = |entry: &Self| (entry.signer, entry.uuid.clone(), entry.sequence);
        self.waits() && told(self) == told(other) && self.bundle == other.bundle
    }
}

impl Book {
    pub(super) fn submit(&mut self, submission: Submission) {
        self.arrived.push(submission);
    }

    /// Takes in what came, in order; or from the last to the first.
    pub(in crate::sandbox) fn take_in(&mut self, faults: &BTreeSet<Fault>) {
        let mut arrived = std::mem::take(&mut self.arrived);
        if faults.contains(&Fault::OutOfOrder) {
            arrived.reverse();
        }
        for submission in arrived {
            match submission {
                Submission::Bundle(entry) => self.enter(*entry),
                Submission::Cancel { signer, uuid, sequence } => {
                    self.cancel(signer, uuid, sequence, faults);
                }
                Submission::CancelPrivate { signer, hash } => {
                    if !faults.contains(&Fault::LandsAfterCancel) {
                        self.entries
                            .iter_mut()
                            .filter(|entry| entry.waits() && is_private(entry, signer, hash))
                            .for_each(|entry| entry.standing = Standing::Cancelled);
                    }
                }
            }
        }
    }

    fn enter(&mut self, mut entry: Entry) {
        if self.entries.iter().any(|other| other.repeats(&entry)) {
            // The same again is answered as if it were taken, and is not.
            return;
        }
        if let Some(uuid) = entry.uuid.clone() {
            // A higher sequence wins; one that was taken back stays so, even if it comes later.
            let sequence = entry.sequence.unwrap_or_default();
            let until = self.cancelled.get(&(entry.signer, uuid.clone()));
            let newer = self.entries.iter().filter(|other| other.is_named(entry.signer, &uuid));
            let newest = newer.filter_map(|other| other.sequence).max();
            if until.is_some_and(|until| sequence <= *until) {
                entry.standing = Standing::Cancelled;
            } else if entry.sequence.is_some() && newest.is_some_and(|newest| sequence < newest) {
                entry.standing = Standing::Replaced;
            } else {
                self.entries
                    .iter_mut()
                    .filter(|other| other.waits() && other.is_named(entry.signer, &uuid))
                    .for_each(|other| other.standing = Standing::Replaced);
            }
        }
        if self.entries.len() >= MOST {
            self.entries.retain(Entry::waits);
        }
        self.entries.push(entry);
    }

    fn cancel(
        &mut self,
        signer: Address,
        uuid: String,
        sequence: Option<u64>,
        faults: &BTreeSet<Fault>,
    ) {
        if faults.contains(&Fault::LandsAfterCancel) {
            return;
        }
        let named = self.entries.iter().filter(|entry| entry.is_named(signer, &uuid));
        let newest = named.filter_map(|entry| entry.sequence).max().unwrap_or_default();
        let until = sequence.unwrap_or(newest);
        self.entries
            .iter_mut()
            .filter(|entry| entry.waits() && entry.is_named(signer, &uuid))
            .filter(|entry| entry.sequence.unwrap_or_default() <= until)
            .for_each(|entry| entry.standing = Standing::Cancelled);
        let known = self.cancelled.entry((signer, uuid)).or_default();
        *known = until.max(*known);
    }

    /// What may be in a block: where it stands here, and what it is.
    pub(in crate::sandbox) fn open(&self, number: u64) -> (Vec<usize>, Vec<Bundle>) {
        let fits = |entry: &Entry| {
            let window = entry.bundle.first..=entry.bundle.last;
            entry.waits() && !entry.ignored && window.contains(&number)
        };
        let open = self.entries.iter().enumerate().filter(|(_, entry)| fits(entry));
        open.map(|(at, entry)| (at, entry.bundle.clone())).unzip()
    }

    /// Notes what a block made of what was offered.
    pub(in crate::sandbox) fn tell(
        &mut self,
        places: &[usize],
        built: &Built,
        faults: &BTreeSet<Fault>,
    ) {
        let number = built.block.header.number;
        let landed: HashSet<B256> =
            built.block.transactions.iter().map(|landed| landed.signed.hash).collect();
        for (at, fate) in places.iter().zip(&built.fates) {
            let Some(entry) = self.entries.get_mut(*at) else { continue };
            match fate {
                Fate::Landed(run) => {
                    entry.standing = Standing::Landed(number);
                    entry.tried.push((number, LANDED.to_owned()));
                    let (paid, gas) = self.paid.entry(entry.signer).or_default();
                    *paid = paid.saturating_add(run.paid);
                    *gas = gas.saturating_add(run.gas);
                }
                // It came with another: a backrun brings what it follows.
                Fate::Left(_) if entry.private && entry.is_in(&landed) => {
                    entry.standing = Standing::Landed(number);
                    entry.tried.push((number, LANDED.to_owned()));
                }
                Fate::Left(unfit) => entry.tried.push((number, unfit.to_string())),
            }
            if faults.contains(&Fault::Duplicate) && !entry.again && number >= entry.bundle.last {
                entry.again = true;
                (entry.bundle.first, entry.bundle.last) = (number + 1, number + 1);
                entry.standing = Standing::Waiting;
            }
        }
        for entry in self.entries.iter_mut().filter(|entry| entry.waits()) {
            if entry.bundle.last <= number {
                let landed = entry.tried.iter().rev().find(|(_, what)| what == LANDED);
                entry.standing =
                    landed.map_or(Standing::Missed, |(block, _)| Standing::Landed(*block));
            }
        }
    }

    /// What was in blocks that are dropped, or missed them, waits for them again.
    pub(in crate::sandbox) fn undo(&mut self, dropped: &BTreeSet<u64>) {
        for entry in &mut self.entries {
            let undone = match entry.standing {
                Standing::Landed(block) => dropped.contains(&block),
                Standing::Missed => dropped.contains(&entry.bundle.last),
                Standing::Waiting | Standing::Replaced | Standing::Cancelled => false,
            };
            if undone {
                entry.standing = Standing::Waiting;
                entry.tried.retain(|(block, _)| !dropped.contains(block));
            }
        }
    }

    /// Nothing waits any longer.
    pub(in crate::sandbox) fn forget(&mut self) {
        self.arrived.clear();
        self.entries
            .iter_mut()
            .filter(|entry| entry.waits())
            .for_each(|entry| entry.standing = Standing::Missed);
    }

    /// The hashes of what waits under a name.
    pub(super) fn named(&self, signer: Address, uuid: &str) -> Vec<B256> {
        let waits = |entry: &&Entry| entry.waits() && entry.is_named(signer, uuid);
        let arrived = self.arrived.iter().filter_map(|submission| match submission {
            Submission::Bundle(entry) => Some(&**entry),
            _ => None,
        });
        self.entries.iter().chain(arrived).filter(waits).map(|entry| entry.hash).collect()
    }

    /// Whether a private transaction waits.
    pub(super) fn waits(&self, signer: Address, hash: B256) -> bool {
        self.entries.iter().any(|entry| entry.waits() && is_private(entry, signer, hash))
    }

    /// What waits by a hash of which searchers are told.
    pub(super) fn shared(&self, is: impl Fn(B256) -> bool) -> Option<&Bundle> {
        let told = |entry: &&Entry| {
            let single = entry.bundle.transactions.first().filter(|_| entry.private);
            entry.waits() && (is(entry.hash) || single.is_some_and(|signed| is(signed.hash)))
        };
        self.entries.iter().find(told).map(|entry| &entry.bundle)
    }
}

fn is_private(entry: &Entry, signer: Address, hash: B256) -> bool {
    let own = entry.private && entry.signer == signer;
    own && entry.bundle.transactions.first().is_some_and(|signed| signed.hash == hash)
}
