//! Share tokens by their rate: Mantle, Swell, and rates to value a token by.

use std::sync::Arc;

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::sol;

use super::{
    super::{
        Chain, Deposit, DepositCall, Place, RateForm, ShareRate, ShareRateFigures, Unread,
        mantle_exit, swell_exit,
    },
    Opening,
    rebasing::{open_to_all, same},
};
use crate::amount::WAD;

sol! {
    function getRate() external view returns (uint256);
    function exchangeRate() external view returns (uint256);
    function getExchangeRate() external view returns (uint256);
    function convertToAssets(uint256 shares) external view returns (uint256);

    function AccessControlManager() external view returns (address);
    function coreMethodsPaused() external view returns (bool);
    function whitelistEnabled() external view returns (bool);

    function mETH() external view returns (address);
    function totalControlled() external view returns (uint256);
    function exchangeAdjustmentRate() external view returns (uint256);
    function minimumStakeBound() external view returns (uint256);
    function maximumMETHSupply() external view returns (uint256);
    function isStakingAllowlist() external view returns (bool);
    function pauser() external view returns (address);
    function isStakingPaused() external view returns (bool);
    function totalSupply() external view returns (uint256);
    function minimumUnstakeBound() external view returns (uint256);
    function unstakeRequestsManager() external view returns (address);
    function numberOfBlocksToFinalize() external view returns (uint256);
    function isUnstakeRequestsAndClaimsPaused() external view returns (bool);

    function withdrawRequestMinimum() external view returns (uint256);
    function withdrawRequestMaximum() external view returns (uint256);
    function withdrawalsPaused() external view returns (bool);

    function totalAssets() external view returns (uint256);
    function totalShares() external view returns (uint256);
}

/// Minting osETH is no staking.
const A_LOAN: &str = "osETH is lent against a stake in one of StakeWise's vaults, and is to be burnt again \
                      to get at that stake: it is bought, not staked for";

/// No share token is worth a thousand of what it stands for: such a rate is in another unit.
const MOST_RATE: U256 = uint!(1_000_000_000_000_000_000_000_U256);

/// Opens swETH or rswETH in role `token`, with the contract of its exits in role `exit`: `getRate` and
/// `whitelistEnabled` of the token, `coreMethodsPaused` and `withdrawalsPaused` of its access control, the
/// bounds of a request. Its code limits no deposit.
pub(in super::super) fn swell(place: &Place, chain: &Chain<'_>) -> Opening {
    let (token, exit) = (place.contract("token")?, place.contract("exit")?);
    let least = chain.maybe(exit, &withdrawRequestMinimumCall {});
    let most = chain.maybe(exit, &withdrawRequestMaximumCall {});
    let rate = chain.call(token, &getRateCall {});
    let listed = chain.maybe(token, &whitelistEnabledCall {});
    let control = chain.maybe(token, &AccessControlManagerCall {})?;
    let [paused, stopped] = match control {
        Some(control) => [
            chain.maybe(control, &coreMethodsPausedCall {})?,
            chain.maybe(control, &withdrawalsPausedCall {})?,
        ],
        None => [None; 2],
    };
    let rate = sensible(rate?)?;
    let exit = swell_exit(rate, [least?, most?], stopped);
    let figures = ShareRateFigures {
        share: token,
        form: RateForm::Rate { eth_per_share_wad: rate },
        deposit: Deposit::Open(DepositCall::Deposit(token)),
        burn_unknown: None,
        least_deposit: U256::ZERO,
        capacity: open_to_all(paused, listed?),
    };
    Ok(Arc::new(ShareRate::new(place.id.clone(), figures).leaving(vec![exit])))
}

/// Opens Mantle's staking contract in role `staking`, which mints the token in role `meth`:
/// `totalControlled`, `exchangeAdjustmentRate`, `minimumStakeBound`, `maximumMETHSupply` and
/// `isStakingAllowlist` of it, `isStakingPaused` of its pauser, `totalSupply` of mETH.
pub(in super::super) fn mantle(place: &Place, chain: &Chain<'_>) -> Opening {
    let (staking, meth) = (place.contract("staking")?, place.contract("meth")?);
    let minted = chain.fixed(staking, &mETHCall {});
    // What it controls is a sum over the oracle, the returns aggregator and others.
    chain.each_block();
    let form = mantle_form(chain, staking, meth);
    let least = chain.call(staking, &minimumStakeBoundCall {});
    let listed = chain.maybe(staking, &isStakingAllowlistCall {});
    let least_exit = chain.maybe(staking, &minimumUnstakeBoundCall {});
    let blocks = match chain.maybe(staking, &unstakeRequestsManagerCall {})? {
        Some(manager) => chain.maybe(manager, &numberOfBlocksToFinalizeCall {})?,
        None => None,
    };
    let [paused, stopped] = match chain.maybe(staking, &pauserCall {})? {
        Some(pauser) => [
            chain.maybe(pauser, &isStakingPausedCall {})?,
            chain.maybe(pauser, &isUnstakeRequestsAndClaimsPausedCall {})?,
        ],
        None => [None; 2],
    };
    same("the token that the staking contract mints", minted?, meth)?;
    let form = form?;
    let exit = mantle_exit(&form, least_exit?, blocks, stopped);
    let figures = ShareRateFigures {
        share: meth,
        form,
        deposit: Deposit::Open(DepositCall::Stake(staking)),
        burn_unknown: None,
        least_deposit: least?,
        capacity: open_to_all(paused, listed?),
    };
    Ok(Arc::new(ShareRate::new(place.id.clone(), figures).leaving(vec![exit])))
}

