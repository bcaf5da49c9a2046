//! Whatever the driver refuses, the checker refuses, and says why.

use alloy_primitives::{Address, Bytes, U256};
use serde_json::json;
use tenor::intents::cow::{
    Checker, Reason,
    chain::Native,
    wire::{
        Amount, Asset, Auction, CustomInteraction, Fulfillment, Interaction, LiquidityInteraction,
        Solution, Trade,
    },
};

use super::kit::{DAI, ETHER, USDC, WETH, auction, made, order, product, solved, with};

/// An auction of one order and one pool, and its answer.
fn answered() -> (Auction, Solution) {
    let orders = [order(1, "sell", (WETH, ETHER), (USDC, 1_900_000_000))];
    let pools = [product(0, (WETH, 5_000 * ETHER), (USDC, 10_000_000_000_000))];
    let auction = auction(&made(&orders, &pools));
    let solutions = solved(&auction).solutions;
    assert_eq!(solutions.len(), 1);
    let solution = solutions.into_iter().next().unwrap();
    (auction, solution)
}

#[allow(clippy::result_large_err, reason = "as the checker's own")]
fn checked(auction: &Auction, solution: &Solution) -> Result<(), Reason> {
    let checker = Checker::new(auction, Native::of_auction(auction));
    checker.check(solution).map(|_| ()).map_err(|rejected| rejected.why)
}

/// The answer, changed.
fn changed(change: impl FnOnce(&mut Solution)) -> Reason {
    let (auction, mut solution) = answered();
    assert_eq!(checked(&auction, &solution), Ok(()));
    change(&mut solution);
    checked(&auction, &solution).expect_err("it is refused")
}

fn trade(solution: &mut Solution) -> &mut Fulfillment {
    match &mut solution.trades[0] {
        Trade::Fulfillment(trade) => trade,
        Trade::Jit(_) => panic!("an order of our own"),
    }
}

fn leg(solution: &mut Solution) -> &mut LiquidityInteraction {
    match &mut solution.interactions[0] {
        Interaction::Liquidity(leg) => leg,
        Interaction::Custom(_) => panic!("a call of our own"),
    }
}

fn token(text: &str) -> Address {
    text.parse().unwrap()
}

#[test]
fn trades_are_the_auctions_and_filled_as_they_must_be() {
    let one = U256::ONE;
    assert_eq!(changed(|s| s.trades.clear()), Reason::Empty);
    assert!(matches!(changed(|s| trade(s).order.0[0] ^= 1), Reason::UnknownOrder(_)));
    let twice = changed(|s| s.trades.push(s.trades[0].clone()));
    assert!(matches!(twice, Reason::RepeatedOrder(_)));
    assert!(matches!(changed(|s| trade(s).fee = None), Reason::Fee(_)));
    for less in [true, false] {
        let off = |amount: U256| if less { amount - one } else { amount + one };
        let change = |s: &mut Solution| {
            let executed = &mut trade(s).executed_amount;
            *executed = Amount(off(executed.0));
        };
        assert!(matches!(changed(change), Reason::ExecutedAmount { .. }));
    }
}

/// A market order's fee is nobody's to take.
#[test]
fn market_orders_pay_no_fee() {
    let orders = [with(
        &order(1, "sell", (WETH, ETHER), (USDC, 1_900_000_000)),
        &[("class", json!("market"))],
    )];
    let pools = [product(0, (WETH, 5_000 * ETHER), (USDC, 10_000_000_000_000))];
    let auction = auction(&made(&orders, &pools));
    let mut solution = solved(&auction).solutions.remove(0);
    assert_eq!(trade(&mut solution).fee, None);
    trade(&mut solution).fee = Some(Amount(U256::ZERO));
    assert!(matches!(checked(&auction, &solution), Err(Reason::Fee(_))));
}

#[test]
fn prices_are_there_and_no_worse_than_limits() {
    let (weth, usdc) = (token(WETH), token(USDC));
    let missing = changed(|s| {
        s.prices.remove(&weth);
    });
    assert_eq!(missing, Reason::MissingPrice(weth));
    let zero = changed(|s| {
        s.prices.insert(usdc, Amount(U256::ZERO));
    });
    assert_eq!(zero, Reason::ZeroPrice(usdc));
    // Twice as dear, what is bought is half as much.
    let dear = changed(|s| {
        let price = s.prices[&usdc].0;
        s.prices.insert(usdc, Amount(price * U256::from(2)));
    });
    assert!(matches!(dear, Reason::Limit { .. }), "{dear}");
    // Cheaper, there is not enough to pay it with.
    let cheap = changed(|s| {
        let price = s.prices[&usdc].0;
        s.prices.insert(usdc, Amount(price - price / U256::from(100)));
    });
    assert_eq!(cheap, Reason::Short(usdc));
    let wide = changed(|s| {
        s.prices.insert(weth, Amount(U256::MAX));
    });
    assert_eq!(wide, Reason::Overflow);
}

