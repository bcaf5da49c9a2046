//! What a kind of venue says of itself, and where venues are.
//!
//! Each kind stands beside its `open`, in the venue's own file; the list of all is in [`super`].

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256};

use super::{
    KINDS, VenueId,
    opening::Opening,
    reads::{Chain, Unread},
};
use crate::risk::Class;

/// A kind of venue.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The name that registries and snapshots call it by.
    pub name: &'static str,
    /// Roles of the contracts that a venue of this kind is: no two venues share them all, and the
    /// constants of [`Kind::apart`] too.
    pub own: &'static [&'static str],
    /// Roles of the other contracts that it needs.
    pub others: &'static [&'static str],
    /// Names of the constants that it knows; none need be given.
    pub constants: &'static [&'static str],
    /// Names of the constants that are part of what a venue is, beside its own contracts: of two
    /// pools between the same tokens in one contract, say.
    pub apart: &'static [&'static str],
    /// Whether its own contracts log whatever changes an answer: a block in which none of them logged
    /// has changed nothing. Only of kinds whose every answer is of the contract's own storage, and
    /// whose every change of that storage logs; of all others each block may have changed them, by a
    /// call of a contract that another asks, by ether that comes without a word, by an oracle.
    pub logs_tell: bool,
    /// The classes that a venue of this kind can be of.
    pub classes: &'static [Class],
    /// Venues of this kind that no registry need list.
    pub sites: &'static [Site],
    /// Opens the venue at a place from what the chain says.
    pub(super) open: Open,
}

impl Kind {
    /// A kind by its name, the roles of its own contracts, the classes that its venues can be of, and
    /// how it opens.
    pub(super) const fn new(
        name: &'static str,
        own: &'static [&'static str],
        classes: &'static [Class],
        open: Open,
    ) -> Self {
        let (others, constants, apart): (_, _, &[&str]) = (&[], &[], &[]);
        Self { name, own, others, constants, apart, classes, sites: &[], logs_tell: false, open }
    }

    /// A kind that needs contracts in other roles too.
    pub(super) const fn beside(self, others: &'static [&'static str]) -> Self {
        Self { others, ..self }
    }

    /// A kind that knows these constants.
    pub(super) const fn with(self, constants: &'static [&'static str]) -> Self {
        Self { constants, ..self }
    }

    /// A kind of which one contract holds many.
    pub(super) const fn told_apart_by(self, apart: &'static [&'static str]) -> Self {
        Self { apart, ..self }
    }

    /// A kind whose contracts' own logs tell of every change.
    pub(super) const fn logging(self) -> Self {
        Self { logs_tell: true, ..self }
    }

    /// A kind that knows where on mainnet it is.
    pub(super) const fn found_at(self, sites: &'static [Site]) -> Self {
        Self { sites, ..self }
    }

    /// The kind that registries and snapshots call `name`.
    pub fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }
}

/// How a venue opens at a place.
pub(super) type Open = fn(&Place, &Chain<'_>) -> Opening;

/// A venue on Ethereum mainnet that its kind itself knows: a registry need not list it.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    /// The venue's name in the market.
    pub id: &'static str,
    /// Who runs it: the name that `avoid` and `only` use.
    pub protocol: &'static str,
    /// Contracts, by their role.
    pub contracts: &'static [(&'static str, Address)],
    /// Where the addresses were found, in words.
    pub source: &'static str,
}

/// The kinds of all families, one after the other.
pub(super) const fn all<const N: usize>(families: &[&[Kind]]) -> [Kind; N] {
    let mut all = [families[0][0]; N];
    let (mut family, mut at) = (0, 0);
    while family < families.len() {
        let mut kind = 0;
        while kind < families[family].len() {
            all[at] = families[family][kind];
            (kind, at) = (kind + 1, at + 1);
        }
        family += 1;
    }
    all
}

/// How many they are.
pub(super) const fn count(families: &[&[Kind]]) -> usize {
    let (mut family, mut count) = (0, 0);
    while family < families.len() {
        count += families[family].len();
        family += 1;
    }
    count
}

/// Where a venue is: its contracts and the constants that the chain does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The venue's name in the market.
    pub id: VenueId,
    /// The kind's name.
    pub kind: String,
    /// Contracts, by their role.
    pub contracts: BTreeMap<String, Address>,
    /// Constants, by name: a fork's fee, say.
    pub constants: BTreeMap<String, u64>,
    /// Hashes of the code that contracts are known to have, by their role: of a role that is not here
    /// the code is not checked. Of a proxy it is the proxy's own, which says nothing of what it calls.
    pub code: BTreeMap<String, B256>,
}

impl Place {
    /// The contract in a role.
    pub fn contract(&self, role: &str) -> Result<Address, Unread> {
        let found = self.contracts.get(role).copied();
        found.ok_or_else(|| Unread::Refused(format!("{}: no contract named {role:?}", self.id)))
    }

    /// Whether a constant is given, and is not zero.
    pub fn says(&self, name: &str) -> bool {
        self.constant(name, 0) != 0
    }

    /// A constant, or what it is where none is given.
    pub fn constant(&self, name: &str, otherwise: u64) -> u64 {
        self.constants.get(name).copied().unwrap_or(otherwise)
    }
}
