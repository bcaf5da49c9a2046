//! Morpho Blue: a market's totals, and its interest to the block.

use std::sync::Arc;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::sol;

use super::super::{
    AdaptiveCurve, Chain, Kind, MarketParams, MorphoFigures, MorphoMarket, MorphoTotals, Place,
    Side, Unread, opening::Opening,
};
use crate::risk::Class;

sol! {
    struct MarketState {
        uint128 totalSupplyAssets;
        uint128 totalSupplyShares;
        uint128 totalBorrowAssets;
        uint128 totalBorrowShares;
        uint128 lastUpdate;
        uint128 fee;
    }

    function market(bytes32 id) external view returns (MarketState);
    function borrowRateView(
        (address, address, address, address, uint256) params, MarketState market
    ) external view returns (uint256);
    function rateAtTarget(bytes32 id) external view returns (int256);
}

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("morpho_market", &["morpho", "position"], &[Class::Lending], open)
        .beside(&["loan", "collateral", "oracle", "irm"])
        .with(&["lltv"])];

/// Opens the market of the tokens in roles `loan` and `collateral` with the contracts in roles
/// `oracle` and `irm` and the limit `lltv`, in WAD. The contract in role `morpho` keeps its books; the
/// address in role `position` is the last 20 bytes of its id, and no contract.
///
/// `market` of Morpho; `borrowRateView` of the interest rate model, whatever it is, which makes the
/// totals exact; and its `rateAtTarget`, which the adaptive curve has. Interest comes by the second.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let params = params(place)?;
    let morpho = place.contract("morpho")?;
    let (totals, curve) = accrued(chain, morpho, &params)?;
    let figures = MorphoFigures { id: place.id.clone(), morpho, params, totals, curve };
    Ok(Arc::new(MorphoMarket::new(figures)))
}

/// A market's totals with interest to the block, and its rate where it follows the adaptive curve. A
/// market without a model, as one that only keeps money, has no interest.
pub(in super::super) fn accrued(
    chain: &Chain<'_>,
    morpho: Address,
    params: &MarketParams,
) -> Result<(MorphoTotals, Option<AdaptiveCurve>), Unread> {
    let (id, irm, now) = (params.id(), params.irm, chain.at().timestamp);
    if irm.is_zero() {
        return Ok((totals(&chain.call(morpho, &marketCall { id })?)?, None));
    }
    let state = chain.call(morpho, &marketCall { id });
    let level = chain.maybe(irm, &rateAtTargetCall { id });
    let state = state?;
    let totals = totals(&state)?;
    let MarketParams { loanToken, collateralToken, oracle, lltv, .. } = *params;
    let view = borrowRateViewCall {
        params: (loanToken, collateralToken, oracle, irm, lltv),
        market: state,
    };
    let rate = chain.call(irm, &view)?;
    let curve = curve(&totals, level?, rate, now)?;
    let totals = totals.accrued(rate, now);
    Ok((totals.ok_or_else(|| Unread::Refused("the interest overflows".into()))?, curve))
}

pub(super) fn params(place: &Place) -> Result<MarketParams, Unread> {
    let params = MarketParams {
        loanToken: place.contract("loan")?,
        collateralToken: place.contract("collateral")?,
        oracle: place.contract("oracle")?,
        irm: place.contract("irm")?,
        lltv: U256::from(place.constant("lltv", 0)),
    };
    let (given, derived): (Address, B256) = (place.contract("position")?, params.id());
    if params.position() != given {
        let what = format!("its parameters are those of market {derived}, not of position {given}");
        return Err(Unread::Refused(what));
    }
    Ok(params)
}

fn totals(state: &MarketState) -> Result<MorphoTotals, Unread> {
    if state.lastUpdate == 0 {
        return Err(Unread::Refused("Morpho has no such market".into()));
    }
    let side = |assets, shares| Side { assets: U256::from(assets), shares: U256::from(shares) };
    Ok(MorphoTotals {
        supply: side(state.totalSupplyAssets, state.totalSupplyShares),
        borrow: side(state.totalBorrowAssets, state.totalBorrowShares),
        last_update: u64::try_from(state.lastUpdate).map_err(Unread::refused)?,
        fee: U256::from(state.fee),
    })
}

/// The adaptive curve after the seconds since the last interest, where the model has one: its average
/// must be the rate that the model tells. `None` for another model.
fn curve(
    totals: &MorphoTotals,
    level: Option<alloy_primitives::I256>,
    rate: U256,
    now: u64,
) -> Result<Option<AdaptiveCurve>, Unread> {
    let Some(level) = level else { return Ok(None) };
    let adapted = (|| {
        let curve = AdaptiveCurve { rate_at_target: U256::try_from(level).ok()? };
        let seconds = now.checked_sub(totals.last_update)?;
        curve.adapted(totals.utilisation()?, seconds)
    })();
    match adapted {
        Some(adapted) if adapted.average == rate => Ok(Some(adapted.curve)),
        _ => Err(Unread::Refused(format!(
            "the interest rate model says {rate} a second, and is no adaptive curve at {level}"
        ))),
    }
}
