//! Pendle v2: markets, principal tokens at their expiry, and standardized yields.

use std::sync::Arc;

use alloy_primitives::{Address, I256, U256};
use alloy_sol_types::sol;

use super::super::{
    Capacity, Chain, Kind, PendleFigures, PendleLp, PendleLpFigures, PendleMarket, PendlePrincipal,
    PendlePrincipalFigures, PendleSy, PendleSyFigures, Place, Unread, opening::Opening,
};
use crate::risk::Class;

sol! {
    struct MarketState {
        int256 totalPt;
        int256 totalSy;
        int256 totalLp;
        address treasury;
        int256 scalarRoot;
        uint256 expiry;
        uint256 lnFeeRateRoot;
        uint256 reserveFeePercent;
        uint256 lastLnImpliedRate;
    }

    function readTokens() external view returns (address sy, address pt, address yt);
    function readState(address router) external view returns (MarketState);
    function VERSION() external view returns (uint256);
    function SY() external view returns (address);
    function PT() external view returns (address);
    function expiry() external view returns (uint256);
    function doCacheIndexSameBlock() external view returns (bool);
    function pyIndexLastUpdatedBlock() external view returns (uint128);
    function pyIndexStored() external view returns (uint256);
    function syReserve() external view returns (uint256);
    function exchangeRate() external view returns (uint256);
    function yieldToken() external view returns (address);
    function paused() external view returns (bool);
    function balanceOf(address account) external view returns (uint256);
    function totalSupply() external view returns (uint256);
    function supplyCap() external view returns (uint256);
    function getAbsoluteSupplyCap() external view returns (uint256);
    function getAbsoluteTotalSupply() external view returns (uint256);
    function previewDeposit(address tokenIn, uint256 amount) external view returns (uint256);
    function previewRedeem(address tokenOut, uint256 amount) external view returns (uint256);
}

/// The first version of the market that tells it. It refuses trades of which no fee stays with it, and
/// rounds what it takes for LP up.
const SIXTH: U256 = alloy_primitives::uint!(6_U256);

pub(in super::super) const KINDS: &[Kind] = &[
    Kind::new("pendle_lp", &["market"], &[Class::FixedTerm], lp).beside(&["router"]),
    Kind::new("pendle_market", &["market"], &[Class::FixedTerm], market).beside(&["router"]),
    Kind::new("pendle_py", &["yt"], &[Class::FixedTerm], principal).beside(&["router"]),
    Kind::new("pendle_sy", &["sy"], &[Class::FixedTerm], standardized),
];

/// Opens the market in role `market` that the router in role `router` trades with. Markets end: for a
/// new one a place with its address and the router's is all there is to add, beside one of the kind
/// `pendle_py` for its yield token, one of `pendle_lp` for its LP, and one of `pendle_sy` where its SY is
/// new.
fn market(place: &Place, chain: &Chain<'_>) -> Opening {
    let figures = read(place, chain)?.market;
    let PendleFigures { expiry, timestamp, .. } = figures;
    if timestamp >= expiry {
        return Err(Unread::Refused(format!("the market has expired, at {expiry}")));
    }
    Ok(Arc::new(PendleMarket::new(figures).map_err(Unread::refused)?))
}

/// Opens the LP of the market in role `market`, added and taken out by the router in role `router`; an
/// expired market's too. Beside what the market tells: PT that lie with its yield token unclaimed.
fn lp(place: &Place, chain: &Chain<'_>) -> Opening {
    let figures = read(place, chain)?;
    let PendleFigures { pt, yt, .. } = figures.market;
    let floating_pt = chain.call(pt, &balanceOfCall { account: yt })?;
    let figures = PendleLpFigures { floating_pt, ..figures };
    Ok(Arc::new(PendleLp::new(figures).map_err(Unread::refused)?))
}

/// `readTokens` and `readState` for the router, whose fee may be its own; `VERSION`, which markets
/// before the sixth do not tell; of the yield token its index and the SY that lie there, some of them
/// unclaimed; of the SY whether it is paused. PT with the yield token are not asked for.
fn read(place: &Place, chain: &Chain<'_>) -> Result<PendleLpFigures, Unread> {
    let (market, router) = (place.contract("market")?, place.contract("router")?);
    let tokens = chain.fixed(market, &readTokensCall {});
    let state = chain.call(market, &readStateCall { router });
    let version = chain.maybe(market, &VERSIONCall {});
    let readTokensReturn { sy, pt, yt } = tokens?;
    let index = index(chain, sy, yt);
    let (held, reserved) =
        (chain.call(sy, &balanceOfCall { account: yt }), chain.call(yt, &syReserveCall {}));
    let paused = is_paused(chain, sy);
    let (state, version, index) = (state?, version?, index?);
    let (held_sy, is_sixth) = (held?, version.is_some_and(|version| version >= SIXTH));
    let figures = PendleFigures {
        id: place.id.clone(),
        market,
        router,
        sy,
        pt,
        yt,
        total_pt: positive(state.totalPt)?,
        total_sy: positive(state.totalSy)?,
        scalar_root: positive(state.scalarRoot)?,
        ln_fee_rate_root: state.lnFeeRateRoot,
        reserve_fee_percent: state.reserveFeePercent,
        last_ln_implied_rate: state.lastLnImpliedRate,
        expiry: seconds(state.expiry)?,
        index,
        floating_sy: held_sy.saturating_sub(reserved?),
        needs_fee: is_sixth,
        paused: paused?,
        timestamp: chain.at().timestamp,
    };
    let (total_lp, floating_pt) = (positive(state.totalLp)?, U256::ZERO);
    Ok(PendleLpFigures { market: figures, total_lp, rounds_up: is_sixth, floating_pt, held_sy })
}

