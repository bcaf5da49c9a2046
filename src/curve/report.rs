//! From a curve to what is printed of it.

use tenor_simulations::figures::Observations;
use tenor_solver::{
    curve::{
        Curve, CurveError, Filter, Fitted, Form, Lock,
        benchmark::{Benchmark, BenchmarkError},
        dv01, points_implied, pt_price,
    },
    market::Market,
    yields::fraction,
};

use super::dto::{
    ChosenDto, ClaimDto, Drawn, DroppedDto, FormDto, KnotDto, MarketDto, RateDto, ReportDto,
    SourceDto, SpreadDto, TermDto,
};

const DAY_S: u64 = 86_400;
/// Where the curve is told, in days, as far as its markets reach.
const GRID: [u64; 12] = [7, 14, 30, 60, 90, 120, 180, 270, 365, 545, 730, 1_095];
/// What durations are of: a hundred ETH.
const HELD_ETH: f64 = 100.0;

/// What a report is made of. Rates are annual and continuously compounded.
#[derive(Debug)]
pub(crate) struct Given<'a> {
    pub(crate) market: &'a Market,
    pub(crate) observations: &'a Observations,
    pub(crate) curve: &'a Curve,
    pub(crate) benchmark: Result<Benchmark, BenchmarkError>,
    pub(crate) short_end: (f64, String),
    pub(crate) filter: Filter,
    pub(crate) term_premium: f64,
    pub(crate) volatility: f64,
    pub(crate) caution: f64,
}

impl ReportDto {
    pub(crate) fn new(given: &Given<'_>) -> Result<Self, CurveError> {
        let Given { market, observations, curve, filter, .. } = given;
        let claim = |m| claim(given, m);
        Ok(Self {
            schema: "tenor.curve/1",
            market: MarketDto {
                chain_id: market.chain_id,
                block: market.block,
                timestamp: market.timestamp,
                utc: market.utc.clone(),
                source: market.source.clone(),
                hash: market.hash.to_string(),
            },
            observations: SourceDto {
                name: observations.name.clone(),
                synthetic: observations.synthetic,
                note: observations.note.clone(),
                source: observations.source.clone(),
                timestamp: observations.timestamp,
                utc: observations.utc.clone(),
            },
            benchmark: given
                .benchmark
                .as_ref()
                .ok()
                .map(|b| RateDto { rate_bps: bps(b.rate), basis: b.basis.to_string() }),
            short_end: RateDto {
                rate_bps: bps(given.short_end.0),
                basis: given.short_end.1.clone(),
            },
            form: form(&curve.form),
            residual_bps: bps(curve.residual()),
            repairs: curve.repairs.iter().map(ToString::to_string).collect(),
            spreads: spreads(curve),
            term: term(given)?,
            markets: curve.markets.iter().map(claim).collect::<Result<_, _>>()?,
            dropped: dropped(curve),
            chosen: ChosenDto {
                min_liquidity_eth: filter.min_liquidity,
                min_tenor_s: filter.min_tenor_s,
                min_average_s: filter.min_average_s,
                term_premium_bps: bps(given.term_premium),
                volatility_bps: bps(given.volatility),
                caution: given.caution,
            },
            disclosures: disclosures(given),
            drawn: drawn(curve)?,
        })
    }
}

fn form(form: &Form) -> FormDto {
    match form {
        Form::NelsonSiegel { level, slope, hump, decay } => FormDto::NelsonSiegel {
            level_bps: bps(*level),
            slope_bps: bps(*slope),
            hump_bps: bps(*hump),
            decay_years: *decay,
        },
        Form::Linear { knots } => {
            let knot = |&(years, growth): &(f64, f64)| KnotDto { years, growth };
            FormDto::Linear { knots: knots.iter().map(knot).collect() }
        }
    }
}

fn spreads(curve: &Curve) -> Vec<SpreadDto> {
    let spread = |s: &tenor_solver::curve::Spread| SpreadDto {
        underlying: s.underlying.clone(),
        spread_bps: bps(s.rate),
        markets: s.markets,
    };
    curve.spreads.iter().map(spread).collect()
}

fn dropped(curve: &Curve) -> Vec<DroppedDto> {
    let dropped =
        |(market, why): &(String, _)| DroppedDto { market: market.clone(), why: reason(why) };
    curve.dropped.iter().map(dropped).collect()
}

fn reason(why: &tenor_solver::curve::Dropped) -> String {
    why.to_string()
}

