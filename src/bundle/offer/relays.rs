//! Who is told of a bundle: relays by expected value.

use alloy_primitives::U256;
use serde::{Deserialize, Serialize};
use tenor_solver::amount::{from_f64, to_f64};

use super::habits::{Habits, share};
use crate::{
    answer::bps,
    intents::signed::wire::Decimal,
    relays::{
        Dialect, Fleet,
        choice::{Candidate, Prize, Way, way},
        score::Score,
    },
};

/// A relay that may be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Its name.
    pub relay: String,
    /// How it reads.
    pub dialect: Dialect,
    /// Whether it is asked now.
    pub well: bool,
    /// How it did lately.
    pub score: Score,
}

/// The relays of a fleet, as they stand.
pub fn known(fleet: &Fleet) -> Vec<Known> {
    let relays = fleet.relays().zip(fleet.standing());
    let known = |(relay, (name, standing)): (&std::sync::Arc<dyn crate::relays::Relay>, _)| {
        let standing: crate::relays::fleet::Standing = standing;
        let name: &str = name;
        Known {
            relay: name.to_owned(),
            dialect: relay.dialect(),
            well: standing.well,
            score: standing.score,
        }
    };
    relays.map(known).collect()
}

/// How a bundle is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SentTo {
    /// To one relay alone.
    Alone,
    /// To all that are worth it.
    Everybody,
    /// To nobody: telling costs more than it gains.
    Nobody,
}

/// Whether a relay is told, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayChoice {
    /// Its name.
    pub relay: String,
    /// Whether it is told.
    pub told: bool,
    /// The share of blocks that those behind it build, in basis points: assumed.
    pub share_bps: String,
    /// How likely the bundle is in such a block, in basis points.
    pub included_bps: String,
    /// Whether that was observed of its own blocks; else it is what the bid is thought to reach.
    pub observed: bool,
    /// How likely it uses what it is told, in basis points: assumed.
    pub defects_bps: String,
    /// Wei to expect of telling it, for one block.
    pub lands_wei: Decimal,
    /// Wei that telling it is expected to lose.
    pub leaks_wei: Decimal,
    /// Why, for people.
    pub why: String,
}

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    /// Wei that landing leaves, the bid paid.
    pub(super) value: f64,
    /// How likely the bid is included.
    pub(super) included: f64,
    /// How likely the chance is there a block later.
    pub(super) survives: f64,
    /// How many blocks may be tried.
    pub(super) blocks: u32,
}

/// Whether one relay alone, all of those that are worth it, or nobody is told.
pub(super) fn choose(
    known: &[Known],
    habits: &Habits,
    sent: &Sent,
    exposed: U256,
) -> (SentTo, Vec<RelayChoice>) {
    let candidates: Vec<Candidate> =
        known.iter().map(|relay| candidate(relay, habits, sent, exposed)).collect();
    let mut choices: Vec<RelayChoice> = known
        .iter()
        .zip(&candidates)
        .map(|(relay, candidate)| choice(relay, candidate, sent.value))
        .collect();
    let told: Vec<usize> = (0..choices.len()).filter(|at| choices[*at].told).collect();
    let worth: Vec<Candidate> = told.iter().map(|at| candidates[*at]).collect();
    let gain = |at: &usize| candidates[*at].lands() * sent.value - candidates[*at].leaks();
    let Some(first) = told.iter().copied().max_by(|a, b| gain(a).total_cmp(&gain(b))) else {
        return (SentTo::Nobody, choices);
    };
    let prize = Prize { surplus: sent.value, survives: sent.survives, blocks: sent.blocks };
    // Nobody is known to give more back to who tells nobody else.
    match way(candidates[first], 0.0, &worth, prize) {
        Way::Nobody => {
            for choice in &mut choices {
                silence(choice, "all of them together lose more than they land");
            }
            (SentTo::Nobody, choices)
        }
        Way::Alone => {
            for at in told.into_iter().filter(|at| *at != first) {
                silence(&mut choices[at], "the best one alone is worth more than all");
            }
            (SentTo::Alone, choices)
        }
        Way::Everybody => (SentTo::Everybody, choices),
    }
}

fn silence(choice: &mut RelayChoice, why: &str) {
    if choice.told {
        (choice.told, choice.why) = (false, why.to_owned());
    }
}

fn candidate(relay: &Known, habits: &Habits, sent: &Sent, exposed: U256) -> Candidate {
    let builds = habits.builds(relay.dialect);
    Candidate {
        share: share(builds.share_bps),
        inclusion: relay.score.landed.unwrap_or(sent.included),
        defects: share(builds.defects_bps),
        exposed: to_f64(exposed),
    }
}

fn choice(relay: &Known, candidate: &Candidate, value: f64) -> RelayChoice {
    let reads = relay.dialect.capabilities();
    let takes = reads.bundles || reads.shares || reads.private.is_some();
    // Where nothing is left to gain, landing what was signed is still what it is for: it is told where
    // that can lose nothing.
    let harmless = candidate.leaks() <= 0.0 && candidate.lands() > 0.0;
    let worth = candidate.is_worth(value) || harmless;
    let (told, why) = match (takes, relay.well, worth) {
        (false, ..) => (false, "it takes nothing of this form"),
        (_, false, _) => (false, "it rests, having failed to answer"),
        (.., false) => (false, "what it may leak is worth more than what it lands"),
        (.., true) if harmless => (true, "nothing that it could leak is worth anything"),
        (.., true) => (true, "what it lands is worth more than what it may leak"),
    };
    RelayChoice {
        relay: relay.relay.clone(),
        told,
        share_bps: bps(1e4 * candidate.share),
        included_bps: bps(1e4 * candidate.inclusion),
        observed: relay.score.landed.is_some(),
        defects_bps: bps(1e4 * candidate.defects),
        lands_wei: Decimal(from_f64(candidate.lands() * value)),
        leaks_wei: Decimal(from_f64(candidate.leaks())),
        why: why.to_owned(),
    }
}
