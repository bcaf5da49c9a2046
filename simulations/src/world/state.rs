//! An EVM state held in memory: what every run on the same world reads and none of them writes.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256, map::HashMap};
use revm::{bytecode::Bytecode, state::AccountInfo};

use super::contracts::Code;
use crate::source::{SourceError, StateSource};

/// Accounts, their storage and their code.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    accounts: HashMap<Address, Account>,
    codes: HashMap<B256, Bytecode>,
}

#[derive(Debug, Clone, Default)]
struct Account {
    info: AccountInfo,
    storage: HashMap<U256, U256>,
}

/// An account of a world, with all that it stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Where.
    pub address: Address,
    /// Its ether.
    pub balance: U256,
    /// Its nonce.
    pub nonce: u64,
    /// Its code; empty of an account.
    pub code: Bytes,
    /// Its slots that are not zero, in order.
    pub storage: Vec<(U256, U256)>,
}

impl State {
    /// All accounts, by address.
    pub(super) fn placed(&self) -> Vec<Placed> {
        let mut all: Vec<_> =
            self.accounts.iter().map(|(at, account)| account.placed(*at)).collect();
        all.sort_unstable_by_key(|placed| placed.address);
        all
    }

    /// Puts a contract's code at an address. Returns whether the address was free.
    pub(super) fn place(&mut self, address: Address, code: &Code) -> bool {
        let info = &mut self.accounts.entry(address).or_default().info;
        let free = info.is_empty_code_hash();
        (info.code_hash, info.nonce, info.code) = (code.hash, 1, Some(code.bytecode.clone()));
        self.codes.entry(code.hash).or_insert_with(|| code.bytecode.clone());
        free
    }

    /// Whether there is code at an address.
    pub(super) fn has_code(&self, address: Address) -> bool {
        self.accounts.get(&address).is_some_and(|account| !account.info.is_empty_code_hash())
    }

    /// Writes one slot.
    pub(super) fn store(&mut self, address: Address, slot: U256, value: U256) {
        self.accounts.entry(address).or_default().storage.insert(slot, value);
    }

    /// Adds to one slot. `None` on overflow.
    pub(super) fn add(&mut self, address: Address, slot: U256, amount: U256) -> Option<()> {
        let value = self.accounts.entry(address).or_default().storage.entry(slot).or_default();
        *value = value.checked_add(amount)?;
        Some(())
    }

    /// Adds to an account's ether. `None` on overflow.
    pub(super) fn add_ether(&mut self, address: Address, wei: U256) -> Option<()> {
        let balance = &mut self.accounts.entry(address).or_default().info.balance;
        *balance = balance.checked_add(wei)?;
        Some(())
    }
}

impl Account {
    fn placed(&self, address: Address) -> Placed {
        let AccountInfo { balance, nonce, code, .. } = &self.info;
        let code = code.as_ref().map(Bytecode::original_bytes).unwrap_or_default();
        let slots = self.storage.iter().filter(|(_, value)| !value.is_zero());
        let mut storage: Vec<_> = slots.map(|(slot, value)| (*slot, *value)).collect();
        storage.sort_unstable();
        Placed { address, balance: *balance, nonce: *nonce, code, storage }
    }
}

impl StateSource for State {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, SourceError> {
        Ok(self.accounts.get(&address).map(|account| account.info.clone()))
    }

    fn code(&self, hash: B256) -> Result<Bytecode, SourceError> {
        Ok(self.codes.get(&hash).cloned().unwrap_or_default())
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, SourceError> {
        let account = self.accounts.get(&address);
        Ok(account.and_then(|account| account.storage.get(&slot)).copied().unwrap_or_default())
    }

    /// There are no earlier blocks; their hashes are made up, and the same in every run.
    fn block_hash(&self, number: u64) -> Result<B256, SourceError> {
        Ok(keccak256(number.to_be_bytes()))
    }
}
