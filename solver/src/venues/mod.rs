//! Where value can move: staking contracts, vaults, lending pools and exchanges.
//!
//! # How to add a venue
//!
//! 1. Write `venues/<name>.rs`: a plain struct holding the figures, and `impl Venue` for it.
//!    `quote` is integer-exact: it rounds where the contract rounds, and the contract's arithmetic
//!    is what the tests compare it with, to the last unit.
//! 2. Add the module below, and its kind to the figures that `simulations::figures` reads.
//! 3. Give it a contract in the embedded world (`simulations/src/world/`) and one line in the
//!    table of the venue laws (`tests/it/venues/laws.rs`): monotone, concave within rounding, no
//!    profitable round trip, splitting never pays, limits refused.
//!
//! A venue never does I/O, keeps no clock, and knows nothing of other venues.

mod aave_v3;
mod curve_stableswap;
mod erc4626;
mod etherfi;
mod gain;
mod lido;
mod share_rate;
mod uniswap_v2;
mod uniswap_v3;
mod weth;

use std::fmt;

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;

pub use self::{
    aave_v3::{AaveFigures, AaveV3, RateCurve, inferred_debt},
    curve_stableswap::{
        CurveFigures, CurveStableSwap, DenominatorForm, Exchange, StableSwap, StableSwapError,
    },
    erc4626::{Erc4626, Erc4626Figures, RewardCycle},
    etherfi::{EtherFi, EtherFiFigures},
    gain::{Gain, Segment},
    lido::{Lido, LidoFigures, StakeLimit},
    share_rate::{Deposit, DepositCall, RateForm, ShareRate, ShareRateFigures},
    uniswap_v2::{UniswapV2, UniswapV2Error},
    uniswap_v3::{
        KnownRange, MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK, SwapResult, Tick,
        UniswapV3, UniswapV3Error, UniswapV3Figures, sqrt_ratio_at, tick_at,
    },
    weth::Weth,
};

/// The address that stands for native ETH wherever a token is named.
pub const NATIVE: Address = Address::repeat_byte(0xee);

/// Somewhere value can move: it trades between any of its tokens.
///
/// Implementations are plain values: they quote from the figures they hold and never do I/O.
pub trait Venue: Send + Sync + fmt::Debug {
    /// The name the market knows it by, such as `curve:ETH/stETH`.
    fn id(&self) -> &VenueId;

    /// The tokens it trades; [`Swap`] and the other methods name them by position in this slice.
    fn tokens(&self) -> &[Address];

    /// What `swap` returns, to the wei, in the venue's own rounding.
    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError>;

    /// As [`Venue::quote`], and moves the venue to the state the chain would be in afterwards.
    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError>;

    /// The concave, real-valued view of one direction, for the optimiser; `None` when the venue
    /// does not trade that way.
    fn gain(&self, from: usize, to: usize) -> Option<Gain>;

    /// How much of one direction the venue can take, as far as the figures say.
    fn capacity(&self, from: usize, to: usize) -> Capacity;

    /// What kind of step one direction is, and what it typically costs to make it.
    fn step(&self, from: usize, to: usize) -> Step;

    /// The calls that make `trade`, and the allowance they need. Pure: no I/O.
    fn encode(&self, trade: &Trade) -> Encoded;

    /// Ways out of `token` that are not a [`Venue::quote`]: redemptions through a queue.
    fn exits(&self, token: usize) -> Vec<Exit> {
        let _ = token;
        Vec::new()
    }

    /// Pairs of positions that convert into each other both ways at one rate, without fee or limit:
    /// the solver treats such tokens as one.
    fn exact_pairs(&self) -> &[(usize, usize)] {
        &[]
    }

    /// ETH-denominated shares behind a rebasing token of this venue: its holders own shares, and
    /// balances follow from these totals. `None` for tokens that do not rebase.
    fn rebase(&self, token: usize) -> Option<Rebase> {
        let _ = token;
        None
    }

    /// The annual rate, in RAY and simple as the protocol states it, that a holder of `token`
    /// earns from this venue once `added` more of it has been supplied; `None` when holding the
    /// token earns nothing here, or the figures do not say.
    fn rate_after(&self, token: usize, added: U256) -> Option<U256> {
        let _ = (token, added);
        None
    }

    /// A copy, for plans that change a venue and then look at it again.
    fn boxed(&self) -> Box<dyn Venue>;
}

impl Clone for Box<dyn Venue> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}

/// A venue's name in the market, unique there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VenueId(String);

