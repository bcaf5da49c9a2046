//! The file that extends a table, schema `tenor.forks/1`.

use std::borrow::Cow;

use revm::primitives::hardfork::SpecId;
use serde::Deserialize;

use super::{Activation, BlobParameters, Fork};

const SCHEMA: &str = "tenor.forks/1";

/// Above it the price of a blob cannot be computed in 128 bits; today's is a twentieth.
const MOST_FRACTION: u64 = 1 << 28;

/// A forks file that cannot be used. One line says which file, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {kind}")]
pub struct ForksError {
    /// The file's name, as the caller gave it.
    pub file: String,
    /// What is wrong.
    pub kind: ForksErrorKind,
}

/// What is wrong with a forks file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForksErrorKind {
    /// Not JSON of the schema.
    #[error("{path}: {what}")]
    Form {
        /// Where, such as `forks[0].timestamp`.
        path: String,
        /// What the reader expected.
        what: String,
    },
    /// Another schema.
    #[error("schema: {0:?} is not read: write \"{SCHEMA}\"")]
    Schema(String),
    /// A fork without one activation.
    #[error("fork {0}: give either `block` or `timestamp`")]
    Activation(String),
    /// Rules that revm does not know.
    #[error(
        "fork {fork}: unknown rules {rules:?}: name a fork of revm, such as Osaka or Amsterdam"
    )]
    Rules {
        /// The fork.
        fork: String,
        /// What it asks for.
        rules: String,
    },
    /// A fork that takes back rules of an earlier one.
    #[error(
        "fork {fork} has older rules than {before}, which comes before it: give it a later date"
    )]
    Order {
        /// The fork.
        fork: String,
        /// The one before.
        before: String,
    },
    /// Blob parameters that no price can be computed from.
    #[error(
        "fork {0}: blobs: need 0 < target <= max, 0 < max_per_transaction <= max and 0 < update_fraction <= {MOST_FRACTION}"
    )]
    Blobs(String),
    /// A fork with blobs in its rules and no parameters.
    #[error("fork {0}: its rules have blobs: give `blobs`")]
    NoBlobs(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDto {
    schema: String,
    forks: Vec<ForkDto>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ForkDto {
    name: String,
    block: Option<u64>,
    timestamp: Option<u64>,
    rules: Option<String>,
    blobs: Option<BlobsDto>,
    block_reward_wei: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct BlobsDto {
    target: u64,
    max: u64,
    max_per_transaction: Option<u64>,
    update_fraction: u64,
}

pub(super) fn extend(
    mut forks: Vec<Fork>,
    file: &str,
    text: &[u8],
) -> Result<Vec<Fork>, ForksError> {
    let refuse = |kind| ForksError { file: file.to_owned(), kind };
    let mut json = serde_json::Deserializer::from_slice(text);
    let dto: FileDto = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        refuse(ForksErrorKind::Form { path, what: error.inner().to_string() })
    })?;
    json.end().map_err(|error| {
        refuse(ForksErrorKind::Form { path: "end".to_owned(), what: error.to_string() })
    })?;
    if dto.schema != SCHEMA {
        return Err(refuse(ForksErrorKind::Schema(dto.schema)));
    }
    for fork in dto.forks {
        lay(&mut forks, fork).map_err(refuse)?;
    }
    // Of two at one time the newer rules hold.
    forks.sort_by_key(|fork| (fork.activation, fork.rules));
    check(&forks).map_err(refuse)?;
    Ok(forks)
}

/// Lays one entry over the table.
fn lay(forks: &mut Vec<Fork>, dto: ForkDto) -> Result<(), ForksErrorKind> {
    let ForkDto { name, block, timestamp, rules, blobs, block_reward_wei } = dto;
    let old = forks.iter().position(|fork| fork.name == name).map(|i| forks.remove(i));
    let activation = match (block, timestamp, &old) {
        (Some(block), None, _) => Activation::Block(block),
        (None, Some(timestamp), _) => Activation::Timestamp(timestamp),
        (None, None, Some(old)) => old.activation,
        _ => return Err(ForksErrorKind::Activation(name)),
    };
    let at = forks.iter().take_while(|fork| fork.activation <= activation).count();
    let base = old.as_ref().or_else(|| forks.get(at.checked_sub(1)?));
    let Some(base) = base else { return Err(ForksErrorKind::Activation(name)) };
    let rules = match rules {
        None => base.rules,
        Some(rules) => match rules.parse::<SpecId>() {
            Ok(known) => known,
            Err(_) => return Err(ForksErrorKind::Rules { fork: name, rules }),
        },
    };
    let blobs = match blobs {
        None => base.blobs,
        Some(dto) => Some(dto.parameters(base.blobs)),
    };
    let reward = block_reward_wei.unwrap_or(base.reward);
    forks.insert(at, Fork { name: Cow::Owned(name), activation, rules, blobs, reward });
    Ok(())
}

impl BlobsDto {
    /// The limit of a transaction stays, unless the block's is lower.
    fn parameters(self, before: Option<BlobParameters>) -> BlobParameters {
        let Self { target, max, max_per_transaction, update_fraction } = self;
        let inherited = before.map_or(max, |before| before.max_per_transaction.min(max));
        let max_per_transaction = max_per_transaction.unwrap_or(inherited);
        BlobParameters { target, max, max_per_transaction, update_fraction }
    }
}

fn check(forks: &[Fork]) -> Result<(), ForksErrorKind> {
    if let Some(first) = forks.first().filter(|fork| fork.activation != Activation::Block(0)) {
        // Something must hold at every block.
        return Err(ForksErrorKind::Activation(first.name.clone().into_owned()));
    }
    for fork in forks {
        let name = || fork.name.clone().into_owned();
        match fork.blobs {
            Some(blobs) if !blobs.sound() => return Err(ForksErrorKind::Blobs(name())),
            None if fork.rules.is_enabled_in(SpecId::CANCUN) => {
                return Err(ForksErrorKind::NoBlobs(name()));
            }
            Some(_) | None => {}
        }
    }
    for [before, fork] in forks.array_windows() {
        if fork.rules < before.rules {
            let before = before.name.clone().into_owned();
            return Err(ForksErrorKind::Order { fork: fork.name.clone().into_owned(), before });
        }
    }
    Ok(())
}

impl BlobParameters {
    const fn sound(self) -> bool {
        let Self { target, max, max_per_transaction, update_fraction } = self;
        0 < target
            && target <= max
            && 0 < max_per_transaction
            && max_per_transaction <= max
            && 0 < update_fraction
            && update_fraction <= MOST_FRACTION
    }
}
