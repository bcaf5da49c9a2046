//! From the solver's and the simulator's words to the schema.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use serde::Serialize;
use tenor_solver::{
    certificate,
    certificate::Certificate,
    intent::{Goal, Intent},
    market::{Market, TokenInfo},
    route::Leg,
    solution::{Answer, Held, PlanKind, Solution},
    value::{Part, Worth},
    venues::{Approval, LegKind},
    ways_out::{WaysOut, ways_out},
};

use super::{
    AlternativeDto, AnswerDto, ApprovalDto, BindingDto, CertificateDto, ExitDto, FilledDto,
    HoldingDto, InfeasibleDto, IntentDto, LegDto, LeverageDto, MarketDto, OutputDto, PartDto,
    PlanDto, QueueDto, RelaxationDto, SimulationDto, TokenDto, TurnoverDto, UnrankedDto, WaysDto,
    YieldDto, components, disclosures::disclosures, exposure, objectives::objective, risk,
};

/// Microseconds that each stage took.
#[derive(Debug, Clone, Copy, Default, Serialize, utoipa::ToSchema)]
pub struct Timings {
    /// Reading the sentence.
    pub parse: u64,
    /// Searching and ranking.
    pub solve: u64,
    /// Running the winner in the EVM and comparing.
    pub simulate: u64,
}

/// Builds the answer. `approvals` are the winner's; `simulation` is what verifying it measured.
pub fn build(
    market: &Market,
    intent: &Intent,
    answer: &Answer,
    approvals: &[Approval],
    simulation: Option<SimulationDto>,
    timings: Timings,
) -> AnswerDto {
    let best = answer.best.as_ref();
    let yields = best
        .filter(|_| matches!(intent.goal, Goal::Yield { .. }))
        .map(|b| yield_dto(market, b, answer.break_even_s));
    let proof = certificate(market, intent, answer);
    let ways = ways_out(market, intent, best);
    let (risk, exit_ladder) = match best.map(|best| risk::told(market, intent, best)) {
        Some((risk, ladder)) => (Some(risk), ladder),
        None => (None, Vec::new()),
    };
    AnswerDto {
        schema: "tenor.answer/1",
        market: market_dto(market),
        tokens: tokens(market, intent, answer, proof.as_ref(), &ways),
        intent: intent_dto(intent),
        plan: plan_dto(market, intent, best, approvals),
        yields,
        exit: best.filter(|b| !b.worth.parts.is_empty()).map(|b| exit_dto(market, &b.worth)),
        risk,
        exit_ladder,
        ways_out: ways.iter().map(WaysDto::new).collect(),
        binding: answer
            .binding
            .iter()
            .map(|b| BindingDto {
                limit: b.limit.clone(),
                detail: b.detail.clone(),
                cost_bps: b.cost_bps.map(bps),
                shadow_price: b.shadow_price.map(|p| format!("{p:.9}")),
            })
            .collect(),
        alternatives: answer.alternatives.iter().map(|a| alternative(intent, a, best)).collect(),
        unranked: answer
            .unranked
            .iter()
            .map(|u| UnrankedDto {
                token: u.token.to_string(),
                yields: u.yields.clone(),
                missing: u.missing.clone(),
            })
            .collect(),
        infeasible: answer.infeasible.as_ref().map(|i| InfeasibleDto {
            reason: i.reason.clone(),
            relaxations: i
                .relaxations
                .iter()
                .map(|r| RelaxationDto {
                    limit: r.limit.clone(),
                    to: r.to.clone(),
                    net_bps: bps(r.net_bps),
                })
                .collect(),
        }),
        simulation,
        exposure: best.and_then(|b| exposure::told(market, b, intent.limits.slippage_bps)),
        certificate: proof.as_ref().map(|proof| CertificateDto::new(market, intent, proof)),
        turnover: best.and_then(|plan| TurnoverDto::new(market, intent, plan)),
        disclosures: disclosures(market, intent, best),
        leverage: best.and_then(|b| b.leverage.as_deref()).map(LeverageDto::new),
        timings_us: timings,
        incentives_known: !market.rewards.is_empty(),
    }
}

fn market_dto(market: &Market) -> MarketDto {
    MarketDto {
        chain_id: market.chain_id,
        block: market.block,
        timestamp: market.timestamp,
        utc: market.utc.clone(),
        source: market.source.clone(),
        hash: market.hash.to_string(),
        gas_price_wei: market.gas_price.to_string(),
    }
}

