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
const SPILLS: u32 = 4;

/// How often what cannot be executed is left out and prices are balanced again.
const REPAIRS: u32 = 16;

/// An amount through an edge.
type Planned = (usize, f64);

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
        for (edge, given) in &mut planned {
            let lost = waste[network.edges()[*edge].to];
            changed |= lost > WASTE && *given > 0.0;
            *given *= 1.0 - lost;
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
            let part = dual.parts[at];
            let given = if part.mode == Mode::Out { 0.0 } else { dual.planned(at) };
            (given > 0.0).then_some((part.edge as usize, given))
        })
        .collect()
}

/// An edge that leaves the end or enters the start.
fn closing(network: &Network, order: &Order, planned: &[Planned]) -> Option<usize> {
    let closes = |&(edge, _): &Planned| {
        let edge = &network.edges()[edge];
        edge.from == order.to || edge.to == order.from
    };
    planned.iter().copied().find(closes).map(|(edge, _)| edge)
}

/// The smaller of two edges of one pool, where two are planned.
fn repeated(network: &Network, planned: &[Planned]) -> Option<usize> {
    let mut by_pool: Vec<(usize, f64, usize)> =
        planned.iter().map(|&(e, given)| (network.edges()[e].pool, given, e)).collect();
    by_pool.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    by_pool.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| pair[0].2)
}

/// The smallest edge of what lies on cycles or behind them.
fn cyclic(network: &Network, planned: &[Planned]) -> Option<usize> {
    let (sequence, entering) = sort(network, planned);
    let left = planned.iter().filter(|(e, _)| entering[network.edges()[*e].to] > 0);
    // Amounts of unlike nodes do not compare; as shares of what enters their node they do.
    let _ = sequence;
    let mut all = vec![0.0; network.nodes()];
    for &(edge, given) in planned {
        all[network.edges()[edge].from] += given;
    }
    let part = |&(edge, given): &Planned| given / all[network.edges()[edge].from];
    left.min_by(|a, b| part(a).total_cmp(&part(b))).map(|(e, _)| *e)
}

/// The planned edges' nodes so that every edge leads forward, and how many edges still enter each
/// node of what cannot be sorted.
fn sort(network: &Network, planned: &[Planned]) -> (Vec<usize>, Vec<u32>) {
    let mut entering = vec![0u32; network.nodes()];
    let mut leaving: Vec<(usize, usize)> = Vec::with_capacity(planned.len());
    for &(edge, _) in planned {
        let edge = &network.edges()[edge];
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
    planned.sort_unstable_by_key(|(edge, _)| network.edges()[*edge].from);
    let mut held = vec![0.0; network.nodes()];
    held[order.from] = order.amount;
    let mut legs = Vec::with_capacity(planned.len());
    for node in sequence.into_iter().filter(|&node| node != order.to) {
        let of = |(edge, _): &Planned| network.edges()[*edge].from;
        let first = planned.partition_point(|p| of(p) < node);
        let last = planned.partition_point(|p| of(p) <= node);
        let mut here = planned[first..last].to_vec();
        let wanted: f64 = here.iter().map(|(_, given)| given).sum();
        for (_, given) in here.iter_mut().filter(|(_, given)| *given <= NOISE * wanted) {
            *given = 0.0;
        }
        spread(network, &mut here, held[node]);
        for &(edge, given) in here.iter().filter(|(_, given)| *given > 0.0) {
            let described = &network.edges()[edge];
            let out = described.gain.out(given);
            held[described.to] += out;
            legs.push(Flow { edge, amount_in: given, amount_out: out });
        }
    }
    legs
}

/// Scales planned amounts to what is there; what an edge's limit refuses goes to the others.
fn spread(network: &Network, planned: &mut [Planned], have: f64) {
    let wanted: f64 = planned.iter().map(|(_, given)| given).sum();
    let limit = |edge: usize| network.edges()[edge].limit();
    if wanted <= 0.0 {
        return;
    }
    for (_, given) in planned.iter_mut() {
        *given *= have / wanted;
    }
    for _ in 0..SPILLS {
        let (mut over, mut room) = (0.0, 0.0);
        for (edge, given) in planned.iter_mut() {
            let most = limit(*edge);
            over += (*given - most).max(0.0);
            room += if *given < most { *given } else { 0.0 };
            *given = given.min(most);
        }
        if over <= 0.0 || room <= 0.0 {
            return;
        }
        for (edge, given) in planned.iter_mut().filter(|(e, g)| *g < limit(*e)) {
            *given = (*given * (1.0 + over / room)).min(limit(*edge));
        }
    }
}
