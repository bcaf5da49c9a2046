//! Auctions, made and recorded.

use std::{fs, path::PathBuf};

use alloy_primitives::{Address, U256};
use serde_json::{Value, json};
use tenor::intents::cow::{
    self, Checker, Settings, Solved,
    chain::Native,
    wire::{Auction, Interaction, Solution, Trade},
};

use crate::recorded::{data, files};

/// Tokens of made auctions; the first is mainnet's wrapped native one.
pub(super) const WETH: &str = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2";
pub(super) const USDC: &str = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
pub(super) const DAI: &str = "0x6b175474e89094c44da98b954eedeac495271d0f";

pub(super) const ETHER: u128 = 1_000_000_000_000_000_000;

/// The recorded files of a folder of `cow`.
pub(super) fn recorded(folder: &str) -> Vec<PathBuf> {
    let Some(data) = data() else { return Vec::new() };
    let found = files(&data.join("cow").join(folder), "json");
    assert!(!found.is_empty(), "no {folder}");
    found
}

pub(super) fn value(path: &PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

pub(super) fn auction(value: &Value) -> Auction {
    cow::read(value.to_string().as_bytes()).unwrap()
}

/// Solves without a deadline; whatever is answered passes the checker, as a whole too.
pub(super) fn solved(auction: &Auction) -> Solved {
    let solved = cow::solve(auction, &Settings::default(), None);
    assert_eq!(solved.rejected, []);
    Checker::new(auction, Native::of_auction(auction)).check_all(&solved.solutions).unwrap();
    solved
}

/// An auction of WETH, USDC and DAI at 2000 each, DAI and USDC one for one.
pub(super) fn made(orders: &[Value], liquidity: &[Value]) -> Value {
    let token = |decimals: u8, price: &str| {
        json!({
            "decimals": decimals, "symbol": null, "referencePrice": price,
            "availableBalance": "0", "trusted": false,
        })
    };
    json!({
        "id": "7",
        "tokens": {
            WETH: token(18, "1000000000000000000"),
            USDC: token(6, "500000000000000000000000000"),
            DAI: token(18, "500000000000000"),
        },
        "orders": orders,
        "liquidity": liquidity,
        "effectiveGasPrice": "1000000000",
        "deadline": "2106-01-01T00:00:00.000Z",
        "surplusCapturingJitOrderOwners": [],
    })
}

/// The order number `n`.
pub(super) fn order(n: u8, kind: &str, sell: (&str, u128), buy: (&str, u128)) -> Value {
    json!({
        "uid": format!("0x{}", format!("{n:02x}").repeat(56)),
        "sellToken": sell.0, "buyToken": buy.0,
        "sellAmount": sell.1.to_string(), "fullSellAmount": sell.1.to_string(),
        "buyAmount": buy.1.to_string(), "fullBuyAmount": buy.1.to_string(),
        "feePolicies": [], "validTo": 0, "kind": kind,
        "owner": "0x5b1e2c2762667331bc91648052f646d1b0d35984",
        "partiallyFillable": false, "preInteractions": [], "postInteractions": [],
        "sellTokenSource": "erc20", "buyTokenDestination": "erc20", "class": "limit",
        "appData": format!("0x{}", "00".repeat(32)),
        "signingScheme": "presign", "signature": "0x",
    })
}

/// The same with members replaced or added.
pub(super) fn with(value: &Value, members: &[(&str, Value)]) -> Value {
    let mut value = value.clone();
    for (name, member) in members {
        value[*name] = member.clone();
    }
    value
}

pub(super) fn product(id: u32, one: (&str, u128), other: (&str, u128)) -> Value {
    json!({
        "kind": "constantProduct", "id": id.to_string(), "fee": "0.003", "gasEstimate": "90000",
        "address": format!("0x{:040x}", 0x1000 + id), "router": format!("0x{:040x}", 9),
        "tokens": {
            one.0: { "balance": one.1.to_string() },
            other.0: { "balance": other.1.to_string() },
        },
    })
}

/// What an order gives and gets in a solution, by the settlement contract's own formula.
pub(super) fn flows(auction: &Auction, solution: &Solution, order: usize) -> Option<(U256, U256)> {
    let order = &auction.orders[order];
    let trade = solution.trades.iter().find_map(|trade| match trade {
        Trade::Fulfillment(trade) if trade.order == order.uid => Some(trade),
        _ => None,
    })?;
    let price = |token: Address| solution.prices[&token].0;
    let (sell, buy) = (price(order.sell_token), price(order.buy_token));
    let (executed, fee) = (trade.executed_amount.0, trade.fee.unwrap_or_default().0);
    Some(match order.kind {
        cow::wire::Kind::Sell => (executed + fee, (executed * sell).div_ceil(buy)),
        cow::wire::Kind::Buy => (executed * buy / sell + fee, executed),
    })
}

/// What an order gets over its limit, times what it fixes, so that answers compare without rounding:
/// in units of what it buys for a sell order, of what it sells for a buy order.
pub(super) fn surplus(auction: &Auction, solution: &Solution, order: usize) -> Option<U256> {
    let (paid, got) = flows(auction, solution, order)?;
    let order = &auction.orders[order];
    let (sell, buy) = (order.sell_amount.0, order.buy_amount.0);
    Some(match order.kind {
        cow::wire::Kind::Sell => got - (paid * buy).div_ceil(sell),
        cow::wire::Kind::Buy => got * sell / buy - paid,
    })
}

/// The most that an order gets over its limit in any solution.
pub(super) fn best(auction: &Auction, solutions: &[Solution], order: usize) -> Option<U256> {
    solutions.iter().filter_map(|solution| surplus(auction, solution, order)).max()
}

/// The liquidity that a solution uses.
pub(super) fn used(solution: &Solution) -> Vec<&str> {
    solution.interactions.iter().map(id_of).collect()
}

fn id_of(interaction: &Interaction) -> &str {
    match interaction {
        Interaction::Liquidity(leg) => &leg.id,
        Interaction::Custom(_) => "",
    }
}
