//! Prices that balance every node: Newton's method on the dual, in logarithms of prices.
//!
//! At given prices every edge trades what is best for it alone; the sum of what the trades earn,
//! plus the value of what is sold, is a bound on what any route returns, convex in the prices, and
//! its gradient is what every node has left over. The prices that minimise it are the marginal
//! values at the optimum, and the trades there are the optimal route.
//!
//! Two things are not smooth: a straight line takes all or nothing, and an edge with gas pays all of
//! it or none. Both are shares between zero and one, found by the method of multipliers: a share
//! moves over a small range of profit around where it last stood, and that range shrinks.

use super::{
    laplacian::Laplacian,
    network::{Network, Order},
    response::{Kernel, Ratio, Response},
    scope::Scope,
};

/// Newton steps for one set of multipliers.
const STEPS: usize = 60;

/// The largest change of a logarithm of a price in one step.
const LEAP: f64 = 1.0;

/// An edge this close to trading shows its curvature already: the first step needs it.
const BOUNDARY: f64 = 1.0 - 1e-9;

/// Trials along one direction before it is given up.
const TRIALS: u32 = 24;

/// Changes of a logarithm of a price below this are rounding.
const NOISE: f64 = 1e-14;

/// Rounds of multipliers.
const ROUNDS: usize = 30;

/// By how much the width over which shares move shrinks in a round, and where that ends.
const SHRINK: f64 = 0.4;
const FLOOR: f64 = 0.01;

/// How an edge takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It does not.
    Out,
    /// Its gas is paid, whatever goes through it.
    In,
    /// It pays its gas in proportion to a share: the relaxation.
    Free,
}

/// One edge of a search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) edge: u32,
    pub(super) mode: Mode,
    /// Most units given.
    pub(super) cap: f64,
    /// Units of the node wanted that its gas costs.
    pub(super) cost: f64,
    /// The share it last had; none for edges that have no share to choose.
    pub(super) share: f64,
    /// Profit over which the share moves from none to all.
    width: f64,
    /// What the kernel remembers.
    memo: f64,
}

/// What an edge does at the prices at hand.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trade {
    pub(super) given: f64,
    pub(super) wanted: f64,
    pub(super) share: f64,
    /// Profit before the share is taken, gas paid, in units of the node wanted.
    pub(super) profit: f64,
}

/// The dual of an order over some edges, and where its minimisation stands.
#[derive(Debug)]
pub(super) struct Dual<'n> {
    network: &'n Network,
    from: usize,
    to: usize,
    amount: f64,
    pub(super) parts: Vec<Part>,
    ends: Vec<(u32, u32)>,
    slopes: Vec<f64>,
    /// Logarithms of prices, the prices, and their square roots.
    pub(super) logs: Vec<f64>,
    pub(super) prices: Vec<f64>,
    roots: Vec<f64>,
    laplacian: Laplacian,
    gradient: Vec<f64>,
    flow: Vec<f64>,
    /// The value as last evaluated: what imbalances are measured in.
    scale: f64,
    pub(super) value: f64,
    pub(super) evaluations: usize,
}

impl<'n> Dual<'n> {
    /// The dual of `order` over a scope's edges, starting from the best marginal prices.
    pub(super) fn new(network: &'n Network, order: &Order, scope: &Scope) -> Self {
        let price = 1.0 / scope.rate[order.to];
        let log_of = |rate: f64| if rate > 0.0 { -(rate * price).ln() } else { 0.0 };
        let parts: Vec<Part> = scope
            .edges
            .iter()
            .filter(|&&edge| scope.rate[network.ends[edge as usize].0 as usize] > 0.0)
            .map(|&edge| part(network, order, scope, edge))
            .collect();
        let n = network.nodes();
        let mut dual = Self {
            network,
            from: order.from,
            to: order.to,
            amount: order.amount,
            ends: parts.iter().map(|p| network.ends[p.edge as usize]).collect(),
            slopes: parts.iter().map(|p| network.slopes[p.edge as usize]).collect(),
            parts,
            logs: scope.rate.iter().map(|&rate| log_of(rate)).collect(),
            prices: vec![1.0; n],
            roots: vec![1.0; n],
            laplacian: Laplacian::default(),
            gradient: vec![0.0; n],
            flow: vec![0.0; n],
            scale: 0.0,
            value: 0.0,
            evaluations: 0,
        };
        dual.reprice();
        dual
    }

