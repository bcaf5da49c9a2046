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
    ledger::Ledger,
    leverage::Loops,
    market::Market,
    nearest::nearest,
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
    let (mut moves, prices, spread) = all_moves(market, &candidates, intent, true);
    let loops = Loops::new(&candidates);
    moves.extend(loops.plans(&candidates));
    sort(&mut moves);
    let unranked = unranked(&appraiser, intent, &moves);
    let verdict = judge(intent, hold.as_ref(), &moves);
    // Of several holdings that break a limit, something has to move at any horizon.
    let open = |h: &&Solution| stays_allowed(h) && (!intent.is_rebalance() || h.is_feasible());
    let break_even_s = hold.as_ref().filter(open).and_then(|hold| {
        let guess = estimate(intent, hold, moves.first());
        break_even(|horizon_s| probe(&appraiser, intent, &loops, horizon_s), guess)
    });

    let (best, infeasible) = match verdict {
        Verdict::Move(at) => (Some(moves[at].clone()), None),
        Verdict::Hold => (hold.clone(), None),
        Verdict::Blocked(at) => (None, Some(blocked(market, graph, intent, &moves[at]))),
        Verdict::Nothing => {
            let near = nearest(market, intent, |other| reached(market, graph, other));
            (None, Some(near.unwrap_or_else(|| nothing(&candidates, &moves))))
        }
    };
    let (prices, multipliers) = tightest(market, graph, intent, prices, spread.as_ref());
    let mut binding = best.as_ref().map_or_else(Vec::new, |best| {
        // What limits cost the program's plan they cost one that is worth the same.
        let same = |spread: &&Spread| (spread.plan.score - best.score).abs() < ALIKE_BPS;
        let coupled = spread.as_ref().filter(same);
        let coupled = coupled.map_or(&[][..], |spread| &spread.shadows);
        binding(market, graph, intent, best, (&prices, &multipliers), coupled, &moves)
    });
    binding.extend(loops.bindings(market));
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

