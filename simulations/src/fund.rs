//! How an account comes to hold what a run starts with.
//!
//! In a world of reference contracts the slots are known. The chain's own contracts each have their
//! own: there the slot is found by asking the token for the account's balance, noting what it reads,
//! and keeping the one write after which it says exactly so much more. That is the proof that it is
//! the right one, whatever proxies and packed words stand in between.

use std::cell::RefCell;

use alloy_primitives::{Address, B256, U256};
use revm::{
    Database, DatabaseRef,
    bytecode::Bytecode,
    database::{AccountState, CacheDB, WrapDatabaseRef},
    state::AccountInfo,
};
use tenor_solver::venues::NATIVE;

use crate::{
    run::SimulationError,
    source::{Shared, SourceError},
    views::{self, Ask},
    world::{Books, Form, Grant, World},
};

/// A run's own writes over a world's state.
pub(crate) type Overlay<'w> = CacheDB<&'w Shared>;

/// Gives `holder` its holdings. On a state that others wrote, only what it does not hold already.
pub(crate) fn fund(
    world: &World,
    state: &mut Overlay<'_>,
    holder: Address,
    holdings: &[(Address, U256)],
) -> Result<(), SimulationError> {
    for &(token, stored) in holdings {
        match world.books() {
            Books::Reference(_) => {
                let grants = world.grants(token, holder, stored);
                for grant in grants.ok_or(SimulationError::NoSuchToken(token))? {
                    apply(state, grant)?;
                }
            }
            Books::Foreign => Foreign { world, state }.top_up(token, holder, stored)?,
        }
    }
    Ok(())
}

/// Writes one addition.
pub(crate) fn apply(state: &mut Overlay<'_>, grant: Grant) -> Result<(), SimulationError> {
    match grant {
        Grant::Slot(address, slot, amount) => {
            let old = Database::storage(state, address, slot)?;
            let new = old.checked_add(amount).ok_or(SimulationError::Overflow)?;
            state.insert_account_storage(address, slot, new)?;
        }
        Grant::Ether(address, wei) => {
            let account = state.load_account(address)?;
            let balance = account.info.balance.checked_add(wei);
            account.info.balance = balance.ok_or(SimulationError::Overflow)?;
            account.account_state = AccountState::Touched;
        }
    }
    Ok(())
}

/// A state whose contracts are not ours.
struct Foreign<'a, 'w> {
    world: &'a World,
    state: &'a mut Overlay<'w>,
}

impl Foreign<'_, '_> {
    /// Makes `holder` own at least `stored`.
    fn top_up(
        &mut self,
        token: Address,
        holder: Address,
        stored: U256,
    ) -> Result<(), SimulationError> {
        let held = if token == NATIVE {
            self.state.load_account(holder)?.info.balance
        } else {
            self.read(&self.ask(token, holder)?)?.0
        };
        match stored.checked_sub(held) {
            None | Some(U256::ZERO) => Ok(()),
            Some(missing) => self.give(token, holder, missing),
        }
    }

    /// Adds to what `holder` owns, with what backs the token where holders' claims are on that.
    fn give(
        &mut self,
        token: Address,
        holder: Address,
        amount: U256,
    ) -> Result<(), SimulationError> {
        if token == NATIVE {
            return apply(self.state, Grant::Ether(holder, amount));
        }
        let ask = self.ask(token, holder)?;
        if !self.add(&ask, amount)? {
            return Err(SimulationError::NotGranted(token));
        }
        match self.form(token)? {
            Form::Share
            | Form::Shares { .. }
            | Form::Scaled
            | Form::Principal
            | Form::Position { .. } => Ok(()),
            Form::Plain => self.add(&views::supply(token), amount).map(drop),
            Form::Weth => apply(self.state, Grant::Ether(token, amount)),
            Form::Wrapper { of } => {
                self.add(&views::supply(token), amount)?;
                self.give(of, token, amount)
            }
        }
    }

    fn form(&self, token: Address) -> Result<Form, SimulationError> {
        self.world.form(token).ok_or(SimulationError::NoSuchToken(token))
    }

    /// What tells what the chain stores of an account's token.
    fn ask(&self, token: Address, holder: Address) -> Result<Ask, SimulationError> {
        Ok(views::stored(self.form(token)?, token, holder))
    }

    /// Adds to the slot behind a view function. Returns whether there is one: a slot that it reads
    /// and that, when `amount` more stands in it, makes it say `amount` more.
    fn add(&mut self, ask: &Ask, amount: U256) -> Result<bool, SimulationError> {
        let (before, slots) = self.read(ask)?;
        let wanted = before.checked_add(amount).ok_or(SimulationError::Overflow)?;
        // What a function returns, it tends to read last.
        for (address, slot) in slots.into_iter().rev() {
            let old = Database::storage(self.state, address, slot)?;
            let Some(new) = old.checked_add(amount) else { continue };
            self.state.insert_account_storage(address, slot, new)?;
            match self.read(ask) {
                Ok((said, _)) if said == wanted => return Ok(true),
                Err(SimulationError::Source(error)) => return Err(error.into()),
                _ => self.state.insert_account_storage(address, slot, old)?,
            }
        }
        Ok(false)
    }

    /// What a view function says, and the slots that it read, in order.
    fn read(&self, ask: &Ask) -> Result<(U256, Vec<(Address, U256)>), SimulationError> {
        let noted = Noted { state: self.state, slots: RefCell::default() };
        let mut evm = views::evm(self.world, WrapDatabaseRef(noted));
        let said = views::view(&mut evm, ask)?;
        Ok((said, evm.ctx.journaled_state.database.0.slots.take()))
    }
}

/// A state that notes which slots are read.
struct Noted<'a, 'w> {
    state: &'a Overlay<'w>,
    slots: RefCell<Vec<(Address, U256)>>,
}

impl DatabaseRef for Noted<'_, '_> {
    type Error = SourceError;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, SourceError> {
        self.state.basic_ref(address)
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, SourceError> {
        self.state.code_by_hash_ref(hash)
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, SourceError> {
        self.slots.borrow_mut().push((address, slot));
        self.state.storage_ref(address, slot)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, SourceError> {
        self.state.block_hash_ref(number)
    }
}
