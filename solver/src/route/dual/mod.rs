//! Prices that balance every node: the dual of an order, and its minimisation.
//!
//! At given prices every edge trades what is best for it alone; what the trades earn, plus the value
//! of what is sold, bounds what any route returns. The bound is convex in the prices, and its
//! gradient is what every node has left over: where it is least, the prices are the marginal values
//! at the optimum and the trades are the optimal route.
//!
//! [`newton`] minimises while [`shares`] stand; [`response`] knows the gains, [`laplacian`] solves.

mod laplacian;
mod newton;
pub(super) mod response;
mod shares;

use self::{
    laplacian::Laplacian,
    response::{Kernel, Ratio, Response},
};
use super::{
    network::{Network, Order},
    scope::Scope,
};

/// An edge this close to trading shows its curvature already: the first step needs it.
const BOUNDARY: f64 = 1.0 - 1e-9;

/// The share of what the first prices promise that is nothing.
const NOTHING: f64 = 1e-10;

/// No node of this dual.
const ABSENT: u32 = u32::MAX;

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

/// One edge of a dual.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// Position in the network.
    pub(super) edge: u32,
    pub(super) mode: Mode,
    /// Most units given.
    pub(super) cap: f64,
    /// Units of the node wanted that its gas costs.
    pub(super) cost: f64,
    /// Profit over which its share moves from none to all.
    width: f64,
    /// What the kernel remembers.
    memo: f64,
}

/// What an edge does at the prices at hand.
#[derive(Debug, Clone, Copy, Default)]
struct Trade {
    /// The best trade for the edge alone.
    response: Response,
    /// The share of it that is made.
    share: f64,
    /// What the whole of it earns after gas, in units of the node wanted.
    profit: f64,
}

/// The dual of an order over some edges, and where its minimisation stands. Nodes are counted anew:
/// only those that its edges touch.
#[derive(Debug)]
pub(super) struct Dual<'n> {
    network: &'n Network,
    /// The network's number of each node.
    nodes: Vec<u32>,
    /// The nodes, those to eliminate first at the front.
    sequence: Vec<u32>,
    from: usize,
    to: usize,
    amount: f64,
    pub(super) parts: Vec<Part>,
    ends: Vec<(u32, u32)>,
    /// First marginals; zero for parts that are out.
    slopes: Vec<f64>,
    /// The share that each part last had; zero for those that have none to choose.
    pub(super) shares: Vec<f64>,
    /// Logarithms of prices, the prices, and their square roots.
    logs: Vec<f64>,
    prices: Vec<f64>,
    roots: Vec<f64>,
    laplacian: Laplacian,
    /// What each node has left over, in value.
    gradient: Vec<f64>,
    /// What leaves each node, in value there and in value where it arrives.
    leaving: Vec<(f64, f64)>,
    /// The value as last evaluated.
    value: f64,
    /// Values below this count as nothing.
    nothing: f64,
    /// Edges looked at so far.
    pub(super) visits: usize,
}

impl<'n> Dual<'n> {
    /// The dual of `order` over a scope's edges, starting from the best marginal prices.
    pub(super) fn new(network: &'n Network, order: &Order, scope: &Scope) -> Self {
        let reached = |edge: &&u32| scope.rate[network.ends[**edge as usize].0 as usize] > 0.0;
        let parts: Vec<Part> = scope
            .edges
            .iter()
            .filter(reached)
            .map(|&edge| part(network, order, scope, edge))
            .collect();
        let mut dual = Self::over(network, &network.by_degree, parts, |node| node);
        let price = 1.0 / scope.rate[order.to];
        dual.logs =
            dual.nodes.iter().map(|&node| -(scope.rate[node as usize] * price).ln()).collect();
        dual.from = dual.local(order.from);
        dual.to = dual.local(order.to);
        dual.amount = order.amount;
        dual.reprice();
        dual.nothing = (NOTHING * dual.amount * dual.prices[dual.from]).max(f64::MIN_POSITIVE);
        dual
    }

