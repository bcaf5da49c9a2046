//! What a plan is worth after something happened: the same valuation, on a shocked market.
//!
//! ```text
//! Market + Shocks -> After { Market, what loans see }    Position + Market -> State
//! ```
//!
//! A market is immutable: [`After::of`] makes another one. [`Position::state`] values what is held on
//! either by [`crate::value`] and the exit ladder, and adds what loans do to it.

mod apply;
mod loan;
mod shock;

use alloy_primitives::{Address, I256, U256};

pub use self::{
    apply::{After, recounted, same, standing_on},
    loan::{Health, Loan, PriceSource},
    shock::{Part, Shock, ShockError},
};
use crate::{
    graph::Graph, intent::Limits, ledger::Ledger, market::Market, risk::LADDER_S, value::Appraiser,
};

/// Everything somebody has: tokens, and collateral with debt against it.
#[derive(Debug, Clone, Default)]
pub struct Position {
    /// Tokens held freely, in units that their balances show.
    pub holdings: Vec<(Address, U256)>,
    /// Loans; their collateral is not among the holdings.
    pub loans: Vec<Loan>,
}

/// What a position is worth on one market.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// What it redeems for, debt taken off; `None` where no rate is known.
    pub redeem: Option<I256>,
    /// ETH at the horizon, gas and debt paid; `None` where something held has no known exit or yield.
    pub horizon: Option<I256>,
    /// ETH within an hour, a day, seven days, thirty days.
    pub reach: Vec<Reach>,
    /// The loans, in their order.
    pub health: Vec<Health>,
    /// Loans that are liquidated at once, by position; what is left of them counts as held. One whose
    /// health falls below one by the horizon counts there as liquidated on the way.
    pub liquidated: Vec<usize>,
}

/// ETH within a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    /// Seconds.
    pub within_s: u64,
    /// The most ETH that comes out at any price, debt repaid; `None` where nothing is known to, or
    /// where it does not repay the debt.
    pub eth: Option<U256>,
    /// The share of the holdings that leaves within the highest exit cost, in basis points.
    pub share_bps: Option<f64>,
    /// Why the rest stays.
    pub reason: Option<String>,
}

/// Why a position cannot be valued at all.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PositionError {
    /// A token that the market does not list.
    #[error("the market does not list {0}")]
    UnknownToken(Address),
    /// A venue that the market does not list.
    #[error("the market does not list the venue {0}")]
    UnknownVenue(String),
    /// A loan that can be liquidated before anything has happened.
    #[error("the loan on {venue} can be liquidated as it is: its health factor is {health}")]
    Unhealthy {
        /// Its venue.
        venue: String,
        /// Its health factor.
        health: f64,
    },
    /// A loan whose collateral or debt has no price in ETH, or is nothing.
    #[error("the loan on {0} cannot be priced in ETH: give amounts of tokens that redeem for ETH")]
    Unpriced(String),
    /// An amount that no arithmetic holds.
    #[error("amounts are too large to be added")]
    Overflow,
}

impl Position {
    /// Refuses what this market cannot hold, before anything happens to it.
    pub fn check(&self, market: &Market) -> Result<(), PositionError> {
        let pledged = self.loans.iter().flat_map(|l| [l.collateral, l.debt]);
        for (token, _) in self.holdings.iter().copied().chain(pledged) {
            if market.token(token).is_none() {
                return Err(PositionError::UnknownToken(token));
            }
        }
        for loan in &self.loans {
            loan.check(market)?;
        }
        Ok(())
    }

