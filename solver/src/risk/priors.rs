//! Priors of hazards as somebody wrote them down: PLACEHOLDERS, dated and labelled, to be calibrated.
//!
//! [`Priors`] is the data, [`Hazards`] the same after everything has been checked that can be without
//! a market. Rates are annual, losses parts of what rests on the node.

use std::collections::HashMap;

use petgraph::{algo::toposort, graph::DiGraph};

use super::{
    class::{Class, HazardKind, NodeKind},
    depeg::Depegs,
    slashing::Slashing,
    waits::QueueHistory,
};
use crate::{intent::Tier, value::years};

/// The contract hazard of a protocol that nobody has used yet, annual.
const NEW: f64 = 0.05;
/// What no contract's hazard is below, annual.
const FLOOR: f64 = 0.002;
/// Days for which an upgrade counts as recent.
const RECENT_DAYS: f64 = 30.0;

/// What is assumed of a protocol that no priors name: the highest tier, the hazard of a contract that
/// is new, and most of it lost. 300 basis points a year.
pub(crate) const WORST: (Tier, f64, f64) = (Tier::T4, NEW, 0.6);

/// Priors of one file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Priors {
    /// What answers call them: where they are from, and that they are unverified.
    pub label: String,
    /// Unix seconds that ages count to.
    pub as_of: u64,
    /// The nodes.
    pub nodes: Vec<PriorNode>,
    /// Discounts, and how often they come.
    pub depegs: Depegs,
    /// What is known of queues' waits.
    pub queues: Vec<QueueHistory>,
    /// How often in a year cash is needed at once.
    pub need_per_year: f64,
}

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub struct PriorNode {
    /// Its name, the only one of it: a protocol's as markets list it, an asset's symbol.
    pub name: String,
    /// What it stands for.
    pub kind: NodeKind,
    /// Its line of business.
    pub class: Class,
    /// Its tier.
    pub tier: Tier,
    /// Years since it has been in use.
    pub age_years: f64,
    /// What audits leave of the hazard.
    pub audit_factor: f64,
    /// Days since its contracts last changed, where that is known.
    pub upgraded_days: Option<f64>,
    /// What can go wrong.
    pub hazards: Vec<PriorHazard>,
    /// What it rests on beyond what a market tells.
    pub rests_on: Vec<Rest>,
}

/// One hazard of a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriorHazard {
    /// Which.
    pub kind: HazardKind,
    /// How often a year; by the rule of age, audits and upgrades where that is not given.
    pub rate: Option<f64>,
    /// What is lost.
    pub loss: Loss,
}

/// What is lost of what rests on a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// A part of it.
    Part(f64),
    /// What the rules of the consensus take.
    Slashed(Slashing),
}

/// Something that a node rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Rest {
    /// The other's name.
    pub on: String,
    /// The part of its losses that reaches the node: 1 for all.
    pub passes: f64,
}

/// Why priors cannot be used. Figures are told as they were given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HazardError {
    /// A figure that is negative, no number or too large.
    #[error("{what} of {node} is {given}: give {expected}")]
    Figure {
        /// The node, or the part of the file.
        node: String,
        /// The figure.
        what: &'static str,
        /// Its value.
        given: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A name that no list of ours has.
    #[error("{what} of {node} is {given:?}: give one of {expected}")]
    Name {
        /// The node.
        node: String,
        /// What is named.
        what: &'static str,
        /// The name.
        given: String,
        /// Those there are.
        expected: &'static str,
    },
    /// One name twice.
    #[error("{0} is given twice: keep one")]
    Duplicate(String),
    /// A node that is not there.
    #[error("{node} rests on {on}, which is not in the file: add it there, or correct the name")]
    Dangling {
        /// The node.
        node: String,
        /// What it is said to rest on.
        on: String,
    },
    /// Nodes that rest on each other.
    #[error("{0} rests on itself, through others: take one of the links out")]
    Cycle(String),
    /// Nothing to call them by.
    #[error("the label is empty: answers name the priors by it")]
    NoLabel,
}

/// Priors that have been checked. The default has none: of everything the worst is assumed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hazards {
    priors: Priors,
}

