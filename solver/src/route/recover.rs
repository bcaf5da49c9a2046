//! From balanced prices to a route that can be executed leg by leg.

use super::{
    cycles::{cancel, cyclic, sort},
    dual::{Amount, Dual, Mode},
    network::{Network, Order},
    optimise::Flow,
};

/// Shares of a node's flow below this are rounding.
const NOISE: f64 = 1e-11;

/// Waste below this is rounding.
const WASTE: f64 = 1e-9;

/// Rounds of handing on what a full edge refuses.
const SPILLS: u32 = 6;

/// How often what cannot be executed is left out and prices are balanced again.
const REPAIRS: u32 = 16;

/// The share of what prices promise that a route may lack for prices to be near, and the share of its
/// cost that an edge's first unit must return at such prices to matter.
const NEAR: f64 = 1e-4;
const FAR: f64 = 0.95;

/// An amount through an edge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planned {
    pub(super) edge: usize,
    pub(super) given: f64,
    /// How readily it changes, beside the others that leave its node.
    gives: f64,
}

/// Reads the trades at a dual's prices and pushes the order through them. Where that returns less than
/// the prices promise, by more than a share of `short`, amounts and prices are found together; the
/// better prices remain.
pub(super) fn recover(
    network: &Network,
    order: &Order,
    dual: &mut Dual<'_>,
    (accuracy, short): (f64, f64),
) -> Vec<Flow> {
    let (bound, prices) = (dual.bound(), dual.position());
    let modes: Vec<Mode> = dual.parts.iter().map(|part| part.mode).collect();
    let restore = |dual: &mut Dual<'_>| {
        modes.iter().enumerate().for_each(|(at, mode)| dual.set_mode(at, *mode));
    };
    let first = traded(network, order, dual, accuracy);
    restore(dual);
    dual.return_to(&prices);
    if network.out(order, &first) >= bound - short * bound.abs() {
        return first;
    }
    let lacks = bound - network.out(order, &first);
    let amounts = dual.interior(if lacks <= NEAR * bound.abs() { FAR } else { 0.0 });
    let prices = dual.position();
    let second = balanced(network, order, dual, &amounts);
    restore(dual);
    dual.return_to(&prices);
    let best =
        if network.net(order, &second) > network.net(order, &first) { second } else { first };
    if order.gas_price > 0.0 { sparing(network, order, best) } else { best }
}

/// The route without what only feeds a node that has more than it can give, where gas is saved.
fn sparing(network: &Network, order: &Order, mut best: Vec<Flow>) -> Vec<Flow> {
    if wasted(network, order, &best).iter().all(|waste| *waste <= WASTE || *waste >= 1.0) {
        return best;
    }
    let edges: Vec<usize> = best.iter().map(|leg| leg.edge).collect();
    for edge in edges {
        let others = best.iter().filter(|leg| leg.edge != edge);
        let planned = others
            .map(|leg| Planned { edge: leg.edge, given: leg.amount_in, gives: leg.amount_in })
            .collect();
        let fewer = thrifty(network, order, planned);
        if network.net(order, &fewer) > network.net(order, &best) {
            best = fewer;
        }
    }
    best
}

/// Pushes the order through the trades at a dual's prices. What cannot be executed, an edge that only
/// closes cycles, a second edge of one pool or the smallest edge of a cycle, is left out of the dual,
/// which is then balanced again to `accuracy`, unless it carried no more than noise.
fn traded(network: &Network, order: &Order, dual: &mut Dual<'_>, accuracy: f64) -> Vec<Flow> {
    let mut planned = Vec::new();
    for _ in 0..REPAIRS {
        planned = plan(dual);
        let misfit = closing(network, order, &planned)
            .or_else(|| repeated(network, &planned))
            .or_else(|| cyclic(network, &planned));
        let Some(edge) = misfit else { break };
        leave_out(dual, edge);
        let carried = planned.iter().filter(|plan| plan.edge == edge).map(|plan| plan.given).sum();
        if !dual.is_noise(network.edges()[edge].from, carried) {
            dual.minimise(accuracy, 0.02);
        }
    }
    thrifty(network, order, planned)
}

