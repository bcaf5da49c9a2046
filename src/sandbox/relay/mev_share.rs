//! MEV-Share's bundles: bodies of transactions, of bundles, and of what others sent.
//!
//! The checks are those of Flashbots' node, in its words.

use std::{collections::HashSet, sync::Arc};

use alloy_primitives::{B256, keccak256};
use serde::Deserialize as _;
use serde_json::Value;
use tenor_simulations::chain::Bundle;

use super::{
    super::{Inner, jsonrpc::RpcError},
    decode,
    wire::{MemberDto, SharedDto, ValidityDto},
};
use crate::bundle::ids::bundle_hash;

/// The most blocks after the first of a window, and how far ahead it may begin.
const MOST_BLOCKS: u64 = 30;
const MOST_AHEAD: u64 = 5;
/// The most members of a body.
const MOST_MEMBERS: usize = 50;
const VERSIONS: [&str; 2] = ["v0.1", "beta-1"];

/// A bundle as the builder takes it.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) hash: B256,
    pub(super) bundle: Bundle,
    pub(super) replacement: Option<String>,
}

/// Reads a bundle that is to land.
pub(super) fn read(inner: &Inner, sent: &Value) -> Result<Shared, RpcError> {
    let dto = parse(sent)?;
    let (first, last) = window(&dto);
    let number = inner.number();
    let fits = last >= first && last - first <= MOST_BLOCKS && first <= number + MOST_AHEAD;
    if !fits || last <= number {
        return Err(RpcError::server("invalid inclusion"));
    }
    matched(inner, dto)
}

/// Reads a bundle whatever its blocks.
pub(super) fn matched(inner: &Inner, dto: SharedDto) -> Result<Shared, RpcError> {
    check(&dto, 0)?;
    let (first, last) = window(&dto);
    let mut bundle = Bundle { first, last, ..Bundle::default() };
    let hash = bundle_hash(lay(inner, &mut bundle, &dto.body)?);
    if bundle.first > bundle.last {
        return Err(RpcError::server("invalid inclusion"));
    }
    Ok(Shared { hash, bundle, replacement: dto.replacement_uuid })
}

pub(super) fn parse(sent: &Value) -> Result<SharedDto, RpcError> {
    SharedDto::deserialize(sent).map_err(|error| RpcError::params(error.to_string()))
}

fn window(dto: &SharedDto) -> (u64, u64) {
    let first = dto.inclusion.block.0;
    (first, dto.inclusion.max_block.map_or(first, |last| last.0))
}

fn check(dto: &SharedDto, depth: u32) -> Result<(), RpcError> {
    let wrong = |what: &str| Err(RpcError::server(what));
    if !VERSIONS.contains(&dto.version.as_str()) {
        return wrong("unsupported version");
    }
    if dto.body.is_empty() || dto.body.len() > MOST_MEMBERS {
        return wrong("invalid bundle body size");
    }
    for (at, member) in dto.body.iter().enumerate() {
        match member {
            MemberDto::Hash { .. } if at > 0 || depth > 0 || dto.body.len() == 1 => {
                return wrong("invalid bundle body");
            }
            MemberDto::Bundle { .. } if depth > 0 => return wrong("invalid bundle body"),
            MemberDto::Bundle { bundle } => check(bundle, depth + 1)?,
            MemberDto::Hash { .. } | MemberDto::Transaction { .. } => {}
        }
    }
    refunds(dto)
}

fn refunds(dto: &SharedDto) -> Result<(), RpcError> {
    let ValidityDto { refund, refund_config } = &dto.validity;
    let refund = refund.as_deref().unwrap_or_default();
    let shares = refund_config.as_deref().unwrap_or_default();
    let hints = dto.privacy.as_ref().and_then(|privacy| privacy.hints.as_deref());
    let adds = matches!(dto.body.first(), Some(MemberDto::Hash { .. }));
    let own = refund.is_empty() && hints.is_none_or(<[_]>::is_empty);
    let members: HashSet<usize> = refund.iter().map(|refund| refund.body_idx).collect();
    let known = members.iter().all(|at| *at < dto.body.len()) && members.len() == refund.len();
    let of: u64 = refund.iter().map(|refund| refund.percent.min(101)).sum();
    let to: u64 = shares.iter().map(|share| share.percent.min(101)).sum();
    if (adds && !own) || !known || of > 100 || to > 100 {
        return Err(RpcError::server("invalid bundle constraints"));
    }
    Ok(())
}

/// Lays a body's members one after the other. Returns their hashes.
fn lay(inner: &Inner, bundle: &mut Bundle, body: &[MemberDto]) -> Result<Vec<B256>, RpcError> {
    let mut hashes = Vec::with_capacity(body.len());
    for member in body {
        hashes.push(match member {
            MemberDto::Transaction { tx, can_revert, revert_mode } => {
                let transactions = decode(std::slice::from_ref(tx))?;
                let hash = transactions.first().map_or(B256::ZERO, |signed| signed.hash);
                match revert_mode.as_deref() {
                    Some("drop") => bundle.dropping.push(hash),
                    Some("allow") => bundle.reverting.push(hash),
                    None if *can_revert => bundle.reverting.push(hash),
                    _ => {}
                }
                bundle.transactions.extend(transactions);
                hash
            }
            MemberDto::Bundle { bundle: within } => {
                let (first, last) = window(within);
                bundle.first = bundle.first.max(first);
                bundle.last = bundle.last.min(last);
                bundle_hash(lay(inner, bundle, &within.body)?)
            }
            MemberDto::Hash { hash } => {
                let found = inner.book.shared(|told| *hash == told || *hash == keccak256(told));
                let other = found.ok_or_else(|| RpcError::server("backrun not found"))?;
                bundle.transactions.extend(other.transactions.iter().map(Arc::clone));
                bundle.reverting.extend(&other.reverting);
                bundle.dropping.extend(&other.dropping);
                *hash
            }
        });
    }
    Ok(hashes)
}
