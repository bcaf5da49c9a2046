//! The three profiles: what each decides where a sentence is silent, and saying so.

use alloy_primitives::U256;
use tenor_solver::{
    intent::{DENIED_BY_DEFAULT, Depth, Goal, Intent, Limits, Objective, Risk, Tier},
    venues::NATIVE,
};

use super::{
    amounts::percent,
    clauses::Clauses,
    draft::{Draft, Head},
    durations::{self, DAY, MINUTE},
    names::Names,
    numbers,
};

const HORIZON_S: u64 = 90 * DAY;
const EXIT_WITHIN_S: u64 = 7 * DAY;

/// Tenor's own choice: markets of ETH against its staked forms move less than this between blocks.
const SLIPPAGE_BPS: u32 = 10;

/// Every limit as the profile sets it.
pub(super) const fn limits(risk: Risk) -> Limits {
    let (max_tier, liquid_share_bps, liquid_days) = match risk {
        Risk::Low => (Tier::T1, 10_000, 7),
        Risk::Medium => (Tier::T2, 10_000, 30),
        Risk::High => (Tier::T4, 2_500, 30),
    };
    let (max_entry_cost_bps, max_exit_cost_bps, min_improvement_bps) = match risk {
        Risk::Low => (10, 20, 25),
        Risk::Medium => (20, 50, 10),
        Risk::High => (50, 100, 5),
    };
    let (incentives_bps, max_expected_loss_bps) = match risk {
        Risk::Low => (0, 20),
        Risk::Medium => (0, 60),
        Risk::High => (5_000, 300),
    };
    Limits {
        risk,
        max_tier,
        protocol_cap_bps: 10_000,
        liquid_share_bps,
        liquid_within_s: liquid_days * DAY,
        liquid_depth: Depth::Half,
        least_position: U256::ZERO,
        max_entry_cost_bps,
        max_exit_cost_bps,
        min_improvement_bps,
        incentives_bps,
        max_leverage_pct: 100,
        max_expected_loss_bps,
        slippage_bps: SLIPPAGE_BPS,
        avoid: Vec::new(),
        only: Vec::new(),
        quote_valid_s: MINUTE,
        deadline_s: 10 * MINUTE,
    }
}

impl Draft {
    /// Decides what the sentence left open. The sentence and its rendering are left empty.
    pub(super) fn complete(self, names: &Names<'_>) -> Intent {
        let Self { head, asset, amount, others, clauses } = self;
        let goal = goal(head, &clauses);
        let filled = filled(head, &clauses, names);
        let limits = decided(head, clauses);
        let (sentence, canonical) = (String::new(), String::new());
        Intent { goal, asset, amount, others, limits, filled, sentence, canonical }
    }
}

fn goal(head: Head, clauses: &Clauses) -> Goal {
    let horizon_s = clauses.horizon_s.unwrap_or(HORIZON_S);
    let yields = |objective| Goal::Yield { objective, horizon_s };
    match head {
        Head::Yield { organic, risk_adjusted } => yields(match (risk_adjusted, organic) {
            (true, _) => Objective::RiskAdjusted,
            (false, true) => Objective::NetOrganic,
            (false, false) => Objective::Net,
        }),
        Head::LeastRisk { target_bps } => yields(Objective::LeastRisk { target_bps }),
        Head::FixedRate => yields(Objective::FixedRate),
        Head::Swap { to } => Goal::Swap { to },
        Head::Exit => Goal::Exit {
            to: clauses.to.unwrap_or(NATIVE),
            within_s: clauses.within_s.unwrap_or(EXIT_WITHIN_S),
        },
    }
}

/// The profile's limits, but what was typed where something was.
fn decided(head: Head, clauses: Clauses) -> Limits {
    let profile = limits(clauses.risk.unwrap_or(Risk::Medium));
    let organic = head.is_organic();
    let (liquid_share_bps, liquid_within_s) =
        clauses.liquid.unwrap_or((profile.liquid_share_bps, profile.liquid_within_s));
    Limits {
        max_tier: clauses.max_tier.unwrap_or(profile.max_tier),
        protocol_cap_bps: clauses.protocol_cap_bps.unwrap_or(profile.protocol_cap_bps),
        liquid_share_bps,
        liquid_within_s,
        liquid_depth: clauses.depth.unwrap_or(profile.liquid_depth),
        least_position: clauses.least_position.unwrap_or(profile.least_position),
        incentives_bps: if organic { 0 } else { profile.incentives_bps },
        max_leverage_pct: clauses.leverage_pct.unwrap_or(profile.max_leverage_pct),
        slippage_bps: clauses.slippage_bps.unwrap_or(profile.slippage_bps),
        avoid: clauses.avoid.unwrap_or_default(),
        only: clauses.only.unwrap_or_default(),
        deadline_s: clauses.deadline_s.unwrap_or(profile.deadline_s),
        ..profile
    }
}

