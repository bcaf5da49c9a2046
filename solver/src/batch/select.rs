//! Which settlements are executed: none shares an order or a pool with another.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use super::{
    Batch, Kind,
    company::{Group, Shape, alone, company, directions, is_large},
    fills::Pair,
    joint::Joint,
    pools::Pools,
    prices::{Relaxation, relax},
    ring::middle,
    settle::{Settled, Taken, is_fair},
    several::several,
};

/// How often a settlement whose pools are taken is looked for anew.
const AGAIN: u32 = 3;

/// How often all orders are settled at once, without those that got less than they are owed.
const ROUNDS: u32 = 4;

/// The share of what an order is owed that it asks for beyond it: rates are no more exact.
const EXACT: f64 = 1e-9;

/// A group's best settlement over the pools that were open when it was found.
#[derive(Debug)]
struct Candidate<'g> {
    group: &'g Group,
    settled: Settled,
    tries: u32,
}

/// A search for settlements.
#[derive(Debug)]
struct Search<'a> {
    batch: &'a Batch<'a>,
    /// All pools.
    pools: Pools,
    /// What each order is owed in company.
    alone: Vec<f64>,
    /// The share of each order that is filled alone; one where none is.
    shares: Vec<f64>,
    /// The pools that each direction uses alone, by its first order.
    used: BTreeMap<usize, Vec<usize>>,
    until: Option<Instant>,
}

/// Settles a batch: directions by themselves, and in company where that is worth more.
pub(super) fn settle(
    batch: &Batch<'_>,
    relaxed: &OnceCell<Option<Relaxation>>,
    until: Option<Instant>,
) -> Vec<Settled> {
    let directions = directions(batch);
    let single = alone(batch, &directions);
    let mut search = Search {
        batch,
        pools: Pools::all(batch.network),
        alone: vec![0.0; batch.orders.len()],
        shares: vec![1.0; batch.orders.len()],
        used: BTreeMap::new(),
        until,
    };
    // Conflicts over pools are settled last, and take as long as all before.
    search.until = part(until, 2);
    let (mut known, looked) = search.candidates(&single);
    for candidate in &mut known {
        let Settled { settlement, fills, pools, shares } = &mut candidate.settled;
        for ((order, fill), share) in settlement.orders.iter().zip(fills).zip(shares) {
            fill.alone = fill.value;
            search.alone[*order] = fill.value;
            search.shares[*order] = *share;
        }
        search.used.insert(candidate.group.orders[0], pools.clone());
    }
    // What an order is owed has to be known before it is settled with others.
    let owed: BTreeSet<usize> =
        single[..looked].iter().flat_map(|group| &group.orders).copied().collect();
    let mut company = company(&directions);
    company.retain(|group| group.orders.iter().all(|order| owed.contains(order)));
    search.until = part(until, 3);
    let (mut together, _) = search.candidates(&company);
    let joint = if is_large(&directions) { search.joint(&owed, relaxed) } else { Vec::new() };
    let all = |settled: &Settled| Group {
        orders: settled.settlement.orders.clone(),
        shape: Shape::Several,
    };
    let groups: Vec<Group> = joint.iter().map(all).collect();
    let joint = groups.iter().zip(joint);
    together.extend(joint.map(|(group, settled)| Candidate { group, settled, tries: AGAIN }));
    search.until = if together.is_empty() { until } else { part(until, 2) };
    let apart = search.choose(known.iter().map(Candidate::again).collect());
    if together.is_empty() {
        return apart;
    }
    search.until = until;
    let mut all = search.choose(known.into_iter().chain(together).collect());
    search.rest(&single, &mut all);
    let worth = |settled: &[Settled]| settled.iter().map(Settled::net).sum::<f64>();
    if worth(&all) > worth(&apart) { all } else { apart }
}

/// The end of a part of the time that is left.
fn part(until: Option<Instant>, parts: u32) -> Option<Instant> {
    let now = Instant::now();
    until.map(|until| now + until.saturating_duration_since(now) / parts)
}

impl Candidate<'_> {
    fn again(&self) -> Self {
        Self { group: self.group, settled: self.settled.clone(), tries: 0 }
    }
}

