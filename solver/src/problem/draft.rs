//! Drawing the network of an intent.

use alloy_primitives::{Address, U256};
use petgraph::graph::{EdgeIndex, NodeIndex};

use super::{Lane, Place, Problem, Tilt, Wanted};
use crate::{
    amount::{RAY, WAD, from_f64, to_f64},
    coupling::{self, Multiplier},
    dilution::{self, Piece, pieces},
    graph::Edge,
    intent::{Intent, Limits},
    queues::{CLAIM_GAS, REQUEST_GAS},
    route::{APPROVAL_GAS, Concave as _, Network, NetworkEdge, NetworkError, Order},
    value::Appraiser,
    venues::Gain,
    yields::{forecast, term::principal},
};

/// What goes in comes out, without end.
const WHOLE: [Piece; 1] = [Piece { slope: 1.0, length: f64::INFINITY }];

/// A network being drawn.
pub(super) struct Draft<'a, 'm> {
    appraiser: &'a Appraiser<'m>,
    multipliers: &'a [Multiplier],
    tilts: Vec<Tilt>,
    edges: Vec<NetworkEdge>,
    lanes: Vec<Lane>,
    places: Vec<Place>,
}

impl<'a, 'm> Draft<'a, 'm> {
    /// The market now.
    pub(super) fn new(appraiser: &'a Appraiser<'m>, multipliers: &'a [Multiplier]) -> Self {
        let nodes = (0..appraiser.graph.len()).map(NodeIndex::new);
        let places = nodes.map(Place::Now).collect();
        let (edges, lanes, tilts) = (Vec::new(), Vec::new(), Vec::new());
        let mut draft = Self { appraiser, multipliers, tilts, edges, lanes, places };
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

    /// Adds what each position may become by the horizon; returns the node of the horizon.
    pub(super) fn positions(&mut self, intent: &Intent, horizon_s: u64) -> usize {
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
        let Some(earning) = forecast(market, graph, token, U256::ZERO, horizon_s) else { return };
        let Some(unit) = market.redeem_value(token, WAD) else { return };
        let Some(grown) = earning.growth(horizon_s) else { return };
        let Some(eth) = graph.eth() else { return };
        let grown = to_f64(grown) / to_f64(RAY);
        let unit = to_f64(unit) / to_f64(WAD) / graph.units_of(node, token);
        let worth = unit
            * coupling::worth(self.multipliers, &self.appraiser.exposure(token), self.limits());
        if node == eth {
            let line = Piece { slope: grown, length: f64::INFINITY };
            return self.hold(node.index(), horizon, &[(line, worth)], 1.0);
        }
        let first = self.places.len();
        self.places.extend((0..graph.len()).map(|at| Place::Selling(NodeIndex::new(at), node)));
        // What is held already does not dilute: only what is supplied now does.
        let dilutes = earning.basis.dilutes() && graph.node_of(intent.asset) != Some(node);
        let pieces =
            if dilutes { self.diluted(node, token, intent, horizon_s) } else { WHOLE.into() };
        let paid = self.paid(node, intent, horizon_s);
        let mut start = node.index();
        if dilutes || worth != 0.0 || !paid.is_empty() {
            start = first + node.index();
            let lines: Vec<(Piece, f64)> = dilution::both(&pieces, &paid)
                .into_iter()
                .map(|(line, paid)| (line, worth + paid))
                .collect();
            self.hold(node.index(), start, &lines, unit * grown);
        }
        if let Some(above) = self.redeemed(token, earning.until_s, horizon_s) {
            self.line(start, horizon, unit * grown * above, f64::INFINITY, 0);
        }
        for (at, from, to) in graph.edges() {
            if to != node && from != eth && self.appraiser.allowed(graph.edge(at)) {
                let from = if from == node { start } else { first + from.index() };
                self.trade(at, from, first + to.index(), Lane::Future);
            }
        }
        self.line(first + eth.index(), horizon, grown, f64::INFINITY, 0);
        for queue in self.appraiser.queues(node) {
            let Some(paid) = queue.paid(earning.rate, horizon_s) else { continue };
            let rate = unit * to_f64(paid) / to_f64(RAY);
            // A little more than it takes, for what rounding lets through.
            let cap = queue.cap * (1.0 + 1e-9);
            self.line(start, horizon, rate, cap, REQUEST_GAS + CLAIM_GAS);
        }
    }

    /// What rewards pay on a position, as lines that never understate.
    fn paid(&self, node: NodeIndex, intent: &Intent, horizon_s: u64) -> Vec<Piece> {
        let pots = self.appraiser.pots(node, horizon_s);
        let Some(&(token, _)) = self.appraiser.graph.node(node).tokens.first() else {
            return Vec::new();
        };
        if pots.is_empty() {
            return Vec::new();
        }
        let each = |units: f64| pots.iter().map(|pot| pot.each(units)).sum::<f64>();
        pieces(each, self.around(node, token, intent))
    }

    /// The most that a unit of value of a principal token redeemed by the horizon sells for.
    fn redeemed(&self, token: Address, until_s: Option<u64>, horizon_s: u64) -> Option<f64> {
        until_s.filter(|until| *until <= horizon_s)?;
        let Appraiser { market, graph, .. } = self.appraiser;
        let kept = principal(market, token)?.kept;
        let node = graph.node_of(kept)?;
        let unit = to_f64(market.redeem_value(kept, WAD)?) / to_f64(WAD);
        let sale = self.appraiser.way_out(node)?.marginal(0.0) * graph.units_of(node, kept);
        // A little more, for what rounding lets through.
        Some((sale / unit).max(1.0) * (1.0 + 1e-9))
    }

    /// Adds the lines by which a position is held, each with what a unit on it is worth besides: units
    /// of the horizon, and about how many a unit wanted is.
    fn hold(&mut self, from: usize, to: usize, lines: &[(Piece, f64)], about: f64) {
        for &(piece, worth) in lines {
            if worth != 0.0 {
                self.tilts.push(Tilt { edge: self.edges.len(), worth, about });
            }
            self.line(from, to, piece.slope, piece.length, 0);
        }
    }

    /// What supplying takes off a position's own rate, as if so much less of it had been supplied at
    /// the full rate. Sales are concave, so less of it sold brings no smaller a share: the bound
    /// stands.
    fn diluted(
        &self,
        node: NodeIndex,
        token: Address,
        intent: &Intent,
        horizon_s: u64,
    ) -> Vec<Piece> {
        let Appraiser { market, graph, .. } = self.appraiser;
        let per_token = graph.units_of(node, token);
        let grown = |units: f64| {
            let added = from_f64(units / per_token);
            let earning = forecast(market, graph, token, added, horizon_s)?;
            Some(to_f64(earning.growth(horizon_s)?) / to_f64(RAY))
        };
        // Where the market does not say, the rate counts as the first.
        let first = grown(0.0).unwrap_or(1.0);
        let kept = |units: f64| grown(units).unwrap_or(first) / first;
        pieces(kept, self.around(node, token, intent))
    }

    /// Units of a node that are worth what is given.
    fn around(&self, node: NodeIndex, token: Address, intent: &Intent) -> f64 {
        let Appraiser { market, graph, .. } = self.appraiser;
        let value = |token, amount| market.redeem_value(token, amount).map_or(0.0, to_f64);
        let units = value(intent.asset, intent.amount) * to_f64(WAD) / value(token, WAD);
        units * graph.units_of(node, token)
    }

    const fn limits(&self) -> &'m Limits {
        self.appraiser.limits
    }

    pub(super) fn finish(self, order: Order, wanted: Wanted) -> Result<Problem, NetworkError> {
        let network = Network::new(self.places.len(), self.edges)?;
        network.check(&order)?;
        let slack = coupling::slack(self.appraiser.market, self.multipliers, order.amount);
        let Self { places, lanes, tilts, .. } = self;
        Ok(Problem { network, order, places, wanted, lanes, tilts, slack })
    }
}
