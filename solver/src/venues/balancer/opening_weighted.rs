//! Balancer v2's weighted pools.

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, I256, U256};
use alloy_sol_types::sol;

use super::super::{
    BalancerWeighted, BalancerWeightedFigures, BalancerWeightedToken, Chain, Place, Powers, Swap,
    Unread, Venue, opening::Opening,
};
use crate::amount::WAD;

sol! {
    struct BatchSwapStep {
        bytes32 poolId;
        uint256 assetInIndex;
        uint256 assetOutIndex;
        uint256 amount;
        bytes userData;
    }

    struct FundManagement {
        address sender;
        bool fromInternalBalance;
        address recipient;
        bool toInternalBalance;
    }

    function getPoolId() external view returns (bytes32);
    function getVault() external view returns (address);
    function getNormalizedWeights() external view returns (uint256[]);
    function getSwapFeePercentage() external view returns (uint256);
    function getScalingFactors() external view returns (uint256[]);
    function getGradualWeightUpdateParams() external view returns (uint256, uint256, uint256[]);
    function getPausedState() external view returns (bool paused, uint256, uint256);
    function getPoolTokens(bytes32 poolId) external view
        returns (address[] tokens, uint256[] balances, uint256 lastChangeBlock);
    function getPoolTokenInfo(bytes32 poolId, address token) external view
        returns (uint256 cash, uint256 managed, uint256 lastChangeBlock, address assetManager);
    function queryBatchSwap(
        uint8 kind, BatchSwapStep[] swaps, address[] assets, FundManagement funds
    ) external returns (int256[] assetDeltas);
    function decimals() external view returns (uint8);
}

/// The vault's own quote of this part of a balance is compared with the formula's.
const PROBED_PART: U256 = U256::from_limbs([10, 0, 0, 0]);

/// Opens the pool in role `pool`: `getPoolId`, `getVault`, `getNormalizedWeights`,
/// `getSwapFeePercentage`, `getPausedState` of pool and vault, the vault's `getPoolTokens` and
/// `getPoolTokenInfo`, and `decimals` of the tokens.
///
/// Pools that tell `getScalingFactors` are of a generation that multiplies out the powers of 1, 2
/// and 4: those of 2021 do not have it. The vault's `queryBatchSwap` of a large trade must then be
/// the formula's to the last unit, between two tokens whose weights show the difference if there are
/// such: pools of other kinds, whose weights look the same, do not open. Nor do pools whose weights
/// move with time.
pub(super) fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let pool = place.contract("pool")?;
    let (id, vault) = (chain.fixed(pool, &getPoolIdCall {}), chain.fixed(pool, &getVaultCall {}));
    let weights = chain.call(pool, &getNormalizedWeightsCall {});
    let fee = chain.call(pool, &getSwapFeePercentageCall {});
    let powers = generation(chain, pool);
    let paused = chain.call(pool, &getPausedStateCall {});
    let (pool_id, vault) = (id?, vault?);
    let closed = chain.call(vault, &getPausedStateCall {});
    let listed = chain.call(vault, &getPoolTokensCall { poolId: pool_id });
    let paused = paused?.paused | closed?.paused;
    if paused {
        // A pause ends by itself, without a word.
        chain.each_block();
    }
    let tokens = tokens(chain, vault, pool_id, &listed?.tokens, &weights?)?;
    let figures = BalancerWeightedFigures {
        id: place.id.clone(),
        vault,
        pool_id,
        tokens,
        swap_fee: fee?,
        powers: powers?,
        paused,
    };
    let venue = BalancerWeighted::new(figures).map_err(Unread::refused)?;
    probe(chain, vault, pool_id, &venue)?;
    Ok(Arc::new(venue))
}

fn generation(chain: &Chain<'_>, pool: Address) -> Result<Powers, Unread> {
    let moving = chain.maybe(pool, &getGradualWeightUpdateParamsCall {});
    let scaling = chain.fixed_bytes(pool, &getScalingFactorsCall {});
    if moving?.is_some() {
        return Err(Unread::Refused("the pool's weights move with time".into()));
    }
    let tells = scaling?.is_some_and(|answer| !answer.is_empty());
    Ok(if tells { Powers::Shortcuts } else { Powers::Logarithms })
}

