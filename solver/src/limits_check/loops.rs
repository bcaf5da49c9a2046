//! A plan that owes something: what is owed, what secures it, what both rest on, and what leaving costs:
//! the rounds of leaving sell all of the collateral, and nothing of what they move comes back meanwhile.

use alloy_primitives::{Address, U256};

use super::{
    Asset, Broken, Rule, ground::Ground, held_to, leaving::Leaving, passes_through, stands::behind,
    within,
};
use crate::{
    amount::{WAD, to_f64},
    intent::{Depth, Intent, Limits},
    leverage::{Account, Credit},
    market::Market,
    route::Leg,
    solution::Solution,
};

/// By how much of itself leverage may be above what was asked for: oracle prices and redemption rates
/// round apart.
const SLACK: f64 = 1e-3;

/// What is held against what is owed.
struct Books<'m> {
    credit: &'m Credit,
    /// Units owed, by the plan's end.
    owed: U256,
}

/// Checks a plan that owes something.
pub(super) fn check(
    market: &Market,
    ground: &Ground,
    intent: &Intent,
    plan: &Solution,
) -> Result<(), Broken> {
    passes_through(market, &intent.limits, plan)?;
    let books = Books::of(market, plan)?;
    books.explained(intent, plan)?;
    let stood = books.stands(market, plan)?;
    let most = f64::from(intent.limits.max_leverage_pct) / 100.0;
    held_to(Rule::Leverage, most > 1.0 && stood <= most * (1.0 + SLACK), || {
        format!("{stood:.4} times what is one's own, of {most} at most")
    })?;
    rests_on((market, ground), &intent.limits, plan, stood)?;
    books.leaves((market, ground), intent, plan)
}

impl<'m> Books<'m> {
    fn of(market: &'m Market, plan: &Solution) -> Result<Self, Broken> {
        let held = |token: Address| plan.end.iter().find(|held| held.token == token);
        // A pool may lend one token against many: the debt alone does not say against which.
        let owes = |credit: &Credit| {
            let [pledged, owed] = credit.position_tokens();
            held(pledged).and(held(owed))
        };
        let found = market.credits.iter().find_map(|credit| Some((credit, owes(credit)?)));
        let (credit, held) = found.ok_or_else(|| Broken {
            rule: Rule::Leverage,
            detail: "what it owes, or pledges, is to nobody that the market lists".to_owned(),
            by_bps: None,
        })?;
        Ok(Self { credit, owed: held.balance })
    }

    fn is_owed(&self, token: Address) -> bool {
        let [_, owed] = self.credit.position_tokens();
        token == owed
    }

    /// Units of collateral that secure the loan.
    fn secured(&self, plan: &Solution) -> U256 {
        let [pledged, _] = self.credit.position_tokens();
        let held = plan.end.iter().find(|held| held.token == pledged);
        held.map_or(U256::ZERO, |held| held.balance)
    }

    /// What is owed is what was borrowed less what was repaid, and what secures it what was given so or
    /// pledged, less what was taken out; each of them may round by a unit.
    fn explained(&self, intent: &Intent, plan: &Solution) -> Result<(), Broken> {
        let [pledged, owed] = self.credit.position_tokens();
        let moved = |of: fn(&Leg) -> Address, token: Address| {
            let legs = plan.legs.iter().filter(|leg| of(leg) == token);
            legs.fold(U256::ZERO, |sum, leg| sum.saturating_add(leg.swap.amount))
        };
        let given = |token| moved(|leg| leg.token_in, token);
        let got = |token| moved(|leg| leg.token_out, token);
        let near = |is: U256, of: U256| is.abs_diff(of) <= U256::from(2 * plan.legs.len());
        let borrowed = given(owed).saturating_sub(got(owed));
        held_to(Rule::Leverage, near(self.owed, borrowed), || {
            format!("{} units owed where {borrowed} were borrowed", self.owed)
        })?;
        let own = intent.holdings().filter(|(token, _)| *token == pledged);
        let had = own.fold(got(pledged), |sum, (_, amount)| sum.saturating_add(amount));
        let (secured, had) = (self.secured(plan), had.saturating_sub(given(pledged)));
        held_to(Rule::Leverage, near(secured, had), || {
            format!("{secured} units secure the loan where {had} were pledged")
        })
    }

