//! Made-up pools as a file: for markets that know none of a token.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::{WAD, mul_div},
    market::{AsOf, Listing, Market},
    venues::{NATIVE, UniswapV2, VenueId},
};

use super::{
    error::{ScenarioError, ScenarioErrorKind as Kind},
    fields::{Fields, Source},
    resolve::token,
};

const SCHEMA: &str = "tenor.pools/1";

/// A made-up constant-product pool of a token and WETH, at the token's redemption rate.
#[derive(Debug, Clone)]
pub struct AssumedPool {
    /// The token.
    pub asset: Address,
    /// The pool's name in the market.
    pub id: VenueId,
    /// Units of the token, and wei of WETH.
    pub reserves: [U256; 2],
    /// Millionths of what is given that the pool keeps.
    pub fee_ppm: u32,
    /// Why it is so.
    pub why: String,
}

/// The pools that come with the program.
pub fn embedded_pools(market: &Market) -> Result<Vec<AssumedPool>, ScenarioError> {
    let text = include_str!("../../markets/assumed-pools.toml");
    parse_pools("assumed-pools.toml", text.as_bytes(), market)
}

/// Reads pools for this market: `[[pool]]` with `asset`, `eth`, `fee` and `why`.
pub fn parse_pools(
    file: &str,
    bytes: &[u8],
    market: &Market,
) -> Result<Vec<AssumedPool>, ScenarioError> {
    let source = Source::of(file, bytes)?;
    let table = source.table()?;
    let fields = Fields::of(source, String::new(), &table);
    fields.schema(SCHEMA)?;
    let rows = fields.tables("pool")?;
    fields.end()?;
    rows.iter().map(|row| pool(row, market)).collect()
}

fn pool(fields: &Fields<'_>, market: &Market) -> Result<AssumedPool, ScenarioError> {
    let symbol = fields.text("asset", "a token's symbol")?;
    let asset = token(market, symbol).map_err(|kind| fields.wrong("asset", kind))?;
    let eth = fields.number("eth", 18, "ETH on each side, such as 10000")?;
    let fee = fields.number("fee", 6, "the part that it keeps, such as 0.001")?;
    let why = fields.text("why", "why so: users read it")?.to_owned();
    fields.end()?;
    let whole = market.redeem_value(asset, WAD).filter(|value| !value.is_zero());
    let units = whole.and_then(|value| mul_div(eth, WAD, value));
    let units = units.filter(|units| !units.is_zero()).ok_or_else(|| {
        let expected = "ETH above nothing, of a token whose redemption rate the market knows";
        fields.wrong("eth", Kind::Range { found: eth.to_string(), expected })
    })?;
    let fee_ppm = u32::try_from(fee).unwrap_or(u32::MAX);
    let id = VenueId::new(format!("assumed:{symbol}/WETH"));
    let pool = AssumedPool { asset, id, reserves: [units, eth], fee_ppm, why };
    let checked = pool.listing(market, NATIVE);
    checked.map(|_| pool).ok_or_else(|| {
        let expected = "a fee in whole tenths of a percent, below 1, and reserves of 112 bits";
        fields.wrong("fee", Kind::Range { found: fee.to_string(), expected })
    })
}

impl AssumedPool {
    /// The pool as a market lists it, against `weth`; `None` where no such pool can be.
    pub fn listing(&self, market: &Market, weth: Address) -> Option<Listing> {
        let (tokens, reserves, fee) = ([self.asset, weth], self.reserves, self.fee_ppm);
        let nowhere = Address::ZERO;
        let pool = UniswapV2::new(self.id.clone(), nowhere, nowhere, tokens, reserves, fee).ok()?;
        Some(Listing {
            venue: Arc::new(pool),
            protocol: "assumed".into(),
            as_of: AsOf { block: market.block, utc: market.utc.clone() },
            disabled: None,
        })
    }
}
