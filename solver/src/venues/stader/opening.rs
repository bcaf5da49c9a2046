//! Stader: reported totals, bounds and health, and the queue.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::super::{
    Capacity, Chain, Door, Kind, Place, Reported, Stader, StaderQueue, Unread,
    opening::{Opening, same},
};
use crate::risk::Class;

sol! {
    struct ExchangeRate {
        uint256 reportingBlockNumber;
        uint256 totalETHBalance;
        uint256 totalETHXSupply;
    }

    function getStakePoolManager() external view returns (address);
    function getStaderOracle() external view returns (address);
    function getUserWithdrawManager() external view returns (address);
    function getETHxToken() external view returns (address);
    function getExchangeRate() external view returns (ExchangeRate rate);
    function maxDeposit() external view returns (uint256);
    function minDeposit() external view returns (uint256);
    function isVaultHealthy() external view returns (bool);
    function getMinWithdrawAmount() external view returns (uint256);
    function getMaxWithdrawAmount() external view returns (uint256);
    function getMinBlockDelayToFinalizeWithdrawRequest() external view returns (uint256);
    function ethRequestedForWithdraw() external view returns (uint256);
}

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("stader", &["config"], &[Class::LiquidStaking], open).beside(&["ethx"])];

/// Opens Stader: ETHx in role `ethx`, and in role `config` the StaderConfig, which tells where the other
/// contracts are.
///
/// `getExchangeRate` of the oracle; `minDeposit`, `maxDeposit` and `isVaultHealthy`, which is false while
/// deposits are paused, of the pool manager; the queue's bounds and delay of the config.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let (ethx, config) = (place.contract("ethx")?, place.contract("config")?);
    // Ether comes to the pool without a word.
    chain.each_block();
    let issued = chain.call(config, &getETHxTokenCall {});
    let oracle = chain.call(config, &getStaderOracleCall {});
    let manager = chain.call(config, &getStakePoolManagerCall {})?;
    let withdrawals = chain.call(config, &getUserWithdrawManagerCall {});
    let healthy = chain.call(manager, &isVaultHealthyCall {});
    let most = chain.call(manager, &maxDepositCall {});
    let least = chain.call(manager, &minDepositCall {});
    let queue = queue(chain, config, manager, withdrawals?);
    let rate = chain.call(oracle?, &getExchangeRateCall {})?;
    same("the token of this config", issued?, ethx)?;
    let totals = Reported { manager, assets: rate.totalETHBalance, shares: rate.totalETHXSupply };
    if totals.assets.is_zero() != totals.shares.is_zero() {
        return Err(Unread::Refused("ETHx without ETH behind it, or ETH without ETHx".into()));
    }
    let deposits = if healthy? {
        Door::Open { least: least?, most: Some(most?), capacity: Capacity::Unlimited }
    } else {
        Door::Paused
    };
    Ok(Arc::new(Stader::stader(place.id.clone(), ethx, totals, deposits, queue?)))
}

fn queue(
    chain: &Chain<'_>,
    config: Address,
    manager: Address,
    withdrawals: Address,
) -> Result<Option<StaderQueue>, Unread> {
    let least = chain.maybe(config, &getMinWithdrawAmountCall {});
    let most = chain.maybe(config, &getMaxWithdrawAmountCall {});
    let delay = chain.maybe(config, &getMinBlockDelayToFinalizeWithdrawRequestCall {});
    let owed = chain.maybe(withdrawals, &ethRequestedForWithdrawCall {});
    let held = chain.balance(manager);
    let told: [Option<U256>; 4] = [least?, most?, delay?, owed?];
    let [Some(least), Some(most), Some(delay), Some(owed)] = told else { return Ok(None) };
    let delay_blocks = u64::try_from(delay).map_err(Unread::refused)?;
    Ok(Some(StaderQueue { bounds: [least, most], delay_blocks, owed, held: held? }))
}
