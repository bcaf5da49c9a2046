//! An order of any kind: from bytes, back to the same bytes, and what is signed of it.

use std::borrow::Cow;

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolStruct, SolValue};

use super::{
    abi::{
        DutchSent, ExclusiveDutchOrder, OrderInfo, PriorityOrder, PrioritySent, V2DutchOrder,
        V2Sent, V3DutchOrder, V3Sent,
    },
    fault::Fault,
    reactors::Reactors,
};
use crate::intents::signed::{Deployment, frozen::TokenPermissions};

/// The longest encoding read: some tens of times what an order takes.
pub const MOST_BYTES: usize = 32 << 10;

/// What Permit2 puts before a witness's own type.
const STUB: &str = "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,";

/// The kinds of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Exclusive Dutch: falls with time. A limit order is one that does not fall.
    Dutch,
    /// The same with times and better amounts by a cosigner.
    V2,
    /// Along a curve over blocks, and with the base fee.
    V3,
    /// With the priority fee that the fill's transaction pays.
    Priority,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Exclusive Dutch.
    Dutch(Box<DutchSent>),
    /// V2 Dutch.
    V2(Box<V2Sent>),
    /// V3 Dutch.
    V3(Box<V3Sent>),
    /// Priority.
    Priority(Box<PrioritySent>),
}

impl Kind {
    /// The name that the orders' API gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dutch => "Dutch",
            Self::V2 => "Dutch_V2",
            Self::V3 => "Dutch_V3",
            Self::Priority => "Priority",
        }
    }
}

impl Order {
    /// Reads an order of the kind that its own reactor takes.
    pub fn read(bytes: &[u8], reactors: &Reactors) -> Result<Self, Fault> {
        let reactor = reactor(bytes)?;
        let kind = reactors.kind(reactor).ok_or(Fault::UnknownReactor(reactor))?;
        Self::decode(kind, bytes)
    }

    /// Reads an order of a kind. An encoding that a contract would read and no encoder would write is
    /// refused, so that what is kept of an order is its bytes.
    pub fn decode(kind: Kind, bytes: &[u8]) -> Result<Self, Fault> {
        sized(bytes)?;
        let order = match kind {
            Kind::Dutch => Self::Dutch(decoded(bytes)?),
            Kind::V2 => Self::V2(decoded(bytes)?),
            Kind::V3 => Self::V3(decoded(bytes)?),
            Kind::Priority => Self::Priority(decoded(bytes)?),
        };
        if order.encode() == bytes { Ok(order) } else { Err(Fault::NotCanonical) }
    }

    /// Its bytes, as Solidity's `abi.encode` writes them.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Dutch(order) => order.abi_encode(),
            Self::V2(order) => order.abi_encode(),
            Self::V3(order) => order.abi_encode(),
            Self::Priority(order) => order.abi_encode(),
        }
    }

    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Dutch(_) => Kind::Dutch,
            Self::V2(_) => Kind::V2,
            Self::V3(_) => Kind::V3,
            Self::Priority(_) => Kind::Priority,
        }
    }

    /// Whose it is, where it is filled and until when.
    pub fn info(&self) -> &OrderInfo {
        match self {
            Self::Dutch(order) => &order.info,
            Self::V2(order) => &order.info,
            Self::V3(order) => &order.info,
            Self::Priority(order) => &order.info,
        }
    }

    /// What is sold, and the most that Permit2 may take of it.
    pub fn permitted(&self) -> TokenPermissions {
        let (token, amount) = match self {
            Self::Dutch(order) => (order.input.token, order.input.endAmount),
            Self::V2(order) => (order.baseInput.token, order.baseInput.endAmount),
            Self::V3(order) => (order.baseInput.token, order.baseInput.maxAmount),
            Self::Priority(order) => (order.input.token, order.input.amount),
        };
        TokenPermissions { token, amount }
    }

    /// How many outputs it asks for.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Dutch(order) => order.outputs.len(),
            Self::V2(order) => order.baseOutputs.len(),
            Self::V3(order) => order.baseOutputs.len(),
            Self::Priority(order) => order.outputs.len(),
        }
    }

    /// Its name: the hash of what its swapper signed, without what a cosigner added.
    pub fn hash(&self) -> B256 {
        match self {
            Self::Dutch(order) => ExclusiveDutchOrder::from(&**order).eip712_hash_struct(),
            Self::V2(order) => V2DutchOrder::from(&**order).eip712_hash_struct(),
            Self::V3(order) => V3DutchOrder::from(&**order).eip712_hash_struct(),
            Self::Priority(order) => PriorityOrder::from(&**order).eip712_hash_struct(),
        }
    }

    /// What the swapper signs on a chain: Permit2's transfer to the reactor, with the order as witness.
    pub fn digest(&self, chain: u64) -> B256 {
        let info = self.info();
        let words = (
            keccak256(self.permit_type()),
            self.permitted().eip712_hash_struct(),
            info.reactor,
            info.nonce,
            info.deadline,
            self.hash(),
        );
        // Static types are encoded side by side, as EIP-712 wants members.
        let permit = keccak256(words.abi_encode());
        let domain = Deployment::of(chain, Address::ZERO).domain().separator();
        keccak256([&[0x19, 0x01], domain.as_slice(), permit.as_slice()].concat())
    }

    /// The type of what the swapper signs.
    pub fn permit_type(&self) -> String {
        match self {
            Self::Dutch(_) => permit_type::<ExclusiveDutchOrder>(),
            Self::V2(_) => permit_type::<V2DutchOrder>(),
            Self::V3(_) => permit_type::<V3DutchOrder>(),
            Self::Priority(_) => permit_type::<PriorityOrder>(),
        }
    }

    /// Who must, or may, cosign; none of kinds that know no cosigner.
    pub fn cosigner(&self) -> Option<Address> {
        match self {
            Self::Dutch(_) => None,
            Self::V2(order) => Some(order.cosigner),
            Self::V3(order) => Some(order.cosigner),
            Self::Priority(order) => Some(order.cosigner),
        }
    }

    /// What the cosigner signs, as it is: no prefix. V2 does not name the chain (v2.0.0), the later two
    /// do. The SDK's `recoverCosigner` of V2 and Priority recovers from a prefixed message instead, which
    /// no contract does.
    pub fn cosigner_digest(&self, chain: u64) -> Option<B256> {
        let (chain, hash) = (U256::from(chain).to_be_bytes::<32>(), self.hash());
        let data = match self {
            Self::Dutch(_) => return None,
            Self::V2(order) => order.cosignerData.abi_encode(),
            Self::V3(order) => [&chain[..], &order.cosignerData.abi_encode()].concat(),
            Self::Priority(order) => [&chain[..], &order.cosignerData.abi_encode()].concat(),
        };
        Some(keccak256([hash.as_slice(), &data].concat()))
    }

    /// The cosigner's signature; empty of kinds that know none.
    pub fn cosignature(&self) -> &[u8] {
        match self {
            Self::Dutch(_) => &[],
            Self::V2(order) => &order.cosignature,
            Self::V3(order) => &order.cosignature,
            Self::Priority(order) => &order.cosignature,
        }
    }
}

