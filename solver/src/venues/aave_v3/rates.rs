//! How an Aave reserve's rates follow from its use.

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::sol;

use super::{
    super::{Chain, RateCurve, Unread},
    opening::ReserveData,
};
use crate::amount::RAY;

sol! {
    /// `IDefaultInterestRateStrategyV2.InterestRateData`, in basis points.
    struct InterestRateData {
        uint16 optimalUsageRatio;
        uint32 baseVariableBorrowRate;
        uint32 variableRateSlope1;
        uint32 variableRateSlope2;
    }

    function getInterestRateDataBps(address asset) external view returns (InterestRateData);
    function OPTIMAL_USAGE_RATIO() external view returns (uint256);
    function getBaseVariableBorrowRate() external view returns (uint256);
    function getVariableRateSlope1() external view returns (uint256);
    function getVariableRateSlope2() external view returns (uint256);
}

/// A basis point in RAY.
const BP: U256 = uint!(100_000_000_000_000_000_000_000_U256);

/// The curve of the reserve's strategy: `getInterestRateDataBps` from version 3.1 on, before it the
/// four getters of a strategy of its own. `None` where neither answers, or where what was lent at
/// stable rates counts in the rates too.
pub(super) fn rate_curve(
    chain: &Chain<'_>,
    asset: Address,
    data: &ReserveData,
    reserve_factor_bps: U256,
) -> Result<Option<RateCurve>, Unread> {
    let strategy = data.interestRateStrategyAddress;
    if strategy.is_zero() {
        return Ok(None);
    }
    let told = match chain.maybe(strategy, &getInterestRateDataBpsCall { asset })? {
        Some(bps) => Some(from_bps(&bps)),
        None => of_its_own(chain, strategy)?,
    };
    let curve = told.map(|[optimal, base, slope1, slope2]| RateCurve {
        base,
        slope1,
        slope2,
        optimal,
        reserve_factor_bps,
    });
    Ok(curve.filter(|curve| curve.optimal < RAY && !curve.optimal.is_zero()))
}

fn from_bps(told: &InterestRateData) -> [U256; 4] {
    let InterestRateData {
        optimalUsageRatio,
        baseVariableBorrowRate,
        variableRateSlope1,
        variableRateSlope2,
    } = *told;
    let bps = [
        u32::from(optimalUsageRatio),
        baseVariableBorrowRate,
        variableRateSlope1,
        variableRateSlope2,
    ];
    bps.map(|bps| U256::from(bps) * BP)
}

fn of_its_own(chain: &Chain<'_>, strategy: Address) -> Result<Option<[U256; 4]>, Unread> {
    let optimal = chain.maybe(strategy, &OPTIMAL_USAGE_RATIOCall {});
    let base = chain.maybe(strategy, &getBaseVariableBorrowRateCall {});
    let slope1 = chain.maybe(strategy, &getVariableRateSlope1Call {});
    let slope2 = chain.maybe(strategy, &getVariableRateSlope2Call {});
    let (optimal, base, slope1, slope2) = (optimal?, base?, slope1?, slope2?);
    Ok((|| Some([optimal?, base?, slope1?, slope2?]))())
}
