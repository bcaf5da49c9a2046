//! Which edges are worth their gas: round the relaxation, drop and add, branch and bound.
//!
//! Two facts carry it. With a set of edges chosen, the best route over them is the convex problem
//! without gas, and its prices bound what any other set can gain: an edge that is in may pay to be
//! left out by at most its gas less its profit at these prices, one that is out may pay to be taken
//! by at most its profit less its gas. And the relaxation, in which an edge pays its gas in
//! proportion to a share, bounds every set at once.

use super::{
    dual::{Dual, Mode},
    effort::{Effort, FINE},
    network::{Network, Order},
    optimise::Flow,
    recover::recover,
};

/// Accuracy of a set's prices, relative.
const EXACT: f64 = 1e-10;

/// The share of what prices promise that a route may lack: of all gaps that make a search content
/// where a set is one of many, and of the promise where there is but one.
const PART: f64 = 0.01;
const SHORT: f64 = 4e-10;

/// The same where parts are more than so many, and amounts take long to find; where an interior point
/// takes minutes, a hundredth of a basis point.
const SHORTER: [(usize, f64); 3] = [(20_000, 1e-6), (1_000, 1e-7), (256, 1e-8)];

/// Parts so few that trying one more costs next to nothing.
const FEW: usize = 256;

/// Widths of shares, in parts of what is at stake: far from the answer, and near it.
pub(super) const COLD: f64 = 8.0;
const WARM: f64 = 0.02;

/// Shares at which the relaxation is rounded. A nearly straight gain may carry much at a small one.
const ROUNDINGS: [f64; 4] = [0.5, 1e-6, 0.2, 0.8];

/// Moves that one round of local search tries before it gives up.
const TRIES: usize = 12;

/// What a move must promise to be tried, relative; [`FINE`] where the search is content.
const SLIGHT: f64 = 1e-9;

/// A rounding that reaches less of the bound than this has gone wrong.
const FAR: f64 = 0.99;

/// The gap, relative, and the share of their gas that many edges must earn, for all to be tried at
/// once.
const WIDE: f64 = 1e-5;
const PAYING: f64 = 0.1;

/// A set that was best is still good enough where its gap has not grown by more than this factor since
/// all moves were tried.
pub(super) const STILL: f64 = 1.25;

/// Gains below this are rounding, relative.
const NOTHING: f64 = 1e-11;

/// A set of edges, and the best route over it.
#[derive(Debug, Clone)]
struct Choice {
    /// Whether each part of the search is in.
    set: Vec<bool>,
    legs: Vec<Flow>,
    /// Units wanted net of gas.
    net: f64,
    position: Vec<f64>,
}

/// What a search finds.
pub(super) struct Found {
    pub(super) legs: Vec<Flow>,
    pub(super) net: f64,
    /// Prices of the relaxation by node, zero where none.
    pub(super) prices: Vec<f64>,
    /// Shares of the relaxation by edge.
    pub(super) shares: Vec<f64>,
    /// The bound after branching.
    pub(super) proven: f64,
    /// The gap to the relaxation's bound, relative, that was left when all moves had last been tried.
    pub(super) left: f64,
}

/// What an earlier search near this one found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'k> {
    /// The network's edges that its route used, in ascending order.
    pub(super) edges: &'k [usize],
    /// As [`Found::left`].
    pub(super) left: f64,
}

/// One search over sets.
pub(super) struct Subsets<'a, 'n> {
    network: &'n Network,
    order: &'a Order,
    effort: Effort,
    /// Parts without gas are always in; only the others are chosen.
    root: Dual<'n>,
    best: Option<Choice>,
}

/// A branch: the relaxation with some parts decided.
struct Branch {
    decided: Vec<(usize, bool)>,
    bound: f64,
    position: Vec<f64>,
    shares: Vec<f64>,
}

impl<'a, 'n> Subsets<'a, 'n> {
    pub(super) fn new(
        network: &'n Network,
        order: &'a Order,
        root: Dual<'n>,
        effort: Effort,
    ) -> Self {
        Self { network, order, effort, root, best: None }
    }

    /// Searches until the gap is closed or the effort is spent. Where something is known of the answer,
    /// the root's prices and shares are near it.
    pub(super) fn run(mut self, known: Option<Known<'_>>) -> Found {
        let start = if known.is_some() { WARM } else { COLD };
        if self.root.parts.iter().all(|part| part.mode == Mode::In) {
            return self.smooth(start);
        }
        self.root.minimise(0.1 * self.effort.gap, start);
        self.effort.spend(&mut self.root);
        let bound = self.root.bound();
        let (prices, shares) = (self.root.prices(), self.root.shares());
        let (position, chosen) = (self.root.position(), self.root.shares.clone());
        let top = Branch { decided: Vec::new(), bound, position, shares: chosen };
        let mut left = known.map_or(0.0, |known| known.left);
        let mut proven = bound;
        if !known.is_some_and(|known| self.serves(known, bound)) {
            self.round(bound);
            self.improve(bound);
            self.look_away(bound);
            self.effort.turn_to_proof();
            proven = self.branch(top);
            // Who ran out of time has not tried all moves.
            left = if self.effort.is_late() { 0.0 } else { (bound - self.sure()) / bound.abs() };
        }
        let net = self.sure();
        let legs = self.best.filter(|best| best.net > 0.0).map_or_else(Vec::new, |best| best.legs);
        Found { legs, net, prices, shares, proven, left }
    }

