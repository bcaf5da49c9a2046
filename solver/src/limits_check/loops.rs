//! A plan that owes something: what is owed, what secures it, and what both rest on. What leaving costs
//! is that of its rounds, which are not gone through again here.

use alloy_primitives::U256;

use super::{Broken, Rule, ground::Ground, held_to, passes_through, stands::behind, within};
use crate::{
    amount::{WAD, to_f64},
    intent::{Intent, Limits},
    leverage::{Account, Credit, Terms},
    market::Market,
    solution::Solution,
    venues::LegKind,
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
    books.explained(plan)?;
    let stood = books.stands(market, plan)?;
    let most = f64::from(intent.limits.max_leverage_pct) / 100.0;
    held_to(Rule::Leverage, most > 1.0 && stood <= most * (1.0 + SLACK), || {
        format!("{stood:.4} times what is one's own, of {most} at most")
    })?;
    rests_on((market, ground), &intent.limits, plan, stood)
}

impl<'m> Books<'m> {
    fn of(market: &'m Market, plan: &Solution) -> Result<Self, Broken> {
        let owes = |credit: &&Credit| match &credit.terms {
            Terms::Aave(terms) => plan.end.iter().find(|held| held.token == terms.debt_token),
            Terms::Morpho(_) => None,
        };
        let found = market.credits.iter().find_map(|credit| Some((credit, owes(&credit)?)));
        let (credit, held) = found.ok_or_else(|| Broken {
            rule: Rule::Leverage,
            detail: "what it owes is to nobody that the market lists".to_owned(),
            by_bps: None,
        })?;
        Ok(Self { credit, owed: held.balance })
    }

    /// What is owed is what was borrowed less what was repaid; each of them may round by a unit.
    fn explained(&self, plan: &Solution) -> Result<(), Broken> {
        let all = |kind: LegKind| {
            let legs = plan.legs.iter().filter(move |leg| leg.kind == kind);
            legs.fold(U256::ZERO, |sum, leg| sum.saturating_add(leg.swap.amount))
        };
        let borrowed = all(LegKind::Borrow).saturating_sub(all(LegKind::Repay));
        let explained = self.owed.abs_diff(borrowed) <= U256::from(2 * plan.legs.len());
        held_to(Rule::Leverage, explained, || {
            format!("{} units owed where {borrowed} were borrowed", self.owed)
        })
    }

    /// Collateral over what is one's own, by redemption rates, where the venue would lend so much against
    /// what is held and not take it.
    fn stands(&self, market: &Market, plan: &Solution) -> Result<f64, Broken> {
        let broken = |detail: String| Broken { rule: Rule::Leverage, detail, by_bps: None };
        let pledged = plan.legs.iter().filter(|leg| leg.token_in == self.credit.collateral);
        let receipts: Vec<_> = pledged.map(|leg| leg.token_out).collect();
        let held = plan.end.iter().find(|held| receipts.contains(&held.token));
        let held = held.ok_or_else(|| broken("nothing secures what is owed".to_owned()))?;
        let mut account = Account::new(&self.credit.terms);
        let lent = account.pledge(held.balance).and_then(|()| account.borrow(self.owed));
        lent.map_err(|why| broken(why.to_string()))?;
        let health = account.health();
        held_to(Rule::Leverage, health.is_some_and(|health| health >= WAD), || {
            format!("a health factor of {health:?} in WAD")
        })?;
        let value = |token, units| market.redeem_value(token, units).map(to_f64);
        let secured = value(self.credit.collateral, held.balance);
        let worth = secured.zip(value(self.credit.loan, self.owed));
        let (secured, owed) =
            worth.ok_or_else(|| broken("nothing says what it is worth".to_owned()))?;
        held_to(Rule::Leverage, secured > owed, || "more is owed than secures it".to_owned())?;
        Ok(secured / (secured - owed))
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
        held_to(Rule::Tier, on.tier <= limits.max_tier, || on.tier.to_string())?;
        within(Rule::ExpectedLoss, on.loss_bps, limits.max_expected_loss_bps)?;
    }
    Ok(())
}
