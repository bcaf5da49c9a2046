//! Days of the calendar, in UTC.

const DAY_S: u64 = 86_400;

/// The day of a time, as `2023-09-07`.
pub fn date(timestamp: u64) -> String {
    // Days are counted from the first of March of the year 0: leap days come last (Hinnant,
    // "chrono-compatible low-level date algorithms").
    let days = timestamp / DAY_S + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The first second of a day written as `2023-09-07`; `None` of what is no day since 1970.
pub fn timestamp(text: &str) -> Option<u64> {
    let mut parts = text.split('-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let sane =
        (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !sane || parts.next().is_some() {
        return None;
    }
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * m + 2) / 5 + day - 1;
    let (era, of_era) = (y / 400, y % 400);
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year;
    let found = days.checked_sub(719_468)? * DAY_S;
    // A day that the month does not have comes out as another.
    (date(found) == text).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (at, text) in
            [(0, "1970-01-01"), (1_663_241_603, "2022-09-15"), (951_782_400, "2000-02-29")]
        {
            assert_eq!(date(at), text);
            assert_eq!(timestamp(text), Some(at / DAY_S * DAY_S));
        }
        for bad in ["2023-02-29", "2023-13-01", "2023-1-01", "x", "2023-01-01-01", "1969-12-31"] {
            assert_eq!(timestamp(bad), None, "{bad}");
        }
        assert!((0..40_000).all(|day| timestamp(&date(day * DAY_S)) == Some(day * DAY_S)));
    }
}
