//! The public mempool: everybody reads it, so what goes there must be worth nothing to anybody else.
//!
//! Nothing but an [`Unexploitable`] can be sent there, and that takes evidence: no transaction gets there by
//! accident.

use std::{fmt, time::Duration};

use alloy_consensus::{Transaction as _, TxEnvelope};
use alloy_eips::eip2718::Decodable2718 as _;
use alloy_primitives::{B256, U256};
use tenor_simulations::exposure::Exposure;
use url::Url;

use super::{
    answers::Accepted,
    fault::Fault,
    http::{EndpointError, accepted, endpoint},
    reply::Reply,
    transport::Transport,
    wire,
};
use crate::bundle::Raw;

/// A transaction that nobody gains from by seeing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexploitable(Raw);

/// What an attacker was found to take from a transaction, each of its calls being one that others can stand
/// around.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The transaction that was attacked, by its hash.
    pub transaction: B256,
    /// What was taken.
    pub exposure: &'a Exposure,
}

/// Why a transaction must not be seen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Exploitable {
    /// The evidence is of another transaction.
    #[error("the evidence is of transaction {found}, not of {transaction}")]
    Another {
        /// The one to be sent.
        transaction: B256,
        /// The one that was attacked.
        found: B256,
    },
    /// Nothing was tried.
    #[error("nothing was tried on transaction {0}: its calls are not known")]
    Untried(B256),
    /// Something can be taken.
    #[error("others can take {worth} wei or more from transaction {transaction}")]
    Worth {
        /// The transaction.
        transaction: B256,
        /// What its known part is worth.
        worth: U256,
    },
    /// It calls something, or pays somebody else.
    #[error("transaction {0} is no empty transfer to its own sender")]
    NotOwn(B256),
}

/// A node that tells everybody.
pub struct Public {
    url: Url,
    patience: Duration,
    transport: Transport,
}

impl Unexploitable {
    /// A transaction of which an attacker in the EVM took nothing: neither around it nor after it, in no
    /// token, before gas.
    pub fn proven(transaction: Raw, evidence: Evidence<'_>) -> Result<Self, Exploitable> {
        let Evidence { transaction: found, exposure } = evidence;
        let hash = transaction.hash;
        if found != hash {
            return Err(Exploitable::Another { transaction: hash, found });
        }
        if exposure.runs == 0 {
            return Err(Exploitable::Untried(hash));
        }
        let taken = exposure.legs.iter().map(|leg| leg.taken);
        let after = exposure.backrun.as_ref().map(|backrun| backrun.taken);
        if !exposure.total.is_zero() || taken.chain(after).any(|taken| !taken.is_zero()) {
            return Err(Exploitable::Worth { transaction: hash, worth: exposure.total });
        }
        Ok(Self(transaction))
    }

    /// An empty transfer to oneself, which only uses up a nonce.
    pub fn to_oneself(transaction: Raw) -> Result<Self, Exploitable> {
        let own = |envelope: TxEnvelope| {
            envelope.to() == Some(transaction.sender)
                && envelope.input().is_empty()
                && envelope.authorization_list().is_none_or(<[_]>::is_empty)
        };
        match TxEnvelope::decode_2718_exact(&transaction.bytes).map(own) {
            Ok(true) => Ok(Self(transaction)),
            Ok(false) | Err(_) => Err(Exploitable::NotOwn(transaction.hash)),
        }
    }

    /// The transaction.
    pub const fn transaction(&self) -> &Raw {
        &self.0
    }
}

impl Public {
    /// A node at a URL.
    pub fn new(url: &str, patience: Duration, transport: Transport) -> Result<Self, EndpointError> {
        Ok(Self { url: endpoint("the public node", url)?, patience, transport })
    }

    /// Tells everybody.
    pub async fn send(&self, transaction: &Unexploitable) -> Result<Accepted, Fault> {
        let body = wire::send_raw(transaction.transaction(), 1).map_err(|_| Fault::Unsigned)?;
        let heard = self.transport.post(&self.url, body, None, self.patience).await?;
        accepted(Reply::read(heard.status.as_u16(), &heard.body), heard.retry_after)
    }
}

impl fmt::Debug for Public {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Public").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}
