//! What users are told: which word, what is wrong with it, what could stand there.

use std::time::{Duration, Instant};

use alloy_primitives::address;
use tenor::intents::sentence::SentenceErrorKind as Kind;

use super::{Market, NOW, STETH, kind};

/// Sentences, the word at fault, and a part of what could stand there.
const REFUSED: &[(&str, &str, &str)] = &[
    ("stake 1 ETH", "stake", "\"rebalance\", \"swap\" or \"exit\""),
    ("maximize ETH yeild on 100 stETH", "yeild", "\"yield\""),
    ("maximize yield on 100 stETH", "yield", "\"ETH\""),
    ("maximize ETH yield of 100 stETH", "of", "\"on\""),
    ("maximize ETH yield on", "on", "an amount"),
    ("maximize ETH yield on 100", "100", "symbol or address"),
    ("maximize ETH yield on stETH", "stETH", "an amount"),
    ("maximize ETH yield on 100stETH", "100stETH", "100 stETH"),
    ("maximize organic organic ETH yield on 1 ETH", "organic", "at most once"),
    ("maximize ETH yield on -5 stETH", "-5", "an amount in plain digits"),
    ("maximize ETH yield on 0 stETH", "0", "more than 0"),
    ("maximize ETH yield on 0.000 stETH", "0.000", "more than 0"),
    ("maximize ETH yield on 1e18 stETH", "1e18", "written out"),
    ("maximize ETH yield on 250k stETH", "250k", "250,000"),
    ("maximize ETH yield on 1M stETH", "1M", "written out"),
    ("maximize ETH yield on 2,5 stETH", "2,5", "plain digits"),
    ("maximize ETH yield on 1,00,000 stETH", "1,00,000", "plain digits"),
    ("maximize ETH yield on 1,000_000 stETH", "1,000_000", "plain digits"),
    ("maximize ETH yield on 1.000,5 stETH", "1.000,5", "plain digits"),
    ("maximize ETH yield on .5 stETH", ".5", "plain digits"),
    ("maximize ETH yield on 5. stETH", "5.", "plain digits"),
    ("maximize ETH yield on 1.2.3 stETH", "1.2.3", "plain digits"),
    ("minimize ETH yield on 1 stETH", "ETH", "\"risk\""),
    ("minimize risk for 3 ETH yield on 1 stETH", "ETH", "a rate above 0%"),
    ("minimize risk for 0% ETH yield on 1 stETH", "0", "a rate above 0%"),
    ("minimize risk for 101% ETH yield on 1 stETH", "101", "a rate above 0%"),
    ("minimize risk for 3.001% ETH yield on 1 stETH", "3.001", "a rate above 0%"),
    ("fix yield on 1 stETH", "yield", "\"ETH\""),
    ("fix organic ETH yield on 1 stETH", "organic", "\"ETH\""),
    ("rebalance 40 stETH", "stETH", "\"and\" and another holding"),
    ("rebalance 40 stETH for 90 days", "for", "\"and\" and another holding"),
    ("rebalance 40 stETH and 60 stETH", "stETH", "each token once"),
    ("rebalance 40 stETH and 60 WETH and 0 ETH", "0", "more than 0"),
    ("rebalance 40 stETH and", "and", "an amount"),
    ("maximize ETH yield on 40 stETH and 60 WETH", "and", "for, risk"),
    ("swap 0.0000001 USDC to ETH", "0.0000001", "6 decimals of USDC"),
    ("swap 340282366920938463463.374607431768211456 ETH to WETH", "34028", "2^128 - 1 units"),
    ("maximize ETH yield on 1 stEHT", "stEHT", "market's 4 tokens"),
    ("maximize ETH yield on 1 stEHT", "stEHT", "nearest symbol is stETH"),
    ("maximize ETH yield on 1 0x1234", "0x1234", "40 hexadecimal digits"),
    ("exit 1 ETH", "ETH", "other than the one wanted"),
    ("exit 1 WETH to WETH", "WETH", "other than the one wanted"),
    ("exit 1 stETH to USDC", "USDC", "ETH or WETH"),
    ("swap 1 ETH to eth", "eth", "another token"),
    ("swap 1 ETH", "ETH", "\"to\" and the token wanted"),
    ("swap 1 ETH at stETH", "at", "\"to\" and the token wanted"),
    ("swap 1 ETH to stETH leverage 2", "leverage", "slippage, avoid, only, by"),
    ("exit 1 stETH for 3 days", "for", "to, within, slippage, avoid, only, by"),
    ("maximize ETH yield on 1 ETH levrage 2", "levrage", "the nearest is leverage"),
    ("maximize ETH yield on 1 ETH for 90", "90", "years of 365 days"),
    ("maximize ETH yield on 1 ETH for 90 moons", "moons", "months of 30 days"),
    ("maximize ETH yield on 1 ETH for 5m", "m", "minutes"),
    ("maximize ETH yield on 1 ETH for 0 days", "0", "for 90 days"),
    ("maximize ETH yield on 1 ETH for -1 days", "-1", "for 90 days"),
    ("maximize ETH yield on 1 ETH for 1e3 days", "1e3", "for 90 days"),
    ("maximize ETH yield on 1 ETH for 0.5 s", "0.5", "for 90 days"),
    ("maximize ETH yield on 1 ETH for 100 years", "100", "the longest horizon is 10 years"),
    ("maximize ETH yield on 1 ETH for 1 day for 2 days", "for", "at most once"),
    ("maximize ETH yield on 1 ETH risk wild", "wild", "low, medium or high"),
    ("maximize ETH yield on 1 ETH risk <=T5", "T5", "T0 to T4"),
    ("maximize ETH yield on 1 ETH risk <=", "<=", "T0 to T4"),
    ("maximize ETH yield on 1 ETH risk low risk high", "risk", "at most once"),
    ("maximize ETH yield on 1 ETH risk T1 risk <=T2", "risk", "at most once"),
    ("maximize ETH yield on 1 ETH leverage 0.5", "0.5", "from 1 (none)"),
    ("maximize ETH yield on 1 ETH leverage 1000", "1000", "to 100"),
    ("maximize ETH yield on 1 ETH leverage 1.555", "1.555", "from 1 (none)"),
    ("maximize ETH yield on 1 ETH leverage 2xx", "2xx", "leverage <= 2.5"),
    ("maximize ETH yield on 1 ETH liquid 101% within 1 day", "101", "a share above 0%"),
    ("maximize ETH yield on 1 ETH liquid 0% within 1 day", "0", "a share above 0%"),
    ("maximize ETH yield on 1 ETH liquid 50 within 1 day", "within", "liquid 50% within"),
    ("maximize ETH yield on 1 ETH liquid 50% in 1 day", "in", "liquid 50% within"),
    ("maximize ETH yield on 1 ETH liquid 50% within 0 days", "0", "liquid 50% within"),
    ("maximize ETH yield on 1 ETH at most 0% per protocol", "0", "at most 60% per protocol"),
    ("maximize ETH yield on 1 ETH at least 50% per protocol", "least", "at most 60%"),
    ("maximize ETH yield on 1 ETH at most 50% per token", "token", "at most 60%"),
    ("maximize ETH yield on 1 ETH avoid lidl", "lidl", "the nearest is lido"),
    ("maximize ETH yield on 1 ETH avoid lido,lido", "lido", "each protocol once"),
    ("maximize ETH yield on 1 ETH avoid lido avoid curve", "avoid", "at most once"),
    ("maximize ETH yield on 1 ETH avoid lido,", "lido,", "one of the market's 6 protocols"),
    ("maximize ETH yield on 1 ETH avoid lido,,curve", "lido,,curve", "6 protocols"),
    ("maximize ETH yield on 1 ETH avoid ,lido", ",lido", "6 protocols"),
    ("maximize ETH yield on 1 ETH only lido avoid curve, LIDO", "LIDO", "elsewhere"),
    ("maximize ETH yield on 1 ETH avoid lido only lido", "lido", "elsewhere"),
    ("swap 1 ETH to WETH slippage 5", "5", "slippage 10 bps"),
    ("swap 1 ETH to WETH slippage 0.5 bps", "0.5", "slippage 10 bps"),
    ("swap 1 ETH to WETH slippage 0.001%", "0.001", "slippage 0.1%"),
    ("swap 1 ETH to WETH slippage 100%", "100", "less than 100%"),
    ("swap 1 ETH to WETH by noon", "noon", "unix seconds"),
    ("swap 1 ETH to WETH by 2024-05-23", "2024-05-23", "by 2024-05-23T16:00:00Z"),
    ("swap 1 ETH to WETH by 2024-02-30T00:00:00Z", "2024-02-30T00:00:00Z", "UTC"),
    ("swap 1 ETH to WETH by 2024-06-01T00:00:00+02:00", "2024-06-01T00:00:00+0", "UTC"),
    ("swap 1 ETH to WETH by 2024-05-23T15:50:00Z", "2024-05-23T15:50:00Z", "a later time"),
    ("swap 1 ETH to WETH by 1000000000", "1000000000", "a later time"),
    ("swap 1 ETH to WETH by 1716480000000", "1716480000000", "10 years"),
    ("swap 1 ETH to WETH by", "by", "a duration"),
];

