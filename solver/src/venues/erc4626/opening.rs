//! ERC-4626 vaults: totals, virtual units, reward cycles, and what they take.

use std::sync::Arc;

use alloy_primitives::{Address, U256, address};
use alloy_sol_types::sol;

use super::super::{
    Capacity, Chain, Erc4626, Erc4626Figures, Kind, Place, Redeeming, RewardCycle, Unread,
    opening::Opening,
};
use crate::amount::{mul_div, mul_div_up};
use crate::risk::Class;

sol! {
    function asset() external view returns (address);
    function totalAssets() external view returns (uint256);
    function totalSupply() external view returns (uint256);
    function maxDeposit(address receiver) external view returns (uint256);
    function previewDeposit(uint256 assets) external view returns (uint256);
    function lastSync() external view returns (uint256);
    function rewardsCycleEnd() external view returns (uint256);
    function lastRewardAmount() external view returns (uint256);
    function withdrawalPenalty() external view returns (uint256);
    function previewRedeem(uint256 shares) external view returns (uint256);
}

/// Whoever deposits: nobody in particular.
pub(in super::super) const ANYBODY: Address = address!("000000000000000000000000000000000000a11c");

/// A probe's product with the supply stays below 2^252, within the arithmetic of every vault.
const PROBE_BITS: usize = 252;

/// The largest `decimalsOffset` that is looked for.
const MOST_OFFSET: u64 = 18;

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("erc4626", &["vault"], &[Class::LiquidStaking, Class::CuratedVault], open)
        .with(&["takes_eth", "redeems"])];

/// Opens the vault in role `vault`: `asset`, `totalAssets`, `totalSupply` and `maxDeposit`, and of
/// xERC4626 vaults `lastSync`, `rewardsCycleEnd` and `lastRewardAmount`.
///
/// Which virtual units its maths adds follows from its own `previewDeposit` of a very large amount:
/// a vault that answers what no such maths gives (an entry fee) does not open. The constant
/// `takes_eth` says that it has `depositETH`, and `redeems` that it pays out at once what it holds,
/// without a fee other than the `withdrawalPenalty` that it tells.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let vault = place.contract("vault")?;
    let penalty = chain.maybe(vault, &withdrawalPenaltyCall {});
    let mut figures = figures(place, chain)?;
    let redeeming = match penalty? {
        Some(penalty) => {
            figures.redeem_limit = figures.redeem_limit.map(|_| Capacity::Limited {
                amount: figures.total_supply.saturating_sub(U256::ONE),
                what: "all shares but the last, which pays no penalty",
                refill_per_block: None,
            });
            penalised(chain, &figures, penalty)?
        }
        None => Redeeming::PLAIN,
    };
    let venue = Erc4626::new(place.id.clone(), figures);
    Ok(Arc::new(venue.leaving(redeeming, Vec::new())))
}

/// AutoPxEth's penalty, in millionths: its own preview must be what follows from it.
fn penalised(
    chain: &Chain<'_>,
    figures: &Erc4626Figures,
    penalty: U256,
) -> Result<Redeeming, Unread> {
    let of = U256::from(1_000_000);
    let shares = figures.total_supply / U256::from(7);
    let told = chain.maybe(figures.vault, &previewRedeemCall { shares })?;
    let gross = mul_div(shares, figures.stored_assets, figures.total_supply);
    let follows = gross.and_then(|gross| gross.checked_sub(mul_div_up(gross, penalty, of)?));
    if figures.cycle.is_some() || told != follows {
        return Err(Unread::Refused(
            "its preview of a redemption is not that of its penalty".into(),
        ));
    }
    Ok(Redeeming { of, kept: penalty, ..Redeeming::PLAIN })
}

