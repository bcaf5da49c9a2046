//! Every limit of a plan again, from what it holds at its end and the trades that lead there.
//!
//! The optimiser sees to limits while it searches, and its plans carry what it found. Nothing of that
//! is read here: who stands behind a token, what leaving costs and how much can leave are computed
//! anew, by the optimiser's network where candidates use searches, and the plan is refused where a
//! limit does not hold. What is shared is the market: tokens, venues, queues, realised yields, priors.

mod ground;
mod leaving;
mod loops;
mod rule;
mod stands;

use std::sync::Arc;

use alloy_primitives::{Address, U256};

pub use self::rule::{Broken, Rule};
use self::{
    ground::{Ground, is_denied},
    leaving::Leaving,
    rule::{SLACK_BPS, held_to, within},
    stands::{Behind, behind},
};
use crate::{
    amount::{growth, to_f64},
    fixed::fixed_for,
    intent::{Goal, Intent, Limits, Objective, Tier},
    market::Market,
    solution::{PlanKind, Solution},
    value::TRANSACTION_GAS,
    venues::{LegKind, NATIVE},
    yields::earning,
};

/// By how much of itself a value may differ from another for rounding alone.
const ROUNDED: f64 = 1e-9;

/// One asset of a plan's end: tokens that convert into each other exactly are one.
#[derive(Debug, Clone)]
struct Asset {
    tokens: Vec<(Address, U256)>,
    /// What it redeems for, in wei of ETH.
    value: f64,
    is_ether: bool,
}

/// Checks of plans on one market: what depends on the market alone is computed once.
#[derive(Debug)]
pub struct Checks {
    market: Arc<Market>,
    ground: Ground,
}

impl Checks {
    /// Prepares checks on a market.
    pub fn new(market: Arc<Market>) -> Self {
        let ground = Ground::of(&market);
        Self { market, ground }
    }

    /// Checks every limit of `intent` on a plan's end and trades.
    pub fn check(&self, intent: &Intent, plan: &Solution) -> Result<(), Broken> {
        on(&self.market, &self.ground, intent, plan)
    }
}

/// As [`Checks::check`], once.
pub fn check(market: &Market, intent: &Intent, plan: &Solution) -> Result<(), Broken> {
    on(market, &Ground::of(market), intent, plan)
}

fn on(market: &Market, ground: &Ground, intent: &Intent, plan: &Solution) -> Result<(), Broken> {
    if plan.leverage.is_some() {
        return loops::check(market, ground, intent, plan);
    }
    passes_through(market, &intent.limits, plan)?;
    accounts(market, intent, plan)?;
    let Goal::Yield { objective, horizon_s } = intent.goal else {
        return match intent.goal {
            Goal::Exit { .. } => dear(market, intent, plan, Rule::ExitCost),
            Goal::Swap { .. } | Goal::Yield { .. } => Ok(()),
        };
    };
    let assets = assets(market, plan)?;
    let whole: f64 = assets.iter().map(|asset| asset.value).sum();
    rests_on((market, ground), &intent.limits, &assets, whole)?;
    tickets(market, intent, &assets)?;
    if plan.kind != PlanKind::Hold {
        dear(market, intent, plan, Rule::EntryCost)?;
    }
    leaves((market, ground), &intent.limits, &assets, (whole, horizon_s))?;
    match objective {
        Objective::Net | Objective::NetOrganic | Objective::RiskAdjusted => Ok(()),
        Objective::LeastRisk { target_bps } => {
            reaches((market, ground), (intent, plan), &assets, (target_bps, horizon_s))
        }
        Objective::FixedRate => assets.iter().try_for_each(|asset| {
            let fixed = asset.tokens.iter().all(|(token, _)| fixed_for(market, *token, horizon_s));
            let name = || format!("what {} pays can change", asset.name(market));
            held_to(Rule::Fixed, fixed, name)
        }),
    }
}

/// No trade through what is to be avoided, or must not be used at all. Conversions that a token's own
/// wrapper makes, one for one at its rate, are no trades.
fn passes_through(market: &Market, limits: &Limits, plan: &Solution) -> Result<(), Broken> {
    let denied = |token| is_denied(market, token);
    for leg in &plan.legs {
        let Some(listing) = market.listings.get(leg.listing) else {
            let detail = "a venue that the market does not list".to_owned();
            return Err(Broken { rule: Rule::Denied, detail, by_bps: None });
        };
        let venue = listing.venue.id();
        held_to(Rule::Denied, listing.disabled.is_none(), || format!("{venue} is not to be used"))?;
        let avoided = leg.kind != LegKind::Wrap && limits.avoid.contains(&listing.protocol);
        held_to(Rule::Avoid, !avoided, || format!("a trade through {venue}"))?;
        held_to(Rule::Denied, !denied(leg.token_out), || market.symbol(leg.token_out))?;
    }
    let given = |token| plan.start.tokens().any(|held| held == token);
    let ends = plan.end.iter().filter(|held| !held.balance.is_zero() && !given(held.token));
    ends.map(|held| held.token)
        .try_for_each(|token| held_to(Rule::Denied, !denied(token), || market.symbol(token)))
}

