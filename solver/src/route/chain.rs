//! Venues side by side (a bundle) and hops one after another (a chain), as concave gains.

use petgraph::graph::{EdgeIndex, NodeIndex};

use super::fill::{Concave, Scaled, water_fill};
use crate::graph::{Edge, Graph};

/// Halvings of a bracket; 2^-60 is below float accuracy.
const STEPS: u32 = 60;

/// Parallel venues between two nodes.
#[derive(Debug, Clone)]
pub(crate) struct Bundle {
    edges: Vec<EdgeIndex>,
    gains: Vec<Scaled>,
}

impl Bundle {
    fn retain(&self, keep: impl Fn(EdgeIndex) -> bool) -> Option<Self> {
        let (edges, gains): (Vec<_>, Vec<_>) = self
            .edges
            .iter()
            .zip(&self.gains)
            .filter(|(e, _)| keep(**e))
            .map(|(e, g)| (*e, g.clone()))
            .unzip();
        (!edges.is_empty()).then_some(Self { edges, gains })
    }
}

impl Concave for Bundle {
    fn out(&self, a: f64) -> f64 {
        let fill = water_fill(&self.gains, a);
        self.gains.iter().zip(&fill.amounts).map(|(g, &a)| g.out(a)).sum()
    }

    fn marginal(&self, a: f64) -> f64 {
        water_fill(&self.gains, a).slope
    }

    fn cap(&self) -> f64 {
        self.gains.iter().map(Concave::cap).sum()
    }

    fn input_at(&self, slope: f64) -> f64 {
        self.gains.iter().map(|g| g.input_at(slope)).sum()
    }
}

/// Bundles one after another: the output of each is the input of the next.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    bundles: Vec<Bundle>,
    cap: f64,
}

impl Chain {
    /// The chain along `nodes`; `None` when a hop has no allowed venue.
    pub(crate) fn new(
        graph: &Graph,
        nodes: &[NodeIndex],
        allowed: &dyn Fn(&Edge) -> bool,
    ) -> Option<Self> {
        let bundles = nodes
            .windows(2)
            .map(|hop| {
                let edges = graph.between(hop[0], hop[1], allowed);
                let gains = edges
                    .iter()
                    .map(|&e| {
                        let Edge { gain, given, wanted, .. } = graph.edge(e);
                        Scaled { gain: gain.clone(), given: *given, wanted: *wanted }
                    })
                    .collect();
                (!edges.is_empty()).then_some(Bundle { edges, gains })
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Self::of(bundles))
    }

    fn of(bundles: Vec<Bundle>) -> Self {
        let cap = capacity(&bundles);
        Self { bundles, cap }
    }

    /// How much goes through each venue of each hop when `a` enters.
    pub(crate) fn amounts(&self, a: f64) -> Vec<Vec<(EdgeIndex, f64)>> {
        let mut entering = a;
        self.bundles
            .iter()
            .map(|bundle| {
                let fill = water_fill(&bundle.gains, entering);
                entering = bundle.gains.iter().zip(&fill.amounts).map(|(g, &a)| g.out(a)).sum();
                bundle.edges.iter().copied().zip(fill.amounts).collect()
            })
            .collect()
    }

    /// The venue directions of the last hop.
    pub(crate) fn last_edges(&self) -> &[EdgeIndex] {
        self.bundles.last().map_or(&[], |b| &b.edges)
    }

    /// This chain without one venue direction; `None` when a hop is left without any.
    pub(crate) fn without(&self, edge: EdgeIndex) -> Option<Self> {
        let bundles: Option<Vec<_>> =
            self.bundles.iter().map(|b| b.retain(|e| e != edge)).collect();
        Some(Self::of(bundles?))
    }

    /// This chain ending in one venue direction alone; `None` when its last hop lacks it.
    pub(crate) fn only_last(&self, edge: EdgeIndex) -> Option<Self> {
        let mut bundles = self.bundles.clone();
        let last = bundles.pop()?.retain(|e| e == edge)?;
        bundles.push(last);
        Some(Self::of(bundles))
    }
}

impl Concave for Chain {
    fn out(&self, a: f64) -> f64 {
        self.bundles.iter().fold(a, |a, bundle| bundle.out(a))
    }

    fn marginal(&self, a: f64) -> f64 {
        if a >= self.cap {
            return 0.0;
        }
        let (mut entering, mut slope) = (a, 1.0);
        for bundle in &self.bundles {
            slope *= bundle.marginal(entering);
            entering = bundle.out(entering);
        }
        slope
    }

    fn cap(&self) -> f64 {
        self.cap
    }

    fn input_at(&self, slope: f64) -> f64 {
        if let [only] = self.bundles.as_slice() {
            return only.input_at(slope);
        }
        largest(self.cap, |a| self.marginal(a) >= slope)
    }
}

/// The most that may enter the first bundle so that no later one overflows.
fn capacity(bundles: &[Bundle]) -> f64 {
    let Some((first, rest)) = bundles.split_first() else { return 0.0 };
    if rest.iter().all(|b| b.cap().is_infinite()) {
        return first.cap();
    }
    largest(first.cap(), |a| {
        let mut entering = first.out(a);
        rest.iter().all(|bundle| {
            let fits = entering <= bundle.cap();
            entering = bundle.out(entering);
            fits
        })
    })
}

/// The largest `a` up to `cap` for which `holds`, which must hold from zero up to some point;
/// bounded search, zero when it never holds.
pub(crate) fn largest(cap: f64, holds: impl Fn(f64) -> bool) -> f64 {
    if cap.is_finite() && holds(cap) {
        return cap;
    }
    let mut high = 1.0_f64.min(cap);
    while high < cap && high < 1e60 && holds(high) {
        high = (high * 16.0).min(cap);
    }
    let mut low = 0.0;
    for _ in 0..STEPS {
        let middle = 0.5 * (low + high);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}
