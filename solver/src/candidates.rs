//! Plans for a yield intent: hold, and moves into every position that the market can value.

use std::cell::OnceCell;

use alloy_primitives::{I256, U256};
use petgraph::graph::{EdgeIndex, NodeIndex};

use crate::{
    allocate::Move,
    amount::{WAD, to_f64},
    intent::{Goal, Intent, Objective},
    ledger::Ledger,
    market::Market,
    objective,
    risk::{Holding, LADDER_S, assess, caution},
    route::{self, Concave as _, Push, Search},
    solution::{LimitKind, PlanKind, Solution, held},
    sources::{Source, sources},
    value::{Appraiser, Holdings, TRANSACTION_GAS, Worth},
    yields::{YieldSplit, earning},
};

/// By how much of itself a move may fall short of what has to move: conversions round.
const MISSED: f64 = 1e-6;

/// One yield intent at one horizon.
pub(crate) struct Candidates<'a, 'm> {
    pub(crate) appraiser: &'a Appraiser<'m>,
    pub(crate) intent: &'m Intent,
    pub(crate) objective: Objective,
    pub(crate) horizon_s: u64,
    pub(crate) sources: Vec<Source>,
    pub(crate) start: Ledger,
    hold: OnceCell<Option<Solution>>,
}

impl<'a, 'm> Candidates<'a, 'm> {
    /// Prepares an intent; `None` when the market does not list its asset.
    pub(crate) fn new(
        appraiser: &'a Appraiser<'m>,
        intent: &'m Intent,
        objective: Objective,
        horizon_s: u64,
    ) -> Option<Self> {
        let sources = sources(appraiser, intent)?;
        let start = Ledger::holding(appraiser.market, intent.holdings())?;
        let hold = OnceCell::new();
        Some(Self { appraiser, intent, objective, horizon_s, sources, start, hold })
    }

    /// The goal at this horizon.
    pub(crate) fn goal(&self) -> Goal {
        Goal::Yield { objective: self.objective, horizon_s: self.horizon_s }
    }

    /// Holding: `None` when the market cannot value what is held.
    pub(crate) fn hold(&self) -> Option<Solution> {
        self.hold.get_or_init(|| self.held()).clone()
    }

    /// Whether something has to move: what is given breaks a limit as it is.
    pub(crate) fn is_forced(&self) -> bool {
        let hold = self.hold.get_or_init(|| self.held());
        hold.as_ref().is_none_or(|hold| !hold.is_feasible())
    }

    fn held(&self) -> Option<Solution> {
        let names: Vec<String> =
            self.intent.holdings().map(|(token, _)| self.market().symbol(token)).collect();
        let label = format!("hold {}", names.join(" and "));
        self.finish(PlanKind::Hold, label, Push::new(self.market(), self.start.clone()))
    }

    /// The best plan for every position that can be entered and valued, best first; where the
    /// intent's exit limits forbid the whole, also the largest part that they allow.
    ///
    /// `alone` also asks for a plan through each venue alone; otherwise these come only where a part
    /// moves, because of a whole move the route has tried them.
    pub(crate) fn moves(&self, alone: bool) -> Vec<Solution> {
        let enterable: Vec<NodeIndex> =
            self.appraiser.graph.nodes().filter(|&to| self.can_be_entered(to)).collect();
        let mut plans: Vec<Solution> = Vec::new();
        for source in &self.sources {
            for &to in enterable.iter().filter(|&&to| to != source.node) {
                plans.extend(self.positions_at(source, to, alone));
            }
        }
        sort(&mut plans);
        plans
    }

    /// Whether an asset is one of those given.
    pub(crate) fn is_given(&self, node: NodeIndex) -> bool {
        self.sources.iter().any(|source| source.node == node)
    }

    /// Whether plans lead into more than one position.
    pub(crate) fn several(&self, plans: &[Solution]) -> bool {
        if self.sources.len() > 1 {
            return true;
        }
        let graph = self.appraiser.graph;
        let ends = plans.iter().flat_map(|plan| plan.end.iter().map(|held| held.token));
        let mut entered =
            ends.filter_map(|token| graph.node_of(token)).filter(|n| !self.is_given(*n));
        let first = entered.next();
        entered.any(|node| Some(node) != first)
    }

