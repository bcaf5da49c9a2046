//! The gas-free problem as a second-order-cone programme, solved by Clarabel.
//!
//! Amounts are shares of the order's value at the kit's reference prices, in units of each piece's
//! own size, so that figures are near one. A piece of constant product gives `v` for `u`, amounts
//! over reserves, with `(1 + u)(1 - v) >= 1`; it is stated as `(1 + u)(u - v) >= u^2`, the same set
//! for `u >= 0`, which keeps its accuracy where `u` is small. Weighted and stable pools are towers of
//! such cones: stated with power cones, most of the kit's mixed markets ended without a solution.

use std::time::Duration;

use clarabel::{
    algebra::CscMatrix,
    solver::{DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT},
};
use tenor_solver::{
    route::{Network, NetworkEdge, Order},
    venues::{Gain, Segment},
};

/// Amounts on the edges of a network for one order; `prices` value a unit of each node.
pub(crate) fn solve(
    network: &Network,
    order: &Order,
    prices: &[f64],
    limit: Duration,
) -> Result<Vec<f64>, String> {
    let mut programme = Programme::new(network, order, prices)?;
    programme.balances();
    programme.solve(limit)
}

/// A programme `A z + s = b` with `s` in cones, as it grows; the first rows are the balances.
struct Programme<'a> {
    network: &'a Network,
    order: &'a Order,
    prices: &'a [f64],
    pieces: Vec<Piece>,
    variables: usize,
    rows: Vec<usize>,
    columns: Vec<usize>,
    values: Vec<f64>,
    right: Vec<f64>,
    cones: Vec<SupportedConeT<f64>>,
}

/// A stretch of one edge: what it is given and what it returns, in shares of the order's value, as
/// sums of variables times factors.
struct Piece {
    edge: usize,
    given: (usize, f64),
    wanted: Vec<(usize, f64)>,
}

/// A sum of factors times variables.
type Terms<'a> = &'a [(usize, f64)];

/// One entry of a cone: a constant and a sum.
type Entry<'a> = (f64, Terms<'a>);

impl<'a> Programme<'a> {
    fn new(network: &'a Network, order: &'a Order, prices: &'a [f64]) -> Result<Self, String> {
        let mut all = Self {
            network,
            order,
            prices,
            pieces: Vec::new(),
            variables: 0,
            rows: Vec::new(),
            columns: Vec::new(),
            values: Vec::new(),
            right: Vec::new(),
            cones: Vec::new(),
        };
        // Room in the rows of nodes that nothing leaves: a row that can only be nothing has no inside.
        all.right = vec![1.0; network.nodes()];
        for edge in network.edges().iter().filter(|edge| edge.from != order.from) {
            all.right[edge.from] = f64::from(u8::from(edge.from == order.to));
        }
        all.cones.push(SupportedConeT::NonnegativeConeT(network.nodes()));
        for at in 0..network.edges().len() {
            let edge = &network.edges()[at];
            if edge.to != order.from && edge.from != order.to {
                all.edge(at)?;
            }
        }
        Ok(all)
    }

    /// Adds the pieces of one edge, in shares of the order's value.
    fn edge(&mut self, at: usize) -> Result<(), String> {
        let edge = &self.network.edges()[at];
        let worth = self.order.amount * self.prices[self.order.from];
        let (given, wanted) = (worth / self.prices[edge.from], self.prices[edge.to] / worth);
        let gain = edge.gain.rescaled(given, wanted);
        let rate = gain.marginal(0.0);
        match gain {
            Gain::Linear { cap, .. } => {
                let unit = cap.min(1.0);
                let [a, b] = self.piece(at, unit, cap, rate * unit);
                self.cone(SupportedConeT::NonnegativeConeT(1), &[(0.0, &[(a, 1.0), (b, -1.0)])]);
            }
            Gain::ConstantProduct { x, y, keep } => self.product(at, x, y, keep, f64::INFINITY),
            Gain::Ticks { segments, keep } => {
                for &Segment { x, y, cap } in segments.iter().filter(|s| s.cap > 1e-12) {
                    self.product(at, x, y, keep, cap);
                }
            }
            Gain::Weighted { x, y, power, keep } => {
                self.weighted(at, x, y, keep, power).map_err(|()| format!("weights {power}"))?;
            }
            Gain::Stable { x, ann, d, keep, rate_in, rate_out } => {
                let balances = [x / d, balance(x, ann, d) / d];
                self.stable(at, balances, ann, [rate_in / d, rate_out / (keep * d)]);
            }
        }
        Ok(())
    }

