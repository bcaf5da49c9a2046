//! Loops on published contracts: entered and left in rounds, every step as the model says, to the wei.

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::sol;
use tenor_solver::{
    amount::{RAY, WAD, mul_div, to_f64},
    leverage::{AaveTerms, Account, Credit, Terms},
    market::AsOf,
    venues::{Capacity, DebtIndex, RateCurve, Rounding, VenueId},
};

use super::{
    ALICE, OWNER,
    lab::Lab,
    rounds::{Lender, does, leave},
    tally::Tally,
};
use crate::world::rng::Rng;

sol! {
    #[derive(Debug)]
    struct ReserveData {
        uint256 configuration;
        uint128 liquidityIndex;
        uint128 currentLiquidityRate;
        uint128 variableBorrowIndex;
        uint128 currentVariableBorrowRate;
        uint128 currentStableBorrowRate;
        uint40 lastUpdateTimestamp;
        uint16 id;
        address aTokenAddress;
        address stableDebtTokenAddress;
        address variableDebtTokenAddress;
        address interestRateStrategyAddress;
        uint128 accruedToTreasury;
        uint128 unbacked;
        uint128 isolationModeTotalDebt;
    }

    #[derive(Debug)]
    struct AccountData {
        uint256 collateral;
        uint256 debt;
        uint256 available;
        uint256 threshold;
        uint256 ltv;
        uint256 health;
    }

    function getReserveData(address asset) external view returns (ReserveData);
    function getReserveNormalizedIncome(address asset) external view returns (uint256);
    function getReserveNormalizedVariableDebt(address asset) external view returns (uint256);
    function getUserAccountData(address user) external view returns (AccountData);
    function getAssetPrice(address asset) external view returns (uint256);
    function scaledTotalSupply() external view returns (uint256);
    function scaledBalanceOf(address account) external view returns (uint256);
    function totalSupply() external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
}

/// A pool of some version in which Alice can enter a loop.
#[derive(Debug, Clone)]
pub(super) struct Bench {
    pub(super) lab: Lab,
    pub(super) pool: Address,
    pub(super) oracle: Address,
    pub(super) collateral: Address,
    pub(super) loan: Address,
    pub(super) rounding: Rounding,
    pub(super) ltv_bps: u64,
    pub(super) threshold_bps: u64,
    pub(super) category: u8,
    pub(super) curve: RateCurve,
}

/// One in so many units of every token here.
const UNIT: U256 = uint!(1_000_000_000_000_000_000_U256);

impl Bench {
    fn reserve(&mut self, asset: Address) -> ReserveData {
        self.lab.view(self.pool, &getReserveDataCall { asset })
    }

    /// What the pool says of lending the loan against the collateral.
    pub(super) fn credit(&mut self) -> Credit {
        let (collateral, loan) = (self.reserve(self.collateral), self.reserve(self.loan));
        let debt_token = loan.variableDebtTokenAddress;
        let Self { lab, pool, oracle, .. } = self;
        let lent = lab.view(debt_token, &scaledTotalSupplyCall {});
        let index = if lent.is_zero() {
            U256::from(loan.variableBorrowIndex)
        } else {
            lab.view(*pool, &getReserveNormalizedVariableDebtCall { asset: self.loan })
        };
        let terms = AaveTerms {
            pool: *pool,
            a_token: collateral.aTokenAddress,
            debt_token,
            liquidity_index: lab
                .view(*pool, &getReserveNormalizedIncomeCall { asset: self.collateral }),
            debt: DebtIndex { index, rounding: self.rounding },
            collateral_price: lab.view(*oracle, &getAssetPriceCall { asset: self.collateral }),
            collateral_unit: UNIT,
            loan_price: lab.view(*oracle, &getAssetPriceCall { asset: self.loan }),
            loan_unit: UNIT,
            ltv_bps: U256::from(self.ltv_bps),
            threshold_bps: U256::from(self.threshold_bps),
            // As every pool here is set up.
            bonus_bps: Some(U256::from(if self.category == 0 { 100 } else { 50 })),
            category: self.category,
            loan_category: self.category,
            supply_room: Capacity::Unlimited,
            borrow_room: Capacity::Unlimited,
            collateral_available: lab.balance(self.collateral, collateral.aTokenAddress),
            available: lab.balance(self.loan, loan.aTokenAddress),
            total_debt: lab.view(debt_token, &totalSupplyCall {}),
            curve: self.curve,
        };
        Credit {
            venue: VenueId::new("aave_v3:loan"),
            protocol: "aave_v3".into(),
            as_of: AsOf { block: 0, utc: String::new() },
            collateral: self.collateral,
            loan: self.loan,
            terms: Terms::Aave(Box::new(terms)),
        }
    }