#[test]
fn each_error_names_the_word_and_says_what_could_stand_there() {
    let market = Market::default();
    for (sentence, word, expected) in REFUSED {
        let error = market.error(sentence);
        let line = error.to_string();
        assert!(error.word.starts_with(word), "{sentence}: {line}");
        assert!(line.contains(&error.word), "{sentence}: {line}");
        assert!(error.expected.contains(expected), "{sentence}: {line}");
        assert!(line.ends_with(&format!("expected {}", error.expected)), "{sentence}: {line}");
        assert!(line.is_ascii() && !line.contains('\n'), "{sentence}: {line}");
        let number = error.number.unwrap();
        let typed = sentence.split_ascii_whitespace().nth(number - 1).unwrap();
        assert!(typed.contains(word), "{sentence}: word {number} is {typed}");
    }
}

#[test]
fn an_error_is_one_line() {
    let line = |sentence: &str| Market::default().error(sentence).to_string();
    assert_eq!(
        line("maximize ETH yeild on 100 stETH"),
        "word 3 \"yeild\": expected \"yield\", as in: maximize ETH yield on 100 stETH"
    );
    assert_eq!(
        line("exit 1 stEHT"),
        "word 3 \"stEHT\": the market has no such token; expected one of the market's 4 tokens, by \
         symbol or address; the nearest symbol is stETH"
    );
    assert_eq!(
        line("exit 10"),
        "after word 2 \"10\": the sentence ends; expected the token's symbol or address, as in: \
         exit 10 stETH to ETH within 3 days"
    );
}

