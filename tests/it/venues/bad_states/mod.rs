//! Bad states, of every kind: what a venue says when nothing is supplied, its rate is zero, it is
//! paused, at its limit or expired, and when everything, or more than everything, is lent out.
//!
//! A kind fills its row whole: what cannot be of it is written as such. See [`Cell`].

mod exchanges;
mod issuers;
mod lending;
mod rates;
mod term;

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::WAD,
    venues::{KINDS, QuoteError, Swap, Venue, VenueId},
};

/// The states, in the order of a row's cells.
const STATES: [&str; 7] = [
    "zero supply",
    "rate of zero",
    "paused",
    "limit reached",
    "expired",
    "all lent out",
    "more than all lent out",
];

/// What a kind says in each state.
type Row = (&'static str, [Cell; STATES.len()]);

/// A venue in a bad state, and a trade with it.
type Case = fn() -> (Box<dyn Venue>, Swap);

/// What a kind says in one state.
#[derive(Clone, Copy)]
enum Cell {
    /// It refuses, by this error, in the venue's name.
    Refuses(&'static str, Case),
    /// There is no such venue, in these words: whoever opens it adds the name of its place, see
    /// [`what_is_refused_when_it_opens_has_its_name`].
    Unmade(&'static str, fn() -> Option<String>),
    /// It trades, as its contract does: why.
    Trades(&'static str, Case),
    /// The state cannot be: why.
    Never(&'static str),
}

use Cell::{Never, Refuses, Trades, Unmade};

use super::samples::recorded::{self, Bad, Recorded};

const NO_SHARES: &str = "it keeps no shares: one for one";
const NO_RATE: &str = "it keeps no rate";
const NO_PAUSE: &str = "nobody can pause it";
const NO_LIMIT: &str = "it has no limit of its own";
const NO_TERM: &str = "it has no term";
const NOT_LENT: &str = "nothing in it is lent out";

const A: Address = Address::repeat_byte(1);
const B: Address = Address::repeat_byte(2);

/// A hundred whole tokens of the first token.
fn there(venue: impl Venue + 'static) -> (Box<dyn Venue>, Swap) {
    (Box::new(venue), Swap { from: 0, to: 1, amount: whole(100) })
}

/// A hundred whole tokens of the second.
fn back(venue: impl Venue + 'static) -> (Box<dyn Venue>, Swap) {
    (Box::new(venue), Swap { from: 1, to: 0, amount: whole(100) })
}

fn whole(tokens: u64) -> U256 {
    U256::from(tokens) * WAD
}

fn id(kind: &str) -> VenueId {
    VenueId::new(format!("some {kind}"))
}

fn error<T, E: ToString>(made: Result<T, E>) -> Option<String> {
    made.err().map(|error| error.to_string())
}

fn rows() -> Vec<Row> {
    let families =
        [exchanges::rows(), issuers::rows(), lending::rows(), rates::rows(), term::rows()];
    let mut rows: Vec<Row> = families.into_iter().flatten().collect();
    rows.sort_by_key(|(kind, _)| *kind);
    rows
}

/// An error's name, and the venue that it names: every kind of error is here, as the compiler sees to.
fn named(error: &QuoteError) -> (&'static str, Option<&VenueId>) {
    match error {
        QuoteError::NotTraded { venue, .. } => ("NotTraded", Some(venue)),
        QuoteError::ZeroAmount => ("ZeroAmount", None),
        QuoteError::NothingOut(venue) => ("NothingOut", Some(venue)),
        QuoteError::NoFee(venue) => ("NoFee", Some(venue)),
        QuoteError::Limit { venue, .. } => ("Limit", Some(venue)),
        QuoteError::BelowMinimum { venue, .. } => ("BelowMinimum", Some(venue)),
        QuoteError::Unknown { venue, .. } => ("Unknown", Some(venue)),
        QuoteError::BeyondKnownRange { venue, .. } => ("BeyondKnownRange", Some(venue)),
        QuoteError::OneTransaction(venue) => ("OneTransaction", Some(venue)),
        QuoteError::Paused(venue) => ("Paused", Some(venue)),
        QuoteError::Expired { venue, .. } => ("Expired", Some(venue)),
        QuoteError::NotYet { venue, .. } => ("NotYet", Some(venue)),
        QuoteError::Overflow(venue) => ("Overflow", Some(venue)),
        QuoteError::NoRate(venue) => ("NoRate", Some(venue)),
        QuoteError::NoConvergence(venue) => ("NoConvergence", Some(venue)),
    }
}

/// A refused quote is typed, has the venue's name and prints it; the trade says the same and changes
/// nothing; the optimiser is shown no number that is none.
fn refuses(what: &str, expected: &str, (mut venue, swap): (Box<dyn Venue>, Swap)) {
    let refused = venue.quote(swap);
    let Err(error) = &refused else { panic!("{what}: it quotes {refused:?}") };
    let (name, of) = named(error);
    assert_eq!(name, expected, "{what}: {error}");
    assert_eq!(of, Some(venue.id()), "{what}: {error}");
    assert!(error.to_string().contains(venue.id().as_str()), "{what}: {error}");
    let before = format!("{venue:?}");
    assert_eq!(venue.trade(swap), refused, "{what}");
    assert_eq!(format!("{venue:?}"), before, "{what}");
    let gain = venue.gain(swap.from, swap.to);
    assert!(gain.is_none_or(|gain| gain.out(1e18).is_finite()), "{what}: its gain is no number");
}

#[test]
fn every_kind_names_itself_in_every_bad_state() {
    let rows = rows();
    let kinds: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    let recorded = recorded::files();
    let mut told: Vec<_> = rows.iter().map(|row| row.0).collect();
    told.extend(recorded.iter().map(|file| file.registered().name));
    told.sort_unstable();
    assert_eq!(kinds, told, "one row for each kind");
    recorded.iter().for_each(recorded_states);
    for (kind, cells) in &rows {
        for (state, cell) in STATES.iter().zip(cells) {
            let what = format!("{kind}, {state}");
            match cell {
                Refuses(expected, case) => refuses(&what, expected, case()),
                Unmade(words, made) => {
                    let error = made().unwrap_or_else(|| panic!("{what}: it is made"));
                    assert!(error.contains(words), "{what}: {error}");
                }
                Trades(why, case) => {
                    assert!(!why.is_empty(), "{what}");
                    let (venue, swap) = case();
                    assert!(venue.quote(swap).is_ok_and(|quote| !quote.out.is_zero()), "{what}");
                }
                Never(why) => assert!(!why.is_empty(), "{what}"),
            }
        }
    }
}

/// As a row, of a kind that is recorded whole.
fn recorded_states(file: &Recorded) {
    let told: Vec<_> = file.bad.keys().map(String::as_str).collect();
    let mut states = STATES;
    states.sort_unstable();
    assert_eq!(told, states, "{}", file.kind);
    for (state, bad) in &file.bad {
        let what = format!("{}, {state}", file.kind);
        match bad {
            Bad::Refuses(expected, changes) => {
                let venue = file.open(changes).unwrap_or_else(|error| panic!("{what}: {error}"));
                let swap = file.sample().unwrap().swap;
                refuses(&what, expected, (venue.boxed(), swap));
            }
            Bad::Unmade(words, changes) => {
                let error = file.open(changes).unwrap_err().to_string();
                assert!(error.contains(words) && error.contains("some "), "{what}: {error}");
            }
            Bad::Never(why) => assert!(!why.is_empty(), "{what}"),
        }
    }
}

#[test]
fn what_is_refused_when_it_opens_has_its_name() {
    use super::openings::{Told, at};
    let told = Told::default()
        .says(at(1), "token0()", &at(2))
        .says(at(1), "token1()", &at(3))
        .says_all(at(1), "getReserves()", [0u8; 96].to_vec());
    let refused = told.open("uniswap_v2", &[("pool", at(1)), ("router", at(4))]).unwrap_err();
    let refused = refused.to_string();
    assert!(refused.starts_with("uniswap_v2: ") && refused.contains("zero"), "{refused}");
}
