//! Leaving a relay alone that fails, and trying it again.
//!
//! Closed: every request passes, and failures in a row are counted. Open: none passes until a rest is over.
//! Half open: one passes, as a probe. If it is answered the breaker closes; if not, the next rest is twice
//! as long. A probe of which nothing is ever heard again counts as failed when its rest is over.

use std::time::Duration;

/// When a relay is left alone, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Failures in a row that open the breaker; at least one.
    pub failures: u32,
    /// The first rest.
    pub rest: Duration,
    /// The longest.
    pub longest: Duration,
}

/// A breaker. Time is unix milliseconds, and whoever asks says what time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    rules: Rules,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { until: u64, rest: Duration },
    Probing { until: u64, rest: Duration },
}

impl Breaker {
    /// A closed breaker.
    pub const fn new(rules: Rules) -> Self {
        Self { rules, state: State::Closed { failures: 0 } }
    }

    /// How long no request may pass; `None` where one may.
    pub const fn resting(&self, now: u64) -> Option<Duration> {
        match self.state {
            State::Open { until, .. } | State::Probing { until, .. } if now < until => {
                Some(Duration::from_millis(until - now))
            }
            State::Closed { .. } | State::Open { .. } | State::Probing { .. } => None,
        }
    }

    /// Lets a request pass, which may be a probe; else says how long none may.
    pub fn admit(&mut self, now: u64) -> Result<(), Duration> {
        if let Some(wait) = self.resting(now) {
            return Err(wait);
        }
        self.state = match self.state {
            closed @ State::Closed { .. } => closed,
            State::Open { rest, .. } => State::Probing { until: later(now, rest), rest },
            // The probe before was never heard of again.
            State::Probing { rest, .. } => {
                let rest = self.longer(rest);
                State::Probing { until: later(now, rest), rest }
            }
        };
        Ok(())
    }

    /// A request was answered.
    pub const fn well(&mut self) {
        self.state = State::Closed { failures: 0 };
    }

    /// A request failed.
    pub fn unwell(&mut self, now: u64) {
        self.state = match self.state {
            State::Closed { failures } if failures + 1 < self.rules.failures => {
                State::Closed { failures: failures + 1 }
            }
            State::Closed { .. } => self.open(now, self.rules.rest),
            State::Probing { rest, .. } => self.open(now, self.longer(rest)),
            // Of those that passed before it opened.
            open @ State::Open { .. } => open,
        };
    }

    /// The relay asked to be left alone for so long; a long time is cut to the longest rest.
    pub fn rest(&mut self, now: u64, wait: Duration) {
        let until = later(now, wait.min(self.rules.longest));
        let stands = match self.state {
            State::Open { until: stands, .. } => stands,
            State::Closed { .. } | State::Probing { .. } => 0,
        };
        self.state = State::Open { until: until.max(stands), rest: self.rules.rest };
    }

    /// Whether every request passes.
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed { .. })
    }

    fn open(&self, now: u64, rest: Duration) -> State {
        State::Open { until: later(now, rest), rest }
    }

    fn longer(&self, rest: Duration) -> Duration {
        rest.saturating_mul(2).min(self.rules.longest)
    }
}

fn later(now: u64, wait: Duration) -> u64 {
    now.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))
}
