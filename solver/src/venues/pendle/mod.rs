//! Fixed term: Pendle v2, where PT are sold below what they are redeemed for at their expiry.
//!
//! SY stands for a yield-bearing token; units of its accounting asset for one of SY are the index. One
//! of the asset in SY is split into one PT and one YT; from the expiry on one PT is redeemed for one of
//! the asset in SY. A market trades PT for SY until then. The rate at which a trade *ends* is what the
//! whole trade pays: two trades pay less than one of both sizes, by the price that the first one moves
//! less. Gains, and the bounds made of them, are of one trade in each direction. Both that lie in a market
//! are its LP's, which are a venue by themselves.
//!
//! Source: pendle-finance/pendle-core-v2-public, `contracts/core/Market` and `contracts/router`.

mod deal;
mod encoding;
mod limits;
mod liquidity;
mod log_exp;
mod lp;
mod opening;
mod pool;
mod principal;
mod search;
mod standardized;
mod term;
mod view;

use std::sync::OnceLock;

use alloy_primitives::{Address, U256};

pub(super) use self::opening::KINDS;
use self::{
    deal::Deal,
    encoding::Router,
    limits::Limits,
    pool::{Curve, Pool},
    view::{Side, View},
};
pub use self::{
    lp::{PendleLp, PendleLpFigures, Pooled},
    pool::PendleError,
    principal::{PendlePrincipal, PendlePrincipalFigures},
    standardized::{PendleSy, PendleSyFigures},
    term::FixedTerm,
};
use super::{
    Capacity, Encoded, Gain, LegKind, Quote, QuoteError, Step, Swap, Trade, Venue, VenueId,
};

const SY: usize = 0;
const PT: usize = 1;
const YT: usize = 2;

/// The figures of a market at one block, and its contracts.
#[derive(Debug, Clone)]
pub struct PendleFigures {
    /// The name in the market.
    pub id: VenueId,
    /// The market.
    pub market: Address,
    /// The router that trades with it: fees depend on who asks.
    pub router: Address,
    /// The token of the standardized yield.
    pub sy: Address,
    /// The principal token.
    pub pt: Address,
    /// The yield token, which is the contract that mints and redeems both.
    pub yt: Address,
    /// PT in the market.
    pub total_pt: U256,
    /// SY in the market.
    pub total_sy: U256,
    /// How flat the curve is, with 18 decimals.
    pub scalar_root: U256,
    /// The logarithm of the fee's growth over a year, with 18 decimals.
    pub ln_fee_rate_root: U256,
    /// The treasury's part of the fee, in percent.
    pub reserve_fee_percent: U256,
    /// The logarithm of a year's growth that the last trade left, with 18 decimals.
    pub last_ln_implied_rate: U256,
    /// Unix seconds from which PT are redeemed and nothing is traded.
    pub expiry: u64,
    /// Units of the accounting asset for one of SY, as the yield token counts them, with 18 decimals.
    pub index: U256,
    /// SY that lie with the yield token and belong to nobody: who buys YT next gets them minted.
    pub floating_sy: U256,
    /// Whether trades that leave nothing of their fee in the market are refused: from version 6 on.
    pub needs_fee: bool,
    /// Whether SY can be moved.
    pub paused: bool,
    /// Unix seconds of the block.
    pub timestamp: u64,
}

/// A market: tokens are SY, PT and YT, in this order. PT and YT are traded for SY.
#[derive(Debug, Clone)]
pub struct PendleMarket {
    id: VenueId,
    tokens: [Address; 3],
    router: Router,
    expiry: u64,
    timestamp: u64,
    paused: bool,
    floating_sy: U256,
    pool: Pool,
    curve: Result<Curve, PendleError>,
    /// Looked for when they are asked for, once for each state.
    limits: OnceLock<Limits>,
}

impl PendleMarket {
    /// A market with these figures; `Err` when they make no curve, as an expired market's.
    pub fn new(figures: PendleFigures) -> Result<Self, PendleError> {
        let pool = Pool::of(&figures)?;
        let curve = Ok(pool.curve()?);
        let PendleFigures { id, market, router, sy, pt, yt, expiry, timestamp, .. } = figures;
        let PendleFigures { paused, floating_sy, .. } = figures;
        let (tokens, router) = ([sy, pt, yt], Router { router, market });
        let limits = OnceLock::new();
        Ok(Self { id, tokens, router, expiry, timestamp, paused, floating_sy, pool, curve, limits })
    }

    fn deal(&self, swap: Swap) -> Result<Deal, QuoteError> {
        self.deal_of(&self.pool, swap)
    }

    /// PT that the router is told to try first. Where the market will refuse them, as their fee is
    /// nothing, it is told all the same: left to itself it would trade some other, worse amount.
    fn found(&self, swap: Swap) -> Option<U256> {
        let pool = Pool { needs_fee: false, ..self.pool };
        self.deal_of(&pool, swap).ok().map(|deal| deal.pt)
    }

