//! What a token earns in ETH: which realised figure counts, and how a net yield divides.

pub mod rates;
pub mod realised;

use alloy_primitives::{Address, I256, U256};

use crate::{
    amount::{RAY, YEAR_S, mul_div, to_f64},
    graph::Graph,
    market::{Market, RealisedYield},
};

/// Share rates rise in steps, so short windows mislead; assets compare over one window only. A
/// figure ranks when its window is about this long: thirty days, give or take.
const WINDOW_S: std::ops::RangeInclusive<u64> = 25 * 86_400..=40 * 86_400;

/// Seconds in the year that Aave and its like quote over.
const LENDING_YEAR_S: u64 = 31_536_000;

/// The annual rate a holding earns, continuously compounded, in RAY, year of 365.25 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earning {
    /// The rate.
    pub rate: U256,
    /// Where it comes from.
    pub basis: Basis,
}

/// Where a rate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// ETH itself earns nothing.
    Eth,
    /// A realised yield, by position in [`Market::yields`].
    Realised(usize),
    /// What a venue pays after the deposit, by position in [`Market::listings`].
    Venue(usize),
}

impl Basis {
    /// The basis in words: window and source.
    pub fn words(self, market: &Market) -> String {
        match self {
            Self::Eth => "ETH itself earns nothing".to_owned(),
            Self::Realised(at) => {
                let row = &market.yields[at];
                format!("realised over {}, {}", row.window, row.source)
            }
            Self::Venue(at) => {
                let listing = &market.listings[at];
                format!(
                    "{} after the deposit, figures of {}",
                    listing.venue.id(),
                    listing.as_of.utc
                )
            }
        }
    }
}

/// What one more `added` units of `token` would earn: nothing for ETH, the realised rate of a
/// staking token over the common window, the rate after the deposit for a lending position.
/// `None` when the market does not say.
pub fn earning(market: &Market, graph: &Graph, token: Address, added: U256) -> Option<Earning> {
    let node = graph.node_of(token)?;
    if graph.eth() == Some(node) {
        return Some(Earning { rate: U256::ZERO, basis: Basis::Eth });
    }
    let tokens = &graph.node(node).tokens;
    let ranks = |y: &RealisedYield| {
        WINDOW_S.contains(&y.window_s) && tokens.iter().any(|(t, _)| *t == y.token)
    };
    if let Some(at) = market.yields.iter().position(ranks) {
        return Some(Earning { rate: market.yields[at].rate, basis: Basis::Realised(at) });
    }
    market.listings.iter().enumerate().find_map(|(listing, l)| {
        let at = l.venue.tokens().iter().position(|&t| t == token)?;
        let simple = l.venue.rate_after(at, added)?;
        // A simple rate accrued second by second compounds continuously; only the year differs.
        let rate = mul_div(simple, U256::from(YEAR_S), U256::from(LENDING_YEAR_S))?;
        Some(Earning { rate, basis: Basis::Venue(listing) })
    })
}

/// The figure a token has over some other window, for showing where it may not rank.
pub fn other_window<'m>(
    market: &'m Market,
    graph: &Graph,
    token: Address,
) -> Option<&'m RealisedYield> {
    let tokens = &graph.node(graph.node_of(token)?).tokens;
    market.yields.iter().find(|y| tokens.iter().any(|(t, _)| *t == y.token))
}

/// A net yield and its parts. The wei parts are over the horizon and add up exactly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct YieldSplit {
    /// ETH at the end less what the asset given redeems for now.
    pub net_wei: I256,
    /// ETH paid by the protocol, its borrowers or its traders.
    pub organic_wei: I256,
    /// ETH's worth of tokens that venues or sponsors mint.
    pub incentive_wei: I256,
    /// Entering, leaving and gas: zero or negative.
    pub cost_wei: I256,
    /// What the asset given redeems for now, in wei of ETH.
    pub principal_wei: U256,
    /// Seconds the yield is over.
    pub horizon_s: u64,
}

impl YieldSplit {
    /// Divides the way from `principal` to `end` where `organic` accrued. What is left of the
    /// difference is cost; a gain from price, which no cost is, counts as organic.
    pub fn new(principal: U256, end: I256, organic: U256, horizon_s: u64) -> Option<Self> {
        let net_wei = end.checked_sub(I256::try_from(principal).ok()?)?;
        let organic = I256::try_from(organic).ok()?;
        let cost_wei = net_wei.checked_sub(organic)?.min(I256::ZERO);
        Some(Self {
            net_wei,
            organic_wei: net_wei.checked_sub(cost_wei)?,
            incentive_wei: I256::ZERO,
            cost_wei,
            principal_wei: principal,
            horizon_s,
        })
    }

    /// Net annual yield in basis points, continuously compounded; zero over no time.
    pub fn net_bps(&self) -> f64 {
        self.annual(self.net_wei)
    }

    /// The organic part's annual yield in basis points.
    pub fn organic_bps(&self) -> f64 {
        self.annual(self.organic_wei)
    }

    /// The incentive part's annual yield in basis points.
    pub fn incentive_bps(&self) -> f64 {
        self.annual(self.incentive_wei)
    }

    /// What costs take off the yield, so that the parts add up to the net.
    pub fn cost_bps(&self) -> f64 {
        self.net_bps() - self.organic_bps() - self.incentive_bps()
    }

    fn annual(&self, gain: I256) -> f64 {
        if self.horizon_s == 0 || self.principal_wei.is_zero() {
            return 0.0;
        }
        let share = signed(gain) / to_f64(self.principal_wei);
        let years = seconds(self.horizon_s) / seconds(YEAR_S);
        share.max(-1.0 + 1e-9).ln_1p() / years * 1e4
    }
}

/// A signed amount as the nearest float.
pub fn signed(amount: I256) -> f64 {
    let size = to_f64(amount.unsigned_abs());
    if amount.is_negative() { -size } else { size }
}

fn seconds(s: u64) -> f64 {
    to_f64(U256::from(s))
}

/// A rate in RAY as an annual fraction.
pub fn fraction(rate: U256) -> f64 {
    to_f64(rate) / to_f64(RAY)
}
