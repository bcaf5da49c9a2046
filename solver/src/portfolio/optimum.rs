//! Branch and bound over which positions are used, tangents added along the way.

use super::{
    ProgramError,
    layout::{Layout, Use},
    model::Model,
};

/// How far, in scaled units, the value may stay below its bound.
const GAP: f64 = 1e-8;

/// How far, in scaled units, a limit may be exceeded.
const CLOSE: f64 = 1e-9;

/// Shares below this are none.
const DUST: f64 = 1e-12;

/// Nodes visited before the best found is returned with the bound reached.
const NODES: u32 = 2_000;

/// Rounds of tangents in one node, and those before a position that is used in part splits it.
const ROUNDS: u32 = 60;
const PATIENCE: u32 = 2;

/// Pieces of a polyline to each side of the last shares that the next round looks at.
const NEAR: usize = 4;

/// More pieces than there are on any side.
const FURTHEST: usize = 10_000;

/// The best shares found, in scaled units.
#[derive(Debug, Clone)]
pub(super) struct Optimum {
    pub(super) shares: Vec<f64>,
    pub(super) value: f64,
    pub(super) bound: f64,
}

/// A part of the ways of using the positions.
#[derive(Debug, Clone)]
struct Node {
    uses: Vec<Use>,
    near: Option<Vec<f64>>,
    bound: f64,
}

/// What came of a node.
enum Visit {
    /// Nothing in it keeps the limits.
    Empty,
    /// Nothing in it is better than this, and what is has been found.
    Closed(f64),
    /// One position used in part decides; the likelier part comes last.
    Split([Node; 2]),
}

impl Model<'_> {
    /// The best shares under some limits; `None` when none keep them. `start` keeps them too.
    pub(super) fn optimum(
        &mut self,
        limits: &[usize],
        start: Option<&Optimum>,
    ) -> Result<Option<Optimum>, ProgramError> {
        let uses = vec![Use::Open; self.positions.len()];
        let near = start.map(|start| start.shares.clone());
        let mut open = vec![Node { uses, near, bound: f64::INFINITY }];
        let mut best = start.cloned();
        let mut bound = f64::NEG_INFINITY;
        for _ in 0..NODES {
            let Some(node) = open.pop() else { break };
            match self.visit(limits, &node, &mut best)? {
                Visit::Empty => {}
                Visit::Closed(at) => bound = bound.max(at),
                Visit::Split(parts) => open.extend(parts),
            }
        }
        bound = open.iter().map(|node| node.bound).fold(bound, f64::max);
        match best {
            Some(best) => Ok(Some(Optimum { bound: bound.max(best.value), ..best })),
            None if bound > f64::NEG_INFINITY => {
                Err(ProgramError::Numeric("a limit is not met to the last digit".into()))
            }
            None => Ok(None),
        }
    }

    /// Adds tangents where a node's polylines are best until it is closed, or a split is needed.
    fn visit(
        &mut self,
        limits: &[usize],
        node: &Node,
        best: &mut Option<Optimum>,
    ) -> Result<Visit, ProgramError> {
        let (mut near, mut reach) = (node.near.clone(), NEAR);
        let mut bound = node.bound;
        for round in 0..ROUNDS {
            let layout = self.layout(limits, &node.uses, near.as_deref().map(|n| (n, reach)));
            let Some(columns) = layout.linear.maximum()? else {
                if near.is_none() || reach > FURTHEST {
                    return Ok(Visit::Empty);
                }
                reach *= 4;
                continue;
            };
            let shares = self.shares(&layout, &columns);
            self.offer(limits, &shares, best);
            let added = self.touch(limits, &layout, &shares)?;
            let short = layout.cut_short(&columns);
            reach = if short { reach * 4 } else { NEAR };
            if !short {
                bound = layout.gain(&columns).min(bound);
                if best.as_ref().is_some_and(|b| bound - b.value <= self.gap()) {
                    break;
                }
                if let Some(at) = in_part(&layout, &shares).filter(|_| !added || round >= PATIENCE)
                {
                    return Ok(Visit::Split(node.split(at, &layout, shares, bound)));
                }
                if !added {
                    break;
                }
            }
            near = Some(shares);
        }
        Ok(Visit::Closed(bound))
    }

    /// How far the value may stay below its bound: the finer of two measures, in scaled units.
    fn gap(&self) -> f64 {
        let whole = self.relative(5e-10);
        if whole > 0.0 { whole.clamp(1e-10, GAP) } else { GAP }
    }

    fn shares(&self, layout: &Layout, columns: &[f64]) -> Vec<f64> {
        let kept = |share: f64| if share < DUST { 0.0 } else { share };
        let places = self.positions.iter().zip(&layout.shares);
        places.map(|(place, share)| kept(share.of(columns)).min(place.most)).collect()
    }

    /// Takes shares that keep everything and are the best so far, by the curves themselves.
    fn offer(&self, limits: &[usize], shares: &[f64], best: &mut Option<Optimum>) {
        let used = || self.positions.iter().zip(shares).filter(|(_, share)| **share > 0.0);
        let takes = used().all(|(place, &share)| share >= place.least - CLOSE);
        if takes && limits.iter().all(|&at| self.limits[at].excess(shares) <= CLOSE) {
            let value = used().map(|(place, &share)| place.value.exact(share) - place.fixed).sum();
            if best.as_ref().is_none_or(|best| value > best.value) {
                *best = Some(Optimum { shares: shares.to_vec(), value, bound: f64::INFINITY });
            }
        }
    }

    /// Adds the tangents at shares; says whether any was new.
    fn touch(
        &mut self,
        limits: &[usize],
        layout: &Layout,
        shares: &[f64],
    ) -> Result<bool, ProgramError> {
        let mut added = false;
        for ((place, of), &share) in self.positions.iter_mut().zip(&layout.shares).zip(shares) {
            // In part, it is its value where it is used whole that counts.
            let at = if share > 0.0 { share.max(of.whole) } else { 0.0 };
            added |= place.value.close_in(at)?;
        }
        for &at in limits {
            for (position, curve) in &mut self.limits[at].curves {
                added |= curve.close_in(shares[*position])?;
            }
        }
        Ok(added)
    }
}

impl Node {
    fn split(&self, at: usize, layout: &Layout, shares: Vec<f64>, bound: f64) -> [Self; 2] {
        let mostly = shares[at] > 0.5 * layout.shares[at].whole;
        let near = Some(shares);
        [!mostly, mostly].map(|on| {
            let mut uses = self.uses.clone();
            uses[at] = if on { Use::On } else { Use::Off };
            Self { uses, near: near.clone(), bound }
        })
    }
}

/// The position whose use is the most undecided.
fn in_part(layout: &Layout, shares: &[f64]) -> Option<usize> {
    let parts = layout.shares.iter().zip(shares).enumerate().filter_map(|(at, (of, &share))| {
        let part = share / of.whole;
        (share > 0.0 && part < 1.0 - CLOSE).then_some((at, part.min(1.0 - part)))
    });
    parts.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at)
}
