//! The curve as it is told, schema `tenor.curve/1`.

use serde::Serialize;
use utoipa::ToSchema;

/// A term structure. Rates are annual, continuously compounded, of a year of 365.25 days, in basis
/// points with four places.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Curve)]
pub(crate) struct ReportDto {
    pub(crate) schema: &'static str,
    pub(crate) market: MarketDto,
    pub(crate) observations: SourceDto,
    pub(crate) benchmark: Option<RateDto>,
    pub(crate) short_end: RateDto,
    pub(crate) form: FormDto,
    /// The root of the weighted mean square of what the fit leaves.
    pub(crate) residual_bps: String,
    pub(crate) repairs: Vec<String>,
    pub(crate) spreads: Vec<SpreadDto>,
    pub(crate) term: Vec<TermDto>,
    pub(crate) markets: Vec<ClaimDto>,
    pub(crate) dropped: Vec<DroppedDto>,
    pub(crate) chosen: ChosenDto,
    pub(crate) disclosures: Vec<String>,
    /// Points of the picture: years, spot and discount.
    #[serde(skip)]
    pub(crate) drawn: Vec<Drawn>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurveMarket)]
pub(crate) struct MarketDto {
    pub(crate) chain_id: u64,
    pub(crate) block: u64,
    pub(crate) timestamp: u64,
    pub(crate) utc: String,
    pub(crate) source: String,
    pub(crate) hash: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurveSource)]
pub(crate) struct SourceDto {
    pub(crate) name: String,
    pub(crate) synthetic: bool,
    pub(crate) note: String,
    pub(crate) source: String,
    pub(crate) timestamp: u64,
    pub(crate) utc: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurveRate)]
pub(crate) struct RateDto {
    pub(crate) rate_bps: String,
    pub(crate) basis: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurveForm)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum FormDto {
    NelsonSiegel { level_bps: String, slope_bps: String, hump_bps: String, decay_years: f64 },
    Linear { knots: Vec<KnotDto> },
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurveKnot)]
pub(crate) struct KnotDto {
    pub(crate) years: f64,
    pub(crate) growth: f64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurveSpread)]
pub(crate) struct SpreadDto {
    pub(crate) underlying: String,
    pub(crate) spread_bps: String,
    pub(crate) markets: usize,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurveTerm)]
pub(crate) struct TermDto {
    pub(crate) seconds: u64,
    pub(crate) days: u64,
    pub(crate) spot_bps: String,
    /// From the row before, or from now.
    pub(crate) forward_bps: String,
    pub(crate) variable_bps: String,
    pub(crate) discount: f64,
    /// ETH that claims worth 100 ETH lose when their rate rises by a basis point.
    pub(crate) dv01_eth: f64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurveClaim)]
pub(crate) struct ClaimDto {
    pub(crate) market: String,
    pub(crate) underlying: String,
    pub(crate) expiry: u64,
    pub(crate) days: u64,
    pub(crate) implied_bps: String,
    pub(crate) model_bps: String,
    /// Implied less model.
    pub(crate) off_bps: String,
    /// What one unit at expiry is worth now.
    pub(crate) price: f64,
    pub(crate) weight: f64,
    pub(crate) fee_bps: String,
    /// What holding to expiry pays, fees paid.
    pub(crate) locked_bps: String,
    /// What its underlying is expected to pay instead.
    pub(crate) float_bps: String,
    pub(crate) float_basis: String,
    /// What locking must pay more than.
    pub(crate) hurdle_bps: String,
    pub(crate) lock: bool,
    /// What is implied beyond the expected float: perhaps points.
    pub(crate) points_implied_bps: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurveDropped)]
pub(crate) struct DroppedDto {
    pub(crate) market: String,
    pub(crate) why: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurveChosen)]
pub(crate) struct ChosenDto {
    pub(crate) min_liquidity_eth: f64,
    pub(crate) min_tenor_s: u64,
    pub(crate) min_average_s: u64,
    pub(crate) term_premium_bps: String,
    pub(crate) volatility_bps: String,
    pub(crate) caution: f64,
}

/// A point of the picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drawn {
    pub(crate) days: f64,
    pub(crate) spot: f64,
    pub(crate) forward: f64,
    pub(crate) discount: f64,
}

impl std::fmt::Display for FormDto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NelsonSiegel { .. } => f.write_str("Nelson-Siegel"),
            Self::Linear { .. } => f.write_str("growth linear between expiries"),
        }
    }
}
