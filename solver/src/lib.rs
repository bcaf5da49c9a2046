//! From an intent and a market to ranked solutions. Pure: no I/O, no runtime, no clock.
//!
//! ```text
//! Intent + Market -> graph -> candidates -> route (search, then push) -> value -> choose -> Answer
//! ```
//!
//! - [`market`] and [`intent`] are what it is given; [`solution`] is what it answers.
//! - [`venues`] quote to the wei; [`graph`] connects them; [`route`] splits over them.
//! - [`batch`] settles several orders at once, at uniform prices.
//! - [`portfolio`] divides the whole over several positions within the limits.
//! - [`certify`] proves what no route can exceed, from prices that it need not trust.
//! - [`leverage`] borrows against what is held to hold more, where an intent asks for it.
//! - [`mev`] says what others could take from a trade.
//! - [`value`] is the one rule by which everything held is worth something at the horizon;
//!   [`yields`], [`risk`] and [`objective`] say what a plan earns, risks and scores.
//! - [`limits_check`] recomputes every limit of a plan without the code that made it; [`standing`]
//!   watches a policy and says when its next step is due.
//! - [`stress`] values what is held on a market that something has happened to.
//! - [`curve`] is what ETH pays over time: the benchmark, and the term structure of fixed rates.
//!
//! Search works in floats and every result is pushed through integer code: only pushed amounts are
//! compared or shown.

mod adjusted;
mod allocate;
pub mod amount;
pub mod batch;
mod binding;
mod break_even;
mod candidates;
pub mod certificate;
pub mod certify;
mod choose;
pub mod coupling;
pub mod curve;
mod dilution;
mod fixed;
pub mod graph;
pub mod intent;
pub mod ledger;
pub mod leverage;
pub mod limits_check;
pub mod market;
pub mod mev;
mod nearest;
pub mod objective;
pub mod portfolio;
pub mod problem;
mod queues;
pub mod replay;
pub mod risk;
mod root;
pub mod route;
pub mod solution;
mod sources;
mod spread;
pub mod standing;
pub mod stress;
mod ticket;
mod trades;
pub mod turnover;
mod unknown;
pub mod value;
pub mod venues;
mod violations;
pub mod ways_out;
pub mod yields;

pub use break_even::LONGEST_S;

use certificate::Certificate;
use graph::Graph;
use intent::{Goal, Intent};
use market::Market;
use problem::Problem;
use solution::Answer;

/// Why an intent cannot be solved on a market.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SolveError {
    /// The market does not list a token of the intent.
    #[error("the market does not list every token of the intent")]
    UnknownToken,
    /// A yield in ETH was asked for on something that does not redeem for ETH.
    #[error("{0} does not redeem for ETH, so it has no ETH yield: swap it to ETH first")]
    NotEth(String),
}

/// Ranks what can be done for `intent` on `market`.
pub fn solve(market: &Market, intent: &Intent) -> Result<Answer, SolveError> {
    answered(market, intent, choose::best_yield, trades::best_trade)
}

/// As [`solve`] decides, without what explains the answer: no break-even, no plans through single
/// venues, and of yields no proof and no relaxations. For asking often.
pub fn decide(market: &Market, intent: &Intent) -> Result<Answer, SolveError> {
    answered(market, intent, choose::decided, trades::decided)
}

fn answered(
    market: &Market,
    intent: &Intent,
    yields: impl Fn(&Market, &Graph, &Intent) -> Option<Answer>,
    trades: impl Fn(&Market, &Graph, &Intent) -> Option<Answer>,
) -> Result<Answer, SolveError> {
    let graph = Graph::new(market);
    if intent.holdings().any(|(token, _)| graph.node_of(token).is_none()) {
        return Err(SolveError::UnknownToken);
    }
    let graph = &graph;
    match intent.goal {
        Goal::Yield { .. } => {
            let worthless = |(token, amount)| market.redeem_value(token, amount).is_none();
            if let Some((token, _)) = intent.holdings().find(|held| worthless(*held)) {
                return Err(SolveError::NotEth(market.symbol(token)));
            }
            yields(market, graph, intent)
        }
        Goal::Swap { .. } | Goal::Exit { .. } => trades(market, graph, intent),
    }
    .ok_or(SolveError::UnknownToken)
}

/// The certificate of an answer's winner: how far it is from the most that can be returned, also
/// where it was chosen for something else. `None` where there is no winner, or no prices were found.
pub fn certificate(market: &Market, intent: &Intent, answer: &Answer) -> Option<Certificate> {
    // The bound is over plans that owe nothing: of one that does it proves nothing.
    let plan = answer.best.as_ref().filter(|plan| plan.leverage.is_none())?;
    let graph = Graph::new(market);
    let problem = Problem::new(market, &graph, intent, &answer.multipliers)?;
    let returned = problem.returned(market, plan)?;
    let proof = (&answer.prices[..], &answer.multipliers[..]);
    Certificate::issue(market, &graph, &problem, proof, returned)
}
