//! Amounts of one node's tokens on their way through a plan.

use alloy_primitives::{Address, U256};

use super::push::PushError;
use crate::{
    amount::{from_f64, to_f64},
    graph::Graph,
};

/// Amounts of tokens that the next hop may spend.
pub(super) type Purse = Vec<(Address, U256)>;

/// A proposal takes a way's whole amount when it leaves less than this share of it unassigned.
pub(super) const WHOLE: f64 = 1.0 - 1e-9;

/// Node units that an amount of a token is worth; zero for a token without a node.
pub(super) fn node_units(graph: &Graph, token: Address, amount: U256) -> f64 {
    graph.node_of(token).map_or(0.0, |n| to_f64(amount) * graph.units_of(n, token))
}

/// The part of `held`, amounts of one node's tokens, that makes up `units` of the node: first what
/// venues spend as it is, as listed in `spends`, then the rest in the order held.
pub(crate) fn share(
    graph: &Graph,
    held: &[(Address, U256)],
    units: f64,
    spends: &[(Address, f64)],
) -> Vec<(Address, U256)> {
    let mut left: Purse = held.to_vec();
    let all: f64 = held.iter().map(|&(t, a)| node_units(graph, t, a)).sum();
    if units >= all * WHOLE {
        return left;
    }
    let mut taken = Purse::new();
    let mut open = units;
    for &(token, wanted) in spends {
        let mut own: Purse = left.extract_if(.., |(t, _)| *t == token).collect();
        for (token, part) in take_share(graph, &mut own, wanted.min(open)) {
            open -= node_units(graph, token, part);
            taken.push((token, part));
        }
        left.extend(own);
    }
    for (token, part) in take_share(graph, &mut left, open) {
        match taken.iter_mut().find(|(t, _)| *t == token) {
            Some((_, sum)) => *sum = sum.saturating_add(part),
            None => taken.push((token, part)),
        }
    }
    taken
}

/// Takes `amount` node units out of a purse, token by token.
pub(super) fn take_share(graph: &Graph, purse: &mut Purse, amount: f64) -> Purse {
    let mut left = amount;
    let mut share = Purse::new();
    for (token, held) in purse.iter_mut() {
        let unit = graph.node_of(*token).map_or(1.0, |n| graph.units_of(n, *token));
        let part = from_f64(left / unit).min(*held);
        if !part.is_zero() {
            *held -= part;
            left -= to_f64(part) * unit;
            share.push((*token, part));
        }
    }
    share
}

/// What a purse holds of a token.
pub(super) fn amount_of(purse: &Purse, token: Address) -> U256 {
    purse.iter().find(|(t, _)| *t == token).map_or(U256::ZERO, |(_, a)| *a)
}

/// Takes an amount of a token out.
pub(super) fn take(purse: &mut Purse, token: Address, amount: U256) {
    if let Some(entry) = purse.iter_mut().find(|(t, _)| *t == token) {
        entry.1 = entry.1.saturating_sub(amount);
    }
}

/// Puts an amount of a token in; fails on overflow.
pub(super) fn add(purse: &mut Purse, token: Address, amount: U256) -> Result<(), PushError> {
    match purse.iter_mut().find(|(t, _)| *t == token) {
        Some(entry) => entry.1 = entry.1.checked_add(amount).ok_or(PushError::Overflow)?,
        None => purse.push((token, amount)),
    }
    Ok(())
}
