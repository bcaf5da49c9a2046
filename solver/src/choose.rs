//! The winner of a yield intent: the best plan within the limits, or hold, or neither when the
//! market cannot show the exit that the intent asks for.

use alloy_primitives::U256;

use crate::{
    amount::{YEAR_S, decimal, from_f64, to_f64},
    candidates::{Candidates, horizon, sort},
    graph::Graph,
    intent::{Intent, Limits},
    market::Market,
    problem::{Problem, Proposal, routed},
    route::Leg,
    solution::{Answer, Binding, Infeasible, LimitKind, PlanKind, Relaxation, Solution},
    spread::{Cost, Spread},
    unknown::unranked,
    value::Appraiser,
    venues::{Capacity, LegKind},
    yields::{fraction, signed},
};

/// The longest horizon that a break-even is looked for in: ten years.
pub const LONGEST_S: u64 = 10 * 365 * 86_400;

/// Alternatives shown.
const SHOWN: usize = 6;

/// Solves a yield intent. `None` when the market cannot value its asset at all.
pub(crate) fn best_yield(market: &Market, graph: &Graph, intent: &Intent) -> Option<Answer> {
    let (objective, horizon_s) = horizon(intent)?;
    let appraiser = Appraiser::new(market, graph, &intent.limits);
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
    let binding = best.as_ref().map_or_else(Vec::new, |best| {
        let coupled = spread.as_ref().filter(|spread| spread.plan.legs == best.legs);
        let coupled = coupled.map_or(&[][..], |spread| &spread.shadows);
        binding(market, graph, intent, (best, &prices, coupled), &moves)
    });
    let mut alternatives = moves;
    alternatives.sort_by(|a, b| b.score.total_cmp(&a.score));
    alternatives.retain(|a| best.as_ref().is_none_or(|b| a.legs != b.legs));
    alternatives.truncate(SHOWN);
    if let Some(hold) = hold.filter(|_| best.as_ref().is_none_or(|b| b.kind != PlanKind::Hold)) {
        alternatives.push(hold);
    }
    Some(Answer { best, alternatives, unranked, binding, break_even_s, infeasible, prices })
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
    // Over one position the moves are the optimum already.
    let spread = if several { candidates.spread(alone) } else { None };
    let others = spread.as_ref().filter(|s| moves.iter().all(|m| m.legs != s.plan.legs));
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

/// What a solve at another horizon says about the break-even.
struct Probe {
    /// Whether something beats holding there.
    beats: bool,
    /// Where its plans say that they break even.
    estimate: Option<u64>,
}

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

/// The shortest horizon at which something beats holding, to the second; from there on it is taken
/// to do so.
///
/// Every solve estimates the horizon from its own plans, which is exact while the plans stay the
/// same: following the estimates leads there in a few solves, and halving makes sure.
fn break_even(probe: impl Fn(u64) -> Probe, mut guess: Option<u64>) -> Option<u64> {
    let inside = |s: &u64| (1..LONGEST_S).contains(s);
    for _ in 0..4 {
        let next = guess.filter(inside).and_then(|guess| probe(guess).estimate).filter(inside);
        let settled = next.zip(guess).is_some_and(|(a, b)| a.abs_diff(b) <= 1);
        guess = next.or(guess);
        if settled {
            break;
        }
    }
    let beats = |horizon_s: u64| probe(horizon_s).beats;
    let around = guess.filter(inside).and_then(|guess| {
        [2, 64, 4096].into_iter().find_map(|reach| {
            let (low, high) = (guess.saturating_sub(reach), guess.saturating_add(reach));
            (high < LONGEST_S && (low == 0 || !beats(low)) && beats(high)).then_some((low, high))
        })
    });
    let (mut low, mut high) = around.unwrap_or((0, LONGEST_S));
    if high == LONGEST_S && !beats(high) {
        return None;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if beats(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

/// Where the logarithms of a plan's and of hold's values cross, with the improvement asked for.
fn estimate(intent: &Intent, hold: &Solution, plan: Option<&Solution>) -> Option<u64> {
    let plan = plan?;
    let year = to_f64(U256::from(YEAR_S));
    let years = to_f64(U256::from(plan.split.horizon_s)) / year;
    let net = |s: &Solution| signed(s.split.net_wei) + to_f64(s.split.principal_wei);
    let start = |s: &Solution| net(s).max(1.0).ln() - rate(s) * years;
    let drift = rate(plan) - rate(hold) - f64::from(intent.limits.min_improvement_bps) / 1e4;
    let meets = (start(hold) - start(plan)) / drift * year;
    u64::try_from(from_f64(meets.ceil())).ok()
}

/// The annual rate at which a plan's holdings grow together.
fn rate(plan: &Solution) -> f64 {
    let parts = plan.worth.parts.iter();
    let (sum, all) = parts.fold((0.0, 0.0), |(sum, all), p| {
        let value = to_f64(p.redeem);
        (sum + value * fraction(p.earning.rate), all + value)
    });
    if all > 0.0 { sum / all } else { 0.0 }
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
    let appraiser = Appraiser::new(market, graph, &intent.limits);
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

/// Limits that shape the winner: capacities that it fills, and limits that a better plan breaks.
fn binding(
    market: &Market,
    graph: &Graph,
    intent: &Intent,
    (best, prices, coupled): (&Solution, &[f64], &[Cost]),
    moves: &[Solution],
) -> Vec<Binding> {
    let problem = Problem::new(market, graph, intent);
    let shadow = |leg: &Leg| {
        let direction = (leg.listing, leg.swap.from, leg.swap.to);
        problem.as_ref()?.shadow_price(graph, prices, direction)
    };
    let full = |leg| filled(market, best, leg).map(|b| Binding { shadow_price: shadow(leg), ..b });
    let mut found: Vec<Binding> = best.legs.iter().filter_map(full).collect();
    found.extend(coupled.iter().filter_map(|cost| cost.binding(best)));
    for plan in moves.iter().filter(|m| !m.is_feasible() && m.score > best.score) {
        for v in &plan.violations {
            if !found.iter().any(|b| b.limit == v.limit.name()) {
                found.push(Binding {
                    limit: v.limit.name().to_owned(),
                    detail: format!("{} stays out: {}", plan.label, v.detail),
                    cost_bps: Some(plan.score - best.score),
                    shadow_price: None,
                });
            }
        }
    }
    found
}

/// The capacity that a leg fills, if it fills one.
fn filled(market: &Market, best: &Solution, leg: &Leg) -> Option<Binding> {
    let venue = &market.listings[leg.listing].venue;
    let Capacity::Limited { amount, what, refill_per_block } =
        venue.capacity(leg.swap.from, leg.swap.to)
    else {
        return None;
    };
    if leg.swap.amount < amount {
        return None;
    }
    let token = market.token(leg.token_in)?;
    let refill = refill_per_block.map_or(String::new(), |units| {
        format!(", refills {} {} a block", decimal(units, token.decimals), token.symbol)
    });
    let most = decimal(amount, token.decimals);
    Some(Binding {
        limit: what.to_owned(),
        detail: format!("{most} {} through {}{refill}", token.symbol, venue.id()),
        cost_bps: matches!(leg.kind, LegKind::Stake | LegKind::Deposit)
            .then(|| idle(best))
            .flatten(),
        shadow_price: None,
    })
}

/// What the part that a full venue leaves idle would add to the whole, a year, at the return of the
/// part that moved.
fn idle(best: &Solution) -> Option<f64> {
    let of = |earns: bool| {
        let parts = best.worth.parts.iter().filter(move |p| p.earning.rate.is_zero() != earns);
        parts.map(|p| to_f64(p.redeem)).sum::<f64>()
    };
    let (moved, left) = (of(true), of(false));
    (moved > 0.0 && left > 0.0).then(|| best.split.net_bps() * left / moved)
}
