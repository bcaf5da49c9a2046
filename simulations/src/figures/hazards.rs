//! Priors of hazards, schema `tenor.hazards/1`: from bytes to checked data.
//!
//! Here the form is checked and names are read; what the figures must keep to,
//! [`tenor_solver::risk`] says.

use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use tenor_solver::{
    amount::to_f64,
    intent::Tier,
    risk::{
        CHURN_ETH_PER_DAY, Class, DepegEvent, Depegs, ExitQueue, HazardError, HazardKind, Hazards,
        Loss, NodeKind, PriorHazard, PriorNode, Priors, QueueHistory, Rest, Seen, Slashing,
    },
};

use super::{
    FiguresError, FiguresErrorKind, LAST_SECOND,
    error::Refusal,
    readable, schema,
    values::Decimal,
    venue::{label, positive},
    wire::read,
};

const SCHEMA: &str = "tenor.hazards/1";
const DAY_S: f64 = 86_400.0;

/// The name of the embedded file of priors.
pub const HAZARDS_NAME: &str = "hazards.json";

/// The embedded file of priors.
pub fn embedded_hazards() -> &'static [u8] {
    include_bytes!("../../markets/hazards.json")
}

/// The embedded priors, read once: what markets have unless somebody gives others.
pub fn default_hazards() -> Arc<Hazards> {
    // That the file is sound is tested; of an unsound one the worst of everything would be assumed.
    static READ: LazyLock<Arc<Hazards>> =
        LazyLock::new(|| Arc::new(hazards(HAZARDS_NAME, embedded_hazards()).unwrap_or_default()));
    Arc::clone(&READ)
}