#[test]
fn the_pointer_stands_under_the_word() {
    let sentence = "exit\t1 stETH  to USDC";
    let pointer = Market::default().error(sentence).pointer(sentence);
    assert_eq!(pointer, "exit 1 stETH  to USDC\n                 ^^^^");
}

#[test]
fn the_pointer_shows_a_sentence_of_one_line_whole() {
    let sentence = "maximize ETH yield on 1 ETH for 90 days risk low leverage 2 avoid lido, lidl";
    let pointer = Market::default().error(sentence).pointer(sentence);
    assert_eq!(pointer, format!("{sentence}\n{}^^^^", " ".repeat(72)));
}

#[test]
fn the_pointer_stands_behind_a_sentence_that_ends_early() {
    let pointer = Market::default().error("exit 10").pointer("exit 10");
    assert_eq!(pointer, "exit 10\n       ^");
}

#[test]
fn the_pointer_shows_what_is_near_in_a_long_sentence() {
    let sentence = format!("exit {} 1 stETH to USDC and {}", " ".repeat(300), "more ".repeat(40));
    let error = Market::default().error(&sentence);
    let pointer = error.pointer(&sentence);
    let (excerpt, carets) = pointer.split_once('\n').unwrap();
    assert!(excerpt.starts_with("...") && excerpt.ends_with("..."), "{pointer}");
    assert!(excerpt.len() <= 80 && carets.len() <= 80, "{pointer}");
    assert_eq!(&excerpt[carets.find('^').unwrap()..carets.len()], "USDC");
}

#[test]
fn a_pointer_into_another_sentence_is_harmless() {
    let error = Market::default().error("exit 1 stETH to USDC");
    for other in ["", "exit", "\u{202e}\u{1f980}\u{1f980}\u{1f980}\u{1f980}\u{1f980}"] {
        assert!(error.pointer(other).is_ascii());
    }
}

#[test]
fn contradictions_are_told_apart() {
    assert_eq!(kind("exit 1 ETH"), Kind::SameToken);
    assert_eq!(kind("exit 1 stETH to USDC"), Kind::NotEth);
    assert_eq!(kind("exit 1 stETH only lido avoid lido"), Kind::AvoidedAndOnly);
    assert_eq!(
        kind("maximize ETH yield on 1 ETH risk low risk low"),
        Kind::Repeated { clause: "risk low|medium|high" }
    );
    assert_eq!(kind("swap 1 ETH to WETH by 1000000000"), Kind::Past { now: NOW });
    assert_eq!(kind("swap -1 ETH to WETH"), Kind::Negative);
    assert_eq!(kind("swap 1E18 ETH to WETH"), Kind::Scientific);
    assert_eq!(kind("swap 1.5m ETH to WETH"), Kind::Shorthand('m'));
    assert_eq!(kind("swap 2,5 ETH to WETH"), Kind::Grouping);
}

