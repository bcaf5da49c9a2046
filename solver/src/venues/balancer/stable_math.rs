//! The stable invariant as Balancer computes it.
//!
//! Sources: `StableMath.sol` of balancer-v2-monorepo at ad14421 (tag `stable-deployment`, the pools of
//! 2021) and at 19dfed6 (those of June 2022 and after). The pools of 2021 round the invariant up; those
//! after compute it as Curve does. Both round the balance that is left up, and keep one unit more.
//! `None` is where the contract reverts, or does not converge.

use alloy_primitives::{U256, uint};

use super::fixed_point::mul_down;

/// The most tokens of a pool.
pub(super) const MAX_TOKENS: usize = 5;

/// One of amplification.
pub(super) const AMP_PRECISION: U256 = uint!(1000_U256);

/// The contract's bound on its Newton iterations.
const ROUNDS: usize = 255;

/// Which arithmetic a pool has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StableMath {
    /// The pools of 2021: the invariant is rounded up.
    Early,
    /// The pools since June 2022: the invariant is Curve's.
    Later,
    /// The third vault's pools: as the later ones, with divisions put off where balances are found.
    Third,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The arithmetic overflows, or divides by zero.
    Overflow,
    /// 255 rounds were not enough.
    NoConvergence,
    /// Less than nothing would come out.
    NothingOut,
    /// A price that the pool notes for others is beyond its arithmetic.
    Oracle,
    /// A balance is dust.
    Dust,
}

impl StableMath {
    /// `_calculateInvariant` of scaled balances, rounded as a swap does. `amp` is times 1000.
    pub(super) fn invariant(self, amp: U256, balances: &[U256]) -> Result<U256, Failure> {
        let sum = balances.iter().try_fold(U256::ZERO, |sum, b| sum.checked_add(*b));
        let sum = sum.ok_or(Failure::Overflow)?;
        let mut d = sum;
        for _ in 0..ROUNDS {
            let next = match self {
                Self::Early => early_step(amp, balances, sum, d),
                Self::Later | Self::Third => later_step(amp, balances, sum, d),
            };
            let next = next.ok_or(Failure::Overflow)?;
            if next.abs_diff(d) <= U256::ONE {
                return Ok(next);
            }
            d = next;
        }
        Err(Failure::NoConvergence)
    }

    /// `_calcOutGivenIn`, all amounts scaled: `balances` as they are before, `d` their invariant.
    pub(super) fn out_given_in(
        self,
        amp: U256,
        balances: &[U256],
        d: U256,
        (from, to): (usize, usize),
        given: U256,
    ) -> Result<U256, Failure> {
        let now = *balances.get(to).ok_or(Failure::Overflow)?;
        let grown = |at: usize, balance: U256| {
            if at == from { balance.checked_add(given) } else { Some(balance) }
        };
        let left = self.balance_left(amp, balances, grown, d, to)?;
        let out = now.checked_sub(left).and_then(|out| out.checked_sub(U256::ONE));
        out.ok_or(Failure::NothingOut)
    }

    /// `_calcInGivenOut`, all amounts scaled.
    pub(super) fn in_given_out(
        self,
        amp: U256,
        balances: &[U256],
        d: U256,
        (from, to): (usize, usize),
        wanted: U256,
    ) -> Result<U256, Failure> {
        let now = *balances.get(from).ok_or(Failure::Overflow)?;
        let shrunk = |at: usize, balance: U256| {
            if at == to { balance.checked_sub(wanted) } else { Some(balance) }
        };
        let full = self.balance_left(amp, balances, shrunk, d, from)?;
        let asked = full.checked_sub(now).and_then(|asked| asked.checked_add(U256::ONE));
        asked.ok_or(Failure::Overflow)
    }

    /// `_getTokenBalanceGivenInvariantAndAllOtherBalances`: rounded up.
    fn balance_left(
        self,
        amp: U256,
        balances: &[U256],
        grown: impl Fn(usize, U256) -> Option<U256>,
        d: U256,
        to: usize,
    ) -> Result<U256, Failure> {
        let found = self.coefficients(amp, balances, grown, d, to);
        let (b, c, first) = found.ok_or(Failure::Overflow)?;
        let mut y = first;
        for _ in 0..ROUNDS {
            let next = next_balance(y, b, c, d).ok_or(Failure::Overflow)?;
            if next.abs_diff(y) <= U256::ONE {
                return Ok(next);
            }
            y = next;
        }
        Err(Failure::NoConvergence)
    }

