//! A backtest as one HTML file: no script, no font, nothing from a network.

use super::{
    chart::{Line, chart, escape, legend, put},
    decisions, eth, percent,
};
use crate::backtest::dto::{DayDto, ReportDto, StrategyDto};

const STYLE: &str = include_str!("style.css");

/// The whole page.
pub(super) fn page(report: &ReportDto) -> String {
    let mut out =
        String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n");
    let window = &report.window;
    put(&mut out, format_args!("<title>Backtest {} to {}</title>", window.from_utc, window.to_utc));
    put(&mut out, format_args!("<style>\n{STYLE}</style>\n</head>\n<body>\n<main>"));
    head(&mut out, report);
    results(&mut out, report);
    values(&mut out, report);
    yields(&mut out, report);
    traded(&mut out, report);
    know(&mut out, report);
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn head(out: &mut String, report: &ReportDto) {
    let (window, own) = (&report.window, report.strategies.first());
    put(out, format_args!("<h1>Backtest, {} to {}</h1>", window.from_utc, window.to_utc));
    let (end, rate) = own.map_or_else(Default::default, |s| {
        (eth(&s.result.value_wei), percent(&s.result.annual_bps))
    });
    put(
        out,
        format_args!(
            "<p class=\"lead\">{} ETH became <strong>{end} ETH</strong>, {rate} a year, with a decision \
             every {} days, each for {} days.</p>",
            eth(&report.summary.began_wei),
            window.every_s / 86_400,
            window.horizon_days
        ),
    );
    let market = &report.market;
    put(
        out,
        format_args!(
            "<p>Pools, gas and limits are those of {}, {}, held constant. Values are what all of it sells \
             for on the day, less gas.</p>",
            escape(&market.source),
            escape(&market.utc)
        ),
    );
}

fn results(out: &mut String, report: &ReportDto) {
    out.push_str("<h2>What came of it</h2>\n<div class=\"wide\"><table class=\"results\">\n<thead><tr><th>Strategy</th><th>Sells for, ETH</th><th>A year</th><th>tenor over it</th><th>Deepest fall</th><th>Trades</th></tr></thead>\n<tbody>\n");
    for s in &report.strategies {
        let over = report.summary.over.iter().find(|o| o.than == s.name);
        let over = over.map_or_else(|| "–".to_owned(), |o| percent(&o.annual_bps));
        let best = if s.name == report.summary.best_single { " *" } else { "" };
        let r = &s.result;
        put(
            out,
            format_args!(
                "<tr><th>{}{best}</th><td>{}</td><td>{}</td><td>{over}</td><td>{}</td><td>{}</td></tr>",
                escape(&s.name),
                eth(&r.value_wei),
                percent(&r.annual_bps),
                percent(&r.drawdown_bps),
                r.trades
            ),
        );
    }
    out.push_str("</tbody></table></div>\n");
    out.push_str("<p class=\"note\">* Of single tokens the best, known afterwards only.</p>\n");
}

fn values(out: &mut String, report: &ReportDto) {
    let line = |s: &StrategyDto| Line {
        name: s.name.clone(),
        points: s.records.iter().map(|r| (r.timestamp, Some(r.value()))).collect(),
        steps: false,
    };
    let lines: Vec<Line> = report.strategies.iter().map(line).collect();
    let names: Vec<String> = lines.iter().map(|l| l.name.clone()).collect();
    out.push_str("<h2>Value in ETH</h2>\n");
    out.push_str(&legend(&names));
    out.push_str(&chart("Value of each strategy over time", &lines, |v| format!("{v:.1}")));
    out.push_str("<p class=\"note\">Marked on the days of decisions. A token of few points keeps its newest recorded rate until the next one: its line steps. Where lines are one, tenor's is on top.</p>\n");
}

fn yields(out: &mut String, report: &ReportDto) {
    let mut names: Vec<String> = Vec::new();
    for known in report.days.iter().flat_map(|d| &d.known).filter(|k| k.yields.is_some()) {
        if !names.contains(&known.symbol) {
            names.push(known.symbol.clone());
        }
    }
    let of = |day: &DayDto, name: &str| {
        let known = day.known.iter().find(|k| k.symbol == name)?;
        known.yields.as_ref()?.bps.parse::<f64>().ok().map(|bps| bps / 100.0)
    };
    let line = |name: &String| Line {
        name: name.clone(),
        points: report.days.iter().map(|d| (d.timestamp, of(d, name))).collect(),
        steps: true,
    };
    let lines: Vec<Line> = names.iter().map(line).collect();
    if lines.is_empty() {
        return;
    }
    out.push_str("<h2>Yield that each decision was given</h2>\n");
    out.push_str(&legend(&names));
    out.push_str(&chart("Realised yield known on each day", &lines, |v| format!("{v:.1} %")));
    out.push_str("<p class=\"note\">Realised between updates of the thirty days before, a year, continuously compounded. Where a line is missing, nothing was recorded that could be compared.</p>\n");
}

fn traded(out: &mut String, report: &ReportDto) {
    let all = decisions(report);
    put(out, format_args!("<h2>Decisions that traded: {}</h2>", all.len()));
    out.push_str("<div class=\"wide\"><table class=\"words\">\n<tbody>\n");
    for (day, what) in &all {
        put(out, format_args!("<tr><th>{day}</th><td>{}</td></tr>", escape(what)));
    }
    out.push_str("</tbody></table></div>\n");
}

fn know(out: &mut String, report: &ReportDto) {
    out.push_str("<h2>To know</h2>\n<ul>\n");
    let rates = report.window.histories.iter().map(|line| format!("Rates: {line}."));
    let left = report.left_out.iter().map(|line| format!("Left out: {line}."));
    for line in report.disclosures.iter().cloned().chain(rates).chain(left) {
        put(out, format_args!("<li>{}</li>", escape(&line)));
    }
    out.push_str("</ul>\n");
}
