//! Stress events as data: what happened, when, who says so, and what of it nobody could verify.
//!
//! ```text
//! TOML -> Scenario (names) --on(market)--> Applied { After, what was done, what was left out }
//! ```
//!
//! Ten events come with the program; anybody can write more, schema `tenor.scenario/1`:
//!
//! ```toml
//! schema = "tenor.scenario/1"
//! name = "stETH at 0.95"
//! date = "2030-01-01"
//! source = "made up"
//!
//! [[shock]]
//! kind = "price"        # what exchanges pay, against redemption
//! asset = "stETH"
//! discount = 0.05
//! ```
//!
//! | kind | fields | what happens |
//! |---|---|---|
//! | `price` | `asset`, `discount` | exchanges pay so much less than redemption |
//! | `book` | `asset`, `discount` | so does one exchange's own book, which some oracles read |
//! | `backing` | `asset`, `loss` | so much of what stands behind it is gone |
//! | `depth` | `venue`, `left` | the pool keeps so much of its depth |
//! | `queue` | `venue`, `wait_days` or `closed` | its withdrawal queue takes so long, or nothing |
//! | `utilisation` | `venue`, `used`, `days` | so much of the lending pool is lent out |
//! | `borrow_rate` | `venue`, `rate`, `days` | borrowing costs so much a year |
//! | `paused` | `venue` | it does nothing |
//! | `protocol` | `protocol`, `loss` | it has lost so much: its tokens, its pools |
//!
//! Every shock may say `if_listed = true`: then a market that does not know what it names is left as
//! it is, and told so, instead of being an error.

mod error;
mod fields;
mod pools;
mod position;
mod resolve;

use tenor_solver::stress::Part;

use self::fields::{Fields, Source};
pub use self::{
    error::{ScenarioError, ScenarioErrorKind},
    pools::{AssumedPool, embedded_pools, parse_pools},
    position::parse_position,
    resolve::Applied,
};
use alloy_primitives::U256;

const SCHEMA: &str = "tenor.scenario/1";

/// A year in which money doubles a thousand times over is no rate.
const MOST_RATE: u64 = 10;

/// The events that come with the program, in the order of time.
const EMBEDDED: [(&str, &str); 10] = [
    ("2022-05-terra", include_str!("../../scenarios/2022-05-terra.toml")),
    ("2022-06-celsius", include_str!("../../scenarios/2022-06-celsius.toml")),
    ("2023-10-launchnodes", include_str!("../../scenarios/2023-10-launchnodes.toml")),
    ("2024-04-ezeth", include_str!("../../scenarios/2024-04-ezeth.toml")),
    ("2025-07-eth-borrow", include_str!("../../scenarios/2025-07-eth-borrow.toml")),
    ("2025-09-exit-queue", include_str!("../../scenarios/2025-09-exit-queue.toml")),
    ("2025-10-wbeth", include_str!("../../scenarios/2025-10-wbeth.toml")),
    ("2025-11-balancer", include_str!("../../scenarios/2025-11-balancer.toml")),
    ("2025-11-yeth", include_str!("../../scenarios/2025-11-yeth.toml")),
    ("2026-04-rseth", include_str!("../../scenarios/2026-04-rseth.toml")),
];

/// Something that happened, or might.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// The file, or the name of an event that comes with the program.
    pub file: String,
    /// What it is called.
    pub name: String,
    /// When it was.
    pub date: String,
    /// Who says so.
    pub source: String,
    /// What of it could not be verified, or was chosen.
    pub unverified: Vec<String>,
    shocks: Vec<Told>,
}

/// A shock as a file tells it: by names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    what: Happens,
    if_listed: bool,
    line: usize,
    key: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Happens {
    Price { asset: String, discount: Part },
    Book { asset: String, discount: Part },
    Backing { asset: String, loss: Part },
    Depth { venue: String, left: Part },
    Wait { venue: String, wait_s: u64 },
    Closed { venue: String },
    Utilisation { venue: String, used: Part, for_s: Option<u64> },
    BorrowRate { venue: String, rate: U256, for_s: Option<u64> },
    Paused { venue: String },
    Protocol { protocol: String, loss: Part },
}

const KINDS: [&str; 9] = [
    "price",
    "book",
    "backing",
    "depth",
    "queue",
    "utilisation",
    "borrow_rate",
    "paused",
    "protocol",
];

/// The events that come with the program.
pub fn embedded() -> Result<Vec<Scenario>, ScenarioError> {
    EMBEDDED.iter().map(|(name, text)| Scenario::parse(name, text.as_bytes())).collect()
}

