//! Random markets without arbitrage: every pool trades within its fee of common prices.

use std::{fmt, ops::RangeInclusive, sync::Arc};

use proptest::{collection::vec, prelude::*, sample::Index};
use tenor_solver::{
    route::{Network, NetworkEdge, Order},
    venues::{Gain, Segment},
};

use super::orders::{OrderDraw, ample_order, easy_order, order, wild_order};

/// A market and an order on it.
pub(crate) struct Instance {
    pub(crate) network: Network,
    pub(crate) order: Order,
    /// What one unit of each node is worth: no trade gains at these prices.
    pub(crate) prices: Vec<f64>,
}

/// One line for each edge: a market that fails a law is read by people.
impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.order)?;
        self.network.edges().iter().try_for_each(|edge| writeln!(f, "{edge:?}"))?;
        write!(f, "prices {:?}", self.prices)
    }
}

/// Markets of up to `pools` pools over up to 7 nodes.
pub(crate) fn instances(pools: usize) -> impl Strategy<Value = Instance> {
    let exponent = prop_oneof![3 => -2.0..2.0f64, 1 => -12.0..0.0f64];
    markets(exponent, 2..=7, 2..=pools, easy_order(), false)
}

/// Markets as odd as they come: up to 60 pools over up to 12 nodes, not all connected, in units of
/// any size, with stretches that hold nothing; orders from dust to far more than there is.
pub(crate) fn wild_instances() -> impl Strategy<Value = Instance> {
    let exponent = prop_oneof![-2.0..2.0f64, -12.0..12.0f64];
    markets(exponent, 2..=12, 1..=60, wild_order(), true)
}

/// Markets as various as [`wild_instances`], and orders that they take.
pub(crate) fn plain_instances() -> impl Strategy<Value = Instance> {
    let exponent = prop_oneof![-2.0..2.0f64, -12.0..12.0f64];
    markets(exponent, 2..=12, 1..=60, order(), true)
}

/// The same, and orders beyond what they take at good prices.
pub(crate) fn ample_instances() -> impl Strategy<Value = Instance> {
    let exponent = prop_oneof![-2.0..2.0f64, -12.0..12.0f64];
    markets(exponent, 2..=12, 1..=60, ample_order(), true)
}

fn markets(
    exponent: impl Strategy<Value = f64>,
    nodes: RangeInclusive<usize>,
    pools: RangeInclusive<usize>,
    order: impl Strategy<Value = OrderDraw>,
    wild: bool,
) -> impl Strategy<Value = Instance> {
    (vec(exponent, nodes), vec(pool(wild), pools), order).prop_map(|(exponents, pools, order)| {
        let prices: Vec<f64> = exponents.iter().map(|exponent| 10f64.powf(*exponent)).collect();
        let draw = |(at, pool): (usize, &PoolDraw)| pool.edges(at, &prices);
        let edges = pools.iter().enumerate().flat_map(draw).collect();
        let network = Network::new(prices.len(), edges).unwrap();
        Instance { order: order.order(&prices), network, prices }
    })
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Product,
    Weighted,
    Stable,
    Ticks,
    /// One way, with a limit.
    Stake,
    /// Both ways at one rate, without a limit.
    Wrap,
}

/// What chance decides about one pool.
#[derive(Debug, Clone)]
struct PoolDraw {
    kind: Kind,
    ends: (Index, Index),
    /// Value on each side.
    depth: f64,
    fee: f64,
    /// Where the price stands in the fee's band, from -1 to 1.
    skew: f64,
    /// What the kind makes of it: weights, amplification, the stretch in force.
    choice: Index,
    /// The rate lost, or where the price stands in its stretch.
    shape: f64,
    /// Liquidity of each stretch.
    stretches: Vec<f64>,
    /// The share of `depth` that can be sent.
    cap: Option<f64>,
    gas: f64,
    /// Whether stretches may hold nothing, or have no length.
    holes: bool,
}

fn pool(wild: bool) -> impl Strategy<Value = PoolDraw> {
    let kind = prop_oneof![
        8 => Just(Kind::Product),
        4 => Just(Kind::Weighted),
        6 => Just(Kind::Stable),
        8 => Just(Kind::Ticks),
        3 => Just(Kind::Stake),
        1 => Just(Kind::Wrap),
    ];
    let fee = prop_oneof![Just(0.0001), Just(0.0005), Just(0.003), Just(0.01)];
    let closed = if wild { 0.2 } else { 0.0 };
    let share = (0.0..1.0f64).prop_map(move |at| if at < closed { 0.0 } else { at.max(0.001) });
    let cap = prop_oneof![3 => Just(None), 1 => share.prop_map(Some)];
    let gas = prop_oneof![9 => 5e4..2e5f64, 1 => Just(0.0)];
    let what = (kind, any::<(Index, Index)>(), any::<Index>());
    let figures = (1.0..4.0f64, fee, -0.9..0.9f64, 0.0..1.0f64, vec(0.2..5.0f64, 12));
    (what, figures, cap, gas).prop_map(
        move |((kind, ends, choice), (digits, fee, skew, shape, stretches), cap, gas)| PoolDraw {
            kind,
            ends,
            depth: 10f64.powf(digits),
            fee,
            skew,
            choice,
            shape,
            stretches,
            cap,
            gas,
            holes: wild && choice.index(2) == 0,
        },
    )
}