impl VenueId {
    /// Names a venue.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VenueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A trade with an exact input: `from` and `to` are positions in [`Venue::tokens`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swap {
    /// The token given.
    pub from: usize,
    /// The token wanted.
    pub to: usize,
    /// Units of `from` that are given.
    pub amount: U256,
}

/// What a swap returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// Units of the wanted token that the venue hands over.
    pub out: U256,
    /// For a venue that mints shares of a rebasing token: exactly these shares. Otherwise the
    /// receiver's shares follow from `out`.
    pub shares: Option<U256>,
}

impl Quote {
    /// A quote of a token that does not rebase, or that is handed over by a plain transfer.
    pub const fn of(out: U256) -> Self {
        Self { out, shares: None }
    }
}

/// Why a venue does not quote a swap.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    /// The venue does not trade this direction.
    #[error("{venue} does not trade token {from} for token {to}")]
    NotTraded {
        /// The venue asked.
        venue: VenueId,
        /// Position of the token given.
        from: usize,
        /// Position of the token wanted.
        to: usize,
    },
    /// A swap of nothing.
    #[error("amount is zero")]
    ZeroAmount,
    /// The amount is so small that nothing would come out, where the contract refuses that.
    #[error("{0} would return nothing for so small an amount")]
    NothingOut(VenueId),
    /// A limit of the venue, or of what is known about it.
    #[error("{venue}: {what}: at most {limit}")]
    Limit {
        /// The venue asked.
        venue: VenueId,
        /// Which limit.
        what: &'static str,
        /// The most that it lets through, in units of the token the limit counts.
        limit: U256,
    },
    /// Less than the contract accepts.
    #[error("{venue}: at least {least}")]
    BelowMinimum {
        /// The venue asked.
        venue: VenueId,
        /// The least it accepts, in units of the token given.
        least: U256,
    },
    /// The contract would trade, and the figures lack what the result depends on.
    #[error("{venue}: {what}")]
    Unknown {
        /// The venue asked.
        venue: VenueId,
        /// What is unknown, in words.
        what: String,
    },
    /// The trade would move the price to where the market does not know the liquidity.
    #[error("{venue}: the trade would leave the known price range, ticks {lower} to {upper}")]
    BeyondKnownRange {
        /// The venue asked.
        venue: VenueId,
        /// Lowest tick with known liquidity.
        lower: i32,
        /// Highest tick with known liquidity.
        upper: i32,
    },
    /// The contract is paused or closed.
    #[error("{0} is paused")]
    Paused(VenueId),
    /// The arithmetic would overflow, where the contract reverts.
    #[error("{0}: amount is too large for the contract's arithmetic")]
    Overflow(VenueId),
    /// An iteration of the contract did not converge, where the contract reverts or would be wrong.
    #[error("{0}: the invariant did not converge")]
    NoConvergence(VenueId),
}

impl QuoteError {
    /// The refusal of a direction that `venue` does not trade.
    pub(crate) fn not_traded(venue: &VenueId, swap: Swap) -> Self {
        Self::NotTraded { venue: venue.clone(), from: swap.from, to: swap.to }
    }
}

/// How much of one direction a venue can take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capacity {
    /// No limit exists in the protocol.
    Unlimited,
    /// At most `amount` of the token given.
    Limited {
        /// Units of the token given.
        amount: U256,
        /// What sets the limit.
        what: &'static str,
        /// Units of the token given by which the limit grows each block, when it does.
        refill_per_block: Option<U256>,
    },
    /// A limit exists and the figures do not say which: never to be read as unlimited.
    Unknown(String),
}

/// What a trade in one direction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its kind.
    pub kind: LegKind,
    /// Typical gas of the call inside a transaction: an estimate, dated and unmeasured on a live
    /// chain.
    pub gas: u64,
    /// Whether the contract needs an allowance for the token given.
    pub approves: bool,
}

/// Kinds of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegKind {
    /// One token for another at a market price.
    Swap,
    /// One form of a token for another, exactly.
    Wrap,
    /// ETH for a liquid staking token, from its protocol.
    Stake,
    /// Into a vault or lending pool.
    Deposit,
    /// Out of one.
    Redeem,
}

impl Capacity {
    /// The capacity of a direction that is closed or not traded.
    pub(crate) const fn none(what: &'static str) -> Self {
        Self::Limited { amount: U256::ZERO, what, refill_per_block: None }
    }

