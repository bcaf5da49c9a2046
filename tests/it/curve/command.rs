//! `tenor curve` as its users meet it.

use std::fs;

use serde_json::{Value, json};
use tenor_simulations::figures::{embedded, embedded_synthetic};

use crate::cli::{Ran, file, tenor};

/// The command on a file of fixed-rate markets with these bytes.
fn curve_on(name: &str, bytes: &[u8], more: &[&str]) -> Ran {
    let path = file(name, bytes);
    let path_text = path.to_str().unwrap();
    let ran = tenor(&[&["curve", "--observations", path_text], more].concat());
    fs::remove_file(path).unwrap();
    ran
}

/// The made-up markets, changed.
fn observations(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut file: Value = serde_json::from_slice(embedded_synthetic()).unwrap();
    change(&mut file);
    serde_json::to_vec(&file).unwrap()
}

fn bps(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// Nobody may take the made-up markets for real ones, in any of the three outputs.
#[test]
fn without_fixed_rates_made_up_ones_are_shown_and_called_synthetic() {
    let svg = file("curve.svg", b"");
    let ran = tenor(&["curve", "--svg", svg.to_str().unwrap()]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.out.contains("SYNTHETIC fixed rates: synthetic-fixed-rates.json"), "{}", ran.out);
    assert!(ran.out.contains("Nelson-Siegel, SYNTHETIC"), "{}", ran.out);
    assert!(ran.out.contains("no beacon figures: stETH's net yield"), "{}", ran.out);
    let picture = fs::read_to_string(&svg).unwrap();
    fs::remove_file(svg).unwrap();
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    assert!(picture.contains("SYNTHETIC fixed rates, from no market"));
    for outside in ["href", "url(", "<script", "<image", "@import"] {
        assert!(!picture.contains(outside), "{outside}");
    }
    let ran = tenor(&["curve", "--json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["schema"], "tenor.curve/1");
    assert_eq!(report["observations"]["synthetic"], true);
    assert!(report["disclosures"][0].as_str().unwrap().starts_with("SYNTHETIC"));
}

/// What is printed holds together: forwards follow from discounts, and these from rates.
#[test]
fn the_numbers_of_the_json_follow_from_each_other() {
    let ran = tenor(&["curve", "--json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let year = 31_557_600.0;
    let (mut before, mut growth, mut discount) = (0.0, 0.0, 1.0);
    for row in report["term"].as_array().unwrap() {
        let at = row["seconds"].as_f64().unwrap();
        let now = row["discount"].as_f64().unwrap();
        let grown = bps(&row["spot_bps"]) / 1e4 * at / year;
        assert!(((-grown).exp() - now).abs() < 1e-8, "{row}");
        let forward = bps(&row["forward_bps"]) / 1e4;
        assert!(forward >= 0.0 && now <= discount, "{row}");
        assert!((forward * (at - before) / year - (grown - growth)).abs() < 2e-8, "{row}");
        assert!((row["dv01_eth"].as_f64().unwrap() - 0.01 * at / year).abs() < 1e-12, "{row}");
        assert_eq!(row["variable_bps"], row["spot_bps"]);
        (before, growth, discount) = (at, grown, now);
    }
    for market in report["markets"].as_array().unwrap() {
        let off = bps(&market["implied_bps"]) - bps(&market["model_bps"]);
        assert!((off - bps(&market["off_bps"])).abs() < 2e-4, "{market}");
        let locked = bps(&market["implied_bps"]) - bps(&market["fee_bps"]);
        assert!((locked - bps(&market["locked_bps"])).abs() < 2e-4, "{market}");
        let hurdle = bps(&market["float_bps"]) + 0.5 * 50.0;
        assert!((hurdle - bps(&market["hurdle_bps"])).abs() < 2e-4, "{market}");
        let lock = bps(&market["locked_bps"]) > bps(&market["hurdle_bps"]);
        assert_eq!(market["lock"], lock, "{market}");
    }
    // stETH's 3.1169 % over thirty days, before Lido's tenth.
    assert_eq!(report["short_end"]["rate_bps"], "311.6900");
    let benchmark = bps(&report["benchmark"]["rate_bps"]);
    let day = (0.031_169f64 / 365.25).exp_m1() / 0.9;
    assert!((benchmark - day.ln_1p() * 365.25 * 1e4).abs() < 1e-4, "{benchmark}");
    // The spreads that the markets were made with.
    let spread = |name: &str| {
        let all = report["spreads"].as_array().unwrap();
        bps(&all.iter().find(|s| s["underlying"] == name).unwrap()["spread_bps"])
    };
    assert_eq!(spread("stETH"), 0.0);
    assert!((spread("eETH") - 85.0).abs() < 10.0 && (spread("ezETH") - 210.0).abs() < 15.0);
    let dropped = report["dropped"].as_array().unwrap();
    assert_eq!(dropped.len(), 3, "{dropped:?}");
}

#[test]
fn a_file_of_ones_own_is_used_and_not_called_synthetic() {
    let real = observations(|file| file["synthetic"] = json!(false));
    let ran = curve_on("own.json", &real, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("own.json") && !ran.out.contains("SYNTHETIC"), "{}", ran.out);
    let few = observations(|file| file["markets"].as_array_mut().unwrap().truncate(2));
    let ran = curve_on("few.json", &few, &["--term-premium", "10"]);
    assert!(ran.out.contains("growth linear between expiries"), "{}", ran.out);
}

#[test]
fn rates_of_single_trades_are_heard_only_when_asked_for() {
    let spot = observations(|file| {
        for market in file["markets"].as_array_mut().unwrap() {
            market["averaged_s"] = json!(0);
        }
    });
    let ran = curve_on("spot.json", &spot, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(3), ""), "{ran:?}");
    assert!(ran.err.contains("none of 12 fixed-rate markets counts; those of single"), "{ran:?}");
    assert!(ran.err.contains("--spot"), "{ran:?}");
    let ran = curve_on("spot.json", &spot, &["--spot"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("anybody can set them"), "{}", ran.out);
}

/// Of another market than the built-in one nothing is made up.
#[test]
fn another_market_needs_fixed_rates_of_its_own() {
    let path = file("market-of-curve.json", embedded());
    let market = path.to_str().unwrap().to_owned();
    let ran = tenor(&["curve", "--market", &market]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(3), ""), "{ran:?}");
    assert!(ran.err.contains("--observations FILE"), "{ran:?}");
    let ran = curve_on("o.json", embedded_synthetic(), &["--market", &market]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    fs::remove_file(path).unwrap();
}

#[test]
fn a_file_that_is_wrong_gets_one_line() {
    let refused = |change: fn(&mut Value), says: &[&str]| {
        curve_on("bad.json", &observations(change), &[]).refused(says);
    };
    let at = |path: &str| tenor(&["curve", "--observations", path]);
    at("/nowhere/o.json").refused(&["/nowhere/o.json", "a file of fixed-rate markets"]);
    curve_on("text.json", b"no", &[]).refused(&["text.json", "not JSON"]);
    curve_on("market.json", embedded(), &[]).refused(&["market.json", "tenor.observations/1"]);
    refused(
        |f| f["markets"][0]["rate"] = json!("-0.03"),
        &["markets[0].rate", "-0.03", "zero or more"],
    );
    refused(|f| f["markets"][0]["rate"] = json!("3.1e-2"), &["markets[0].rate"]);
    refused(|f| f["markets"][0]["rate"] = json!("31.9"), &["its rate is 31.9", "such as 0.04"]);
    refused(|f| f["markets"][0]["expiry"] = json!(0), &["markets[0].expiry", "above 0"]);
    refused(|f| f["markets"][0]["expiry"] = json!(1_719_446_400_000_u64), &["not milliseconds"]);
    refused(|f| f["markets"][1]["market"] = f["markets"][0]["market"].clone(), &["given twice"]);
    refused(|f| f["markets"][1]["market"] = json!("a\nb"), &["markets[1].market", "printable"]);
    refused(|f| f["markets"][1]["more"] = json!(1), &["more"]);
    refused(
        |f| f["timestamp"] = json!(1_740_000_000),
        &["more than seven days apart", "short_end"],
    );
    refused(|f| f["short_end"] = json!({ "rate": "11", "basis": "x" }), &["the short end is 11"]);
    // Two years for less than a month costs: nobody sells that.
    refused(|f| f["markets"][3]["rate"] = json!("0.0001"), &["dearer", "leave one of them out"]);
    let cut = &embedded_synthetic()[..embedded_synthetic().len() / 2];
    curve_on("cut.json", cut, &[]).refused(&["cut.json"]);
}

#[test]
fn a_short_end_of_the_files_own_is_used() {
    let own = observations(|f| {
        f["timestamp"] = json!(1_718_000_000);
        f["short_end"] = json!({ "rate": "0.0305", "basis": "seven days, by hand" });
    });
    let ran = curve_on("short.json", &own, &["--json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
    assert_eq!(
        report["short_end"],
        json!({ "rate_bps": "305.0000", "basis": "seven days, by hand" })
    );
}

/// A quiet day of 32.5 million ETH staked, changed.
fn epochs(change: impl FnOnce(&mut Vec<Value>)) -> Vec<u8> {
    let row = |epoch: u64| {
        json!({
            "epoch": epoch,
            "attestation_gwei": "1200000000",
            "sync_gwei": "45000000",
            "report_gwei": "0",
            "execution_wei": "1500000000000000000",
            "slashed_gwei": "0",
            "balance_gwei": "32500000000000000",
        })
    };
    let mut rows: Vec<Value> = (300_000..300_225).map(row).collect();
    change(&mut rows);
    let file = json!({ "schema": "tenor.epochs/1", "source": "a test", "epochs": rows });
    serde_json::to_vec(&file).unwrap()
}

fn curve_with_epochs(bytes: &[u8]) -> Ran {
    let path = file("epochs.json", bytes);
    let ran = tenor(&["curve", "--json", "--epochs", path.to_str().unwrap()]);
    fs::remove_file(path).unwrap();
    ran
}

/// The benchmark by the formula, and one line for what is no day.
#[test]
fn epochs_of_the_beacon_chain_make_the_benchmark() {
    let ran = curve_with_epochs(&epochs(|_| ()));
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
    let day = 225.0 * (8.0 * 1.245 + 1.5) / 32_500_000.0f64;
    let found = bps(&report["benchmark"]["rate_bps"]);
    assert!((found - day.ln_1p() * 365.25 * 1e4).abs() < 1e-4, "{found}");
    assert!(report["benchmark"]["basis"].as_str().unwrap().contains("225 epochs from 300000"));
    let refused = |change: fn(&mut Vec<Value>), says: &[&str]| {
        curve_with_epochs(&epochs(change)).refused(says);
    };
    refused(|rows| rows.truncate(9), &["9 epochs are no day", "225"]);
    refused(|rows| rows.swap(0, 1), &["epoch 300000 follows 300001"]);
    refused(|rows| rows[1] = rows[0].clone(), &["epoch 300000 is given twice"]);
    refused(
        |rows| rows.retain(|r| r["epoch"] != 300_007),
        &["epochs 300007 to 300007 are missing"],
    );
    refused(|rows| rows[3]["balance_gwei"] = json!("0"), &["balance of epoch 300003 is zero"]);
    refused(|rows| rows[3]["balance_gwei"] = json!("-1"), &["epochs[3].balance_gwei"]);
    refused(
        |rows| rows[3]["sync_gwei"] = json!("9223372036854775808"),
        &["epochs[3].sync_gwei", "64 bits"],
    );
    curve_with_epochs(b"{}").refused(&["schema", "missing"]);
    tenor(&["curve", "--epochs", "/nowhere/e.json"])
        .refused(&["/nowhere/e.json", "file of epochs"]);
}

#[test]
fn arguments_that_are_none_get_one_line() {
    tenor(&["curve", "--caution", "many"]).refused(&["--caution", "0.5"]);
    tenor(&["curve", "--caution", "nan"]).refused(&["--caution"]);
    tenor(&["curve", "--term-premium=-1"]).refused(&["--term-premium", "basis points"]);
    tenor(&["curve", "--volatility", "inf"]).refused(&["--volatility"]);
    tenor(&["curve", "--svg", "/nowhere/curve.svg"]).refused(&["/nowhere/curve.svg"]);
    tenor(&["curve", "now"]).refused(&["now", "--help"]);
}

/// Names come from files: in a picture they must stay words.
#[test]
fn names_in_the_picture_are_escaped() {
    let svg = file("names.svg", b"");
    let named = observations(|f| {
        f["markets"][0]["market"] = json!("<script>\"&");
        for m in f["markets"].as_array_mut().unwrap() {
            if m["underlying"] == "eETH" {
                m["underlying"] = json!("<b>");
            }
        }
    });
    let ran = curve_on("names.json", &named, &["--svg", svg.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let picture = fs::read_to_string(&svg).unwrap();
    fs::remove_file(svg).unwrap();
    assert!(picture.contains("&lt;script&gt;&quot;&amp;") && !picture.contains("<script"));
    assert!(picture.contains("&lt;b&gt; markets"), "{picture}");
}
