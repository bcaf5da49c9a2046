//! How long solves take: from nothing, and from the last answer.

use std::time::{Duration, Instant};

use serde::Serialize;
use tenor_solver::route::{Network, Optimiser, Order, RouteError, Routed};

const MILLISECOND: Duration = Duration::from_millis(1);

type Solved = Result<Routed, RouteError>;

/// Milliseconds that solves took.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Spread {
    pub(super) p50: f64,
    p99: f64,
}

impl Spread {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        // Nearest rank: the first time that this percentage of all do not exceed.
        let rank = |percent: usize| (times.len() * percent).div_ceil(100).saturating_sub(1);
        let at = |percent| {
            times.get(rank(percent)).map_or(0.0, |time| time.div_duration_f64(MILLISECOND))
        };
        Self { p50: at(50), p99: at(99) }
    }
}

/// The times of one instance's solves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) cold: Spread,
    /// Where more than one solve was asked for.
    pub(super) warm: Option<Spread>,
}

/// One order to solve again and again.
#[derive(Debug)]
pub(super) struct Solver<'a> {
    pub(super) network: &'a Network,
    pub(super) order: &'a Order,
    /// For each solve.
    pub(super) deadline: Option<Duration>,
}

impl Solver<'_> {
    /// The first solve's end, and the times of `repeat` solves from nothing; where that is more than
    /// one, also of as many that follow them.
    pub(super) fn repeat(&self, repeat: u32) -> (Solved, Times) {
        let (mut optimiser, first, took) = self.cold();
        let mut cold = vec![took];
        for _ in 1..repeat {
            let (fresh, _, took) = self.cold();
            optimiser = fresh;
            cold.push(took);
        }
        let warm = (repeat > 1)
            .then(|| Spread::of((0..repeat).map(|_| self.warm(&mut optimiser)).collect()));
        (first, Times { cold: Spread::of(cold), warm })
    }

    /// From the order and the network to the answer, with nothing prepared.
    fn cold(&self) -> (Optimiser, Solved, Duration) {
        let start = Instant::now();
        let mut optimiser = Optimiser::default();
        let solved = optimiser.solve(self.network, self.order, self.until(start));
        let took = start.elapsed();
        (optimiser, solved, took)
    }

    /// The same once more, with what the optimiser kept.
    fn warm(&self, optimiser: &mut Optimiser) -> Duration {
        let start = Instant::now();
        let solved = optimiser.solve(self.network, self.order, self.until(start));
        let took = start.elapsed();
        std::hint::black_box(&solved);
        took
    }

    /// The deadline of a solve; one beyond what the clock can tell is none.
    fn until(&self, start: Instant) -> Option<Instant> {
        self.deadline.and_then(|deadline| start.checked_add(deadline))
    }
}