/// Pushes the order through the amounts that an interior point finds, which fill what nothing tells
/// against: cycles at no loss, and ways into what more arrives at than leaves. Where some of these
/// are not missed, the amounts of the others are found again.
fn balanced(
    network: &Network,
    order: &Order,
    dual: &mut Dual<'_>,
    amounts: &[Amount],
) -> Vec<Flow> {
    let mut planned = used(network, dual, amounts);
    let mut best = thrifty(network, order, planned.clone());
    let doubtful: Vec<usize> = planned.iter().filter(|p| p.gives == 0.0).map(|p| p.edge).collect();
    let all = planned.len();
    for edge in doubtful {
        let fewer: Vec<Planned> = planned.iter().filter(|p| p.edge != edge).copied().collect();
        let legs = thrifty(network, order, fewer.clone());
        if network.net(order, &legs) >= network.net(order, &best) {
            (planned, best) = (fewer, legs);
        }
    }
    if planned.len() == all {
        return best;
    }
    for at in 0..dual.parts.len() {
        if planned.iter().all(|plan| plan.edge != dual.parts[at].edge as usize) {
            dual.set_mode(at, Mode::Out);
        }
    }
    let amounts = dual.interior(0.0);
    let again = thrifty(network, order, used(network, dual, &amounts));
    if network.net(order, &again) > network.net(order, &best) { again } else { best }
}

fn leave_out(dual: &mut Dual<'_>, edge: usize) {
    for at in 0..dual.parts.len() {
        if dual.parts[at].edge as usize == edge {
            dual.set_mode(at, Mode::Out);
        }
    }
}

/// Amounts that an interior point found, nothing going round and no pool used twice; those that may
/// not be needed give way to nothing.
fn used(network: &Network, dual: &mut Dual<'_>, amounts: &[Amount]) -> Vec<Planned> {
    let mut amounts = amounts.to_vec();
    let mut planned = Vec::new();
    for _ in 0..REPAIRS {
        let parts = dual.parts.iter().zip(&amounts).filter(|(_, amount)| amount.given > 0.0);
        planned = parts
            .map(|(part, &Amount { given, gives })| Planned {
                edge: part.edge as usize,
                given,
                gives,
            })
            .collect();
        cancel(network, &mut planned);
        let Some(edge) = repeated(network, &planned) else { break };
        leave_out(dual, edge);
        amounts = dual.interior(0.0);
    }
    planned
}

/// Pushes planned amounts; where some of what enters a node never reaches the end, plans less into
/// it and pushes again. Prices near zero, as of a node that more is given to than the market takes,
/// do not balance it.
fn thrifty(network: &Network, order: &Order, mut planned: Vec<Planned>) -> Vec<Flow> {
    tidy(network, &mut planned);
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

/// Takes out what is nothing beside both what leaves its node and what arrives where it leads.
fn tidy(network: &Network, planned: &mut Vec<Planned>) {
    let mut leaving = vec![0.0; network.nodes()];
    planned.iter().for_each(|plan| leaving[network.edges()[plan.edge].from] += plan.given);
    if planned.iter().all(|p| p.given > NOISE * leaving[network.edges()[p.edge].from]) {
        return;
    }
    let mut arriving = vec![0.0; network.nodes()];
    for plan in planned.iter() {
        let edge = &network.edges()[plan.edge];
        arriving[edge.to] += edge.gain.out(plan.given);
    }
    planned.retain(|plan| {
        let edge = &network.edges()[plan.edge];
        plan.given > NOISE * leaving[edge.from]
            || edge.gain.out(plan.given) > NOISE * arriving[edge.to]
    });
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
        spread(network, &mut here, held[node]);
        for plan in here.iter().filter(|plan| plan.given > 0.0) {
            let edge = &network.edges()[plan.edge];
            let out = edge.gain.out(plan.given);
            held[edge.to] += out;
            legs.push(Flow { edge: plan.edge, amount_in: plan.given, amount_out: out });
        }
    }
    arriving(network, order, legs)
}

/// The legs without those from which nothing reaches the end.
fn arriving(network: &Network, order: &Order, mut legs: Vec<Flow>) -> Vec<Flow> {
    let mut arrives = vec![false; network.nodes()];
    arrives[order.to] = true;
    legs.reverse();
    legs.retain(|leg| {
        let edge = &network.edges()[leg.edge];
        let kept = arrives[edge.to];
        arrives[edge.from] |= kept;
        kept
    });
    legs.reverse();
    legs
}

/// Makes planned amounts add up to what is there: first those change that readily do, then all in
/// proportion; what an edge's limit refuses goes to the others.
fn spread(network: &Network, planned: &mut [Planned], have: f64) {
    let limit = |plan: &Planned| network.edges()[plan.edge].limit();
    for round in 0..SPILLS {
        let open = have - planned.iter().map(|plan| plan.given).sum::<f64>();
        let weight = |plan: &Planned| {
            let fits = if open > 0.0 { plan.given < limit(plan) } else { plan.given > 0.0 };
            match fits {
                false => 0.0,
                true if round < SPILLS / 2 => plan.gives,
                true => plan.given,
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