    /// Whether the edges that were best are still about as near a bound: then no move is tried anew.
    fn serves(&mut self, known: Known<'_>, bound: f64) -> bool {
        let start = self.root.position();
        let used = |part: &super::dual::Part| {
            part.mode == Mode::In || known.edges.binary_search(&(part.edge as usize)).is_ok()
        };
        let set: Vec<bool> = self.root.parts.iter().map(used).collect();
        let choice = self.evaluate(&set);
        choice.into_iter().for_each(|choice| {
            self.offer(choice);
        });
        self.root.return_to(&start);
        bound - self.sure() <= STILL * known.left * bound.abs()
    }

    /// Without gas there is nothing to choose.
    fn smooth(mut self, start: f64) -> Found {
        self.root.minimise(EXACT, start);
        let shares = self.root.shares();
        let parts = self.root.parts.len();
        let rough = SHORTER.into_iter().find(|(more_than, _)| parts > *more_than);
        let short = rough.map_or(SHORT, |(_, short)| short);
        let legs = recover(self.network, self.order, &mut self.root, (EXACT, short));
        let (prices, bound) = (self.root.prices(), self.root.bound());
        let net = self.network.net(self.order, &legs);
        Found { legs, net, prices, shares, proven: bound, left: 0.0 }
    }

    /// The parts whose share is at least `least`, and all that pay no gas. A straight line's share
    /// says how full it is, not how sure: any use counts.
    fn rounded(&self, least: f64) -> Vec<bool> {
        let least = |at: usize| if self.root.is_line(at) { 1e-9 } else { least };
        let parts = self.root.parts.iter().zip(&self.root.shares).enumerate();
        parts.map(|(at, (p, share))| p.mode == Mode::In || *share >= least(at)).collect()
    }

    /// The best route over a set, from the root's prices.
    fn evaluate(&mut self, set: &[bool]) -> Option<Choice> {
        let mut dual = self.root.restricted(set)?;
        dual.minimise(EXACT, WARM);
        let short = SHORT.max(PART * self.effort.gap);
        let legs = recover(self.network, self.order, &mut dual, (EXACT, short));
        self.effort.spend(&mut dual);
        let net = self.network.net(self.order, &legs);
        // An edge that is in and carries nothing need not be.
        let mut carried: Vec<usize> = legs.iter().map(|leg| leg.edge).collect();
        carried.sort_unstable();
        let needed = |part: &super::dual::Part| {
            part.mode == Mode::In || carried.binary_search(&(part.edge as usize)).is_ok()
        };
        let set = self.root.parts.iter().map(needed).collect();
        self.root.read(&dual);
        Some(Choice { set, legs, net, position: self.root.position() })
    }

    /// Keeps a choice if it is the best so far.
    fn offer(&mut self, choice: Choice) -> bool {
        let better =
            self.best.as_ref().is_none_or(|best| choice.net > best.net + NOTHING * best.net.abs());
        if better {
            self.best = Some(choice);
        }
        better
    }

    /// What is sure: doing nothing costs nothing.
    fn sure(&self) -> f64 {
        self.best.as_ref().map_or(0.0, |best| best.net.max(0.0))
    }

    /// Whether the best choice is near enough to a bound, or nothing more may be spent.
    fn is_done(&self, bound: f64) -> bool {
        bound - self.sure() <= self.effort.gap * bound.abs() || self.effort.is_spent()
    }

    /// Rounds the relaxation's shares.
    fn round(&mut self, bound: f64) {
        let start = self.root.position();
        let mut tried: Vec<Vec<bool>> = Vec::new();
        for least in ROUNDINGS {
            let set = self.rounded(least);
            if tried.contains(&set) || (!tried.is_empty() && self.is_done(bound)) {
                continue;
            }
            self.root.return_to(&start);
            let choice = self.evaluate(&set);
            choice.into_iter().for_each(|choice| {
                self.offer(choice);
            });
            tried.push(set);
        }
        self.root.return_to(&start);
        // Where gas hardly counts its shares are noise: then the route that ignores it.
        if self.best.as_ref().is_none_or(|best| best.net < bound * FAR) {
            let choice = self.evaluate(&vec![true; self.root.parts.len()]);
            choice.into_iter().for_each(|choice| {
                self.offer(choice);
            });
            self.root.return_to(&start);
        }
    }