/// Opens the principal token of the yield token in role `yt`, redeemed by the router in role `router`.
fn principal(place: &Place, chain: &Chain<'_>) -> Opening {
    let (yt, router) = (place.contract("yt")?, place.contract("router")?);
    let (sy, pt) = (chain.fixed(yt, &SYCall {}), chain.fixed(yt, &PTCall {}));
    let expiry = chain.fixed(yt, &expiryCall {});
    let (sy, pt) = (sy?, pt?);
    let index = index(chain, sy, yt);
    let floating_pt = chain.call(pt, &balanceOfCall { account: yt });
    let held_sy = chain.call(sy, &balanceOfCall { account: yt });
    let paused = is_paused(chain, sy);
    let figures = PendlePrincipalFigures {
        id: place.id.clone(),
        router,
        sy,
        pt,
        yt,
        expiry: seconds(expiry?)?,
        index: index?,
        floating_pt: floating_pt?,
        held_sy: held_sy?,
        paused: paused?,
        timestamp: chain.at().timestamp,
    };
    if figures.index.is_zero() {
        return Err(Unread::Refused("the index is zero".into()));
    }
    Ok(Arc::new(PendlePrincipal::new(figures)))
}

/// Opens the SY in role `sy`, for the token that it keeps. It refuses an SY that is not one for one
/// with it.
fn standardized(place: &Place, chain: &Chain<'_>) -> Opening {
    let sy = place.contract("sy")?;
    let token = chain.fixed(sy, &yieldTokenCall {})?;
    // What SY keep, and how much more they take, hangs on contracts that are not asked.
    chain.each_block();
    let one = U256::from(1_000_000_007_u64);
    let given = chain.maybe(sy, &previewDepositCall { tokenIn: token, amount: one });
    let taken = chain.maybe(sy, &previewRedeemCall { tokenOut: token, amount: one });
    let (supply, held) =
        (chain.call(sy, &totalSupplyCall {}), chain.call(token, &balanceOfCall { account: sy }));
    let (deposits, paused) = (room(chain, sy), is_paused(chain, sy));
    let full = matches!(deposits, Ok(Capacity::Limited { amount, .. }) if amount < one);
    if (given? != Some(one) && !full) || taken? != Some(one) {
        return Err(Unread::Refused(format!("it does not stand one for one for {token}")));
    }
    let (supply, held) = (supply?, held?);
    let redemptions = if held >= supply {
        Capacity::Unlimited
    } else {
        let what = "tokens that lie with the SY";
        Capacity::Limited { amount: held, what, refill_per_block: None }
    };
    let id = place.id.clone();
    let (deposits, paused) = (deposits?, paused?);
    Ok(Arc::new(PendleSy::new(PendleSyFigures { id, token, sy, paused, deposits, redemptions })))
}

/// How much more an SY takes, by either of the two ways in which those with a cap tell it.
fn room(chain: &Chain<'_>, sy: Address) -> Result<Capacity, Unread> {
    let absolute = chain.maybe(sy, &getAbsoluteSupplyCapCall {});
    let of = chain.maybe(sy, &getAbsoluteTotalSupplyCall {});
    let plain = chain.maybe(sy, &supplyCapCall {});
    let (cap, supply) = match (absolute?, of?, plain?) {
        (Some(cap), Some(supply), _) => (cap, supply),
        (_, _, Some(cap)) => (cap, chain.call(sy, &totalSupplyCall {})?),
        _ => return Ok(Capacity::Unlimited),
    };
    let (amount, what) = (cap.saturating_sub(supply), "supply cap of the SY");
    Ok(Capacity::Limited { amount, what, refill_per_block: None })
}

/// The index that the yield token would count with (`pyIndexCurrent`): it never falls, and some keep
/// it for the whole of a block.
fn index(chain: &Chain<'_>, sy: Address, yt: Address) -> Result<U256, Unread> {
    // The rate hangs on contracts that are not asked.
    let block = chain.at().block;
    let keeps = chain.fixed(yt, &doCacheIndexSameBlockCall {});
    let updated = chain.call(yt, &pyIndexLastUpdatedBlockCall {});
    let stored = chain.call(yt, &pyIndexStoredCall {});
    let rate = chain.call(sy, &exchangeRateCall {});
    let (keeps, updated, stored, rate) = (keeps?, updated?, stored?, rate?);
    let index = if keeps && updated == u128::from(block) { stored } else { rate.max(stored) };
    if index.bit_len() > 128 {
        return Err(Unread::Refused("the index needs more than 128 bits".into()));
    }
    Ok(index)
}

/// SY that cannot be paused do not tell.
fn is_paused(chain: &Chain<'_>, sy: Address) -> Result<bool, Unread> {
    Ok(chain.maybe(sy, &pausedCall {})?.unwrap_or(false))
}

fn positive(amount: I256) -> Result<U256, Unread> {
    let refused = || Unread::Refused(format!("a total of {amount}"));
    U256::try_from(amount).map_err(|_| refused())
}

fn seconds(time: U256) -> Result<u64, Unread> {
    u64::try_from(time).map_err(|_| Unread::Refused("it expires after all time".into()))
}
