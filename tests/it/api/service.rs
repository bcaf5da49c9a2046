//! Health, the table of problems, the description, and what every reply carries.

use serde_json::{Value, json};
use tenor::problems::Problem;

use super::{Client, Program, Server, server::engine};

#[test]
fn health_names_mode_market_and_age() {
    let server = Server::start();
    let health = server.client().get("/v1/health").ok();
    let engine = engine();
    let market = engine.market();
    assert_eq!(health["status"], "ok");
    assert_eq!(health["mode"], "simulate");
    assert_eq!(health["live"], false);
    assert_eq!(health["block"]["number"], market.block);
    // The built-in market is of 2024: its age is said, not hidden.
    assert!(health["block"]["age_s"].as_u64().unwrap() > 365 * 86_400, "{health}");
    assert_eq!(server.client().get("/v1/ready").ok(), json!({ "ready": true }));
}

#[test]
fn every_row_of_the_table_has_its_page() {
    let server = Server::start();
    let table = server.client().get("/v1/problems").ok();
    let codes: Vec<_> = Problem::ALL.iter().map(|problem| json!(problem.code())).collect();
    let told: Vec<Value> =
        table.as_array().unwrap().iter().map(|row| row["code"].clone()).collect();
    assert_eq!(told, codes);
    let refused = server.client().get("/nowhere").refused("not_found");
    let row = server.client().get(refused["type"].as_str().unwrap()).ok();
    assert_eq!(row["title"], refused["title"]);
    server.client().get("/v1/problems/none").refused("unknown_problem");
    let wrong = server.client().send("PUT", "/v1/health", None);
    wrong.refused("method_not_allowed");
    assert!(wrong.header("allow").is_some_and(|allow| allow.contains("GET")), "{wrong:?}");
}

#[test]
fn a_request_keeps_a_sound_id_and_gets_one_otherwise() {
    let server = Server::start();
    let id = |given: Option<&str>| {
        let client = server.client();
        let client = given.map_or_else(|| client.clone(), |id| client.with("x-request-id", id));
        client.get("/v1/health").header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(id(Some("mine-1")), "mine-1");
    let long = "x".repeat(65);
    for unsound in ["a b", "a\"b", &long] {
        assert_ne!(id(Some(unsound)), unsound);
    }
    assert_ne!(id(None), id(None));
}

#[test]
fn metrics_are_told_at_an_address_of_their_own() {
    let program = Program::start(&["--admin", "127.0.0.1:0"]);
    let admin = program.greeting.split("metrics    http://").nth(1).unwrap();
    let admin = Client::new(admin.split('/').next().unwrap().parse().unwrap());
    program.client().get("/v1/problems").ok();
    program.client().get("/nowhere").refused("not_found");
    let told = String::from_utf8(admin.get("/metrics").body).unwrap();
    let engine = engine();
    for line in [
        "tenor_requests_total{path=\"/v1/problems\",method=\"GET\",code=\"ok\"} 1".to_owned(),
        "tenor_requests_total{path=\"none\",method=\"GET\",code=\"not_found\"} 1".to_owned(),
        format!("tenor_block_number {}", engine.market().block),
        "tenor_market_stale 0".to_owned(),
    ] {
        assert!(told.lines().any(|told| told == line), "{line} is not in: {told}");
    }
    assert!(told.contains("tenor_request_seconds_bucket"), "{told}");
    program.client().get("/metrics").refused("not_found");
}

#[test]
fn the_program_greets_answers_and_stops() {
    let program = Program::start(&[]);
    assert!(program.greeting.contains("simulate: nothing is sent"), "{}", program.greeting);
    let health = program.client().with("x-request-id", "find-me").get("/v1/health").ok();
    assert_eq!(health["status"], "ok");
    let (status, log) = program.stop();
    assert!(status.success(), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answered = lines.iter().find(|line| line["message"] == "answered").expect("a line");
    assert_eq!((&answered["path"], &answered["status"]), (&json!("/v1/health"), &json!(200)));
    assert_eq!(answered["span"]["id"], "find-me");
}
