//! The solver's market, from opened venues.

use std::sync::Arc;

use alloy_primitives::{Address, B256, Keccak256, U256};
use tenor_simulations::figures::default_hazards;
use tenor_solver::{
    market::{AsOf, Listing, Market, RealisedYield, Redemption, TokenInfo, Unknown, Weighing},
    venues::{Backing, Capacity, NATIVE, Venue},
    yields::term::marks,
};

use super::{
    Head, Parts,
    entry::{Entry, text_into},
    utc,
};
use crate::market::places::Places;

const NO_WAIT: &str = "withdrawal queue: length and wait are not read";
const POOLED: &str =
    "what principal tokens, fees of trades and PENDLE add is not read: none of it counts";
const NO_YIELDS: &str = "no realised yield is known";

/// Why, where nothing else is said.
const ONE_BLOCK: &str = "one block tells none";

pub(super) fn market(
    parts: &Parts,
    head: Head,
    entries: &[Arc<Entry>],
    tokens: Vec<TokenInfo>,
) -> Market {
    let Parts { places, source, yields, .. } = parts;
    let utc = utc::words(head.timestamp);
    let listings = listings(places, entries, head.block, &utc);
    let mut known = redemptions(&listings);
    known.extend(marks(&listings, &known));
    Market {
        chain_id: head.chain_id,
        block: head.block,
        timestamp: head.timestamp,
        utc,
        source: source.clone(),
        hash: hash(head, entries, &tokens, parts),
        gas_price: head.base_fee,
        redemptions: known,
        unknowns: unknowns(parts, entries, &tokens),
        tokens,
        listings,
        yields: yields.to_vec(),
        assumptions: Vec::new(),
        hazards: default_hazards(),
        rewards: Vec::new(),
        synthetic: None,
        credits: parts.lending.credits().to_vec(),
    }
}

/// Names the block, the tokens, the places and every answer: equal markets, equal hashes.
fn hash(head: Head, entries: &[Arc<Entry>], tokens: &[TokenInfo], parts: &Parts) -> B256 {
    let mut digest = Keccak256::new();
    text_into(&mut digest, "tenor.market/1");
    for number in [head.chain_id, head.block, head.timestamp] {
        digest.update(number.to_be_bytes());
    }
    digest.update(head.base_fee.to_be_bytes::<32>());
    for token in tokens {
        digest.update(token.address);
        text_into(&mut digest, &token.symbol);
        digest.update([token.decimals]);
    }
    entries.iter().for_each(|entry| digest.update(entry.digest()));
    for RealisedYield { token, rate, window_s, window, source, weighing, .. } in &*parts.yields {
        digest.update(token);
        digest.update(rate.to_be_bytes::<32>());
        digest.update(window_s.to_be_bytes());
        text_into(&mut digest, window);
        text_into(&mut digest, source);
        // Markets of before there were two have the hash they had.
        if *weighing == Weighing::Recent {
            text_into(&mut digest, "recent");
        }
    }
    if let Some(lent) = parts.lending.digest() {
        digest.update(lent);
    }
    digest.finalize()
}

/// ETH behind the tokens of what is open at a block, and how the block is named.
pub(super) fn behind(
    places: &Places,
    entries: &[Arc<Entry>],
    head: Head,
) -> (Vec<Redemption>, AsOf) {
    let as_of = AsOf { block: head.block, utc: utc::words(head.timestamp) };
    (redemptions(&listings(places, entries, head.block, &as_of.utc)), as_of)
}

fn listings(places: &Places, entries: &[Arc<Entry>], block: u64, utc: &str) -> Vec<Listing> {
    let opened = places.rows.iter().zip(entries);
    let opened = opened.filter_map(|(row, entry)| Some((row, entry.opened()?)));
    let listing = opened.map(|(row, opened)| Listing {
        venue: opened.venue.clone(),
        protocol: row.protocol.clone(),
        as_of: AsOf { block, utc: utc.to_owned() },
        disabled: None,
    });
    listing.collect()
}

