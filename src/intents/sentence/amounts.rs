//! How much: token amounts, shares of a whole, leverage.

use alloy_primitives::U256;
use tenor_solver::market::TokenInfo;

use super::{
    error::{SentenceError, SentenceErrorKind as Kind, shorten},
    numbers::{Decimal, Quantity, power_of_ten, render},
    words::{Word, Words},
};

/// A whole, in basis points.
const WHOLE_BPS: u128 = 10_000;

/// No lending market of ETH tokens comes near this.
const MAX_LEVERAGE_PCT: u128 = 10_000;

/// No token has more whole units than this; what does is a slip.
const MAX_WHOLE_TOKENS_LOG10: usize = 30;

const AMOUNT: &str = "an amount in plain digits and then the token, as in: 100 stETH";

/// An amount as it was typed, before its token is known.
#[derive(Debug)]
pub(super) struct Amount<'a> {
    word: Word<'a>,
    decimal: Decimal,
}

impl<'a> Amount<'a> {
    /// Reads the number.
    pub(super) fn read(words: &mut Words<'a>) -> Result<Self, SentenceError> {
        let word = words.take(AMOUNT)?;
        let decimal = Decimal::parse(word.text).map_err(|kind| {
            let expected = match kind {
                Kind::Shorthand(_) | Kind::Scientific => {
                    "the amount written out in digits, as in: 250,000"
                }
                _ => AMOUNT,
            };
            word.error(kind, expected)
        })?;
        Ok(Self { word, decimal })
    }

    /// Units of `token`.
    pub(super) fn of(&self, token: &TokenInfo) -> Result<U256, SentenceError> {
        let units = self.units(token).map_err(|kind| self.word.error(kind, expected(token)))?;
        Ok(U256::from(units))
    }

    fn units(&self, token: &TokenInfo) -> Result<u128, Kind> {
        let units = self.decimal.scaled(token.decimals, &shorten(&token.symbol))?;
        if units == 0 {
            return Err(Kind::Zero { what: "the amount" });
        }
        let most = power_of_ten(MAX_WHOLE_TOKENS_LOG10 + usize::from(token.decimals));
        if most.is_some_and(|most| units > most) { Err(Kind::TooLarge) } else { Ok(units) }
    }
}

fn expected(token: &TokenInfo) -> String {
    let (symbol, places) = (shorten(&token.symbol), token.decimals);
    format!(
        "more than 0, with at most the {places} decimals of {symbol}, at most 1e30 whole tokens \
         and 2^128 - 1 units"
    )
}

/// Reads a share of more than nothing and at most the whole, in basis points.
pub(super) fn share(
    words: &mut Words<'_>,
    what: &'static str,
    expected: &str,
) -> Result<u32, SentenceError> {
    let quantity = Quantity::read(words, expected)?;
    if quantity.unit.text != "%" {
        return Err(quantity.unit.error(Kind::Unexpected, expected));
    }
    let bps = hundredths(&quantity, expected)?;
    in_range(quantity.number, bps, 1..=WHOLE_BPS, what, expected)
}

/// Reads a slippage, in basis points.
pub(super) fn slippage(words: &mut Words<'_>) -> Result<u32, SentenceError> {
    let expected = "a slippage from 0 bps to less than 100%, as in: slippage 10 bps, slippage 0.1%";
    let quantity = Quantity::read(words, expected)?;
    let bps = if quantity.unit.is_any(&["bps", "bp"]) {
        let bps = quantity.decimal(expected)?.scaled(0, "a number of basis points");
        bps.map_err(|kind| quantity.number.error(kind, expected))?
    } else if quantity.unit.text == "%" {
        hundredths(&quantity, expected)?
    } else {
        return Err(quantity.unit.error(Kind::Unexpected, expected));
    };
    in_range(quantity.number, bps, 0..=WHOLE_BPS - 1, "the slippage", expected)
}

/// Reads a leverage, in hundredths.
pub(super) fn leverage(words: &mut Words<'_>) -> Result<u32, SentenceError> {
    let expected = "a leverage from 1 (none) to 100, as in: leverage <= 2.5";
    let word = words.limit(expected)?;
    let digits = word.text.trim_end_matches(['x', 'X']);
    if word.text.len() - digits.len() > 1 {
        return Err(word.error(Kind::NotANumber, expected));
    }
    let pct = Decimal::parse(digits).and_then(|number| number.scaled(2, "a leverage"));
    let pct = pct.map_err(|kind| word.error(kind, expected))?;
    in_range(word, pct, 100..=MAX_LEVERAGE_PCT, "the leverage", expected)
}

/// A share in percent, such as `33.33%`.
pub(super) fn percent(bps: u32) -> String {
    format!("{}%", render(u128::from(bps), 2))
}

fn hundredths(quantity: &Quantity<'_>, expected: &str) -> Result<u128, SentenceError> {
    let hundredths = quantity.decimal(expected)?.scaled(2, "a percentage");
    hundredths.map_err(|kind| quantity.number.error(kind, expected))
}

fn in_range(
    word: Word<'_>,
    value: u128,
    range: std::ops::RangeInclusive<u128>,
    what: &'static str,
    expected: &str,
) -> Result<u32, SentenceError> {
    let inside = range.contains(&value).then_some(value);
    inside
        .and_then(|value| u32::try_from(value).ok())
        .ok_or_else(|| word.error(Kind::OutOfRange { what }, expected))
}
