//! From an amount at one node to the most at another: which venues, and how much through each.
//!
//! Two steps with a clean seam between them. *Search* works on real-valued gains: it proposes
//! node sequences, and water-fills over the parallel venues of every hop. *Push* runs a proposal
//! through the venues' integer code and yields legs that the chain will repeat to the wei.
//! Whatever search proposes, only pushed amounts are ever compared or shown.

mod chain;
mod chunks;
mod cycles;
mod dual;
mod effort;
mod fill;
mod network;
mod optimise;
mod purse;
mod push;
mod recover;
mod scope;
mod single;
mod subset;
mod tighten;
mod topology;

use alloy_primitives::{Address, U256};
use petgraph::graph::{EdgeIndex, NodeIndex};

use self::chain::Chain;
use crate::{
    graph::{Edge, Graph},
    market::Market,
};

pub(crate) use self::{
    chain::largest,
    fill::{Concave, water_fill},
    optimise::Relaxed,
    purse::share,
    push::APPROVAL_GAS,
    scope::close,
};
pub use self::{
    chunks::Chunks,
    network::{Change, Edge as NetworkEdge, Network, NetworkError, Order},
    optimise::{Flow, Optimiser, RouteError, Routed},
    push::{Leg, LegKind, Push, PushError},
};

/// How an amount travels from one node to another.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    /// Node sequences that share no venue, each with its share of the amount.
    pub(crate) ways: Vec<Way>,
    /// Whether the ways take the whole amount; otherwise the venues' limits leave some over.
    pub(crate) whole: bool,
}

/// One node sequence with a share of the amount.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    /// Units of the first node that go this way.
    pub(crate) amount: f64,
    /// The venues of every hop with the amounts through each, in units of the hop's first node.
    pub(crate) hops: Vec<Vec<(EdgeIndex, f64)>>,
}

/// The real-valued problem of one node pair: the ways between them, best first.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    chains: Vec<Chain>,
}

impl Search {
    /// Collects the ways from `from` to `to` over the edges that `allowed` lets through. Ways that
    /// share a hop with a better one are left out, so that no venue is counted twice.
    pub(crate) fn new(
        graph: &Graph,
        from: NodeIndex,
        to: NodeIndex,
        amount: f64,
        allowed: &dyn Fn(&Edge) -> bool,
    ) -> Self {
        let mut all: Vec<(Vec<NodeIndex>, Chain)> = graph
            .ways(from, to)
            .into_iter()
            .filter_map(|nodes| Some((Chain::new(graph, &nodes, allowed)?, nodes)))
            .map(|(chain, nodes)| (nodes, chain))
            .collect();
        let probe = |chain: &Chain| chain.out(amount.min(chain.cap()));
        all.sort_by(|a, b| probe(&b.1).total_cmp(&probe(&a.1)));
        let mut used: Vec<(NodeIndex, NodeIndex)> = Vec::new();
        let mut chains = Vec::new();
        for (nodes, chain) in all {
            let hops: Vec<_> = nodes.windows(2).map(|w| (w[0], w[1])).collect();
            if hops.iter().all(|hop| !used.contains(hop)) {
                used.extend(hops);
                chains.push(chain);
            }
        }
        Self { chains }
    }

    /// Whether there is no way at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.chains.is_empty()
    }

    /// The best division of `amount` that these ways allow.
    pub(crate) fn route(&self, amount: f64) -> Route {
        let fill = water_fill(&self.chains, amount);
        let ways = self
            .chains
            .iter()
            .zip(fill.amounts)
            .filter(|(_, share)| *share > 0.0)
            .map(|(chain, share)| Way { amount: share, hops: chain.amounts(share) })
            .collect();
        Route { ways, whole: amount <= self.cap() }
    }

    /// What the best division of `amount` spends of each token at its start, in node units.
    pub(crate) fn spends(
        &self,
        market: &Market,
        graph: &Graph,
        amount: f64,
    ) -> Vec<(Address, f64)> {
        let route = self.route(amount);
        let first = route.ways.iter().filter_map(|way| way.hops.first()).flatten();
        first
            .map(|&(edge, units)| {
                let Edge { listing, from, .. } = graph.edge(edge);
                (market.listings[*listing].venue.tokens()[*from], units)
            })
            .collect()
    }

    /// The venue directions that end at the target.
    pub(crate) fn last_edges(&self) -> Vec<EdgeIndex> {
        self.chains.iter().flat_map(Chain::last_edges).copied().collect()
    }

    /// The same ways without one venue direction.
    pub(crate) fn without(&self, edge: EdgeIndex) -> Self {
        Self { chains: self.chains.iter().filter_map(|c| c.without(edge)).collect() }
    }

    /// The same ways through one venue direction of their last hop alone.
    pub(crate) fn only_last(&self, edge: EdgeIndex) -> Self {
        Self { chains: self.chains.iter().filter_map(|c| c.only_last(edge)).collect() }
    }
}

