//! How long, and until when.
//!
//! A month is 30 days and a year 365 days, whatever the calendar says: the same sentence must mean
//! the same on every day. Nothing here reads a clock; an absolute time is measured from the
//! market's.

use super::{
    error::{SentenceError, SentenceErrorKind as Kind},
    numbers::Quantity,
    words::{Word, Words},
};

pub(super) const MINUTE: u64 = 60;
pub(super) const HOUR: u64 = 60 * MINUTE;
pub(super) const DAY: u64 = 24 * HOUR;

/// The longest that anything may take: 10 years.
const LONGEST: u64 = 10 * 365 * DAY;

/// Digits of a number of unix seconds; a number of fewer is a duration that lacks its unit.
const UNIX_DIGITS: usize = 10;

/// Every unit, in all its spellings. `m` is none: it could be minutes or months.
const UNITS: [(u64, &[&str]); 7] = [
    (1, &["s", "sec", "secs", "second", "seconds"]),
    (MINUTE, &["min", "mins", "minute", "minutes"]),
    (HOUR, &["h", "hr", "hrs", "hour", "hours"]),
    (DAY, &["d", "day", "days"]),
    (7 * DAY, &["w", "week", "weeks"]),
    (30 * DAY, &["month", "months"]),
    (365 * DAY, &["y", "yr", "yrs", "year", "years"]),
];

/// Reads a duration, in seconds; `what` is what takes so long.
pub(super) fn read(
    words: &mut Words<'_>,
    what: &'static str,
    example: &str,
) -> Result<u64, SentenceError> {
    let expected = format!(
        "a number and a unit (seconds, minutes, hours, days, weeks, months of 30 days, years of \
         365 days), as in: {example}"
    );
    let quantity = Quantity::read(words, &expected)?;
    let unit = unit(quantity.unit)
        .ok_or_else(|| quantity.unit.error(Kind::Unexpected, expected.as_str()))?;
    let seconds = quantity.decimal(&expected)?.times(unit);
    let seconds = seconds.map_err(|kind| match kind {
        Kind::TooLarge => too_long(quantity.number, what),
        kind => quantity.number.error(kind, expected.as_str()),
    })?;
    if seconds == 0 {
        return Err(quantity.number.error(Kind::Zero { what }, expected));
    }
    within_longest(seconds, quantity.number, what)
}

/// Reads a deadline, in seconds after `now`.
pub(super) fn deadline(words: &mut Words<'_>, now: u64) -> Result<u64, SentenceError> {
    let expected = "a time in UTC, unix seconds or a duration, as in: by 2024-05-23T16:00:00Z, \
                    by 1716480000, by 10 minutes";
    let what = "deadline";
    let is_duration = |text: &str| {
        !is_date(text) && !is_unix(text) && !text.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    if words.peek().is_some_and(|word| is_duration(word.text)) {
        return read(words, what, "by 10 minutes");
    }
    let word = words.take(expected)?;
    let time = if is_unix(word.text) {
        word.text.parse().map_err(|_| too_long(word, what))?
    } else {
        utc(word.text).ok_or_else(|| word.error(Kind::NotATime, expected))?
    };
    match time.checked_sub(now) {
        None | Some(0) => Err(word.error(Kind::Past { now }, "a later time, as in: by 10 minutes")),
        Some(seconds) => within_longest(u128::from(seconds), word, what),
    }
}

/// A duration in the largest of days, hours, minutes and seconds that is exact.
pub(super) fn render(seconds: u64) -> String {
    let units = [(DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")];
    let exact = units.into_iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
    let (unit, name) = exact.unwrap_or((1, "second"));
    let count = seconds / unit;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

fn unit(word: Word<'_>) -> Option<u64> {
    UNITS.iter().find(|(_, names)| word.is_any(names)).map(|&(seconds, _)| seconds)
}

fn within_longest(seconds: u128, word: Word<'_>, what: &'static str) -> Result<u64, SentenceError> {
    let seconds = u64::try_from(seconds).ok().filter(|&s| s <= LONGEST);
    seconds.ok_or_else(|| too_long(word, what))
}

fn too_long(word: Word<'_>, what: &'static str) -> SentenceError {
    let expected = format!("less: the longest {what} is 10 years (of 365 days)");
    word.error(Kind::OutOfRange { what }, expected)
}

fn is_unix(text: &str) -> bool {
    text.len() >= UNIX_DIGITS && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_date(text: &str) -> bool {
    text.split_once('-')
        .is_some_and(|(year, _)| year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()))
}

/// Unix seconds of an RFC 3339 time in UTC with whole seconds; zero for any before 1970.
fn utc(text: &str) -> Option<u64> {
    let (time, zone) = text.split_at_checked("2024-05-23T16:00:00".len())?;
    if !(zone.eq_ignore_ascii_case("Z") || zone == "+00:00") {
        return None;
    }
    let (date, clock) = time.split_once(['T', 't'])?;
    let [year, month, day] = fields(date, '-')?;
    let [hour, minute, second] = fields(clock, ':')?;
    let valid = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    valid.then(|| {
        let days = days_before(year, month) + day - 1;
        let seconds = days * DAY + hour * HOUR + minute * MINUTE + second;
        seconds.saturating_sub(UNIX_EPOCH_DAYS * DAY)
    })
}

/// Days from the first day of year 0 to the first day of 1970.
const UNIX_EPOCH_DAYS: u64 = 719_528;

/// Three numbers: the first as wide as it is, the others two digits wide.
fn fields(text: &str, separator: char) -> Option<[u64; 3]> {
    let mut parts = text.split(separator);
    let mut next = |widths: &[usize]| {
        let part = parts.next().filter(|part| widths.contains(&part.len()))?;
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
    };
    let fields = [next(&[2, 4])?, next(&[2])?, next(&[2])?];
    parts.next().is_none().then_some(fields)
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from the first day of year 0 to the first of this month.
fn days_before(year: u64, month: u64) -> u64 {
    let leaps = year.div_ceil(4) - year.div_ceil(100) + year.div_ceil(400);
    365 * year + leaps + (1..month).map(|m| days_in(year, m)).sum::<u64>()
}
