//! The world after a script: its state with what the script changed laid over it.

use std::{collections::HashSet, sync::Arc};

use alloy_primitives::{Address, B256, U256, map::HashMap};
use revm::{DatabaseRef as _, bytecode::Bytecode, database::Cache, state::AccountInfo};

use crate::{
    run::{Script, SimulationError, settle},
    source::{Shared, SourceError, StateSource},
    world::{Block, World, WorldError},
};

/// A world that a script has changed.
#[derive(Debug, Clone)]
pub struct After {
    /// The world, at the next block given.
    pub world: World,
    /// Accounts that are no longer as they were.
    pub touched: HashSet<Address>,
}

/// Why there is no world after a script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AfterError {
    /// The script does not run.
    #[error(transparent)]
    Script(#[from] SimulationError),
    /// The block cannot be.
    #[error(transparent)]
    World(#[from] WorldError),
}

impl World {
    /// The world after a script has run on this one, standing at `block`.
    pub fn after(&self, script: &Script, block: Block) -> Result<After, AfterError> {
        let state = Changed::of(self.state(), settle(self, script)?)
            .map_err(|error| AfterError::Script(error.into()))?;
        let touched = state.accounts.keys().copied().collect();
        Ok(After { world: self.moved(Shared(Arc::new(state)), block)?, touched })
    }
}

/// Changes laid over a state.
#[derive(Debug)]
struct Changed {
    base: Shared,
    accounts: HashMap<Address, (AccountInfo, HashMap<U256, U256>)>,
}

impl Changed {
    /// What is different in a run's cache.
    fn of(base: &Shared, cache: Cache) -> Result<Self, SourceError> {
        let mut accounts = HashMap::default();
        for (address, account) in cache.accounts {
            let before = base.basic_ref(address)?.unwrap_or_default();
            let info = account.info;
            let mut slots = HashMap::default();
            for (slot, value) in account.storage {
                if base.storage_ref(address, slot)? != value {
                    slots.insert(slot, value);
                }
            }
            let same = before.balance == info.balance && before.nonce == info.nonce;
            if !same || !slots.is_empty() {
                accounts.insert(address, (info, slots));
            }
        }
        Ok(Self { base: base.clone(), accounts })
    }
}

impl StateSource for Changed {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, SourceError> {
        match self.accounts.get(&address) {
            Some((info, _)) => Ok(Some(info.clone())),
            None => self.base.basic_ref(address),
        }
    }

    fn code(&self, hash: B256) -> Result<Bytecode, SourceError> {
        self.base.code_by_hash_ref(hash)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, SourceError> {
        let changed = self.accounts.get(&address).and_then(|(_, slots)| slots.get(&slot));
        changed.map_or_else(|| self.base.storage_ref(address, slot), |value| Ok(*value))
    }

    fn block_hash(&self, number: u64) -> Result<B256, SourceError> {
        self.base.block_hash_ref(number)
    }
}
