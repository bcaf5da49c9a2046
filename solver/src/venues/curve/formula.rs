//! The invariant and the exchange, for two to eight coins.
//!
//! Sources: `get_D`, `get_y`, `get_y_D` and `exchange` of `StableSwap3Pool.vy`,
//! `StableSwapSTETH.vy`, `SwapTemplateBase.vy` and `CurveStableSwapNG.vy`. Pools whose `A` is whole
//! compute the same as those with a hundredth of it: both factors cancel before any division.
//!
//! The pools of 2020 take what Newton's iteration has after 255 rounds, converged or not; here that
//! is an error.

use alloy_primitives::{U256, uint};

use crate::amount::WAD;

/// The most coins that a pool of any generation has.
pub const MAX_COINS: usize = 8;

pub(super) const A_PRECISION: U256 = uint!(100_U256);
pub(super) const FEE_DENOMINATOR: U256 = uint!(10_000_000_000_U256);
/// The contract's bound on its Newton iterations.
const ROUNDS: usize = 255;

/// The least scaled balance of a coin that is traded with, in 1e-18 of the common unit. The contracts
/// trade with less, where a unit of rounding in the invariant is a part of the reserves and can be
/// taken out: what they pay there is no price.
pub(in super::super) const DUST: U256 = uint!(10_000_U256);

/// How `get_D` divides the product of the balances: the generations differ there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenominatorForm {
    /// `D_P * D / (x * n + 1)` for each balance: Vyper 0.2.8, ETH/stETH.
    PlusOne,
    /// `D_P * D / (x * n)` for each balance: the 3pool and the factory's plain pools.
    Plain,
    /// `D_P * D / x` for each balance, and all of it by `n^n`: the pools of 2023.
    AfterProduct,
}

/// Why the formula has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StableSwapError {
    /// A product needs more than 256 bits, or a divisor is zero: the contract reverts.
    #[error("the invariant's arithmetic overflows")]
    Overflow,
    /// 255 rounds were not enough.
    #[error("the invariant does not converge")]
    NoConvergence,
    /// The output would be below zero: the contract reverts.
    #[error("nothing comes out")]
    NothingOut,
    /// Fees are parts of 1e10, and the admin's share is a part of the fee.
    #[error("a fee is above its whole")]
    Fee,
    /// Two to eight coins, each with a balance and a rate.
    #[error("a pool has two to eight coins, each with a balance and a rate")]
    Coins,
    /// A coin's rate is zero: the contract divides by it.
    #[error("a coin's rate is zero")]
    Rate,
    /// A coin's balance is zero: nothing is on that side of the invariant.
    #[error("a coin's balance is zero")]
    Empty,
    /// A coin's balance is dust: rounding decides what comes out.
    #[error("a coin's balance is dust")]
    Dust,
}

/// The parameters of the formula, for any number of coins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StableSwap {
    /// `A` times 100.
    pub amp_scaled: U256,
    /// The fee on the output, in 1e-10.
    pub fee_1e10: U256,
    /// The admin's share of the fee, in 1e-10.
    pub admin_fee_1e10: U256,
    /// Which `get_D`.
    pub form: DenominatorForm,
}

/// What an exchange hands over and keeps, in units of the coin wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// What the trader gets.
    pub out: U256,
    /// What leaves the balances for the admin.
    pub admin_fee: U256,
}

/// A trade along the invariant, before fees, in `xp`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move {
    /// The balance of the coin given, afterwards.
    pub(super) x: U256,
    /// The balance of the coin wanted, afterwards.
    pub(super) y: U256,
    /// What comes out, less the unit kept against rounding.
    pub(super) gross: U256,
}

