//! An intent as text again: the English that a user signs, and the sentence that says it in full.
//!
//! Both follow from what was decided and not from how it was typed.

use alloy_primitives::{Address, U256};
use tenor_solver::{
    intent::{Goal, Intent, Limits, Objective},
    market::TokenInfo,
};

use super::{
    amounts::percent,
    durations,
    names::Names,
    numbers,
    profile::{self, bp, denied, incentives, leverage, liquidity},
};

/// The one English rendering of an intent, as its owner signs it, by a market's tokens.
pub fn statement(intent: &Intent, tokens: &[TokenInfo]) -> String {
    english(intent, &Names { tokens, protocols: &[], now: 0 })
}

/// The one English rendering of an intent.
pub(super) fn english(intent: &Intent, names: &Names<'_>) -> String {
    let Intent { goal, limits, .. } = intent;
    let shown = |(token, units)| format!("{} {}", amount(token, units, names), names.shown(token));
    let holding = intent.holdings().map(shown).collect::<Vec<_>>().join(" and ");
    let mut text = match goal {
        Goal::Yield { objective, horizon_s } => {
            let horizon = durations::render(*horizon_s);
            let asked = asked(*objective, &holding, intent.is_rebalance());
            format!("{asked} for {horizon}. {} ", terms(limits))
        }
        Goal::Swap { to } => format!("Swap {holding} for the most {}. ", names.shown(*to)),
        Goal::Exit { to, within_s } => {
            let (to, within) = (names.shown(*to), durations::render(*within_s));
            format!("Exit {holding} into the most {to} within {within}. ")
        }
    };
    for (word, names) in [("Avoid", &limits.avoid), ("Only", &limits.only)] {
        if !names.is_empty() {
            text += &format!("{word} {}. ", names.join(", "));
        }
    }
    text += &format!(
        "Slippage at most {}. The quote holds for {}, the intent for {}. Denied by default: {}.",
        bp(limits.slippage_bps),
        durations::render(limits.quote_valid_s),
        durations::render(limits.deadline_s),
        denied(),
    );
    text
}

/// What a yield intent limits.
fn terms(limits: &Limits) -> String {
    format!(
        "Risk {}: highest tier {}, at most {} per protocol{}, {} is ETH again within {} at {} depth of the \
         markets; entry at most {}, exit \
         at most {}, at least {} a year more than holding; incentives {}; {}; expected \
         loss at most {} a year.",
        limits.risk,
        limits.max_tier,
        percent(limits.protocol_cap_bps),
        ticket(limits, |amount| format!(", at least {amount} ETH per position")),
        percent(limits.liquid_share_bps),
        durations::render(limits.liquid_within_s),
        limits.liquid_depth,
        bp(limits.max_entry_cost_bps),
        bp(limits.max_exit_cost_bps),
        bp(limits.min_improvement_bps),
        incentives(limits.incentives_bps),
        match leverage(limits.max_leverage_pct) {
            None => "no leverage".to_owned(),
            Some(leverage) => format!("leverage {leverage}"),
        },
        bp(limits.max_expected_loss_bps),
    )
}

/// What a yield intent asks for, of a holding.
fn asked(objective: Objective, holding: &str, rebalance: bool) -> String {
    let kind = match objective {
        Objective::Net => "net",
        Objective::NetOrganic => "net organic",
        Objective::RiskAdjusted => "net risk-adjusted",
        Objective::LeastRisk { target_bps } => {
            let target = percent(target_bps);
            return format!(
                "Minimize expected loss for at least {target} net organic ETH yield on {holding}"
            );
        }
        Objective::FixedRate => {
            return format!("Maximize net organic ETH yield that is fixed on {holding}");
        }
    };
    if rebalance {
        format!("Rebalance {holding} to the most {kind} ETH yield")
    } else {
        format!("Maximize {kind} ETH yield on {holding}")
    }
}

