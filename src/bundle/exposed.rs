//! What others could take from a settlement that leaked, as an attacker measured it in the EVM.
//!
//! The victim is the very transaction that is signed: its legs' limits, the least that the owner signed,
//! the Settler's own checks. The attacker ([`tenor_simulations::exposure`]) trades around it, swap by swap
//! and then around all of them at once. What is told is never less than what any such attack takes: what
//! the search may have missed is added, a thousandth of it.

use alloy_primitives::{Address, U256};
use serde::{Deserialize, Serialize};
use tenor_simulations::{
    Script, Sent, World,
    exposure::{self, Aim, Case, ExposureError, Leg, Sandwiches},
};
use tenor_solver::{
    amount::{WAD, mul_div, mul_div_up},
    market::Market,
    mev::plan,
    solution::Solution,
    venues::{Call, LegKind, Venue},
};

use super::settle::Settlement;
use crate::intents::signed::{frozen::Output, wire::Decimal};

/// What others could take from a settlement that stands between their trades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposed {
    /// Wei that an attacker takes of the whole at most, its gas not paid; zero where no attack pays its
    /// gas.
    pub taken_wei: Decimal,
    /// Wei that are left of it once gas is paid, in the attack that was found.
    pub net_wei: Decimal,
    /// Wei that the recipient loses at most by it.
    pub loss_wei: Decimal,
    /// Its swaps, each as if the others were left alone.
    pub legs: Vec<ExposedLeg>,
    /// EVM runs that it took.
    pub runs: u32,
}

/// What others could take from one swap of a settlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExposedLeg {
    /// Its place among the plan's legs.
    pub leg: usize,
    /// The venue.
    pub venue: String,
    /// The least that it may return.
    pub least: Decimal,
    /// The token that the attacker gives and gains.
    pub token: Address,
    /// Units of it given first.
    pub front: Decimal,
    /// Units of it gained, gas not paid.
    pub taken: Decimal,
    /// Gas of the attack.
    pub gas: u64,
    /// Wei that it takes at most, gas not paid; zero where no attack pays its gas.
    pub taken_wei: Decimal,
    /// Wei that are left once gas is paid; null where the token has no price.
    pub net_wei: Option<Decimal>,
    /// Units of what the leg wants that the recipient loses.
    pub loss: Decimal,
}

impl Exposed {
    /// Whether somebody who gets hold of the transaction gains by it.
    pub fn pays(&self) -> bool {
        !self.taken_wei.0.is_zero()
    }
}

/// Attacks a settlement on a state on which it runs. `sent` is the transaction that is to land.
pub fn exposed(
    market: &Market,
    world: &World,
    plan: &Solution,
    settlement: &Settlement,
    sent: &Sent,
) -> Result<Exposed, ExposureError> {
    let swaps: Vec<usize> =
        (0..plan.legs.len()).filter(|leg| plan.legs[*leg].kind == LegKind::Swap).collect();
    let limits = limits(plan, settlement);
    let fronts = fronts(market, plan, &limits);
    let aim = |leg: &usize| {
        let front = fronts.iter().find(|(known, _)| known == leg).map(|(_, front)| *front);
        let (limit, leg) = (limits.get(*leg).copied().unwrap_or_default(), &plan.legs[*leg]);
        let room = Some(leg.amount_out.saturating_sub(limit));
        Aim { call: 0, venue: leg.listing, swap: leg.swap, front, room }
    };
    let aims: Vec<Aim> = swaps.iter().map(aim).collect();
    let venues: Vec<&dyn Venue> = market.listings.iter().map(|of| &*of.venue).collect();
    let prices = plan::prices(market);
    let victim = Script {
        account: sent.from,
        holdings: Vec::new(),
        approvals: Vec::new(),
        calls: vec![Call { to: sent.to, value: sent.value, data: sent.data.clone() }],
        watch: Vec::new(),
    };
    let outputs: Vec<Address> = settlement.outputs().collect();
    let case = Case {
        world,
        victim: &victim,
        aims: &aims,
        bundled: true,
        whose: settlement.parties().recipient,
        outputs: &outputs,
        venues: &venues,
        prices: &prices,
        tip: 0,
    };
    let found = exposure::sandwiches(&case)?;
    let leg = |(leg, found): (&usize, &Leg)| {
        let venue = market.listings[plan.legs[*leg].listing].venue.id().to_string();
        told(*leg, venue, settlement.least.get(*leg).copied().unwrap_or_default(), found)
    };
    let legs = swaps.iter().zip(&found.legs).map(leg).collect();
    Ok(whole(&found, legs))
}

