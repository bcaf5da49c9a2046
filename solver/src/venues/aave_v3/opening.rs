//! Aave v3: a reserve's index, its debt, its cap and its flags.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::{
    super::{
        AaveFigures, AaveV3, Capacity, Chain, Kind, Place, Rebase, Rounding, Unread,
        opening::Opening,
    },
    rates::rate_curve,
};
use crate::amount::{RAY, mul_div_checked, mul_div_up};
use crate::risk::Class;

sol! {
    /// `DataTypes.ReserveDataLegacy`: of one shape from version 3.0 on.
    #[derive(Debug)]
    struct ReserveData {
        uint256 configuration;
        uint128 liquidityIndex;
        uint128 currentLiquidityRate;
        uint128 variableBorrowIndex;
        uint128 currentVariableBorrowRate;
        uint128 currentStableBorrowRate;
        uint40 lastUpdateTimestamp;
        uint16 id;
        address aTokenAddress;
        address stableDebtTokenAddress;
        address variableDebtTokenAddress;
        address interestRateStrategyAddress;
        uint128 accruedToTreasury;
        uint128 unbacked;
        uint128 isolationModeTotalDebt;
    }

    function POOL_REVISION() external view returns (uint256);
    function getReserveData(address asset) external view returns (ReserveData);
    function getReserveNormalizedIncome(address asset) external view returns (uint256);
    function getReserveNormalizedVariableDebt(address asset) external view returns (uint256);
    function getReserveDeficit(address asset) external view returns (uint256);
    function getVirtualUnderlyingBalance(address asset) external view returns (uint128);
    function scaledTotalSupply() external view returns (uint256);
    function balanceOf(address account) external view returns (uint256);
}

/// The last revision of the pool that rounds balances half up: version 3.4.
const LAST_HALF_UP: U256 = U256::from_limbs([8, 0, 0, 0]);
/// The last revision whose arithmetic is known: version 3.7.
const LAST_KNOWN: U256 = U256::from_limbs([11, 0, 0, 0]);

/// How the pool of a revision rounds balances. Pools before the first, Spark's among them, are forks
/// or versions of 3.0, as are those that tell none.
pub(super) fn rounding(revision: Option<U256>) -> Result<Rounding, Unread> {
    match revision {
        Some(unknown) if unknown > LAST_KNOWN => {
            let what = format!(
                "the pool is of revision {unknown}; the arithmetic here is that of revision \
                 {LAST_KNOWN} and before"
            );
            Err(Unread::Refused(what))
        }
        Some(revision) if revision > LAST_HALF_UP => Ok(Rounding::AgainstHolder),
        _ => Ok(Rounding::HalfUp),
    }
}

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("aave_v3", &["pool", "asset"], &[Class::Lending], open)];

/// Opens the reserve of the token in role `asset` in the pool in role `pool`.
///
/// `POOL_REVISION`, `getReserveData`, `getReserveNormalizedIncome`,
/// `getReserveNormalizedVariableDebt` and, from version 3.1 on, `getVirtualUnderlyingBalance` and, from
/// 3.3 on, `getReserveDeficit` of the pool; `scaledTotalSupply` of the aToken and of the debt token; the strategy's parameters. Indexes
/// grow by the second. A reserve that is paused or inactive does not open; a frozen one takes no
/// supply.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let (pool, asset) = (place.contract("pool")?, place.contract("asset")?);
    chain.each_block();
    let revision = chain.maybe(pool, &POOL_REVISIONCall {});
    let index = chain.call(pool, &getReserveNormalizedIncomeCall { asset });
    let virtual_balance = chain.maybe(pool, &getVirtualUnderlyingBalanceCall { asset });
    let deficit = chain.maybe(pool, &getReserveDeficitCall { asset });
    let data = chain.call(pool, &getReserveDataCall { asset })?;
    let flags = Flags(data.configuration);
    flags.check(asset)?;
    let rounding = rounding(revision?)?;
    let debt = debt(chain, pool, asset, &data, rounding);
    let curve = rate_curve(chain, asset, &data, flags.reserve_factor_bps());
    let supplied = chain.call(data.aTokenAddress, &scaledTotalSupplyCall {});
    let held = chain.call(asset, &balanceOfCall { account: data.aTokenAddress });
    let (index, debt) = (Rebase::ray(index?, rounding), debt?);
    let unbacked = U256::from(data.unbacked).checked_add(deficit?.unwrap_or_default());
    let figures = AaveFigures {
        id: place.id.clone(),
        pool,
        underlying: asset,
        a_token: data.aTokenAddress,
        liquidity_index: index.assets,
        rounding,
        curve: curve?,
        total_debt: debt.map(|debt| debt.total),
        unbacked: unbacked.ok_or_else(|| Unread::Refused("the deficit overflows".into()))?,
        available: match virtual_balance? {
            Some(balance) => U256::from(balance),
            None => held?,
        },
        supply_cap: flags.room(index, supplied?, &data, debt)?,
    };
    Ok(Arc::new(AaveV3::new(figures)))
}

