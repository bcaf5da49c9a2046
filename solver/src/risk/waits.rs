//! How long queues take: a distribution, not a figure.
//!
//! Whoever leaves staking waits for the exits of validators, `W = max(buffer, queue / churn + 27 h + sweep)`
//! (`YIELD_AND_RISK` section 9): what a buffer pays sooner, the protocol's churn, the delay of an exit
//! until it can be withdrawn (256 epochs of 6.4 minutes, 27 h), and the sweep over all validators.

use super::priors::{HazardError, check};

/// ETH that may leave in a day: 256 ETH in each of 225 epochs (EIP-7251).
pub const CHURN_ETH_PER_DAY: f64 = 57_600.0;

/// Seconds until an exit can be withdrawn: 256 epochs of 32 slots of 12 seconds, rounded down to the
/// hour as the reference has it.
const WITHDRAWABLE_S: f64 = 27.0 * 3_600.0;

const DAY_S: f64 = 86_400.0;

/// Validators that wait to exit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExitQueue {
    /// ETH before the asker.
    pub queue_eth: f64,
    /// ETH that may leave in a day.
    pub churn_eth_per_day: f64,
    /// Seconds of the sweep.
    pub sweep_s: f64,
    /// Seconds within which a buffer pays: nothing is paid sooner.
    pub buffer_s: f64,
}

impl ExitQueue {
    /// Seconds from request to payment.
    pub fn wait_s(&self) -> f64 {
        let exits = self.queue_eth / self.churn_eth_per_day * DAY_S + WITHDRAWABLE_S + self.sweep_s;
        exits.max(self.buffer_s)
    }
}

/// What has been seen of one venue's queue.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueHistory {
    /// The venue.
    pub venue: String,
    /// Waits, each seen or computed from a length.
    pub seen: Vec<Seen>,
    /// Why these.
    pub why: String,
}

/// One wait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Seen {
    /// Seconds that it took.
    Waited(f64),
    /// The queue of validators at the time.
    Queue(ExitQueue),
}

impl Seen {
    fn wait_s(&self) -> f64 {
        match self {
            Self::Waited(s) => *s,
            Self::Queue(queue) => queue.wait_s(),
        }
    }
}

/// Two quantiles of a wait, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantiles {
    /// Half the waits are no longer.
    pub q50_s: u64,
    /// Nineteen of twenty are no longer.
    pub q95_s: u64,
}

impl QueueHistory {
    pub(super) fn check(&self) -> Result<(), HazardError> {
        const CENTURY_S: f64 = 100.0 * 366.0 * DAY_S;
        let refuse = |what, value, most| check(&self.venue, what, value, most, "a number from 0");
        if self.seen.is_empty() {
            let (node, given) = (self.venue.clone(), "none".to_owned());
            return Err(HazardError::Figure {
                node,
                what: "waits",
                given,
                expected: "at least one",
            });
        }
        for seen in &self.seen {
            if let Seen::Queue(queue) = seen {
                refuse("queue_eth", queue.queue_eth, 1.3e8)?;
                // Nothing leaves a queue without churn: its wait is no number.
                refuse("churn_eth_per_day", queue.churn_eth_per_day.recip(), 1e3)?;
            }
            refuse("wait", seen.wait_s(), CENTURY_S)?;
        }
        Ok(())
    }

    /// The quantiles of what has been seen: the smallest wait that so large a part of all does not
    /// exceed.
    pub fn quantiles(&self) -> Quantiles {
        let mut waits: Vec<u64> = self.seen.iter().map(|seen| whole(seen.wait_s())).collect();
        waits.sort_unstable();
        let at = |twentieths: usize| {
            let rank = (waits.len() * twentieths).div_ceil(20).saturating_sub(1);
            waits.get(rank).copied().unwrap_or(u64::MAX)
        };
        Quantiles { q50_s: at(10), q95_s: at(19) }
    }
}

/// Seconds, rounded up.
fn whole(seconds: f64) -> u64 {
    u64::try_from(crate::amount::from_f64(seconds.ceil())).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(queue_eth: f64) -> ExitQueue {
        let (sweep_s, buffer_s) = (DAY_S, 2.0 * DAY_S);
        ExitQueue { queue_eth, churn_eth_per_day: CHURN_ETH_PER_DAY, sweep_s, buffer_s }
    }

    /// 2.5 million ETH, September 2025: 43.40 days of churn, 1.125 of delay and one of sweep.
    #[test]
    fn a_wait_is_the_queue_over_the_churn_and_what_comes_after() {
        let days = queue(2.5e6).wait_s() / DAY_S;
        assert!((days - (2_500_000.0 / 57_600.0 + 1.125 + 1.0)).abs() < 1e-9, "{days}");
        assert!((44.0..46.0).contains(&days));
        // An empty queue still takes more than a buffer of two days.
        assert_eq!(queue(0.0).wait_s(), 2.125 * DAY_S);
        assert_eq!(ExitQueue { buffer_s: 5.0 * DAY_S, ..queue(0.0) }.wait_s(), 5.0 * DAY_S);
    }

    #[test]
    fn quantiles_are_waits_that_were_seen() {
        let history = |days: &[f64]| QueueHistory {
            venue: "a".into(),
            seen: days.iter().map(|d| Seen::Waited(d * DAY_S)).collect(),
            why: "a test".into(),
        };
        let days = |of: &[f64]| {
            let Quantiles { q50_s, q95_s } = history(of).quantiles();
            (q50_s / 86_400, q95_s / 86_400)
        };
        assert_eq!(days(&[46.0, 2.0, 18.0]), (18, 46));
        assert_eq!(days(&[7.0]), (7, 7));
        let twenty: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!(days(&twenty), (10, 19));
        assert!(history(&[]).check().is_err());
        assert!(history(&[-1.0]).check().is_err());
        assert!(history(&[f64::NAN]).check().is_err());
        let stuck = Seen::Queue(ExitQueue { churn_eth_per_day: 0.0, ..queue(1.0) });
        assert!(QueueHistory { seen: vec![stuck], ..history(&[]) }.check().is_err());
    }
}
