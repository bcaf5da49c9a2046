//! What lies behind a token by its own protocol, and rebasing totals.

use alloy_primitives::U256;

use crate::amount::{RAY, mul_div, mul_div_up};

/// What units of a token stand for, as a fraction that nothing has rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backing {
    /// Position of the token that lies behind.
    pub asset: usize,
    /// Units of it ...
    pub amount: U256,
    /// ... behind this many units of the token.
    pub units: U256,
}

impl Backing {
    /// One for one.
    pub(crate) const fn one(asset: usize) -> Self {
        Self { asset, amount: U256::ONE, units: U256::ONE }
    }
}

/// Totals that turn what the chain stores of a rebasing token, its shares, into balances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebase {
    /// ETH (or other asset) behind all shares; of an aToken its index.
    pub assets: U256,
    /// All shares; of an aToken one in RAY.
    pub shares: U256,
    /// How the token rounds, both ways.
    pub rounding: Rounding,
}

/// How a rebasing token rounds between shares and balances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Down: Lido, ether.fi.
    Down,
    /// To the nearest, halves up: Aave's ray arithmetic.
    HalfUp,
}

/// The view function of a rebasing token that tells an account's shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharesBy {
    /// Lido's `sharesOf(address)`.
    SharesOf,
    /// ether.fi's `shares(address)`.
    Shares,
    /// Aave's `scaledBalanceOf(address)`.
    ScaledBalanceOf,
}

impl Rebase {
    /// Totals of a token that rounds down.
    pub const fn down(assets: U256, shares: U256) -> Self {
        Self { assets, shares, rounding: Rounding::Down }
    }

    /// The index of an aToken, in RAY.
    pub const fn indexed(index: U256) -> Self {
        Self { assets: index, shares: RAY, rounding: Rounding::HalfUp }
    }

    /// The balance that `shares` show, rounded as the token does. `None` on overflow.
    pub fn balance(&self, shares: U256) -> Option<U256> {
        self.scale(shares, self.assets, self.shares)
    }

    /// The shares that move when `amount` is transferred, rounded as the token does. `None` on
    /// overflow.
    pub fn shares_of(&self, amount: U256) -> Option<U256> {
        self.scale(amount, self.shares, self.assets)
    }

    /// The fewest shares that show at least `amount`. `None` on overflow.
    pub fn fewest_shares(&self, amount: U256) -> Option<U256> {
        match self.rounding {
            Rounding::Down => mul_div_up(amount, self.shares, self.assets),
            Rounding::HalfUp => {
                let exact = amount.checked_mul(self.shares)?;
                let least = exact.saturating_sub(self.shares / U256::from(2));
                (!self.assets.is_zero()).then(|| least.div_ceil(self.assets))
            }
        }
    }

    fn scale(&self, amount: U256, by: U256, over: U256) -> Option<U256> {
        match self.rounding {
            Rounding::Down => mul_div(amount, by, over),
            Rounding::HalfUp => {
                let product = amount.checked_mul(by)?;
                product.checked_add(over / U256::from(2))?.checked_div(over)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::uint;

    use super::*;

    #[test]
    fn the_fewest_shares_show_at_least_the_amount_and_one_less_does_not() {
        let lido = Rebase::down(uint!(9_304_263_727_U256), uint!(7_969_599_267_U256));
        let atoken = Rebase::indexed(uint!(1_027_704_397_771_336_021_819_047_687_U256));
        for rebase in [lido, atoken] {
            for amount in 1..2_000_u64 {
                let amount = U256::from(amount);
                let shares = rebase.fewest_shares(amount).unwrap();
                assert!(rebase.balance(shares).unwrap() >= amount, "{rebase:?} {amount}");
                assert!(
                    rebase.balance(shares - U256::ONE).unwrap() < amount,
                    "{rebase:?} {amount}"
                );
            }
            assert_eq!(rebase.fewest_shares(U256::ZERO), Some(U256::ZERO));
        }
    }
}
