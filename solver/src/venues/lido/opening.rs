//! Lido: the totals behind its shares, and its stake limit.

use std::sync::Arc;

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::sol;

use super::super::{
    Chain, Kind, Lido, LidoFigures, Place, StakeLimit, Unread,
    opening::{Opening, same},
};
use crate::risk::Class;

sol! {
    function getTotalPooledEther() external view returns (uint256);
    function getTotalShares() external view returns (uint256);
    function getExternalShares() external view returns (uint256);
    function getBufferedEther() external view returns (uint256);
    function getBeaconStat() external view
        returns (uint256 depositedValidators, uint256 beaconValidators, uint256 beaconBalance);
    function getStakeLimitFullInfo() external view returns (
        bool isPaused, bool isLimitSet, uint256 current, uint256 max, uint256 growthBlocks,
        uint256 previous, uint256 previousBlock
    );
    function stETH() external view returns (address);
}

/// What a validator that is deposited and not yet reported counts, in wei (`Lido.DEPOSIT_SIZE`).
const DEPOSIT_SIZE: U256 = uint!(32_000_000_000_000_000_000_U256);

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("lido", &["steth"], &[Class::LiquidStaking], open).beside(&["wsteth"])];

/// Opens Lido: stETH in role `steth`, wstETH in role `wsteth`.
///
/// `getTotalShares`, `getTotalPooledEther` and `getStakeLimitFullInfo` of stETH. Where
/// `getExternalShares` (version 3) says that vaults minted shares, those count neither way: the
/// rate is of what the pool itself holds, `getBufferedEther` and `getBeaconStat`.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let (steth, wsteth) = (place.contract("steth")?, place.contract("wsteth")?);
    let wrapped = chain.fixed(wsteth, &stETHCall {});
    let limit = stake_limit(chain, steth);
    let totals = lido_totals(chain, steth);
    same("the token that wstETH wraps", wrapped?, steth)?;
    let (total_pooled_ether, total_shares) = totals?;
    let stake_limit = limit?;
    let figures = LidoFigures { steth, wsteth, total_pooled_ether, total_shares, stake_limit };
    Ok(Arc::new(Lido::new(place.id.clone(), figures)))
}

fn stake_limit(chain: &Chain<'_>, steth: Address) -> Result<StakeLimit, Unread> {
    let at_block = chain.at().block;
    let info = chain.call(steth, &getStakeLimitFullInfoCall {})?;
    if info.isPaused {
        return Ok(StakeLimit::Paused);
    }
    if !info.isLimitSet {
        return Ok(StakeLimit::Unlimited);
    }
    let [previous_block, growth_blocks] =
        [info.previousBlock, info.growthBlocks].map(u64::try_from);
    Ok(StakeLimit::Limited {
        max: info.max,
        previous: info.previous,
        previous_block: previous_block.map_err(Unread::refused)?,
        growth_blocks: growth_blocks.map_err(Unread::refused)?,
        at_block,
    })
}

/// Ether and shares of the pool itself.
fn lido_totals(chain: &Chain<'_>, steth: Address) -> Result<(U256, U256), Unread> {
    let external = chain.maybe(steth, &getExternalSharesCall {});
    let shares = chain.call(steth, &getTotalSharesCall {});
    let pooled = chain.call(steth, &getTotalPooledEtherCall {});
    let (external, shares, pooled) = (external?.unwrap_or_default(), shares?, pooled?);
    let totals = if external.is_zero() {
        Some((pooled, shares))
    } else {
        let ether = internal_ether(chain, steth)?;
        ether.zip(shares.checked_sub(external))
    };
    let totals = totals.filter(|(ether, shares)| !ether.is_zero() && !shares.is_zero());
    totals.ok_or_else(|| Unread::Refused("Lido's totals contradict each other".into()))
}

fn internal_ether(chain: &Chain<'_>, steth: Address) -> Result<Option<U256>, Unread> {
    let buffered = chain.call(steth, &getBufferedEtherCall {});
    let beacon = chain.call(steth, &getBeaconStatCall {})?;
    let transient = beacon.depositedValidators.checked_sub(beacon.beaconValidators);
    let transient = transient.and_then(|count| count.checked_mul(DEPOSIT_SIZE));
    let held = buffered?.checked_add(beacon.beaconBalance);
    Ok(held.zip(transient).and_then(|(held, transient)| held.checked_add(transient)))
}
