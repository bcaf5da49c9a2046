//! An intent on a market as one network: the best trade and the best yield are the same problem.
//!
//! A swap or an exit goes from what is given to what is wanted. A yield goes from what is given to
//! value at the horizon: what is held then is worth what it can be sold for or what a queue pays
//! ([`crate::value`] is the rule), so every position has a copy of the market to be sold on, and a
//! straight line for its growth and its queue. Prices of such a network bound every portfolio.
//!
//! The solver and the verifier of certificates both start from this.

mod draft;

use alloy_primitives::{Address, U256};
use petgraph::graph::{EdgeIndex, NodeIndex};

use self::draft::Draft;
use crate::{
    amount::{WAD, from_f64, to_f64},
    certify::{CertifyError, network_bound},
    coupling::Multiplier,
    graph::Graph,
    intent::{Goal, Intent},
    market::Market,
    route::{Change, Flow, Network, Optimiser, Order, close},
    solution::{PlanKind, Solution},
    value::Appraiser,
    venues::{Gain, NATIVE},
};

/// Solves in which prices and tilts meet.
const TILTS: usize = 4;

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
    /// What goes into a position is worth more or less than it pays, for what it does to the limits.
    tilts: Vec<Tilt>,
    /// What plans may gain by exceeding the limits by less than is noticed.
    slack: f64,
}

/// A straight line of which every unit is worth something besides what it returns.
#[derive(Debug, Clone, Copy)]
struct Tilt {
    edge: usize,
    /// Units of the horizon for a unit given.
    worth: f64,
    /// Units of the horizon that a unit wanted is about worth.
    about: f64,
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
    /// The problem of an intent, of which limits that couple positions have these prices; `None` for
    /// what the market cannot be asked.
    pub fn new(
        market: &Market,
        graph: &Graph,
        intent: &Intent,
        multipliers: &[Multiplier],
    ) -> Option<Self> {
        let appraiser = Appraiser::new(market, graph, &intent.limits).holding(intent.asset);
        let mut draft = Draft::new(&appraiser, multipliers);
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

    /// The network with what positions are worth to the limits in the rates of their lines, at these
    /// prices: rounded up, so that a bound of this network is one of the problem. `None` where a
    /// price is no price.
    pub(crate) fn tilted(&self, prices: &[f64]) -> Option<Network> {
        let rate = |tilt: &Tilt| {
            let edge = &self.network.edges()[tilt.edge];
            let value = prices.get(edge.to)? / prices.get(self.order.to)?;
            self.rate(tilt, if value > 0.0 { value } else { tilt.about })
        };
        let changes: Option<Vec<Change>> = self.tilts.iter().map(rate).collect();
        self.network.update(changes?).ok()
    }

    /// What no plan that keeps the limits returns, in units of the network, as these prices prove it.
    pub(crate) fn bound(&self, prices: &[f64]) -> Result<f64, CertifyError> {
        let nodes = self.places.len();
        let network = self.tilted(prices);
        let network = network.ok_or(CertifyError::Prices { given: prices.len(), nodes })?;
        Ok(network_bound(&network, &self.order, prices)? + self.slack)
    }

    /// A tilted line where a unit wanted is worth `value` at the horizon.
    fn rate(&self, tilt: &Tilt, value: f64) -> Option<Change> {
        let edge = &self.network.edges()[tilt.edge];
        let Gain::Linear { rate, cap } = edge.gain else { return None };
        let rate = (rate + (tilt.worth / value).next_up()).next_up().max(0.0);
        Some(Change { edge: tilt.edge, gain: Gain::Linear { rate, cap }, cap: edge.cap })
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
    let problem = Problem::new(market, graph, intent, &[])?;
    let mut optimiser = Optimiser::default();
    let mut routed = optimiser.solve(&problem.network, &problem.order, None).ok()?;
    // What is paid beside a position is a tilt of its line, as the price of a limit is.
    for _ in 0..if problem.tilts.is_empty() { 0 } else { TILTS } {
        let network = problem.tilted(&routed.prices)?;
        routed = optimiser.solve(&network, &problem.order, None).ok()?;
    }
    for _ in 0..if problem.tilts.is_empty() { 0 } else { TILTS } {
        close(&problem.tilted(&routed.prices)?, &problem.order, &mut routed.prices);
    }
    Some(Proposal { trades: problem.trades(&routed.legs), prices: routed.prices })
}

/// Prices of the problem of which limits have these prices.
///
/// What a line's tilt is in units of what it returns depends on what those are worth: a few solves
/// tell, and whatever they leave is closed.
pub(crate) fn limited(
    market: &Market,
    graph: &Graph,
    intent: &Intent,
    multipliers: &[Multiplier],
) -> Option<Vec<f64>> {
    let problem = Problem::new(market, graph, intent, multipliers)?;
    let mut optimiser = Optimiser::default();
    let mut prices = vec![0.0; problem.places.len()];
    prices[problem.order.to] = 1.0;
    for _ in 0..TILTS {
        let network = problem.tilted(&prices)?;
        prices = optimiser.solve(&network, &problem.order, None).ok()?.prices;
    }
    for _ in 0..TILTS {
        close(&problem.tilted(&prices)?, &problem.order, &mut prices);
    }
    Some(prices)
}

/// Units of `to`'s node that a unit of gas costs; zero where the market does not know what it is
/// worth in ETH.
fn gas_price(market: &Market, graph: &Graph, to: Address) -> Option<f64> {
    let unit = graph.units_of(graph.node_of(to)?, to);
    let worth = market.redeem_value(to, WAD).map_or(0.0, to_f64) / to_f64(WAD);
    Some(if worth > 0.0 { to_f64(market.gas_price) / worth * unit } else { 0.0 })
}