    /// `b` and `c` of `y^2 + (b - d) y = c`, and where the iteration begins.
    fn coefficients(
        self,
        amp: U256,
        balances: &[U256],
        grown: impl Fn(usize, U256) -> Option<U256>,
        d: U256,
        to: usize,
    ) -> Option<(U256, U256, U256)> {
        let n = U256::from(balances.len());
        let (mut sum, mut product) = (U256::ZERO, U256::ZERO);
        for (at, balance) in balances.iter().enumerate() {
            let balance = grown(at, *balance)?;
            product = if at == 0 {
                balance.checked_mul(n)?
            } else {
                product.checked_mul(balance)?.checked_mul(n)?.checked_div(d)?
            };
            sum = sum.checked_add(balance)?;
        }
        let now = *balances.get(to)?;
        let (ann, square) = (amp.checked_mul(n)?, d.checked_mul(d)?);
        let parts = ann.checked_mul(product)?;
        let (part, level) = match self {
            Self::Early | Self::Later => (
                div_up(square, parts)?.checked_mul(AMP_PRECISION)?,
                d.checked_div(ann)?.checked_mul(AMP_PRECISION)?,
            ),
            Self::Third => (
                div_up(square.checked_mul(AMP_PRECISION)?, parts)?,
                d.checked_mul(AMP_PRECISION)?.checked_div(ann)?,
            ),
        };
        let c = part.checked_mul(now)?;
        let b = sum.checked_sub(now)?.checked_add(level)?;
        let first = div_up(square.checked_add(c)?, d.checked_add(b)?)?;
        Some((b, c, first))
    }
}

/// One step, rounded up.
fn early_step(amp: U256, balances: &[U256], sum: U256, d: U256) -> Option<U256> {
    let n = U256::from(balances.len());
    let (first, rest) = balances.split_first()?;
    let mut product = first.checked_mul(n)?;
    for balance in rest {
        product = div_up(product.checked_mul(*balance)?.checked_mul(n)?, d)?;
    }
    let ann = amp.checked_mul(n)?;
    let weighted = ann.checked_mul(sum)?.checked_mul(product)?;
    let over = n.checked_mul(d)?.checked_mul(d)?.checked_add(div_up(weighted, AMP_PRECISION)?)?;
    let linear = ann.checked_sub(AMP_PRECISION)?.checked_mul(product)? / AMP_PRECISION;
    let under = n.checked_add(U256::ONE)?.checked_mul(d)?.checked_add(linear)?;
    div_up(over, under)
}

/// One step as Curve's plain pools make it.
fn later_step(amp: U256, balances: &[U256], sum: U256, d: U256) -> Option<U256> {
    let n = U256::from(balances.len());
    let mut product = d;
    for balance in balances {
        product = product.checked_mul(d)?.checked_div(balance.checked_mul(n)?)?;
    }
    let ann = amp.checked_mul(n)?;
    let weighted = ann.checked_mul(sum)? / AMP_PRECISION;
    let over = weighted.checked_add(product.checked_mul(n)?)?.checked_mul(d)?;
    let linear = ann.checked_sub(AMP_PRECISION)?.checked_mul(d)? / AMP_PRECISION;
    over.checked_div(linear.checked_add(n.checked_add(U256::ONE)?.checked_mul(product)?)?)
}

fn next_balance(y: U256, b: U256, c: U256, d: U256) -> Option<U256> {
    let under = y.checked_mul(U256::from(2))?.checked_add(b)?.checked_sub(d)?;
    div_up(y.checked_mul(y)?.checked_add(c)?, under)
}

fn div_up(a: U256, b: U256) -> Option<U256> {
    (!b.is_zero()).then(|| a.div_ceil(b))
}

/// A balance in the pool's common unit: `_upscale`.
pub(super) fn upscaled(amount: U256, scaling: U256) -> Result<U256, Failure> {
    mul_down(amount, scaling).ok_or(Failure::Overflow)
}
