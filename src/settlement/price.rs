//! What a settlement offers for its place, and the fee that it declares for it.
//!
//! The owner signed the highest fee. Landing is worth what that leaves once the base fee is paid, and the bid
//! is decided on that ([`crate::bundle::offer`]). The fee that is declared is what gas and bid can cost: what
//! is not bid stays the owner's.

use alloy_primitives::{Address, U256};
use tenor_simulations::{Verified, World, world::Block};
use tenor_solver::{market::Market, mev::bid::Tried};

use super::make::{Place, Unmade};
use crate::{
    bundle::{
        fees::highest_base_fee,
        offer::{Asked, Decision, Known, decide},
        protect::protected,
        prove::{Proven, prove},
        settle::{self, Terms, most_fee, settlement_at},
    },
    intents::signed::Checked,
};

/// What is known of bids, and of those who may be told.
#[derive(Debug)]
pub(super) struct Field<'a> {
    /// Who may be told, and how they stand.
    pub(super) relays: Vec<Known>,
    /// One's own bids, and what became of them.
    pub(super) tried: &'a [Tried],
}

/// A settlement that declares what it costs, and what was decided on it.
#[derive(Debug)]
pub(super) struct Priced {
    pub(super) proven: Proven,
    pub(super) decision: Decision,
}

/// Writes and runs a settlement with the highest fee and limits at which no attack pays, decides what is bid,
/// and runs it once more with the fee that this costs. `next` is the block that it is to land in.
pub(super) fn priced(
    place: &Place<'_>,
    (market, world): (&Market, &World),
    (checked, plan): (&Checked, &Verified),
    next: Block,
    solver: Address,
) -> Result<Priced, Unmade> {
    let (rules, signed) = (place.rules, checked.permit().deadline.saturating_to::<u64>());
    let last = rules.blocks.saturating_sub(1);
    let slots = last.saturating_add(rules.missed_slots);
    let late = next.timestamp.saturating_add(slots.saturating_mul(rules.slot_s));
    let most = most_fee(market, checked);
    let terms = |fee| Terms {
        solver,
        fee,
        slippage_bps: checked.intent().limits.slippage_bps,
        deadline: late.min(signed),
        authorizations: Vec::new(),
    };
    let guarded = protected(market, world, place.here, checked, plan, &terms(most))?;
    let decision = decide(&Asked {
        market,
        plan: plan.solution(),
        proven: &guarded.proven,
        exposed: &guarded.exposed,
        head: next,
        ahead: (0, last),
        blocks_left: blocks_left(next.timestamp, signed, rules.slot_s),
        limits: rules.fees,
        habits: &rules.habits,
        tried: place.field.tried,
        relays: &place.field.relays,
        own: None,
    })?;
    if !decision.pays() {
        let (fee, cost) = (decision.bid.fee_wei.0, decision.bid.base_fee_wei.0);
        return Err(Unmade::Unpaid { fee, cost });
    }
    let dearest = highest_base_fee(next.base_fee, last);
    let price = dearest.saturating_add(decision.fees().tip).min(rules.fees.most_fee);
    let cost = U256::from(guarded.proven.own_gas()).saturating_mul(U256::from(price));
    let fee = settle::fee(market, checked, cost).ok_or(Unmade::NoWorth)?;
    if fee == most {
        return Ok(Priced { proven: guarded.proven, decision });
    }
    // The fee is no part of the legs: what others could take of them stays what it was.
    let least = guarded.proven.settlement().least().to_vec();
    let written = settlement_at(market, world, place.here, checked, plan, (&terms(fee), least))?;
    Ok(Priced { proven: prove(world, written)?, decision })
}

/// In how many blocks after the next one it can still be tried.
fn blocks_left(next: u64, deadline: u64, slot_s: u64) -> u32 {
    let left = deadline.saturating_sub(next).checked_div(slot_s).unwrap_or(0);
    u32::try_from(left).unwrap_or(u32::MAX)
}
