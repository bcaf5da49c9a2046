//! Aave v3.

use alloy_primitives::{Address, U256, keccak256, uint};
use tenor_solver::{
    leverage::{AaveTerms, Credit, Terms},
    venues::{AaveFigures, Capacity, RateCurve, Rebase},
};

use super::{
    Contract, Form, WorldBuilder, WorldError,
    slots::{self, word},
};
use crate::figures::debt_token;

/// Where a reserve's words are, counted from its first.
const SUPPLY_CAP: u64 = 2;
const DEBT: u64 = 3;
const RESERVE_FACTOR: u64 = 4;
const BORROW_INDEX: u64 = 5;
const BORROWABLE: u64 = 6;
const PRICE: u64 = 8;
const LTV: u64 = 9;
const THRESHOLD: u64 = 10;
const CATEGORY: u64 = 11;

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
            self.store(pool, reserve + U256::from(SUPPLY_CAP), cap);
        }
        if figures.total_debt.is_some() {
            self.debt(figures, reserve, decimals)?;
        }
        self.fund(underlying, a_token, figures.available)
    }

    /// Places what tells a reserve's debt and rates, at an address made up for it where the debt
    /// token's is not known. A curve that basis points do not say is left out.
    fn debt(
        &mut self,
        figures: &AaveFigures,
        reserve: U256,
        decimals: u8,
    ) -> Result<(), WorldError> {
        let AaveFigures { pool, underlying, total_debt, curve, .. } = *figures;
        let debt = debt_token(pool, underlying).unwrap_or_else(|| {
            let name = [pool.as_slice(), underlying.as_slice()].concat();
            Address::from_word(keccak256(name))
        });
        self.erc20(debt, Contract::AaveDebt, Form::Scaled, decimals)?;
        self.store(debt, slots::aave_debt::POOL, word(pool));
        self.store(debt, slots::aave_debt::UNDERLYING, word(underlying));
        let owed = total_debt.unwrap_or_default();
        self.store(debt, slots::erc20::SUPPLY, owed);
        self.store(pool, reserve + U256::from(DEBT), word(debt));
        let Some(RateCurve { base, slope1, slope2, optimal, reserve_factor_bps }) = curve else {
            return Ok(());
        };
        self.store(pool, reserve + U256::from(RESERVE_FACTOR), reserve_factor_bps);
        if [base, slope1, slope2, optimal].iter().all(|rate| (rate % BP).is_zero()) {
            self.store(debt, slots::aave_debt::OPTIMAL, optimal / BP);
            self.store(debt, slots::aave_debt::BASE, base / BP);
            self.store(debt, slots::aave_debt::SLOPE1, slope1 / BP);
            self.store(debt, slots::aave_debt::SLOPE2, slope2 / BP);
        }
        Ok(())
    }

    /// Lets reserves that are there secure and be lent as `credits` say. Outside its e-mode a
    /// collateral's limits are not known: there it is given the least that lets the e-mode count.
    pub fn credits(&mut self, credits: &[Credit]) -> Result<(), WorldError> {
        let mut listed: Vec<(Address, Address)> = Vec::new();
        for credit in credits {
            let Terms::Aave(terms) = &credit.terms else {
                let what = "a loan from other than Aave".to_owned();
                return Err(WorldError::Unsupported { contract: credit.loan, what });
            };
            self.credit(credit, terms)?;
            for asset in [credit.collateral, credit.loan] {
                if !listed.contains(&(terms.pool, asset)) {
                    let of = listed.iter().filter(|(pool, _)| *pool == terms.pool).count();
                    let slot = slots::entry(slots::aave::LIST, U256::from(of));
                    self.store(terms.pool, slot, word(asset));
                    self.store(terms.pool, slots::aave::LISTED, U256::from(of + 1));
                    listed.push((terms.pool, asset));
                }
            }
        }
        Ok(())
    }

    fn credit(&mut self, credit: &Credit, terms: &AaveTerms) -> Result<(), WorldError> {
        let AaveTerms { pool, debt_token, debt, category, total_debt, .. } = *terms;
        let reserve = |asset| slots::entry(slots::aave::RESERVES, asset);
        let one = U256::ONE;
        let (ltv, threshold) =
            if category == 0 { (terms.ltv_bps, terms.threshold_bps) } else { (one, one) };
        let (collateral, loan) = (reserve(credit.collateral), reserve(credit.loan));
        for (of, at, value) in [
            (collateral, PRICE, terms.collateral_price),
            (collateral, LTV, ltv),
            (collateral, THRESHOLD, threshold),
            (collateral, CATEGORY, U256::from(category)),
            (loan, PRICE, terms.loan_price),
            (loan, BORROWABLE, one),
            (loan, BORROW_INDEX, debt.index),
            (loan, CATEGORY, U256::from(terms.loan_category)),
        ] {
            self.store(pool, of + U256::from(at), value);
        }
        if category != 0 {
            let mode = slots::entry(slots::aave::CATEGORIES, U256::from(category));
            self.store(pool, mode, terms.ltv_bps);
            self.store(pool, mode + one, terms.threshold_bps);
        }
        let scaled = Rebase::ray(debt.index, debt.rounding).fewest_shares(total_debt);
        let scaled = scaled.ok_or(WorldError::Overflow(debt_token))?;
        self.store(debt_token, slots::erc20::SUPPLY, scaled);
        Ok(())
    }
}