impl StableSwap {
    /// The invariant of `xp` (`get_D`): converged to one unit.
    pub fn invariant(&self, xp: &[U256]) -> Result<U256, StableSwapError> {
        let (n, ann) = self.count(xp)?;
        let sum = checked(xp.iter().try_fold(U256::ZERO, |sum, x| sum.checked_add(*x)))?;
        let weighted = checked(ann.checked_mul(sum))? / A_PRECISION;
        let mut d = sum;
        for _ in 0..ROUNDS {
            let next = checked(self.next_invariant(xp, n, ann, weighted, d))?;
            if next.abs_diff(d) <= U256::ONE {
                return Ok(next);
            }
            d = next;
        }
        Err(StableSwapError::NoConvergence)
    }

    fn next_invariant(&self, xp: &[U256], n: U256, ann: U256, sum: U256, d: U256) -> Option<U256> {
        let product = self.product(xp, n, d)?;
        let numerator = sum.checked_add(product.checked_mul(n)?)?.checked_mul(d)?;
        let linear = ann.checked_sub(A_PRECISION)?.checked_mul(d)?.checked_div(A_PRECISION)?;
        let cubic = n.checked_add(U256::ONE)?.checked_mul(product)?;
        numerator.checked_div(linear.checked_add(cubic)?)
    }

    /// `D_P`: `d^(n+1)` over `n^n` times all balances.
    fn product(&self, xp: &[U256], n: U256, d: U256) -> Option<U256> {
        let mut product = d;
        for x in xp {
            let divisor = match self.form {
                DenominatorForm::PlusOne => x.checked_mul(n)?.checked_add(U256::ONE)?,
                DenominatorForm::Plain => x.checked_mul(n)?,
                DenominatorForm::AfterProduct => *x,
            };
            product = product.checked_mul(d)?.checked_div(divisor)?;
        }
        match self.form {
            DenominatorForm::AfterProduct => product.checked_div(n.checked_pow(n)?),
            DenominatorForm::Plain | DenominatorForm::PlusOne => Some(product),
        }
    }

    /// The balance of coin `j` on the invariant `d` once coin `i` stands at `x` (`get_y`):
    /// converged to one unit.
    pub fn balance_of(
        &self,
        xp: &[U256],
        i: usize,
        j: usize,
        x: U256,
        d: U256,
    ) -> Result<U256, StableSwapError> {
        let others = xp.iter().enumerate().filter(|(k, _)| *k != j);
        self.solve(xp, others.map(|(k, balance)| if k == i { x } else { *balance }), d)
    }

    /// The balance of coin `j` on the invariant `d`, all others as they are (`get_y_D`).
    pub fn balance_at(&self, xp: &[U256], j: usize, d: U256) -> Result<U256, StableSwapError> {
        let others = xp.iter().enumerate().filter(|(k, _)| *k != j);
        self.solve(xp, others.map(|(_, balance)| *balance), d)
    }

    fn solve(
        &self,
        xp: &[U256],
        others: impl Iterator<Item = U256>,
        d: U256,
    ) -> Result<U256, StableSwapError> {
        let (n, ann) = self.count(xp)?;
        let (b, c) = checked(coefficients(others, d, n, ann))?;
        let mut y = d;
        for _ in 0..ROUNDS {
            let next = checked(next_balance(y, b, c, d))?;
            if next.abs_diff(y) <= U256::ONE {
                return Ok(next);
            }
            y = next;
        }
        Err(StableSwapError::NoConvergence)
    }

    /// Moves along the invariant `d` as `amount` of coin `i` comes in, whose rate is `rate`.
    pub(super) fn moved(
        &self,
        xp: &[U256],
        d: U256,
        (i, j): (usize, usize),
        amount: U256,
        rate: U256,
    ) -> Result<Move, StableSwapError> {
        let (Some(from), Some(to)) = (xp.get(i), xp.get(j)) else {
            return Err(StableSwapError::Coins);
        };
        let added = checked(amount.checked_mul(rate))? / WAD;
        let x = checked(from.checked_add(added))?;
        let y = self.balance_of(xp, i, j, x, d)?;
        let gross = to.checked_sub(y).and_then(|gross| gross.checked_sub(U256::ONE));
        Ok(Move { x, y, gross: gross.ok_or(StableSwapError::NothingOut)? })
    }