    /// The plan that the optimiser proposes: as many positions as it takes.
    pub(crate) fn proposed(&self, trades: &[(EdgeIndex, f64)]) -> Option<Solution> {
        let mut push = Push::new(self.market(), self.start.clone());
        let spend: Holdings = self.intent.holdings().collect();
        push.follow(self.appraiser.graph, trades, &spend).ok()?;
        if push.legs.is_empty() {
            return None;
        }
        let label = self.positions_of(&push)?;
        self.finish(PlanKind::Positions, label, push)
    }

    /// The positions that a push leaves, in words; of one asset that is given, without what stays of it.
    pub(crate) fn positions_of(&self, push: &Push<'_>) -> Option<String> {
        let groups = self.appraiser.by_node(&push.ledger)?;
        let several = self.sources.len() > 1;
        let moved = groups.iter().map(|(node, _)| *node);
        let moved = moved.filter(|&node| several || !self.is_given(node));
        let names: Vec<String> = moved.map(|node| self.name(node)).collect();
        Some(names.join(" and "))
    }

    /// Whether a node's asset can be valued, and is one that the objective is about.
    pub(crate) fn can_be_entered(&self, node: NodeIndex) -> bool {
        self.can_be_valued(node) && self.is_meant(node)
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
    fn positions_at(&self, source: &Source, to: NodeIndex, alone: bool) -> Vec<Solution> {
        let Some(search) = self.entry(source, to) else { return Vec::new() };
        let name = match self.sources.len() {
            1 => self.name(to),
            _ => format!("{} into {}", self.name(source.node), self.name(to)),
        };
        let mut plans = self.moves_over(&search, source, to, &name);
        let part = plans.iter().any(|p| p.end.iter().any(|h| source.has(h.token)));
        for edge in search.last_edges().into_iter().filter(|_| alone || part) {
            let venue = self.market().listings[self.appraiser.graph.edge(edge).listing].venue.id();
            let alone = format!("{name} via {venue} alone");
            for plan in self.moves_over(&search.only_last(edge), source, to, &alone) {
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
        source: &Source,
        to: NodeIndex,
        label: &str,
    ) -> Vec<Solution> {
        let step = Move {
            appraiser: self.appraiser,
            search,
            from: source.node,
            to,
            horizon_s: self.horizon_s,
        };
        let held = source.units;
        // Shares of a whole that has other parts are for the program over all of them.
        let alone = self.sources.len() == 1;
        let cap = f64::from(if alone { self.intent.limits.protocol_cap_bps } else { 10_000 });
        // Where staying is not allowed, or moving does not pay, the whole move is still a candidate:
        // the one that has to be made, or the one that the answer shows what it would cost.
        let pays = if source.may_stay { step.amount(held) } else { 0.0 };
        let wanted = if pays > 0.0 { pays } else { held.min(search.cap()) };
        let fits = |cap: f64| step.amount_within_cap(held, (wanted, held.min(search.cap())), cap);
        let most = fits(cap);
        let mut plans: Vec<Solution> =
            self.enter(search, source, most, label.to_owned()).into_iter().collect();
        // Fewer venues, for their gas, bring less than all together: what that misses of the cap is
        // taken off it.
        let over = plans.first().map_or(0.0, |plan| self.heaviest(plan) - cap);
        if cap < 1e4 && over > 0.0 {
            let less = fits((cap - over * (1.0 + MISSED) - MISSED).max(0.0));
            plans.extend(self.enter(search, source, less, label.to_owned()));
        }
        let blocked = alone && plans.iter().any(|p| p.violations.iter().any(|v| v.limit.is_exit()));
        if blocked {
            let part = step.amount_within_exits(held, most);
            plans.extend(self.enter(search, source, part, label.to_owned()));
        }
        // Less than a ticket is no plan: the ticket itself may still be better than none.
        let least = to_f64(self.least_in(to));
        let small = |p: &Solution| p.violations.iter().any(|v| v.limit == LimitKind::Ticket);
        if plans.iter().any(small) {
            let ticket = step.amount_worth(held.min(search.cap()), least);
            plans.extend(ticket.and_then(|x| self.enter(search, source, x, label.to_owned())));
        }
        plans
    }

    /// The ways from what is given of one asset to another.
    pub(crate) fn entry(&self, source: &Source, to: NodeIndex) -> Option<Search> {
        let amount = source.holdings.iter().map(|(_, amount)| to_f64(*amount)).sum();
        let search = Search::new(self.appraiser.graph, source.node, to, amount, &|e| {
            self.appraiser.allowed(e)
        });
        (!search.is_empty()).then_some(search)
    }

    fn enter(
        &self,
        search: &Search,
        source: &Source,
        amount: f64,
        label: String,
    ) -> Option<Solution> {
        let spend = route::share(self.appraiser.graph, &source.holdings, amount, &[]);
        let start = Push::new(self.market(), self.start.clone());
        let wanted = amount.min(search.cap()) * (1.0 - MISSED);
        let push = route::best(self.appraiser.graph, search, &[], &start, &spend, |push| {
            // What has to move may be worth more where it is: a venue less is no way out.
            if self.is_forced() {
                let left = self.units_left(source.node, &source.holdings, push)?;
                if source.units - left < wanted {
                    return None;
                }
            }
            let worth = self.appraiser.worth(&push.ledger, self.horizon_s)?;
            let gas = self.gas_cost(worth.gas + push.gas() + TRANSACTION_GAS)?;
            I256::try_from(worth.eth).ok()?.checked_sub(gas)
        })
        .ok()?;
        if push.legs.is_empty() { None } else { self.finish(PlanKind::Positions, label, push) }
    }

    /// Units of a node in the account, of these tokens of it.
    pub(crate) fn units_left(
        &self,
        node: NodeIndex,
        tokens: &Holdings,
        push: &Push<'_>,
    ) -> Option<f64> {
        let held = tokens.iter().map(|(token, _)| Some((*token, push.balance(*token)?)));
        Some(self.appraiser.units(node, &held.collect::<Option<Holdings>>()?))
    }

    /// Values a finished push and checks it against the intent's limits.
    pub(crate) fn finish(&self, kind: PlanKind, label: String, push: Push<'m>) -> Option<Solution> {
        let market = self.market();
        let worth = self.appraiser.worth(&push.ledger, self.horizon_s)?;
        let gas = if push.legs.is_empty() { 0 } else { push.gas() + TRANSACTION_GAS };
        let end = I256::try_from(worth.eth).ok()?.checked_sub(self.gas_cost(gas + worth.gas)?)?;
        let principal = self.intent.principal(market)?;
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
        let liquid_bps = self.appraiser.liquid_bps(&push.ledger);
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
            liquid_bps,
            entry_cost_bps,
            exit_cost_bps,
            violations: Vec::new(),
            score,
            leverage: None,
        };
        solution.violations = self.violations(&solution);
        solution.violations.extend(self.misses(&solution));
        Some(solution)
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

/// What the planned way of leaving gives up against redemption: the sales' loss; a queue pays all.
fn exit_loss(worth: &Worth) -> f64 {
    worth.parts.iter().map(|p| to_f64(p.sold) - to_f64(p.sale_eth)).sum()
}

/// Best first; plans that break limits after those that do not. Of equal scores the lower tier comes
/// first, then the higher yield.
pub(crate) fn sort(plans: &mut [Solution]) {
    let better = |a: &Solution, b: &Solution| {
        b.score
            .total_cmp(&a.score)
            .then(a.risk.tier.cmp(&b.risk.tier))
            .then(b.split.net_bps().total_cmp(&a.split.net_bps()))
    };
    plans.sort_by(|a, b| b.is_feasible().cmp(&a.is_feasible()).then_with(|| better(a, b)));
}

/// The horizon of a yield intent.
pub(crate) fn horizon(intent: &Intent) -> Option<(Objective, u64)> {
    match intent.goal {
        Goal::Yield { objective, horizon_s } => Some((objective, horizon_s)),
        Goal::Swap { .. } | Goal::Exit { .. } => None,
    }
}
