//! From a settlement that a run confirmed to signed transactions.
//!
//! Two lanes. A settlement is a transaction of type 2 (EIP-1559). Where accounts take on code with it, it
//! is of type 4 (EIP-7702): an owner who has not delegated yet can then sign as its code accepts, and the
//! solver carries the authorization along. Type 4 cannot create contracts and costs 25,000 gas for each
//! account; nothing else is different.
//!
//! A bundle is for one block; for a range of blocks there is one for each, of the same transactions. Their
//! nonces let one of them land.

use std::ops::RangeInclusive;

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip7702, TxEnvelope};
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_network::TxSigner;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, keccak256};
use tenor_solver::venues::Call;
use uuid::Builder;

use super::{Bundle, Raw, RawError, Refund, Replacement, fees::Fees, prove::Proven};

/// A key that signs transactions, wherever it is.
pub type Key = dyn TxSigner<Signature> + Send + Sync;

/// A trade that puts back what the settlement moved, as its last transaction: whoever asks for it has
/// found and run it. It may be left out, and must revert where it does not pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backrun {
    /// What is called.
    pub call: Call,
    /// What it offers.
    pub fees: Fees,
}

/// What is to be built of a settlement.
#[derive(Debug, Clone)]
pub struct Order {
    /// The blocks that it may land in.
    pub blocks: RangeInclusive<u64>,
    /// The solver's next nonce.
    pub nonce: u64,
    /// What the settlement offers.
    pub fees: Fees,
    /// What comes after it.
    pub backrun: Option<Backrun>,
    /// What of the builder's payment comes back.
    pub refund: Option<Refund>,
    /// The how manieth bundle of this intent for its block it is: a higher one takes a lower one's place.
    pub attempt: u64,
}

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// No block.
    #[error("no block to land in: the first is {first}, and the last {last}")]
    NoBlock {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
    },
    /// The key is another account's.
    #[error("the key is of {found}; the settlement is of {solver}")]
    OtherKey {
        /// Whose.
        found: Address,
        /// Whose it must be.
        solver: Address,
    },
    /// Less gas than the run needed.
    #[error("{limit} gas are less than the {peak} that the run needed")]
    TooLittleGas {
        /// The limit.
        limit: u64,
        /// What was needed.
        peak: u64,
    },
    /// There is no nonce after this one.
    #[error("there is no nonce after {0}")]
    Nonce(u64),
    /// The key does not sign.
    #[error("the key does not sign: {0}")]
    Key(#[from] alloy_signer::Error),
    /// The key signs what is no transaction.
    #[error(transparent)]
    Raw(#[from] RawError),
    /// The signature is of another key than it says.
    #[error("the key of {solver} signs as {found}")]
    Signed {
        /// Whose signature it is.
        found: Address,
        /// Whose it should be.
        solver: Address,
    },
}

/// Signs a settlement, and makes a bundle for each of its blocks, the first one first.
pub async fn build(proven: &Proven, order: &Order, key: &Key) -> Result<Vec<Bundle>, BuildError> {
    let settlement = proven.settlement();
    let solver = settlement.solver;
    if key.address() != solver {
        return Err(BuildError::OtherKey { found: key.address(), solver });
    }
    let (first, last) = (*order.blocks.start(), *order.blocks.end());
    if first > last {
        return Err(BuildError::NoBlock { first, last });
    }
    if order.fees.gas_limit < proven.peak() {
        let (limit, peak) = (order.fees.gas_limit, proven.peak());
        return Err(BuildError::TooLittleGas { limit, peak });
    }
    let mut transactions = vec![settle(proven, order, key).await?];
    let mut dropping = Vec::new();
    if let Some(backrun) = &order.backrun {
        let nonce = order.nonce.checked_add(1).ok_or(BuildError::Nonce(order.nonce))?;
        let Call { to, value, data } = backrun.call.clone();
        let chain_id = settlement.here.chain_id;
        let tx = plain(chain_id, nonce, &backrun.fees, (to, data));
        let raw = sign(TxEip1559 { value, ..tx }, key).await?;
        dropping.push(raw.hash);
        transactions.push(raw);
    }
    let permit = &settlement.call.permit;
    let valid_after = settlement.call.intent.validAfter;
    let one = |block| Bundle {
        transactions: transactions.clone(),
        block,
        min_timestamp: (!valid_after.is_zero()).then(|| valid_after.saturating_to()),
        max_timestamp: Some(permit.deadline.saturating_to()),
        reverting: Vec::new(),
        dropping: dropping.clone(),
        replacement: Some(replacement(settlement.id, block, order.attempt)),
        refund: order.refund.clone(),
    };
    Ok(order.blocks.clone().map(one).collect())
}

/// The name under which a later bundle of an intent takes the place of this one in a block: the same
/// after a restart. Its form is that of a random UUID, which some relays ask for.
pub fn replacement(id: B256, block: u64, attempt: u64) -> Replacement {
    let told = keccak256([&id[..], &block.to_be_bytes()].concat());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&told[..16]);
    let uuid = Builder::from_random_bytes(bytes).into_uuid();
    Replacement { uuid, sequence: Some(attempt) }
}

async fn settle(proven: &Proven, order: &Order, key: &Key) -> Result<Raw, BuildError> {
    let settlement = proven.settlement();
    let to = settlement.here.settler;
    let called = (to, settlement.calldata());
    let tx = plain(settlement.here.chain_id, order.nonce, &order.fees, called);
    if settlement.authorizations.is_empty() {
        return sign(tx, key).await;
    }
    let authorization_list = settlement.authorizations.clone();
    let TxEip1559 { chain_id, nonce, gas_limit, max_fee_per_gas, .. } = tx;
    let TxEip1559 { max_priority_fee_per_gas, value, access_list, input, .. } = tx;
    let tx = TxEip7702 {
        chain_id,
        nonce,
        gas_limit,
        max_fee_per_gas,
        max_priority_fee_per_gas,
        to,
        value,
        access_list,
        authorization_list,
        input,
    };
    sign(tx, key).await
}

fn plain(chain_id: u64, nonce: u64, fees: &Fees, (to, input): (Address, Bytes)) -> TxEip1559 {
    TxEip1559 {
        chain_id,
        nonce,
        gas_limit: fees.gas_limit,
        max_fee_per_gas: fees.max_fee,
        max_priority_fee_per_gas: fees.tip,
        to: TxKind::Call(to),
        input,
        ..TxEip1559::default()
    }
}

/// A signed transaction, read again as everybody else reads it.
async fn sign<T>(mut tx: T, key: &Key) -> Result<Raw, BuildError>
where
    T: SignableTransaction<Signature> + Send,
    TxEnvelope: From<alloy_consensus::Signed<T>>,
{
    let signature = key.sign_transaction(&mut tx).await?;
    let envelope = TxEnvelope::from(tx.into_signed(signature));
    let raw = Raw::decode(envelope.encoded_2718().into())?;
    let (found, solver) = (raw.sender, key.address());
    if found != solver {
        return Err(BuildError::Signed { found, solver });
    }
    Ok(raw)
}
