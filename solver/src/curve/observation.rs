//! What fixed-rate markets say, and which of them are heard.

use crate::amount::YEAR_S;

/// Seconds of the year that Pendle's rates are of.
pub const PENDLE_YEAR_S: u64 = 31_536_000;

/// The most markets that a curve is made of.
const MOST: usize = 300;
/// The highest rate that is one: a thousand percent.
const HIGHEST: f64 = 10.0;

/// What one market implies: a claim on one unit of an underlying at its expiry is worth
/// `exp(-rate * seconds / 31_536_000)` of it now.
///
/// In Pendle's terms: `rate` is `lastLnImpliedRate`, or the mean of it that a market's observations
/// give over `averaged_s`; `fee_rate` is `lnFeeRateRoot`; `liquidity` is the SY in the market in units
/// of the accounting asset plus the PT at their price; `underlying` is the accounting asset.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The market's name, each once.
    pub market: String,
    /// What the claim pays in, counted in ETH by its own protocol, such as `stETH` or `eETH`.
    pub underlying: String,
    /// The continuously compounded annual rate, year of 365 days.
    pub rate: f64,
    /// Seconds that the rate is a mean over; zero for the last trade's.
    pub averaged_s: u64,
    /// Unix seconds.
    pub expiry: u64,
    /// ETH in the market.
    pub liquidity: f64,
    /// What a trade costs in yield: continuously compounded, annual, year of 365 days.
    pub fee_rate: f64,
}

/// Which markets count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Filter {
    /// The least ETH in the market.
    pub min_liquidity: f64,
    /// The least seconds to its expiry: nearer ones are fees and noise.
    pub min_tenor_s: u64,
    /// The least seconds that its rate is a mean over: anybody can set the last trade's.
    pub min_average_s: u64,
}

impl Default for Filter {
    /// A hundred ETH, seven days, fifteen minutes.
    fn default() -> Self {
        Self { min_liquidity: 100.0, min_tenor_s: 7 * 86_400, min_average_s: 900 }
    }
}

/// Why a market does not count.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Dropped {
    /// Its claims are due.
    #[error("expired")]
    Expired,
    /// It expires too soon.
    #[error("{left_s} s to expiry, fewer than {least_s}")]
    TooShort {
        /// Seconds to its expiry.
        left_s: u64,
        /// The least that count.
        least_s: u64,
    },
    /// There is too little in it.
    #[error("{liquidity:.1} ETH in it, less than {least:.1}")]
    Thin {
        /// ETH in it.
        liquidity: f64,
        /// The least that counts.
        least: f64,
    },
    /// Its rate is one trade's, or a mean over too short a time.
    #[error("its rate is a mean over {averaged_s} s, fewer than {least_s}")]
    Spot {
        /// Seconds of the mean.
        averaged_s: u64,
        /// The least that count.
        least_s: u64,
    },
}

/// What can be wrong with what a market is said to imply.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ObservationError {
    /// A rate below zero: no such market sells a claim for more than it pays.
    #[error("{market}: its rate is negative: {rate}")]
    NegativeRate {
        /// The market.
        market: String,
        /// Its rate.
        rate: f64,
    },
    /// A figure that is no number, negative, or beyond sense.
    #[error("{market}: {what} is {value}: give {expected}")]
    Range {
        /// The market.
        market: String,
        /// The figure.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// One name twice.
    #[error("{0} is given twice: keep one")]
    Duplicate(String),
    /// More markets than there are.
    #[error("{0} markets are too many: at most {MOST}")]
    TooMany(usize),
}

/// A market that counts, in the curve's own units.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) market: String,
    pub(super) underlying: String,
    /// Years of 365.25 days to its expiry.
    pub(super) years: f64,
    pub(super) expiry: u64,
    /// Annual, of such a year.
    pub(super) rate: f64,
    /// The same.
    pub(super) fee: f64,
    /// How much it counts: liquidity over what a trade costs.
    pub(super) weight: f64,
}

impl Observation {
    fn check(&self) -> Result<(), ObservationError> {
        let market = || self.market.clone();
        if self.rate < 0.0 {
            return Err(ObservationError::NegativeRate { market: market(), rate: self.rate });
        }
        let rate = "an annual rate such as 0.04, from 0 to 10";
        for (what, value, most, expected) in [
            ("its rate", self.rate, HIGHEST, rate),
            ("its fee", self.fee_rate, HIGHEST, rate),
            ("its liquidity", self.liquidity, 1e12, "ETH, from 0 to 1e12"),
        ] {
            if !(0.0..=most).contains(&value) {
                return Err(ObservationError::Range { market: market(), what, value, expected });
            }
        }
        Ok(())
    }

    fn dropped(&self, now: u64, filter: &Filter) -> Option<Dropped> {
        let left_s = match self.expiry.checked_sub(now) {
            None | Some(0) => return Some(Dropped::Expired),
            Some(left_s) => left_s,
        };
        if left_s < filter.min_tenor_s {
            return Some(Dropped::TooShort { left_s, least_s: filter.min_tenor_s });
        }
        if self.liquidity < filter.min_liquidity || self.liquidity <= 0.0 {
            let least = filter.min_liquidity;
            return Some(Dropped::Thin { liquidity: self.liquidity, least });
        }
        let (averaged_s, least_s) = (self.averaged_s, filter.min_average_s);
        (averaged_s < least_s).then_some(Dropped::Spot { averaged_s, least_s })
    }

    fn point(&self, now: u64) -> Point {
        /// Cheaper markets are believed no more than those that cost a basis point.
        const LEAST_FEE: f64 = 1e-4;
        let year = years(YEAR_S) / years(PENDLE_YEAR_S);
        Point {
            market: self.market.clone(),
            underlying: self.underlying.clone(),
            years: years(self.expiry.saturating_sub(now)),
            expiry: self.expiry,
            rate: self.rate * year,
            fee: self.fee_rate * year,
            weight: self.liquidity / self.fee_rate.max(LEAST_FEE),
        }
    }
}

/// A sifting's result: the markets that count, by expiry, and the others with the reason.
pub(super) type Sifted = (Vec<Point>, Vec<(String, Dropped)>);

/// Sifts markets, in whatever order they come.
pub(super) fn sift(
    now: u64,
    all: &[Observation],
    filter: &Filter,
) -> Result<Sifted, ObservationError> {
    if all.len() > MOST {
        return Err(ObservationError::TooMany(all.len()));
    }
    let mut sorted: Vec<&Observation> = all.iter().collect();
    sorted.sort_by(|a, b| a.market.cmp(&b.market));
    for (a, b) in sorted.iter().zip(sorted.iter().skip(1)) {
        if a.market == b.market {
            return Err(ObservationError::Duplicate(a.market.clone()));
        }
    }
    let (mut points, mut dropped) = (Vec::new(), Vec::new());
    for observation in sorted {
        observation.check()?;
        match observation.dropped(now, filter) {
            Some(why) => dropped.push((observation.market.clone(), why)),
            None => points.push(observation.point(now)),
        }
    }
    // By expiry and then by name, whatever order they came in.
    points.sort_by_key(|p| p.expiry);
    Ok((points, dropped))
}

/// Seconds in years of 365.25 days.
#[expect(clippy::cast_precision_loss, reason = "seconds of any real time are exact in a float")]
pub(super) const fn years(seconds: u64) -> f64 {
    seconds as f64 / YEAR_S as f64
}
