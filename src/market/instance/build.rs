//! From an instance's lists to prices and a network.

use std::cmp::Ordering;

use tenor_solver::route::{Network, NetworkEdge, NetworkError};

use super::{
    error::{InstanceErrorKind, Refusal, not_negative, positive},
    form::Pair,
    gains::gains,
    wire,
};

/// The tokens' prices, once each.
pub(super) fn reference_prices(tokens: &[wire::Token]) -> Result<Vec<f64>, Refusal> {
    let price = |(at, token): (usize, &wire::Token)| {
        let here = format!("tokens[{at}]");
        in_place("tokens", at, token.id)?;
        if token.decimals != 18 {
            let refusal = Refusal::range("decimals", token.decimals, "18, the unit of all amounts");
            return Err(refusal.within(&here));
        }
        positive("ref_price_eth", token.ref_price_eth).map_err(|refusal| refusal.within(&here))
    };
    tokens.iter().enumerate().map(price).collect()
}

/// Tokens as nodes, pools as edges.
pub(super) fn network(tokens: usize, pools: &[wire::Pool]) -> Result<Network, Refusal> {
    let mut edges = Vec::with_capacity(2 * pools.len());
    for (at, pool) in pools.iter().enumerate() {
        in_place("pools", at, pool.id)?;
        add(tokens, pool, &mut edges).map_err(|refusal| refusal.within(&format!("pools[{at}]")))?;
    }
    let pool_of: Vec<usize> = edges.iter().map(|edge| edge.pool).collect();
    Network::new(tokens, edges).map_err(|error| match error {
        NetworkError::Figure { edge, what, value } => {
            let path = format!("pools[{}]", pool_of[edge]);
            Refusal::inconsistent(path, format!("its {what} comes to {value:?}"))
        }
        NetworkError::Loop(_)
        | NetworkError::Node { .. }
        | NetworkError::Order { .. }
        | NetworkError::Reach { .. }
        | NetworkError::Size { .. }
        | NetworkError::Same(_) => Refusal::inconsistent("pools", error),
    })
}

/// Adds the directions of one pool.
fn add(tokens: usize, pool: &wire::Pool, edges: &mut Vec<NetworkEdge>) -> Result<(), Refusal> {
    let Pair([i, j]) = pool.tokens;
    listed("tokens[0]", i, tokens)?;
    listed("tokens[1]", j, tokens)?;
    if i == j {
        return Err(Refusal::inconsistent("tokens", "a pool is between two different tokens"));
    }
    let gas = not_negative("gas", pool.gas)?;
    for (gain, (from, to)) in gains(pool)?.into_iter().zip([(i, j), (j, i)]) {
        let edge = |gain| NetworkEdge { pool: pool.id, from, to, gain, cap: f64::INFINITY, gas };
        edges.extend(gain.map(edge));
    }
    Ok(())
}

/// Ids are places in the list.
fn in_place(list: &str, at: usize, id: usize) -> Result<(), Refusal> {
    let path = || format!("{list}[{at}].id");
    match id.cmp(&at) {
        Ordering::Equal => Ok(()),
        Ordering::Less => {
            let other = format!("{list}[{id}].id");
            Err(Refusal::new(path(), InstanceErrorKind::Duplicate { other }))
        }
        Ordering::Greater => {
            Err(Refusal::range(path(), id, format!("{at}, its place in the list")))
        }
    }
}

/// That a token is in the list.
pub(super) fn listed(path: &str, token: usize, tokens: usize) -> Result<(), Refusal> {
    if token < tokens {
        return Ok(());
    }
    Err(Refusal::range(path, token, format!("one of the {tokens} tokens, counted from zero")))
}
