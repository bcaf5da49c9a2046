//! Quotes: what they say is what the solver and the EVM say, and what they give to sign is accepted.

use alloy_primitives::{Address, Bytes, U256, keccak256};
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};
use tenor::intents::signed::{Rules, check::check, wire};
use tenor_solver::venues::NATIVE;

use super::{Server, server::engine};

const SWAP: &str = "swap 50 WETH to wstETH";
const MOVES: &str = "maximize ETH yield on 100 WETH for 365 days";

fn key() -> SigningKey {
    SigningKey::from_slice(&[5; 32]).unwrap()
}

fn owner() -> Address {
    let point = key().verifying_key().to_encoded_point(false);
    Address::from_slice(&keccak256(&point.as_bytes()[1..])[12..])
}

fn indicative(sentence: &str) -> Value {
    json!({ "kind": "indicative", "sentence": sentence })
}

fn firm(sentence: &str) -> Value {
    json!({ "sentence": sentence, "owner": owner() })
}

fn units(value: &Value) -> U256 {
    value.as_str().expect("a decimal string").parse().unwrap()
}

#[test]
fn an_indicative_quote_is_what_the_solver_routes() {
    let server = Server::start();
    let quote = server.client().post("/v1/quotes", &indicative(SWAP)).ok();
    let engine = engine();
    let intent = engine.read(SWAP).unwrap();
    let plan = tenor_solver::solve(engine.market(), &intent).unwrap().best.unwrap();
    assert_eq!(quote["kind"], "indicative");
    assert_eq!(quote["statement"], intent.canonical);
    assert_eq!(quote["market_hash"], engine.market().hash.to_string());
    let held: Vec<_> = plan.end.iter().map(|held| (held.token.to_string(), held.balance)).collect();
    let told = quote["outputs"].as_array().unwrap().iter();
    let told: Vec<_> =
        told.map(|o| (o["token"].as_str().unwrap().to_owned(), units(&o["amount"]))).collect();
    assert_eq!(told, held);
    // Shares of one token's trades make a whole, but for what rounding down leaves of each.
    let edges = quote["route"]["edges"].as_array().unwrap();
    let given = intent.asset.to_string();
    let first = || edges.iter().filter(|edge| edge["token_in"] == *given);
    let whole: u64 = first().map(|edge| edge["share_bps"].as_u64().unwrap()).sum();
    assert!(whole <= 10_000 && whole + edges.len() as u64 >= 10_000, "{quote}");
    let sum: U256 = first().map(|edge| units(&edge["amount_in"])).sum();
    assert!(sum <= intent.amount, "{quote}");
    // It lasts as long as the sentence's quotes do, and nothing is to be signed.
    let lasts = quote["expires_at"].as_u64().unwrap() - quote["quoted_at"].as_u64().unwrap();
    assert_eq!(lasts, intent.limits.quote_valid_s);
    assert!(quote["sign"].is_null() && quote["answer"].is_null(), "{quote}");
    assert!(quote["warnings"][0].as_str().unwrap().starts_with("Indicative"), "{quote}");
}

#[test]
fn a_firm_quote_is_run_and_what_is_signed_of_it_is_accepted() {
    let server = Server::start();
    for sentence in [SWAP, MOVES] {
        let reply = server.client().post("/v1/quotes", &firm(sentence));
        let quote = reply.ok();
        let answer = &quote["answer"];
        assert_eq!(answer["schema"], "tenor.answer/1");
        assert_eq!(answer["simulation"]["difference_wei"], "0", "{sentence}");
        let gap: f64 = answer["certificate"]["gap_bps"].as_str().unwrap().parse().unwrap();
        assert!((0.0..50.0).contains(&gap), "{gap}");
        // Signed as a wallet would, it is the intent that the server takes.
        let mut body = quote["sign"]["submit"].clone();
        let id: alloy_primitives::B256 = quote["id"].as_str().unwrap().parse().unwrap();
        let (signature, parity) = key().sign_prehash_recoverable(id.as_slice()).unwrap();
        let signature = [&signature.to_vec()[..], &[27 + parity.to_byte()]].concat();
        body["signature"] = json!(Bytes::from(signature));
        let dto = wire::read(body.to_string().as_bytes()).unwrap();
        let engine = engine();
        let rules = Rules {
            deployment: &server.api.deployment,
            market: engine.market(),
            state: engine.world(),
            now: quote["quoted_at"].as_u64().unwrap(),
        };
        let checked = check(&dto, &rules).unwrap_or_else(|refusal| panic!("{sentence}: {refusal}"));
        assert_eq!(checked.id(), id);
        assert_eq!(quote["sign"]["typed_data"]["message"], body["message"]);
        assert_eq!(quote["statement"], body["statement"]);
        assert_eq!(quote["sign"]["approval"]["token"], checked.intent().asset.to_string());
        // It is kept as it was given.
        let kept = server.client().get(&format!("/v1/quotes/{id}"));
        assert_eq!(kept.status, 200);
        assert_eq!(kept.body, reply.body);
    }
    let unknown = format!("/v1/quotes/{}", keccak256(b"none"));
    server.client().get(&unknown).refused("unknown_quote");
    server.client().get("/v1/quotes/none").refused("unknown_quote");
}