    /// A dual over parts, whose nodes `sequence` lists in the network's numbers `name`d.
    fn over(
        network: &'n Network,
        sequence: &[u32],
        parts: Vec<Part>,
        name: impl Fn(u32) -> u32,
    ) -> Self {
        let mut own = vec![ABSENT; network.nodes()];
        for part in &parts {
            let (from, to) = network.ends[part.edge as usize];
            own[from as usize] = 0;
            own[to as usize] = 0;
        }
        let nodes: Vec<u32> =
            sequence.iter().map(|&n| name(n)).filter(|&n| own[n as usize] == 0).collect();
        for (at, &node) in (0..).zip(&nodes) {
            own[node as usize] = at;
        }
        let n = nodes.len();
        let ends = parts
            .iter()
            .map(|p| {
                let (from, to) = network.ends[p.edge as usize];
                (own[from as usize], own[to as usize])
            })
            .collect();
        Self {
            network,
            sequence: (0..).take(n).collect(),
            nodes,
            from: 0,
            to: 0,
            amount: 0.0,
            ends,
            slopes: parts.iter().map(|p| network.slopes[p.edge as usize]).collect(),
            shares: vec![0.0; parts.len()],
            parts,
            logs: vec![0.0; n],
            prices: vec![1.0; n],
            roots: vec![1.0; n],
            laplacian: Laplacian::default(),
            gradient: vec![0.0; n],
            leaving: vec![(0.0, 0.0); n],
            value: 0.0,
            nothing: f64::MIN_POSITIVE,
            visits: 0,
        }
    }

    /// The same order over some of the parts alone, their gas paid, starting from these prices;
    /// `None` where these do not touch both ends of the order.
    pub(super) fn restricted(&self, keep: &[bool]) -> Option<Self> {
        let kept: Vec<usize> = (0..self.parts.len()).filter(|&at| keep[at]).collect();
        let parts = kept.iter().map(|&at| Part { mode: Mode::In, ..self.parts[at] }).collect();
        let mut dual = Self::over(self.network, &self.sequence, parts, |n| self.nodes[n as usize]);
        dual.shares = kept.iter().map(|&at| self.shares[at]).collect();
        dual.read(self);
        let end = |node: usize| dual.nodes.iter().position(|&n| n == self.nodes[node]);
        let (from, to) = (end(self.from)?, end(self.to)?);
        (dual.from, dual.to, dual.amount) = (from, to, self.amount);
        dual.nothing = self.nothing;
        Some(dual)
    }

    /// Takes over the prices of another dual where both have a node.
    pub(super) fn read(&mut self, other: &Self) {
        // Both list their nodes in the order of the network's sequence.
        let mut theirs = other.nodes.iter().zip(&other.logs);
        let mut ours = self.nodes.iter().zip(&mut self.logs);
        let (mut a, mut b) = (ours.next(), theirs.next());
        while let (Some((node, log)), Some((other, value))) = (&mut a, b) {
            let (rank, against) =
                (self.network.rank[**node as usize], self.network.rank[*other as usize]);
            if rank == against {
                **log = *value;
            }
            if rank <= against {
                a = ours.next();
            }
            if against <= rank {
                b = theirs.next();
            }
        }
        self.reprice();
    }

    fn local(&self, node: usize) -> usize {
        self.nodes.iter().position(|&n| n as usize == node).unwrap_or(0)
    }

    /// Starts from prices by node and shares by edge, as a search over these nodes left them; false
    /// where they are of another network.
    pub(super) fn recall(&mut self, prices: &[f64], shares: &[f64]) -> bool {
        let same =
            prices.len() == self.network.nodes() && shares.len() == self.network.edges().len();
        let price = |node: &u32| prices[*node as usize];
        if !same || self.nodes.iter().any(|node| price(node) <= 0.0) {
            return false;
        }
        self.logs = self.nodes.iter().map(|node| price(node).ln()).collect();
        self.shares = self.parts.iter().map(|part| shares[part.edge as usize]).collect();
        self.reprice();
        true
    }

