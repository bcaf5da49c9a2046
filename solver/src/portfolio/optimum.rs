//! Tangents added until the polylines and the curves agree at the optimum.

use super::{
    ProgramError,
    model::{Layout, Model, Pattern},
};

/// How far, in scaled units, the value may stay below its bound, and a limit be exceeded.
const CLOSE: f64 = 1e-9;

/// What a whole optimum of microlp may be off by, in scaled units.
const WHOLE: f64 = 1e-9;

/// Rounds of tangents for one pattern, and patterns tried.
const ROUNDS: u32 = 60;
const PATTERNS: u32 = 60;

/// Shares below this are none.
const DUST: f64 = 1e-12;

/// The best shares found, in scaled units.
#[derive(Debug, Clone)]
pub(super) struct Optimum {
    pub(super) shares: Vec<f64>,
    pub(super) pattern: Pattern,
    pub(super) value: f64,
    pub(super) bound: f64,
}

impl Model<'_> {
    /// The best shares under some limits; `None` when none keep them.
    ///
    /// The mixed-integer program picks the positions to use; for them the linear program is
    /// refined, which is cheap, before the next pick. A pick that was refined before is the best.
    pub(super) fn optimum(&mut self, limits: &[usize]) -> Result<Option<Optimum>, ProgramError> {
        let mut best: Option<Optimum> = None;
        let mut tried: Vec<Pattern> = Vec::new();
        for _ in 0..PATTERNS {
            let Some((pattern, bound)) = self.pick(limits)? else { return Ok(best) };
            let settled = best.as_ref().is_some_and(|b| bound - b.value <= CLOSE + WHOLE);
            if settled || tried.contains(&pattern) {
                let bounded = |best: Optimum| Optimum { bound: bound.max(best.value), ..best };
                return Ok(best.map(bounded));
            }
            if let Some(found) = self.refine(limits, &pattern)? {
                if !self.positions.iter().any(|p| p.switched()) {
                    return Ok(Some(found));
                }
                if best.as_ref().is_none_or(|b| found.value > b.value) {
                    best = Some(found);
                }
            }
            tried.push(pattern);
        }
        Err(ProgramError::Numeric("too many ways of using the positions are as good".into()))
    }

    /// The positions that the best of the polylines uses, and its value.
    fn pick(&self, limits: &[usize]) -> Result<Option<(Pattern, f64)>, ProgramError> {
        let all = vec![true; self.positions.len()];
        if !self.positions.iter().any(|p| p.switched()) {
            return Ok(Some((all, f64::INFINITY)));
        }
        let layout = self.layout(limits, None);
        Ok(layout.linear.maximum()?.map(|columns| {
            let on = |switch: &Option<usize>| switch.is_none_or(|column| columns[column] > 0.5);
            let pattern = layout.switches.iter().map(on).collect();
            (pattern, layout.linear.gain(&columns) + WHOLE)
        }))
    }

    /// The best shares of one pattern; `None` when none keep the limits.
    fn refine(
        &mut self,
        limits: &[usize],
        pattern: &Pattern,
    ) -> Result<Option<Optimum>, ProgramError> {
        let mut best: Option<Optimum> = None;
        for _ in 0..ROUNDS {
            let layout = self.layout(limits, Some(pattern));
            let Some(columns) = layout.linear.maximum()? else { return Ok(best) };
            let bound = layout.linear.gain(&columns) - layout.paid;
            let shares = self.shares(&layout, &columns);
            let value = self.value(&shares, pattern);
            let kept = limits.iter().all(|&at| self.limits[at].excess(&shares) <= CLOSE);
            let added = self.touch(limits, &shares)?;
            if kept && best.as_ref().is_none_or(|b| value > b.value) {
                best = Some(Optimum { shares, pattern: pattern.clone(), value, bound });
            }
            if let Some(best) = &mut best {
                best.bound = bound.max(best.value);
                if bound - best.value <= CLOSE || !added {
                    break;
                }
            } else if !added {
                break;
            }
        }
        match best {
            Some(_) => Ok(best),
            None => Err(ProgramError::Numeric("a limit is not met to the last digit".into())),
        }
    }

    fn shares(&self, layout: &Layout, columns: &[f64]) -> Vec<f64> {
        let sum = |of: &Vec<usize>| of.iter().map(|&c| columns[c]).sum::<f64>();
        let kept = |share: f64| if share < DUST { 0.0 } else { share };
        let places = self.positions.iter().zip(&layout.shares);
        places.map(|(place, of)| kept(sum(of)).min(place.most)).collect()
    }

    /// What shares are worth by the curves themselves.
    fn value(&self, shares: &[f64], pattern: &Pattern) -> f64 {
        let places = self.positions.iter().zip(shares).zip(pattern);
        let worth = places.map(|((place, &share), &used)| {
            place.value.exact(share) - if used && share > 0.0 { place.fixed } else { 0.0 }
        });
        worth.sum()
    }

    /// Adds the tangents at shares; says whether any was new.
    fn touch(&mut self, limits: &[usize], shares: &[f64]) -> Result<bool, ProgramError> {
        let mut added = false;
        for (place, &share) in self.positions.iter_mut().zip(shares) {
            added |= place.value.touch(share)?;
        }
        for &at in limits {
            for (position, curve) in &mut self.limits[at].curves {
                added |= curve.touch(shares[*position])?;
            }
        }
        Ok(added)
    }
}
