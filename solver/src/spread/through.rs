//! Plans that go through ETH: what is given is sold for it together, and positions are entered from there.
//!
//! Where several positions are reached through one pool, samples of each alone promise what they do not
//! keep together. Here what goes a way is one amount, and what that brings is counted once:
//!
//! ```text
//! given --- sold ---> ETH --- entered ---> held at the end
//!    \------ exchanged without ETH ------/
//! ```
//!
//! What is held is worth what the appraiser says of it alone. What flows is worth nothing: it takes from
//! one asset what it brings to another, and of none may more leave and stay than was there and came. All
//! amounts are in wei of ETH, by what assets redeem for.

use petgraph::graph::NodeIndex;

use super::{Narrowed, Spread, Told, costs, coupled::Coupled};
use crate::{
    adjusted::Valued,
    amount::{WAD, from_f64, to_f64},
    candidates::Candidates,
    graph::Edge,
    ledger::Ledger,
    portfolio::{self, Allocation, Bound, Limit, Position, Program, Sample},
    risk::Exposure,
    root::falling,
    route::{Concave as _, Push, Search},
    solution::{LimitKind, PlanKind, Solution},
    value::Holdings,
};

/// How much more than what is given an asset may come to: markets may sell it below what it redeems for.
const CHEAP: f64 = 1.25;

/// A part of the whole that is nothing.
const NOTHING: f64 = 1e-9;

/// By how much of itself a ticket is raised: what is bought for it rounds.
const ROUNDED: f64 = 1e-6;

/// An asset that a plan may leave or hold.
struct Asset {
    node: NodeIndex,
    /// What a unit of its node redeems for.
    value: f64,
    given: f64,
    /// Whether any of it may be held at the end.
    stays: bool,
    exposure: Exposure,
}

/// A way from one asset to another, both by position.
struct Flow {
    from: usize,
    to: usize,
    search: Search,
    /// It takes nothing, or at least this; nothing at all where that is more than the most.
    least: f64,
    most: f64,
}

/// Assets and the ways between them.
pub(super) struct Through<'a, 'm> {
    of: &'a Candidates<'a, 'm>,
    assets: Vec<Asset>,
    flows: Vec<Flow>,
    /// What everything given redeems for.
    whole: f64,
    /// What each position of the program rests on: assets, then flows, then what is not used.
    exposures: Vec<Exposure>,
}

/// The search for amounts under limits.
struct Flowing<'a, 'm> {
    through: &'a Through<'a, 'm>,
    limits: &'a [Coupled],
    explained: bool,
}

impl<'m> Candidates<'_, 'm> {
    /// The plan that goes through ETH, with limits narrowed until it keeps them.
    pub(super) fn through(&self, explained: bool) -> Option<Spread> {
        let mut through = Through::of(self)?;
        self.narrowing(|narrowed| through.at(explained, narrowed)).0
    }

    /// An asset that is given, or may be held.
    fn asset(&self, node: NodeIndex) -> Option<Asset> {
        let &(token, units) = self.appraiser.graph.node(node).tokens.first()?;
        let source = self.sources.iter().find(|source| source.node == node);
        let known = self.can_be_valued(node) || source.is_some();
        let stays = known && self.is_meant(node) && self.appraiser.limits_allow(node);
        if !stays && source.is_none() && self.appraiser.graph.eth() != Some(node) {
            return None;
        }
        let redeems = to_f64(self.market().redeem_value(token, WAD)?) / to_f64(WAD);
        let given = source.and_then(|source| self.appraiser.redeem(&source.holdings));
        let exposure = self.appraiser.exposure(token);
        let given = given.map_or(0.0, to_f64);
        Some(Asset { node, value: redeems / units, given, stays, exposure })
    }
}

impl<'a, 'm> Through<'a, 'm> {
    /// What is given and what may be held, and the ways between; `None` without ETH.
    fn of(of: &'a Candidates<'a, 'm>) -> Option<Self> {
        let graph = of.appraiser.graph;
        let assets: Vec<Asset> = graph.nodes().filter_map(|node| of.asset(node)).collect();
        let eth = assets.iter().position(|asset| Some(asset.node) == graph.eth())?;
        let whole = assets.iter().map(|asset| asset.given).sum();
        let mut through = Self { of, assets, flows: Vec::new(), whole, exposures: Vec::new() };
        let gives = |at: &usize| *at != eth && through.assets[*at].given > 0.0;
        let holds = |at: &usize| *at != eth && through.assets[*at].stays;
        let every = 0..through.assets.len();
        let sold = every.clone().filter(gives).map(|from| (from, eth));
        let entered = every.clone().filter(holds).map(|to| (eth, to));
        let between = |from: usize| {
            every.clone().filter(holds).filter(move |to| *to != from).map(move |to| (from, to))
        };
        let exchanged = every.clone().filter(gives).flat_map(between);
        let ways: Vec<(usize, usize)> = sold.chain(entered).chain(exchanged).collect();
        let flows = ways.into_iter().filter_map(|way| through.flow(way, eth)).collect();
        through.flows = flows;
        let held = through.assets.iter().map(|asset| asset.exposure.clone());
        let flowing = through.flows.iter().map(|_| Exposure::default());
        through.exposures = held.chain(flowing).chain([Exposure::default()]).collect();
        Some(through)
    }

