//! The borrowing side of a Morpho market: pure functions of its totals.
//!
//! Integer steps of `Morpho.borrow`, `repay`, `liquidate` and `_isHealthy` (morpho-org/morpho-blue
//! 3085651). Totals are those with interest up to the block: see [`MorphoTotals::accrued`]. Prices are
//! the oracle's: units of the loan token for one of the collateral, times 1e36. Every function is
//! `None` where the contract reverts.

use alloy_primitives::{U256, uint};

use super::totals::{MorphoTotals, Side, mul_div_up};
use crate::amount::{WAD, mul_div_checked};

/// The scale of prices.
const PRICE: U256 = uint!(1_000_000_000_000_000_000_000_000_000_000_000_000_U256);
/// How much of the distance between the limit and all of the loan a liquidator may earn.
const CURSOR: U256 = uint!(300_000_000_000_000_000_U256);
/// The most a liquidator earns for each unit repaid, that unit included.
const MOST_INCENTIVE: U256 = uint!(1_150_000_000_000_000_000_U256);

/// A loan and what secures it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loan {
    /// Units of the collateral token.
    pub collateral: U256,
    /// Shares of the market's debt.
    pub borrow_shares: U256,
}

/// What a liquidator pays and takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seizure {
    /// Units of the loan token that are repaid.
    pub repaid: U256,
    /// Shares of debt that are repaid.
    pub repaid_shares: U256,
    /// Units of collateral that are taken.
    pub seized: U256,
}

impl MorphoTotals {
    /// Shares of debt for borrowing `assets`, and the totals afterwards. `None` also where so much
    /// is not there; whether the loan is secured enough is for [`Loan::is_healthy`].
    pub fn borrowed(&self, assets: U256) -> Option<(U256, Self)> {
        let shares = self.borrow.shares_up(assets)?;
        let after = Self { borrow: self.borrow.plus(assets, shares)?, ..*self };
        (after.borrow.assets <= after.supply.assets).then_some((shares, after))
    }

    /// Shares of debt that repaying `assets` settles, and the totals afterwards.
    pub fn repaid(&self, assets: U256) -> Option<(U256, Self)> {
        let shares = self.borrow.shares_down(assets)?;
        Some((shares, Self { borrow: self.borrow.repaid(assets, shares)?, ..*self }))
    }

    /// Units that settling `shares` of debt takes, and the totals afterwards: the way to repay all.
    pub fn settled(&self, shares: U256) -> Option<(U256, Self)> {
        let assets = self.borrow.assets_up(shares)?;
        Some((assets, Self { borrow: self.borrow.repaid(assets, shares)?, ..*self }))
    }
}

impl Loan {
    /// Units of the loan token that are owed.
    pub fn debt(&self, borrow: &Side) -> Option<U256> {
        borrow.assets_up(self.borrow_shares)
    }

    /// The most that may be owed at `price` in a market with limit `lltv`, in WAD.
    pub fn most_debt(&self, price: U256, lltv: U256) -> Option<U256> {
        mul_div_checked(mul_div_checked(self.collateral, price, PRICE)?, lltv, WAD)
    }

    /// Whether the loan may be made, or collateral be taken out; otherwise it can be liquidated.
    pub fn is_healthy(&self, borrow: &Side, price: U256, lltv: U256) -> Option<bool> {
        if self.borrow_shares.is_zero() {
            return Some(true);
        }
        Some(self.most_debt(price, lltv)? >= self.debt(borrow)?)
    }

    /// The most that may be owed over what is owed, in WAD and rounded down: below one the loan can
    /// be liquidated. `None` also without debt.
    pub fn health(&self, borrow: &Side, price: U256, lltv: U256) -> Option<U256> {
        mul_div_checked(self.most_debt(price, lltv)?, WAD, self.debt(borrow)?)
    }

    /// What settling `shares` of an unhealthy loan's debt takes from it.
    pub fn seized_for(
        &self,
        shares: U256,
        borrow: &Side,
        price: U256,
        lltv: U256,
    ) -> Option<Seizure> {
        let earned = mul_div_checked(borrow.assets_down(shares)?, incentive(lltv)?, WAD)?;
        self.taken(shares, mul_div_checked(earned, PRICE, price)?, borrow)
    }

