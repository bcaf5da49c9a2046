//! Laws of the staking, vault and lending venues, on random figures and amounts.

use alloy_primitives::{Address, U256};
use proptest::{
    prelude::{Strategy, any},
    prop_assert, prop_assert_eq,
};
use tenor_solver::{
    amount::{RAY, WAD, mul_div, to_f64},
    venues::{
        AaveFigures, AaveV3, Capacity, Deposit, DepositCall, Erc4626, Erc4626Figures, EtherFi,
        EtherFiFigures, Lido, LidoFigures, QuoteError, RateCurve, RateForm, RewardCycle, Rounding,
        ShareRate, ShareRateFigures, StakeLimit, Swap, Venue, VenueId,
    },
};

use super::CASES;
use crate::law::law;

/// Amounts of every size from one wei to 2^100, about 1e12 whole tokens.
fn amount() -> impl Strategy<Value = U256> {
    (1usize..=100, any::<u128>())
        .prop_map(|(bits, random)| U256::from(random) % (U256::ONE << bits) + U256::ONE)
}

/// Shares of a real size and the assets behind them, at a rate between 1 and 2.
fn totals() -> impl Strategy<Value = (U256, U256)> {
    (10u64..10_000_000, any::<u64>(), any::<u64>()).prop_map(|(whole, dust, rate)| {
        let shares = U256::from(whole) * WAD + U256::from(dust);
        let grown = mul_div(shares, U256::from(rate), U256::from(u64::MAX)).unwrap();
        (shares + grown, shares)
    })
}

fn swap(from: usize, to: usize, amount: U256) -> Swap {
    Swap { from, to, amount }
}

fn lido((assets, shares): (U256, U256)) -> Lido {
    let figures = LidoFigures {
        steth: Address::repeat_byte(1),
        wsteth: Address::repeat_byte(2),
        total_pooled_ether: assets,
        total_shares: shares,
        stake_limit: StakeLimit::Unlimited,
    };
    Lido::new(VenueId::new("lido"), figures)
}

fn etherfi((assets, shares): (U256, U256)) -> EtherFi {
    let figures = EtherFiFigures {
        liquidity_pool: Address::repeat_byte(3),
        eeth: Address::repeat_byte(1),
        weeth: Address::repeat_byte(2),
        total_pooled_ether: assets,
        total_shares: shares,
        deposit_capacity: Capacity::Unlimited,
    };
    EtherFi::new(VenueId::new("etherfi"), figures)
}

fn share_rate(form: RateForm) -> ShareRate {
    let figures = ShareRateFigures {
        share: Address::repeat_byte(1),
        form,
        deposit: Deposit::Open(DepositCall::Deposit(Address::repeat_byte(1))),
        burn_unknown: None,
        least_deposit: U256::ZERO,
        capacity: Capacity::Unlimited,
    };
    ShareRate::new(VenueId::new("share"), figures)
}

fn stored_rate((assets, shares): (U256, U256)) -> ShareRate {
    share_rate(RateForm::Rate { eth_per_share_wad: mul_div(assets, WAD, shares).unwrap() })
}

fn haircut((assets, shares): (U256, U256)) -> ShareRate {
    share_rate(RateForm::Totals { assets, shares, haircut_bps: 4, supply_cap: None })
}

fn vault((assets, shares): (U256, U256), virtual_shares: u64) -> Erc4626 {
    let reward = assets / U256::from(1000);
    let figures = Erc4626Figures {
        asset: Address::repeat_byte(1),
        vault: Address::repeat_byte(2),
        takes_eth: true,
        stored_assets: assets,
        total_supply: shares,
        virtual_shares: U256::from(virtual_shares),
        cycle: Some(RewardCycle { last_reward: reward, last_sync: 1_000, cycle_end: 605_800 }),
        timestamp: 300_001,
        deposit_limit: Capacity::Unlimited,
        redeem_limit: Some(Capacity::Unlimited),
    };
    Erc4626::new(VenueId::new("vault"), figures)
}

fn aave((assets, shares): (U256, U256)) -> AaveV3 {
    let percent = RAY / U256::from(100);
    AaveV3::new(AaveFigures {
        id: VenueId::new("aave"),
        pool: Address::repeat_byte(3),
        underlying: Address::repeat_byte(1),
        a_token: Address::repeat_byte(2),
        liquidity_index: mul_div(assets, RAY, shares).unwrap(),
        rounding: Rounding::HalfUp,
        unbacked: U256::ZERO,
        curve: Some(RateCurve {
            base: U256::ZERO,
            slope1: percent * U256::from(3),
            slope2: percent * U256::from(80),
            optimal: percent * U256::from(90),
            reserve_factor_bps: U256::from(1500),
        }),
        total_debt: Some(assets),
        available: assets / U256::from(5),
        supply_cap: Capacity::Unlimited,
    })
}

