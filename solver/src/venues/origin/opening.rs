//! Origin: the vault that issues OETH, and its queue.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::super::{
    Capacity, Chain, Door, Kind, OriginQueue, OriginVault, Place, Unread, opening::Opening,
};
use crate::risk::Class;

sol! {
    function capitalPaused() external view returns (bool);
    function withdrawalClaimDelay() external view returns (uint256);
    function withdrawalQueueMetadata() external view
        returns (uint128 queued, uint128 claimable, uint128 claimed, uint128 nextWithdrawalIndex);
    function balanceOf(address account) external view returns (uint256);
    function vaultAddress() external view returns (address);
}

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("origin", &["vault"], &[Class::LiquidStaking], vault).beside(&["oeth", "weth"])];

/// Opens Origin's vault in role `vault`, which issues OETH in role `oeth` for WETH in role `weth`:
/// `capitalPaused`, `withdrawalClaimDelay` and `withdrawalQueueMetadata` of the vault, its WETH, and
/// `vaultAddress` of OETH.
fn vault(place: &Place, chain: &Chain<'_>) -> Opening {
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
