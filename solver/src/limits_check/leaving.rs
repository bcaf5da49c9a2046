//! How one asset leaves: what of it sells, by the optimiser's network, and what queues take.

use std::{borrow::Cow, cell::RefCell};

use super::{Asset, ground::Ground};
use crate::{
    intent::{Depth, Limits},
    market::Market,
    queues::Queue,
    route::{Network, Optimiser, Order},
};

/// Halvings by which the largest part that sells is found.
const HALVINGS: usize = 30;

/// An asset on its way out.
#[derive(Debug)]
pub(super) struct Leaving<'g> {
    value: f64,
    /// All of it, in units of its node.
    units: f64,
    /// Where all of it is sold; `None` where the market knows no way.
    sale: Option<(Cow<'g, Network>, Order)>,
    queues: &'g [Queue],
    /// What selling parts brings, as far as it was asked.
    known: RefCell<Known>,
}

/// The search for sales, and what it found by part and depth.
#[derive(Debug, Default)]
struct Known {
    search: Optimiser,
    brings: Vec<(Asked, Sold)>,
}

/// A part, and how deep markets are taken to be.
type Asked = (f64, Depth);

/// What the market takes of a part, and the ETH that it brings, in wei; `None` where it takes nothing.
type Sold = Option<(f64, f64)>;

impl<'g> Leaving<'g> {
    pub(super) fn new(market: &Market, ground: &'g Ground, limits: &Limits, asset: &Asset) -> Self {
        let node = asset.tokens.first().and_then(|(token, _)| ground.graph.node_of(*token));
        let units = node.map_or(0.0, |node| ground.units(node, &asset.tokens));
        let queues = node.map_or(&[][..], |node| ground.queues(market, node));
        let sale = node.zip(ground.eth()).and_then(|(from, to)| {
            let (from, to, reach) = (from.index(), to.index(), Vec::new());
            let order = Order { from, to, amount: units, gas_price: 0.0, reach };
            Some((ground.sales(&limits.avoid)?, order))
        });
        Self { value: asset.value, units, sale, queues, known: RefCell::default() }
    }

    /// What comes of selling a part at a depth.
    fn brings(&self, part: f64, depth: Depth) -> Sold {
        let Known { search, brings } = &mut *self.known.borrow_mut();
        let asked = (part, depth);
        if let Some((_, known)) = brings.iter().find(|(known, _)| *known == asked) {
            return *known;
        }
        let found = self.sold_by(search, asked);
        brings.push((asked, found));
        found
    }

    fn sold_by(&self, search: &mut Optimiser, (part, depth): (f64, Depth)) -> Option<(f64, f64)> {
        let (network, order) = self.sale.as_ref()?;
        // Half as deep, a market pays for an amount half of what it pays for twice as much.
        let times = match depth {
            Depth::Whole => 1.0,
            Depth::Half => 2.0,
        };
        let order = Order { amount: order.amount * part * times, ..order.clone() };
        let routed = search.solve(network, &order, None).ok()?;
        let legs = routed.legs.iter().filter(|leg| {
            network.edges().get(leg.edge).is_some_and(|edge| edge.from == order.from)
        });
        let taken: f64 = legs.map(|leg| leg.amount_in).sum();
        Some((part * (taken / order.amount).min(1.0), routed.out / times))
    }

    /// ETH that selling all that the market takes brings today, in wei.
    pub(super) fn sold(&self) -> f64 {
        self.brings(1.0, Depth::Whole).map_or(0.0, |(_, out)| out)
    }

    /// What selling a part loses against redemption, in wei: without end where the market cannot take
    /// all of it.
    pub(super) fn loses(&self, part: f64, depth: Depth) -> f64 {
        if part <= 0.0 {
            return 0.0;
        }
        match self.brings(part, depth) {
            Some((taken, out)) if taken >= part * (1.0 - 1e-6) => {
                (self.value * part - out).max(0.0)
            }
            _ => f64::INFINITY,
        }
    }

    /// The same of what the market does take: the rest stays, which is another limit's concern. Below
    /// zero where the market pays more than redemption.
    fn gives_up(&self, part: f64) -> f64 {
        let sold = self.brings(part, Depth::Whole).filter(|_| part > 0.0);
        sold.map_or(0.0, |(taken, out)| self.value * taken - out)
    }

    /// The largest part that sells at a cost of at most so much of it.
    fn sells(&self, most_bps: u32, depth: Depth) -> f64 {
        let most = f64::from(most_bps) / 1e4 + 1e-9;
        let cheap = |part: f64| self.loses(part, depth) <= most * self.value * part;
        if cheap(1.0) {
            return 1.0;
        }
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if cheap(middle) { low = middle } else { high = middle }
        }
        low
    }

    /// Whether a queue takes a part and pays it in time.
    fn queued(&self, part: f64, within_s: u64) -> bool {
        self.queues.iter().any(|queue| queue.wait_s <= within_s && queue.takes(self.units * part))
    }

    /// The part that is ETH again within the limits' time, at the depth that they ask for.
    pub(super) fn share(&self, limits: &Limits) -> f64 {
        let within_s = limits.liquid_within_s;
        if self.queued(1.0, within_s) {
            return 1.0;
        }
        let sold = self.sells(limits.max_exit_cost_bps, limits.liquid_depth);
        if sold >= 1.0 || self.queued(1.0 - sold, within_s) { 1.0 } else { sold }
    }

    /// The least that leaving by the horizon loses, in wei, of what can leave: nothing where a queue takes
    /// it, and otherwise what has to be sold so that one takes the rest. What one asset sells for above
    /// redemption makes up for what another one loses: the limit is one on the whole.
    pub(super) fn cost(&self, horizon_s: u64) -> f64 {
        if self.queued(1.0, horizon_s) {
            return self.gives_up(1.0).min(0.0);
        }
        let in_time = self.queues.iter().filter(|queue| queue.wait_s <= horizon_s);
        let roomiest = in_time.map(|queue| queue.cap).fold(0.0, f64::max);
        let sold = (1.0 - roomiest / self.units).clamp(0.0, 1.0);
        self.gives_up(sold).min(self.gives_up(1.0))
    }
}
