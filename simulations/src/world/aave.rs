//! Aave v3.

use alloy_primitives::U256;
use tenor_solver::venues::{AaveFigures, Capacity, Rebase};

use super::{
    Contract, Form, WorldBuilder, WorldError,
    slots::{self, word},
};

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
        self.fund(underlying, a_token, figures.available)
    }
}
