//! `/v1/markets`, `/v1/assets` and `/v1/venues`: what can be asked for, and what is known about it.

use alloy_primitives::U256;
use axum::{Json, extract::State};
use serde::Serialize;
use tenor_solver::{
    intent::Risk as Profile,
    market::{Listing, Market, RealisedYield, TokenInfo},
    risk::{Holding, RiskGraph, assess, caution},
    venues::Capacity,
    yields::fraction,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Api, health::BlockDto, problem::Reply};
use crate::{answer::bps, problems::Problem};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(markets)).routes(routes!(assets)).routes(routes!(venues))
}

/// One block's market.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Market)]
struct MarketDto {
    block: BlockDto,
    /// Where the figures come from.
    source: String,
    /// The hash of the figures.
    hash: String,
    gas_price_wei: String,
    /// That the market is made up, and what for, where it is.
    synthetic: Option<String>,
    /// Figures that somebody assumed because the source lacks them.
    assumptions: Vec<String>,
    assets: Vec<AssetDto>,
    venues: Vec<VenueDto>,
}

/// A token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Asset)]
struct AssetDto {
    address: String,
    symbol: String,
    decimals: u8,
    /// Wei of ETH that one whole token redeems for, by the protocol's own rate; null where none is
    /// known. It is no price.
    redeems_wei: Option<String>,
    /// What it has earned; null where that is not known.
    earned: Option<EarnedDto>,
    /// What holding it risks, by unverified priors.
    risk: AssetRiskDto,
    /// What is not known about it, in words.
    unknown: Vec<String>,
}

/// What a token has earned. The past, not a promise.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Earned)]
struct EarnedDto {
    /// Annual, continuously compounded.
    rate_bps: String,
    window: String,
    window_s: u64,
    source: String,
}

/// What holding a token risks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssetRisk)]
struct AssetRiskDto {
    /// T0 to T4.
    tier: String,
    /// Annual.
    expected_loss_bps: String,
    /// Who stands behind it.
    protocols: Vec<String>,
}

/// A venue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Venue)]
struct VenueDto {
    id: String,
    /// Who runs it: what `avoid` and `only` name.
    protocol: String,
    /// The block that its figures are of.
    as_of_block: u64,
    as_of_utc: String,
    /// Why it is not used, where it is not.
    disabled: Option<String>,
    directions: Vec<DirectionDto>,
}

/// One direction of a venue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Direction)]
struct DirectionDto {
    token_in: String,
    token_out: String,
    capacity: CapacityDto,
}

/// How much it takes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = Capacity)]
enum CapacityDto {
    /// No limit exists in the protocol.
    Unlimited,
    /// At most this much of the token given.
    Limited { amount: String, what: String },
    /// A limit exists and nobody said which: not used, and never read as unlimited.
    Unknown { why: String },
}

/// The market that is quoted from, with all its assets and venues.
#[utoipa::path(get, path = "/v1/markets", tag = "markets",
    responses((status = 200, description = "The market.", body = MarketDto)))]
async fn markets(State(api): State<Api>) -> Result<Json<MarketDto>, Reply> {
    on_market(api, |market, now| {
        Ok(MarketDto {
            block: BlockDto::of(market, now),
            source: market.source.clone(),
            hash: market.hash.to_string(),
            gas_price_wei: market.gas_price.to_string(),
            synthetic: market.synthetic.clone(),
            assumptions: market.assumptions.iter().map(ToString::to_string).collect(),
            assets: told_assets(market)?,
            venues: market.listings.iter().map(VenueDto::of).collect(),
        })
    })
    .await
}

/// The tokens that can be named.
#[utoipa::path(get, path = "/v1/assets", tag = "markets",
    responses((status = 200, description = "The tokens.", body = Vec<AssetDto>)))]
async fn assets(State(api): State<Api>) -> Result<Json<Vec<AssetDto>>, Reply> {
    on_market(api, |market, _| told_assets(market)).await
}

/// The venues, with what each takes.
#[utoipa::path(get, path = "/v1/venues", tag = "markets",
    responses((status = 200, description = "The venues.", body = Vec<VenueDto>)))]
async fn venues(State(api): State<Api>) -> Result<Json<Vec<VenueDto>>, Reply> {
    on_market(api, |market, _| Ok(market.listings.iter().map(VenueDto::of).collect())).await
}

/// Looks at the newest market, however old, on a thread for such work.
async fn on_market<T: Send + 'static>(
    api: Api,
    look: impl FnOnce(&Market, u64) -> Result<T, Reply> + Send + 'static,
) -> Result<Json<T>, Reply> {
    let (snapshot, now) = (api.market.newest(), api.clock.seconds());
    let told = api.workers.run(move || look(snapshot.engine.market(), now)).await??;
    Ok(Json(told))
}

fn told_assets(market: &Market) -> Result<Vec<AssetDto>, Reply> {
    let graph =
        RiskGraph::new(market).map_err(|error| Reply::new(Problem::Internal, error.to_string()))?;
    Ok(market.tokens.iter().map(|token| AssetDto::of(market, &graph, token)).collect())
}

impl AssetDto {
    fn of(market: &Market, graph: &RiskGraph, token: &TokenInfo) -> Self {
        let address = token.address;
        let whole = U256::from(10).pow(U256::from(token.decimals));
        // The share of a whole is all that matters of its value.
        let held = [Holding::plain(address, U256::ONE)];
        let risk = assess(graph, &held, caution(Profile::Medium));
        let earned = market.yields.iter().find(|earned| earned.token == address);
        let unknown = market.unknowns.iter().filter(|unknown| unknown.token == address);
        Self {
            address: address.to_string(),
            symbol: token.symbol.clone(),
            decimals: token.decimals,
            redeems_wei: market.redeem_value(address, whole).map(|wei| wei.to_string()),
            earned: earned.map(EarnedDto::of),
            risk: AssetRiskDto {
                tier: risk.tier.to_string(),
                expected_loss_bps: bps(risk.expected_loss_bps),
                protocols: risk.protocols,
            },
            unknown: unknown.map(|unknown| unknown.what.clone()).collect(),
        }
    }
}

impl EarnedDto {
    fn of(earned: &RealisedYield) -> Self {
        Self {
            rate_bps: bps(1e4 * fraction(earned.rate)),
            window: earned.window.clone(),
            window_s: earned.window_s,
            source: earned.source.clone(),
        }
    }
}

impl VenueDto {
    fn of(listing: &Listing) -> Self {
        let venue = &listing.venue;
        let tokens = venue.tokens();
        let pairs = (0..tokens.len()).flat_map(|from| (0..tokens.len()).map(move |to| (from, to)));
        let open = pairs.filter(|&(from, to)| from != to && venue.gain(from, to).is_some());
        Self {
            id: venue.id().to_string(),
            protocol: listing.protocol.clone(),
            as_of_block: listing.as_of.block,
            as_of_utc: listing.as_of.utc.clone(),
            disabled: listing.disabled.clone(),
            directions: open
                .map(|(from, to)| DirectionDto {
                    token_in: tokens[from].to_string(),
                    token_out: tokens[to].to_string(),
                    capacity: CapacityDto::of(venue.capacity(from, to)),
                })
                .collect(),
        }
    }
}

impl CapacityDto {
    fn of(capacity: Capacity) -> Self {
        match capacity {
            Capacity::Unlimited => Self::Unlimited,
            Capacity::Limited { amount, what, .. } => {
                Self::Limited { amount: amount.to_string(), what: what.to_owned() }
            }
            Capacity::Unknown(why) => Self::Unknown { why },
        }
    }
}
