//! Prices that balance every node: the dual of an order, and its minimisation.
//!
//! At given prices every edge trades what is best for it alone; what the trades earn, plus the value
//! of what is sold, bounds what any route returns. The bound is convex in the prices, and its
//! gradient is what every node has left over: where it is least, the prices are the marginal values
//! at the optimum and the trades are the optimal route.
//!
//! [`newton`] minimises while [`shares`] stand, [`interior`] finds amounts where prices do not tell
//! them, from where [`centre`] leads; [`response`] and [`lane`] know the gains, [`laplacian`] solves.

mod centre;
mod interior;
mod lane;
mod laplacian;
mod made;
mod newton;
pub(super) mod response;
mod shares;

pub(super) use self::interior::Amount;
use self::{
    laplacian::Laplacian,
    made::gate,
    response::{Gate, Kernel, Ratio, Response},
};
use super::network::Network;

/// The largest imbalance, relative to the value, that rounding is blamed for, and the parts from which
/// on it is: over fewer another try is cheap, and may find a better balance.
const NOISE: f64 = 1e-8;
const MANY: usize = 256;

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
    /// Whether it is a straight line.
    line: bool,
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
    kernels: Vec<&'n Kernel>,
    /// When each part is worth looking at; never for those that are out.
    gates: Vec<Gate>,
    /// The share that each part last had; zero for those that have none to choose.
    pub(super) shares: Vec<f64>,
    /// Logarithms of prices, the prices, and their square roots.
    logs: Vec<f64>,
    /// The least of each logarithm.
    floors: Vec<f64>,
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
    /// The parts that the last evaluation looked at.
    live: Vec<u32>,
    /// Edges looked at so far.
    pub(super) visits: usize,
}

impl<'n> Dual<'n> {
    /// Lets a part in, out, or chooses for itself.
    pub(super) fn set_mode(&mut self, at: usize, mode: Mode) {
        self.parts[at].mode = mode;
        self.gates[at] = gate(self.network, &self.parts[at]);
        if mode == Mode::Out {
            self.shares[at] = 0.0;
        }
    }

    /// Whether a part is a straight line.
    pub(super) fn is_line(&self, at: usize) -> bool {
        self.parts[at].line
    }

    /// Whether a part has a share to choose.
    fn is_shared(&self, at: usize) -> bool {
        (self.parts[at].mode == Mode::Free && self.parts[at].cost > 0.0) || self.is_line(at)
    }

    /// Whether a part may earn more than its gas at the prices at hand.
    fn pays(&self, at: usize) -> bool {
        let (from, to) = self.ends[at];
        self.gates[at].is_open(self.roots[from as usize], self.roots[to as usize])
    }

    /// What a part does at the prices at hand, its share following its profit.
    #[inline]
    fn trade(&mut self, at: usize) -> Trade {
        let (from, to) = (self.ends[at].0 as usize, self.ends[at].1 as usize);
        let (give, want) = (self.prices[from], self.prices[to]);
        let response = self.respond(at, from, to);
        let part = &self.parts[at];
        let cost = if part.mode == Mode::Free { part.cost } else { 0.0 };
        let profit = want * response.wanted - give * response.given - cost;
        let share = if cost > 0.0 || part.line {
            (self.shares[at] + profit / part.width).clamp(0.0, 1.0)
        } else {
            1.0
        };
        Trade { response, share, profit }
    }

    /// The trade that is best for a part alone; all of a straight line.
    #[inline]
    fn respond(&mut self, at: usize, from: usize, to: usize) -> Response {
        let (kernel, gate, part) = (self.kernels[at], &self.gates[at], &mut self.parts[at]);
        if let Kernel::Line { rate } = kernel {
            return Response { given: part.cap, wanted: rate * part.cap, growth: 0.0 };
        }
        let (give, want) = (self.roots[from], self.roots[to]);
        if !(Gate { over: 0.0, ..*gate }).is_open(give, want) {
            return Response::default();
        }
        let root = want / give;
        let log = self.logs[to] - self.logs[from];
        let best = kernel.respond(Ratio { value: root * root, root, log }, &mut part.memo);
        if best.given <= part.cap {
            return best;
        }
        let wanted = self.network.edges()[part.edge as usize].gain.out(part.cap);
        Response { given: part.cap, wanted, growth: 0.0 }
    }

    /// Evaluates the smoothed dual, its gradient and its curvature at the prices at hand.
    fn evaluate(&mut self) -> f64 {
        self.visits += self.parts.len();
        self.laplacian.clear(self.prices.len());
        self.gradient.fill(0.0);
        self.leaving.fill((0.0, 0.0));
        let sold = self.amount * self.prices[self.from];
        self.gradient[self.from] = sold;
        let mut live = std::mem::take(&mut self.live);
        self.screen(&mut live);
        self.value = live.iter().fold(sold, |value, &at| value + self.add(at as usize));
        self.live = live;
        self.value
    }

    /// Lists the parts that may add something at the prices at hand.
    fn screen(&self, live: &mut Vec<u32>) {
        live.clear();
        let parts = self.gates.iter().zip(&self.ends).zip(&self.shares);
        for (at, ((gate, &(from, to)), &share)) in (0..).zip(parts) {
            if gate.is_open(self.roots[from as usize], self.roots[to as usize]) || share > 0.0 {
                live.push(at);
            }
        }
    }

    /// Whether the most that a part takes, all of it at the first price, would not earn its gas.
    fn falls_short(&self, at: usize) -> bool {
        let (from, to) = self.ends[at];
        let (part, gate) = (&self.parts[at], &self.gates[at]);
        let give = (gate.give * self.roots[from as usize]).powi(2);
        let want = (gate.want * self.roots[to as usize]).powi(2);
        part.mode == Mode::Free && part.cap * (want - give) < part.cost * gate.give * gate.give
    }

    /// Adds one part to the gradient and the curvature; returns what it adds to the value.
    #[inline]
    fn add(&mut self, at: usize) -> f64 {
        let (from, to) = (self.ends[at].0 as usize, self.ends[at].1 as usize);
        if self.shares[at] <= 0.0 && self.falls_short(at) {
            return 0.0;
        }
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

    /// Whether an amount at a node, by the network's number, is worth no more than the nodes lack
    /// anyway: what is balanced without it is balanced no better.
    pub(super) fn is_noise(&self, node: usize, amount: f64) -> bool {
        let price = self.nodes.iter().position(|&n| n as usize == node).map(|n| self.prices[n]);
        let worth = price.map_or(0.0, |price| amount * price);
        self.parts.len() > MANY && worth <= self.imbalance().min(NOISE) * self.scale()
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
        let paid = match self.parts[at].mode {
            Mode::Out => return 0.0,
            Mode::In => 0.0,
            Mode::Free => self.parts[at].cost,
        };
        (self.trade(at).profit + paid).max(0.0)
    }
}
