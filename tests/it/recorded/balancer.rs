//! Recorded swaps of Balancer v2's weighted pools.

use alloy_primitives::{Address, B256, U256};
use serde_json::Value;
use tenor_solver::venues::{
    BalancerWeighted, BalancerWeightedFigures, BalancerWeightedToken, Powers, Swap, Venue, VenueId,
};

use super::{address, uint};

/// A swap between two tokens by what the pool was asked and what it said of itself before: what the
/// pool calls `onSwap` is told the two balances.
pub(super) fn replay(row: &Value) -> Result<String, String> {
    let state = &row["state_before"];
    if state["getNormalizedWeights"].is_null() {
        return Ok("not built: no weighted pool".to_owned());
    }
    let (weights, factors) =
        (array(state, "getNormalizedWeights"), array(state, "getScalingFactors"));
    let ([first, second], [scaling, other]) = (&weights[..], &factors[..]) else {
        return Ok("not compared: other tokens' balances are not recorded".to_owned());
    };
    let number =
        |value: &Value, name: &str| uint(&value[name]).ok_or(format!("{name} is no number"));
    let fee = state["getSwapFeePercentage"].as_array().and_then(|words| uint(words.first()?));
    let asked = &row["on_swap_decoded"];
    let (given, wanted) = (address(&row["token_in"]), address(&row["token_out"]));
    let (given, wanted) = (given.ok_or("no token in")?, wanted.ok_or("no token out")?);
    // The vault lists a pool's tokens in ascending order.
    let from = usize::from(given > wanted);
    let mut balances = [number(asked, "balance_token_in")?, number(asked, "balance_token_out")?];
    let mut tokens = [given, wanted];
    if from == 1 {
        balances.reverse();
        tokens.reverse();
    }
    let token = |at: usize, weight: &U256, scaling: &U256| BalancerWeightedToken {
        token: tokens[at],
        cash: balances[at],
        managed: U256::ZERO,
        weight: *weight,
        scaling: *scaling / tenor_solver::amount::WAD,
    };
    let pool = BalancerWeighted::new(BalancerWeightedFigures {
        id: VenueId::new("pool"),
        vault: Address::ZERO,
        pool_id: B256::ZERO,
        tokens: vec![token(0, first, scaling), token(1, second, other)],
        swap_fee: fee.ok_or("no fee")?,
        powers: Powers::Shortcuts,
        paused: false,
    });
    let pool = pool.map_err(|error| error.to_string())?;
    let (paid, got) = (number(row, "amount_in")?, number(row, "amount_out")?);
    let to = 1 - from;
    let (ours, chain) = if asked["swap_kind"] == 0 {
        (pool.quote(Swap { from, to, amount: paid }).map(|quote| quote.out), got)
    } else {
        (pool.quote_in(from, to, got), paid)
    };
    match ours {
        Ok(ours) if ours == chain => Ok("equal: weighted".to_owned()),
        ours => Err(format!("{ours:?}, on chain {chain}")),
    }
}

/// The words of an answer that is one array.
fn array(state: &Value, name: &str) -> Vec<U256> {
    state[name].as_array().into_iter().flatten().skip(2).filter_map(uint).collect()
}
