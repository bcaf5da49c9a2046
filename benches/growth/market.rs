//! Markets of any size in the shape of mainnet's: a few hubs, many tokens that trade against them,
//! and staking tokens that trade with ETH and each other.
//!
//! - Tokens are a third of the pools. Every token has one pool with a hub; the other pools fall on
//!   tokens by a heavy-tailed law, so that some have hundreds and most have one or two.
//! - Depth is log-normal: a few pools hold most of the value.
//! - Six pools in ten are constant-product, three concentrated with tens of segments, one stable,
//!   weighted or a stake among staking tokens.
//! - No arbitrage: every pool's price lies within its fee of one price vector.
//!
//! The same figures give the same market. Needs nothing but the solver, so that tests can include it
//! by its path.

use std::sync::Arc;

use tenor_solver::{
    route::{NetworkEdge, Order},
    venues::{Gain, Segment},
};

/// ETH and the stablecoins, by their value in ETH.
const HUBS: [f64; 5] = [1.0, 1.0 / 2500.0, 1.0 / 2501.0, 25.0, 1.0 / 2499.0];
/// How often a token's pool is with each of them.
const HUB_WEIGHTS: [f64; 5] = [0.6, 0.2, 0.1, 0.04, 0.06];
/// ETH for one unit of gas: 20 gwei.
const GAS_PRICE: f64 = 20e-9;

/// Edges, and what a unit of every node is worth in ETH.
#[derive(Debug, Clone)]
pub(crate) struct Market {
    pub(crate) edges: Vec<NetworkEdge>,
    pub(crate) values: Vec<f64>,
}

impl Market {
    /// A market of `pools` pools.
    pub(crate) fn new(pools: usize, seed: u64) -> Self {
        let mut maker = Maker::new(pools, seed);
        for pool in 0..pools {
            maker.pool(pool, pools);
        }
        Self { edges: maker.edges, values: maker.values }
    }

    /// `ether` of the first hub for the second, gas weighed.
    pub(crate) fn order(&self, ether: f64) -> Order {
        Order {
            from: 0,
            to: 1,
            amount: ether,
            gas_price: GAS_PRICE / self.values[1],
            reach: self.values.iter().map(|value| ether / value).collect(),
        }
    }
}

/// A market in the making. Nodes are hubs, then staking tokens, then all others.
struct Maker {
    random: Random,
    values: Vec<f64>,
    hubs: usize,
    staking: usize,
    edges: Vec<NetworkEdge>,
}

impl Maker {
    fn new(pools: usize, seed: u64) -> Self {
        let mut random = Random(seed);
        let tokens = (pools / 3).max(5);
        let hubs = if tokens < 20 { 3 } else { HUBS.len() };
        let staking = (tokens / 20).clamp(1, 60);
        let mut values = HUBS[..hubs].to_vec();
        values.extend((0..staking).map(|_| random.between(-0.02, 0.15).exp()));
        values.extend((hubs + staking..tokens).map(|_| random.normal(-6.0, 2.5).exp()));
        Self { random, values, hubs, staking, edges: Vec::new() }
    }

    /// Adds one pool: first one for each token, so that all are connected.
    fn pool(&mut self, pool: usize, pools: usize) {
        let single = self.values.len() - 1;
        if pool < single {
            let token = pool + 1;
            let hub = self.hub().min(token - 1);
            return self.exchange(pool, hub, token);
        }
        let special = 0.1 * pools as f64 / (pools - single) as f64;
        if self.random.unit() < special {
            return self.special(pool);
        }
        let draw = self.random.unit();
        let (one, other) = if draw < 0.08 {
            (self.hub(), self.hub())
        } else if draw < 0.95 {
            (self.hub(), self.popular())
        } else {
            (self.popular(), self.popular())
        };
        // A pair of a token with itself is made one with the next token.
        let other = if one == other { (one + 1) % self.values.len() } else { other };
        self.exchange(pool, one, other);
    }

    fn hub(&mut self) -> usize {
        let mut left = self.random.unit();
        let mut at = 0;
        while at + 1 < self.hubs && left >= HUB_WEIGHTS[at] {
            left -= HUB_WEIGHTS[at];
            at += 1;
        }
        at
    }

    /// A token that is not a hub, the earlier the likelier: its rank's inverse, nearly.
    fn popular(&mut self) -> usize {
        let others = self.values.len() - self.hubs;
        self.hubs + floor((others as f64).powf(self.random.unit()) - 1.0).min(others - 1)
    }

    /// ETH on each side: a deep pool is rare, and likelier between hubs and staking tokens.
    fn depth(&mut self, one: usize, other: usize) -> f64 {
        let major = self.hubs + self.staking;
        let middle: f64 = if one.max(other) < major { 1000.0 } else { 50.0 };
        self.random.normal(middle.ln(), 1.6).exp()
    }

    /// A constant-product or a concentrated pool.
    fn exchange(&mut self, pool: usize, i: usize, j: usize) {
        let depth = self.depth(i, j);
        let concentrated = self.random.unit() < 1.0 / 3.0;
        let fees = if concentrated { [1e-4, 5e-4, 3e-3] } else { [3e-3, 3e-3, 1e-2] };
        let keep = 1.0 - fees[self.random.below(3)];
        let price = self.price(i, j, keep);
        let x = depth / self.values[i];
        if concentrated {
            let gains = self.ticks(x * price.sqrt(), price, keep);
            for ((from, to), segments) in [(i, j), (j, i)].into_iter().zip(gains) {
                self.edge(pool, from, to, Gain::Ticks { segments, keep }, 130_000.0);
            }
        } else {
            let y = x * price;
            self.edge(pool, i, j, Gain::ConstantProduct { x, y, keep }, 90_000.0);
            self.edge(pool, j, i, Gain::ConstantProduct { x: y, y: x, keep }, 90_000.0);
        }
    }