    /// The ways from one asset to another; where neither is ETH, those that keep clear of it.
    fn flow(&self, (from, to): (usize, usize), eth: usize) -> Option<Flow> {
        let (graph, market) = (self.of.appraiser.graph, self.of.market());
        let [source, target] = [from, to].map(|at| &self.assets[at]);
        let ether = |edge: &Edge| {
            let tokens = market.listings[edge.listing].venue.tokens();
            [edge.from, edge.to].iter().any(|at| graph.node_of(tokens[*at]) == graph.eth())
        };
        let clear = from != eth && to != eth;
        let most = if from == eth { self.whole * CHEAP } else { source.given };
        let units = most / source.value;
        let search = Search::new(graph, source.node, target.node, units, &|edge| {
            self.of.appraiser.allowed(edge) && !(clear && ether(edge))
        });
        let most = most.min(search.cap() * source.value);
        (!search.is_empty()).then_some(Flow { from, to, search, least: 0.0, most })
    }

    /// The plan under limits narrowed so far.
    fn at(&mut self, explained: bool, narrowed: Narrowed) -> Option<Spread> {
        self.raise(narrowed.ticket);
        let held = self.assets.iter().filter(|asset| asset.stays).map(|asset| &asset.exposure);
        let limits = self.of.limits(held, narrowed);
        let search = Flowing { through: self, limits: &limits, explained };
        let allocation = self.of.optimum(&search)?;
        let plan = self.pushed(&allocation.amounts)?;
        Some(Spread { plan, shadows: costs(&limits, &allocation) })
    }

    /// Asks of every way so much that what it enters is worth a ticket, and so much more of it.
    fn raise(&mut self, more: f64) {
        let least = |flow: &Flow| {
            let Asset { node, given, .. } = self.assets[flow.to];
            let ticket = to_f64(self.of.least_in(node)) * (1.0 + ROUNDED + more);
            let lacks = |amount: f64| 1.0 - (self.brings(flow, amount) + given) / ticket;
            if ticket <= given {
                0.0
            } else if lacks(flow.most) > 0.0 {
                f64::INFINITY
            } else {
                falling(lacks, 0.0, flow.most, NOTHING).1
            }
        };
        let all: Vec<f64> = self.flows.iter().map(least).collect();
        self.flows.iter_mut().zip(all).for_each(|(flow, least)| flow.least = least);
    }

    /// What an amount that flows brings.
    fn brings(&self, flow: &Flow, amount: f64) -> f64 {
        let [from, to] = [flow.from, flow.to].map(|at| self.assets[at].value);
        flow.search.out(amount / from) * to
    }

    /// Sells, exchanges and enters what the program says.
    fn pushed(&self, amounts: &[f64]) -> Option<Solution> {
        let graph = self.of.appraiser.graph;
        let (stay, flow) = amounts.split_at(self.assets.len());
        let mut push = Push::new(self.of.market(), self.of.start.clone());
        // What is given goes before ETH does, of which it brings more.
        let ether = |asset: &Asset| Some(asset.node) == graph.eth();
        let mut order: Vec<usize> = (0..self.assets.len()).collect();
        order.sort_by_key(|at| ether(&self.assets[*at]));
        for from in order {
            let asset = &self.assets[from];
            let mut own = self.own(asset, &push)?;
            let leaving = self.flows.iter().zip(flow).filter(|(flow, _)| flow.from == from);
            let mut leaving =
                leaving.filter(|(_, amount)| **amount > NOTHING * self.whole).peekable();
            while let Some((flow, amount)) = leaving.next() {
                let all = leaving.peek().is_none() && stay[from] <= NOTHING * self.whole;
                let units = if all { f64::INFINITY } else { amount / asset.value };
                push = self.of.spent(&push, (asset.node, &mut own), &flow.search, (units, true))?;
            }
        }
        if push.legs.is_empty() {
            return None;
        }
        self.of.finish(PlanKind::Positions, self.of.positions_of(&push)?, push)
    }

