//! Rocket Pool: what the network reports, room in the deposit pool, collateral for burning.

use std::sync::Arc;

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::sol;

use super::super::{
    Burns, Capacity, Chain, Deposits, Kind, Place, RocketPool, RocketPoolFigures, Unread,
    opening::Opening,
};
use crate::risk::Class;

sol! {
    function getAddress(bytes32 key) external view returns (address);
    function getTotalETHBalance() external view returns (uint256);
    function getTotalRETHSupply() external view returns (uint256);
    function getMaximumDepositAmount() external view returns (uint256);
    function getDepositFee() external view returns (uint256);
    function getMinimumDeposit() external view returns (uint256);
    function getDepositEnabled() external view returns (bool);
    function getTotalCollateral() external view returns (uint256);
}

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("rocket_pool", &["reth"], &[Class::LiquidStaking], open).beside(&["storage"])];

/// Opens Rocket Pool: rETH in role `reth`, RocketStorage in role `storage`, which tells where the
/// other contracts are.
///
/// `getTotalETHBalance` and `getTotalRETHSupply` of rocketNetworkBalances,
/// `getMaximumDepositAmount` of rocketDepositPool, `getDepositFee`, `getMinimumDeposit` and
/// `getDepositEnabled` of rocketDAOProtocolSettingsDeposit, `getTotalCollateral` of rETH. Deposits
/// and burning whose figures are not told are refused, each by itself.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let (reth, storage) = (place.contract("reth")?, place.contract("storage")?);
    // Room and collateral hang on balances and queues of contracts that are not asked.
    chain.each_block();
    let collateral = chain.maybe(reth, &getTotalCollateralCall {});
    let balances = find(chain, storage, "rocketNetworkBalances");
    let deposits = deposits(chain, storage);
    let balances = balances?.ok_or_else(|| {
        Unread::Refused(format!("{storage} does not know where rocketNetworkBalances is"))
    })?;
    let total_eth = chain.call(balances, &getTotalETHBalanceCall {});
    let supply = chain.call(balances, &getTotalRETHSupplyCall {});
    let (total_eth, supply) = (total_eth?, supply?);
    if total_eth.is_zero() || supply.is_zero() {
        return Err(Unread::Refused("the network has reported no balances".into()));
    }
    let burns = match collateral? {
        Some(collateral) => Burns::UpTo(collateral),
        None => Burns::Unknown("collateral that burning is limited to is not told".into()),
    };
    let figures = RocketPoolFigures { reth, total_eth, supply, deposits: deposits?, burns };
    Ok(Arc::new(RocketPool::new(place.id.clone(), figures)))
}

/// The contract that RocketStorage knows by a name.
fn find(chain: &Chain<'_>, storage: Address, name: &str) -> Result<Option<Address>, Unread> {
    let key: B256 = keccak256(format!("contract.address{name}"));
    let found = chain.maybe(storage, &getAddressCall { key })?;
    Ok(found.filter(|address| !address.is_zero()))
}

fn deposits(chain: &Chain<'_>, storage: Address) -> Result<Deposits, Unread> {
    let unknown =
        || Deposits::Unknown("deposit fee and room in the deposit pool are not told".into());
    let pool = find(chain, storage, "rocketDepositPool");
    let settings = find(chain, storage, "rocketDAOProtocolSettingsDeposit");
    let (Some(pool), Some(settings)) = (pool?, settings?) else { return Ok(unknown()) };
    let room = chain.maybe(pool, &getMaximumDepositAmountCall {});
    let fee = chain.maybe(settings, &getDepositFeeCall {});
    let least = chain.maybe(settings, &getMinimumDepositCall {});
    let enabled = chain.maybe(settings, &getDepositEnabledCall {});
    let (Some(room), Some(fee_wad), Some(least), Some(enabled)) = (room?, fee?, least?, enabled?)
    else {
        return Ok(unknown());
    };
    let room = if enabled { room } else { U256::ZERO };
    let what = if enabled { "room in the deposit pool" } else { "deposits are disabled" };
    let room = Capacity::Limited { amount: room, what, refill_per_block: None };
    Ok(Deposits::Open { pool, fee_wad, least, room })
}
