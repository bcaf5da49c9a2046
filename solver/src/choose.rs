//! The winner of a yield intent: the best plan within the limits, or hold, or neither when the
//! market cannot show the exit that the intent asks for.

use alloy_primitives::U256;

use crate::{
    amount::from_f64,
    binding::binding,
    break_even::{Probe, break_even, estimate},
    candidates::{Candidates, horizon, sort},
    coupling::Multiplier,
    graph::Graph,
    intent::{Intent, Limits},
    market::Market,
    problem::{Problem, Proposal, limited, routed},
    solution::{Answer, Infeasible, LimitKind, PlanKind, Relaxation, Solution},
    spread::{Cost, Spread},
    unknown::unranked,
    value::Appraiser,
};

/// Plans whose annual yields differ by less are worth the same, in basis points.
const ALIKE_BPS: f64 = 0.1;

/// Alternatives shown.
const SHOWN: usize = 6;

/// Solves a yield intent. `None` when the market cannot value its asset at all.
pub(crate) fn best_yield(market: &Market, graph: &Graph, intent: &Intent) -> Option<Answer> {
    let (objective, horizon_s) = horizon(intent)?;
    let appraiser = Appraiser::new(market, graph, &intent.limits).holding(intent.asset);
    let candidates = Candidates::new(&appraiser, intent, objective, horizon_s)?;
    let hold = candidates.hold();
    let (moves, prices, spread) = all_moves(market, &candidates, intent, true);
    let unranked = unranked(&appraiser, intent, &moves);
    let verdict = judge(intent, hold.as_ref(), &moves);
    let break_even_s = hold.as_ref().filter(|h| stays_allowed(h)).and_then(|hold| {
        let guess = estimate(intent, hold, moves.first());
        break_even(|horizon_s| probe(&appraiser, intent, horizon_s), guess)
    });

    let (best, infeasible) = match verdict {
        Verdict::Move(at) => (Some(moves[at].clone()), None),
        Verdict::Hold => (hold.clone(), None),
        Verdict::Blocked(at) => (None, Some(blocked(market, graph, intent, &moves[at]))),
        Verdict::Nothing => (None, Some(nothing(hold.as_ref()))),
    };
    let (prices, multipliers) = tightest(market, graph, intent, prices, spread.as_ref());
    let binding = best.as_ref().map_or_else(Vec::new, |best| {
        // What limits cost the program's plan they cost one that is worth the same.
        let same = |spread: &&Spread| (spread.plan.score - best.score).abs() < ALIKE_BPS;
        let coupled = spread.as_ref().filter(same);
        let coupled = coupled.map_or(&[][..], |spread| &spread.shadows);
        binding(market, graph, intent, best, (&prices, &multipliers), coupled, &moves)
    });
    let mut alternatives = moves;
    alternatives.sort_by(|a, b| b.score.total_cmp(&a.score));
    alternatives.retain(|a| best.as_ref().is_none_or(|b| a.legs != b.legs));
    alternatives.truncate(SHOWN);
    if let Some(hold) = hold.filter(|_| best.as_ref().is_none_or(|b| b.kind != PlanKind::Hold)) {
        alternatives.push(hold);
    }
    Some(Answer {
        best,
        alternatives,
        unranked,
        binding,
        break_even_s,
        infeasible,
        prices,
        multipliers,
    })
}

/// Of the prices that bound every plan, and those that count what limits over several positions
/// cost, the ones whose bound is lower.
fn tightest(
    market: &Market,
    graph: &Graph,
    intent: &Intent,
    prices: Vec<f64>,
    spread: Option<&Spread>,
) -> (Vec<f64>, Vec<Multiplier>) {
    let shadows = spread.map_or(&[][..], |spread| &spread.shadows);
    let multipliers: Vec<Multiplier> = shadows.iter().filter_map(Cost::multiplier).collect();
    let bound = |multipliers: &[Multiplier], prices: &[f64]| {
        Problem::new(market, graph, intent, multipliers)?.bound(prices).ok()
    };
    let counted =
        if multipliers.is_empty() { None } else { limited(market, graph, intent, &multipliers) };
    let Some(counted) = counted else { return (prices, Vec::new()) };
    match (bound(&multipliers, &counted), bound(&[], &prices)) {
        (Some(with), without) if without.is_none_or(|without| with < without) => {
            (counted, multipliers)
        }
        _ => (prices, Vec::new()),
    }
}