    /// What may be spent of an asset: what was given, and of ETH all that is there.
    fn own(&self, asset: &Asset, push: &Push<'_>) -> Option<Holdings> {
        let graph = self.of.appraiser.graph;
        if Some(asset.node) == graph.eth() {
            let tokens = graph.node(asset.node).tokens.iter();
            return tokens.map(|(token, _)| Some((*token, push.balance(*token)?))).collect();
        }
        let source = self.of.sources.iter().find(|source| source.node == asset.node);
        Some(source.map_or_else(Holdings::new, |source| source.holdings.clone()))
    }
}

impl Flowing<'_, '_> {
    fn program<'a>(&'a self, charges: &'a [f64]) -> Program<'a> {
        let Through { assets, flows, whole, .. } = self.through;
        let stays = assets.iter().enumerate().map(|(at, asset)| Position {
            at: Box::new(move |amount| self.stays(at, amount, charges.get(at).copied()?)),
            fixed_cost: 0.0,
            least: 0.0,
            most: if asset.stays { whole * CHEAP } else { 0.0 },
        });
        let flowing = flows.iter().map(|flow| {
            let takes = flow.least <= flow.most;
            Position {
                at: Box::new(move |amount| Some(self.flows(flow, amount))),
                fixed_cost: 0.0,
                least: if takes { flow.least } else { 0.0 },
                most: if takes { flow.most } else { 0.0 },
            }
        });
        let none = vec![0.0; self.limits.len() + assets.len()];
        let idle = Position {
            at: Box::new(move |_| Some(Sample { value: 0.0, counts: none.clone() })),
            fixed_cost: 0.0,
            least: 0.0,
            most: f64::INFINITY,
        };
        let coupled = self.limits.iter().map(|limit| {
            let Coupled { kind, detail, .. } = limit;
            Limit { name: format!("{}: {detail}", kind.name()), bound: self.bound(limit) }
        });
        let balanced = assets
            .iter()
            .map(|asset| Limit { name: String::new(), bound: Bound::AtLeast(-asset.given) });
        Program {
            // All is sold or exchanged, enters, and stays: never so much, and the rest is idle.
            amount: whole * (2.0 + 2.0 * CHEAP),
            positions: stays.chain(flowing).chain([idle]).collect(),
            limits: coupled.chain(balanced).collect(),
        }
    }

    /// What the whole leaves of a limit for positions to count towards, which here cost nothing.
    fn bound(&self, limit: &Coupled) -> Bound {
        let Through { of, whole, .. } = self.through;
        let spent = of.count((&Exposure::default(), *whole), &Told::default(), limit);
        match limit.kind {
            LimitKind::Liquidity | LimitKind::Target => Bound::AtLeast(-spent),
            _ => Bound::AtMost(-spent),
        }
    }

    /// What an amount of an asset that is held at the end is worth and counts.
    fn stays(&self, at: usize, amount: f64, charge: f64) -> Option<Sample> {
        let Through { of, assets, .. } = self.through;
        let told = self.through.told(at, amount)?;
        let mut counts: Vec<f64> = Vec::with_capacity(self.limits.len() + assets.len());
        let exposure = &assets.get(at)?.exposure;
        counts.extend(self.limits.iter().map(|limit| of.count((exposure, 0.0), &told, limit)));
        counts.extend((0..assets.len()).map(|asset| if asset == at { -amount } else { 0.0 }));
        Some(Sample { value: of.worth_at(&told, charge), counts })
    }

    /// What an amount that flows takes and brings.
    fn flows(&self, flow: &Flow, amount: f64) -> Sample {
        let brings = self.through.brings(flow, amount);
        let mut counts = vec![0.0; self.limits.len()];
        counts.extend((0..self.through.assets.len()).map(|asset| match asset {
            at if at == flow.from => -amount,
            at if at == flow.to => brings,
            _ => 0.0,
        }));
        Sample { value: 0.0, counts }
    }
}

impl Through<'_, '_> {
    /// What so much of an asset is worth at the end.
    fn told(&self, at: usize, amount: f64) -> Option<Told> {
        let Asset { node, value, exposure, .. } = self.assets.get(at)?;
        let &(token, units) = self.of.appraiser.graph.node(*node).tokens.first()?;
        let held = from_f64(amount / value / units);
        let ledger = Ledger::with(self.of.market(), token, held)?;
        self.of.told_of(&ledger, 0, exposure)
    }
}

impl Valued for Flowing<'_, '_> {
    fn exposures(&self) -> &[Exposure] {
        &self.through.exposures
    }

    fn told(&self, position: usize, amount: f64) -> Option<(f64, f64)> {
        if position >= self.through.assets.len() {
            return Some((0.0, 0.0));
        }
        let told = self.through.told(position, amount)?;
        Some((told.end, told.redeem))
    }

    fn best(&self, charges: &[f64]) -> Option<Allocation> {
        let program = self.program(charges);
        let solved =
            if self.explained { portfolio::solve(&program) } else { portfolio::best(&program) };
        solved.ok()
    }
}
