//! What others would have done: the simple methods that an intent could have been left to, on the market that
//! it was decided on, beside what became of it.
//!
//! Pure: the same market, intent and outcome always give the same view. Methods trade in the venues' own
//! integers, and gas is counted at the venues' typical figures and the market's price, for all alike. What
//! landed counts with the gas that it paid, of which a settlement's own work is a part that the simple
//! methods, run from the owner's account, do not have: a comparison in their favour.

mod paths;
mod yields;

use alloy_primitives::{Address, I256, U256};
use serde::{Deserialize, Serialize};
use tenor_solver::{
    amount::{from_f64, to_f64},
    intent::{Goal, Intent},
    market::Market,
    mev::plan::prices,
    solution::Solution,
    venues::LegKind,
};

use crate::{answer::bps, intents::signed::wire::Decimal};

use self::{
    paths::{Paths, Placed},
    yields::{earned, held},
};

/// What became of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// It was settled.
    Landed {
        /// Units that reached the recipient, by token.
        received: Vec<(Address, U256)>,
        /// Wei of gas that it paid.
        gas_wei: U256,
    },
    /// It was not, for this reason.
    Lost {
        /// The code of the event, such as `missed_left_out` or `expired`.
        code: String,
        /// Why, for people.
        why: String,
    },
}

/// A way to do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Nothing: what is held stays.
    Hold,
    /// Deposits with the protocols themselves alone.
    DirectStake,
    /// One venue that takes one token for the other.
    SingleVenue,
    /// Venues one after the other, the whole amount through each.
    SinglePath,
    /// Twenty equal parts, each on the path that is best once the ones before it are through.
    GreedySplit,
}

/// What an intent's others would have done, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Competition {
    /// `tenor.competition/1`.
    pub schema: String,
    /// The market's block.
    pub block: u64,
    /// The market's hash.
    pub market_hash: String,
    /// In what everything is counted: the token wanted, or `wei` over the intent's horizon.
    pub unit: String,
    /// What ours came to, gas paid; null where it was lost, or is worth what the market cannot tell.
    pub ours: Option<Signed>,
    /// The others, in a fixed order.
    pub others: Vec<Other>,
    /// The best of them.
    pub best: Option<Method>,
    /// Whether ours is at least as good as each of them.
    pub won: bool,
    /// The code of what became of it: `landed`, or why not.
    pub code: String,
    /// Why it won or lost, for people.
    pub why: String,
}

/// One method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    /// Which.
    pub method: Method,
    /// What it returns; null where it does not do what was asked.
    pub out: Option<Decimal>,
    /// Wei of gas.
    pub gas_wei: Option<Decimal>,
    /// What is left once gas is paid.
    pub net: Option<Signed>,
    /// What ours came to beyond that, in basis points of it with four places; null where either is not
    /// known.
    pub ours_beyond_bps: Option<String>,
    /// Through what, or why not.
    pub how: String,
}

/// A whole number with its sign, as a decimal string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Signed(pub I256);

impl From<Signed> for String {
    fn from(signed: Signed) -> Self {
        signed.0.to_string()
    }
}

impl TryFrom<String> for Signed {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self).map_err(|_| "expected a whole number as a decimal string")
    }
}

/// What a method comes to.
struct Came {
    method: Method,
    /// What it returns, its gas in wei, and what is left; or why nothing.
    to: Result<(U256, U256, I256), String>,
    how: String,
}

/// Views what became of an intent beside what others would have done on the market it was decided on.
/// `plans` are the solver's own plans for it, where they are known: of a yield they are what methods are
/// valued by.
pub fn view(market: &Market, intent: &Intent, plans: &[&Solution], became: &Became) -> Competition {
    let trade = match intent.goal {
        Goal::Swap { to } | Goal::Exit { to, .. } => Some(to),
        Goal::Yield { .. } => None,
    };
    let (unit, came, ours) = match trade {
        Some(to) => {
            let unit = market.symbol(to);
            (unit, traded(market, intent, to), received(market, to, became))
        }
        None => ("wei".to_owned(), held(market, plans), earned(market, intent, plans, became)),
    };
    let others: Vec<Other> = came.into_iter().map(|came| other(came, ours)).collect();
    let known = others.iter().filter_map(|other| Some((other.net?, other.method)));
    // Of equals the simplest, which comes first.
    let best = known.fold(None, |best: Option<(Signed, Method)>, next| match best {
        Some(known) if known.0 >= next.0 => Some(known),
        _ => Some(next),
    });
    let won = ours.is_some_and(|ours| best.is_none_or(|(net, _)| ours >= net));
    let code = match became {
        Became::Landed { .. } => "landed".to_owned(),
        Became::Lost { code, .. } => code.clone(),
    };
    Competition {
        schema: SCHEMA.to_owned(),
        block: market.block,
        market_hash: market.hash.to_string(),
        unit,
        why: why(became, ours, best, &others, won),
        ours,
        best: best.map(|(_, method)| method),
        others,
        won,
        code,
    }
}

/// Gas of a transaction that does nothing.
const TRANSACTION_GAS: u64 = 21_000;

/// The schema's name.
const SCHEMA: &str = "tenor.competition/1";

