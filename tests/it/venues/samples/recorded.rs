//! Venues as they were recorded: a file for each kind in `tests/vectors/venues`, and nothing else.
//!
//! A file has a place, what the chain answered there, what its contract did with trades in states that
//! differ from that in some answers, what it says in bad states, and what it was compared with.

#![allow(dead_code, reason = "the benches need the samples alone")]

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    fs,
    path::Path,
    sync::Arc,
};

use alloy_primitives::{Address, Bytes, U256};
use serde::Deserialize;
use tenor_solver::venues::{Answer, At, Kind, OpenError, Place, Read, Swap, Venue, VenueId, open};

use super::Sample;

/// A file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recorded {
    pub(crate) kind: String,
    /// Where and how it was recorded.
    pub(crate) source: String,
    /// By what kind of comparison, and with what: a row of the table that the README shows.
    pub(crate) compared: [String; 2],
    place: Contracts,
    at: Block,
    answers: BTreeMap<String, Told>,
    pub(crate) laws: Laws,
    /// By the state's name.
    pub(crate) bad: BTreeMap<String, Bad>,
    pub(crate) runs: Vec<Run>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contracts {
    contracts: BTreeMap<String, Address>,
    #[serde(default)]
    constants: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    number: u64,
    timestamp: u64,
}

/// An answer: of a slot, or of a call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    of: Address,
    slot: Option<U256>,
    call: Option<Bytes>,
    answer: Bytes,
}

/// Answers that differ, by name.
pub(crate) type Changes = BTreeMap<String, Bytes>;

/// What the laws allow, with the reason: see `laws::Direction`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Laws {
    pub(crate) why: String,
    pub(crate) rounding: U256,
    pub(crate) float_floor: f64,
}

/// What a kind says in a bad state.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum Bad {
    /// It refuses by this error.
    Refuses(String, Changes),
    /// It does not open, in these words.
    Unmade(String, Changes),
    /// The state cannot be: why.
    Never(String),
}

/// Trades one after the other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    #[serde(default)]
    pub(crate) changes: Changes,
    /// Why a law does not hold of this state, as it does not of the contract: it is left out of them.
    #[serde(default)]
    pub(crate) lawless: Option<String>,
    /// Millionths of a first trade that a second one can get back: the fee, where it stays in the pool.
    #[serde(default)]
    pub(crate) fee_kept_ppm: u64,
    /// From which token, how much, and what came out; `None` where the contract refused.
    pub(crate) trades: Vec<(usize, U256, Option<U256>)>,
}

/// All files, by name.
pub(crate) fn files() -> Vec<Recorded> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/venues");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = fs::read(path).unwrap();
        serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    paths.iter().map(read).collect()
}

impl Recorded {
    /// The kind, as its venue's file registers it.
    pub(crate) fn registered(&self) -> &'static Kind {
        Kind::named(&self.kind).unwrap_or_else(|| panic!("there is no kind {}", self.kind))
    }

    /// The venue in a state that differs in some answers.
    pub(crate) fn open(&self, changes: &Changes) -> Result<Arc<dyn Venue>, OpenError> {
        let place = Place {
            id: VenueId::new(format!("some {}", self.kind)),
            kind: self.kind.clone(),
            contracts: self.place.contracts.clone(),
            constants: self.place.constants.clone(),
            code: BTreeMap::new(),
        };
        let unknown = changes.keys().find(|name| !self.answers.contains_key(*name));
        assert_eq!(unknown, None, "{}: no such answer", self.kind);
        let told: HashMap<Read, Answer> = self
            .answers
            .iter()
            .map(|(name, told)| told.as_read(changes.get(name).unwrap_or(&told.answer)))
            .collect();
        let fetch = |reads: &[Read]| -> Result<Vec<Answer>, Infallible> {
            let answer = |read: &Read| told.get(read).cloned();
            let known = |read| answer(read).unwrap_or_else(|| panic!("not recorded: {read}"));
            Ok(reads.iter().map(known).collect())
        };
        let at = At { block: self.at.number, timestamp: self.at.timestamp };
        let opened = open(&[place], at, &mut HashMap::new(), fetch).unwrap().remove(0);
        opened.map(|opened| opened.venue)
    }

    /// The first trade that the contract made, in the recorded state itself.
    pub(crate) fn sample(&self) -> Option<Sample> {
        let run = self.runs.iter().find(|run| run.changes.is_empty())?;
        let (from, amount, _) = *run.trades.iter().find(|(.., out)| out.is_some())?;
        let swap = Swap { from, to: 1 - from, amount };
        Some(Sample {
            kind: self.registered().name,
            venue: self.open(&Changes::new()).unwrap().boxed(),
            swap,
        })
    }
}

impl Told {
    fn as_read(&self, answer: &Bytes) -> (Read, Answer) {
        match (&self.slot, &self.call) {
            (Some(slot), None) => {
                let word = Answer::Word(U256::from_be_slice(answer));
                (Read::Slot { account: self.of, slot: *slot }, word)
            }
            (None, Some(data)) => {
                (Read::Call { to: self.of, data: data.clone() }, Answer::Returned(answer.clone()))
            }
            _ => panic!("either a slot or a call of {}", self.of),
        }
    }
}

pub(crate) fn all() -> Vec<Sample> {
    files().iter().filter_map(Recorded::sample).collect()
}
