//! What stood behind tokens at a block of the past: the venues that value them, opened there.

use std::collections::{HashMap, HashSet};

use alloy_primitives::{Address, U256};
use tenor_solver::{
    market::{Listing, Market},
    venues::{Answer, NATIVE, Read, VenueId},
    yields::term::{liquidity, principal},
};

use crate::{
    market::{
        live::{Live, LiveError},
        over::{self, OverError, ReadError, Reader},
        places::Places,
        rpc::{Head, Node},
    },
    store::Rate,
};

/// Tokens whose own rates tell what they earn.
///
/// Not what stands for one ETH throughout: what rebases earns as its shares do. Nor a principal token
/// or LP, which are marked at their market's price; nor what a venue lends out, whose rate is that of its curve
/// after the deposit.
pub(super) fn rated(market: &Market) -> Vec<Address> {
    let own = |token: Address| {
        let marked = principal(market, token).is_some() || liquidity(market, token).is_some();
        token != NATIVE && !marked && !is_lent(market, token)
    };
    let all = market.redemptions.iter();
    all.filter(|r| r.eth != r.units && own(r.token)).map(|r| r.token).collect()
}

fn is_lent(market: &Market, token: Address) -> bool {
    market.listings.iter().any(|Listing { venue, .. }| {
        let at = venue.tokens().iter().position(|t| *t == token);
        at.is_some_and(|at| {
            venue.redemption(at).is_some() && venue.rate_after(at, U256::ZERO).is_some()
        })
    })
}

/// The rates of tokens in a market.
pub(super) fn rates(market: &Market, tokens: &[Address]) -> Vec<Rate> {
    let some = |eth: U256, shares: U256| !eth.is_zero() && !shares.is_zero();
    let of =
        market.redemptions.iter().filter(|r| tokens.contains(&r.token) && some(r.eth, r.units));
    let rate = of.map(|r| Rate {
        token: r.token,
        block: market.block,
        timestamp: market.timestamp,
        eth: r.eth,
        shares: r.units,
    });
    rate.collect()
}

/// The venues that value tokens of a market, and what those are made of.
fn valuing(market: &Market, tokens: &[Address]) -> HashSet<VenueId> {
    let mut wanted: Vec<Address> = tokens.to_vec();
    let (mut all, mut next) = (HashSet::new(), 0);
    while let Some(token) = wanted.get(next).copied() {
        next += 1;
        for Listing { venue, .. } in &market.listings {
            let at = venue.tokens().iter().position(|t| *t == token);
            let Some(backing) = at.and_then(|at| venue.redemption(at)) else { continue };
            all.insert(venue.id().clone());
            let asset = venue.tokens().get(backing.asset).copied();
            wanted.extend(asset.filter(|asset| !wanted.contains(asset)));
        }
    }
    all
}

/// Why a block tells no rates.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unread {
    /// The node does not answer: asking it for an older block is no use.
    #[error(transparent)]
    Node(OverError),
    /// The venues made no market then.
    #[error("block {0}: {1}")]
    Block(u64, LiveError<ReadError>),
}

/// Reads rates of tokens at an earlier block than that of a market.
///
/// What the market's venues were asked then, those of the earlier block most likely are now: that goes
/// out in one round, and further ones follow only where contracts have changed since.
pub(super) fn at(
    node: &Node,
    then: &Head,
    live: &Live,
    tokens: &[Address],
) -> Result<Vec<Rate>, Unread> {
    let venues = valuing(live.market(), tokens);
    let places = live.places();
    let rows = places.rows.iter().filter(|row| venues.contains(&row.place.id)).cloned();
    // Code may have been another then, and is not run here.
    let places = Places { rows: rows.collect(), ..places.clone() }.with_any_code();
    let reader = Reader::passing(node, then).map_err(Unread::Node)?;
    let mut asked =
        Asked { reader: &reader, ahead: live.questions(&venues), known: HashMap::new() };
    let market = Live::open(places, over::at(node, then), live.source(), |reads: &[Read]| {
        asked.answer(reads)
    });
    match market {
        Ok(market) => Ok(rates(market.market(), tokens)),
        Err(error @ LiveError::Fetch(_)) => Err(Unread::Node(error.into())),
        Err(error) => Err(Unread::Block(then.number, error)),
    }
}

/// Answers, the likely ones fetched with the first.
struct Asked<'r> {
    reader: &'r Reader,
    ahead: Vec<Read>,
    known: HashMap<Read, Answer>,
}

impl Asked<'_> {
    fn answer(&mut self, reads: &[Read]) -> Result<Vec<Answer>, ReadError> {
        let mut open: Vec<Read> = std::mem::take(&mut self.ahead);
        let missing = |read: &&Read| !self.known.contains_key(*read);
        let new: Vec<Read> = reads.iter().filter(missing).cloned().collect();
        let ahead: HashSet<&Read> = open.iter().collect();
        let new: Vec<Read> = new.into_iter().filter(|read| !ahead.contains(read)).collect();
        open.extend(new);
        if !open.is_empty() {
            let answers = self.reader.answer(&open)?;
            self.known.extend(open.into_iter().zip(answers));
        }
        // What is not there after that was not asked: the count of answers says so.
        Ok(reads.iter().filter_map(|read| self.known.get(read).cloned()).collect())
    }
}
