//! The description is the code's, and complete.

use serde_json::Value;
use tenor::{api, problems::Problem};

use super::Server;

#[test]
fn the_committed_description_is_the_codes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/api/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let made = api::description().unwrap();
    assert!(
        committed == made,
        "src/api/openapi.json is not what the code describes; make it anew: \
         cargo run -- openapi > src/api/openapi.json"
    );
}

#[test]
fn every_operation_describes_its_answers_and_its_problems() {
    let server = Server::start();
    let described = server.client().get("/v1/openapi.json").ok();
    let made: Value = serde_json::from_str(&api::description().unwrap()).unwrap();
    assert_eq!(described, made);
    let paths = described["paths"].as_object().unwrap();
    for path in ["/v1/quotes", "/v1/quotes/{id}", "/v1/markets", "/v1/curve", "/v1/health"] {
        assert!(paths.contains_key(path), "{path}");
    }
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            let problem = &operation["responses"]["default"]["content"]["application/problem+json"];
            assert_eq!(
                problem["schema"]["$ref"], "#/components/schemas/Problem",
                "{method} {path}"
            );
            assert!(operation["summary"].is_string(), "{method} {path}");
        }
    }
    references(&described, &described);
    let codes = described["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
        .as_array()
        .unwrap();
    assert!(Problem::ALL.iter().all(|problem| codes.contains(&problem.code().into())));
}

/// That whatever is referred to is there.
fn references(whole: &Value, part: &Value) {
    match part {
        Value::Object(members) => {
            if let Some(Value::String(to)) = members.get("$ref") {
                let pointer = to.strip_prefix('#').expect("a reference within");
                assert!(whole.pointer(pointer).is_some(), "{to}");
            }
            members.values().for_each(|member| references(whole, member));
        }
        Value::Array(items) => items.iter().for_each(|item| references(whole, item)),
        _ => {}
    }
}

#[test]
fn the_pages_come_with_the_program() {
    let server = Server::start();
    let page = server.client().get("/docs/");
    assert_eq!(page.status, 200);
    let text = String::from_utf8(page.body).unwrap();
    assert!(text.contains("swagger-ui"), "{text}");
    // Nothing is fetched from elsewhere.
    assert!(!text.contains("https://"), "{text}");
}
