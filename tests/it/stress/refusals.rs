//! Scenarios and positions that are wrong, and what is said of them.

use tenor_simulations::scenarios::{Scenario, ScenarioErrorKind as Kind, parse_position};
use tenor_solver::stress::{PositionError, ShockError};

use super::Stage;

const HEAD: &str =
    "schema = \"tenor.scenario/1\"\nname = \"n\"\ndate = \"none\"\nsource = \"made up\"\n";

/// What is said of a scenario of one shock.
fn told(shock: &str) -> (String, Kind) {
    let text = format!("{HEAD}[[shock]]\n{shock}\n");
    let error = match Scenario::parse("mine.toml", text.as_bytes()) {
        Err(error) => error,
        Ok(scenario) => scenario.on(&Stage::new().market).unwrap_err(),
    };
    (error.to_string(), *error.kind)
}

#[test]
fn names_that_are_unknown_come_with_the_nearest() {
    let cases = [
        (
            "kind = \"price\"\nasset = \"stEHT\"\ndiscount = 0.1",
            "line 7, shock[0].asset",
            "\"stETH\"",
        ),
        (
            "kind = \"paused\"\nvenue = \"curve:ETH/stEHT\"",
            "line 7, shock[0].venue",
            "\"curve:ETH/stETH\"",
        ),
        ("kind = \"protocol\"\nprotocol = \"lidoo\"\nloss = 0.1", "shock[0].protocol", "\"lido\""),
        ("kind = \"prise\"\nasset = \"stETH\"", "line 6, shock[0].kind", "\"price\""),
        (
            "kind = \"price\"\nasset = \"stETH\"\ndiscuont = 0.1",
            "shock[0].discount",
            "such as 0.05",
        ),
        (
            "kind = \"paused\"\nvenue = \"lido:stETH\"\nvenu = 1",
            "line 8, shock[0].venu",
            "\"venue\"",
        ),
    ];
    for (shock, at, near) in cases {
        let (line, kind) = told(shock);
        assert!(line.starts_with("mine.toml, line ") && line.contains(at), "{line}");
        assert!(line.contains(near), "{line}");
        assert!(matches!(kind, Kind::Unknown { .. } | Kind::Missing(_)), "{kind:?}");
    }
}

#[test]
fn figures_out_of_range_are_errors_with_their_line() {
    let one = |shock: &str| told(shock).1;
    let price =
        |discount: &str| format!("kind = \"price\"\nasset = \"stETH\"\ndiscount = {discount}");
    assert!(matches!(one(&price("-0.1")), Kind::Negative(_)));
    assert!(matches!(one(&price("1.1")), Kind::Range { .. }));
    assert!(matches!(one(&price("1e-2")), Kind::Range { .. }));
    assert!(matches!(one(&price("nan")), Kind::Range { .. }));
    assert!(matches!(one(&price("true")), Kind::Type { .. }));
    assert_eq!(one(&price("1.0")), Kind::Shock(ShockError::Everything));
    let used =
        |used: &str| format!("kind = \"utilisation\"\nvenue = \"aave_v3:WETH\"\nused = {used}");
    assert!(matches!(one(&used("1.01")), Kind::Range { .. }), "utilisation above one");
    let rate = |r: &str| format!("kind = \"borrow_rate\"\nvenue = \"aave_v3:WETH\"\nrate = {r}");
    assert!(matches!(one(&rate("-0.02")), Kind::Negative(_)), "a negative rate");
    assert!(matches!(one(&rate("11")), Kind::Range { .. }));
    let queue = "kind = \"queue\"\nvenue = \"lido:stETH\"";
    assert!(matches!(one(queue), Kind::Missing(_)));
    assert!(matches!(one(&format!("{queue}\nwait_days = 40000")), Kind::Range { .. }));
    let both = format!("{queue}\nwait_days = 4\nclosed = true");
    assert!(matches!(one(&both), Kind::Contradiction(_)));
}

