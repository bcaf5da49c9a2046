//! A market file: from bytes to figures that are typed, checked and worth building a market from.
//!
//! ```text
//! bytes -> wire form (serde) -> Figures -> tenor_solver::market::Market
//! ```
//!
//! Everything that can be wrong with a file is found here, once, and is reported as one line with
//! the file, the path in it and what to do ([`FiguresError`]). Fields that only describe are
//! skipped: two of one name among those are not noticed, two of one name among those read are
//! refused.

mod assumptions;
mod build;
mod credits;
mod deployed;
mod epochs;
mod error;
mod hazards;
mod kinds;
mod made_up;
mod market;
mod observations;
mod rewards;
mod shares;
mod ticks;
mod unknowns;
mod values;
mod venue;
mod wire;
mod yields;

use std::collections::HashMap;

use alloy_primitives::{Address, B256, U256, keccak256};
use tenor_solver::{
    market::{Assumption, TokenInfo},
    venues::NATIVE,
    yields::Reward,
};

pub(crate) use self::{
    build::Seed,
    deployed::{PERMIT2, ROCKET_STORAGE, SETTLER, TETHER, WETH, debt_token},
};
pub use self::{
    epochs::Epochs,
    error::{FiguresError, FiguresErrorKind},
    hazards::{HAZARDS_NAME, default_hazards, embedded_hazards, hazards},
    kinds::{TickFigures, VenueFigures, VenueKind},
    made_up::MadeUp,
    observations::{Observations, SYNTHETIC_NAME, embedded_synthetic},
    yields::{YieldFigures, YieldKind},
};
use self::{
    error::{Refusal, quoted},
    venue::Context,
};

/// The schema that is read.
const SCHEMA: &str = "market-snapshot/1";
/// A file larger than this is not a market file.
const MOST_BYTES: usize = 64 << 20;
/// Figures are nested five levels deep.
const MOST_LEVELS: usize = 64;
/// The last second of the year 9999: a larger timestamp is not in seconds.
const LAST_SECOND: u64 = 253_402_300_799;

/// The venue that every market has beside those of its file.
const WETH_ID: &str = "weth";

/// The name of the embedded market file.
pub const EMBEDDED_NAME: &str = "mainnet-2024-05-23.json";
/// The name of the embedded registry of places.
pub const PLACES_NAME: &str = "places.json";
/// The name of the embedded assumptions file.
pub const ASSUMPTIONS_NAME: &str = "assumptions.json";

/// The embedded market file: Ethereum mainnet on 23 May 2024.
pub fn embedded() -> &'static [u8] {
    include_bytes!("../../markets/mainnet-2024-05-23.json")
}

/// The embedded registry of places: where venues are on Ethereum mainnet.
pub fn embedded_places() -> &'static [u8] {
    include_bytes!("../../markets/places.json")
}

/// Rocket Pool's total ETH and rETH supply by block, October 2021 to September 2023, and May 2024.
pub fn embedded_reth_history() -> &'static [u8] {
    include_bytes!("../../markets/reth-history.csv")
}

/// The share rates behind the embedded market's yields, where they were recorded.
pub fn embedded_rates() -> &'static [u8] {
    include_bytes!("../../markets/realised_yields.json")
}

/// The embedded assumptions file.
pub fn embedded_assumptions() -> &'static [u8] {
    include_bytes!("../../markets/assumptions.json")
}

/// The figures of one market file, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The file's name, as the caller gave it.
    pub name: String,
    /// Keccak-256 of the file's bytes.
    pub hash: B256,
    /// The chain.
    pub chain_id: u64,
    /// The block whose state this is, before its first transaction.
    pub block: u64,
    /// That block's unix seconds.
    pub timestamp: u64,
    /// The same in words.
    pub utc: String,
    /// Wei per unit of gas that the block burns. Priority fees are not in the file.
    pub base_fee: U256,
    /// Tokens, in the file's order.
    pub tokens: Vec<TokenInfo>,
    /// Venues, in the file's order.
    pub venues: Vec<VenueFigures>,
    /// Yields, in the file's order.
    pub yields: Vec<YieldFigures>,
    /// What positions are paid beside their own growth, in the file's order.
    pub rewards: Vec<Reward>,
    /// Limits and waits that the file itself assumes.
    pub assumed: Vec<Assumption>,
    /// That the figures are made up, and what for, where they are.
    pub synthetic: Option<String>,
}

impl Figures {
    /// Reads and checks the market file called `name`.
    pub fn parse(name: &str, text: &[u8]) -> Result<Self, FiguresError> {
        Self::check(name, text).map_err(|refusal| refusal.in_file(name))
    }