    /// `(1 + u)^power * (1 - v) >= 1` for the powers that are squares of squares; the two variables
    /// between are the inverse and its square, less one.
    fn weighted(&mut self, at: usize, x: f64, y: f64, keep: f64, power: f64) -> Result<(), ()> {
        let is = |wanted: f64| (power / wanted - 1.0).abs() < 1e-9;
        if is(1.0) {
            self.product(at, x, y, keep, f64::INFINITY);
            return Ok(());
        }
        let unit = (x / keep).min(1.0);
        let steep = unit * keep / x;
        let [u, v] = self.piece(at, unit, f64::INFINITY, steep * y);
        let [inverse, square] = self.variables();
        let of = |factor: f64, column: usize| (column, factor * steep);
        if is(4.0) {
            self.rotated(&[of(1.0, u)], &[of(1.0, u), of(-1.0, inverse)], &[of(1.0, u)], steep);
            for (from, to) in [(inverse, square), (square, v)] {
                self.rotated(&[], &[of(2.0, from), of(-1.0, to)], &[of(1.0, from)], steep);
            }
        } else if is(0.25) {
            let grown = [of(1.0, inverse)];
            self.rotated(&grown, &[of(1.0, inverse), of(-1.0, v)], &grown, steep);
            for (from, to) in [(inverse, square), (square, u)] {
                self.rotated(&[], &[of(-2.0, from), of(1.0, to)], &[of(1.0, from)], steep);
            }
        } else {
            return Err(());
        }
        Ok(())
    }

    /// `x * y * (1 + ann * (x + y - 1)) >= 1 / 4`, balances over the invariant. With all three factors
    /// stated as growth over what they are, `(1 + p)(1 - q)(1 + t) >= 1`; what is wanted is all that
    /// is given but for what `t` takes.
    fn stable(&mut self, at: usize, [x, y]: [f64; 2], ann: f64, [into, out_of]: [f64; 2]) {
        let unit = (x / into).min(1.0);
        let steep = into * unit / x;
        let slack = 1.0 / (4.0 * x * y);
        let ([p, t], [root, inverse]) = (self.variables(), self.variables());
        let paid = [(p, x * steep), (t, -slack * steep / ann)];
        let wanted = paid.map(|(column, factor)| (column, factor / out_of));
        self.pieces.push(Piece { edge: at, given: (p, unit), wanted: wanted.to_vec() });
        self.cone(SupportedConeT::NonnegativeConeT(1), &[(0.0, &[(p, 1.0)])]);
        let of = |factor: f64, column: usize| (column, factor * steep);
        let [one, other] = paid.map(|(column, factor)| (column, -factor / y));
        self.rotated(
            &[of(1.0, p)],
            &[of(1.0, p), one, other, of(-2.0, root)],
            &[of(1.0, root), of(-1.0, p)],
            steep,
        );
        let grown = [of(1.0, root)];
        self.rotated(&grown, &[of(1.0, root), of(1.0, inverse)], &grown, steep);
        self.rotated(&[], &[of(1.0, t), of(-2.0, inverse)], &[of(1.0, inverse)], steep);
    }

    /// `(1 + p) * s >= r^2`, where all three are of the size of `steep`.
    fn rotated(&mut self, p: Terms<'_>, s: Terms<'_>, r: Terms<'_>, steep: f64) {
        let sum = |sign: f64| {
            let mut terms: Vec<(usize, f64)> = s.iter().map(|&(c, f)| (c, f / steep)).collect();
            for &(column, factor) in p {
                match terms.iter_mut().find(|(other, _)| *other == column) {
                    Some((_, sum)) => *sum += sign * factor,
                    None => terms.push((column, sign * factor)),
                }
            }
            terms
        };
        let twice: Vec<_> = r.iter().map(|&(c, f)| (c, 2.0 * f / steep.sqrt())).collect();
        let (plus, minus) = (sum(1.0), sum(-1.0));
        let entries = [(1.0, &*plus), (-1.0, &*minus), (0.0, &*twice)];
        self.cone(SupportedConeT::SecondOrderConeT(3), &entries);
    }

