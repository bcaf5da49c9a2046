//! From a position and scenarios to the report.

use std::time::Instant;

use alloy_primitives::{Address, I256, U256};
use tenor_simulations::scenarios::Scenario;
use tenor_solver::{
    amount::decimal,
    intent::Intent,
    market::Market,
    stress::{After, Loan, Position, PriceSource, State},
    yields::{fraction, signed},
};

use super::{
    dto::{
        AmountDto, EventDto, HealthDto, LoanDto, LossDto, MarketDto, PlanDto, ReachDto, StateDto,
        StressDto,
    },
    left::BONUS_ASSUMED,
    refused,
};
use crate::cli::Outcome;

/// What is stressed.
pub(super) struct Given<'a> {
    pub(super) market: &'a Market,
    pub(super) label: String,
    pub(super) position: &'a Position,
    pub(super) intent: &'a Intent,
    pub(super) horizon_s: u64,
    /// Whether what liquidators are paid is assumed.
    pub(super) assumed: bool,
}

impl Given<'_> {
    pub(super) fn report(
        self,
        scenarios: &[Scenario],
        started: Instant,
    ) -> Result<StressDto, Outcome> {
        let before = self.state(&After::nothing(self.market))?;
        let events = scenarios.iter().map(|s| self.event(s, &before)).collect::<Result<_, _>>()?;
        let m = self.market;
        Ok(StressDto {
            schema: "tenor.stress/1",
            market: MarketDto {
                chain_id: m.chain_id,
                block: m.block,
                utc: m.utc.clone(),
                source: m.source.clone(),
                hash: m.hash.to_string(),
            },
            canonical: self.intent.canonical.clone(),
            plan: PlanDto {
                holdings: self.position.holdings.iter().map(|h| self.amount(*h)).collect(),
                loans: self.position.loans.iter().map(|l| self.loan(l)).collect(),
                label: self.label.clone(),
            },
            horizon_s: self.horizon_s,
            before: self.told(&before),
            scenarios: events,
            disclosures: self.disclosures(),
            took_us: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        })
    }

    fn state(&self, after: &After) -> Result<State, Outcome> {
        let limits = &self.intent.limits;
        let state = self.position.state(self.market, after, limits, self.horizon_s);
        state.map_err(|error| Outcome::BadInput(error.to_string()))
    }

    fn event(&self, scenario: &Scenario, before: &State) -> Result<EventDto, Outcome> {
        let applied = scenario.on(self.market).map_err(|error| refused(&error))?;
        let after = self.state(&applied.after)?;
        let reach = before.reach.iter().zip(&after.reach);
        Ok(EventDto {
            scenario: scenario.file.clone(),
            name: scenario.name.clone(),
            date: scenario.date.clone(),
            source: scenario.source.clone(),
            unverified: scenario.unverified.clone(),
            happens: applied.done,
            left_out: applied.left_out,
            loss: LossDto {
                redeem_bps: lost(before.redeem, after.redeem),
                horizon_bps: lost(before.horizon, after.horizon),
                reach_bps: reach.map(|(b, a)| lost(whole(b.eth), whole(a.eth))).collect(),
            },
            after: self.told(&after),
        })
    }

    fn told(&self, state: &State) -> StateDto {
        let reach = state.reach.iter().map(|r| ReachDto {
            within_s: r.within_s,
            eth_wei: r.eth.map(|eth| eth.to_string()),
            within_cost_bps: r.share_bps.map(bps),
            reason: r.reason.clone(),
        });
        let health = state.health.iter().zip(&self.position.loans).enumerate();
        StateDto {
            redeem_wei: state.redeem.map(|wei| wei.to_string()),
            horizon_wei: state.horizon.map(|wei| wei.to_string()),
            reach: reach.collect(),
            health: health
                .map(|(at, (h, loan))| HealthDto {
                    venue: loan.venue.to_string(),
                    factor: format!("{:.4}", h.now),
                    factor_at_horizon: format!("{:.4}", h.horizon),
                    borrow_bps: bps(fraction(h.rate) * 1e4),
                    liquidated: state.liquidated.contains(&at),
                })
                .collect(),
        }
    }

    fn amount(&self, (token, amount): (Address, U256)) -> AmountDto {
        let decimals = self.market.token(token).map_or(18, |t| t.decimals);
        AmountDto {
            token: format!("{token:#x}"),
            symbol: self.market.symbol(token),
            amount: amount.to_string(),
            shown: decimal(amount, decimals),
        }
    }

    fn loan(&self, loan: &Loan) -> LoanDto {
        LoanDto {
            venue: loan.venue.to_string(),
            collateral: self.amount(loan.collateral),
            debt: self.amount(loan.debt),
            threshold_bps: loan.threshold_bps,
            bonus_bps: loan.bonus_bps,
            rate_bps: bps(fraction(loan.rate) * 1e4),
            oracle: match loan.price {
                PriceSource::Redemption => "redemption",
                PriceSource::Market => "market",
                PriceSource::Book => "book",
            },
        }
    }

    fn disclosures(&self) -> Vec<String> {
        let mut lines = vec![
            format!("Figures are of block {} ({}), not of the events' days: each event's shocks are \
                     applied to this market.", self.market.block, self.market.utc),
            "Pools keep their state: a discount counts units of the token for less wherever exchanges \
             trade it, and depth that is gone scales what they trade."
                .to_owned(),
            "A shock stays until the horizon unless the scenario says for how long; nobody else reacts."
                .to_owned(),
        ];
        if !self.position.loans.is_empty() {
            lines.push(
                "Within a time counts what is left once all debt is repaid; at a health factor below \
                 1 all of it is taken as liquidated at the oracle's price."
                    .to_owned(),
            );
        }
        if self.assumed {
            lines.push(BONUS_ASSUMED.to_owned());
        }
        lines.extend(self.market.assumptions.iter().map(|a| format!("Assumed before: {a}")));
        lines
    }
}

fn whole(eth: Option<U256>) -> Option<I256> {
    eth.and_then(|eth| I256::try_from(eth).ok())
}

/// The part of `before` that is lost, in basis points.
fn lost(before: Option<I256>, after: Option<I256>) -> Option<String> {
    let (before, after) = (before.filter(|b| b.is_positive())?, after?);
    Some(bps(1e4 * signed(before - after) / signed(before)))
}

/// Basis points with four places.
fn bps(bps: f64) -> String {
    let text = format!("{bps:.4}");
    if text == "-0.0000" { "0.0000".to_owned() } else { text }
}
