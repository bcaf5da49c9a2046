//! What every check on one market stands on. Nothing here depends on a plan or an intent, so that it is
//! computed once for a market, and what is computed for a plan is the plan's own.

use std::{borrow::Cow, sync::OnceLock};

use alloy_primitives::{Address, U256};
use petgraph::graph::NodeIndex;

use crate::{
    graph::Graph,
    intent::{DENIED_BY_DEFAULT, Denied},
    market::Market,
    queues::{Queue, queues},
    risk::RiskGraph,
    route::{Network, NetworkEdge},
};

/// A market's assets, what they rest on, and how they are sold.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) graph: Graph,
    pub(super) risks: RiskGraph,
    eth: Option<NodeIndex>,
    queues: Vec<OnceLock<Vec<Queue>>>,
    /// Every direction that a sale may take, with the protocol of its venue.
    trades: Vec<(NetworkEdge, String)>,
    /// All of them; `None` where their figures make no network.
    sales: Option<Network>,
}

impl Ground {
    pub(super) fn of(market: &Market) -> Self {
        let graph = Graph::new(market);
        let trades: Vec<_> = graph
            .edges()
            .filter_map(|(at, from, to)| {
                let edge = graph.edge(at);
                let listing = market.listings.get(edge.listing)?;
                let wanted = *listing.venue.tokens().get(edge.to)?;
                let trade = NetworkEdge {
                    pool: edge.listing,
                    from: from.index(),
                    to: to.index(),
                    gain: edge.gain.rescaled(edge.given, edge.wanted),
                    cap: edge.cap / edge.given,
                    // What leaving costs is told before gas.
                    gas: 0.0,
                };
                (!is_denied(market, wanted)).then(|| (trade, listing.protocol.clone()))
            })
            .collect();
        let all = trades.iter().map(|(trade, _)| trade.clone()).collect();
        let sales = Network::new(graph.len(), all).ok();
        let queues = (0..graph.len()).map(|_| OnceLock::new()).collect();
        let (eth, risks) = (graph.eth(), RiskGraph::of(market));
        Self { graph, risks, eth, queues, trades, sales }
    }

    pub(super) const fn eth(&self) -> Option<NodeIndex> {
        self.eth
    }

    /// The queues out of a node that pay in ETH.
    pub(super) fn queues(&self, market: &Market, node: NodeIndex) -> &[Queue] {
        let known = self.queues.get(node.index());
        known.map_or(&[], |cell| cell.get_or_init(|| queues(market, &self.graph, node)))
    }

    /// Every sale but through protocols to avoid.
    pub(super) fn sales(&self, avoid: &[String]) -> Option<Cow<'_, Network>> {
        if self.trades.iter().all(|(_, protocol)| !avoid.contains(protocol)) {
            return self.sales.as_ref().map(Cow::Borrowed);
        }
        let kept = self.trades.iter().filter(|(_, protocol)| !avoid.contains(protocol));
        let kept = kept.map(|(trade, _)| trade.clone()).collect();
        Network::new(self.graph.len(), kept).ok().map(Cow::Owned)
    }

    /// Units of a node that holdings are.
    pub(super) fn units(&self, node: NodeIndex, holdings: &[(Address, U256)]) -> f64 {
        let of = |(token, amount): &(Address, U256)| {
            crate::amount::to_f64(*amount) * self.graph.units_of(node, *token)
        };
        holdings.iter().map(of).sum()
    }
}

/// Whether nothing may rest on a token or pass through it.
pub(super) fn is_denied(market: &Market, token: Address) -> bool {
    let symbol = market.symbol(token);
    DENIED_BY_DEFAULT.iter().any(|d| matches!(d, Denied::Token(name) if *name == symbol))
}
