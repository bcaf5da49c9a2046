//! Loops as candidates of a yield intent that asks for leverage.

use alloy_primitives::{I256, U256};

use super::{
    Credit, Leverage, LeverageError, Unwinding,
    entry::{Entered, enter},
    facts::Stand,
    formulas::{most_by_health, most_by_limit},
    target_health_bps,
    unwinding::unwind,
};
use crate::{
    amount::{RAY, from_f64, growth, mul_div_up, to_f64},
    candidates::Candidates,
    intent::Depth,
    market::Market,
    objective,
    risk::{Holding, LADDER_S, Rung, assess, caution},
    route::Concave as _,
    solution::{Binding, LimitKind, PlanKind, Solution, Violation, held},
    value::{Part, TRANSACTION_GAS, Worth},
    yields::{YieldSplit, forecast, fraction},
};

/// Parts of the way from no leverage to the most: what the loop's own loan adds to the rate may make
/// less of it better.
const STEPS: [f64; 3] = [1.0, 0.66, 0.33];
/// Health factors in basis points.
const BPS: u64 = 10_000;

/// The loops that an intent can enter: at no horizon yet, as entering does not depend on one.
#[derive(Debug, Default)]
pub(crate) struct Loops<'m> {
    made: Vec<Made<'m>>,
    refused: Vec<(String, LeverageError)>,
    asked: bool,
}

#[derive(Debug)]
struct Made<'m> {
    credit: &'m Credit,
    entered: Entered<'m>,
    unwinding: Unwinding,
    asked: f64,
    target_health: f64,
}

impl<'m> Loops<'m> {
    /// The loops that the intent asks for: none where it does not.
    pub(crate) fn new(all: &Candidates<'_, 'm>) -> Self {
        let pct = all.intent.limits.max_leverage_pct;
        if pct <= 100 || all.intent.is_rebalance() {
            return Self::default();
        }
        let mut loops = Self { asked: true, ..Self::default() };
        let asked = f64::from(pct) / 100.0;
        for credit in all.market().credits.iter().filter(|credit| allowed(all, credit)) {
            for step in STEPS {
                match Made::new(all, credit, asked, step) {
                    Ok(made) => loops.made.push(made),
                    Err(why) => {
                        let of = format!("{} for {}", credit.venue, name(all.market(), credit));
                        loops.refused.push((of, why));
                        break;
                    }
                }
            }
        }
        loops
    }

    /// The plans at a horizon.
    pub(crate) fn plans(&self, all: &Candidates<'_, 'm>) -> Vec<Solution> {
        self.made.iter().filter_map(|made| made.plan(all)).collect()
    }

    /// Why there are no loops, or not all, where leverage was asked for.
    pub(crate) fn bindings(&self, market: &Market) -> Vec<Binding> {
        let binding = |detail| Binding {
            limit: LimitKind::Leverage.name().to_owned(),
            detail,
            cost_bps: None,
            shadow_price: None,
        };
        if self.asked && market.credits.is_empty() {
            let what = "no loop can be sized: this market tells no limit, threshold or oracle price \
                        of any collateral";
            return vec![binding(what.to_owned())];
        }
        self.refused.iter().map(|(of, why)| binding(format!("no loop on {of}: {why}"))).collect()
    }
}

fn name(market: &Market, credit: &Credit) -> String {
    market.symbol(credit.collateral)
}

fn allowed(all: &Candidates<'_, '_>, credit: &Credit) -> bool {
    let limits = &all.intent.limits;
    !limits.avoid.contains(&credit.protocol)
        && (limits.only.is_empty() || limits.only.contains(&credit.protocol))
}

impl<'m> Made<'m> {
    fn new(
        all: &Candidates<'_, 'm>,
        credit: &'m Credit,
        asked: f64,
        step: f64,
    ) -> Result<Self, LeverageError> {
        let target = target_health_bps(all.intent.limits.risk);
        let target_health = to_f64(U256::from(target)) / 1e4;
        let (ltv, threshold) = super::Account::new(&credit.terms).limits();
        let most = asked.min(most_by_limit(ltv)?).min(most_by_health(threshold, target_health)?);
        let wad = |bps: u64| crate::amount::WAD * U256::from(bps) / U256::from(BPS);
        let least = wad(target);
        let entered = enter(all, credit, 1.0 + (most - 1.0) * step, least)?;
        let (mut push, mut account) = (entered.push.clone(), entered.account.clone());
        // On the way out the health factor may fall to the middle between the target and one.
        let least = wad((target + BPS) / 2);
        let unwinding = unwind(all.appraiser, &entered.books, &mut push, &mut account, least)?;
        Ok(Self { credit, entered, unwinding, asked, target_health })
    }

