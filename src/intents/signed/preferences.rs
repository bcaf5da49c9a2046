//! What the solver is asked to prefer: not enforceable on-chain, signed by its hash.
//!
//! Schema `tenor.preferences/1`. Hashed is the [canonical](super::canonical) text of exactly these
//! members, so that one intent has one hash. Two came later than the schema: they are left out where they
//! say what is taken for granted, half the depth and no minimum ticket, and must not be there then.

use alloy_primitives::{Address, B256, U256, keccak256};
use serde::{Deserialize, Serialize};
use tenor_solver::intent::{DENIED_BY_DEFAULT, Depth, Goal, Intent, Limits, Objective, Risk, Tier};
use utoipa::ToSchema;

use super::canonical::{NotCanonical, canonical};

const SCHEMA: &str = "tenor.preferences/1";

const OBJECTIVES: [(Objective, &str); 5] = [
    (Objective::Net, "net"),
    (Objective::NetOrganic, "net_organic"),
    (Objective::RiskAdjusted, "risk_adjusted"),
    (Objective::LeastRisk { target_bps: 0 }, LEAST_RISK),
    (Objective::FixedRate, "fixed_rate"),
];
const LEAST_RISK: &str = "least_risk";
const RISKS: [(Risk, &str); 3] =
    [(Risk::Low, "low"), (Risk::Medium, "medium"), (Risk::High, "high")];
/// The depth that goes without saying.
const DEPTH: Depth = Depth::Half;
const DEPTHS: [(Depth, &str); 2] = [(Depth::Whole, "full"), (Depth::Half, "half")];
const TIERS: [(Tier, &str); 5] =
    [(Tier::T0, "T0"), (Tier::T1, "T1"), (Tier::T2, "T2"), (Tier::T3, "T3"), (Tier::T4, "T4")];

/// The preferences of an intent, in their wire form. Shares and rates in basis points, times in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the intent's limits")]
pub struct Preferences {
    pub schema: String,
    pub goal: GoalDto,
    pub asset: String,
    pub amount: String,
    pub others: Vec<GivenDto>,
    pub risk: String,
    pub max_tier: String,
    pub protocol_cap_bps: u32,
    pub liquid_share_bps: u32,
    pub liquid_within_s: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liquid_depth: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_position_wei: Option<String>,
    pub max_entry_cost_bps: u32,
    pub max_exit_cost_bps: u32,
    pub min_improvement_bps: u32,
    pub incentives_bps: u32,
    pub max_leverage_pct: u32,
    pub max_expected_loss_bps: u32,
    pub slippage_bps: u32,
    pub avoid: Vec<String>,
    pub only: Vec<String>,
    pub denied: Vec<String>,
    pub quote_valid_s: u64,
    pub deadline_s: u64,
}

/// A holding beside the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PreferencesGiven)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the first holding")]
pub struct GivenDto {
    pub asset: String,
    pub amount: String,
}

/// What is asked for. The target is that of the least risk, and null for any other objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PreferencesGoal)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the intent's goal")]
pub enum GoalDto {
    Yield { objective: String, target_bps: Option<u32>, horizon_s: u64 },
    Swap { to: String },
    Exit { to: String, within_s: u64 },
}

/// A member that does not hold what it must.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("preferences/{member} is {found:?}: expected {expected}")]
pub struct BadPreference {
    /// Which.
    pub member: &'static str,
    /// What it holds.
    pub found: String,
    /// What it must hold.
    pub expected: String,
}

impl BadPreference {
    fn target(found: &str, expected: &str) -> Self {
        let (found, expected) = (found.to_owned(), expected.to_owned());
        Self { member: "goal/target_bps", found, expected }
    }
}