#[test]
fn liquidity_is_the_auctions_and_returns_what_is_claimed() {
    let named = |id: &str| {
        let id = id.to_owned();
        changed(|s| leg(s).id = id)
    };
    assert!(matches!(named("pool"), Reason::LiquidityId(_)));
    assert!(matches!(named("-1"), Reason::LiquidityId(_)));
    assert!(matches!(named("1"), Reason::UnknownLiquidity { .. }));
    let other = changed(|s| leg(s).output_token = token(DAI));
    assert!(matches!(other, Reason::UnknownLiquidity { .. }));
    let more = changed(|s| leg(s).output_amount.0 += U256::ONE);
    assert!(matches!(more, Reason::Overstated { .. }), "{more}");
    let twice = changed(|s| s.interactions.push(s.interactions[0].clone()));
    assert!(matches!(twice, Reason::RepeatedLiquidity(_)));
    let none = changed(|s| s.interactions.clear());
    assert_eq!(none, Reason::Short(token(USDC)));
    // More goes in than the order gives.
    let greedy = changed(|s| leg(s).input_amount.0 += U256::ONE);
    assert_eq!(greedy, Reason::Short(token(WETH)));
}

#[test]
fn only_trusted_tokens_that_are_there_stand_in() {
    assert_eq!(changed(|s| leg(s).internalize = true), Reason::Untrusted(token(WETH)));
    let orders = [order(1, "sell", (WETH, ETHER), (USDC, 1_900_000_000))];
    let pools = [product(0, (WETH, 5_000 * ETHER), (USDC, 10_000_000_000_000))];
    let mut value = made(&orders, &pools);
    value["tokens"][WETH]["trusted"] = json!(true);
    let short = auction(&value);
    let mut solution = solved(&short).solutions.remove(0);
    assert!(!leg(&mut solution).internalize);
    leg(&mut solution).internalize = true;
    assert_eq!(checked(&short, &solution), Err(Reason::Buffer(token(USDC))));
    // As much as comes out is enough, and one unit less is not.
    let out = leg(&mut solution).output_amount.0;
    for (held, internalised) in [(out, true), (out - U256::ONE, false)] {
        value["tokens"][USDC]["availableBalance"] = json!(held.to_string());
        let auction = auction(&value);
        let mut solution = solved(&auction).solutions.remove(0);
        assert_eq!(leg(&mut solution).internalize, internalised);
    }
}

#[test]
fn calls_are_of_none_that_holds_what_users_allowed() {
    let call = |target: &str, internalize: bool| CustomInteraction {
        internalize,
        target: token(target),
        value: Amount(U256::ZERO),
        call_data: Bytes::new(),
        allowances: Vec::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
    };
    let relayer = "0xc92e8bdf79f0507f65a392b0ab4667716bfe0110";
    let forbidden = changed(|s| s.interactions.push(Interaction::Custom(call(relayer, false))));
    assert_eq!(forbidden, Reason::Forbidden(token(relayer)));
    let idle = changed(|s| s.interactions.push(Interaction::Custom(call(DAI, true))));
    assert_eq!(idle, Reason::Idle);
    let greedy = changed(|s| {
        let dai = Asset { token: token(DAI), amount: Amount(U256::ONE) };
        let call = CustomInteraction { inputs: vec![dai], ..call(DAI, false) };
        s.interactions.push(Interaction::Custom(call));
    });
    assert_eq!(greedy, Reason::Short(token(DAI)));
}

#[test]
fn names_are_distinct_and_wrappers_there() {
    let (known, solution) = answered();
    let checker = Checker::new(&known, Native::of_auction(&known));
    let both = [solution.clone(), solution];
    assert_eq!(checker.check_all(&both).unwrap_err().why, Reason::RepeatedSolution);
    let wrapper = json!({ "address": DAI, "data": "0x1234" });
    let orders = [with(
        &order(1, "sell", (WETH, ETHER), (USDC, 1_900_000_000)),
        &[("wrappers", json!([wrapper]))],
    )];
    let pools = [product(0, (WETH, 5_000 * ETHER), (USDC, 10_000_000_000_000))];
    let wrapped = auction(&made(&orders, &pools));
    let mut solution = solved(&wrapped).solutions.remove(0);
    assert_eq!(solution.wrappers.len(), 1);
    solution.wrappers.clear();
    assert_eq!(checked(&wrapped, &solution), Err(Reason::MissingWrapper(token(DAI))));
}
