//! Swaps and exits: the most of one token for another, now.

use alloy_primitives::{Address, I256, U256};
use petgraph::graph::{EdgeIndex, NodeIndex};

use crate::{
    amount::{from_f64, to_f64},
    graph::Graph,
    intent::{Goal, Intent},
    ledger::Ledger,
    market::Market,
    problem::{Proposal, routed},
    risk::{Holding, LADDER_S, assess, caution},
    route::{self, Concave, Push, Search, largest},
    solution::{
        Answer, Binding, Infeasible, LimitKind, PlanKind, Relaxation, Solution, Violation, held,
    },
    value::{Appraiser, TRANSACTION_GAS, Worth},
    yields::{Organic, YieldSplit},
};

/// One swap or exit.
struct Order<'a, 'm> {
    appraiser: &'a Appraiser<'m>,
    intent: &'a Intent,
    kind: PlanKind,
    from: NodeIndex,
    to: NodeIndex,
    wanted: Address,
    /// What the optimiser proposes.
    trades: &'a [(EdgeIndex, f64)],
}

/// Solves a swap or an exit. `None` for a yield intent or a token the market does not list.
pub(crate) fn best_trade(market: &Market, graph: &Graph, intent: &Intent) -> Option<Answer> {
    traded(market, graph, intent, true)
}

/// As [`best_trade`], without the plans through single venues to compare with.
pub(crate) fn decided(market: &Market, graph: &Graph, intent: &Intent) -> Option<Answer> {
    traded(market, graph, intent, false)
}

fn traded(market: &Market, graph: &Graph, intent: &Intent, compared: bool) -> Option<Answer> {
    let appraiser = Appraiser::new(market, graph, &intent.limits);
    let Proposal { trades, prices } = routed(market, graph, intent).unwrap_or_default();
    Some(Answer { prices, ..order(&appraiser, intent, &trades)?.answer(compared) })
}

/// Values a finished push of a swap or an exit.
pub(crate) fn finished<'m>(
    appraiser: &Appraiser<'m>,
    intent: &Intent,
    push: Push<'m>,
) -> Option<Solution> {
    let order = order(appraiser, intent, &[])?;
    order.finish(push, String::new())
}

fn order<'a, 'm>(
    appraiser: &'a Appraiser<'m>,
    intent: &'a Intent,
    trades: &'a [(EdgeIndex, f64)],
) -> Option<Order<'a, 'm>> {
    let (kind, wanted) = match intent.goal {
        Goal::Swap { to } => (PlanKind::Swap, to),
        Goal::Exit { to, .. } => (PlanKind::Exit, to),
        Goal::Yield { .. } => return None,
    };
    let (from, to) = (appraiser.graph.node_of(intent.asset)?, appraiser.graph.node_of(wanted)?);
    Some(Order { appraiser, intent, kind, from, to, wanted, trades })
}

