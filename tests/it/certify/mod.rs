//! The verifier of bounds: never below the exact figure, hardly above it, never fooled.

mod kit;
mod reference;
mod wide;

use std::sync::Arc;

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::TestCaseError,
};
use tenor_solver::{
    certify::{CertifyError, Direction, bound, network_bound},
    route::{Network, NetworkEdge, Order},
    venues::{Gain, Segment},
};

use crate::law::law;

const NODES: usize = 5;
const CASES: u32 = 2_000;

/// One direction, told by values rather than units: `depth` at the prices on the side given,
/// `off` times that on the side wanted.
#[derive(Debug, Clone)]
struct Pool {
    kind: usize,
    nodes: (Index, Index),
    depth: f64,
    off: f64,
    keep: f64,
    /// Tenfolds of the shape: weights, amplification, lengths of segments.
    shape: f64,
    pieces: usize,
    /// The cap and the cost, as tenfolds of the depth.
    cap: Option<f64>,
    cost: Option<f64>,
}

fn pool() -> impl Strategy<Value = Pool> {
    let off = prop_oneof![0.95..1.05, (-3.0..3.0_f64).prop_map(tenfold), Just(1.0)];
    let keep = select(vec![1.0, 0.9999, 0.997, 0.9]);
    (
        (0usize..5, any::<(Index, Index)>(), 1usize..14),
        (-6.0..12.0_f64, off, keep, -1.7..1.7_f64),
        (prop::option::of(-4.0..1.0_f64), prop::option::of(-6.0..-1.0_f64)),
    )
        .prop_map(|((kind, nodes, pieces), (depth, off, keep, shape), (cap, cost))| Pool {
            kind,
            nodes,
            depth: tenfold(depth),
            off,
            keep,
            shape,
            pieces,
            cap: cap.map(tenfold),
            cost: cost.map(tenfold),
        })
}

fn tenfold(power: f64) -> f64 {
    10.0_f64.powf(power)
}

/// Prices for every node, from level to as far apart as prices may be.
fn prices() -> impl Strategy<Value = Vec<f64>> {
    prices_apart(vec![0.05, 18.0, 150.0])
}

/// Prices as many tenfolds from one as one of `spreads`.
fn prices_apart(spreads: Vec<f64>) -> impl Strategy<Value = Vec<f64>> {
    select(spreads)
        .prop_flat_map(|spread: f64| vec(-spread..spread, NODES))
        .prop_map(|powers| powers.into_iter().map(tenfold).collect())
}

impl Pool {
    fn nodes(&self) -> (usize, usize) {
        let from = self.nodes.0.index(NODES);
        (from, (from + 1 + self.nodes.1.index(NODES - 1)) % NODES)
    }

    fn gain(&self, prices: &[f64]) -> Gain {
        let (from, to) = self.nodes();
        let (given, wanted) = (prices[from], prices[to]);
        let (x, y, keep) = (self.depth / given, self.depth * self.off / wanted, self.keep);
        match self.kind {
            0 => Gain::Linear { rate: given / wanted * self.off, cap: x },
            1 => Gain::ConstantProduct { x, y, keep },
            2 => {
                let power = if self.pieces < 3 { 1.0 } else { tenfold(self.shape) };
                Gain::Weighted { x, y, power, keep }
            }
            3 => Gain::Stable {
                x: self.depth * (0.5 + tenfold(self.shape) / 20.0),
                ann: tenfold(2.0 + self.shape),
                d: 2.0 * self.depth,
                keep,
                rate_in: given,
                rate_out: wanted / self.off,
            },
            _ => {
                let length = tenfold(self.shape - 3.0);
                let mut root = 1.0;
                let mut segment = |k: usize| {
                    let deep = if k.is_multiple_of(3) { 1.0 } else { 7.0 };
                    let (x, y) = (deep * x * root, deep * y / root);
                    root *= 1.0 + length * if k % 4 == 1 { 2.0 } else { 1.0 };
                    Segment { x, y, cap: x * length / keep }
                };
                Gain::Ticks { segments: (0..self.pieces).map(&mut segment).collect(), keep }
            }
        }
    }

