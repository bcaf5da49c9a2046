//! What a quoter answers: the schema of docs.uniswap.org, "Become a Quoter", as
//! Uniswap/uniswapx-parameterization-api at 8ddf6bf5 sends (`WebhookQuoter.ts`) and checks it
//! (`RfqResponseJoi`). Each request comes with its opposite, and nobody says which is meant.
//!
//! A quote is what the market gives less gas and a margin. No quote is better than one that fades.

use std::time::Instant;

use alloy_primitives::{Address, U256};
use serde::{Deserialize, Serialize};
use tenor_solver::amount::{mul_div, mul_div_up};

use super::{
    fill::{FILL_GAS, FillError, Filler, balance, gas_cost, ours, swap},
    price::Moment,
};
use crate::{engine::Engine, intents::signed::wire::Decimal};

/// Basis points of the whole.
const BPS: u64 = 10_000;

/// Tries to find the input that buys an output; each comes nearer by more than a digit.
const TRIES: usize = 8;

/// A request for a quote.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// To be said again.
    pub request_id: String,
    /// To be said again.
    #[serde(default)]
    pub quote_id: Option<String>,
    /// The chain of what is sold.
    pub token_in_chain_id: u64,
    /// The chain of what is bought: the same.
    pub token_out_chain_id: u64,
    /// What is sold.
    pub token_in: Address,
    /// What is bought; zero is ether.
    pub token_out: Address,
    /// Units of the one that is fixed, in decimal.
    pub amount: Decimal,
    /// Which one that is.
    #[serde(rename = "type")]
    pub side: Side,
}

/// Which amount is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Side {
    /// What is sold.
    ExactInput,
    /// What is bought.
    ExactOutput,
}

/// A quote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    /// The request's.
    pub request_id: String,
    /// The request's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote_id: Option<String>,
    /// The chain.
    pub chain_id: u64,
    /// What is sold.
    pub token_in: Address,
    /// Units of it, in decimal.
    pub amount_in: Decimal,
    /// What is bought.
    pub token_out: Address,
    /// Units of it, in decimal.
    pub amount_out: Decimal,
    /// Who would fill.
    pub filler: Address,
}

/// Why there is no quote.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages name the fields")]
pub enum Declined {
    #[error("for chain {found}; this is chain {expected}")]
    WrongChain { found: u64, expected: u64 },
    #[error(transparent)]
    Fill(#[from] FillError),
    #[error("no input of this market buys as much")]
    Unreachable,
    #[error("there was no time")]
    Late,
}

/// What a quote keeps back, and until when it is of use.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Who would fill.
    pub filler: Filler,
    /// Basis points of what is bought that are kept, beside gas.
    pub margin_bps: u32,
    /// When to give up.
    pub until: Instant,
}

/// Quotes on a market, at the block after its own.
pub fn quote(engine: &Engine, request: &Request, terms: &Terms) -> Result<Quote, Declined> {
    let expected = engine.market().chain_id;
    let chains = [request.token_in_chain_id, request.token_out_chain_id];
    if let Some(found) = chains.into_iter().find(|chain| *chain != expected) {
        return Err(Declined::WrongChain { found, expected });
    }
    let at = Moment::next(engine.market(), terms.filler.address);
    let pair = Pair { engine, ends: (request.token_in, ours(request.token_out)), terms, at };
    let amount = request.amount.0;
    let (input, output) = match request.side {
        Side::ExactInput => (amount, pair.offered(amount)?),
        Side::ExactOutput => (pair.asked(amount)?, amount),
    };
    if input.is_zero() || output.is_zero() {
        return Err(Declined::Unreachable);
    }
    Ok(Quote {
        request_id: request.request_id.clone(),
        quote_id: request.quote_id.clone(),
        chain_id: expected,
        token_in: request.token_in,
        amount_in: Decimal(input),
        token_out: request.token_out,
        amount_out: Decimal(output),
        filler: terms.filler.address,
    })
}

/// Two tokens of a market.
#[derive(Debug)]
struct Pair<'a> {
    engine: &'a Engine,
    ends: (Address, Address),
    terms: &'a Terms,
    at: Moment,
}

impl Pair<'_> {
    /// What an input is offered, rounded down; zero where gas takes all.
    fn offered(&self, input: U256) -> Result<U256, Declined> {
        if Instant::now() >= self.terms.until {
            return Err(Declined::Late);
        }
        let (received, gas) = self.routed(self.ends, input)?;
        let gas = gas.saturating_add(FILL_GAS);
        let cost = gas_cost(self.engine, gas, self.ends.1, &self.at)?;
        let kept = BPS.saturating_sub(u64::from(self.terms.margin_bps));
        let left = received.saturating_sub(cost);
        mul_div(left, U256::from(kept), U256::from(BPS)).ok_or(FillError::Overflow.into())
    }

    /// What the market returns for an input, and the gas of it.
    fn routed(
        &self,
        (from, to): (Address, Address),
        input: U256,
    ) -> Result<(U256, u64), FillError> {
        let intent = swap(self.engine, from, to, input)?;
        let answer = tenor_solver::decide(self.engine.market(), &intent)?;
        let Some(plan) = answer.best else {
            let why = answer.infeasible.map(|infeasible| infeasible.reason).unwrap_or_default();
            return Err(FillError::NoRoute(why));
        };
        self.engine.keeps_limits(&intent, &plan)?;
        Ok((balance(&plan, to), plan.gas))
    }

    /// The least input found that is offered `output`: what it costs the other way round, brought nearer.
    fn asked(&self, output: U256) -> Result<U256, Declined> {
        let (mut input, _) = self.routed((self.ends.1, self.ends.0), output)?;
        let mut best: Option<U256> = None;
        for _ in 0..TRIES {
            if input.is_zero() {
                break;
            }
            let offered = self.offered(input)?;
            let enough = offered >= output;
            if enough {
                best = Some(best.map_or(input, |best| best.min(input)));
            }
            let next = if offered.is_zero() {
                input.checked_mul(U256::from(2)).ok_or(FillError::Overflow)?
            } else {
                mul_div_up(input, output, offered).ok_or(FillError::Overflow)?
            };
            // A hundred thousandth more or less is not worth another look.
            let near = input / U256::from(100_000);
            if enough && next.saturating_add(near) >= input {
                break;
            }
            input = if enough { next } else { next.saturating_add(near).saturating_add(U256::ONE) };
        }
        best.ok_or(Declined::Unreachable)
    }
}
