//! A market read from the chain: opened at one block, carried to the next by what changed.
//!
//! Whoever answers is passed in: nothing here knows a network. A market is opened whole with
//! [`Live::open`]; [`Live::update`] opens again only the venues that a block may have changed, and is
//! the same market, to the hash, as one opened whole at that block.

mod entry;
mod lending;
mod made;
mod realised;
mod tokens;
pub(super) mod utc;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use alloy_primitives::{Address, U256};
use tenor_solver::{
    market::{Market, RealisedYield, TokenInfo},
    venues::{Answer, At, OpenError, Read, VenueId},
};

pub use self::realised::realised;
pub(super) use self::realised::yields;
use self::{entry::Entry, lending::Lending};
use super::places::Places;

/// The block that a market is read at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The chain.
    pub chain_id: u64,
    /// The block's number.
    pub block: u64,
    /// Its unix seconds.
    pub timestamp: u64,
    /// Wei that it burns for a unit of gas.
    pub base_fee: U256,
}

impl Head {
    const fn at(&self) -> At {
        At { block: self.block, timestamp: self.timestamp }
    }
}

/// What is known of the blocks between two heads. After a reorganisation those are the abandoned
/// blocks too.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    /// All accounts that they changed: nothing else did.
    Touched(&'a HashSet<Address>),
    /// All accounts that logged something in them, which is all that a node tells cheaply. Accounts
    /// change without: by ether that is sent to them, by reports to an oracle that they ask, and by
    /// any write that the contract's author left unlogged. So whatever is not of a kind whose own
    /// logs tell of every change ([`Kind::logs_tell`](tenor_solver::venues::Kind::logs_tell)) is
    /// asked again at each block.
    Logged(&'a HashSet<Address>),
}

/// Why a market cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LiveError<E> {
    /// The chain was not read.
    #[error(transparent)]
    Fetch(E),
    /// Another number of answers than of questions.
    #[error("{asked} questions were asked and {answered} answered")]
    Answers {
        /// Questions.
        asked: usize,
        /// Answers.
        answered: usize,
    },
    /// Places of one chain, the head of another.
    #[error(
        "the places are on chain {places}, the block is of chain {head}: use places of that chain"
    )]
    Chain {
        /// The places' chain.
        places: u64,
        /// The head's chain.
        head: u64,
    },
    /// A token that cannot be named.
    #[error(
        "token {token}: {why}; name it under `tokens` in the places file, or leave out {venue}"
    )]
    Token {
        /// The token.
        token: Address,
        /// Why.
        why: String,
        /// A venue that trades it.
        venue: VenueId,
    },
    /// Two tokens of one symbol: whoever makes a token chooses its symbol.
    #[error(
        "{one} and {other} are both called {symbol:?}: name one of them otherwise under `tokens` in \
         the places file, or in a list of your own, and write its address in the sentence"
    )]
    Symbols {
        /// The symbol.
        symbol: String,
        /// A token.
        one: Address,
        /// Another.
        other: Address,
    },
}

/// A market read from the chain.
#[derive(Debug, Clone)]
pub struct Live {
    places: Arc<Places>,
    source: String,
    /// Known from elsewhere: one block tells none.
    yields: Arc<[RealisedYield]>,
    /// Why that is not known, where there is more to say than that it is not.
    no_yields: Option<Arc<str>>,
    head: Head,
    entries: Vec<Arc<Entry>>,
    /// Tokens that were asked for their symbol, and what they said.
    described: tokens::Described,
    lending: Lending,
    market: Arc<Market>,
}

impl Live {
    /// Opens every place at a block. `source` says in words who answers, as the market repeats it.
    ///
    /// Places that do not open are left out and say why: see [`Live::refused`].
    pub fn open<E>(
        places: Places,
        head: Head,
        source: impl Into<String>,
        mut fetch: impl FnMut(&[Read]) -> Result<Vec<Answer>, E>,
    ) -> Result<Self, LiveError<E>> {
        if places.chain_id != head.chain_id {
            return Err(LiveError::Chain { places: places.chain_id, head: head.chain_id });
        }
        let rows: Vec<usize> = (0..places.rows.len()).collect();
        let entries = entry::open(&places, &rows, head.at(), HashMap::new(), &mut fetch)?;
        let parts = Parts {
            places: Arc::new(places),
            source: source.into(),
            yields: Arc::default(),
            no_yields: None,
            described: tokens::Described::default(),
            lending: Lending::default(),
        };
        Self::of(parts, head, entries, fetch)
    }