#[test]
fn too_large_amounts_are_told_the_limit() {
    for digits in [39, 40, 400] {
        let error = Market::default().error(&format!("swap {} ETH to WETH", "9".repeat(digits)));
        assert_eq!(error.kind, Kind::TooLarge);
        assert!(error.expected.contains("1e30 whole tokens and 2^128 - 1 units"), "{error}");
    }
}

#[test]
fn a_symbol_of_two_tokens_needs_the_address() {
    let fake = address!("0x00000000000000000000000000000000000000aa");
    let market = Market::default().with("stETH", fake, 18);
    for symbol in ["stETH", "steth"] {
        let error = market.error(&format!("exit 1 {symbol}"));
        let line = error.to_string();
        assert!(matches!(error.kind, Kind::AmbiguousToken { .. }), "{line}");
        assert!(line.contains(&STETH.to_string()) && line.contains(&fake.to_string()), "{line}");
        assert!(error.expected.contains("address"), "{line}");
    }
    assert_eq!(market.intent(&format!("exit 1 {fake}")).asset, fake);
    assert!(market.rendered(&market.intent(&format!("exit 1 {STETH}"))).contains("1 0xae7ab"));
}

#[test]
fn symbols_that_differ_by_case_alone_need_their_case() {
    let fake = address!("0x00000000000000000000000000000000000000aa");
    let line = Market::default().with("STETH", fake, 18).error("exit 1 steth").to_string();
    assert!(line.contains("stETH (0xae7a") && line.contains("STETH (0x0000"), "{line}");
}

#[test]
fn addresses_are_checked() {
    let wrong_case = STETH.to_string().replace("DE3A", "De3A");
    assert_eq!(kind(&format!("exit 1 {wrong_case}")), Kind::BadChecksum);
    assert_eq!(kind("exit 1 0x00000000000000000000000000000000000000aa"), Kind::UnknownToken);
    assert_eq!(kind(&format!("exit 1 0x{}", "g".repeat(40))), Kind::NotAnAddress);
}

#[test]
fn a_market_without_tokens_says_so() {
    let market = Market { tokens: Vec::new(), protocols: Vec::new() };
    assert!(market.error("exit 1 stETH").expected.contains("the market's 0 tokens"));
}

#[test]
fn there_must_be_a_sentence() {
    for sentence in ["", " ", "\n\t\r "] {
        let error = Market::default().error(sentence);
        assert_eq!(error.kind, Kind::Empty);
        assert_eq!(
            error.to_string(),
            "sentence: there is none; expected one such as: maximize ETH yield on 100 stETH"
        );
    }
}

#[test]
fn a_huge_sentence_is_refused_unread() {
    let sentence = "maximize ".repeat(120_000);
    let start = Instant::now();
    let error = Market::default().error(&sentence);
    assert!(start.elapsed() < Duration::from_millis(5), "{:?}", start.elapsed());
    assert_eq!(error.kind, Kind::TooLong { bytes: sentence.len() });
    assert!(error.to_string().contains("at most 1,000 bytes"), "{error}");
    assert!(error.pointer(&sentence).len() < 200);
}

#[test]
fn a_thousand_bytes_are_read() {
    let pad = |bytes: usize| format!("{:<bytes$}", "exit 1 stETH");
    assert!(Market::default().parse(&pad(1_000)).is_ok());
    assert_eq!(kind(&pad(1_001)), Kind::TooLong { bytes: 1_001 });
}

#[test]
fn only_ascii_is_read_and_only_ascii_is_told() {
    let cases = [
        ("exit 1 st\u{0415}TH", Kind::NotAscii('\u{0415}')),
        ("exit 1 \u{202e}HTEts", Kind::NotAscii('\u{202e}')),
        ("exit\u{a0}1 stETH", Kind::NotAscii('\u{a0}')),
        ("maximize ETH yield on 1 ETH risk \u{2264}T2", Kind::NotAscii('\u{2264}')),
        ("exit 1 st\u{0}ETH", Kind::Control('\u{0}')),
        ("exit 1 \u{1b}[31mstETH", Kind::Control('\u{1b}')),
        ("exit 1 stETH\u{85}", Kind::Control('\u{85}')),
    ];
    for (sentence, expected) in cases {
        let error = Market::default().error(sentence);
        assert_eq!(error.kind, expected);
        let told = format!("{error}{}", error.pointer(sentence).replace('\n', ""));
        assert!(told.bytes().all(|b| b.is_ascii_graphic() || b == b' '), "{told:?}");
    }
}