    fn cap(&self, prices: &[f64]) -> f64 {
        self.cap.map_or(f64::INFINITY, |cap| self.depth * cap / prices[self.nodes().0])
    }

    /// In value: the caller divides by the price of what it wants.
    fn cost(&self) -> f64 {
        self.cost.map_or(0.0, |cost| self.depth * cost)
    }
}

fn directions<'a>(pools: &[Pool], gains: &'a [Gain], prices: &[f64]) -> Vec<Direction<'a>> {
    let one = |(pool, gain): (&Pool, &'a Gain)| {
        let (from, to) = pool.nodes();
        Direction { from, to, gain, cap: pool.cap(prices), cost: pool.cost() / prices[1] }
    };
    pools.iter().zip(gains).map(one).collect()
}

/// Never below the exact figure, and above it by at most a trillionth of it or of `traded`.
fn check(
    directions: &[Direction<'_>],
    sold: (usize, f64),
    wanted: usize,
    prices: &[f64],
    traded: f64,
) -> Result<(), TestCaseError> {
    let exact = reference::bound(directions, sold, wanted, prices);
    let computed = match bound(directions.iter().copied(), sold, wanted, prices) {
        Ok(bound) => bound,
        Err(error) => {
            prop_assert_eq!(error, CertifyError::Overflow);
            prop_assert!(exact.float().is_nan() || exact.float() > 1e280, "{:?}", exact);
            return Ok(());
        }
    };
    let above = (wide::wide(computed) - exact).float();
    let most = 1e-12 * traded.max(computed);
    prop_assert!(above >= -1e-27 * computed, "below the exact figure by {}: {computed}", -above);
    prop_assert!(above <= most, "above the exact figure by {above}: {computed}");
    Ok(())
}

#[test]
fn is_never_below_the_exact_figure_and_hardly_above() {
    law(10 * CASES, &(vec(pool(), 1..6), prices(), -2.0..1.0_f64), |(pools, prices, size)| {
        let gains: Vec<Gain> = pools.iter().map(|pool| pool.gain(&prices)).collect();
        let depth: f64 = pools.iter().map(|pool| pool.depth).sum();
        let amount = depth * tenfold(size) / prices[0];
        check(&directions(&pools, &gains, &prices), (0, amount), 1, &prices, 0.0)
    });
}

/// Figures that have nothing to do with the prices: pools drained whole, or never touched.
#[test]
fn holds_at_prices_far_from_every_pool() {
    let figure = || (-18.0..40.0_f64).prop_map(tenfold);
    // Wide arithmetic overflows sooner than the verifier does.
    let near = || prices_apart(vec![0.05, 18.0, 50.0]);
    let inputs = (vec(pool(), 1..6), near(), near(), figure());
    law(5 * CASES, &inputs, |(pools, priced, prices, amount)| {
        let gains: Vec<Gain> = pools.iter().map(|pool| pool.gain(&priced)).collect();
        let directions = directions(&pools, &gains, &priced);
        let free = directions.iter().map(|direction| Direction { cost: 0.0, ..*direction });
        let gross = reference::bound(&free.collect::<Vec<_>>(), (0, amount), 1, &prices).float();
        let paid = |pool: &Pool| {
            let to = pool.nodes().1;
            pool.depth * pool.off / priced[to] * prices[to] / prices[1]
        };
        let traded = gross + 0.01 * pools.iter().map(paid).sum::<f64>();
        check(&directions, (0, amount), 1, &prices, traded)
    });
}

#[test]
fn a_scale_of_prices_changes_nothing() {
    law(CASES, &(vec(pool(), 1..6), prices(), -40.0..40.0_f64), |(pools, prices, scale)| {
        let gains: Vec<Gain> = pools.iter().map(|pool| pool.gain(&prices)).collect();
        let directions = directions(&pools, &gains, &prices);
        let amount = pools[0].depth / prices[0];
        let scaled: Vec<f64> = prices.iter().map(|price| price * tenfold(scale)).collect();
        let [a, b] = [&prices, &scaled]
            .map(|prices| bound(directions.iter().copied(), (0, amount), 1, prices).unwrap());
        // A change in the prices' last digits moves the bound by what trades at them.
        let traded: f64 = pools.iter().map(|pool| pool.depth).sum::<f64>() / prices[1];
        prop_assert!((a - b).abs() <= 1e-13 * a.max(traded), "{a} and {b}");
        Ok(())
    });
}

/// A market of pools with both directions, and what a walk through it brings: at each step a share
/// of what is held goes through an edge whose pool is still unused.
fn walk(network: &Network, order: &Order, steps: &[(Index, f64)]) -> f64 {
    let mut held = vec![0.0; network.nodes()];
    let mut used = Vec::new();
    let mut gas = 0.0;
    held[order.from] = order.amount;
    for (pick, share) in steps {
        let edge = &network.edges()[pick.index(network.edges().len())];
        let give = (held[edge.from] * share).min(edge.limit());
        if give > 0.0 && !used.contains(&edge.pool) {
            used.push(edge.pool);
            held[edge.from] -= give;
            held[edge.to] += edge.gain.out(give);
            gas += edge.gas;
        }
    }
    held[order.to] - gas * order.gas_price
}

fn network(pools: &[Pool], prices: &[f64]) -> Network {
    let edges = pools.iter().enumerate().map(|(at, pool)| NetworkEdge {
        pool: at / 2,
        from: pool.nodes().0,
        to: pool.nodes().1,
        gain: pool.gain(prices),
        cap: pool.cap(prices),
        gas: 100_000.0,
    });
    Network::new(NODES, edges.collect()).unwrap()
}

#[test]
fn no_route_beats_it_at_any_prices() {
    let steps = vec(
        any::<(Index, bool)>().prop_flat_map(|(pick, whole)| {
            (Just(pick), if whole { 1.0..1.000_001 } else { 0.0..1.0 })
        }),
        1..20,
    );
    let steps = steps.prop_map(|steps: Vec<(Index, f64)>| {
        steps.into_iter().map(|(pick, share)| (pick, share.min(1.0))).collect::<Vec<_>>()
    });
    let inputs = (vec(pool(), 2..12), prices(), prices(), steps, any::<bool>(), -6.0..2.0_f64);
    law(10 * CASES, &inputs, |(pools, prices, others, steps, charged, size)| {
        let network = network(&pools, &prices);
        let amount = pools[0].depth * tenfold(size) / prices[0];
        let gas_price = if charged { pools[0].depth * 1e-9 / prices[1] } else { 0.0 };
        let order = Order { from: 0, to: 1, amount, gas_price, reach: vec![] };
        let net = walk(&network, &order, &steps);
        for prices in [&prices, &others] {
            match network_bound(&network, &order, prices) {
                // A route's own floats are off by some digits of the last place.
                Ok(bound) => prop_assert!(bound >= net * (1.0 - 1e-13), "{bound} under {net}"),
                Err(error) => prop_assert_eq!(error, CertifyError::Overflow),
            }
        }
        Ok(())
    });
}

#[test]
fn a_changed_price_gives_another_true_bound_or_a_refusal() {
    let odd = select(vec![0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, 5e-324, 1e-201, 1e201]);
    let inputs = (vec(pool(), 1..6), prices(), any::<Index>(), odd, -9.0..9.0_f64);
    law(CASES, &inputs, |(pools, mut prices, at, odd, power)| {
        let gains: Vec<Gain> = pools.iter().map(|pool| pool.gain(&prices)).collect();
        let directions = directions(&pools, &gains, &prices);
        let depth: f64 = pools.iter().map(|pool| pool.depth).sum();
        let amount = depth / prices[0];
        let node = at.index(NODES);
        prices[node] *= tenfold(power);
        let traded = depth * tenfold(power).max(1.0) / prices[1];
        check(&directions, (0, amount), 1, &prices, traded)?;
        prices[node] = odd;
        let refused = bound(directions.iter().copied(), (0, amount), 1, &prices);
        let named = matches!(refused, Err(CertifyError::Price { node: at, .. }) if at == node);
        prop_assert!(named, "{refused:?}");
        Ok(())
    });
}

/// One direction from node 0 to node 1, free and without a cap.
fn alone(gain: &Gain) -> Direction<'_> {
    Direction { from: 0, to: 1, gain, cap: f64::INFINITY, cost: 0.0 }
}

