//! Laws of losses, on random positions that share random nodes.

use proptest::prelude::*;

use super::super::*;

const NODES: usize = 6;

/// How often each node breaks, and how much of each position it takes.
#[derive(Debug, Clone)]
struct World {
    rates: Vec<f64>,
    /// By position, by node; zero where the position does not rest on it.
    losses: Vec<Vec<f64>>,
    weights: Vec<f64>,
}

fn worlds() -> impl Strategy<Value = World> {
    let loss = prop_oneof![Just(0.0), 0.01..1.0f64];
    (
        prop::collection::vec(0.0005..0.2f64, NODES),
        prop::collection::vec(prop::collection::vec(loss, NODES), 1..5),
        prop::collection::vec(0.01..1.0f64, 5),
    )
        .prop_map(|(rates, losses, weights)| {
            let total: f64 = weights.iter().take(losses.len()).sum();
            let weights = weights.iter().take(losses.len()).map(|w| w / total).collect();
            World { rates, losses, weights }
        })
}

impl World {
    fn exposure(&self, position: usize) -> Exposure {
        let perils = self.losses[position].iter().enumerate().filter(|(_, loss)| **loss > 0.0);
        let perils = perils.map(|(node, &loss)| Peril {
            node,
            hazard: HazardKind::Contract,
            rate: self.rates[node],
            loss,
        });
        Exposure { perils: perils.collect(), ..Exposure::default() }
    }

    fn exposures(&self) -> Vec<Exposure> {
        (0..self.losses.len()).map(|at| self.exposure(at)).collect()
    }

    /// `w' S w` as the formula has it: over pairs of positions, and the nodes that both rest on.
    fn double_sum(&self) -> f64 {
        let mut sum = 0.0;
        for (i, a) in self.losses.iter().enumerate() {
            for (j, b) in self.losses.iter().enumerate() {
                for node in 0..NODES {
                    sum += self.weights[i] * self.weights[j] * self.rates[node] * a[node] * b[node];
                }
            }
        }
        sum
    }
}

fn parts<'e>(of: &'e [Exposure], weights: &[f64]) -> Vec<Weighed<'e>> {
    let part = |(exposure, share): (&'e Exposure, &f64)| Weighed {
        exposure,
        share: *share,
        leverage: 1.0,
    };
    of.iter().zip(weights).map(part).collect()
}