fn intent_dto(intent: &Intent) -> IntentDto {
    let goal = match intent.goal {
        Goal::Yield { .. } => "yield",
        Goal::Swap { .. } => "swap",
        Goal::Exit { .. } => "exit",
    };
    IntentDto {
        sentence: intent.sentence.clone(),
        canonical: intent.canonical.clone(),
        goal,
        objective: objective(intent),
        asset: intent.asset.to_string(),
        amount: intent.amount.to_string(),
        others: intent.others.iter().map(HoldingDto::new).collect(),
        filled: intent
            .filled
            .iter()
            .map(|(name, value)| FilledDto { name, value: value.clone() })
            .collect(),
    }
}

/// The schema's word for a plan's kind.
pub(super) const fn kind(kind: PlanKind) -> &'static str {
    match kind {
        PlanKind::Hold => "hold",
        PlanKind::Swap => "swap",
        PlanKind::Positions => "positions",
        PlanKind::Exit => "exit",
    }
}

const fn leg_kind(kind: LegKind) -> &'static str {
    match kind {
        LegKind::Swap => "swap",
        LegKind::Wrap => "wrap",
        LegKind::Stake => "stake",
        LegKind::Deposit => "deposit",
        LegKind::Redeem => "redeem",
        LegKind::Borrow => "borrow",
        LegKind::Repay => "repay",
    }
}

/// What to do, of a plan or of none.
pub(crate) fn plan_dto(
    market: &Market,
    intent: &Intent,
    best: Option<&Solution>,
    approvals: &[Approval],
) -> PlanDto {
    let Some(best) = best else {
        return PlanDto {
            kind: "infeasible",
            way: "none",
            label: String::new(),
            legs: Vec::new(),
            outputs: Vec::new(),
            approvals: Vec::new(),
            gas: 0,
        };
    };
    PlanDto {
        kind: kind(best.kind),
        way: if best.legs.is_empty() { "none" } else { "owner_executed" },
        label: best.label.clone(),
        legs: best.legs.iter().map(|leg| leg_dto(market, leg)).collect(),
        outputs: outputs(market, intent, best),
        approvals: approvals
            .iter()
            .map(|a| ApprovalDto {
                token: a.token.to_string(),
                spender: a.spender.to_string(),
                amount: a.amount.to_string(),
            })
            .collect(),
        gas: best.gas,
    }
}

fn outputs(market: &Market, intent: &Intent, plan: &Solution) -> Vec<OutputDto> {
    let moved = !plan.legs.is_empty();
    let left = |token| moved && is_left(intent, plan, token);
    plan.end.iter().map(|h| output(market, h, left(h.token))).collect()
}

/// Whether a token is a part of what was given that the plan leaves where it is; of several holdings
/// one may be what others move into.
fn is_left(intent: &Intent, plan: &Solution, token: Address) -> bool {
    let entered = || plan.legs.iter().any(|leg| leg.token_out == token);
    intent.holdings().any(|(given, _)| given == token) && !(intent.is_rebalance() && entered())
}

fn output(market: &Market, held: &Held, unallocated: bool) -> OutputDto {
    OutputDto {
        token: held.token.to_string(),
        amount: held.balance.to_string(),
        shares: market.rebasing(held.token).map(|_| held.stored.to_string()),
        unallocated,
    }
}

fn leg_dto(market: &Market, leg: &Leg) -> LegDto {
    LegDto {
        venue: market.listings[leg.listing].venue.id().to_string(),
        kind: leg_kind(leg.kind),
        token_in: leg.token_in.to_string(),
        token_out: leg.token_out.to_string(),
        amount_in: leg.swap.amount.to_string(),
        amount_out: leg.amount_out.to_string(),
        gas: leg.gas,
    }
}

fn yield_dto(market: &Market, plan: &Solution, break_even_s: Option<u64>) -> YieldDto {
    let split = &plan.split;
    YieldDto {
        net_bps: bps(split.net_bps()),
        organic_bps: bps(split.organic_bps()),
        incentive_bps: bps(split.incentive_bps()),
        cost_bps: bps(split.cost_bps()),
        net_wei: split.net_wei.to_string(),
        organic_wei: split.organic_wei.to_string(),
        incentive_wei: split.incentive_wei.to_string(),
        cost_wei: split.cost_wei.to_string(),
        principal_wei: split.principal_wei.to_string(),
        horizon_s: split.horizon_s,
        break_even_s,
        components: components::components(market, plan),
        rewards: components::rewards(market, plan),
    }
}

