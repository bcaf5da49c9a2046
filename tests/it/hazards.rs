//! Priors of hazards: the file that is built in, files that are refused, and files that replace it.

use std::fs;

use serde_json::{Value, json};
use tenor::market;
use tenor_simulations::figures::{
    EMBEDDED_NAME, Figures, default_hazards, embedded, embedded_hazards, hazards,
};
use tenor_solver::{
    intent::Tier,
    risk::{Class, NodeKind, PriorNode, RiskGraph},
    venues::{Kind, Place},
};

use crate::cli::{file, tenor};

fn priors() -> Vec<PriorNode> {
    hazards("h.json", embedded_hazards()).unwrap().priors().nodes.clone()
}

fn known_protocol(name: &str) -> Option<PriorNode> {
    priors().into_iter().find(|n| n.kind == NodeKind::Protocol && n.name == name)
}

fn protocol(name: &str) -> PriorNode {
    known_protocol(name).unwrap_or_else(|| panic!("no priors for {name}"))
}

/// Of an exchange that its own kind places, priors may be missing: nothing rests on it but while a swap
/// is made, and of whatever is not known the worst is assumed.
fn may_be_unknown(place: &Place) -> bool {
    let kind = Kind::named(&place.kind).unwrap();
    kind.classes == [Class::Exchange] && kind.sites.iter().any(|s| s.id == place.id.as_str())
}

#[test]
fn every_protocol_that_we_list_has_priors_of_its_kind() {
    for row in market::load_places(None).unwrap().rows {
        if known_protocol(&row.protocol).is_none() && may_be_unknown(&row.place) {
            continue;
        }
        let class = protocol(&row.protocol).class;
        let kinds = Class::of_venue_kind(&row.place.kind);
        assert!(kinds.contains(&class), "{}: {class} of {kinds:?}", row.place.id);
    }
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    for venue in figures.venues {
        protocol(&venue.protocol);
    }
}

/// The built-in priors keep the tiers and the sizes that answers have had: about 10 bp for staking and
/// for lending, about 40 for restaking.
#[test]
fn losses_have_the_sizes_that_they_are_said_to_have() {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    let market = figures.market(&[]).unwrap();
    assert_eq!(market.hazards.label(), default_hazards().label());
    let graph = RiskGraph::new(&market).unwrap();
    for (symbol, tier, least, most) in [
        ("stETH", Tier::T1, 10.0, 11.0),
        ("wstETH", Tier::T1, 10.0, 11.0),
        ("rETH", Tier::T1, 9.0, 11.0),
        ("sfrxETH", Tier::T1, 9.0, 13.0),
        ("mETH", Tier::T1, 10.0, 20.0),
        ("aEthWETH", Tier::T2, 10.0, 12.0),
        ("aEthwstETH", Tier::T2, 20.0, 23.0),
        ("weETH", Tier::T3, 35.0, 45.0),
        ("rswETH", Tier::T3, 20.0, 45.0),
        ("ezETH", Tier::T3, 35.0, 50.0),
        ("pufETH", Tier::T3, 35.0, 50.0),
        ("aEthweETH", Tier::T3, 45.0, 55.0),
        ("WETH", Tier::T0, 0.0, 0.0),
    ] {
        let token = market.tokens.iter().find(|t| t.symbol == symbol).unwrap().address;
        let exposure = graph.exposure(token);
        let loss = 1e4 * exposure.expected_loss();
        assert_eq!(exposure.tier(1.0), tier, "{symbol}");
        assert!((least..=most).contains(&loss), "{symbol}: {loss}");
    }
}

type Change = Box<dyn FnOnce(&mut Value)>;

/// The file with one thing changed, and what its reader says.
fn refused(change: impl FnOnce(&mut Value)) -> String {
    let mut file: Value = serde_json::from_slice(embedded_hazards()).unwrap();
    change(&mut file);
    hazards("h.json", &serde_json::to_vec(&file).unwrap()).unwrap_err().to_string()
}

