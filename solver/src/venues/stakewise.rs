//! StakeWise: osETH at the totals of its controller. It is bought, not staked for.

use std::sync::Arc;

use alloy_primitives::U256;
use alloy_sol_types::sol;

use super::{
    Capacity, Chain, Deposit, Kind, Place, RateForm, ShareRate, ShareRateFigures, Unread,
    opening::{Opening, sensible},
};
use crate::{
    amount::{WAD, mul_div},
    risk::Class,
};

sol! {
    function convertToAssets(uint256 shares) external view returns (uint256);
    function totalAssets() external view returns (uint256);
    function totalShares() external view returns (uint256);
}

/// Minting osETH is no staking.
const A_LOAN: &str = "osETH is lent against a stake in one of StakeWise's vaults, and is to be burnt again \
                      to get at that stake: it is bought, not staked for";

pub(super) const KINDS: &[Kind] =
    &[Kind::new("stakewise", &["token"], &[Class::LiquidStaking], open).beside(&["controller"])];

/// Opens osETH in role `token`, of the OsTokenVaultController in role `controller`: `totalAssets` and
/// `totalShares` at this block, to which its rewards have accrued, second by second. Nothing is traded:
/// minting is a loan.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let (token, controller) = (place.contract("token")?, place.contract("controller")?);
    chain.each_block();
    let assets = chain.call(controller, &totalAssetsCall {});
    let shares = chain.call(controller, &totalSharesCall {});
    let rate = chain.call(controller, &convertToAssetsCall { shares: WAD });
    let (assets, shares, rate) = (assets?, shares?, sensible(rate?)?);
    if mul_div(WAD, assets, shares) != Some(rate) {
        return Err(Unread::Refused("its rate is not that of its totals".into()));
    }
    let figures = ShareRateFigures {
        share: token,
        form: RateForm::Totals { assets, shares, haircut_bps: 0, supply_cap: None },
        deposit: Deposit::Unknown(A_LOAN.into()),
        burn_unknown: None,
        least_deposit: U256::ZERO,
        capacity: Capacity::none("not traded"),
    };
    Ok(Arc::new(ShareRate::new(place.id.clone(), figures)))
}
