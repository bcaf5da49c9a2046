//! Divisions of small holdings over small markets, each traded by hand: what is given is sold into its
//! pool, and what is entered is bought where it is cheaper, from its pool or its issuer.

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::{from_f64, to_f64},
    intent::Intent,
    market::{Listing, Market},
    replay::{Claim, replay},
    solution::Solution,
    venues::{NATIVE, Swap},
};

/// Of every holding, how many parts of it go to each place.
pub(super) type Division = Vec<Vec<u32>>;

/// Every way to divide `whole` parts over `places`.
fn splits(whole: u32, places: usize) -> Vec<Vec<u32>> {
    if places == 1 {
        return vec![vec![whole]];
    }
    let with = |first: u32| {
        let rest = splits(whole - first, places - 1);
        rest.into_iter().map(move |rest| [vec![first], rest].concat())
    };
    (0..=whole).flat_map(with).collect()
}

/// What an intent gives, divided over every asset of a market.
pub(super) struct Grid<'a> {
    market: &'a Market,
    intent: &'a Intent,
    /// Tokens to hold, WETH for ETH.
    places: Vec<Address>,
    weth: Address,
    parts: u32,
}

impl<'a> Grid<'a> {
    /// Divisions of each holding into so many parts.
    pub(super) fn new(market: &'a Market, intent: &'a Intent, parts: u32) -> Self {
        let weth = market.tokens.iter().find(|token| token.symbol == "WETH").unwrap().address;
        let tokens = market.tokens.iter().map(|token| token.address);
        let places = tokens.filter(|token| *token != NATIVE).collect();
        Self { market, intent, places, weth, parts }
    }

    pub(super) fn divisions(&self) -> Vec<Division> {
        let each = splits(self.parts, self.places.len());
        self.intent.holdings().fold(vec![Division::new()], |so_far, _| {
            let with = |d: &Division| {
                let d = d.clone();
                each.iter().map(move |split| [d.clone(), vec![split.clone()]].concat())
            };
            so_far.iter().flat_map(with).collect()
        })
    }

    /// A division traded and valued; `None` where it moves an asset both out and in, or a venue refuses.
    pub(super) fn plan(&self, division: &Division) -> Option<Solution> {
        let mut trades = Trades { market: self.market, claims: Vec::new() };
        // What is spent on each place, in WETH, and what is kept as it is.
        let mut wanted = vec![0.0; self.places.len()];
        let mut ether = U256::ZERO;
        for ((token, amount), split) in self.intent.holdings().zip(division) {
            let own = if token == NATIVE { self.weth } else { token };
            let at = self.places.iter().position(|place| *place == own)?;
            let moved: u32 = self.parts - split[at];
            if moved == 0 {
                continue;
            }
            let sold = amount * U256::from(moved) / U256::from(self.parts);
            let brought =
                if token == self.weth { sold } else { trades.best(token, self.weth, sold)? };
            ether += brought;
            for (place, part) in split.iter().enumerate().filter(|(place, _)| *place != at) {
                wanted[place] += to_f64(brought) * f64::from(*part) / f64::from(moved);
            }
        }
        let sells = |place: &Address| trades.claims.iter().any(|claim| claim.token_in == *place);
        let bought = || self.places.iter().zip(&wanted).filter(|(_, wei)| **wei > 0.0);
        if bought().any(|(place, _)| *place != self.weth && sells(place)) {
            return None;
        }
        for (place, wei) in bought().filter(|(place, _)| **place != self.weth) {
            let spent = from_f64(*wei).min(ether);
            ether -= spent;
            trades.best(self.weth, *place, spent)?;
        }
        replay(self.market, self.intent, &trades.claims).ok()
    }
}

/// Trades so far, of which no two go through one pool.
struct Trades<'a> {
    market: &'a Market,
    claims: Vec<Claim>,
}

impl Trades<'_> {
    fn between(&self, from: Address, to: Address) -> Vec<(&Listing, Swap)> {
        let listed = self.market.listings.iter().filter(|listing| listing.disabled.is_none());
        let swap = |listing: &Listing| {
            let at = |token| listing.venue.tokens().iter().position(|t| *t == token);
            Some(Swap { from: at(from)?, to: at(to)?, amount: U256::ZERO })
        };
        listed.filter_map(|listing| Some((listing, swap(listing)?))).collect()
    }

    /// One trade with the venue that returns most.
    fn trade(&mut self, token_in: Address, token_out: Address, amount_in: U256) -> Option<U256> {
        let quoted = |(listing, swap): (&Listing, Swap)| {
            let out = listing.venue.quote(Swap { amount: amount_in, ..swap }).ok()?.out;
            Some((listing.venue.id().clone(), out))
        };
        let quotes = self.between(token_in, token_out).into_iter().filter_map(quoted);
        let (venue, amount_out) = quotes.max_by_key(|(_, out)| *out)?;
        self.claims.push(Claim { venue, token_in, token_out, amount_in, amount_out });
        Some(amount_out)
    }

    /// The same, through ETH where that is the only way or returns more.
    fn best(&mut self, from: Address, to: Address, amount: U256) -> Option<U256> {
        let before = self.claims.len();
        let straight = self.trade(from, to, amount);
        let direct = self.claims.split_off(before);
        let through = if from == NATIVE || to == NATIVE {
            None
        } else {
            self.trade(from, NATIVE, amount).and_then(|ether| self.trade(NATIVE, to, ether))
        };
        if straight >= through {
            self.claims.truncate(before);
            self.claims.extend(direct);
        }
        straight.max(through)
    }
}
