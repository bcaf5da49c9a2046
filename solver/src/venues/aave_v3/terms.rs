//! What pools lend against collateral: limits, thresholds, e-modes, caps and oracles' prices.
//!
//! Asked of the same contracts as the reserves themselves; what a pool does not answer is
//! no credit. What of a liquidation's bonus the protocol itself keeps is not asked: it is lost all the same.

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::{
    super::{Capacity, Chain, DebtIndex, Rebase, Rounding, Unread},
    opening::{
        Debt, Flags, POOL_REVISIONCall, ReserveData, balanceOfCall, debt, getReserveDataCall,
        getReserveNormalizedIncomeCall, getReserveNormalizedVariableDebtCall,
        getVirtualUnderlyingBalanceCall, rounding, scaledTotalSupplyCall,
    },
    rates::rate_curve,
};
use crate::leverage::AaveTerms;

sol! {
    /// `DataTypes.EModeCategoryLegacy`: of one shape from version 3.0 on.
    struct EModeCategory {
        uint16 ltv;
        uint16 liquidationThreshold;
        uint16 liquidationBonus;
        address priceSource;
        string label;
    }

    /// `DataTypes.CollateralConfig`, from version 3.2 on.
    struct CollateralConfig {
        uint16 ltv;
        uint16 liquidationThreshold;
        uint16 liquidationBonus;
    }

    function ADDRESSES_PROVIDER() external view returns (address);
    function getPriceOracle() external view returns (address);
    function getAssetPrice(address asset) external view returns (uint256);
    function getEModeCategoryData(uint8 id) external view returns (EModeCategory);
    function getEModeCategoryCollateralConfig(uint8 id) external view returns (CollateralConfig);
    function getEModeCategoryCollateralBitmap(uint8 id) external view returns (uint128);
    function getEModeCategoryBorrowableBitmap(uint8 id) external view returns (uint128);
    function getEModeCategoryLtvzeroBitmap(uint8 id) external view returns (uint128);
}

/// The highest e-mode that is looked at, and how many are at a time: pools count them up from one.
const LAST_CATEGORY: u8 = 48;
const CATEGORIES_AT_ONCE: usize = 16;

/// One reserve, as far as loans depend on it.
#[derive(Debug)]
struct Reserve {
    asset: Address,
    data: ReserveData,
    flags: Flags,
    index: Rebase,
    debt_index: U256,
    debt: Option<Debt>,
    available: U256,
    supply_room: Capacity,
    price: U256,
    unit: U256,
}

/// Basis points of collateral that may be borrowed and be owed, and those that liquidators take of it for
/// what they repay, that included.
#[derive(Debug, Clone, Copy)]
struct Shares {
    ltv: u16,
    threshold: u16,
    taken: u16,
}

impl Shares {
    /// What liquidators take beyond what they repay; `None` where that is none, which no pool means.
    fn bonus(self) -> Option<U256> {
        self.taken.checked_sub(10_000).filter(|bonus| *bonus > 0).map(U256::from)
    }
}

/// An e-mode that an account can be put into.
#[derive(Debug)]
struct Category {
    id: u8,
    shares: Shares,
    members: Members,
    /// Whether it lets secure what secures nothing outside of it.
    alone: bool,
}

#[derive(Debug)]
enum Members {
    /// Up to version 3.1 a reserve's configuration names its own.
    Named,
    /// From 3.2 on the e-mode has a bit for each reserve that secures, and that is lent.
    Bits { secure: u128, lent: u128 },
}