/// What is held at the end is what was given, less what trades took, with what they brought: anything
/// more would have to be borrowed. Balances that follow shares round by a unit or two in each trade.
fn accounts(market: &Market, intent: &Intent, plan: &Solution) -> Result<(), Broken> {
    let slack = U256::from(2 + 2 * plan.legs.len());
    for held in &plan.end {
        let token = held.token;
        let given = intent.holdings().filter(|(t, _)| *t == token).map(|(_, amount)| amount);
        let brought = plan.legs.iter().filter(|l| l.token_out == token).map(|l| l.amount_out);
        let taken = plan.legs.iter().filter(|l| l.token_in == token).map(|l| l.swap.amount);
        let sum = |amounts: &mut dyn Iterator<Item = U256>| {
            amounts.fold(U256::ZERO, U256::saturating_add)
        };
        let had = sum(&mut given.chain(brought));
        let most = had.saturating_sub(sum(&mut { taken }));
        let slack = if market.rebasing(token).is_some() { slack } else { U256::ZERO };
        let explained = held.balance <= most.saturating_add(slack);
        held_to(Rule::Leverage, explained, || {
            let symbol = market.symbol(token);
            format!("{} units of {symbol} where {most} were given and traded for", held.balance)
        })?;
    }
    Ok(())
}

/// The end by assets, without what is not worth a transaction.
fn assets(market: &Market, plan: &Solution) -> Result<Vec<Asset>, Broken> {
    let mut found: Vec<Asset> = Vec::new();
    let converts = |a: Address, b: Address| a == b || market.exact_pair(a, b).is_some();
    for held in plan.end.iter().filter(|held| !held.balance.is_zero()) {
        let token = held.token;
        let value = market.redeem_value(token, held.balance);
        let value = to_f64(value.ok_or_else(|| Broken {
            rule: Rule::Valued,
            detail: format!("nothing says what {} redeems for", market.symbol(token)),
            by_bps: None,
        })?);
        match found.iter_mut().find(|a| a.tokens.iter().any(|(t, _)| converts(*t, token))) {
            Some(asset) => {
                asset.tokens.push((token, held.balance));
                asset.value += value;
            }
            None => {
                let is_ether = converts(NATIVE, token);
                found.push(Asset { tokens: vec![(token, held.balance)], value, is_ether });
            }
        }
    }
    let dust = to_f64(market.gas_price) * TRANSACTION_GAS as f64;
    found.retain(|asset| asset.is_ether || asset.value > dust);
    Ok(found)
}

impl Asset {
    fn name(&self, market: &Market) -> String {
        self.tokens.first().map_or_else(String::new, |(token, _)| market.symbol(*token))
    }
}

/// Who stands behind what is held: tiers, expected loss, shares of the whole, lists.
fn rests_on(
    (market, ground): (&Market, &Ground),
    limits: &Limits,
    assets: &[Asset],
    whole: f64,
) -> Result<(), Broken> {
    let mut shares: Vec<(String, f64)> = Vec::new();
    let (mut tier, mut loss_bps) = (Tier::T0, 0.0);
    for asset in assets {
        let Behind { protocols, tier: own, loss_bps: loses } =
            behind(&ground.risks, &asset.tokens, 1.0);
        let share = asset.value / whole.max(1.0);
        tier = tier.max(own);
        loss_bps += share * loses;
        for protocol in protocols {
            let name = || format!("{} rests on {protocol}", asset.name(market));
            held_to(Rule::Avoid, !limits.avoid.contains(&protocol), name)?;
            let kept = limits.only.is_empty() || limits.only.contains(&protocol);
            held_to(Rule::Only, kept, name)?;
            match shares.iter_mut().find(|(other, _)| *other == protocol) {
                Some((_, sum)) => *sum += share,
                None => shares.push((protocol, share)),
            }
        }
    }
    held_to(Rule::Tier, tier <= limits.max_tier, || format!("{tier} above {}", limits.max_tier))?;
    within(Rule::ExpectedLoss, loss_bps, limits.max_expected_loss_bps)?;
    shares.iter().try_for_each(|(protocol, share)| {
        let broken = within(Rule::ProtocolCap, 1e4 * share, limits.protocol_cap_bps);
        broken.map_err(|b| Broken { detail: format!("{protocol}: {}", b.detail), ..b })
    })
}

