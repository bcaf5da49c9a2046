//! A portfolio of the highest yield after what risk is charged: `net - EL - kappa * UL`.
//!
//! The expected loss is a price on each position. The unexpected loss is one on all together, convex in
//! what each is worth, and the same for twice of all: at any allocation, what each position adds to it is
//! a price that charges no other allocation more than its own unexpected loss
//! ([`crate::risk::slope`]). So the program is solved at the prices of the allocation found last, and the
//! way there is followed as far as it pays, until it no longer does: a conditional gradient. Every step
//! is between two allocations that keep the limits, which therefore all keep them.

use crate::{
    portfolio::Allocation,
    risk::{Exposure, Weighed, slope, unexpected_loss},
};

/// Programs solved.
const MOST: usize = 12;

/// Halvings of the bracket along one way.
const NARROWED: usize = 40;

/// A step that adds less than this part of the whole is the last.
const LEAST: f64 = 1e-9;

/// What an allocation is worth to the program, and what its positions redeem for.
pub(crate) trait Valued {
    /// What the positions rest on.
    fn exposures(&self) -> &[Exposure];

    /// Value at the horizon and redemption value of an amount in a position.
    fn told(&self, position: usize, amount: f64) -> Option<(f64, f64)>;

    /// The best allocation where a unit of each position's redemption value costs so much.
    fn best(&self, charges: &[f64]) -> Option<Allocation>;
}

/// The best allocation where risk costs its expected loss, and `caution` times the unexpected, for so many
/// years.
pub(crate) fn optimum(of: &impl Valued, caution: f64, years: f64) -> Option<Allocation> {
    let search = Search { of, caution, years };
    let mut at = of.best(&search.charges(None))?;
    let mut worth = search.worth(&at.amounts)?;
    for _ in 0..MOST {
        let to = of.best(&search.charges(Some(&at.amounts)))?;
        let amounts = search.along(&at.amounts, &to.amounts);
        let next = search.worth(&amounts)?;
        // The limits that shape the way shape the end of it.
        let adds = next.0 - worth.0;
        if adds > 0.0 {
            at = Allocation { amounts, ..to };
            worth = next;
        }
        if adds <= LEAST * worth.1.abs() {
            break;
        }
    }
    Some(at)
}

struct Search<'a, V> {
    of: &'a V,
    caution: f64,
    years: f64,
}

