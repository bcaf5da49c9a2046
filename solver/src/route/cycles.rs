//! The order in which planned amounts can be executed, and the cycles that stand in its way.

use super::{network::Network, recover::Planned};

/// The share of an edge's amount that, once the rest has turned out to go round, is still exact.
const EXACT: f64 = 1e-2;

/// The smallest edge of what lies on cycles or behind them, as a share of what leaves its node:
/// amounts of unlike nodes do not compare.
pub(super) fn cyclic(network: &Network, planned: &[Planned]) -> Option<usize> {
    let (_, entering) = sort(network, planned);
    let mut leaving = vec![0.0; network.nodes()];
    for plan in planned {
        leaving[network.edges()[plan.edge].from] += plan.given;
    }
    let share = |plan: &Planned| plan.given / leaving[network.edges()[plan.edge].from];
    planned
        .iter()
        .filter(|plan| entering[network.edges()[plan.edge].to] > 0)
        .min_by(|a, b| share(a).total_cmp(&share(b)))
        .map(|plan| plan.edge)
}

/// The planned edges' nodes so that every edge leads forward, and how many edges still enter each
/// node of what cannot be sorted.
pub(super) fn sort(network: &Network, planned: &[Planned]) -> (Vec<usize>, Vec<u32>) {
    let mut entering = vec![0u32; network.nodes()];
    let mut leaving: Vec<(usize, usize)> = Vec::with_capacity(planned.len());
    for plan in planned {
        let edge = &network.edges()[plan.edge];
        entering[edge.to] += 1;
        leaving.push((edge.from, edge.to));
    }
    leaving.sort_unstable();
    let mut ready: Vec<usize> =
        leaving.iter().map(|(from, _)| *from).filter(|&node| entering[node] == 0).collect();
    ready.dedup();
    let mut sequence = Vec::new();
    while let Some(node) = ready.pop() {
        sequence.push(node);
        let first = leaving.partition_point(|(from, _)| *from < node);
        for (_, to) in leaving[first..].iter().take_while(|(from, _)| *from == node) {
            entering[*to] -= 1;
            if entering[*to] == 0 {
                ready.push(*to);
            }
        }
    }
    (sequence, entering)
}

/// Takes what only goes round out of planned amounts, until every edge leads forward. Returns the
/// edge that closed a cycle of which almost all went round: what is left on the others is a small
/// difference of large amounts, and as inexact.
pub(super) fn cancel(network: &Network, planned: &mut Vec<Planned>) -> Option<usize> {
    let mut idle = None;
    while let Some(cycle) = cycle(network, planned) {
        // What goes round, in units of the cycle's first node: as much as its weakest edge takes.
        let (mut unit, mut most, mut weakest) = (1.0, f64::INFINITY, cycle[0]);
        let mut units = Vec::with_capacity(cycle.len());
        for &at in &cycle {
            units.push(unit);
            if planned[at].given < most * unit {
                (most, weakest) = (planned[at].given / unit, at);
            }
            let edge = &network.edges()[planned[at].edge];
            unit *= edge.gain.out(planned[at].given) / planned[at].given;
        }
        for (&at, unit) in cycle.iter().zip(units) {
            let left = (planned[at].given - most * unit).max(0.0);
            if at != weakest && left < EXACT * planned[at].given {
                idle = idle.or(Some(planned[weakest].edge));
            }
            planned[at].given = left;
        }
        planned.swap_remove(weakest);
        planned.retain(|plan| plan.given > 0.0);
    }
    idle
}

/// Positions of planned edges that lead in a circle, one after another.
fn cycle(network: &Network, planned: &[Planned]) -> Option<Vec<usize>> {
    let (_, entering) = sort(network, planned);
    let ends = |at: usize| {
        let edge = &network.edges()[planned[at].edge];
        (edge.from, edge.to)
    };
    let mut node = (0..network.nodes()).find(|&node| entering[node] > 0)?;
    let mut seen = vec![false; network.nodes()];
    let mut path = Vec::new();
    // Something that cannot be sorted leads into everything that cannot.
    while !std::mem::replace(&mut seen[node], true) {
        let into = |at: &usize| ends(*at).1 == node && entering[ends(*at).0] > 0;
        let at = (0..planned.len()).find(into)?;
        path.push(at);
        node = ends(at).0;
    }
    let start = path.iter().position(|&at| ends(at).1 == node)?;
    Some(path[start..].iter().rev().copied().collect())
}
