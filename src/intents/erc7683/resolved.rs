//! What an order comes to, checked whatever its type.

use alloy_primitives::{Address, B256, U256};
use tenor_simulations::World;
use tenor_solver::{intent::Intent, solution::Solution};

use super::{
    order::{FillInstruction, Output, ResolvedCrossChainOrder},
    refusal::Refusal,
    registry::{Decoded, Proof},
    yield_order::address,
};
use crate::{
    engine::Engine,
    intents::{form::Form, sentence::Names, signed::signature},
};

/// What an order's own settler would answer to `resolve`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The type of its data.
    pub name: &'static str,
    /// What its decoder says.
    pub decoded: Decoded,
}

/// What an order is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The chain.
    pub chain_id: u64,
    /// Unix seconds.
    pub now: u64,
    /// The block's number.
    pub block: u64,
    /// The chain's state, for contracts' signatures. Without one only keys can sign.
    pub state: Option<&'a World>,
}

/// An order of this chain alone, in time and its user's. Only [`check`] makes one.
#[derive(Debug, Clone)]
pub struct Checked(Resolved);

/// Checks a resolved order: what costs least first.
pub fn check(resolved: Resolved, rules: &Rules<'_>) -> Result<Checked, Refusal> {
    let Decoded { order, proof, valid_after, exclusive } = &resolved.decoded;
    same_chain(order, rules.chain_id)?;
    for (what, deadline) in [("opening", order.openDeadline), ("filling", order.fillDeadline)] {
        if rules.now > u64::from(deadline) {
            return Err(Refusal::Expired { what, deadline, now: rules.now });
        }
    }
    if U256::from(rules.now) < *valid_after {
        return Err(Refusal::NotYetValid { valid_after: *valid_after, now: rules.now });
    }
    if let Some((solver, until)) = exclusive.filter(|(_, until)| U256::from(rules.block) <= *until)
    {
        return Err(Refusal::Exclusive { solver, until, block: rules.block });
    }
    if let Proof::Signed { owner, digest, signature } = proof {
        signature::check(*owner, *digest, signature, rules.state)?;
    }
    Ok(Checked(resolved))
}

fn same_chain(order: &ResolvedCrossChainOrder, here: u64) -> Result<(), Refusal> {
    let spent = order.maxSpent.iter().map(|output| ("what is spent", output.chainId));
    let received = order.minReceived.iter().map(|output| ("what is received", output.chainId));
    let filled = order.fillInstructions.iter();
    let filled = filled.map(|fill| ("the fill", U256::from(fill.destinationChainId)));
    let legs = std::iter::once(("the origin", order.originChainId));
    for (leg, chain) in legs.chain(spent).chain(received).chain(filled) {
        if chain != U256::from(here) {
            return Err(Refusal::CrossChain { leg: leg.to_owned(), chain, here });
        }
    }
    Ok(())
}

/// What an order asks, in the one order model: swap so much for at least so much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// What is given.
    pub asset: Address,
    /// Units of it.
    pub amount: U256,
    /// What is wanted.
    pub wanted: Address,
    /// Units of it at least.
    pub least: U256,
    /// Who gets it.
    pub recipient: Address,
}

impl Checked {
    /// The order.
    pub const fn resolved(&self) -> &Resolved {
        &self.0
    }

    /// What it asks. Orders of several outputs are resolved and filled like any other, but what to look for
    /// between them only their user's preferences say, which the standard does not carry.
    pub fn terms(&self) -> Result<Terms, Refusal> {
        let order = &self.0.decoded.order;
        let spent = single("what is spent", &order.maxSpent)?;
        let received = single("what is received", &order.minReceived)?;
        Ok(Terms {
            asset: address("the token received", received.token)?,
            amount: received.amount,
            wanted: address("the token spent", spent.token)?,
            least: spent.amount,
            recipient: address("the recipient", spent.recipient)?,
        })
    }
}

fn single<'a>(what: &'static str, outputs: &'a [Output]) -> Result<&'a Output, Refusal> {
    match outputs {
        [output] => Ok(output),
        [] => Err(Refusal::NothingWanted),
        several => Err(Refusal::Several { what, count: several.len() }),
    }
}

impl Terms {
    /// The solver's question. What it finds must give [`Terms::least`].
    pub fn intent(&self, names: &Names<'_>) -> Result<Intent, Refusal> {
        Ok(Form::swap(self.asset, self.amount, self.wanted).intent(names)?)
    }

    /// The market's best plan and what it gives; refused where that is less than is wanted.
    pub fn plan(&self, engine: &Engine) -> Result<(Solution, U256), Refusal> {
        let intent = self.intent(&engine.names())?;
        let best = tenor_solver::solve(engine.market(), &intent)?.best.ok_or(Refusal::NoPlan)?;
        let held = best.end.iter().find(|held| held.token == self.wanted);
        let out = held.map_or(U256::ZERO, |held| held.balance);
        if out < self.least {
            return Err(Refusal::Below { out, least: self.least });
        }
        Ok((best, out))
    }
}

impl Checked {
    /// Who fills it: the one destination's settler.
    pub fn settler(&self) -> Result<Address, Refusal> {
        address("the destination's settler", self.instruction()?.destinationSettler)
    }

    pub(super) fn instruction(&self) -> Result<&FillInstruction, Refusal> {
        let all = &self.0.decoded.order.fillInstructions;
        match &all[..] {
            [instruction] => Ok(instruction),
            _ => Err(Refusal::Several { what: "its fills", count: all.len() }),
        }
    }
}

impl Resolved {
    /// The order's id.
    pub const fn id(&self) -> B256 {
        self.decoded.order.orderId
    }
}