/// The terms on which an Aave v3 pool, or that of a fork, lends each of `loans` against each of
/// `collaterals`: in the e-mode of both with the highest limit, or in none. Pairs that the pool does
/// not lend are left out, as are reserves that are paused and collateral that is isolated.
///
/// `POOL_REVISION`, `ADDRESSES_PROVIDER`, `getReserveData`, indexes and balances as for the reserves;
/// the e-modes; `getAssetPrice` of the provider's oracle.
pub fn aave_terms(
    pool: Address,
    collaterals: &[Address],
    loans: &[Address],
    chain: &Chain<'_>,
) -> Result<Vec<(Address, Address, AaveTerms)>, Unread> {
    chain.each_block();
    let revision = chain.maybe(pool, &POOL_REVISIONCall {});
    let provider = chain.call(pool, &ADDRESSES_PROVIDERCall {});
    let modes = categories(pool, chain);
    let oracle = chain.call(provider?, &getPriceOracleCall {})?;
    let rounding = rounding(revision?)?;
    let of = |asset: &Address| reserve(pool, oracle, *asset, rounding, chain);
    let (secured, lent): (Vec<_>, Vec<_>) =
        (collaterals.iter().map(of).collect(), loans.iter().map(of).collect());
    let curves = lent.iter().map(|lent| match lent {
        Ok(lent) => rate_curve(chain, lent.asset, &lent.data, lent.flags.reserve_factor_bps()),
        Err(_) => Ok(None),
    });
    let curves = curves.collect::<Result<Vec<_>, _>>();
    let (secured, lent, modes, curves) = (told(secured)?, told(lent)?, modes?, curves?);
    let mut all = Vec::new();
    for (lent, curve) in lent.iter().zip(curves) {
        let (Some(lent), Some(curve)) = (lent, curve) else { continue };
        let Some(borrow_room) = lent.borrow_room() else { continue };
        for secured in secured.iter().flatten().filter(|secured| secured.asset != lent.asset) {
            let Some((shares, category)) = shares(secured, lent, &modes) else { continue };
            let Some(debt) = lent.debt else { continue };
            let terms = AaveTerms {
                pool,
                a_token: secured.data.aTokenAddress,
                debt_token: lent.data.variableDebtTokenAddress,
                liquidity_index: secured.index.assets,
                debt: DebtIndex { index: lent.debt_index, rounding },
                collateral_price: secured.price,
                collateral_unit: secured.unit,
                loan_price: lent.price,
                loan_unit: lent.unit,
                ltv_bps: U256::from(shares.ltv),
                threshold_bps: U256::from(shares.threshold),
                bonus_bps: shares.bonus(),
                category,
                loan_category: category,
                supply_room: secured.supply_room.clone(),
                borrow_room: borrow_room.clone(),
                collateral_available: secured.available,
                available: lent.available,
                total_debt: debt.total,
                curve,
            };
            all.push((secured.asset, lent.asset, terms));
        }
    }
    Ok(all)
}

/// Reserves that answer; those that are paused or are none are `None`.
fn told(all: Vec<Result<Reserve, Unread>>) -> Result<Vec<Option<Reserve>>, Unread> {
    let one = |reserve| match reserve {
        Ok(reserve) => Ok(Some(reserve)),
        Err(Unread::Missing) => Err(Unread::Missing),
        Err(Unread::Reverted(_) | Unread::Undecodable { .. } | Unread::Refused(_)) => Ok(None),
    };
    all.into_iter().map(one).collect()
}

fn reserve(
    pool: Address,
    oracle: Address,
    asset: Address,
    rounding: Rounding,
    chain: &Chain<'_>,
) -> Result<Reserve, Unread> {
    let price = chain.call(oracle, &getAssetPriceCall { asset });
    let index = chain.call(pool, &getReserveNormalizedIncomeCall { asset });
    let debt_index = chain.call(pool, &getReserveNormalizedVariableDebtCall { asset });
    let virtual_balance = chain.maybe(pool, &getVirtualUnderlyingBalanceCall { asset });
    let data = chain.call(pool, &getReserveDataCall { asset })?;
    let flags = Flags(data.configuration);
    flags.check(asset)?;
    let supplied = chain.call(data.aTokenAddress, &scaledTotalSupplyCall {});
    let held = chain.call(asset, &balanceOfCall { account: data.aTokenAddress });
    let debt = debt(chain, pool, asset, &data, rounding)?;
    let index = Rebase::ray(index?, rounding);
    let unit = U256::from(10).checked_pow(flags.bits(48, 8));
    let price = price?;
    if price.is_zero() {
        return Err(Unread::Refused(format!("the oracle has no price of {asset}")));
    }
    Ok(Reserve {
        asset,
        flags,
        // Nobody owes: then the index stands still, whatever the view function makes of the time.
        debt_index: match debt {
            Some(debt) if !debt.total.is_zero() => debt_index?,
            _ => U256::from(data.variableBorrowIndex),
        },
        debt,
        available: match virtual_balance? {
            Some(balance) => U256::from(balance),
            None => held?,
        },
        supply_room: flags.room(index, supplied?, &data, debt)?,
        index,
        price,
        unit: unit.ok_or_else(|| Unread::Refused("the unit overflows".into()))?,
        data,
    })
}

