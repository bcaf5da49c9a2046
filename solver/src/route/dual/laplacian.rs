//! Newton's equations: a symmetric system with one row for each node and one entry for each pair of
//! nodes that trade, like the Laplacian of a graph.
//!
//! Rows are eliminated in the order given, nodes with few neighbours first, so that little fills in.
//! Values stand in a dense triangle, and zeros in it are skipped: at any step few edges are active,
//! and which they are changes from step to step, so a symbolic factor would be stale before it paid.

/// Rows beyond which the dense triangle gives way to conjugate gradients.
const DENSE: usize = 700;

/// Steps of conjugate gradients; an inexact direction is still one of descent.
const GRADIENT_STEPS: usize = 400;

/// The smallest pivot, of the row's own diagonal: below it the row depends on those before.
const SMALL: f64 = 1e-13;

/// A system being assembled and solved; its memory is used again.
#[derive(Debug, Default)]
pub(super) struct Laplacian {
    /// The diagonal, by node.
    diagonal: Vec<f64>,
    /// Entries off the diagonal: two nodes and the value.
    entries: Vec<(u32, u32, f64)>,
    /// The row of each node in the system at hand.
    rows: Vec<usize>,
    active: Vec<usize>,
    dense: Vec<f64>,
    occupied: Vec<usize>,
    solution: Vec<f64>,
}

impl Laplacian {
    /// Forgets all entries.
    pub(super) fn clear(&mut self, nodes: usize) {
        self.diagonal.clear();
        self.diagonal.resize(nodes, 0.0);
        self.entries.clear();
    }

    /// Adds one edge: to the diagonal at its two nodes, and between them.
    pub(super) fn add(&mut self, from: u32, to: u32, here: f64, there: f64, across: f64) {
        self.diagonal[from as usize] += here;
        self.diagonal[to as usize] += there;
        self.entries.push((from, to, across));
    }

    /// Adds to the diagonal the size of `own`, and a share of what is there.
    pub(super) fn shift(&mut self, own: &[f64], share: f64) {
        for (d, own) in self.diagonal.iter_mut().zip(own) {
            *d += own.abs() + share * *d;
        }
    }

    /// Solves for `right` over the nodes whose diagonal is positive, `grounded` left out; writes the
    /// solution, zero elsewhere. `order` lists all nodes, those to eliminate first at the front.
    pub(super) fn solve(&mut self, order: &[u32], grounded: usize, right: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        self.rows.resize(self.diagonal.len(), usize::MAX);
        self.active.clear();
        for &node in order {
            let node = node as usize;
            let takes_part = node != grounded && self.diagonal[node] > 0.0;
            self.rows[node] = if takes_part { self.active.len() } else { usize::MAX };
            if takes_part {
                self.active.push(node);
            }
        }
        self.solution.clear();
        self.solution.extend(self.active.iter().map(|&node| right[node]));
        if self.active.len() <= DENSE {
            self.assemble();
            self.eliminate();
        } else {
            self.descend();
        }
        for (&node, &value) in self.active.iter().zip(&self.solution) {
            out[node] = value;
        }
    }

    /// The upper triangle, row by row.
    fn assemble(&mut self) {
        let n = self.active.len();
        self.dense.clear();
        self.dense.resize(n * n, 0.0);
        for (row, &node) in self.active.iter().enumerate() {
            self.dense[row * n + row] = self.diagonal[node];
        }
        for &(i, j, value) in &self.entries {
            let (i, j) = (self.rows[i as usize], self.rows[j as usize]);
            if i != usize::MAX && j != usize::MAX {
                self.dense[i.min(j) * n + i.max(j)] += value;
            }
        }
    }

    /// Gauss elimination of the symmetric system, right-hand side included, and back substitution.
    fn eliminate(&mut self) {
        let n = self.active.len();
        for k in 0..n {
            let (above, below) = self.dense.split_at_mut((k + 1) * n);
            let pivot_row = &mut above[k * n..];
            let pivot = pivot_row[k];
            if pivot <= SMALL * self.diagonal[self.active[k]] {
                // Nothing is left of this row: its price is free, so it stays.
                pivot_row[k] = f64::INFINITY;
                continue;
            }
            self.occupied.clear();
            self.occupied.extend((k + 1..n).filter(|&j| pivot_row[j] != 0.0));
            let crowded = self.occupied.len() * 3 > n - k;
            let right = self.solution[k];
            for &i in &self.occupied {
                let factor = pivot_row[i] / pivot;
                self.solution[i] -= factor * right;
                let row = &mut below[(i - k - 1) * n..(i - k) * n];
                if crowded {
                    for (cell, above) in row[i..].iter_mut().zip(&pivot_row[i..]) {
                        *cell -= factor * above;
                    }
                } else {
                    for &j in self.occupied.iter().rev().take_while(|&&j| j >= i) {
                        row[j] -= factor * pivot_row[j];
                    }
                }
            }
        }
        for k in (0..n).rev() {
            let row = &self.dense[k * n..(k + 1) * n];
            let known: f64 =
                row[k + 1..].iter().zip(&self.solution[k + 1..]).map(|(a, x)| a * x).sum();
            self.solution[k] = (self.solution[k] - known) / row[k];
        }
    }

    /// Conjugate gradients, preconditioned by the diagonal.
    fn descend(&mut self) {
        let scale: Vec<f64> = self.active.iter().map(|&node| 1.0 / self.diagonal[node]).collect();
        let mut left = std::mem::take(&mut self.solution);
        let mut x = vec![0.0; left.len()];
        let mut steered: Vec<f64> = left.iter().zip(&scale).map(|(r, s)| r * s).collect();
        let mut direction = steered.clone();
        let mut energy = dot(&left, &steered);
        let goal = energy * 1e-16;
        for _ in 0..GRADIENT_STEPS {
            let bent = self.times(&direction);
            let curvature = dot(&direction, &bent);
            if energy <= goal || curvature <= 0.0 {
                break;
            }
            let step = energy / curvature;
            for (i, scale) in scale.iter().enumerate() {
                x[i] += step * direction[i];
                left[i] -= step * bent[i];
                steered[i] = left[i] * scale;
            }
            let next = dot(&left, &steered);
            for (d, s) in direction.iter_mut().zip(&steered) {
                *d = s + next / energy * *d;
            }
            energy = next;
        }
        self.solution = x;
    }

    fn times(&self, x: &[f64]) -> Vec<f64> {
        let mut product: Vec<f64> =
            self.active.iter().zip(x).map(|(&node, x)| self.diagonal[node] * x).collect();
        for &(i, j, value) in &self.entries {
            let (i, j) = (self.rows[i as usize], self.rows[j as usize]);
            if i != usize::MAX && j != usize::MAX {
                product[i] += value * x[j];
                product[j] += value * x[i];
            }
        }
        product
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
