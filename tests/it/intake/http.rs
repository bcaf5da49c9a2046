//! Signed intents over HTTP, as a frontend hands them in.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    time::{SystemTime, UNIX_EPOCH},
};

use alloy_primitives::{Address, B256, U256};
use serde_json::{Value, json};
use tenor::{
    config::Config,
    intents::signed::{
        Deployment, SETTLER,
        wire::{Decimal, MessageDto, SignedDto},
    },
};

use crate::{
    api::{Client, Reply, Server},
    signed::{MOVES, SWAPS, engine, key, owner, sign},
};

fn here() -> Deployment {
    Deployment::of(engine().market().chain_id, SETTLER)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// What a wallet makes of what a server offers.
pub(super) fn signed(offered: &Value) -> SignedDto {
    let message = serde_json::from_value(offered["sign"]["typed_data"]["message"].clone());
    let message: MessageDto = message.unwrap_or_else(|error| panic!("{error}: {offered}"));
    let id = here().id(&(&message).into());
    assert_eq!(offered["id"], id.to_string());
    let mut submit = offered["sign"]["submit"].clone();
    submit["signature"] = json!(sign(&key(), id));
    serde_json::from_value(submit).unwrap()
}

pub(super) fn offer(client: &Client, sentence: &str) -> Value {
    client.post("/v1/quotes", &json!({ "sentence": sentence, "owner": owner() })).ok()
}

/// The same with another message, signed again.
fn altered(dto: &SignedDto, alter: impl FnOnce(&mut SignedDto)) -> SignedDto {
    let mut dto = dto.clone();
    alter(&mut dto);
    let id = here().id(&(&dto.message).into());
    SignedDto { signature: sign(&key(), id), ..dto }
}

fn submit(client: &Client, dto: &SignedDto) -> Reply {
    client.post("/v1/intents", &serde_json::to_value(dto).unwrap())
}

fn id(reply: &Value) -> B256 {
    reply["id"].as_str().unwrap().parse().unwrap()
}

fn cancel(client: &Client, id: B256) -> Reply {
    let signature = sign(&key(), here().cancellation(id));
    let body = json!({ "signature": signature }).to_string();
    let client = client.with("content-type", "application/json");
    client.send("DELETE", &format!("/v1/intents/{id}"), Some(body.as_bytes()))
}

/// The events of a stream, read until one of a stage or the end.
fn follow(client: &Client, path: &str, until: &str) -> Vec<Value> {
    let mut stream = client.open();
    stream.write_all(&client.head("GET", path, None)).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let status = lines.next().unwrap();
    assert!(status.contains("200"), "{status}");
    let mut events: Vec<Value> = Vec::new();
    let (mut number, mut stage) = (String::new(), String::new());
    for line in lines {
        if let Some(of) = line.strip_prefix("id: ") {
            of.clone_into(&mut number);
        } else if let Some(of) = line.strip_prefix("event: ") {
            of.clone_into(&mut stage);
        } else if let Some(data) = line.strip_prefix("data: ") {
            let event: Value = serde_json::from_str(data).unwrap();
            assert_eq!(event["seq"].to_string(), number);
            assert_eq!(event["stage"], stage.as_str());
            events.push(event);
            if stage == until {
                break;
            }
        }
    }
    events
}

#[test]
fn a_frontends_whole_story() {
    let server = Server::start();
    let client = server.client();
    let offered = offer(&client, SWAPS);
    let approval = &offered["sign"]["approval"];
    assert!(approval["gas"].as_u64().is_some_and(|gas| gas > 21_000), "{approval}");
    let dto = signed(&offered);
    let first = submit(&client, &dto);
    assert_eq!(first.status, 201, "{:?}", first.json());
    let (told, place) = (first.json(), first.header("location").unwrap().to_owned());
    assert_eq!(place, format!("/v1/intents/{}", id(&told)));
    let again = submit(&client, &dto);
    assert_eq!((again.status, again.json()), (200, told.clone()));

    let events = follow(&client, &format!("{place}/events"), "quoted");
    let stages: Vec<_> = events.iter().map(|event| event["stage"].as_str().unwrap()).collect();
    assert_eq!(stages, ["received", "verified", "quoted"]);
    assert!(events[2]["detail"]["plan"].is_string());
    // The plan was run through the Settler as well.
    let settled = &events[2]["detail"]["settlement"];
    assert!(settled["gas"].as_u64().is_some_and(|gas| gas > 100_000), "{settled}");

    let listed = client.get(&format!("/v1/intents?owner={}", owner())).ok();
    assert_eq!(listed["intents"][0]["id"], told["id"]);
    assert!(!listed.to_string().contains("signature"));

    let status = cancel(&client, id(&told)).ok();
    assert_eq!((&status["stage"], &status["ended"]), (&json!("cancelled"), &json!(true)));
    assert_eq!(status["events"].as_array().unwrap().len(), 4);
    assert_eq!(client.get(&place).ok(), status);
    assert_eq!(cancel(&client, id(&told)).ok(), status);
    // Cut off after the second event, a reader goes on with the third, and comes to the end.
    let resumed = client.with("last-event-id", &events[1]["seq"].to_string());
    let rest = follow(&resumed, &format!("{place}/events"), "never");
    assert_eq!(rest[0], events[2]);
    assert_eq!(rest.len(), 2);
    let by_query = format!("{place}/events?after={}", events[2]["seq"]);
    assert_eq!(follow(&client, &by_query, "never"), rest[1..]);
}

/// Each thing that can be wrong, by its own code.
#[test]
fn every_refusal_has_its_code() {
    let server = Server::start();
    let client = server.client();
    let good = signed(&offer(&client, SWAPS));
    let number = |value: u64| Decimal(U256::from(value));
    type Alter = Box<dyn FnOnce(&mut SignedDto)>;
    let cases: Vec<(&str, Alter)> = vec![
        ("wrong_chain", Box::new(|dto| dto.chain_id = 5)),
        ("wrong_verifying_contract", Box::new(|dto| dto.verifying_contract = SETTLER)),
        ("wrong_spender", Box::new(|dto| dto.message.spender = Address::repeat_byte(9))),
        ("expired", Box::new(move |dto| dto.message.deadline = number(1_700_000_000))),
        (
            "not_yet_valid",
            Box::new(move |dto| dto.message.witness.valid_after = number(now() + 300)),
        ),
        (
            "contradiction",
            Box::new(|dto| dto.message.witness.valid_after.0 = dto.message.deadline.0 + U256::ONE),
        ),
        ("zero_amount", Box::new(move |dto| dto.message.permitted.amount = number(0))),
        ("unknown_asset", Box::new(|dto| dto.message.permitted.token = Address::repeat_byte(0x77))),
        ("no_outputs", Box::new(|dto| dto.message.witness.outputs.clear())),
        (
            "contradiction",
            Box::new(|dto| dto.message.witness.max_fee_in = dto.message.permitted.amount),
        ),
        ("statement_mismatch", Box::new(|dto| dto.statement.push('!'))),
        ("wrong_schema", Box::new(|dto| dto.schema = "tenor.intent/9".to_owned())),
    ];
    for (code, alter) in cases {
        submit(&client, &altered(&good, alter)).refused(code);
    }
    // Signatures: another key's, none, and one of the wrong form.
    let theirs = k256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap();
    let intent = here().id(&(&good.message).into());
    for (code, signature) in [
        ("wrong_signer", sign(&theirs, intent)),
        ("signature_length", vec![1; 5].into()),
        ("signature_recovery", [&good.signature[..64], &[0]].concat().into()),
    ] {
        submit(&client, &SignedDto { signature, ..good.clone() }).refused(code);
    }
    // A nonce that another open intent has.
    assert_eq!(submit(&client, &good).status, 201);
    let other = signed(&offer(&client, MOVES));
    let other = altered(&other, |dto| dto.message.nonce = good.message.nonce);
    submit(&client, &other).refused("nonce_taken");
    // What is no intent at all.
    let text = good.text().unwrap();
    let json = client.with("content-type", "application/json");
    let post = |body: &[u8]| json.send("POST", "/v1/intents", Some(body));
    post(b"{\"schema\":").refused("not_json");
    post(&[b'"', 0xff, b'"']).refused("invalid_utf8");
    post("[".repeat(100).as_bytes()).refused("too_deep");
    post(" ".repeat(100_000).as_bytes()).refused("body_too_large");
    post(text.replacen("\"chainId\"", "\"chainID\"", 1).as_bytes()).refused("unknown_field");
    post(b"{}").refused("missing_field");
    client.send("POST", "/v1/intents", Some(text.as_bytes())).refused("wrong_content_type");
    // Of what is not kept nothing is known.
    let nothing = B256::repeat_byte(3);
    client.get(&format!("/v1/intents/{nothing}")).refused("unknown_intent");
    client.get("/v1/intents/0x12").refused("unknown_intent");
    client.get(&format!("/v1/intents/{nothing}/events")).refused("unknown_intent");
    cancel(&client, nothing).refused("unknown_intent");
    client.get("/v1/intents").refused("invalid_query");
    client.get(&format!("/v1/intents?owner={}&limit=0", owner())).refused("invalid_query");
    let cut = client.with("last-event-id", "x");
    cut.get(&format!("/v1/intents/{intent}/events")).refused("invalid_query");
    // What is asked to be quoted.
    let ask = |sentence: &str| {
        client.post("/v1/quotes", &json!({ "sentence": sentence, "owner": owner() }))
    };
    ask("buy the moon").refused("bad_sentence");
    ask("swap 0 WETH to wstETH").refused("zero_amount");
    ask("swap 5 MOON to wstETH").refused("unknown_asset");
}

#[test]
fn a_stream_without_events_says_that_it_is_alive_and_ends_with_the_server() {
    let mut config = Config::default();
    config.api.heartbeat_ms = 20;
    let mut server = Server::with(config, tenor::api::keys::Keys::default());
    let client = server.client();
    let told = submit(&client, &signed(&offer(&client, SWAPS))).json();
    let path = format!("/v1/intents/{}/events", id(&told));
    follow(&client, &path, "quoted");
    let mut stream = client.with("last-event-id", "999999").open();
    stream.write_all(&client.head("GET", &format!("{path}?after=999999"), None)).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while !line.starts_with(": heartbeat") {
        line.clear();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0, "it ended");
    }
    server.stop();
    // The rest is read to its end: there is one.
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).unwrap();
}

