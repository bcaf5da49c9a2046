//! A market that was read from a chain, in a file: schema `tenor.market/1`.
//!
//! The file holds the places, the head and every answer of the chain, so that the same market can be
//! opened again with nobody to ask. It names the market's hash: a file that makes another market is
//! refused.

mod wire;

use std::collections::HashMap;

use alloy_primitives::{Address, B256, Bytes, U256, hex};
use tenor_solver::{
    market::RealisedYield,
    venues::{Answer, Read},
};

use super::{
    live::{Head, Live, LiveError},
    places::{
        Places, PlacesError, PlacesErrorKind,
        error::{Refusal, schema},
        wire::read,
    },
};

/// The schema that is read and written.
const SCHEMA: &str = "tenor.market/1";

const NOTE: &str = "Figures of one block, as the contracts' view functions told them; every figure \
                    follows from `answers` by the places' kinds.";

/// A question that a file does not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not among the answers: export the market again")]
pub struct Unanswered(Read);

/// Why a file makes no market.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The file is of another form.
    #[error(transparent)]
    Form(#[from] PlacesError),
    /// Its answers make no market.
    #[error("{file}: {why}")]
    Market {
        /// The file's name, as the caller gave it.
        file: String,
        /// Why.
        why: LiveError<Unanswered>,
    },
    /// Its answers make another market.
    #[error(
        "{file}: its answers make the market {made}, not {named} as it says: it was changed, or \
         written by another version; export it again"
    )]
    Hash {
        /// The file's name, as the caller gave it.
        file: String,
        /// The hash of what was made.
        made: B256,
        /// The hash that it names.
        named: B256,
    },
}

/// Whether a file says that it is of this schema.
pub fn is_snapshot(text: &[u8]) -> bool {
    serde_json::from_slice::<wire::Head>(text).is_ok_and(|head| head.schema == SCHEMA)
}

/// The market as a file.
pub fn export(live: &Live) -> Result<String, serde_json::Error> {
    let head = live.head();
    let file = wire::Out {
        schema: SCHEMA,
        note: NOTE,
        hash: live.market().hash.to_string(),
        source: live.source(),
        head: wire::Block {
            chain_id: head.chain_id,
            block: head.block,
            timestamp: head.timestamp,
            base_fee_wei: head.base_fee.to_string(),
        },
        tokens: live.places().wire_tokens(),
        places: live.places().wire_rows(),
        code: live.places().wire_code(),
        listed: live.places().wire_listed(live.tokens()),
        yields: live.market().yields.iter().map(earned).collect(),
        no_yields: live.no_yields().map(str::to_owned),
        answers: live.answers().into_iter().map(|(read, answer)| row(read, answer)).collect(),
    };
    serde_json::to_string_pretty(&file)
}

/// The market in the file called `name`.
pub fn open(name: &str, text: &[u8]) -> Result<Live, SnapshotError> {
    let (parts, hash) = parse(text).map_err(|refusal| refusal.in_file(name))?;
    let Parts { places, head, source, yields, no_yields, answers } = parts;
    let answer = |read: &Read| answers.get(read).cloned().ok_or_else(|| Unanswered(read.clone()));
    let fetch = |reads: &[Read]| reads.iter().map(answer).collect::<Result<Vec<_>, _>>();
    let live = Live::open(places, head, source, fetch)
        .map_err(|why| SnapshotError::Market { file: name.to_owned(), why })?;
    let live = match no_yields {
        Some(why) => live.with_yields_or(yields, &why),
        None => live.with_yields(yields),
    };
    let made = live.market().hash;
    if made == hash {
        return Ok(live);
    }
    Err(SnapshotError::Hash { file: name.to_owned(), made, named: hash })
}

struct Parts {
    places: Places,
    head: Head,
    source: String,
    yields: Vec<RealisedYield>,
    no_yields: Option<String>,
    answers: HashMap<Read, Answer>,
}

