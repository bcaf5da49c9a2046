//! Reading a signed intent: whatever the bytes, it is an intent or one of the errors.

use proptest::prelude::*;
use serde_json::{Value, json};
use tenor::{
    intents::signed::{
        WireError,
        wire::{MOST_BYTES, SignedDto, read},
    },
    problems::Problem,
};

use super::signed;
use crate::search::search;

fn text() -> String {
    signed().text().unwrap()
}

fn value() -> Value {
    serde_json::from_str(&text()).unwrap()
}

fn read_value(value: &Value) -> Result<SignedDto, WireError> {
    read(value.to_string().as_bytes())
}

/// The intent with one member replaced.
fn with(pointer: &str, member: Value) -> Result<SignedDto, WireError> {
    let mut value = value();
    *value.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = member;
    read_value(&value)
}

#[test]
fn what_is_written_is_read_back() {
    assert_eq!(read(text().as_bytes()), Ok(signed()));
    let spaced = serde_json::to_vec_pretty(&value()).unwrap();
    assert_eq!(read(&spaced), Ok(signed()));
}

#[test]
fn an_unknown_member_names_the_nearest() {
    for (at, typed, meant) in [
        ("", "mesage", "message"),
        ("/message", "dealine", "deadline"),
        ("/message/permitted", "amuont", "amount"),
        ("/message/witness", "min_value_out", "minValueOut"),
        ("/message/witness/outputs/0", "rateE17", "rateE18"),
        ("/preferences", "max_teir", "max_tier"),
        ("/preferences/goal", "horizon", "horizon_s"),
    ] {
        let mut value = value();
        let object = value.pointer_mut(at).unwrap().as_object_mut().unwrap();
        object.insert(typed.to_owned(), json!(1));
        match read_value(&value).unwrap_err() {
            WireError::UnknownField { name, nearest, pointer } => {
                assert_eq!((name.as_str(), nearest.as_str()), (typed, meant), "{pointer}");
            }
            other => panic!("{typed}: {other}"),
        }
    }
}

#[test]
fn a_missing_or_repeated_member_is_an_error() {
    let mut value = value();
    value["message"].as_object_mut().unwrap().remove("nonce");
    let error = read_value(&value).unwrap_err();
    assert_eq!(error.problem(), Problem::MissingField);
    assert_eq!(error.pointer(), Some("/message"));
    let twice = text().replacen('{', "{\"chainId\":1,", 1);
    assert_eq!(read(twice.as_bytes()).unwrap_err().problem(), Problem::InvalidField);
}

#[test]
fn numbers_are_decimal_strings_below_two_to_the_256() {
    let pointer = "/message/permitted/amount";
    let most = alloy_primitives::U256::MAX.to_string();
    assert!(with(pointer, json!(most)).is_ok());
    let above = "115792089237316195423570985008687907853269984665640564039457584007913129639936";
    let long = "9".repeat(10_000);
    for bad in ["", "-1", "+1", "01", "1.0", "1e18", "0x1", " 1", "1_000", "\u{661}", above, &long]
    {
        let error = with(pointer, json!(bad)).unwrap_err();
        assert_eq!(error.problem(), Problem::InvalidField, "{bad}");
        assert_eq!(error.pointer(), Some(pointer), "{bad}");
    }
    for bad in [json!(1), json!(1e300), json!(null), json!([]), json!({})] {
        assert_eq!(with(pointer, bad).unwrap_err().problem(), Problem::InvalidField);
    }
    // A number that no machine number holds.
    let huge = text().replacen("\"chainId\":1", &format!("\"chainId\":{long}"), 1);
    let error = read(huge.as_bytes()).unwrap_err();
    assert!(matches!(error.problem(), Problem::NotJson | Problem::InvalidField), "{error}");
}

#[test]
fn what_is_not_json_at_all() {
    for (body, problem) in [
        ("", Problem::NotJson),
        ("{", Problem::NotJson),
        ("null", Problem::InvalidField),
        ("[]", Problem::MissingField),
        ("{} {}", Problem::MissingField),
    ] {
        let found = read(body.as_bytes()).unwrap_err().problem();
        let array = body == "[]" && found == Problem::InvalidField;
        assert!(found == problem || array, "{body}: {found:?}");
    }
    let trailing = text() + " x";
    assert_eq!(read(trailing.as_bytes()).unwrap_err().problem(), Problem::NotJson);
    let error = with("/schema", json!("tenor.intent/2")).unwrap_err();
    assert_eq!(error.problem(), Problem::WrongSchema);
}

#[test]
fn deep_long_and_broken_bytes_are_refused_unread() {
    for open in ["[", "{\"a\":"] {
        let deep = open.repeat(30_000 / open.len());
        assert_eq!(read(deep.as_bytes()).unwrap_err().problem(), Problem::TooDeep);
    }
    // Brackets in a string are text.
    assert_eq!(with("/statement", json!("[".repeat(100))).unwrap().statement.len(), 100);
    let long = vec![b' '; MOST_BYTES + 1];
    assert_eq!(
        read(&long).unwrap_err(),
        WireError::TooLarge { found: MOST_BYTES + 1, most: MOST_BYTES }
    );
    let mut broken = text().into_bytes();
    broken[40] = 0xff;
    assert_eq!(read(&broken).unwrap_err(), WireError::InvalidUtf8 { at: 40 });
}

/// JSON of any shape.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        "[0-9]{0,90}".prop_map(Value::from),
        "0x[0-9a-f]{0,70}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map("[a-zA-Z]{0,12}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Every member of the intent, by its pointer.
fn pointers() -> Vec<String> {
    fn collect(value: &Value, at: &str, all: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(members) => members.iter().map(|(n, v)| (n.clone(), v)).collect(),
            Value::Array(items) => {
                items.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect()
            }
            _ => Vec::new(),
        };
        for (name, child) in children {
            let at = format!("{at}/{name}");
            collect(child, &at, all);
            all.push(at);
        }
    }
    let mut all = Vec::new();
    collect(&value(), "", &mut all);
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn any_json_is_read_or_refused(value in any_json()) {
        prop_assert!(read(value.to_string().as_bytes()).is_err());
    }
}

/// Bytes of an intent, some replaced, removed or doubled: what is read, is read again the same.
#[test]
fn a_damaged_intent_is_read_or_refused() {
    let place = (any::<prop::sample::Index>(), any::<u8>(), 0u8..3);
    search(&proptest::collection::vec(place, 1..6), |damage| {
        let mut bytes = text().into_bytes();
        for (at, byte, how) in damage {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        if let Ok(dto) = read(&bytes) {
            assert_eq!(read(dto.text().unwrap().as_bytes()), Ok(dto));
        }
    });
}

/// Any member replaced by anything: no panic, here or in the check, and never accepted as signed.
#[test]
fn a_replaced_member_is_read_or_refused() {
    let (pointers, deployment) = (pointers(), super::deployment());
    search(&(any::<prop::sample::Index>(), any_json()), |(at, member)| {
        let pointer = &pointers[at.index(pointers.len())];
        if let Ok(dto) = with(pointer, member) {
            let checked = tenor::intents::signed::check::check(&dto, &super::rules(&deployment));
            assert!(checked.is_err() || dto == signed(), "{pointer}");
        }
    });
}
