//! Which orders of a pair the rate serves that they make.
//!
//! All orders are tried together. While the rate misses a limit, the order that misses most is filled
//! less, where that may be, or left out. Orders that are filled as a whole or not at all make the
//! choice a search: of a few orders every choice, of many those with one order more or less, as long
//! as that is worth more.

use std::time::Instant;

use super::{
    Batch, Kind,
    pair::{Chosen, Crossing, Sides},
    pools::Pools,
    settle::{ROUNDING, Settled, Taken, is_fair, settled},
};

/// Most orders of which every choice is looked at.
const ALL: usize = 5;

/// Orders that one round of the search leaves out or takes back before it gives up.
const TRIES: usize = 8;

/// Rounds of the search.
const ROUNDS: usize = 4;

/// Halvings of a share.
const HALVINGS: u32 = 50;

/// A share that is as good as nothing.
const DUST: f64 = 1e-9;

/// Digits of what is left over on a side that rounding makes.
const NOISE: f64 = 1e-13;

/// The orders of one pair of nodes, and the pools that they may use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) batch: &'a Batch<'a>,
    pub(super) pools: &'a Pools,
    /// The node that orders forth sell, and the one that they buy.
    pub(super) nodes: (usize, usize),
    /// What each order of the batch is owed: the value of its surplus alone.
    pub(super) alone: &'a [f64],
    pub(super) until: Option<Instant>,
}

