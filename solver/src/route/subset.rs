//! Which edges are worth their gas: drop and add from the relaxation's choice, then branch and bound.
//!
//! Two facts carry it. With a set of edges chosen, the best route over them is the convex problem
//! without gas, and its prices bound what any other set can gain: an edge that is in may pay to be
//! left out by at most its gas less its profit at these prices, one that is out may pay to be taken
//! by at most its profit less its gas. And the relaxation, in which an edge pays its gas in
//! proportion to a share, bounds every set at once.

use super::{
    dual::{Dual, Mode},
    effort::Effort,
    network::{Network, Order},
    optimise::Flow,
    recover::recover,
};

/// Accuracy of values that are compared, relative.
const EXACT: f64 = 1e-10;

/// The width of shares where the answer is near.
const WARM: f64 = 0.02;

/// Shares at which the relaxation is rounded. A nearly straight gain may carry much at a small one.
const ROUNDINGS: [f64; 4] = [0.5, 1e-6, 0.2, 0.8];

/// Moves that one round of local search tries before it gives up.
const TRIES: usize = 12;

/// A set of edges, and the best route over it.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// Whether each part of the search is in.
    set: Vec<bool>,
    /// Units wanted net of gas, by the dual of the set.
    value: f64,
    pub(super) legs: Vec<Flow>,
    /// Units wanted net of gas, by its legs.
    pub(super) net: f64,
    prices: Vec<f64>,
}

/// What gas-aware search finds.
pub(super) struct Chosen {
    pub(super) best: Choice,
    /// Prices of the relaxation, and the bound they give.
    pub(super) prices: Vec<f64>,
    pub(super) bound: f64,
    /// The bound after branching.
    pub(super) proven: f64,
}

/// One search over sets.
pub(super) struct Subsets<'a, 'n> {
    network: &'n Network,
    order: &'a Order,
    effort: &'a mut Effort,
    /// Parts without gas are always in; only the others are chosen.
    root: Dual<'n>,
    best: Option<Choice>,
}

/// A branch: the relaxation with some parts decided.
struct Branch {
    decided: Vec<(usize, bool)>,
    bound: f64,
    logs: Vec<f64>,
    shares: Vec<f64>,
}

impl<'a, 'n> Subsets<'a, 'n> {
    pub(super) fn new(
        network: &'n Network,
        order: &'a Order,
        root: Dual<'n>,
        effort: &'a mut Effort,
    ) -> Self {
        Self { network, order, effort, root, best: None }
    }

    /// Searches until the gap is closed or the effort is spent.
    pub(super) fn run(mut self, start: f64) -> Option<Chosen> {
        self.root.minimise(0.1 * self.effort.gap, start);
        self.effort.spend(&self.root);
        let bound = self.root.bound();
        let prices = self.root.prices.clone();
        let mut tried: Vec<Vec<bool>> = Vec::new();
        for least in ROUNDINGS {
            let set = self.rounded(least);
            if !tried.contains(&set) {
                let choice = self.evaluate(&set, None);
                self.offer(choice);
                tried.push(set);
            }
        }
        self.improve();
        let proven = self.branch(bound);
        let best = self.best?;
        Some(Chosen { best, prices, bound, proven })
    }

    /// The parts whose share is at least `least`, and all that pay no gas. A straight line's share
    /// says how full it is, not how sure: any use counts.
    fn rounded(&self, least: f64) -> Vec<bool> {
        let least = |at: usize| if self.root.is_line(at) { 1e-9 } else { least };
        let parts = self.root.parts.iter().enumerate();
        parts.map(|(at, p)| p.mode == Mode::In || p.share >= least(at)).collect()
    }

    /// The best route over a set.
    fn evaluate(&mut self, set: &[bool], from: Option<&[f64]>) -> Choice {
        let mut at = 0;
        let mut dual = self.root.restricted(|_| {
            at += 1;
            set[at - 1]
        });
        if let Some(prices) = from {
            dual.start_at(prices);
        }
        dual.minimise(EXACT, WARM);
        self.effort.spend(&dual);
        let legs = recover(self.network, self.order, &mut dual);
        let (mut out, mut gas) = (0.0, 0.0);
        for leg in &legs {
            let edge = &self.network.edges()[leg.edge];
            out += if edge.to == self.order.to { leg.amount_out } else { 0.0 };
            gas += edge.gas;
        }
        let net = out - gas * self.order.gas_price;
        // An edge that is in and carries nothing need not be.
        let mut used = vec![false; set.len()];
        let mut carried: Vec<u32> =
            legs.iter().filter_map(|l| u32::try_from(l.edge).ok()).collect();
        carried.sort_unstable();
        for (at, part) in self.root.parts.iter().enumerate() {
            used[at] = part.mode == Mode::In || carried.binary_search(&part.edge).is_ok();
        }
        Choice { set: used, value: net, legs, net, prices: dual.logs }
    }