impl<V: Valued> Search<'_, V> {
    fn redeems(&self, amounts: &[f64]) -> Option<Vec<(f64, f64)>> {
        let told = |(at, amount): (usize, &f64)| {
            if *amount > 0.0 { self.of.told(at, *amount) } else { Some((0.0, 0.0)) }
        };
        amounts.iter().enumerate().map(told).collect()
    }

    fn weighed(&self, redeems: &[(f64, f64)]) -> Vec<Weighed<'_>> {
        let weigh = |(exposure, (_, share)): (_, &(f64, f64))| Weighed {
            exposure,
            share: *share,
            leverage: 1.0,
        };
        self.of.exposures().iter().zip(redeems).map(weigh).collect()
    }

    /// The value of an allocation after its risk, and before.
    fn worth(&self, amounts: &[f64]) -> Option<(f64, f64)> {
        let redeems = self.redeems(amounts)?;
        let before: f64 = redeems.iter().map(|(value, _)| value).sum();
        let parts = self.weighed(&redeems);
        let lost: f64 = parts.iter().map(|p| p.share * p.exposure.expected_loss()).sum();
        Some((before - self.years * (lost + self.caution * unexpected_loss(&parts)), before))
    }

    /// What a unit of redemption value in each position is charged, at an allocation.
    fn charges(&self, amounts: Option<&Vec<f64>>) -> Vec<f64> {
        let redeems = amounts.and_then(|amounts| self.redeems(amounts)).unwrap_or_default();
        let parts = self.weighed(&redeems);
        let charge = |on: &Exposure| on.expected_loss() + self.caution * slope(&parts, on);
        self.of.exposures().iter().map(|on| self.years * charge(on)).collect()
    }

    /// The best allocation between two: the value after risk is concave along the way.
    fn along(&self, from: &[f64], to: &[f64]) -> Vec<f64> {
        let mix = |part: f64| -> Vec<f64> {
            from.iter().zip(to).map(|(a, b)| a + part * (b - a)).collect()
        };
        let value =
            |part: f64| self.worth(&mix(part)).map_or(f64::NEG_INFINITY, |(after, _)| after);
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..NARROWED {
            let third = (high - low) / 3.0;
            if third < 1e-7 {
                break;
            }
            if value(low + third) < value(high - third) { low += third } else { high -= third }
        }
        let middle = 0.5 * (low + high);
        // The ends themselves leave a position wholly.
        let best = [0.0, middle, 1.0].into_iter().max_by(|a, b| value(*a).total_cmp(&value(*b)));
        mix(best.unwrap_or(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        portfolio::{self, Position, Program, Sample},
        risk::{HazardKind, Peril},
    };

    /// Positions that earn a rate on all of what is in them.
    struct Linear {
        rates: Vec<f64>,
        exposures: Vec<Exposure>,
    }

    impl Valued for Linear {
        fn exposures(&self) -> &[Exposure] {
            &self.exposures
        }

        fn told(&self, position: usize, amount: f64) -> Option<(f64, f64)> {
            Some((amount * (1.0 + self.rates[position]), amount))
        }

        fn best(&self, charges: &[f64]) -> Option<Allocation> {
            let position = |(rate, charge): (&f64, &f64)| {
                let slope = 1.0 + rate - charge;
                Position {
                    at: Box::new(move |x| Some(Sample { value: slope * x, counts: Vec::new() })),
                    fixed_cost: 0.0,
                    least: 0.0,
                    most: 100.0,
                }
            };
            let positions = self.rates.iter().zip(charges).map(position).collect();
            portfolio::best(&Program { amount: 100.0, positions, limits: Vec::new() }).ok()
        }
    }

    fn on(node: usize, rate: f64, loss: f64) -> Exposure {
        let perils = vec![Peril { node, hazard: HazardKind::Contract, rate, loss }];
        Exposure { perils, ..Exposure::default() }
    }

    /// Two independent equals and one that pays less: half of each of the two, as symmetry says.
    #[test]
    fn independent_equals_share_evenly() {
        let exposures = vec![on(1, 0.01, 0.5), on(2, 0.01, 0.5), Exposure::default()];
        let world = Linear { rates: vec![0.04, 0.04, 0.0], exposures };
        let found = optimum(&world, 0.25, 1.0).unwrap().amounts;
        assert!((found[0] - 50.0).abs() < 0.05 && (found[1] - 50.0).abs() < 0.05, "{found:?}");
    }

    /// The same two, resting on one node: nothing is gained by splitting, and the better one has all.
    #[test]
    fn what_is_shared_is_not_spread_over() {
        let exposures = vec![on(1, 0.01, 0.5), on(1, 0.01, 0.5)];
        let world = Linear { rates: vec![0.041, 0.04], exposures };
        let found = optimum(&world, 0.25, 1.0).unwrap().amounts;
        assert!((found[0] - 100.0).abs() < 1e-6, "{found:?}");
    }

    /// Rates 4 % and 3.5 %, hazards of 1 % that take half, charged once: by hand, with `w` in the first,
    /// the yield less `0.05 * sqrt(w^2 + (1 - w)^2)` is highest where
    /// `(2 w - 1) / sqrt(w^2 + (1 - w)^2) = 0.005 / 0.05 = 0.1`, that is at `w = 0.5356` or so.
    #[test]
    fn an_unequal_pair_is_split_as_the_calculus_says() {
        let exposures = vec![on(1, 0.01, 0.5), on(2, 0.01, 0.5)];
        let world = Linear { rates: vec![0.04, 0.035], exposures };
        let found = optimum(&world, 1.0, 1.0).unwrap().amounts;
        let w = found[0] / 100.0;
        let slope = (2.0 * w - 1.0) / (w * w + (1.0 - w).powi(2)).sqrt();
        assert!((slope - 0.1).abs() < 2e-3, "{w}: {slope}");
    }

    /// Where the risk costs more than anything earns, what earns nothing has it all.
    #[test]
    fn what_is_not_paid_for_is_not_held() {
        let exposures = vec![on(1, 0.01, 0.5), Exposure::default()];
        let world = Linear { rates: vec![0.04, 0.0], exposures };
        let found = optimum(&world, 1.0, 1.0).unwrap().amounts;
        assert!((found[1] - 100.0).abs() < 1e-3, "{found:?}");
    }
}
