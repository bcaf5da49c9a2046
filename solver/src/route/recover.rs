//! From balanced prices to a route that can be executed leg by leg.

use super::{
    dual::Dual,
    network::{Network, Order},
    optimise::Flow,
};

/// Shares of a node's flow below this are noise.
const NOISE: f64 = 1e-13;

/// Reads the trades at the dual's prices, makes them acyclic, and pushes the order through them.
pub(super) fn recover(network: &Network, order: &Order, dual: &mut Dual<'_>) -> Vec<Flow> {
    let mut planned = Vec::new();
    for at in 0..dual.parts.len() {
        if dual.parts[at].mode == super::dual::Mode::Out {
            continue;
        }
        let (trade, _) = dual.trade(at);
        let given = trade.share * trade.given;
        let edge = dual.parts[at].edge as usize;
        if given > 0.0 {
            planned.push((edge, given));
        }
    }
    push(network, order, planned)
}

/// Pushes an order through planned amounts: every node gives on all that it has received, in the
/// planned proportions, within the edges' limits.
pub(super) fn push(network: &Network, order: &Order, mut planned: Vec<(usize, f64)>) -> Vec<Flow> {
    let n = network.nodes();
    let sequence = sort(network, order, &mut planned);
    let mut held = vec![0.0; n];
    held[order.from] = order.amount;
    let mut of: Vec<Vec<(usize, f64)>> = vec![Vec::new(); n];
    for (edge, given) in planned {
        of[network.edges()[edge].from].push((edge, given));
    }
    let mut legs = Vec::new();
    for node in sequence {
        let have = held[node];
        let wants: f64 = of[node].iter().map(|(_, given)| given).sum();
        if node == order.to || wants <= 0.0 || have <= 0.0 {
            continue;
        }
        for (edge, given) in spread(network, &of[node], have, wants) {
            if given <= NOISE * have {
                continue;
            }
            let described = &network.edges()[edge];
            let out = described.gain.out(given);
            held[node] -= given;
            held[described.to] += out;
            legs.push(Flow { edge, amount_in: given, amount_out: out });
        }
    }
    legs
}

/// Scales planned amounts to what is there; what an edge's limit refuses goes to the others.
fn spread(network: &Network, planned: &[(usize, f64)], have: f64, wants: f64) -> Vec<(usize, f64)> {
    let mut given: Vec<(usize, f64)> =
        planned.iter().map(|&(e, g)| (e, g * (have / wants))).collect();
    for _ in 0..4 {
        let mut over = 0.0;
        let mut room = 0.0;
        for (edge, amount) in &mut given {
            let limit = network.edges()[*edge].limit();
            if *amount > limit {
                over += *amount - limit;
                *amount = limit;
            } else if *amount < limit {
                room += *amount;
            }
        }
        if over <= 0.0 || room <= 0.0 {
            break;
        }
        for (edge, amount) in &mut given {
            if *amount < network.edges()[*edge].limit() {
                *amount *= 1.0 + over / room;
            }
        }
    }
    for (edge, amount) in &mut given {
        *amount = amount.min(network.edges()[*edge].limit());
    }
    given
}

/// The nodes in an order in which every planned edge leads forward; the smallest edge of every cycle
/// is dropped.
fn sort(network: &Network, order: &Order, planned: &mut Vec<(usize, f64)>) -> Vec<usize> {
    let n = network.nodes();
    loop {
        let mut entering = vec![0usize; n];
        for &(edge, _) in planned.iter() {
            entering[network.edges()[edge].to] += 1;
        }
        let mut ready: Vec<usize> = (0..n).filter(|&k| entering[k] == 0).collect();
        let mut sequence = Vec::with_capacity(n);
        while let Some(node) = ready.pop() {
            sequence.push(node);
            for &(edge, _) in planned.iter().filter(|(e, _)| network.edges()[*e].from == node) {
                let to = network.edges()[edge].to;
                entering[to] -= 1;
                if entering[to] == 0 {
                    ready.push(to);
                }
            }
        }
        let _ = order;
        if sequence.len() == n {
            return sequence;
        }
        // What is left lies on cycles or behind them.
        let smallest = planned
            .iter()
            .enumerate()
            .filter(|(_, (e, _))| entering[network.edges()[*e].to] > 0)
            .min_by(|a, b| a.1.1.total_cmp(&b.1.1))
            .map(|(at, _)| at);
        match smallest {
            Some(at) => drop(planned.swap_remove(at)),
            None => return sequence,
        }
    }
}