impl Hazards {
    /// Checks priors.
    pub fn new(priors: Priors) -> Result<Self, HazardError> {
        if priors.label.trim().is_empty() {
            return Err(HazardError::NoLabel);
        }
        check("the file", "need_per_year", priors.need_per_year, 365.0, "a number from 0 to 365")?;
        priors.depegs.check()?;
        priors.queues.iter().try_for_each(QueueHistory::check)?;
        priors.nodes.iter().try_for_each(PriorNode::check)?;
        let mut names = HashMap::new();
        let mut links: DiGraph<&str, ()> = DiGraph::new();
        for node in &priors.nodes {
            if names.insert(node.name.as_str(), links.add_node(&node.name)).is_some() {
                return Err(HazardError::Duplicate(node.name.clone()));
            }
        }
        for node in &priors.nodes {
            for rest in &node.rests_on {
                let (Some(&from), Some(&to)) =
                    (names.get(node.name.as_str()), names.get(rest.on.as_str()))
                else {
                    let (node, on) = (node.name.clone(), rest.on.clone());
                    return Err(HazardError::Dangling { node, on });
                };
                links.add_edge(from, to, ());
            }
        }
        toposort(&links, None)
            .map_err(|cycle| HazardError::Cycle(links[cycle.node_id()].to_owned()))?;
        Ok(Self { priors })
    }

    /// The priors.
    pub const fn priors(&self) -> &Priors {
        &self.priors
    }

    /// What answers call them.
    pub fn label(&self) -> &str {
        if self.priors.label.is_empty() { "none given" } else { &self.priors.label }
    }
}

impl PriorNode {
    fn check(&self) -> Result<(), HazardError> {
        check(&self.name, "age_years", self.age_years, 1e3, "years, from 0 to 1000")?;
        check(&self.name, "audit_factor", self.audit_factor, 10.0, "a factor from 0 to 10")?;
        if let Some(days) = self.upgraded_days {
            check(&self.name, "upgraded_days", days, 1e6, "days, from 0 to a million")?;
        }
        for (nth, hazard) in self.hazards.iter().enumerate() {
            hazard.check(&self.name)?;
            if self.hazards.iter().take(nth).any(|h| h.kind == hazard.kind) {
                return Err(HazardError::Duplicate(format!("{}: {}", self.name, hazard.kind)));
            }
        }
        self.rests_on
            .iter()
            .try_for_each(|r| check(&self.name, "passes", r.passes, 1.0, "a part from 0 to 1"))
    }

    /// How often a year something breaks here by the rule of `YIELD_AND_RISK` section 8, at a time:
    /// `5 % * 2^-age * (1 + 1[upgraded within 30 days]) * audit factor`, at least 0.2 %.
    ///
    /// Ages are of the day of the file and move with the time asked for; what was built or upgraded
    /// only after that time was new then.
    pub fn rule(&self, as_of: u64, now: u64) -> f64 {
        let moved = if now >= as_of { years(now - as_of) } else { -years(as_of - now) };
        let age = (self.age_years + moved).max(0.0);
        let upgraded = self.upgraded_days.map(|days| days + moved * 365.25);
        let recent = upgraded.is_some_and(|days| (0.0..RECENT_DAYS).contains(&days));
        let upgrade = if recent { 2.0 } else { 1.0 };
        (NEW * (-age).exp2() * upgrade * self.audit_factor).max(FLOOR)
    }
}

impl PriorHazard {
    fn check(&self, node: &str) -> Result<(), HazardError> {
        if let Some(rate) = self.rate {
            check(node, "lambda", rate, 100.0, "times a year, from 0 to 100")?;
        }
        match self.loss {
            Loss::Part(part) => check(node, "lgd", part, 1.0, "a part from 0 to 1"),
            Loss::Slashed(Slashing { of_position, of_network, staked_eth }) => {
                check(node, "of_position", of_position, 1.0, "a part from 0 to 1")?;
                check(node, "of_network", of_network, 1.0, "a part from 0 to 1")?;
                check(node, "staked_eth", staked_eth, 1.3e8, "ETH, from 1 to all there is")?;
                if staked_eth >= 1.0 { Ok(()) } else { Err(figure(node, "staked_eth", staked_eth)) }
            }
        }
    }
}

impl Loss {
    /// The part that is lost, from 0 to 1.
    pub fn part(&self) -> f64 {
        match self {
            Self::Part(part) => *part,
            Self::Slashed(slashing) => slashing.loss(),
        }
    }
}

fn figure(node: &str, what: &'static str, given: f64) -> HazardError {
    let (node, given) = (node.to_owned(), given.to_string());
    HazardError::Figure { node, what, given, expected: "ETH, from 1 to all there is" }
}

/// Refuses what is not from zero to `most`; NaN among it.
pub(super) fn check(
    node: &str,
    what: &'static str,
    given: f64,
    most: f64,
    expected: &'static str,
) -> Result<(), HazardError> {
    if (0.0..=most).contains(&given) {
        return Ok(());
    }
    let (node, given) = (node.to_owned(), given.to_string());
    Err(HazardError::Figure { node, what, given, expected })
}
