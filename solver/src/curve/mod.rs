//! The term structure of ETH staking yield, from fixed-rate markets.
//!
//! A principal token pays one unit of its underlying at its expiry and nothing before: its price is a
//! discount factor, and no coupon has to be stripped. What a market implies is the zero rate of stETH
//! to that day and a spread of its underlying over stETH, whose own is zero ([`BASE`]).
//!
//! [`Curve::bootstrap`] sifts the markets ([`Filter`]), refuses those that contradict each other, and
//! fits. Rates are continuously compounded, annual, year of 365.25 days; markets' own of 365 days are
//! converted at the door.
//!
//! **Arbitrage.** Discount factors must not rise with time. Two markets of one underlying whose later
//! claim is dearer, by more than trading both costs, are a typed error that names both: one of them
//! is wrong, and which, nobody can tell here. Less than that nobody can take: it is kept, named in
//! [`Curve::repairs`], and the curve through it is kept from falling. A Nelson-Siegel curve with a
//! negative forward rate is never used: another decay is, or the linear form, and it says so.

pub mod benchmark;
mod decision;
mod fit;
mod form;
mod least_squares;
mod listed;
mod observation;

pub use self::{
    decision::{Choice, Lock, dv01, forward_rate, mark, points_implied, pt_price},
    form::Form,
    listed::listed,
    observation::{Dropped, Filter, Observation, ObservationError, PENDLE_YEAR_S},
};
use self::{
    fit::Task,
    observation::{Point, sift, years},
};

/// The underlying that the curve is of.
pub const BASE: &str = "stETH";

/// Why markets make no curve.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CurveError {
    /// A market's figures are wrong.
    #[error(transparent)]
    Observation(#[from] ObservationError),
    /// No market counts.
    #[error("none of {0} fixed-rate markets counts")]
    Empty(usize),
    /// None is of the underlying that the others are compared with.
    #[error("no market on {BASE} counts: without one, rates cannot be told from spreads")]
    NoBase,
    /// The shortest rate is no rate.
    #[error("the short end is {0}: give an annual rate such as 0.03, from 0 to 10")]
    Anchor(f64),
    /// A later claim is dearer than an earlier one, by more than trading both costs.
    #[error(
        "{far} is dearer than {near}, which pays sooner: a forward of {forward:.6} a year, more \
         than their fees explain; leave one of them out"
    )]
    Arbitrage {
        /// The market that pays sooner.
        near: String,
        /// The market that pays later.
        far: String,
        /// The forward rate between them.
        forward: f64,
    },
    /// The markets do not determine a curve.
    #[error("the markets do not determine a curve")]
    Undetermined,
    /// Forwards run from a time to a later one.
    #[error("no time lies from {from_s} s to {to_s} s")]
    NoTime {
        /// The start.
        from_s: u64,
        /// The end.
        to_s: u64,
    },
    /// A claim that is due has no rate.
    #[error("the claim expired at {expiry}, {now} is later: redeem it")]
    Expired {
        /// When it expired.
        expiry: u64,
        /// The time.
        now: u64,
    },
    /// A figure that is no number where one is needed.
    #[error("{what} is {value}: give {expected}")]
    Range {
        /// The figure.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
}

/// What was changed, or kept against appearances, so that a curve allows no arbitrage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Repair {
    /// A later claim is dearer, by less than trading costs.
    #[error("{far} is dearer than {near}, which pays sooner, by less than their fees: kept")]
    WithinFees {
        /// The market that pays sooner.
        near: String,
        /// The market that pays later.
        far: String,
    },
    /// No smooth curve without negative forwards, or more than one.
    #[error("no Nelson-Siegel curve fits these markets without a negative forward: linear instead")]
    LinearInstead,
    /// Knots moved.
    #[error("growth fell between expiries and was levelled: forwards there are zero")]
    Levelled,
}

/// What an underlying's claims imply over the curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// The underlying.
    pub underlying: String,
    /// The annual rate; negative where claims on it imply less than those on stETH.
    pub rate: f64,
    /// How many markets say so.
    pub markets: usize,
}

/// A market beside the curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// Its name.
    pub market: String,
    /// Its underlying.
    pub underlying: String,
    /// Unix seconds.
    pub expiry: u64,
    /// What it implies.
    pub rate: f64,
    /// What the curve and the spread say of it.
    pub model: f64,
    /// What a trade costs in yield, annual.
    pub fee: f64,
    /// Its part of all weights.
    pub weight: f64,
}

/// A zero curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Unix seconds of its zero.
    pub now: u64,
    /// The form and its parameters.
    pub form: Form,
    /// Spreads by name, the base's zero among them.
    pub spreads: Vec<Spread>,
    /// The markets that it is made of, by expiry.
    pub markets: Vec<Fitted>,
    /// The markets left out, by name.
    pub dropped: Vec<(String, Dropped)>,
    /// What was done about contradictions.
    pub repairs: Vec<Repair>,
    last: f64,
}

