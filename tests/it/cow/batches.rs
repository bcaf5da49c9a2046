//! Orders that meet trade with each other at one price, and nobody is worse off for it.

use alloy_primitives::U256;

use super::kit::{
    DAI, ETHER, USDC, WETH, auction, best, flows, made, order, product, solved, surplus,
};

/// Opposite orders over a pool with a fee: together they save it.
#[test]
fn opposite_orders_meet_where_both_gain() {
    let orders = [
        order(1, "sell", (WETH, 10 * ETHER), (USDC, 10 * 1_800_000_000)),
        order(2, "sell", (USDC, 16_000_000_000), (WETH, 7 * ETHER)),
    ];
    let pools = [product(0, (WETH, 1_000 * ETHER), (USDC, 2_000_000_000_000))];
    let auction = auction(&made(&orders, &pools));
    let solved = solved(&auction);
    assert_eq!(solved.batches, 1, "{:?}", solved.solutions);
    let several: Vec<_> = solved.solutions.iter().filter(|s| s.trades.len() == 2).collect();
    let alone: Vec<_> = solved.solutions.iter().filter(|s| s.trades.len() == 1).cloned().collect();
    assert_eq!((several.len(), alone.len()), (1, 2));
    for order in 0..2 {
        let together = surplus(&auction, several[0], order).unwrap();
        assert!(together > best(&auction, &alone, order).unwrap(), "order {order}");
    }
    // The same price for both, as far as amounts show: what one pays a unit, the other gets.
    let (paid, got) = flows(&auction, several[0], 1).unwrap();
    let fee = |n: usize| match &several[0].trades[n] {
        tenor::intents::cow::wire::Trade::Fulfillment(trade) => trade.fee.unwrap().0,
        tenor::intents::cow::wire::Trade::Jit(_) => U256::ZERO,
    };
    let (sold, bought) = flows(&auction, several[0], 0).unwrap();
    let forth = f64::from(bought) / f64::from(sold - fee(0));
    let back = f64::from(paid - fee(1)) / f64::from(got);
    assert!((forth / back - 1.0).abs() < 1e-6, "{forth} {back}");
}

/// What does not trade against each other is not put together.
#[test]
fn unrelated_orders_stay_apart() {
    let orders = [
        order(1, "sell", (WETH, ETHER), (USDC, 1_800_000_000)),
        order(2, "sell", (DAI, 2_000 * ETHER), (USDC, 1_900_000_000)),
    ];
    let pools = [
        product(0, (WETH, 1_000 * ETHER), (USDC, 2_000_000_000_000)),
        product(1, (DAI, 2_000_000 * ETHER), (USDC, 2_000_000_000_000)),
    ];
    let solved = solved(&auction(&made(&orders, &pools)));
    assert_eq!((solved.filled, solved.batches), (2, 0));
    assert!(solved.solutions.iter().all(|solution| solution.trades.len() == 1));
}
