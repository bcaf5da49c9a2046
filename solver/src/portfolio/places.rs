//! One position, sampled.

use super::{Position, model::Scale};

/// Parts of the span at whose ends the first samples lie.
const FIRST: u32 = 8;

/// Samples closer than this, in shares, are the same.
const SAME: f64 = 1e-7;

/// Most samples of one position.
const MOST: usize = 256;

/// A sample in scaled units.
#[derive(Debug, Clone)]
pub(super) struct Scaled {
    pub(super) share: f64,
    pub(super) value: f64,
    /// What it counts; more is always what a limit asks for.
    pub(super) counts: Vec<f64>,
}

/// A position in shares of the whole, with its samples from left to right.
#[derive(Debug)]
pub(super) struct Place<'p> {
    position: &'p Position<'p>,
    pub(super) samples: Vec<Scaled>,
    pub(super) fixed: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl<'p> Place<'p> {
    /// The shares that are sampled first: of one that takes nothing else, zero alone.
    pub(super) fn first(least: f64, most: f64) -> Vec<f64> {
        if least > most || most <= 0.0 {
            return vec![0.0];
        }
        let part = |n: u32| least + (most - least) * f64::from(n) / f64::from(FIRST);
        let mut shares: Vec<f64> = (0..=FIRST).map(part).collect();
        shares.dedup_by(|next, kept| *next - *kept <= SAME);
        shares
    }

    pub(super) fn new(position: &'p Position<'p>, amount: f64) -> Self {
        let (least, most) = (position.least / amount, (position.most / amount).min(1.0));
        Self { position, samples: Vec::new(), fixed: 0.0, least, most }
    }

    /// Whether using it at all is a question of its own.
    pub(super) fn switched(&self) -> bool {
        self.fixed > 0.0 || self.least > 0.0
    }

    /// What a share is worth and counts; `None` where that is not known.
    pub(super) fn told(&self, share: f64, scale: &Scale) -> Option<Scaled> {
        let place = self.samples.partition_point(|s| s.share < share);
        let known = self.samples.get(place).filter(|s| s.share <= share);
        let asked = || scale.scaled(share, &(self.position.at)(share * scale.amount)?);
        known.cloned().or_else(asked)
    }

    /// Samples a share where that tells something new; says whether it did.
    pub(super) fn refine(&mut self, share: f64, scale: &Scale) -> bool {
        let share = share.clamp(self.least, self.most);
        let near = self.samples.iter().any(|s| (s.share - share).abs() <= SAME);
        if near || self.samples.len() >= MOST {
            return false;
        }
        let Some(sample) = self.told(share, scale) else { return false };
        let place = self.samples.partition_point(|s| s.share < share);
        self.samples.insert(place, sample);
        true
    }

    /// The most that any share is worth at prices of shares and counts, and where that could be.
    pub(super) fn ceiling(&self, worth: impl Fn(&Scaled) -> f64) -> (f64, f64) {
        let points: Vec<(f64, f64)> = self.samples.iter().map(|s| (s.share, worth(s))).collect();
        let mut best = (f64::NEG_INFINITY, 0.0);
        for &(share, worth) in &points {
            if worth > best.0 {
                best = (worth, share);
            }
        }
        for at in 1..points.len() {
            let (left, right) = (points[at - 1], points[at]);
            let before = at.checked_sub(2).map(|b| rise(points[b], left));
            let after = points.get(at + 1).map(|&a| rise(right, a));
            let (worth, share) = peak(left, right, before, after);
            if worth > best.0 {
                best = (worth, share);
            }
        }
        best
    }
}

/// The highest point between two samples that the lines through their other neighbours allow.
fn peak(
    left: (f64, f64),
    right: (f64, f64),
    before: Option<f64>,
    after: Option<f64>,
) -> (f64, f64) {
    let wide = right.0 - left.0;
    let from_left = |part: f64| before.map_or(f64::INFINITY, |slope| left.1 + slope * part);
    let from_right =
        |part: f64| after.map_or(f64::INFINITY, |slope| right.1 - slope * (wide - part));
    let meet = match (before, after) {
        (Some(before), Some(after)) if before > after => {
            ((right.1 - left.1 - after * wide) / (before - after)).clamp(0.0, wide)
        }
        (Some(before), Some(_) | None) if before > 0.0 => wide,
        (None, Some(after)) if after > 0.0 => wide,
        _ => 0.0,
    };
    let ceiling = |part: f64| {
        let lines = from_left(part).min(from_right(part));
        // Where samples are not quite concave, the chord between them counts too.
        let chord = left.1 + (right.1 - left.1) * part / wide;
        if lines.is_finite() { lines.max(chord) } else { chord }
    };
    let middle = if meet <= 0.0 || meet >= wide { wide / 2.0 } else { meet };
    [0.0, meet, wide]
        .into_iter()
        .map(|part| (ceiling(part), left.0 + if part == meet { middle } else { part }))
        .fold((f64::NEG_INFINITY, left.0), |best, next| if next.0 > best.0 { next } else { best })
}

fn rise(from: (f64, f64), to: (f64, f64)) -> f64 {
    (to.1 - from.1) / (to.0 - from.0)
}
