//! A solution's legs as the steps that the Settler has a solver's Executor run.
//!
//! An allowance goes to the call that takes it and to no other: the Executor sets it before that call and
//! takes it back after. What a router takes through Permit2 the Executor allows by itself, for no step
//! may call Permit2. Amounts stand in the calldata as the model has them, so that a run proves them.

use std::fmt;

use alloy_primitives::{Address, Selector};
use tenor_simulations::{SourceError, World};
use tenor_solver::{
    market::Market,
    solution::Solution,
    venues::{Answer, Encoded, LegKind, NATIVE, Read},
};

use crate::intents::signed::{Deployment, frozen::Step};

/// A leg of a plan, by its place and venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// Its place among the legs, from zero.
    pub leg: usize,
    /// The venue's name.
    pub venue: String,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "leg {} ({})", self.leg + 1, self.venue)
    }
}

/// Why no settlement can carry a plan out: it takes the owner's own account, or is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages name the fields")]
pub enum Unsettleable {
    #[error("the plan is to hold: there is nothing to settle")]
    Holds,
    #[error("the plan starts with other than the asset that was signed, {0}")]
    OtherAsset(Address),
    #[error("{0} owes or repays a debt, which is of the account that acts")]
    Debt(At),
    #[error("{0} ends in native ETH, which no settlement hands over: end in WETH")]
    NativeOut(At),
    #[error("{at} ends in {token}, which is no ERC-20 token: it stays with who acts")]
    Stays { at: At, token: Address },
    #[error("{at} calls {target} with {selector}, which the Executor refuses")]
    Refused { at: At, target: Address, selector: Selector },
    #[error("{0} has no call")]
    NoCall(At),
    #[error("the chain's state is not to be had: {0}")]
    State(#[from] SourceError),
}

/// What the Executor's steps may not be, by selector: `Steps.sol` says why.
const FORBIDDEN: [[u8; 4]; 6] = [
    [0x23, 0xb8, 0x72, 0xdd], // transferFrom(address,address,uint256)
    [0x6d, 0x78, 0x04, 0x59], // transferSharesFrom(address,address,uint256)
    [0x39, 0x50, 0x93, 0x51], // increaseAllowance(address,uint256)
    [0xd5, 0x05, 0xac, 0xcf], // permit(address,address,uint256,uint256,uint8,bytes32,bytes32)
    [0x8f, 0xcb, 0xaf, 0x0c], // permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)
    [0x09, 0x5e, 0xa7, 0xb3], // approve(address,uint256)
];

/// Steps, each with the leg that it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Steps {
    /// The steps, in order.
    pub(super) steps: Vec<Step>,
    /// By step.
    pub(super) legs: Vec<At>,
}

/// A leg by its place.
pub(super) fn at(market: &Market, plan: &Solution, leg: usize) -> At {
    let listing = plan.legs.get(leg).and_then(|leg| market.listings.get(leg.listing));
    At { leg, venue: listing.map_or_else(String::new, |of| of.venue.id().to_string()) }
}

/// Refuses a plan that takes the owner's own account. `world` tells what is a token.
pub(super) fn check(market: &Market, world: &World, plan: &Solution) -> Result<(), Unsettleable> {
    let at = |leg| at(market, plan, leg);
    if plan.legs.is_empty() {
        return Err(Unsettleable::Holds);
    }
    let owes = |leg: &_| matches!(leg, LegKind::Borrow | LegKind::Repay);
    if let Some(leg) = plan.legs.iter().position(|leg| owes(&leg.kind)) {
        return Err(Unsettleable::Debt(at(leg)));
    }
    if plan.leverage.is_some() {
        return Err(Unsettleable::Debt(at(0)));
    }
    let ends = |token| plan.legs.iter().rposition(|leg| leg.token_out == token);
    let held = plan.end.iter().filter(|held| !held.stored.is_zero());
    let held: Vec<(usize, Address)> =
        held.filter_map(|held| Some((ends(held.token)?, held.token))).collect();
    // A rest of ether is wrapped; a plan that goes for ether is another matter.
    let last = plan.legs.len() - 1;
    if let Some(leg) = held.iter().find(|held| **held == (last, NATIVE)) {
        return Err(Unsettleable::NativeOut(at(leg.0)));
    }
    let held: Vec<_> = held.into_iter().filter(|(_, token)| *token != NATIVE).collect();
    let tokens: Vec<Address> = held.iter().map(|(_, token)| *token).collect();
    let are = are_tokens(world, &tokens)?;
    match held.into_iter().zip(are).find(|(_, is)| !is) {
        Some(((leg, token), _)) => Err(Unsettleable::Stays { at: at(leg), token }),
        None => Ok(()),
    }
}

/// Whether contracts tell balances, by position.
pub(super) fn are_tokens(world: &World, all: &[Address]) -> Result<Vec<bool>, SourceError> {
    let reads: Vec<Read> = all.iter().map(|token| balance_of(*token)).collect();
    let tells = |said| matches!(said, Answer::Returned(word) if word.len() >= 32);
    Ok(world.answer(&reads)?.into_iter().map(tells).collect())
}

fn balance_of(token: Address) -> Read {
    // balanceOf(address) of nobody.
    let data = [&[0x70, 0xa0, 0x82, 0x31][..], &[0; 32]].concat().into();
    Read::Call { to: token, data }
}

/// The steps of encoded legs.
pub(super) fn steps(
    market: &Market,
    plan: &Solution,
    encoded: &[Encoded],
    here: &Deployment,
) -> Result<Steps, Unsettleable> {
    let mut all = Steps { steps: Vec::new(), legs: Vec::new() };
    for (nth, leg) in encoded.iter().enumerate() {
        let at = at(market, plan, nth);
        let calls: Vec<_> = leg.calls.iter().filter(|call| call.to != here.permit2).collect();
        let Some(last) = calls.len().checked_sub(1) else { return Err(Unsettleable::NoCall(at)) };
        let spender = leg.approval.map(|approval| approval.spender);
        let taker = calls.iter().position(|call| Some(call.to) == spender).unwrap_or(last);
        for (nth, call) in calls.into_iter().enumerate() {
            let selector = call.data.first_chunk::<4>().copied().unwrap_or_default();
            if call.to == here.settler || FORBIDDEN.contains(&selector) {
                let (target, selector) = (call.to, selector.into());
                return Err(Unsettleable::Refused { at, target, selector });
            }
            let (target, value, data) = (call.to, call.value, call.data.clone());
            let mut step = Step { target, value, data, ..Step::default() };
            if let Some(approval) = leg.approval.filter(|_| nth == taker) {
                (step.token, step.amount) = (approval.token, approval.amount);
                step.throughPermit2 = approval.spender == here.permit2;
                step.spender = if step.throughPermit2 { target } else { approval.spender };
            }
            all.steps.push(step);
            all.legs.push(at.clone());
        }
    }
    Ok(all)
}
