//! Branch and bound over which positions are used, samples added along the way.

use super::{
    linear::{Column, Found, Group, Linear, Mixture, Prices},
    model::Model,
    places::{Place, Scaled},
};

/// How far, in scaled units, a need may be missed.
const MET: f64 = 1e-9;

/// By how much, in scaled units, needs are raised where the linear program misses them: the last ones
/// only matter where counts are so far from concave that mixtures promise much more than is kept.
const RAISES: [f64; 9] = [0.0, 2e-9, 2e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2];

/// Shares below this are none.
const DUST: f64 = 1e-12;

/// A part used closer than this to all or nothing is.
const DECIDED: f64 = 1e-7;

/// Linear programs of one search, after which the best found is returned with the bound reached.
const EFFORT: u32 = 600;

/// Rounds of samples in one node, and those before a position that is used in part splits it.
pub(super) const ROUNDS: u32 = 40;
const PATIENCE: u32 = 2;

/// What is decided about using a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Nothing yet: any mixture of using it and not.
    Open,
    /// It is used, and its fixed cost is paid.
    On,
    /// It is not used.
    Off,
}

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
    bound: f64,
}

/// A search under some limits.
struct Search<'a, 'p> {
    model: &'a mut Model<'p>,
    limits: &'a [usize],
    best: Option<Optimum>,
    effort: u32,
}

impl<'p> Model<'p> {
    /// The best shares under some limits; `None` when none keep them. `start` keeps them too.
    pub(super) fn optimum(&mut self, limits: &[usize], start: Option<&Optimum>) -> Option<Optimum> {
        let uses = vec![Use::Open; self.places.len()];
        let mut search = Search { model: self, limits, best: start.cloned(), effort: EFFORT };
        search.run(Node { uses, bound: f64::INFINITY })
    }

    /// The linear program under some limits, each need raised by as much.
    pub(super) fn linear(&self, limits: &[usize], uses: &[Use], raised: f64) -> Linear {
        let column = |sample: &Scaled, fixed: f64| Column {
            share: sample.share,
            gain: sample.value - fixed,
            counts: limits.iter().map(|&at| sample.counts[at]).collect(),
        };
        let group = |(place, used): (&Place<'_>, &Use)| {
            let open = *used == Use::Open && place.switched();
            let whole = *used == Use::On || place.least > 0.0 && !open;
            // Nothing, at no cost, is what a mixture that is not whole has left.
            let kept = |s: &&Scaled| *used != Use::Off && (whole || s.share > 0.0);
            let fixed = if place.switched() { place.fixed } else { 0.0 };
            let columns: Vec<Column> =
                place.samples.iter().filter(kept).map(|s| column(s, fixed)).collect();
            Group { whole: whole && !columns.is_empty(), columns }
        };
        Linear {
            groups: self.places.iter().zip(uses).map(group).collect(),
            needed: limits.iter().map(|&at| self.needed[at] + raised).collect(),
            elastic: false,
        }
    }

    /// The shares that a mixture makes.
    pub(super) fn shares(&self, linear: &Linear, mixture: &Mixture) -> Vec<f64> {
        let of = |(group, parts): (&Group, &Vec<f64>)| {
            let share: f64 = group.columns.iter().zip(parts).map(|(c, p)| c.share * p).sum();
            if share < DUST { 0.0 } else { share }
        };
        let mut shares: Vec<f64> = linear.groups.iter().zip(mixture).map(of).collect();
        // What the simplex method leaves over, or places twice, is the largest position's.
        let largest = (0..shares.len()).max_by(|&a, &b| shares[a].total_cmp(&shares[b]));
        if let Some(at) = largest {
            shares[at] += 1.0 - shares.iter().sum::<f64>();
        }
        for (share, place) in shares.iter_mut().zip(&self.places) {
            let near = *share > 0.0 && (*share - place.least).abs() <= MET;
            *share = if near { place.least } else { share.min(place.most) };
        }
        shares
    }

    /// What shares count towards every limit.
    pub(super) fn counted(&self, shares: &[f64]) -> Vec<f64> {
        let mut counted = vec![0.0; self.needed.len()];
        for (place, &share) in self.places.iter().zip(shares).filter(|(_, share)| **share > 0.0) {
            if let Some(sample) = place.told(share, &self.scale) {
                counted.iter_mut().zip(&sample.counts).for_each(|(sum, count)| *sum += count);
            }
        }
        counted
    }

    /// Whether shares meet some limits, and what they are worth.
    fn value(&self, limits: &[usize], shares: &[f64]) -> Option<f64> {
        if (shares.iter().sum::<f64>() - 1.0).abs() > MET {
            return None;
        }
        let mut value = 0.0;
        for (place, &share) in self.places.iter().zip(shares).filter(|(_, share)| **share > 0.0) {
            if share < place.least || share > place.most {
                return None;
            }
            value += place.told(share, &self.scale)?.value - place.fixed;
        }
        let (counted, needed) = (self.counted(shares), &self.needed);
        let met = |at: &usize| counted[*at] >= needed[*at] - MET * needed[*at].abs().max(1.0);
        limits.iter().all(met).then_some(value)
    }

    /// What no shares exceed by some prices, and where the positions could reach it.
    pub(super) fn ceiling(
        &self,
        (limits, uses): (&[usize], &[Use]),
        linear: &Linear,
        prices: &Prices,
    ) -> (f64, Vec<f64>) {
        let mut bound = prices.owed(&linear.needed);
        let mut peaks = Vec::with_capacity(self.places.len());
        for ((place, used), group) in self.places.iter().zip(uses).zip(&linear.groups) {
            let none = if group.whole { f64::NEG_INFINITY } else { 0.0 };
            let fixed = if group.columns.is_empty() { 0.0 } else { place.fixed };
            let (profit, peak) = if *used == Use::Off {
                (0.0, 0.0)
            } else {
                place.ceiling(|s| {
                    let gain = if linear.elastic { 0.0 } else { s.value - fixed };
                    prices.profit(gain, s.share, limits.iter().map(|&at| s.counts[at]))
                })
            };
            bound += profit.max(none);
            peaks.push(peak);
        }
        (bound, peaks)
    }

