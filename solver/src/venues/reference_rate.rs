//! A token's rate as a contract tells it: to value it by. Nothing is traded at it.

use std::sync::Arc;

use alloy_primitives::U256;
use alloy_sol_types::sol;

use super::{
    Capacity, Chain, Deposit, Kind, Place, RateForm, ShareRate, ShareRateFigures, Unread,
    opening::{Opening, sensible},
};
use crate::{amount::WAD, risk::Class};

sol! {
    function getRate() external view returns (uint256);
    function exchangeRate() external view returns (uint256);
    function getExchangeRate() external view returns (uint256);
    function convertToAssets(uint256 shares) external view returns (uint256);
}

pub(super) const KINDS: &[Kind] =
    &[Kind::new("reference_rate", &["token"], &[Class::LiquidStaking], open).beside(&["provider"])];

/// Opens the rate of the token in role `token`, in wei of ETH for a whole one, as the contract in
/// role `provider` tells it: by `getRate`, `exchangeRate`, `getExchangeRate` or
/// `convertToAssets(1e18)`, the first that answers. Nothing is traded at it.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
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
        capacity: Capacity::none("not traded"),
    };
    Ok(Arc::new(ShareRate::new(place.id.clone(), figures)))
}
