//! The clauses that may follow a head, in any order, each at most once.

use alloy_primitives::{Address, U256};
use tenor_solver::{
    intent::{Depth, Risk, Tier},
    venues::NATIVE,
};

use super::{
    amounts, durations,
    error::{SentenceError, SentenceErrorKind as Kind},
    names::{Names, edits, nearest},
    words::{Word, Words},
};

/// The clauses that stood in the sentence.
#[derive(Debug, Default)]
pub(super) struct Clauses {
    pub(super) horizon_s: Option<u64>,
    pub(super) risk: Option<Risk>,
    pub(super) max_tier: Option<Tier>,
    pub(super) leverage_pct: Option<u32>,
    pub(super) liquid: Option<(u32, u64)>,
    pub(super) depth: Option<Depth>,
    pub(super) least_position: Option<U256>,
    pub(super) avoid: Option<Vec<String>>,
    pub(super) only: Option<Vec<String>>,
    pub(super) protocol_cap_bps: Option<u32>,
    pub(super) slippage_bps: Option<u32>,
    pub(super) deadline_s: Option<u64>,
    pub(super) to: Option<Address>,
    pub(super) within_s: Option<u64>,
}

pub(super) const EXIT_EXAMPLE: &str = "exit 10 stETH to ETH within 3 days";

const RISK: &str = "low, medium or high (the profile) or T0 to T4 (the highest tier), as in: risk \
                    low, risk <=T2";
const LIQUID: &str = "a share above 0% and a time, as in: liquid 50% within 7 days";
const DEPTH: &str = "how deep markets are when liquidity is needed, as in: depth half, depth full";
const AT: &str =
    "\"most\" or \"least\", as in: at most 60% per protocol, at least 5 ETH per position";
const CAP: &str = "a share above 0%, as in: at most 60% per protocol";
const TICKET: &str = "an amount of ETH, as in: at least 5 ETH per position";

/// Reads clauses to the end of the sentence, of those that `allowed` begins.
pub(super) fn read(
    words: &mut Words<'_>,
    names: &Names<'_>,
    allowed: &[&'static str],
) -> Result<Clauses, SentenceError> {
    let mut clauses = Clauses::default();
    while words.peek().is_some() {
        let word = words.take("a clause")?;
        let Some(&keyword) = allowed.iter().find(|keyword| word.is(keyword)) else {
            return Err(word.error(Kind::Unexpected, beginnings(word, allowed)));
        };
        clauses.read(keyword, word, words, names)?;
    }
    Ok(clauses)
}

impl Clauses {
    fn read<'w>(
        &mut self,
        keyword: &'static str,
        word: Word<'w>,
        words: &mut Words<'w>,
        names: &Names<'_>,
    ) -> Result<(), SentenceError> {
        let mut once = Once { word, clause: keyword };
        match keyword {
            "for" => {
                once.set(&mut self.horizon_s, durations::read(words, "horizon", "for 90 days")?)
            }
            "risk" => self.risk(once, words),
            "leverage" => once.set(&mut self.leverage_pct, amounts::leverage(words)?),
            "liquid" => once.set(&mut self.liquid, liquid(words)?),
            "avoid" => {
                let list = names.list(words)?;
                disjoint(&list, self.only.as_deref())?;
                once.set(&mut self.avoid, sorted(&list))
            }
            "only" => {
                let list = names.list(words)?;
                disjoint(&list, self.avoid.as_deref())?;
                once.set(&mut self.only, sorted(&list))
            }
            "depth" => once.set(&mut self.depth, depth(words)?),
            "at" if most(words)? => {
                once.clause = "at most";
                once.set(&mut self.protocol_cap_bps, cap(words)?)
            }
            "at" => {
                once.clause = "at least";
                once.set(&mut self.least_position, ticket(words, names)?)
            }
            "slippage" => once.set(&mut self.slippage_bps, amounts::slippage(words)?),
            "by" => once.set(&mut self.deadline_s, durations::deadline(words, names.now)?),
            "to" => once.set(&mut self.to, exit_token(words, names)?),
            _ => once.set(&mut self.within_s, durations::read(words, "exit", "within 3 days")?),
        }
    }

    fn risk(&mut self, mut once: Once<'_>, words: &mut Words<'_>) -> Result<(), SentenceError> {
        let word = words.limit(RISK)?;
        if let Some(risk) =
            [Risk::Low, Risk::Medium, Risk::High].into_iter().find(|r| word.is(&r.to_string()))
        {
            once.clause = "risk low|medium|high";
            return once.set(&mut self.risk, risk);
        }
        let tiers = [Tier::T0, Tier::T1, Tier::T2, Tier::T3, Tier::T4];
        let tier = tiers.into_iter().find(|tier| word.is(&tier.to_string()));
        once.clause = "risk T0..T4";
        once.set(&mut self.max_tier, tier.ok_or_else(|| word.error(Kind::Unexpected, RISK))?)
    }
}

