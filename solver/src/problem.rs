//! An intent on a market as one network: the best trade and the best yield are the same problem.
//!
//! A swap or an exit goes from what is given to what is wanted. A yield goes from what is given to
//! value at the horizon: what is held then is worth what it can be sold for or what a queue pays
//! ([`crate::value`] is the rule), so every position has a copy of the market to be sold on, and a
//! straight line for its growth and its queue. Prices of such a network bound every portfolio.
//!
//! The solver and the verifier of certificates both start from this.

use alloy_primitives::{Address, U256};
use petgraph::graph::{EdgeIndex, NodeIndex};

use crate::{
    amount::{RAY, WAD, from_f64, growth, to_f64},
    dilution,
    graph::{Edge, Graph},
    intent::{Goal, Intent},
    market::Market,
    route::{APPROVAL_GAS, Flow, Network, NetworkEdge, NetworkError, Optimiser, Order},
    solution::{PlanKind, Solution},
    value::{Appraiser, CLAIM_GAS, REQUEST_GAS, queue_growth},
    venues::{Gain, NATIVE},
    yields::{Basis, earning},
};

/// Units by which a rebasing balance may exceed the amount asked for: shares round up.
const ROUNDED_UP: f64 = 2.0;

/// What a node of the network stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// An asset, now.
    Now(NodeIndex),
    /// An asset, while the position named second is being sold at the horizon; the position itself
    /// is there as much of it as earns the same undiluted.
    Selling(NodeIndex, NodeIndex),
    /// ETH at the horizon.
    Horizon,
}

/// What an edge of the network stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    /// A trade now.
    Trade(EdgeIndex),
    /// What becomes of a position.
    Future,
}

/// An intent on a market, as a network and an order.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Every trade and everything that a position can become.
    pub network: Network,
    /// From what is given to what is wanted, gas included where its price in that is known.
    pub order: Order,
    /// What each node stands for.
    pub places: Vec<Place>,
    /// What is wanted.
    pub wanted: Wanted,
    lanes: Vec<Lane>,
}

/// What is wanted, and how the network counts it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// The token; ETH where it is value at the horizon.
    pub token: Address,
    /// Units of the network for one smallest unit of the token.
    pub unit: f64,
}

impl Problem {
    /// The problem of an intent; `None` for what the market cannot be asked.
    pub fn new(market: &Market, graph: &Graph, intent: &Intent) -> Option<Self> {
        let appraiser = Appraiser::new(market, graph, &intent.limits);
        let mut draft = Draft::new(&appraiser);
        let from = graph.node_of(intent.asset)?;
        let amount = appraiser.units(from, &[(intent.asset, intent.amount)]) + ROUNDED_UP;
        let (to, gas_price) = match intent.goal {
            Goal::Swap { to } | Goal::Exit { to, .. } => {
                (graph.node_of(to)?.index(), gas_price(market, graph, to)?)
            }
            Goal::Yield { horizon_s, .. } => {
                (draft.positions(intent, horizon_s), to_f64(market.gas_price))
            }
        };
        let wanted = match intent.goal {
            Goal::Swap { to: token } | Goal::Exit { to: token, .. } => {
                Wanted { token, unit: graph.units_of(graph.node_of(token)?, token) }
            }
            Goal::Yield { .. } => Wanted { token: NATIVE, unit: 1.0 },
        };
        let order = Order { from: from.index(), to, amount, gas_price, reach: Vec::new() };
        draft.finish(order, wanted).ok()
    }

    /// The trades of a route's legs, those of now alone, in order.
    pub(crate) fn trades(&self, legs: &[Flow]) -> Vec<(EdgeIndex, f64)> {
        legs.iter()
            .filter_map(|leg| match self.lanes[leg.edge] {
                Lane::Trade(edge) => Some((edge, leg.amount_in)),
                Lane::Future => None,
            })
            .collect()
    }
}

impl Problem {
    /// What a plan returns, in smallest units of what is wanted, net of gas where the network counts
    /// it; whatever it was chosen for. `None` on overflow.
    pub fn returned(&self, market: &Market, plan: &Solution) -> Option<U256> {
        if plan.kind == PlanKind::Swap || plan.kind == PlanKind::Exit {
            let got = plan.end.iter().find(|held| held.token == self.wanted.token)?.balance;
            let gas = to_f64(U256::from(plan.gas)) * self.order.gas_price / self.wanted.unit;
            return Some(got.saturating_sub(from_f64(gas.ceil())));
        }
        let gas = if plan.legs.is_empty() { 0 } else { plan.gas };
        let gas = U256::from(gas.checked_add(plan.worth.gas)?).checked_mul(market.gas_price)?;
        Some(plan.worth.eth.saturating_sub(gas))
    }

