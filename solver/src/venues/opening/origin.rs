//! Origin: the vault that issues OETH, its queue, and wOETH.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::{
    super::{Capacity, Chain, Credits, Door, OriginQueue, OriginVault, Place, Unread, WrappedOeth},
    Opening,
};
use crate::amount::{WAD, mul_div_checked};

sol! {
    function capitalPaused() external view returns (bool);
    function withdrawalClaimDelay() external view returns (uint256);
    function withdrawalQueueMetadata() external view
        returns (uint128 queued, uint128 claimable, uint128 claimed, uint128 nextWithdrawalIndex);
    function balanceOf(address account) external view returns (uint256);
    function vaultAddress() external view returns (address);
    function asset() external view returns (address);
    function adjuster() external view returns (uint256);
    function rebasingCreditsPerTokenHighres() external view returns (uint256);
    function convertToShares(uint256 assets) external view returns (uint256);
    function convertToAssets(uint256 shares) external view returns (uint256);
    function totalSupply() external view returns (uint256);
}

/// Opens Origin's vault in role `vault`, which issues OETH in role `oeth` for WETH in role `weth`:
/// `capitalPaused`, `withdrawalClaimDelay` and `withdrawalQueueMetadata` of the vault, its WETH, and
/// `vaultAddress` of OETH.
pub(in super::super) fn vault(place: &Place, chain: &Chain<'_>) -> Opening {
    let [vault, oeth, weth] = ["vault", "oeth", "weth"].map(|role| place.contract(role));
    let (vault, oeth, weth) = (vault?, oeth?, weth?);
    let of = chain.maybe(oeth, &vaultAddressCall {});
    let paused = chain.call(vault, &capitalPausedCall {});
    let queue = queue(chain, vault, weth);
    if of?.is_some_and(|of| of != vault) {
        return Err(Unread::Refused(format!(
            "OETH is not of the vault {vault}: correct the place"
        )));
    }
    let mints = if paused? { Door::Paused } else { Door::up_to(Capacity::Unlimited) };
    let (tokens, queue) = ([weth, oeth], queue?);
    Ok(Arc::new(OriginVault::origin(place.id.clone(), vault, tokens, mints, queue)))
}

fn queue(chain: &Chain<'_>, vault: Address, weth: Address) -> Result<Option<OriginQueue>, Unread> {
    let delay = chain.maybe(vault, &withdrawalClaimDelayCall {});
    let line = chain.maybe(vault, &withdrawalQueueMetadataCall {});
    let held = chain.call(weth, &balanceOfCall { account: vault });
    let (delay, line, held) = (delay?, line?, held?);
    let Some((delay, line)) = delay.zip(line) else { return Ok(None) };
    let delay_s = u64::try_from(delay).map_err(Unread::refused)?;
    let owed = U256::from(line.queued).saturating_sub(U256::from(line.claimed));
    Ok(Some(OriginQueue { delay_s, free: held.saturating_sub(owed) }))
}

/// Opens wOETH in role `vault`: `asset` and `adjuster` of it, `rebasingCreditsPerTokenHighres` of OETH.
/// Its own conversions must be those of these figures.
pub(in super::super) fn wrapped(place: &Place, chain: &Chain<'_>) -> Opening {
    let vault = place.contract("vault")?;
    let oeth = chain.fixed(vault, &assetCall {})?;
    let adjuster = chain.call(vault, &adjusterCall {});
    let per_token = chain.call(oeth, &rebasingCreditsPerTokenHighresCall {});
    let shares = chain.call(vault, &convertToSharesCall { assets: WAD });
    let assets = chain.call(vault, &convertToAssetsCall { shares: WAD });
    let supply = chain.call(vault, &totalSupplyCall {});
    let (adjuster, per_token) = (adjuster?, per_token?);
    let told = (Some(shares?), Some(assets?));
    let follows =
        (mul_div_checked(WAD, per_token, adjuster), mul_div_checked(WAD, adjuster, per_token));
    if told != follows {
        return Err(Unread::Refused("wOETH converts at another rate than OETH rebases".into()));
    }
    let (amount, what) = (supply?, "shares in existence");
    let redeems = Capacity::Limited { amount, what, refill_per_block: None };
    let doors = [Door::up_to(Capacity::Unlimited), Door::up_to(redeems)];
    let credits = Credits { vault, per_token, adjuster };
    Ok(Arc::new(WrappedOeth::wrapped(place.id.clone(), oeth, credits, doors)))
}