impl Scenario {
    /// Reads the scenario file called `file`.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, ScenarioError> {
        let source = Source::of(file, bytes)?;
        let table = source.table()?;
        let fields = Fields::of(source, String::new(), &table);
        fields.schema(SCHEMA)?;
        let scenario = Self {
            file: file.to_owned(),
            name: fields.text("name", "what the event is called")?.to_owned(),
            date: fields.text("date", "when it was, or \"none\"")?.to_owned(),
            source: fields.text("source", "who says so, or \"made up\"")?.to_owned(),
            unverified: fields.lines("unverified")?,
            shocks: fields.tables("shock")?.iter().map(told).collect::<Result<_, _>>()?,
        };
        if scenario.shocks.is_empty() {
            let kind = ScenarioErrorKind::Missing("nothing happens: add a [[shock]]");
            return Err(fields.wrong("shock", kind));
        }
        fields.end()?;
        Ok(scenario)
    }
}

fn told(fields: &Fields<'_>) -> Result<Told, ScenarioError> {
    let kind = fields.text("kind", "what happens, such as \"price\"")?;
    if !KINDS.contains(&kind) {
        let unknown = ScenarioErrorKind::unknown("kind", kind, KINDS.into_iter());
        return Err(fields.wrong("kind", unknown));
    }
    let what = happens(fields, kind)?;
    let if_listed = fields.flag("if_listed")?;
    fields.end()?;
    let ScenarioError { line, key, .. } =
        fields.wrong(what.naming(), ScenarioErrorKind::Missing(""));
    Ok(Told { what, if_listed, line: line.unwrap_or_default(), key })
}

fn happens(fields: &Fields<'_>, kind: &str) -> Result<Happens, ScenarioError> {
    let asset = || fields.text("asset", "a token's symbol").map(str::to_owned);
    let venue = || fields.text("venue", "a venue, such as \"curve:ETH/stETH\"").map(str::to_owned);
    let discount = || fields.part("discount", "how far below redemption, such as 0.05");
    let loss = || fields.part("loss", "the part that is gone, such as 0.05");
    let for_s = || fields.maybe_days("days");
    Ok(match kind {
        "price" => Happens::Price { asset: asset()?, discount: discount()? },
        "book" => Happens::Book { asset: asset()?, discount: discount()? },
        "backing" => Happens::Backing { asset: asset()?, loss: loss()? },
        "depth" => {
            let left = fields.part("left", "the part of the depth that is left, such as 0.5")?;
            Happens::Depth { venue: venue()?, left }
        }
        "queue" => queue(fields, venue()?)?,
        "utilisation" => {
            let used = fields.part("used", "the part that is lent out, such as 1.0")?;
            Happens::Utilisation { venue: venue()?, used, for_s: for_s()? }
        }
        "borrow_rate" => {
            Happens::BorrowRate { venue: venue()?, rate: rate(fields)?, for_s: for_s()? }
        }
        "paused" => Happens::Paused { venue: venue()? },
        _ => {
            let protocol = fields.text("protocol", "a protocol, such as \"lido\"")?.to_owned();
            Happens::Protocol { protocol, loss: loss()? }
        }
    })
}

fn queue(fields: &Fields<'_>, venue: String) -> Result<Happens, ScenarioError> {
    match (fields.maybe_days("wait_days")?, fields.flag("closed")?) {
        (Some(wait_s), false) => Ok(Happens::Wait { venue, wait_s }),
        (None, true) => Ok(Happens::Closed { venue }),
        (None, false) => {
            let what = "how long it takes, or closed = true";
            Err(fields.wrong("wait_days", ScenarioErrorKind::Missing(what)))
        }
        (Some(_), true) => {
            let what = "a queue that is closed has no wait: give one of the two";
            Err(fields.wrong("wait_days", ScenarioErrorKind::Contradiction(what)))
        }
    }
}

/// A year's rate as a fraction, continuously compounded, in RAY.
fn rate(fields: &Fields<'_>) -> Result<U256, ScenarioError> {
    let rate = fields.number("rate", 27, "a year's rate, such as 0.18")?;
    if rate > tenor_solver::amount::RAY * U256::from(MOST_RATE) {
        let found = tenor_solver::amount::decimal(rate, 27);
        let expected = "a year's rate as a fraction, such as 0.18, at most 10";
        return Err(fields.wrong("rate", ScenarioErrorKind::Range { found, expected }));
    }
    Ok(rate)
}

impl Happens {
    /// The field that names something of the market.
    const fn naming(&self) -> &'static str {
        match self {
            Self::Price { .. } | Self::Book { .. } | Self::Backing { .. } => "asset",
            Self::Protocol { .. } => "protocol",
            Self::Depth { .. }
            | Self::Wait { .. }
            | Self::Closed { .. }
            | Self::Utilisation { .. }
            | Self::BorrowRate { .. }
            | Self::Paused { .. } => "venue",
        }
    }
}