    /// Refuses what is beyond a known limit. What is unknown passes here: a quote is a rate, and
    /// whoever plans with it looks at the capacity too.
    pub(crate) fn check(&self, venue: &VenueId, amount: U256) -> Result<(), QuoteError> {
        match self {
            Self::Limited { amount: limit, what, .. } if amount > *limit => {
                Err(QuoteError::Limit { venue: venue.clone(), what, limit: *limit })
            }
            Self::Limited { .. } | Self::Unlimited | Self::Unknown(_) => Ok(()),
        }
    }

    /// What a trade of `amount` leaves, in the same block.
    pub(crate) const fn spend(&mut self, amount: U256) {
        if let Self::Limited { amount: limit, .. } = self {
            *limit = limit.saturating_sub(amount);
        }
    }

    /// The known limit as a [`Gain`]'s cap; infinite where none is known.
    pub(crate) fn cap(&self) -> f64 {
        match self {
            Self::Limited { amount, .. } => crate::amount::to_f64(*amount),
            Self::Unlimited | Self::Unknown(_) => f64::INFINITY,
        }
    }
}

/// A swap as it is to be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trade {
    /// What is swapped.
    pub swap: Swap,
    /// The least that the contract may return without reverting, where it can be told.
    pub min_out: U256,
    /// Who receives what comes out; also the account that calls.
    pub recipient: Address,
    /// Unix seconds after which the contract must refuse, where it can be told.
    pub deadline: u64,
}

/// The calls of one trade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// An allowance the caller must have given before.
    pub approval: Option<Approval>,
    /// Calls, in order.
    pub calls: Vec<Call>,
}

impl Encoded {
    /// One call that needs no allowance.
    pub(crate) fn one(call: Call) -> Self {
        Self { approval: None, calls: vec![call] }
    }

    /// No call at all: for a direction that the venue does not trade.
    pub(crate) const fn nothing() -> Self {
        Self { approval: None, calls: Vec::new() }
    }

    /// The same calls, after `amount` of `token` has been allowed to `spender`.
    pub(crate) const fn allowing(mut self, token: Address, spender: Address, amount: U256) -> Self {
        self.approval = Some(Approval { token, spender, amount });
        self
    }
}

/// A token allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Approval {
    /// The ERC-20 token.
    pub token: Address,
    /// Who may take it.
    pub spender: Address,
    /// How much.
    pub amount: U256,
}

/// One call to a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The contract.
    pub to: Address,
    /// Wei sent along.
    pub value: U256,
    /// Calldata.
    pub data: Bytes,
}

impl Call {
    /// A call of a contract function, sending `value` wei along.
    pub(crate) fn new(to: Address, value: U256, function: &impl SolCall) -> Self {
        Self { to, value, data: function.abi_encode().into() }
    }
}

/// A way out of a token that takes time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// What it is called, such as `Lido withdrawal queue`.
    pub name: &'static str,
    /// Position of the token that is paid out.
    pub to: usize,
    /// How the amount paid relates to the amount requested.
    pub rule: RateRule,
    /// The least that one request may ask for, in units of the token given.
    pub least_request: Option<U256>,
    /// The most that one request may ask for, in units of the token given.
    pub per_request: Option<U256>,
}

/// How a queue's payout follows the share rate while one waits (`VENUES`, section 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateRule {
    /// The smaller of the rates at request and at settlement: no yield while waiting.
    MinRequestSettle,
    /// The amount is frozen at the request.
    FixedAtRequest,
    /// Can still be slashed while waiting.
    SlashableInQueue,
    /// Keeps earning until processed.
    AccruesInQueue,
    /// Instant, at today's price.
    Spot,
}

/// Totals that turn shares of a rebasing token into balances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebase {
    /// ETH (or other asset) behind all shares.
    pub assets: U256,
    /// All shares.
    pub shares: U256,
}

impl Rebase {
    /// The balance that `shares` show: rounded down, as the token does. `None` on overflow.
    pub fn balance(&self, shares: U256) -> Option<U256> {
        crate::amount::mul_div(shares, self.assets, self.shares)
    }

    /// The shares that move when `amount` is transferred: rounded down, as the token does.
    pub fn shares_of(&self, amount: U256) -> Option<U256> {
        crate::amount::mul_div(amount, self.shares, self.assets)
    }

    /// The fewest shares that show at least `amount`.
    pub fn fewest_shares(&self, amount: U256) -> Option<U256> {
        crate::amount::mul_div_up(amount, self.shares, self.assets)
    }
}