/// ETH behind tokens, by the totals or rates of the venues that issue them: through as many as it
/// takes, as an aToken of weETH stands for weETH.
fn redemptions(listings: &[Listing]) -> Vec<Redemption> {
    let mut all = vec![Redemption { token: NATIVE, eth: U256::ONE, units: U256::ONE }];
    let mut open: Vec<(Address, Address, Backing)> = Vec::new();
    for listing in listings {
        let tokens = listing.venue.tokens();
        for (at, token) in tokens.iter().enumerate() {
            let Some(backing) = listing.venue.redemption(at) else { continue };
            let asset = tokens.get(backing.asset).copied().unwrap_or_default();
            open.push((*token, asset, backing));
        }
    }
    loop {
        let before = all.len();
        for (token, asset, backing) in &open {
            if all.iter().any(|known| known.token == *token) {
                continue;
            }
            let behind = all.iter().find(|known| known.token == *asset).copied();
            all.extend(behind.and_then(|behind| through(*token, *backing, behind)));
        }
        if all.len() == before {
            return all;
        }
    }
}

fn through(token: Address, backing: Backing, behind: Redemption) -> Option<Redemption> {
    let eth = backing.amount.checked_mul(behind.eth)?;
    let units = backing.units.checked_mul(behind.units).filter(|units| !units.is_zero())?;
    Some(Redemption { token, eth, units })
}

/// What the contracts do not tell, in the words of their venues, and what is not asked.
fn unknowns(parts: &Parts, entries: &[Arc<Entry>], tokens: &[TokenInfo]) -> Vec<Unknown> {
    let Parts { places, yields, no_yields, .. } = parts;
    let why = no_yields.as_deref().unwrap_or(ONE_BLOCK);
    let mut notes = Notes { tokens, yields, why, all: Vec::new() };
    for (row, entry) in places.rows.iter().zip(entries) {
        match entry.opened() {
            Some(opened) => notes.venue(&*opened.venue),
            None => {
                let why = entry.refused().map(ToString::to_string).unwrap_or_default();
                for contract in row.place.contracts.values() {
                    notes.add(*contract, format!("{} is not used: {why}", row.place.id));
                }
            }
        }
    }
    notes.all
}

struct Notes<'t> {
    tokens: &'t [TokenInfo],
    yields: &'t [RealisedYield],
    why: &'t str,
    all: Vec<Unknown>,
}

impl Notes<'_> {
    fn add(&mut self, token: Address, what: impl Into<String>) {
        let note = Unknown { token, what: what.into() };
        let listed = self.tokens.iter().any(|listed| listed.address == token);
        if listed && token != NATIVE && !self.all.contains(&note) {
            self.all.push(note);
        }
    }

    /// Whether a yield of one of these tokens is known: a rebasing token's is that of its shares.
    fn earns(&self, tokens: &[Address]) -> bool {
        self.yields.iter().any(|row| row.token != NATIVE && tokens.contains(&row.token))
    }

    fn venue(&mut self, venue: &dyn Venue) {
        let (id, tokens) = (venue.id(), venue.tokens());
        for (at, token) in tokens.iter().enumerate() {
            for exit in venue.exits(at) {
                if exit.expected_wait.seconds().is_none() {
                    self.add(*token, NO_WAIT);
                }
            }
            let wraps_ether = |backing: Backing| {
                tokens.get(backing.asset) == Some(&NATIVE)
                    && venue.exact_pairs().contains(&(backing.asset, at))
            };
            if venue.redemption(at).is_some_and(|backing| !wraps_ether(backing))
                && venue.rate_after(at, U256::ZERO).is_none()
                && !self.earns(tokens)
            {
                self.add(*token, format!("{NO_YIELDS}: {}", self.why));
            }
            if at == 1 && venue.pooled().is_some() {
                self.add(*token, POOLED);
            }
            for from in (0..tokens.len()).filter(|from| *from != at) {
                if let Capacity::Unknown(what) = venue.capacity(from, at) {
                    self.add(*token, format!("{id}: {what}"));
                }
            }
        }
    }
}