impl Preferences {
    /// The preferences of an intent.
    pub fn of(intent: &Intent) -> Self {
        // No `..`: what is added to an intent must be signed too.
        let Intent { goal, asset, amount, others, limits, filled: _, sentence: _, canonical: _ } =
            intent;
        let Limits {
            risk,
            max_tier,
            protocol_cap_bps,
            liquid_share_bps,
            liquid_within_s,
            liquid_depth,
            least_position,
            max_entry_cost_bps,
            max_exit_cost_bps,
            min_improvement_bps,
            incentives_bps,
            max_leverage_pct,
            max_expected_loss_bps,
            slippage_bps,
            avoid,
            only,
            quote_valid_s,
            deadline_s,
        } = limits;
        Self {
            schema: SCHEMA.to_owned(),
            goal: GoalDto::of(*goal),
            asset: lower(*asset),
            amount: amount.to_string(),
            others: others
                .iter()
                .map(|(asset, amount)| GivenDto {
                    asset: lower(*asset),
                    amount: amount.to_string(),
                })
                .collect(),
            risk: word(&RISKS, *risk),
            max_tier: word(&TIERS, *max_tier),
            protocol_cap_bps: *protocol_cap_bps,
            liquid_share_bps: *liquid_share_bps,
            liquid_within_s: *liquid_within_s,
            liquid_depth: (*liquid_depth != DEPTH).then(|| word(&DEPTHS, *liquid_depth)),
            least_position_wei: (!least_position.is_zero()).then(|| least_position.to_string()),
            max_entry_cost_bps: *max_entry_cost_bps,
            max_exit_cost_bps: *max_exit_cost_bps,
            min_improvement_bps: *min_improvement_bps,
            incentives_bps: *incentives_bps,
            max_leverage_pct: *max_leverage_pct,
            max_expected_loss_bps: *max_expected_loss_bps,
            slippage_bps: *slippage_bps,
            avoid: avoid.clone(),
            only: only.clone(),
            denied: denied(),
            quote_valid_s: *quote_valid_s,
            deadline_s: *deadline_s,
        }
    }

    /// The canonical text.
    pub fn text(&self) -> Result<String, NotCanonical> {
        let value = serde_json::to_value(self);
        canonical(&value.map_err(|error| NotCanonical::Number(error.to_string()))?)
    }

    /// The hash that an intent signs.
    pub fn hash(&self) -> Result<B256, NotCanonical> {
        self.text().map(keccak256)
    }

    /// The intent that these are the preferences of, without sentence and rendering.
    pub fn intent(&self) -> Result<Intent, BadPreference> {
        expect("schema", self.schema == SCHEMA, &self.schema, SCHEMA)?;
        let denied = denied();
        expect("denied", self.denied == denied, &self.denied.join(", "), &denied.join(", "))?;
        let limits = Limits {
            risk: read("risk", &RISKS, &self.risk)?,
            max_tier: read("max_tier", &TIERS, &self.max_tier)?,
            protocol_cap_bps: self.protocol_cap_bps,
            liquid_share_bps: self.liquid_share_bps,
            liquid_within_s: self.liquid_within_s,
            liquid_depth: self.depth()?,
            least_position: self.ticket()?,
            max_entry_cost_bps: self.max_entry_cost_bps,
            max_exit_cost_bps: self.max_exit_cost_bps,
            min_improvement_bps: self.min_improvement_bps,
            incentives_bps: self.incentives_bps,
            max_leverage_pct: self.max_leverage_pct,
            max_expected_loss_bps: self.max_expected_loss_bps,
            slippage_bps: self.slippage_bps,
            avoid: self.avoid.clone(),
            only: self.only.clone(),
            quote_valid_s: self.quote_valid_s,
            deadline_s: self.deadline_s,
        };
        expect(
            "slippage_bps",
            self.slippage_bps <= 10_000,
            &self.slippage_bps.to_string(),
            "at most 10000",
        )?;
        Ok(Intent {
            goal: self.goal.read()?,
            asset: address("asset", &self.asset)?,
            amount: amount("amount", &self.amount)?,
            others: self.others.iter().map(GivenDto::read).collect::<Result<_, _>>()?,
            limits,
            filled: Vec::new(),
            sentence: String::new(),
            canonical: String::new(),
        })
    }
}

impl Preferences {
    fn depth(&self) -> Result<Depth, BadPreference> {
        let Some(found) = &self.liquid_depth else { return Ok(DEPTH) };
        let depth = read("liquid_depth", &DEPTHS, found)?;
        expect("liquid_depth", depth != DEPTH, found, "full, or no such member")?;
        Ok(depth)
    }

    fn ticket(&self) -> Result<U256, BadPreference> {
        let Some(found) = &self.least_position_wei else { return Ok(U256::ZERO) };
        let least = amount("least_position_wei", found)?;
        expect("least_position_wei", !least.is_zero(), found, "more than 0, or no such member")?;
        Ok(least)
    }
}