/// The curve at the days of the grid within its reach, and at its end.
fn term(given: &Given<'_>) -> Result<Vec<TermDto>, CurveError> {
    let curve = given.curve;
    let end = curve.reach_s();
    let grid = GRID.iter().map(|days| days * DAY_S).filter(|at| *at < end).chain([end]);
    let mut before = 0;
    let mut rows = Vec::new();
    for at in grid {
        rows.push(TermDto {
            seconds: at,
            days: at / DAY_S,
            spot_bps: bps(curve.zero(at)),
            forward_bps: bps(curve.forward(before, at)?),
            variable_bps: bps(curve.variable(at, given.term_premium)),
            discount: curve.discount(at),
            dv01_eth: dv01(HELD_ETH, curve.now + at, curve.now)?,
        });
        before = at;
    }
    Ok(rows)
}

fn claim(given: &Given<'_>, m: &Fitted) -> Result<ClaimDto, CurveError> {
    let now = given.curve.now;
    let left = m.expiry - now;
    let (float, float_basis) = float(given, m, left);
    let years = dv01(1.0, m.expiry, now)? * 1e4;
    let lock = Lock {
        rate: m.rate,
        fees: m.fee * years,
        horizon_s: left,
        variable: float,
        volatility: given.volatility,
        caution: given.caution,
    };
    let choice = lock.choose()?;
    Ok(ClaimDto {
        market: m.market.clone(),
        underlying: m.underlying.clone(),
        expiry: m.expiry,
        days: left / DAY_S,
        implied_bps: bps(m.rate),
        model_bps: bps(m.model),
        off_bps: bps(m.rate - m.model),
        price: pt_price(m.rate, m.expiry, now)?,
        weight: m.weight,
        fee_bps: bps(m.fee),
        locked_bps: bps(choice.locked),
        float_bps: bps(float),
        float_basis,
        hurdle_bps: bps(choice.hurdle),
        lock: choice.lock,
        points_implied_bps: bps(points_implied(m.rate, float)),
    })
}

/// What an underlying is expected to pay until an expiry: what it has earned, where the market says
/// that over about a month, else what the curve says of stETH.
fn float(given: &Given<'_>, m: &Fitted, left: u64) -> (f64, String) {
    let market = given.market;
    let named = market.tokens.iter().find(|t| t.symbol == m.underlying);
    let own = |token| {
        named.is_some_and(|n| n.address == token || market.exact_pair(token, n.address).is_some())
    };
    let month = |s: u64| (25 * DAY_S..=40 * DAY_S).contains(&s);
    match market.yields.iter().find(|y| own(y.token) && month(y.window_s)) {
        Some(row) => (fraction(row.rate), format!("realised, {}", row.window)),
        None => (given.curve.variable(left, given.term_premium), "the curve".to_owned()),
    }
}

fn disclosures(given: &Given<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let observations = given.observations;
    if observations.synthetic {
        lines.push(format!("SYNTHETIC fixed rates, from no market: {}", observations.note));
    }
    if given.filter.min_average_s == 0 {
        lines.push("rates of single trades are heard: anybody can set them".to_owned());
    }
    if let Err(error) = &given.benchmark {
        lines.push(format!("no benchmark: {error}"));
    }
    lines.push(
        "what a fixed rate pays beyond its underlying's float may be the price of points, and pays \
         for that underlying's risks"
            .to_owned(),
    );
    lines.push(
        "volatility and caution are unverified priors; a realised yield is no promise".to_owned(),
    );
    lines
}

fn drawn(curve: &Curve) -> Result<Vec<Drawn>, CurveError> {
    const PARTS: u64 = 240;
    let end = curve.reach_s();
    let mut points = Vec::new();
    for part in 1..=PARTS {
        let (before, at) = (end * (part - 1) / PARTS, end * part / PARTS);
        points.push(Drawn {
            days: days(at),
            spot: curve.zero(at),
            forward: curve.forward(before, at)?,
            discount: curve.discount(at),
        });
    }
    Ok(points)
}

#[expect(clippy::cast_precision_loss, reason = "seconds of any real time are exact in a float")]
fn days(seconds: u64) -> f64 {
    seconds as f64 / DAY_S as f64
}

/// A rate in basis points with four places.
fn bps(rate: f64) -> String {
    let text = format!("{:.4}", rate * 1e4);
    if text == "-0.0000" { "0.0000".to_owned() } else { text }
}
