//! What is written before anything is sent: enough to find a transaction again, and to say later what was
//! promised of it. Its calldata is not written: until it is in a block it is nobody's to know.

use alloy_primitives::{Address, B256, U256};
use serde::{Deserialize, Serialize};

use crate::{
    intents::signed::wire::Decimal,
    store::{Attempt, Store, StoreError},
};

/// What is promised of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Promise {
    /// The block whose state the plan was made and run on.
    pub(super) block: u64,
    /// Its hash.
    pub(super) block_hash: B256,
    /// Whether it was sent, or made and told of alone.
    #[serde(default = "yes")]
    pub(super) sent: bool,
    /// Units of the asset in that are declared as the fee.
    pub(super) fee: Decimal,
    /// Wei that the fee is worth.
    pub(super) fee_wei: Decimal,
    /// Wei that the outputs credit by the signed rates, on that state.
    pub(super) value: Decimal,
    /// Units of each output that reach the recipient, on that state.
    pub(super) received: Vec<Decimal>,
    /// The same were nothing else in the next block.
    pub(super) next: Ran,
    /// Gas.
    pub(super) gas: u64,
    /// Wei of tip for a unit of gas.
    pub(super) tip: u128,
    /// The most wei for a unit of gas.
    pub(super) max_fee: u128,
    /// Wei that others could take around it, once they paid for gas.
    pub(super) exposure: Decimal,
}

impl Promise {
    /// What was promised of an attempt; `None` where it cannot be read any more.
    pub(super) fn of(attempt: &Attempt) -> Option<Self> {
        serde_json::from_str(&attempt.body).ok()
    }
}

/// Of attempts written down before it was told.
const fn yes() -> bool {
    true
}

/// What a run of a settlement left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ran {
    /// Wei that the outputs credit.
    pub(super) value: Decimal,
    /// Units of each output.
    pub(super) received: Vec<Decimal>,
}

impl Ran {
    pub(super) fn of(value: U256, received: &[U256]) -> Self {
        Self { value: Decimal(value), received: received.iter().copied().map(Decimal).collect() }
    }
}

/// Wei that an account's transactions may still cost it: of those with one nonce one can land, the dearest
/// at worst; nonces below the account's next one are spent.
pub(super) fn outstanding(attempts: &[Attempt], account: Address, next: u64) -> U256 {
    let mut dearest = std::collections::BTreeMap::<u64, U256>::new();
    for attempt in attempts.iter().filter(|a| a.account == account && a.nonce >= next) {
        let most = dearest.entry(attempt.nonce).or_default();
        *most = (*most).max(attempt.most);
    }
    dearest.into_values().fold(U256::ZERO, U256::saturating_add)
}

/// What was sent for each intent that may still change, the order received first.
pub(super) fn open(store: &dyn Store) -> Result<Vec<(B256, Vec<Attempt>)>, StoreError> {
    let mut all: Vec<(B256, Vec<Attempt>)> = Vec::new();
    for attempt in store.open_attempts()? {
        match all.last_mut() {
            Some((id, of)) if *id == attempt.id => of.push(attempt),
            _ => all.push((attempt.id, vec![attempt])),
        }
    }
    Ok(all)
}
