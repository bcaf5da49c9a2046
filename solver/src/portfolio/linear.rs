//! A small linear program and its dual.

use good_lp::{
    Expression, ProblemVariables, ResolutionError, Solution as _, SolverModel as _, Variable,
    constraint, microlp, variable,
};

use super::ProgramError;

/// The largest sum of gains over columns that keep every row.
#[derive(Debug, Default)]
pub(super) struct Linear {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

/// A quantity from zero to `most`.
#[derive(Debug)]
struct Column {
    gain: f64,
    most: f64,
}

#[derive(Debug)]
struct Row {
    terms: Vec<(usize, f64)>,
    at_most: f64,
    equal: bool,
}

impl Linear {
    /// Adds a column and returns its number.
    pub(super) fn column(&mut self, gain: f64, most: f64) -> usize {
        self.columns.push(Column { gain, most });
        self.columns.len() - 1
    }

    /// Adds a row and returns its number.
    pub(super) fn at_most(&mut self, terms: Vec<(usize, f64)>, at_most: f64) -> usize {
        self.rows.push(Row { terms, at_most, equal: false });
        self.rows.len() - 1
    }

    /// Adds a row that is kept exactly.
    pub(super) fn equal(&mut self, terms: Vec<(usize, f64)>, to: f64) {
        self.rows.push(Row { terms, at_most: to, equal: true });
    }

    /// Lets a row give by `more`.
    pub(super) fn relax(&mut self, row: usize, more: f64) {
        self.rows[row].at_most += more;
    }

    /// The best columns; `None` when no columns keep every row.
    pub(super) fn maximum(&self) -> Result<Option<Vec<f64>>, ProgramError> {
        let mut problem = ProblemVariables::new();
        let columns: Vec<Variable> =
            self.columns.iter().map(|c| problem.add(variable().min(0.0).max(c.most))).collect();
        let gains = self.columns.iter().map(|c| c.gain).enumerate();
        let mut model = problem.maximise(sum(&columns, gains)).using(microlp);
        for row in &self.rows {
            let left = sum(&columns, row.terms.iter().copied());
            model.add_constraint(if row.equal {
                constraint::eq(left, row.at_most)
            } else {
                constraint::leq(left, row.at_most)
            });
        }
        match model.solve() {
            Ok(found) => Ok(Some(columns.iter().map(|&c| found.value(c)).collect())),
            Err(ResolutionError::Infeasible) => Ok(None),
            Err(error) => Err(ProgramError::Numeric(error.to_string())),
        }
    }

    /// What columns gain together.
    pub(super) fn gain(&self, columns: &[f64]) -> f64 {
        self.columns.iter().zip(columns).map(|(c, x)| c.gain * x).sum()
    }

    /// The price of every row: the optimum of the dual program.
    ///
    /// microlp has prices but does not show them, so the dual is written down and solved: the least
    /// cost of rows and column caps at prices that leave no column a profit.
    pub(super) fn prices(&self) -> Result<Vec<f64>, ProgramError> {
        let mut problem = ProblemVariables::new();
        let free = variable;
        let rows: Vec<Variable> = self
            .rows
            .iter()
            .map(|row| problem.add(if row.equal { free() } else { free().min(0.0) }))
            .collect();
        let caps: Vec<Variable> =
            self.columns.iter().map(|_| problem.add(variable().min(0.0))).collect();
        let mut cost = sum(&rows, self.rows.iter().map(|row| row.at_most).enumerate());
        cost += sum(&caps, self.columns.iter().map(|c| c.most).enumerate());
        let mut charged: Vec<Expression> = caps.iter().map(|&cap| cap.into()).collect();
        for (&price, row) in rows.iter().zip(&self.rows) {
            for &(column, weight) in &row.terms {
                charged[column].add_mul(weight, price);
            }
        }
        let mut model = problem.minimise(cost).using(microlp);
        for (charged, column) in charged.into_iter().zip(&self.columns) {
            model.add_constraint(constraint::geq(charged, column.gain));
        }
        let found = model.solve().map_err(|error| ProgramError::Numeric(error.to_string()))?;
        Ok(rows.iter().map(|&price| found.value(price)).collect())
    }
}

fn sum(variables: &[Variable], terms: impl Iterator<Item = (usize, f64)>) -> Expression {
    let mut sum = Expression::with_capacity(variables.len());
    for (at, weight) in terms {
        sum.add_mul(weight, variables[at]);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two goods from shared wood and labour; a textbook program.
    fn workshop() -> Linear {
        let mut linear = Linear::default();
        let (table, chair) = (linear.column(3.0, 100.0), linear.column(2.0, 100.0));
        linear.at_most(vec![(table, 1.0), (chair, 1.0)], 4.0);
        linear.at_most(vec![(table, 1.0), (chair, 3.0)], 6.0);
        linear
    }

    #[test]
    fn prices_are_what_a_row_more_is_worth() {
        let mut linear = workshop();
        let best = linear.maximum().unwrap().unwrap();
        assert_eq!((linear.gain(&best), linear.prices().unwrap()), (12.0, vec![3.0, 0.0]));
        linear.relax(0, 1.0);
        let more = linear.maximum().unwrap().unwrap();
        assert_eq!(linear.gain(&more), 15.0);
    }

    #[test]
    fn rows_that_contradict_have_no_maximum() {
        let mut linear = workshop();
        linear.equal(vec![(0, 1.0)], 5.0);
        assert_eq!(linear.maximum().unwrap(), None);
    }
}