    /// What it is worth after something happened, or before ([`After::nothing`]). Balances are those
    /// of `before`: a loss lowers what they redeem for.
    pub fn state(
        &self,
        before: &Market,
        after: &After,
        limits: &Limits,
        horizon_s: u64,
    ) -> Result<State, PositionError> {
        let (mut now, mut end) = (self.freed(), self.freed());
        let (mut health, mut liquidated) = (Vec::new(), Vec::new());
        for (at, loan) in self.loans.iter().enumerate() {
            let sees = loan.health(after, horizon_s)?;
            if sees.now < 1.0 {
                liquidated.push(at);
                let left = loan.seized(after, loan.debt.1)?;
                now.holdings.push(left);
                end.holdings.push(left);
            } else {
                now.take(loan, None);
                // What wears a loan down has it liquidated on the day that it may be.
                let worn = sees.horizon < 1.0;
                let left = worn.then(|| loan.seized(after, loan.most_owed(after)?)).transpose()?;
                end.take(loan, left);
            }
            health.push(sees);
        }
        let ledger = |of: &Self| ledger(before, &of.holdings).ok_or(PositionError::Overflow);
        let (held, later) = (ledger(&now)?, ledger(&end)?);
        let debt = owed(&now.loans, after, 0);
        let redeemed = redeemed(&after.market, &now.holdings).and_then(signed);
        Ok(State {
            redeem: redeemed.zip(debt.and_then(signed)).map(|(held, owed)| held - owed),
            horizon: at_horizon(after.within(horizon_s), &later, limits, horizon_s)
                .and_then(|w| w.checked_sub(signed(owed(&end.loans, after, horizon_s)?)?)),
            reach: LADDER_S.map(|s| reach(after.within(s), &held, limits, (s, debt))).to_vec(),
            health,
            liquidated,
        })
    }

    /// What is held freely alone.
    fn freed(&self) -> Self {
        Self { holdings: self.holdings.clone(), loans: Vec::new() }
    }

    /// Counts a loan's collateral as held: with its debt, or what a liquidation leaves of it.
    fn take(&mut self, loan: &Loan, left: Option<(Address, U256)>) {
        match left {
            Some(left) => self.holdings.push(left),
            None => {
                self.holdings.push(loan.collateral);
                self.loans.push(loan.clone());
            }
        }
    }
}

/// ETH at the horizon, gas paid; `None` where something held has no known exit or yield.
fn at_horizon(market: &Market, ledger: &Ledger, limits: &Limits, horizon_s: u64) -> Option<I256> {
    let graph = Graph::new(market);
    let worth = Appraiser::new(market, &graph, limits).worth(ledger, horizon_s)?;
    // Of what nothing can be sold and no queue takes, no exit is known.
    let stuck = worth.parts.iter().any(|p| p.sale_eth.is_zero() && p.queue.is_none());
    let gas = market.gas_price.checked_mul(U256::from(worth.gas))?;
    if stuck { None } else { signed(worth.eth)?.checked_sub(signed(gas)?) }
}

/// ETH within so many seconds, less what is `owed`: at any price, or within the highest exit cost and
/// a queue for the rest, whichever is more.
fn reach(
    market: &Market,
    ledger: &Ledger,
    limits: &Limits,
    (within_s, owed): (u64, Option<U256>),
) -> Reach {
    let graph = Graph::new(market);
    let rung = |limits: &Limits| {
        let appraiser = Appraiser::new(market, &graph, limits);
        appraiser.rung(&appraiser.leaving(ledger), within_s)
    };
    let within = rung(limits);
    let any = rung(&Limits { max_exit_cost_bps: 10_000, ..limits.clone() });
    Reach {
        within_s,
        eth: within.eth.max(any.eth).and_then(|eth| eth.checked_sub(owed?)),
        share_bps: within.share_bps,
        reason: within.reason,
    }
}

/// Of rebasing tokens the shares that the market before has behind the balances.
fn ledger(before: &Market, holdings: &[(Address, U256)]) -> Option<Ledger> {
    let mut ledger = Ledger::default();
    for &(token, amount) in holdings {
        ledger.grant(token, amount, before.rebase(token))?;
    }
    Some(ledger)
}

fn redeemed(market: &Market, holdings: &[(Address, U256)]) -> Option<U256> {
    holdings.iter().try_fold(U256::ZERO, |sum, &(token, amount)| {
        sum.checked_add(market.redeem_value(token, amount)?)
    })
}

/// What all loans owe after a time, in wei of ETH.
fn owed(loans: &[Loan], after: &After, horizon_s: u64) -> Option<U256> {
    loans.iter().try_fold(U256::ZERO, |sum, loan| {
        sum.checked_add(after.market.redeem_value(loan.debt.0, loan.owed(after, horizon_s)?)?)
    })
}

fn signed(amount: U256) -> Option<I256> {
    I256::try_from(amount).ok()
}
