//! From balanced prices to a route that can be executed leg by leg.

use super::{
    dual::{Dual, Mode},
    network::{Network, Order},
    optimise::Flow,
};

/// Shares of a node's flow below this are rounding.
const NOISE: f64 = 1e-11;

/// Waste below this is rounding.
const WASTE: f64 = 1e-9;

/// Rounds of handing on what a full edge refuses.
const SPILLS: u32 = 6;

/// The share of what a node has that its prices may be off by and still tell who gives way.
const SMALL: f64 = 1e-3;

/// How often what cannot be executed is left out and prices are balanced again.
const REPAIRS: u32 = 16;

/// An amount through an edge.
#[derive(Debug, Clone, Copy)]
struct Planned {
    edge: usize,
    given: f64,
    /// How readily it changes, beside the others that leave its node.
    gives: f64,
}

/// Reads the trades at a dual's prices and pushes the order through them. What cannot be executed,
/// an edge that only closes cycles, a second edge of one pool or the smallest edge of a cycle, is
/// left out of the dual, which is then balanced again to `accuracy`.
pub(super) fn recover(
    network: &Network,
    order: &Order,
    dual: &mut Dual<'_>,
    accuracy: f64,
) -> Vec<Flow> {
    let mut planned = Vec::new();
    for _ in 0..REPAIRS {
        planned = plan(dual);
        let misfit = closing(network, order, &planned)
            .or_else(|| repeated(network, &planned))
            .or_else(|| cyclic(network, &planned));
        let Some(edge) = misfit else { break };
        for at in 0..dual.parts.len() {
            if dual.parts[at].edge as usize == edge {
                dual.set_mode(at, Mode::Out);
            }
        }
        dual.minimise(accuracy, 0.02);
    }
    thrifty(network, order, planned)
}

/// Pushes planned amounts; where some of what enters a node never reaches the end, plans less into
/// it and pushes again. Prices near zero, as of a node that more is given to than the market takes,
/// do not balance it.
fn thrifty(network: &Network, order: &Order, mut planned: Vec<Planned>) -> Vec<Flow> {
    let mut best = push(network, order, &mut planned);
    for _ in 0..REPAIRS {
        let waste = wasted(network, order, &best);
        let mut changed = false;
        for plan in &mut planned {
            let lost = waste[network.edges()[plan.edge].to];
            changed |= lost > WASTE && plan.given > 0.0;
            plan.given *= 1.0 - lost;
            plan.gives *= 1.0 - lost;
        }
        if !changed {
            break;
        }
        let next = push(network, order, &mut planned);
        if network.out(order, &next) <= network.out(order, &best) {
            break;
        }
        best = next;
    }
    best
}

/// For each node the share of what enters it that never reaches the end.
fn wasted(network: &Network, order: &Order, legs: &[Flow]) -> Vec<f64> {
    let mut entered = vec![0.0; network.nodes()];
    for leg in legs {
        entered[network.edges()[leg.edge].to] += leg.amount_out;
    }
    let mut waste: Vec<f64> = entered.iter().map(|e| if *e > 0.0 { 1.0 } else { 0.0 }).collect();
    waste[order.to] = 0.0;
    for leg in legs.iter().rev() {
        let edge = &network.edges()[leg.edge];
        if edge.from != order.from && entered[edge.from] > 0.0 {
            waste[edge.from] -= leg.amount_in / entered[edge.from] * (1.0 - waste[edge.to]);
        }
    }
    waste.iter_mut().for_each(|w| *w = w.clamp(0.0, 1.0));
    waste
}

/// The trades where a minimisation ended.
fn plan(dual: &mut Dual<'_>) -> Vec<Planned> {
    (0..dual.parts.len())
        .filter_map(|at| {
            let edge = dual.parts[at].edge as usize;
            let (given, gives) = dual.planned(at);
            (given > 0.0).then_some(Planned { edge, given, gives })
        })
        .collect()
}

/// An edge that leaves the end or enters the start.
fn closing(network: &Network, order: &Order, planned: &[Planned]) -> Option<usize> {
    let closes = |edge: &usize| {
        let edge = &network.edges()[*edge];
        edge.from == order.to || edge.to == order.from
    };
    planned.iter().map(|plan| plan.edge).find(closes)
}

/// The smaller of two edges of one pool, where two are planned.
fn repeated(network: &Network, planned: &[Planned]) -> Option<usize> {
    let mut by_pool: Vec<(usize, f64, usize)> =
        planned.iter().map(|p| (network.edges()[p.edge].pool, p.given, p.edge)).collect();
    by_pool.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    by_pool.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| pair[0].2)
}

/// The smallest edge of what lies on cycles or behind them, as a share of what leaves its node:
/// amounts of unlike nodes do not compare.
fn cyclic(network: &Network, planned: &[Planned]) -> Option<usize> {
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
fn sort(network: &Network, planned: &[Planned]) -> (Vec<usize>, Vec<u32>) {
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

/// Pushes an order through planned amounts: every node gives on all that it has received, in the
/// planned proportions, within the edges' limits.
fn push(network: &Network, order: &Order, planned: &mut [Planned]) -> Vec<Flow> {
    let (sequence, _) = sort(network, planned);
    let of = |plan: &Planned| network.edges()[plan.edge].from;
    planned.sort_unstable_by_key(of);
    let mut held = vec![0.0; network.nodes()];
    held[order.from] = order.amount;
    let mut legs = Vec::with_capacity(planned.len());
    for node in sequence.into_iter().filter(|&node| node != order.to) {
        let first = planned.partition_point(|plan| of(plan) < node);
        let last = planned.partition_point(|plan| of(plan) <= node);
        let mut here = planned[first..last].to_vec();
        let all: f64 = here.iter().map(|plan| plan.given).sum();
        here.retain(|plan| plan.given > NOISE * all);
        spread(network, &mut here, held[node]);
        for plan in here.iter().filter(|plan| plan.given > 0.0) {
            let edge = &network.edges()[plan.edge];
            let out = edge.gain.out(plan.given);
            held[edge.to] += out;
            legs.push(Flow { edge: plan.edge, amount_in: plan.given, amount_out: out });
        }
    }
    legs
}

/// Makes planned amounts add up to what is there: where little is missing those change that readily
/// do, else all in proportion; what an edge's limit refuses goes to the others.
fn spread(network: &Network, planned: &mut [Planned], have: f64) {
    let limit = |plan: &Planned| network.edges()[plan.edge].limit();
    for round in 0..SPILLS {
        let open = have - planned.iter().map(|plan| plan.given).sum::<f64>();
        let weight = |plan: &Planned| {
            let fits = if open > 0.0 { plan.given < limit(plan) } else { plan.given > 0.0 };
            match (fits, round < SPILLS / 2 && open.abs() <= SMALL * have) {
                (false, _) => 0.0,
                (true, true) => plan.gives,
                (true, false) => plan.given,
            }
        };
        let weights: f64 = planned.iter().map(weight).sum();
        if weights > 0.0 {
            let step = open / weights;
            for plan in planned.iter_mut() {
                plan.given = (plan.given + step * weight(plan)).clamp(0.0, limit(plan));
            }
        }
    }
    // What rounding has left over.
    let all: f64 = planned.iter().map(|plan| plan.given).sum();
    if all > have {
        planned.iter_mut().for_each(|plan| plan.given *= have / all);
    }
}
