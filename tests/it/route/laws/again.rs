//! The same order a block later, when every pool has moved a little.

use proptest::prelude::*;
use tenor_solver::route::{Network, NetworkEdge, Optimiser};

use super::{answer, cold, sound};
use crate::{law::law, networks::ample_instances};

/// By how much of itself what is left to the bound may grow before all moves are tried again, and the
/// gap below which a search that began near the last answer is believed.
const STILL: f64 = 1.25;
const BELIEVED: f64 = 2e-5;

/// The market after a block: each pool's edges return up to a part in a hundred thousand less, so that
/// what can reach a node still bounds it and no cycle begins to pay.
fn moved(network: &Network, moves: &[f64]) -> Network {
    let edges = network.edges().iter().map(|edge| NetworkEdge {
        gain: edge.gain.rescaled(1.0, 1.0 - 1e-5 * moves[edge.pool % moves.len()]),
        ..edge.clone()
    });
    Network::new(network.nodes(), edges.collect()).unwrap()
}

/// What was found with every move tried is built on, and still all that is lost by it is a share of
/// the gap that was left.
#[test]
fn a_block_later_the_answer_is_about_as_near_its_bound() {
    let inputs = (ample_instances(), prop::collection::vec(0.0..1.0f64, 8));
    law(200, &inputs, |(instance, moves)| {
        let (network, order) = (&instance.network, &instance.order);
        let mut optimiser = Optimiser::default();
        let Some(first) = answer(&mut optimiser, network, order)? else { return Ok(()) };
        let next = moved(network, &moves);
        let Some(warm) = answer(&mut optimiser, &next, order)? else { return Ok(()) };
        sound(&next, order, &warm)?;
        let Some(fresh) = cold(&next, order)? else { return Ok(()) };
        let left = (first.bound - first.net).max(0.0) / first.bound.abs();
        let lost = fresh.net - warm.net;
        let most = (STILL * left + BELIEVED) * fresh.proven.abs();
        prop_assert!(lost <= most, "fresh {}, warm {}, left {left:e}", fresh.net, warm.net);
        Ok(())
    });
}