fn whole(found: &Sandwiches, legs: Vec<ExposedLeg>) -> Exposed {
    let whole = &found.whole;
    // What nobody can price is not told as nothing.
    let unpriced = found.legs.iter().any(|leg| leg.net.is_none() && !leg.taken.is_zero());
    let taken = if unpriced { U256::MAX } else { whole.exposed };
    Exposed {
        taken_wei: Decimal(taken),
        net_wei: Decimal(whole.net),
        loss_wei: Decimal(whole.loss.saturating_add(whole.loss / U256::from(LOSS_MISSED))),
        legs,
        runs: found.runs,
    }
}

/// What the search may miss of a loss, as a share: where a gain is at its peak it hardly changes with the
/// size, and the loss does.
const LOSS_MISSED: u64 = 64;

fn told(leg: usize, venue: String, least: U256, found: &Leg) -> ExposedLeg {
    ExposedLeg {
        leg,
        venue,
        least: Decimal(least),
        token: found.token,
        front: Decimal(found.front),
        taken: Decimal(found.taken),
        gas: found.gas,
        taken_wei: Decimal(found.exposed),
        net_wei: found.net.map(Decimal),
        loss: Decimal(found.loss),
    }
}

/// What each leg returns at least: by its own limit, or because the owner gets no less than was signed.
fn limits(plan: &Solution, settlement: &Settlement) -> Vec<U256> {
    let spare = spare(plan, settlement);
    let limit = |(nth, leg): (usize, &tenor_solver::route::Leg)| {
        let own = settlement.least.get(nth).copied().unwrap_or_default();
        let spare = spare.iter().find(|(token, _)| *token == leg.token_out);
        own.max(spare.map_or(U256::ZERO, |(_, spare)| leg.amount_out.saturating_sub(*spare)))
    };
    plan.legs.iter().enumerate().map(limit).collect()
}

/// Units of each output that may be missing before the Settler refuses: for its own least amount, or for the
/// least value of them all, of which it is then all that is missing. Rounded up.
fn spare(plan: &Solution, settlement: &Settlement) -> Vec<(Address, U256)> {
    let intent = &settlement.call().intent;
    let held = |output: &Output| {
        let held = plan.end.iter().find(|held| held.token == output.token);
        held.map_or(U256::ZERO, |held| held.balance)
    };
    let counted = |output: &Output| held(output).min(output.maxAmountCounted);
    let credit = |output: &Output| mul_div(counted(output), output.rateE18, WAD);
    let value = intent.outputs.iter().filter_map(credit).fold(U256::ZERO, U256::saturating_add);
    let over = value.saturating_sub(intent.minValueOut).saturating_add(U256::ONE);
    let spare = |output: &Output| {
        let of_value = mul_div_up(over, WAD, output.rateE18).unwrap_or(U256::MAX);
        let uncounted = held(output) - counted(output);
        let own = held(output).saturating_sub(output.minAmount);
        (output.token, own.min(of_value.saturating_add(uncounted)))
    };
    intent.outputs.iter().map(spare).collect()
}

/// The front runs that the model thinks best, by leg.
fn fronts(market: &Market, plan: &Solution, limits: &[U256]) -> Vec<(usize, U256)> {
    let model = plan::exposure_at(market, plan, limits);
    let legs = model.map_or_else(Vec::new, |model| model.legs);
    let known = |leg: &plan::Exposed| (leg.leg, leg.taken.front);
    legs.iter().map(known).filter(|(_, front)| !front.is_zero()).collect()
}