impl Reserve {
    /// What its cap, in whole tokens, leaves to be borrowed; `None` where nobody may borrow it.
    fn borrow_room(&self) -> Option<Capacity> {
        let (enabled, frozen) = (self.flags.0.bit(58), self.flags.0.bit(57));
        if !enabled || frozen {
            return None;
        }
        let cap = self.flags.bits(80, 36);
        if cap.is_zero() {
            return Some(Capacity::Unlimited);
        }
        let most = cap.checked_mul(self.unit)?;
        let amount = most.saturating_sub(self.debt?.total);
        Some(Capacity::Limited { amount, what: "borrow cap", refill_per_block: None })
    }

    /// Whether only some assets may be borrowed against it: it has a ceiling of debt.
    fn is_isolated(&self) -> bool {
        !self.flags.bits(212, 40).is_zero()
    }

    /// Up to version 3.1, the e-mode that it is of.
    fn category(&self) -> U256 {
        self.flags.bits(168, 8)
    }

    fn is_in(&self, bits: u128) -> bool {
        bits.checked_shr(u32::from(self.data.id)).is_some_and(|bits| bits & 1 == 1)
    }
}

/// The shares that count, and the e-mode for them; `None` where nothing may be borrowed.
fn shares(secured: &Reserve, lent: &Reserve, modes: &[Category]) -> Option<(Shares, u8)> {
    if secured.is_isolated() {
        return None;
    }
    let bps = |from| u16::try_from(secured.flags.bits(from, 16)).unwrap_or_default();
    let own = Shares { ltv: bps(0), threshold: bps(16), taken: bps(32) };
    let both = |mode: &&Category| {
        let members = match mode.members {
            Members::Named => [secured, lent].iter().all(|r| r.category() == U256::from(mode.id)),
            Members::Bits { secure, lent: bits } => secured.is_in(secure) && lent.is_in(bits),
        };
        members && (mode.alone || (own.ltv > 0 && own.threshold > 0))
    };
    let of = modes.iter().filter(both).map(|mode| (mode.shares, mode.id));
    let best = of.chain([(own, 0)]).max_by_key(|(shares, _)| (shares.ltv, shares.threshold));
    best.filter(|(Shares { ltv, threshold, .. }, _)| *ltv > 0 && ltv <= threshold)
}

/// The e-modes of a pool that count in what secures them, up to where there are no more.
fn categories(pool: Address, chain: &Chain<'_>) -> Result<Vec<Category>, Unread> {
    let mut all = Vec::new();
    for first in (1..=LAST_CATEGORY).step_by(CATEGORIES_AT_ONCE) {
        let some = (first..=LAST_CATEGORY).take(CATEGORIES_AT_ONCE);
        let some: Vec<_> = some.map(|id| category(pool, id, chain)).collect();
        let some: Result<Vec<_>, _> = some.into_iter().collect();
        let before = all.len();
        all.extend(some?.into_iter().flatten());
        if all.len() == before {
            break;
        }
    }
    Ok(all)
}

fn category(pool: Address, id: u8, chain: &Chain<'_>) -> Result<Option<Category>, Unread> {
    if let Some(config) = chain.maybe(pool, &getEModeCategoryCollateralConfigCall { id })? {
        let CollateralConfig { ltv, liquidationThreshold, liquidationBonus } = config;
        if liquidationThreshold == 0 {
            return Ok(None);
        }
        let secure = chain.maybe(pool, &getEModeCategoryCollateralBitmapCall { id });
        let lent = chain.maybe(pool, &getEModeCategoryBorrowableBitmapCall { id });
        // From version 3.6 on some may secure a loan and may not add to it.
        let without = chain.maybe(pool, &getEModeCategoryLtvzeroBitmapCall { id });
        let (Some(secure), Some(lent)) = (secure?, lent?) else { return Ok(None) };
        let without = without?;
        let secure = secure & !without.unwrap_or_default();
        let shares = Shares { ltv, threshold: liquidationThreshold, taken: liquidationBonus };
        let (members, alone) = (Members::Bits { secure, lent }, without.is_some());
        return Ok(Some(Category { id, shares, members, alone }));
    }
    let legacy = chain.maybe(pool, &getEModeCategoryDataCall { id })?;
    // An oracle of the e-mode's own prices both sides otherwise: that is not followed.
    let known = legacy.filter(|mode| mode.liquidationThreshold > 0 && mode.priceSource.is_zero());
    Ok(known.map(|mode| Category {
        id,
        shares: Shares {
            ltv: mode.ltv,
            threshold: mode.liquidationThreshold,
            taken: mode.liquidationBonus,
        },
        members: Members::Named,
        alone: false,
    }))
}