/// Sets what a word says, unless it was said before.
pub(super) struct Once<'a> {
    pub(super) word: Word<'a>,
    pub(super) clause: &'static str,
}

impl Once<'_> {
    pub(super) fn set<T>(&self, field: &mut Option<T>, value: T) -> Result<(), SentenceError> {
        if field.is_some() {
            let kind = Kind::Repeated { clause: self.clause };
            return Err(self.word.error(kind, "each clause at most once"));
        }
        *field = Some(value);
        Ok(())
    }
}

fn liquid(words: &mut Words<'_>) -> Result<(u32, u64), SentenceError> {
    let share = amounts::share(words, "the share", LIQUID)?;
    words.keyword(&["within"], LIQUID)?;
    Ok((share, durations::read(words, "time to be liquid", "liquid 50% within 7 days")?))
}

fn depth(words: &mut Words<'_>) -> Result<Depth, SentenceError> {
    let word = words.keyword(&["half", "full"], DEPTH)?;
    Ok(if word.is("half") { Depth::Half } else { Depth::Whole })
}

/// Whether a share is asked for at most, or an amount at least.
fn most(words: &mut Words<'_>) -> Result<bool, SentenceError> {
    let word = words.keyword(&["most", "least"], AT)?;
    let share = words.peek().is_some_and(|next| next.text.ends_with('%'));
    if word.is("least") && share {
        return Err(word.error(Kind::Unexpected, CAP));
    }
    Ok(word.is("most"))
}

fn ticket(words: &mut Words<'_>, names: &Names<'_>) -> Result<U256, SentenceError> {
    let amount = amounts::Amount::read(words)?;
    let word = words.take(TICKET)?;
    let token = names.token(word)?;
    if token.address != NATIVE {
        return Err(word.error(Kind::NotEth, TICKET));
    }
    words.keyword(&["per"], TICKET)?;
    words.keyword(&["position"], TICKET)?;
    amount.of(token)
}

fn cap(words: &mut Words<'_>) -> Result<u32, SentenceError> {
    let share = amounts::share(words, "the share", CAP)?;
    words.keyword(&["per"], CAP)?;
    words.keyword(&["protocol"], CAP)?;
    Ok(share)
}

fn exit_token(words: &mut Words<'_>, names: &Names<'_>) -> Result<Address, SentenceError> {
    let expected = format!("ETH or WETH, as in: {EXIT_EXAMPLE}");
    let word = words.take(&expected)?;
    let token = names.token(word)?;
    if token.address == NATIVE || token.symbol == "WETH" {
        Ok(token.address)
    } else {
        Err(word.error(Kind::NotEth, expected))
    }
}

/// Refuses a protocol that both lists name.
fn disjoint(list: &[(&str, Word<'_>)], other: Option<&[String]>) -> Result<(), SentenceError> {
    let named = |name: &str| other.is_some_and(|other| other.iter().any(|o| o == name));
    match list.iter().find(|(name, _)| named(name)) {
        None => Ok(()),
        Some((_, word)) => Err(word
            .error(Kind::AvoidedAndOnly, "a protocol that the sentence does not name elsewhere")),
    }
}

/// The order in which protocols are named means nothing.
fn sorted(list: &[(&str, Word<'_>)]) -> Vec<String> {
    let mut names: Vec<_> = list.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.sort();
    names
}

fn beginnings(word: Word<'_>, allowed: &[&str]) -> String {
    let clauses = format!("a clause that begins with one of: {}", allowed.join(", "));
    match nearest(word.text, allowed.iter().copied()) {
        Some(near) if edits(word.text, near) <= near.len() / 2 => {
            format!("{clauses}; the nearest is {near}")
        }
        _ => clauses,
    }
}
