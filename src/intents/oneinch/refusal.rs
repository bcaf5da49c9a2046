//! Why an order is not filled: one variant for each reason, each a row of [`Problem`].

use alloy_primitives::{Address, B256, U256};
use tenor_simulations::{SimulationError, SourceError};
use tenor_solver::SolveError;

use super::{
    extension::ExtensionError,
    fill::Fill,
    order::ROUTER,
    run::Run,
    traits::{Half, half},
};
use crate::{
    intents::{
        form::FormError,
        signed::{self, WireError},
    },
    problems::Problem,
};

/// Why an order is not filled.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages name the fields")]
pub enum Refusal {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("named {told}; signed for this chain it is {found}")]
    OtherHash { told: B256, found: B256 },
    #[error("nothing is given or nothing is wanted")]
    ZeroAmount,
    #[error("{0} is given and wanted")]
    SameAsset(Address),
    #[error("an amount or a length is larger than the router can take")]
    Overflow,
    #[error("the maker's traits announce an extension and there is none")]
    MissingExtension,
    #[error("there is an extension and the maker's traits announce none")]
    UnexpectedExtension,
    #[error("the salt commits to another extension")]
    OtherExtension,
    #[error(transparent)]
    Extension(#[from] ExtensionError),
    #[error("only the account that ends in {allowed} may fill it; the taker {taker} ends in {}", half(*taker))]
    Private { allowed: Half, taker: Address },
    #[error("expired at {expiration}; it is {now}")]
    Expired { expiration: u64, now: u64 },
    #[error("it is valid in an epoch and uses up a bit: the router refuses both at once")]
    EpochAndBit,
    #[error("its epoch {epoch} of series {series} is not the maker's")]
    EpochPassed { epoch: u64, series: u64 },
    #[error(
        "whether it is in the maker's epoch of series {series} only the chain can tell, and no state is at hand"
    )]
    EpochUnknown { series: u64 },
    #[error("its amounts are computed by {0}, which is no settlement contract known here")]
    UnknownGetter(Address),
    #[error(
        "it is valid where {0:?} says so, which only the chain can tell, and no state is at hand"
    )]
    UnknownPredicate(String),
    #[error("its predicate ({0}) does not hold now")]
    PredicateFalse(String),
    #[error("its {when} calls {}, which is not known here", name(*target))]
    UnknownInteraction { when: &'static str, target: Option<Address> },
    #[error("transfers of {0} carry data of their own: it is no plain token")]
    UnknownProxy(Address),
    #[error("{0} is not named by its whitelist, and holds no access token")]
    NotAResolver(Address),
    #[error("{taker} may fill it from {from} on; it is {now}")]
    NotYetAllowed { taker: Address, from: u64, now: u64 },
    #[error("the maker expects less than the order asks for: the settlement refuses it")]
    EstimateTooLow,
    #[error("fees are to be paid and the payment does not go to {settlement}: it refuses that")]
    FeesUnpaid { settlement: Address },
    #[error(transparent)]
    Signature(#[from] signed::Refusal),
    #[error("{0} is not deployed, and the router does not know ERC-6492")]
    Undeployed(Address),
    #[error("{0} is filled or cancelled")]
    Gone(B256),
    #[error("{asked} is asked for and {left} is left")]
    MoreThanLeft { asked: U256, left: U256 },
    #[error("it is filled whole, {making}, or not at all")]
    Whole { making: U256 },
    #[error("the chain's state is not to be had: {0}")]
    State(#[from] SourceError),
    #[error("{ROUTER} does not answer as 1inch's router does")]
    NoRouter,
    #[error("the fill does not run: {0}")]
    Run(#[from] SimulationError),
    #[error(
        "run in an EVM the fill brings {} of {} and costs {} of {}",
        run.received, fill.making, run.spent, fill.taking
    )]
    Disagrees { fill: Box<Fill>, run: Box<Run> },
    #[error("the market cannot be asked: {0}")]
    Form(#[from] FormError),
    #[error("the market cannot be asked: {0}")]
    Solve(#[from] SolveError),
    #[error("the market does not sell {given} for {wanted}")]
    NoSale { given: Address, wanted: Address },
    #[error("what gas costs in {0} is not known on this chain")]
    GasUnpriced(Address),
    #[error(
        "it does not pay: its sale brings {proceeds} of {asset}, it costs {paid} and gas {gas}"
    )]
    Unprofitable { proceeds: U256, paid: U256, gas: U256, asset: Address },
}

fn name(target: Option<Address>) -> String {
    target.map_or_else(|| "nobody".to_owned(), |target| target.to_string())
}

impl Refusal {
    /// Its row in the table.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Wire(error) => error.problem(),
            Self::OtherHash { .. } => Problem::OrderHashMismatch,
            Self::ZeroAmount => Problem::ZeroAmount,
            Self::SameAsset(_) | Self::EpochAndBit | Self::EstimateTooLow => Problem::Contradiction,
            Self::FeesUnpaid { .. } => Problem::FeesUnpaid,
            Self::Overflow => Problem::AmountOverflow,
            Self::MissingExtension | Self::UnexpectedExtension | Self::OtherExtension => {
                Problem::ExtensionMismatch
            }
            Self::Extension(_) => Problem::ExtensionMalformed,
            Self::Private { .. } => Problem::PrivateOrder,
            Self::Expired { .. } => Problem::Expired,
            Self::EpochPassed { .. } => Problem::EpochPassed,
            Self::EpochUnknown { .. } => Problem::EpochUnknown,
            Self::UnknownGetter(_) => Problem::UnknownGetter,
            Self::UnknownPredicate(_) => Problem::UnknownPredicate,
            Self::PredicateFalse(_) => Problem::PredicateFalse,
            Self::UnknownInteraction { .. } => Problem::UnknownInteraction,
            Self::UnknownProxy(_) => Problem::UnknownProxy,
            Self::NotAResolver(_) => Problem::NotAResolver,
            Self::NotYetAllowed { .. } => Problem::NotYetAllowed,
            Self::Signature(error) => error.problem(),
            Self::Undeployed(_) => Problem::Undeployable,
            Self::Gone(_) => Problem::OrderGone,
            Self::MoreThanLeft { .. } => Problem::MoreThanLeft,
            Self::Whole { .. } => Problem::WholeOnly,
            Self::State(_) => Problem::StateUnavailable,
            Self::Run(_) | Self::Disagrees { .. } => Problem::Unconfirmed,
            Self::NoRouter => Problem::NoRouter,
            Self::Form(FormError::UnknownToken { .. }) => Problem::UnknownAsset,
            Self::Form(_) => Problem::InvalidField,
            Self::Solve(_) | Self::NoSale { .. } | Self::GasUnpriced(_) => Problem::Unsolvable,
            Self::Unprofitable { .. } => Problem::Unprofitable,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.problem().code()
    }
}
