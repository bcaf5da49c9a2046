//! The simplex method on a small dense tableau.
//!
//! Programs here have some twenty rows, are often degenerate, and are solved by the hundred: what
//! matters is that every one ends. Ties go to the first column after a row of steps that gain
//! nothing, which cannot cycle, and the number of steps has an end.

/// What counts as zero, of figures of size one.
const ZERO: f64 = 1e-10;

/// A pivot below this is the noise of steps before it.
const PIVOT: f64 = 1e-8;

/// By how much the rows may be missed.
const MISSED: f64 = 1e-9;

/// By how much, of figures of size one, a tableau may have come off its program.
const DRIFT: f64 = 1e-12;

/// Times that a tableau is worked out anew from its program and climbed on from there.
const RENEWALS: u32 = 8;

/// Steps that gain nothing before ties go to the first column.
const PATIENCE: u32 = 12;

/// The best quantities, and what one more unit on the right of each row would add.
#[derive(Debug)]
pub(super) struct Vertex {
    pub(super) quantities: Vec<f64>,
    pub(super) prices: Vec<f64>,
}

/// Rows with an artificial quantity each behind the real ones, and the right side last.
struct Tableau {
    /// The rows as they were before any step.
    program: Vec<Vec<f64>>,
    rows: Vec<Vec<f64>>,
    basis: Vec<usize>,
    /// What each quantity gains by itself.
    each: Vec<f64>,
    /// What one more of each quantity would gain.
    gains: Vec<f64>,
    real: usize,
}

/// The largest sum of `gains` over quantities above zero that keep every row: the terms of a column
/// by row, equal to the right side. `None` when no quantities keep them.
pub(super) fn maximum(columns: &[Vec<f64>], gains: &[f64], right: &[f64]) -> Option<Vertex> {
    let (real, height) = (columns.len(), right.len());
    let sign = |row: usize| if right[row] < 0.0 { -1.0 } else { 1.0 };
    let row = |at: usize| {
        let mut row: Vec<f64> = columns.iter().map(|c| sign(at) * c[at]).collect();
        row.extend((0..height).map(|other| f64::from(u8::from(other == at))));
        row.push(right[at].abs());
        row
    };
    let mut tableau = Tableau::new((0..height).map(row).collect(), real);
    // First as little as possible of what is artificial, then as much gain as possible.
    tableau.climb(|at| if at < real { 0.0 } else { -1.0 });
    if tableau.artificial() > MISSED {
        return None;
    }
    tableau.expel();
    tableau.climb(|at| gains.get(at).copied().unwrap_or(0.0));
    let mut quantities = vec![0.0; real];
    for (row, &at) in tableau.rows.iter().zip(&tableau.basis).filter(|(_, at)| **at < real) {
        quantities[at] = row[real + height].max(0.0);
    }
    let prices = (0..height).map(|at| -tableau.gains[real + at] * sign(at)).collect();
    Some(Vertex { quantities, prices })
}

impl Tableau {
    fn new(program: Vec<Vec<f64>>, real: usize) -> Self {
        let basis = (real..real + program.len()).collect();
        Self { rows: program.clone(), program, basis, each: Vec::new(), gains: Vec::new(), real }
    }

    /// Steps from vertex to vertex until none gains, by what each quantity gains. Steps leave
    /// noise behind, the more the closer columns are to each other: where a tableau has come off
    /// its program it is worked out anew, and what the noise hid is climbed.
    fn climb(&mut self, each: impl Fn(usize) -> f64) {
        self.each = (0..self.real + self.rows.len()).map(each).collect();
        self.price();
        for _ in 0..RENEWALS {
            self.steps();
            if self.drift() <= DRIFT || !self.renew() {
                return;
            }
        }
    }

    /// Counts gains by those of each quantity.
    fn price(&mut self) {
        self.gains.clone_from(&self.each);
        for (row, &at) in self.rows.iter().zip(&self.basis) {
            let gain = self.each[at];
            self.gains.iter_mut().zip(row).for_each(|(g, x)| *g -= gain * x);
        }
    }

    /// How much of the quantities is artificial.
    fn artificial(&self) -> f64 {
        let rows = self.rows.iter().zip(&self.basis).filter(|(_, at)| **at >= self.real);
        rows.map(|(row, _)| row[row.len() - 1]).sum()
    }

    /// By how much the quantities of the basis miss a row, or its prices a column of the basis.
    fn drift(&self) -> f64 {
        let right = self.real + self.rows.len();
        let missed = |row: &Vec<f64>| {
            let of = self.rows.iter().zip(&self.basis);
            row[right] - of.map(|(line, &at)| line[right] * row[at]).sum::<f64>()
        };
        let unpaid = |&at: &usize| {
            let owed = self.program.iter().zip(&self.gains[self.real..]);
            self.each[at]
                + owed
                    .zip(&self.each[self.real..])
                    .map(|((row, g), e)| (g - e) * row[at])
                    .sum::<f64>()
        };
        let rows = self.program.iter().map(missed);
        let drifts = rows.chain(self.basis.iter().map(unpaid));
        drifts.map(f64::abs).fold(0.0, f64::max)
    }