#[test]
fn a_conversion_without_a_limit_must_not_earn() {
    let gain = Gain::Linear { rate: 1.15, cap: f64::INFINITY };
    let at = |price| bound([alone(&gain)], (0, 2.0), 1, &[price, 1.0]);
    let fair = at(1.15).unwrap();
    assert!((2.3..2.3 + 1e-14).contains(&fair), "{fair}");
    assert_eq!(at(1.149), Err(CertifyError::Unbounded { direction: 0 }));
    let mut capped = alone(&gain);
    capped.cap = 10.0;
    let bound = bound([capped], (0, 2.0), 1, &[1.0, 1.0]).unwrap();
    assert!((3.5..3.5 + 1e-14).contains(&bound), "{bound}");
}

#[test]
fn figures_that_prove_nothing_are_named() {
    let gain = Gain::ConstantProduct { x: 1.0, y: 1.0, keep: 1.0 };
    let order = |from, amount| bound([alone(&gain)], (from, amount), 1, &[1.0, 1.0]);
    assert_eq!(order(2, 1.0), Err(CertifyError::Node { node: 2, prices: 2 }));
    assert!(matches!(order(0, f64::NAN), Err(CertifyError::Order { what: "amount", .. })));
    assert_eq!(order(0, f64::MAX), Err(CertifyError::Overflow));
    let segment =
        |x, cap| Gain::Ticks { segments: Arc::new([Segment { x, y: 1.0, cap }]), keep: 1.0 };
    for gain in [
        Gain::Linear { rate: f64::NAN, cap: 1.0 },
        Gain::ConstantProduct { x: 0.0, y: 1.0, keep: 1.0 },
        Gain::ConstantProduct { x: 1.0, y: 1.0, keep: 1.1 },
        Gain::Weighted { x: 1.0, y: 1.0, power: -1.0, keep: 1.0 },
        segment(f64::INFINITY, 1.0),
        segment(1.0, f64::NAN),
    ] {
        let refused = bound([alone(&gain)], (0, 1.0), 1, &[1.0, 1.0]);
        assert_eq!(refused, Err(CertifyError::Figure { direction: 0 }), "{gain:?}");
    }
    for (cap, cost) in [(f64::NAN, 0.0), (-1.0, 0.0), (1.0, f64::NAN), (1.0, -1.0)] {
        let direction = Direction { cap, cost, ..alone(&gain) };
        let refused = bound([direction], (0, 1.0), 1, &[1.0, 1.0]);
        assert_eq!(refused, Err(CertifyError::Figure { direction: 0 }), "{cap} {cost}");
    }
    let network = Network::new(3, vec![]).unwrap();
    let order = Order { from: 0, to: 1, amount: 1.0, gas_price: 0.0, reach: vec![] };
    let refused = network_bound(&network, &order, &[1.0]);
    assert_eq!(refused, Err(CertifyError::Prices { given: 1, nodes: 3 }));
}

#[test]
fn reach_and_gas_count_only_where_gas_is_charged() {
    let edge = NetworkEdge {
        pool: 0,
        from: 0,
        to: 1,
        gain: Gain::Linear { rate: 2.0, cap: 50.0 },
        cap: 20.0,
        gas: 100.0,
    };
    let network = Network::new(2, vec![edge]).unwrap();
    let at = |gas_price, reach| {
        let order = Order { from: 0, to: 1, amount: 10.0, gas_price, reach };
        network_bound(&network, &order, &[1.0, 1.0]).unwrap()
    };
    let near = |value: f64, exact: f64| value >= exact && value < exact * (1.0 + 1e-14);
    assert!(near(at(0.0, vec![5.0, 5.0]), 30.0));
    assert!(near(at(0.01, vec![5.0, 5.0]), 14.0));
    assert!(near(at(0.01, vec![]), 29.0));
    assert!(near(at(1.0, vec![5.0, 5.0]), 10.0));
}