fn exit_dto(market: &Market, worth: &Worth) -> ExitDto {
    let part = |p: &Part| PartDto {
        holdings: p
            .holdings
            .iter()
            .map(|&(token, amount)| OutputDto {
                token: token.to_string(),
                amount: amount.to_string(),
                shares: None,
                unallocated: false,
            })
            .collect(),
        redeem_wei: p.redeem.to_string(),
        rate_ray: p.earning.rate.to_string(),
        basis: p.earning.basis.words(market),
        growth_ray: p.growth.to_string(),
        sale: p.sale.iter().map(|leg| leg_dto(market, leg)).collect(),
        sale_eth_wei: p.sale_eth.to_string(),
        queue: p.queue.as_ref().map(|q| QueueDto {
            name: q.name,
            venue: q.venue.to_string(),
            redeem_wei: q.redeem.to_string(),
            eth_wei: q.eth.to_string(),
            wait_s: q.wait_s,
        }),
        rewards_wei: p.rewards.iter().map(|r| r.counted).sum::<U256>().to_string(),
        redeemed_after_s: p.redeemed.map(|r| r.after_s),
    };
    ExitDto {
        eth_wei: worth.eth.to_string(),
        gas: worth.gas,
        parts: worth.parts.iter().map(part).collect(),
    }
}

fn alternative(intent: &Intent, plan: &Solution, best: Option<&Solution>) -> AlternativeDto {
    // Without a redemption value there is no ETH to compare in.
    let known = best.filter(|b| !b.split.principal_wei.is_zero());
    let adds = known.and_then(|b| plan.split.net_wei.checked_sub(b.split.net_wei));
    AlternativeDto {
        kind: kind(plan.kind),
        label: plan.label.clone(),
        outputs: plan
            .end
            .iter()
            .map(|h| OutputDto {
                token: h.token.to_string(),
                amount: h.balance.to_string(),
                shares: None,
                unallocated: !plan.legs.is_empty() && is_left(intent, plan, h.token),
            })
            .collect(),
        net_bps: bps(plan.split.net_bps()),
        net_wei: plan.split.net_wei.to_string(),
        adds_wei: adds.map(|a| a.to_string()),
        violates: plan
            .violations
            .iter()
            .map(|v| format!("{}: {}", v.limit.name(), v.detail))
            .collect(),
    }
}

/// Basis points with four places; never a negative zero.
pub(crate) fn bps(value: f64) -> String {
    let text = format!("{value:.4}");
    if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') {
        "0.0000".into()
    } else {
        text
    }
}

/// The tokens that the answer names.
fn tokens(
    market: &Market,
    intent: &Intent,
    answer: &Answer,
    proof: Option<&Certificate>,
    ways: &[WaysOut],
) -> BTreeMap<String, TokenDto> {
    let plans = answer.best.iter().chain(&answer.alternatives);
    let named = plans
        .flat_map(|p| {
            let legs = p.legs.iter().chain(p.worth.parts.iter().flat_map(|part| &part.sale));
            let ends = p.end.iter().map(|h| h.token);
            legs.flat_map(|l| [l.token_in, l.token_out]).chain(ends).collect::<Vec<Address>>()
        })
        .chain(answer.unranked.iter().map(|u| u.token))
        .chain(proof.into_iter().flat_map(|proof| proof.prices.iter().map(|p| p.token)))
        .chain(ways.iter().flat_map(|of| of.ways.iter().map(|way| way.to).chain([of.token])))
        .chain(intent.holdings().map(|(token, _)| token));
    let dto = |t: &TokenInfo| TokenDto { symbol: t.symbol.clone(), decimals: t.decimals };
    let listed = named.filter_map(|token| market.token(token));
    let mut told: BTreeMap<String, TokenDto> =
        listed.map(|t| (t.address.to_string(), dto(t))).collect();
    // What is pledged and owed may be no tokens of the market's, as nobody can trade them.
    let owing = answer.best.iter().chain(&answer.alternatives);
    let owing = owing.filter_map(|plan| plan.leverage.as_deref());
    for position in owing.filter_map(|of| of.credit.positions(market)).flatten() {
        told.entry(position.address.to_string()).or_insert_with(|| dto(&position));
    }
    told
}