impl GivenDto {
    fn read(&self) -> Result<(Address, U256), BadPreference> {
        Ok((address("others/asset", &self.asset)?, amount("others/amount", &self.amount)?))
    }
}

impl GoalDto {
    fn of(goal: Goal) -> Self {
        match goal {
            Goal::Yield { objective, horizon_s } => match objective {
                Objective::LeastRisk { target_bps } => Self::Yield {
                    objective: LEAST_RISK.to_owned(),
                    target_bps: Some(target_bps),
                    horizon_s,
                },
                other => {
                    Self::Yield { objective: word(&OBJECTIVES, other), target_bps: None, horizon_s }
                }
            },
            Goal::Swap { to } => Self::Swap { to: lower(to) },
            Goal::Exit { to, within_s } => Self::Exit { to: lower(to), within_s },
        }
    }

    fn read(&self) -> Result<Goal, BadPreference> {
        Ok(match self {
            Self::Yield { objective, target_bps, horizon_s } => {
                let objective = match (read("goal/objective", &OBJECTIVES, objective)?, target_bps)
                {
                    (Objective::LeastRisk { .. }, Some(target_bps)) => {
                        Objective::LeastRisk { target_bps: *target_bps }
                    }
                    (Objective::LeastRisk { .. }, None) => {
                        return Err(BadPreference::target("null", "the yield to reach"));
                    }
                    (other, None) => other,
                    (_, Some(target)) => {
                        return Err(BadPreference::target(&target.to_string(), "null"));
                    }
                };
                Goal::Yield { objective, horizon_s: *horizon_s }
            }
            Self::Swap { to } => Goal::Swap { to: address("goal/to", to)? },
            Self::Exit { to, within_s } => {
                Goal::Exit { to: address("goal/to", to)?, within_s: *within_s }
            }
        })
    }
}

fn denied() -> Vec<String> {
    DENIED_BY_DEFAULT.iter().map(ToString::to_string).collect()
}

/// A value's word. Every value has one; a test holds the tables to that.
fn word<T: Copy + PartialEq>(words: &[(T, &str)], value: T) -> String {
    words.iter().find(|(of, _)| *of == value).map_or("", |(_, word)| *word).to_owned()
}

fn read<T: Copy>(
    member: &'static str,
    words: &[(T, &str)],
    found: &str,
) -> Result<T, BadPreference> {
    let value = words.iter().find(|(_, word)| *word == found).map(|(value, _)| *value);
    value.ok_or_else(|| BadPreference {
        member,
        found: found.to_owned(),
        expected: words.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(", "),
    })
}

fn expect(
    member: &'static str,
    holds: bool,
    found: &str,
    expected: &str,
) -> Result<(), BadPreference> {
    let bad = || BadPreference { member, found: found.to_owned(), expected: expected.to_owned() };
    if holds { Ok(()) } else { Err(bad()) }
}

/// An address as canonical JSON has it.
fn lower(address: Address) -> String {
    format!("{address:#x}")
}

fn address(member: &'static str, found: &str) -> Result<Address, BadPreference> {
    let parsed: Option<Address> = found.parse().ok();
    let parsed = parsed.filter(|address| lower(*address) == found);
    parsed.ok_or_else(|| BadPreference {
        member,
        found: found.to_owned(),
        expected: "0x and 40 lower-case hexadecimal digits".to_owned(),
    })
}

fn amount(member: &'static str, found: &str) -> Result<U256, BadPreference> {
    super::wire::decimal(found).ok_or_else(|| BadPreference {
        member,
        found: found.to_owned(),
        expected: "a decimal string below 2^256".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_word() {
        // A match without a wildcard: a new objective must be given a word.
        for (objective, _) in OBJECTIVES {
            match objective {
                Objective::Net
                | Objective::NetOrganic
                | Objective::RiskAdjusted
                | Objective::LeastRisk { .. }
                | Objective::FixedRate => {}
            }
        }
        assert!(RISKS.iter().all(|(risk, word)| risk.to_string() == *word));
        assert!(TIERS.iter().all(|(tier, word)| tier.to_string() == *word));
    }
}
