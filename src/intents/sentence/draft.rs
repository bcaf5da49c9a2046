//! What was typed: a sentence's head and its clauses, with nothing filled in.

use alloy_primitives::{Address, U256};
use tenor_solver::{market::TokenInfo, venues::NATIVE};

use super::{
    amounts::{self, Amount},
    clauses::{self, Clauses, EXIT_EXAMPLE, Once},
    error::{SentenceError, SentenceErrorKind as Kind},
    names::Names,
    words::{Word, Words},
};

/// A sentence that has been read, before a profile fills what it leaves out.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) head: Head,
    pub(super) asset: Address,
    pub(super) amount: U256,
    pub(super) others: Vec<(Address, U256)>,
    pub(super) clauses: Clauses,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    Yield { organic: bool, risk_adjusted: bool },
    LeastRisk { target_bps: u32 },
    FixedRate,
    Swap { to: Address },
    Exit,
}

const EXAMPLE: &str = "maximize ETH yield on 100 stETH";
const TARGET_EXAMPLE: &str = "minimize risk for 3% ETH yield on 100 stETH";
const FIX_EXAMPLE: &str = "fix ETH yield on 100 WETH for 180 days";
const REBALANCE_EXAMPLE: &str = "rebalance 40 wstETH and 60 weETH";
const SWAP_EXAMPLE: &str = "swap 10 WETH to stETH";

/// The most holdings that one sentence rebalances.
const MOST_HOLDINGS: usize = 10;

/// The words that begin a sentence.
const VERBS: &[&str] =
    &["maximize", "maximise", "minimize", "minimise", "fix", "rebalance", "swap", "exit"];

/// The words that begin a clause, for each head.
const YIELD_CLAUSES: &[&str] =
    &["for", "risk", "leverage", "liquid", "depth", "avoid", "only", "at", "slippage", "by"];
const SWAP_CLAUSES: &[&str] = &["slippage", "avoid", "only", "by"];
const EXIT_CLAUSES: &[&str] = &["to", "within", "slippage", "avoid", "only", "by"];

/// Reads a whole sentence.
pub(super) fn read(sentence: &str, names: &Names<'_>) -> Result<Draft, SentenceError> {
    let mut words = Words::split(sentence, EXAMPLE)?;
    let expected = format!(
        "\"maximize\", \"minimize\", \"fix\", \"rebalance\", \"swap\" or \"exit\", as in: {EXAMPLE}"
    );
    let verb = words.keyword(VERBS, &expected)?;
    if verb.is("swap") {
        swap(words, names)
    } else if verb.is("exit") {
        exit(words, names)
    } else if verb.is("rebalance") {
        rebalance(words, names)
    } else if verb.is("fix") {
        fix(words, names)
    } else if verb.is_any(&["minimize", "minimise"]) {
        minimize(words, names)
    } else {
        maximize(words, names)
    }
}

fn maximize(mut words: Words<'_>, names: &Names<'_>) -> Result<Draft, SentenceError> {
    let head = modifiers(&mut words)?;
    let or = "\"organic\", \"risk-adjusted\" or ";
    let (asset, amount) = yield_on(&mut words, names, or, EXAMPLE)?;
    let clauses = clauses::read(&mut words, names, YIELD_CLAUSES)?;
    Ok(Draft { head, asset, amount, others: Vec::new(), clauses })
}

/// What may stand before what a yield is of.
fn modifiers(words: &mut Words<'_>) -> Result<Head, SentenceError> {
    let (mut organic, mut risk_adjusted) = (None, None);
    loop {
        if let Some(word) = words.eat("organic") {
            Once { word, clause: "organic" }.set(&mut organic, ())?;
        } else if let Some(word) = words.eat("risk-adjusted") {
            Once { word, clause: "risk-adjusted" }.set(&mut risk_adjusted, ())?;
        } else {
            break;
        }
    }
    Ok(Head::Yield { organic: organic.is_some(), risk_adjusted: risk_adjusted.is_some() })
}

/// Reads `ETH yield on <amount> <token>`; `or` is what could stand before it.
fn yield_on(
    words: &mut Words<'_>,
    names: &Names<'_>,
    or: &str,
    example: &str,
) -> Result<(Address, U256), SentenceError> {
    for keyword in ["ETH", "yield", "on"] {
        let or = if keyword == "ETH" { or } else { "" };
        words.keyword(&[keyword], &format!("{or}\"{keyword}\", as in: {example}"))?;
    }
    let (_, asset, amount) = holding(words, names, example)?;
    Ok((asset.address, amount))
}

