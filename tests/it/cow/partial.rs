//! Orders that may be filled in part are filled as far as that is worth something.

use alloy_primitives::U256;
use serde_json::json;

use super::kit::{
    ETHER, USDC, WETH, auction, best, flows, made, order, product, solved, surplus, with,
};

/// A pool of 1000 WETH and 2m USDC, which gives 1994 for little; and an order of 600 WETH that wants 1500.
fn limited(kind: &str) -> serde_json::Value {
    let sell = (WETH, 600 * ETHER);
    let buy = (USDC, 600 * 1_500_000_000);
    let orders = [with(&order(1, kind, sell, buy), &[("partiallyFillable", json!(true))])];
    let pools = [product(0, (WETH, 1_000 * ETHER), (USDC, 2_000_000_000_000))];
    made(&orders, &pools)
}

/// The amount at which the next unit returns the limit: for `x` and `y` held and 0.3 % kept back, where
/// `y x k / (x + k a)^2` is the limit.
#[test]
fn as_much_is_filled_as_leaves_most_over_the_limit() {
    for kind in ["sell", "buy"] {
        let auction = auction(&limited(kind));
        let solutions = solved(&auction).solutions;
        assert_eq!(solutions.len(), 1, "{kind}");
        let (paid, _) = flows(&auction, &solutions[0], 0).unwrap();
        let (x, y, k, limit) = (1_000.0_f64, 2_000_000.0, 0.997, 1_500.0);
        let expected = ((y * x * k / limit).sqrt() - x) / k;
        let paid = f64::from(paid) / 1e18;
        assert!((paid - expected).abs() < 1e-2 * expected, "{kind}: {paid} {expected}");
    }
}

/// No amount that the peer would try, half after half, leaves more.
#[test]
fn no_half_of_a_half_is_better() {
    let value = limited("sell");
    let partial = auction(&value);
    let ours = best(&partial, &solved(&partial).solutions, 0).unwrap();
    for halving in 0..8_u32 {
        let part = (600 * ETHER) >> halving;
        let buy = U256::from(600_u64 * 1_500_000_000) >> usize::try_from(halving).unwrap();
        let fixed = order(1, "sell", (WETH, part), (USDC, u128::try_from(buy).unwrap()));
        let mut whole = value.clone();
        whole["orders"] = json!([fixed]);
        let whole = auction(&whole);
        for solution in solved(&whole).solutions {
            let over = surplus(&whole, &solution, 0).unwrap();
            // Limits of halves round in the order's favour by a unit.
            assert!(ours + U256::from(2) >= over, "{halving}: {ours} {over}");
        }
    }
}

/// Where all of it is worth filling, all of it is.
#[test]
fn a_small_order_is_filled_as_a_whole() {
    let orders = [with(
        &order(1, "sell", (WETH, ETHER), (USDC, 1_000_000_000)),
        &[("partiallyFillable", json!(true))],
    )];
    let pools = [product(0, (WETH, 1_000 * ETHER), (USDC, 2_000_000_000_000))];
    let auction = auction(&made(&orders, &pools));
    let solutions = solved(&auction).solutions;
    let (paid, _) = flows(&auction, &solutions[0], 0).unwrap();
    assert_eq!(paid, U256::from(ETHER));
}
