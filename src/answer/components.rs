//! What a yield consists of: who pays it, and what was paid beside a position's own growth.

use serde::Serialize;
use tenor_solver::{
    graph::Graph,
    market::Market,
    solution::Solution,
    yields::{Component, Earned, term::points_implied},
};

use super::build::bps;

/// One component of a yield; these add up to the net, to the wei.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs, reason = "the field names are the schema")]
pub struct ComponentDto {
    pub component: &'static str,
    /// `organic`, `incentive` or `cost`, as the rule decides.
    pub class: &'static str,
    pub payer: &'static str,
    pub wei: String,
    pub bps: String,
    /// Of a fixed rate: what of it buyers of the floating yield may pay for points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points_implied_bps: Option<String>,
}

/// What a position was paid beside its own growth.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs, reason = "the field names are the schema")]
pub struct RewardDto {
    pub name: String,
    pub component: &'static str,
    pub payer: &'static str,
    pub points: bool,
    pub position: String,
    /// At the price as it is told, nothing taken off.
    pub stated_wei: String,
    /// What counts of it.
    pub counted_wei: String,
    pub price_of: String,
    /// Unix seconds.
    pub ends: Option<u64>,
}

/// The components that are not nothing; net is nothing where none is.
pub(super) fn components(market: &Market, plan: &Solution) -> Vec<ComponentDto> {
    let split = &plan.split;
    let others = [Component::Incentive, Component::Cost];
    let all = Component::ORGANIC.into_iter().chain(others);
    let some = all.filter(|component| !split.wei(*component).is_zero());
    some.map(|component| ComponentDto {
        component: component.name(),
        class: class(component),
        payer: component.payer().name(),
        wei: split.wei(component).to_string(),
        bps: bps(split.component_bps(component)),
        points_implied_bps: (component == Component::Term)
            .then(|| implied(market, plan).map(|rate| bps(1e4 * rate)))
            .flatten(),
    })
    .collect()
}

/// What every position of a plan was paid beside.
pub(super) fn rewards(market: &Market, plan: &Solution) -> Vec<RewardDto> {
    let told = |earned: &Earned| {
        let reward = market.rewards.get(earned.reward)?;
        Some(RewardDto {
            name: reward.name.clone(),
            component: earned.component.name(),
            payer: reward.payer.name(),
            points: reward.points,
            position: reward.position.to_string(),
            stated_wei: earned.gross.to_string(),
            counted_wei: earned.counted.to_string(),
            price_of: reward.price_of.clone(),
            ends: reward.ends,
        })
    };
    plan.worth.parts.iter().flat_map(|part| part.rewards.iter().filter_map(told)).collect()
}

const fn class(component: Component) -> &'static str {
    match component {
        Component::Incentive => "incentive",
        Component::Cost => "cost",
        Component::Base
        | Component::Credit
        | Component::Fees
        | Component::Term
        | Component::Restaking => "organic",
    }
}

/// The most that a principal token held implies for points.
fn implied(market: &Market, plan: &Solution) -> Option<f64> {
    let held = plan.worth.parts.iter().filter_map(|part| part.holdings.first());
    let graph = Graph::new(market);
    held.filter_map(|(token, _)| points_implied(market, &graph, *token)).reduce(f64::max)
}
