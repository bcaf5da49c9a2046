//! Aave v3.

use alloy_primitives::{Address, U256, keccak256, uint};
use tenor_solver::venues::{AaveFigures, Capacity, RateCurve, Rebase};

use super::{
    Contract, Form, WorldBuilder, WorldError,
    slots::{self, word},
};

/// A basis point in RAY.
const BP: U256 = uint!(100_000_000_000_000_000_000_000_U256);

impl WorldBuilder {
    /// Places a reserve: its aToken, which holds what can be withdrawn, and the pool when it is the
    /// first.
    ///
    /// All that was supplied is taken to be what lies there and what is lent out.
    pub fn reserve(&mut self, figures: &AaveFigures, decimals: u8) -> Result<(), WorldError> {
        let AaveFigures { pool, underlying, a_token, liquidity_index: index, .. } = *figures;
        self.place_shared(pool, Contract::AavePool)?;
        self.erc20(a_token, Contract::AToken, Form::Scaled, decimals)?;
        self.store(a_token, slots::a_token::POOL, word(pool));
        self.store(a_token, slots::a_token::UNDERLYING, word(underlying));

        let rebase = Rebase::indexed(index);
        let debt = figures.total_debt.unwrap_or_default();
        let supplied = figures.available.checked_add(debt);
        let (scaled, shown) = supplied
            .and_then(|supplied| rebase.fewest_shares(supplied))
            .and_then(|scaled| Some((scaled, rebase.balance(scaled)?)))
            .ok_or(WorldError::Overflow(a_token))?;
        self.store(a_token, slots::erc20::SUPPLY, scaled);

        let reserve = slots::entry(slots::aave::RESERVES, underlying);
        self.store(pool, reserve, word(a_token));
        self.store(pool, reserve + U256::from(1), index);
        if let Capacity::Limited { amount, .. } = figures.supply_cap {
            let cap = shown.checked_add(amount).ok_or(WorldError::Overflow(a_token))?;
            if cap.is_zero() {
                let what = "a supply cap of zero".to_owned();
                return Err(WorldError::Unsupported { contract: a_token, what });
            }
            self.store(pool, reserve + U256::from(2), cap);
        }
        if figures.total_debt.is_some() {
            self.debt(figures, reserve)?;
        }
        self.fund(underlying, a_token, figures.available)
    }

    /// Places what tells a reserve's debt and rates, at an address made up for it. A curve that
    /// basis points do not say is left out.
    fn debt(&mut self, figures: &AaveFigures, reserve: U256) -> Result<(), WorldError> {
        let AaveFigures { pool, underlying, total_debt, curve, .. } = *figures;
        let name = [pool.as_slice(), underlying.as_slice()].concat();
        let debt = Address::from_word(keccak256(name));
        self.place(debt, Contract::AaveDebt)?;
        let owed = total_debt.unwrap_or_default();
        self.store(debt, slots::aave_debt::SCALED_TOTAL_SUPPLY, owed);
        self.store(pool, reserve + U256::from(3), word(debt));
        let Some(RateCurve { base, slope1, slope2, optimal, reserve_factor_bps }) = curve else {
            return Ok(());
        };
        self.store(pool, reserve + U256::from(4), reserve_factor_bps);
        if [base, slope1, slope2, optimal].iter().all(|rate| (rate % BP).is_zero()) {
            self.store(debt, slots::aave_debt::OPTIMAL, optimal / BP);
            self.store(debt, slots::aave_debt::BASE, base / BP);
            self.store(debt, slots::aave_debt::SLOPE1, slope1 / BP);
            self.store(debt, slots::aave_debt::SLOPE2, slope2 / BP);
        }
        Ok(())
    }
}