    fn deal_of(&self, pool: &Pool, swap: Swap) -> Result<Deal, QuoteError> {
        let Swap { from, to, amount } = swap;
        let ((SY, PT | YT) | (PT | YT, SY)) = (from, to) else {
            return Err(QuoteError::not_traded(&self.id, swap));
        };
        if amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        if self.paused {
            return Err(QuoteError::Paused(self.id.clone()));
        }
        let dealt = self.curve.and_then(|curve| match (from, to) {
            (SY, PT) => pool.buy_pt(&curve, amount),
            (PT, _) => pool.sell_pt(&curve, amount),
            (SY, _) => pool.buy_yt(&curve, amount, self.floating_sy),
            _ => pool.sell_yt(&curve, amount),
        });
        let dealt = dealt.map_err(|error| self.refusal(error, swap))?;
        // At the very end the cost goes up and down with the roundings of the rate, and a search may
        // find something to buy with a unit more.
        let (limit, what) = self.limit(from, to);
        if from == SY && amount > limit {
            return Err(QuoteError::Limit { venue: self.id.clone(), what, limit });
        }
        Ok(dealt)
    }

    fn refusal(&self, error: PendleError, swap: Swap) -> QuoteError {
        let venue = self.id.clone();
        match error {
            PendleError::Expired => QuoteError::Expired { venue, expiry: self.expiry },
            PendleError::FeeZero => QuoteError::NoFee(venue),
            PendleError::NothingOut => QuoteError::NothingOut(venue),
            PendleError::Overflow => QuoteError::Overflow(venue),
            PendleError::Empty
            | PendleError::TooLittlePt
            | PendleError::TooMuchPt
            | PendleError::RateBelowOne
            | PendleError::RateZero => {
                let (limit, what) = self.limit(swap.from, swap.to);
                QuoteError::Limit { venue, what, limit }
            }
        }
    }

    fn limits(&self) -> &Limits {
        self.limits.get_or_init(|| {
            let limits = self.curve.and_then(|curve| Limits::of(&self.pool, &curve));
            limits.unwrap_or(Limits::NONE)
        })
    }

    /// The most of a direction, and what sets it.
    fn limit(&self, from: usize, to: usize) -> (U256, &'static str) {
        let limits = self.limits();
        match (from, to) {
            (SY, PT) => (limits.sy_for_pt, "PT that the market sells below par"),
            (PT, SY) => (limits.pt_in, "PT that the market takes"),
            (SY, YT) => (limits.sy_for_yt, "PT that the market takes, minted with YT"),
            (YT, SY) => (limits.yt_in, "PT that the market lends for YT"),
            _ => (U256::ZERO, "not traded"),
        }
    }

    /// Rate, price, time and depth at this block; `None` of a market that a trade has emptied.
    pub fn term(&self) -> Option<FixedTerm> {
        let curve = self.curve.ok()?;
        Some(FixedTerm::new(&self.pool, &curve, self.expiry, self.timestamp))
    }
}

impl Venue for PendleMarket {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    /// SY for PT is what the router pays that is told the PT found here ([`Venue::encode`]).
    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        Ok(Quote::of(self.deal(swap)?.out))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let Deal { out, pool, .. } = self.deal(swap)?;
        if swap.from == YT || swap.to == YT {
            self.floating_sy = U256::ZERO;
        }
        self.curve = pool.curve();
        self.pool = pool;
        self.limits = OnceLock::new();
        Ok(Quote::of(out))
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let curve = self.curve.ok().filter(|_| !self.paused)?;
        let view = View::new(&self.pool, &curve);
        match (from, to) {
            (SY, PT) => view.buy(Side::Pt, self.limits(), U256::ZERO),
            (SY, YT) => view.buy(Side::Yt, self.limits(), self.floating_sy),
            (PT, SY) => view.sell(Side::Pt, self.limits()),
            (YT, SY) => view.sell(Side::Yt, self.limits()),
            _ => None,
        }
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        if self.paused {
            return Capacity::none("paused");
        }
        let (amount, what) = self.limit(from, to);
        Capacity::Limited { amount, what, refill_per_block: None }
    }

    fn step(&self, from: usize, to: usize) -> Step {
        let gas = if from == YT || to == YT { 500_000 } else { 350_000 };
        Step { kind: LegKind::Swap, gas, approves: true }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        let found = || self.found(trade.swap);
        let encoded = match (from, to) {
            (SY, PT) => self.router.buy_pt(trade, found()),
            (PT, SY) => self.router.sell_pt(trade),
            (SY, YT) => self.router.buy_yt(trade, found()),
            (YT, SY) => self.router.sell_yt(trade),
            _ => return Encoded::nothing(),
        };
        encoded.allowing(self.tokens[from], self.router.router, amount)
    }

    fn fixed_term(&self) -> Option<FixedTerm> {
        self.term()
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
