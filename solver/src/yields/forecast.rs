//! What a position will earn: realised rates go on, lending pays what is left after the deposit and
//! no more than it can last, a fixed term pays its rate until its expiry.

use alloy_primitives::{Address, U256};

use super::{
    payers::{Component, Organic, Paid, component},
    term::{Liquidity, liquidity, principal},
};
use crate::{
    amount::{YEAR_S, growth, mul_div},
    graph::Graph,
    market::{Listing, Market, RealisedYield, Weighing},
};

/// Share rates rise in steps, so short windows mislead; assets compare over one window only. A
/// figure ranks when its window is about this long: thirty days, give or take. Where a market knows
/// figures that weigh the newest steps most, those rank, and their steps span about as long.
const WINDOW_S: std::ops::RangeInclusive<u64> = 25 * 86_400..=40 * 86_400;

/// Seconds in the year that Aave and its like quote over.
const LENDING_YEAR_S: u64 = 31_536_000;

/// For longer than this a lending rate counts as it is at the utilisation that its curve aims at,
/// where it is above: spikes revert.
const SPOT_S: u64 = 86_400;

/// A lending rate above this is frozen: nothing follows from it. Half a year's sum, in RAY.
const FROZEN: U256 = alloy_primitives::uint!(500_000_000_000_000_000_000_000_000_U256);

/// How many layers deep a position is looked through.
const LAYERS: u32 = 3;

/// The annual rate a holding earns, continuously compounded, in RAY, year of 365.25 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earning {
    /// The rate: all of it organic.
    pub rate: U256,
    /// Where it comes from.
    pub basis: Basis,
    /// The rate by who pays it; these add up to it.
    pub by: Organic,
    /// Seconds from now on after which nothing more is earned, where that is so.
    pub until_s: Option<u64>,
    /// Seconds after entering in which nothing is earned yet.
    pub idle_s: u64,
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
    /// That, on top of what the token supplied earns by itself.
    Over {
        /// The venue, by position in [`Market::listings`].
        venue: usize,
        /// The realised yield of the token supplied, by position in [`Market::yields`].
        realised: usize,
    },
    /// What a part of the liquidity of a fixed-term market earns by itself.
    Pooled {
        /// The market's liquidity, by position in [`Market::listings`].
        venue: usize,
        /// The realised yield of what that part is, by position in [`Market::yields`].
        realised: usize,
    },
    /// A fixed rate until an expiry, by position of the market in [`Market::listings`].
    Term(usize),
}

impl Basis {
    /// The basis in words: window and source.
    pub fn words(self, market: &Market) -> String {
        let realised = |at: usize| {
            market.yields.get(at).map_or_else(String::new, |row| {
                format!("realised over {}, {}", row.window, row.source)
            })
        };
        let venue = |at: usize, what: &str| {
            market.listings.get(at).map_or_else(String::new, |listing| {
                format!("{} {what}, figures of {}", listing.venue.id(), listing.as_of.utc)
            })
        };
        match self {
            Self::Eth => "ETH itself earns nothing".to_owned(),
            Self::Realised(at) => realised(at),
            Self::Venue(at) => venue(at, "after the deposit"),
            Self::Over { venue: at, realised: under } => {
                format!("{}, on top of {}", venue(at, "after the deposit"), realised(under))
            }
            Self::Pooled { venue: at, realised: under } => {
                let part =
                    venue(at, "by its SY alone, of PT, fees and incentives nothing is known");
                format!("{part}: {}", realised(under))
            }
            Self::Term(at) => venue(at, "until its expiry at the rate it implies"),
        }
    }

    /// Whether depositing lowers the rate.
    pub const fn dilutes(self) -> bool {
        matches!(self, Self::Venue(_) | Self::Over { .. })
    }
}

impl Earning {
    /// What ETH earns.
    pub const NONE: Self =
        Self { rate: U256::ZERO, basis: Basis::Eth, by: Organic::NONE, until_s: None, idle_s: 0 };

    fn of(by: Organic, basis: Basis) -> Option<Self> {
        Some(Self { rate: by.total()?, basis, by, until_s: None, idle_s: 0 })
    }

    /// By how much a holding grows over some seconds from now on, in RAY. `None` on overflow.
    pub fn growth(&self, seconds: u64) -> Option<U256> {
        growth(self.rate, self.earns_s(seconds))
    }

    /// Of some seconds from now on, those in which something is earned.
    pub fn earns_s(&self, seconds: u64) -> u64 {
        let until = self.until_s.map_or(seconds, |until| until.min(seconds));
        until.saturating_sub(self.idle_s)
    }
}

/// What one more `added` units of `token` would earn in the long run: see [`forecast`].
pub fn earning(market: &Market, graph: &Graph, token: Address, added: U256) -> Option<Earning> {
    forecast(market, graph, token, added, u64::MAX)
}

/// What one more `added` units of `token` would earn over a horizon: nothing for ETH, the realised
/// rate of a staking token over the common window, the rate after the deposit for a lending position
/// together with what is supplied, the fixed rate of a principal token, of LP what their SY earn. `None`
/// when the market does not say.
pub fn forecast(
    market: &Market,
    graph: &Graph,
    token: Address,
    added: U256,
    horizon_s: u64,
) -> Option<Earning> {
    let at = At { market, graph, horizon_s };
    at.earning(token, added, LAYERS)
}

