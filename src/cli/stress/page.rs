//! A stress for people.

use std::fmt;

use tenor_solver::amount::decimal;

use super::dto::{AmountDto, EventDto, HealthDto, StateDto, StressDto};

/// The report as text.
pub(super) struct Page<'a>(pub(super) &'a StressDto);

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        writeln!(f, "{}, {}", report.market.source, report.market.utc)?;
        writeln!(f, "{}\n", report.canonical)?;
        self.plan(f)?;
        let days = report.horizon_s / 86_400;
        writeln!(
            f,
            "\n  {:21}  {:>14}  {:>14}  {:>14}  {:>14}  health",
            "ETH",
            "within 1 hour",
            "within 7 days",
            "within 30 days",
            format!("after {days} days")
        )?;
        row(f, "before", &report.before, None)?;
        for event in &report.scenarios {
            row(f, &event.scenario, &event.after, Some(event))?;
        }
        for event in &report.scenarios {
            told(f, event)?;
        }
        writeln!(f, "\nTo know")?;
        for line in &report.disclosures {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "  {} scenarios took {} us", report.scenarios.len(), report.took_us)
    }
}

impl Page<'_> {
    fn plan(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = &self.0.plan;
        writeln!(f, "Stressed: {}", plan.label)?;
        for AmountDto { symbol, shown, .. } in &plan.holdings {
            writeln!(f, "  holds {shown} {symbol}")?;
        }
        for loan in &plan.loans {
            writeln!(
                f,
                "  owes {} {} to {} on {} {}",
                loan.debt.shown,
                loan.debt.symbol,
                loan.venue,
                loan.collateral.shown,
                loan.collateral.symbol
            )?;
        }
        Ok(())
    }
}

/// What comes out, and below it the part that is lost.
fn row(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    state: &StateDto,
    event: Option<&EventDto>,
) -> fmt::Result {
    let within = |s: u64| {
        let rung = state.reach.iter().find(|r| r.within_s == s);
        eth(rung.and_then(|r| r.eth_wei.as_deref()))
    };
    let day = 86_400;
    let (hour, week, month) = (within(3_600), within(7 * day), within(30 * day));
    let end = eth(state.horizon_wei.as_deref());
    let health: Vec<String> = state.health.iter().map(health).collect();
    let health = if health.is_empty() { "no debt".to_owned() } else { health.join(", ") };
    writeln!(f, "  {name:21}  {hour:>14}  {week:>14}  {month:>14}  {end:>14}  {health}")?;
    let Some(event) = event else { return Ok(()) };
    let reach = |at: usize| percent(event.loss.reach_bps.get(at).and_then(|l| l.as_deref()));
    let end = percent(event.loss.horizon_bps.as_deref());
    writeln!(f, "  {:21}  {:>14}  {:>14}  {:>14}  {end:>14}", "", reach(0), reach(2), reach(3))
}

fn health(h: &HealthDto) -> String {
    let end = if h.liquidated { "liquidated".to_owned() } else { h.factor_at_horizon.clone() };
    format!("{} then {end}", h.factor)
}

fn told(f: &mut fmt::Formatter<'_>, event: &EventDto) -> fmt::Result {
    writeln!(f, "\n{} ({}): {}", event.scenario, event.date, event.name)?;
    for line in event.happens.iter().chain(&event.left_out) {
        writeln!(f, "  {line}")?;
    }
    for line in &event.unverified {
        writeln!(f, "  unverified: {line}")?;
    }
    writeln!(f, "  source: {}", event.source)?;
    let reason = event.after.reach.first().and_then(|r| r.reason.as_ref());
    match (reason, &event.after.horizon_wei) {
        (Some(reason), _) => writeln!(f, "  beyond the limits' exit cost within an hour: {reason}"),
        (None, None) => writeln!(f, "  not valued at the horizon: an exit or a yield is not known"),
        _ => Ok(()),
    }
}

/// Six places, cut off.
fn eth(wei: Option<&str>) -> String {
    let Some(wei) = wei else { return "none known".to_owned() };
    let (sign, digits) = wei.strip_prefix('-').map_or(("", wei), |digits| ("−", digits));
    let text = digits.parse().map_or_else(|_| digits.to_owned(), |wei| decimal(wei, 18));
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part: String = part.chars().chain("000000".chars()).take(6).collect();
    format!("{sign}{whole}.{part}")
}

fn percent(bps: Option<&str>) -> String {
    let Some(bps) = bps.and_then(|b| b.parse::<f64>().ok()) else { return String::new() };
    if bps.abs() < 5e-4 {
        return "as before".to_owned();
    }
    let places = if bps.abs() < 1.0 { 5 } else { 2 };
    format!("{:+.places$} %", -bps / 100.0).replace('-', "−")
}
