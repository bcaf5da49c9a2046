//! From amounts on edges to a route that can be executed.

use tenor_solver::route::Network;

use crate::evaluate::Leg;

/// The edges with a flow in an order in which each spends only what came before; an error has the
/// edges of circles, and those behind them.
fn sorted(network: &Network, flows: &[f64]) -> Result<Vec<usize>, Vec<usize>> {
    let mut waiting = vec![0_usize; network.nodes()];
    let mut leaving = vec![Vec::new(); network.nodes()];
    for (at, edge) in network.edges().iter().enumerate().filter(|&(at, _)| flows[at] > 0.0) {
        waiting[edge.to] += 1;
        leaving[edge.from].push(at);
    }
    let mut ready: Vec<usize> = (0..network.nodes()).filter(|&node| waiting[node] == 0).collect();
    let mut order = Vec::new();
    while let Some(node) = ready.pop() {
        for at in std::mem::take(&mut leaving[node]) {
            let to = network.edges()[at].to;
            order.push(at);
            waiting[to] -= 1;
            if waiting[to] == 0 {
                ready.push(to);
            }
        }
    }
    let stuck: Vec<usize> = leaving.into_iter().flatten().collect();
    if stuck.is_empty() { Ok(order) } else { Err(stuck) }
}

/// The flows as they are, in execution order.
pub(crate) fn as_given(network: &Network, flows: &[f64]) -> Option<Vec<Leg>> {
    let leg = |at: usize| {
        let edge = &network.edges()[at];
        Leg { pool: edge.pool, from: edge.from, amount: flows[at] }
    };
    Some(sorted(network, flows).ok()?.into_iter().map(leg).collect())
}

/// Pushes `amount` from `from` along approximate flows: what arrives at a node leaves it in the
/// flows' proportions. Smaller directions of pools used both ways go, then circles' smallest edges
/// (by `value` of a unit of each node), then flows below `dust` of the order's value.
pub(crate) fn pushed(
    network: &Network,
    (from, to, amount): (usize, usize, f64),
    value: &[f64],
    flows: &[f64],
    dust: f64,
) -> Vec<Leg> {
    let edges = network.edges();
    let worth = |flows: &[f64], at: usize| flows[at] * value[edges[at].from];
    let mut flows = flows.to_vec();
    let pools = edges.iter().map(|edge| edge.pool + 1).max().unwrap_or(0);
    let mut best = vec![None::<usize>; pools];
    for (at, edge) in edges.iter().enumerate() {
        if worth(&flows, at) < dust * amount * value[from] || edge.to == from || edge.from == to {
            flows[at] = 0.0;
        }
        match best[edge.pool] {
            Some(other) if worth(&flows, other) >= worth(&flows, at) => flows[at] = 0.0,
            Some(other) => (flows[other], best[edge.pool]) = (0.0, Some(at)),
            None => best[edge.pool] = Some(at),
        }
    }
    let order = loop {
        drop_dead_ends(network, to, &mut flows);
        match sorted(network, &flows) {
            Ok(order) => break order,
            Err(stuck) => {
                let least = stuck
                    .into_iter()
                    .min_by(|&one, &other| worth(&flows, one).total_cmp(&worth(&flows, other)));
                flows[least.expect("a circle has edges")] = 0.0;
            }
        }
    };
    let mut held = vec![0.0; network.nodes()];
    held[from] = amount;
    let mut legs = Vec::new();
    for group in order.chunk_by(|&one, &other| edges[one].from == edges[other].from) {
        let node = edges[group[0]].from;
        for (at, amount) in shared(network, group, &flows, held[node]) {
            held[edges[at].to] += edges[at].gain.out(amount);
            legs.push(Leg { pool: edges[at].pool, from: node, amount });
        }
    }
    legs
}

/// Takes away flows into nodes that nothing leaves.
fn drop_dead_ends(network: &Network, to: usize, flows: &mut [f64]) {
    loop {
        let mut left = vec![false; network.nodes()];
        left[to] = true;
        for (edge, _) in network.edges().iter().zip(&*flows).filter(|(_, flow)| **flow > 0.0) {
            left[edge.from] = true;
        }
        let mut dropped = false;
        for (edge, flow) in network.edges().iter().zip(&mut *flows) {
            if *flow > 0.0 && !left[edge.to] {
                (*flow, dropped) = (0.0, true);
            }
        }
        if !dropped {
            return;
        }
    }
}

/// `held` over edges in the proportions of `flows`; what a full edge cannot take goes to the others.
fn shared(network: &Network, group: &[usize], flows: &[f64], held: f64) -> Vec<(usize, f64)> {
    let mut open: Vec<usize> = group.to_vec();
    let (mut left, mut shares) = (held, Vec::new());
    loop {
        let whole: f64 = open.iter().map(|&at| flows[at]).sum();
        let scale = if whole > 0.0 { left / whole } else { 0.0 };
        let limit = |at: usize| network.edges()[at].limit();
        let (full, rest): (Vec<usize>, Vec<usize>) =
            open.iter().partition(|&&at| flows[at] * scale > limit(at));
        if full.is_empty() {
            shares.extend(rest.iter().map(|&at| (at, flows[at] * scale)));
            break;
        }
        for at in full {
            left -= limit(at);
            shares.push((at, limit(at)));
        }
        open = rest;
    }
    shares.retain(|&(_, amount)| amount > 0.0);
    shares
}
