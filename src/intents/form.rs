//! An intent in members instead of words: for programs. It is written out as the sentence that says the
//! same and read by the one grammar, so that both mean the same by construction.

use std::{fmt::Write as _, ops::Range};

use alloy_primitives::{Address, U256};
use serde::Deserialize;
use tenor_solver::{amount, intent::Intent, market::TokenInfo, venues::NATIVE};
use utoipa::ToSchema;

use super::{
    sentence::{self, Names, SentenceError},
    signed::wire::decimal,
};

/// An intent in members. What is left out, the risk profile fills. Tokens are symbols or addresses;
/// amounts are decimal strings in the token's smallest unit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IntentForm)]
pub struct Form {
    /// What is asked for.
    pub goal: GoalForm,
    /// The token given.
    #[schema(example = "WETH")]
    pub asset: String,
    /// How much of it.
    #[schema(example = "50000000000000000000")]
    pub amount: String,
    /// What a rebalance may move besides; of yields alone.
    #[serde(default)]
    pub others: Vec<HoldingForm>,
    /// The profile that fills what is left out; medium otherwise.
    pub risk: Option<RiskForm>,
    /// The highest tier of any position.
    pub max_tier: Option<TierForm>,
    /// The highest leverage, in hundredths: 100 is none.
    pub max_leverage_pct: Option<u32>,
    /// What must be ETH again within a time.
    pub liquid: Option<LiquidForm>,
    /// The most of the whole that may rest on one protocol, in basis points.
    pub protocol_cap_bps: Option<u32>,
    /// How far below its quote a trade may settle, in basis points.
    pub slippage_bps: Option<u32>,
    /// Protocols to avoid.
    #[serde(default)]
    pub avoid: Vec<String>,
    /// The only protocols to rest on.
    #[serde(default)]
    pub only: Vec<String>,
    /// Unix seconds until which it may be settled.
    pub deadline: Option<u64>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum GoalForm {
    /// The most ETH at the end of the horizon.
    Yield {
        /// What "most" counts; net otherwise.
        #[serde(default)]
        objective: ObjectiveForm,
        /// With the least risk: the yield to reach, in basis points a year.
        target_bps: Option<u32>,
        /// Seconds until it is valued.
        horizon_s: Option<u64>,
    },
    /// The most of another token, now.
    Swap {
        /// The token wanted.
        to: String,
    },
    /// As much ETH as possible within a time.
    Exit {
        /// ETH or WETH; ETH otherwise.
        to: Option<String>,
        /// Seconds until all of it must be there.
        within_s: Option<u64>,
    },
}

/// What makes one plan of a yield better than another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are those of the sentence")]
pub enum ObjectiveForm {
    #[default]
    Net,
    NetOrganic,
    RiskAdjusted,
    LeastRisk,
    FixedRate,
}

/// A holding beside the first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldingForm {
    /// The token.
    pub asset: String,
    /// How much of it.
    pub amount: String,
}

/// A share that must be ETH again within a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiquidForm {
    /// Basis points of the whole.
    pub share_bps: u32,
    /// Seconds.
    pub within_s: u64,
}

/// A risk profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are those of the sentence")]
pub enum RiskForm {
    Low,
    Medium,
    High,
}

/// A risk tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[allow(missing_docs, reason = "the names are those of the sentence")]
pub enum TierForm {
    T0,
    T1,
    T2,
    T3,
    T4,
}

/// Why members make no intent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// A member does not hold what it must.
    #[error("{pointer}: expected {expected}")]
    Member {
        /// Which.
        pointer: &'static str,
        /// What it must hold.
        expected: &'static str,
    },
    /// No token of the market is meant, or several are.
    #[error("{pointer}: the market has no token {token:?}: ask /v1/assets for its tokens")]
    UnknownToken {
        /// Which member.
        pointer: &'static str,
        /// What it holds.
        token: String,
    },
    /// Nothing is given.
    #[error("{0}: the amount is zero")]
    ZeroAmount(&'static str),
    /// Two members contradict each other.
    #[error("{pointer}: {why}")]
    Contradiction {
        /// One of them.
        pointer: &'static str,
        /// How.
        why: &'static str,
    },
    /// What the grammar refuses, at the member that it came from.
    #[error("{pointer}: {error}")]
    Sentence {
        /// Which member.
        pointer: &'static str,
        /// Why, in terms of the sentence.
        error: Box<SentenceError>,
    },
}