    /// Collateral over what is one's own, by redemption rates, where the venue would lend so much against
    /// what is held and not take it.
    fn stands(&self, market: &Market, plan: &Solution) -> Result<f64, Broken> {
        let broken = |detail: String| Broken { rule: Rule::Leverage, detail, by_bps: None };
        let secured = self.secured(plan);
        let mut account = Account::new(&self.credit.terms);
        let lent = account.pledge(secured).and_then(|()| account.borrow(self.owed));
        lent.map_err(|why| broken(why.to_string()))?;
        let health = account.health();
        held_to(Rule::Leverage, health.is_some_and(|health| health >= WAD), || {
            format!("a health factor of {health:?} in WAD")
        })?;
        let value = |token, units| market.redeem_value(token, units).map(to_f64);
        let worth = value(self.credit.collateral, secured).zip(value(self.credit.loan, self.owed));
        let (secured, owed) =
            worth.ok_or_else(|| broken("nothing says what it is worth".to_owned()))?;
        held_to(Rule::Leverage, secured > owed, || "more is owed than secures it".to_owned())?;
        Ok(secured / (secured - owed))
    }

    /// What entering gave up of what was given, and what leaving takes of the equity: by the horizon at the
    /// depth of today, and in a hurry at the depth that liquidity is asked for. All of it leaves, or
    /// nothing.
    fn leaves(
        &self,
        (market, ground): (&Market, &Ground),
        intent: &Intent,
        plan: &Solution,
    ) -> Result<(), Broken> {
        let limits = &intent.limits;
        let value = |token, units| market.redeem_value(token, units).map_or(0.0, to_f64);
        let ends = plan.end.iter().filter(|held| !self.is_owed(held.token));
        let held: f64 = ends.map(|held| value(held.token, held.balance)).sum();
        let equity = held - value(self.credit.loan, self.owed);
        let given = intent.principal(market).map_or(0.0, to_f64);
        let cost = |lost: f64, of: f64| 1e4 * lost / of.max(1.0);
        within(Rule::EntryCost, cost(given - equity, given), limits.max_entry_cost_bps)?;
        let secured = self.secured(plan);
        let collateral = Asset {
            tokens: vec![(self.credit.collateral, secured)],
            value: value(self.credit.collateral, secured),
            is_ether: false,
        };
        let leaving = Leaving::new(market, ground, limits, &collateral);
        let lost = cost(leaving.loses(1.0, Depth::Whole), equity);
        within(Rule::ExitCost, lost, limits.max_exit_cost_bps)?;
        if limits.liquid_share_bps > 0 {
            let hurried = cost(leaving.loses(1.0, limits.liquid_depth), equity);
            within(Rule::Liquidity, hurried, limits.max_exit_cost_bps)?;
        }
        let least = to_f64(limits.least_position);
        held_to(Rule::Ticket, collateral.value >= least, || {
            format!("{:.6} ETH of {:.6} ETH at least", collateral.value / 1e18, least / 1e18)
        })
    }
}

/// Who stands behind what secures the loan, so many times over.
fn rests_on(
    (market, ground): (&Market, &Ground),
    limits: &Limits,
    plan: &Solution,
    stood: f64,
) -> Result<(), Broken> {
    let ends =
        plan.end.iter().filter(|held| market.redeem_value(held.token, held.balance).is_some());
    for held in ends {
        let on = behind(&ground.risks, &[(held.token, held.balance)], stood);
        for protocol in &on.protocols {
            held_to(Rule::Avoid, !limits.avoid.contains(protocol), || protocol.clone())?;
            let kept = limits.only.is_empty() || limits.only.contains(protocol);
            held_to(Rule::Only, kept, || protocol.clone())?;
        }
        held_to(
            Rule::ProtocolCap,
            on.protocols.is_empty() || limits.protocol_cap_bps >= 10_000,
            || format!("all of it rests on {}", on.protocols.join(" and on ")),
        )?;
        held_to(Rule::Tier, on.tier <= limits.max_tier, || on.tier.to_string())?;
        within(Rule::ExpectedLoss, on.loss_bps, limits.max_expected_loss_bps)?;
    }
    Ok(())
}