/// Why a lending rate is not forecast, if it is for being out of all proportion.
pub fn frozen(listing: &Listing, token: Address) -> Option<String> {
    let at = listing.venue.tokens().iter().position(|&t| t == token)?;
    let rate = listing.venue.rate_after(at, U256::ZERO).filter(|rate| *rate > FROZEN)?;
    let percent = 100.0 * super::fraction(rate);
    Some(format!(
        "{}: {percent:.1} % a year is above 50 % and cannot last: nothing follows from it",
        listing.venue.id()
    ))
}

struct At<'m> {
    market: &'m Market,
    graph: &'m Graph,
    horizon_s: u64,
}

impl At<'_> {
    fn earning(&self, token: Address, added: U256, layers: u32) -> Option<Earning> {
        let node = self.graph.node_of(token)?;
        if self.graph.eth() == Some(node) {
            return Some(Earning::NONE);
        }
        // A principal token's mark moves with its market: its growth so far tells nothing.
        if let Some(fixed) = principal(self.market, token) {
            let by = Organic::only(Component::Term, fixed.rate()?);
            let until_s = Some(fixed.term.seconds_left);
            return Some(Earning { until_s, ..Earning::of(by, Basis::Term(fixed.listing))? });
        }
        // So does what LP stand for.
        if let Some(of) = liquidity(self.market, token) {
            return self.pooled(&of, layers.checked_sub(1)?);
        }
        let tokens = &self.graph.node(node).tokens;
        let weighing = self.weighing();
        let ranks = |y: &RealisedYield| {
            y.weighing == weighing
                && WINDOW_S.contains(&y.window_s)
                && tokens.iter().any(|(t, _)| *t == y.token)
        };
        if let Some(at) = self.market.yields.iter().position(ranks) {
            let row = self.market.yields.get(at)?;
            let of = Earning::of(row.by(self.market), Basis::Realised(at))?;
            return Some(Earning { idle_s: row.idle_s, ..of });
        }
        let all = self.market.listings.iter().enumerate();
        all.filter(|_| layers > 0)
            .find_map(|(at, listing)| self.lent((at, listing), token, added, layers))
    }

    /// What the SY among what lies behind LP earn. Of the rest nothing is known that lasts.
    fn pooled(&self, of: &Liquidity, layers: u32) -> Option<Earning> {
        let under = self.earning(of.kept, U256::ZERO, layers)?;
        let rate = of.part(under.rate)?;
        let basis = match under.basis {
            Basis::Realised(realised) => Basis::Pooled { venue: of.listing, realised },
            other => other,
        };
        Some(Earning { rate, by: under.by.divide(rate)?, basis, ..under })
    }

    /// The weighing by which all assets of the market compare: the recent one where it is known of
    /// any, since figures of two weighings do not compare.
    fn weighing(&self) -> Weighing {
        let recent = self.market.yields.iter().any(|y| y.weighing == Weighing::Recent);
        if recent { Weighing::Recent } else { Weighing::Even }
    }

    /// What a venue pays on a token of its own, with what the token supplied earns.
    fn lent(
        &self,
        (listing, l): (usize, &Listing),
        token: Address,
        added: U256,
        layers: u32,
    ) -> Option<Earning> {
        let at = l.venue.tokens().iter().position(|&t| t == token)?;
        let carries = l.venue.carries(at);
        let simple = match l.venue.rate_after(at, added) {
            Some(rate) => rate,
            None if carries => U256::ZERO,
            None => return None,
        };
        if simple > FROZEN {
            return None;
        }
        let lasting = l.venue.rate_at_target(at).filter(|_| self.horizon_s > SPOT_S);
        let simple = lasting.map_or(simple, |most| simple.min(most));
        // A simple rate accrued second by second compounds continuously; only the year differs.
        let rate = mul_div(simple, U256::from(YEAR_S), U256::from(LENDING_YEAR_S))?;
        let credit = Organic::only(Component::Credit, rate);
        let asset = l.venue.redemption(at).and_then(|b| l.venue.tokens().get(b.asset).copied());
        // What does not stand for ETH earns nothing in ETH, and only its own interest is told.
        let supplied = asset.filter(|asset| Paid::of(self.market, Some(*asset)) == Paid::Ether);
        let Some(supplied) = supplied else { return Earning::of(credit, Basis::Venue(listing)) };
        let under = self.earning(supplied, U256::ZERO, layers - 1)?;
        let basis = match under.basis {
            Basis::Realised(at) => Basis::Over { venue: listing, realised: at },
            Basis::Eth
            | Basis::Venue(_)
            | Basis::Over { .. }
            | Basis::Pooled { .. }
            | Basis::Term(_) => Basis::Venue(listing),
        };
        let of = Earning::of(credit.plus(&under.by)?, basis)?;
        Some(Earning { until_s: under.until_s, idle_s: under.idle_s, ..of })
    }
}

impl RealisedYield {
    /// The rate by who paid it. Where nobody says, a share's growth is staking's: of parts that a
    /// sponsor pays up, or that are paid in what is no ether, nothing is taken to go on.
    pub fn by(&self, market: &Market) -> Organic {
        if self.paid.is_empty() {
            return Organic::only(Component::Base, self.rate);
        }
        let part = |paid: &crate::market::PaidBy| {
            let of = component(paid.payer, Paid::of(market, Some(paid.token)));
            Organic::only(of, paid.rate)
        };
        let sum = |sum: Organic, next: Organic| sum.plus(&next).unwrap_or(sum);
        self.paid.iter().map(part).fold(Organic::default(), sum)
    }
}
