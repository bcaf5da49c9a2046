//! How long a search goes on: until the gap is small enough, or the work or the time is used up.

use std::time::Instant;

use super::dual::Dual;

/// Edge visits that a search without a deadline may spend on closing its gap.
const VISITS: usize = 300_000;

/// What a search may still spend.
#[derive(Debug, Clone)]
pub(super) struct Effort {
    /// The gap at which the search is done, relative.
    pub(super) gap: f64,
    until: Option<Instant>,
    visits: usize,
}

impl Effort {
    /// With a deadline the search goes on until then; without, for a fixed amount of work, so that
    /// the same question has the same answer.
    pub(super) fn new(gap: f64, until: Option<Instant>) -> Self {
        Self { gap, until, visits: VISITS }
    }

    /// Counts what a dual has done since it was last counted.
    pub(super) fn spend(&mut self, dual: &mut Dual<'_>) {
        self.visits = self.visits.saturating_sub(std::mem::take(&mut dual.visits));
    }

    /// Whether nothing is left.
    pub(super) fn is_spent(&self) -> bool {
        match self.until {
            Some(until) => Instant::now() >= until,
            None => self.visits == 0,
        }
    }
}
