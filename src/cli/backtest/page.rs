//! A backtest for people.

use std::fmt;

use super::{decisions, eth, percent};
use crate::backtest::dto::ReportDto;

/// Decisions listed.
const LISTED: usize = 12;

/// The report as text.
pub(super) struct Page<'a>(pub(super) &'a ReportDto);

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ReportDto { market, window, summary, strategies, .. } = self.0;
        writeln!(
            f,
            "{} to {}, a decision every {} days, each for {} days",
            window.from_utc,
            window.to_utc,
            window.every_s / 86_400,
            window.horizon_days
        )?;
        writeln!(f, "Pools, gas and limits: {}, {}, held constant", market.source, market.utc)?;
        for line in &window.histories {
            writeln!(f, "Rates: {line}")?;
        }
        writeln!(f, "\nBegan with {} ETH, sold on the first day\n", eth(&summary.began_wei))?;
        let (end, year, fall) = ("sells for", "a year", "deepest fall");
        writeln!(
            f,
            "  {:14}  {end:>12}  {year:>9}  {fall:>12}  {:>6}  {:>8}",
            "", "trades", "gas"
        )?;
        for s in strategies {
            let mark =
                if s.name == summary.best_single { "  best single, known afterwards" } else { "" };
            writeln!(
                f,
                "  {:14}  {:>12}  {:>9}  {:>12}  {:>6}  {:>8}{mark}",
                s.name,
                eth(&s.result.value_wei),
                percent(&s.result.annual_bps),
                percent(&s.result.drawdown_bps),
                s.result.trades,
                eth(&s.result.gas_wei)
            )?;
        }
        self.over(f)?;
        self.decided(f)?;
        for line in &self.0.left_out {
            writeln!(f, "  left out: {line}")?;
        }
        writeln!(f, "\nTo know")?;
        self.0.disclosures.iter().try_for_each(|line| writeln!(f, "  {line}"))
    }
}

impl Page<'_> {
    fn over(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\ntenor over")?;
        for over in &self.0.summary.over {
            let (wei, rate) = (eth(&over.wei), percent(&over.annual_bps));
            writeln!(f, "  {:14}  {wei:>12}  {rate:>9}", over.than)?;
        }
        Ok(())
    }

    fn decided(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = decisions(self.0);
        writeln!(f, "\nDecisions that traded: {}", all.len())?;
        for (day, what) in all.iter().take(LISTED) {
            writeln!(f, "  {day}  {what}")?;
        }
        if all.len() > LISTED {
            writeln!(f, "  and {} more (--json)", all.len() - LISTED)?;
        }
        Ok(())
    }
}