    /// Samples shares where that tells something new; says whether it did.
    pub(super) fn refine(&mut self, shares: &[f64]) -> bool {
        let Self { places, scale, .. } = self;
        let mut added = false;
        for (place, &share) in places.iter_mut().zip(shares).filter(|(_, share)| **share > 0.0) {
            added |= place.refine(share, scale);
        }
        added
    }
}

impl Search<'_, '_> {
    fn run(&mut self, root: Node) -> Option<Optimum> {
        let mut open = vec![root];
        let mut closed = f64::NEG_INFINITY;
        while self.effort > 0 {
            let next = (0..open.len()).max_by(|&a, &b| open[a].bound.total_cmp(&open[b].bound));
            let Some(node) = next.map(|at| open.swap_remove(at)) else { break };
            if self.is_enough(node.bound) {
                closed = closed.max(node.bound);
                break;
            }
            let (bound, split) = self.visit(&node);
            match split {
                Some(at) => open.extend([Use::On, Use::Off].map(|used| {
                    let mut uses = node.uses.clone();
                    uses[at] = used;
                    Node { uses, bound }
                })),
                None => closed = closed.max(bound),
            }
        }
        let bound = open.iter().map(|node| node.bound).fold(closed, f64::max);
        self.best.take().map(|best| Optimum { bound: bound.max(best.value), ..best })
    }

    fn is_enough(&self, bound: f64) -> bool {
        self.best.as_ref().is_some_and(|best| bound - best.value <= self.model.gap())
    }

    /// Adds samples where a node's mixtures could be better until its bound, which is returned, is
    /// reached or a position used in part, which is named, has to be decided.
    fn visit(&mut self, node: &Node) -> (f64, Option<usize>) {
        let mut bound = node.bound;
        for round in 0..ROUNDS {
            let linear = self.model.linear(self.limits, &node.uses, 0.0);
            self.effort = self.effort.saturating_sub(1);
            let Some(found) = linear.best() else {
                if self.reach(&node.uses) {
                    continue;
                }
                return (f64::NEG_INFINITY, None);
            };
            let shares = self.offer(&linear, node, &found);
            let (ceiling, peaks) =
                self.model.ceiling((self.limits, &node.uses), &linear, &found.prices);
            bound = bound.min(ceiling.max(found.gain));
            if self.is_enough(bound) {
                return (bound, None);
            }
            let mut added = self.model.refine(&peaks);
            added |= self.model.refine(&shares);
            let parts = self.in_part(&linear, node, &found.mixture);
            if !added || self.effort == 0 || (parts.is_some() && round >= PATIENCE) {
                return (bound, parts);
            }
        }
        (bound, None)
    }

    /// Takes the shares of a mixture if they meet the limits and are the best so far; where the
    /// linear program misses a limit by a little, those of needs raised by as much.
    fn offer(&mut self, linear: &Linear, node: &Node, found: &Found) -> Vec<f64> {
        let first = self.model.shares(linear, &found.mixture);
        let mut shares = first.clone();
        for raise in RAISES {
            if raise > 0.0 {
                let raised = self.model.linear(self.limits, &node.uses, raise);
                let Some(found) = raised.best() else { break };
                shares = self.model.shares(&raised, &found.mixture);
            }
            let fits = |(place, &share): (&Place<'_>, &f64)| share <= 0.0 || share >= place.least;
            if !self.model.places.iter().zip(&shares).all(fits) {
                break;
            }
            if let Some(value) = self.model.value(self.limits, &shares) {
                if self.best.as_ref().is_none_or(|best| value > best.value) {
                    self.best = Some(Optimum { shares, value, bound: f64::INFINITY });
                }
                break;
            }
        }
        first
    }

    /// Adds samples until some mixture reaches what is needed; says whether one does.
    fn reach(&mut self, uses: &[Use]) -> bool {
        for _ in 0..ROUNDS {
            let linear = Linear { elastic: true, ..self.model.linear(self.limits, uses, 0.0) };
            self.effort = self.effort.saturating_sub(1);
            let Some(found) = linear.best() else { return false };
            if found.gain >= -MET {
                return self.model.linear(self.limits, uses, 0.0).best().is_some();
            }
            let (ceiling, peaks) = self.model.ceiling((self.limits, uses), &linear, &found.prices);
            if ceiling < -MET {
                return false;
            }
            let shares = self.model.shares(&linear, &found.mixture);
            let added = self.model.refine(&peaks);
            if !(self.model.refine(&shares) || added) {
                return false;
            }
        }
        false
    }

    /// The position whose use is the most undecided.
    fn in_part(&self, linear: &Linear, node: &Node, mixture: &Mixture) -> Option<usize> {
        let open = |at: &usize| node.uses[*at] == Use::Open && self.model.places[*at].switched();
        let part = |at: usize| -> f64 {
            let used = linear.groups[at].columns.iter().zip(&mixture[at]);
            used.filter(|(column, _)| column.share > 0.0).map(|(_, part)| part).sum()
        };
        let undecided = |at: usize| part(at).min(1.0 - part(at));
        (0..node.uses.len())
            .filter(open)
            .filter(|&at| undecided(at) > DECIDED)
            .max_by(|&a, &b| undecided(a).total_cmp(&undecided(b)))
    }
}