/// What any such vault says of itself.
pub(in super::super) fn figures(
    place: &Place,
    chain: &Chain<'_>,
) -> Result<Erc4626Figures, Unread> {
    let vault = place.contract("vault")?;
    let asset = chain.fixed(vault, &assetCall {});
    let limit = chain.maybe(vault, &maxDepositCall { receiver: ANYBODY });
    // What is behind the shares may accrue by time, and lie anywhere.
    let timestamp = chain.at().timestamp;
    let cycle = cycle(chain, vault);
    let total_assets = chain.call(vault, &totalAssetsCall {});
    let total_supply = chain.call(vault, &totalSupplyCall {});
    let (total_assets, total_supply) = (total_assets?, total_supply?);
    let virtual_shares = virtual_shares(chain, vault, total_assets, total_supply)?;
    let cycle = cycle?;
    let stored = match cycle {
        Some(cycle) => cycle.unlocked(timestamp).and_then(|in_| total_assets.checked_sub(in_)),
        None => Some(total_assets),
    };
    let stored = stored
        .ok_or_else(|| Unread::Refused("its reward cycle contradicts its total assets".into()))?;
    Ok(Erc4626Figures {
        asset: asset?,
        vault,
        takes_eth: place.says("takes_eth"),
        stored_assets: stored,
        total_supply,
        virtual_shares,
        cycle,
        timestamp,
        deposit_limit: deposit_limit(limit?),
        redeem_limit: place.says("redeems").then_some(Capacity::Limited {
            amount: total_supply,
            what: "shares in existence",
            refill_per_block: None,
        }),
    })
}

fn cycle(chain: &Chain<'_>, vault: Address) -> Result<Option<RewardCycle>, Unread> {
    let last_reward = chain.maybe(vault, &lastRewardAmountCall {});
    let last_sync = chain.maybe(vault, &lastSyncCall {});
    let cycle_end = chain.maybe(vault, &rewardsCycleEndCall {});
    let (Some(last_reward), Some(last_sync), Some(cycle_end)) =
        (last_reward?, last_sync?, cycle_end?)
    else {
        return Ok(None);
    };
    let [last_sync, cycle_end] = [last_sync, cycle_end].map(u64::try_from);
    let last_sync = last_sync.map_err(Unread::refused)?;
    let cycle_end = cycle_end.map_err(Unread::refused)?;
    Ok(Some(RewardCycle { last_reward, last_sync, cycle_end }))
}

/// The virtual shares with which the vault's own preview is `shares * supply / assets`.
fn virtual_shares(
    chain: &Chain<'_>,
    vault: Address,
    total_assets: U256,
    total_supply: U256,
) -> Result<U256, Unread> {
    let larger = total_assets.max(total_supply).max(U256::from(10).pow(U256::from(MOST_OFFSET)));
    let assets = U256::ONE << PROBE_BITS.saturating_sub(larger.bit_len());
    let told = chain.call(vault, &previewDepositCall { assets })?;
    let offsets = (0..=MOST_OFFSET).map(|offset| U256::from(10).pow(U256::from(offset)));
    let candidates = std::iter::once(U256::ZERO).chain(offsets);
    let fits = |virtual_shares: &U256| {
        let one = U256::from(!virtual_shares.is_zero());
        let supply = total_supply + *virtual_shares;
        let shares = if supply.is_zero() {
            Some(assets)
        } else {
            mul_div(assets, supply, total_assets + one)
        };
        shares == Some(told)
    };
    candidates.into_iter().find(fits).ok_or_else(|| {
        let what = "its preview of a deposit is not that of its totals: it takes a fee, or is of \
                    another kind";
        Unread::Refused(what.into())
    })
}

fn deposit_limit(most: Option<U256>) -> Capacity {
    match most {
        None => Capacity::Unknown("the vault does not tell what it takes".into()),
        // "maxDeposit ... MUST return 2 ** 256 - 1 if there is no limit" (EIP-4626).
        Some(U256::MAX) => Capacity::Unlimited,
        Some(amount) => {
            Capacity::Limited { amount, what: "deposit limit of the vault", refill_per_block: None }
        }
    }
}