#[test]
fn what_no_signature_settles_comes_as_calls() {
    let server = Server::start();
    let quote = server.client().post("/v1/quotes", &firm("swap 5 ETH to wstETH")).ok();
    assert!(quote["sign"].is_null(), "{quote}");
    let own = &quote["owner_executed"];
    assert_eq!(own["code"], "native_in");
    let calls = own["calls"].as_array().unwrap();
    let sent = own["send_calls"]["calls"].as_array().unwrap();
    assert!(!calls.is_empty() && calls.len() == sent.len());
    let value: U256 = calls.iter().map(|call| units(&call["value"])).sum();
    assert_eq!(value, units(&quote["inputs"][0]["amount"]));
    assert_eq!(quote["inputs"][0]["token"], NATIVE.to_string());
    // Nobody is asked to sign without an owner.
    let nobody = server.client().post("/v1/quotes", &json!({ "sentence": SWAP })).ok();
    assert!(nobody["sign"].is_null() && nobody["owner_executed"].is_null());
    let told = nobody["warnings"].as_array().unwrap();
    assert!(told.iter().any(|line| line.as_str().unwrap().contains("Name an owner")), "{told:?}");
}

#[test]
fn holding_and_infeasible_are_answers() {
    let server = Server::start();
    let hold = server.client().post("/v1/quotes", &firm("maximize ETH yield on 100 stETH")).ok();
    assert_eq!(hold["plan"]["kind"], "hold");
    assert!(hold["sign"].is_null() && hold["owner_executed"].is_null());
    for kind in ["firm", "indicative"] {
        let sentence = "exit 40 weETH to ETH within 7 days";
        let request = json!({ "kind": kind, "sentence": sentence });
        let none = server.client().post("/v1/quotes", &request).ok();
        assert_eq!(none["plan"]["kind"], "infeasible", "{none}");
        assert!(none["plan"]["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
        assert_eq!(none["outputs"], json!([]));
    }
}

/// Whatever is said in members is what the sentence of the same meaning says.
#[test]
fn members_mean_what_the_sentence_means() {
    let server = Server::start();
    let eth = |whole: u64| format!("{whole}000000000000000000");
    let cases = [
        (
            SWAP,
            json!({ "goal": { "kind": "swap", "to": "wstETH" }, "asset": "WETH", "amount": eth(50) }),
        ),
        (
            "maximize organic ETH yield on 100 WETH for 365 days risk low liquid 50% within 7 days \
             at most 60% per protocol slippage 7 bps avoid rocketpool by 300s",
            json!({
                "goal": { "kind": "yield", "objective": "net_organic", "horizon_s": 31_536_000 },
                "asset": "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", "amount": eth(100),
                "risk": "low", "liquid": { "share_bps": 5_000, "within_s": 604_800 },
                "protocol_cap_bps": 6_000, "slippage_bps": 7, "avoid": ["rocketpool"],
            }),
        ),
        (
            "minimize risk for 2.5% ETH yield on 10 WETH for 365 days",
            json!({
                "goal": { "kind": "yield", "objective": "least_risk", "target_bps": 250, "horizon_s": 31_536_000 },
                "asset": "WETH", "amount": eth(10),
            }),
        ),
        (
            "rebalance 40 wstETH and 60 WETH for 365 days risk <=T1 leverage <=1",
            json!({
                "goal": { "kind": "yield", "horizon_s": 31_536_000 }, "asset": "wstETH", "amount": eth(40),
                "others": [{ "asset": "WETH", "amount": eth(60) }],
                "max_tier": "T1", "max_leverage_pct": 100,
            }),
        ),
        (
            "exit 4 wstETH to WETH within 3 days",
            json!({
                "goal": { "kind": "exit", "to": "WETH", "within_s": 259_200 },
                "asset": "wstETH", "amount": eth(4),
            }),
        ),
    ];
    for (sentence, form) in cases {
        let mut said = server.client().post("/v1/quotes", &indicative(sentence)).ok();
        let request = json!({ "kind": "indicative", "intent": form });
        let filled = server.client().post("/v1/quotes", &request).ok();
        if sentence.ends_with("by 300s") {
            // Members name the deadline as a time; here it is left to the profile.
            let text =
                said["statement"].as_str().unwrap().replace("for 5 minutes", "for 10 minutes");
            said["statement"] = json!(text);
        }
        for member in ["statement", "plan", "inputs", "outputs", "route", "fees"] {
            assert_eq!(said[member], filled[member], "{sentence}: {member}");
        }
    }
}

#[test]
fn a_deadline_is_a_time_of_the_clock() {
    let server = Server::start();
    let now = server.api.clock.seconds();
    let form = json!({
        "goal": { "kind": "swap", "to": "wstETH" }, "asset": "WETH", "amount": "1000000000000000000",
        "deadline": now + 7_200,
    });
    let request = json!({ "owner": owner(), "intent": form });
    let quote = server.client().post("/v1/quotes", &request).ok();
    let deadline = units(&quote["sign"]["submit"]["message"]["deadline"]);
    let asked = U256::from(now + 7_200);
    assert_eq!(deadline, asked);
}