    /// What one more unit of room in a direction of a venue would add, in smallest units of what is
    /// wanted for one of the token given; `None` where the direction is not full at these prices.
    pub(crate) fn shadow_price(
        &self,
        graph: &Graph,
        prices: &[f64],
        (listing, from, to): (usize, usize, usize),
    ) -> Option<f64> {
        let at = self.lanes.iter().position(|lane| {
            let Lane::Trade(edge) = lane else { return false };
            let edge = graph.edge(*edge);
            (edge.listing, edge.from, edge.to) == (listing, from, to)
        })?;
        let edge = &self.network.edges()[at];
        let Lane::Trade(trade) = self.lanes[at] else { return None };
        // At the end the gain is flat; just before, its slope is what the limit cuts off.
        let slope = edge.gain.marginal(edge.limit() * (1.0 - 1e-9));
        let adds = slope * prices.get(edge.to)? - prices.get(edge.from)?;
        (adds > 0.0).then(|| adds / self.wanted.unit / graph.edge(trade).given)
    }
}

/// What the optimiser proposes for an intent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proposal {
    /// Trades now, in order, amounts in units of each trade's first node.
    pub(crate) trades: Vec<(EdgeIndex, f64)>,
    /// The prices that prove how good they are, one for each place.
    pub(crate) prices: Vec<f64>,
}

/// The optimiser's proposal; `None` where nothing leads from what is given to what is wanted.
pub(crate) fn routed(market: &Market, graph: &Graph, intent: &Intent) -> Option<Proposal> {
    let problem = Problem::new(market, graph, intent)?;
    let routed = Optimiser::default().solve(&problem.network, &problem.order, None).ok()?;
    Some(Proposal { trades: problem.trades(&routed.legs), prices: routed.prices })
}

/// Units of `to`'s node that a unit of gas costs; zero where the market does not know what it is
/// worth in ETH.
fn gas_price(market: &Market, graph: &Graph, to: Address) -> Option<f64> {
    let unit = graph.units_of(graph.node_of(to)?, to);
    let worth = market.redeem_value(to, WAD).map_or(0.0, to_f64) / to_f64(WAD);
    Some(if worth > 0.0 { to_f64(market.gas_price) / worth * unit } else { 0.0 })
}

/// A network being drawn.
struct Draft<'a, 'm> {
    appraiser: &'a Appraiser<'m>,
    edges: Vec<NetworkEdge>,
    lanes: Vec<Lane>,
    places: Vec<Place>,
}

impl<'a, 'm> Draft<'a, 'm> {
    /// The market now.
    fn new(appraiser: &'a Appraiser<'m>) -> Self {
        let nodes = (0..appraiser.graph.len()).map(NodeIndex::new);
        let places = nodes.map(Place::Now).collect();
        let mut draft = Self { appraiser, edges: Vec::new(), lanes: Vec::new(), places };
        for (at, from, to) in appraiser.graph.edges() {
            if appraiser.allowed(appraiser.graph.edge(at)) {
                draft.trade(at, from.index(), to.index(), Lane::Trade(at));
            }
        }
        draft
    }

    fn trade(&mut self, at: EdgeIndex, from: usize, to: usize, lane: Lane) {
        let Edge { listing, from: given, to: wanted, gain, cap, given: rate, wanted: back } =
            self.appraiser.graph.edge(at);
        let step = self.appraiser.market.listings[*listing].venue.step(*given, *wanted);
        let gas = step.gas + if step.approves { APPROVAL_GAS } else { 0 };
        self.edges.push(NetworkEdge {
            // A position is sold on a market of its own.
            pool: if lane == Lane::Future { self.edges.len() + usize::MAX / 2 } else { *listing },
            from,
            to,
            gain: gain.rescaled(*rate, *back),
            cap: cap / rate,
            gas: to_f64(U256::from(gas)),
        });
        self.lanes.push(lane);
    }

    fn line(&mut self, from: usize, to: usize, rate: f64, cap: f64, gas: u64) {
        self.edges.push(NetworkEdge {
            pool: self.edges.len() + usize::MAX / 2,
            from,
            to,
            gain: Gain::Linear { rate, cap },
            cap,
            gas: to_f64(U256::from(gas)),
        });
        self.lanes.push(Lane::Future);
    }