/// What the sentence did not say, in words, always in this order.
fn filled(head: Head, clauses: &Clauses, names: &Names<'_>) -> Vec<(&'static str, String)> {
    let limits = limits(clauses.risk.unwrap_or(Risk::Medium));
    let mut all = match head {
        Head::Yield { .. } | Head::LeastRisk { .. } | Head::FixedRate => {
            filled_yield(head.is_organic(), clauses, &limits)
        }
        Head::Swap { .. } => Vec::new(),
        Head::Exit => vec![
            ("exit to", clauses.to.is_none(), names.shown(NATIVE)),
            ("exit within", clauses.within_s.is_none(), durations::render(EXIT_WITHIN_S)),
        ],
    };
    all.extend([
        ("slippage", clauses.slippage_bps.is_none(), bp(limits.slippage_bps)),
        ("quote validity", true, durations::render(limits.quote_valid_s)),
        ("deadline", clauses.deadline_s.is_none(), durations::render(limits.deadline_s)),
        ("denied by default", true, denied()),
    ]);
    all.into_iter().filter(|(_, open, _)| *open).map(|(name, _, value)| (name, value)).collect()
}

impl Head {
    /// Whether no incentives count, whatever the profile says.
    const fn is_organic(self) -> bool {
        match self {
            Self::Yield { organic, .. } => organic,
            Self::LeastRisk { .. } | Self::FixedRate => true,
            Self::Swap { .. } | Self::Exit => false,
        }
    }
}

/// Name, whether the sentence left it open, and value.
type Default = (&'static str, bool, String);

fn filled_yield(organic: bool, clauses: &Clauses, limits: &Limits) -> Vec<Default> {
    let liquidity = liquidity(limits);
    vec![
        ("profile", clauses.risk.is_none(), profile_name(limits.risk).to_owned()),
        ("horizon", clauses.horizon_s.is_none(), durations::render(HORIZON_S)),
        ("highest tier", clauses.max_tier.is_none(), limits.max_tier.to_string()),
        ("cap per protocol", clauses.protocol_cap_bps.is_none(), percent(limits.protocol_cap_bps)),
        ("liquidity", clauses.liquid.is_none(), liquidity),
        ("depth for liquidity", clauses.depth.is_none(), depth(limits.liquid_depth).to_owned()),
        ("minimum ticket", clauses.least_position.is_none(), "none".to_owned()),
        ("highest entry cost", true, bp(limits.max_entry_cost_bps)),
        ("highest exit cost", true, bp(limits.max_exit_cost_bps)),
        ("improvement over hold", true, format!("{} a year", bp(limits.min_improvement_bps))),
        ("incentives", !organic, incentives(limits.incentives_bps)),
        (
            "leverage",
            clauses.leverage_pct.is_none(),
            leverage(limits.max_leverage_pct).unwrap_or("none".to_owned()),
        ),
        ("expected loss limit", true, format!("{} a year", bp(limits.max_expected_loss_bps))),
    ]
}

const fn profile_name(risk: Risk) -> &'static str {
    match risk {
        Risk::Low => "low (conservative)",
        Risk::Medium => "medium (balanced)",
        Risk::High => "high (aggressive)",
    }
}

/// Basis points.
pub(super) fn bp(bps: u32) -> String {
    format!("{bps} bp")
}

pub(super) fn liquidity(limits: &Limits) -> String {
    let share = percent(limits.liquid_share_bps);
    format!("{share} within {}", durations::render(limits.liquid_within_s))
}

/// The depth that liquidity is asked for, in words.
pub(super) const fn depth(depth: Depth) -> &'static str {
    match depth {
        Depth::Whole => "that of the markets today",
        Depth::Half => "half that of the markets today",
    }
}

pub(super) fn incentives(bps: u32) -> String {
    match bps {
        0 => "not counted".to_owned(),
        bps => format!("counted at {}, points never", percent(bps)),
    }
}

/// `None` for none.
pub(super) fn leverage(pct: u32) -> Option<String> {
    (pct > 100).then(|| format!("at most {}x", numbers::render(u128::from(pct), 2)))
}

pub(super) fn denied() -> String {
    DENIED_BY_DEFAULT.map(|denied| denied.to_string()).join(", ")
}