    fn check(name: &str, bytes: &[u8]) -> Result<Self, Refusal> {
        let text = readable(bytes)?;
        schema(text, SCHEMA)?;
        let file: wire::File<'_> = wire::read(text)?;
        for (field, value) in
            [("chain_id", file.chain_id), ("block", file.block), ("timestamp", file.timestamp)]
        {
            venue::positive(field, value)?;
        }
        if file.timestamp > LAST_SECOND {
            return Err(Refusal::range(
                "timestamp",
                file.timestamp,
                "unix seconds, not milliseconds",
            ));
        }
        let tokens = tokens(&file.tokens)?;
        let cx = Context {
            tokens: &tokens,
            block: file.block,
            timestamp: file.timestamp,
            made_up: file.synthetic.is_some(),
        };
        let venues = venues(&file, &cx)?;
        idle(&file, &tokens, &venues)?;
        let rows = yields::check("yields", &file.yields, &cx)?;
        yields::check("reference_yields", &file.reference_yields, &cx)?;
        let mut figures = Self {
            name: name.to_owned(),
            hash: keccak256(bytes),
            chain_id: file.chain_id,
            block: file.block,
            timestamp: file.timestamp,
            utc: file.utc,
            base_fee: file.base_fee_wei.0,
            tokens,
            venues,
            yields: rows,
            rewards: Vec::new(),
            assumed: Vec::new(),
            synthetic: file.synthetic,
        };
        figures.rewards = rewards::check(&file.rewards, &figures.tokens_with_receipts())?;
        figures.assumed = figures.assumed(&file.assumptions)?;
        Ok(figures)
    }
}

