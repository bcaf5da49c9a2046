//! MEV-Share: bundles of which searchers are told a part, and which they may add to.

use alloy_primitives::{Address, B256, U64, keccak256};
use serde::Serialize;
use uuid::Uuid;

use super::wire::request;
use crate::bundle::{Raw, ids::bundle_hash};

/// The most blocks after the first that a bundle may wait for.
pub const MOST_BLOCKS: u64 = 30;
/// The most members of a body.
pub const MOST_MEMBERS: usize = 50;

/// A bundle for MEV-Share's matching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// The first block, and the last where it is not the only one.
    pub blocks: (u64, Option<u64>),
    /// What lands, in order.
    pub body: Vec<Member>,
    /// What searchers are told.
    pub hints: Vec<Hint>,
    /// Builders that may have it; none is the relay's own choice.
    pub builders: Vec<String>,
    /// Of what a backrun pays, how much comes back, in percent, by member.
    pub refund: Vec<(usize, u8)>,
    /// To whom it comes back, in percent of it.
    pub refund_to: Vec<(Address, u8)>,
    /// Under which name another takes its place.
    pub replacement: Option<Uuid>,
}

/// A part of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    /// A transaction or bundle that only its hash is known of: what is backrun.
    Hash(B256),
    /// A transaction, and whether it may revert.
    Transaction(Raw, bool),
    /// A bundle within.
    Bundle(Vec<Self>),
}

/// What searchers are told of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the protocol's")]
pub enum Hint {
    Calldata,
    ContractAddress,
    FunctionSelector,
    Logs,
    DefaultLogs,
    Hash,
    TxHash,
    Full,
}

/// Why the node of MEV-Share refuses a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SharedError {
    /// Nothing in it, or too much.
    #[error("a body of {0} members: from 1 to {MOST_MEMBERS}")]
    Members(usize),
    /// Bundles within bundles within bundles.
    #[error("bundles may be nested once")]
    Nested,
    /// A hash anywhere but first, alone, or within.
    #[error("what is known by its hash alone stands first, before what is added to it")]
    Hash,
    /// A window that ends before it begins, or too late.
    #[error("blocks {first} to {last}: up to {MOST_BLOCKS} after the first")]
    Blocks {
        /// The first block.
        first: u64,
        /// The last.
        last: u64,
    },
    /// Shares of more than all.
    #[error("refunds of {0} percent together: at most 100")]
    Percent(u32),
    /// A refund of a member that is not there, or twice of one.
    #[error("a refund names member {0}, which is not there or named twice")]
    Refunded(usize),
    /// Hints or refunds of what others own.
    #[error("a bundle that adds to another's has no hints and no refunds of its own")]
    NotOwn,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SharedDto<'a> {
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement_uuid: Option<Uuid>,
    inclusion: InclusionDto,
    body: Vec<MemberDto<'a>>,
    validity: ValidityDto,
    privacy: PrivacyDto<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct InclusionDto {
    block: U64,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_block: Option<U64>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum MemberDto<'a> {
    Hash {
        hash: B256,
    },
    #[serde(rename_all = "camelCase")]
    Transaction {
        tx: &'a alloy_primitives::Bytes,
        can_revert: bool,
    },
    Bundle {
        bundle: WithinDto<'a>,
    },
}

#[derive(Debug, Serialize)]
struct WithinDto<'a> {
    version: &'static str,
    inclusion: InclusionDto,
    body: Vec<MemberDto<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ValidityDto {
    refund: Vec<RefundDto>,
    refund_config: Vec<ShareDto>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RefundDto {
    body_idx: usize,
    percent: u8,
}

#[derive(Debug, Serialize)]
struct ShareDto {
    address: Address,
    percent: u8,
}

#[derive(Debug, Serialize)]
struct PrivacyDto<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    hints: &'a [Hint],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    builders: &'a [String],
}

const VERSION: &str = "v0.1";