/// The methods on a trade.
fn traded(market: &Market, intent: &Intent, to: Address) -> Vec<Came> {
    let (from, amount) = (intent.asset, intent.amount);
    let price = prices(market).into_iter().find(|(token, _)| *token == to);
    let paths = Paths::new(market, &intent.limits);
    let came = |method, found: Option<Placed>, nothing: &str| match found {
        None => Came { method, to: Err(nothing.to_owned()), how: nothing.to_owned() },
        Some(Placed { out, gas, how }) => {
            let gas_wei = market.gas_price.saturating_mul(U256::from(gas + TRANSACTION_GAS));
            // Where the token has no price, gas does not count: for all alike.
            let units = price.map_or(U256::ZERO, |(_, price)| from_f64(to_f64(gas_wei) / price));
            Came { method, to: Ok((out, gas_wei, signed(out).saturating_sub(signed(units)))), how }
        }
    };
    let direct = paths.best(from, to, amount, 1, &|_| true);
    let staked = paths.best(from, to, amount, 2, &|kind| kind != LegKind::Swap);
    let hold = "what is held is not what was asked for";
    vec![
        Came { method: Method::Hold, to: Err(hold.to_owned()), how: hold.to_owned() },
        came(Method::DirectStake, staked, "no protocol itself gives the one for the other"),
        came(Method::SingleVenue, direct, "no venue trades the one for the other alone"),
        came(
            Method::SinglePath,
            paths.best(from, to, amount, paths::HOPS, &|_| true),
            "no path takes the whole amount",
        ),
        came(
            Method::GreedySplit,
            paths.greedy(from, to, amount),
            "not all parts find a path that takes them",
        ),
    ]
}

/// What reached the recipient of the token wanted, in units of it once gas is paid.
fn received(market: &Market, to: Address, became: &Became) -> Option<Signed> {
    let Became::Landed { received, gas_wei } = became else { return None };
    let same = |token: Address| token == to || market.exact_pair(token, to).is_some();
    let mut units = I256::ZERO;
    for (token, amount) in received.iter().filter(|(token, _)| same(*token)) {
        let amount =
            if *token == to { Some(*amount) } else { convert(market, *token, to, *amount) };
        units = units.saturating_add(signed(amount?));
    }
    let price = prices(market).into_iter().find(|(token, _)| *token == to);
    let gas = price.map_or(U256::ZERO, |(_, price)| from_f64(to_f64(*gas_wei) / price));
    Some(Signed(units.saturating_sub(signed(gas))))
}

/// Units of one token that another converts into exactly.
fn convert(market: &Market, from: Address, to: Address, amount: U256) -> Option<U256> {
    let (listing, from, to) = market.exact_pair(from, to)?;
    let swap = tenor_solver::venues::Swap { from, to, amount };
    market.listings[listing].venue.quote(swap).ok().map(|quote| quote.out)
}

fn other(came: Came, ours: Option<Signed>) -> Other {
    let Came { method, to, how } = came;
    let Ok((out, gas_wei, net)) = to else {
        return Other { method, out: None, gas_wei: None, net: None, ours_beyond_bps: None, how };
    };
    let whole = to_f64(net.unsigned_abs());
    let beyond = ours.filter(|_| whole > 0.0).map(|ours| {
        let beyond = ours.0.saturating_sub(net);
        let size = to_f64(beyond.unsigned_abs());
        bps(1e4 * if beyond.is_negative() { -size } else { size } / whole)
    });
    Other {
        method,
        out: Some(Decimal(out)),
        gas_wei: Some(Decimal(gas_wei)),
        net: Some(Signed(net)),
        ours_beyond_bps: beyond,
        how,
    }
}

fn why(
    became: &Became,
    ours: Option<Signed>,
    best: Option<(Signed, Method)>,
    others: &[Other],
    won: bool,
) -> String {
    let beside = best.and_then(|(_, method)| others.iter().find(|other| other.method == method));
    let rival = |other: &Other| format!("{} ({})", other.method.words(), other.how);
    match (became, ours, beside) {
        (Became::Lost { why, .. }, _, Some(other)) => {
            format!(
                "it was not settled: {why}; on this market {} would have been best",
                rival(other)
            )
        }
        (Became::Lost { why, .. }, _, None) => {
            format!("it was not settled: {why}; nor does any simple method do what was asked")
        }
        (_, None, _) => "what was received has no worth that this market tells".to_owned(),
        (_, Some(_), None) => "no simple method does what was asked".to_owned(),
        (_, Some(_), Some(other)) => {
            let by = other.ours_beyond_bps.clone().unwrap_or_default();
            let by = by.trim_start_matches('-');
            if won {
                format!("ours came to {by} bp beyond the best of the others, {}", rival(other))
            } else {
                format!(
                    "ours came to {by} bp less than {}: the settlement's own gas, or prices that moved \
                     before it landed",
                    rival(other)
                )
            }
        }
    }
}

impl Method {
    /// Its name, for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Hold => "holding",
            Self::DirectStake => "depositing with the protocol",
            Self::SingleVenue => "the best single venue",
            Self::SinglePath => "the best single path",
            Self::GreedySplit => "twenty parts, each on its best path",
        }
    }
}

/// No amount has so many digits.
fn signed(amount: U256) -> I256 {
    I256::try_from(amount).unwrap_or(I256::MAX)
}