    /// `exchange` of `amount` of coin `i` for coin `j`, on scaled balances `xp` whose invariant is
    /// `d`. `rates` turn smallest units into `xp`, in 1e-18.
    pub fn exchange(
        &self,
        xp: &[U256],
        rates: &[U256],
        d: U256,
        (i, j): (usize, usize),
        amount: U256,
    ) -> Result<Exchange, StableSwapError> {
        let (Some(rate_in), Some(rate_out)) = (rates.get(i), rates.get(j)) else {
            return Err(StableSwapError::Coins);
        };
        let Move { gross, .. } = self.moved(xp, d, (i, j), amount, *rate_in)?;
        checked(self.shares(gross, self.fee_1e10, *rate_out))
    }

    /// Splits a gross output, in `xp` units, into the trader's and the admin's part.
    pub(super) fn shares(&self, gross: U256, fee_1e10: U256, rate: U256) -> Option<Exchange> {
        let fee = gross.checked_mul(fee_1e10)? / FEE_DENOMINATOR;
        let admin = fee.checked_mul(self.admin_fee_1e10)? / FEE_DENOMINATOR;
        let out = gross.checked_sub(fee)?.checked_mul(WAD)?.checked_div(rate)?;
        Some(Exchange { out, admin_fee: admin.checked_mul(WAD)?.checked_div(rate)? })
    }

    /// Whether the fees are parts of their whole.
    pub(super) fn sound(self) -> Result<Self, StableSwapError> {
        let Self { fee_1e10, admin_fee_1e10, .. } = self;
        let sound = fee_1e10 < FEE_DENOMINATOR && admin_fee_1e10 <= FEE_DENOMINATOR;
        if sound { Ok(self) } else { Err(StableSwapError::Fee) }
    }

    /// `A * n` times 100.
    pub(super) fn ann(&self, coins: usize) -> Option<U256> {
        self.amp_scaled.checked_mul(U256::from(coins))
    }

    /// The number of coins, and `A * n` times 100.
    fn count(&self, xp: &[U256]) -> Result<(U256, U256), StableSwapError> {
        Ok((U256::from(xp.len()), checked(self.ann(xp.len()))?))
    }
}

/// `b` and `c` of `y^2 + (b - d) y = c`, from the balances of all other coins.
fn coefficients(
    others: impl Iterator<Item = U256>,
    d: U256,
    n: U256,
    ann: U256,
) -> Option<(U256, U256)> {
    let (mut sum, mut c) = (U256::ZERO, d);
    for balance in others {
        sum = sum.checked_add(balance)?;
        c = c.checked_mul(d)?.checked_div(balance.checked_mul(n)?)?;
    }
    let c = c.checked_mul(d)?.checked_mul(A_PRECISION)?.checked_div(ann.checked_mul(n)?)?;
    let b = sum.checked_add(d.checked_mul(A_PRECISION)?.checked_div(ann)?)?;
    Some((b, c))
}

fn next_balance(y: U256, b: U256, c: U256, d: U256) -> Option<U256> {
    let numerator = y.checked_mul(y)?.checked_add(c)?;
    numerator.checked_div(y.checked_mul(U256::from(2))?.checked_add(b)?.checked_sub(d)?)
}

/// Balances in units of the invariant: `xp`.
pub(super) fn scaled(balances: &[U256], rates: &[U256]) -> Result<Reserves, StableSwapError> {
    let coins = balances.len();
    if !(2..=MAX_COINS).contains(&coins) || rates.len() != coins {
        return Err(StableSwapError::Coins);
    }
    let mut xp = Reserves::default();
    for ((x, balance), rate) in xp.iter_mut().zip(balances).zip(rates) {
        *x = checked(balance.checked_mul(*rate))? / WAD;
    }
    Ok(xp)
}

/// One figure for each coin; zero beyond the last.
pub(super) type Reserves = [U256; MAX_COINS];

pub(super) fn checked<T>(value: Option<T>) -> Result<T, StableSwapError> {
    value.ok_or(StableSwapError::Overflow)
}
