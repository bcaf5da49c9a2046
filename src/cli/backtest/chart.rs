//! Line charts as SVG, drawn in the page's own colours: about as wide as a telephone, and larger where
//! there is room.

use std::fmt::Write as _;

use crate::backtest::calendar::date;

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 230.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 26.0;

/// How many lines the page has colours for.
const COLOURS: usize = 6;

/// One line: a name, and values over time; a gap where there is none.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(u64, Option<f64>)>,
    /// Held until the next point, as rates of updates are.
    pub(super) steps: bool,
}

/// A chart of lines over one window, with what its scale says for a value.
pub(super) fn chart(title: &str, lines: &[Line], shown: impl Fn(f64) -> String) -> String {
    let values = || lines.iter().flat_map(|l| l.points.iter().filter_map(|p| p.1));
    let times = || lines.iter().flat_map(|l| l.points.iter().map(|p| p.0));
    let (Some(from), Some(to)) = (times().min(), times().max()) else { return String::new() };
    let (low, high) = (values().fold(f64::MAX, f64::min), values().fold(f64::MIN, f64::max));
    if low > high {
        return String::new();
    }
    let margin = ((high - low) * 0.06).max(high.abs() * 1e-6).max(1e-12);
    let place = Place { from, to, low: low - margin, high: high + margin };
    let mut out = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n",
        escape(title)
    );
    place.grid(&mut out, shown);
    // The first is what it is about: on top.
    for (at, line) in lines.iter().enumerate().rev() {
        place.line(&mut out, at, line);
    }
    out.push_str("</svg>\n");
    out
}

/// The names of lines beside their colours.
pub(super) fn legend(names: &[String]) -> String {
    let mut out = String::from("<ul class=\"legend\">");
    for (at, name) in names.iter().enumerate() {
        put(
            &mut out,
            format_args!(
                "<li><svg viewBox=\"0 0 24 8\" aria-hidden=\"true\"><path class=\"l l{}\" d=\"M0 4H24\"/></svg>{}</li>",
                at % COLOURS,
                escape(name)
            ),
        );
    }
    out.push_str("</ul>\n");
    out
}

struct Place {
    from: u64,
    to: u64,
    low: f64,
    high: f64,
}

impl Place {
    fn x(&self, at: u64) -> f64 {
        let part = seconds(at - self.from) / seconds(self.to - self.from).max(1.0);
        LEFT + (WIDTH - LEFT - RIGHT) * part
    }

    fn y(&self, value: f64) -> f64 {
        TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)
    }

    fn grid(&self, out: &mut String, shown: impl Fn(f64) -> String) {
        let step = round_step((self.high - self.low) / 5.0);
        let mut value = (self.low / step).ceil() * step;
        while value <= self.high {
            let (y, end) = (self.y(value), WIDTH - RIGHT);
            put(out, format_args!("<path class=\"g\" d=\"M{LEFT} {y:.1}H{end:.1}\"/>"));
            let (x, y, words) = (LEFT - 5.0, y + 3.5, escape(&shown(value)));
            put(
                out,
                format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{words}</text>"),
            );
            value += step;
        }
        let ends =
            [(self.from, "start"), (u64::midpoint(self.from, self.to), "middle"), (self.to, "end")];
        for (at, anchor) in ends {
            let (x, y, day) = (self.x(at), HEIGHT - 8.0, date(at));
            put(
                out,
                format_args!(
                    "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{day}</text>"
                ),
            );
        }
    }

    fn line(&self, out: &mut String, at: usize, line: &Line) {
        let mut path = String::new();
        let mut last: Option<f64> = None;
        for (time, value) in &line.points {
            let Some(value) = value else {
                last = None;
                continue;
            };
            let (x, y) = (self.x(*time), self.y(*value));
            let written = match last {
                None => write!(path, "M{x:.1} {y:.1}"),
                Some(before) if line.steps => write!(path, "L{x:.1} {before:.1}L{x:.1} {y:.1}"),
                Some(_) => write!(path, "L{x:.1} {y:.1}"),
            };
            // Writing to a string does not fail.
            let _ = written;
            // A point beside gaps is seen as a dot.
            if last.is_none() {
                path.push_str("h0.01");
            }
            last = Some(y);
        }
        let class = at % COLOURS;
        let name = escape(&line.name);
        put(
            out,
            format_args!("<path class=\"l l{class}\" d=\"{path}\"><title>{name}</title></path>"),
        );
    }
}

/// One, two or five times a power of ten, at least `least`.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.max(1e-12).log10().floor());
    [1.0, 2.0, 5.0].map(|n| n * power).into_iter().find(|s| *s >= least).unwrap_or(power * 10.0)
}

#[expect(clippy::cast_precision_loss, reason = "seconds of any real time are exact in a float")]
const fn seconds(s: u64) -> f64 {
    s as f64
}

/// Names come from files.
pub(super) fn escape(words: &str) -> String {
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

pub(super) fn put(out: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{what}");
}
