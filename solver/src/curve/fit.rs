//! From markets to a form of the curve and a spread for each underlying.
//!
//! What a market implies is the curve's rate at its expiry and its underlying's spread. Both are
//! found at once, by least squares of the rates weighted by liquidity over what a trade costs.

use super::{
    Repair,
    form::{Form, loadings},
    least_squares::{Equation, solve},
    observation::{Point, years},
};

/// Nelson and Siegel's form needs as many expiries.
pub(super) const TENORS: usize = 4;
/// Where the shortest rate, a mean over about as long, is a rate: shorter markets do not count.
const SHORT_S: u64 = 7 * 86_400;
/// Years in which the bend may fade, and how many are tried.
const DECAYS: (f64, f64, i32) = (0.02, 10.0, 96);
/// How often a decay's neighbourhood is narrowed.
const NARROWED: usize = 80;

/// A form with the spreads that belong to it, in the order of the names.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub(super) form: Form,
    pub(super) spreads: Vec<f64>,
    pub(super) repairs: Vec<Repair>,
    /// The weighted square of what it leaves.
    cost: f64,
}

/// The markets, what must be found, and what is given.
#[derive(Debug)]
pub(super) struct Task<'a> {
    pub(super) points: &'a [Point],
    /// The underlying whose spread is zero.
    pub(super) base: &'a str,
    /// All others, in order.
    pub(super) others: &'a [String],
    /// The shortest rate.
    pub(super) anchor: Option<f64>,
}

impl Task<'_> {
    /// Nelson and Siegel's form where there are expiries enough and it allows no arbitrage, otherwise
    /// the linear one.
    pub(super) fn fit(&self) -> Option<Fit> {
        let mut expiries: Vec<u64> = self.points.iter().map(|p| p.expiry).collect();
        expiries.dedup();
        // Level, hump and decay, the slope without an anchor, and the spreads.
        let unknowns = 3 + usize::from(self.anchor.is_none()) + self.others.len();
        if expiries.len() < TENORS || self.points.len() < unknowns {
            return self.linear(Vec::new());
        }
        match self.nelson_siegel() {
            Some(fit) => Some(fit),
            None => self.linear(vec![Repair::LinearInstead]),
        }
    }

    fn last(&self) -> f64 {
        self.points.last().map_or(0.0, |p| p.years)
    }

    /// The best decay, searched around each of some that no neighbour betters: there may be more
    /// than one. Only curves without negative forwards count.
    fn nelson_siegel(&self) -> Option<Fit> {
        let (least, most, count) = DECAYS;
        let ratio = (most / least).powf(1.0 / f64::from(count));
        let tried: Vec<(f64, f64)> = (0..=count)
            .map(|n| least * ratio.powi(n))
            .map(|decay| (decay, cost(self.with_decay(decay).as_ref())))
            .collect();
        let lowest = |at: usize| {
            let near = at.saturating_sub(1)..(at + 2).min(tried.len());
            let beside = tried.get(near).unwrap_or_default();
            tried.get(at).filter(|t| t.1.is_finite() && beside.iter().all(|n| t.1 <= n.1))
        };
        (0..tried.len())
            .filter_map(lowest)
            .filter_map(|&(decay, _)| self.narrowed(decay, ratio))
            .reduce(|a, b| if b.cost < a.cost { b } else { a })
    }

    /// The best fit with a decay within a `ratio` of this one.
    fn narrowed(&self, decay: f64, ratio: f64) -> Option<Fit> {
        let mut best = self.with_decay(decay);
        let (mut low, mut high) = (decay / ratio, decay * ratio);
        for _ in 0..NARROWED {
            let third = (high - low) / 3.0;
            let (a, b) = (self.with_decay(low + third), self.with_decay(high - third));
            if cost(a.as_ref()) <= cost(b.as_ref()) {
                high -= third;
            } else {
                low += third;
            }
            for found in [a, b] {
                if cost(found.as_ref()) < cost(best.as_ref()) {
                    best = found;
                }
            }
        }
        best
    }

    fn with_decay(&self, decay: f64) -> Option<Fit> {
        let columns = if self.anchor.is_some() { 2 } else { 3 };
        let shape = |t: f64| {
            let (near, bend) = loadings(t / decay);
            match self.anchor {
                Some(r) => (r * near, vec![1.0 - near, bend]),
                None => (0.0, vec![1.0, bend, near]),
            }
        };
        let (found, spreads) = self.least(columns, shape)?;
        let &[level, hump, ..] = found.as_slice() else { return None };
        let slope = match self.anchor {
            Some(r) => r - level,
            None => *found.get(2)?,
        };
        let form = Form::NelsonSiegel { level, slope, hump, decay };
        let last = self.last();
        (form.lowest_forward(last) >= 0.0).then(|| self.done(form, spreads, Vec::new()))
    }

    /// Knots at the base's expiries. What is left of falling growth after the fit, by noise that fees
    /// keep anybody from taking, is levelled and said.
    fn linear(&self, mut repairs: Vec<Repair>) -> Option<Fit> {
        let base = self.points.iter().filter(|p| p.underlying == self.base);
        let mut times: Vec<f64> = base.map(|p| p.years).collect();
        times.dedup();
        // A market may expire before the shortest rate ends; the rate then gives way.
        let start = self.anchor.map(|r| (years(SHORT_S), r * years(SHORT_S)));
        let start = start.filter(|s| times.first().is_some_and(|t| s.0 < *t));
        let knots = |found: &[f64]| -> Vec<(f64, f64)> {
            let rest = times.iter().zip(found).map(|(t, z)| (*t, t * z));
            start.into_iter().chain(rest).collect()
        };
        let none = vec![0.0; times.len()];
        let last = self.last();
        let at = |values: &[f64], t: f64| Form::Linear { knots: knots(values) }.growth(t, last) / t;
        let shape = |t: f64| {
            let fixed = at(&none, t);
            let unit = |k: usize| {
                let mut values = none.clone();
                if let Some(value) = values.get_mut(k) {
                    *value = 1.0;
                }
                at(&values, t) - fixed
            };
            (fixed, (0..times.len()).map(unit).collect())
        };
        let (found, mut spreads) = self.least(times.len(), shape)?;
        let mut knots = knots(&found);
        let levelled = level(&mut knots, start.map_or(0.0, |s| s.1), &self.weights(&times));
        let form = Form::Linear { knots };
        if levelled {
            repairs.push(Repair::Levelled);
            spreads = self.spreads_over(&form);
        }
        Some(self.done(form, spreads, repairs))
    }

    /// What each knot counts.
    fn weights(&self, times: &[f64]) -> Vec<f64> {
        let base = || self.points.iter().filter(|p| p.underlying == self.base);
        times.iter().map(|t| base().filter(|p| p.years == *t).map(|p| p.weight).sum()).collect()
    }

    /// The weighted means of what the others' markets have over a curve.
    fn spreads_over(&self, form: &Form) -> Vec<f64> {
        let last = self.last();
        let over = |p: &Point| p.rate - form.growth(p.years, last) / p.years;
        let mean = |name: &String| {
            let own = || self.points.iter().filter(|p| p.underlying == *name);
            let total: f64 = own().map(|p| p.weight).sum();
            own().map(|p| p.weight * over(p)).sum::<f64>() / total
        };
        self.others.iter().map(mean).collect()
    }

    /// The unknowns of the curve and the spreads. `shape` gives, for a time, the part of the rate that
    /// is fixed and what each unknown adds to it.
    ///
    /// Whatever the curve, the best spread is the weighted mean of what its markets leave: so the
    /// curve is found from what they differ by from their means, and the spreads follow.
    fn least(
        &self,
        columns: usize,
        shape: impl Fn(f64) -> (f64, Vec<f64>),
    ) -> Option<(Vec<f64>, Vec<f64>)> {
        let heaviest = self.points.iter().map(|p| p.weight).fold(0.0, f64::max);
        let equation = |p: &Point| {
            let (fixed, row) = shape(p.years);
            Equation { row, value: p.rate - fixed, weight: p.weight / heaviest }
        };
        let mut equations: Vec<Equation> = self.points.iter().map(equation).collect();
        let mut means = Vec::with_capacity(self.others.len());
        for name in self.others {
            let own = self.points.iter().zip(&mut equations).filter(|(p, _)| p.underlying == *name);
            means.push(centre(own.map(|(_, e)| e).collect(), columns));
        }
        let found = solve(&equations, columns)?;
        let curve = |row: &[f64]| row.iter().zip(&found).map(|(a, b)| a * b).sum::<f64>();
        let spreads = means.iter().map(|(row, value)| value - curve(row)).collect();
        Some((found, spreads))
    }

    fn done(&self, form: Form, spreads: Vec<f64>, repairs: Vec<Repair>) -> Fit {
        let last = self.last();
        let spread = |name: &str| {
            let at = self.others.iter().position(|o| o == name);
            at.and_then(|at| spreads.get(at)).copied().unwrap_or_default()
        };
        let left =
            |p: &Point| p.rate - form.growth(p.years, last) / p.years - spread(&p.underlying);
        let cost = self.points.iter().map(|p| p.weight * left(p).powi(2)).sum();
        Fit { form, spreads, repairs, cost }
    }
}

