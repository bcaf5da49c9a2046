//! Transactions that anybody may see, waiting for a block.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256, U256};

use super::{Chain, ChainError, Signed};

/// By how many percent a transaction must pay more to take another's place, as geth has it.
const BUMP: u128 = 10;
/// How far ahead of its account a nonce may be.
const MOST_AHEAD: u64 = 1_024;

/// A sender's transactions, by nonce, each with when it came.
type Waiting = BTreeMap<u64, (Arc<Signed>, u64)>;

/// Transactions that wait.
#[derive(Debug, Default)]
pub struct Pool {
    senders: BTreeMap<Address, Waiting>,
    hashes: HashMap<B256, (Address, u64)>,
    arrivals: u64,
}

/// Why the pool does not take a transaction; the words begin as geth's do, which clients look for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// It is there.
    #[error("already known")]
    Known,
    /// For another chain.
    #[error("invalid chain id for signer: have {have} want {want}")]
    ChainId {
        /// The transaction's.
        have: u64,
        /// This one.
        want: u64,
    },
    /// Its account is past it.
    #[error("nonce too low: next nonce {next}, tx nonce {nonce}")]
    NonceTooLow {
        /// The account's next.
        next: u64,
        /// The transaction's.
        nonce: u64,
    },
    /// Its account will not get there soon.
    #[error("nonce too high: next nonce {next}, tx nonce {nonce}")]
    NonceTooHigh {
        /// The account's next.
        next: u64,
        /// The transaction's.
        nonce: u64,
    },
    /// More than the account has.
    #[error(
        "insufficient funds for gas * price + value: address {account} have {have} want {want}"
    )]
    Funds {
        /// The account.
        account: Address,
        /// What it has.
        have: U256,
        /// What the transaction may take.
        want: U256,
    },
    /// Another of the same nonce pays nearly as much.
    #[error("replacement transaction underpriced")]
    Underpriced,
    /// More gas than any block has.
    #[error("exceeds block gas limit")]
    GasLimit,
    /// No block could hold it.
    #[error("{0}")]
    Invalid(String),
    /// The chain does not tell.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl Pool {
    /// Takes a transaction that a block could hold, now or once its turn comes.
    pub fn add(&mut self, signed: Arc<Signed>, chain: &Chain) -> Result<(), PoolError> {
        if self.hashes.contains_key(&signed.hash) || chain.transaction(signed.hash).is_some() {
            return Err(PoolError::Known);
        }
        check(&signed, chain)?;
        let waiting = self.senders.entry(signed.sender).or_default();
        if let Some((old, _)) = waiting.get(&signed.nonce()) {
            if !outbids(&signed, old) {
                return Err(PoolError::Underpriced);
            }
            self.hashes.remove(&old.hash);
        }
        self.arrivals += 1;
        self.hashes.insert(signed.hash, (signed.sender, signed.nonce()));
        waiting.insert(signed.nonce(), (signed, self.arrivals));
        Ok(())
    }

    /// A transaction that waits.
    pub fn get(&self, hash: B256) -> Option<&Arc<Signed>> {
        let (sender, nonce) = self.hashes.get(&hash)?;
        self.senders.get(sender)?.get(nonce).map(|(signed, _)| signed)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The nonce after those that wait without a gap, of an account whose next is `next`.
    pub fn next_nonce(&self, account: Address, next: u64) -> u64 {
        let Some(waiting) = self.senders.get(&account) else { return next };
        let following = waiting.range(next..).zip(next..);
        following.take_while(|((nonce, _), wanted)| *nonce == wanted).count() as u64 + next
    }

    /// Takes a transaction out.
    pub fn remove(&mut self, hash: B256) {
        if let Some((sender, nonce)) = self.hashes.remove(&hash)
            && let Some(waiting) = self.senders.get_mut(&sender)
        {
            waiting.remove(&nonce);
        }
    }

    /// Takes out all whose accounts are past them.
    pub(super) fn settle(&mut self, chain: &Chain) -> Result<(), ChainError> {
        let state = chain.state(chain.head().header.number)?;
        for (sender, waiting) in &mut self.senders {
            let next = state.account(*sender)?.map_or(0, |info| info.nonce);
            let kept = waiting.split_off(&next);
            for (old, _) in std::mem::replace(waiting, kept).into_values() {
                self.hashes.remove(&old.hash);
            }
        }
        self.senders.retain(|_, waiting| !waiting.is_empty());
        Ok(())
    }

    pub(super) fn senders(&self) -> impl Iterator<Item = (&Address, &Waiting)> {
        self.senders.iter()
    }
}

fn check(signed: &Signed, chain: &Chain) -> Result<(), PoolError> {
    let want = chain.rules().chain_id;
    if let Some(have) = signed.envelope.chain_id().filter(|have| *have != want) {
        return Err(PoolError::ChainId { have, want });
    }
    if signed.envelope.gas_limit() > chain.rules().gas_limit {
        return Err(PoolError::GasLimit);
    }
    let state = chain.state(chain.head().header.number)?;
    let info = state.account(signed.sender).map_err(ChainError::from)?.unwrap_or_default();
    let (next, nonce) = (info.nonce, signed.nonce());
    if nonce < next {
        return Err(PoolError::NonceTooLow { next, nonce });
    }
    if nonce - next > MOST_AHEAD {
        return Err(PoolError::NonceTooHigh { next, nonce });
    }
    let (have, want) = (info.balance, signed.most_cost());
    if have < want {
        return Err(PoolError::Funds { account: signed.sender, have, want });
    }
    chain.admits(signed)?.map_err(PoolError::Invalid)
}

/// Whether a transaction pays so much more that it may take another's place.
fn outbids(new: &Signed, old: &Signed) -> bool {
    let more = |new: u128, old: u128| new >= old.saturating_add(old / (100 / BUMP)).max(old + 1);
    let tip = |signed: &Signed| {
        let fee = signed.envelope.max_fee_per_gas();
        signed.envelope.max_priority_fee_per_gas().unwrap_or(fee)
    };
    more(new.envelope.max_fee_per_gas(), old.envelope.max_fee_per_gas()) && more(tip(new), tip(old))
}