    /// What taking `seized` of an unhealthy loan's collateral costs.
    pub fn repaid_for(
        &self,
        seized: U256,
        borrow: &Side,
        price: U256,
        lltv: U256,
    ) -> Option<Seizure> {
        let quoted = mul_div_up(seized, price, PRICE)?;
        let shares = borrow.shares_up(mul_div_up(quoted, WAD, incentive(lltv)?)?)?;
        self.taken(shares, seized, borrow)
    }

    fn taken(&self, repaid_shares: U256, seized: U256, borrow: &Side) -> Option<Seizure> {
        let held = repaid_shares <= self.borrow_shares && seized <= self.collateral;
        let repaid = borrow.assets_up(repaid_shares)?;
        held.then_some(Seizure { repaid, repaid_shares, seized })
    }
}

/// Collateral, by its price, that a liquidator takes for each unit repaid, in WAD:
/// `min(1.15, 1 / (1 - 0.3 * (1 - lltv)))`.
pub fn incentive(lltv: U256) -> Option<U256> {
    let distance = mul_div_checked(CURSOR, WAD.checked_sub(lltv)?, WAD)?;
    Some(mul_div_checked(WAD, WAD, WAD.checked_sub(distance)?)?.min(MOST_INCENTIVE))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LLTV: U256 = uint!(945_000_000_000_000_000_U256);

    fn u(value: u128) -> U256 {
        U256::from(value)
    }

    fn market() -> MorphoTotals {
        MorphoTotals {
            supply: Side { assets: u(1_000_000), shares: u(1_000_000_000_000) },
            borrow: Side { assets: u(900_000), shares: u(850_000_000_000) },
            ..MorphoTotals::default()
        }
    }

    #[test]
    fn the_incentive_is_bounded_and_falls_with_the_limit() {
        assert_eq!(incentive(LLTV), Some(u(1_016_776_817_488_561_260)));
        assert_eq!(incentive(U256::ZERO), Some(MOST_INCENTIVE));
        assert_eq!(incentive(WAD), Some(WAD));
        assert_eq!(incentive(WAD + U256::ONE), None);
    }

    #[test]
    fn a_loan_is_rounded_against_the_borrower_both_ways() {
        let (shares, after) = market().borrowed(u(99)).unwrap();
        assert_eq!(after.borrow.assets, u(900_099));
        assert!(after.settled(shares).unwrap().0 >= u(99));
        assert!(after.repaid(u(99)).unwrap().0 <= shares);
        assert!(market().borrowed(u(100_000)).is_some());
        assert_eq!(market().borrowed(u(100_001)), None);
    }

    #[test]
    fn health_is_one_where_the_loan_is_at_its_limit() {
        let market = market();
        let shares = market.borrowed(u(94_500)).unwrap().0;
        let loan = Loan { collateral: u(100_000), borrow_shares: shares };
        let debt = loan.debt(&market.borrow).unwrap();
        assert_eq!(loan.most_debt(PRICE, LLTV), Some(u(94_500)));
        assert_eq!(loan.is_healthy(&market.borrow, PRICE, LLTV), Some(debt <= u(94_500)));
        let dearer = PRICE * u(1001) / u(1000);
        assert_eq!(loan.is_healthy(&market.borrow, dearer, LLTV), Some(true));
        assert!(loan.health(&market.borrow, dearer, LLTV).unwrap() >= WAD);
        let cheaper = PRICE * u(998) / u(1000);
        assert_eq!(loan.is_healthy(&market.borrow, cheaper, LLTV), Some(false));
        assert!(loan.health(&market.borrow, cheaper, LLTV).unwrap() < WAD);
        let free = Loan { borrow_shares: U256::ZERO, ..loan };
        assert_eq!(free.is_healthy(&market.borrow, U256::ZERO, LLTV), Some(true));
        assert_eq!(free.health(&market.borrow, PRICE, LLTV), None);
    }

    #[test]
    fn a_liquidator_cannot_take_more_than_there_is() {
        let market = market();
        let loan = Loan { collateral: u(1000), borrow_shares: u(930_000_000) };
        let seizure = loan.repaid_for(u(1000), &market.borrow, PRICE, LLTV).unwrap();
        assert!(seizure.repaid > u(983) && seizure.repaid < u(986), "{seizure:?}");
        assert_eq!(loan.repaid_for(u(1001), &market.borrow, PRICE, LLTV), None);
        assert_eq!(loan.seized_for(u(930_000_001), &market.borrow, PRICE, LLTV), None);
    }
}
