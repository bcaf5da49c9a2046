//! Orders that are filled as a whole or not at all, on one pair: every choice is tried.

use proptest::{collection::vec, prelude::*};

use super::kit::{Drawn, drawn, sell};
use crate::law::law;

/// Up to five orders on a pair without a pool.
fn orders() -> impl Strategy<Value = Drawn> {
    let order = (any::<bool>(), 1.0..10.0f64, 0.3..1.5f64);
    vec(order, 2..=5).prop_map(|orders| {
        let order =
            |(forth, amount, limit)| sell(if forth { (0, 1) } else { (1, 0) }, amount, limit);
        drawn(2, &[], orders.into_iter().map(order).collect())
    })
}

/// What a choice of orders is worth: amounts tell the price, and that has to suit all.
fn worth(drawn: &Drawn, chosen: usize) -> f64 {
    let orders = drawn.orders.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1);
    let orders: Vec<_> = orders.map(|(_, order)| order).collect();
    let side = |node| orders.iter().filter(|o| o.sell == node).map(|o| o.amount).sum::<f64>();
    let rate = side(1) / side(0);
    let mut total = 0.0;
    for order in &orders {
        let rate = if order.sell == 0 { rate } else { 1.0 / rate };
        if !rate.is_finite() || rate < order.limit {
            return 0.0;
        }
        total += order.amount * (rate - order.limit);
    }
    total
}

#[test]
fn no_choice_is_better() {
    law(400, &orders(), |drawn| {
        let net = drawn.cleared()?.proof.net;
        let best = (0..1usize << drawn.orders.len()).map(|c| worth(&drawn, c)).fold(0.0, f64::max);
        prop_assert!((net - best).abs() <= 1e-9 * best, "{net} where {best} is the most");
        Ok(())
    });
}
