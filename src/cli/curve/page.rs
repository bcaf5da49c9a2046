//! The curve for people.

use std::fmt;

use crate::curve::dto::{ClaimDto, ReportDto, TermDto};

/// A term structure as text.
pub(super) struct Page<'a>(pub(super) &'a ReportDto);

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head(f)?;
        self.term(f)?;
        self.spreads(f)?;
        self.markets(f)?;
        self.foot(f)
    }
}

impl Page<'_> {
    fn head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ReportDto { market, observations, benchmark, short_end, .. } = self.0;
        writeln!(f, "{}, {}", market.source, market.utc)?;
        let kind = if observations.synthetic { "SYNTHETIC fixed rates" } else { "fixed rates" };
        writeln!(f, "{kind}: {}, {}", observations.name, observations.utc)?;
        writeln!(f, "\nAnnual rates, continuously compounded")?;
        if let Some(benchmark) = benchmark {
            let rate = percent(&benchmark.rate_bps);
            writeln!(f, "  benchmark  {rate:>9}  {}", benchmark.basis)?;
        }
        writeln!(f, "  short end  {:>9}  {}", percent(&short_end.rate_bps), short_end.basis)
    }

    fn term(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}", self.title())?;
        writeln!(
            f,
            "  {:>6}  {:>9}  {:>9}  {:>9}  {:>9}  {:>12}",
            "days", "spot", "forward", "float", "discount", "dv01 100 ETH"
        )?;
        for TermDto { days, spot_bps, forward_bps, variable_bps, discount, dv01_eth, .. } in
            &self.0.term
        {
            let [spot, forward, float] = [spot_bps, forward_bps, variable_bps].map(|b| percent(b));
            writeln!(
                f,
                "  {days:>6}  {spot:>9}  {forward:>9}  {float:>9}  {discount:>9.6}  {dv01_eth:>12.6}"
            )?;
        }
        Ok(())
    }

    fn title(&self) -> String {
        let synthetic = if self.0.observations.synthetic { ", SYNTHETIC" } else { "" };
        let residual = percent(&self.0.residual_bps);
        format!("Term structure of stETH ({}{synthetic}; the fit leaves {residual})", self.0.form)
    }

    fn spreads(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nSpread over stETH")?;
        for s in &self.0.spreads {
            let markets = if s.markets == 1 { "market" } else { "markets" };
            let spread = percent(&s.spread_bps);
            writeln!(f, "  {:<8}  {spread:>9}  {} {markets}", s.underlying, s.markets)?;
        }
        Ok(())
    }

    fn markets(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.markets.iter().map(|m| m.market.len()).max().unwrap_or_default();
        writeln!(f, "\nLock to expiry, or float")?;
        writeln!(
            f,
            "  {:width$}  {:>5}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}",
            "", "days", "implied", "curve", "locked", "float", "must beat"
        )?;
        for ClaimDto {
            market,
            days,
            implied_bps,
            model_bps,
            locked_bps,
            float_bps,
            hurdle_bps,
            lock,
            ..
        } in &self.0.markets
        {
            let all = [implied_bps, model_bps, locked_bps, float_bps, hurdle_bps];
            let [implied, model, locked, float, hurdle] = all.map(|b| percent(b));
            let choice = if *lock { "lock" } else { "float" };
            writeln!(
                f,
                "  {market:width$}  {days:>5}  {implied:>9}  {model:>9}  {locked:>9}  {float:>9}  \
                 {hurdle:>9}  {choice}"
            )?;
        }
        if !self.0.dropped.is_empty() {
            writeln!(f, "\nLeft out")?;
        }
        for d in &self.0.dropped {
            writeln!(f, "  {}: {}", d.market, d.why)?;
        }
        Ok(())
    }

    fn foot(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.repairs.is_empty() {
            writeln!(f, "\nContradictions")?;
        }
        for repair in &self.0.repairs {
            writeln!(f, "  {repair}")?;
        }
        writeln!(f, "\nTo know")?;
        for line in &self.0.disclosures {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

/// Basis points in decimal as a percentage with three places.
fn percent(bps: &str) -> String {
    let value: f64 = bps.parse().unwrap_or(f64::NAN);
    format!("{:.3} %", value / 100.0).replace('-', "−").replace("−0.000 %", "0.000 %")
}
