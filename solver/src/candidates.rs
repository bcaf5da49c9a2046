//! Plans for a yield intent: hold, and moves into every position that the market can value.

use alloy_primitives::{I256, U256};
use petgraph::graph::{EdgeIndex, NodeIndex};

use crate::{
    allocate::Move,
    amount::{WAD, to_f64},
    intent::{Goal, Intent, Limits, Objective},
    ledger::Ledger,
    market::Market,
    objective,
    risk::{Holding, LADDER_S, Risk, assess, caution},
    route::{self, Concave as _, Push, Search},
    solution::{LimitKind, PlanKind, Solution, Violation, held},
    value::{Appraiser, Holdings, TRANSACTION_GAS, Worth},
    yields::{YieldSplit, earning},
};

/// One yield intent at one horizon.
pub(crate) struct Candidates<'a, 'm> {
    pub(crate) appraiser: &'a Appraiser<'m>,
    pub(crate) intent: &'m Intent,
    pub(crate) objective: Objective,
    pub(crate) horizon_s: u64,
    pub(crate) asset: NodeIndex,
    pub(crate) start: Ledger,
    may_stay: bool,
}

impl<'a, 'm> Candidates<'a, 'm> {
    /// Prepares an intent; `None` when the market does not list its asset.
    pub(crate) fn new(
        appraiser: &'a Appraiser<'m>,
        intent: &'m Intent,
        objective: Objective,
        horizon_s: u64,
    ) -> Option<Self> {
        let asset = appraiser.graph.node_of(intent.asset)?;
        let start = Ledger::with(appraiser.market, intent.asset, intent.amount)?;
        let Limits { avoid, only, .. } = &intent.limits;
        let may_stay = appraiser
            .exposure(intent.asset)
            .protocols
            .iter()
            .all(|p| !avoid.contains(p) && (only.is_empty() || only.contains(p)));
        Some(Self { appraiser, intent, objective, horizon_s, asset, start, may_stay })
    }

    /// The goal at this horizon.
    pub(crate) fn goal(&self) -> Goal {
        Goal::Yield { objective: self.objective, horizon_s: self.horizon_s }
    }

    /// Holding: `None` when the market cannot value what is held.
    pub(crate) fn hold(&self) -> Option<Solution> {
        let label = format!("hold {}", self.market().symbol(self.intent.asset));
        self.finish(PlanKind::Hold, label, Push::new(self.market(), self.start.clone()))
    }

    /// The best plan for every position that can be entered and valued, best first; where the
    /// intent's exit limits forbid the whole, also the largest part that they allow.
    ///
    /// `alone` also asks for a plan through each venue alone; otherwise these come only where a part
    /// moves, because of a whole move the route has tried them.
    pub(crate) fn moves(&self, alone: bool) -> Vec<Solution> {
        let mut plans: Vec<Solution> = self
            .appraiser
            .graph
            .nodes()
            .filter(|&to| to != self.asset && self.can_be_valued(to))
            .flat_map(|to| self.positions_at(to, alone))
            .collect();
        sort(&mut plans);
        plans
    }

    /// Whether plans lead into more than one position.
    pub(crate) fn several(&self, plans: &[Solution]) -> bool {
        let graph = self.appraiser.graph;
        let ends = plans.iter().flat_map(|plan| plan.end.iter().map(|held| held.token));
        let mut entered =
            ends.filter_map(|token| graph.node_of(token)).filter(|n| *n != self.asset);
        let first = entered.next();
        entered.any(|node| Some(node) != first)
    }

    /// The plan that the optimiser proposes: as many positions as it takes.
    pub(crate) fn proposed(&self, trades: &[(EdgeIndex, f64)]) -> Option<Solution> {
        let mut push = Push::new(self.market(), self.start.clone());
        let spend = [(self.intent.asset, self.intent.amount)];
        push.follow(self.appraiser.graph, trades, &spend).ok()?;
        let groups = self.appraiser.by_node(&push.ledger)?;
        let moved = groups.iter().map(|(node, _)| *node).filter(|&node| node != self.asset);
        let names: Vec<String> = moved.map(|node| self.name(node)).collect();
        if push.legs.is_empty() {
            return None;
        }
        self.finish(PlanKind::Positions, names.join(" and "), push)
    }

    /// Whether the market knows what a node's asset earns, redeems for, and how it is left.
    pub(crate) fn can_be_valued(&self, node: NodeIndex) -> bool {
        let Appraiser { market, graph, .. } = self.appraiser;
        graph.node(node).tokens.first().is_some_and(|(token, _)| {
            let known = market.redeem_value(*token, WAD).is_some()
                && earning(market, graph, *token, self.intent.amount).is_some();
            let leaves = || {
                self.appraiser.way_out(node).is_some() || !self.appraiser.queues(node).is_empty()
            };
            known && (graph.eth() == Some(node) || leaves())
        })
    }

