//! What one strategy holds, and what it does about it.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::decimal,
    intent::{Intent, Limits},
    market::Market,
    solution::{PlanKind, Solution},
    stress::{After, Position},
    venues::NATIVE,
};

use super::{BacktestError, day::Day};
use crate::engine::Engine;

/// Tokens held, gas spent so far and trades of the last decision.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) holdings: Vec<(Address, U256)>,
    pub(super) gas_wei: U256,
    pub(super) trades: Vec<Trade>,
    /// What was decided, in words.
    pub(super) decided: Vec<String>,
}

/// One trade.
#[derive(Debug, Clone)]
pub(super) struct Trade {
    pub(super) venue: String,
    pub(super) token_in: Address,
    pub(super) token_out: Address,
    pub(super) amount_in: U256,
    pub(super) amount_out: U256,
    pub(super) gas: u64,
}

/// What an account is worth on a day.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    /// By redemption rates.
    pub(super) redeem: U256,
    /// What it sells for at once, at any price.
    pub(super) sale: U256,
    /// The sale less the gas spent.
    pub(super) value: U256,
}

impl Account {
    pub(super) fn new(name: &str, holdings: Vec<(Address, U256)>) -> Self {
        let (gas_wei, trades, decided) = (U256::ZERO, Vec::new(), Vec::new());
        Self { name: name.to_owned(), holdings, gas_wei, trades, decided }
    }

    /// Asks the solver about each token held, and does what it says.
    pub(super) fn decide(
        &mut self,
        engine: &Engine,
        horizon_days: u64,
    ) -> Result<(), BacktestError> {
        for (token, amount) in std::mem::take(&mut self.holdings) {
            let market = engine.market();
            let (symbol, whole) = named(market, token, amount);
            let sentence =
                format!("maximize ETH yield on {whole} {symbol} for {horizon_days} days");
            let intent = engine.read(&sentence).map_err(|error| BacktestError::Asked {
                sentence: sentence.clone(),
                why: error.to_string(),
            })?;
            let answer = tenor_solver::solve(market, &intent);
            match answer.ok().and_then(|answer| answer.best) {
                Some(plan) if plan.kind != PlanKind::Hold => {
                    self.decided.push(format!("{symbol}: {}", plan.label));
                    self.follow(market, &plan);
                }
                Some(_) => {
                    self.decided.push(format!("{symbol}: hold"));
                    self.receive(token, amount);
                }
                None => {
                    self.decided.push(format!("{symbol}: no plan can be shown, so it stays"));
                    self.receive(token, amount);
                }
            }
        }
        Ok(())
    }

    /// Buys `to` with an amount of what is held; `false` where nothing sells it.
    pub(super) fn buy(
        &mut self,
        engine: &Engine,
        (from, amount): (Address, U256),
        to: Address,
    ) -> Result<bool, BacktestError> {
        let market = engine.market();
        let ((given, whole), (wanted, _)) =
            (named(market, from, amount), named(market, to, amount));
        let sentence = format!("swap {whole} {given} to {wanted}");
        let intent = engine.read(&sentence).map_err(|error| BacktestError::Asked {
            sentence: sentence.clone(),
            why: error.to_string(),
        })?;
        let answer = tenor_solver::solve(market, &intent);
        let Some(plan) = answer.ok().and_then(|answer| answer.best) else { return Ok(false) };
        let Some(held) = self.holdings.iter_mut().find(|(token, _)| *token == from) else {
            return Ok(false);
        };
        held.1 = held.1.saturating_sub(amount);
        self.holdings.retain(|(_, amount)| !amount.is_zero());
        self.follow(market, &plan);
        Ok(true)
    }

    /// Takes what a plan leaves.
    fn follow(&mut self, market: &Market, plan: &Solution) {
        for held in plan.end.iter().filter(|held| !held.balance.is_zero()) {
            self.receive(held.token, held.balance);
        }
        let gas = market.gas_price.saturating_mul(U256::from(plan.gas));
        self.gas_wei = self.gas_wei.saturating_add(gas);
        self.trades.extend(plan.legs.iter().map(|leg| Trade {
            venue: market.listings[leg.listing].venue.id().to_string(),
            token_in: leg.token_in,
            token_out: leg.token_out,
            amount_in: leg.swap.amount,
            amount_out: leg.amount_out,
            gas: leg.gas,
        }));
    }

    fn receive(&mut self, token: Address, amount: U256) {
        match self.holdings.iter_mut().find(|(held, _)| *held == token) {
            Some((_, held)) => *held = held.saturating_add(amount),
            None => self.holdings.push((token, amount)),
        }
    }

    /// What it is worth, by the code that values plans; `None` where something cannot be sold.
    pub(super) fn mark(&self, day: &Day, limits: &Limits) -> Option<Mark> {
        let position = Position { holdings: self.holdings.clone(), loans: Vec::new() };
        let state = position.state(&day.market, &After::nothing(&day.market), limits, 0).ok()?;
        let sale = state.reach.first()?.eth?;
        let redeem = U256::try_from(state.redeem?).ok()?;
        Some(Mark { redeem, sale, value: sale.saturating_sub(self.gas_wei) })
    }
}

fn named(market: &Market, token: Address, amount: U256) -> (String, String) {
    let decimals = market.token(token).map_or(18, |t| t.decimals);
    (market.symbol(token), decimal(amount, decimals))
}

/// The engine on a day's market; its plans are not run, for no state of that day is known.
pub(super) fn engine(day: &Day) -> Engine {
    Engine::of(Arc::new(day.market.clone()), None)
}

/// The limits of the default profile, which marks are made under.
pub(super) fn defaults(engine: &Engine) -> Result<Intent, BacktestError> {
    let sentence = "maximize ETH yield on 1 ETH".to_owned();
    let read = engine.read(&sentence);
    read.map_err(|error| BacktestError::Asked { sentence, why: error.to_string() })
}

/// Whether two tokens are ETH both.
pub(super) fn is_eth(market: &Market, token: Address) -> bool {
    token == NATIVE || market.exact_pair(token, NATIVE).is_some()
}
