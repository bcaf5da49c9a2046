//! The program as its users meet it: exit codes, streams, and one line for each thing that is wrong.

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::OsStrExt as _,
    path::PathBuf,
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use tenor_simulations::figures::{embedded, embedded_assumptions};

const HOLD: &str = "maximize ETH yield on 100 stETH";
const SWAP: &str = "swap 50 WETH to wstETH";
const INFEASIBLE: &str = "exit 40 weETH to ETH within 7 days";

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// That the input was refused in one line that says all of these.
    #[track_caller]
    pub(crate) fn refused(&self, says: &[&str]) {
        assert_eq!(self.out, "", "{self:?}");
        self.stopped(says);
    }

    /// That the input was refused in such a line, whatever was printed before.
    #[track_caller]
    pub(crate) fn stopped(&self, says: &[&str]) {
        assert_eq!(self.code, Some(2), "{self:?}");
        let line = self.err.strip_suffix('\n').expect("a whole line");
        assert!(line.starts_with("tenor: ") && !line.contains('\n'), "{line}");
        assert!(!line.contains("panicked") && line.len() < 1_000, "{line}");
        for part in says {
            assert!(line.contains(part), "{part:?} is not in: {line}");
        }
    }
}

/// Runs the program.
pub(crate) fn tenor(arguments: &[impl AsRef<OsStr>]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
    command.env_remove("TENOR_RPC");
    let output = command.args(arguments).stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn solve(sentence: &str) -> Ran {
    tenor(&["solve", sentence])
}

/// A file of this call's own, whatever other tests call theirs.
pub(crate) fn file(name: &str, bytes: &[u8]) -> PathBuf {
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let own = format!("{}-{number}-{name}", std::process::id());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(own);
    fs::write(&path, bytes).unwrap();
    path
}

/// Solves on a market file with these bytes.
fn solve_on(name: &str, bytes: &[u8]) -> Ran {
    let path = file(name, bytes);
    let ran = tenor(&["solve".as_ref(), HOLD.as_ref(), "--market".as_ref(), path.as_os_str()]);
    fs::remove_file(path).unwrap();
    ran
}

/// The embedded market, changed.
fn market(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut file: Value = serde_json::from_slice(embedded()).unwrap();
    change(&mut file);
    serde_json::to_vec(&file).unwrap()
}

#[test]
fn a_plan_and_a_hold_exit_with_0_and_infeasible_with_3() {
    for (sentence, code, first) in
        [(HOLD, 0, "Hold: 100 stETH"), (SWAP, 0, "Plan: WETH"), (INFEASIBLE, 3, "No plan")]
    {
        let ran = solve(sentence);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert_eq!(ran.err, "");
        assert!(ran.out.contains(first), "{ran:?}");
    }
}

#[test]
fn json_is_one_document_with_the_same_exit_codes() {
    for (sentence, code, kind) in
        [(HOLD, 0, "hold"), (SWAP, 0, "swap"), (INFEASIBLE, 3, "infeasible")]
    {
        let ran = tenor(&["solve", "--json", sentence]);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        let answer: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(answer["schema"], "tenor.answer/1");
        assert_eq!(answer["plan"]["kind"], kind);
    }
}

#[test]
fn help_and_version_are_answers() {
    for arguments in [&["--help"][..], &["solve", "--help"], &["help", "solve"], &["--version"]] {
        let ran = tenor(arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(!ran.out.is_empty() && ran.err.is_empty(), "{ran:?}");
    }
}

/// Sentences, and what the line about each must say: the cause and what could stand there.
const REFUSED: &[(&str, &[&str])] = &[
    ("", &["there is none", "one such as: maximize"]),
    (" \t ", &["there is none", "one such as: maximize"]),
    ("maximize ETH yield on 100 stEHT", &["stEHT", "the nearest symbol is stETH"]),
    ("swap 1 0x0000000000000000000000000000000000000001 to ETH", &["0x0000", "market"]),
    ("maximize ETH yield on 0 stETH", &["zero", "more than 0"]),
    ("maximize ETH yield on -5 stETH", &["-5", "negative", "plain digits"]),
    (
        "maximize ETH yield on 340282366920938463463374607431768211456 ETH",
        &["340282366920938463463374", "2^128 - 1"],
    ),
    ("swap 0.0000001 USDC to ETH", &["7 decimals", "6 decimals of USDC"]),
    ("maximize ETH yield on 1e18 ETH", &["1e18", "written out"]),
    ("maximize ETH yield on 1 ETH only lido avoid lido", &["lido", "elsewhere"]),
    ("maximize ETH yield on 1 ETH risk low risk high", &["risk", "at most once"]),
    ("maximize ETH yield on 1 ETH for 0 days", &["for 90 days"]),
    ("maximize ETH yield on 1 ETH for 100 years", &["10 years"]),
    ("maximize ETH yield on 1 USDC", &["USDC", "swap it to ETH first"]),
    ("maximize ETH yield on 1 \u{0405}TETH", &["U+0405", "ASCII"]),
    ("maximize\nETH yield on 1 stEHT", &["stEHT"]),
    ("swap 1 ETH to \u{1b}[31mstETH", &["U+001B"]),
];

#[test]
fn a_sentence_that_means_nothing_gets_one_line() {
    for (sentence, says) in REFUSED {
        solve(sentence).refused(says);
        tenor(&["solve", sentence, "--json"]).refused(says);
    }
}

/// The longest argument that the system lets through; longer ones never reach the program.
#[test]
fn the_longest_possible_sentence_gets_one_line() {
    solve(&"maximize ".repeat(14_000)).refused(&["126000 bytes", "too many"]);
    solve(&"x".repeat(131_000)).refused(&["131000 bytes", "too many"]);
}

#[test]
fn arguments_that_are_none_get_one_line() {
    tenor(&["solve", HOLD, "--jsn"]).refused(&["--jsn", "--json"]);
    tenor(&["solve", HOLD, "now"]).refused(&["now", "--help"]);
    tenor(&["solve"]).refused(&["SENTENCE", "--help"]);
    tenor(&["slove", HOLD]).refused(&["slove", "solve"]);
    tenor(&["solve", HOLD, "--market"]).refused(&["--market", "FILE"]);
    tenor(&["solve", HOLD, "--json", "--json"]).refused(&["--json"]);
    for from in ["0x12", "alice", "", "0xae7ab96520DE3A18E5e111B5EaAb095312D7fE8"] {
        tenor(&["solve", HOLD, "--from", from]).refused(&["--from", "40 hexadecimal digits"]);
    }
    let garbled = OsStr::from_bytes(b"maximize \xff");
    tenor(&["solve".as_ref(), garbled]).refused(&["UTF-8"]);
}

#[test]
fn no_command_gets_one_line() {
    tenor(&[] as &[&str]).refused(&["no command", "tenor solve", "--help"]);
}

#[test]
fn an_account_of_ones_own_is_used() {
    let account = "0xa11ce00000000000000000000000000000000001";
    assert_eq!(tenor(&["solve", SWAP, "--from", account]).code, Some(0));
    let contract = "0xae7ab96520DE3A18E5e111B5EaAb095312D7fE84";
    tenor(&["solve", SWAP, "--from", contract]).refused(&[contract, "contract", "an account"]);
}

#[test]
fn a_market_file_that_is_none_gets_one_line() {
    let at = |path: &str| tenor(&["solve", HOLD, "--market", path]);
    at("/nowhere/m.json").refused(&["/nowhere/m.json", "No such file", "give the path"]);
    at(env!("CARGO_TARGET_TMPDIR")).refused(&["is not a file", "give the path"]);
    at("/dev/null").refused(&["/dev/null", "give the path"]);
    at("").refused(&["a value is required for '--market <FILE>'"]);
    solve_on("empty.json", b"").refused(&["empty.json"]);
    solve_on("half.json", &embedded()[..embedded().len() / 2]).refused(&["half.json"]);
    solve_on("garbled.json", b"{\"schema\": \xff}").refused(&["garbled.json"]);
    solve_on("text.json", b"not JSON\n\x00").refused(&["text.json"]);
    let newer = market(|file| file["schema"] = json!("market-snapshot/2"));
    solve_on("newer.json", &newer).refused(&["newer.json", "market-snapshot/2", "/1"]);
}

/// Every single byte matters or is harmless: none may end in a panic.
#[test]
fn a_market_file_cut_anywhere_gets_one_line() {
    let bytes = embedded();
    for part in 1..40 {
        let cut = bytes.len() * part / 40;
        solve_on(&format!("cut{part}.json"), &bytes[..cut]).refused(&["cut"]);
    }
}

/// Two tokens of one name would leave the sentence to guess.
#[test]
fn a_market_with_an_ambiguous_symbol_is_refused() {
    for symbol in ["stETH", "STETH", "steth"] {
        let bytes = market(|file| file["tokens"][3]["symbol"] = json!(symbol));
        solve_on("two.json", &bytes).refused(&["two.json", "tokens[3].symbol", "tokens[2].symbol"]);
    }
}

#[test]
fn assumptions_that_cannot_be_read_get_one_line() {
    let assume =
        |path: &OsStr| tenor(&["solve".as_ref(), HOLD.as_ref(), "--assume".as_ref(), path]);
    assume("/nowhere/a.json".as_ref()).refused(&["/nowhere/a.json", "give the path"]);
    assume(env!("CARGO_TARGET_TMPDIR").as_ref()).refused(&["is not a file"]);
    let half = &embedded_assumptions()[..embedded_assumptions().len() / 2];
    for (name, bytes) in [("cut.json", half), ("market.json", embedded()), ("no.json", b"no")] {
        let path = file(name, bytes);
        assume(path.as_os_str()).refused(&[name]);
        fs::remove_file(path).unwrap();
    }
    assert_eq!(assume("none".as_ref()).code, Some(0));
}

/// The message must send nobody to the wrong file.
#[test]
fn an_unreadable_assumptions_file_is_not_called_a_market() {
    let ran = tenor(&["solve", HOLD, "--assume", "/nowhere/a.json"]);
    ran.refused(&["assumptions"]);
    assert!(!ran.err.contains("market file"), "{}", ran.err);
}

#[test]
fn a_market_file_of_ones_own_is_used() {
    let ran = solve_on("own.json", embedded());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("Hold: 100 stETH"), "{ran:?}");
}

#[test]
fn nothing_but_a_terminal_is_given_colours() {
    for environment in [&[("TERM", "xterm-256color")], &[("NO_COLOR", "1")]] {
        for arguments in [&["solve", HOLD][..], &["solve", INFEASIBLE], &["--help"], &["slove"]] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
            let output =
                command.args(arguments).envs(environment.iter().copied()).output().unwrap();
            let escapes = |bytes: &[u8]| bytes.contains(&0x1b);
            assert!(!escapes(&output.stdout) && !escapes(&output.stderr), "{arguments:?}");
        }
    }
}

/// As `tenor solve ... | head -1` does.
#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
    command.args(["solve", HOLD, "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

/// A sentence is one argument; without quotes it is many, and the line must help.
#[test]
fn a_sentence_without_quotes_gets_one_line() {
    let words: Vec<OsString> = format!("solve {HOLD}").split(' ').map(OsString::from).collect();
    tenor(&words).refused(&["ETH", "--help"]);
}
