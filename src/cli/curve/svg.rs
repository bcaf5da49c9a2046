//! The curve as a picture: spot and forward rates with the markets, and discount factors. No script,
//! no font, nothing from a network.

use std::fmt::Write as _;

use crate::curve::dto::{Drawn, ReportDto};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 720.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 220.0;
/// Tops and heights of the two panels.
const RATES: (f64, f64) = (88.0, 340.0);
const DISCOUNTS: (f64, f64) = (488.0, 170.0);

const SPOT: &str = "#1b6ca8";
const FORWARD: &str = "#c2571a";
const INK: &str = "#24292f";
const FAINT: &str = "#d0d7de";
/// Of underlyings in the order of the spreads.
const DOTS: [&str; 6] = ["#1b6ca8", "#2d7d46", "#8a4fbf", "#b3261e", "#7a6a00", "#5f6b76"];

/// From figures to places: days to the right, values up.
struct Panel {
    top: f64,
    height: f64,
    days: f64,
    low: f64,
    high: f64,
}

impl Panel {
    fn x(&self, days: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * days / self.days
    }

    fn y(&self, value: f64) -> f64 {
        self.top + self.height * (self.high - value) / (self.high - self.low)
    }

    fn line(&self, out: &mut String, points: &[(f64, f64)], stroke: &str) {
        let place =
            |(days, value): &(f64, f64)| format!("{:.1},{:.1}", self.x(*days), self.y(*value));
        let places: Vec<String> = points.iter().map(place).collect();
        put(
            out,
            format_args!(
                r#"<polyline fill="none" stroke="{stroke}" stroke-width="2" points="{}"/>"#,
                places.join(" ")
            ),
        );
    }