    /// Adds what each position may become by the horizon; the node of the horizon.
    fn positions(&mut self, intent: &Intent, horizon_s: u64) -> usize {
        let horizon = self.places.len();
        self.places.push(Place::Horizon);
        let graph = self.appraiser.graph;
        let open = |node: &NodeIndex| self.appraiser.limits_allow(*node);
        let positions: Vec<NodeIndex> = graph.nodes().filter(open).collect();
        for node in positions {
            self.position(node, horizon, intent, horizon_s);
        }
        horizon
    }

    /// Adds growth, queue and a market of its own for the sale of one position; nothing where the
    /// market knows no yield of it.
    fn position(&mut self, node: NodeIndex, horizon: usize, intent: &Intent, horizon_s: u64) {
        let Appraiser { market, graph, .. } = self.appraiser;
        let Some(&(token, _)) = graph.node(node).tokens.first() else { return };
        // Before any of it is supplied: a rate that a deposit dilutes is at its highest.
        let Some(earning) = earning(market, graph, token, U256::ZERO) else { return };
        let Some(unit) = market.redeem_value(token, WAD) else { return };
        let Some(grown) = growth(earning.rate, horizon_s) else { return };
        let grown = to_f64(grown) / to_f64(RAY);
        if Some(node) == graph.eth() {
            self.line(node.index(), horizon, grown, f64::INFINITY, 0);
            return;
        }
        let Some(eth) = graph.eth() else { return };
        let first = self.places.len();
        self.places.extend((0..graph.len()).map(|at| Place::Selling(NodeIndex::new(at), node)));
        // What is held already does not dilute: only what is supplied now does.
        let dilutes =
            matches!(earning.basis, Basis::Venue(_)) && graph.node_of(intent.asset) != Some(node);
        let start = if dilutes { first + node.index() } else { node.index() };
        if dilutes {
            self.dilute(node, start, intent, horizon_s);
        }
        for (at, from, to) in graph.edges() {
            if to != node && from != eth && self.appraiser.allowed(graph.edge(at)) {
                let from = if from == node { start } else { first + from.index() };
                self.trade(at, from, first + to.index(), Lane::Future);
            }
        }
        self.line(first + eth.index(), horizon, grown, f64::INFINITY, 0);
        let queue = self.appraiser.queue(node).filter(|(_, _, wait_s)| *wait_s <= horizon_s);
        if let Some((exit, _, wait_s)) = queue
            && let Some(paid) = queue_growth(exit.rule, earning.rate, wait_s, horizon_s)
        {
            let rate = to_f64(unit) / to_f64(WAD) * to_f64(paid) / to_f64(RAY);
            self.line(start, horizon, rate, f64::INFINITY, REQUEST_GAS + CLAIM_GAS);
        }
    }

    /// Takes off what supplying costs a position's own rate, as if so much less of it had been
    /// supplied at the full rate. Sales are concave, so less of it sold brings no smaller a share:
    /// the bound stands.
    fn dilute(&mut self, node: NodeIndex, start: usize, intent: &Intent, horizon_s: u64) {
        let Appraiser { market, graph, .. } = self.appraiser;
        let Some(&(token, _)) = graph.node(node).tokens.first() else { return };
        let per_token = graph.units_of(node, token);
        let grown = |units: f64| {
            let earning = earning(market, graph, token, from_f64(units / per_token))?;
            Some(to_f64(growth(earning.rate, horizon_s)?) / to_f64(RAY))
        };
        // Where the market does not say, the rate counts as the first.
        let first = grown(0.0).unwrap_or(1.0);
        let kept = |units: f64| grown(units).unwrap_or(first) / first;
        let value = |token, amount| market.redeem_value(token, amount).map_or(0.0, to_f64);
        let units = value(intent.asset, intent.amount) * to_f64(WAD) / value(token, WAD);
        for piece in dilution::pieces(kept, units * per_token) {
            self.line(node.index(), start, piece.slope, piece.length, 0);
        }
    }

    fn finish(self, order: Order, wanted: Wanted) -> Result<Problem, NetworkError> {
        let network = Network::new(self.places.len(), self.edges)?;
        network.check(&order)?;
        Ok(Problem { network, order, places: self.places, wanted, lanes: self.lanes })
    }
}