impl Shared {
    /// What the node would refuse.
    pub fn check(&self) -> Result<(), SharedError> {
        members(&self.body, 0)?;
        let (first, last) = (self.blocks.0, self.blocks.1.unwrap_or(self.blocks.0));
        if last < first || last - first > MOST_BLOCKS {
            return Err(SharedError::Blocks { first, last });
        }
        let of = self.refund.iter().map(|(_, percent)| u32::from(*percent)).sum();
        let to = self.refund_to.iter().map(|(_, percent)| u32::from(*percent)).sum();
        if let Some(percent) = [of, to].into_iter().find(|percent| *percent > 100) {
            return Err(SharedError::Percent(percent));
        }
        for (place, (member, _)) in self.refund.iter().enumerate() {
            let before = self.refund[..place].iter().any(|(other, _)| other == member);
            if before || *member >= self.body.len() {
                return Err(SharedError::Refunded(*member));
            }
        }
        let adds = matches!(self.body.first(), Some(Member::Hash(_)));
        if adds && !(self.hints.is_empty() && self.refund.is_empty()) {
            return Err(SharedError::NotOwn);
        }
        Ok(())
    }

    /// `mev_sendBundle`.
    pub fn request(&self, id: u64) -> serde_json::Result<Vec<u8>> {
        let refund = |&(body_idx, percent): &(usize, u8)| RefundDto { body_idx, percent };
        let share = |&(address, percent): &(Address, u8)| ShareDto { address, percent };
        request(
            "mev_sendBundle",
            id,
            SharedDto {
                version: VERSION,
                replacement_uuid: self.replacement,
                inclusion: self.inclusion(),
                body: self.body.iter().map(|member| self.told(member)).collect(),
                validity: ValidityDto {
                    refund: self.refund.iter().map(refund).collect(),
                    refund_config: self.refund_to.iter().map(share).collect(),
                },
                privacy: PrivacyDto { hints: &self.hints, builders: &self.builders },
            },
        )
    }

    /// Its hash as builders work it out: every level is hashed.
    pub fn hash(&self) -> B256 {
        bundle_hash(self.body.iter().map(|member| hash(member, false)))
    }

    /// Its hash as MEV-Share's node works it out: a level of one member has that member's.
    pub fn node_hash(&self) -> B256 {
        level(&self.body, true)
    }

    fn inclusion(&self) -> InclusionDto {
        let (block, most) = self.blocks;
        InclusionDto { block: U64::from(block), max_block: most.map(U64::from) }
    }

    fn told<'a>(&self, member: &'a Member) -> MemberDto<'a> {
        match member {
            Member::Hash(hash) => MemberDto::Hash { hash: *hash },
            Member::Transaction(raw, can_revert) => {
                MemberDto::Transaction { tx: &raw.bytes, can_revert: *can_revert }
            }
            Member::Bundle(body) => MemberDto::Bundle {
                bundle: WithinDto {
                    version: VERSION,
                    inclusion: self.inclusion(),
                    body: body.iter().map(|member| self.told(member)).collect(),
                },
            },
        }
    }
}

/// The name under which searchers are told of a bundle: its hash gives nothing away.
pub fn matching_hash(hash: B256) -> B256 {
    keccak256(hash)
}

fn members(body: &[Member], depth: u32) -> Result<(), SharedError> {
    if body.is_empty() || body.len() > MOST_MEMBERS {
        return Err(SharedError::Members(body.len()));
    }
    for (at, member) in body.iter().enumerate() {
        match member {
            Member::Hash(_) if at > 0 || depth > 0 || body.len() == 1 => {
                return Err(SharedError::Hash);
            }
            Member::Bundle(_) if depth > 0 => return Err(SharedError::Nested),
            Member::Bundle(within) => members(within, depth + 1)?,
            Member::Hash(_) | Member::Transaction(..) => {}
        }
    }
    Ok(())
}

fn hash(member: &Member, single: bool) -> B256 {
    match member {
        Member::Hash(hash) => *hash,
        Member::Transaction(raw, _) => raw.hash,
        Member::Bundle(body) => level(body, single),
    }
}

fn level(body: &[Member], single: bool) -> B256 {
    match body {
        [member] if single => hash(member, single),
        _ => bundle_hash(body.iter().map(|member| hash(member, single))),
    }
}