/// Text of a sensible size and depth.
fn readable(bytes: &[u8]) -> Result<&str, Refusal> {
    if bytes.len() > MOST_BYTES {
        let kind = FiguresErrorKind::TooLarge { bytes: bytes.len(), most: MOST_BYTES };
        return Err(Refusal::new("", kind));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|e| Refusal::new("", FiguresErrorKind::NotUtf8 { at: e.valid_up_to() }))?;
    let (mut depth, mut line, mut quoted, mut escaped) = (0usize, 1usize, false, false);
    for byte in bytes {
        match byte {
            b'\n' => line += 1,
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => depth += 1,
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MOST_LEVELS {
            return Err(Refusal::new("", FiguresErrorKind::TooDeep { most: MOST_LEVELS, line }));
        }
    }
    Ok(text)
}

fn schema(text: &str, supported: &'static str) -> Result<(), Refusal> {
    let head: wire::Head = wire::read(text)?;
    if head.schema == supported {
        return Ok(());
    }
    let kind = FiguresErrorKind::Schema { found: quoted(&head.schema), supported };
    Err(Refusal::new("schema", kind))
}

fn tokens(rows: &[wire::Token]) -> Result<Vec<TokenInfo>, Refusal> {
    let (mut addresses, mut symbols) = (HashMap::new(), HashMap::new());
    let mut tokens = Vec::with_capacity(rows.len());
    for (i, row) in rows.iter().enumerate() {
        let within = |refusal: Refusal| refusal.within(&format!("tokens[{i}]"));
        let address = row.address.0;
        if row.decimals > 36 {
            return Err(within(Refusal::range("decimals", row.decimals, "0 to 36")));
        }
        if row.native != (address == NATIVE) {
            let what = format!("native ETH, and only it, has the address {NATIVE:#x}");
            return Err(within(Refusal::inconsistent("native", what)));
        }
        if address.is_zero() {
            return Err(within(Refusal::range(
                "address",
                format!("{address:#x}"),
                "a token's address",
            )));
        }
        let symbol = venue::label("symbol", &row.symbol).map_err(within)?;
        once(&mut addresses, address, &format!("tokens[{i}].address"))?;
        // Sentences name tokens in any case.
        once(&mut symbols, symbol.to_ascii_lowercase(), &format!("tokens[{i}].symbol"))?;
        tokens.push(TokenInfo { address, symbol, decimals: row.decimals });
    }
    Ok(tokens)
}

fn venues(file: &wire::File<'_>, cx: &Context<'_>) -> Result<Vec<VenueFigures>, Refusal> {
    let (mut ids, mut keys) = (HashMap::new(), HashMap::new());
    let mut venues = Vec::with_capacity(file.venues.len());
    for (i, raw) in file.venues.iter().enumerate() {
        let at = format!("venues[{i}]");
        let venue = venue::check(raw, cx).map_err(|refusal| refusal.within(&at))?;
        if venue.id.as_str() == WETH_ID {
            let expected = "another name: this is the one of WETH's own venue";
            return Err(Refusal::range(format!("{at}.id"), quoted(WETH_ID), expected));
        }
        once(&mut ids, venue.id.clone(), &format!("{at}.id"))?;
        if let Some(key) = venue.kind.key() {
            once(&mut keys, key, &format!("{at}.{}", venue.kind.key_field()))?;
        }
        venues.push(venue);
    }
    Ok(venues)
}

/// Refuses the second of two equal keys, naming the first.
fn once<K: Eq + std::hash::Hash>(
    seen: &mut HashMap<K, String>,
    key: K,
    path: &str,
) -> Result<(), Refusal> {
    match seen.insert(key, path.to_owned()) {
        None => Ok(()),
        Some(other) => Err(Refusal::new(path, FiguresErrorKind::Duplicate { other })),
    }
}

/// Every token is named by a venue, if only by one of another date: a list that holds more than the
/// market does is a mistake in one of the two.
fn idle(
    file: &wire::File<'_>,
    tokens: &[TokenInfo],
    venues: &[VenueFigures],
) -> Result<(), Refusal> {
    let mut named: Vec<Address> = venues.iter().flat_map(|v| v.kind.tokens()).collect();
    for r in &file.reference_venues {
        named.extend(r.token0.iter().chain(&r.token1).chain(&r.tokens).map(|a| a.0));
        let asset = tokens.iter().find(|t| r.asset.as_deref() == Some(t.symbol.as_str()));
        named.extend(asset.map(|t| t.address));
    }
    match tokens.iter().enumerate().find(|(_, t)| !named.contains(&t.address)) {
        None => Ok(()),
        Some((i, token)) => {
            let kind = FiguresErrorKind::IdleToken(token.symbol.clone());
            Err(Refusal::new(format!("tokens[{i}]"), kind))
        }
    }
}

#[cfg(test)]
mod tests {
    use tenor_solver::venues::Capacity;

    use super::*;

    fn market() -> Figures {
        Figures::parse(EMBEDDED_NAME, embedded()).unwrap()
    }

    fn kind(id: &str) -> VenueKind {
        market().venues.into_iter().find(|v| v.id.as_str() == id).unwrap().kind
    }

    #[test]
    fn the_embedded_market_is_read() {
        let market = market();
        assert_eq!((market.chain_id, market.block), (1, 19_933_597));
        assert_eq!(market.base_fee, U256::from(13_951_679_250_u64));
        assert_eq!((market.tokens.len(), market.venues.len(), market.yields.len()), (21, 33, 31));
        let disabled: Vec<_> = market.venues.iter().filter(|v| v.disabled.is_some()).collect();
        assert_eq!(disabled.len(), 1);
        assert!(
            matches!(&disabled[0].kind, VenueKind::NotBuilt { kind, .. } if kind == "balancer_stable")
        );
    }

    #[test]
    fn the_stake_limit_has_refilled_by_the_market_block() {
        let VenueKind::LidoStake { stake_limit, .. } = kind("lido:stETH") else { panic!() };
        let Capacity::Limited { amount, .. } = stake_limit.capacity() else { panic!() };
        assert_eq!(amount.to_string(), "150000000000000000000000");
    }

    #[test]
    fn lending_liquidity_is_in_smallest_units() {
        let VenueKind::Lending { available_liquidity, curve, .. } = kind("aave_v3:WETH") else {
            panic!()
        };
        assert_eq!(available_liquidity.to_string(), "131358578721403461364058");
        assert_eq!(curve.unwrap().slope1.to_string(), "27000000000000000000000000");
        let VenueKind::Lending { available_liquidity, .. } = kind("aave_v3:USDC") else { panic!() };
        assert_eq!(available_liquidity.to_string(), "280466784384787");
    }

    #[test]
    fn the_shipped_assumption_is_the_longest_queue() {
        let all = market().assumptions(ASSUMPTIONS_NAME, embedded_assumptions()).unwrap();
        let [tenor_solver::market::Assumption::QueueWait { venue, wait_s, why }, loops] =
            all.as_slice()
        else {
            panic!("{all:?}")
        };
        assert_eq!((venue.as_str(), *wait_s), ("lido:stETH", 46 * 86_400));
        assert!(why.contains("September 2025"));
        assert!(loops.is_of_loops() && loops.to_string().contains("up to 93 %"), "{loops}");
    }
}
