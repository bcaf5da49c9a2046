//! How often a relay may be asked.

use std::{num::NonZeroU32, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::{self, Clock as _},
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};

use super::terms::Requests;
use crate::clock::Clock;

/// Kinds of requests that are counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A bundle or a transaction.
    Send,
    /// A cancellation.
    Cancel,
    /// A simulation.
    Simulate,
    /// Anything else.
    Question,
}

/// What is left of what may be asked. In no minute, wherever it begins, more is let through than is allowed.
#[derive(Debug)]
pub struct Budget {
    sends: Limiter,
    cancels: Limiter,
    simulations: Limiter,
    questions: Limiter,
    ticks: Ticks,
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Duration>>;

/// Our clock, as the limiter reads it.
#[derive(Debug, Clone)]
struct Ticks(Clock);

impl clock::Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(self.0.millis())
    }
}

impl Budget {
    /// A whole budget.
    pub fn new(requests: Requests, clock: Clock) -> Self {
        let ticks = Ticks(clock);
        let limiter = |most| RateLimiter::direct_with_clock(quota(most), ticks.clone());
        let Requests { sends, cancels, simulations, questions } = requests;
        Self {
            sends: limiter(sends),
            cancels: limiter(cancels),
            simulations: limiter(simulations),
            questions: limiter(questions),
            ticks,
        }
    }

    /// Counts a request; an error says how long until the next one of its kind may go.
    pub fn spend(&self, kind: Kind) -> Result<(), Duration> {
        let limiter = match kind {
            Kind::Send => &self.sends,
            Kind::Cancel => &self.cancels,
            Kind::Simulate => &self.simulations,
            Kind::Question => &self.questions,
        };
        limiter.check().map_err(|until| until.wait_time_from(self.ticks.now()))
    }
}

/// A quarter may go at once, and the rest evenly over the minute: a burst and what comes back in the minute
/// that begins with it are `most` together.
fn quota(most: u32) -> Quota {
    let at_once = most / 4;
    let nonzero = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    Quota::per_minute(nonzero(most - at_once)).allow_burst(nonzero(at_once + 1))
}