    /// The rate after the account's own loan is the pool's.
    fn same_rate(&mut self, account: &Account) {
        let real = to_f64(U256::from(self.reserve(self.loan).currentVariableBorrowRate));
        let real = real / to_f64(RAY) * 365.25 / 365.0;
        let model = account.rate().unwrap();
        assert!((model - real).abs() <= 1e-9 * real.max(1e-6), "{model}, the pool says {real}");
    }
}

impl Lender for Bench {
    fn lab(&mut self) -> &mut Lab {
        &mut self.lab
    }

    fn compare(&mut self, tally: &mut Tally, account: &Account, credit: &Credit, step: &str) {
        let (Account::Aave(loan), Terms::Aave(terms)) = (account, &credit.terms) else { panic!() };
        let case = (step, loan);
        let Self { lab, pool, .. } = self;
        let call = scaledBalanceOfCall { account: ALICE };
        tally.same("the scaled balance", loan.scaled, lab.view(terms.a_token, &call), case);
        tally.same("the scaled debt", loan.scaled_debt, lab.view(terms.debt_token, &call), case);
        let held = lab.balance(terms.a_token, ALICE);
        tally.same("the balance", loan.collateral().unwrap(), held, case);
        let owed = lab.balance(terms.debt_token, ALICE);
        tally.same("the debt", loan.owed().unwrap(), owed, case);
        tally.traded();
        // The first borrowing puts the account into the e-mode whose shares the model counts by.
        if step == "first" && self.category != 0 {
            return;
        }
        let real = lab.view(*pool, &getUserAccountDataCall { user: ALICE });
        let model = loan.sums().unwrap();
        tally.same("the collateral's value", model.collateral, real.collateral, case);
        tally.same("the debt's value", model.debt, real.debt, case);
        tally.same("what is available", model.available, real.available, case);
        // Of an account without collateral the pool says nothing.
        if !model.collateral.is_zero() {
            tally.same("the threshold", model.threshold_bps, real.threshold, case);
            tally.same("the limit", model.ltv_bps, real.ltv, case);
        }
        tally.same("the health", model.health.unwrap_or(U256::MAX), real.health, case);
    }

    fn swap(&mut self, from: Address, to: Address, given: U256, got: U256) {
        self.lab.must(ALICE, from, &transferCall { to: OWNER, amount: given });
        self.lab.mint(to, ALICE, got);
    }
}

/// Enters a loop up to what a random health factor allows, compares every step, and leaves it again.
pub(super) fn round_trip(bench: &mut Bench, tally: &mut Tally, rng: &mut Rng) {
    let credit = bench.credit();
    let mut account = Account::new(&credit.terms);
    let mut held = rng.bits(50, 75);
    bench.lab.mint(bench.collateral, ALICE, held);
    let least = rng.pick(&[
        WAD,
        WAD * U256::from(102) / U256::from(100),
        WAD * U256::from(12) / U256::from(10),
    ]);
    let mut first = true;
    for _ in 0..1 + rng.below(5) {
        let pledged = does(&mut bench.lab, &credit.pledge(ALICE, held));
        // So little that it mints nothing.
        if account.pledge(held).is_err() {
            assert!(!pledged, "{held}: {tally:?}");
            tally.refused();
            break;
        }
        assert!(pledged, "{held}: {tally:?}");
        let step = if first { "first" } else { "pledge" };
        bench.compare(tally, &account, &credit, step);
        let most = account.most_borrow(U256::MAX, WAD);
        let over = most + U256::ONE;
        let mut beyond = account.clone();
        if beyond.borrow(over).is_err() {
            let mut copy = bench.lab.clone();
            assert!(!does(&mut copy, &credit.borrow(ALICE, over, first)), "{over} more: {tally:?}");
            tally.refused();
        } else {
            // Where the limit is the threshold itself, or within a rounding of it, the pool lends what could
            // be liquidated at once: the most is what leaves a health of one.
            assert!(beyond.health().is_none_or(|health| health < WAD), "{beyond:?} {tally:?}");
        }
        let wanted = if rng.chance(3) { most } else { rng.upto(most) };
        let amount = account.most_borrow(wanted, least);
        if amount.is_zero() || account.clone().borrow(amount).is_err() {
            break;
        }
        assert!(
            does(&mut bench.lab, &credit.borrow(ALICE, amount, first)),
            "{amount}: {tally:?} {account:?}"
        );
        first = false;
        account.borrow(amount).unwrap();
        bench.compare(tally, &account, &credit, "borrow");
        bench.same_rate(&account);
        let (loan, collateral) = (bench.loan, bench.collateral);
        held = mul_div(amount, UNIT, account_worth(&credit, UNIT)).unwrap();
        bench.swap(loan, collateral, amount, held);
        if held.is_zero() {
            break;
        }
    }
    leave(bench, tally, &credit, &mut account, |owed| owed);
}

fn account_worth(credit: &Credit, units: U256) -> U256 {
    Account::new(&credit.terms).worth(units).unwrap()
}
