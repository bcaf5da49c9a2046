//! Paths as simple methods know them: venue after venue, the whole of an amount through each.

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::to_f64,
    intent::Limits,
    market::Market,
    mev::plan::prices,
    venues::{Capacity, LegKind, Swap, Venue},
};

/// The most venues of a path, conversions at an exact rate not counted.
pub(super) const HOPS: usize = 3;

/// Conversions that a path may have beside.
const WRAPS: usize = 2;

/// Gas of giving an allowance, as the solver counts it for its own plans.
const APPROVAL_GAS: u64 = 46_000;

/// The parts of a greedy split.
const PARTS: u64 = 20;

/// What a method places, and what comes of it.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) out: U256,
    pub(super) gas: u64,
    pub(super) how: String,
}

/// A direction of a listing: its place, and its tokens' positions.
type Hop = (usize, usize, usize);

/// A market's venues as a method leaves them.
#[derive(Debug)]
pub(super) struct Paths<'m> {
    market: &'m Market,
    venues: Vec<Box<dyn Venue>>,
    /// Every direction that may be used, with the tokens that it takes and gives.
    hops: Vec<(Hop, Address, Address, LegKind)>,
    /// Wei of a unit of each token that has a price.
    prices: Vec<(Address, f64)>,
}

/// A path under way.
#[derive(Debug, Clone)]
struct Way {
    hops: Vec<Hop>,
    /// Gas of venues that are not in use yet.
    gas: u64,
    out: U256,
}

impl<'m> Paths<'m> {
    /// The venues that an intent's limits let through, as the market has them.
    pub(super) fn new(market: &'m Market, limits: &Limits) -> Self {
        let open = |listing: &usize| {
            let of = &market.listings[*listing];
            let named = |names: &[String]| names.contains(&of.protocol);
            of.disabled.is_none() && !named(&limits.avoid)
        };
        let mut hops = Vec::new();
        for listing in (0..market.listings.len()).filter(open) {
            let venue = &market.listings[listing].venue;
            let tokens = venue.tokens();
            for from in 0..tokens.len() {
                for to in (0..tokens.len()).filter(|to| *to != from) {
                    let unknown = matches!(venue.capacity(from, to), Capacity::Unknown(_));
                    let kind = venue.step(from, to).kind;
                    let owes = matches!(kind, LegKind::Borrow | LegKind::Repay);
                    if !unknown && !owes && venue.gain(from, to).is_some() {
                        hops.push(((listing, from, to), tokens[from], tokens[to], kind));
                    }
                }
            }
        }
        let venues = market.listings.iter().map(|of| of.venue.boxed()).collect();
        Self { market, venues, hops, prices: prices(market) }
    }

    /// The path of up to so many venues that leaves most once its gas is paid, through directions of kinds
    /// that may be used.
    pub(super) fn best(
        &self,
        from: Address,
        to: Address,
        amount: U256,
        most: usize,
        may: &dyn Fn(LegKind) -> bool,
    ) -> Option<Placed> {
        let way = self.way(from, to, amount, most, may, &[])?;
        Some(Placed { out: way.out, gas: way.gas, how: self.told(&way.hops) })
    }

    /// Equal parts, each on the path that is best once those before it are through.
    pub(super) fn greedy(&self, from: Address, to: Address, amount: U256) -> Option<Placed> {
        let venues = self.venues.iter().map(|venue| venue.boxed()).collect();
        let (hops, prices) = (self.hops.clone(), self.prices.clone());
        let mut placed = Self { market: self.market, venues, hops, prices };
        let (mut used, mut out, mut gas): (Vec<Hop>, _, _) = (Vec::new(), U256::ZERO, 0);
        for part in 0..PARTS {
            // The last part takes what division left over.
            let each = amount / U256::from(PARTS);
            let last = amount - each * U256::from(PARTS - 1);
            let mut held = if part + 1 == PARTS { last } else { each };
            let way = placed.way(from, to, held, HOPS, &|_| true, &used)?;
            gas += way.gas;
            for hop @ (listing, from, to) in way.hops {
                held = placed.venues[listing].trade(Swap { from, to, amount: held }).ok()?.out;
                if !used.contains(&hop) {
                    used.push(hop);
                }
            }
            out += held;
        }
        Some(Placed { out, gas, how: placed.told(&used) })
    }

    /// Depth first over tokens not yet visited. More of what is wanted is better, gas of venues that are
    /// not in use yet taken off at the market's price, where what is wanted has one.
    fn way(
        &self,
        from: Address,
        to: Address,
        amount: U256,
        most: usize,
        may: &dyn Fn(LegKind) -> bool,
        used: &[Hop],
    ) -> Option<Way> {
        let mut best: Option<(f64, Way)> = None;
        let start = Way { hops: Vec::new(), gas: 0, out: amount };
        let look = Look { paths: self, to, most, may, used };
        look.on(from, &start, &mut vec![from], (0, 0), &mut best);
        best.map(|(_, way)| way)
    }

    fn told(&self, hops: &[Hop]) -> String {
        let name = |(listing, ..): &Hop| self.venues[*listing].id().to_string();
        let mut names: Vec<String> = Vec::new();
        for name in hops.iter().map(name) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(", ")
    }
}

/// A search under way.
struct Look<'a, 'm> {
    paths: &'a Paths<'m>,
    to: Address,
    most: usize,
    may: &'a dyn Fn(LegKind) -> bool,
    used: &'a [Hop],
}

impl Look<'_, '_> {
    fn on(
        &self,
        at: Address,
        way: &Way,
        visited: &mut Vec<Address>,
        (venues, wraps): (usize, usize),
        best: &mut Option<(f64, Way)>,
    ) {
        if at == self.to {
            let score = self.score(way);
            if best.as_ref().is_none_or(|(known, _)| score > *known) {
                *best = Some((score, way.clone()));
            }
            return;
        }
        for &(hop, given, wanted, kind) in &self.paths.hops {
            let wrap = kind == LegKind::Wrap;
            let count = if wrap { (venues, wraps + 1) } else { (venues + 1, wraps) };
            let far = count.0 > self.most || count.1 > WRAPS;
            if given != at || far || visited.contains(&wanted) || !(wrap || (self.may)(kind)) {
                continue;
            }
            let (listing, from, to) = hop;
            let venue = &self.paths.venues[listing];
            if matches!(venue.capacity(from, to), Capacity::Limited { amount, .. } if way.out > amount)
            {
                continue;
            }
            let Ok(quote) = venue.quote(Swap { from, to, amount: way.out }) else { continue };
            let mut next = way.clone();
            next.hops.push(hop);
            next.out = quote.out;
            if !self.used.contains(&hop) {
                let step = venue.step(from, to);
                next.gas += step.gas + if step.approves { APPROVAL_GAS } else { 0 };
            }
            visited.push(wanted);
            self.on(wanted, &next, visited, count, best);
            visited.pop();
        }
    }

    fn score(&self, way: &Way) -> f64 {
        let Paths { market, prices, .. } = self.paths;
        let gas = to_f64(market.gas_price.saturating_mul(U256::from(way.gas)));
        match prices.iter().find(|(token, _)| *token == self.to) {
            Some((_, price)) => to_f64(way.out) * price - gas,
            None => to_f64(way.out),
        }
    }
}
