//! Contracts that no package publishes, executed once: what their source did with random figures.
//!
//! Each table holds one call a row: the state before, what was called, and what the contract said
//! afterwards. `adaptive_curve_irm.csv`: `AdaptiveCurveIrm` of morpho-org/morpho-blue-irm a1a87fd by solc
//! 0.8.19. `comet.csv`: `Comet` and `CometExt` of compound-finance/comet d5a30b0 by solc 0.8.15, random
//! configurations, suppliers and a borrower with one collateral of 18 decimals (factors 0.90, 0.93 and
//! 0.95, store front 0.5).

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    sync::Arc,
};

use alloy_primitives::{Address, Bytes, I256, U256};
use alloy_sol_types::{SolCall, SolValue, sol};
use tenor_solver::{
    amount::WAD,
    venues::{
        AdaptiveCurve, Answer, At, BasePrice, Collateral, CometTotals, Kinked, Limit, Place,
        QuoteError, Read, Swap, Venue, VenueId, bought_collateral, open,
    },
};

sol! {
    function totalsBasic() external view returns (
        uint64, uint64, uint64, uint64, uint104, uint104, uint40, uint8
    );
    function baseToken() external view returns (address);
    function balanceOf(address account) external view returns (uint256);
    function isSupplyPaused() external view returns (bool);
    function isWithdrawPaused() external view returns (bool);
    function supplyKink() external view returns (uint256);
    function supplyPerSecondInterestRateBase() external view returns (uint256);
    function supplyPerSecondInterestRateSlopeLow() external view returns (uint256);
    function supplyPerSecondInterestRateSlopeHigh() external view returns (uint256);
    function borrowKink() external view returns (uint256);
    function borrowPerSecondInterestRateBase() external view returns (uint256);
    function borrowPerSecondInterestRateSlopeLow() external view returns (uint256);
    function borrowPerSecondInterestRateSlopeHigh() external view returns (uint256);
}

const COMET: Address = Address::repeat_byte(0xc0);
const BASE: Address = Address::repeat_byte(0xba);

/// A table's rows, each by the names of the columns.
pub(super) fn rows(table: &'static str) -> Vec<Row> {
    let mut lines = table.lines();
    let names: Vec<_> = lines.next().unwrap().split(',').collect();
    let row = |line: &'static str| {
        let values: Vec<_> = line.split(',').collect();
        assert_eq!(values.len(), names.len(), "{line}");
        Row(names.iter().copied().zip(values).collect())
    };
    lines.map(row).collect()
}

#[derive(Debug)]
pub(super) struct Row(HashMap<&'static str, &'static str>);

impl Row {
    pub(super) fn u(&self, name: &str) -> U256 {
        self.0[name].parse().unwrap_or_else(|_| panic!("{name}: {self:?}"))
    }

    pub(super) fn i(&self, name: &str) -> I256 {
        self.0[name].parse().unwrap_or_else(|_| panic!("{name}: {self:?}"))
    }

    pub(super) fn seconds(&self, name: &str) -> u64 {
        self.u(name).to()
    }

    pub(super) fn text(&self, name: &str) -> &'static str {
        self.0[name]
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.u(name) == U256::ONE
    }
}

#[test]
fn the_adaptive_curve_agrees_with_its_source() {
    let rows = rows(include_str!("executed/adaptive_curve_irm.csv"));
    for row in &rows {
        let (supply, borrow) = (row.u("supply"), row.u("borrow"));
        let utilisation = if supply.is_zero() { supply } else { borrow * WAD / supply };
        let curve = AdaptiveCurve { rate_at_target: row.u("rate_at_target") };
        let adapted = curve.adapted(utilisation, row.seconds("seconds")).unwrap();
        assert_eq!(adapted.average, row.u("average"), "{row:?}");
        assert_eq!(adapted.curve.rate_at_target, row.u("rate_at_target_after"), "{row:?}");
    }
    println!("| adaptive curve | morpho-blue-irm a1a87fd | {} | 0 | 0 |", rows.len());
}

