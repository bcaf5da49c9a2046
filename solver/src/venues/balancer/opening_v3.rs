//! Balancer v3's pools: what the vault says of any, and the weighted ones.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::super::{
    BalancerV3Figures, BalancerV3Token, BalancerWeightedV3, BalancerWeightedV3Figures, Chain,
    Place, Unread, opening::Opening,
};

sol! {
    struct LiquidityManagement {
        bool disableUnbalancedLiquidity;
        bool enableAddLiquidityCustom;
        bool enableRemoveLiquidityCustom;
        bool enableDonation;
    }

    struct PoolConfig {
        LiquidityManagement liquidityManagement;
        uint256 staticSwapFeePercentage;
        uint256 aggregateSwapFeePercentage;
        uint256 aggregateYieldFeePercentage;
        uint40 tokenDecimalDiffs;
        uint32 pauseWindowEndTime;
        bool isPoolRegistered;
        bool isPoolInitialized;
        bool isPoolPaused;
        bool isPoolInRecoveryMode;
    }

    struct TokenInfo {
        uint8 tokenType;
        address rateProvider;
        bool paysYieldFees;
    }

    struct PoolData {
        bytes32 poolConfigBits;
        address[] tokens;
        TokenInfo[] tokenInfo;
        uint256[] balancesRaw;
        uint256[] balancesLiveScaled18;
        uint256[] tokenRates;
        uint256[] decimalScalingFactors;
    }

    struct HooksConfig {
        bool enableHookAdjustedAmounts;
        bool shouldCallBeforeInitialize;
        bool shouldCallAfterInitialize;
        bool shouldCallComputeDynamicSwapFee;
        bool shouldCallBeforeSwap;
        bool shouldCallAfterSwap;
        bool shouldCallBeforeAddLiquidity;
        bool shouldCallAfterAddLiquidity;
        bool shouldCallBeforeRemoveLiquidity;
        bool shouldCallAfterRemoveLiquidity;
        address hooksContract;
    }

    function getVault() external view returns (address);
    function getNormalizedWeights() external view returns (uint256[]);
    function getMinTokenBalances() external view returns (uint256[]);
    function getPoolData(address pool) external view returns (PoolData);
    function getPoolConfig(address pool) external view returns (PoolConfig);
    function getHooksConfig(address pool) external view returns (HooksConfig);
    function isVaultPaused() external view returns (bool);
    function isPoolPaused(address pool) external view returns (bool);
    function getMinimumTradeAmount() external view returns (uint256);
}

/// Opens the weighted pool in role `pool`, traded through the router in role `router`:
/// `getNormalizedWeights` and `getMinTokenBalances` of the pool beside what [`figures`] asks.
///
/// Pools that tell `getMinTokenBalances` are of 2026.
pub(super) fn weighted(place: &Place, chain: &Chain<'_>) -> Opening {
    let pool = place.contract("pool")?;
    let weights = chain.fixed(pool, &getNormalizedWeightsCall {});
    let least = chain.maybe(pool, &getMinTokenBalancesCall {});
    let figures = figures(place, chain);
    let (weights, least) = (weights?, least?);
    let figures = BalancerWeightedV3Figures { pool: figures?, weights, least };
    Ok(Arc::new(BalancerWeightedV3::new(figures).map_err(Unread::refused)?))
}

/// What the vault says of the pool in role `pool`, traded through the router in role `router`:
/// `getVault` of the pool; `getPoolData` (balances with yield fees taken off, rates), `getPoolConfig`,
/// `getHooksConfig`, `isVaultPaused`, `isPoolPaused` and `getMinimumTradeAmount` of the vault.
///
/// Pools with hooks do not open.
pub(super) fn figures(place: &Place, chain: &Chain<'_>) -> Result<BalancerV3Figures, Unread> {
    let (pool, router) = (place.contract("pool")?, place.contract("router")?);
    let permit2 = place.contract("permit2")?;
    let vault = chain.fixed(pool, &getVaultCall {})?;
    let (data, config) = (
        chain.call(vault, &getPoolDataCall { pool }),
        chain.call(vault, &getPoolConfigCall { pool }),
    );
    let hooks = chain.call(vault, &getHooksConfigCall { pool });
    let vault_paused = chain.call(vault, &isVaultPausedCall {});
    let pool_paused = chain.call(vault, &isPoolPausedCall { pool });
    let least_trade = chain.fixed(vault, &getMinimumTradeAmountCall {});
    // Rates change without a word to the vault, and pauses end by themselves.
    chain.each_block();
    let hooks = hooks?.hooksContract;
    if hooks != Address::ZERO {
        let what = format!("the pool has hooks at {hooks}: they may change any swap");
        return Err(Unread::Refused(what));
    }
    let config = config?;
    if !config.isPoolInitialized {
        return Err(Unread::Refused("the pool is not initialised".into()));
    }
    let recovers = config.isPoolInRecoveryMode;
    Ok(BalancerV3Figures {
        id: place.id.clone(),
        pool,
        router,
        permit2,
        tokens: tokens(&data?)?,
        swap_fee: config.staticSwapFeePercentage,
        aggregate_fee: if recovers { U256::ZERO } else { config.aggregateSwapFeePercentage },
        least_trade: least_trade?,
        paused: vault_paused? | pool_paused?,
    })
}

fn tokens(data: &PoolData) -> Result<Vec<BalancerV3Token>, Unread> {
    let n = data.tokens.len();
    let lengths = [&data.balancesRaw, &data.decimalScalingFactors, &data.tokenRates];
    if !lengths.iter().all(|told| told.len() == n) {
        return Err(Unread::Refused(format!("the pool's answers are not of {n} tokens each")));
    }
    let token = |at: usize| BalancerV3Token {
        token: data.tokens[at],
        balance: data.balancesRaw[at],
        scaling: data.decimalScalingFactors[at],
        rate: data.tokenRates[at],
    };
    Ok((0..n).map(token).collect())
}
