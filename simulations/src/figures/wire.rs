//! The wire form of `market-snapshot/1`: what is read of it, and nothing else.
//!
//! Descriptive fields (notes, symbols, checks) are skipped; a field read here must be there, once,
//! in its own type and unit.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{error::Category, value::RawValue};

use super::{
    error::{FiguresErrorKind, Refusal},
    values::{Addr, Decimal, Int, Uint},
};

#[derive(Debug, Deserialize)]
pub(super) struct Head {
    pub(super) schema: String,
}

/// A market file. Venues stay raw until their kind is known.
#[derive(Debug, Deserialize)]
pub(super) struct File<'a> {
    pub(super) chain_id: u64,
    pub(super) block: u64,
    pub(super) timestamp: u64,
    pub(super) utc: String,
    pub(super) base_fee_wei: Uint<64>,
    pub(super) tokens: Vec<Token>,
    #[serde(borrow)]
    pub(super) venues: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) reference_venues: Vec<ReferenceVenue<'a>>,
    #[serde(borrow)]
    pub(super) yields: Vec<Yield<'a>>,
    #[serde(borrow, default)]
    pub(super) reference_yields: Vec<Yield<'a>>,
    #[serde(borrow, default)]
    pub(super) rewards: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) assumptions: Vec<&'a RawValue>,
    pub(super) synthetic: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Token {
    pub(super) symbol: String,
    pub(super) address: Addr,
    pub(super) decimals: u8,
    #[serde(default)]
    pub(super) native: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct AsOf {
    pub(super) block: u64,
    pub(super) utc: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Source {
    pub(super) dataset: String,
    pub(super) method: String,
}

/// What every venue has.
#[derive(Debug, Deserialize)]
pub(super) struct Venue {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) protocol: String,
    pub(super) as_of: AsOf,
    pub(super) source: Source,
    #[serde(default = "yes")]
    pub(super) enabled_by_default: bool,
    pub(super) disabled_reason: Option<String>,
}

fn yes() -> bool {
    true
}

/// A venue of another date: its shape is checked, and it keeps its tokens in the list.
#[derive(Debug, Deserialize)]
pub(super) struct ReferenceVenue<'a> {
    #[serde(rename = "id")]
    _id: String,
    #[serde(rename = "kind")]
    _kind: String,
    #[serde(rename = "protocol")]
    _protocol: String,
    #[serde(rename = "as_of")]
    _as_of: AsOf,
    #[serde(rename = "source")]
    _source: Source,
    pub(super) token0: Option<Addr>,
    pub(super) token1: Option<Addr>,
    #[serde(default)]
    pub(super) tokens: Vec<Addr>,
    #[serde(borrow)]
    pub(super) asset: Option<std::borrow::Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Yield<'a> {
    pub(super) asset: String,
    pub(super) kind: String,
    pub(super) apr: Decimal,
    #[serde(borrow)]
    pub(super) window: Option<Window<'a>>,
    pub(super) as_of: String,
    pub(super) source: String,
    #[serde(default)]
    pub(super) paid: Vec<PaidBy>,
    pub(super) idle_days: Option<Decimal>,
}

/// A part of an organic yield: who paid it, in which token.
#[derive(Debug, Deserialize)]
pub(super) struct PaidBy {
    pub(super) payer: String,
    pub(super) token: String,
    pub(super) apr: Decimal,
}

#[derive(Debug, Deserialize)]
pub(super) struct Window<'a> {
    pub(super) from_utc: String,
    pub(super) to_utc: String,
    /// A number or a string; read as text so that it stays exact.
    #[serde(borrow)]
    pub(super) days: &'a RawValue,
}

#[derive(Debug, Deserialize)]
pub(super) struct UniswapV2 {
    pub(super) address: Addr,
    pub(super) token0: Addr,
    pub(super) token1: Addr,
    pub(super) reserve0: Uint<112>,
    pub(super) reserve1: Uint<112>,
    pub(super) fee_ppm: u32,
}

