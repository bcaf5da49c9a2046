//! Balancer's pools as the driver describes them.

use alloy_primitives::{Address, U256, uint};
use tenor_solver::venues::{BareStable, BareToken, BareWeighted, Powers};

use super::{
    super::wire::{StablePool, WeightedPool, WeightedVersion},
    Maths,
};

/// From an amplification in 18 decimals to one times 1000.
const TO_AMP: U256 = uint!(1_000_000_000_000_000_U256);

pub(super) fn weighted(pool: &WeightedPool) -> Option<(Vec<Address>, Maths)> {
    let tokens: Box<[BareToken]> = pool
        .tokens
        .values()
        .map(|reserve| BareToken {
            balance: reserve.balance.0,
            scaling: reserve.scaling_factor.0,
            weight: reserve.weight.0,
        })
        .collect();
    let zero = |t: &BareToken| t.balance.is_zero() || t.scaling.is_zero() || t.weight.is_zero();
    if tokens.len() < 2 || tokens.iter().any(zero) {
        return None;
    }
    let powers = match pool.version {
        WeightedVersion::V0 => Powers::Logarithms,
        WeightedVersion::V3Plus => Powers::Shortcuts,
    };
    let maths = BareWeighted { tokens, fee: pool.fee.0, powers };
    Some((pool.tokens.keys().copied().collect(), Maths::Weighted(maths)))
}

/// A pool's own token is among the tokens of a composable one, and no part of its invariant: it is not
/// traded here.
pub(super) fn stable(pool: &StablePool) -> Option<(Vec<Address>, Maths)> {
    let traded = || pool.tokens.iter().filter(|(token, _)| **token != pool.address);
    let tokens: Box<[BareToken]> = traded()
        .map(|(_, reserve)| BareToken {
            balance: reserve.balance.0,
            scaling: reserve.scaling_factor.0,
            weight: U256::ZERO,
        })
        .collect();
    if tokens.iter().any(|token| token.scaling.is_zero()) {
        return None;
    }
    let amp = pool.amplification_parameter.0 / TO_AMP;
    let maths = BareStable::new(tokens, pool.fee.0, amp)?;
    Some((traded().map(|(token, _)| *token).collect(), Maths::Stable(maths)))
}
