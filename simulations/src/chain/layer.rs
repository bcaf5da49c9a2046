//! The state after one block: what the block changed, over what the one before it left.
//!
//! Nothing is ever written twice: whoever holds a layer reads that block's state for as long as they
//! like, whatever becomes of the chain. Every [`MOST_DEPTH`] blocks all that is known is gathered in a
//! layer of its own, so that reading stays quick and older layers can be let go.

use std::sync::Arc;

use alloy_eips::eip2935::{HISTORY_SERVE_WINDOW, HISTORY_STORAGE_ADDRESS};
use alloy_primitives::{Address, B256, U256, keccak256, map::HashMap};
use alloy_trie::{
    EMPTY_ROOT_HASH, TrieAccount,
    root::{state_root_unhashed, storage_root_unhashed},
};
use revm::{
    bytecode::Bytecode,
    database::{AccountState, Cache},
    state::AccountInfo,
};

use crate::source::{SourceError, StateSource};

/// The most layers between a layer and one that holds everything.
const MOST_DEPTH: usize = 64;

type Slots = HashMap<U256, U256>;

/// What changed, over what was there.
#[derive(Debug, Default)]
pub(super) struct Layer {
    parent: Option<Arc<Self>>,
    depth: usize,
    changes: Changes,
}

/// What one block changed.
#[derive(Debug, Default, Clone)]
pub(super) struct Changes {
    /// `None` where an account is no longer there.
    pub(super) accounts: HashMap<Address, Option<AccountInfo>>,
    /// Slots that have another value, zero included.
    pub(super) storage: HashMap<Address, Slots>,
    codes: HashMap<B256, Bytecode>,
    /// The storage roots of accounts whose slots changed.
    roots: HashMap<Address, B256>,
}

impl Layer {
    /// The state in which only this is there.
    pub(super) fn bottom(changes: Changes) -> Arc<Self> {
        Self::over(None, changes)
    }

    /// The state after these changes of this one.
    pub(super) fn next(self: &Arc<Self>, changes: Changes) -> Arc<Self> {
        if self.depth + 1 < MOST_DEPTH {
            return Self::over(Some(Arc::clone(self)), changes);
        }
        let mut all = self.gathered();
        all.lay(changes);
        Self::over(None, all)
    }

    fn over(parent: Option<Arc<Self>>, changes: Changes) -> Arc<Self> {
        let depth = parent.as_ref().map_or(0, |parent| parent.depth + 1);
        let mut layer = Self { parent, depth, changes };
        let touched: Vec<Address> = layer.changes.storage.keys().copied().collect();
        for address in touched {
            let root = layer.storage_root(address);
            layer.changes.roots.insert(address, root);
        }
        for info in layer.changes.accounts.values().flatten() {
            if let Some(code) = &info.code {
                layer.changes.codes.entry(info.code_hash).or_insert_with(|| code.clone());
            }
        }
        Arc::new(layer)
    }

    /// What a run left in its cache that is not as it is here.
    pub(super) fn changed(&self, cache: Cache) -> Changes {
        let mut changes = Changes::default();
        for (address, account) in cache.accounts {
            let there = account.account_state != AccountState::NotExisting;
            let after = Some(account.info).filter(|info| there && !info.is_empty());
            let before = self.info(address);
            if !same(before, after.as_ref()) {
                changes.accounts.insert(address, after.clone());
            }
            // Since Cancun nothing that holds slots is ever removed.
            let slots = account.storage.into_iter().filter(|_| after.is_some());
            let slots: Slots =
                slots.filter(|(slot, value)| self.slot(address, *slot) != *value).collect();
            if !slots.is_empty() {
                changes.storage.insert(address, slots);
            }
        }
        changes
    }

    /// The root of the trie of all accounts.
    pub(super) fn state_root(&self) -> B256 {
        let all = self.gathered();
        let leaf = |(address, info): (&Address, &Option<AccountInfo>)| {
            let info = info.as_ref()?;
            let storage_root = all.roots.get(address).copied().unwrap_or(EMPTY_ROOT_HASH);
            let AccountInfo { nonce, balance, code_hash, .. } = *info;
            Some((*address, TrieAccount { nonce, balance, storage_root, code_hash }))
        };
        state_root_unhashed(all.accounts.iter().filter_map(leaf))
    }

