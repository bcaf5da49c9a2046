//! The wire as the driver's own types write and read it, where its documentation says otherwise.

use alloy_primitives::U256;
use serde_json::{Value, json};
use tenor::intents::cow::{
    self,
    wire::{
        Amount, Call, Class, FeePolicy, Liquidity, NotificationKind, RequestScheme, Response,
        ResponseScheme, SolutionId, WeightedVersion,
    },
};

use super::kit::{DAI, ETHER, USDC, WETH, auction, made, order, product, solved, with};

fn read(liquidity: &Value) -> Liquidity {
    let known = auction(&made(&[], std::slice::from_ref(liquidity))).liquidity;
    assert_eq!((known.unknown, known.malformed), (0, 0), "{liquidity}");
    known.known[0].clone()
}

#[test]
fn orders_are_read_as_the_driver_writes_them() {
    let quote = json!({ "sellAmount": "1", "buyAmount": "0x2", "fee": "3" });
    let policies = json!([
        { "surplus": { "factor": 0.5, "maxVolumeFactor": 0.01 } },
        { "priceImprovement": { "factor": 0.5, "maxVolumeFactor": 0.01, "quote": quote } },
        { "volume": { "factor": 0.0002 } },
    ]);
    let loan = json!({
        "liquidityProvider": DAI, "protocolAdapter": DAI, "receiver": DAI, "token": DAI, "amount": "5",
    });
    let members = [
        ("feePolicies", policies),
        ("signingScheme", json!("ethsign")),
        ("sellAmount", json!("0xde0b6b3a7640000")),
        ("flashloanHint", loan),
        ("wrappers", json!([{ "address": DAI, "data": "0x" }])),
        ("aFieldOfALaterDriver", json!({ "deep": [1, 2] })),
    ];
    let order = with(&order(1, "buy", (WETH, 1), (USDC, 1)), &members);
    let auction = auction(&made(&[order], &[]));
    let order = &auction.orders[0];
    assert_eq!(order.sell_amount, Amount(U256::from(ETHER)));
    assert_eq!((order.signing_scheme, order.class), (RequestScheme::EthSign, Class::Limit));
    let policies = order.fee_policies.as_deref().unwrap();
    assert_eq!(policies[2], FeePolicy::Volume { factor: 0.0002 });
    assert!(!order.wrappers[0].is_omittable);
    // Written again it is the same, its amounts in decimal.
    let written = serde_json::to_value(order).unwrap();
    assert_eq!(written["feePolicies"][1]["priceImprovement"]["quote"]["buyAmount"], "2");
    assert_eq!(written["signingScheme"], "ethsign");
    assert_eq!(written["sellAmount"], ETHER.to_string());
}

#[test]
fn every_kind_of_liquidity_is_read() {
    let pool_id = format!("0x{}", "ab".repeat(32));
    let weighted = json!({
        "kind": "weightedProduct", "id": "1", "address": DAI, "balancerPoolId": pool_id,
        "gasEstimate": "1", "fee": "0.005", "version": "v3Plus",
        "tokens": { DAI: { "balance": "1", "scalingFactor": "1", "weight": "0.8" } },
    });
    let Liquidity::WeightedProduct(pool) = read(&weighted) else { panic!("weighted") };
    assert_eq!(pool.version, WeightedVersion::V3Plus);
    let stable = json!({
        "kind": "stable", "id": "2", "address": DAI, "balancerPoolId": pool_id, "gasEstimate": "1",
        "fee": "0.0001", "amplificationParameter": "5000.0",
        "tokens": { DAI: { "balance": "1", "scalingFactor": "1000000000000" } },
    });
    assert!(matches!(read(&stable), Liquidity::Stable(_)));
    let concentrated = json!({
        "kind": "concentratedLiquidity", "id": "3", "address": DAI, "router": DAI, "gasEstimate": "1",
        "tokens": [USDC, WETH], "sqrtPrice": "1", "liquidity": "340282366920938463463374607431768211455",
        "tick": -887272, "liquidityNet": { "-60": "-170141183460469231731687303715884105728", "60": "7" },
        "fee": "0.003",
    });
    let Liquidity::ConcentratedLiquidity(pool) = read(&concentrated) else {
        panic!("concentrated")
    };
    assert_eq!(pool.liquidity.0, u128::MAX);
    let nets: Vec<(i32, i128)> = pool.liquidity_net.iter().map(|(t, n)| (t.0, n.0)).collect();
    assert_eq!(nets, [(-60, i128::MIN), (60, 7)]);
    let foreign = json!({
        "kind": "limitOrder", "id": "4", "address": DAI, "gasEstimate": "1", "hash": pool_id,
        "makerToken": USDC, "takerToken": WETH, "makerAmount": "1", "takerAmount": "2",
        "takerTokenFeeAmount": "0",
    });
    assert!(matches!(read(&foreign), Liquidity::LimitOrder(_)));
}

