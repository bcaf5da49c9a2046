//! Venues opened from places on the chain.

use std::{collections::HashMap, sync::Arc};

use alloy_primitives::{Address, B256};

use super::{
    KINDS, Kind, Place, Venue, VenueId,
    reads::{Answer, At, Chain, Notes, Read, Unread},
};

/// Tries to open a venue: each may ask for what the answers before have told, as a price tells
/// which ticks matter.
const ROUNDS: usize = 8;

/// A venue as it was opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The venue.
    pub venue: Arc<dyn Venue>,
    /// What it was opened from: while none of these answers changes, it stays as it is.
    pub reads: Vec<Read>,
    /// What it was opened from too, and which never changes.
    pub fixed: Vec<Read>,
    /// Accounts, ascending: while none of them changes, no answer does, unless by the block.
    pub accounts: Vec<Address>,
    /// Whether answers change with the block's number or time, touched or not.
    pub each_block: bool,
    /// Whether its accounts' own logs tell of every change: see [`Kind::logs_tell`](super::registry::Kind::logs_tell).
    pub logs_tell: bool,
}

impl Opened {
    fn new(venue: Arc<dyn Venue>, notes: Notes, logs_tell: bool) -> Self {
        let Notes { reads, fixed, each_block } = notes;
        let mut accounts: Vec<Address> = reads.iter().map(Read::account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        Self { venue, reads, fixed, accounts, each_block, logs_tell }
    }

    /// Whether a block that changed the accounts for which `touched` holds may change this venue.
    pub fn is_stale(&self, touched: impl Fn(&Address) -> bool) -> bool {
        self.each_block || self.accounts.iter().any(touched)
    }

    /// Whether blocks in which the accounts for which `logged` holds logged something, and of which
    /// nothing else is known, may change this venue.
    pub fn is_stale_by_logs(&self, logged: impl Fn(&Address) -> bool) -> bool {
        !self.logs_tell || self.is_stale(logged)
    }
}

/// Why a venue is not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// No such kind.
    #[error("{id}: there is no venue kind {kind:?}; there are {}", names())]
    NoSuchKind {
        /// The venue.
        id: VenueId,
        /// As given.
        kind: String,
    },
    /// What the chain says makes no venue.
    #[error("{id}: {why}")]
    Unread {
        /// The venue.
        id: VenueId,
        /// Why.
        why: Unread,
        /// What was asked: while none of these answers changes, it stays refused.
        asked: Box<[Read]>,
    },
    /// Another contract than the one that the place is known to be.
    #[error(transparent)]
    Code(Box<OtherCode>),
    /// A venue asks for more after every answer.
    #[error("{0} still asks for more after {ROUNDS} rounds")]
    Endless(VenueId),
}

/// A contract whose code is not the one that is recorded of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{id}: the code of {contract} ({role}) has the hash {found}, and {expected} is recorded of it: this \
     is another chain or another contract; correct the place, or its entry under `code` if the contract \
     was replaced by its own protocol"
)]
pub struct OtherCode {
    /// The venue.
    pub id: VenueId,
    /// The contract's role.
    pub role: String,
    /// The contract.
    pub contract: Address,
    /// What is recorded.
    pub expected: B256,
    /// What the chain has; zero where there is no contract.
    pub found: B256,
    /// What was asked: while this answer does not change, the venue stays refused.
    pub asked: [Read; 1],
}

fn names() -> String {
    KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ")
}

/// Opens venues at one block. `fetch` answers all questions of a round, in order; `known` keeps the
/// answers. One result for each place, in order: a venue that does not open takes no other with it.
pub fn open<E>(
    places: &[Place],
    at: At,
    known: &mut HashMap<Read, Answer>,
    mut fetch: impl FnMut(&[Read]) -> Result<Vec<Answer>, E>,
) -> Result<Vec<Result<Opened, OpenError>>, E> {
    let mut opened: Vec<Option<Result<Opened, OpenError>>> = vec![None; places.len()];
    for _ in 0..ROUNDS {
        let mut missing = Vec::new();
        for (place, slot) in places.iter().zip(&mut opened).filter(|(_, slot)| slot.is_none()) {
            match attempt(place, at, known) {
                Attempt::Done(result) => *slot = Some(result),
                Attempt::Asks(reads) => missing.extend(reads),
            }
        }
        missing.sort_unstable();
        missing.dedup();
        missing.retain(|read| !known.contains_key(read));
        if missing.is_empty() {
            break;
        }
        let answers = fetch(&missing)?;
        known.extend(missing.into_iter().zip(answers));
    }
    let endless = |place: &Place| Err(OpenError::Endless(place.id.clone()));
    Ok(places.iter().zip(opened).map(|(p, o)| o.unwrap_or_else(|| endless(p))).collect())
}