    /// Lines across with what they stand for, `places` decimals.
    fn grid(&self, out: &mut String, shown: impl Fn(f64) -> String) {
        let step = round_step((self.high - self.low) / 6.0);
        let mut value = (self.low / step).ceil() * step;
        while value <= self.high + step * 1e-9 {
            let y = self.y(value);
            put(
                out,
                format_args!(r#"<path stroke="{FAINT}" d="M{LEFT} {y:.1}H{:.1}"/>"#, WIDTH - RIGHT),
            );
            text(out, LEFT - 8.0, y + 4.0, "end", INK, &shown(value));
            value += step;
        }
        let apart = round_step(self.days / 8.0);
        let mut days = 0.0;
        while days <= self.days {
            text(
                out,
                self.x(days),
                self.top + self.height + 18.0,
                "middle",
                INK,
                &format!("{days:.0}"),
            );
            days += apart;
        }
        let (x, y) = (WIDTH - RIGHT, self.top + self.height + 36.0);
        text(out, x, y, "end", INK, "days from now");
    }
}

/// Draws a term structure.
pub(super) fn draw(report: &ReportDto) -> String {
    let mut out = String::new();
    put(
        &mut out,
        format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif" font-size="13" role="img">"#
        ),
    );
    put(&mut out, format_args!(r##"<rect width="100%" height="100%" fill="#ffffff"/>"##));
    heading(&mut out, report);
    rates(&mut out, report);
    discounts(&mut out, report);
    out.push_str("</svg>\n");
    out
}

fn heading(out: &mut String, report: &ReportDto) {
    let o = &report.observations;
    let (label, colour) = if o.synthetic {
        ("SYNTHETIC fixed rates, from no market: ", "#b3261e")
    } else {
        ("Fixed rates: ", INK)
    };
    put(
        out,
        format_args!(
            r#"<text x="{LEFT}" y="32" font-size="20" font-weight="600" fill="{INK}">Term structure of ETH staking yield</text>"#
        ),
    );
    text(out, LEFT, 54.0, "start", colour, &format!("{label}{}, {}", o.name, o.utc));
    let line = format!(
        "{}; annual, continuously compounded; the fit leaves {} bp",
        report.form, report.residual_bps
    );
    text(out, LEFT, 72.0, "start", INK, &line);
}

fn rates(out: &mut String, report: &ReportDto) {
    let drawn = |of: fn(&Drawn) -> f64| report.drawn.iter().map(move |d| (d.days, of(d)));
    let implied: Vec<f64> = report.markets.iter().map(|m| rate(&m.implied_bps)).collect();
    let benchmark = report.benchmark.as_ref().map(|b| rate(&b.rate_bps));
    let curves: Vec<f64> = drawn(|d| d.spot).chain(drawn(|d| d.forward)).map(|d| d.1).collect();
    let all = || curves.iter().chain(&implied).chain(&benchmark).copied();
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
    let margin = ((high - low) * 0.08).max(0.001);
    let (top, height) = RATES;
    let low = (low - margin).max(0.0);
    let panel = Panel { top, height, days: days(report), low, high: high + margin };
    panel.grid(out, |value| format!("{:.2} %", value * 100.0));
    if let Some(value) = benchmark {
        let (y, end) = (panel.y(value), WIDTH - RIGHT);
        put(
            out,
            format_args!(
                r#"<path stroke="{INK}" stroke-dasharray="6 4" d="M{LEFT} {y:.1}H{end}"/>"#
            ),
        );
        text(out, end + 8.0, y + 4.0, "start", INK, "staking benchmark");
    }
    panel.line(out, &drawn(|d| d.forward).collect::<Vec<_>>(), FORWARD);
    panel.line(out, &drawn(|d| d.spot).collect::<Vec<_>>(), SPOT);
    for market in &report.markets {
        let at = report.spreads.iter().position(|s| s.underlying == market.underlying);
        let (x, y) = (panel.x(whole(market.days)), panel.y(rate(&market.implied_bps)));
        let fill = dot(at.unwrap_or_default());
        put(
            out,
            format_args!(
                r#"<circle cx="{x:.1}" cy="{y:.1}" r="5" fill="{fill}"><title>{} {} bp</title></circle>"#,
                escape(&market.market),
                market.implied_bps
            ),
        );
    }
    legend(out, report);
}

fn legend(out: &mut String, report: &ReportDto) {
    let x = WIDTH - RIGHT + 16.0;
    let mut y = RATES.0 + 150.0;
    for (name, stroke) in [("spot, stETH", SPOT), ("forward, stETH", FORWARD)] {
        put(
            out,
            format_args!(
                r#"<path stroke="{stroke}" stroke-width="2" d="M{x} {:.1}h20"/>"#,
                y - 4.0
            ),
        );
        text(out, x + 28.0, y, "start", INK, name);
        y += 20.0;
    }
    for (at, s) in report.spreads.iter().enumerate() {
        let fill = dot(at);
        put(
            out,
            format_args!(
                r#"<circle cx="{:.1}" cy="{:.1}" r="5" fill="{fill}"/>"#,
                x + 10.0,
                y - 4.0
            ),
        );
        let spread = rate(&s.spread_bps) * 100.0;
        text(out, x + 28.0, y, "start", INK, &format!("{} markets, {spread:+.2} %", s.underlying));
        y += 20.0;
    }
}

fn discounts(out: &mut String, report: &ReportDto) {
    let points: Vec<(f64, f64)> = std::iter::once((0.0, 1.0))
        .chain(report.drawn.iter().map(|d| (d.days, d.discount)))
        .collect();
    let low = points.iter().map(|p| p.1).fold(1.0, f64::min);
    let (top, height) = DISCOUNTS;
    let low = low - (1.0 - low).max(1e-3) * 0.1;
    let panel = Panel { top, height, days: days(report), low, high: 1.0 };
    panel.grid(out, |value| format!("{value:.3}"));
    panel.line(out, &points, SPOT);
    text(out, WIDTH - RIGHT + 16.0, top + 14.0, "start", INK, "discount factor");
    text(out, WIDTH - RIGHT + 16.0, top + 32.0, "start", INK, "worth now of 1 then");
}

fn days(report: &ReportDto) -> f64 {
    report.drawn.last().map_or(1.0, |d| d.days)
}

/// One, two or five times a power of ten, at least `least`.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.max(1e-9).log10().floor());
    [1.0, 2.0, 5.0].map(|n| n * power).into_iter().find(|s| *s >= least).unwrap_or(power * 10.0)
}

fn dot(at: usize) -> &'static str {
    DOTS.get(at % DOTS.len()).copied().unwrap_or(INK)
}

fn rate(bps: &str) -> f64 {
    bps.parse::<f64>().unwrap_or_default() / 1e4
}

#[expect(clippy::cast_precision_loss, reason = "days of any real time are exact in a float")]
const fn whole(days: u64) -> f64 {
    days as f64
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, fill: &str, words: &str) {
    let words = escape(words);
    put(
        out,
        format_args!(
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" fill="{fill}">{words}</text>"#
        ),
    );
}

/// Names come from files.
fn escape(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn put(out: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{what}");
}