    /// Works the tableau of the basis out anew; says whether that can be done.
    fn renew(&mut self) -> bool {
        let mut rows = self.program.clone();
        let (mut open, mut basis) = (self.basis.clone(), vec![None; rows.len()]);
        while !open.is_empty() {
            // The largest pivot of all that are left.
            let free = (0..rows.len()).filter(|&row| basis[row].is_none());
            let pairs = free.flat_map(|row| (0..open.len()).map(move |column| (row, column)));
            let size = |&(row, column): &(usize, usize)| rows[row][open[column]].abs();
            let largest = pairs.max_by(|a, b| size(a).total_cmp(&size(b)));
            let Some((row, column)) = largest.filter(|pair| size(pair) > DRIFT) else {
                return false;
            };
            let at = open.swap_remove(column);
            pivot(&mut rows, row, at);
            basis[row] = Some(at);
        }
        self.basis = basis.into_iter().flatten().collect();
        self.rows = rows;
        self.price();
        true
    }

    fn steps(&mut self) {
        let mut idle = 0;
        for _ in 0..20 * (self.real + self.rows.len()) {
            let Some(column) = self.enters(idle > PATIENCE) else { return };
            let Some(row) = self.leaves(column, idle > PATIENCE) else { return };
            let right = self.rows[row].len() - 1;
            idle = if self.rows[row][right] > ZERO { 0 } else { idle + 1 };
            self.pivot(row, column);
        }
    }

    /// The real column that gains the most, or the first that gains.
    fn enters(&self, first: bool) -> Option<usize> {
        let mut gaining = (0..self.real).filter(|&at| self.gains[at] > ZERO);
        if first {
            gaining.next()
        } else {
            gaining.max_by(|&a, &b| self.gains[a].total_cmp(&self.gains[b]))
        }
    }

    /// The row that runs out first, give or take a `ZERO` that each may fall below nothing; of
    /// those the one with the largest pivot, or of the first column.
    fn leaves(&self, column: usize, first: bool) -> Option<usize> {
        let falling = || self.rows.iter().enumerate().filter(|(_, row)| row[column] > PIVOT);
        let left = |row: &Vec<f64>| row[row.len() - 1].max(0.0);
        let most = |(_, row): (usize, &Vec<f64>)| (left(row) + ZERO) / row[column];
        let most = falling().map(most).fold(f64::INFINITY, f64::min);
        let ties = falling().filter(|(_, row)| left(row) / row[column] <= most).map(|(at, _)| at);
        if first {
            ties.min_by_key(|&at| self.basis[at])
        } else {
            ties.max_by(|&a, &b| self.rows[a][column].total_cmp(&self.rows[b][column]))
        }
    }

    /// Makes a column the one of a row.
    fn pivot(&mut self, row: usize, column: usize) {
        let times = self.gains[column];
        pivot(&mut self.rows, row, column);
        self.gains.iter_mut().zip(&self.rows[row]).for_each(|(g, x)| *g -= times * x);
        self.gains[column] = 0.0;
        self.basis[row] = column;
    }

    /// Takes artificial quantities of nothing out of the basis.
    fn expel(&mut self) {
        for row in 0..self.rows.len() {
            if self.basis[row] >= self.real {
                let size = |at: &usize| self.rows[row][*at].abs();
                let largest = (0..self.real).max_by(|a, b| size(a).total_cmp(&size(b)));
                if let Some(column) = largest.filter(|at| size(at) > 1e-7) {
                    self.pivot(row, column);
                }
            }
        }
    }
}

/// Makes a column one in a row and nothing in all others.
fn pivot(rows: &mut [Vec<f64>], row: usize, column: usize) {
    let by = rows[row][column];
    rows[row].iter_mut().for_each(|x| *x /= by);
    let of = rows[row].clone();
    for line in rows.iter_mut().enumerate().filter(|(at, _)| *at != row).map(|(_, line)| line) {
        let times = line[column];
        if times != 0.0 {
            line.iter_mut().zip(&of).for_each(|(x, of)| *x -= times * of);
            line[column] = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two goods from shared wood and labour, with what is left of each; a textbook program.
    const WORKSHOP: [[f64; 2]; 4] = [[1.0, 1.0], [1.0, 3.0], [1.0, 0.0], [0.0, 1.0]];

    #[test]
    fn prices_are_what_a_row_more_is_worth() {
        let columns: Vec<Vec<f64>> = WORKSHOP.iter().map(|c| c.to_vec()).collect();
        let best = maximum(&columns, &[3.0, 2.0, 0.0, 0.0], &[4.0, 6.0]).unwrap();
        let close = |is: &[f64], should: [f64; 2]| {
            assert!(is.iter().zip(should).all(|(a, b)| (a - b).abs() < 1e-12), "{is:?}");
        };
        close(&best.quantities[..2], [4.0, 0.0]);
        close(&best.prices, [3.0, 0.0]);
    }

    #[test]
    fn rows_that_contradict_have_no_maximum() {
        assert!(maximum(&[vec![1.0, 1.0]], &[1.0], &[1.0, 2.0]).is_none());
        assert!(maximum(&[vec![1.0]], &[1.0], &[-1.0]).is_none());
    }

    #[test]
    fn a_row_said_twice_is_kept_once() {
        let best = maximum(&[vec![1.0, 1.0], vec![1.0, 1.0]], &[1.0, 2.0], &[1.0, 1.0]).unwrap();
        assert_eq!(best.quantities, [0.0, 1.0]);
    }
}
