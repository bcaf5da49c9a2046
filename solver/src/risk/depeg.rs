//! What a forced sale may lose: ordinary discounts mixed with those of the events on record.
//!
//! The discount of a token is `1 - market price / redemption`. It is a loss to whoever must sell, and
//! to nobody who can wait for the queue.

use super::priors::{HazardError, check};

/// Discounts, and how often the bad ones come.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Depegs {
    /// The chance that the day of the sale is one of stress.
    pub stress: f64,
    /// The confidence that answers state a loss at.
    pub alpha: f64,
    /// Discounts of ordinary days, as parts.
    pub normal: Vec<f64>,
    /// Events.
    pub events: Vec<DepegEvent>,
}

/// A day on which a token sold below what it redeems for.
#[derive(Debug, Clone, PartialEq)]
pub struct DepegEvent {
    /// When, in words.
    pub date: String,
    /// Which token.
    pub asset: String,
    /// The node whose dependants it hits.
    pub node: String,
    /// By how much, as a part.
    pub discount: f64,
    /// Where it is from.
    pub source: String,
}

impl Depegs {
    pub(super) fn check(&self) -> Result<(), HazardError> {
        check("depegs", "stress", self.stress, 1.0, "a chance from 0 to 1")?;
        check("depegs", "alpha", self.alpha, 1.0, "a chance from 0 to 1")?;
        for normal in &self.normal {
            check("depegs", "normal", *normal, 1.0, "a part from 0 to 1")?;
        }
        let part =
            |e: &DepegEvent| check(&e.date, "discount", e.discount, 1.0, "a part from 0 to 1");
        self.events.iter().try_for_each(part)
    }

    /// The discount that a sale does not exceed with the confidence of [`Depegs::alpha`]: the
    /// quantile of `(1 - p) * ordinary + p * stress`. `None` where there are no discounts to draw from.
    ///
    /// Events count that hit something of `rests_on`; where none does, all of them: what has not
    /// happened yet is not safer.
    pub fn value_at_risk(&self, rests_on: &[String], now: Option<f64>) -> Option<f64> {
        let hits = |e: &&DepegEvent| rests_on.contains(&e.node);
        let mut stress: Vec<f64> = self.events.iter().filter(hits).map(|e| e.discount).collect();
        if stress.is_empty() {
            stress = self.events.iter().map(|e| e.discount).collect();
        }
        let normal: Vec<f64> = self.normal.iter().copied().chain(now).collect();
        quantile(self.alpha, &[(1.0 - self.stress, &normal), (self.stress, &stress)])
    }
}

/// The smallest value of a mixture whose chance not to be exceeded is at least `alpha`. A part of it
/// without values gives its weight to the others.
fn quantile(alpha: f64, parts: &[(f64, &[f64])]) -> Option<f64> {
    /// What sums of chances are off by.
    const NOISE: f64 = 1e-12;
    let mut atoms: Vec<(f64, f64)> = Vec::new();
    for (weight, values) in parts {
        let each = weight / values.len().max(1) as f64;
        atoms.extend(values.iter().map(|value| (*value, each)));
    }
    atoms.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = atoms.iter().map(|(_, weight)| weight).sum();
    let mut below = 0.0;
    for (value, weight) in &atoms {
        below += weight;
        if below >= (alpha - NOISE) * total {
            return Some(*value);
        }
    }
    atoms.last().map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depegs(stress: f64, alpha: f64) -> Depegs {
        let event = |node: &str, discount| DepegEvent {
            date: "a day".into(),
            asset: node.into(),
            node: node.into(),
            discount,
            source: "a test".into(),
        };
        let events = vec![event("a", 0.042), event("a", 0.055), event("b", 0.73)];
        Depegs { stress, alpha, normal: vec![0.0, 0.0005, 0.001, 0.002], events }
    }

    /// By hand: 95 of 100 parts are ordinary, a quarter of them each, so that 47.5 are not above 0.0005; the
    /// events on `a` have 2.5 each.
    /// 95 are not above 0.002, 97.5 not above 0.042, so that 99 are first reached at 0.055.
    #[test]
    fn the_quantile_of_the_mixture_is_worked_by_hand() {
        let at = |alpha| depegs(0.05, alpha).value_at_risk(&["a".into()], None).unwrap();
        assert_eq!([at(0.5), at(0.95), at(0.951), at(0.975)], [0.001, 0.002, 0.042, 0.042]);
        assert_eq!(at(0.99), 0.055);
    }

    #[test]
    fn what_no_event_names_is_not_safer_than_what_they_name() {
        let of = |node: &str| depegs(0.05, 0.99).value_at_risk(&[node.into()], None).unwrap();
        assert_eq!((of("a"), of("b"), of("c")), (0.055, 0.73, 0.73));
    }

    #[test]
    fn stress_that_comes_more_often_loses_no_less() {
        let mut last = 0.0;
        for stress in [0.0, 0.005, 0.02, 0.05, 0.2, 1.0] {
            let at = depegs(stress, 0.99).value_at_risk(&["a".into()], Some(0.003)).unwrap();
            assert!(at >= last, "{at} at {stress}");
            last = at;
        }
        assert_eq!(Depegs::default().value_at_risk(&[], None), None);
        assert_eq!(Depegs::default().value_at_risk(&[], Some(0.001)), Some(0.001));
    }
}