    /// Units of `j` for one of `i` before fees: off the common prices by less than the fee.
    fn price(&mut self, i: usize, j: usize, keep: f64) -> f64 {
        self.values[i] / self.values[j] * (-keep.ln() * self.random.between(-0.9, 0.9)).exp()
    }

    /// Twenty to sixty stretches of liquidity around a price, thickest in the middle, as either
    /// direction uses them.
    fn ticks(&mut self, liquidity: f64, price: f64, keep: f64) -> [Arc<[Segment]>; 2] {
        let count = 20 + self.random.below(41);
        let step = 8.0 * (1.0 - keep);
        let first = price.ln() - step * (count as f64 / 2.0 + self.random.unit());
        let root = price.sqrt();
        let (mut down, mut up) = (Vec::new(), Vec::new());
        for at in 0..count {
            let off = (at as f64 - count as f64 / 2.0).abs();
            let l = liquidity * (0.5 + 8.0 * (-off / 6.0).exp()) * self.random.between(0.5, 1.5);
            let low = (0.5 * (first + step * at as f64)).exp();
            let high = low * (0.5 * step).exp();
            let c = root.clamp(low, high);
            let (x, y) = (l / c, l * c);
            if c > low {
                down.push(Segment { x, y, cap: (l / low - x) / keep });
            }
            if c < high {
                up.push(Segment { x: y, y: x, cap: (l * high - y) / keep });
            }
        }
        down.reverse();
        [down.into(), up.into()]
    }

    /// A pool of another kind between ETH and staking tokens, or between two of them.
    fn special(&mut self, pool: usize) {
        let j = self.hubs + self.random.below(self.staking);
        let other = self.hubs + self.random.below(self.staking);
        let i = if other == j || self.random.unit() < 0.6 { 0 } else { other };
        let draw = self.random.unit();
        if draw < 0.6 {
            self.stable(pool, i, j);
        } else if draw < 0.85 {
            self.weighted(pool, i, j);
        } else {
            let rate = self.values[0] / self.values[j] * (-self.random.between(0.0, 5e-4)).exp();
            let cap = [50.0, 500.0, 5000.0][self.random.below(3)];
            self.edge(pool, 0, j, Gain::Linear { rate, cap }, 80_000.0);
        }
    }

    fn weighted(&mut self, pool: usize, i: usize, j: usize) {
        let keep = 1.0 - 3e-3;
        let power = [0.25, 1.0, 4.0][self.random.below(3)];
        let price = self.price(i, j, keep);
        let x = self.depth(i, j) / self.values[i];
        let y = x * price / power;
        self.edge(pool, i, j, Gain::Weighted { x, y, power, keep }, 120_000.0);
        let back = Gain::Weighted { x: y, y: x, power: 1.0 / power, keep };
        self.edge(pool, j, i, back, 120_000.0);
    }

    fn stable(&mut self, pool: usize, i: usize, j: usize) {
        let keep: f64 = 1.0 - 4e-4;
        let ann = 4.0 * [50.0, 100.0, 200.0][self.random.below(3)];
        let (depth, rates) = (self.depth(i, j), [self.values[i], self.values[j]]);
        let aim = (-keep.ln() * self.random.between(-0.9, 0.9)).exp();
        let gains = |tilt: f64| {
            let (x, y) = (depth * (1.0 + tilt), depth * (1.0 - tilt));
            let d = invariant(x, y, ann);
            let side = |x: f64, rate_in: f64, rate_out: f64| Gain::Stable {
                x,
                ann,
                d,
                keep,
                rate_in,
                rate_out,
            };
            [side(x, rates[0], rates[1]), side(y, rates[1], rates[0])]
        };
        // The more of a coin there is, the less the next unit of it buys.
        let (mut low, mut high) = (-0.9, 0.9);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            let price = gains(middle)[0].marginal(0.0) / keep * rates[1] / rates[0];
            if price > aim { low = middle } else { high = middle }
        }
        let [there, back] = gains((low + high) / 2.0);
        self.edge(pool, i, j, there, 150_000.0);
        self.edge(pool, j, i, back, 150_000.0);
    }

    fn edge(&mut self, pool: usize, from: usize, to: usize, gain: Gain, gas: f64) {
        self.edges.push(NetworkEdge { pool, from, to, gain, cap: f64::INFINITY, gas });
    }
}

/// The two-coin StableSwap invariant, by Newton's steps.
fn invariant(x: f64, y: f64, ann: f64) -> f64 {
    let mut d = x + y;
    for _ in 0..50 {
        let cubed = d * d * d / (4.0 * x * y);
        d -= (ann * (x + y - d) + d - cubed) / (1.0 - ann - 3.0 * cubed / d);
    }
    d
}

/// SplitMix64: as many streams as seeds, and nothing to depend on.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// From zero to below one.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// From zero to below `count`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        floor(self.unit() * count as f64).min(count - 1)
    }

    fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        mean + deviation * radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// The whole part of a figure that is a count.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn floor(figure: f64) -> usize {
    figure as usize
}
