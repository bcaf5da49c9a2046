//! How a relay did lately.

use std::time::Duration;

/// The weight of the newest observation: about the last sixteen count.
const NEWEST: f64 = 1.0 / 16.0;

/// How a relay did lately: averages in which older observations fade. `None` where nothing was observed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Score {
    /// The share of what was sent that it said to take. It proves nothing, but that it listens.
    pub accepted: Option<f64>,
    /// How long its answers took, in milliseconds; what was not answered took as long as was waited.
    pub latency_ms: Option<f64>,
    /// Of blocks that were its to build and that a bundle was for, the share that held it.
    pub landed: Option<f64>,
}

impl Score {
    /// A request to it was answered or not, after so long.
    pub fn answered(&mut self, accepted: bool, took: Duration) {
        fade(&mut self.accepted, f64::from(u8::from(accepted)));
        fade(&mut self.latency_ms, took.as_secs_f64() * 1e3);
    }

    /// It built a block that a bundle was for, and the bundle was in it or not. The chain tells.
    pub fn built(&mut self, held: bool) {
        fade(&mut self.landed, f64::from(u8::from(held)));
    }
}

fn fade(average: &mut Option<f64>, newest: f64) {
    *average = Some(average.map_or(newest, |old| old + NEWEST * (newest - old)));
}
