//! Numbers as people read them. Everything here only shortens; the schema keeps the whole.

/// Digits after the point that amounts are shown with.
const SHOWN: usize = 6;

/// Smallest units as whole tokens, cut (not rounded) to six places, thousands grouped.
pub(super) fn whole(units: &str, decimals: u8) -> String {
    let (sign, digits) = units.strip_prefix('-').map_or(("", units), |d| ("−", d));
    let decimals = usize::from(decimals);
    let padded = format!("{digits:0>width$}", width = decimals + 1);
    let (integer, fraction) = padded.split_at(padded.len() - decimals);
    let fraction = fraction.get(..SHOWN.min(fraction.len())).unwrap_or("").trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(integer))
}

/// As [`whole`], with a plus before what is not negative.
pub(super) fn signed(units: &str, decimals: u8) -> String {
    let shown = whole(units, decimals);
    if shown.starts_with('−') { shown } else { format!("+{shown}") }
}

/// A decimal string of basis points as a percentage with three places.
pub(super) fn percent(bps: &str) -> String {
    let value: f64 = bps.parse().unwrap_or(f64::NAN);
    let text = format!("{:.3} %", value / 100.0);
    if text.trim_start_matches('-').starts_with("0.000") {
        "0 %".into()
    } else {
        text.replace('-', "−")
    }
}

/// Seconds in the two largest units that say something.
pub(super) fn duration(seconds: u64) -> String {
    let parts = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let mut left = seconds;
    let mut said = Vec::new();
    for (size, name) in parts {
        let count = left / size;
        left %= size;
        if count > 0 && said.len() < 2 {
            said.push(format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
        }
    }
    if said.is_empty() { "no time".into() } else { said.join(" ") }
}

/// A count of things in words.
pub(super) fn count(n: usize, thing: &str) -> String {
    match n {
        0 => format!("no {thing}s"),
        1 => format!("1 {thing}"),
        n => format!("{n} {thing}s"),
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_cut_and_grouped() {
        assert_eq!(whole("1234567890123456789012", 18), "1,234.56789");
        assert_eq!(whole("-5", 18), "−0");
        assert_eq!(whole("5", 0), "5");
        assert_eq!(signed("1000000", 6), "+1");
    }

    #[test]
    fn durations_name_two_units() {
        assert_eq!(duration(90 * 86_400), "90 days");
        assert_eq!(duration(90_061), "1 day 1 hour");
        assert_eq!(duration(0), "no time");
    }

    #[test]
    fn nothing_is_no_percentage() {
        assert_eq!(percent("0.0000"), "0 %");
        assert_eq!(percent("-12.3456"), "−0.123 %");
    }
}
