//! Venues of our own, traded by calls that this engine encodes.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use tenor::intents::cow::{
    self, Checker, Settings,
    chain::{Native, SETTLEMENT},
    wire::Interaction,
};
use tenor_solver::venues::{UniswapV2, Venue, VenueId};

use super::kit::{DAI, ETHER, USDC, WETH, auction, made, order, product};

fn token(text: &str) -> Address {
    text.parse().unwrap()
}

/// DAI for WETH, known to nobody but us.
fn ours() -> Arc<dyn Venue> {
    let tokens = [token(DAI), token(WETH)];
    let reserves = [U256::from(2_000_000 * ETHER), U256::from(1_000 * ETHER)];
    let (pair, router) = (Address::repeat_byte(0x77), Address::repeat_byte(0x78));
    let id = VenueId::new("uniswap_v2:DAI/WETH");
    Arc::new(UniswapV2::new(id, pair, router, tokens, reserves, 3_000).unwrap())
}

#[test]
fn a_route_through_our_venue_calls_it_from_the_settlement() {
    let orders = [order(1, "sell", (DAI, 2_000 * ETHER), (USDC, 1_800_000_000))];
    let pools = [product(0, (WETH, 1_000 * ETHER), (USDC, 2_000_000_000_000))];
    let auction = auction(&made(&orders, &pools));
    let alone = cow::solve(&auction, &Settings::default(), None);
    assert!(alone.solutions.is_empty(), "there is no way without it");
    let settings = Settings { venues: vec![ours()], slippage_bps: 100, ..Settings::default() };
    let solved = cow::solve(&auction, &settings, None);
    assert_eq!(solved.rejected, []);
    let checker = Checker::new(&auction, Native::of_auction(&auction));
    checker.check_all(&solved.solutions).unwrap();
    let Interaction::Custom(call) = &solved.solutions[0].interactions[0] else {
        panic!("{:?}", solved.solutions[0].interactions)
    };
    assert_eq!((call.target, call.internalize), (Address::repeat_byte(0x78), false));
    assert_eq!(call.allowances[0].spender, Address::repeat_byte(0x78));
    assert_eq!(call.allowances[0].amount.0, U256::from(2_000 * ETHER));
    assert_eq!(call.inputs[0].amount.0, U256::from(2_000 * ETHER));
    let claimed = call.outputs[0].amount.0;
    // swapExactTokensForTokens(amountIn, amountOutMin, path, to, deadline): words after the selector.
    let word = |n: usize| U256::from_be_slice(&call.call_data[4 + 32 * n..36 + 32 * n]);
    assert_eq!(word(0), U256::from(2_000 * ETHER));
    assert_eq!(word(1), claimed * U256::from(9_900) / U256::from(10_000));
    assert_eq!(word(3), U256::from_be_slice(SETTLEMENT.as_slice()));
}