#[test]
fn shocks_that_make_no_sense_are_errors() {
    let shock = |text: &str| match told(text).1 {
        Kind::Shock(error) => error,
        other => panic!("{other:?}"),
    };
    let eth = "kind = \"backing\"\nasset = \"WETH\"\nloss = 0.1";
    assert!(matches!(shock(eth), ShockError::Eth(_)));
    let lent = "kind = \"utilisation\"\nvenue = \"curve:ETH/stETH\"\nused = 0.9";
    assert!(matches!(shock(lent), ShockError::NotLent(_)));
    let queue = "kind = \"queue\"\nvenue = \"curve:ETH/stETH\"\nclosed = true";
    assert!(matches!(shock(queue), ShockError::NoQueue(_)));
    let rate = "kind = \"price\"\nasset = \"USDC\"\ndiscount = 0.1";
    assert!(matches!(shock(rate), ShockError::UnknownToken(_)));
}

#[test]
fn what_is_not_toml_names_its_line_and_key() {
    let text = format!("{HEAD}[[shock]]\nkind = \"price\nasset = \"stETH\"\n");
    let error = Scenario::parse("mine.toml", text.as_bytes()).unwrap_err();
    assert!(matches!(*error.kind, Kind::Syntax(_)) && error.line == Some(6), "{error:?}");
    assert_eq!(error.key, "kind");
    assert!(!error.to_string().contains('\n'), "{error}");
    let twice = format!("{HEAD}name = \"again\"\n");
    let error = Scenario::parse("mine.toml", twice.as_bytes()).unwrap_err();
    assert!(matches!(*error.kind, Kind::Syntax(_)) && error.line == Some(5), "{error:?}");
    let empty = Scenario::parse("mine.toml", HEAD.as_bytes()).unwrap_err();
    assert!(matches!(*empty.kind, Kind::Missing(_)), "{empty}");
    let schema = Scenario::parse("mine.toml", b"schema = \"tenor.scenario/9\"").unwrap_err();
    assert!(matches!(*schema.kind, Kind::Schema { .. }), "{schema}");
    for bytes in [&[0xff, 0xfe][..], &[b'#'; 2 << 20][..]] {
        let error = Scenario::parse("mine.toml", bytes).unwrap_err();
        assert!(matches!(*error.kind, Kind::Unreadable(_)), "{error}");
    }
}

#[test]
fn positions_that_cannot_be_are_errors() {
    let stage = Stage::new();
    let parse = |text: &str| {
        let text = format!("schema = \"tenor.position/1\"\n{text}");
        parse_position("p.toml", text.as_bytes(), &stage.market).unwrap_err()
    };
    let loan = |debt: &str, venue: &str| {
        format!(
            "[[loan]]\nvenue = \"{venue}\"\ncollateral = \"wstETH\"\ncollateral_amount = 100\n\
             debt = \"WETH\"\ndebt_amount = {debt}\nthreshold = 0.95\nbonus = 0.01\nrate = 0.02\n\
             oracle = \"redemption\"\n"
        )
    };
    // 100 wstETH are worth 117 ETH: 120 cannot be owed on them.
    let error = parse(&loan("120", "aave_v3:WETH"));
    assert!(
        matches!(*error.kind, Kind::Position(PositionError::Unhealthy { health, .. }) if health < 1.0)
    );
    assert!(matches!(*parse(&loan("50", "aave_v3:WEHT")).kind, Kind::Unknown { .. }));
    assert!(matches!(*parse(&loan("0", "aave_v3:WETH")).kind, Kind::Range { .. }));
    assert!(matches!(*parse(&loan("-1", "aave_v3:WETH")).kind, Kind::Negative(_)));
    assert!(matches!(*parse("").kind, Kind::Missing(_)));
    let dollars = loan("50", "aave_v3:WETH").replace("\"WETH\"\n", "\"USDC\"\n");
    assert!(matches!(*parse(&dollars).kind, Kind::Position(PositionError::Unpriced(_))));
    assert!(matches!(*parse("[[hold]]\nasset = \"stEHT\"\namount = 1").kind, Kind::Unknown { .. }));
}