    /// The same order over some of the parts alone, their gas paid, starting from these prices.
    pub(super) fn restricted(&self, mut keep: impl FnMut(&Part) -> bool) -> Self {
        let kept: Vec<usize> = (0..self.parts.len()).filter(|&at| keep(&self.parts[at])).collect();
        let parts = kept.iter().map(|&at| Part { mode: Mode::In, ..self.parts[at] }).collect();
        Self {
            network: self.network,
            from: self.from,
            to: self.to,
            amount: self.amount,
            parts,
            ends: kept.iter().map(|&at| self.ends[at]).collect(),
            slopes: kept.iter().map(|&at| self.slopes[at]).collect(),
            logs: self.logs.clone(),
            prices: self.prices.clone(),
            roots: self.roots.clone(),
            laplacian: Laplacian::default(),
            gradient: self.gradient.clone(),
            flow: self.flow.clone(),
            scale: self.scale,
            value: self.value,
            evaluations: 0,
        }
    }

    /// Moves to other prices, given as logarithms.
    pub(super) fn start_at(&mut self, logs: &[f64]) {
        self.logs.copy_from_slice(logs);
        self.reprice();
    }

    /// What a part earns at the prices at hand, its gas not paid.
    pub(super) fn profit(&mut self, at: usize) -> f64 {
        let (from, to) = self.ends[at];
        if self.slopes[at] * self.prices[to as usize] <= self.prices[from as usize] {
            return 0.0;
        }
        let paid = if self.parts[at].mode == Mode::Free { self.parts[at].cost } else { 0.0 };
        (self.trade(at).0.profit + paid).max(0.0)
    }

    fn reprice(&mut self) {
        for ((log, price), root) in self.logs.iter().zip(&mut self.prices).zip(&mut self.roots) {
            *root = (0.5 * log).exp();
            *price = *root * *root;
        }
    }

    /// What a part does at the prices at hand, its share following its profit.
    pub(super) fn trade(&mut self, at: usize) -> (Trade, Response) {
        let (from, to) = (self.ends[at].0 as usize, self.ends[at].1 as usize);
        let (give, want) = (self.prices[from], self.prices[to]);
        let part = &mut self.parts[at];
        let kernel = &self.network.kernels[part.edge as usize];
        let line = matches!(kernel, Kernel::Line { .. });
        let response = if let Kernel::Line { rate } = kernel {
            Response { given: part.cap, wanted: rate * part.cap, growth: 0.0 }
        } else if self.slopes[at] * want < give * BOUNDARY {
            Response::default()
        } else {
            let root = self.roots[to] / self.roots[from];
            let ratio = Ratio { value: want / give, root, log: self.logs[to] - self.logs[from] };
            let best = kernel.respond(ratio, &mut part.memo);
            if best.given > part.cap {
                let gain = &self.network.edges()[part.edge as usize].gain;
                Response { given: part.cap, wanted: gain.out(part.cap), growth: 0.0 }
            } else {
                best
            }
        };
        let cost = if part.mode == Mode::Free { part.cost } else { 0.0 };
        let profit = want * response.wanted - give * response.given - cost;
        let share = if line || cost > 0.0 {
            (part.share + profit / part.width).clamp(0.0, 1.0)
        } else {
            1.0
        };
        (Trade { given: response.given, wanted: response.wanted, share, profit }, response)
    }

    /// Sets how far profits must move to move shares: in parts of what is at stake.
    fn widen(&mut self, by: f64) {
        for (part, ends) in self.parts.iter_mut().zip(&self.ends) {
            let cost = if part.mode == Mode::Free { part.cost } else { 0.0 };
            let line = matches!(self.network.kernels[part.edge as usize], Kernel::Line { .. });
            let value = if line { part.cap * self.prices[ends.0 as usize] } else { 0.0 };
            part.width = by * cost.max(0.01 * value);
        }
    }

