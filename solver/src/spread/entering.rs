//! What amounts in positions come to: entered through the code that values plans, and told.

use alloy_primitives::{I256, U256};
use petgraph::graph::NodeIndex;

use super::{Choice, ROOM, Told};
use crate::{
    amount::to_f64,
    candidates::Candidates,
    ledger::Ledger,
    portfolio::Allocation,
    risk::Exposure,
    route::{self, Concave as _, Push, Search},
    solution::{PlanKind, Solution},
    value::{Holdings, TRANSACTION_GAS},
};

impl<'m> Candidates<'_, 'm> {
    /// What an amount of a source redeems for today, in wei of ETH.
    pub(super) fn worth_given(&self, source: usize, units: f64) -> f64 {
        let source = &self.sources[source];
        let whole = self.appraiser.redeem(&source.holdings).map_or(0.0, to_f64);
        whole * units / source.amount()
    }

    /// Enters a position with some units, or keeps them, and values what that leaves.
    pub(super) fn told(&self, choice: &Choice, units: f64) -> Option<Told> {
        let (market, graph) = (self.market(), self.appraiser.graph);
        let source = &self.sources[choice.source];
        let units = units * source.scale;
        let given = route::share(graph, &source.holdings, units, &[]);
        let mut push = Push::new(market, Ledger::holding(market, given.iter().copied())?);
        if let Some(search) = &choice.search {
            push.run(graph, &search.route(units), &given).ok()?;
        }
        self.told_of(&push.ledger, push.gas(), &choice.exposure)
    }

    /// Values what a ledger holds, all of it resting on `exposure`, which took so much gas.
    pub(super) fn told_of(&self, ledger: &Ledger, gas: u64, exposure: &Exposure) -> Option<Told> {
        let worth = self.appraiser.worth(ledger, self.horizon_s)?;
        let gas = U256::from(gas.checked_add(worth.gas)?);
        let gas = self.market().gas_price.checked_mul(gas)?;
        let redeem = to_f64(worth.redeem);
        Some(Told {
            loss: exposure.expected_loss() * redeem,
            end: to_f64(worth.eth) - to_f64(gas),
            gross: to_f64(worth.eth),
            redeem,
            liquid: self.appraiser.liquid_bps(ledger) / 1e4 * redeem,
            unsold: worth.parts.iter().map(|p| to_f64(p.sold) - to_f64(p.sale_eth)).sum(),
        })
    }

    /// Enters all positions one after another with a part of their amounts.
    pub(super) fn pushed(
        &self,
        choices: &[Choice],
        first_kept: usize,
        found: &Allocation,
        part: f64,
    ) -> Option<Solution> {
        let mut push = Push::new(self.market(), self.start.clone());
        let mut names: Vec<String> = Vec::new();
        let mut left: Vec<Holdings> = self.sources.iter().map(|s| s.holdings.clone()).collect();
        for (at, (choice, amount)) in choices.iter().zip(&found.amounts).enumerate() {
            let Some(search) = choice.search.as_ref().filter(|_| *amount > 0.0) else { continue };
            let source = &self.sources[choice.source];
            let moves = |c: &Choice| c.source == choice.source && c.search.is_some();
            let mut later = choices.iter().zip(&found.amounts).skip(at + 1);
            let last = !later.any(|(c, amount)| moves(c) && *amount > 0.0);
            let idle = found.amounts.get(first_kept + choice.source).copied().unwrap_or(0.0);
            let all = last && idle <= 0.0 && (part >= 1.0 || !source.may_stay);
            let units = if all { f64::INFINITY } else { amount * part * source.scale };
            // What arrives from other sources is not this one's to spend.
            let whole = self.sources.len() > 1 || self.is_forced();
            push =
                self.spent(&push, (source.node, &mut left[choice.source]), search, (units, whole))?;
            let name = self.name(choice.node);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if push.legs.is_empty() {
            return None;
        }
        self.finish(PlanKind::Positions, names.join(" and "), push)
    }

    /// Spends some units of what is a node's own over the ways of a search: where `whole` is asked for,
    /// all of them, and else as far as it pays.
    pub(super) fn spent(
        &self,
        push: &Push<'m>,
        (node, own): (NodeIndex, &mut Holdings),
        search: &Search,
        (units, whole): (f64, bool),
    ) -> Option<Push<'m>> {
        let graph = self.appraiser.graph;
        for (token, amount) in own.iter_mut() {
            *amount = push.balance(*token)?.min(*amount);
        }
        let spend = route::share(graph, own, units, &[]);
        let before: Vec<U256> =
            own.iter().map(|(token, _)| push.balance(*token)).collect::<Option<_>>()?;
        let wanted = self.appraiser.units(node, &spend).min(search.cap()) * (1.0 - ROOM);
        let had = self.units_left(node, own, push)?;
        let after = route::best(graph, search, &[], push, &spend, |push| {
            // What a limit forces out may be worth more where it is: a venue less is no way out.
            if whole && had - self.units_left(node, own, push)? < wanted {
                return None;
            }
            let worth = self.appraiser.worth(&push.ledger, self.horizon_s)?;
            let gas = self.gas_cost(worth.gas + push.gas() + TRANSACTION_GAS)?;
            I256::try_from(worth.eth).ok()?.checked_sub(gas)
        })
        .ok()?;
        for ((token, amount), before) in own.iter_mut().zip(before) {
            let spent = before.saturating_sub(after.balance(*token)?);
            *amount = amount.saturating_sub(spent);
        }
        Some(after)
    }
}