#[derive(Debug, Deserialize)]
pub(super) struct UniswapV3 {
    pub(super) address: Addr,
    pub(super) token0: Addr,
    pub(super) token1: Addr,
    pub(super) fee_ppm: u32,
    pub(super) tick_spacing: i32,
    pub(super) sqrt_price_x96: Uint<160>,
    pub(super) tick: i32,
    pub(super) liquidity: Uint<128>,
    pub(super) ticks: Vec<Tick>,
    #[serde(default)]
    pub(super) initialized_ticks_without_liquidity: Vec<i32>,
    pub(super) known_range: KnownRange,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tick {
    pub(super) tick: i32,
    pub(super) liquidity_net: Int,
    pub(super) liquidity_gross: Uint<128>,
}

#[derive(Debug, Deserialize)]
pub(super) struct KnownRange {
    pub(super) lower_tick: i32,
    pub(super) upper_tick: i32,
}

#[derive(Debug, Deserialize)]
pub(super) struct StableSwap {
    pub(super) address: Addr,
    pub(super) variant: String,
    pub(super) coins: Vec<Addr>,
    pub(super) balances: Vec<Uint<128>>,
    pub(super) rates: Option<Vec<Uint<128>>>,
    #[serde(rename = "A")]
    pub(super) a: u64,
    #[serde(rename = "A_precision")]
    pub(super) a_precision: u64,
    pub(super) amp_scaled: Uint<64>,
    pub(super) fee_1e10: Uint<64>,
    pub(super) admin_fee_1e10: Uint<64>,
    pub(super) admin_balances: Option<Vec<Uint<128>>>,
}

/// What every `lst_rate` venue has.
#[derive(Debug, Deserialize)]
pub(super) struct ShareRate {
    pub(super) asset_in: String,
    pub(super) share_token: String,
    pub(super) rebasing_token: Option<String>,
    pub(super) actions: Vec<Action>,
    #[serde(default)]
    pub(super) contracts: Contracts,
    pub(super) rate_eth_per_share_1e18: Option<Uint<128>>,
    pub(super) rate_steth_per_share_1e18: Option<Uint<128>>,
    pub(super) rate_frxeth_per_share_1e18: Option<Uint<128>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Action {
    pub(super) action: String,
    pub(super) token_in: String,
    pub(super) token_out: String,
}

/// The contract of each action; `null` where the protocol's registry must be asked.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Contracts {
    pub(super) submit: Option<Addr>,
    pub(super) deposit: Option<Addr>,
    pub(super) stake: Option<Addr>,
    pub(super) wrap: Option<Addr>,
    pub(super) unwrap: Option<Addr>,
    pub(super) burn: Option<Addr>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Lido {
    pub(super) total_pooled_ether: Uint<128>,
    pub(super) total_shares: Uint<128>,
    pub(super) buffered_ether: Uint<128>,
    pub(super) stake_limit: StakeLimit,
}

#[derive(Debug, Deserialize)]
pub(super) struct StakeLimit {
    pub(super) is_paused: bool,
    pub(super) is_limit_set: bool,
    pub(super) current: Uint<96>,
    pub(super) max: Uint<96>,
    pub(super) growth_blocks: Uint<32>,
    pub(super) previous: Uint<96>,
    pub(super) previous_block: u64,
    pub(super) as_of: AsOf,
}

#[derive(Debug, Deserialize)]
pub(super) struct EtherFi {
    pub(super) total_pooled_ether: Uint<128>,
    pub(super) total_shares: Uint<128>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SfrxEth {
    pub(super) stored_total_assets: Uint<128>,
    pub(super) total_supply: Uint<128>,
    pub(super) last_reward_amount: Uint<128>,
    pub(super) last_sync: u64,
    pub(super) rewards_cycle_end: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct RocketPool {
    pub(super) total_eth_balance: Uint<128>,
    pub(super) reth_supply: Uint<128>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Mantle {
    pub(super) total_controlled: Uint<128>,
    pub(super) total_supply: Uint<128>,
    pub(super) exchange_adjustment_bps: u16,
    pub(super) minimum_stake: Uint<128>,
    pub(super) maximum_meth_supply: Uint<128>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Puffer {
    pub(super) total_assets: Uint<128>,
    pub(super) total_supply: Uint<128>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Lending {
    pub(super) pool: Addr,
    pub(super) asset: String,
    pub(super) asset_address: Addr,
    pub(super) supply_rate_ray: Uint<128>,
    pub(super) borrow_rate_ray: Uint<128>,
    pub(super) liquidity_index_ray: Uint<128>,
    pub(super) borrow_index_ray: Uint<128>,
    pub(super) available_liquidity: Decimal,
    pub(super) curve_inferred: Option<Curve>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Curve {
    pub(super) reserve_factor: Decimal,
    pub(super) optimal_utilisation: Decimal,
    pub(super) base: Decimal,
    pub(super) slope1: Decimal,
    pub(super) slope2: Decimal,
}

/// A kind that is known and not built: only its tokens matter, so that they stay in the list.
#[derive(Debug, Deserialize)]
pub(super) struct NotBuilt {
    #[serde(default)]
    pub(super) tokens: Vec<Addr>,
    pub(super) currency0: Option<Addr>,
    pub(super) currency1: Option<Addr>,
}

/// Reads `json` as `T`; a refusal knows the path within it.
pub(super) fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Refusal> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| refusal(&error.path().to_string(), error.inner()))?;
    reader.end().map_err(|error| refusal("", &error))?;
    Ok(value)
}

/// As [`read`], for what borrows nothing.
pub(super) fn read_raw<T: DeserializeOwned>(raw: &RawValue) -> Result<T, Refusal> {
    read(raw.get())
}

fn refusal(path: &str, error: &serde_json::Error) -> Refusal {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    let path = if path == "." { "" } else { path };
    match error.classify() {
        Category::Data => {}
        Category::Io | Category::Syntax | Category::Eof => {
            let (line, column) = (error.line(), error.column());
            let kind = FiguresErrorKind::Syntax { line, column, what: what.to_owned() };
            return Refusal::new("", kind);
        }
    }
    let field = |prefix| what.strip_prefix(prefix)?.strip_suffix('`');
    if let Some(name) = field("missing field `") {
        return Refusal::new(name, FiguresErrorKind::Missing).within(path);
    }
    if let Some(name) = field("duplicate field `") {
        let parent = path.strip_suffix(name).map_or(path, |p| p.trim_end_matches('.'));
        return Refusal::new(name, FiguresErrorKind::Twice).within(parent);
    }
    Refusal::new(path, FiguresErrorKind::Form(what.to_owned()))
}
