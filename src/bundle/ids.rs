//! The names of a bundle at builders: hashes and ids that both sides work out for themselves.
//!
//! Source: the recipes of Flashbots' go-utils, which builders run.

use alloy_primitives::{Address, B256, keccak256};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid, Variant, Version};

use super::{Bundle, Refund};

/// The hash of transactions that land together: of their hashes, one after the other.
pub fn bundle_hash(hashes: impl IntoIterator<Item = B256>) -> B256 {
    let joined: Vec<u8> = hashes.into_iter().flat_map(|hash| hash.0).collect();
    keccak256(joined)
}

/// The first id that builders gave bundles: of its block, its transactions and what may revert.
pub fn uuid_v1(bundle: &Bundle) -> Uuid {
    let mut told = vec![0; 16];
    // Zigzag, as of a signed number.
    varint(&mut told, u128::from(bundle.block) << 1);
    told.extend(bundle_hash(bundle.hashes()));
    sorted(&mut told, &bundle.reverting);
    shaped(&told)
}

/// The id that tells apart all that changes what a bundle does.
pub fn uuid_v2(bundle: &Bundle) -> Uuid {
    let mut told = vec![0; 16];
    let lengths = [bundle.reverting.len() as u64, bundle.dropping.len() as u64];
    let times = [bundle.min_timestamp.unwrap_or(0), bundle.max_timestamp.unwrap_or(u64::MAX)];
    for number in [bundle.block].into_iter().chain(times).chain(lengths) {
        varint(&mut told, number.into());
    }
    told.extend(bundle_hash(bundle.hashes()));
    sorted(&mut told, &bundle.reverting);
    sorted(&mut told, &bundle.dropping);
    if let Some(refund) = bundle.refund.as_ref().filter(|refund| refund.percent > 0) {
        let first = bundle.transactions.first().map(|transaction| transaction.sender);
        let recipient = refund.recipient.or(first).unwrap_or_default();
        told.push(refund.percent);
        told.extend(recipient);
        let of = refunded(bundle, refund);
        varint(&mut told, of.len() as u128);
        sorted(&mut told, &of);
    }
    shaped(&told)
}

/// By what BuilderNet tells whether it was sent a bundle before. The same bundle again is answered as if it
/// were taken, and is not.
pub fn unique_key(bundle: &Bundle, signer: Option<Address>) -> Uuid {
    let mut told = bundle.block.to_le_bytes().to_vec();
    for transaction in &bundle.transactions {
        told.extend(&transaction.bytes);
    }
    for time in [bundle.min_timestamp, bundle.max_timestamp].into_iter().flatten() {
        told.extend(time.to_le_bytes());
    }
    sorted(&mut told, &bundle.reverting);
    if let Some(replacement) = &bundle.replacement {
        told.extend(replacement.uuid.as_bytes());
        told.extend(replacement.sequence.map(u64::to_le_bytes).into_iter().flatten());
    }
    sorted(&mut told, &bundle.dropping);
    if let Some(Refund { percent, recipient, of, delayed: _ }) = &bundle.refund {
        told.extend(u64::from(*percent).to_le_bytes());
        told.extend(recipient.iter().flatten());
        told.extend(of.iter().flat_map(|hash| hash.to_string().into_bytes()));
    }
    told.extend(signer.iter().flatten());
    shaped(&told)
}

/// The transactions whose payment a refund counts.
fn refunded(bundle: &Bundle, refund: &Refund) -> Vec<B256> {
    if refund.of.is_empty() {
        bundle.hashes().next_back().into_iter().collect()
    } else {
        refund.of.clone()
    }
}

fn sorted(told: &mut Vec<u8>, hashes: &[B256]) {
    let mut hashes = hashes.to_vec();
    hashes.sort_unstable();
    told.extend(hashes.into_iter().flat_map(|hash| hash.0));
}

/// Seven bits to a byte, the lowest first.
fn varint(told: &mut Vec<u8>, mut number: u128) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            return told.push(low);
        }
        told.push(low | 0x80);
    }
}

/// SHA-256, cut to the shape of a name-based UUID.
fn shaped(told: &[u8]) -> Uuid {
    let digest: [u8; 32] = Sha256::digest(told).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_bytes(bytes)
        .with_version(Version::Sha1)
        .with_variant(Variant::RFC4122)
        .into_uuid()
}
