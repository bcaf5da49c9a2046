//! Random markets without arbitrage: every pool trades within its fee of common prices.

use std::sync::Arc;

use proptest::{collection::vec, prelude::*, sample::Index};
use tenor_solver::{
    route::{Network, NetworkEdge, Order},
    venues::{Gain, Segment},
};

/// A market and an order on it.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) network: Network,
    pub(super) order: Order,
    /// What one unit of each node is worth: no trade gains at these prices.
    pub(super) prices: Vec<f64>,
}

/// Markets of up to `pools` pools over up to 7 nodes.
pub(super) fn instances(pools: usize) -> impl Strategy<Value = Instance> {
    let exponent = prop_oneof![3 => -2.0..2.0f64, 1 => -12.0..0.0f64];
    (vec(exponent, 2..=7), vec(pool(), 2..=pools), order()).prop_map(|(exponents, pools, order)| {
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
}

fn pool() -> impl Strategy<Value = PoolDraw> {
    let kind = prop_oneof![
        8 => Just(Kind::Product),
        4 => Just(Kind::Weighted),
        6 => Just(Kind::Stable),
        8 => Just(Kind::Ticks),
        3 => Just(Kind::Stake),
        1 => Just(Kind::Wrap),
    ];
    let fee = prop_oneof![Just(0.0001), Just(0.0005), Just(0.003), Just(0.01)];
    let cap = prop_oneof![3 => Just(None), 1 => (0.001..1.0f64).prop_map(Some)];
    let gas = prop_oneof![9 => 5e4..2e5f64, 1 => Just(0.0)];
    let what = (kind, any::<(Index, Index)>(), any::<Index>());
    let figures = (1.0..4.0f64, fee, -0.9..0.9f64, 0.0..1.0f64, vec(0.2..5.0f64, 12));
    (what, figures, cap, gas).prop_map(
        |((kind, ends, choice), (digits, fee, skew, shape, stretches), cap, gas)| PoolDraw {
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
            segments.push(Segment { x, y: liquidity * root, cap });
            (root, part) = (end, 1.0);
        }
        Gain::Ticks { segments: Arc::from(segments), keep: self.keep() }
    }
}

/// What chance decides about the order.
#[derive(Debug, Clone)]
struct OrderDraw {
    ends: (Index, Index),
    /// Value given.
    value: f64,
    /// What 100,000 gas cost, as a share of `value`.
    gas_share: f64,
    /// Whether the order tells what it knows of reach.
    reach: bool,
}

fn order() -> impl Strategy<Value = OrderDraw> {
    let digits = prop_oneof![5 => -6.0..-2.0f64, 1 => -2.0..0.3f64];
    let gas_share = prop_oneof![1 => Just(0.0), 6 => digits.prop_map(|digits| 10f64.powf(digits))];
    let digits = prop_oneof![1 => -2.0..1.0f64, 5 => 1.0..4.5f64];
    (any::<(Index, Index)>(), digits, gas_share, any::<bool>()).prop_map(
        |(ends, digits, gas_share, reach)| OrderDraw {
            ends,
            value: 10f64.powf(digits),
            gas_share,
            reach,
        },
    )
}

impl OrderDraw {
    fn order(&self, prices: &[f64]) -> Order {
        let from = self.ends.0.index(prices.len());
        let to = (from + 1 + self.ends.1.index(prices.len() - 1)) % prices.len();
        // Where no trade gains, no node can hold more value than was given.
        let reach = prices.iter().map(|price| self.value / price).collect();
        Order {
            from,
            to,
            amount: self.value / prices[from],
            gas_price: self.gas_share * self.value / prices[to] / 1e5,
            reach: if self.reach { reach } else { Vec::new() },
        }
    }
}
