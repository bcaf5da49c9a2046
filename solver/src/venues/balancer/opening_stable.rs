//! Balancer v2's stable pools.

use std::sync::Arc;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::sol;

use super::{
    super::{
        BalancerStable, BalancerStableFigures, BalancerStableToken, Chain, Place, StableMath, Swap,
        Unread, Venue, opening::Opening,
    },
    opening_weighted::vault_quote,
};
use crate::amount::WAD;

sol! {
    function getPoolId() external view returns (bytes32);
    function getVault() external view returns (address);
    function getSwapFeePercentage() external view returns (uint256);
    function getAmplificationParameter() external view
        returns (uint256 value, bool isUpdating, uint256 precision);
    function getPausedState() external view returns (bool paused, uint256, uint256);
    function inRecoveryMode() external view returns (bool);
    function getBptIndex() external view returns (uint256);
    function getRateProviders() external view returns (address[]);
    function getRate() external view returns (uint256);
    function getPriceRateCache(address token) external view
        returns (uint256 rate, uint256 duration, uint256 expires);
    function getTokenRateCache(address token) external view
        returns (uint256 rate, uint256 old, uint256 duration, uint256 expires);
    function getPoolTokens(bytes32 poolId) external view
        returns (address[] tokens, uint256[] balances, uint256 lastChangeBlock);
    function getPoolTokenInfo(bytes32 poolId, address token) external view
        returns (uint256 cash, uint256 managed, uint256 lastChangeBlock, address assetManager);
    function decimals() external view returns (uint8);
}

/// The vault's own quote of this part of a balance is compared with the formula's.
const PROBED_PART: U256 = U256::from_limbs([10, 0, 0, 0]);

/// Opens the pool in role `pool`: `getPoolId`, `getVault`, `getSwapFeePercentage`,
/// `getAmplificationParameter`, `getPausedState` of pool and vault, the vault's `getPoolTokens` and
/// `getPoolTokenInfo`, `decimals` of the tokens, and rates where there are providers: as noted by the
/// pool, or the provider's own where the note has expired, as a swap would find it.
///
/// Pools that tell of a recovery mode are of June 2022 or later. The vault's `queryBatchSwap` of a
/// large trade must be the formula's to the last unit.
///
/// Pools whose own token is among their tokens (composable) were drained on 2025-11-03 through the
/// rounding of exact outputs: they do not open unless the place says `allow_composable`.
pub(super) fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let pool = place.contract("pool")?;
    let (id, vault) = (chain.fixed(pool, &getPoolIdCall {}), chain.fixed(pool, &getVaultCall {}));
    let fee = chain.call(pool, &getSwapFeePercentageCall {});
    let amp = chain.call(pool, &getAmplificationParameterCall {});
    let paused = chain.call(pool, &getPausedStateCall {});
    let later = chain.fixed_bytes(pool, &inRecoveryModeCall {});
    let composable = chain.fixed_bytes(pool, &getBptIndexCall {});
    let providers = chain.maybe(pool, &getRateProvidersCall {});
    // Rates move, pauses end and amplification ramps without a word.
    chain.each_block();
    let told =
        |answer: Option<alloy_primitives::Bytes>| answer.is_some_and(|data| !data.is_empty());
    let (composable, later) = (told(composable?), told(later?));
    if composable && !place.says("allow_composable") {
        let what = "composable stable pools of Balancer v2 were drained on 2025-11-03: the place must \
                    say \"allow_composable\" to trade with one";
        return Err(Unread::Refused(what.into()));
    }
    let (pool_id, vault, amp) = (id?, vault?, amp?);
    let closed = chain.call(vault, &getPausedStateCall {});
    let listed = chain.call(vault, &getPoolTokensCall { poolId: pool_id })?.tokens;
    let providers = providers?.unwrap_or_default();
    let asked: Vec<_> = listed
        .iter()
        .enumerate()
        .filter(|(_, token)| **token != pool)
        .map(|(at, token)| {
            let provider = providers.get(at).copied().unwrap_or_default();
            token_figures(chain, (pool, provider), (vault, pool_id), *token)
        })
        .collect();
    let tokens: Result<Vec<_>, Unread> = asked.into_iter().collect();
    let math = if later { StableMath::Later } else { StableMath::Early };
    if amp.precision != U256::from(1000) {
        return Err(Unread::Refused(format!("amplification in parts of {}", amp.precision)));
    }
    let venue = BalancerStable::new(BalancerStableFigures {
        id: place.id.clone(),
        vault,
        pool_id,
        tokens: tokens?,
        swap_fee: fee?,
        amp: amp.value,
        math,
        paused: paused?.paused | closed?.paused,
    });
    let venue = venue.map_err(Unread::refused)?;
    probe(chain, (vault, pool_id), &venue)?;
    Ok(Arc::new(venue))
}

fn token_figures(
    chain: &Chain<'_>,
    (pool, provider): (Address, Address),
    (vault, pool_id): (Address, B256),
    token: Address,
) -> Result<BalancerStableToken, Unread> {
    let info = chain.call(vault, &getPoolTokenInfoCall { poolId: pool_id, token });
    let decimals = chain.fixed(token, &decimalsCall {});
    let rate = rate(chain, pool, provider, token);
    let (info, decimals, rate) = (info?, decimals?, rate?);
    let missing = 18_u8.checked_sub(decimals);
    let missing =
        missing.ok_or_else(|| Unread::Refused(format!("{token} has over 18 decimals")))?;
    let scaling = rate.checked_mul(U256::from(10).pow(U256::from(missing)));
    let scaling =
        scaling.ok_or_else(|| Unread::Refused(format!("the rate of {token} is {rate}")))?;
    Ok(BalancerStableToken { token, cash: info.cash, managed: info.managed, scaling })
}

/// The rate that a swap at this block would use.
fn rate(
    chain: &Chain<'_>,
    pool: Address,
    provider: Address,
    token: Address,
) -> Result<U256, Unread> {
    if provider.is_zero() {
        return Ok(WAD);
    }
    let two = chain.maybe(pool, &getPriceRateCacheCall { token });
    let later = chain.maybe(pool, &getTokenRateCacheCall { token });
    let noted = match two? {
        Some(noted) => Some((noted.rate, noted.expires)),
        None => later?.map(|noted| (noted.rate, noted.expires)),
    };
    match noted {
        Some((rate, expires)) if U256::from(chain.at().timestamp) <= expires => Ok(rate),
        Some(_) => chain.call(provider, &getRateCall {}),
        None => Err(Unread::Refused(format!("the pool notes no rate of {token}"))),
    }
}

/// The vault's own quote must be the formula's.
fn probe(chain: &Chain<'_>, vault: (Address, B256), venue: &BalancerStable) -> Result<(), Unread> {
    let [given, wanted, ..] = venue.figures() else { return Ok(()) };
    let amount = given.cash / PROBED_PART;
    // A pool that is paused, empty or lent out refuses the trade whatever its formula is.
    let Ok(quote) = venue.quote(Swap { from: 0, to: 1, amount }) else { return Ok(()) };
    let out = vault_quote(chain, vault, [given.token, wanted.token], amount)?;
    if out == Some(quote.out) {
        return Ok(());
    }
    Err(Unread::Refused(format!(
        "the vault quotes {out:?} for {amount} of {} and the formula of stable pools {}: the pool is \
         of another kind",
        given.token, quote.out
    )))
}
