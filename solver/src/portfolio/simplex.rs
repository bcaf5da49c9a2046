//! The simplex method on a small dense tableau.
//!
//! Programs here have some twenty rows, are often degenerate, and are solved by the hundred: what
//! matters is that every one ends. Ties go to the first column after a row of steps that gain
//! nothing, which cannot cycle, and the number of steps has an end.

/// What counts as zero, of figures of size one.
const ZERO: f64 = 1e-10;

/// By how much the rows may be missed.
const MISSED: f64 = 1e-9;

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
    rows: Vec<Vec<f64>>,
    basis: Vec<usize>,
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
    let rows: Vec<Vec<f64>> = (0..height).map(row).collect();
    let mut tableau =
        Tableau { rows, basis: (real..real + height).collect(), gains: Vec::new(), real };
    // First as little as possible of what is artificial, then as much gain as possible.
    let artificial = |at: usize| if at < real { 0.0 } else { -1.0 };
    tableau.price(&(0..real + height).map(artificial).collect::<Vec<f64>>());
    tableau.climb();
    if tableau.artificial() > MISSED {
        return None;
    }
    tableau.expel();
    let gain = |at: usize| gains.get(at).copied().unwrap_or(0.0);
    tableau.price(&(0..real + height).map(gain).collect::<Vec<f64>>());
    tableau.climb();
    let mut quantities = vec![0.0; real];
    for (row, &at) in tableau.rows.iter().zip(&tableau.basis).filter(|(_, at)| **at < real) {
        quantities[at] = row[real + height].max(0.0);
    }
    let prices = (0..height).map(|at| -tableau.gains[real + at] * sign(at)).collect();
    Some(Vertex { quantities, prices })
}

impl Tableau {
    /// Starts to count gains by these of each quantity.
    fn price(&mut self, each: &[f64]) {
        self.gains = each.to_vec();
        for (row, &at) in self.rows.iter().zip(&self.basis) {
            let gain = each[at];
            self.gains.iter_mut().zip(row).for_each(|(g, x)| *g -= gain * x);
        }
    }

    /// How much of the quantities is artificial.
    fn artificial(&self) -> f64 {
        let rows = self.rows.iter().zip(&self.basis).filter(|(_, at)| **at >= self.real);
        rows.map(|(row, _)| row[row.len() - 1]).sum()
    }

    /// Steps from vertex to vertex until none gains.
    fn climb(&mut self) {
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

    /// The row that runs out first; of those the one with the largest pivot, or of the first column.
    fn leaves(&self, column: usize, first: bool) -> Option<usize> {
        let mut best: Option<(f64, usize)> = None;
        for (at, row) in self.rows.iter().enumerate().filter(|(_, row)| row[column] > ZERO) {
            let lasts = row[row.len() - 1].max(0.0) / row[column];
            let better = best.is_none_or(|(least, of)| {
                lasts < least - ZERO
                    || (lasts <= least + ZERO
                        && if first {
                            self.basis[at] < self.basis[of]
                        } else {
                            row[column] > self.rows[of][column]
                        })
            });
            if better {
                best = Some((lasts.min(best.map_or(lasts, |(least, _)| least)), at));
            }
        }
        best.map(|(_, at)| at)
    }

    /// Makes a column the one of a row.
    fn pivot(&mut self, row: usize, column: usize) {
        let by = self.rows[row][column];
        self.rows[row].iter_mut().for_each(|x| *x /= by);
        let of = self.rows[row].clone();
        let clear = |line: &mut Vec<f64>| {
            let times = line[column];
            if times != 0.0 {
                line.iter_mut().zip(&of).for_each(|(x, of)| *x -= times * of);
                line[column] = 0.0;
            }
        };
        self.rows.iter_mut().enumerate().filter(|(at, _)| *at != row).for_each(|(_, r)| clear(r));
        clear(&mut self.gains);
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
