//! Divisions of what is given over small markets, traded by hand: what is given is sold into its pool, and
//! what is entered is bought where it is cheaper, from its pool or its issuer.

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::{from_f64, to_f64},
    intent::Intent,
    market::{Listing, Market},
    replay::{Claim, replay},
    solution::Solution,
    venues::{NATIVE, Swap},
};

/// Of every holding, how many parts of it go to each asset of the market but ETH, WETH standing for it.
pub(super) type Division = Vec<Vec<u32>>;

/// A division traded and valued; `None` where it moves nothing, moves an asset both out and in, or a venue
/// refuses.
pub(super) fn plan(market: &Market, intent: &Intent, division: &Division) -> Option<Solution> {
    let tokens = market.tokens.iter().map(|token| token.address);
    let places: Vec<Address> = tokens.filter(|token| *token != NATIVE).collect();
    let weth = market.tokens.iter().find(|token| token.symbol == "WETH")?.address;
    let mut trades = Trades { market, claims: Vec::new() };
    // What is spent on each place, and what there is to spend, in WETH.
    let mut wanted = vec![0.0; places.len()];
    let mut ether = U256::ZERO;
    for ((token, amount), parts) in intent.holdings().zip(division) {
        let own = places.iter().position(|place| *place == token)?;
        let parts = &parts[..places.len()];
        let all: u32 = parts.iter().sum();
        let moved = all - parts[own];
        if moved == 0 {
            continue;
        }
        let sold = amount * U256::from(moved) / U256::from(all);
        let brought = if token == weth { sold } else { trades.best(token, weth, sold)? };
        ether += brought;
        for (place, part) in parts.iter().enumerate().filter(|(place, _)| *place != own) {
            wanted[place] += to_f64(brought) * f64::from(*part) / f64::from(moved);
        }
    }
    let bought = places.iter().zip(&wanted).filter(|(place, wei)| **place != weth && **wei > 0.0);
    for (place, wei) in bought {
        if trades.claims.iter().any(|claim| claim.token_in == *place) {
            return None;
        }
        let spent = from_f64(*wei).min(ether);
        ether -= spent;
        trades.best(weth, *place, spent)?;
    }
    if trades.claims.is_empty() { None } else { replay(market, intent, &trades.claims).ok() }
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
