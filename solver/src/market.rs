//! What the solver is given: one block's tokens, venues, realised yields and gas price.
//!
//! A market is immutable once built. Whatever its source did not say stays unknown here, with the
//! reason, and is never read as zero or as unlimited.

use std::{fmt, sync::Arc};

use alloy_primitives::{Address, B256, U256};

use crate::{
    amount::mul_div,
    leverage::Credit,
    risk::{HazardError, Hazards, RiskGraph},
    venues::{Rebase, Venue, VenueId},
    yields::{Payer, Reward},
};

/// One block's market.
#[derive(Debug, Clone)]
pub struct Market {
    /// The chain.
    pub chain_id: u64,
    /// The block whose state this is, before its first transaction.
    pub block: u64,
    /// That block's unix seconds.
    pub timestamp: u64,
    /// The same in words.
    pub utc: String,
    /// Where the figures come from, in words.
    pub source: String,
    /// Keccak-256 of the source's bytes, so that an answer can name the market it is about.
    pub hash: B256,
    /// Wei per unit of gas.
    pub gas_price: U256,
    /// Tokens by position; the order of the source.
    pub tokens: Vec<TokenInfo>,
    /// Venues by position; the order of the source.
    pub listings: Vec<Listing>,
    /// Realised yields.
    pub yields: Vec<RealisedYield>,
    /// ETH that one unit of a token redeems for, as the protocol's own rate says.
    pub redemptions: Vec<Redemption>,
    /// What is not known about a token, in words a user reads: exits, depth, limits.
    pub unknowns: Vec<Unknown>,
    /// Figures that somebody assumed because the source lacks them.
    pub assumptions: Vec<Assumption>,
    /// What can go wrong with what: priors.
    pub hazards: Arc<Hazards>,
    /// What holders of positions are paid beside what these grow by.
    pub rewards: Vec<Reward>,
    /// That the market is made up, and what for, where it is.
    pub synthetic: Option<String>,
    /// What venues lend against collateral, where limits, thresholds and oracle prices are known.
    pub credits: Vec<Credit>,
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// Its contract, or [`crate::venues::NATIVE`].
    pub address: Address,
    /// Its symbol, unique in the market.
    pub symbol: String,
    /// How many decimals a whole token has.
    pub decimals: u8,
}

/// A venue as a market lists it.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The venue.
    pub venue: Arc<dyn Venue>,
    /// Who runs it: the name that `avoid` and `only` use, such as `lido`.
    pub protocol: String,
    /// When its figures were read.
    pub as_of: AsOf,
    /// Why it must not be used, when it must not.
    pub disabled: Option<String>,
}

/// When a figure was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsOf {
    /// The block.
    pub block: u64,
    /// The time in words, as the source gives it.
    pub utc: String,
}

/// What a token earned, from share rates at both ends of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealisedYield {
    /// The token: the rebasing or the share form, either stands for both.
    pub token: Address,
    /// Continuously compounded annual rate in RAY, year of 365.25 days.
    pub rate: U256,
    /// Seconds that the window spans.
    pub window_s: u64,
    /// The window in words.
    pub window: String,
    /// Where the figure comes from.
    pub source: String,
    /// Who paid it, where the source says; these add up to the rate.
    pub paid: Vec<PaidBy>,
    /// Seconds after entering in which nothing is earned yet.
    pub idle_s: u64,
    /// How the time within the window counts.
    pub weighing: Weighing,
}

/// How the time within a window counts for a rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Weighing {
    /// Every second alike: for risk, and for ranking where nothing better is known.
    #[default]
    Even,
    /// The newest most, with a mean age of seven days: for ranking.
    Recent,
}

/// A part of what a token earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaidBy {
    /// Who paid.
    pub payer: Payer,
    /// In what.
    pub token: Address,
    /// Its part of the annual rate, in RAY.
    pub rate: U256,
}

/// ETH behind one unit of a token, as a fraction so that nothing is rounded twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redemption {
    /// The token.
    pub token: Address,
    /// Wei of ETH ...
    pub eth: U256,
    /// ... behind this many units of the token.
    pub units: U256,
}

/// Something the market does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The token it is about.
    pub token: Address,
    /// What is unknown, in words.
    pub what: String,
}

/// A figure that an assumptions file supplied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assumption {
    /// How long a withdrawal queue takes.
    QueueWait {
        /// The venue whose queue it is.
        venue: VenueId,
        /// Seconds from request to payment.
        wait_s: u64,
        /// Why this figure.
        why: String,
    },
    /// The most that a venue takes of one token, beyond what it has.
    DepositLimit {
        /// The venue.
        venue: VenueId,
        /// The token given.
        token: Address,
        /// Units of it.
        amount: U256,
        /// Why this figure.
        why: String,
    },
    /// On what terms a lending reserve's token secures a loan of another's. Its price is taken to be
    /// its redemption rate.
    Collateral {
        /// The reserve that the collateral is supplied to.
        venue: VenueId,
        /// The reserve that lends.
        lender: VenueId,
        /// The token lent.
        loan: Address,
        /// Basis points of the collateral's value that may be borrowed.
        ltv_bps: u32,
        /// Basis points of it that may be owed.
        threshold_bps: u32,
        /// Basis points of what is repaid that liquidators take beyond it, where somebody says.
        bonus_bps: Option<u32>,
        /// The e-mode in which this holds; zero is none.
        category: u8,
        /// Units of the collateral that its supply cap leaves room for.
        supply_room: U256,
        /// Units of the loan that its borrow cap leaves room for.
        borrow_room: U256,
        /// Why these figures.
        why: String,
    },
}

