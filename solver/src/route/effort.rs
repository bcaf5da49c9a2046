//! How long a search goes on: until the gap is small enough, or the work or the time is used up.

use std::time::Instant;

use super::dual::Dual;

/// Edge visits that a search without a deadline may spend on closing its gap.
const VISITS: usize = 300_000;

/// Edge visits of these that may go into proving what was found.
const PROOF: usize = 60_000;

/// The gap that one more edge or one path is still tried for, relative.
pub(super) const FINE: f64 = 9e-7;

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

    /// The gap, relative, down to which what costs little is tried: content leaves more than another
    /// choice of one edge may gain.
    pub(super) fn fine(&self) -> f64 {
        self.gap.min(FINE)
    }

    /// Counts what a dual has done since it was last counted.
    pub(super) fn spend(&mut self, dual: &mut Dual<'_>) {
        self.visits = self.visits.saturating_sub(std::mem::take(&mut dual.visits));
    }

    /// Leaves no more than is worth spending on a proof: branching seldom betters the answer.
    pub(super) fn turn_to_proof(&mut self) {
        self.visits = self.visits.min(PROOF);
    }

    /// Whether nothing is left.
    pub(super) fn is_spent(&self) -> bool {
        self.is_late() || (self.until.is_none() && self.visits == 0)
    }

    /// Whether the deadline has passed.
    pub(super) fn is_late(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }
}