/// What borrowers owe.
#[derive(Debug, Clone, Copy)]
pub(super) struct Debt {
    /// Units of the underlying, interest included.
    pub(super) total: U256,
    /// Units that have been added since the pool was last touched.
    accrued: U256,
}

/// `None` where the reserve has no debt token that tells. From version 3.5 on debt rounds up, and what
/// has been added down.
pub(super) fn debt(
    chain: &Chain<'_>,
    pool: Address,
    asset: Address,
    data: &ReserveData,
    rounding: Rounding,
) -> Result<Option<Debt>, Unread> {
    if data.variableDebtTokenAddress.is_zero() {
        return Ok(None);
    }
    let index = chain.call(pool, &getReserveNormalizedVariableDebtCall { asset });
    let scaled = chain.call(data.variableDebtTokenAddress, &scaledTotalSupplyCall {})?;
    let (now, before) = (index?, U256::from(data.variableBorrowIndex));
    let debt = if rounding == Rounding::HalfUp {
        let shown = |index| Rebase::indexed(index).balance(scaled);
        shown(now).zip(shown(before)).map(|(total, before)| (total, total.saturating_sub(before)))
    } else {
        let grown = mul_div_checked(scaled, now.saturating_sub(before), RAY);
        mul_div_up(scaled, now, RAY).zip(grown)
    };
    let (total, accrued) = debt.ok_or_else(|| Unread::Refused("the debt overflows".into()))?;
    Ok(Some(Debt { total, accrued }))
}

/// The bits of a reserve's configuration (`ReserveConfiguration`).
#[derive(Debug, Clone, Copy)]
pub(super) struct Flags(pub(super) U256);

impl Flags {
    pub(super) fn bits(self, from: usize, count: usize) -> U256 {
        (self.0 >> from) & ((U256::ONE << count) - U256::ONE)
    }

    pub(super) fn check(self, asset: Address) -> Result<(), Unread> {
        let refused = |what: &str| Err(Unread::Refused(format!("the reserve of {asset} {what}")));
        match (self.0.bit(56), self.0.bit(60)) {
            (false, _) => refused("is not active"),
            (true, true) => refused("is paused"),
            (true, false) => Ok(()),
        }
    }

    pub(super) fn reserve_factor_bps(self) -> U256 {
        self.bits(64, 16)
    }

    /// What the supply cap, in whole tokens, leaves: it counts what suppliers and the treasury have
    /// (`ValidationLogic.validateSupply`), the treasury's share of interest since the last update
    /// included.
    pub(super) fn room(
        self,
        index: Rebase,
        supplied: U256,
        data: &ReserveData,
        debt: Option<Debt>,
    ) -> Result<Capacity, Unread> {
        let (decimals, cap) = (self.bits(48, 8), self.bits(116, 36));
        if self.0.bit(57) {
            return Ok(Capacity::none("the reserve is frozen"));
        }
        if cap.is_zero() {
            return Ok(Capacity::Unlimited);
        }
        let Some(debt) = debt else {
            return Ok(Capacity::Unknown("what the treasury is owed is not told".into()));
        };
        let amount = (|| {
            let scaled = supplied.checked_add(self.treasury(index, data, debt)?)?;
            let most = cap.checked_mul(U256::from(10).checked_pow(decimals)?)?;
            left(index, scaled, most)
        })();
        let amount = amount.ok_or_else(|| Unread::Refused("the supply cap overflows".into()))?;
        Ok(Capacity::Limited { amount, what: "supply cap", refill_per_block: None })
    }

    /// The treasury's scaled balance once the reserve is next used.
    fn treasury(self, index: Rebase, data: &ReserveData, debt: Debt) -> Option<U256> {
        let share = debt.accrued.checked_mul(self.reserve_factor_bps())?;
        let fee = share.checked_add(U256::from(5_000))? / U256::from(10_000);
        let scaled = match index.rounding {
            Rounding::HalfUp => index.shares_of(fee)?,
            _ => mul_div_checked(fee, index.shares, index.assets)?,
        };
        U256::from(data.accruedToTreasury).checked_add(scaled)
    }
}

/// The most that may be supplied beside a `scaled` supply so that no more than `most` is shown. The
/// amount itself is added to what is shown, or from version 3.5 on its scaled balance, rounded down, to
/// the scaled supply.
fn left(index: Rebase, scaled: U256, most: U256) -> Option<U256> {
    if index.rounding == Rounding::HalfUp {
        return Some(most.saturating_sub(index.balance(scaled)?));
    }
    let above = most.checked_add(U256::ONE)?.checked_mul(RAY)?.checked_sub(U256::ONE)?;
    let Some(room) = above.checked_div(index.assets)?.checked_sub(scaled) else {
        return Some(U256::ZERO);
    };
    let next = room.checked_add(U256::ONE)?.checked_mul(index.assets)?;
    Some(next.checked_sub(U256::ONE)? / RAY)
}