#[test]
fn a_file_that_is_wrong_is_refused_where_it_is_wrong() {
    let hazard = |hazard: Value| move |file: &mut Value| file["nodes"][7]["hazards"][0] = hazard;
    let cases: Vec<(Change, &str)> = vec![
        (Box::new(|f| f["schema"] = json!("tenor.hazards/2")), "h.json: schema: unknown schema"),
        (
            Box::new(hazard(json!({"class": "contract", "lambda": "-0.1", "lgd": "0.5"}))),
            "nodes[7].hazards[0].lambda: \"-0.1\" is not a plain decimal number of zero or more",
        ),
        (
            Box::new(hazard(json!({"class": "contract", "lambda": "NaN", "lgd": "0.5"}))),
            "nodes[7].hazards[0].lambda: \"NaN\" is not a plain decimal",
        ),
        (
            Box::new(hazard(json!({"class": "contract", "lgd": "1.5"}))),
            "h.json: lgd of lido is 1.5: give a part from 0 to 1",
        ),
        (
            Box::new(hazard(json!({"class": "bad luck", "lgd": "0.5"}))),
            "nodes[7].hazards[0].class: class of lido is \"bad luck\": give one of slashing, contract",
        ),
        (
            Box::new(hazard(json!({"class": "contract"}))),
            "nodes[7].hazards[0].lgd: give lgd, or slashed",
        ),
        (
            Box::new(|f| f["nodes"][7]["class"] = json!("casino")),
            "nodes[7].class: class of lido is \"casino\": give one of wrapper",
        ),
        (
            Box::new(|f| f["nodes"][7]["kind"] = json!("god")),
            "nodes[7].kind: kind of lido is \"god\"",
        ),
        (
            Box::new(|f| f["nodes"][7]["tier"] = json!("T5")),
            "nodes[7].tier: tier of lido is \"T5\"",
        ),
        (Box::new(|f| f["nodes"][7]["luck"] = json!("1")), "nodes[7].luck: unknown field"),
        (
            Box::new(|f| drop(f["nodes"][7].as_object_mut().unwrap().remove("age_years"))),
            "nodes[7].age_years: missing",
        ),
        (
            Box::new(|f| f["nodes"][8]["node"] = json!("lido")),
            "h.json: lido is given twice: keep one",
        ),
        (
            Box::new(|f| f["nodes"][7]["rests_on"] = json!([{"node": "nobody"}])),
            "lido rests on nobody, which is not in the file",
        ),
        (
            Box::new(|f| f["nodes"][8]["rests_on"] = json!([{"node": "lido"}])),
            "rests on itself, through others",
        ),
        (Box::new(|f| f["label"] = json!(" ")), "h.json: label: "),
        (Box::new(|f| f["as_of"] = json!(1_716_479_567_000u64)), "as_of: "),
        (Box::new(|f| f["depegs"]["alpha"] = json!("99")), "alpha of depegs is 99"),
        (
            Box::new(|f| f["queues"][0]["waits"] = json!([])),
            "waits of lido:stETH is none: give at least one",
        ),
        (
            Box::new(|f| f["queues"][0]["waits"][0] = json!({"queue_eth": "1", "wait_days": "1"})),
            "queues[0].waits[0].wait_days: give wait_days, or queue_eth",
        ),
    ];
    for (change, says) in cases {
        let line = refused(change);
        assert!(line.contains(says) && !line.contains('\n'), "{says:?} is not in: {line}");
    }
}

/// A queue of validators tells a wait: 2.5 million ETH are 45.5 days with a day of sweep.
#[test]
fn a_queue_of_validators_is_a_wait() {
    let mut given: Value = serde_json::from_slice(embedded_hazards()).unwrap();
    given["queues"][0]["waits"] = json!([{"queue_eth": "2500000", "sweep_days": "1"}]);
    let read = hazards("h.json", &serde_json::to_vec(&given).unwrap()).unwrap();
    let wait = read.priors().queues[0].quantiles();
    let seconds = 2_500_000.0 / 57_600.0 * 86_400.0 + 27.0 * 3_600.0 + 86_400.0;
    assert!((f64::from(u32::try_from(wait.q95_s).unwrap()) - seconds).abs() <= 1.0, "{wait:?}");
}

/// An operator's own priors change tier and loss; the certificate holds with them as without.
#[test]
fn priors_can_be_replaced() {
    let mut given: Value = serde_json::from_slice(embedded_hazards()).unwrap();
    given["label"] = json!("our own view");
    given["nodes"][7]["tier"] = json!("T2");
    given["nodes"][7]["hazards"] = json!([{"class": "contract", "lambda": "0.01", "lgd": "0.25"}]);
    given["nodes"][7]["rests_on"] = json!([]);
    let path = file("own-hazards", given.to_string().as_bytes());
    let own = path.to_str().unwrap();
    let ask = ["solve", "maximize ETH yield on 100 stETH", "--json", "--hazards", own];
    let ran = tenor(&ask);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["risk"]["tier"], "T2");
    assert_eq!(answer["risk"]["expected_loss_bps"], "25.0000");
    assert!(answer["risk"]["priors"].as_str().unwrap().contains("our own view"));
    let claimed = file("own-hazards-answer", ran.out.as_bytes());
    let checked = tenor(&["certify", claimed.to_str().unwrap(), "--hazards", own]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    tenor(&["solve", "maximize ETH yield on 1 stETH", "--hazards", "/nowhere"])
        .refused(&["cannot read /nowhere", "a file of hazards"]);
    let broken = file("broken-hazards", b"{\"schema\": \"tenor.hazards/1\"}");
    tenor(&["solve", "maximize ETH yield on 1 stETH", "--hazards", broken.to_str().unwrap()])
        .refused(&["missing"]);
    for written in [path, claimed, broken] {
        fs::remove_file(written).unwrap();
    }
}