fn minimize(mut words: Words<'_>, names: &Names<'_>) -> Result<Draft, SentenceError> {
    for keyword in ["risk", "for"] {
        words.keyword(&[keyword], &format!("\"{keyword}\", as in: {TARGET_EXAMPLE}"))?;
    }
    let expected = format!("a rate above 0%, as in: {TARGET_EXAMPLE}");
    let target_bps = amounts::share(&mut words, "the rate", &expected)?;
    let (asset, amount) = yield_on(&mut words, names, "", TARGET_EXAMPLE)?;
    let clauses = clauses::read(&mut words, names, YIELD_CLAUSES)?;
    Ok(Draft { head: Head::LeastRisk { target_bps }, asset, amount, others: Vec::new(), clauses })
}

fn fix(mut words: Words<'_>, names: &Names<'_>) -> Result<Draft, SentenceError> {
    let (asset, amount) = yield_on(&mut words, names, "", FIX_EXAMPLE)?;
    let clauses = clauses::read(&mut words, names, YIELD_CLAUSES)?;
    Ok(Draft { head: Head::FixedRate, asset, amount, others: Vec::new(), clauses })
}

fn rebalance(mut words: Words<'_>, names: &Names<'_>) -> Result<Draft, SentenceError> {
    let head = modifiers(&mut words)?;
    let (_, first, amount) = holding(&mut words, names, REBALANCE_EXAMPLE)?;
    let expected = format!("\"and\" and another holding, as in: {REBALANCE_EXAMPLE}");
    words.keyword(&["and"], &expected)?;
    let mut others: Vec<(Address, U256)> = Vec::new();
    loop {
        let (word, token, amount) = holding(&mut words, names, REBALANCE_EXAMPLE)?;
        let named = |(other, _): &(Address, U256)| *other == token.address;
        if token.address == first.address || others.iter().any(named) {
            return Err(word.error(Kind::NamedTwice, "each token once"));
        }
        if others.len() + 1 == MOST_HOLDINGS {
            let kind = Kind::OutOfRange { what: "the number of holdings" };
            return Err(word.error(kind, format!("at most {MOST_HOLDINGS} holdings")));
        }
        others.push((token.address, amount));
        if words.eat("and").is_none() {
            break;
        }
    }
    let clauses = clauses::read(&mut words, names, YIELD_CLAUSES)?;
    Ok(Draft { head, asset: first.address, amount, others, clauses })
}

fn swap(mut words: Words<'_>, names: &Names<'_>) -> Result<Draft, SentenceError> {
    let (_, asset, amount) = holding(&mut words, names, SWAP_EXAMPLE)?;
    let expected = format!("\"to\" and the token wanted, as in: {SWAP_EXAMPLE}");
    words.keyword(&["to", "for", "into"], &expected)?;
    let word = words.take(&expected)?;
    let to = names.token(word)?.address;
    if to == asset.address {
        return Err(word.error(Kind::SameToken, format!("another token, as in: {SWAP_EXAMPLE}")));
    }
    let clauses = clauses::read(&mut words, names, SWAP_CLAUSES)?;
    let head = Head::Swap { to };
    Ok(Draft { head, asset: asset.address, amount, others: Vec::new(), clauses })
}

fn exit(mut words: Words<'_>, names: &Names<'_>) -> Result<Draft, SentenceError> {
    let (word, asset, amount) = holding(&mut words, names, EXIT_EXAMPLE)?;
    let clauses = clauses::read(&mut words, names, EXIT_CLAUSES)?;
    if asset.address == clauses.to.unwrap_or(NATIVE) {
        let expected = format!("a token other than the one wanted, as in: {EXIT_EXAMPLE}");
        return Err(word.error(Kind::SameToken, expected));
    }
    Ok(Draft { head: Head::Exit, asset: asset.address, amount, others: Vec::new(), clauses })
}

/// Reads an amount and its token.
fn holding<'w, 'n>(
    words: &mut Words<'w>,
    names: &Names<'n>,
    example: &str,
) -> Result<(Word<'w>, &'n TokenInfo, U256), SentenceError> {
    let amount = Amount::read(words)?;
    let word = words.take(&format!("the token's symbol or address, as in: {example}"))?;
    let token = names.token(word)?;
    Ok((word, token, amount.of(token)?))
}