    /// Moves into one position: over all venues together, and through each alone, where the best
    /// amount and its gas are others.
    fn positions_at(&self, to: NodeIndex, alone: bool) -> Vec<Solution> {
        let Some((search, spend)) = self.entry(to) else { return Vec::new() };
        let name = self.name(to);
        let mut plans = self.moves_over(&search, &spend, to, &name);
        let part = plans.iter().any(|p| p.end.iter().any(|h| h.token == self.intent.asset));
        for edge in search.last_edges().into_iter().filter(|_| alone || part) {
            let venue = self.market().listings[self.appraiser.graph.edge(edge).listing].venue.id();
            let alone = format!("{name} via {venue} alone");
            for plan in self.moves_over(&search.only_last(edge), &spend, to, &alone) {
                if plans.iter().all(|p| p.legs != plan.legs) {
                    plans.push(plan);
                }
            }
        }
        plans
    }

    /// The best move over some ways, and the largest part of it that the exit limits allow.
    fn moves_over(
        &self,
        search: &Search,
        spend: &Holdings,
        to: NodeIndex,
        label: &str,
    ) -> Vec<Solution> {
        let step = Move {
            appraiser: self.appraiser,
            search,
            from: self.asset,
            to,
            horizon_s: self.horizon_s,
        };
        let held = self.appraiser.units(self.asset, spend);
        let cap = self.intent.limits.protocol_cap_bps;
        // Where staying is not allowed, or moving does not pay, the whole move is still a candidate:
        // the one that has to be made, or the one that the answer shows what it would cost.
        let pays = if self.may_stay { step.amount(held) } else { 0.0 };
        let wanted = if pays > 0.0 { pays } else { held.min(search.cap()) };
        let most = step.amount_within_cap(held, wanted, cap);
        let mut plans: Vec<Solution> =
            self.enter(search, spend, most, label.to_owned()).into_iter().collect();
        let blocked = plans.iter().any(|p| p.violations.iter().any(|v| v.limit.is_exit()));
        if blocked {
            let part = step.amount_within_exits(held, most);
            plans.extend(self.enter(search, spend, part, label.to_owned()));
        }
        plans
    }

    pub(crate) fn entry(&self, to: NodeIndex) -> Option<(Search, Holdings)> {
        let amount = to_f64(self.intent.amount);
        let search = Search::new(self.appraiser.graph, self.asset, to, amount, &|e| {
            self.appraiser.allowed(e)
        });
        let spend = vec![(self.intent.asset, self.intent.amount)];
        (!search.is_empty()).then_some((search, spend))
    }

    fn enter(
        &self,
        search: &Search,
        spend: &Holdings,
        amount: f64,
        label: String,
    ) -> Option<Solution> {
        let spend = route::share(self.appraiser.graph, spend, amount, &[]);
        let start = Push::new(self.market(), self.start.clone());
        let push = route::best(self.appraiser.graph, search, &[], &start, &spend, |push| {
            let worth = self.appraiser.worth(&push.ledger, self.horizon_s)?;
            let gas = self.gas_cost(worth.gas + push.gas() + TRANSACTION_GAS)?;
            I256::try_from(worth.eth).ok()?.checked_sub(gas)
        })
        .ok()?;
        if push.legs.is_empty() { None } else { self.finish(PlanKind::Positions, label, push) }
    }

    /// Values a finished push and checks it against the intent's limits.
    pub(crate) fn finish(&self, kind: PlanKind, label: String, push: Push<'m>) -> Option<Solution> {
        let market = self.market();
        let worth = self.appraiser.worth(&push.ledger, self.horizon_s)?;
        let gas = if push.legs.is_empty() { 0 } else { push.gas() + TRANSACTION_GAS };
        let end = I256::try_from(worth.eth).ok()?.checked_sub(self.gas_cost(gas + worth.gas)?)?;
        let principal = market.redeem_value(self.intent.asset, self.intent.amount)?;
        let split =
            YieldSplit::new(principal, end, worth.organic, worth.incentive, self.horizon_s)?;
        let held_in = worth.parts.iter();
        let holdings: Vec<Holding> = held_in
            .filter_map(|part| Some(Holding::plain(part.holdings.first()?.0, part.redeem)))
            .collect();
        let caution = caution(self.intent.limits.risk);
        let risk = assess(self.appraiser.risks(), &holdings, caution);
        let leaving = self.appraiser.leaving(&push.ledger);
        let ladder = LADDER_S.iter().map(|&s| self.appraiser.rung(&leaving, s)).collect();
        let liquid = self.appraiser.rung(&leaving, self.intent.limits.liquid_within_s);
        let bps = |part: f64, whole: U256| 1e4 * part / to_f64(whole).max(1.0);
        let entry_cost_bps = bps(to_f64(principal) - to_f64(worth.redeem), principal);
        let exit_cost_bps = bps(exit_loss(&worth), worth.redeem);
        let score = objective::of(self.objective).score(&split, &risk);
        let mut solution = Solution {
            kind,
            label,
            start: self.start.clone(),
            end: held(&push)?,
            legs: push.legs,
            gas,
            worth,
            split,
            risk,
            ladder,
            liquid_bps: liquid.share_bps.unwrap_or(0.0),
            entry_cost_bps,
            exit_cost_bps,
            violations: Vec::new(),
            score,
        };
        solution.violations = self.violations(&solution);
        Some(solution)
    }