    /// The same places at a later block, given what is known of it and those between.
    ///
    /// Everything asked before that may have changed is asked again in one round; further rounds
    /// follow only where a price has moved on. A venue whose answers are the same stays the same
    /// value. On an error the market stays as it was: pass the change again, with the next block's.
    pub fn update<E>(
        &mut self,
        head: Head,
        change: Change<'_>,
        mut fetch: impl FnMut(&[Read]) -> Result<Vec<Answer>, E>,
    ) -> Result<(), LiveError<E>> {
        if self.places.chain_id != head.chain_id {
            let (places, head) = (self.places.chain_id, head.chain_id);
            return Err(LiveError::Chain { places, head });
        }
        let stale = |entry: &Entry| entry.is_stale(change);
        let before = self.entries.iter().enumerate().filter(|(_, entry)| stale(entry));
        let (mut rows, before): (Vec<usize>, Vec<&Arc<Entry>>) = before.unzip();
        let known = entry::ask_again(&before, &mut fetch)?;
        rows.retain(|row| self.entries.get(*row).is_none_or(|entry| !entry.stays(&known)));
        let reopened = entry::open(&self.places, &rows, head.at(), known, &mut fetch)?;
        let mut entries = self.entries.clone();
        for (row, entry) in rows.into_iter().zip(reopened) {
            if let Some(slot) = entries.get_mut(row) {
                *slot = entry;
            }
        }
        let parts = Parts {
            places: self.places.clone(),
            source: self.source.clone(),
            yields: self.yields.clone(),
            no_yields: self.no_yields.clone(),
            described: self.described.clone(),
            lending: self.lending.clone(),
        };
        *self = Self::of(parts, head, entries, fetch)?;
        Ok(())
    }

    /// The same market with what tokens are known to have earned: see [`realised()`].
    #[must_use]
    pub fn with_yields(self, yields: Vec<RealisedYield>) -> Self {
        self.earning(yields.into(), None)
    }

    /// As [`Live::with_yields`], and says why it is not known what the other tokens have earned.
    #[must_use]
    pub fn with_yields_or(self, yields: Vec<RealisedYield>, why: &str) -> Self {
        self.earning(yields.into(), Some(why.into()))
    }

    fn earning(self, yields: Arc<[RealisedYield]>, no_yields: Option<Arc<str>>) -> Self {
        let Self { places, source, head, entries, described, lending, market, .. } = self;
        let parts = Parts { places, source, yields, no_yields, described, lending };
        Self::made(parts, head, entries, market.tokens.clone())
    }

    /// Why it is not known what other tokens have earned, where more is said than that it is not.
    pub fn no_yields(&self) -> Option<&str> {
        self.no_yields.as_deref()
    }

    fn of<E>(
        mut parts: Parts,
        head: Head,
        entries: Vec<Arc<Entry>>,
        mut fetch: impl FnMut(&[Read]) -> Result<Vec<Answer>, E>,
    ) -> Result<Self, LiveError<E>> {
        let Parts { places, described, lending, .. } = &mut parts;
        let named = tokens::name(places, &entries, head.at(), described, &mut fetch)?;
        let (known, as_of) = made::behind(places, &entries, head);
        *lending = lending::read(places, &entries, &known, head.at(), lending, &as_of, &mut fetch)?;
        Ok(Self::made(parts, head, entries, named))
    }

    fn made(parts: Parts, head: Head, entries: Vec<Arc<Entry>>, named: Vec<TokenInfo>) -> Self {
        let market = Arc::new(made::market(&parts, head, &entries, named));
        let Parts { places, source, yields, no_yields, described, lending } = parts;
        Self { places, source, yields, no_yields, head, entries, described, lending, market }
    }

    /// The solver's view.
    pub const fn market(&self) -> &Arc<Market> {
        &self.market
    }

    /// The block.
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Who answered, in words.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The places.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// Tokens, by position in the market.
    pub fn tokens(&self) -> &[TokenInfo] {
        &self.market.tokens
    }

    /// Places that did not open, and why.
    pub fn refused(&self) -> impl Iterator<Item = &OpenError> {
        self.entries.iter().filter_map(|entry| entry.refused())
    }

    /// What some of its venues were asked, each question once.
    pub(super) fn questions(&self, venues: &HashSet<VenueId>) -> Vec<Read> {
        let rows = self.places.rows.iter().zip(&self.entries);
        let rows = rows.filter(|(row, _)| venues.contains(&row.place.id));
        let mut all: Vec<Read> = rows
            .flat_map(|(_, entry)| entry.answers().map(|(read, _)| read.clone()))
            .filter(|read| !matches!(read, Read::CodeHash(_)))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Every answer that the market was made of, by its question, ascending.
    pub fn answers(&self) -> Vec<(&Read, &Answer)> {
        let entries = self.entries.iter().flat_map(|entry| entry.answers());
        let beside = self.described.answers().chain(self.lending.answers());
        let mut all: Vec<_> = entries.chain(beside).collect();
        all.sort_unstable_by_key(|(read, _)| *read);
        all.dedup_by_key(|(read, _)| *read);
        all
    }
}

/// What one block hands to the next.
struct Parts {
    places: Arc<Places>,
    source: String,
    yields: Arc<[RealisedYield]>,
    no_yields: Option<Arc<str>>,
    described: tokens::Described,
    lending: Lending,
}

/// Asks, and counts the answers.
fn ask<E>(
    fetch: &mut impl FnMut(&[Read]) -> Result<Vec<Answer>, E>,
    reads: &[Read],
) -> Result<Vec<Answer>, LiveError<E>> {
    if reads.is_empty() {
        return Ok(Vec::new());
    }
    let answers = fetch(reads).map_err(LiveError::Fetch)?;
    if answers.len() != reads.len() {
        return Err(LiveError::Answers { asked: reads.len(), answered: answers.len() });
    }
    Ok(answers)
}