impl<'m> Order<'_, 'm> {
    fn answer(&self, compared: bool) -> Answer {
        let search = self.search();
        let amount = self.amount();
        if self.from != self.to && (search.is_empty() || amount > search.cap()) {
            return unanswered(self.too_little(&search));
        }
        let label = format!("{} to {}", self.symbol(self.intent.asset), self.symbol(self.wanted));
        let Some(best) = self.plan(&search, self.trades, label) else {
            return unanswered(self.nothing_arrives());
        };
        if !best.is_feasible() {
            let infeasible = self.too_dear(&search, &best);
            return Answer { alternatives: vec![best], ..unanswered(infeasible) };
        }
        let alternatives = if compared { self.single_venue(&search, &best) } else { Vec::new() };
        Answer {
            best: Some(best),
            alternatives,
            unranked: Vec::new(),
            binding: self.impact(&search).into_iter().collect(),
            break_even_s: None,
            infeasible: None,
            prices: Vec::new(),
            multipliers: Vec::new(),
        }
    }

    /// A price that the trade itself moves by more than a percent is something to say.
    fn impact(&self, search: &Search) -> Option<Binding> {
        let amount = self.amount();
        let first = search.marginal(0.0) * amount;
        let share = 1.0 - search.out(amount) / first;
        (first > 0.0 && share > 0.01).then(|| Binding {
            limit: "price impact".into(),
            detail: format!("{:.1} % below the market's first price", 100.0 * share),
            cost_bps: None,
            shadow_price: None,
        })
    }

    fn search(&self) -> Search {
        Search::new(self.appraiser.graph, self.from, self.to, self.amount(), &|e| {
            self.appraiser.allowed(e)
        })
    }

    fn amount(&self) -> f64 {
        self.appraiser.units(self.from, &[(self.intent.asset, self.intent.amount)])
    }

    /// Pushes a search and turns what arrives into the token wanted.
    fn plan(
        &self,
        search: &Search,
        trades: &[(EdgeIndex, f64)],
        label: String,
    ) -> Option<Solution> {
        let market = self.appraiser.market;
        let spend = [(self.intent.asset, self.intent.amount)];
        let mut start =
            Push::new(market, Ledger::with(market, self.intent.asset, self.intent.amount)?);
        start.aim = Some(self.wanted);
        let price = self.eth_per_unit();
        let gather = |push: &mut Push<'m>| -> Option<()> {
            let tokens: Vec<Address> =
                self.appraiser.graph.node(self.to).tokens.iter().map(|(t, _)| *t).collect();
            push.gather(&tokens, self.wanted).ok()
        };
        let worth = |push: &mut Push<'m>| {
            gather(push)?;
            let gas = to_f64(U256::from(push.gas()).checked_mul(market.gas_price)?);
            Some(to_f64(push.balance(self.wanted)?) * price - gas)
        };
        let push = if self.from == self.to {
            let mut push = start;
            push.convert(self.intent.asset, self.wanted, self.intent.amount).ok()?;
            push
        } else {
            route::best(self.appraiser.graph, search, trades, &start, &spend, worth).ok()?
        };
        self.finish(push, label)
    }

    /// `None` when none of the token wanted arrives.
    fn finish(&self, push: Push<'m>, label: String) -> Option<Solution> {
        let market = self.appraiser.market;
        push.balance(self.wanted).filter(|got| !got.is_zero())?;
        let gas = push.gas() + TRANSACTION_GAS;
        let end = held(&push)?;
        let given = market.redeem_value(self.intent.asset, self.intent.amount);
        let got =
            self.appraiser.redeem(&end.iter().map(|h| (h.token, h.balance)).collect::<Vec<_>>());
        let gas_wei = market.gas_price.checked_mul(U256::from(gas))?;
        let split = match (given, got) {
            (Some(given), Some(got)) => {
                let net = I256::try_from(got).ok()?;
                YieldSplit::new(
                    given,
                    net.checked_sub(I256::try_from(gas_wei).ok()?)?,
                    Organic::NONE,
                    U256::ZERO,
                    0,
                )?
            }
            _ => YieldSplit::new(U256::ZERO, I256::ZERO, Organic::NONE, U256::ZERO, 0)?,
        };
        let cost = |g: U256, r: U256| 1e4 * (to_f64(g) - to_f64(r)) / to_f64(g).max(1.0);
        let entry_cost_bps = given.zip(got).map_or(0.0, |(g, r)| cost(g, r));
        let holdings: Vec<_> = end
            .iter()
            .filter_map(|h| Some(Holding::plain(h.token, market.redeem_value(h.token, h.balance)?)))
            .collect();
        let leaving = self.appraiser.leaving(&push.ledger);
        let within_s = self.intent.limits.liquid_within_s;
        let mut solution = Solution {
            kind: self.kind,
            label,
            start: Ledger::with(market, self.intent.asset, self.intent.amount)?,
            score: push.balance(self.wanted).map_or(0.0, to_f64) * self.eth_per_unit()
                - to_f64(gas_wei),
            legs: push.legs,
            gas,
            worth: Worth {
                redeem: got.unwrap_or_default(),
                organic: Organic::NONE,
                incentive: U256::ZERO,
                eth: got.unwrap_or_default(),
                gas: 0,
                parts: Vec::new(),
            },
            split,
            risk: assess(self.appraiser.risks(), &holdings, caution(self.intent.limits.risk)),
            ladder: LADDER_S.iter().map(|&s| self.appraiser.rung(&leaving, s)).collect(),
            liquid_bps: self.appraiser.rung(&leaving, within_s).share_bps.unwrap_or(0.0),
            entry_cost_bps,
            exit_cost_bps: 0.0,
            violations: Vec::new(),
            end,
            leverage: None,
        };
        let most = self.intent.limits.max_exit_cost_bps;
        if self.kind == PlanKind::Exit && entry_cost_bps > f64::from(most) {
            let detail = format!("{entry_cost_bps:.1} bp of {most} bp");
            solution.violations.push(Violation { limit: LimitKind::ExitCost, detail });
        }
        Some(solution)
    }

    /// ETH that one unit of the token wanted is worth, for weighing gas: its redemption, else the
    /// market's first price; zero, so that gas does not count, where neither is known.
    fn eth_per_unit(&self) -> f64 {
        let wad = crate::amount::WAD;
        if let Some(value) = self.appraiser.market.redeem_value(self.wanted, wad) {
            return to_f64(value) / to_f64(wad);
        }
        let unit = self.appraiser.graph.units_of(self.to, self.wanted);
        self.appraiser.way_out(self.to).map_or(0.0, |search| search.marginal(0.0) * unit)
    }

    /// The same trade through one venue alone, best first.
    fn single_venue(&self, search: &Search, best: &Solution) -> Vec<Solution> {
        let graph = self.appraiser.graph;
        let mut plans: Vec<Solution> = search
            .last_edges()
            .into_iter()
            .filter_map(|edge| {
                let only = search.only_last(edge);
                if self.amount() > only.cap() {
                    return None;
                }
                let venue = self.appraiser.market.listings[graph.edge(edge).listing].venue.id();
                self.plan(&only, &[], format!("via {venue} alone"))
            })
            .filter(|plan| plan.legs != best.legs)
            .collect();
        plans.sort_by(|a, b| b.score.total_cmp(&a.score));
        plans
    }

    /// The market cannot take the amount, or knows no way at all.
    fn too_little(&self, search: &Search) -> Infeasible {
        let market = self.appraiser.market;
        let (given, wanted) = (self.symbol(self.intent.asset), self.symbol(self.wanted));
        let tokens = &self.appraiser.graph.node(self.from).tokens;
        let notes: Vec<&str> = market
            .unknowns
            .iter()
            .filter(|u| tokens.iter().any(|(t, _)| *t == u.token))
            .map(|u| u.what.as_str())
            .fold(Vec::new(), |mut said, what| {
                if !said.contains(&what) {
                    said.push(what);
                }
                said
            });
        if search.is_empty() {
            let notes =
                if notes.is_empty() { String::new() } else { format!("; {}", notes.join("; ")) };
            let reason =
                format!("this market knows no venue that takes {given} towards {wanted}{notes}");
            return Infeasible { reason, relaxations: Vec::new() };
        }
        let most = self.round(search.cap());
        let relaxation = self.amount_relaxation(search, search.cap());
        let reason = format!(
            "the venues whose depth this market knows take at most {} {given} towards {wanted}",
            self.whole(most)
        );
        Infeasible { reason, relaxations: relaxation.into_iter().collect() }
    }

    /// The venues take the amount, but round it down to nothing or cannot count it.
    fn nothing_arrives(&self) -> Infeasible {
        let (given, wanted) = (self.symbol(self.intent.asset), self.symbol(self.wanted));
        let amount = self.intent.amount;
        let reason = format!("no venue gives any {wanted} for {amount} units of {given}");
        Infeasible { reason, relaxations: Vec::new() }
    }

    /// The trade costs more than the intent allows.
    fn too_dear(&self, search: &Search, best: &Solution) -> Infeasible {
        let broken: Vec<String> =
            best.violations.iter().map(|v| format!("{}: {}", v.limit.name(), v.detail)).collect();
        Infeasible {
            reason: broken.join("; "),
            relaxations: self.amount_relaxation(search, self.amount()).into_iter().collect(),
        }
    }

    /// The largest whole amount, up to `most` node units, that can be traded within the intent's
    /// limits; solved, so that it is not promised in vain.
    fn amount_relaxation(&self, search: &Search, most: f64) -> Option<Relaxation> {
        let most = if self.kind == PlanKind::Exit { self.cheap(search, most)? } else { most };
        let intent = Intent { amount: self.round(most), ..self.intent.clone() };
        let smaller = Order { intent: &intent, ..*self };
        let plan = smaller.plan(&smaller.search(), &[], String::new())?;
        let to = format!("{} {}", self.whole(intent.amount), self.symbol(intent.asset));
        plan.is_feasible().then(|| Relaxation { limit: "amount".into(), to, net_bps: 0.0 })
    }

    /// The most node units, up to `most`, that leave within the highest exit cost.
    fn cheap(&self, search: &Search, most: f64) -> Option<f64> {
        let keep = 1.0 - f64::from(self.intent.limits.max_exit_cost_bps) / 1e4;
        let value = self.appraiser.redeem(&[(self.intent.asset, self.intent.amount)])?;
        let unit = to_f64(value) / self.amount();
        Some(largest(most, |units: f64| search.out(units) >= keep * unit * units))
    }

    /// Node units as whole tokens of the asset given, rounded down.
    fn round(&self, units: f64) -> U256 {
        let unit = self.appraiser.graph.units_of(self.from, self.intent.asset);
        let scale = self.scale();
        from_f64(units / unit) / scale * scale
    }

    fn whole(&self, amount: U256) -> U256 {
        amount / self.scale()
    }

    fn scale(&self) -> U256 {
        let decimals = self.appraiser.market.token(self.intent.asset).map_or(18, |t| t.decimals);
        U256::from(10).pow(U256::from(decimals))
    }

    fn symbol(&self, token: Address) -> String {
        self.appraiser.market.symbol(token)
    }
}

fn unanswered(infeasible: Infeasible) -> Answer {
    Answer {
        best: None,
        alternatives: Vec::new(),
        unranked: Vec::new(),
        binding: Vec::new(),
        break_even_s: None,
        infeasible: Some(infeasible),
        prices: Vec::new(),
        multipliers: Vec::new(),
    }
}
