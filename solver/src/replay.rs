//! A plan as somebody states it, run through the venues' integer code again: what it really returns.

use alloy_primitives::{Address, U256};

use crate::{
    candidates::{Candidates, horizon},
    graph::Graph,
    intent::{Goal, Intent},
    ledger::Ledger,
    market::Market,
    route::{Push, PushError},
    solution::{PlanKind, Solution},
    trades,
    value::Appraiser,
    venues::VenueId,
};

/// One trade as a plan states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The venue.
    pub venue: VenueId,
    /// The token given.
    pub token_in: Address,
    /// The token wanted.
    pub token_out: Address,
    /// Units given.
    pub amount_in: U256,
    /// Units that the venue is said to hand over.
    pub amount_out: U256,
}

/// Why a stated plan is not what it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The market does not list the intent's asset, or cannot value what the plan leaves.
    #[error("this market cannot value the plan")]
    Unvalued,
    /// A venue or a token of it that the market does not list.
    #[error("leg {leg}: {venue} does not trade these tokens in this market")]
    NotTraded {
        /// Which leg, counted from one.
        leg: usize,
        /// The venue named.
        venue: VenueId,
    },
    /// More is spent than is held.
    #[error("leg {leg} spends {amount} of which only {held} is held")]
    NotHeld {
        /// Which leg, counted from one.
        leg: usize,
        /// Units to be spent.
        amount: U256,
        /// Units held.
        held: U256,
    },
    /// A venue refuses.
    #[error("leg {leg}: {source}")]
    Refused {
        /// Which leg, counted from one.
        leg: usize,
        /// Why.
        source: PushError,
    },
    /// A venue hands over something else.
    #[error("leg {leg} returns {returns}, not {claimed}")]
    Differs {
        /// Which leg, counted from one.
        leg: usize,
        /// Units claimed.
        claimed: U256,
        /// Units that the venue hands over.
        returns: U256,
    },
}

/// Runs stated trades for an intent and values what they leave, as the solver would.
pub fn replay(market: &Market, intent: &Intent, claims: &[Claim]) -> Result<Solution, ReplayError> {
    let graph = Graph::new(market);
    let start = Ledger::with(market, intent.asset, intent.amount).ok_or(ReplayError::Unvalued)?;
    let mut push = Push::new(market, start);
    for (leg, claim) in (1..).zip(claims) {
        step(market, &mut push, leg, claim)?;
    }
    let appraiser = Appraiser::new(market, &graph, &intent.limits).holding(intent.asset);
    let plan = match intent.goal {
        Goal::Swap { .. } | Goal::Exit { .. } => trades::finished(&appraiser, intent, push),
        Goal::Yield { .. } => horizon(intent).and_then(|(objective, horizon_s)| {
            let candidates = Candidates::new(&appraiser, intent, objective, horizon_s)?;
            let kind = if claims.is_empty() { PlanKind::Hold } else { PlanKind::Positions };
            candidates.finish(kind, String::new(), push)
        }),
    };
    plan.ok_or(ReplayError::Unvalued)
}

fn step(
    market: &Market,
    push: &mut Push<'_>,
    leg: usize,
    claim: &Claim,
) -> Result<(), ReplayError> {
    let Claim { venue, token_in, token_out, amount_in, amount_out } = claim;
    let not_traded = || ReplayError::NotTraded { leg, venue: venue.clone() };
    let listing = market.listings.iter().position(|l| l.venue.id() == venue);
    let listing = listing.ok_or_else(not_traded)?;
    let tokens = market.listings[listing].venue.tokens();
    let at = |token: &Address| tokens.iter().position(|t| t == token).ok_or_else(not_traded);
    let (from, to) = (at(token_in)?, at(token_out)?);
    let held = push.balance(*token_in).unwrap_or_default();
    // The ledger decides: balances that follow shares are a unit or two off what the shares allow.
    let returns = push.trade(listing, from, to, *amount_in).map_err(|source| match source {
        PushError::Overflow if *amount_in > held => {
            ReplayError::NotHeld { leg, amount: *amount_in, held }
        }
        source => ReplayError::Refused { leg, source },
    })?;
    if returns == *amount_out {
        Ok(())
    } else {
        Err(ReplayError::Differs { leg, claimed: *amount_out, returns })
    }
}