enum Attempt {
    Done(Result<Opened, OpenError>),
    Asks(Vec<Read>),
}

/// Opens one venue, or says what it asks for beyond what is known.
fn attempt(place: &Place, at: At, known: &HashMap<Read, Answer>) -> Attempt {
    let id = || place.id.clone();
    let Some(kind) = Kind::named(&place.kind) else {
        return Attempt::Done(Err(OpenError::NoSuchKind { id: id(), kind: place.kind.clone() }));
    };
    let chain = Chain::new(at, known);
    if let Some(refused) = check_code(place, &chain) {
        return refused;
    }
    match (kind.open)(place, &chain) {
        Ok(_) if !code_known(place, known) => Attempt::Asks(everything(chain)),
        Ok(venue) => Attempt::Done(Ok(Opened::new(venue, chain.into_notes(), kind.logs_tell))),
        Err(Unread::Missing) => Attempt::Asks(everything(chain)),
        Err(why) => {
            let asked = everything(chain).into();
            Attempt::Done(Err(OpenError::Unread { id: id(), why, asked }))
        }
    }
}

/// Whether the code of every contract whose hash is recorded has been asked for.
fn code_known(place: &Place, known: &HashMap<Read, Answer>) -> bool {
    let contracts = place.code.keys().filter_map(|role| place.contracts.get(role));
    contracts.into_iter().all(|contract| known.contains_key(&Read::CodeHash(*contract)))
}

/// At first contact: whether the contracts are those that are recorded. Nothing else is believed of a
/// contract before this is known, and it is asked for together with all else.
fn check_code(place: &Place, chain: &Chain<'_>) -> Option<Attempt> {
    for (role, expected) in &place.code {
        let Some(contract) = place.contracts.get(role).copied() else { continue };
        match chain.fixed_code_hash(contract) {
            Ok(found) if found != *expected => {
                let (id, role, expected) = (place.id.clone(), role.clone(), *expected);
                let asked = [Read::CodeHash(contract)];
                let other = OtherCode { id, role, contract, expected, found, asked };
                return Some(Attempt::Done(Err(OpenError::Code(Box::new(other)))));
            }
            // What is not known yet is noted, and told with what the venue itself asks for.
            Ok(_) | Err(_) => {}
        }
    }
    None
}

fn everything(chain: Chain<'_>) -> Vec<Read> {
    let Notes { mut reads, fixed, .. } = chain.into_notes();
    reads.extend(fixed);
    reads
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, convert::Infallible};

    use super::*;

    fn place(kind: &str) -> Place {
        Place {
            id: VenueId::new("somewhere"),
            kind: kind.to_owned(),
            contracts: BTreeMap::new(),
            constants: BTreeMap::new(),
            code: BTreeMap::new(),
        }
    }

    fn opened(place: Place) -> Result<Opened, OpenError> {
        let revert = |reads: &[Read]| Ok::<_, Infallible>(vec![Answer::Reverted; reads.len()]);
        let at = At { block: 1, timestamp: 1 };
        open(&[place], at, &mut HashMap::new(), revert).unwrap().remove(0)
    }

    #[test]
    fn a_kind_that_is_not_there_is_named_with_those_that_are() {
        let error = opened(place("uniswap_v5")).unwrap_err().to_string();
        assert!(error.contains("uniswap_v5") && error.contains("uniswap_v2"), "{error}");
    }

    #[test]
    fn a_place_without_its_contract_or_with_another_is_refused() {
        let error = opened(place("uniswap_v2")).unwrap_err().to_string();
        assert!(error.contains("no contract named \"pool\""), "{error}");
        let mut other = place("uniswap_v2");
        for role in ["pool", "router"] {
            other.contracts.insert(role.to_owned(), Address::repeat_byte(1));
        }
        let error = opened(other).unwrap_err().to_string();
        assert!(error.contains("reverted"), "{error}");
    }
}