    /// The loop at a horizon: all collateral sold, executable, less what is owed then.
    fn plan(&self, all: &Candidates<'_, 'm>) -> Option<Solution> {
        let (market, appraiser) = (all.market(), all.appraiser);
        let Entered { push, account, books } = &self.entered;
        let (units, owed) = (account.collateral()?, account.owed()?);
        let earning = forecast(market, appraiser.graph, books.collateral, units, all.horizon_s)?;
        let earned = fraction(earning.rate);
        let holdings = vec![(books.collateral, units)];
        let redeem = appraiser.redeem(&holdings)?;
        let grown = growth(earning.rate, all.horizon_s)?;
        let hold = Part { growth: grown, ..Part::held(holdings, redeem, earning) };
        let search = appraiser.way_out(books.collateral_node)?;
        let of = appraiser.units(books.collateral_node, &hold.holdings);
        let part = appraiser.sell(&hold, search, of)?;

        let paid = growth(from_f64(account.rate().ok()? * to_f64(RAY)), all.horizon_s)?;
        let owed_at_horizon = mul_div_up(owed, paid, RAY)?;
        let stand = Stand {
            credit: self.credit,
            account,
            unwinding: &self.unwinding,
            asked: self.asked,
            target_health: self.target_health,
            earned,
            horizon_s: all.horizon_s,
            owed_at_horizon,
        };
        let leverage = Leverage::new(&stand).ok()?;
        let worth = Worth {
            redeem: redeem.checked_sub(appraiser.redeem(&[(books.loan, owed)])?)?,
            organic: part.accrued()?,
            incentive: U256::ZERO,
            eth: part.eth()?.checked_sub(owed_at_horizon)?,
            gas: self.unwinding.gas + TRANSACTION_GAS,
            parts: vec![part],
        };
        self.finish(all, worth, leverage, push.legs.clone())
    }

    /// What selling all collateral costs, in basis points of the equity, at the depth that the intent asks
    /// liquidity for: without end where it does not all sell.
    fn hurried(&self, all: &Candidates<'_, 'm>, worth: &Worth) -> Option<f64> {
        let part = worth.parts.first()?;
        let times = match all.intent.limits.liquid_depth {
            Depth::Whole => 1u64,
            Depth::Half => 2,
        };
        let times = U256::from(times);
        let tokens = part.holdings.iter().map(|(t, held)| Some((*t, held.checked_mul(times)?)));
        let redeem = part.redeem.checked_mul(times)?;
        let all_of = Part::held(tokens.collect::<Option<_>>()?, redeem, part.earning);
        let node = self.entered.books.collateral_node;
        let units = all.appraiser.units(node, &all_of.holdings);
        let search = all.appraiser.way_out(node)?;
        if units > search.cap() {
            return Some(f64::INFINITY);
        }
        let sold = all.appraiser.sell(&all_of, search, units)?;
        let lost = (to_f64(sold.sold) - to_f64(sold.sale_eth)) / to_f64(times);
        Some(1e4 * lost / to_f64(worth.redeem).max(1.0))
    }

    fn finish(
        &self,
        all: &Candidates<'_, 'm>,
        worth: Worth,
        leverage: Leverage,
        legs: Vec<crate::route::Leg>,
    ) -> Option<Solution> {
        let Entered { push, account, books } = &self.entered;
        let gas = push.gas() + TRANSACTION_GAS;
        let end = I256::try_from(worth.eth).ok()?;
        let end = end.checked_sub(all.gas_cost(gas + worth.gas)?)?;
        let principal = all.market().redeem_value(all.intent.asset, all.intent.amount)?;
        let split = YieldSplit::new(principal, end, worth.organic, worth.incentive, all.horizon_s)?;
        let part = worth.parts.first()?;
        let ([pledged, owed], [_, stored]) = (books.positions, account.stored());
        let equity = Holding { token: pledged, value: worth.redeem, leverage: leverage.leverage };
        let risk = assess(all.appraiser.risks(), &[equity], caution(all.intent.limits.risk));
        let bps = |part: f64, whole: U256| 1e4 * part / to_f64(whole).max(1.0);
        let exit_cost_bps = bps(to_f64(part.sold) - to_f64(part.sale_eth), worth.redeem);
        let entry_cost_bps = bps(to_f64(principal) - to_f64(worth.redeem), principal);
        let most = f64::from(all.intent.limits.max_exit_cost_bps);
        let mut ends = held(push)?;
        for end in ends.iter_mut().filter(|end| end.token == owed) {
            (end.stored, end.balance) = (stored, account.owed()?);
        }
        let mut solution = Solution {
            kind: PlanKind::Positions,
            label: format!(
                "{} {:.2} times via {}",
                name(all.market(), self.credit),
                leverage.leverage,
                self.credit.venue
            ),
            start: all.start.clone(),
            end: ends,
            legs,
            gas,
            ladder: LADDER_S
                .iter()
                .map(|&s| rung(s, &leverage, &worth, exit_cost_bps, most))
                .collect(),
            liquid_bps: if self.hurried(all, &worth)? <= most { 1e4 } else { 0.0 },
            worth,
            split,
            score: objective::of(all.objective).score(&split, &risk),
            risk,
            entry_cost_bps,
            exit_cost_bps,
            violations: Vec::new(),
            leverage: None,
        };
        solution.violations = all.violations(&solution);
        let mut stops = leverage.objections();
        if leverage.exceeds() {
            stops.push(format!("{:.2} is above the {} asked for", leverage.leverage, self.asked));
        }
        let stops =
            stops.into_iter().map(|detail| Violation { limit: LimitKind::Leverage, detail });
        solution.violations.extend(stops);
        solution.leverage = Some(Box::new(leverage));
        Some(solution)
    }
}

/// A rung of a loop's ladder: all of it leaves by its rounds, or none where that costs too much.
fn rung(within_s: u64, leverage: &Leverage, worth: &Worth, cost_bps: f64, most: f64) -> Rung {
    let leaves = cost_bps <= most;
    let reason = (!leaves).then(|| {
        format!("selling the collateral costs {cost_bps:.1} bp of the equity, of {most} bp at most")
    });
    let left = to_f64(leverage.unwinding.left) / to_f64(worth.redeem).max(1.0);
    Rung {
        within_s,
        eth: leaves.then_some(leverage.unwinding.left),
        share_bps: leaves.then_some(1e4),
        cost_bps: leaves.then_some(1e4 * (1.0 - left)),
        reason,
    }
}
