//! Laws of made auctions: every answer passes the checker, no order gets less than its limit, more
//! liquidity never costs an order anything, and time that is up still leaves an answer.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};
use tenor::intents::cow::{self, Checker, Settings, chain::Native};

use super::kit::{DAI, ETHER, USDC, WETH, auction, best, made, order, product, solved, with};

/// What one of a token is worth in thousandths of a dollar, and its units.
const WORTH: [(&str, u128, u128); 3] =
    [(WETH, 2_000_000, ETHER), (USDC, 1_000, 1_000_000), (DAI, 1_000, ETHER)];

fn units(token: usize, dollars: u128) -> (&'static str, u128) {
    let (name, worth, unit) = WORTH[token];
    (name, dollars * 1_000 * unit / worth)
}

prop_compose! {
    /// A pool within 3 % of the prices.
    fn pool(id: u32)(
        pair in 0_usize..3, depth in 1_000_u128..5_000_000, off in 970_u128..1_030,
    ) -> Value {
        let (one, other) = (pair, (pair + 1) % 3);
        product(id, units(one, depth), units(other, depth * off / 1_000))
    }
}

prop_compose! {
    /// An order that wants up to 5 % more or less than prices.
    fn asked(n: u8)(
        sell in 0_usize..3, turn in 1_usize..3, dollars in 10_u128..200_000, off in 950_u128..1_050,
        buys in any::<bool>(), part in any::<bool>(), market in any::<bool>(),
    ) -> Value {
        let buy = units((sell + turn) % 3, dollars * off / 1_000);
        let order = order(n, if buys { "buy" } else { "sell" }, units(sell, dollars), buy);
        let class = if market { "market" } else { "limit" };
        with(&order, &[("partiallyFillable", json!(part)), ("class", json!(class))])
    }
}

fn markets() -> impl Strategy<Value = (Vec<Value>, Vec<Value>)> {
    let orders = (asked(1), asked(2), asked(3), asked(4)).prop_map(|(a, b, c, d)| vec![a, b, c, d]);
    let pools = (pool(0), pool(1), pool(2), pool(3), pool(4));
    (orders, pools.prop_map(|(a, b, c, d, e)| vec![a, b, c, d, e]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_answer_passes_the_checker((orders, pools) in markets()) {
        solved(&auction(&made(&orders, &pools)));
    }

    /// A path through the pools that were there before is still there.
    #[test]
    fn another_pool_never_costs_an_order_its_single_path((orders, pools) in markets()) {
        let (fewer, more) =
            (auction(&made(&orders, &pools[..1])), auction(&made(&orders, &pools)));
        let (before, after) = (solved(&fewer).solutions, solved(&more).solutions);
        for (at, order) in orders.iter().enumerate() {
            let alone: Vec<_> = before.iter().filter(|s| s.trades.len() == 1).cloned().collect();
            if order["partiallyFillable"] == false {
                prop_assert!(best(&more, &after, at) >= best(&fewer, &alone, at));
            }
        }
    }

    /// However little time there is: what is answered is right, and it is answered.
    #[test]
    fn any_end_is_kept((orders, pools) in markets(), micros in 0_u64..5_000) {
        let auction = auction(&made(&orders, &pools));
        let until = Instant::now() + Duration::from_micros(micros);
        let solved = cow::solve(&auction, &Settings::default(), Some(until));
        prop_assert_eq!(&solved.rejected, &[]);
        let checker = Checker::new(&auction, Native::of_auction(&auction));
        prop_assert!(checker.check_all(&solved.solutions).is_ok());
    }
}

/// Once the time is up nothing is begun.
#[test]
fn no_time_is_no_solution() {
    let orders = [order(1, "sell", (WETH, ETHER), (USDC, 1))];
    let pools = [product(0, (WETH, ETHER), (USDC, 2_000_000_000))];
    let auction = auction(&made(&orders, &pools));
    let solved = cow::solve(&auction, &Settings::default(), Some(Instant::now()));
    assert!(solved.solutions.is_empty());
}

/// Half a second, or a fifth of what is left.
#[test]
fn a_part_of_the_time_is_kept_back() {
    let now = Instant::now();
    let stops = |left: u64| (cow::stop_at(now, Duration::from_millis(left)) - now).as_millis();
    assert_eq!((stops(10_000), stops(2_500), stops(1_000), stops(0)), (9_500, 2_000, 800, 0));
}

/// What is sold for itself is settled without liquidity.
#[test]
fn a_token_for_itself_costs_only_the_settlement() {
    let orders = [order(1, "sell", (WETH, ETHER), (WETH, ETHER / 2))];
    let solved = solved(&auction(&made(&orders, &[])));
    assert_eq!((solved.filled, solved.solutions[0].interactions.len()), (1, 0));
}

/// An order for the native token is settled in the wrapped one, by its price.
#[test]
fn native_is_bought_as_wrapped() {
    let native = "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
    let orders = [order(1, "sell", (USDC, 2_000_000_000), (native, ETHER / 2))];
    let pools = [product(0, (WETH, 1_000 * ETHER), (USDC, 2_000_000_000_000))];
    let auction = auction(&made(&orders, &pools));
    let solved = solved(&auction);
    let prices = &solved.solutions[0].prices;
    assert!(prices.contains_key(&WETH.parse::<alloy_primitives::Address>().unwrap()), "{prices:?}");
    assert_eq!(prices.len(), 2);
}

/// A quote is an auction without an id.
#[test]
fn a_quote_is_answered_like_an_auction() {
    let orders = [order(1, "sell", (WETH, ETHER), (USDC, 1_000_000_000))];
    let pools = [product(0, (WETH, 1_000 * ETHER), (USDC, 2_000_000_000_000))];
    let asked = made(&orders, &pools);
    let quote = with(&asked, &[("id", json!(null))]);
    assert_eq!(solved(&auction(&asked)).solutions, solved(&auction(&quote)).solutions);
}
