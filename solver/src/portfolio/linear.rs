//! The linear program of all mixtures of samples.

use super::simplex::{Vertex, maximum};

/// Samples of one position in a mixture.
#[derive(Debug)]
pub(super) struct Group {
    /// Whether all of the mixture is samples; otherwise its rest is nothing.
    pub(super) whole: bool,
    pub(super) columns: Vec<Column>,
}

/// A sample in a mixture.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) share: f64,
    pub(super) gain: f64,
    /// One for each limit.
    pub(super) counts: Vec<f64>,
}

/// The largest gain of a mixture whose shares are one and whose counts reach what is needed.
#[derive(Debug)]
pub(super) struct Linear {
    pub(super) groups: Vec<Group>,
    pub(super) needed: Vec<f64>,
    /// Whether, of all mixtures, the one is wanted that misses its needs by the least.
    pub(super) elastic: bool,
}

/// A mixture: how much of each column, by group.
pub(super) type Mixture = Vec<Vec<f64>>;

/// What a share, and what is counted for each limit, is worth.
#[derive(Debug, Clone)]
pub(super) struct Prices {
    pub(super) share: f64,
    pub(super) counts: Vec<f64>,
}

/// The best mixture with its gain, and prices that prove it nearly so.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) mixture: Mixture,
    pub(super) gain: f64,
    pub(super) prices: Prices,
}

impl Linear {
    /// The best mixture; `None` when none reaches what is needed.
    pub(super) fn best(&self) -> Option<Found> {
        let (limits, height) = (self.needed.len(), 1 + self.needed.len() + self.groups.len());
        let unit = |row: usize, x: f64| {
            let mut column = vec![0.0; height];
            column[row] = x;
            column
        };
        let (mut columns, mut gains) = (Vec::new(), Vec::new());
        for (group, row) in self.groups.iter().zip(1 + limits..) {
            for Column { share, gain, counts } in &group.columns {
                let mut column = unit(row, 1.0);
                column[0] = *share;
                column[1..=limits].copy_from_slice(counts);
                columns.push(column);
                gains.push(if self.elastic { 0.0 } else { *gain });
            }
        }
        // What is left of a group, and what is counted beyond the needs.
        for (group, row) in self.groups.iter().zip(1 + limits..) {
            if !group.whole {
                columns.push(unit(row, 1.0));
            }
        }
        columns.extend((1..=limits).map(|row| unit(row, -1.0)));
        gains.resize(columns.len(), 0.0);
        if self.elastic {
            let mut missed = vec![0.0; height];
            missed[1..=limits].fill(1.0);
            columns.push(missed);
            gains.push(-1.0);
        }
        let mut right = vec![1.0];
        right.extend(&self.needed);
        right.resize(height, 1.0);
        let Vertex { quantities, prices } = maximum(&columns, &gains, &right)?;
        let gain = gains.iter().zip(&quantities).map(|(gain, x)| gain * x).sum();
        let mut parts = quantities.into_iter();
        let mixture =
            self.groups.iter().map(|g| parts.by_ref().take(g.columns.len()).collect()).collect();
        let counts = prices[1..=limits].iter().map(|price| (-price).max(0.0)).collect();
        Some(Found { mixture, gain, prices: Prices { share: prices[0], counts } })
    }
}

impl Prices {
    /// What a gain leaves above the price of its share, with what its counts earn.
    pub(super) fn profit(&self, gain: f64, share: f64, counts: impl Iterator<Item = f64>) -> f64 {
        let earned: f64 = self.counts.iter().zip(counts).map(|(price, count)| price * count).sum();
        gain - self.share * share + earned
    }

    /// The whole at its price, less what the needs cost.
    pub(super) fn owed(&self, needed: &[f64]) -> f64 {
        self.share - self.counts.iter().zip(needed).map(|(price, n)| price * n).sum::<f64>()
    }
}
