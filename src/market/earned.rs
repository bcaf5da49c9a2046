//! What tokens have earned, by their rates at an earlier block of the same node.

use tenor_solver::{market::Market, venues::Read};

use super::{
    live::{Live, realised},
    over::{self, OverError, Reader},
    places::Places,
    rpc::{Head, Node, RpcError},
};

/// How far back rates are compared.
const WINDOW_S: u64 = 30 * 86_400;

/// The part of a window by which the earlier block may lie beyond it.
const SLACK: u64 = 720;

/// Seconds of a slot.
const SLOT_S: u64 = 12;

/// How often a block's number is guessed: slots are missed about evenly, so that two do.
const GUESSES: usize = 8;

/// What is known of the rates of an earlier block.
#[derive(Debug, Clone)]
pub enum Earlier {
    /// The market as it was, as far as it has rates.
    Known(Box<Market>),
    /// Nothing is, and why.
    Unknown(String),
}

impl Earlier {
    /// Reads the rates of about thirty days before a market. Whatever keeps them from being read, the
    /// market can do without them, and says why it does.
    pub fn of(node: &Node, head: &Head, live: &Live) -> Self {
        Self::since(node, head, live, WINDOW_S)
    }

    /// As [`Earlier::of`], of another number of seconds before.
    pub fn since(node: &Node, head: &Head, live: &Live, window_s: u64) -> Self {
        match block(node, head, window_s) {
            Ok(Some(earlier)) => match read(node, &earlier, live) {
                Ok(market) => Self::Known(Box::new(market)),
                Err(why) => Self::Unknown(why.to_string()),
            },
            Ok(None) => Self::Unknown("the chain has no block that is old enough".to_owned()),
            Err(why) => Self::Unknown(why.to_string()),
        }
    }

    /// Whether anything is known.
    pub const fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }

    /// The market with what its tokens have earned since.
    pub fn tell(&self, live: Live) -> Live {
        match self {
            Self::Known(earlier) => {
                let yields = realised(&[earlier, live.market()]);
                let why = format!("no rate of its own has grown since {}", earlier.utc);
                live.with_yields_or(yields, &why)
            }
            Self::Unknown(why) => live.with_yields_or(Vec::new(), why),
        }
    }
}

/// A block of at least a window before, and hardly more; `None` where there is none.
fn block(node: &Node, head: &Head, window_s: u64) -> Result<Option<Head>, RpcError> {
    let slack = (window_s / SLACK).max(2 * SLOT_S);
    let latest = head.timestamp.saturating_sub(window_s);
    let wanted = latest.saturating_sub(slack / 2);
    let mut guess = head.clone();
    for _ in 0..GUESSES {
        let number = if guess.timestamp >= wanted {
            guess.number.checked_sub((guess.timestamp - wanted).div_ceil(SLOT_S))
        } else {
            Some(guess.number + (wanted - guess.timestamp) / SLOT_S)
        };
        let Some(number) = number.filter(|number| *number < head.number) else { return Ok(None) };
        guess = node.block(number)?;
        if (latest.saturating_sub(slack)..=latest).contains(&guess.timestamp) {
            return Ok(Some(guess));
        }
    }
    // Slots of another length: a block that is old enough does, as its own time is what counts.
    Ok((guess.timestamp <= latest).then_some(guess))
}

/// The market of an earlier block, of the venues that value a token.
fn read(node: &Node, earlier: &Head, live: &Live) -> Result<Market, OverError> {
    let rated = |row: &&super::places::Row| {
        let listing = live.market().listing(&row.place.id);
        listing.is_some_and(|listing| {
            let venue = &listing.venue;
            (0..venue.tokens().len()).any(|token| venue.redemption(token).is_some())
        })
    };
    let all = live.places();
    let rows = all.rows.iter().filter(rated).cloned().collect();
    let places = Places { chain_id: all.chain_id, tokens: all.tokens.clone(), rows };
    let reader = Reader::of(node, earlier)?;
    let answer = |reads: &[Read]| reader.answer(reads);
    let then = Live::open(places, over::at(node, earlier), live.source(), answer)?;
    Ok(Market::clone(then.market()))
}
