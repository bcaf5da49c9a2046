//! `tenor route` as its users meet it.

use std::{ffi::OsStr, fs, path::PathBuf};

use serde_json::{Value, json};

use super::{agree, tiny};
use crate::cli::{Ran, file, tenor};

/// A file with this instance, of this test's own.
fn instance(name: &str, value: &Value) -> PathBuf {
    file(name, value.to_string().as_bytes())
}

fn route(files: &[&PathBuf], options: &[&str]) -> Ran {
    let mut arguments: Vec<&OsStr> = vec!["route".as_ref()];
    arguments.extend(files.iter().map(|path| path.as_os_str()));
    arguments.extend(options.iter().map(OsStr::new));
    tenor(&arguments)
}

/// The answers of a run that went well.
#[track_caller]
fn answers(ran: &Ran) -> Vec<Value> {
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    ran.out.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// An instance whose order no pool leads out of.
fn cut_off() -> Value {
    let mut value = tiny();
    value["id"] = json!("cut off");
    value["pools"] = json!([value["pools"][4]]);
    value["pools"][0]["id"] = json!(0);
    value
}

#[test]
fn each_instance_gets_one_line_in_order() {
    let (one, two) = (instance("one.json", &tiny()), instance("two.json", &cut_off()));
    for (options, objective) in [(&[][..], "net"), (&["--no-gas"], "gross")] {
        let found = answers(&route(&[&one, &two, &one], options));
        let ids: Vec<&Value> = found.iter().map(|answer| &answer["id"]).collect();
        assert_eq!(ids, ["tiny", "cut off", "tiny"]);
        for answer in &found {
            assert_eq!(answer["objective"], objective);
            assert_eq!(answer["threads"], 1);
            assert_eq!(answer["ms"], answer["cold_ms"]["p50"]);
            assert!(number(&answer["cold_ms"]["p99"]) >= number(&answer["ms"]), "{answer}");
            assert!(answer.get("warm_ms").is_none(), "{answer}");
        }
    }
    fs::remove_file(one).unwrap();
    fs::remove_file(two).unwrap();
}

#[test]
fn an_order_without_a_way_gets_an_empty_answer() {
    let path = instance("no-way.json", &cut_off());
    let found = answers(&route(&[&path], &[]));
    let [answer] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(answer["legs"], json!([]));
    assert_eq!((number(&answer["amount_out"]), number(&answer["net_out"])), (0.0, 0.0));
    for key in ["nu", "bound", "proven", "gap_bp"] {
        assert!(answer.get(key).is_none(), "{answer}");
    }
    fs::remove_file(path).unwrap();
}

/// Two pools in a row and one beside them: the whole answer is checked, number by number.
#[test]
fn an_answer_adds_up() {
    let path = instance("adds-up.json", &tiny());
    for (options, kind) in [(&[][..], "net_out"), (&["--no-gas"], "amount_out")] {
        let found = answers(&route(&[&path], options));
        let answer = &found[0];
        let legs = answer["legs"].as_array().unwrap();
        assert!(!legs.is_empty(), "no way was found: {answer}");
        let (mut held, mut burnt) = ([100.0, 0.0, 0.0], 0.0);
        for leg in legs {
            let at = |key: &str| usize::try_from(leg[key].as_u64().unwrap()).unwrap();
            held[at("token_in")] -= number(&leg["amount_in"]);
            held[at("token_out")] += number(&leg["amount_out"]);
            assert!(held.iter().all(|amount| *amount >= -1e-9), "{answer}");
            burnt += number(&tiny()["pools"][at("pool")]["gas"]);
        }
        agree(number(&answer["amount_out"]), held[1]);
        agree(number(&answer["net_out"]), held[1] - burnt * 2e-8 / 2.0);
        let (bound, out) = (number(&answer["bound"]), number(&answer[kind]));
        assert!(out <= bound * (1.0 + 1e-12) && number(&answer["proven"]) <= bound, "{answer}");
        agree(1.0 + number(&answer["gap_bp"]), 1.0 + (bound - out) / bound * 1e4);
        assert_eq!(number(&answer["nu"][1]), 1.0);
        assert_eq!(answer["nu"].as_array().unwrap().len(), 3);
    }
    fs::remove_file(path).unwrap();
}

#[test]
fn repeated_solves_are_timed_cold_and_warm() {
    let path = instance("repeat.json", &tiny());
    let found = answers(&route(&[&path], &["--repeat", "5", "--deadline-ms", "50"]));
    for times in ["cold_ms", "warm_ms"] {
        let (p50, p99) = (number(&found[0][times]["p50"]), number(&found[0][times]["p99"]));
        assert!(p50 > 0.0 && p99 >= p50, "{}", found[0]);
    }
    fs::remove_file(path).unwrap();
}

#[test]
fn a_broken_instance_ends_the_run_after_the_answers_before_it() {
    let (good, bad) = (instance("good.json", &tiny()), file("bad.json", b"{\"schema\": 1}"));
    let ran = route(&[&good, &bad, &good], &[]);
    ran.stopped(&["bad.json", "schema"]);
    assert_eq!(ran.out.lines().count(), 1, "{ran:?}");
    fs::remove_file(good).unwrap();
    fs::remove_file(bad).unwrap();
}

#[test]
fn files_that_cannot_be_read_get_one_line() {
    let wanted = "routing-ref/1 instance";
    tenor(&["route", "/nowhere/i.json"]).refused(&["/nowhere/i.json", "No such file", wanted]);
    tenor(&["route", env!("CARGO_TARGET_TMPDIR")]).refused(&["is not a file", wanted]);
    for (name, bytes) in [("none.json", &b""[..]), ("text.json", b"text"), ("ff.json", b"\xff")] {
        let path = file(name, bytes);
        route(&[&path], &[]).refused(&[name]);
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn options_that_make_no_sense_get_one_line() {
    tenor(&["route"]).refused(&["INSTANCE", "--help"]);
    tenor(&["route", "i.json", "--repeat", "0"]).refused(&["--repeat", "0"]);
    tenor(&["route", "i.json", "--repeat", "-1"]).refused(&["-1"]);
    tenor(&["route", "i.json", "--repeat"]).refused(&["--repeat", "N"]);
    tenor(&["route", "i.json", "--deadline-ms", "soon"]).refused(&["--deadline-ms", "soon"]);
    tenor(&["route", "i.json", "--deadline-ms", "0"]).refused(&["--deadline-ms", "0"]);
    tenor(&["route", "i.json", "--no-gass"]).refused(&["--no-gass", "'--no-gas'"]);
}

#[test]
fn help_says_what_is_read() {
    let ran = tenor(&["route", "--help"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for part in ["routing-ref/1", "--repeat", "--deadline-ms", "--no-gas"] {
        assert!(ran.out.contains(part), "{ran:?}");
    }
}

#[test]
fn a_deadline_beyond_any_clock_is_none() {
    let path = instance("late.json", &tiny());
    answers(&route(&[&path], &["--deadline-ms", "18446744073709551615"]));
    fs::remove_file(path).unwrap();
}