/// What the trades give up against redemption, of what was given.
fn dear(market: &Market, intent: &Intent, plan: &Solution, rule: Rule) -> Result<(), Broken> {
    let end = match rule {
        Rule::EntryCost => assets(market, plan)?.iter().map(|asset| asset.value).sum::<f64>(),
        _ => {
            let values = plan.end.iter().map(|h| market.redeem_value(h.token, h.balance));
            values.map(|value| value.map_or(0.0, to_f64)).sum()
        }
    };
    let Some(given) = intent.principal(market).map(to_f64) else { return Ok(()) };
    let most = match rule {
        Rule::EntryCost => intent.limits.max_entry_cost_bps,
        _ => intent.limits.max_exit_cost_bps,
    };
    within(rule, 1e4 * (given - end) / given.max(1.0), most)
}

/// That what is entered is worth a ticket. What was there already, and ETH, is not entered.
fn tickets(market: &Market, intent: &Intent, assets: &[Asset]) -> Result<(), Broken> {
    let least = to_f64(intent.limits.least_position);
    for asset in assets.iter().filter(|asset| !asset.is_ether) {
        let own = |token| asset.tokens.iter().any(|(t, _)| *t == token);
        let given = intent.holdings().filter(|(token, _)| {
            own(*token) || asset.tokens.iter().any(|(t, _)| market.exact_pair(*t, *token).is_some())
        });
        let values = given.map(|(token, amount)| market.redeem_value(token, amount));
        let had: f64 = values.map(|value| value.map_or(0.0, to_f64)).sum();
        let entered = asset.value > had * (1.0 + ROUNDED);
        let enough = !entered || asset.value >= least * (1.0 - ROUNDED);
        let broken = held_to(Rule::Ticket, enough, || {
            let name = asset.name(market);
            format!("{:.6} ETH of {:.6} ETH at least in {name}", asset.value / 1e18, least / 1e18)
        });
        let by_bps = Some(1e4 * (1.0 - asset.value / least));
        broken.map_err(|broken| Broken { by_bps, ..broken })?;
    }
    Ok(())
}

/// That so much can be ETH within the time, and leaving by the horizon costs no more than it may.
fn leaves(
    (market, ground): (&Market, &Ground),
    limits: &Limits,
    assets: &[Asset],
    (whole, horizon_s): (f64, u64),
) -> Result<(), Broken> {
    let (mut liquid, mut lost) = (0.0, 0.0);
    for asset in assets {
        if asset.is_ether {
            liquid += asset.value;
            continue;
        }
        let leaving = Leaving::new(market, ground, limits, asset);
        liquid += asset.value * leaving.share(limits);
        lost += leaving.cost(horizon_s);
    }
    let share = 1e4 * liquid / whole.max(1.0);
    let needed = f64::from(limits.liquid_share_bps);
    let enough = whole <= 0.0 || share >= needed - SLACK_BPS;
    let broken = held_to(Rule::Liquidity, enough, || {
        format!("{share:.4} bp of {needed} bp can leave in time")
    });
    broken.map_err(|broken| Broken { by_bps: Some(needed - share), ..broken })?;
    within(Rule::ExitCost, 1e4 * lost / whole.max(1.0), limits.max_exit_cost_bps)
}

/// That the target can be reached at all: with everything redeemed in full at the horizon, or sold where
/// that pays more.
fn reaches(
    (market, ground): (&Market, &Ground),
    (intent, plan): (&Intent, &Solution),
    assets: &[Asset],
    (target_bps, horizon_s): (u32, u64),
) -> Result<(), Broken> {
    let graph = &ground.graph;
    let grown = assets.iter().map(|asset| {
        let rate = asset.tokens.first().and_then(|&(t, amount)| earning(market, graph, t, amount));
        let factor = rate.and_then(|earning| growth(earning.rate, horizon_s));
        let sold = Leaving::new(market, ground, &intent.limits, asset).sold();
        asset.value.max(sold) * factor.map_or(1.0, |factor| to_f64(factor) / 1e27)
    });
    let gas: u64 = plan.legs.iter().map(|leg| leg.gas).sum();
    let end = grown.sum::<f64>() - to_f64(market.gas_price) * to_f64(U256::from(gas));
    let Some(given) = intent.principal(market).map(to_f64) else { return Ok(()) };
    let years = crate::value::years(horizon_s);
    let most = 1e4 * (end / given.max(1.0)).ln() / years;
    let target = f64::from(target_bps);
    let broken = held_to(Rule::Target, most >= target - SLACK_BPS, || {
        format!("{most:.4} bp at most of {target} bp a year")
    });
    broken.map_err(|broken| Broken { by_bps: Some(target - most), ..broken })
}
