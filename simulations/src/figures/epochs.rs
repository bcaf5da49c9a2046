//! What the beacon chain and its blocks paid in a day, schema `tenor.epochs/1`.

use serde::Deserialize;
use tenor_solver::curve::benchmark::Epoch;

use super::{
    FiguresError,
    error::Refusal,
    readable, schema,
    values::{Int, Uint},
    venue::label,
    wire::read,
};

const SCHEMA: &str = "tenor.epochs/1";

/// The epochs of one file, checked for form; [`tenor_solver::curve::benchmark`] judges the figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epochs {
    /// The file's name, as the caller gave it.
    pub name: String,
    /// Where the figures come from.
    pub source: String,
    /// The epochs, in the file's order.
    pub epochs: Vec<Epoch>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "schema")]
    _schema: String,
    #[serde(rename = "note", default)]
    _note: String,
    source: String,
    epochs: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    epoch: u64,
    attestation_gwei: Int,
    sync_gwei: Int,
    report_gwei: Uint<64>,
    execution_wei: Uint<128>,
    slashed_gwei: Uint<64>,
    balance_gwei: Uint<64>,
}

impl Epochs {
    /// Reads the file called `name`.
    pub fn parse(name: &str, text: &[u8]) -> Result<Self, FiguresError> {
        Self::check(name, text).map_err(|refusal| refusal.in_file(name))
    }

    fn check(name: &str, bytes: &[u8]) -> Result<Self, Refusal> {
        let text = readable(bytes)?;
        schema(text, SCHEMA)?;
        let file: File = read(text)?;
        let row = |(i, r)| epoch(r).map_err(|r: Refusal| r.within(&format!("epochs[{i}]")));
        Ok(Self {
            name: name.to_owned(),
            source: label("source", &file.source)?,
            epochs: file.epochs.iter().enumerate().map(row).collect::<Result<_, _>>()?,
        })
    }
}

fn epoch(row: &Row) -> Result<Epoch, Refusal> {
    Ok(Epoch {
        epoch: row.epoch,
        attestation_gwei: signed("attestation_gwei", row.attestation_gwei)?,
        sync_gwei: signed("sync_gwei", row.sync_gwei)?,
        report_gwei: row.report_gwei.0.saturating_to(),
        execution_wei: row.execution_wei.0,
        slashed_gwei: row.slashed_gwei.0.saturating_to(),
        balance_gwei: row.balance_gwei.0.saturating_to(),
    })
}

fn signed(field: &str, value: Int) -> Result<i64, Refusal> {
    i64::try_from(value.0)
        .map_err(|_| Refusal::range(field, value.0, "a signed number of 64 bits, in gwei"))
}
