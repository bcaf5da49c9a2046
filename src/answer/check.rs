//! Checks an answer of somebody else's making: that its plan returns what it says, and that nothing
//! could return much more.
//!
//! The plan is run through the venues' integer code again, leg by leg, and what it leaves is valued
//! anew; the bound is recomputed from the certificate's prices and the market alone.

use alloy_primitives::{Address, U256};
use serde::Deserialize;
use tenor_solver::{
    certificate::{Certificate, CertificateError},
    graph::Graph,
    intent::Intent,
    market::Market,
    problem::Problem,
    replay::{Claim, ReplayError, replay},
    solution::Solution,
    venues::VenueId,
};

use super::{CertificateDto, certificate::CertificateDtoError};

/// What is read of an answer; the rest of it proves nothing and is not read.
#[derive(Debug, Deserialize)]
pub struct ClaimedAnswer {
    schema: String,
    market: ClaimedMarket,
    intent: ClaimedIntent,
    plan: ClaimedPlan,
    #[serde(rename = "yield")]
    yields: Option<ClaimedYield>,
    certificate: Option<CertificateDto>,
}

#[derive(Debug, Deserialize)]
struct ClaimedMarket {
    block: u64,
    hash: String,
}

#[derive(Debug, Deserialize)]
struct ClaimedIntent {
    sentence: String,
    asset: String,
    amount: String,
}

#[derive(Debug, Deserialize)]
struct ClaimedPlan {
    legs: Vec<ClaimedLeg>,
    outputs: Vec<ClaimedOutput>,
}

#[derive(Debug, Deserialize)]
struct ClaimedLeg {
    venue: String,
    token_in: String,
    token_out: String,
    amount_in: String,
    amount_out: String,
}

#[derive(Debug, Deserialize)]
struct ClaimedOutput {
    token: String,
    amount: String,
}

#[derive(Debug, Deserialize)]
struct ClaimedYield {
    net_wei: String,
}

/// Why an answer does not hold.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The answer is of another schema.
    #[error("schema is {0:?}, not \"tenor.answer/1\"")]
    Schema(String),
    /// The answer is of another market.
    #[error("the answer is of market {claimed}, not of {given}; give its market with --market")]
    Market {
        /// The market that the answer names.
        claimed: String,
        /// The market given.
        given: String,
    },
    /// The answer carries no proof.
    #[error("the answer carries no certificate")]
    NoCertificate,
    /// A field that is no figure, token or amount.
    #[error("{field} is {given}, which cannot be read")]
    Unreadable {
        /// The field.
        field: String,
        /// What it says.
        given: String,
    },
    /// A field that does not follow from the rest.
    #[error("{field} is {given}, and {is} follows from the rest")]
    Differs {
        /// The field.
        field: String,
        /// What it says.
        given: String,
        /// What it should say.
        is: String,
    },
    /// The plan is not what it says.
    #[error("the plan does not return what it says: {0}")]
    Plan(#[from] ReplayError),
    /// The intent makes no problem on this market.
    #[error("this market cannot be asked this")]
    NoProblem,
    /// The certificate is not one of this intent on this market.
    #[error(transparent)]
    Certificate(#[from] CertificateDtoError),
    /// The certificate does not prove what it claims.
    #[error(transparent)]
    Proof(#[from] CertificateError),
}

/// What a check finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// How far the plan may be from the best, in basis points of the bound.
    pub gap_bps: f64,
    /// What the plan returns, in smallest units.
    pub answer: U256,
    /// What no plan exceeds.
    pub bound: U256,
}

impl ClaimedAnswer {
    /// The block of the market that it says it was made from.
    pub const fn block(&self) -> u64 {
        self.market.block
    }

    /// The sentence that was answered.
    pub fn sentence(&self) -> &str {
        &self.intent.sentence
    }

    /// Checks everything that the certificate rests on; `intent` is the sentence as this market
    /// reads it.
    pub fn check(&self, market: &Market, intent: &Intent) -> Result<Checked, Refused> {
        if self.schema != "tenor.answer/1" {
            return Err(Refused::Schema(self.schema.clone()));
        }
        let given = market.hash.to_string();
        if self.market.hash != given {
            return Err(Refused::Market { claimed: self.market.hash.clone(), given });
        }
        same("intent.asset", &self.intent.asset, &intent.asset.to_string())?;
        same("intent.amount", &self.intent.amount, &intent.amount.to_string())?;
        let plan = replay(market, intent, &self.claims()?)?;
        self.outcome(&plan)?;
        let certificate = self.certificate.as_ref().ok_or(Refused::NoCertificate)?;
        let proof = certificate.read(market, intent)?;
        let graph = Graph::new(market);
        let problem = Problem::new(market, &graph, intent, &proof.multipliers);
        let problem = problem.ok_or(Refused::NoProblem)?;
        let objective = if problem.order.gas_price > 0.0 { "net" } else { "gross" };
        same("certificate.objective", &certificate.objective, objective)?;
        let returned = problem.returned(market, &plan).ok_or(Refused::NoProblem)?;
        same("certificate.answer", &certificate.answer, &returned.to_string())?;
        let gap_bps = proof.check(market, &graph, &problem)?;
        let Certificate { answer, bound, .. } = proof;
        Ok(Checked { gap_bps, answer, bound })
    }

    fn claims(&self) -> Result<Vec<Claim>, Refused> {
        let legs = self.plan.legs.iter().enumerate();
        legs.map(|(at, leg)| leg.claim(&format!("plan.legs[{at}]"))).collect()
    }

    /// Compares what the plan is said to leave with what it leaves.
    fn outcome(&self, plan: &Solution) -> Result<(), Refused> {
        let stated: Vec<String> =
            self.plan.outputs.iter().map(|o| format!("{} of {}", o.amount, o.token)).collect();
        let left: Vec<String> =
            plan.end.iter().map(|h| format!("{} of {}", h.balance, h.token)).collect();
        same("plan.outputs", &stated.join(", "), &left.join(", "))?;
        match &self.yields {
            Some(y) => same("yield.net_wei", &y.net_wei, &plan.split.net_wei.to_string()),
            None => Ok(()),
        }
    }
}

impl ClaimedLeg {
    fn claim(&self, path: &str) -> Result<Claim, Refused> {
        let unreadable = |field: &str, given: &str| Refused::Unreadable {
            field: format!("{path}.{field}"),
            given: given.to_owned(),
        };
        let token = |field, text: &String| -> Result<Address, Refused> {
            text.parse().map_err(|_| unreadable(field, text))
        };
        let amount = |field, text: &String| -> Result<U256, Refused> {
            text.parse().map_err(|_| unreadable(field, text))
        };
        Ok(Claim {
            venue: VenueId::new(self.venue.clone()),
            token_in: token("token_in", &self.token_in)?,
            token_out: token("token_out", &self.token_out)?,
            amount_in: amount("amount_in", &self.amount_in)?,
            amount_out: amount("amount_out", &self.amount_out)?,
        })
    }
}

fn same(field: &str, given: &str, is: &str) -> Result<(), Refused> {
    if given == is {
        return Ok(());
    }
    let (field, given, is) = (field.to_owned(), given.to_owned(), is.to_owned());
    Err(Refused::Differs { field, given, is })
}
