//! Naming the tokens that venues trade.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use alloy_primitives::Address;
use tenor_solver::{
    market::TokenInfo,
    venues::{Answer, At, Chain, NATIVE, Read, Unread, VenueId, describe},
};

use super::{Entry, LiveError, ask};
use crate::market::places::Places;

/// Tokens that were asked, and their answers: neither ever changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Described {
    tokens: Arc<HashMap<Address, TokenInfo>>,
    answers: Arc<HashMap<Read, Answer>>,
}

impl Described {
    pub(super) fn answers(&self) -> impl Iterator<Item = (&Read, &Answer)> {
        self.answers.iter()
    }
}

/// ETH and every token that an opened venue trades, in the order of the venues: named by the registry
/// or else by itself.
pub(super) fn name<E>(
    places: &Places,
    entries: &[Arc<Entry>],
    at: At,
    described: &mut Described,
    mut fetch: impl FnMut(&[Read]) -> Result<Vec<Answer>, E>,
) -> Result<Vec<TokenInfo>, LiveError<E>> {
    let traded = traded(entries);
    let given = places.named();
    let unnamed: Vec<_> = traded
        .iter()
        .filter(|(token, _)| *token != NATIVE && !given.contains_key(token))
        .filter(|(token, _)| !described.tokens.contains_key(token))
        .collect();
    if !unnamed.is_empty() {
        let mut tokens = HashMap::clone(&described.tokens);
        let mut known = HashMap::clone(&described.answers);
        fetch_all(unnamed.iter().map(|(token, _)| *token), at, &mut known, &mut fetch)?;
        for (token, venue) in unnamed {
            let named = describe(*token, &Chain::new(at, &known)).map_err(|why| {
                let why = match why {
                    Unread::Reverted(_) => "it does not answer as a token".to_owned(),
                    other => other.to_string(),
                };
                LiveError::Token { token: *token, why, venue: (*venue).clone() }
            })?;
            tokens.insert(*token, named);
        }
        *described = Described { tokens: Arc::new(tokens), answers: Arc::new(known) };
    }
    let native = || TokenInfo { address: NATIVE, symbol: "ETH".into(), decimals: 18 };
    let named = traded.into_iter().map(|(token, _)| {
        let told = given.get(&token).copied().or_else(|| described.tokens.get(&token));
        told.cloned().unwrap_or_else(native)
    });
    distinct(named.collect(), |token| places.lists(token))
}

/// ETH first, then the venues' tokens, each with the first venue that trades it.
fn traded(entries: &[Arc<Entry>]) -> Vec<(Address, &VenueId)> {
    let mut seen = HashSet::from([NATIVE]);
    let venues = entries.iter().filter_map(|entry| entry.opened()).map(|opened| &opened.venue);
    let mut all: Vec<_> = venues.clone().take(1).map(|venue| (NATIVE, venue.id())).collect();
    for venue in venues {
        let new = venue.tokens().iter().filter(|token| seen.insert(**token));
        all.extend(new.map(|token| (*token, venue.id())));
    }
    all
}

fn fetch_all<E>(
    tokens: impl Iterator<Item = Address>,
    at: At,
    known: &mut HashMap<Read, Answer>,
    fetch: &mut impl FnMut(&[Read]) -> Result<Vec<Answer>, E>,
) -> Result<(), LiveError<E>> {
    let mut reads = Vec::new();
    for token in tokens {
        let chain = Chain::new(at, known);
        // Only what it asks matters here.
        let _ = describe(token, &chain);
        reads.extend(chain.into_notes().fixed);
    }
    reads.retain(|read| !known.contains_key(read));
    let answers = ask(fetch, &reads)?;
    known.extend(reads.into_iter().zip(answers));
    Ok(())
}

/// Sentences name tokens in any case. Two of one symbol are let be where the user's own list names one of
/// them: a sentence that uses the symbol is refused, and told to write the address.
fn distinct<E>(
    tokens: Vec<TokenInfo>,
    listed: impl Fn(Address) -> bool,
) -> Result<Vec<TokenInfo>, LiveError<E>> {
    let mut seen: HashMap<String, Address> = HashMap::new();
    for token in tokens.iter().filter(|token| !listed(token.address)) {
        if let Some(one) = seen.insert(token.symbol.to_ascii_lowercase(), token.address) {
            let (symbol, other) = (token.symbol.clone(), token.address);
            return Err(LiveError::Symbols { symbol, one, other });
        }
    }
    Ok(tokens)
}