/// What wins, and what it was chosen over, without what explains it.
pub(crate) fn decided(market: &Market, graph: &Graph, intent: &Intent) -> Option<Answer> {
    let (objective, horizon_s) = horizon(intent)?;
    let appraiser = Appraiser::new(market, graph, &intent.limits);
    let candidates = Candidates::new(&appraiser, intent, objective, horizon_s)?;
    let hold = candidates.hold();
    let (moves, ..) = all_moves(market, &candidates, intent, false);
    let (best, infeasible) = match judge(intent, hold.as_ref(), &moves) {
        Verdict::Move(at) => (Some(moves[at].clone()), None),
        Verdict::Hold => (hold.clone(), None),
        Verdict::Blocked(at) => (None, Some(broken(&moves[at]))),
        Verdict::Nothing => (None, Some(nothing(&candidates, &moves))),
    };
    let holds = best.as_ref().is_some_and(|best| best.kind == PlanKind::Hold);
    let mut alternatives = moves;
    alternatives.retain(|a| best.as_ref().is_none_or(|b| a.legs != b.legs));
    alternatives.extend(hold.filter(|_| !holds));
    Some(Answer {
        best,
        alternatives,
        unranked: Vec::new(),
        binding: Vec::new(),
        break_even_s: None,
        infeasible,
        prices: Vec::new(),
        multipliers: Vec::new(),
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
    // Where something has to move, limits decide how much.
    let divides = several || candidates.mixes() || candidates.is_forced();
    if !divides && !alone {
        return (moves, Vec::new(), None);
    }
    // Over one position the moves are the optimum already, and only what limits cost is asked.
    let capped = intent.limits.protocol_cap_bps < 10_000;
    let spread = if divides || capped && alone { candidates.spread(alone) } else { None };
    let others = spread.as_ref().filter(|s| moves.iter().all(|m| m.legs != s.plan.legs));
    let others = others.filter(|_| divides);
    moves.extend(others.map(|s| s.plan.clone()));
    sort(&mut moves);
    if !several && !alone && !candidates.mixes() {
        return (moves, Vec::new(), spread);
    }
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

/// Whether holding is allowed at some horizon: what it rests on is not to be avoided, nor too much.
fn stays_allowed(hold: &Solution) -> bool {
    let ever = |limit| matches!(limit, LimitKind::Avoid | LimitKind::Only | LimitKind::ProtocolCap);
    !hold.violations.iter().any(|v| ever(v.limit))
}

fn improves(intent: &Intent, plan: &Solution, hold: &Solution) -> bool {
    plan.score - hold.score >= f64::from(intent.limits.min_improvement_bps)
}

/// What a solve at another horizon says.
fn probe<'m>(
    appraiser: &Appraiser<'m>,
    intent: &'m Intent,
    loops: &Loops<'m>,
    horizon_s: u64,
) -> Probe {
    let candidates = horizon(intent)
        .and_then(|(objective, _)| Candidates::new(appraiser, intent, objective, horizon_s));
    let Some(candidates) = candidates else { return Probe { beats: false, estimate: None } };
    let hold = candidates.hold();
    let (mut moves, ..) = all_moves(appraiser.market, &candidates, intent, false);
    moves.extend(loops.plans(&candidates));
    sort(&mut moves);
    let beats = matches!(judge(intent, hold.as_ref(), &moves), Verdict::Move(_));
    let estimate = hold.and_then(|hold| estimate(intent, &hold, moves.first()));
    Probe { beats, estimate }
}

/// What stops the plan that would win, and the nearest changes that let it or a part of it.
fn blocked(market: &Market, graph: &Graph, intent: &Intent, plan: &Solution) -> Infeasible {
    let mut relaxations = Vec::new();
    relaxations.extend(less_liquid(market, graph, intent, plan));
    if !intent.is_rebalance() {
        relaxations.extend(smaller(market, graph, intent));
    }
    Infeasible { relaxations, ..broken(plan) }
}

/// What stops the plan that would win.
fn broken(plan: &Solution) -> Infeasible {
    let stays = plan.ladder.iter().rev().find_map(|r| r.reason.clone()).unwrap_or_default();
    let reason = format!(
        "{} would beat holding, but no exit within the limits can be shown ({}; {stays})",
        plan.label,
        broken_by(plan)
    );
    Infeasible { reason, relaxations: Vec::new() }
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
    let limits = Limits { liquid_share_bps: percent * 100, ..intent.limits.clone() };
    let best = winner(market, graph, &Intent { limits, ..intent.clone() })?;
    Some(Relaxation {
        limit: "liquidity".into(),
        to: format!("liquid {percent}% within {}", intent.limits.liquid_time()),
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

/// The plan that wins, or holding where that does.
fn reached(market: &Market, graph: &Graph, intent: &Intent) -> Option<Solution> {
    let moved = winner(market, graph, intent);
    moved.or_else(|| {
        let (objective, horizon_s) = horizon(intent)?;
        let appraiser = Appraiser::new(market, graph, &intent.limits);
        let candidates = Candidates::new(&appraiser, intent, objective, horizon_s)?;
        candidates.hold().filter(Solution::is_feasible)
    })
}

/// Why nothing is left to recommend: what holding breaks, and which limits no division keeps together.
fn nothing(candidates: &Candidates<'_, '_>, moves: &[Solution]) -> Infeasible {
    let reason = match candidates.hold() {
        None => unvalued(candidates),
        Some(hold) => {
            let holding = format!("holding breaks a limit ({})", broken_by(&hold));
            match (candidates.conflict(), moves.first()) {
                (Some(limits), _) if !limits.is_empty() => {
                    format!("{holding} and no division keeps all of: {}", limits.join(", "))
                }
                (_, Some(nearest)) => {
                    format!("{holding} and so does {} ({})", nearest.label, broken_by(nearest))
                }
                _ => format!("{holding} and nothing else can be entered"),
            }
        }
    };
    Infeasible { reason, relaxations: Vec::new() }
}

/// The limits that a plan breaks, in words.
fn broken_by(plan: &Solution) -> String {
    let told = plan.violations.iter().map(|v| format!("{}: {}", v.limit.name(), v.detail));
    told.collect::<Vec<_>>().join("; ")
}

/// What of the holdings the market cannot value.
fn unvalued(candidates: &Candidates<'_, '_>) -> String {
    let (market, intent) = (candidates.market(), candidates.intent);
    if !intent.is_rebalance() {
        return "the market cannot value what is held: no exit or no yield of it is known"
            .to_owned();
    }
    let unvalued = intent.holdings().filter(|&(token, amount)| {
        let alone = Ledger::with(market, token, amount);
        let worth = |ledger| candidates.appraiser.worth(&ledger, candidates.horizon_s);
        alone.and_then(worth).is_none()
    });
    let names: Vec<String> = unvalued.map(|(token, _)| market.symbol(token)).collect();
    format!("the market cannot value {}: no exit or no yield of it is known", names.join(" and "))
}