    fn storage_root(&self, address: Address) -> B256 {
        let mut slots = Slots::default();
        for layer in self.down() {
            for (slot, value) in layer.changes.storage.get(&address).into_iter().flatten() {
                slots.entry(*slot).or_insert(*value);
            }
        }
        let kept = slots.into_iter().filter(|(_, value)| !value.is_zero());
        storage_root_unhashed(kept.map(|(slot, value)| (B256::from(slot), value)))
    }

    /// This layer and all below it.
    fn down(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |layer| layer.parent.as_deref())
    }

    fn gathered(&self) -> Changes {
        let layers: Vec<&Self> = self.down().collect();
        let mut all = Changes::default();
        layers.into_iter().rev().for_each(|layer| all.lay(layer.changes.clone()));
        all
    }

    fn info(&self, address: Address) -> Option<&AccountInfo> {
        self.down().find_map(|layer| layer.changes.accounts.get(&address))?.as_ref()
    }

    fn slot(&self, address: Address, slot: U256) -> U256 {
        let at = |layer: &Self| layer.changes.storage.get(&address)?.get(&slot).copied();
        self.down().find_map(at).unwrap_or_default()
    }
}

fn same(before: Option<&AccountInfo>, after: Option<&AccountInfo>) -> bool {
    let told = |info: &AccountInfo| (info.balance, info.nonce, info.code_hash);
    before.map(told) == after.map(told)
}

impl Changes {
    /// Lays later changes over these.
    fn lay(&mut self, later: Self) {
        let Self { accounts, storage, codes, roots } = later;
        self.accounts.extend(accounts);
        for (address, slots) in storage {
            self.storage.entry(address).or_default().extend(slots);
        }
        self.codes.extend(codes);
        self.roots.extend(roots);
    }
}

impl StateSource for Layer {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, SourceError> {
        Ok(self.info(address).cloned())
    }

    fn code(&self, hash: B256) -> Result<Bytecode, SourceError> {
        let code = self.down().find_map(|layer| layer.changes.codes.get(&hash));
        Ok(code.cloned().unwrap_or_default())
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, SourceError> {
        Ok(self.slot(address, slot))
    }

    /// As the chain itself keeps them (EIP-2935). Blocks before the first are made up, as in a world.
    fn block_hash(&self, number: u64) -> Result<B256, SourceError> {
        let place = U256::from(number % HISTORY_SERVE_WINDOW as u64);
        let kept = self.slot(HISTORY_STORAGE_ADDRESS, place);
        Ok(if kept.is_zero() { keccak256(number.to_be_bytes()) } else { kept.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(address: Address, nonce: u64, slot: (u64, u64)) -> Changes {
        let info = AccountInfo { nonce, ..AccountInfo::default() };
        let slots = [(U256::from(slot.0), U256::from(slot.1))].into_iter().collect();
        Changes {
            accounts: [(address, Some(info))].into_iter().collect(),
            storage: [(address, slots)].into_iter().collect(),
            ..Changes::default()
        }
    }

    /// A deep chain of layers is the state that a single one would be, whichever block is asked.
    #[test]
    fn every_block_keeps_its_own_state() {
        let (a, b) = (Address::repeat_byte(1), Address::repeat_byte(2));
        let mut layers = vec![Layer::bottom(changes(a, 1, (0, 1)))];
        for n in 1..200_u64 {
            let next = layers[layers.len() - 1].next(changes(b, n, (n % 7, n)));
            layers.push(next);
        }
        for (n, layer) in layers.iter().enumerate() {
            let n = n as u64;
            assert_eq!(layer.info(a).unwrap().nonce, 1);
            assert_eq!(layer.info(b).map_or(0, |info| info.nonce), n);
            for slot in 0..7 {
                // The last block up to this one that wrote the slot.
                let wrote = (1..=n).rev().find(|at| at % 7 == slot).unwrap_or_default();
                assert_eq!(layer.slot(b, U256::from(slot)), U256::from(wrote));
            }
            let whole = Layer::bottom(layer.gathered());
            assert_eq!(whole.state_root(), layer.state_root());
        }
        assert!(layers.iter().all(|layer| layer.depth < MOST_DEPTH));
    }

    /// The roots of geth's own tests for an empty state, and of one account worked out by hand.
    #[test]
    fn an_empty_state_has_the_empty_root() {
        assert_eq!(Layer::default().state_root(), EMPTY_ROOT_HASH);
        let a = Address::repeat_byte(1);
        let one = Layer::bottom(changes(a, 1, (0, 1)));
        let mut cleared = changes(a, 1, (0, 0));
        cleared.accounts.insert(a, None);
        assert_eq!(one.next(cleared).state_root(), EMPTY_ROOT_HASH);
    }
}