    /// Keeps a choice if it is the best so far.
    fn offer(&mut self, choice: Choice) {
        if self.best.as_ref().is_none_or(|best| choice.net > best.net) {
            self.best = Some(choice);
        }
    }

    /// Drop and add, one edge at a time, from the best set until nothing helps.
    fn improve(&mut self) {
        let Some(mut here) = self.best.clone() else { return };
        while !self.effort.is_spent() {
            let moves = self.moves(&here);
            let mut better = None;
            for (at, by) in moves.into_iter().take(TRIES) {
                let mut set = here.set.clone();
                set[at] = !set[at];
                let next = self.evaluate(&set, Some(&here.prices));
                if next.value > here.value * (1.0 + 1e-11) {
                    better = Some(next);
                    break;
                }
            }
            match better {
                Some(next) => here = next,
                None => break,
            }
        }
        self.offer(here);
    }

    /// The parts that may pay to drop or to add, by how much at most, best first.
    fn moves(&mut self, here: &Choice) -> Vec<(usize, f64)> {
        self.root.start_at(&here.prices);
        let mut moves = Vec::new();
        for at in 0..self.root.parts.len() {
            let part = self.root.parts[at];
            if part.cost <= 0.0 {
                continue;
            }
            let gains = self.root.profit(at) - part.cost;
            let by = if here.set[at] { -gains } else { gains };
            if by > 1e-9 * here.value.abs() {
                moves.push((at, by));
            }
        }
        moves.sort_by(|a, b| b.1.total_cmp(&a.1));
        moves
    }

    /// Branch and bound: what is proven in the end.
    fn branch(&mut self, bound: f64) -> f64 {
        let shares = self.root.parts.iter().map(|p| p.share).collect();
        let mut open =
            vec![Branch { decided: Vec::new(), bound, logs: self.root.logs.clone(), shares }];
        loop {
            let incumbent = self.best.as_ref().map_or(0.0, |b| b.net);
            open.retain(|b| b.bound > incumbent);
            let top = (0..open.len()).max_by(|&a, &b| open[a].bound.total_cmp(&open[b].bound));
            let Some(top) = top else { return incumbent };
            let proven = open[top].bound;
            if proven - incumbent <= self.effort.gap * proven.abs() || self.effort.is_spent() {
                return proven;
            }
            let branch = open.swap_remove(top);
            let Some(at) = split(&self.root, &branch) else {
                // Nothing is left to decide and still the bound is above: accuracy ends here.
                return proven;
            };
            for inside in [true, false] {
                open.extend(self.solve(&branch, at, inside));
            }
        }
    }

    /// The relaxation with one more part decided; offers the set that its shares round to.
    fn solve(&mut self, parent: &Branch, at: usize, inside: bool) -> Option<Branch> {
        let mut decided = parent.decided.clone();
        decided.push((at, inside));
        for (part, share) in self.root.parts.iter_mut().zip(&parent.shares) {
            part.share = *share;
        }
        self.root.start_at(&parent.logs);
        let mut paid = 0.0;
        for &(at, inside) in &decided {
            self.root.parts[at].mode = if inside { Mode::In } else { Mode::Out };
            paid += if inside { self.root.parts[at].cost } else { 0.0 };
        }
        self.root.minimise(0.1 * self.effort.gap, WARM);
        self.effort.spend(&self.root);
        let bound = (self.root.bound() - paid).min(parent.bound);
        let branch = Branch {
            bound,
            logs: self.root.logs.clone(),
            shares: self.root.parts.iter().map(|p| p.share).collect(),
            decided,
        };
        let mut set = self.rounded(0.5);
        for &(at, inside) in &branch.decided {
            set[at] = inside;
            self.root.parts[at].mode = Mode::Free;
        }
        let incumbent = self.best.as_ref().map_or(0.0, |b| b.net);
        if bound <= incumbent {
            return None;
        }
        if self.best.as_ref().is_none_or(|best| best.set != set) {
            let choice = self.evaluate(&set, Some(&branch.logs));
            self.offer(choice);
        }
        Some(branch)
    }
}

/// The part to decide next: the one whose share is least certain, weighed by its gas.
fn split(root: &Dual<'_>, branch: &Branch) -> Option<usize> {
    let doubt = |at: usize| {
        let share = branch.shares[at];
        // The gas that a share leaves unpaid: all of it, for a line that is hardly used.
        let unpaid =
            if root.is_line(at) && share > 0.0 { 1.0 - share } else { share.min(1.0 - share) };
        unpaid * root.parts[at].cost
    };
    (0..root.parts.len())
        .filter(|&at| root.parts[at].mode == Mode::Free)
        .filter(|&at| branch.decided.iter().all(|(d, _)| *d != at))
        .filter(|&at| doubt(at) > 0.0)
        .max_by(|&a, &b| doubt(a).total_cmp(&doubt(b)))
}