/// Reads the file of priors called `name`.
pub fn hazards(name: &str, text: &[u8]) -> Result<Hazards, FiguresError> {
    check(name, text).map_err(|refusal| refusal.in_file(name))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "schema")]
    _schema: String,
    label: String,
    as_of: u64,
    #[serde(rename = "note", default)]
    _note: String,
    nodes: Vec<NodeRow>,
    depegs: DepegRows,
    #[serde(default)]
    queues: Vec<QueueRow>,
    need_per_year: Decimal,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeRow {
    node: String,
    kind: String,
    class: String,
    tier: String,
    age_years: Option<Decimal>,
    audit_factor: Option<Decimal>,
    upgraded_days: Option<Decimal>,
    #[serde(default)]
    hazards: Vec<HazardRow>,
    #[serde(default)]
    rests_on: Vec<RestRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HazardRow {
    class: String,
    lambda: Option<Decimal>,
    lgd: Option<Decimal>,
    slashed: Option<SlashedRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SlashedRow {
    of_position: Decimal,
    of_network: Decimal,
    staked_eth: Decimal,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RestRow {
    node: String,
    passes: Option<Decimal>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DepegRows {
    stress: Decimal,
    alpha: Decimal,
    #[serde(default)]
    normal: Vec<Decimal>,
    events: Vec<EventRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventRow {
    date: String,
    asset: String,
    node: String,
    discount: Decimal,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct QueueRow {
    venue: String,
    waits: Vec<WaitRow>,
    why: String,
}

/// Either how long it took, or the queue of validators.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WaitRow {
    wait_days: Option<Decimal>,
    queue_eth: Option<Decimal>,
    churn_eth_per_day: Option<Decimal>,
    sweep_days: Option<Decimal>,
    buffer_days: Option<Decimal>,
}

fn check(name: &str, bytes: &[u8]) -> Result<Hazards, Refusal> {
    let text = readable(bytes)?;
    schema(text, SCHEMA)?;
    let file: File = read(text)?;
    if positive("as_of", file.as_of)? > LAST_SECOND {
        return Err(Refusal::range("as_of", file.as_of, "unix seconds, not milliseconds"));
    }
    let nodes = file.nodes.iter().enumerate();
    let nodes = nodes.map(|(i, row)| node(row).map_err(|r| r.within(&format!("nodes[{i}]"))));
    let queues = file.queues.iter().enumerate();
    let queues = queues.map(|(i, row)| queue(row).map_err(|r| r.within(&format!("queues[{i}]"))));
    let priors = Priors {
        // Whoever reads an answer must be able to find the file.
        label: format!("{}: {}", name, label("label", &file.label)?),
        as_of: file.as_of,
        nodes: nodes.collect::<Result<_, _>>()?,
        depegs: depegs(&file.depegs).map_err(|refusal| refusal.within("depegs"))?,
        queues: queues.collect::<Result<_, _>>()?,
        need_per_year: number("need_per_year", file.need_per_year)?,
    };
    Hazards::new(priors).map_err(|error| Refusal::new("", FiguresErrorKind::Hazards(error)))
}

fn node(row: &NodeRow) -> Result<PriorNode, Refusal> {
    const TIERS: [(&str, Tier); 5] =
        [("T0", Tier::T0), ("T1", Tier::T1), ("T2", Tier::T2), ("T3", Tier::T3), ("T4", Tier::T4)];
    let tier = TIERS.iter().find(|(name, _)| *name == row.tier).map(|(_, tier)| *tier);
    let hazards = row.hazards.iter().enumerate();
    let hazards =
        hazards.map(|(i, h)| hazard(&row.node, h).map_err(|r| r.within(&format!("hazards[{i}]"))));
    let rests = row.rests_on.iter().map(|rest| {
        let passes = rest.passes.map_or(Ok(1.0), |passes| number("passes", passes))?;
        Ok(Rest { on: rest.node.clone(), passes })
    });
    // What tells of a hazard by age must say the age: nothing is assumed to be old.
    let by_rule = row.hazards.iter().any(|hazard| hazard.lambda.is_none());
    let needed = |field, given: Option<Decimal>, otherwise| match given {
        Some(given) => number(field, given),
        None if by_rule => Err(Refusal::new(field, FiguresErrorKind::Missing)),
        None => Ok(otherwise),
    };
    Ok(PriorNode {
        name: label("node", &row.node)?,
        kind: name(&row.node, "kind", &row.kind, NodeKind::named, KINDS)?,
        class: name(&row.node, "class", &row.class, Class::named, CLASSES)?,
        tier: name(&row.node, "tier", &row.tier, |_| tier, "T0, T1, T2, T3, T4")?,
        age_years: needed("age_years", row.age_years, 0.0)?,
        audit_factor: needed("audit_factor", row.audit_factor, 1.0)?,
        upgraded_days: row.upgraded_days.map(|days| number("upgraded_days", days)).transpose()?,
        hazards: hazards.collect::<Result<_, _>>()?,
        rests_on: rests.collect::<Result<_, Refusal>>()?,
    })
}

const KINDS: &str = "asset, protocol, oracle, bridge, operators, curator";
const CLASSES: &str = "wrapper, exchange, liquid_staking, lending, curated_vault, fixed_term, \
                       restaking, token, oracle, bridge, operators, curator";
const HAZARDS: &str = "slashing, contract, oracle_bridge, governance, liquidity_depeg, \
                       lending_bad_debt, leverage_liquidation";

/// The thing that a file calls by a name of a list.
fn name<T>(
    node: &str,
    what: &'static str,
    given: &str,
    named: impl Fn(&str) -> Option<T>,
    expected: &'static str,
) -> Result<T, Refusal> {
    named(given).ok_or_else(|| {
        let (node, given) = (node.to_owned(), given.to_owned());
        let error = HazardError::Name { node, what, given, expected };
        Refusal::new(what, FiguresErrorKind::Hazards(error))
    })
}

fn hazard(node: &str, row: &HazardRow) -> Result<PriorHazard, Refusal> {
    let loss = match (row.lgd, &row.slashed) {
        (Some(lgd), None) => Loss::Part(number("lgd", lgd)?),
        (None, Some(slashed)) => Loss::Slashed(Slashing {
            of_position: number("slashed.of_position", slashed.of_position)?,
            of_network: number("slashed.of_network", slashed.of_network)?,
            staked_eth: number("slashed.staked_eth", slashed.staked_eth)?,
        }),
        _ => {
            let what = "give lgd, or slashed from which it follows: one of the two";
            return Err(Refusal::inconsistent("lgd", what));
        }
    };
    Ok(PriorHazard {
        kind: name(node, "class", &row.class, HazardKind::named, HAZARDS)?,
        rate: row.lambda.map(|lambda| number("lambda", lambda)).transpose()?,
        loss,
    })
}

fn depegs(rows: &DepegRows) -> Result<Depegs, Refusal> {
    let event = |(i, row): (usize, &EventRow)| {
        let within = |refusal: Refusal| refusal.within(&format!("events[{i}]"));
        Ok(DepegEvent {
            date: label("date", &row.date).map_err(within)?,
            asset: label("asset", &row.asset).map_err(within)?,
            node: label("node", &row.node).map_err(within)?,
            discount: number("discount", row.discount).map_err(within)?,
            source: label("source", &row.source).map_err(within)?,
        })
    };
    Ok(Depegs {
        stress: number("stress", rows.stress)?,
        alpha: number("alpha", rows.alpha)?,
        normal: rows.normal.iter().map(|d| number("normal", *d)).collect::<Result<_, _>>()?,
        events: rows.events.iter().enumerate().map(event).collect::<Result<_, Refusal>>()?,
    })
}

fn queue(row: &QueueRow) -> Result<QueueHistory, Refusal> {
    let seen = row.waits.iter().enumerate();
    let seen = seen.map(|(i, w)| wait(w).map_err(|r| r.within(&format!("waits[{i}]"))));
    Ok(QueueHistory {
        venue: label("venue", &row.venue)?,
        seen: seen.collect::<Result<_, _>>()?,
        why: label("why", &row.why)?,
    })
}

fn wait(row: &WaitRow) -> Result<Seen, Refusal> {
    let days = |field, given: Option<Decimal>| {
        given.map_or(Ok(0.0), |days| number(field, days)).map(|days| days * DAY_S)
    };
    match (row.wait_days, row.queue_eth) {
        (Some(_), None) => Ok(Seen::Waited(days("wait_days", row.wait_days)?)),
        (None, Some(queue)) => Ok(Seen::Queue(ExitQueue {
            queue_eth: number("queue_eth", queue)?,
            churn_eth_per_day: row
                .churn_eth_per_day
                .map_or(Ok(CHURN_ETH_PER_DAY), |churn| number("churn_eth_per_day", churn))?,
            sweep_s: days("sweep_days", row.sweep_days)?,
            buffer_s: days("buffer_days", row.buffer_days)?,
        })),
        _ => {
            let what = "give wait_days, or queue_eth from which it follows: one of the two";
            Err(Refusal::inconsistent("wait_days", what))
        }
    }
}

fn number(field: &str, value: Decimal) -> Result<f64, Refusal> {
    let scaled = value.scaled(18).map(|v| to_f64(v) / 1e18);
    scaled.ok_or_else(|| Refusal::range(field, "the number", "at most 18 decimals"))
}