    /// Evaluates the smoothed dual, its gradient and its curvature at the prices at hand.
    fn evaluate(&mut self) -> f64 {
        self.evaluations += 1;
        self.laplacian.clear(self.prices.len());
        self.gradient.fill(0.0);
        self.flow.fill(0.0);
        let sold = self.amount * self.prices[self.from];
        self.gradient[self.from] = sold;
        self.flow[self.from] = sold;
        let mut value = sold;
        for at in 0..self.parts.len() {
            let part = &self.parts[at];
            let (from, to) = (self.ends[at].0 as usize, self.ends[at].1 as usize);
            let idle = self.slopes[at] * self.prices[to] < self.prices[from] * BOUNDARY;
            if part.mode == Mode::Out || (idle && part.share <= 0.0) {
                continue;
            }
            value += self.add(at);
        }
        self.scale = value.abs();
        value
    }

    /// Adds one part to the gradient and the curvature; returns what it adds to the value.
    fn add(&mut self, at: usize) -> f64 {
        let (from, to) = (self.ends[at].0 as usize, self.ends[at].1 as usize);
        let (trade, response) = self.trade(at);
        let part = &self.parts[at];
        let kernel = &self.network.kernels[part.edge as usize];
        let line = matches!(kernel, Kernel::Line { .. });
        let (given, wanted) = (trade.given * self.prices[from], trade.wanted * self.prices[to]);
        let share = trade.share;
        self.gradient[from] -= share * given;
        self.gradient[to] += share * wanted;
        self.flow[from] += share * given;
        self.flow[to] += share * wanted;
        let conductance = share * response.growth * self.prices[from];
        let (mut here, mut there, mut across) = (conductance, conductance, -conductance);
        let shared = line || (part.mode == Mode::Free && part.cost > 0.0);
        let mut value = share * trade.profit;
        if shared {
            let width = part.width;
            let moved = share - part.share;
            value -= 0.5 * width * moved * moved;
            let raw = part.share + trade.profit / width;
            if (0.0..=1.0).contains(&raw) {
                here += given * given / width;
                there += wanted * wanted / width;
                across -= given * wanted / width;
            }
        }
        self.laplacian.diagonal[from] += here;
        self.laplacian.diagonal[to] += there;
        let (from, to) = self.ends[at];
        self.laplacian.entries.push((from, to, across));
        value
    }

    /// What the nodes have left over, in value, relative to what is sold.
    pub(super) fn imbalance(&self) -> f64 {
        let off: f64 = self
            .gradient
            .iter()
            .enumerate()
            .filter(|(node, _)| *node != self.to)
            .map(|(_, g)| g.abs())
            .sum();
        off / self.scale.max(f64::MIN_POSITIVE)
    }

    /// Minimises over prices with the multipliers held; true when the nodes balance to `tolerance`.
    fn descend(&mut self, tolerance: f64) -> bool {
        let n = self.prices.len();
        let mut value = self.evaluate();
        let mut direction = vec![0.0; n];
        let mut right = vec![0.0; n];
        let mut damping = 0.0;
        let mut stalls = 0;
        for _ in 0..STEPS {
            let off = self.imbalance();
            if off <= tolerance {
                break;
            }
            for (right, gradient) in right.iter_mut().zip(&self.gradient) {
                *right = -gradient;
            }
            // In logarithms of prices the gradient is part of the curvature; it keeps a price that
            // nothing holds from running away, and vanishes at the optimum.
            for node in 0..n {
                let own = self.gradient[node].abs();
                let d = &mut self.laplacian.diagonal[node];
                *d += own + damping * *d;
            }
            self.laplacian.solve(&self.network.by_degree, self.to, &right, &mut direction);
            let slope: f64 = direction.iter().zip(&self.gradient).map(|(d, g)| d * g).sum();
            let longest = direction.iter().fold(0.0_f64, |m, d| m.max(d.abs()));
            if !longest.is_finite() || longest <= NOISE {
                break;
            }
            match self.search(&direction, slope, (LEAP / longest).min(1.0), value) {
                Some(next) => {
                    let little = value - next <= 1e-14 * value.abs();
                    stalls = if little && self.imbalance() > 0.5 * off { stalls + 1 } else { 0 };
                    value = next;
                    if stalls > 2 {
                        break;
                    }
                    damping *= 0.1;
                }
                None => {
                    value = self.evaluate();
                    if damping > 1e3 {
                        break;
                    }
                    damping = (damping * 10.0_f64).max(1e-4);
                }
            }
        }
        self.value = value;
        self.imbalance() <= tolerance
    }

