//! What was typed: a sentence's head and its clauses, with nothing filled in.

use alloy_primitives::{Address, U256};
use tenor_solver::{market::TokenInfo, venues::NATIVE};

use super::{
    amounts::Amount,
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
    pub(super) clauses: Clauses,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    Yield { organic: bool, risk_adjusted: bool },
    Swap { to: Address },
    Exit,
}

const EXAMPLE: &str = "maximize ETH yield on 100 stETH";
const SWAP_EXAMPLE: &str = "swap 10 WETH to stETH";

/// The words that begin a clause, for each head.
const YIELD_CLAUSES: &[&str] =
    &["for", "risk", "leverage", "liquid", "avoid", "only", "at", "slippage", "by"];
const SWAP_CLAUSES: &[&str] = &["slippage", "avoid", "only", "by"];
const EXIT_CLAUSES: &[&str] = &["to", "within", "slippage", "avoid", "only", "by"];

/// Reads a whole sentence.
pub(super) fn read(sentence: &str, names: &Names<'_>) -> Result<Draft, SentenceError> {
    let mut words = Words::split(sentence, EXAMPLE)?;
    let expected = format!("\"maximize\", \"swap\" or \"exit\", as in: {EXAMPLE}");
    let verb = words.keyword(&["maximize", "maximise", "swap", "exit"], &expected)?;
    if verb.is("swap") {
        swap(words, names)
    } else if verb.is("exit") {
        exit(words, names)
    } else {
        maximize(words, names)
    }
}

fn maximize(mut words: Words<'_>, names: &Names<'_>) -> Result<Draft, SentenceError> {
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
    let modifiers = "\"organic\", \"risk-adjusted\" or ";
    for keyword in ["ETH", "yield", "on"] {
        let or = if keyword == "ETH" { modifiers } else { "" };
        words.keyword(&[keyword], &format!("{or}\"{keyword}\", as in: {EXAMPLE}"))?;
    }
    let (_, asset, amount) = holding(&mut words, names, EXAMPLE)?;
    let clauses = clauses::read(&mut words, names, YIELD_CLAUSES)?;
    let head = Head::Yield { organic: organic.is_some(), risk_adjusted: risk_adjusted.is_some() };
    Ok(Draft { head, asset: asset.address, amount, clauses })
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
    Ok(Draft { head: Head::Swap { to }, asset: asset.address, amount, clauses })
}

fn exit(mut words: Words<'_>, names: &Names<'_>) -> Result<Draft, SentenceError> {
    let (word, asset, amount) = holding(&mut words, names, EXIT_EXAMPLE)?;
    let clauses = clauses::read(&mut words, names, EXIT_CLAUSES)?;
    if asset.address == clauses.to.unwrap_or(NATIVE) {
        let expected = format!("a token other than the one wanted, as in: {EXIT_EXAMPLE}");
        return Err(word.error(Kind::SameToken, expected));
    }
    Ok(Draft { head: Head::Exit, asset: asset.address, amount, clauses })
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