    /// The share of each edge by the network's number.
    pub(super) fn shares(&self) -> Vec<f64> {
        let mut shares = vec![0.0; self.network.edges().len()];
        for (part, share) in self.parts.iter().zip(&self.shares) {
            shares[part.edge as usize] = *share;
        }
        shares
    }

    /// Logarithms of the prices at hand, to come back to.
    pub(super) fn position(&self) -> Vec<f64> {
        self.logs.clone()
    }

    /// Goes back to a position.
    pub(super) fn return_to(&mut self, logs: &[f64]) {
        self.logs.copy_from_slice(logs);
        self.reprice();
    }

    /// The price of each node by the network's number, zero where the dual has none.
    pub(super) fn prices(&self) -> Vec<f64> {
        let mut prices = vec![0.0; self.network.nodes()];
        for (&node, &price) in self.nodes.iter().zip(&self.prices) {
            prices[node as usize] = price;
        }
        prices
    }

    fn reprice(&mut self) {
        for ((log, price), root) in self.logs.iter().zip(&mut self.prices).zip(&mut self.roots) {
            *root = (0.5 * log).exp();
            *price = *root * *root;
        }
    }

    /// Lets a part in, out, or chooses for itself.
    pub(super) fn set_mode(&mut self, at: usize, mode: Mode) {
        self.parts[at].mode = mode;
        self.slopes[at] = match mode {
            Mode::Out => 0.0,
            Mode::In | Mode::Free => self.network.slopes[self.parts[at].edge as usize],
        };
        if mode == Mode::Out {
            self.shares[at] = 0.0;
        }
    }

    /// Whether a part is a straight line.
    pub(super) fn is_line(&self, at: usize) -> bool {
        matches!(self.network.kernels[self.parts[at].edge as usize], Kernel::Line { .. })
    }

    /// Whether a part has a share to choose.
    fn is_shared(&self, at: usize) -> bool {
        (self.parts[at].mode == Mode::Free && self.parts[at].cost > 0.0) || self.is_line(at)
    }

    /// Whether a part's first unit pays at the prices at hand.
    fn pays(&self, at: usize) -> bool {
        let (from, to) = self.ends[at];
        self.slopes[at] * self.prices[to as usize] > self.prices[from as usize]
    }

    /// What a part does at the prices at hand, its share following its profit.
    fn trade(&mut self, at: usize) -> Trade {
        let (from, to) = (self.ends[at].0 as usize, self.ends[at].1 as usize);
        let (give, want) = (self.prices[from], self.prices[to]);
        let part = &mut self.parts[at];
        let edge = part.edge as usize;
        let kernel = &self.network.kernels[edge];
        let response = match kernel {
            Kernel::Line { rate } => {
                Response { given: part.cap, wanted: rate * part.cap, growth: 0.0 }
            }
            _ if self.slopes[at] * want < give * BOUNDARY => Response::default(),
            _ => {
                let root = self.roots[to] / self.roots[from];
                let log = self.logs[to] - self.logs[from];
                let best = kernel.respond(Ratio { value: root * root, root, log }, &mut part.memo);
                if best.given > part.cap {
                    let out = self.network.edges()[edge].gain.out(part.cap);
                    Response { given: part.cap, wanted: out, growth: 0.0 }
                } else {
                    best
                }
            }
        };
        let cost = if part.mode == Mode::Free { part.cost } else { 0.0 };
        let profit = want * response.wanted - give * response.given - cost;
        let shared = cost > 0.0 || matches!(kernel, Kernel::Line { .. });
        let share =
            if shared { (self.shares[at] + profit / part.width).clamp(0.0, 1.0) } else { 1.0 };
        Trade { response, share, profit }
    }

    /// Evaluates the smoothed dual, its gradient and its curvature at the prices at hand.
    fn evaluate(&mut self) -> f64 {
        self.visits += self.parts.len();
        self.laplacian.clear(self.prices.len());
        self.gradient.fill(0.0);
        self.leaving.fill((0.0, 0.0));
        let sold = self.amount * self.prices[self.from];
        self.gradient[self.from] = sold;
        let mut value = sold;
        for at in 0..self.parts.len() {
            let (from, to) = self.ends[at];
            let first = self.slopes[at] * self.prices[to as usize];
            if first < self.prices[from as usize] * BOUNDARY && self.shares[at] <= 0.0 {
                continue;
            }
            value += self.add(at);
        }
        self.value = value;
        value
    }