impl Assumption {
    /// Whether only loops use it.
    pub const fn is_of_loops(&self) -> bool {
        matches!(self, Self::Collateral { .. })
    }
}

impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueueWait { venue, wait_s, why } => {
                write!(f, "the withdrawal queue of {venue} takes {} days: {why}", wait_s / 86_400)
            }
            Self::DepositLimit { venue, token, amount, why } => {
                write!(f, "{venue} takes {amount} units of {token}: {why}")
            }
            Self::Collateral {
                venue,
                lender,
                ltv_bps,
                threshold_bps,
                bonus_bps,
                category,
                why,
                ..
            } => {
                let percent = |bps: u32| f64::from(bps) / 100.0;
                let (ltv, threshold) = (percent(*ltv_bps), percent(*threshold_bps));
                let taken = bonus_bps.map_or_else(String::new, |bonus| {
                    format!(" for {} % to liquidators", percent(bonus))
                });
                write!(
                    f,
                    "{lender} lends up to {ltv} % against {venue}, liquidated above {threshold} \
                     %{taken}, in e-mode {category}, at the redemption rate as price: {why}"
                )
            }
        }
    }
}

/// A listing that converts one of its tokens exactly into another, with their positions there.
pub type Conversion = (usize, usize, usize);

impl Market {
    /// The same market with other priors; an error where they and the market rest on each other.
    pub fn with_hazards(self, hazards: Arc<Hazards>) -> Result<Self, HazardError> {
        let market = Self { hazards, ..self };
        RiskGraph::new(&market)?;
        Ok(market)
    }

    /// The token at `address`.
    pub fn token(&self, address: Address) -> Option<&TokenInfo> {
        self.tokens.iter().find(|t| t.address == address)
    }

    /// A token's symbol, or what a loan's position is called; the address of what the market does not list.
    pub fn symbol(&self, address: Address) -> String {
        let listed = self.token(address).map(|token| token.symbol.clone());
        let position = || {
            let all = self.credits.iter().filter_map(|credit| credit.positions(self)).flatten();
            all.filter(|position| position.address == address)
                .map(|position| position.symbol)
                .next()
        };
        listed.or_else(position).unwrap_or_else(|| address.to_string())
    }

    /// The listing of a venue.
    pub fn listing(&self, id: &VenueId) -> Option<&Listing> {
        self.listings.iter().find(|l| l.venue.id() == id)
    }

    /// ETH that `amount` of a token redeems for, rounded down; `None` where no rate is known. What is
    /// pledged in a venue's own books is worth what it is.
    pub fn redeem_value(&self, token: Address, amount: U256) -> Option<U256> {
        let of = |token| self.redemptions.iter().find(|r| r.token == token);
        let pledged = || {
            let credit = self.credits.iter().find(|credit| credit.position_tokens()[0] == token)?;
            of(credit.collateral)
        };
        let r = of(token).or_else(pledged)?;
        mul_div(amount, r.eth, r.units)
    }

    /// The totals behind a rebasing token; `None` for any other.
    pub fn rebase(&self, token: Address) -> Option<Rebase> {
        let venue = &self.listings[self.rebasing(token)?].venue;
        venue.rebase(venue.tokens().iter().position(|&t| t == token)?)
    }

    /// The listing whose totals a rebasing token's balances follow.
    pub fn rebasing(&self, token: Address) -> Option<usize> {
        self.listings.iter().position(|l| {
            let at = l.venue.tokens().iter().position(|&t| t == token);
            at.is_some_and(|at| l.venue.rebase(at).is_some())
        })
    }

    /// The fewest exact conversions that lead from one token to another, as listings with positions:
    /// stETH becomes a wrapper of wstETH by way of wstETH. `None` where none do.
    pub fn exact_steps(&self, from: Address, to: Address) -> Option<Vec<Conversion>> {
        if let Some(step) = self.exact_pair(from, to) {
            return Some(vec![step]);
        }
        let mut reached: Vec<(Address, Vec<Conversion>)> = vec![(from, Vec::new())];
        let mut next = 0;
        while let Some((here, way)) = reached.get(next).cloned() {
            for (listing, l) in
                self.listings.iter().enumerate().filter(|(_, l)| l.disabled.is_none())
            {
                let token = |at: usize| l.venue.tokens()[at];
                let both = l.venue.exact_pairs().iter().flat_map(|&(a, b)| [(a, b), (b, a)]);
                for (a, b) in both.filter(|&(a, _)| token(a) == here) {
                    let mut way = way.clone();
                    way.push((listing, a, b));
                    if token(b) == to {
                        return Some(way);
                    }
                    if reached.iter().all(|(known, _)| *known != token(b)) {
                        reached.push((token(b), way));
                    }
                }
            }
            next += 1;
        }
        None
    }

    /// The listing that converts one token exactly into another, with their positions there.
    pub fn exact_pair(&self, from: Address, to: Address) -> Option<Conversion> {
        self.listings.iter().enumerate().find_map(|(listing, l)| {
            let token = |at: usize| l.venue.tokens()[at];
            l.venue.exact_pairs().iter().find_map(|&(a, b)| match (token(a), token(b)) {
                (x, y) if (x, y) == (from, to) => Some((listing, a, b)),
                (x, y) if (x, y) == (to, from) => Some((listing, b, a)),
                _ => None,
            })
        })
    }
}
