//! What a contract has answered at rising amounts, and what follows between them.

use alloy_primitives::U256;

use super::super::{Gain, envelope::Sample};
use crate::amount::{mul_div, to_f64};

/// The part of the largest answer by which answers may lie off a smooth curve: iterations of
/// contracts end within 1e-14 of a balance, of which the largest answer is a good part.
const NOISE_PART: U256 = U256::from_limbs([1_000_000_000_000, 0, 0, 0]);

/// Four times the noise: both ends of a stretch, the amount itself, and the slopes' own doubt.
const MARGIN: U256 = U256::from_limbs([4, 0, 0, 0]);

/// An amount that the contract was asked for.
#[derive(Debug, Clone, Copy)]
struct Rung {
    given: U256,
    paid: U256,
    /// Whether the answers around the stretch to the next rung fall away as a concave curve's do.
    concave: bool,
}

/// Answers of one direction, ascending.
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    rungs: Box<[Rung]>,
    noise: U256,
    gain: Gain,
}

impl Ladder {
    /// A ladder of answers `(given, paid)`: as far as amounts rise and answers do not fall. `None`
    /// where fewer than two of those return anything.
    pub(super) fn new(answers: &[(U256, U256)]) -> Option<Self> {
        let pairs = rising(answers);
        let noise = U256::ONE + pairs.last()?.1 / NOISE_PART;
        let concave = concave_stretches(&pairs, to_f64(noise));
        let rungs = pairs.iter().zip(concave);
        let rungs = rungs.map(|(&(given, paid), concave)| Rung { given, paid, concave }).collect();
        let gain = envelope(&pairs, to_f64(noise))?;
        Some(Self { rungs, noise, gain })
    }

    /// The largest amount that was asked for.
    pub(super) fn most(&self) -> U256 {
        self.rungs.last().map_or(U256::ZERO, |rung| rung.given)
    }

    pub(super) const fn gain(&self) -> &Gain {
        &self.gain
    }

    /// The answer at a rung, and at any other amount no more than the contract pays; `None` beyond
    /// the last rung.
    pub(super) fn at_least(&self, amount: U256) -> Option<U256> {
        let at = self.rungs.partition_point(|rung| rung.given < amount);
        let high = self.rungs.get(at)?;
        if high.given == amount {
            return Some(high.paid);
        }
        let Some(low) = at.checked_sub(1).and_then(|before| self.rungs.get(before)) else {
            return self.less(mul_div(amount, high.paid, high.given)?);
        };
        let bound = if low.concave {
            let more = mul_div(amount - low.given, high.paid - low.paid, high.given - low.given)?;
            low.paid.checked_add(more)?
        } else {
            let average = |rung: &Rung| mul_div(amount, rung.paid, rung.given);
            average(low)?.min(average(high)?)
        };
        // More never returns less.
        Some(self.less(bound)?.max(low.paid))
    }

    fn less(&self, bound: U256) -> Option<U256> {
        Some(bound.saturating_sub(self.noise.checked_mul(MARGIN)?))
    }
}

/// The answers that return something, while amounts rise and answers do not fall.
fn rising(answers: &[(U256, U256)]) -> Vec<(U256, U256)> {
    let mut pairs: Vec<(U256, U256)> = Vec::with_capacity(answers.len());
    for &(given, paid) in answers.iter().filter(|(_, paid)| !paid.is_zero()) {
        match pairs.last() {
            Some(last) if given <= last.0 => {}
            Some(last) if paid < last.1 => break,
            _ => pairs.push((given, paid)),
        }
    }
    pairs
}

/// For each pair whether the stretch to the next is no steeper than that before it and no flatter
/// than that after it, but for the noise of their ends.
fn concave_stretches(pairs: &[(U256, U256)], noise: f64) -> Vec<bool> {
    let origin = (U256::ZERO, U256::ZERO);
    let before = std::iter::once(&origin).chain(pairs);
    // The slope of the stretch that ends at each pair, and its doubt.
    let slopes: Vec<(f64, f64)> = before
        .zip(pairs)
        .map(|(a, b)| {
            let width = to_f64(b.0 - a.0);
            (to_f64(b.1 - a.1) / width, 2.0 * noise / width)
        })
        .collect();
    let falls = |early: Option<&(f64, f64)>, late: Option<&(f64, f64)>| match (early, late) {
        (Some(early), Some(late)) => early.0 + early.1 + late.1 >= late.0,
        _ => true,
    };
    let at = |k: usize| slopes.get(k);
    (0..pairs.len())
        .map(|k| at(k + 1).is_some() && falls(at(k), at(k + 1)) && falls(at(k + 1), at(k + 2)))
        .collect()
}

/// The curve for the optimiser: above all answers, and as steep at first as the first two allow.
fn envelope(pairs: &[(U256, U256)], noise: f64) -> Option<Gain> {
    let samples: Vec<Sample> = pairs.iter().map(|(a, b)| (to_f64(*a), to_f64(*b))).collect();
    let (first, second) = (samples.first()?, samples.get(1)?);
    let average = (first.1 + noise) / first.0;
    let next = (second.1 - first.1) / (second.0 - first.0);
    let spot = average + 2.0 * (average - next).max(0.0);
    Gain::above(spot, &samples, noise)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ladder(answers: &[(u64, u64)]) -> Ladder {
        let pairs: Vec<_> = answers.iter().map(|(a, b)| (U256::from(*a), U256::from(*b))).collect();
        Ladder::new(&pairs).unwrap()
    }

    fn quote(ladder: &Ladder, amount: u64) -> Option<u64> {
        ladder.at_least(U256::from(amount)).map(|out| out.to())
    }

    #[test]
    fn answers_stand_and_chords_stay_below_a_concave_curve() {
        let all = ladder(&[(1_000, 990), (2_000, 1_960), (4_000, 3_800), (8_000, 7_200)]);
        assert_eq!(quote(&all, 2_000), Some(1_960));
        assert_eq!(quote(&all, 3_000), Some(2_880 - 4));
        assert_eq!(quote(&all, 500), Some(495 - 4));
        assert_eq!((quote(&all, 8_000), quote(&all, 8_001)), (Some(7_200), None));
        assert_eq!(all.most(), U256::from(8_000));
    }

    /// A fee that falls towards balance: the average price rises from the second rung to the third.
    #[test]
    fn where_the_answers_are_not_concave_the_worse_average_counts() {
        let odd = ladder(&[(1_000, 900), (2_000, 1_750), (4_000, 3_900), (8_000, 7_500)]);
        assert_eq!(quote(&odd, 3_000), Some(3_000 * 1_750 / 2_000 - 4));
        assert_eq!(quote(&odd, 2_001), Some(1_750));
    }

    #[test]
    fn a_ladder_ends_where_answers_fall() {
        let falls = ladder(&[(10, 0), (1_000, 900), (2_000, 1_700), (4_000, 1_600)]);
        assert_eq!(falls.most(), U256::from(2_000));
        assert!(Ladder::new(&[(U256::ONE, U256::ONE)]).is_none());
    }
}
