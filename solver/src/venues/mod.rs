//! Where value can move: staking contracts, vaults, lending pools and exchanges.
//!
//! # How to add a venue
//!
//! 1. Write `venues/<name>.rs`, or a folder: a plain struct holding the figures, `impl Venue` for it, an
//!    `open` that asks a [`Chain`] for the figures, and `KINDS`: what it is called, which contracts it
//!    needs, what class of risk it is, and where on mainnet it is found. `quote` is integer-exact: it
//!    rounds where the contract rounds, and the contract's arithmetic is what the tests compare it
//!    with, to the last unit.
//! 2. Write `<name>` in the list below.
//! 3. Record `tests/vectors/venues/<name>.json`: a place, what the chain answered there, what the
//!    contract then paid. Every test that goes over all kinds finds it there: the laws, the bad states,
//!    what a quote allocates, the benches, and the table of what each kind was compared with.
//!
//! Nothing else names it. More of its instances are rows of `simulations/markets/places.json`.
//!
//! A venue never does I/O, keeps no clock, and knows nothing of other venues.

macro_rules! venues {
    ($($venue:ident)*) => {
        $(mod $venue;)*
        /// What the venues' files say of themselves.
        const FAMILIES: &[&[Kind]] = &[$($venue::KINDS),*];
    };
}

// A venue is one line here, and its file: the line makes the module, and makes its kinds known.
venues! {
    aave_v3
    balancer
    compound_v3
    curve
    dinero
    eigenlayer
    erc4626
    etherfi
    evm_quoted
    fluid
    frax_minter
    kelp
    lido
    mantle
    metamorpho
    morpho
    origin
    pendle
    puffer
    reference_rate
    renzo
    rocket_pool
    stader
    stakewise
    swell
    symbiotic
    uniswap_v2
    uniswap_v3
    uniswap_v4
    weth
    woeth
}

mod call;
mod capacity;
mod envelope;
mod exit;
mod gain;
mod hazard;
mod issuer;
mod opened;
mod opening;
mod permit2;
mod quote;
mod reads;
mod redemption;
mod registry;
mod share_rate;
mod shocked;
mod token;

use std::fmt;

use alloy_primitives::{Address, U256};

pub use self::{
    aave_v3::{
        AaveAccount, AaveFigures, AaveV3, DebtIndex, Pledge, Priced, RateCurve, aave_terms,
        inferred_debt,
    },
    balancer::{
        BalancerStable, BalancerStableError, BalancerStableFigures, BalancerStableToken,
        BalancerStableV3, BalancerV3Error, BalancerV3Figures, BalancerV3Token, BalancerWeighted,
        BalancerWeightedError, BalancerWeightedFigures, BalancerWeightedToken, BalancerWeightedV3,
        BalancerWeightedV3Figures, BareStable, BareToken, BareWeighted, Powers, StableMath,
    },
    call::{Approval, Call, Encoded, LegKind, Step, Trade},
    capacity::Capacity,
    compound_v3::{
        BasePrice, Collateral, CometTotals, CompoundFigures, CompoundV3, Kinked, Limit,
        bought as bought_collateral,
    },
    curve::{
        CurveDeposit, CurveFigures, CurveNg, CurveNgFigures, CurveStableSwap, DenominatorForm,
        Exchange, Liquidity, MAX_COINS, StableSwap, StableSwapError, Withdrawal,
    },
    dinero::{Dinero, Pirex},
    eigenlayer::{EigenLayer, Strategy},
    envelope::Sample,
    erc4626::{Erc4626, Erc4626Figures, Redeeming, RewardCycle},
    etherfi::{EtherFi, EtherFiFigures, RedemptionFigures, Redemptions},
    evm_quoted::{AskedLane, EvmQuoted, EvmQuotedFigures, Face},
    exit::{Bound, Exit, ExitFee, ExitRate, RateRule, Ticket, Wait},
    frax_minter::{FraxMinter, FraxQueue, OneForOne},
    gain::{Gain, Segment},
    hazard::Hazard,
    issuer::{Door, Issuer},
    kelp::{Kelp, StoredPrice},
    lido::{Lido, LidoFigures, StakeLimit},
    mantle::mantle_exit,
    metamorpho::{MetaMorpho, MetaMorphoFigures, VaultMarket},
    morpho::{
        Adapted, AdaptiveCurve, Loan, MarketParams, MorphoFigures, MorphoMarket, MorphoTotals,
        Seizure, Side, incentive as liquidation_incentive, morpho_terms,
    },
    opened::{OpenError, Opened, OtherCode, open},
    origin::{Credits, Minted, OriginQueue, OriginVault, WrappedOeth},
    pendle::{
        FixedTerm, PendleError, PendleFigures, PendleLp, PendleLpFigures, PendleMarket,
        PendlePrincipal, PendlePrincipalFigures, PendleSy, PendleSyFigures, Pooled,
    },
    quote::{Quote, QuoteError, Swap},
    reads::{Answer, At, Chain, Notes, Read, Unread},
    redemption::{Backing, Rebase, Rounding, SharesBy},
    registry::{Kind, Place, Site},
    renzo::{InstantBuffer, Renzo, RenzoQueue, Tvl},
    rocket_pool::{Burns, Deposits, RocketPool, RocketPoolFigures},
    share_rate::{Deposit, DepositCall, RateForm, ShareRate, ShareRateFigures},
    shocked::Shocked,
    stader::{Reported, Stader, StaderQueue},
    swell::swell_exit,
    symbiotic::{ActiveStake, Symbiotic},
    token::describe,
    uniswap_v2::{UniswapV2, UniswapV2Error},
    uniswap_v3::{
        KnownRange, MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK, SwapResult, Tick,
        UniswapV3, UniswapV3Error, UniswapV3Figures, sqrt_ratio_at, tick_at,
    },
    uniswap_v4::{PoolKey, UniswapV4, UniswapV4Error, UniswapV4Figures, swap_fee_ppm},
    weth::Weth,
};

