//! What a plan risks: its tier, what it is expected to lose and by how much that misses, whether it is
//! paid for that, and how fast it is ETH again.
//!
//! ```text
//! Priors -> Hazards (checked) -+-> RiskGraph -> Exposure of each token -> Risk of a plan
//!                     Market --+
//! ```
//!
//! - [`Priors`] are a labelled file: PLACEHOLDERS, unverified and uncalibrated. Every answer says so.
//! - [`RiskGraph`] is who stands behind what; a node that two positions share is one node.
//! - [`Report`] is what is told of the winner: spread against fair spread, discounts of a forced sale,
//!   waits, and the ladder at half the depth.

mod class;
mod depeg;
mod exposure;
mod graph;
mod ladder;
mod priors;
mod report;
mod slashing;
#[cfg(test)]
mod tests;
mod waits;

use alloy_primitives::{Address, U256};

use crate::{amount::to_f64, intent, intent::Tier};

pub use self::{
    class::{Class, HazardKind, NodeKind},
    depeg::{DepegEvent, Depegs},
    exposure::{
        Exposure, Peril, Weighed, expected_loss, slope, survival, together, unexpected_loss,
    },
    graph::{Node, RiskGraph},
    ladder::{LADDER_S, Rung},
    priors::{HazardError, Hazards, Loss, PriorHazard, PriorNode, Priors, Rest},
    report::{Forced, PositionRisk, Report, WaitTold, report},
    slashing::Slashing,
    waits::{CHURN_ETH_PER_DAY, ExitQueue, Quantiles, QueueHistory, Seen},
};

/// What holding something risks. Rates are annual, in basis points of the whole, and priors.
#[derive(Debug, Clone, PartialEq)]
pub struct Risk {
    /// The highest tier among the holdings.
    pub tier: Tier,
    /// What is expected to be lost.
    pub expected_loss_bps: f64,
    /// By how much that usually misses.
    pub unexpected_loss_bps: f64,
    /// How many times the unexpected loss is charged.
    pub caution: f64,
    /// Protocols that the holdings rest on.
    pub protocols: Vec<String>,
    /// Those among them that no priors name.
    pub unknown: Vec<String>,
    /// What the expected loss is made of.
    pub drivers: Vec<Driver>,
}

/// One hazard's part of an expected loss.
#[derive(Debug, Clone, PartialEq)]
pub struct Driver {
    /// The node.
    pub node: String,
    /// What it stands for.
    pub kind: NodeKind,
    /// What goes wrong.
    pub hazard: HazardKind,
    /// How often a year.
    pub rate: f64,
    /// The part of the whole that is then lost.
    pub loss: f64,
}

/// Something held.
#[derive(Debug, Clone, Copy)]
pub struct Holding {
    /// The token.
    pub token: Address,
    /// Its value in wei of ETH, debts taken off.
    pub value: U256,
    /// Collateral over that value: 1 without debt.
    pub leverage: f64,
}

impl Holding {
    /// Held without debt.
    pub const fn plain(token: Address, value: U256) -> Self {
        Self { token, value, leverage: 1.0 }
    }
}

impl Risk {
    /// What the risk takes off a yield that is adjusted for it: what is expected to be lost, and the
    /// unexpected as often as the profile says.
    pub fn charge_bps(&self) -> f64 {
        self.expected_loss_bps + self.caution * self.unexpected_loss_bps
    }
}

impl Driver {
    /// Basis points of the whole that it takes in a year.
    pub fn loss_bps(&self) -> f64 {
        1e4 * self.rate * self.loss
    }
}

/// How many times the unexpected loss is charged, by profile.
pub const fn caution(profile: intent::Risk) -> f64 {
    match profile {
        intent::Risk::Low => 0.5,
        intent::Risk::Medium => 0.25,
        intent::Risk::High => 0.1,
    }
}

/// The risk of holdings.
pub fn assess(graph: &RiskGraph, holdings: &[Holding], caution: f64) -> Risk {
    let total: f64 = holdings.iter().map(|held| to_f64(held.value)).sum();
    let exposures: Vec<Exposure> = holdings.iter().map(|held| graph.exposure(held.token)).collect();
    let parts = weighed(holdings, &exposures, total);
    let tiers = parts.iter().map(|part| part.exposure.tier(part.leverage));
    let drivers = together(&parts).into_iter().filter_map(|peril| {
        let Node { name, kind, .. } = graph.node(peril.node)?;
        let Peril { hazard, rate, loss, .. } = peril;
        Some(Driver { node: name.clone(), kind: *kind, hazard, rate, loss })
    });
    let each = |names: fn(&Exposure) -> &Vec<String>| {
        let mut all: Vec<String> = Vec::new();
        for name in exposures.iter().flat_map(names) {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
        all
    };
    Risk {
        tier: tiers.max().unwrap_or(Tier::T0),
        expected_loss_bps: 1e4 * expected_loss(&parts),
        unexpected_loss_bps: 1e4 * unexpected_loss(&parts),
        caution,
        protocols: each(|e| &e.protocols),
        unknown: each(|e| &e.unknown),
        drivers: drivers.collect(),
    }
}

fn weighed<'e>(holdings: &[Holding], of: &'e [Exposure], total: f64) -> Vec<Weighed<'e>> {
    let share = |held: &Holding| if total > 0.0 { to_f64(held.value) / total } else { 0.0 };
    let weigh = |(held, exposure): (&Holding, &'e Exposure)| Weighed {
        exposure,
        share: share(held),
        leverage: held.leverage,
    };
    holdings.iter().zip(of).map(weigh).collect()
}