impl Concave for Search {
    fn out(&self, a: f64) -> f64 {
        let fill = water_fill(&self.chains, a);
        self.chains.iter().zip(&fill.amounts).map(|(c, &a)| c.out(a)).sum()
    }

    fn marginal(&self, a: f64) -> f64 {
        if self.chains.is_empty() { 0.0 } else { water_fill(&self.chains, a).slope }
    }

    fn cap(&self) -> f64 {
        self.chains.iter().map(Concave::cap).sum()
    }

    fn input_at(&self, slope: f64) -> f64 {
        self.chains.iter().map(|c| c.input_at(slope)).sum()
    }
}

impl Route {
    /// The venue directions that carry anything.
    pub(crate) fn edges(&self) -> Vec<EdgeIndex> {
        let mut edges: Vec<EdgeIndex> = self
            .ways
            .iter()
            .flat_map(|w| w.hops.iter().flatten())
            .filter(|(_, amount)| *amount > 0.0)
            .map(|(edge, _)| *edge)
            .collect();
        edges.sort_unstable();
        edges.dedup();
        edges
    }
}

/// Runs `search`'s best division of `amount` and then leaves out every venue whose gas costs more
/// than it brings, one at a time, as long as that helps. The division follows prices alone, so every
/// last venue is tried alone too: a worse price may need less gas. `worth` judges a finished push.
///
/// `trades` are what the optimiser proposes for the same amount, where it was asked; `spend` is what
/// `start` gives for the amount: tokens of the first node.
pub(crate) fn best<'m, T: PartialOrd>(
    graph: &Graph,
    search: &Search,
    trades: &[(EdgeIndex, f64)],
    start: &Push<'m>,
    spend: &[(Address, U256)],
    worth: impl Fn(&mut Push<'m>) -> Option<T>,
) -> Result<Push<'m>, PushError> {
    let amount = spend.iter().map(|&(t, a)| purse::node_units(graph, t, a)).sum();
    let attempt = |search: &Search| -> Result<(Option<T>, Push<'m>, Route), PushError> {
        let route = search.route(amount);
        let mut push = start.clone();
        push.run(graph, &route, spend)?;
        Ok((worth(&mut push), push, route))
    };
    let all = search;
    let mut search = all.clone();
    let (mut value, mut incumbent, mut route) = attempt(&search)?;
    while route.edges().len() > 1 {
        let better = route
            .edges()
            .into_iter()
            .filter_map(|edge| {
                let thinner = search.without(edge);
                let (value, push, route) = attempt(&thinner).ok()?;
                Some((value?, push, route, thinner))
            })
            .filter(|(v, ..)| value.as_ref().is_none_or(|best| v > best))
            .reduce(|a, b| if b.0 > a.0 { b } else { a });
        let Some((v, push, r, thinner)) = better else { break };
        (value, incumbent, route, search) = (Some(v), push, r, thinner);
    }
    for edge in all.last_edges() {
        let only = all.only_last(edge);
        if only.cap() < amount {
            continue;
        }
        let Ok((Some(v), push, _)) = attempt(&only) else { continue };
        if value.as_ref().is_none_or(|best| v > *best) {
            (value, incumbent) = (Some(v), push);
        }
    }
    if !trades.is_empty() {
        let mut push = start.clone();
        let followed = push.follow(graph, trades, spend).ok().and_then(|()| worth(&mut push));
        if followed.is_some_and(|v| value.as_ref().is_none_or(|best| v > *best)) {
            incumbent = push;
        }
    }
    Ok(incumbent)
}