use self::balancer::power;

/// Every kind of venue, in the order of the list above.
pub const KINDS: &[Kind] = &ALL;

const ALL: [Kind; registry::count(FAMILIES)] = registry::all(FAMILIES);

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

    /// Whether a quote is the least that the contract pays, not to the wei what it pays: of contracts
    /// that are asked at some amounts and trade at any.
    fn at_least(&self) -> bool {
        false
    }

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

    /// What a plan can stumble over in one direction, and the quote does not show.
    fn hazards(&self, from: usize, to: usize) -> &'static [Hazard] {
        let _ = (from, to);
        &[]
    }

    /// Pairs of positions that convert into each other both ways at one rate, without fee or limit:
    /// the solver treats such tokens as one.
    fn exact_pairs(&self) -> &[(usize, usize)] {
        &[]
    }

    /// What turns shares of a rebasing token of this venue into balances: its holders own shares,
    /// and balances follow. `None` for tokens that do not rebase.
    fn rebase(&self, token: usize) -> Option<Rebase> {
        let _ = token;
        None
    }

    /// How a token of this venue tells an account's shares where its own `balanceOf` does not: of one
    /// that rebases, and of a position that is no token. `None` for all others.
    fn shares_by(&self, token: usize) -> Option<SharesBy> {
        let _ = token;
        None
    }

    /// What lies behind units of `token` by the venue's own totals or stored rate: not a price.
    /// `None` where the token stands for nothing here.
    fn redemption(&self, token: usize) -> Option<Backing> {
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

    /// The annual rate, as [`Venue::rate_after`] tells it, at the utilisation that the venue's curve
    /// aims at: what lasts. `None` where there is no such curve, or the figures do not say.
    fn rate_at_target(&self, token: usize) -> Option<U256> {
        let _ = token;
        None
    }

    /// Whether holding `token` earns what lies behind it ([`Venue::redemption`]) earns, to which the
    /// venue itself adds nothing: a wrapper, or a deposit that only services pay for.
    fn carries(&self, token: usize) -> bool {
        let _ = token;
        false
    }

    /// The annual rate, in RAY and simple as the protocol states it, that borrowers of its first token
    /// pay now; `None` where nothing is lent, or the figures do not say.
    fn borrow_rate(&self) -> Option<U256> {
        None
    }

    /// A copy in which `utilisation`, in RAY, of what was supplied is lent out: all else equal, the rest
    /// is what can be withdrawn. `None` where nothing is lent, or the figures do not say how much.
    fn lent(&self, utilisation: U256) -> Option<Box<dyn Venue>> {
        let _ = utilisation;
        None
    }

    /// The fixed rate that a venue implies whose tokens begin with a standardized token and the
    /// principal token of it; `None` of any other.
    fn fixed_term(&self) -> Option<FixedTerm> {
        None
    }

    /// What lies behind the second token of a venue whose tokens begin with a standardized token and the
    /// LP of its market; `None` of any other.
    fn pooled(&self) -> Option<Pooled> {
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