    /// Goes along a direction until the value has fallen and has nearly stopped falling: `slope` is
    /// its rate at the start, where the value is `value`. The value there, or `None` with prices as
    /// they were where no step helps.
    fn search(&mut self, direction: &[f64], slope: f64, full: f64, value: f64) -> Option<f64> {
        let before = self.logs.clone();
        let off = self.imbalance();
        let (mut near, mut far) = (0.0, f64::INFINITY);
        let mut step = full;
        for _ in 0..TRIALS {
            for ((log, old), d) in self.logs.iter_mut().zip(&before).zip(direction) {
                *log = old + step * d;
            }
            self.reprice();
            let next = self.evaluate();
            let turned: f64 = direction.iter().zip(&self.gradient).map(|(d, g)| d * g).sum();
            let level = (next - value).abs() <= 1e-11 * value.abs() && self.imbalance() < off;
            let falls = next <= value + 1e-4 * step * slope;
            if level || (falls && (step >= full || turned >= 0.8 * slope)) {
                return Some(next);
            }
            if falls {
                near = step;
            } else {
                far = step;
            }
            step = if near > 0.0 {
                (near * far).sqrt()
            } else {
                step * (slope / (slope - turned)).clamp(0.002, 0.5)
            };
        }
        self.logs = before;
        self.reprice();
        None
    }

    /// Minimises the dual itself: multipliers in rounds, until what the shares leave on the table is
    /// below `tolerance`, relative to the value.
    pub(super) fn minimise(&mut self, tolerance: f64, start: f64) {
        let shared = self.parts.iter().any(|p| {
            p.mode == Mode::Free && p.cost > 0.0
                || matches!(self.network.kernels[p.edge as usize], Kernel::Line { .. })
        });
        if !shared {
            self.descend(tolerance);
            return;
        }
        let mut width = start;
        let mut left = f64::INFINITY;
        for _ in 0..ROUNDS {
            self.widen(width);
            let rough = (left / self.value.abs().max(f64::MIN_POSITIVE)).clamp(tolerance, 1e-2);
            self.descend(rough);
            left = self.settle();
            if left <= tolerance * self.value.abs() && self.imbalance() <= tolerance.max(1e-9) {
                break;
            }
            width = (width * SHRINK).max(FLOOR);
        }
    }

    /// Takes the shares at hand as the new multipliers; returns the profit that they leave on the
    /// table.
    fn settle(&mut self) -> f64 {
        let mut left = 0.0;
        for at in 0..self.parts.len() {
            if self.parts[at].mode == Mode::Out {
                continue;
            }
            let (trade, _) = self.trade(at);
            left += trade.profit.max(0.0) - trade.share * trade.profit;
            self.parts[at].share = if self.is_shared(at) { trade.share } else { 0.0 };
        }
        left
    }

    /// The dual itself at the prices at hand: what no route over these parts exceeds.
    pub(super) fn bound(&mut self) -> f64 {
        let mut value = self.amount * self.prices[self.from];
        for at in 0..self.parts.len() {
            let (from, to) = self.ends[at];
            let trades = self.slopes[at] * self.prices[to as usize] > self.prices[from as usize];
            if self.parts[at].mode != Mode::Out && trades {
                value += self.trade(at).0.profit.max(0.0);
            }
        }
        value
    }

    /// Whether a part is a straight line.
    pub(super) fn is_line(&self, at: usize) -> bool {
        matches!(self.network.kernels[self.parts[at].edge as usize], Kernel::Line { .. })
    }

    /// Whether a part has a share to choose.
    fn is_shared(&self, at: usize) -> bool {
        let part = &self.parts[at];
        (part.mode == Mode::Free && part.cost > 0.0) || self.is_line(at)
    }
}

fn part(network: &Network, order: &Order, scope: &Scope, edge: u32) -> Part {
    let described = &network.edges()[edge as usize];
    let reach = order.reach.get(described.from).copied().unwrap_or(f64::INFINITY);
    let most = if scope.arbitrage { 4.0 } else { 1.0 };
    let found = most * order.amount * scope.rate[described.from];
    let cost = described.gas * order.gas_price;
    Part {
        edge,
        mode: if cost > 0.0 { Mode::Free } else { Mode::In },
        cap: described.limit().min(reach).min(found),
        cost,
        share: 0.0,
        width: 0.0,
        memo: f64::NAN,
    }
}
