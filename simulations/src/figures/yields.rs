//! Yields: what tokens earned or lending paid, each over its own window.

use alloy_primitives::{Address, U256};
use tenor_solver::{amount::RAY, market::PaidBy, yields::Payer};

use super::{
    error::{Refusal, quoted},
    values::Decimal,
    venue::Context,
    wire,
};

/// One row of yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YieldFigures {
    /// The token.
    pub token: Address,
    /// What pays.
    pub kind: YieldKind,
    /// Annual rate in RAY: continuously compounded where organic, else as published.
    pub apr: U256,
    /// What the rate was earned over; absent where it is one moment's.
    pub window: Option<YieldWindow>,
    /// When it was read, in words.
    pub as_of: String,
    /// Where it comes from.
    pub source: String,
    /// Who paid it, where the file says.
    pub paid: Vec<PaidBy>,
    /// Seconds after entering in which nothing is earned yet.
    pub idle_s: u64,
}

/// What pays a yield.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum YieldKind {
    /// The growth of a share rate.
    Organic,
    /// What lenders are paid.
    LendingSupply,
    /// What borrowers pay.
    LendingBorrow,
    /// A figure that the protocol publishes.
    PublishedBaseApy,
}

/// What a yield was earned over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YieldWindow {
    /// Its length in seconds: the printed days, rounded.
    pub seconds: u64,
    /// Its ends and length in words.
    pub words: String,
}

pub(super) fn check(
    name: &str,
    rows: &[wire::Yield<'_>],
    cx: &Context<'_>,
) -> Result<Vec<YieldFigures>, Refusal> {
    let row = |(i, row)| check_row(row, cx).map_err(|r: Refusal| r.within(&format!("{name}[{i}]")));
    rows.iter().enumerate().map(row).collect()
}

fn check_row(row: &wire::Yield<'_>, cx: &Context<'_>) -> Result<YieldFigures, Refusal> {
    let kind = match row.kind.as_str() {
        "organic" => YieldKind::Organic,
        "lending_supply" => YieldKind::LendingSupply,
        "lending_borrow" => YieldKind::LendingBorrow,
        "published_base_apy" => YieldKind::PublishedBaseApy,
        other => {
            let known = "one of organic, lending_supply, lending_borrow or published_base_apy";
            return Err(Refusal::range("kind", quoted(other), known));
        }
    };
    let window = row.window.as_ref().map(window).transpose().map_err(|r| r.within("window"))?;
    if kind == YieldKind::Organic && window.is_none() {
        let what = "null: an organic yield says over which window it was earned";
        return Err(Refusal::inconsistent("window", what));
    }
    let rate = apr(row.apr, kind)?;
    Ok(YieldFigures {
        token: cx.named("asset", &row.asset)?,
        kind,
        apr: rate,
        paid: paid(&row.paid, rate, cx)?,
        idle_s: idle(row.idle_days)?,
        window,
        as_of: row.as_of.clone(),
        source: row.source.clone(),
    })
}

/// How long nothing is earned at first.
fn idle(days: Option<Decimal>) -> Result<u64, Refusal> {
    let seconds = days.map_or(Some(0), |days| days.times(86_400));
    seconds.filter(|s| *s <= 100 * 366 * 86_400).ok_or_else(|| {
        Refusal::range("idle_days", "the time", "days, such as \"3\", of at most a century")
    })
}

/// Who paid a rate: parts that add up to it.
fn paid(rows: &[wire::PaidBy], rate: U256, cx: &Context<'_>) -> Result<Vec<PaidBy>, Refusal> {
    let part = |(i, w): (usize, &wire::PaidBy)| {
        let within = |refusal: Refusal| refusal.within(&format!("paid[{i}]"));
        let payer = Payer::ALL.into_iter().find(|payer| payer.name() == w.payer);
        let payer = payer.filter(|payer| *payer != Payer::Holder).ok_or_else(|| {
            let names = Payer::ALL.map(Payer::name)[..Payer::ALL.len() - 1].join(", ");
            Refusal::range("payer", quoted(&w.payer), format!("one of {names}"))
        });
        let token = cx.named("token", &w.token).map_err(within)?;
        let rate = apr(w.apr, YieldKind::Organic).map_err(within)?;
        Ok(PaidBy { payer: payer.map_err(within)?, token, rate })
    };
    let parts = rows.iter().enumerate().map(part).collect::<Result<Vec<PaidBy>, Refusal>>()?;
    let sum: U256 = parts.iter().map(|part| part.rate).sum();
    if !parts.is_empty() && sum != rate {
        let what = format!("the parts add up to {sum} and the rate is {rate}, both in 1e-27");
        return Err(Refusal::inconsistent("paid", what));
    }
    Ok(parts)
}

/// A rate is a fraction of one: a file that writes percent is refused.
fn apr(apr: Decimal, kind: YieldKind) -> Result<U256, Refusal> {
    let most: u64 = match kind {
        YieldKind::Organic | YieldKind::PublishedBaseApy => 1,
        // Borrowing can cost more than the sum borrowed when nothing is left to borrow.
        YieldKind::LendingSupply | YieldKind::LendingBorrow => 10,
    };
    let most_ray = RAY.saturating_mul(U256::from(most));
    apr.scaled(27).filter(|rate| *rate <= most_ray).ok_or_else(|| {
        let expected = format!(
            "a fraction such as 0.031 for 3.1 %, at most {most} and with at most 27 decimals"
        );
        Refusal::range("apr", "the rate", expected)
    })
}

fn window(w: &wire::Window<'_>) -> Result<YieldWindow, Refusal> {
    let text = w.days.get().trim_matches('"');
    let seconds = Decimal::parse(text).and_then(|days| days.times(86_400));
    match seconds.filter(|s| (1..=100 * 366 * 86_400).contains(s)) {
        Some(seconds) => {
            let words = format!("{} to {} ({text} days)", w.from_utc, w.to_utc);
            Ok(YieldWindow { seconds, words })
        }
        None => Err(Refusal::range("days", quoted(text), "a number of days above 0, such as 30.3")),
    }
}

#[cfg(test)]
mod tests {
    use tenor_solver::amount::YEAR_S;

    #[test]
    fn organic_yields_follow_from_the_share_rates() {
        let market: serde_json::Value = serde_json::from_slice(super::super::embedded()).unwrap();
        let series: serde_json::Value =
            serde_json::from_str(include_str!("../../markets/realised_yields.json")).unwrap();
        let mut compared = 0;
        for row in market["yields"].as_array().unwrap() {
            let window = &row["window"];
            if row["kind"] != "organic" || window["from_block"].is_null() {
                continue;
            }
            let name = row["source"].as_str().unwrap().rsplit("series: ").next().unwrap();
            let points = series.as_array().unwrap().iter().find(|s| s["series"] == name).unwrap();
            let point = |block: &serde_json::Value| {
                let all = points["points"].as_array().unwrap();
                let point = all.iter().find(|p| &p["block"] == block).unwrap();
                let rate: f64 = point["rate_1e27"].as_str().unwrap().parse().unwrap();
                (rate, point["timestamp"].as_f64().unwrap())
            };
            let (p0, t0) = point(&window["from_block"]);
            let (p1, t1) = point(&window["to_block"]);
            let year: f64 = YEAR_S.to_string().parse().unwrap();
            let apr = (p1 / p0).ln() * year / (t1 - t0);
            assert_eq!(format!("{apr:.6}"), row["apr"].as_str().unwrap(), "{name}");
            compared += 1;
        }
        assert_eq!(compared, 8);
    }
}
