//! Plain decimal numbers, exact: no float ever holds one.

use super::{
    error::{SentenceError, SentenceErrorKind as Kind},
    words::{Word, Words},
};

/// A decimal number as it was typed, without its separators.
#[derive(Debug)]
pub(super) struct Decimal {
    digits: String,
    places: usize,
}

impl Decimal {
    /// Reads `250000`, `250,000`, `1_000.5`.
    pub(super) fn parse(text: &str) -> Result<Self, Kind> {
        refuse_other_notations(text)?;
        let (whole, fraction) = match text.split_once('.') {
            Some((_, "")) => return Err(Kind::NotANumber),
            Some((whole, fraction)) => (whole, fraction),
            None => (text, ""),
        };
        let mut digits = ungroup(whole)?;
        if !fraction.bytes().all(|b| b.is_ascii_digit()) {
            let grouped = fraction.contains([',', '_']);
            return Err(if grouped { Kind::Grouping } else { Kind::NotANumber });
        }
        digits.push_str(fraction);
        Ok(Self { digits, places: fraction.len() })
    }

    /// This many units of a thing, `what`, that has `places` decimals.
    pub(super) fn scaled(&self, places: u8, what: &str) -> Result<u128, Kind> {
        let finer = usize::from(places).checked_sub(self.places).ok_or_else(|| Kind::TooFine {
            given: self.places,
            what: what.to_owned(),
            most: places,
        })?;
        self.shifted(finer).ok_or(Kind::TooLarge)
    }

    /// This many times `factor`, when that is an integer.
    pub(super) fn times(&self, factor: u64) -> Result<u128, Kind> {
        let zeros = self.digits.bytes().rev().take_while(|&b| b == b'0').count().min(self.places);
        let digits = &self.digits[..self.digits.len() - zeros];
        let units = digits.parse::<u128>().map_err(|_| Kind::TooLarge)?;
        let product = units.checked_mul(u128::from(factor)).ok_or(Kind::TooLarge)?;
        let divisor = power_of_ten(self.places - zeros).ok_or(Kind::NotWholeSeconds)?;
        if product % divisor == 0 { Ok(product / divisor) } else { Err(Kind::NotWholeSeconds) }
    }

    fn shifted(&self, zeros: usize) -> Option<u128> {
        let units = self.digits.parse::<u128>().ok()?;
        if units == 0 { Some(0) } else { units.checked_mul(power_of_ten(zeros)?) }
    }
}

/// A number and its unit, written together or apart.
#[derive(Debug)]
pub(super) struct Quantity<'a> {
    /// The number, as it was typed.
    pub(super) number: Word<'a>,
    /// The unit, as it was typed.
    pub(super) unit: Word<'a>,
}

impl<'a> Quantity<'a> {
    /// Reads `90 days`, `12h`, `50%`, `10 bps`.
    pub(super) fn read(words: &mut Words<'a>, expected: &str) -> Result<Self, SentenceError> {
        let word = words.take(expected)?;
        let letter = |c: char| c.is_ascii_alphabetic() || c == '%';
        let split = word.text.find(letter).unwrap_or(word.text.len());
        if split == 0 {
            return Err(word.error(Kind::NotANumber, expected));
        }
        if is_scientific(word.text) {
            return Err(word.error(Kind::Scientific, expected));
        }
        let number = word.part(0..split);
        let rest = word.part(split..word.text.len());
        let unit = if rest.text.is_empty() { words.take(expected)? } else { rest };
        Ok(Self { number, unit })
    }

    /// The number.
    pub(super) fn decimal(&self, expected: &str) -> Result<Decimal, SentenceError> {
        Decimal::parse(self.number.text).map_err(|kind| self.number.error(kind, expected))
    }
}

/// Exactly `units` of a thing with `places` decimals, without needless zeros.
pub(super) fn render(units: u128, places: u8) -> String {
    let places = usize::from(places);
    let digits = format!("{units:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

/// Ten to a power; `None` where that does not fit.
pub(super) fn power_of_ten(exponent: usize) -> Option<u128> {
    10u128.checked_pow(u32::try_from(exponent).ok()?)
}

fn refuse_other_notations(text: &str) -> Result<(), Kind> {
    let number = |s: &str| s.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if text.strip_prefix('-').is_some_and(number) {
        return Err(Kind::Negative);
    }
    if is_scientific(text) {
        return Err(Kind::Scientific);
    }
    let digits = text.trim_end_matches(['k', 'K', 'm', 'M']);
    match text[digits.len()..].chars().next() {
        Some(letter) if number(digits) && ungroup(&digits.replace('.', "")).is_ok() => {
            Err(Kind::Shorthand(letter))
        }
        _ => Ok(()),
    }
}

/// Whether digits, an `e` and digits follow each other.
fn is_scientific(text: &str) -> bool {
    text.split_once(['e', 'E']).is_some_and(|(mantissa, exponent)| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        mantissa.starts_with(|c: char| c.is_ascii_digit())
            && mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && !exponent.is_empty()
            && exponent.bytes().all(|b| b.is_ascii_digit())
    })
}

/// The digits of a whole number. Groups are checked, because `2,5` is not 25 to whoever typed it.
fn ungroup(whole: &str) -> Result<String, Kind> {
    let separator = if whole.contains('_') { '_' } else { ',' };
    let digits: String = whole.split(separator).collect();
    if digits.contains([',', '_']) {
        return Err(Kind::Grouping);
    }
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Kind::NotANumber);
    }
    let mut groups = whole.split(separator);
    let first = groups.next().map_or(0, str::len);
    let mut rest = groups.peekable();
    let grouped = rest.peek().is_some();
    if grouped && (!(1..=3).contains(&first) || rest.any(|group| group.len() != 3)) {
        return Err(Kind::Grouping);
    }
    Ok(digits)
}
