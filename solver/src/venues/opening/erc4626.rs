//! ERC-4626 vaults: totals, virtual units, reward cycles, and what they take.

use std::sync::Arc;

use alloy_primitives::{Address, U256, address};
use alloy_sol_types::{SolCall as _, sol};

use super::{
    super::{
        Bound, Capacity, Chain, Erc4626, Erc4626Figures, Exit, ExitFee, ExitRate, Place, RateRule,
        Redeeming, RewardCycle, Ticket, Unread, Wait,
    },
    Opening,
};
use crate::amount::{WAD, mul_div, mul_div_up};

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

    function authority() external view returns (address);
    function canCall(address caller, address target, bytes4 selector) external view
        returns (bool immediate, uint32 delay);
    function getExitFeeBasisPoints() external view returns (uint256);
    function getTreasuryExitFeeBasisPoints() external view returns (uint96);
    function convertToAssets(uint256 shares) external view returns (uint256);
    function balanceOf(address account) external view returns (uint256);
    function depositETH(address receiver) external payable returns (uint256);
    function redeem(uint256 shares, address receiver, address owner) external returns (uint256);
    function requestWithdrawal(uint128 pufETHAmount, address recipient) external;
    function MIN_WITHDRAWAL_AMOUNT() external view returns (uint256);
    function getMaxWithdrawalAmount() external view returns (uint256);
}

/// Whoever deposits: nobody in particular.
const ANYBODY: Address = address!("000000000000000000000000000000000000a11c");

/// A probe's product with the supply stays below 2^252, within the arithmetic of every vault.
const PROBE_BITS: usize = 252;

/// The largest `decimalsOffset` that is looked for.
const MOST_OFFSET: u64 = 18;

/// Opens the vault in role `vault`: `asset`, `totalAssets`, `totalSupply` and `maxDeposit`, and of
/// xERC4626 vaults `lastSync`, `rewardsCycleEnd` and `lastRewardAmount`.
///
/// Which virtual units its maths adds follows from its own `previewDeposit` of a very large amount:
/// a vault that answers what no such maths gives (an entry fee) does not open. The constant
/// `takes_eth` says that it has `depositETH`, and `redeems` that it pays out at once what it holds,
/// without a fee other than the `withdrawalPenalty` that it tells.
pub(in super::super) fn open(place: &Place, chain: &Chain<'_>) -> Opening {
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

/// Opens Puffer's vault in role `vault`, as [`open`] does, with its exit fees, and the withdrawal
/// manager in role `withdrawals`: `getExitFeeBasisPoints` and `getTreasuryExitFeeBasisPoints` of the
/// vault, its WETH and ether; whether its access manager lets anybody deposit, redeem and request.
pub(in super::super) fn puffer(place: &Place, chain: &Chain<'_>) -> Opening {
    let (vault, withdrawals) = (place.contract("vault")?, place.contract("withdrawals")?);
    // WETH and ether come to it without a word.
    chain.each_block();
    let fee = chain.maybe(vault, &getExitFeeBasisPointsCall {});
    let treasury = chain.maybe(vault, &getTreasuryExitFeeBasisPointsCall {});
    let rate = chain.maybe(vault, &convertToAssetsCall { shares: WAD });
    let ether = chain.balance(vault);
    let exit = queue(chain, withdrawals, rate?);
    let deposits = may_call(chain, vault, depositETHCall::SELECTOR);
    let redeems = may_call(chain, vault, redeemCall::SELECTOR);
    let mut figures = figures(place, chain)?;
    let held = chain.maybe(figures.asset, &balanceOfCall { account: vault });
    figures.takes_eth = true;
    if deposits? == Some(false) {
        figures.deposit_limit = Capacity::none("deposits are paused");
    }
    let mut redeeming = Redeeming { of: U256::from(10_000), apart: true, ..Redeeming::PLAIN };
    let told = (fee?, redeems?, held?, ether?);
    if let (Some(fee), Some(may), Some(held), ether) = told {
        let treasury = treasury?.map_or(U256::ZERO, U256::from);
        if fee.saturating_add(treasury) > redeeming.of {
            return Err(Unread::Refused("exit fees above their whole".into()));
        }
        let liquid = Some(held.saturating_add(ether));
        redeeming = Redeeming { kept: fee, leaving: treasury, liquid, ..redeeming };
        let shares = Capacity::Limited {
            amount: figures.total_supply,
            what: "shares in existence",
            refill_per_block: None,
        };
        figures.redeem_limit =
            Some(if may { shares } else { Capacity::none("redemptions are paused") });
    }
    let venue = Erc4626::new(place.id.clone(), figures);
    Ok(Arc::new(venue.leaving(redeeming, vec![exit?])))
}

/// Whether a vault's access manager lets anybody call a function of it at once; `None` where it does not
/// tell, or the vault has none.
fn may_call(chain: &Chain<'_>, target: Address, selector: [u8; 4]) -> Result<Option<bool>, Unread> {
    let Some(authority) = chain.maybe(target, &authorityCall {})? else { return Ok(None) };
    let call = canCallCall { caller: ANYBODY, target, selector: selector.into() };
    Ok(chain.maybe(authority, &call)?.map(|may| may.immediate))
}

/// Puffer's withdrawal manager: requests fill batches, and are paid in WETH, to whom they name, when a
/// batch is full and settled; an account makes one in a transaction.
fn queue(chain: &Chain<'_>, manager: Address, rate: Option<U256>) -> Result<Exit, Unread> {
    let unknown = "bounds and state of Puffer's withdrawal manager";
    let wait = "when the batch of a request to Puffer's withdrawal manager is full and settled";
    let least = chain.maybe(manager, &MIN_WITHDRAWAL_AMOUNTCall {});
    let most = chain.maybe(manager, &getMaxWithdrawalAmountCall {});
    let may = may_call(chain, manager, requestWithdrawalCall::SELECTOR)?;
    let capacity = match may {
        Some(true) => Capacity::Unlimited,
        Some(false) => Capacity::none("requests are paused"),
        None => Capacity::Unknown(unknown.into()),
    };
    Ok(Exit {
        name: "Puffer withdrawal queue",
        to: 0,
        rule: RateRule::MinRequestSettle,
        rate: ExitRate { out: rate.unwrap_or_default(), units: WAD },
        fee: match rate {
            Some(_) => ExitFee::None,
            None => ExitFee::Unknown(unknown.into()),
        },
        least: Bound::told(least?, unknown),
        most: Bound::told(most?, unknown),
        capacity,
        least_wait: Wait::Unknown(wait.into()),
        expected_wait: Wait::Unknown(wait.into()),
        ticket: Ticket::Bound,
    })
}

fn figures(place: &Place, chain: &Chain<'_>) -> Result<Erc4626Figures, Unread> {
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