/// Characters of a name that a message repeats.
const SHOWN: usize = 60;

impl Form {
    /// A swap of an amount, and nothing else said.
    pub fn swap(asset: Address, amount: U256, to: Address) -> Self {
        Self {
            goal: GoalForm::Swap { to: to.to_string() },
            asset: asset.to_string(),
            amount: amount.to_string(),
            others: Vec::new(),
            risk: None,
            max_tier: None,
            max_leverage_pct: None,
            liquid: None,
            protocol_cap_bps: None,
            slippage_bps: None,
            avoid: Vec::new(),
            only: Vec::new(),
            deadline: None,
        }
    }

    /// The complete intent.
    pub fn intent(&self, names: &Names<'_>) -> Result<Intent, FormError> {
        let text = self.write(names)?;
        sentence::parse(&text.sentence, names).map_err(|error| {
            let pointer = text.pointer(error.at.start);
            FormError::Sentence { pointer, error: Box::new(error) }
        })
    }

    fn write(&self, names: &Names<'_>) -> Result<Text, FormError> {
        let mut text = Text::default();
        self.head(&mut text, names)?;
        self.clauses(&mut text)?;
        Ok(text)
    }

    fn head(&self, text: &mut Text, names: &Names<'_>) -> Result<(), FormError> {
        let given = held("/asset", &self.asset, "/amount", &self.amount, names)?;
        let (asset, holding) = (given.token, given.written);
        match &self.goal {
            GoalForm::Swap { to } => {
                let to = token("/goal/to", to, names)?.address;
                different(asset, to)?;
                self.alone()?;
                text.push("/amount", &format!("swap {holding}"));
                text.push("/goal/to", &format!("to {to}"));
            }
            GoalForm::Exit { to, within_s } => {
                let to = to.as_ref().map(|to| token("/goal/to", to, names)).transpose()?;
                let to = to.map_or(NATIVE, |token| token.address);
                different(asset, to)?;
                self.alone()?;
                text.push("/amount", &format!("exit {holding}"));
                text.push("/goal/to", &format!("to {to}"));
                if let Some(seconds) = within_s {
                    text.push("/goal/within_s", &format!("within {seconds}s"));
                }
            }
            GoalForm::Yield { objective, target_bps, horizon_s } => {
                let head = self.yields(*objective, *target_bps)?;
                text.push("/goal/objective", &head);
                text.push("/amount", &holding);
                for other in &self.others {
                    let (asset, amount) = (&other.asset, &other.amount);
                    let other = held("/others", asset, "/others", amount, names)?;
                    text.push("/others", &format!("and {}", other.written));
                }
                if let Some(seconds) = horizon_s {
                    text.push("/goal/horizon_s", &format!("for {seconds}s"));
                }
            }
        }
        Ok(())
    }

    /// How a yield's sentence begins.
    fn yields(&self, objective: ObjectiveForm, target: Option<u32>) -> Result<String, FormError> {
        let contradiction = |pointer, why| Err(FormError::Contradiction { pointer, why });
        if target.is_some() != (objective == ObjectiveForm::LeastRisk) {
            let why = "a target belongs to the objective least_risk, and it needs one";
            return contradiction("/goal/target_bps", why);
        }
        let modifiers = match objective {
            ObjectiveForm::Net => "",
            ObjectiveForm::NetOrganic => "organic ",
            ObjectiveForm::RiskAdjusted => "risk-adjusted ",
            ObjectiveForm::LeastRisk | ObjectiveForm::FixedRate if !self.others.is_empty() => {
                let why = "several holdings are rebalanced to a net yield";
                return contradiction("/goal/objective", why);
            }
            ObjectiveForm::LeastRisk => {
                let target = percent(target.unwrap_or_default());
                return Ok(format!("minimize risk for {target} ETH yield on"));
            }
            ObjectiveForm::FixedRate => return Ok("fix ETH yield on".to_owned()),
        };
        Ok(if self.others.is_empty() {
            format!("maximize {modifiers}ETH yield on")
        } else {
            format!("rebalance {modifiers}").trim_end().to_owned()
        })
    }

    /// Only yields have several holdings.
    fn alone(&self) -> Result<(), FormError> {
        let why = "only a yield has other holdings";
        let several = FormError::Contradiction { pointer: "/others", why };
        if self.others.is_empty() { Ok(()) } else { Err(several) }
    }