/// The sentence that says an intent with every clause written out; reading it gives the same goal,
/// amount and limits. `None` when `names` lacks one of its tokens.
///
/// Limits that no clause can state are taken to be those of the intent's profile. The longest lists
/// of protocols can make the sentence longer than one may be.
pub fn render_sentence(intent: &Intent, names: &Names<'_>) -> Option<String> {
    let Intent { goal, limits, .. } = intent;
    let written = |token: Address| Some(names.written(find(token, names)?));
    let typed =
        |(token, units)| Some(format!("{} {}", amount(token, units, names), written(token)?));
    let holding = intent.holdings().map(typed).collect::<Option<Vec<_>>>()?.join(" and ");
    let head = match goal {
        Goal::Yield { objective, horizon_s } => {
            let modifiers = modifiers(*objective, limits);
            let horizon = durations::render(*horizon_s);
            let clauses = risk_clauses(limits);
            let asked = match objective {
                Objective::LeastRisk { target_bps } => {
                    format!("minimize risk for {} ETH yield on {holding}", percent(*target_bps))
                }
                Objective::FixedRate => format!("fix ETH yield on {holding}"),
                _ if intent.is_rebalance() => format!("rebalance {modifiers}{holding}"),
                _ => format!("maximize {modifiers}ETH yield on {holding}"),
            };
            format!("{asked} for {horizon}{clauses}")
        }
        Goal::Swap { to } => format!("swap {holding} to {}", written(*to)?),
        Goal::Exit { to, within_s } => {
            let (to, within) = (written(*to)?, durations::render(*within_s));
            format!("exit {holding} to {to} within {within}")
        }
    };
    Some(head + &trade_clauses(limits))
}

fn modifiers(objective: Objective, limits: &Limits) -> &'static str {
    let organic = profile::limits(limits.risk).incentives_bps > limits.incentives_bps;
    match objective {
        Objective::Net | Objective::LeastRisk { .. } | Objective::FixedRate => "",
        Objective::NetOrganic => "organic ",
        Objective::RiskAdjusted if organic => "organic risk-adjusted ",
        Objective::RiskAdjusted => "risk-adjusted ",
    }
}

fn risk_clauses(limits: &Limits) -> String {
    format!(
        " risk {} risk <={} leverage <={} liquid {} depth {} at most {} per protocol{}",
        limits.risk,
        limits.max_tier,
        numbers::render(u128::from(limits.max_leverage_pct), 2),
        liquidity(limits),
        limits.liquid_depth,
        percent(limits.protocol_cap_bps),
        ticket(limits, |amount| format!(" at least {amount} ETH per position")),
    )
}

/// The minimum ticket in words; nothing where there is none.
fn ticket(limits: &Limits, told: impl Fn(String) -> String) -> String {
    let least = u128::try_from(limits.least_position);
    let least =
        least.map_or_else(|_| limits.least_position.to_string(), |w| numbers::render(w, 18));
    if limits.least_position.is_zero() { String::new() } else { told(least) }
}

fn trade_clauses(limits: &Limits) -> String {
    let mut text = String::new();
    for (word, names) in [("avoid", &limits.avoid), ("only", &limits.only)] {
        if !names.is_empty() {
            text += &format!(" {word} {}", names.join(", "));
        }
    }
    let deadline = durations::render(limits.deadline_s);
    text + &format!(" slippage {} by {deadline}", bp(limits.slippage_bps))
}

fn find<'a>(address: Address, names: &Names<'a>) -> Option<&'a TokenInfo> {
    names.tokens.iter().find(|token| token.address == address)
}

/// The amount of whole tokens, exactly; of units, where the token is unknown.
fn amount(token: Address, units: U256, names: &Names<'_>) -> String {
    let decimals = find(token, names).map_or(0, |token| token.decimals);
    u128::try_from(units)
        .map_or_else(|_| units.to_string(), |units| numbers::render(units, decimals))
}
