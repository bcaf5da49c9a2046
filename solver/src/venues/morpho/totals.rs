//! A Morpho market's totals: interest, and shares for assets with virtual units.
//!
//! Integer steps of `Morpho`, `SharesMathLib` and `MathLib` (morpho-org/morpho-blue 3085651): all
//! products need to fit 256 bits and all totals 128, as there.

use alloy_primitives::{U256, uint};

use crate::amount::{WAD, mul_div_checked};

/// Shares that the maths adds to each total.
const VIRTUAL_SHARES: U256 = uint!(1_000_000_U256);
/// Units of the asset that the maths adds to each total.
const VIRTUAL_ASSETS: U256 = U256::ONE;

/// `x * y / d`, rounded up, as the contract computes it. `None` where it reverts.
pub(super) fn mul_div_up(x: U256, y: U256, d: U256) -> Option<U256> {
    x.checked_mul(y)?.checked_add(d.checked_sub(U256::ONE)?)?.checked_div(d)
}

/// A total as the contract stores it. `None` beyond 128 bits, where it reverts.
fn stored(total: U256) -> Option<U256> {
    (total.bit_len() <= 128).then_some(total)
}

/// Assets and shares of one side of a market.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Side {
    /// Units of the loan token.
    pub assets: U256,
    /// Shares of all accounts.
    pub shares: U256,
}

impl Side {
    /// Assets and shares with the virtual units: by their ratio one turns into the other.
    pub fn ratio(&self) -> Option<(U256, U256)> {
        let assets = self.assets.checked_add(VIRTUAL_ASSETS)?;
        Some((assets, self.shares.checked_add(VIRTUAL_SHARES)?))
    }

    /// Shares for `assets`, rounded down: what a supply or a repayment is credited.
    pub fn shares_down(&self, assets: U256) -> Option<U256> {
        let (all, shares) = self.ratio()?;
        mul_div_checked(assets, shares, all)
    }

    /// Shares for `assets`, rounded up: what a withdrawal or a loan is debited.
    pub fn shares_up(&self, assets: U256) -> Option<U256> {
        let (all, shares) = self.ratio()?;
        mul_div_up(assets, shares, all)
    }

    /// Assets for `shares`, rounded down.
    pub fn assets_down(&self, shares: U256) -> Option<U256> {
        let (all, of) = self.ratio()?;
        mul_div_checked(shares, all, of)
    }

    /// Assets for `shares`, rounded up.
    pub fn assets_up(&self, shares: U256) -> Option<U256> {
        let (all, of) = self.ratio()?;
        mul_div_up(shares, all, of)
    }

    /// With so much more.
    pub(in crate::venues) fn plus(&self, assets: U256, shares: U256) -> Option<Self> {
        let assets = stored(self.assets.checked_add(assets)?)?;
        Some(Self { assets, shares: stored(self.shares.checked_add(shares)?)? })
    }

    /// With so much less.
    pub(in crate::venues) fn minus(&self, assets: U256, shares: U256) -> Option<Self> {
        let assets = self.assets.checked_sub(assets)?;
        Some(Self { assets, shares: self.shares.checked_sub(shares)? })
    }

    /// With so much less, and no less than no assets.
    pub(super) fn repaid(&self, assets: U256, shares: U256) -> Option<Self> {
        let shares = self.shares.checked_sub(shares)?;
        Some(Self { assets: self.assets.saturating_sub(assets), shares })
    }
}

/// What `Morpho.market(id)` tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MorphoTotals {
    /// What suppliers have.
    pub supply: Side,
    /// What borrowers owe.
    pub borrow: Side,
    /// Unix seconds up to which interest is in the totals.
    pub last_update: u64,
    /// Share of the interest, in WAD, that is credited to the fee's recipient as new shares.
    pub fee: U256,
}

impl MorphoTotals {
    /// Share of the supply that is lent out, in WAD, rounded down; none of nothing.
    pub fn utilisation(&self) -> Option<U256> {
        if self.supply.assets.is_zero() {
            return Some(U256::ZERO);
        }
        mul_div_checked(self.borrow.assets, WAD, self.supply.assets)
    }

    /// Units of the loan token that can be withdrawn or borrowed.
    pub fn liquidity(&self) -> U256 {
        self.supply.assets.saturating_sub(self.borrow.assets)
    }