fn tokens(
    chain: &Chain<'_>,
    vault: Address,
    pool_id: B256,
    listed: &[Address],
    weights: &[U256],
) -> Result<Vec<BalancerWeightedToken>, Unread> {
    if listed.len() != weights.len() {
        let what = format!("{} tokens with {} weights", listed.len(), weights.len());
        return Err(Unread::Refused(what));
    }
    let asked: Vec<_> = listed
        .iter()
        .map(|token| {
            let info = getPoolTokenInfoCall { poolId: pool_id, token: *token };
            (chain.call(vault, &info), chain.fixed(*token, &decimalsCall {}))
        })
        .collect();
    let rows = listed.iter().zip(weights).zip(asked);
    rows.map(|((token, weight), (info, decimals))| {
        let (info, decimals) = (info?, decimals?);
        let missing = 18_u8.checked_sub(decimals);
        let missing =
            missing.ok_or_else(|| Unread::Refused(format!("{token} has over 18 decimals")))?;
        Ok(BalancerWeightedToken {
            token: *token,
            cash: info.cash,
            managed: info.managed,
            weight: *weight,
            scaling: U256::from(10).pow(U256::from(missing)),
        })
    })
    .collect()
}

/// The vault's own quote must be the formula's.
fn probe(
    chain: &Chain<'_>,
    vault: Address,
    pool_id: B256,
    venue: &BalancerWeighted,
) -> Result<(), Unread> {
    let (from, to) = telling_pair(venue);
    let (given, wanted) = (venue.figures()[from], venue.figures()[to]);
    let amount = given.cash / PROBED_PART;
    // A pool that is paused, empty or lent out refuses the trade whatever its formula is.
    let Ok(quote) = venue.quote(Swap { from, to, amount }) else { return Ok(()) };
    let out = vault_quote(chain, (vault, pool_id), [given.token, wanted.token], amount)?;
    if out == Some(quote.out) {
        return Ok(());
    }
    let what = format!(
        "the vault quotes {out:?} for {amount} of {} and the formula of weighted pools {}: the pool \
         is of another kind",
        given.token, quote.out
    );
    Err(Unread::Refused(what))
}

/// What the vault itself says that an exact input returns (`queryBatchSwap`).
pub(super) fn vault_quote(
    chain: &Chain<'_>,
    (vault, pool_id): (Address, B256),
    [given, wanted]: [Address; 2],
    amount: U256,
) -> Result<Option<U256>, Unread> {
    let step = BatchSwapStep {
        poolId: pool_id,
        assetInIndex: U256::ZERO,
        assetOutIndex: U256::ONE,
        amount,
        userData: Bytes::new(),
    };
    let funds = FundManagement {
        sender: Address::ZERO,
        fromInternalBalance: false,
        recipient: Address::ZERO,
        toInternalBalance: false,
    };
    let assets = vec![given, wanted];
    let asked = queryBatchSwapCall { kind: 0, swaps: vec![step], assets, funds };
    let deltas = chain.call(vault, &asked)?;
    Ok(deltas.get(1).filter(|delta| **delta <= I256::ZERO).map(|delta| delta.unsigned_abs()))
}

/// Two tokens whose exponent is 1, 2 or 4, where there are such; the first two otherwise.
fn telling_pair(venue: &BalancerWeighted) -> (usize, usize) {
    let tokens = venue.figures();
    let tells = |from: usize, to: usize| {
        let exponent = tokens[from].weight * WAD / tokens[to].weight;
        from != to && [1_u8, 2, 4].iter().any(|n| exponent == WAD * U256::from(*n))
    };
    let pairs = (0..tokens.len()).flat_map(|from| (0..tokens.len()).map(move |to| (from, to)));
    pairs.into_iter().find(|(from, to)| tells(*from, *to)).unwrap_or((0, 1))
}
