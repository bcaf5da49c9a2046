//! Compound III: a Comet's totals, its rates, its cash and its pauses.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::super::{
    Chain, CometTotals, CompoundFigures, CompoundV3, Kind, Kinked, Place, Unread, opening::Opening,
};
use crate::risk::Class;

sol! {
    struct TotalsBasic {
        uint64 baseSupplyIndex;
        uint64 baseBorrowIndex;
        uint64 trackingSupplyIndex;
        uint64 trackingBorrowIndex;
        uint104 totalSupplyBase;
        uint104 totalBorrowBase;
        uint40 lastAccrualTime;
        uint8 pauseFlags;
    }

    function totalsBasic() external view returns (TotalsBasic);
    function baseToken() external view returns (address);
    function balanceOf(address account) external view returns (uint256);
    function isSupplyPaused() external view returns (bool);
    function isWithdrawPaused() external view returns (bool);
    function supplyKink() external view returns (uint256);
    function supplyPerSecondInterestRateBase() external view returns (uint256);
    function supplyPerSecondInterestRateSlopeLow() external view returns (uint256);
    function supplyPerSecondInterestRateSlopeHigh() external view returns (uint256);
    function borrowKink() external view returns (uint256);
    function borrowPerSecondInterestRateBase() external view returns (uint256);
    function borrowPerSecondInterestRateSlopeLow() external view returns (uint256);
    function borrowPerSecondInterestRateSlopeHigh() external view returns (uint256);
}

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("compound_v3", &["comet"], &[Class::Lending], open)];

/// Opens the Comet in role `comet`.
///
/// `totalsBasic`, `baseToken`, both pauses, the four figures of each rate, and what the contract has of
/// the base token: that bounds withdrawals, whatever is owed. The rates are fields of the implementation,
/// which governance replaces, so they are asked each time. Interest comes by the second.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let comet = place.contract("comet")?;
    let now = chain.at().timestamp;
    let basic = chain.call(comet, &totalsBasicCall {});
    let base = chain.fixed(comet, &baseTokenCall {});
    let supply_paused = chain.call(comet, &isSupplyPausedCall {});
    let withdraw_paused = chain.call(comet, &isWithdrawPausedCall {});
    let supply_rate = supply_rate(chain, comet);
    let borrow_rate = borrow_rate(chain, comet);
    let base = base?;
    let cash = chain.call(base, &balanceOfCall { account: comet });
    let (basic, supply_rate) = (basic?, supply_rate?);
    let totals = stored(&basic)?.accrued(&supply_rate, &borrow_rate?, now);
    let totals = totals.ok_or_else(|| Unread::Refused("the interest overflows".into()))?;
    let figures = CompoundFigures {
        id: place.id.clone(),
        comet,
        base,
        totals,
        supply_rate,
        cash: cash?,
        supply_paused: supply_paused?,
        withdraw_paused: withdraw_paused?,
    };
    Ok(Arc::new(CompoundV3::new(figures)))
}

fn stored(basic: &TotalsBasic) -> Result<CometTotals, Unread> {
    if basic.baseSupplyIndex == 0 || basic.baseBorrowIndex == 0 {
        return Err(Unread::Refused("its indices are zero: it is not in service".into()));
    }
    Ok(CometTotals {
        supply_index: U256::from(basic.baseSupplyIndex),
        borrow_index: U256::from(basic.baseBorrowIndex),
        supply_principal: U256::from(basic.totalSupplyBase),
        borrow_principal: U256::from(basic.totalBorrowBase),
        last_accrual: basic.lastAccrualTime.to::<u64>(),
    })
}

fn supply_rate(chain: &Chain<'_>, comet: Address) -> Result<Kinked, Unread> {
    kinked(
        chain.call(comet, &supplyKinkCall {}),
        chain.call(comet, &supplyPerSecondInterestRateBaseCall {}),
        chain.call(comet, &supplyPerSecondInterestRateSlopeLowCall {}),
        chain.call(comet, &supplyPerSecondInterestRateSlopeHighCall {}),
    )
}

fn borrow_rate(chain: &Chain<'_>, comet: Address) -> Result<Kinked, Unread> {
    kinked(
        chain.call(comet, &borrowKinkCall {}),
        chain.call(comet, &borrowPerSecondInterestRateBaseCall {}),
        chain.call(comet, &borrowPerSecondInterestRateSlopeLowCall {}),
        chain.call(comet, &borrowPerSecondInterestRateSlopeHighCall {}),
    )
}

type Figure = Result<U256, Unread>;

fn kinked(kink: Figure, base: Figure, low: Figure, high: Figure) -> Result<Kinked, Unread> {
    Ok(Kinked { kink: kink?, base: base?, low: low?, high: high? })
}