    /// The totals with the interest to `now` at `rate`, per second in WAD: `_accrueInterest`.
    /// `None` where the contract reverts.
    pub fn accrued(&self, rate: U256, now: u64) -> Option<Self> {
        let seconds = now.checked_sub(self.last_update)?;
        if seconds == 0 {
            return Some(*self);
        }
        let interest = mul_div_checked(self.borrow.assets, compounded(rate, seconds)?, WAD)?;
        let borrow = self.borrow.plus(interest, U256::ZERO)?;
        let mut supply = self.supply.plus(interest, U256::ZERO)?;
        if !self.fee.is_zero() {
            let fee = mul_div_checked(interest, self.fee, WAD)?;
            // As if the fee were supplied once all other interest is in.
            let before = Side { assets: supply.assets.checked_sub(fee)?, ..supply };
            supply = supply.plus(U256::ZERO, before.shares_down(fee)?)?;
        }
        Some(Self { supply, borrow, last_update: now, fee: self.fee })
    }
}

/// `exp(rate * seconds) - 1` in WAD, by three terms.
fn compounded(rate: U256, seconds: u64) -> Option<U256> {
    let first = rate.checked_mul(U256::from(seconds))?;
    let second = mul_div_checked(first, first, WAD.checked_mul(U256::from(2))?)?;
    let third = mul_div_checked(second, first, WAD.checked_mul(U256::from(3))?)?;
    first.checked_add(second)?.checked_add(third)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn u(value: u128) -> U256 {
        U256::from(value)
    }

    /// By hand: with the virtual units 1,000,001 assets stand against 2,000,000 shares.
    #[test]
    fn each_side_rounds_for_the_market() {
        let side = Side { assets: u(1_000_000), shares: u(1_000_000) };
        assert_eq!(side.shares_down(u(3)), Some(u(5)));
        assert_eq!(side.shares_up(u(3)), Some(u(6)));
        assert_eq!(side.assets_down(u(7)), Some(u(3)));
        assert_eq!(side.assets_up(u(7)), Some(u(4)));
        assert_eq!(Side::default().shares_down(u(1)), Some(u(1_000_000)));
        assert_eq!(Side::default().assets_up(U256::ZERO), Some(U256::ZERO));
        assert_eq!(side.shares_down(U256::MAX), None);
    }

    /// By hand: a tenth of a WAD a second over two seconds is 0.2 + 0.02 + 0.001333...
    #[test]
    fn interest_is_three_terms() {
        let rate = WAD / u(10);
        assert_eq!(compounded(rate, 2), Some(u(221_333_333_333_333_333)));
        assert_eq!(compounded(U256::MAX, 2), None);
        let totals = MorphoTotals {
            supply: Side { assets: u(1000), shares: u(1_000_000_000) },
            borrow: Side { assets: u(900), shares: u(900_000_000) },
            last_update: 10,
            fee: WAD / u(4),
        };
        let later = totals.accrued(rate, 12).unwrap();
        // 199 of interest, 49 of them as a fee: 49 * 1,001,000,000 / 1,151 shares.
        assert_eq!((later.borrow.assets, later.supply.assets), (u(1099), u(1199)));
        assert_eq!(later.supply.shares, u(1_000_000_000 + 42_614_248));
        assert_eq!(later.accrued(rate, 12), Some(later));
        assert_eq!(later.accrued(rate, 11), None);
    }

    #[test]
    fn totals_fit_128_bits_or_nothing_goes() {
        let most = U256::from(u128::MAX);
        let side = Side { assets: most, shares: U256::ZERO };
        assert_eq!(side.plus(U256::ONE, U256::ZERO), None);
        assert_eq!(side.minus(most, U256::ONE), None);
        assert_eq!(side.repaid(U256::MAX, U256::ZERO), Some(Side::default()));
    }

    #[test]
    fn utilisation_of_nothing_is_nothing() {
        assert_eq!(MorphoTotals::default().utilisation(), Some(U256::ZERO));
        let side = |assets| Side { assets: u(assets), shares: U256::ZERO };
        let owed = MorphoTotals { supply: side(10), borrow: side(12), ..Default::default() };
        assert_eq!(owed.utilisation(), Some(WAD / u(10) * u(12)));
        assert_eq!(owed.liquidity(), U256::ZERO);
    }
}
