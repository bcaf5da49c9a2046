//! From an auction to solutions: whatever was found when time is up is answered.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use alloy_primitives::U256;
use tenor_solver::{
    amount::to_f64,
    venues::{NATIVE, Venue},
};

use super::{
    batches::{Member, batches},
    chain::Native,
    check::{Checker, Rejected},
    encode::Encoder,
    fees,
    market::Market,
    orders::{Found, Seek},
    single::Settling,
    wire::{Auction, Order, Solution},
};

/// Of the time that is left, at most so much is kept back for the answer's way home.
const SLACK: Duration = Duration::from_millis(500);

/// What decides how auctions are solved.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The native token; of what the auction shows, where it is not said.
    pub native: Option<Native>,
    /// Venues of our own, at the auction's block: what they are modelled to return is promised.
    pub venues: Vec<Arc<dyn Venue>>,
    /// How much less than modelled a venue of our own may return, in basis points.
    pub slippage_bps: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { native: None, venues: Vec::new(), slippage_bps: 50 }
    }
}

/// Solutions, and what can be told of the search.
#[derive(Debug, Clone, Default)]
pub struct Solved {
    /// The solutions, those worth most first.
    pub solutions: Vec<Solution>,
    /// Wei of the native token that orders get over their limits, each alone, at reference prices.
    pub surplus: U256,
    /// Orders with a solution.
    pub filled: usize,
    /// Solutions of several orders.
    pub batches: usize,
    /// Liquidity that was read and describes no pool that trades.
    pub unusable: usize,
    /// What the checker refused: nothing, where this engine is right.
    pub rejected: Vec<Rejected>,
}

/// When to stop, so that an answer to a request that is worth nothing after `deadline` is there in time:
/// half a second before, or a fifth of the time that is left where that is less.
pub fn stop_at(now: Instant, left: Duration) -> Instant {
    now + left.saturating_sub(SLACK.min(left / 5))
}

/// Solves `auction` until `until`; a search without an end ends by itself.
pub fn solve(auction: &Auction, settings: &Settings, until: Option<Instant>) -> Solved {
    let native = settings.native.unwrap_or_else(|| Native::of_auction(auction));
    let ours: Vec<Arc<dyn Venue>> = settings.venues.iter().filter(|v| serves(v)).cloned().collect();
    let market = Market::new(auction, native, &ours);
    let encoder = Encoder { auction, market: &market, slippage_bps: settings.slippage_bps };
    let settling = Settling { auction, market: &market, encoder };
    let orders = by_size(settling, auction);
    let mut seeks: Vec<(Seek<'_>, Option<Found>)> = Vec::with_capacity(orders.len());
    for order in orders {
        if is_late(until) {
            break;
        }
        if let Some(seek) = Seek::new(settling, order, until) {
            seeks.push((seek, seek.along_paths()));
        }
    }
    for (seek, found) in &mut seeks {
        if is_late(until) {
            break;
        }
        *found = seek.split(found.take());
    }
    let members: Vec<Member<'_>> =
        seeks.iter().map(|(seek, found)| Member { seek: *seek, alone: found.as_ref() }).collect();
    let together = if is_late(until) { Vec::new() } else { batches(settling, &members, until) };
    let alone = seeks.iter().filter_map(|(_, found)| Some(found.as_ref()?.single.solution.clone()));
    answered(auction, &market, alone.collect(), together)
}

fn is_late(until: Option<Instant>) -> bool {
    until.is_some_and(|until| Instant::now() >= until)
}

/// Whether a venue can be called from the settlement contract as modelled: its tokens move as told.
fn serves(venue: &Arc<dyn Venue>) -> bool {
    let plain = |at: usize| venue.rebase(at).is_none() && venue.shares_by(at).is_none();
    let native = venue.tokens().contains(&NATIVE);
    !native && !venue.at_least() && (0..venue.tokens().len()).all(plain)
}

/// Orders, those that sell most first: time may be short.
fn by_size<'a>(settling: Settling<'a>, auction: &'a Auction) -> Vec<&'a Order> {
    let worth = |order: &Order| {
        let price = |token| fees::reference(auction, settling.market, token).map(to_f64);
        let sells = price(order.sell_token).map(|price| price * to_f64(order.sell_amount.0));
        sells.or_else(|| price(order.buy_token).map(|price| price * to_f64(order.buy_amount.0)))
    };
    let mut names = BTreeSet::new();
    let first = auction.orders.iter().filter(|order| names.insert(order.uid));
    let mut orders: Vec<(f64, &Order)> =
        first.map(|order| (worth(order).unwrap_or_default(), order)).collect();
    orders.sort_by(|a, b| b.0.total_cmp(&a.0));
    orders.into_iter().map(|(_, order)| order).collect()
}

/// Whatever passes the checker, in the order of its worth, named.
fn answered(
    auction: &Auction,
    market: &Market,
    alone: Vec<Solution>,
    together: Vec<Solution>,
) -> Solved {
    let checker = Checker::new(auction, market.native);
    let mut solved = Solved { unusable: market.unusable, ..Solved::default() };
    let mut ranked = Vec::new();
    let several = alone.len();
    for (at, mut solution) in alone.into_iter().chain(together).enumerate() {
        solution.id = 0;
        match checker.check(&solution) {
            Err(rejected) => solved.rejected.push(rejected),
            Ok(worth) => {
                if at < several {
                    solved.filled += 1;
                    solved.surplus = solved.surplus.saturating_add(worth.surplus);
                } else {
                    solved.batches += 1;
                }
                ranked.push((worth.net, solution));
            }
        }
    }
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let named = |(id, (_, solution)): (u64, (f64, Solution))| Solution { id, ..solution };
    solved.solutions = (0..).zip(ranked).map(named).collect();
    solved
}