impl Pair<'_> {
    /// The settlement of some of `orders` that is worth most net of gas; `None` where none is worth
    /// anything, or none gives all of them what they are owed.
    pub(super) fn best(&self, orders: &[usize]) -> Option<Settled> {
        let best = self.attempt(orders, orders);
        if orders.len() == 1 {
            return best;
        }
        if orders.len() <= ALL { self.among_all(orders, best) } else { self.around(orders, best) }
    }

    /// Looks at every choice of a few orders, over the pools that suit all of them, and settles the
    /// best.
    fn among_all(&self, orders: &[usize], best: Option<Settled>) -> Option<Settled> {
        let all = whole(orders);
        let Some(sides) = self.sides(&all) else { return best };
        let chosen = Chosen::new(self.pools, &sides, self.until);
        let mut most = net(best.as_ref()) * (1.0 + ROUNDING);
        let mut found = None;
        for choice in 1..(1usize << orders.len()) - 1 {
            if self.is_late() {
                break;
            }
            let part: Vec<Taken> =
                (0..all.len()).filter(|at| choice >> at & 1 == 1).map(|at| all[at]).collect();
            let settled =
                self.fit(&chosen, &part).and_then(|(t, crossing)| self.settle(&t, crossing));
            let fair = settled.filter(|found| is_fair(self.batch, found, orders, self.alone));
            if let Some(better) = fair.filter(|found| found.net() > most) {
                (most, found) = (better.net(), Some(better));
            }
        }
        let Some(found) = found else { return best };
        // Fewer orders may want other pools.
        let again = self.attempt(orders, &found.settlement.orders);
        again.filter(|again| again.net() > found.net()).or(Some(found))
    }

    /// Leaves out one more order or takes one back, as long as that is worth more.
    fn around(&self, orders: &[usize], mut best: Option<Settled>) -> Option<Settled> {
        for _ in 0..ROUNDS {
            let mut better = false;
            for order in orders.iter().take(TRIES) {
                if self.is_late() {
                    return best;
                }
                let mut chosen =
                    best.as_ref().map_or_else(Vec::new, |b| b.settlement.orders.clone());
                match chosen.iter().position(|other| other == order) {
                    Some(at) => drop(chosen.remove(at)),
                    None => chosen.push(*order),
                }
                let found = self.attempt(orders, &chosen);
                if net(found.as_ref()) > net(best.as_ref()) * (1.0 + ROUNDING) {
                    (best, better) = (found, true);
                }
            }
            if !better {
                break;
            }
        }
        best
    }

    fn is_late(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// The best settlement that begins with some orders filled as a whole.
    fn attempt(&self, owed: &[usize], start: &[usize]) -> Option<Settled> {
        let start = &whole(start);
        let sides = self.sides(start)?;
        let first = Chosen::new(self.pools, &sides, self.until);
        let mut sets = vec![first.clone()];
        let found = self.fit(&first, start);
        if let Some((taken, crossing)) = &found {
            let sides = self.sides(taken)?;
            sets.extend(first.again(self.pools, &sides, crossing, self.until));
            if crossing.residue != 0.0 {
                sets.push(Chosen { forth: None, back: None });
            }
        }
        let rest = sets[1..].iter().filter_map(|set| self.fit(set, start));
        let all: Vec<_> = found.clone().into_iter().chain(rest).collect();
        all.into_iter()
            .filter_map(|(taken, crossing)| self.settle(&taken, crossing))
            .filter(|found| found.net() > 0.0 && is_fair(self.batch, found, owed, self.alone))
            .reduce(|a, b| if b.net() > a.net() { b } else { a })
    }

    fn settle(&self, taken: &[Taken], crossing: Crossing) -> Option<Settled> {
        let Crossing { rate, legs, .. } = crossing;
        // The second node at its value, the first at what it fetches.
        let unit = self.batch.values[self.nodes.1];
        let price = |node| if node == self.nodes.1 { unit } else { rate * unit };
        settled(self.batch, taken, price, legs, self.alone)
    }

    fn is_forth(&self, one: &Taken) -> bool {
        self.batch.orders[one.order].sell == self.nodes.0
    }

    /// What orders leave over; `None` without any.
    fn sides(&self, taken: &[Taken]) -> Option<Sides> {
        let (mut over, mut gross, mut limits) = ((0.0, 0.0), (0.0, 0.0), (0.0, f64::INFINITY));
        for one in taken {
            let order = &self.batch.orders[one.order];
            let amount = order.amount * one.share;
            let most = if order.kind == Kind::Sell { amount } else { amount / order.limit };
            match (self.is_forth(one), order.kind) {
                (true, Kind::Sell) => over.0 += amount,
                (true, Kind::Buy) => over.1 -= amount,
                (false, Kind::Sell) => over.1 += amount,
                (false, Kind::Buy) => over.0 -= amount,
            }
            if self.is_forth(one) {
                gross.0 += most;
                limits.0 = order.limit.max(limits.0);
            } else {
                gross.1 += most;
                limits.1 = order.limit.recip().min(limits.1);
            }
        }
        let quiet = |over: f64, gross: f64| if over.abs() <= NOISE * gross { 0.0 } else { over };
        let sums = self.fixed(taken);
        let over = (quiet(over.0, sums.0), quiet(over.1, sums.1));
        let [first, second] = [self.nodes.0, self.nodes.1].map(|node| self.batch.values[node]);
        let gas_price = (self.batch.gas_price / second, self.batch.gas_price / first);
        let centre = match limits {
            (0.0, high) => high,
            (low, f64::INFINITY) => low,
            (low, high) => low.sqrt() * high.sqrt(),
        };
        (!taken.is_empty()).then_some(Sides { nodes: self.nodes, over, gross, gas_price, centre })
    }

    /// Fixed amounts of either node, whoever fixes them.
    fn fixed(&self, taken: &[Taken]) -> (f64, f64) {
        let mut sums = (0.0, 0.0);
        for one in taken {
            let order = &self.batch.orders[one.order];
            let first = self.is_forth(one) == (order.kind == Kind::Sell);
            let amount = order.amount * one.share;
            if first { sums.0 += amount } else { sums.1 += amount }
        }
        sums
    }

    /// Fills orders less, and leaves out others, until the rate serves all; `None` where none is left.
    fn fit(&self, chosen: &Chosen, start: &[Taken]) -> Option<(Vec<Taken>, Crossing)> {
        let mut taken = start.to_vec();
        for _ in 0..=2 * start.len() {
            let crossing = chosen.cross(&self.sides(&taken)?);
            let worst = match &crossing {
                Some(crossing) => self.worst(&taken, crossing),
                None => self.tightest(&taken),
            };
            let Some(at) = worst else { return Some((taken, crossing?)) };
            let one = taken[at];
            let part = self.batch.orders[one.order].partial && one.share == 1.0;
            let share = if part { self.share(chosen, &taken, at) } else { 0.0 };
            if share > DUST {
                taken[at].share = share;
            } else {
                taken.remove(at);
            }
        }
        None
    }

    /// By how much more than its limit an order gets: below one where it misses it. What goes to pools
    /// in part has to be worth it to the last unit.
    fn slack(&self, one: &Taken, crossing: &Crossing) -> f64 {
        let order = &self.batch.orders[one.order];
        let forth = self.is_forth(one);
        let rate = if forth { crossing.rate } else { 1.0 / crossing.rate };
        let sends = if forth { crossing.residue > 0.0 } else { crossing.residue < 0.0 };
        let counted = if order.partial && sends { rate.min(crossing.marginal) } else { rate };
        // A part was chosen to be just worth it.
        if order.partial && one.share < 1.0 { rate / order.limit } else { counted / order.limit }
    }

    fn worst(&self, taken: &[Taken], crossing: &Crossing) -> Option<usize> {
        let slack = |at: &usize| self.slack(&taken[*at], crossing);
        let worst = (0..taken.len()).min_by(|a, b| slack(a).total_cmp(&slack(b)))?;
        (slack(&worst) < 1.0 - ROUNDING).then_some(worst)
    }

    /// The order that asks for most beside what things are worth.
    fn tightest(&self, taken: &[Taken]) -> Option<usize> {
        let asks = |at: &usize| {
            let order = &self.batch.orders[taken[*at].order];
            order.limit * self.batch.values[order.buy] / self.batch.values[order.sell]
        };
        (0..taken.len()).max_by(|a, b| asks(a).total_cmp(&asks(b)))
    }

    /// The largest share of an order at which it gets enough: just its limit from the last unit that
    /// pools take, the rate in the middle where nothing but orders meet. Zero where none is enough.
    fn share(&self, chosen: &Chosen, taken: &[Taken], at: usize) -> f64 {
        let Some(sides) = self.sides(taken) else { return 0.0 };
        let order = &self.batch.orders[taken[at].order];
        let (bid, ask) = chosen.spread(&sides);
        let middle = sides.centre.clamp(bid, ask.max(bid));
        let wanted = if self.is_forth(&taken[at]) { middle } else { 1.0 / middle };
        let enough = |share: f64| {
            let mut fewer = taken.to_vec();
            fewer[at].share = share;
            let crossing = self.sides(&fewer).and_then(|sides| chosen.cross(&sides));
            crossing.is_some_and(|crossing| {
                let whole = Taken { share: 1.0, ..fewer[at] };
                let least = if crossing.residue == 0.0 { wanted / order.limit } else { 1.0 };
                self.slack(&whole, &crossing) >= least.max(1.0)
            })
        };
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if enough(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }
}

fn whole(orders: &[usize]) -> Vec<Taken> {
    orders.iter().map(|order| Taken::whole(*order)).collect()
}

fn net(settled: Option<&Settled>) -> f64 {
    settled.map_or(0.0, Settled::net)
}
