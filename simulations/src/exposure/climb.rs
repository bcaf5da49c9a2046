//! The size at which something gains most, by trying sizes: no curve is assumed but that there is one
//! peak between neighbours that are a doubling apart.

use alloy_primitives::{I256, U256};
use tenor_solver::amount::{from_f64, to_f64};

use super::attempt::Done;
use crate::run::SimulationError;

/// Doublings from where the search starts.
const UP: usize = 20;

/// Halvings from there, or from the largest size that runs.
const DOWN: usize = 24;

/// How near the largest size that runs is found, as a power of a half: a millionth.
const EDGE: usize = 20;

/// The same where no attack is near paying for its gas: within a thousandth, by which a gain would have to
/// rise more than a hundred times as fast as the size to be an eighth larger.
const ROUGH: usize = 10;

/// The share of its gas below which an attack is not looked at closely.
pub(super) const HOPELESS: f64 = 0.875;

/// The first step away from where a model puts that size, as a power of a half.
const FIRST: usize = 16;

/// By which power of two each step is longer than the one before.
const FASTER: usize = 4;

/// Steps of the golden section: to less than a ten-thousandth of the size.
const SECTIONS: u32 = 20;

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
    /// Units that a unit of gas costs, where that is known: what is far from paying for its gas is not
    /// looked at closely.
    pub(super) gas_price: f64,
    /// By size, ascending.
    pub(super) tried: Vec<Tried>,
    pub(super) runs: u32,
}

fn first_step(start: U256) -> U256 {
    (start >> FIRST).max(U256::ONE)
}

impl<F> Climb<F>
where
    F: FnMut(U256) -> Result<Option<Done>, SimulationError>,
{
    pub(super) const fn new(attempt: F) -> Self {
        Self { attempt, gas_price: 0.0, tried: Vec::new(), runs: 0 }
    }

    /// The same where a unit of gas costs so many units of what is gained.
    pub(super) fn paying(self, gas_price: f64) -> Self {
        Self { gas_price, ..self }
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

    /// The best of those tried; `None` where none of them gains.
    pub(super) fn best_tried(&self) -> Option<Tried> {
        let gains = |at: &usize| self.tried[*at].done.gain.is_positive();
        self.top().filter(gains).map(|top| self.tried[top])
    }

    /// Tries a size. Returns whether it runs.
    pub(super) fn at(&mut self, size: U256) -> Result<bool, SimulationError> {
        self.runs += 1;
        let Some(done) = (self.attempt)(size)? else { return Ok(false) };
        let place = self.tried.partition_point(|tried| tried.size < size);
        self.tried.insert(place, Tried { size, done });
        Ok(true)
    }

    /// What the cheapest of the attempts that gained something took.
    pub(super) fn least_gas(&self) -> Option<u64> {
        let gained = self.tried.iter().filter(|tried| tried.done.gain.is_positive());
        gained.map(|tried| tried.done.gas).min()
    }

    /// The largest size that runs, to a millionth: in steps from `start` that grow sixteenfold, then
    /// halved. Near the right size that is a dozen runs.
    fn bracket(&mut self, start: U256) -> Result<(), SimulationError> {
        let found = if self.at(start)? { self.rise(start)? } else { self.fall(start)? };
        let Some((mut low, mut high)) = found else { return Ok(()) };
        while high - low > (low >> self.closeness()) + U256::ONE {
            let middle = low + ((high - low) >> 1);
            if self.at(middle)? {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(())
    }

    /// A size that runs, and a larger one that does not; `None` where all run that are tried.
    fn rise(&mut self, start: U256) -> Result<Option<(U256, U256)>, SimulationError> {
        let (mut low, mut step) = (start, first_step(start));
        while low <= start << UP {
            let high = low + step;
            if !self.at(high)? {
                return Ok(Some((low, high)));
            }
            low = high;
            step = (step << FASTER).min(low);
        }
        Ok(None)
    }

    /// The same below a size that does not run; `None` where none of those tried runs.
    fn fall(&mut self, start: U256) -> Result<Option<(U256, U256)>, SimulationError> {
        let (mut high, mut step) = (start, first_step(start));
        while high > start >> DOWN {
            // Half at most, that small sizes are not passed over.
            let low = high - step.min(high - (high >> 1));
            if low.is_zero() {
                return Ok(None);
            }
            if self.at(low)? {
                return Ok(Some((low, high)));
            }
            high = low;
            step <<= FASTER;
        }
        Ok(None)
    }

    /// Whether nothing tried is within an eighth of paying for the least gas that was seen.
    fn is_hopeless(&self) -> bool {
        let most = self.top().map_or(I256::ZERO, |top| self.tried[top].done.gain);
        let gas = self.tried.iter().map(|tried| tried.done.gas).filter(|gas| *gas > 0).min();
        let cost = self.gas_price * to_f64(U256::from(gas.unwrap_or_default()));
        most.is_positive() && to_f64(most.into_raw()) < HOPELESS * cost
    }

    /// How near the largest size that runs has to be found.
    fn closeness(&self) -> usize {
        if self.is_hopeless() { ROUGH } else { EDGE }
    }

    /// Smaller sizes than the smallest tried, until they only get worse.
    fn down(&mut self) -> Result<(), SimulationError> {
        let (mut worse, Some(first)) = (0, self.tried.first()) else { return Ok(()) };
        let (mut size, mut last) = (first.size, first.done.gain);
        for _ in 0..DOWN {
            size >>= 1;
            let enough = if self.is_hopeless() { WORSE / 2 } else { WORSE };
            if size.is_zero() || worse >= enough || !self.at(size)? {
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
        if self.is_hopeless() && top + 1 == self.tried.len() {
            return Ok(Some(self.tried[top]));
        }
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