fn parse(text: &[u8]) -> Result<(Parts, B256), Refusal> {
    let file: wire::File = read(text)?;
    schema(&file.schema, SCHEMA)?;
    let wire::Block { chain_id, block, timestamp, base_fee_wei } = file.head;
    let base_fee = U256::from_str_radix(&base_fee_wei, 10)
        .map_err(|_| Refusal::form("head.base_fee_wei", "no whole number in a decimal string"))?;
    let head = Head { chain_id, block, timestamp, base_fee };
    let hash = word("hash", &file.hash)?;
    let places = Places::check(chain_id, &file.tokens, &file.places, &file.code)?;
    let places = places.listing(&file.listed)?;
    let mut answers = HashMap::with_capacity(file.answers.len());
    for (i, row) in file.answers.iter().enumerate() {
        let at = format!("answers[{i}]");
        let (read, answer) = answered(row).map_err(|refusal| refusal.within(&at))?;
        if answers.insert(read, answer).is_some() {
            let what = PlacesErrorKind::Duplicate("an answer before it".into());
            return Err(Refusal::new(&at, what));
        }
    }
    let yields =
        file.yields.iter().enumerate().map(|(i, row)| {
            realised(row).map_err(|refusal| refusal.within(&format!("yields[{i}]")))
        });
    let yields = yields.collect::<Result<_, _>>()?;
    let (source, no_yields) = (file.source, file.no_yields);
    Ok((Parts { places, head, source, yields, no_yields, answers }, hash))
}

fn earned(row: &RealisedYield) -> wire::Yield {
    wire::Yield {
        token: format!("{:#x}", row.token),
        rate_ray: row.rate.to_string(),
        window_s: row.window_s,
        window: row.window.clone(),
        source: row.source.clone(),
        weighing: row.weighing.into(),
    }
}

fn realised(row: &wire::Yield) -> Result<RealisedYield, Refusal> {
    let rate = U256::from_str_radix(&row.rate_ray, 10)
        .map_err(|_| Refusal::form("rate_ray", "no whole number in a decimal string"))?;
    Ok(RealisedYield {
        token: address("token", &row.token)?,
        rate,
        window_s: row.window_s,
        window: row.window.clone(),
        source: row.source.clone(),
        paid: Vec::new(),
        idle_s: 0,
        weighing: row.weighing.into(),
    })
}

fn address(field: &str, text: &str) -> Result<Address, Refusal> {
    text.parse().map_err(|_| Refusal::form(field, "no address: 0x and 40 hexadecimal digits"))
}

fn row(read: &Read, answer: &Answer) -> wire::Answer {
    let mut row = wire::Answer { of: format!("{:#x}", read.account()), ..wire::Answer::default() };
    match read {
        Read::Slot { slot, .. } => row.slot = Some(format!("{slot:#066x}")),
        Read::Call { data, .. } => row.call = Some(hex::encode_prefixed(data)),
        Read::Balance(_) => row.what = Some(wire::What::Balance),
        Read::CodeHash(_) => row.what = Some(wire::What::CodeHash),
    }
    match answer {
        Answer::Word(word) => row.word = Some(format!("{word:#066x}")),
        Answer::Returned(data) => row.returned = Some(hex::encode_prefixed(data)),
        Answer::Reverted => row.reverted = true,
    }
    row
}

fn answered(row: &wire::Answer) -> Result<(Read, Answer), Refusal> {
    let account = address("of", &row.of)?;
    let read = match (&row.call, &row.slot, row.what) {
        (Some(data), None, None) => Read::Call { to: account, data: bytes("call", data)? },
        (None, Some(slot), None) => Read::Slot { account, slot: word("slot", slot)?.into() },
        (None, None, Some(wire::What::Balance)) => Read::Balance(account),
        (None, None, Some(wire::What::CodeHash)) => Read::CodeHash(account),
        _ => return Err(Refusal::form("", "one of `call`, `slot` and `what` says what was asked")),
    };
    let answer = match (&row.returned, &row.word, row.reverted) {
        (Some(data), None, false) => Answer::Returned(bytes("returned", data)?),
        (None, Some(told), false) => Answer::Word(word("word", told)?.into()),
        (None, None, true) => Answer::Reverted,
        _ => {
            let what = "one of `returned`, `word` and `reverted` is the answer";
            return Err(Refusal::form("", what));
        }
    };
    Ok((read, answer))
}

fn bytes(field: &str, text: &str) -> Result<Bytes, Refusal> {
    let told = text.strip_prefix("0x").and_then(|digits| hex::decode(digits).ok());
    told.map(Bytes::from)
        .ok_or_else(|| Refusal::form(field, "no bytes: 0x and pairs of hexadecimal digits"))
}

fn word(field: &str, text: &str) -> Result<B256, Refusal> {
    let told = bytes(field, text)?;
    B256::try_from(told.as_ref())
        .map_err(|_| Refusal::form(field, "no word: 0x and 64 hexadecimal digits"))
}