impl Search<'_> {
    fn is_late(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// The best settlement of each group that has one, as long as there is time, and for how many
    /// groups there was.
    fn candidates<'g>(&self, groups: &'g [Group]) -> (Vec<Candidate<'g>>, usize) {
        let mut found = Vec::new();
        for (at, group) in groups.iter().enumerate() {
            let settled = self.find(group, &self.pools);
            found.extend(settled.map(|settled| Candidate { group, settled, tries: 0 }));
            if self.is_late() {
                return (found, at);
            }
        }
        (found, groups.len())
    }

    /// All orders that are known to be owed something, or nothing, settled at once.
    fn joint(
        &self,
        owed: &BTreeSet<usize>,
        relaxed: &OnceCell<Option<Relaxation>>,
    ) -> Vec<Settled> {
        let batch = self.batch;
        let Some(relaxed) = relaxed.get_or_init(|| relax(batch)) else { return Vec::new() };
        let rate = |at| if owed.contains(&at) { self.least(at) } else { f64::INFINITY };
        let mut least: Vec<f64> = (0..batch.orders.len()).map(rate).collect();
        for _ in 0..ROUNDS {
            let joint = Joint { batch, least: &least, alone: &self.alone, until: self.until };
            let (fair, unfair): (Vec<Settled>, Vec<Settled>) = joint
                .settle(relaxed)
                .into_iter()
                .partition(|found| is_fair(batch, found, &found.settlement.orders, &self.alone));
            if unfair.is_empty() || self.is_late() {
                return fair;
            }
            for found in &unfair {
                let orders = found.settlement.orders.iter();
                let misses = |at: &&usize| !is_fair(batch, found, &[**at], &self.alone);
                orders.filter(misses).for_each(|at| least[*at] = f64::INFINITY);
            }
        }
        Vec::new()
    }

    /// The rate at which an order gets as much as alone if it is filled as a whole.
    fn least(&self, at: usize) -> f64 {
        let order = &self.batch.orders[at];
        let over = self.alone[at] * (1.0 + EXACT) / (order.amount * self.batch.values[order.buy]);
        match order.kind {
            Kind::Sell => order.limit + over,
            Kind::Buy => order.limit / (1.0 - over),
        }
    }

    /// Settles by themselves what is left of directions of which others took a part, over the pools
    /// that these left.
    fn rest(&self, directions: &[Group], chosen: &mut Vec<Settled>) {
        let pools = self.batch.network.edges().iter().map(|edge| edge.pool + 1).max().unwrap_or(0);
        let (mut closed, mut served) = (vec![false; pools], vec![false; self.batch.orders.len()]);
        for settled in chosen.iter() {
            settled.settlement.orders.iter().for_each(|order| served[*order] = true);
            settled.pools.iter().for_each(|pool| closed[*pool] = true);
        }
        for Group { orders, shape } in directions {
            let left: Vec<usize> = orders.iter().copied().filter(|at| !served[*at]).collect();
            if self.is_late() || left.is_empty() || left.len() == orders.len() {
                continue;
            }
            let open = self.pools.without(&closed);
            if let Some(found) = self.find(&Group { orders: left, shape: *shape }, &open) {
                found.pools.iter().for_each(|pool| closed[*pool] = true);
                chosen.push(found);
            }
        }
    }

    /// The best settlement of a group over some pools.
    fn find(&self, group: &Group, pools: &Pools) -> Option<Settled> {
        let (batch, until) = (self.batch, self.until);
        let pair = |nodes, alone| Pair { batch, pools, nodes, alone, until };
        match group.shape {
            Shape::Direction(from, to) => {
                // By itself, nothing is owed.
                let nothing = vec![0.0; batch.orders.len()];
                let mut found = pair((from, to), &nothing).best(&group.orders)?;
                for (order, fill) in found.settlement.orders.iter().zip(&mut found.fills) {
                    fill.alone = self.alone[*order];
                }
                Some(found)
            }
            Shape::Pair(one, other) => pair((one, other), &self.alone).best(&group.orders),
            Shape::Several => self.several(group, pools),
        }
    }

    /// Settles a group over the pools that its directions use alone. Orders that are filled alone are
    /// filled as much; the others are left out one by one while no prices serve all.
    fn several(&self, group: &Group, pools: &Pools) -> Option<Settled> {
        let batch = self.batch;
        let mut used: Vec<usize> = group
            .orders
            .iter()
            .filter_map(|order| self.used.get(order))
            .flatten()
            .copied()
            .collect();
        used.sort_unstable();
        let few = pools.only(|_, edge| used.binary_search(&edge.pool).is_ok());
        let taken = |order: &usize| Taken { order: *order, share: self.shares[*order] };
        let mut taken: Vec<Taken> = group.orders.iter().map(taken).collect();
        loop {
            let attempt = |taken: &[Taken]| {
                several(batch, taken, &few, &self.alone)
                    .filter(|found| found.net() > 0.0)
                    .filter(|found| is_fair(batch, found, &group.orders, &self.alone))
            };
            let found =
                attempt(&taken).or_else(|| middle(batch, &taken).and_then(|part| attempt(&part)));
            if found.is_some() || self.is_late() {
                return found;
            }
            let asks = |one: &Taken| {
                let order = &batch.orders[one.order];
                order.limit * batch.values[order.buy] / batch.values[order.sell]
            };
            let open = (0..taken.len()).filter(|at| self.alone[taken[*at].order] <= 0.0);
            let most = open.max_by(|a, b| asks(&taken[*a]).total_cmp(&asks(&taken[*b])))?;
            taken.remove(most);
        }
    }

    /// Takes settlements, those worth most first; where one's pools are taken, it is looked for anew
    /// over those that are left.
    fn choose(&self, mut candidates: Vec<Candidate<'_>>) -> Vec<Settled> {
        let pools = self.batch.network.edges().iter().map(|edge| edge.pool + 1).max().unwrap_or(0);
        let (mut closed, mut served) = (vec![false; pools], vec![false; self.batch.orders.len()]);
        let (mut open, mut chosen) = (self.pools.clone(), Vec::new());
        loop {
            candidates.retain(|c| c.group.orders.iter().all(|order| !served[*order]));
            let net = |at: &usize| candidates[*at].settled.net();
            let best =
                (0..candidates.len()).max_by(|a, b| net(a).total_cmp(&net(b)).then(b.cmp(a)));
            let Some(best) = best else { return chosen };
            let Candidate { group, settled, tries } = candidates.swap_remove(best);
            if settled.pools.iter().all(|pool| !closed[*pool]) {
                settled.settlement.orders.iter().for_each(|order| served[*order] = true);
                let mut now = vec![false; pools];
                settled.pools.iter().for_each(|&pool| (closed[pool], now[pool]) = (true, true));
                open = open.without(&now);
                chosen.push(settled);
            } else if tries < AGAIN && !self.is_late() {
                let again = self.find(group, &open);
                candidates.extend(again.map(|settled| Candidate {
                    group,
                    settled,
                    tries: tries + 1,
                }));
            }
        }
    }
}