fn mantle_form(chain: &Chain<'_>, staking: Address, meth: Address) -> Result<RateForm, Unread> {
    let assets = chain.call(staking, &totalControlledCall {});
    let haircut = chain.call(staking, &exchangeAdjustmentRateCall {});
    let cap = chain.call(staking, &maximumMETHSupplyCall {});
    let (shares, assets) = (chain.call(meth, &totalSupplyCall {})?, assets?);
    if shares.is_zero() || assets.is_zero() {
        return Err(Unread::Refused("no shares exist yet".into()));
    }
    let haircut_bps = u16::try_from(haircut?).ok().filter(|bps| *bps <= 10_000);
    let haircut_bps =
        haircut_bps.ok_or_else(|| Unread::Refused("a haircut above its whole".into()))?;
    Ok(RateForm::Totals { assets, shares, haircut_bps, supply_cap: Some(cap?) })
}

/// Opens the rate of the token in role `token`, in wei of ETH for a whole one, as the contract in
/// role `provider` tells it: by `getRate`, `exchangeRate`, `getExchangeRate` or
/// `convertToAssets(1e18)`, the first that answers. Nothing is traded at it.
pub(in super::super) fn reference_rate(place: &Place, chain: &Chain<'_>) -> Opening {
    let (token, provider) = (place.contract("token")?, place.contract("provider")?);
    chain.each_block();
    let told = [
        chain.maybe(provider, &getRateCall {}),
        chain.maybe(provider, &exchangeRateCall {}),
        chain.maybe(provider, &getExchangeRateCall {}),
        chain.maybe(provider, &convertToAssetsCall { shares: WAD }),
    ];
    let told = told.into_iter().collect::<Result<Vec<_>, _>>()?;
    let rate = told.into_iter().flatten().next();
    let rate = rate.ok_or_else(|| Unread::Refused(format!("{provider} tells no rate")))?;
    let figures = ShareRateFigures {
        share: token,
        form: RateForm::Reference { eth_per_share_wad: sensible(rate)? },
        deposit: Deposit::Closed,
        burn_unknown: None,
        least_deposit: U256::ZERO,
        capacity: super::super::Capacity::none("not traded"),
    };
    Ok(Arc::new(ShareRate::new(place.id.clone(), figures)))
}

/// Opens osETH in role `token`, of the OsTokenVaultController in role `controller`: `totalAssets` and
/// `totalShares` at this block, to which its rewards have accrued, second by second. Nothing is traded:
/// minting is a loan.
pub(in super::super) fn stakewise(place: &Place, chain: &Chain<'_>) -> Opening {
    let (token, controller) = (place.contract("token")?, place.contract("controller")?);
    chain.each_block();
    let assets = chain.call(controller, &totalAssetsCall {});
    let shares = chain.call(controller, &totalSharesCall {});
    let rate = chain.call(controller, &convertToAssetsCall { shares: WAD });
    let (assets, shares, rate) = (assets?, shares?, sensible(rate?)?);
    if crate::amount::mul_div(WAD, assets, shares) != Some(rate) {
        return Err(Unread::Refused("its rate is not that of its totals".into()));
    }
    let figures = ShareRateFigures {
        share: token,
        form: RateForm::Totals { assets, shares, haircut_bps: 0, supply_cap: None },
        deposit: Deposit::Unknown(A_LOAN.into()),
        burn_unknown: None,
        least_deposit: U256::ZERO,
        capacity: super::super::Capacity::none("not traded"),
    };
    Ok(Arc::new(ShareRate::new(place.id.clone(), figures)))
}

fn sensible(rate: U256) -> Result<U256, Unread> {
    if rate.is_zero() || rate > MOST_RATE {
        return Err(Unread::Refused(format!("a rate of {rate} is not in 1e-18 of ETH")));
    }
    Ok(rate)
}
