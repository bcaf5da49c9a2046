//! What others would have done with the intents that are being landed: each on the market that it was last
//! planned on, which is kept for as long as the intent is open.

use std::{collections::HashMap, sync::Arc};

use alloy_primitives::{Address, B256, U256};
use serde_json::{Value, json};
use tenor_solver::{
    intent::{Goal, Intent},
    solution::Solution,
    solve,
};

use super::{
    Offer,
    competition::{Became, view},
    watch::Landing,
};
use crate::market::current::Snapshot;

/// By intent.
#[derive(Debug, Default)]
pub(super) struct Rivals(HashMap<B256, Decided>);

#[derive(Debug)]
struct Decided {
    market: Arc<Snapshot>,
    /// What the plan was for: the amount without the highest fee.
    intent: Intent,
    outputs: Vec<Address>,
}

impl Rivals {
    /// Keeps the market of a plan.
    pub(super) fn keep(&mut self, offer: &Offer) {
        let (checked, permit) = (&offer.checked, offer.checked.permit());
        let amount = permit.permitted.amount.saturating_sub(permit.witness.maxFeeIn);
        let decided = Decided {
            market: Arc::clone(&offer.market),
            intent: Intent { amount, ..checked.intent().clone() },
            outputs: permit.witness.outputs.iter().map(|output| output.token).collect(),
        };
        self.0.insert(checked.id(), decided);
    }

    /// Forgets those that are not open any more.
    pub(super) fn retain(&mut self, open: impl Fn(&B256) -> bool) {
        self.0.retain(|id, _| open(id));
    }

    /// Beside what landed.
    pub(super) fn landed(&self, id: B256, landing: &Landing) -> Value {
        let gas_wei = U256::from(landing.receipt.gas).saturating_mul(landing.receipt.price);
        self.beside(id, |decided| {
            let received = decided.outputs.iter().copied();
            let received = received.zip(landing.settled.received.iter().copied()).collect();
            Became::Landed { received, gas_wei }
        })
    }

    /// Beside what was lost, by the code of its event and why.
    pub(super) fn lost(&self, id: B256, code: &str, why: &str) -> Value {
        self.beside(id, |_| Became::Lost { code: code.to_owned(), why: why.to_owned() })
    }

    fn beside(&self, id: B256, became: impl Fn(&Decided) -> Became) -> Value {
        let Some(decided) = self.0.get(&id) else {
            return json!({ "unknown": "the market that it was planned on is not kept over a restart" });
        };
        let (market, intent) = (decided.market.engine.market(), &decided.intent);
        let answer = match intent.goal {
            Goal::Yield { .. } => solve(market, intent).ok(),
            Goal::Swap { .. } | Goal::Exit { .. } => None,
        };
        let plans: Vec<&Solution> =
            answer.iter().flat_map(|a| a.best.iter().chain(&a.alternatives)).collect();
        let view = view(market, intent, &plans, &became(decided));
        serde_json::to_value(view).unwrap_or_else(|error| json!({ "unknown": error.to_string() }))
    }
}