/// Every move, the one over several positions included where it is another, best first; and the
/// prices that bound them all.
fn all_moves(
    market: &Market,
    candidates: &Candidates<'_, '_>,
    intent: &Intent,
    alone: bool,
) -> (Vec<Solution>, Vec<f64>, Option<Spread>) {
    let mut moves = candidates.moves(alone);
    let several = candidates.several(&moves);
    if !several && !alone {
        return (moves, Vec::new(), None);
    }
    // Over one position the moves are the optimum already, and only what limits cost is asked.
    let capped = intent.limits.protocol_cap_bps < 10_000;
    let spread = if several || capped && alone { candidates.spread(alone) } else { None };
    let others = spread.as_ref().filter(|s| moves.iter().all(|m| m.legs != s.plan.legs));
    let others = others.filter(|_| several);
    moves.extend(others.map(|s| s.plan.clone()));
    sort(&mut moves);
    let at = Intent { goal: candidates.goal(), ..intent.clone() };
    let routed = routed(market, candidates.appraiser.graph, &at);
    let Some(Proposal { trades, prices }) = routed else { return (moves, Vec::new(), spread) };
    let proposed = if several { candidates.proposed(&trades) } else { None };
    if let Some(plan) = proposed.filter(|plan| moves.iter().all(|m| m.legs != plan.legs)) {
        moves.push(plan);
        sort(&mut moves);
    }
    (moves, prices, spread)
}

enum Verdict {
    /// This plan wins.
    Move(usize),
    /// Holding wins.
    Hold,
    /// This plan would win, but the exit that the intent asks for cannot be shown.
    Blocked(usize),
    /// Holding is not allowed and nothing else is there.
    Nothing,
}

/// Hold wins unless a plan within the limits beats it by the improvement asked for. Where only a
/// missing exit stops such a plan, neither can be called best.
fn judge(intent: &Intent, hold: Option<&Solution>, moves: &[Solution]) -> Verdict {
    let stays = hold.filter(|h| h.is_feasible());
    let beats = |plan: &Solution| stays.is_none_or(|h| improves(intent, plan, h));
    // Moves are ranked: the first that is feasible is the best.
    if let Some(at) = moves.iter().position(|m| m.is_feasible() && beats(m)) {
        return Verdict::Move(at);
    }
    let only_exit = |plan: &Solution| plan.violations.iter().all(|v| v.limit.is_exit());
    let missing = (0..moves.len())
        .filter(|&at| only_exit(&moves[at]) && beats(&moves[at]))
        .max_by(|&a, &b| moves[a].score.total_cmp(&moves[b].score));
    match missing {
        Some(at) => Verdict::Blocked(at),
        None if stays.is_some() => Verdict::Hold,
        None => Verdict::Nothing,
    }
}

/// Whether holding is allowed at any horizon: its exposures are not the ones to avoid.
fn stays_allowed(hold: &Solution) -> bool {
    !hold.violations.iter().any(|v| matches!(v.limit, LimitKind::Avoid | LimitKind::Only))
}

fn improves(intent: &Intent, plan: &Solution, hold: &Solution) -> bool {
    plan.score - hold.score >= f64::from(intent.limits.min_improvement_bps)
}

/// What a solve at another horizon says.
fn probe(appraiser: &Appraiser<'_>, intent: &Intent, horizon_s: u64) -> Probe {
    let candidates = horizon(intent)
        .and_then(|(objective, _)| Candidates::new(appraiser, intent, objective, horizon_s));
    let Some(candidates) = candidates else { return Probe { beats: false, estimate: None } };
    let hold = candidates.hold();
    let (moves, ..) = all_moves(appraiser.market, &candidates, intent, false);
    let beats = matches!(judge(intent, hold.as_ref(), &moves), Verdict::Move(_));
    let estimate = hold.and_then(|hold| estimate(intent, &hold, moves.first()));
    Probe { beats, estimate }
}