    /// Drops and adds one edge at a time, from the best set until nothing helps.
    fn improve(&mut self, bound: f64) {
        while bound - self.sure() > self.effort.fine() * bound.abs() && !self.effort.is_spent() {
            let Some(here) = self.best.clone() else { return };
            let least = if self.is_done(bound) { FINE } else { SLIGHT };
            let moves = self.moves(&here, least);
            let better = moves.into_iter().take(TRIES).any(|at| {
                let mut set = here.set.clone();
                set[at] = !set[at];
                self.root.return_to(&here.position);
                let next = self.evaluate(&set);
                next.is_some_and(|next| self.offer(next))
            });
            if !better {
                return;
            }
        }
    }

    /// Tries the route that ignores gas, where the gap is wide and the edges that it adds are few or
    /// earn some of their gas: to look at gas should never do worse than to look away.
    fn look_away(&mut self, bound: f64) {
        let wide = bound - self.sure() > WIDE * bound.abs() && !self.effort.is_late();
        let Some(here) = self.best.clone().filter(|_| wide) else { return };
        self.root.return_to(&here.position);
        let (mut gains, mut costs) = (0.0, 0.0);
        for at in (0..here.set.len()).filter(|&at| !here.set[at]) {
            let profit = self.root.profit(at);
            gains += profit;
            costs += if profit > 0.0 { self.root.parts[at].cost } else { 0.0 };
        }
        if gains > PAYING * costs || here.set.len() <= FEW {
            let choice = self.evaluate(&vec![true; here.set.len()]);
            choice.into_iter().for_each(|choice| {
                self.offer(choice);
            });
        }
    }

    /// The parts that may pay to drop or to add by more than `least`, relative, those that may pay most
    /// first.
    fn moves(&mut self, here: &Choice, least: f64) -> Vec<usize> {
        self.root.return_to(&here.position);
        let mut moves = Vec::new();
        for at in 0..self.root.parts.len() {
            let part = self.root.parts[at];
            if part.cost > 0.0 {
                let gains = self.root.profit(at) - part.cost;
                let most = if here.set[at] { -gains } else { gains };
                if most > least * here.net.abs() {
                    moves.push((at, most));
                }
            }
        }
        moves.sort_by(|a, b| b.1.total_cmp(&a.1));
        moves.into_iter().map(|(at, _)| at).collect()
    }

    /// Branch and bound: what is proven in the end.
    fn branch(&mut self, top: Branch) -> f64 {
        let (mut open, mut settled) = (vec![top], 0.0_f64);
        loop {
            let best = self.sure();
            open.retain(|branch| branch.bound > best);
            let top = (0..open.len()).max_by(|&a, &b| open[a].bound.total_cmp(&open[b].bound));
            let Some(top) = top else { return best.max(settled) };
            let branch = open.swap_remove(top);
            if self.is_done(branch.bound) {
                return branch.bound.max(settled);
            }
            // Where nothing is left to decide and the bound is still above, accuracy ends: there alone.
            let Some(at) = self.split(&branch) else {
                settled = settled.max(branch.bound);
                continue;
            };
            for inside in [true, false] {
                open.extend(self.decide(&branch, at, inside));
            }
        }
    }

    /// The relaxation with one more part decided; offers the set that its shares round to. `None`
    /// where nothing better can come of it.
    fn decide(&mut self, parent: &Branch, at: usize, inside: bool) -> Option<Branch> {
        let mut decided = parent.decided.clone();
        decided.push((at, inside));
        self.root.shares.copy_from_slice(&parent.shares);
        self.root.return_to(&parent.position);
        let mut paid = 0.0;
        for &(at, inside) in &decided {
            self.root.set_mode(at, if inside { Mode::In } else { Mode::Out });
            paid += if inside { self.root.parts[at].cost } else { 0.0 };
        }
        self.root.minimise(0.1 * self.effort.gap, WARM);
        self.effort.spend(&mut self.root);
        let bound = (self.root.bound() - paid).min(parent.bound);
        let (position, shares) = (self.root.position(), self.root.shares.clone());
        let mut set = self.rounded(0.5);
        for &(at, inside) in &decided {
            set[at] = inside;
            self.root.set_mode(at, Mode::Free);
        }
        if bound <= self.sure() {
            return None;
        }
        if self.best.as_ref().is_none_or(|best| best.set != set) {
            let choice = self.evaluate(&set);
            choice.into_iter().for_each(|choice| {
                self.offer(choice);
            });
        }
        Some(Branch { decided, bound, position, shares })
    }

    /// The part to decide next: the one that leaves most of its gas in doubt.
    fn split(&self, branch: &Branch) -> Option<usize> {
        let doubt = |at: usize| {
            let share = branch.shares[at];
            // A line that is hardly used has hardly paid.
            let line = self.root.is_line(at) && share > 0.0;
            let unpaid = if line { 1.0 - share } else { share.min(1.0 - share) };
            // Where no share is in doubt and the gap is open, some share is wrong.
            (unpaid + f64::EPSILON) * self.root.parts[at].cost
        };
        (0..self.root.parts.len())
            .filter(|&at| self.root.parts[at].mode == Mode::Free)
            .filter(|&at| branch.decided.iter().all(|(d, _)| *d != at) && doubt(at) > 0.0)
            .max_by(|&a, &b| doubt(a).total_cmp(&doubt(b)))
    }
}