    fn variables(&mut self) -> [usize; 2] {
        self.variables += 2;
        [self.variables - 2, self.variables - 1]
    }

    /// Two variables, in units of `unit` given and `unit_out` wanted; the first between nothing and
    /// `cap`.
    fn piece(&mut self, at: usize, unit: f64, cap: f64, unit_out: f64) -> [usize; 2] {
        let [a, b] = self.variables();
        self.pieces.push(Piece { edge: at, given: (a, unit), wanted: vec![(b, unit_out)] });
        self.cone(SupportedConeT::NonnegativeConeT(1), &[(0.0, &[(a, 1.0)])]);
        if cap < 1.0 {
            self.cone(SupportedConeT::NonnegativeConeT(1), &[(cap / unit, &[(a, -1.0)])]);
        }
        [a, b]
    }

    fn product(&mut self, at: usize, x: f64, y: f64, keep: f64, cap: f64) {
        let unit = (x / keep).min(cap).min(1.0);
        let steep = unit * keep / x;
        let [a, b] = self.piece(at, unit, cap, steep * y);
        let u = [(a, steep)];
        self.rotated(&u, &[(a, steep), (b, -steep)], &u, steep);
    }

    fn cone(&mut self, cone: SupportedConeT<f64>, entries: &[Entry<'_>]) {
        for (constant, terms) in entries {
            for &(column, factor) in *terms {
                self.put(self.right.len(), column, -factor);
            }
            self.right.push(*constant);
        }
        self.cones.push(cone);
    }

    fn put(&mut self, row: usize, column: usize, value: f64) {
        self.rows.push(row);
        self.columns.push(column);
        self.values.push(value);
    }

    /// What leaves a node came in; the node wanted keeps what it likes.
    fn balances(&mut self) {
        let pieces = std::mem::take(&mut self.pieces);
        for Piece { edge, given, wanted } in &pieces {
            let NetworkEdge { from, to, .. } = self.network.edges()[*edge];
            self.put(from, given.0, given.1);
            for &(column, factor) in wanted.iter().filter(|_| to != self.order.to) {
                self.put(to, column, -factor);
            }
        }
        self.pieces = pieces;
    }

    fn solve(self, limit: Duration) -> Result<Vec<f64>, String> {
        let variables = self.variables;
        let (rows, columns, values) = (self.rows, self.columns, self.values);
        let matrix =
            CscMatrix::new_from_triplets(self.right.len(), variables, rows, columns, values);
        let mut goal = vec![0.0; variables];
        for piece in &self.pieces {
            if self.network.edges()[piece.edge].to == self.order.to {
                for &(column, factor) in &piece.wanted {
                    goal[column] -= factor;
                }
            }
        }
        let settings = DefaultSettings {
            verbose: false,
            time_limit: limit.as_secs_f64(),
            ..DefaultSettings::default()
        };
        let quadratic = CscMatrix::zeros((variables, variables));
        let (right, cones) = (&self.right, &self.cones);
        let mut solver = DefaultSolver::new(&quadratic, &goal, &matrix, right, cones, settings)
            .map_err(|error| error.to_string())?;
        solver.solve();
        // Where it stops early, what it has is used all the same: the evaluation is exact anyway.
        let status = solver.solution.status;
        let stopped = matches!(
            status,
            SolverStatus::InsufficientProgress
                | SolverStatus::MaxIterations
                | SolverStatus::MaxTime
        );
        let solved = matches!(status, SolverStatus::Solved | SolverStatus::AlmostSolved);
        if !(solved || stopped) || solver.solution.x.iter().any(|share| !share.is_finite()) {
            return Err(format!("{status:?}"));
        }
        let worth = self.order.amount * self.prices[self.order.from];
        let mut flows = vec![0.0; self.network.edges().len()];
        for Piece { edge, given: (column, unit), .. } in self.pieces {
            let share = solver.solution.x[column].max(0.0) * unit;
            flows[edge] += share * worth / self.prices[self.network.edges()[edge].from];
        }
        Ok(flows)
    }
}

/// The wanted balance on the two-coin invariant.
fn balance(x: f64, ann: f64, d: f64) -> f64 {
    let (b, c) = (x + d / ann - d, d * d * d / (4.0 * x * ann));
    let root = (b * b + 4.0 * c).sqrt();
    if b <= 0.0 { (root - b) / 2.0 } else { 2.0 * c / (root + b) }
}
