//! What is left to take around any ring of venues, on their real-valued curves.

use alloy_primitives::Address;

use super::backrun::{Backrun, Path};
use crate::{
    mev::sandwich::Product,
    venues::{Gain, Venue},
};

/// Doublings in search of where another unit no longer pays.
const DOUBLINGS: u32 = 130;

/// Halvings of the stretch in which that lies: to a part in 10^15.
const HALVINGS: u32 = 50;

/// One direction of a venue: positions among the venues and of its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hop {
    /// The venue.
    pub venue: usize,
    /// The token given.
    pub from: usize,
    /// The token wanted.
    pub to: usize,
}

/// A ring that pays, and what it pays: units of the token that its first hop takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Ring {
    /// The trades, each giving what the one before it paid.
    pub hops: Vec<Hop>,
    /// The token that it starts and ends with.
    pub token: Address,
    /// The best trade.
    pub best: Backrun,
    /// What that is worth: units times the price of the token, zero where it has none.
    pub worth: f64,
}

/// The directions of venues, each with its curve.
#[derive(Debug)]
pub struct Directions {
    all: Vec<Direction>,
}

#[derive(Debug)]
struct Direction {
    hop: Hop,
    given: Address,
    wanted: Address,
    gain: Gain,
    /// What the first unit returns.
    first: f64,
}

impl Directions {
    /// All directions that trade, of venues with their positions.
    pub fn of<'v>(venues: impl IntoIterator<Item = (usize, &'v dyn Venue)>) -> Self {
        let mut all = Vec::new();
        for (nth, venue) in venues {
            let tokens = venue.tokens();
            for from in 0..tokens.len() {
                for to in (0..tokens.len()).filter(|to| *to != from) {
                    let Some(gain) = venue.gain(from, to) else { continue };
                    let first = gain.marginal(0.0);
                    if first > 0.0 {
                        let (given, wanted) = (tokens[from], tokens[to]);
                        let hop = Hop { venue: nth, from, to };
                        all.push(Direction { hop, given, wanted, gain, first });
                    }
                }
            }
        }
        Self { all }
    }

    /// The best first price of a token in others, over up to `hops` trades, each of which returns what
    /// its first unit does; `known` are the prices that are known.
    pub fn price(
        &self,
        token: Address,
        hops: usize,
        known: &impl Fn(Address) -> Option<f64>,
    ) -> Option<f64> {
        if let Some(price) = known(token) {
            return Some(price);
        }
        if hops == 0 {
            return None;
        }
        let from = self.all.iter().filter(|direction| direction.given == token);
        let prices = from.filter_map(|direction| {
            Some(direction.first * self.price(direction.wanted, hops - 1, known)?)
        });
        prices.max_by(f64::total_cmp)
    }

    /// The rings of up to `hops` different venues that pay and use a venue of `through`, the most
    /// worth first. Each starts with a token that has a price, where it has one.
    pub fn rings(
        &self,
        through: &[usize],
        hops: usize,
        price: impl Fn(Address) -> Option<f64>,
    ) -> Vec<Ring> {
        let mut found: Vec<Ring> = Vec::new();
        for (nth, start) in self.all.iter().enumerate() {
            let Some(place) = through.iter().position(|venue| *venue == start.hop.venue) else {
                continue;
            };
            // A ring is looked at from the first of these venues alone, or it would be found twice.
            let walk = Walk { all: &self.all, before: &through[..place], hops };
            walk.close(&mut vec![nth], start.first, &mut |ring| {
                found.extend(self.ring(ring, &price));
            });
        }
        found.sort_by(|a, b| b.worth.total_cmp(&a.worth));
        found
    }

    fn ring(&self, ring: &[usize], price: impl Fn(Address) -> Option<f64>) -> Option<Ring> {
        let priced = ring.iter().position(|nth| price(self.all[*nth].given).is_some());
        let mut ring = ring.to_vec();
        ring.rotate_left(priced.unwrap_or(0));
        let token = self.all[*ring.first()?].given;
        let gains: Vec<&Gain> = ring.iter().map(|nth| &self.all[*nth].gain).collect();
        let best = best(&gains);
        let hops = ring.iter().map(|nth| self.all[*nth].hop).collect();
        let worth = best.profit * price(token).unwrap_or(0.0);
        (best.profit > 0.0).then_some(Ring { hops, token, best, worth })
    }
}

/// The most that curves in a ring leave: in closed form where all are constant products.
pub fn best(ring: &[&Gain]) -> Backrun {
    let products = ring.iter().map(|gain| match gain {
        Gain::ConstantProduct { x, y, keep } => Some(Product { x: *x, y: *y, keep: *keep }),
        _ => None,
    });
    match products.collect::<Option<Vec<_>>>().as_deref() {
        Some([first, rest @ ..]) => {
            rest.iter().fold(Path::of(first), |path, pool| path.then(pool)).backrun()
        }
        _ => climb(ring),
    }
}

/// Where the curves together are concave, another unit pays up to one amount and not beyond it.
fn climb(ring: &[&Gain]) -> Backrun {
    let out = |given: f64| ring.iter().fold(given, |amount, gain| gain.out(amount));
    let pays = |given: f64| {
        let last = (given, 1.0);
        let (_, slope) = ring
            .iter()
            .fold(last, |(amount, slope), gain| (gain.out(amount), slope * gain.marginal(amount)));
        slope > 1.0
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..DOUBLINGS {
        if !pays(high) {
            break;
        }
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if pays(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    let profit = out(low) - low;
    if profit > 0.0 { Backrun { given: low, profit } } else { Backrun::default() }
}

/// A walk over directions that ends where it began.
struct Walk<'d> {
    all: &'d [Direction],
    /// Venues that it must not use.
    before: &'d [usize],
    hops: usize,
}

impl Walk<'_> {
    /// Tells every way to close `path`, whose first units return `first`, that pays at first.
    fn close(&self, path: &mut Vec<usize>, first: f64, tell: &mut impl FnMut(&[usize])) {
        let (start, at) = (self.all[path[0]].given, self.all[path[path.len() - 1]].wanted);
        for (nth, next) in self.all.iter().enumerate() {
            let used = path.iter().any(|nth| self.all[*nth].hop.venue == next.hop.venue);
            if next.given != at || used || self.before.contains(&next.hop.venue) {
                continue;
            }
            let returns = first * next.first;
            path.push(nth);
            if next.wanted == start {
                if returns > 1.0 {
                    tell(path);
                }
            } else if path.len() < self.hops {
                self.close(path, returns, tell);
            }
            path.pop();
        }
    }
}