#[test]
fn a_standing_policy_is_looked_at() {
    let server = Server::start();
    let policy = |hold: &str| {
        json!({
            "schema": "tenor.standing/1",
            "hold": [hold],
            "horizon": "365 days",
            "cooldown": "7 days",
            "trigger": { "improvement_bps": 25 },
        })
    };
    let look = |body: &Value| server.client().post("/v1/standing/poll", body);
    let ready = look(&json!({ "policy": policy("100 WETH") })).ok();
    assert_eq!((&ready["schema"], &ready["poll"]), (&json!("tenor.poll/1"), &json!("ready")));
    // The sentence of the step is one that can be quoted and signed.
    let offered = offer(&server.client(), ready["step"]["sign"].as_str().unwrap());
    assert!(offered["sign"].is_object(), "{offered}");
    let block_time = engine().market().timestamp;
    let cooling = look(&json!({ "policy": policy("100 WETH"), "last_step": block_time - 10 })).ok();
    assert_eq!(cooling["poll"], "try_at_epoch");
    assert_eq!(cooling["at"], block_time - 10 + 7 * 86_400);
    look(&json!({ "policy": { "schema": "tenor.standing/1" } })).refused("invalid_field");
    look(&json!({ "policy": policy("100 MOON") })).refused("bad_sentence");
}
