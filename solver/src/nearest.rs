//! Objectives that ask for something which plans may miss: a target to reach, or a rate that is
//! fixed. What misses it is no winner, and the nearest that can be had is said.

use petgraph::graph::NodeIndex;

use crate::{
    amount::{from_f64, to_f64},
    candidates::Candidates,
    fixed::{fixed_for, fixed_until, terms},
    intent::{Goal, Intent, Objective},
    market::Market,
    solution::{Infeasible, LimitKind, Relaxation, Solution, Violation},
    value::years,
    yields::{YieldSplit, signed},
};

const DAY_S: u64 = 86_400;

/// Net yield without incentives, in basis points a year.
pub(crate) fn organic(split: &YieldSplit) -> f64 {
    split.net_bps() - split.incentive_bps()
}

impl Candidates<'_, '_> {
    /// Whether the objective is about a node's asset.
    pub(crate) fn is_meant(&self, node: NodeIndex) -> bool {
        let market = self.market();
        let tokens = &self.appraiser.graph.node(node).tokens;
        self.objective != Objective::FixedRate
            || tokens.iter().any(|(token, _)| fixed_for(market, *token, self.horizon_s))
    }

    /// What a plan misses of what the objective asks for.
    pub(crate) fn misses(&self, plan: &Solution) -> Vec<Violation> {
        match self.objective {
            Objective::Net | Objective::NetOrganic | Objective::RiskAdjusted => Vec::new(),
            Objective::LeastRisk { target_bps } => {
                let (is, target) = (organic(&plan.split), f64::from(target_bps));
                let detail = format!("{is:.2} bp of {target_bps} bp a year");
                let missed = Violation { limit: LimitKind::Target, detail };
                if is < target { vec![missed] } else { Vec::new() }
            }
            Objective::FixedRate => self.floats(plan).into_iter().collect(),
        }
    }

    /// What the end of a plan lacks to the target, as a share of the principal.
    pub(crate) fn short_of_target(&self, plan: &Solution) -> f64 {
        let Objective::LeastRisk { target_bps } = self.objective else { return 0.0 };
        let YieldSplit { net_wei, incentive_wei, principal_wei, .. } = plan.split;
        let grown = 1.0 + (signed(net_wei) - signed(incentive_wei)) / to_f64(principal_wei);
        target_growth(target_bps, years(self.horizon_s)) - grown
    }

    /// The parts of a plan whose yield is not fixed.
    fn floats(&self, plan: &Solution) -> Option<Violation> {
        let market = self.market();
        let tokens = plan.worth.parts.iter().filter_map(|part| part.holdings.first());
        let floating: Vec<String> = tokens
            .filter(|(token, _)| !fixed_for(market, *token, self.horizon_s))
            .map(|(token, _)| match fixed_until(market, *token) {
                None => format!("what {} pays can change any day", market.symbol(*token)),
                Some(until) => {
                    let days = until.saturating_sub(market.timestamp) / DAY_S;
                    format!("{} is due in {days} days", market.symbol(*token))
                }
            })
            .collect();
        let detail = floating.join(", ");
        (!floating.is_empty()).then_some(Violation { limit: LimitKind::Locked, detail })
    }
}

/// Why no plan gives what the objective asks for, and the nearest that `solve` finds one for; `None`
/// of objectives that ask for nothing in particular.
pub(crate) fn nearest(
    market: &Market,
    intent: &Intent,
    solve: impl Fn(&Intent) -> Option<Solution>,
) -> Option<Infeasible> {
    let Goal::Yield { objective, horizon_s } = intent.goal else { return None };
    match objective {
        Objective::Net | Objective::NetOrganic | Objective::RiskAdjusted => None,
        Objective::LeastRisk { target_bps } => unreached(intent, (target_bps, horizon_s), solve),
        Objective::FixedRate => Some(unfixed(market, intent, horizon_s, solve)),
    }
}

/// The highest target, in whole basis points, that some plan within the limits reaches.
fn unreached(
    intent: &Intent,
    (target_bps, horizon_s): (u32, u64),
    solve: impl Fn(&Intent) -> Option<Solution>,
) -> Option<Infeasible> {
    let asked = |objective| Intent { goal: Goal::Yield { objective, horizon_s }, ..intent.clone() };
    let most = solve(&asked(Objective::NetOrganic))?;
    let net = organic(&most.split);
    let reason = format!(
        "no plan within the limits nets {} % organic a year: the most is {:.4} % ({})",
        percent(target_bps),
        net / 100.0,
        most.label
    );
    let reach = u32::try_from(from_f64(net.floor())).ok().filter(|bps| *bps > 0);
    let relaxed = reach.and_then(|target_bps| {
        let plan = solve(&asked(Objective::LeastRisk { target_bps }))?;
        let to = format!("{}%", percent(target_bps));
        Some(Relaxation { limit: "target".into(), to, net_bps: plan.split.net_bps() })
    });
    Some(Infeasible { reason, relaxations: relaxed.into_iter().collect() })
}

/// What is missing for a fixed rate; where what is there ends too soon, the longest horizon for which
/// there is one.
fn unfixed(
    market: &Market,
    intent: &Intent,
    horizon_s: u64,
    solve: impl Fn(&Intent) -> Option<Solution>,
) -> Infeasible {
    let mut ends: Vec<u64> = terms(market).map(|(_, expiry)| expiry).collect();
    ends.sort_unstable();
    ends.dedup();
    let days = |seconds: u64| seconds / DAY_S;
    let Some(last) = ends.last().map(|last| last.saturating_sub(market.timestamp)) else {
        let reason = format!(
            "this market lists nothing with a fixed term: a rate for {} days is fixed by a \
             principal token (PT) due then or later, and no venue of it trades one",
            days(horizon_s)
        );
        return Infeasible { reason, relaxations: Vec::new() };
    };
    let reason = if last < horizon_s {
        format!("the longest fixed term here ends in {} days, before the horizon", days(last))
    } else {
        "what has a fixed term here cannot be entered within the limits, or its yield or exit is \
         not known"
            .to_owned()
    };
    let nearer = ends.iter().rev().map(|end| days(end.saturating_sub(market.timestamp)));
    let relaxed =
        nearer.filter(|days| (1..horizon_s.div_ceil(DAY_S)).contains(days)).find_map(|n| {
            let goal = Goal::Yield { objective: Objective::FixedRate, horizon_s: n * DAY_S };
            let plan = solve(&Intent { goal, ..intent.clone() })?;
            let to = format!("for {n} days");
            Some(Relaxation { limit: "horizon".into(), to, net_bps: plan.split.net_bps() })
        });
    Infeasible { reason, relaxations: relaxed.into_iter().collect() }
}

/// Basis points as percent, without places that say nothing.
fn percent(bps: u32) -> String {
    let text = format!("{}.{:02}", bps / 100, bps % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// By how much a principal grows that reaches a target.
pub(crate) fn target_growth(target_bps: u32, years: f64) -> f64 {
    (f64::from(target_bps) / 1e4 * years).exp()
}
