//! Small generated markets: a few staked assets, each with an issuer, a pool of its own and a yield.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use proptest::prelude::*;
use tenor_solver::{
    amount::{WAD, from_f64},
    market::{AsOf, Listing, Market, Redemption, TokenInfo},
    venues::{
        Capacity, Deposit, DepositCall, NATIVE, RateForm, ShareRate, ShareRateFigures, UniswapV2,
        Venue, VenueId,
    },
};

use super::ENGINE;

const PROTOCOLS: [&str; 5] = ["rocketpool", "mantle", "swell", "ether.fi", "lido"];

/// One staked asset.
#[derive(Debug, Clone)]
struct Asset {
    protocol: usize,
    /// ETH for a share.
    rate: f64,
    /// ETH on each side of its pool, as a power of ten.
    depth: f64,
    /// What the pool pays against redemption.
    discount: f64,
    yields: f64,
    /// Whether its issuer takes deposits.
    open: bool,
}

fn asset() -> impl Strategy<Value = Asset> {
    (0usize..5, 1.0f64..1.4, 1.0f64..6.0, 0.99f64..1.002, 0.001f64..0.08, any::<bool>()).prop_map(
        |(protocol, rate, depth, discount, yields, open)| Asset {
            protocol,
            rate,
            depth,
            discount,
            yields,
            open,
        },
    )
}

/// Markets of two to five staked assets, ETH and WETH.
pub(super) fn generated() -> impl Strategy<Value = Market> {
    prop::collection::vec(asset(), 2..6).prop_map(|assets| build(&assets))
}

/// A market, and the same with half as much in every pool.
pub(super) fn with_halved() -> impl Strategy<Value = [Market; 2]> {
    prop::collection::vec(asset(), 2..4).prop_map(|assets| {
        let half = |asset: &Asset| Asset { depth: asset.depth - 2f64.log10(), ..asset.clone() };
        [build(&assets), build(&assets.iter().map(half).collect::<Vec<_>>())]
    })
}

fn build(assets: &[Asset]) -> Market {
    let mut market = ENGINE.market().clone();
    let weth = market.tokens.iter().find(|token| token.symbol == "WETH").unwrap().address;
    let ether = |token: Address| token == NATIVE || token == weth;
    let mut row = market.yields.iter().find(|row| row.window_s > 25 * 86_400).unwrap().clone();
    market.tokens.retain(|token| ether(token.address));
    market.redemptions.retain(|of| ether(of.token));
    market.listings.retain(|l| l.venue.tokens().iter().all(|token| ether(*token)));
    market.yields.clear();
    market.unknowns.clear();
    market.assumptions.clear();
    row.window_s = 30 * 86_400;
    for (at, asset) in assets.iter().enumerate() {
        let share = Address::repeat_byte(0xa0 + u8::try_from(at).unwrap());
        let symbol = format!("S{at}");
        let rate = from_f64(asset.rate * 1e18);
        market.tokens.push(TokenInfo { address: share, symbol, decimals: 18 });
        market.redemptions.push(Redemption { token: share, eth: rate, units: WAD });
        row.token = share;
        row.rate = from_f64(asset.yields * 1e27);
        market.yields.push(row.clone());
        let issuer = issuer(asset, share, rate, at);
        let protocol = PROTOCOLS[asset.protocol];
        market.listings.push(listing(Arc::new(issuer), protocol, market.block));
        let pool = pool(asset, share, weth, at);
        market.listings.push(listing(Arc::new(pool), "uniswap_v2", market.block));
    }
    // The lists may name any of them.
    for protocol in PROTOCOLS {
        if market.listings.iter().all(|listing| listing.protocol != protocol) {
            let mut spare = market.listings[0].clone();
            spare.protocol = protocol.to_owned();
            spare.disabled = Some("stands for its protocol's name alone".to_owned());
            market.listings.push(spare);
        }
    }
    market
}

fn listing(venue: Arc<dyn Venue>, protocol: &str, block: u64) -> Listing {
    let as_of = AsOf { block, utc: String::new() };
    Listing { venue, protocol: protocol.to_owned(), as_of, disabled: None }
}

fn issuer(asset: &Asset, share: Address, rate: U256, at: usize) -> ShareRate {
    let figures = ShareRateFigures {
        share,
        form: RateForm::Rate { eth_per_share_wad: rate },
        deposit: match asset.open {
            true => Deposit::Open(DepositCall::Deposit(share)),
            false => Deposit::Closed,
        },
        burn_unknown: None,
        least_deposit: U256::ZERO,
        capacity: Capacity::Unlimited,
    };
    ShareRate::new(VenueId::new(format!("issuer:S{at}")), figures)
}

fn pool(asset: &Asset, share: Address, weth: Address, at: usize) -> UniswapV2 {
    let ether = 10f64.powf(asset.depth);
    let shares = ether / (asset.rate * asset.discount);
    let reserves = [shares, ether].map(|units| from_f64(units * 1e18));
    let pair = Address::repeat_byte(0xb0 + u8::try_from(at).unwrap());
    let id = VenueId::new(format!("uniswap_v2:S{at}/WETH"));
    UniswapV2::new(id, pair, Address::repeat_byte(0xbf), [share, weth], reserves, 1_000).unwrap()
}