/// Takes from equations their weighted mean, and tells it: row and value.
fn centre(own: Vec<&mut Equation>, columns: usize) -> (Vec<f64>, f64) {
    let total: f64 = own.iter().map(|e| e.weight).sum();
    let (mut row, mut value) = (vec![0.0; columns], 0.0);
    for e in &own {
        let part = e.weight / total;
        value += part * e.value;
        row.iter_mut().zip(&e.row).for_each(|(mean, x)| *mean += part * x);
    }
    for e in own {
        e.value -= value;
        e.row.iter_mut().zip(&row).for_each(|(x, mean)| *x -= mean);
    }
    (row, value)
}

/// What a fit leaves; nothing is worse than none.
fn cost(fit: Option<&Fit>) -> f64 {
    fit.map_or(f64::INFINITY, |fit| fit.cost)
}

/// Makes growth never fall: neighbours that do share their weighted mean, and none is below `least`.
/// Whether anything had to move.
fn level(knots: &mut [(f64, f64)], least: f64, weights: &[f64]) -> bool {
    // Knots before the weighted ones are fixed.
    let free = knots.len().saturating_sub(weights.len());
    let Some(own) = knots.get_mut(free..) else { return false };
    // Blocks of mean, weight and length (pool adjacent violators).
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (&(_, growth), &weight) in own.iter().zip(weights) {
        let mut block = (growth, weight, 1);
        while let Some(&before) = blocks.last()
            && before.0 > block.0
        {
            blocks.pop();
            let weight = before.1 + block.1;
            let mean = (before.0 * before.1 + block.0 * block.1) / weight;
            block = (mean, weight, before.2 + block.2);
        }
        blocks.push(block);
    }
    let levels = blocks.iter().flat_map(|b| std::iter::repeat_n(b.0.max(least), b.2));
    let mut moved = false;
    for (knot, growth) in own.iter_mut().zip(levels) {
        moved |= knot.1 != growth;
        knot.1 = growth;
    }
    moved
}