proptest! {
    #[test]
    fn the_unexpected_loss_is_the_double_sum(world in worlds()) {
        let exposures = world.exposures();
        let ul = unexpected_loss(&parts(&exposures, &world.weights));
        prop_assert!((ul * ul - world.double_sum()).abs() <= 1e-12);
    }

    /// What is shared makes it no smaller than independence would, and equal where nothing is.
    #[test]
    fn sharing_never_lowers_the_unexpected_loss(world in worlds()) {
        let exposures = world.exposures();
        let all = parts(&exposures, &world.weights);
        let alone = all.iter().map(|part| unexpected_loss(&[*part]).powi(2)).sum::<f64>().sqrt();
        prop_assert!(unexpected_loss(&all) >= alone * (1.0 - 1e-12));
        let mut apart = exposures.clone();
        for (at, exposure) in apart.iter_mut().enumerate() {
            exposure.perils.iter_mut().for_each(|peril| peril.node += at * NODES);
        }
        let independent = unexpected_loss(&parts(&apart, &world.weights));
        prop_assert!((independent - alone).abs() <= 1e-12);
    }

    #[test]
    fn one_more_node_never_lowers_a_loss(world in worlds(), rate in 0.0..0.2f64, loss in 0.0..1.0f64) {
        let before = world.exposures();
        let mut after = before.clone();
        after[0].perils.push(Peril { node: 77, hazard: HazardKind::Slashing, rate, loss });
        let [before, after] = [&before, &after].map(|of| {
            let all = parts(of, &world.weights);
            (expected_loss(&all), unexpected_loss(&all), survival(&all, 1.0))
        });
        prop_assert!(after.0 >= before.0 && after.1 >= before.1 * (1.0 - 1e-15) && after.2 <= before.2);
    }

    #[test]
    fn the_order_of_positions_does_not_matter(world in worlds()) {
        let exposures = world.exposures();
        let all = parts(&exposures, &world.weights);
        let turned: Vec<Weighed<'_>> = all.iter().rev().copied().collect();
        prop_assert!((expected_loss(&all) - expected_loss(&turned)).abs() <= 1e-15);
        prop_assert!((unexpected_loss(&all) - unexpected_loss(&turned)).abs() <= 1e-14);
    }

    /// Half here and half in an independent twin: the same expected loss, and 1 / sqrt 2 of the other.
    #[test]
    fn splitting_over_independent_twins_lowers_the_unexpected_loss(world in worlds()) {
        let one = world.exposure(0);
        prop_assume!(!one.perils.is_empty());
        let mut twin = one.clone();
        twin.perils.iter_mut().for_each(|peril| peril.node += NODES);
        let both = [one.clone(), twin];
        let (whole, split) = (parts(&both[..1], &[1.0]), parts(&both, &[0.5, 0.5]));
        prop_assert!((expected_loss(&whole) - expected_loss(&split)).abs() <= 1e-12);
        let ratio = unexpected_loss(&split) / unexpected_loss(&whole);
        prop_assert!((ratio - 0.5f64.sqrt()).abs() <= 1e-9, "{ratio}");
    }

    /// Weights times slopes lie below the unexpected loss at all other weights, and on it at their own:
    /// what the optimiser takes for it never charges too much.
    #[test]
    fn slopes_are_a_tangent_from_below(world in worlds(), others in prop::collection::vec(0.0..1.0f64, 5)) {
        let exposures = world.exposures();
        let here = parts(&exposures, &world.weights);
        let slopes: Vec<f64> = exposures.iter().map(|e| slope(&here, e)).collect();
        let at = |weights: &[f64]| slopes.iter().zip(weights).map(|(s, w)| s * w).sum::<f64>();
        prop_assert!((at(&world.weights) - unexpected_loss(&here)).abs() <= 1e-12);
        prop_assert!(at(&others) <= unexpected_loss(&parts(&exposures, &others)) + 1e-12);
    }

    /// Something more to rest on, anywhere in a chain of three, never lowers a tier or an expected loss.
    #[test]
    fn one_more_link_never_lowers_a_tier(
        at in 0usize..3,
        tier in prop::sample::select(vec![Tier::T0, Tier::T1, Tier::T2, Tier::T3, Tier::T4]),
        protocol: bool,
        passes in 0.0..1.0f64,
    ) {
        use super::kit::{lido, market, prior, token, vault};
        let names = ["lido", "bank", "desk"];
        let listings = || vec![
            lido(), vault("bank", token(1), token(2)), vault("desk", token(2), token(3)),
        ];
        let nodes = |more: bool| {
            let mut nodes: Vec<PriorNode> = names.map(|name| prior(name, Tier::T1)).to_vec();
            if more {
                let kind = if protocol { NodeKind::Protocol } else { NodeKind::Curator };
                nodes[at].rests_on = vec![Rest { on: "more".into(), passes }];
                nodes.push(PriorNode { kind, ..prior("more", tier) });
            }
            nodes
        };
        let [before, after] = [false, true].map(|more| {
            let graph = RiskGraph::new(&market(listings(), nodes(more))).unwrap();
            let of = |nth| graph.exposure(token(nth));
            [1, 2, 3].map(|nth| (of(nth).tier(1.0), of(nth).expected_loss()))
        });
        for (before, after) in before.into_iter().zip(after) {
            prop_assert!(after.0 >= before.0 && after.1 >= before.1 * (1.0 - 1e-15));
        }
    }
}
