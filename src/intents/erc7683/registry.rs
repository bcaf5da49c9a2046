//! Which types of orders are understood.

use std::fmt::Debug;

use alloy_primitives::{Address, B256, Bytes, U256};

use super::{
    order::ResolvedCrossChainOrder, refusal::Refusal, resolved::Resolved, wire::Posted,
    yield_order::YieldOrder,
};
use crate::intents::signed::Deployment;

/// A type of `orderData`. See the steps at the top of [`erc7683`](super).
pub trait OrderData: Debug + Send + Sync {
    /// The type's name, for people.
    fn name(&self) -> &'static str;

    /// What orders of it have as `orderDataType`: the hash of its EIP-712 type.
    fn type_hash(&self) -> B256;

    /// What the order's own settler would answer to `resolve`, and what the standard has no place for.
    fn resolve(&self, posted: &Posted) -> Result<Decoded, Refusal>;
}

/// An order as its decoder reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// What the order's own settler would answer to `resolve`.
    pub order: ResolvedCrossChainOrder,
    /// What makes it the user's.
    pub proof: Proof,
    /// Unix seconds before which nobody may fill; zero: at once.
    pub valid_after: U256,
    /// The only account that may fill, and the last block of its privilege.
    pub exclusive: Option<(Address, U256)>,
}

/// What makes an order its user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The user's signature of a digest.
    Signed {
        /// Who.
        owner: Address,
        /// What.
        digest: B256,
        /// How; empty of a contract that has approved the digest itself.
        signature: Bytes,
    },
    /// The settler has opened it: nothing is left to prove.
    Opened,
}

/// The decoders, by type.
#[derive(Debug)]
pub struct Registry {
    decoders: Vec<Box<dyn OrderData>>,
}

impl Registry {
    /// The decoders that there are, on a deployment of ours.
    pub fn new(deployment: Deployment) -> Self {
        Self { decoders: vec![Box::new(YieldOrder { deployment })] }
    }

    /// The same and another; of two for one type the later is asked.
    #[must_use]
    pub fn with(mut self, decoder: Box<dyn OrderData>) -> Self {
        self.decoders.insert(0, decoder);
        self
    }

    /// Resolves an order by the decoder of its type.
    pub fn resolve(&self, posted: &Posted) -> Result<Resolved, Refusal> {
        let found = posted.data_type();
        let decoder = self.decoders.iter().find(|decoder| decoder.type_hash() == found);
        let decoder = decoder.ok_or_else(|| Refusal::UnknownType { found, known: self.known() })?;
        Ok(Resolved { name: decoder.name(), decoded: decoder.resolve(posted)? })
    }

    fn known(&self) -> String {
        let names =
            self.decoders.iter().map(|known| format!("{} ({})", known.name(), known.type_hash()));
        names.collect::<Vec<_>>().join(", ")
    }
}

impl Posted {
    /// What its data is.
    pub const fn data_type(&self) -> B256 {
        match self {
            Self::Gasless { order, .. } => order.orderDataType,
            Self::Onchain { order, .. } => order.orderDataType,
        }
    }

    /// Its data.
    pub fn data(&self) -> &[u8] {
        match self {
            Self::Gasless { order, .. } => &order.orderData,
            Self::Onchain { order, .. } => &order.orderData,
        }
    }

    /// Where it begins.
    pub const fn chain(&self) -> U256 {
        match self {
            Self::Gasless { order, .. } => order.originChainId,
            Self::Onchain { chain, .. } => *chain,
        }
    }
}
