//! Terms that a test can choose.

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::RAY,
    leverage::{AaveTerms, Account, MorphoTerms, Terms},
    venues::{
        AdaptiveCurve, Capacity, DebtIndex, MarketParams, MorphoTotals, RateCurve, Rounding, Side,
    },
};

pub(super) fn u(value: u128) -> U256 {
    U256::from(value)
}

pub(super) fn bps(of: u64) -> U256 {
    RAY * U256::from(of) / U256::from(10_000)
}

/// A pool as of mid-2024: 1000 of 1000 units of collateral's price, LTV 93 %, threshold 95 %.
pub(super) fn aave(rounding: Rounding) -> AaveTerms {
    let at = Address::repeat_byte;
    AaveTerms {
        pool: at(1),
        a_token: at(2),
        debt_token: at(3),
        liquidity_index: RAY + RAY / u(7),
        debt: DebtIndex { index: RAY + RAY / u(3), rounding },
        collateral_price: u(1_170),
        collateral_unit: u(1_000),
        loan_price: u(1_000),
        loan_unit: u(1_000),
        ltv_bps: u(9_300),
        threshold_bps: u(9_500),
        bonus_bps: Some(u(100)),
        category: 1,
        loan_category: 1,
        supply_room: Capacity::Unlimited,
        borrow_room: Capacity::Unlimited,
        collateral_available: u(1) << 100,
        available: u(1) << 100,
        total_debt: u(1) << 101,
        curve: RateCurve {
            base: U256::ZERO,
            slope1: bps(270),
            slope2: bps(8_000),
            optimal: bps(9_000),
            reserve_factor_bps: u(1_500),
        },
    }
}

pub(super) fn morpho() -> MorphoTerms {
    let at = Address::repeat_byte;
    let params = MarketParams {
        loanToken: at(1),
        collateralToken: at(2),
        oracle: at(3),
        irm: at(4),
        lltv: u(945_000_000_000_000_000),
    };
    let side = |assets: u32| Side { assets: u(1) << assets, shares: u(1) << (assets + 20) };
    MorphoTerms {
        morpho: at(5),
        params,
        price: u(1_170_000_000_000_000_000_000_000_000_000_000_000),
        totals: MorphoTotals { supply: side(100), borrow: side(99), ..MorphoTotals::default() },
        curve: AdaptiveCurve { rate_at_target: u(1_268_391_679) },
    }
}

/// One account of each kind, with nothing in it.
pub(super) fn accounts() -> Vec<Account> {
    let mut all: Vec<Account> = [Rounding::HalfUp, Rounding::AgainstHolder]
        .map(|rounding| Account::new(&Terms::Aave(Box::new(aave(rounding)))))
        .into();
    all.push(Account::new(&Terms::Morpho(Box::new(morpho()))));
    all
}
