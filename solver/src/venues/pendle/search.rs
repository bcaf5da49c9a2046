//! The most that an amount buys where the market only tells what an output costs.
//!
//! The contract takes exact PT; whoever gives exact SY names the PT. The router searches for it in
//! `uint256`s until it is near enough (`MarketApproxLib`); here the search goes to the end.

use alloy_primitives::U256;

use crate::amount::mul_div;

/// Far above what halving a 256-bit interval in every third round needs.
const ROUNDS: usize = 1024;

/// What a search ended at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found<T> {
    /// The most that may be bought: one unit more costs more than is given, or is refused.
    pub(super) units: U256,
    /// What it costs, at most what is given.
    pub(super) cost: U256,
    /// What the cost came with.
    pub(super) with: T,
    /// Whether one unit more would be bought if more were given.
    pub(super) more: bool,
}

/// The most units, from `first` guessed and below `limit`, whose cost is at most `given`.
///
/// `cost` tells what units cost, and something with it; `None` where they are refused, as all above
/// them are. It rises with the units and is convex, but for the contract's roundings: where these
/// make it fall, the units found are some whose cost is at most `given` while one more costs more.
/// `None` where not even one unit may be had.
///
/// Every third step halves the interval. The others look along the chord, which a convex cost lies
/// below, and along the line through the last two that were cheap enough, which it lies above.
pub(super) fn most<T: Copy>(
    given: U256,
    first: U256,
    limit: U256,
    cost: impl Fn(U256) -> Option<(U256, T)>,
) -> Option<Found<T>> {
    let (mut low, mut high) = ((U256::ZERO, U256::ZERO), (limit, None));
    let (mut before, mut found) = (low, None);
    for round in 0..ROUNDS {
        let width = high.0.checked_sub(low.0).filter(|width| *width > U256::ONE);
        let Some(width) = width else { break };
        let step = match round % 3 {
            _ if round == 0 => Some(first.saturating_sub(low.0)),
            1 => line(given, before, low),
            2 => high.1.and_then(|above| mul_div(width, given - low.1, above - low.1)),
            _ => None,
        };
        let step = step.unwrap_or(width >> 1).clamp(U256::ONE, width - U256::ONE);
        let units = low.0 + step;
        match cost(units) {
            Some((cost, with)) if cost <= given => {
                (before, low) = (low, (units, cost));
                found = Some(with);
            }
            refused => high = (units, refused.map(|(cost, _)| cost)),
        }
    }
    let (units, cost) = low;
    found.map(|with| Found { units, cost, with, more: high.1.is_some() })
}

/// The step from `low` to where the line through both points leaves `given` behind.
fn line(given: U256, before: (U256, U256), low: (U256, U256)) -> Option<U256> {
    let (run, rise) = (low.0.checked_sub(before.0)?, low.1.checked_sub(before.1)?);
    mul_div(given - low.1, run, rise)?.checked_add(U256::ONE)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// On a convex staircase it ends where one unit more costs too much, and soon.
        #[test]
        fn it_ends_at_the_most(given in 1u64.., first in any::<u64>(), bend in 1u64..1 << 40) {
            let asked = Cell::new(0);
            let limit = U256::from(u64::MAX);
            let price = |units: U256| {
                let linear = units * U256::from(97u64) / U256::from(100u64);
                linear + units * units / (U256::from(bend) << 32)
            };
            let cost = |units: U256| {
                asked.set(asked.get() + 1);
                (units < limit).then(|| (price(units), ()))
            };
            let given = U256::from(given);
            if let Some(found) = most(given, U256::from(first), limit, cost) {
                prop_assert!(price(found.units) <= given);
                prop_assert_eq!(found.cost, price(found.units));
                let next = found.units + U256::ONE;
                prop_assert!(next == limit || price(next) > given);
                prop_assert_eq!(found.more, next < limit);
            }
            prop_assert!(asked.get() < 100, "{}", asked.get());
        }
    }

    #[test]
    fn nothing_is_found_where_one_unit_costs_too_much() {
        let cost = |units: U256| Some((units * U256::from(10u64), ()));
        assert_eq!(most(U256::from(9u64), U256::ONE, U256::from(100u64), cost), None);
        assert_eq!(most(U256::from(9u64), U256::ONE, U256::ONE, cost), None);
        assert_eq!(most(U256::from(10u64), U256::ZERO, U256::ZERO, cost), None);
    }
}
