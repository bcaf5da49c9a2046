//! The curve as it is printed, schema `tenor.curve/1`.

use serde::Serialize;

/// A term structure. Rates are annual, continuously compounded, of a year of 365.25 days, in basis
/// points with four places.
#[derive(Debug, Serialize)]
pub(super) struct ReportDto {
    pub(super) schema: &'static str,
    pub(super) market: MarketDto,
    pub(super) observations: SourceDto,
    pub(super) benchmark: Option<RateDto>,
    pub(super) short_end: RateDto,
    pub(super) form: FormDto,
    /// The root of the weighted mean square of what the fit leaves.
    pub(super) residual_bps: String,
    pub(super) repairs: Vec<String>,
    pub(super) spreads: Vec<SpreadDto>,
    pub(super) term: Vec<TermDto>,
    pub(super) markets: Vec<ClaimDto>,
    pub(super) dropped: Vec<DroppedDto>,
    pub(super) chosen: ChosenDto,
    pub(super) disclosures: Vec<String>,
    /// Points of the picture: years, spot and discount.
    #[serde(skip)]
    pub(super) drawn: Vec<Drawn>,
}

#[derive(Debug, Serialize)]
pub(super) struct MarketDto {
    pub(super) chain_id: u64,
    pub(super) block: u64,
    pub(super) timestamp: u64,
    pub(super) utc: String,
    pub(super) source: String,
    pub(super) hash: String,
}

#[derive(Debug, Serialize)]
pub(super) struct SourceDto {
    pub(super) name: String,
    pub(super) synthetic: bool,
    pub(super) note: String,
    pub(super) source: String,
    pub(super) timestamp: u64,
    pub(super) utc: String,
}

#[derive(Debug, Serialize)]
pub(super) struct RateDto {
    pub(super) rate_bps: String,
    pub(super) basis: String,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum FormDto {
    NelsonSiegel { level_bps: String, slope_bps: String, hump_bps: String, decay_years: f64 },
    Linear { knots: Vec<KnotDto> },
}

#[derive(Debug, Serialize)]
pub(super) struct KnotDto {
    pub(super) years: f64,
    pub(super) growth: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct SpreadDto {
    pub(super) underlying: String,
    pub(super) spread_bps: String,
    pub(super) markets: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct TermDto {
    pub(super) seconds: u64,
    pub(super) days: u64,
    pub(super) spot_bps: String,
    /// From the row before, or from now.
    pub(super) forward_bps: String,
    pub(super) variable_bps: String,
    pub(super) discount: f64,
    /// ETH that claims worth 100 ETH lose when their rate rises by a basis point.
    pub(super) dv01_eth: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct ClaimDto {
    pub(super) market: String,
    pub(super) underlying: String,
    pub(super) expiry: u64,
    pub(super) days: u64,
    pub(super) implied_bps: String,
    pub(super) model_bps: String,
    /// Implied less model.
    pub(super) off_bps: String,
    /// What one unit at expiry is worth now.
    pub(super) price: f64,
    pub(super) weight: f64,
    pub(super) fee_bps: String,
    /// What holding to expiry pays, fees paid.
    pub(super) locked_bps: String,
    /// What its underlying is expected to pay instead.
    pub(super) float_bps: String,
    pub(super) float_basis: String,
    /// What locking must pay more than.
    pub(super) hurdle_bps: String,
    pub(super) lock: bool,
    /// What is implied beyond the expected float: perhaps points.
    pub(super) points_implied_bps: String,
}

#[derive(Debug, Serialize)]
pub(super) struct DroppedDto {
    pub(super) market: String,
    pub(super) why: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ChosenDto {
    pub(super) min_liquidity_eth: f64,
    pub(super) min_tenor_s: u64,
    pub(super) min_average_s: u64,
    pub(super) term_premium_bps: String,
    pub(super) volatility_bps: String,
    pub(super) caution: f64,
}

/// A point of the picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    pub(super) days: f64,
    pub(super) spot: f64,
    pub(super) forward: f64,
    pub(super) discount: f64,
}

impl std::fmt::Display for FormDto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NelsonSiegel { .. } => f.write_str("Nelson-Siegel"),
            Self::Linear { .. } => f.write_str("growth linear between expiries"),
        }
    }
}
