//! Whether interactions can be made as claimed, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, U256, address};

use super::{
    super::{
        pools::Pool,
        wire::{Asset, CustomInteraction, Interaction, LiquidityInteraction, Solution},
    },
    Balances, Checker, Reason,
};

/// Whoever holds the allowances of all users: the settlement contract calls it for nobody.
const VAULT_RELAYER: Address = address!("c92e8bdf79f0507f65a392b0ab4667716bfe0110");

impl Checker<'_> {
    pub(super) fn interact(&self, solution: &Solution, held: &mut Balances) -> Result<(), Reason> {
        let mut used = BTreeSet::new();
        let mut lent: BTreeMap<Address, U256> = BTreeMap::new();
        for interaction in &solution.interactions {
            let (inputs, outputs, internalised) = match interaction {
                Interaction::Liquidity(leg) => {
                    if !used.insert(&leg.id) {
                        return Err(Reason::RepeatedLiquidity(leg.id.clone()));
                    }
                    self.returns(leg)?;
                    let input = Asset { token: leg.input_token, amount: leg.input_amount };
                    let output = Asset { token: leg.output_token, amount: leg.output_amount };
                    (vec![input], vec![output], leg.internalize)
                }
                Interaction::Custom(call) => {
                    callable(call)?;
                    (call.inputs.clone(), call.outputs.clone(), call.internalize)
                }
            };
            if internalised {
                self.buffered(&inputs, &outputs, &mut lent)?;
            }
            moved(held, &inputs, &outputs)?;
        }
        Ok(())
    }

    /// Liquidity of this name trades these tokens, and returns as much.
    fn returns(&self, leg: &LiquidityInteraction) -> Result<(), Reason> {
        if leg.id.parse::<usize>().is_err() {
            return Err(Reason::LiquidityId(leg.id.clone()));
        }
        let unknown = || Reason::UnknownLiquidity { id: leg.id.clone() };
        let named = self.liquidity.get(leg.id.as_str()).ok_or_else(unknown)?;
        let pools = named.iter().filter_map(|liquidity| Pool::of(liquidity));
        let quotes = pools.filter_map(|pool| {
            let at = |token: Address| pool.tokens.iter().position(|known| *known == token);
            let ends = (at(leg.input_token)?, at(leg.output_token)?);
            Some(pool.out(ends.0, ends.1, leg.input_amount.0).unwrap_or_default())
        });
        let most = quotes.max().ok_or_else(unknown)?;
        let claimed = leg.output_amount.0;
        if claimed.is_zero() {
            return Err(Reason::Idle);
        }
        let honest = claimed <= most;
        honest.then_some(()).ok_or(Reason::Overstated { id: leg.id.clone(), most, claimed })
    }

    /// Internalised interactions take only what is trusted, and pay only what is there.
    fn buffered(
        &self,
        inputs: &[Asset],
        outputs: &[Asset],
        lent: &mut BTreeMap<Address, U256>,
    ) -> Result<(), Reason> {
        let known = &self.auction.tokens;
        let trusted = |asset: &&Asset| known.get(&asset.token).is_some_and(|token| token.trusted);
        if let Some(asset) = inputs.iter().find(|asset| !trusted(asset)) {
            return Err(Reason::Untrusted(asset.token));
        }
        for Asset { token, amount } in outputs {
            let sum = lent.entry(*token).or_default();
            *sum = sum.checked_add(amount.0).ok_or(Reason::Overflow)?;
            let there = known.get(token).map(|token| token.available_balance.0);
            if there.unwrap_or_default() < *sum {
                return Err(Reason::Buffer(*token));
            }
        }
        Ok(())
    }
}

/// What the settlement contract calls for somebody who asks.
fn callable(call: &CustomInteraction) -> Result<(), Reason> {
    if call.target == VAULT_RELAYER {
        return Err(Reason::Forbidden(call.target));
    }
    if call.internalize && (call.inputs.is_empty() || call.outputs.is_empty()) {
        return Err(Reason::Idle);
    }
    Ok(())
}

/// Takes what goes in and adds what comes out.
fn moved(held: &mut Balances, inputs: &[Asset], outputs: &[Asset]) -> Result<(), Reason> {
    for Asset { token, amount } in inputs {
        let here = held.entry(*token).or_default();
        *here = here.checked_sub(amount.0).ok_or(Reason::Short(*token))?;
    }
    for Asset { token, amount } in outputs {
        let here = held.entry(*token).or_default();
        *here = here.checked_add(amount.0).ok_or(Reason::Overflow)?;
    }
    Ok(())
}