    fn violations(&self, plan: &Solution) -> Vec<Violation> {
        let limits = &self.intent.limits;
        let mut found = Vec::new();
        let mut check = |broken: bool, limit: LimitKind, detail: String| {
            if broken {
                found.push(Violation { limit, detail });
            }
        };
        let Risk { tier, expected_loss_bps, protocols, .. } = &plan.risk;
        for protocol in protocols {
            check(
                limits.avoid.contains(protocol),
                LimitKind::Avoid,
                format!("exposed to {protocol}"),
            );
            let allowed = limits.only.is_empty() || limits.only.contains(protocol);
            check(!allowed, LimitKind::Only, format!("exposed to {protocol}"));
        }
        check(
            *tier > limits.max_tier,
            LimitKind::Tier,
            format!("{tier:?} above {:?}", limits.max_tier),
        );
        over(&mut check, LimitKind::ExpectedLoss, *expected_loss_bps, limits.max_expected_loss_bps);
        for (protocol, share) in self.shares(plan) {
            let detail = format!("{protocol} carries {share:.1} bp of {}", limits.protocol_cap_bps);
            check(
                share > f64::from(limits.protocol_cap_bps) + 1e-6,
                LimitKind::ProtocolCap,
                detail,
            );
        }
        if plan.kind != PlanKind::Hold {
            over(&mut check, LimitKind::EntryCost, plan.entry_cost_bps, limits.max_entry_cost_bps);
        }
        over(&mut check, LimitKind::ExitCost, plan.exit_cost_bps, limits.max_exit_cost_bps);
        let liquid = plan.liquid_bps;
        let needed = f64::from(limits.liquid_share_bps);
        let days = limits.liquid_within_s / 86_400;
        let detail = format!(
            "{:.1} % of {:.1} % can be shown to be ETH within {days} days",
            liquid / 100.0,
            needed / 100.0
        );
        check(liquid < needed - 1e-6, LimitKind::Liquidity, detail);
        found
    }

    /// The share of the whole that rests on each protocol, in basis points.
    fn shares(&self, plan: &Solution) -> Vec<(String, f64)> {
        let total = to_f64(plan.worth.redeem).max(1.0);
        let mut shares: Vec<(String, f64)> = Vec::new();
        for part in &plan.worth.parts {
            let Some((token, _)) = part.holdings.first() else { continue };
            for protocol in self.appraiser.exposure(*token).protocols {
                let share = 1e4 * to_f64(part.redeem) / total;
                match shares.iter_mut().find(|(name, _)| *name == protocol) {
                    Some((_, sum)) => *sum += share,
                    None => shares.push((protocol, share)),
                }
            }
        }
        shares
    }

    pub(crate) fn gas_cost(&self, gas: u64) -> Option<I256> {
        I256::try_from(self.market().gas_price.checked_mul(U256::from(gas))?).ok()
    }

    pub(crate) fn name(&self, node: NodeIndex) -> String {
        let tokens = &self.appraiser.graph.node(node).tokens;
        tokens.first().map(|(t, _)| self.market().symbol(*t)).unwrap_or_default()
    }

    pub(crate) fn market(&self) -> &'m Market {
        self.appraiser.market
    }
}

fn over(check: &mut impl FnMut(bool, LimitKind, String), limit: LimitKind, is: f64, most: u32) {
    check(is > f64::from(most) + 1e-6, limit, format!("{is:.1} bp of {most} bp"));
}

/// What the planned way of leaving gives up against redemption: the sales' loss; a queue pays all.
fn exit_loss(worth: &Worth) -> f64 {
    worth.parts.iter().map(|p| to_f64(p.sold) - to_f64(p.sale_eth)).sum()
}

/// Best first; plans that break limits after those that do not.
pub(crate) fn sort(plans: &mut [Solution]) {
    plans.sort_by(|a, b| b.is_feasible().cmp(&a.is_feasible()).then(b.score.total_cmp(&a.score)));
}

/// The horizon of a yield intent.
pub(crate) fn horizon(intent: &Intent) -> Option<(Objective, u64)> {
    match intent.goal {
        Goal::Yield { objective, horizon_s } => Some((objective, horizon_s)),
        Goal::Swap { .. } | Goal::Exit { .. } => None,
    }
}
