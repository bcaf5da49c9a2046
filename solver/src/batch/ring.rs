//! Orders in a ring that need no pool: how much of each is filled where the whole of all does not fit
//! their limits.

use super::{Batch, Kind, settle::Taken};

/// How far apart values of orders that are filled as a whole may be.
const SAME: f64 = 1e-12;

/// Shares of orders that lead round once, each selling what the one before buys, at prices that give
/// every order the same over its limit, in logarithms; the smallest is filled as a whole. `None` where
/// the orders are no ring, their limits do not meet, or one that has to be filled as a whole is not
/// the smallest.
pub(super) fn middle(batch: &Batch<'_>, taken: &[Taken]) -> Option<Vec<Taken>> {
    let mut ring = vec![*taken.first()?];
    while ring.len() < taken.len() {
        let end = batch.orders[ring.last()?.order].buy;
        let mut next = taken.iter().filter(|one| batch.orders[one.order].sell == end);
        let (one, other) = (next.next()?, next.next());
        if other.is_some() || ring.contains(one) {
            return None;
        }
        ring.push(*one);
    }
    let order = |one: &Taken| &batch.orders[one.order];
    if order(ring.last()?).buy != order(&ring[0]).sell {
        return None;
    }
    let room: f64 = -ring.iter().map(|one| order(one).limit.ln()).sum::<f64>();
    if room < 0.0 {
        return None;
    }
    let (mut log, mut values) = (0.0_f64, Vec::with_capacity(ring.len()));
    for one in &ring {
        let next = log - order(one).limit.ln() - room / ring.len() as f64;
        let price = if order(one).kind == Kind::Sell { log } else { next };
        values.push(price.exp() * order(one).amount);
        log = next;
    }
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let shares = ring.iter().zip(values).map(|(one, value)| {
        let share = if value <= least * (1.0 + SAME) { 1.0 } else { least / value };
        (share == 1.0 || order(one).partial).then_some(Taken { share, ..*one })
    });
    shares.collect()
}