/// What stops the plan that would win, and the nearest changes that let it or a part of it.
fn blocked(market: &Market, graph: &Graph, intent: &Intent, plan: &Solution) -> Infeasible {
    let reasons: Vec<String> =
        plan.violations.iter().map(|v| format!("{}: {}", v.limit.name(), v.detail)).collect();
    let stays = plan.ladder.iter().rev().find_map(|r| r.reason.clone()).unwrap_or_default();
    let reason = format!(
        "{} would beat holding, but no exit within the limits can be shown ({}; {stays})",
        plan.label,
        reasons.join("; ")
    );
    let mut relaxations = Vec::new();
    relaxations.extend(less_liquid(market, graph, intent, plan));
    relaxations.extend(smaller(market, graph, intent));
    Infeasible { reason, relaxations }
}

/// The largest liquid share, in whole percent, with which a plan beats holding.
fn less_liquid(
    market: &Market,
    graph: &Graph,
    intent: &Intent,
    plan: &Solution,
) -> Option<Relaxation> {
    let percent = from_f64(plan.liquid_bps / 100.0);
    let percent: u32 = percent.try_into().ok()?;
    let days = intent.limits.liquid_within_s / 86_400;
    let limits = Limits { liquid_share_bps: percent * 100, ..intent.limits.clone() };
    let best = winner(market, graph, &Intent { limits, ..intent.clone() })?;
    Some(Relaxation {
        limit: "liquidity".into(),
        to: format!("liquid {percent}% within {days} days"),
        net_bps: best.split.net_bps(),
    })
}

/// The largest amount, to a four-thousandth of what was asked, of which a plan beats holding within
/// all limits.
fn smaller(market: &Market, graph: &Graph, intent: &Intent) -> Option<Relaxation> {
    let whole = U256::from(10).pow(U256::from(market.token(intent.asset)?.decimals));
    let solve = |amount| winner(market, graph, &Intent { amount, ..intent.clone() });
    let (mut low, mut high) = (None, intent.amount);
    for _ in 0..12 {
        let floor = low.as_ref().map_or(U256::ZERO, |(a, _)| *a);
        let middle = (floor + (high - floor) / U256::from(2)) / whole * whole;
        match (middle > floor).then(|| solve(middle)).flatten() {
            Some(best) => low = Some((middle, best)),
            None => high = middle.max(floor),
        }
    }
    let (amount, best) = low?;
    Some(Relaxation {
        limit: "amount".into(),
        to: format!("{} {}", amount / whole, market.symbol(intent.asset)),
        net_bps: best.split.net_bps(),
    })
}

/// The plan that beats holding, if there is one.
fn winner(market: &Market, graph: &Graph, intent: &Intent) -> Option<Solution> {
    let (objective, horizon_s) = horizon(intent)?;
    let appraiser = Appraiser::new(market, graph, &intent.limits).holding(intent.asset);
    let candidates = Candidates::new(&appraiser, intent, objective, horizon_s)?;
    let hold = candidates.hold();
    let (moves, ..) = all_moves(market, &candidates, intent, false);
    match judge(intent, hold.as_ref(), &moves) {
        Verdict::Move(at) => Some(moves[at].clone()),
        Verdict::Hold | Verdict::Blocked(_) | Verdict::Nothing => None,
    }
}

fn nothing(hold: Option<&Solution>) -> Infeasible {
    let reason = match hold {
        None => {
            "the market cannot value what is held: no exit or no yield of it is known".to_owned()
        }
        Some(h) => {
            let broken: Vec<String> =
                h.violations.iter().map(|v| format!("{}: {}", v.limit.name(), v.detail)).collect();
            format!(
                "holding breaks a limit ({}) and nothing else can be entered",
                broken.join("; ")
            )
        }
    };
    Infeasible { reason, relaxations: Vec::new() }
}
