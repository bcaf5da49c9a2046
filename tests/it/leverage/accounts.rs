//! Accounts that borrow: what is refused, and laws of any account.

use alloy_primitives::U256;
use proptest::prelude::*;
use tenor_solver::{
    amount::{WAD, to_f64},
    leverage::{Account, LeverageError as E, Terms},
    venues::{Capacity, Rounding},
};

use super::kit::{aave, accounts, u};

const ONE: u128 = 1_000_000_000_000_000_000;

fn room(amount: u128) -> Capacity {
    Capacity::Limited { amount: u(amount), what: "a cap", refill_per_block: None }
}

fn pledged(terms: tenor_solver::leverage::AaveTerms) -> Account {
    let mut account = Account::new(&Terms::Aave(Box::new(terms)));
    account.pledge(u(100 * ONE)).unwrap();
    account
}

#[test]
fn what_a_pool_refuses_has_a_type() {
    let terms = || aave(Rounding::HalfUp);
    let mut other = terms();
    other.loan_category = 2;
    let refused = pledged(other).borrow(u(ONE)).unwrap_err();
    assert_eq!(refused, E::Category { account: 1, loan: 2 });

    let mut capped = terms();
    capped.borrow_room = room(ONE);
    let refused = pledged(capped).borrow(u(ONE + 1)).unwrap_err();
    assert!(matches!(refused, E::Cap { what: "the borrow cap", .. }), "{refused}");

    let mut unknown = terms();
    unknown.borrow_room = Capacity::Unknown("not told".into());
    let refused = pledged(unknown).borrow(u(ONE)).unwrap_err();
    assert!(matches!(refused, E::Unlisted(_)), "unknown is not unlimited: {refused}");

    let mut dry = terms();
    dry.available = u(ONE);
    let refused = pledged(dry).borrow(u(ONE + 1)).unwrap_err();
    assert_eq!(refused, E::Liquidity { available: u(ONE), asked: u(ONE + 1) });

    let mut account = pledged(terms());
    // 100 at 1.17 secure 93 % of 117.
    let refused = account.borrow(u(109 * ONE)).unwrap_err();
    assert!(matches!(refused, E::Unsecured(_)), "{refused}");
    account.borrow(u(108 * ONE)).unwrap();
    assert!(matches!(account.release(u(5 * ONE)).unwrap_err(), E::Pledged(_)));
    assert_eq!(account.borrow(U256::ZERO).unwrap_err(), E::Nothing);

    let mut full = terms();
    full.supply_room = room(ONE);
    let mut account = Account::new(&Terms::Aave(Box::new(full)));
    assert!(matches!(account.pledge(u(2 * ONE)).unwrap_err(), E::Cap { .. }));
    assert_eq!(
        account.pledge(U256::MAX).unwrap_err(),
        E::Cap { what: "the supply cap", room: u(ONE), asked: U256::MAX }
    );
}

/// The own loan raises the use and with it the rate, to that of the use which it leaves.
#[test]
fn an_own_loan_is_dearer() {
    for mut account in accounts() {
        let (used, rate) = (account.used().unwrap(), account.rate().unwrap());
        account.pledge(u(1) << 98).unwrap();
        account.borrow(account.most_borrow(u(1) << 96, WAD)).unwrap();
        assert!(account.used().unwrap() > used && account.rate().unwrap() > rate);
        assert!(account.rate_at(1.0).unwrap() > account.rate().unwrap());
        assert!(matches!(account.rate_at(1.001), Err(E::OverUsed(_))));
        assert!(matches!(account.rate_at(-0.1), Err(E::OverUsed(_))));
    }
    // By hand: 1.2 % of 2^101 more is lent out of 3 * 2^100.
    let mut account = Account::new(&Terms::Aave(Box::new(aave(Rounding::HalfUp))));
    account.pledge(u(1) << 98).unwrap();
    account.borrow(u(1) << 96).unwrap();
    let used = (2.0 + 1.0 / 16.0) / 3.0;
    assert!((account.used().unwrap() - used).abs() < 1e-12);
    let rate = 0.027 * used / 0.9 * 365.25 / 365.0;
    assert!((account.rate().unwrap() - rate).abs() < 1e-12);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// The most that can be borrowed can be, and a unit more cannot; the same of taking out. After an
    /// error nothing has changed.
    #[test]
    fn the_most_is_the_most(amount in 1_000_000u128..1 << 90, part in 1u128..1000, kind in 0usize..3) {
        let mut account = accounts().swap_remove(kind);
        account.pledge(u(amount)).unwrap();
        let most = account.most_borrow(U256::MAX, WAD);
        let before = account.clone();
        prop_assert!(account.borrow(most + U256::ONE).is_err());
        prop_assert_eq!(&account, &before);
        account.borrow(most).unwrap();
        prop_assert!(account.health().unwrap() >= WAD);
        let repaid = (most * u(part) / u(1000)).max(U256::ONE);
        prop_assert!(account.repay(repaid).unwrap() <= repaid);
        let free = account.most_release(U256::MAX, WAD);
        prop_assert!(account.clone().release(free + U256::ONE).is_err());
        if !free.is_zero() {
            account.release(free).unwrap();
            prop_assert!(account.health().unwrap() >= WAD);
        }
    }

    /// A loop entered and left at the oracle's price, in rounds, pays back all it owes and is left with
    /// its equity less what rounding took, at most a few units a round.
    #[test]
    fn a_loop_comes_back(equity in 1u128 << 40..1 << 80, target in 1.1..8.0f64, kind in 0usize..3) {
        let mut account = accounts().swap_remove(kind);
        let least = WAD * u(105) / u(100);
        let price = |units: U256| units * u(1_000) / u(1_170);
        account.pledge(u(equity)).unwrap();
        let worth = account.worth(u(equity)).unwrap();
        let mut rounds = 0u64;
        while account.leverage().unwrap() < target * 0.999 && rounds < 60 {
            let owed = account.owed().unwrap();
            let wanted = tenor_solver::amount::from_f64((target - 1.0) * to_f64(worth));
            let amount = account.most_borrow(wanted.saturating_sub(owed), least);
            prop_assert!(!amount.is_zero());
            account.borrow(amount).unwrap();
            account.pledge(price(amount)).unwrap();
            rounds += 1;
        }
        prop_assert!(account.leverage().unwrap() <= target * 1.001);
        prop_assert!(account.health().unwrap() >= least);
        let mut held = U256::ZERO;
        while !account.collateral().unwrap().is_zero() {
            let free = account.most_release(U256::MAX, WAD * u(102) / u(100));
            account.release(free).unwrap();
            held += account.worth(free).unwrap();
            if !account.owed().unwrap().is_zero() {
                held -= account.repay(held).unwrap();
            }
            rounds += 1;
            prop_assert!(rounds < 150);
        }
        prop_assert_eq!(account.owed().unwrap(), U256::ZERO);
        prop_assert!(held <= worth + u(2) && held + u(8 * (u128::from(rounds) + 1)) >= worth, "{held} of {worth}");
    }
}
