//! The size at which something gains most, by trying sizes: no curve is assumed but that there is one
//! peak between neighbours that are a doubling apart.

use alloy_primitives::{I256, U256};
use tenor_solver::amount::{from_f64, to_f64};

use super::attempt::Done;
use crate::run::SimulationError;

/// Doublings from where the search starts.
const UP: u32 = 20;

/// Halvings from there, or from the largest size that runs.
const DOWN: u32 = 24;

/// Halvings of the stretch in which the largest size lies that runs: to a millionth.
const EDGE: u32 = 20;

/// Steps of the golden section: to less than a ten-thousandth of the size.
const SECTIONS: u32 = 22;

/// Sizes below the best known that must all gain less before no smaller one is tried.
const WORSE: u32 = 4;

/// The golden section.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// A size and what it came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tried {
    pub(super) size: U256,
    pub(super) done: Done,
}

/// The sizes tried, and how to try one.
pub(super) struct Climb<F> {
    attempt: F,
    /// By size, ascending.
    tried: Vec<Tried>,
    pub(super) runs: u32,
}

impl<F> Climb<F>
where
    F: FnMut(U256) -> Result<Option<Done>, SimulationError>,
{
    pub(super) const fn new(attempt: F) -> Self {
        Self { attempt, tried: Vec::new(), runs: 0 }
    }

    /// The best of all sizes that run, from around `start`; `None` where none gains.
    pub(super) fn best(&mut self, start: U256) -> Result<Option<Tried>, SimulationError> {
        self.bracket(start.max(U256::ONE))?;
        self.down()?;
        self.refine()
    }

    /// The best of sizes within a few doublings of `start`.
    pub(super) fn near(&mut self, start: U256) -> Result<Option<Tried>, SimulationError> {
        let start = start.max(U256::from(8));
        for shift in 0..4 {
            self.at(start >> shift)?;
        }
        for shift in 1..4 {
            self.at(start << shift)?;
        }
        self.refine()
    }

    /// Tries a size. Returns whether it runs.
    fn at(&mut self, size: U256) -> Result<bool, SimulationError> {
        self.runs += 1;
        let Some(done) = (self.attempt)(size)? else { return Ok(false) };
        let place = self.tried.partition_point(|tried| tried.size < size);
        self.tried.insert(place, Tried { size, done });
        Ok(true)
    }

    /// The largest size that runs, to a millionth: doubled or halved from `start`, then narrowed.
    fn bracket(&mut self, start: U256) -> Result<(), SimulationError> {
        let (mut low, mut high) = (start, start);
        if self.at(start)? {
            let mut runs = true;
            for _ in 0..UP {
                high = low << 1;
                runs = self.at(high)?;
                if !runs {
                    break;
                }
                low = high;
            }
            if runs {
                return Ok(());
            }
        } else {
            let mut runs = false;
            for _ in 0..DOWN {
                low = high >> 1;
                if low.is_zero() {
                    return Ok(());
                }
                runs = self.at(low)?;
                if runs {
                    break;
                }
                high = low;
            }
            if !runs {
                return Ok(());
            }
        }
        for _ in 0..EDGE {
            let middle = low + ((high - low) >> 1);
            if middle == low {
                break;
            }
            if self.at(middle)? {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(())
    }

    /// Smaller sizes than the smallest tried, until they only get worse.
    fn down(&mut self) -> Result<(), SimulationError> {
        let (mut worse, Some(first)) = (0, self.tried.first()) else { return Ok(()) };
        let (mut size, mut last) = (first.size, first.done.gain);
        for _ in 0..DOWN {
            size >>= 1;
            if size.is_zero() || worse == WORSE || !self.at(size)? {
                break;
            }
            let gain = self.tried.first().map_or(last, |tried| tried.done.gain);
            // Where nothing was gained, a smaller loss is no sign that less gains more.
            worse = if gain < last || gain.is_zero() { worse + 1 } else { 0 };
            last = gain;
        }
        Ok(())
    }

    fn top(&self) -> Option<usize> {
        (0..self.tried.len()).max_by_key(|at| self.tried[*at].done.gain)
    }

    /// A golden section, by ratios, between the neighbours of the best.
    fn refine(&mut self) -> Result<Option<Tried>, SimulationError> {
        let gains = |top: &usize| self.tried[*top].done.gain.is_positive();
        let Some(top) = self.top().filter(gains) else { return Ok(None) };
        let size = |at: usize| to_f64(self.tried[at].size).ln();
        let (mut a, mut b) =
            (size(top.saturating_sub(1)), size((top + 1).min(self.tried.len() - 1)));
        if top == 0 {
            a -= std::f64::consts::LN_2;
        }
        let (mut left, mut right) = (b - GOLDEN * (b - a), a + GOLDEN * (b - a));
        let (mut at_left, mut at_right) = (self.gain(left)?, self.gain(right)?);
        for _ in 0..SECTIONS {
            if b - a < 1e-6 {
                break;
            }
            if at_left < at_right {
                (a, left, at_left) = (left, right, at_right);
                right = a + GOLDEN * (b - a);
                at_right = self.gain(right)?;
            } else {
                (b, right, at_right) = (right, left, at_left);
                left = b - GOLDEN * (b - a);
                at_left = self.gain(left)?;
            }
        }
        Ok(self.top().map(|top| self.tried[top]))
    }

    /// What the size with a logarithm gains; the least there is where it does not run.
    fn gain(&mut self, log: f64) -> Result<I256, SimulationError> {
        let size = from_f64(log.exp());
        let ran = !size.is_zero() && self.at(size)?;
        let found = self.tried.iter().find(|tried| ran && tried.size == size);
        Ok(found.map_or(I256::MIN, |tried| tried.done.gain))
    }
}