    /// Adds one part to the gradient and the curvature; returns what it adds to the value.
    fn add(&mut self, at: usize) -> f64 {
        let (from, to) = (self.ends[at].0 as usize, self.ends[at].1 as usize);
        let Trade { response, share, profit } = self.trade(at);
        let given = response.given * self.prices[from];
        let wanted = response.wanted * self.prices[to];
        self.gradient[from] -= share * given;
        self.gradient[to] += share * wanted;
        self.leaving[from].0 += share * given;
        self.leaving[from].1 += share * wanted;
        let conductance = share * response.growth * self.prices[from];
        let (mut here, mut there, mut across) = (conductance, conductance, -conductance);
        let mut value = share * profit;
        if self.is_shared(at) {
            let width = self.parts[at].width;
            let moved = share - self.shares[at];
            value -= 0.5 * width * moved * moved;
            if (0.0..=1.0).contains(&(self.shares[at] + profit / width)) {
                here += given * given / width;
                there += wanted * wanted / width;
                across -= given * wanted / width;
            }
        }
        let (a, b) = self.ends[at];
        self.laplacian.add(a, b, here, there, across);
        value
    }

    /// What is small is small beside this.
    fn scale(&self) -> f64 {
        self.value.abs().max(self.nothing)
    }

    /// What the nodes have left over, relative to the value.
    pub(super) fn imbalance(&self) -> f64 {
        let all: f64 = self.gradient.iter().map(|g| g.abs()).sum();
        (all - self.gradient[self.to].abs()) / self.scale()
    }

    /// The dual itself at the prices at hand: what no route over these parts exceeds.
    pub(super) fn bound(&mut self) -> f64 {
        let mut value = self.amount * self.prices[self.from];
        for at in 0..self.parts.len() {
            if self.pays(at) {
                value += self.trade(at).profit.max(0.0);
            }
        }
        value
    }

    /// Units that go into a part where the minimisation ended, at its prices and with its shares; and
    /// how readily they change with prices, in units too: a full edge does not.
    pub(super) fn planned(&mut self, at: usize) -> (f64, f64) {
        let shared = self.is_shared(at);
        let share = if shared { self.shares[at] } else { 1.0 };
        if share <= 0.0 || self.parts[at].mode == Mode::Out {
            return (0.0, 0.0);
        }
        let Response { given, growth, .. } = self.trade(at).response;
        let open = if shared && share < 1.0 { given } else { 0.0 };
        (share * given, share * growth + open)
    }

    /// What a part earns at the prices at hand, its gas not paid.
    pub(super) fn profit(&mut self, at: usize) -> f64 {
        if !self.pays(at) {
            return 0.0;
        }
        let paid = if self.parts[at].mode == Mode::Free { self.parts[at].cost } else { 0.0 };
        (self.trade(at).profit + paid).max(0.0)
    }
}

/// A scope's edge with the limits that the bound counts with.
fn part(network: &Network, order: &Order, scope: &Scope, edge: u32) -> Part {
    let described = &network.edges()[edge as usize];
    let cost = described.gas * order.gas_price;
    let reach = order.reach.get(described.from).copied().unwrap_or(f64::INFINITY);
    let limit = if cost > 0.0 { described.limit().min(reach) } else { described.limit() };
    // Shares need an end: more than twice what the best path brings is never there.
    let line = matches!(network.kernels[edge as usize], Kernel::Line { .. });
    let most = 2.0 * order.amount * scope.rate[described.from];
    Part {
        edge,
        mode: if cost > 0.0 { Mode::Free } else { Mode::In },
        cap: if line && limit.is_infinite() { most } else { limit },
        cost,
        width: 0.0,
        memo: f64::NAN,
    }
}