/// What a later driver knows and this engine does not costs nothing else.
#[test]
fn unknown_and_malformed_liquidity_is_counted_and_left_out() {
    let pools = [
        json!({ "kind": "aKindOfTomorrow", "id": "1", "anything": { "at": ["all"] } }),
        product(0, (WETH, 1_000 * ETHER), (USDC, 2_000_000_000_000)),
        json!({ "kind": "stable", "id": "3" }),
        json!({ "id": "4" }),
        json!(17),
        // Of a known kind and form, and no pool.
        product(5, (WETH, 0), (USDC, 1)),
    ];
    let auction = auction(&made(&[order(1, "sell", (WETH, ETHER), (USDC, 1_000_000_000))], &pools));
    let liquidity = &auction.liquidity;
    assert_eq!((liquidity.known.len(), liquidity.unknown, liquidity.malformed), (2, 1, 3));
    let solved = solved(&auction);
    assert_eq!((solved.filled, solved.unusable), (1, 1));
}

#[test]
fn answers_are_written_as_the_driver_reads_them() {
    let call =
        Call { target: DAI.parse().unwrap(), value: U256::from(255), call_data: vec![1, 2].into() };
    let written = json!({ "kind": "Call", "target": DAI, "value": "0xff", "callData": "0x0102" });
    assert_eq!(serde_json::to_value(&call).unwrap(), written);
    let bare = json!({ "target": DAI, "value": "255", "callData": "0x0102" });
    assert_eq!(serde_json::from_value::<Call>(bare).unwrap(), call);
    let schemes = [ResponseScheme::EthSign, ResponseScheme::PreSign, ResponseScheme::Eip1271];
    assert_eq!(serde_json::to_value(schemes).unwrap(), json!(["ethSign", "preSign", "eip1271"]));
    let error = json!({ "error": { "code": "insufficientLiquidity" } });
    let read: Response = serde_json::from_value(error.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), error);
    let orders = [order(1, "sell", (WETH, ETHER), (USDC, 1_000_000_000))];
    let pools = [product(0, (WETH, 1_000 * ETHER), (USDC, 2_000_000_000_000))];
    let solution = solved(&auction(&made(&orders, &pools))).solutions.remove(0);
    let written = serde_json::to_value(&solution).unwrap();
    let leg = &written["interactions"][0];
    assert_eq!(
        (&leg["kind"], &leg["id"], &leg["internalize"]),
        (&json!("liquidity"), &json!("0"), &json!(false))
    );
    assert_eq!(written["trades"][0]["kind"], "fulfillment");
    assert!(written["trades"][0]["fee"].is_string() && written["gas"].is_u64());
    assert!(written.get("flashloans").is_none() && written.get("wrappers").is_none());
}

#[test]
fn notifications_of_every_kind_are_read() {
    let hash = format!("0x{}", "cd".repeat(32));
    let tx = json!({ "from": DAI, "to": DAI, "input": "0x", "value": "0", "accessList": [] });
    let kinds = [
        (json!({ "kind": "timeout" }), false),
        (json!({ "kind": "emptySolution" }), true),
        (json!({ "kind": "duplicatedSolutionId" }), true),
        (json!({ "kind": "simulationFailed", "block": 1, "tx": tx, "succeededOnce": true }), false),
        (json!({ "kind": "invalidClearingPrices" }), true),
        (json!({ "kind": "missingPrice", "tokenAddress": DAI }), true),
        (json!({ "kind": "invalidExecutedAmount" }), true),
        (json!({ "kind": "nonBufferableTokensUsed", "tokens": [DAI] }), true),
        (json!({ "kind": "solverAccountInsufficientBalance", "required": "5" }), false),
        (json!({ "kind": "settlementStarted" }), false),
        (json!({ "kind": "success", "transaction": hash }), false),
        (json!({ "kind": "revert", "transaction": hash }), false),
        (json!({ "kind": "driverError", "reason": "invalid fulfillment" }), true),
        (json!({ "kind": "cancelled" }), false),
        (json!({ "kind": "expired" }), false),
        (json!({ "kind": "fail" }), false),
        (json!({ "kind": "postprocessingTimedOut" }), false),
        (json!({ "kind": "deserializationError", "reason": "missing field" }), true),
    ];
    for (kind, fault) in kinds {
        let body = with(&kind, &[("auctionId", json!("12")), ("solutionId", json!([1, 2]))]);
        let read = cow::notification(body.to_string().as_bytes()).unwrap();
        assert!(!matches!(read.kind, NotificationKind::Unknown), "{kind}");
        assert_eq!(read.kind.is_our_fault(), fault, "{kind}");
        assert_eq!(read.solution_id, Some(SolutionId::Merged(vec![1, 2])));
        assert_eq!(read.auction_id.map(|id| id.0), Some(12));
    }
    let later = json!({ "kind": "banned", "auctionId": null, "solutionId": 3 });
    let read = cow::notification(later.to_string().as_bytes()).unwrap();
    assert!(matches!(read.kind, NotificationKind::Unknown));
    assert_eq!(read.solution_id, Some(SolutionId::Single(3)));
}
