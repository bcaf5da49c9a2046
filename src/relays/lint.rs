//! What a relay would misread in a bundle: refused here, for there it is silent.

use alloy_primitives::B256;
use uuid::Version;

use super::dialect::{Dialect, Naming};
use crate::bundle::{Bundle, Refund, Replacement};

/// Why a bundle is not sent to a relay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misread {
    /// Nothing to land.
    #[error("the bundle has no transactions: some relays would read a cancellation")]
    Empty,
    /// More transactions than it takes.
    #[error("{count} transactions: {relay} takes at most {most}")]
    TooMany {
        /// The relay.
        relay: &'static str,
        /// In the bundle.
        count: usize,
        /// Taken.
        most: usize,
    },
    /// More bytes than it takes.
    #[error("{bytes} bytes of transactions: {relay} takes at most {most}")]
    TooLarge {
        /// The relay.
        relay: &'static str,
        /// In the bundle.
        bytes: usize,
        /// Taken.
        most: usize,
    },
    /// One transaction twice.
    #[error("transaction {0} is there twice: it can land once")]
    Twice(B256),
    /// A hash that is none of its transactions'.
    #[error("{list} names {hash}, which is not in the bundle")]
    Stranger {
        /// The list that names it.
        list: &'static str,
        /// What it names.
        hash: B256,
    },
    /// A window of time that no block is in.
    #[error("no block is at {from} or later and at {to} or earlier")]
    NoTime {
        /// The first second.
        from: u64,
        /// The last.
        to: u64,
    },
    /// A relay of single transactions, or of bundles of another form.
    #[error("{0} takes no bundles by eth_sendBundle")]
    NoBundles(&'static str),
    /// An option that the relay is not known to read.
    #[error("{relay} is not known to read {option}: leave it out, or the relay")]
    Unread {
        /// The relay.
        relay: &'static str,
        /// The option.
        option: &'static str,
    },
    /// A refund outside what the relay pays.
    #[error("{relay} refunds {least} to {most} percent, not {percent}")]
    Percent {
        /// The relay.
        relay: &'static str,
        /// Asked for.
        percent: u8,
        /// The least it takes.
        least: u8,
        /// The most it takes.
        most: u8,
    },
    /// A refund to nobody by name, for which the relay throws a bundle away.
    #[error("{0} throws away a bundle whose refund names no recipient: name one")]
    NoRecipient(&'static str),
    /// More transactions than the relay refunds.
    #[error("{relay} refunds the payment of at most {most} transactions, not of {count}")]
    RefundsTooMany {
        /// The relay.
        relay: &'static str,
        /// Asked for.
        count: usize,
        /// The most it takes.
        most: usize,
    },
    /// A name that the relay does not take.
    #[error("{0} takes random UUIDs, version 4, as replacementUuid")]
    Naming(&'static str),
}

/// All that a relay would misread in a bundle; none is fit to be sent.
pub fn misread(bundle: &Bundle, dialect: Dialect) -> Vec<Misread> {
    let known = dialect.capabilities();
    if !known.bundles {
        return vec![Misread::NoBundles(known.name)];
    }
    let mut found = Vec::new();
    itself(bundle, &mut found);
    size(bundle, dialect, &mut found);
    options(bundle, dialect, &mut found);
    if let Some(refund) = &bundle.refund {
        refunded(refund, dialect, &mut found);
    }
    found
}

/// What makes no sense to anybody.
fn itself(bundle: &Bundle, found: &mut Vec<Misread>) {
    let hashes: Vec<B256> = bundle.hashes().collect();
    if hashes.is_empty() {
        found.push(Misread::Empty);
    }
    for (at, hash) in hashes.iter().enumerate() {
        if hashes[..at].contains(hash) {
            found.push(Misread::Twice(*hash));
        }
    }
    let refunded = bundle.refund.as_ref().map(|refund| refund.of.as_slice()).unwrap_or_default();
    let lists = [
        ("revertingTxHashes", bundle.reverting.as_slice()),
        ("droppingTxHashes", bundle.dropping.as_slice()),
        ("refundTxHashes", refunded),
    ];
    for (list, named) in lists {
        let strangers = named.iter().filter(|hash| !hashes.contains(hash));
        found.extend(strangers.map(|hash| Misread::Stranger { list, hash: *hash }));
    }
    if let (Some(from), Some(to)) = (bundle.min_timestamp, bundle.max_timestamp)
        && from > to
    {
        found.push(Misread::NoTime { from, to });
    }
}

fn size(bundle: &Bundle, dialect: Dialect, found: &mut Vec<Misread>) {
    let known = dialect.capabilities();
    let (relay, count) = (known.name, bundle.transactions.len());
    if count > known.most_transactions {
        found.push(Misread::TooMany { relay, count, most: known.most_transactions });
    }
    let bytes: usize = bundle.transactions.iter().map(|t| t.bytes.len()).sum();
    if bytes > known.most_bytes {
        found.push(Misread::TooLarge { relay, bytes, most: known.most_bytes });
    }
}

fn options(bundle: &Bundle, dialect: Dialect, found: &mut Vec<Misread>) {
    let known = dialect.capabilities();
    let relay = known.name;
    let sequenced = bundle.replacement.is_some_and(|replacement| replacement.sequence.is_some());
    let delayed = bundle.refund.as_ref().is_some_and(|refund| refund.delayed);
    let asked = [
        ("minTimestamp", bundle.min_timestamp.is_some(), known.timestamps),
        ("maxTimestamp", bundle.max_timestamp.is_some(), known.timestamps),
        ("droppingTxHashes", !bundle.dropping.is_empty(), known.dropping),
        ("replacementUuid", bundle.replacement.is_some(), known.replacement.is_some()),
        ("replacementNonce", sequenced, known.sequence),
        ("refundPercent", bundle.refund.is_some(), known.refunds.is_some()),
        ("delayedRefund", delayed, known.refunds.is_some_and(|refunds| refunds.delayed)),
    ];
    let unread = asked.into_iter().filter(|(_, asked, known)| *asked && !known);
    found.extend(unread.map(|(option, ..)| Misread::Unread { relay, option }));
    if let (Some(Replacement { uuid, .. }), Some(Naming::UuidV4)) =
        (bundle.replacement, known.replacement)
        && uuid.get_version() != Some(Version::Random)
    {
        found.push(Misread::Naming(relay));
    }
}

fn refunded(refund: &Refund, dialect: Dialect, found: &mut Vec<Misread>) {
    let known = dialect.capabilities();
    let (relay, Some(refunds)) = (known.name, known.refunds) else { return };
    let ((least, most), percent) = (refunds.percent, refund.percent);
    if !(least..=most).contains(&percent) {
        found.push(Misread::Percent { relay, percent, least, most });
    }
    if refunds.names_recipient && refund.recipient.is_none() {
        found.push(Misread::NoRecipient(relay));
    }
    let count = refund.of.len();
    if count > refunds.most_transactions {
        found.push(Misread::RefundsTooMany { relay, count, most: refunds.most_transactions });
    }
}