    fn clauses(&self, text: &mut Text) -> Result<(), FormError> {
        // A clause that the goal does not have is refused by the grammar.
        if let Some(risk) = self.risk {
            text.push("/risk", &format!("risk {risk:?}").to_lowercase());
        }
        if let Some(tier) = self.max_tier {
            text.push("/max_tier", &format!("risk <={tier:?}"));
        }
        if let Some(pct) = self.max_leverage_pct {
            text.push("/max_leverage_pct", &format!("leverage <={}", hundredths(pct)));
        }
        if let Some(LiquidForm { share_bps, within_s }) = self.liquid {
            text.push("/liquid", &format!("liquid {} within {within_s}s", percent(share_bps)));
        }
        if let Some(bps) = self.protocol_cap_bps {
            let clause = format!("at most {} per protocol", percent(bps));
            text.push("/protocol_cap_bps", &clause);
        }
        for (pointer, word, names) in
            [("/avoid", "avoid", &self.avoid), ("/only", "only", &self.only)]
        {
            if names.iter().any(|name| !is_word(name)) {
                return Err(FormError::Member { pointer, expected: "names of protocols" });
            }
            if !names.is_empty() {
                text.push(pointer, &format!("{word} {}", names.join(", ")));
            }
        }
        if let Some(bps) = self.slippage_bps {
            text.push("/slippage_bps", &format!("slippage {bps} bps"));
        }
        if let Some(deadline) = self.deadline {
            // Ten digits are unix seconds; a time before 2001 is past, however it is written.
            text.push("/deadline", &format!("by {deadline:010}"));
        }
        Ok(())
    }
}

/// A sentence, and which member each part of it came from.
#[derive(Debug, Default)]
struct Text {
    sentence: String,
    parts: Vec<(Range<usize>, &'static str)>,
}

impl Text {
    fn push(&mut self, pointer: &'static str, words: &str) {
        if !self.sentence.is_empty() {
            self.sentence.push(' ');
        }
        let start = self.sentence.len();
        self.sentence.push_str(words);
        self.parts.push((start..self.sentence.len(), pointer));
    }

    /// The member that the text at a byte came from.
    fn pointer(&self, at: usize) -> &'static str {
        let part = self.parts.iter().rfind(|(range, _)| range.start <= at);
        part.map_or("", |(_, pointer)| pointer)
    }
}

/// A token given, and the words for how much of it.
struct Given {
    token: Address,
    written: String,
}

fn held(
    asset_at: &'static str,
    asset: &str,
    amount_at: &'static str,
    units: &str,
    names: &Names<'_>,
) -> Result<Given, FormError> {
    let token = token(asset_at, asset, names)?;
    let expected = "a decimal string in the token's smallest unit, below 2^256";
    let units = decimal(units).ok_or(FormError::Member { pointer: amount_at, expected })?;
    if units == U256::ZERO {
        return Err(FormError::ZeroAmount(amount_at));
    }
    let mut written = amount::decimal(units, token.decimals);
    // Writing to a string does not fail.
    let _ = write!(written, " {}", token.address);
    Ok(Given { token: token.address, written })
}

/// The token of an address, or of a symbol that only one has.
fn token<'a>(
    pointer: &'static str,
    text: &str,
    names: &Names<'a>,
) -> Result<&'a TokenInfo, FormError> {
    let unknown = || FormError::UnknownToken { pointer, token: text.chars().take(SHOWN).collect() };
    if let Ok(address) = text.parse::<Address>() {
        return names.tokens.iter().find(|token| token.address == address).ok_or_else(unknown);
    }
    let mut bearers = names.tokens.iter().filter(|token| token.symbol == text);
    match (bearers.next(), bearers.next()) {
        (Some(token), None) => Ok(token),
        _ => Err(unknown()),
    }
}

fn different(given: Address, wanted: Address) -> Result<(), FormError> {
    let why = "that is the token given";
    if given == wanted {
        return Err(FormError::Contradiction { pointer: "/goal/to", why });
    }
    Ok(())
}

/// A name that stands as one word in a list.
fn is_word(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && b != b',';
    (1..=SHOWN).contains(&name.len()) && name.bytes().all(plain)
}

fn percent(bps: u32) -> String {
    format!("{}%", hundredths(bps))
}

fn hundredths(number: u32) -> String {
    format!("{}.{:02}", number / 100, number % 100)
}
