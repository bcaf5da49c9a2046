//! wOETH: opened at the rate of OETH's rebasing. What it is stands with its [issuer](super::origin).

use std::sync::Arc;

use alloy_sol_types::sol;

use super::{Capacity, Chain, Credits, Door, Kind, Place, Unread, WrappedOeth, opening::Opening};
use crate::{
    amount::{WAD, mul_div_checked},
    risk::Class,
};

sol! {
    function asset() external view returns (address);
    function adjuster() external view returns (uint256);
    function rebasingCreditsPerTokenHighres() external view returns (uint256);
    function convertToShares(uint256 assets) external view returns (uint256);
    function convertToAssets(uint256 shares) external view returns (uint256);
    function totalSupply() external view returns (uint256);
}

pub(super) const KINDS: &[Kind] = &[Kind::new("woeth", &["vault"], &[Class::LiquidStaking], open)];

/// Opens wOETH in role `vault`: `asset` and `adjuster` of it, `rebasingCreditsPerTokenHighres` of OETH.
/// Its own conversions must be those of these figures.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
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