fn sized(bytes: &[u8]) -> Result<(), Fault> {
    let found = bytes.len();
    if found > MOST_BYTES { Err(Fault::TooLong { found, most: MOST_BYTES }) } else { Ok(()) }
}

fn decoded<T: SolValue + From<<T::SolType as alloy_sol_types::SolType>::RustType>>(
    bytes: &[u8],
) -> Result<Box<T>, Fault> {
    T::abi_decode(bytes).map(Box::new).map_err(|error| Fault::Malformed(error.to_string()))
}

/// Where an order says that it is filled, read as the contracts' own `OrderQuoter` reads it: the first
/// member of every kind is its `OrderInfo`, and that one's first is the reactor.
fn reactor(bytes: &[u8]) -> Result<Address, Fault> {
    sized(bytes)?;
    let missing = || Fault::Malformed("it ends before its OrderInfo".to_owned());
    let word = |at: usize| at.checked_add(32).and_then(|end| bytes.get(at..end));
    let offset = U256::from_be_slice(word(32).ok_or_else(missing)?);
    let at = usize::try_from(offset).ok().and_then(|offset| offset.checked_add(32));
    let word = at.and_then(word).ok_or_else(missing)?;
    Ok(Address::from_slice(&word[12..]))
}

fn permit_type<T: SolStruct>() -> String {
    let mut types = T::eip712_components();
    types.push(T::eip712_root_type());
    types.push(TokenPermissions::eip712_root_type());
    types.sort_unstable();
    types.dedup();
    let types: String = types.iter().map(Cow::as_ref).collect();
    format!("{STUB}{} witness){types}", T::NAME)
}

impl From<&DutchSent> for ExclusiveDutchOrder {
    fn from(order: &DutchSent) -> Self {
        Self {
            info: order.info.clone(),
            decayStartTime: order.decayStartTime,
            decayEndTime: order.decayEndTime,
            exclusiveFiller: order.exclusiveFiller,
            exclusivityOverrideBps: order.exclusivityOverrideBps,
            inputToken: order.input.token,
            inputStartAmount: order.input.startAmount,
            inputEndAmount: order.input.endAmount,
            outputs: order.outputs.clone(),
        }
    }
}

impl From<&V2Sent> for V2DutchOrder {
    fn from(order: &V2Sent) -> Self {
        Self {
            info: order.info.clone(),
            cosigner: order.cosigner,
            baseInputToken: order.baseInput.token,
            baseInputStartAmount: order.baseInput.startAmount,
            baseInputEndAmount: order.baseInput.endAmount,
            baseOutputs: order.baseOutputs.clone(),
        }
    }
}

impl From<&V3Sent> for V3DutchOrder {
    fn from(order: &V3Sent) -> Self {
        Self {
            info: order.info.clone(),
            cosigner: order.cosigner,
            startingBaseFee: order.startingBaseFee,
            baseInput: order.baseInput.clone(),
            baseOutputs: order.baseOutputs.clone(),
        }
    }
}

impl From<&PrioritySent> for PriorityOrder {
    fn from(order: &PrioritySent) -> Self {
        Self {
            info: order.info.clone(),
            cosigner: order.cosigner,
            auctionStartBlock: order.auctionStartBlock,
            baselinePriorityFeeWei: order.baselinePriorityFeeWei,
            input: order.input.clone(),
            outputs: order.outputs.clone(),
        }
    }
}
