//! What a sentence may name: the market's tokens and protocols.

use std::str::FromStr;

use alloy_primitives::Address;
use tenor_solver::market::TokenInfo;

use super::{
    error::{SentenceError, SentenceErrorKind as Kind, shorten},
    words::{Word, Words},
};

/// Longest symbol that a sentence may use; a longer one is written as its address.
const MAX_SYMBOL: usize = 32;

/// Most names that a message lists.
const LISTED: usize = 20;

/// What a sentence may name, and the time it is read at.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The market's tokens.
    pub tokens: &'a [TokenInfo],
    /// What `avoid` and `only` may name, such as `lido`.
    pub protocols: &'a [String],
    /// The market's unix seconds: absolute deadlines count from here.
    pub now: u64,
}

impl<'a> Names<'a> {
    /// The token that `word` means: a symbol in any case, or an address.
    pub(super) fn token(&self, word: Word<'_>) -> Result<&'a TokenInfo, SentenceError> {
        if let Some(address) = address(word)? {
            let token = self.tokens.iter().find(|token| token.address == address);
            return token.ok_or_else(|| word.error(Kind::UnknownToken, self.known_tokens(None)));
        }
        match self.bearers(word.text).as_slice() {
            [] if word.text.starts_with("0x") => {
                let expected = "0x and 40 hexadecimal digits, or a symbol such as stETH";
                Err(word.error(Kind::NotAnAddress, expected))
            }
            [] => Err(word.error(Kind::UnknownToken, self.known_tokens(Some(word.text)))),
            [token] => Ok(token),
            several => Err(word.error(
                Kind::AmbiguousToken { tokens: listed(several) },
                "the address of the one that is meant",
            )),
        }
    }

    /// The shortest text that [`Names::token`] reads as this token.
    pub(super) fn written(&self, token: &TokenInfo) -> String {
        if self.bearers(&token.symbol).len() == 1 && is_typeable(&token.symbol) {
            token.symbol.clone()
        } else {
            token.address.to_string()
        }
    }

    /// What a user reads: the symbol, with the address where another token's looks like it.
    pub(super) fn shown(&self, address: Address) -> String {
        let Some(token) = self.tokens.iter().find(|token| token.address == address) else {
            return address.to_string();
        };
        let alike = self.tokens.iter().filter(|t| t.symbol.eq_ignore_ascii_case(&token.symbol));
        match (is_typeable(&token.symbol), alike.count()) {
            (false, _) => token.address.to_string(),
            (true, 1) => token.symbol.clone(),
            (true, _) => format!("{} ({})", token.symbol, token.address),
        }
    }

    /// Reads protocols separated by commas, with the word that named each.
    pub(super) fn list<'w>(
        &self,
        words: &mut Words<'w>,
    ) -> Result<Vec<(&'a str, Word<'w>)>, SentenceError> {
        let mut list: Vec<(&'a str, Word<'w>)> = Vec::new();
        let expected = self.known_protocols("");
        let mut after_comma = true;
        loop {
            let word = words.take(&expected)?;
            if (after_comma && word.text.starts_with(',')) || word.text.contains(",,") {
                return Err(word.error(Kind::Unexpected, expected));
            }
            for part in word.split(',') {
                let name = self.protocol(part)?;
                if list.iter().any(|(other, _)| *other == name) {
                    return Err(part.error(Kind::NamedTwice, "each protocol once"));
                }
                list.push((name, part));
            }
            after_comma = word.text.ends_with(',');
            if !after_comma && !words.peek().is_some_and(|next| next.text.starts_with(',')) {
                return Ok(list);
            }
        }
    }

    fn protocol(&self, word: Word<'_>) -> Result<&'a str, SentenceError> {
        let known = self.protocols.iter().find(|name| word.is(name));
        known
            .map(String::as_str)
            .ok_or_else(|| word.error(Kind::UnknownProtocol, self.known_protocols(word.text)))
    }

    /// The tokens that answer to `symbol`: those that carry it exactly or, when none does, in any
    /// case.
    fn bearers(&self, symbol: &str) -> Vec<&'a TokenInfo> {
        let exact: Vec<_> = self.tokens.iter().filter(|t| t.symbol == symbol).collect();
        if !exact.is_empty() {
            return exact;
        }
        self.tokens.iter().filter(|t| t.symbol.eq_ignore_ascii_case(symbol)).collect()
    }

    fn known_tokens(&self, typed: Option<&str>) -> String {
        let count = self.tokens.len();
        let symbols = self.tokens.iter().map(|token| token.symbol.as_str());
        match typed.and_then(|typed| nearest(typed, symbols)) {
            Some(symbol) => format!(
                "one of the market's {count} tokens, by symbol or address; the nearest symbol is {}",
                shorten(symbol)
            ),
            None => format!("one of the market's {count} tokens, by symbol or address"),
        }
    }

    fn known_protocols(&self, typed: &str) -> String {
        let mut names: Vec<_> = self.protocols.iter().map(|name| shorten(name)).collect();
        let count = names.len();
        names.sort();
        names.truncate(LISTED);
        let ellipsis = if count > LISTED { ", ..." } else { "" };
        let known =
            format!("one of the market's {count} protocols: {}{ellipsis}", names.join(", "));
        match nearest(typed, self.protocols.iter().map(String::as_str)) {
            Some(name) if !typed.is_empty() => {
                format!("{known}; the nearest is {}", shorten(name))
            }
            _ => known,
        }
    }
}

/// The nearest of `names` by edits, ignoring case; the first of those that are equally near.
pub(crate) fn nearest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    names.min_by_key(|name| edits(typed, name))
}

/// Letters to insert, delete or replace, ignoring case. Looks no further than any name is long.
pub(super) fn edits(a: &str, b: &str) -> usize {
    let lower = |s: &str| s.bytes().take(2 * MAX_SYMBOL).map(|c| c.to_ascii_lowercase()).collect();
    let (a, b): (Vec<u8>, Vec<u8>) = (lower(a), lower(b));
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// The address that `word` is, when it has the form of one.
fn address(word: Word<'_>) -> Result<Option<Address>, SentenceError> {
    let Some(digits) = word.text.strip_prefix("0x").filter(|digits| digits.len() == 40) else {
        return Ok(None);
    };
    let lower = digits.bytes().any(|b| b.is_ascii_lowercase());
    let upper = digits.bytes().any(|b| b.is_ascii_uppercase());
    let Ok(address) = Address::from_str(word.text) else { return Ok(None) };
    if lower && upper && address.to_string() != word.text {
        let expected = "the address with the case its issuer gives it, or all in lower case";
        return Err(word.error(Kind::BadChecksum, expected));
    }
    Ok(Some(address))
}

/// Whether a sentence can hold this symbol as one word that is not an address.
fn is_typeable(symbol: &str) -> bool {
    (1..=MAX_SYMBOL).contains(&symbol.len()) && symbol.bytes().all(|b| b.is_ascii_graphic())
}

fn listed(tokens: &[&TokenInfo]) -> String {
    let mut listed: Vec<_> = tokens
        .iter()
        .take(LISTED)
        .map(|token| format!("{} ({})", shorten(&token.symbol), token.address))
        .collect();
    if tokens.len() > LISTED {
        listed.push("...".to_owned());
    }
    listed.join(", ")
}