/// What a Comet as it was before a row's call says to whoever asks.
fn said(row: &Row, data: &[u8]) -> Bytes {
    let word = |name: &str| row.u(name).abi_encode().into();
    match <[u8; 4]>::try_from(&data[..4]).unwrap() {
        totalsBasicCall::SELECTOR => {
            let zero = U256::ZERO;
            let [supply, borrow] = ["supply_index", "borrow_index"].map(|name| row.u(name));
            let totals = ["supply_principal", "borrow_principal", "last_accrual"];
            let [supplied, owed, last] = totals.map(|name| row.u(name));
            (supply, borrow, zero, zero, supplied, owed, last, zero).abi_encode().into()
        }
        baseTokenCall::SELECTOR => BASE.abi_encode().into(),
        balanceOfCall::SELECTOR => word("cash"),
        isSupplyPausedCall::SELECTOR => word("supply_paused"),
        isWithdrawPausedCall::SELECTOR => word("withdraw_paused"),
        supplyKinkCall::SELECTOR => word("supply_kink"),
        supplyPerSecondInterestRateBaseCall::SELECTOR => word("supply_base"),
        supplyPerSecondInterestRateSlopeLowCall::SELECTOR => word("supply_low"),
        supplyPerSecondInterestRateSlopeHighCall::SELECTOR => word("supply_high"),
        borrowKinkCall::SELECTOR => word("borrow_kink"),
        borrowPerSecondInterestRateBaseCall::SELECTOR => word("borrow_base"),
        borrowPerSecondInterestRateSlopeLowCall::SELECTOR => word("borrow_low"),
        borrowPerSecondInterestRateSlopeHighCall::SELECTOR => word("borrow_high"),
        other => panic!("{other:?} is asked"),
    }
}

fn opened(row: &Row) -> Arc<dyn Venue> {
    let place = Place {
        id: VenueId::new("compound_v3"),
        kind: "compound_v3".into(),
        contracts: BTreeMap::from([("comet".to_owned(), COMET)]),
        constants: BTreeMap::new(),
        code: BTreeMap::new(),
    };
    let at = At { block: 1, timestamp: row.seconds("now") };
    let answers = |reads: &[Read]| -> Result<Vec<Answer>, Infallible> {
        let answer = |read: &Read| match read {
            Read::Call { to, data } => {
                assert_eq!(*to, if data[..4] == balanceOfCall::SELECTOR { BASE } else { COMET });
                Answer::Returned(said(row, data))
            }
            other => panic!("{other:?} is asked"),
        };
        Ok(reads.iter().map(answer).collect())
    };
    let opened = open(&[place], at, &mut HashMap::new(), answers).unwrap();
    opened.into_iter().next().unwrap().unwrap().venue
}

fn kinked(row: &Row, side: &str) -> Kinked {
    let figure = |name: &str| row.u(&format!("{side}_{name}"));
    let [kink, base, low, high] = ["kink", "base", "low", "high"].map(figure);
    Kinked { kink, base, low, high }
}

/// The totals before the call, with interest.
fn totals(row: &Row) -> CometTotals {
    let stored = CometTotals {
        supply_index: row.u("supply_index"),
        borrow_index: row.u("borrow_index"),
        supply_principal: row.u("supply_principal"),
        borrow_principal: row.u("borrow_principal"),
        last_accrual: row.seconds("last_accrual"),
    };
    let (supply, borrow) = (kinked(row, "supply"), kinked(row, "borrow"));
    stored.accrued(&supply, &borrow, row.seconds("now")).unwrap()
}

fn secured(row: &Row, totals: &CometTotals, principal: I256, limit: Limit) -> I256 {
    let base = BasePrice { price: row.u("base_price"), scale: row.u("base_scale") };
    let collateral = [collateral(row)];
    totals.liquidity(principal, base, &collateral, limit).unwrap()
}

fn collateral(row: &Row) -> Collateral {
    let percent = |of: u64| WAD * U256::from(of) / U256::from(100);
    Collateral {
        balance: row.u("collateral"),
        price: row.u("collateral_price"),
        scale: WAD,
        borrow_factor: percent(90),
        liquidate_factor: percent(93),
        liquidation_factor: percent(95),
    }
}

