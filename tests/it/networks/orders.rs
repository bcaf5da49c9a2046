//! Random orders on random markets.

use proptest::{prelude::*, sample::Index};
use tenor_solver::route::Order;

/// What chance decides about the order.
#[derive(Debug, Clone)]
pub(super) struct OrderDraw {
    ends: (Index, Index),
    /// Value given.
    value: f64,
    /// What 100,000 gas cost, as a share of `value`.
    gas_share: f64,
    /// Whether the order tells what it knows of reach.
    reach: bool,
}

/// Orders that the market takes: pools hold 10 to 10,000 of value on each side.
pub(super) fn order() -> impl Strategy<Value = OrderDraw> {
    sized(3.0)
}

/// Orders for which branch and bound always ends within the oracle's tolerance; of those ten times as
/// large one in some ten thousand does not.
pub(super) fn easy_order() -> impl Strategy<Value = OrderDraw> {
    sized(2.0)
}

/// Orders of up to three times what the largest pool holds: once in some ten thousand the last
/// millionth of what they return is missed.
pub(super) fn ample_order() -> impl Strategy<Value = OrderDraw> {
    sized(4.5)
}

fn sized(digits: f64) -> impl Strategy<Value = OrderDraw> {
    let gas_share = prop_oneof![5 => -6.0..-2.0f64, 1 => -2.0..0.3f64];
    let value = prop_oneof![1 => -2.0..1.0f64, 5 => 1.0..digits];
    draws(gas_share, value)
}

/// Orders from dust to far more than any pool takes, gas from little to prohibitive.
pub(super) fn wild_order() -> impl Strategy<Value = OrderDraw> {
    let gas_share = prop_oneof![4 => -6.0..-1.0f64, 1 => -1.0..3.0f64];
    let value = prop_oneof![1 => -12.0..0.0f64, 4 => 0.0..4.5f64, 1 => 4.5..10.0f64];
    draws(gas_share, value)
}

/// Orders of these decimal digits, some without gas.
fn draws(
    gas_share: impl Strategy<Value = f64>,
    value: impl Strategy<Value = f64>,
) -> impl Strategy<Value = OrderDraw> {
    let gas_share =
        prop_oneof![1 => Just(0.0), 6 => gas_share.prop_map(|digits| 10f64.powf(digits))];
    (any::<(Index, Index)>(), value, gas_share, any::<bool>()).prop_map(
        |(ends, digits, gas_share, reach)| OrderDraw {
            ends,
            value: 10f64.powf(digits),
            gas_share,
            reach,
        },
    )
}

impl OrderDraw {
    pub(super) fn order(&self, prices: &[f64]) -> Order {
        let from = self.ends.0.index(prices.len());
        let to = (from + 1 + self.ends.1.index(prices.len() - 1)) % prices.len();
        // Where no trade gains, no node can hold more value than was given.
        let reach = prices.iter().map(|price| self.value / price).collect();
        Order {
            from,
            to,
            amount: self.value / prices[from],
            gas_price: self.gas_share * self.value / prices[to] / 1e5,
            reach: if self.reach { reach } else { Vec::new() },
        }
    }
}
