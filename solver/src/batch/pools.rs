//! A market with some of its pools closed, or with a few of its pools alone.

use std::time::Instant;

use crate::route::{Change, Flow, Network, NetworkEdge, Optimiser, Order};

/// The gap at which a search over few pools is content: about what floats tell.
const EXACT: f64 = 1e-13;

/// The gap at which a search over what others have left is content: it is done often.
const ROUGH: f64 = 1e-4;

/// Pools that may be used.
#[derive(Debug, Clone)]
pub(super) struct Pools {
    pub(super) network: Network,
    /// The whole network's number of each edge; empty where it has all edges.
    edges: Vec<usize>,
    /// Whether gas is counted: not over pools that are chosen already.
    charged: bool,
    /// Whether others have closed some.
    rest: bool,
    /// For what these pools were chosen, and what they return for it.
    known: Option<(f64, Sale)>,
}

/// What pools return for an amount.
#[derive(Debug, Clone)]
pub(super) struct Sale {
    /// In the whole network's numbers.
    pub(super) legs: Vec<Flow>,
    pub(super) out: f64,
    /// Units wanted for the next unit given.
    pub(super) marginal: f64,
}

impl Pools {
    /// All pools of a network.
    pub(super) fn all(network: &Network) -> Self {
        Self {
            network: network.clone(),
            edges: Vec::new(),
            charged: true,
            rest: false,
            known: None,
        }
    }

    /// All but some pools; `self` must have all edges.
    pub(super) fn without(&self, closed: &[bool]) -> Self {
        let edges = self.network.edges().iter().enumerate();
        let changes: Vec<Change> = edges
            .filter(|(_, edge)| edge.cap > 0.0 && closed.get(edge.pool).is_some_and(|c| *c))
            .map(|(at, edge)| Change { edge: at, gain: edge.gain.clone(), cap: 0.0 })
            .collect();
        let network = self.network.update(changes).unwrap_or_default();
        Self { network, rest: true, ..self.clone() }
    }

    /// Only the edges whose pool is one of some, without their gas.
    pub(super) fn only(&self, keep: impl Fn(usize, &NetworkEdge) -> bool) -> Self {
        let kept = self.network.edges().iter().enumerate().filter(|(at, edge)| keep(*at, edge));
        let (edges, figures): (Vec<usize>, Vec<NetworkEdge>) =
            kept.map(|(at, edge)| (self.number(at), edge.clone())).unzip();
        let network = Network::new(self.network.nodes(), figures).unwrap_or_default();
        Self { network, edges, charged: false, rest: false, known: None }
    }

    /// Only the edges that the best sale of an amount uses, without their gas; `None` where nothing
    /// comes of it.
    pub(super) fn chosen(
        &self,
        ends: (usize, usize),
        amount: f64,
        gas_price: f64,
        until: Option<Instant>,
    ) -> Option<Self> {
        let sale = self.sell(ends, amount, gas_price, until)?;
        let mut used: Vec<usize> = sale.legs.iter().map(|leg| leg.edge).collect();
        used.sort_unstable();
        let chosen = self.only(|at, _| used.binary_search(&self.number(at)).is_ok());
        Some(Self { known: Some((amount, sale)), ..chosen })
    }

    /// Its edges with the whole network's numbers, those that are closed left out.
    pub(super) fn named_edges(&self) -> Vec<(usize, &NetworkEdge)> {
        let edges = self.network.edges().iter().enumerate();
        let open = edges.filter(|(_, edge)| edge.limit() > 0.0);
        open.map(|(at, edge)| (self.number(at), edge)).collect()
    }

    /// The whole network's number of an edge.
    fn number(&self, at: usize) -> usize {
        self.edges.get(at).copied().unwrap_or(at)
    }

    /// Legs in the whole network's numbers, those through edges that are not its own left out.
    pub(super) fn named(&self, legs: &[Flow]) -> Vec<Flow> {
        let own = self.network.edges().len();
        let legs = legs.iter().filter(|leg| leg.edge < own);
        legs.map(|leg| Flow { edge: self.number(leg.edge), ..*leg }).collect()
    }

    /// The most of `to` for an amount of `from`, net of gas at `gas_price` units of `to`; nothing where
    /// no way leads or none pays its gas.
    pub(super) fn sell(
        &self,
        (from, to): (usize, usize),
        amount: f64,
        gas_price: f64,
        until: Option<Instant>,
    ) -> Option<Sale> {
        let gas_price = if self.charged { gas_price } else { 0.0 };
        let order = Order { from, to, amount, gas_price, reach: Vec::new() };
        let mut optimiser = match (self.charged, self.rest) {
            (false, _) => Optimiser::with_gap(EXACT),
            (true, true) => Optimiser::with_gap(ROUGH),
            (true, false) => Optimiser::default(),
        };
        let routed = optimiser.solve(&self.network, &order, until).ok()?;
        if routed.legs.is_empty() {
            return None;
        }
        let marginal = routed.prices[from] / routed.prices[to];
        // What a whole route returned is answered just so.
        if let Some((_, known)) = self.known.as_ref().filter(|(known, _)| *known == amount) {
            return Some(Sale { marginal, ..known.clone() });
        }
        Some(Sale { legs: self.named(&routed.legs), out: routed.out, marginal })
    }
}
