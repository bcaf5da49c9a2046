//! What a market of Morpho lends: its totals, its curve and its oracle's price.

use alloy_sol_types::sol;

use super::{
    super::{Chain, Place, Unread},
    opening::{accrued, params},
};
use crate::leverage::MorphoTerms;

sol! {
    function price() external view returns (uint256);
}

/// What Morpho lends in the market at a place; `None` where its rates follow no adaptive curve, or it
/// has no collateral.
///
/// What the market itself is opened from, and `price` of its oracle.
pub fn morpho_terms(place: &Place, chain: &Chain<'_>) -> Result<Option<MorphoTerms>, Unread> {
    let params = params(place)?;
    let morpho = place.contract("morpho")?;
    if params.oracle.is_zero() || params.collateralToken.is_zero() {
        return Ok(None);
    }
    let price = chain.call(params.oracle, &priceCall {});
    let (totals, curve) = accrued(chain, morpho, &params)?;
    let price = price?;
    Ok(curve.map(|curve| MorphoTerms { morpho, params, price, totals, curve }))
}
