//! Systems of equations with few entries in each row, like those of a market: most nodes trade with a
//! few hubs.

/// A square system, row by row; entries may be added more than once.
#[derive(Debug)]
pub(super) struct Rows {
    rows: Vec<Vec<(usize, f64)>>,
    right: Vec<f64>,
}

impl Rows {
    pub(super) fn new(size: usize) -> Self {
        Self { rows: vec![Vec::new(); size], right: vec![0.0; size] }
    }

    pub(super) fn add(&mut self, row: usize, column: usize, value: f64) {
        self.rows[row].push((column, value));
    }

    pub(super) fn add_right(&mut self, row: usize, value: f64) {
        self.right[row] += value;
    }

    /// Makes every row's own entry larger by a share.
    pub(super) fn stiffen(&mut self, by: f64) {
        for (at, row) in self.rows.iter_mut().enumerate() {
            gather(row);
            row.iter_mut()
                .filter(|(column, _)| *column == at)
                .for_each(|(_, own)| *own *= 1.0 + by);
        }
    }

    /// The same with one unknown that is nothing, whatever its row says.
    pub(super) fn without(mut self, at: usize) -> Self {
        self.rows.iter_mut().for_each(|row| row.retain(|(column, _)| *column != at));
        self.rows[at] = vec![(at, 1.0)];
        self.right[at] = 0.0;
        self
    }

    /// The solution, by elimination in the order of the rows: those with few entries should come
    /// first. `None` where a row says nothing that those before do not.
    pub(super) fn solve(mut self) -> Option<Vec<f64>> {
        let n = self.rows.len();
        self.rows.iter_mut().for_each(gather);
        // The rows in which each column stands.
        let mut holders = vec![Vec::new(); n];
        for (at, row) in self.rows.iter().enumerate() {
            row.iter().filter(|(column, _)| *column < at).for_each(|(c, _)| holders[*c].push(at));
        }
        for at in 0..n {
            let own = std::mem::take(&mut self.rows[at]);
            let start = own.partition_point(|(column, _)| *column < at);
            let head =
                own.get(start).filter(|(column, _)| *column == at).map(|(_, value)| *value)?;
            if !(head.abs() > f64::MIN_POSITIVE && head.is_finite()) {
                return None;
            }
            for below in std::mem::take(&mut holders[at]) {
                let place = self.rows[below].binary_search_by_key(&at, |(column, _)| *column);
                let factor = place.map_or(0.0, |place| self.rows[below][place].1 / head);
                if factor != 0.0 {
                    let filled = |column: usize| {
                        if column < below {
                            holders[column].push(below);
                        }
                    };
                    subtract(&mut self.rows[below], &own[start + 1..], factor, filled);
                    self.right[below] -= factor * self.right[at];
                }
            }
            self.rows[at] = own;
        }
        for at in (0..n).rev() {
            let row = &self.rows[at];
            let start = row.partition_point(|(column, _)| *column < at);
            let known: f64 = row[start + 1..].iter().map(|(c, value)| value * self.right[*c]).sum();
            self.right[at] = (self.right[at] - known) / row[start].1;
        }
        self.right.iter().all(|x| x.is_finite()).then_some(self.right)
    }
}

/// Sorts a row by column and adds up what stands in the same.
fn gather(row: &mut Vec<(usize, f64)>) {
    row.sort_unstable_by_key(|(column, _)| *column);
    row.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
}

/// Subtracts a multiple of one row from another; tells every column that it gets anew.
fn subtract(
    row: &mut Vec<(usize, f64)>,
    other: &[(usize, f64)],
    factor: f64,
    mut filled: impl FnMut(usize),
) {
    let mut joined = Vec::with_capacity(row.len() + other.len());
    let mut own = row.iter().copied().peekable();
    for &(column, value) in other {
        while let Some(entry) = own.next_if(|(at, _)| *at < column) {
            joined.push(entry);
        }
        let here = own.next_if(|(at, _)| *at == column);
        if here.is_none() {
            filled(column);
        }
        joined.push((column, here.map_or(0.0, |(_, v)| v) - factor * value));
    }
    joined.extend(own);
    *row = joined;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_solution_solves() {
        let entries = [
            [4.0, 0.0, 1.0, 2.0],
            [0.0, 3.0, 0.0, 1.0],
            [1.0, 0.0, 5.0, 0.0],
            [1.0, -1.0, 0.0, 6.0],
        ];
        let right = [1.0, -2.0, 3.0, 0.5];
        let mut rows = Rows::new(4);
        for (at, row) in entries.iter().enumerate() {
            row.iter().enumerate().filter(|(_, v)| **v != 0.0).for_each(|(c, v)| {
                rows.add(at, c, 0.5 * v);
                rows.add(at, c, 0.5 * v);
            });
            rows.add_right(at, right[at]);
        }
        let solution = rows.solve().unwrap();
        for (row, right) in entries.iter().zip(right) {
            let left: f64 = row.iter().zip(&solution).map(|(a, x)| a * x).sum();
            assert!((left - right).abs() <= 1e-14, "{left}, not {right}");
        }
    }

    #[test]
    fn a_row_that_says_nothing_new_is_told() {
        let mut rows = Rows::new(2);
        [(0, 0, 1.0), (0, 1, 2.0), (1, 0, 2.0), (1, 1, 4.0)]
            .into_iter()
            .for_each(|(row, column, value)| rows.add(row, column, value));
        assert_eq!(rows.solve(), None);
    }
}