/// One direction: units given are worth `price_in` each, units wanted `price_out`.
#[derive(Debug, Clone, Copy)]
struct Direction {
    price_in: f64,
    price_out: f64,
    /// The other direction of the pool it is told for.
    back: bool,
}

impl PoolDraw {
    fn edges(&self, pool: usize, prices: &[f64]) -> Vec<NetworkEdge> {
        let (from, to) = self.ends(pool, prices.len());
        let edge = |(from, to): (usize, usize), back: bool| {
            let direction = Direction { price_in: prices[from], price_out: prices[to], back };
            let cap = self.cap.map_or(f64::INFINITY, |cap| cap * self.depth / prices[from]);
            NetworkEdge { pool, from, to, gain: self.gain(direction), cap, gas: self.gas }
        };
        match self.kind {
            Kind::Stake => vec![edge((from, to), false)],
            _ => vec![edge((from, to), false), edge((to, from), true)],
        }
    }

    /// The first pools connect every node to an earlier one; the others connect any two.
    fn ends(&self, pool: usize, nodes: usize) -> (usize, usize) {
        if pool + 1 < nodes {
            return (self.ends.0.index(pool + 1), pool + 1);
        }
        let from = self.ends.0.index(nodes);
        (from, (from + 1 + self.ends.1.index(nodes - 1)) % nodes)
    }

    fn gain(&self, d: Direction) -> Gain {
        match self.kind {
            Kind::Product => self.product(d),
            Kind::Weighted => self.weighted(d),
            Kind::Stable => self.stable(d),
            Kind::Ticks => self.ticks(d),
            Kind::Stake => {
                let rate = d.price_in / d.price_out * (1.0 - 5e-4 * self.shape);
                Gain::Linear { rate, cap: self.depth / d.price_in }
            }
            Kind::Wrap => {
                let rate = d.price_in / d.price_out * (1.0 - 1e-9);
                Gain::Linear { rate, cap: f64::INFINITY }
            }
        }
    }

    fn keep(&self) -> f64 {
        1.0 - self.fee
    }

    /// How much better than fair the price before fees is, as a factor.
    fn edge_over_fair(&self, d: Direction) -> f64 {
        let log = -0.9 * self.skew * self.keep().ln();
        if d.back { (-log).exp() } else { log.exp() }
    }

    /// Value of what stands on the side given, and of what stands on the side wanted.
    fn sides(&self, d: Direction) -> (f64, f64) {
        let skewed = self.depth * self.edge_over_fair(Direction { back: false, ..d });
        if d.back { (skewed, self.depth) } else { (self.depth, skewed) }
    }

    fn product(&self, d: Direction) -> Gain {
        let (given, wanted) = self.sides(d);
        Gain::ConstantProduct { x: given / d.price_in, y: wanted / d.price_out, keep: self.keep() }
    }

    fn weighted(&self, d: Direction) -> Gain {
        let (given, wanted) = self.sides(d);
        let share = [0.2, 0.5, 0.8][self.choice.index(3)];
        let (weight_in, weight_out) =
            if d.back { (1.0 - share, share) } else { (share, 1.0 - share) };
        Gain::Weighted {
            x: given * weight_in / d.price_in,
            y: wanted * weight_out / d.price_out,
            power: weight_in / weight_out,
            keep: self.keep(),
        }
    }

    fn stable(&self, d: Direction) -> Gain {
        let ann = 4.0 * [20.0, 100.0, 1000.0][self.choice.index(3)];
        let invariant = 2.0 * self.depth;
        let at = |x: f64, keep: f64, rate_in: f64, rate_out: f64| Gain::Stable {
            x,
            ann,
            d: invariant,
            keep,
            rate_in,
            rate_out,
        };
        // The balance at which the price before fees is as much better than fair as it should be.
        let target = self.edge_over_fair(d);
        let (mut low, mut high) = (1e-3 * self.depth, 2.0 * self.depth);
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            let better = at(middle, 1.0, 1.0, 1.0).marginal(0.0) > target;
            *(if better { &mut low } else { &mut high }) = middle;
        }
        at(low, self.keep(), d.price_in, d.price_out)
    }

    fn ticks(&self, d: Direction) -> Gain {
        let step: f64 = if self.fee < 0.001 { 0.01 } else { 0.06 };
        let fair = d.price_in / d.price_out;
        let mut root = (fair * self.edge_over_fair(d)).sqrt();
        // The square root of the price falls from stretch to stretch; the first is begun already.
        let begun = if d.back { 1.0 - self.shape } else { self.shape };
        let count = self.stretches.len();
        let first = self.choice.index(count);
        let ahead: Vec<usize> =
            if d.back { (first..count).collect() } else { (0..=first).rev().collect() };
        let mut part = begun.max(0.01);
        let mut segments = Vec::new();
        for stretch in ahead {
            let end = root * (-0.5 * step * part).exp();
            let liquidity = 10.0 * self.stretches[stretch] * self.depth / d.price_in * fair.sqrt();
            let x = liquidity / root;
            let cap = (liquidity / end - x) / self.keep();
            match stretch % 4 {
                2 if self.holes => {}
                3 if self.holes => segments.push(Segment { x, y: liquidity * root, cap: 0.0 }),
                _ => segments.push(Segment { x, y: liquidity * root, cap }),
            }
            (root, part) = (end, 1.0);
        }
        Gain::Ticks { segments: Arc::from(segments), keep: self.keep() }
    }
}
