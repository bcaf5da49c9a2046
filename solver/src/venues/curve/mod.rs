//! Curve's StableSwap: the formula of every generation, and the venues that trade by it.
//!
//! Sources: curvefi/curve-contract 574f440 (the pools of 2020 and their templates) and
//! curvefi/stableswap-ng 2abe778. Amounts are in each coin's smallest unit, `xp` in 1e-18 of the
//! common unit; every division rounds down.

mod dear;
mod formula;
mod liquidity;
mod ng;
mod opening;
mod pair;
mod plain;
mod state;

pub(super) use self::opening::KINDS;
pub(super) use self::{formula::DUST, pair::folded};
pub use self::{
    formula::{DenominatorForm, Exchange, MAX_COINS, StableSwap, StableSwapError},
    liquidity::{Deposit as CurveDeposit, Liquidity, Withdrawal},
    ng::{CurveNg, CurveNgFigures},
    plain::{CurveFigures, CurveStableSwap},
};