/// Every direction that one of the venues trades, with the units by which its rounding may favour
/// the trader: none but Aave's, which rounds to the nearest.
fn directions(totals: (U256, U256)) -> Vec<(Box<dyn Venue>, usize, usize, u64)> {
    let mut all: Vec<(Box<dyn Venue>, usize, usize, u64)> = Vec::new();
    for (from, to) in [(0, 1), (0, 2), (1, 2), (2, 1)] {
        all.push((Box::new(lido(totals)), from, to, 0));
    }
    for (from, to) in [(0, 1), (1, 2), (2, 1)] {
        all.push((Box::new(etherfi(totals)), from, to, 0));
    }
    all.push((Box::new(stored_rate(totals)), 0, 1, 0));
    all.push((Box::new(haircut(totals)), 0, 1, 0));
    for virtual_shares in [0, 1] {
        for (from, to) in [(0, 1), (2, 1), (1, 0)] {
            all.push((Box::new(vault(totals, virtual_shares)), from, to, 0));
        }
    }
    all.push((Box::new(aave(totals)), 0, 1, 1));
    all.push((Box::new(aave(totals)), 1, 0, 0));
    all
}

/// What comes out; nothing where the amount is too small or too large for the venue.
fn out(venue: &dyn Venue, from: usize, to: usize, amount: U256) -> Option<U256> {
    match venue.quote(swap(from, to, amount)) {
        Ok(quote) => Some(quote.out),
        Err(QuoteError::NothingOut(_)) => Some(U256::ZERO),
        Err(QuoteError::Limit { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn more_in_is_never_less_out() {
    law(CASES, &(totals(), amount(), amount()), |(totals, a, b)| {
        for (venue, from, to, _) in directions(totals) {
            if let Some(whole) = out(&*venue, from, to, a + b) {
                prop_assert!(out(&*venue, from, to, a).unwrap() <= whole, "{}", venue.id());
            }
        }
        Ok(())
    });
}

/// From one state, two parts quote at most a wei more than the whole, and at most four less: two
/// for each part where shares and then the balance they show are rounded down. Where rounding may
/// favour the trader, both bounds are wider by that, for each part.
#[test]
fn quotes_are_linear_within_rounding() {
    law(CASES, &(totals(), amount(), amount()), |(totals, a, b)| {
        for (venue, from, to, favour) in directions(totals) {
            let Some(whole) = out(&*venue, from, to, a + b) else { continue };
            let parts = out(&*venue, from, to, a).unwrap() + out(&*venue, from, to, b).unwrap();
            let slack = U256::from(1 + 2 * favour);
            prop_assert!(parts <= whole + slack, "{}: {parts} > {whole}", venue.id());
            prop_assert!(
                parts + slack + U256::from(3) >= whole,
                "{}: {parts} << {whole}",
                venue.id()
            );
        }
        Ok(())
    });
}

/// The optimiser's real-valued gain bounds what the integers return.
#[test]
fn gains_never_understate_quotes() {
    law(CASES, &(totals(), amount()), |(totals, a)| {
        for (venue, from, to, favour) in directions(totals) {
            let Some(out) = out(&*venue, from, to, a) else { continue };
            let gain = venue.gain(from, to).unwrap().out(to_f64(a));
            let (out, favour) = (to_f64(out), to_f64(U256::from(favour)));
            prop_assert!(out <= gain * (1.0 + 1e-15) + favour, "{}: {out} > {gain}", venue.id());
        }
        Ok(())
    });
}

/// Trading in two steps returns no more than in one, beyond the wei that sharing the rounding of
/// the first step with all holders can give back.
#[test]
fn splitting_never_pays() {
    law(CASES, &(totals(), amount(), amount()), |(totals, a, b)| {
        for (venue, from, to, favour) in directions(totals) {
            let Some(whole) = out(&*venue, from, to, a + b) else { continue };
            let mut venue = venue.boxed();
            let first = venue.trade(swap(from, to, a)).map_or(U256::ZERO, |quote| quote.out);
            let second = out(&*venue, from, to, b).unwrap();
            let slack = U256::from(1 + 2 * favour);
            prop_assert!(first + second <= whole + slack, "{}", venue.id());
        }
        Ok(())
    });
}

/// A quote is what the trade then returns, and a refused trade changes nothing.
#[test]
fn trades_return_their_quote() {
    law(CASES, &(totals(), amount()), |(totals, a)| {
        for (mut venue, from, to, _) in directions(totals) {
            let before = format!("{venue:?}");
            let quote = venue.quote(swap(from, to, a));
            let refused = quote.is_err();
            prop_assert_eq!(venue.trade(swap(from, to, a)), quote);
            prop_assert!(!refused || format!("{venue:?}") == before, "{}", venue.id());
        }
        Ok(())
    });
}

/// Wrapping and unwrapping never profits and loses at most two wei.
#[test]
fn wrapping_there_and_back_loses_dust_only() {
    law(CASES, &(totals(), amount()), |(totals, a)| {
        let venues: [Box<dyn Venue>; 2] = [Box::new(lido(totals)), Box::new(etherfi(totals))];
        for venue in venues {
            let [(rebasing, wrapped)] = venue.exact_pairs() else { panic!() };
            for (from, to) in [(*rebasing, *wrapped), (*wrapped, *rebasing)] {
                let Some(there) = out(&*venue, from, to, a).filter(|out| !out.is_zero()) else {
                    continue;
                };
                let back = out(&*venue, to, from, there).unwrap();
                prop_assert!(back <= a && a - back <= U256::from(2), "{}: {a} {back}", venue.id());
            }
        }
        Ok(())
    });
}

/// Depositing into a vault and redeeming the shares never profits.
#[test]
fn deposits_and_redemptions_never_profit() {
    law(CASES, &(totals(), amount()), |(totals, a)| {
        for virtual_shares in [0, 1] {
            let mut vault = vault(totals, virtual_shares);
            let Ok(shares) = vault.trade(swap(0, 1, a)) else { continue };
            if shares.out.is_zero() {
                continue;
            }
            if let Some(back) = out(&vault, 1, 0, shares.out) {
                prop_assert!(back <= a && a - back <= U256::from(2), "{a} {back}");
            }
        }
        Ok(())
    });
}

/// The balance shown after staking is that of the minted shares, and never more than was sent.
#[test]
fn stakes_show_the_balance_of_their_shares() {
    law(CASES, &(totals(), amount()), |(totals, a)| {
        let venues: [Box<dyn Venue>; 2] = [Box::new(lido(totals)), Box::new(etherfi(totals))];
        for mut venue in venues {
            let rate = venue.rebase(1).unwrap();
            let Ok(quote) = venue.trade(swap(0, 1, a)) else { continue };
            let shares = quote.shares.unwrap();
            prop_assert_eq!(rate.shares_of(a), Some(shares));
            prop_assert_eq!(venue.rebase(1).unwrap().balance(shares), Some(quote.out));
            prop_assert!(quote.out <= a && a - quote.out <= U256::from(2));
            prop_assert_eq!(venue.rebase(1).unwrap().assets, rate.assets + a);
            prop_assert_eq!(venue.rebase(1).unwrap().shares, rate.shares + shares);
        }
        Ok(())
    });
}

/// The stake limit lets through what it says and not a wei more, however it was spent before.
#[test]
fn the_stake_limit_holds_to_the_wei() {
    let limits = (1u64..200_000, 0u64..400_000, 1u64..10_000, 0u64..20_000);
    law(CASES, &(totals(), limits), |(totals, (max, previous, growth, passed))| {
        let mut figures = LidoFigures {
            steth: Address::repeat_byte(1),
            wsteth: Address::repeat_byte(2),
            total_pooled_ether: totals.0,
            total_shares: totals.1,
            stake_limit: StakeLimit::Unlimited,
        };
        figures.stake_limit = StakeLimit::Limited {
            max: U256::from(max) * WAD,
            previous: U256::from(previous) * WAD,
            previous_block: 1_000,
            growth_blocks: growth,
            at_block: 1_000 + passed,
        };
        let mut venue = Lido::new(VenueId::new("lido"), figures);
        let limit = limit_of(&venue);
        let (low, high) = (max.min(previous), max.max(previous));
        prop_assert!(limit >= U256::from(low) * WAD && limit <= U256::from(high) * WAD);
        let beyond = venue.quote(swap(0, 2, limit + U256::ONE));
        let refused = QuoteError::Limit { venue: venue.id().clone(), what: "stake limit", limit };
        prop_assert_eq!(beyond, Err(refused));
        let half = limit / U256::from(2) + U256::ONE;
        if half < limit {
            venue.trade(swap(0, 1, half)).unwrap();
            prop_assert_eq!(limit_of(&venue), limit - half);
        }
        Ok(())
    });
}

fn limit_of(venue: &dyn Venue) -> U256 {
    match venue.capacity(0, 1) {
        Capacity::Limited { amount, .. } => amount,
        other => panic!("{other:?}"),
    }
}

/// Scaled balances round to the nearest, and the balance shown stays within a unit of the supply.
#[test]
fn indices_round_to_the_nearest() {
    law(CASES, &(totals(), amount()), |(totals, a)| {
        let venue = aave(totals);
        let index = mul_div(totals.0, RAY, totals.1).unwrap();
        let scaled = venue.rebase(1).unwrap().shares_of(a).unwrap();
        let error = (scaled * index).abs_diff(a * RAY);
        prop_assert!(error * U256::from(2) <= index + U256::ONE);
        let shown = venue.rebase(1).unwrap().balance(scaled).unwrap();
        prop_assert!((shown * RAY).abs_diff(scaled * index) * U256::from(2) <= RAY);
        prop_assert!(shown.abs_diff(a) <= U256::ONE);
        Ok(())
    });
}

/// Supplying more never raises the rate one earns, and the rate after a trade is the one foretold.
#[test]
fn own_supply_never_raises_the_rate() {
    law(CASES, &(totals(), amount(), amount()), |(totals, a, b)| {
        let mut venue = aave(totals);
        let [none, some, more] =
            [U256::ZERO, a, a + b].map(|added| venue.rate_after(1, added).unwrap());
        prop_assert!(none >= some && some >= more);
        if venue.trade(swap(0, 1, a)).is_ok() {
            prop_assert_eq!(venue.rate_after(1, U256::ZERO), Some(some));
        }
        Ok(())
    });
}
