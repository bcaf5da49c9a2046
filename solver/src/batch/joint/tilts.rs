//! How far clearing prices are tilted off marginal ones: what pools return beyond their margin goes to
//! those whose trades they carry.
//!
//! A pool returns `ln(average / marginal)` more than its last unit does. Tilts are the least squares
//! that make the clearing rate between its two nodes its average one, each pool weighed by what goes
//! through it: exact where pools are no mesh. Orders hold on loosely to their marginal rate.

use super::{
    exchange::{Exchange, State},
    sparse::Rows,
};

/// The weight of an order beside a pool that carries as much.
const LOOSE: f64 = 1e-3;

/// What keeps a tilt from wandering, as a share of a pool's weight.
const STILL: f64 = 1e-9;

/// The tilts for a state.
pub(super) fn tilts(exchange: &Exchange<'_>, state: &State) -> Option<Vec<f64>> {
    let n = exchange.size();
    let mut rows = Rows::new(n);
    let mut add = |(one, other): (usize, usize), weight: f64, by: f64| {
        rows.add(one, one, weight * (1.0 + STILL));
        rows.add(other, other, weight * (1.0 + STILL));
        rows.add(one, other, -weight);
        rows.add(other, one, -weight);
        rows.add_right(one, weight * by);
        rows.add_right(other, -weight * by);
    };
    for (at, &(from, to)) in exchange.edge_ends.iter().enumerate() {
        let (given, wanted, _) = exchange.flow(state, at);
        if given > 0.0 && wanted > 0.0 {
            let rate = state.logs[to] - state.logs[from];
            let rent = ((wanted / given).ln() + rate).max(0.0);
            add((from, to), given * state.logs[from].exp(), rent);
        }
    }
    for (order, ends) in exchange.orders.iter().zip(&exchange.order_ends) {
        add(*ends, LOOSE * exchange.batch.orders[*order].worth(exchange.batch.values), 0.0);
    }
    // A node that nothing goes through stays as it is.
    (0..n).for_each(|node| rows.add(node, node, f64::MIN_POSITIVE.sqrt()));
    rows.solve()
}