/// The principal after the row's call; `None` where the contract should refuse it.
fn called(row: &Row, totals: &CometTotals) -> Option<I256> {
    let (principal, amount) = (row.i("principal"), row.u("amount"));
    if row.text("op") == "supply" {
        return (!row.is("supply_paused"))
            .then(|| totals.after_supply(principal, amount))
            .flatten();
    }
    let (after, owed) = totals.after_withdrawal(principal, amount)?;
    let lent = owed.is_zero()
        || (owed >= row.u("borrow_min")
            && !secured(row, totals, after, Limit::Borrow).is_negative());
    (!row.is("withdraw_paused") && lent && amount <= row.u("cash")).then_some(after)
}

/// The venue quotes what the contract did for whoever lends and does not borrow.
fn compare_venue(row: &Row, venue: &dyn Venue) {
    let supply = row.text("op") == "supply";
    let swap =
        Swap { from: usize::from(!supply), to: usize::from(supply), amount: row.u("amount") };
    let (before, done) = (row.i("principal"), row.is("done"));
    let quote = venue.quote(swap);
    let paused = if supply { "supply_paused" } else { "withdraw_paused" };
    if row.is(paused) {
        assert!(matches!(quote, Err(QuoteError::Paused(_))), "{row:?}");
        return;
    }
    if !supply && swap.amount > row.u("cash") {
        assert!(matches!(quote, Err(QuoteError::Limit { .. })), "{row:?}");
        return;
    }
    let quote = quote.unwrap();
    let mut after = venue.boxed();
    after.trade(swap).unwrap();
    let rebase = venue.rebase(1).unwrap();
    if supply && before.is_zero() {
        assert!(done, "{row:?}");
        assert_eq!(quote.shares, Some(row.u("principal_after")), "{row:?}");
        assert_eq!(quote.out, row.u("balance_after"), "{row:?}");
        // The contract's own rate has the unit that it was paid for; a year of 365 days, in RAY.
        let rate = row.u("supply_rate_after") * U256::from(31_536_000) * U256::from(1_000_000_000);
        assert_eq!(after.rate_after(1, U256::ZERO), Some(rate), "{row:?}");
        assert_eq!(venue.rate_after(1, swap.amount), Some(rate), "{row:?}");
    }
    if !supply {
        assert_eq!(quote.out, swap.amount);
        let left = U256::try_from(before).ok().and_then(|held| rebase.left(held, swap.amount));
        let stays = U256::try_from(row.i("principal_after")).ok().filter(|_| done);
        if let (Some(left), true) = (left, done) {
            assert_eq!(Some(left), stays, "{row:?}");
            assert_eq!(rebase.balance(left), Some(row.u("balance_after")), "{row:?}");
        }
    }
}

#[test]
fn compound_v3_agrees_with_its_source() {
    let rows = rows(include_str!("executed/comet.csv"));
    let (mut done, mut refused) = (0, 0);
    for row in &rows {
        let totals = totals(row);
        let after = called(row, &totals);
        assert_eq!(after.is_some(), row.is("done"), "{row:?}");
        compare_venue(row, &*opened(row));
        let base = BasePrice { price: row.u("base_price"), scale: row.u("base_scale") };
        let front = WAD / U256::from(2);
        let bought = bought_collateral(row.u("amount"), base, &collateral(row), front);
        assert_eq!(bought, row.text("collateral_bought").parse().ok(), "{row:?}");
        let Some(after) = after else {
            refused += 1;
            continue;
        };
        assert_eq!(after, row.i("principal_after"), "{row:?}");
        assert_eq!(totals.supply_index, row.u("supply_index_after"), "{row:?}");
        assert_eq!(totals.borrow_index, row.u("borrow_index_after"), "{row:?}");
        let secured = |limit| !secured(row, &totals, after, limit).is_negative();
        assert_eq!(secured(Limit::Borrow), row.is("collateralized"), "{row:?}");
        assert_eq!(secured(Limit::Liquidate), !row.is("liquidatable"), "{row:?}");
        done += 1;
    }
    println!("| Compound III | comet d5a30b0 | {done} | {refused} | 0 |");
}