impl Curve {
    /// The curve at `now` through these markets; `anchor` is the shortest rate, what stETH really
    /// earned of late. The order of the markets does not matter.
    pub fn bootstrap(
        now: u64,
        all: &[Observation],
        anchor: Option<f64>,
        filter: &Filter,
    ) -> Result<Self, CurveError> {
        if let Some(rate) = anchor.filter(|r| !(0.0..=10.0).contains(r)) {
            return Err(CurveError::Anchor(rate));
        }
        let (points, dropped) = sift(now, all, filter)?;
        let Some(last) = points.last().map(|p| p.years) else {
            return Err(CurveError::Empty(all.len()));
        };
        if !points.iter().any(|p| p.underlying == BASE) {
            return Err(CurveError::NoBase);
        }
        let mut repairs = contradictions(&points)?;
        let others = others(&points);
        let task = Task { points: &points, base: BASE, others: &others, anchor };
        let fit = task.fit().ok_or(CurveError::Undetermined)?;
        repairs.extend(fit.repairs);
        let base = std::iter::once((BASE.to_owned(), 0.0));
        let spreads = base.chain(others.into_iter().zip(fit.spreads));
        let spreads = spreads.map(|(underlying, rate)| {
            let markets = points.iter().filter(|p| p.underlying == underlying).count();
            Spread { underlying, rate, markets }
        });
        let spreads = spreads.collect();
        let mut curve =
            Self { now, form: fit.form, spreads, markets: Vec::new(), dropped, repairs, last };
        curve.markets = curve.fitted(&points);
        Ok(curve)
    }

    /// The zero rate over so many seconds; the rate at the short end over none.
    pub fn zero(&self, seconds: u64) -> f64 {
        if seconds == 0 {
            return self.form.start();
        }
        self.growth(seconds) / years(seconds)
    }

    /// What one unit in so many seconds is worth now.
    pub fn discount(&self, seconds: u64) -> f64 {
        (-self.growth(seconds)).exp()
    }

    /// The rate from one time to a later one, both in seconds from now: never negative.
    pub fn forward(&self, from_s: u64, to_s: u64) -> Result<f64, CurveError> {
        if from_s >= to_s {
            return Err(CurveError::NoTime { from_s, to_s });
        }
        let grown = self.growth(to_s) - self.growth(from_s);
        // Two growths of one flat stretch may differ in their last digit.
        Ok(grown.max(0.0) / years(to_s - from_s))
    }

    /// What floating is expected to pay over a horizon: the zero rate less what holders of claims
    /// are paid for the fixing.
    pub fn variable(&self, horizon_s: u64, term_premium: f64) -> f64 {
        self.zero(horizon_s) - term_premium
    }

    /// What an underlying's claims imply over the curve; `None` where no market says.
    pub fn spread(&self, underlying: &str) -> Option<f64> {
        self.spreads.iter().find(|s| s.underlying == underlying).map(|s| s.rate)
    }

    /// The rate at which claims on an underlying are worth what curve and spread say.
    pub fn claim_rate(&self, underlying: &str, seconds: u64) -> Option<f64> {
        Some(self.zero(seconds) + self.spread(underlying)?)
    }

    /// Seconds to the last expiry: beyond, forwards are what they are there.
    pub fn reach_s(&self) -> u64 {
        self.markets.last().map_or(0, |m| m.expiry.saturating_sub(self.now))
    }

    /// The root of the weighted mean square of what the fit leaves, in annual rate.
    pub fn residual(&self) -> f64 {
        let square = |m: &Fitted| m.weight * (m.rate - m.model).powi(2);
        self.markets.iter().map(square).sum::<f64>().sqrt()
    }

    fn growth(&self, seconds: u64) -> f64 {
        self.form.growth(years(seconds), self.last)
    }

    fn fitted(&self, points: &[Point]) -> Vec<Fitted> {
        let total: f64 = points.iter().map(|p| p.weight).sum();
        let fitted = |p: &Point| Fitted {
            market: p.market.clone(),
            underlying: p.underlying.clone(),
            expiry: p.expiry,
            rate: p.rate,
            model: self.claim_rate(&p.underlying, p.expiry - self.now).unwrap_or(f64::NAN),
            fee: p.fee,
            weight: p.weight / total,
        };
        points.iter().map(fitted).collect()
    }
}

/// The underlyings beside the base, in order.
fn others(points: &[Point]) -> Vec<String> {
    let mut names: Vec<String> = points.iter().map(|p| p.underlying.clone()).collect();
    names.retain(|name| name != BASE);
    names.sort();
    names.dedup();
    names
}

/// Pairs of one underlying whose later claim is dearer: an error beyond the fees, else named.
fn contradictions(points: &[Point]) -> Result<Vec<Repair>, CurveError> {
    /// Growth below this is the floats' own.
    const NOISE: f64 = 1e-12;
    let mut within = Vec::new();
    for (at, far) in points.iter().enumerate() {
        let before = points.iter().take(at);
        for near in before.filter(|p| p.underlying == far.underlying && p.expiry < far.expiry) {
            let grown = far.rate * far.years - near.rate * near.years;
            let fees = near.fee * near.years + far.fee * far.years;
            let (near_name, far_name) = (near.market.clone(), far.market.clone());
            if -grown > fees + NOISE {
                let forward = grown / (far.years - near.years);
                return Err(CurveError::Arbitrage { near: near_name, far: far_name, forward });
            }
            if grown < -NOISE {
                within.push(Repair::WithinFees { near: near_name, far: far_name });
            }
        }
    }
    Ok(within)
}
