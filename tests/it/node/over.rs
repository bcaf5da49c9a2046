//! Markets made of a node's newest block.

use serde_json::Value;
use tenor::{
    engine::{Engine, NOBODY},
    market::{
        live::{Head, Live},
        load_places,
        over::{self, OverNode},
        rpc::{Node, Options},
        snapshot,
    },
};
use tenor_simulations::World;
use tenor_solver::venues::Read;

use super::{anvil::Anvil, judge, options};
use crate::cli::{Ran, file, tenor};

/// The market of a node's newest block.
fn over_node(url: &str, options: Options) -> (Node, OverNode, Vec<usize>) {
    let node = Node::connect(url, Some(1), options).unwrap();
    let head = node.head().unwrap();
    let mut rounds = Vec::new();
    let places = load_places(None).unwrap().with_any_code();
    let over = over::open(&node, &head, places, |questions| rounds.push(questions)).unwrap();
    (node, over, rounds)
}

/// The market of a world, by the same words.
fn over_world(world: &World, like: &Live) -> Live {
    let places = load_places(None).unwrap().with_any_code();
    let head = Head { ..like.head() };
    Live::open(places, head, like.source(), |reads: &[Read]| world.answer(reads)).unwrap()
}

#[test]
fn a_first_load_is_the_market_of_the_world() {
    let (_, engine) = judge::figures();
    let world = engine.world().unwrap();
    let anvil = judge::embedded();
    for url in [anvil.http(), anvil.ws(), anvil.ipc()] {
        let (node, over, rounds) = over_node(&url, options());
        let opened = node.sent();
        let expected = over_world(world, &over.live);
        assert_eq!(over.live.market().hash, expected.market().hash);
        assert_eq!(format!("{:?}", over.live.market()), format!("{:?}", expected.market()));
        assert_eq!(over.live.answers(), expected.answers());
        let venues = over.live.market().listings.len();
        println!("first load of {venues} venues: rounds of {rounds:?} questions, {opened:?}");
        assert!(rounds.len() <= 8, "{rounds:?}");
    }
}

/// To run the calls here, on proven state, comes to the same by many more round trips.
#[test]
fn a_proven_market_is_the_same() {
    let (node, proven, _) =
        over_node(&judge::embedded().http(), Options { proofs: true, ..options() });
    let (_, plain, _) = over_node(&judge::embedded().http(), options());
    assert_eq!(proven.live.market().hash, plain.live.market().hash);
    println!("first load with proofs: {:?}", node.sent());
}

/// Plans on the node's market are confirmed on its state, to the wei.
#[test]
fn plans_are_made_and_judged_on_one_block() {
    let (_, over, _) = over_node(&judge::embedded().http(), options());
    let engine = Engine::of(over.live.market().clone(), Some(over.world));
    for sentence in judge::SENTENCES {
        let answer = engine.ask(sentence, NOBODY).unwrap_or_else(|e| panic!("{sentence}: {e}"));
        let answer = serde_json::to_value(answer).unwrap();
        let legs = answer["plan"]["legs"].as_array().unwrap();
        let run = &answer["simulation"];
        assert!(legs.is_empty() || run["difference_wei"] == "0", "{sentence}: {run}");
    }
}

fn json(ran: &Ran) -> Value {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    serde_json::from_str(&ran.out).unwrap()
}

/// What is said of the run, of who was asked and of the time it took; the rest is the plan.
fn the_plan(mut answer: Value) -> Value {
    for part in ["simulation", "timings_us"] {
        answer.as_object_mut().unwrap().remove(part);
    }
    answer["market"].as_object_mut().unwrap().remove("source");
    let said = answer["disclosures"].as_array_mut().unwrap();
    said.retain(|line| !line.as_str().unwrap().starts_with("Not run in an EVM"));
    answer
}

#[test]
fn an_exported_market_makes_the_plan_that_the_node_makes() {
    let url = judge::embedded().http();
    let exported = tenor(&["market", "export", "--rpc", &url, "--any-code"]);
    assert_eq!(exported.code, Some(0), "{}", exported.err);
    assert!(snapshot::is_snapshot(exported.out.as_bytes()));
    let path = file("of-a-node.json", exported.out.as_bytes());
    let path = path.to_str().unwrap();
    for sentence in judge::SENTENCES {
        let there = json(&tenor(&["solve", sentence, "--json", "--rpc", &url, "--any-code"]));
        let here = json(&tenor(&["solve", sentence, "--json", "--market", path]));
        assert_eq!(the_plan(here), the_plan(there), "{sentence}");
    }
}

#[test]
fn a_node_without_the_contracts_is_refused_in_one_line() {
    let anvil = Anvil::start(&["--chain-id", "1", "--timestamp", "1780000000"]);
    anvil.mine();
    tenor(&["solve", judge::SENTENCES[0], "--rpc", &anvil.http()]).refused(&["WETH"]);
    let other = Anvil::start(&["--chain-id", "5"]);
    tenor(&["solve", judge::SENTENCES[0], "--rpc", &other.http()])
        .refused(&["is on chain 5, not on chain 1"]);
    let arguments = ["solve", judge::SENTENCES[0], "--places", "p.json"];
    tenor(&arguments).refused(&["--rpc <URL>"]);
}
