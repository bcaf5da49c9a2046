//! The embedded market as an EVM: the reference contracts of `contracts/`, placed at the mainnet
//! addresses, with storage seeded from a market's figures.
//!
//! [`World::new`] builds the world of a market file; [`WorldBuilder`] places single contracts with
//! any figures. A world never changes: each run lays its own writes over it. [`World::over`] lays
//! the same tokens over a state that others wrote, with the real contracts.
//!
//! To add a contract: its code in `contracts.rs`, its slots in `slots.rs`, a builder method in the
//! file of its family, and its venue kind in `figures.rs`.

mod aave;
mod contracts;
mod exchanges;
mod figures;
mod over;
mod slots;
mod staking;
mod state;
mod tokens;
mod vaults;

use std::sync::Arc;

use alloy_primitives::{Address, U256, map::HashMap};
use revm::{context::BlockEnv, primitives::hardfork::SpecId};
use tenor_solver::venues::Rebase;

use crate::{figures::FiguresError, forks::Forks, source::Shared};

use self::{contracts::Contract, state::State};
pub use self::{exchanges::PairSeed, over::Forms, state::Placed};
pub(crate) use self::{
    over::Books,
    tokens::{Entry, Form, Grant, SharesReader},
};

/// The block that a world stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// The chain.
    pub chain_id: u64,
    /// Its number.
    pub number: u64,
    /// Its unix seconds.
    pub timestamp: u64,
    /// Wei of base fee for a unit of gas.
    pub base_fee: u64,
    /// The most gas of all its transactions.
    pub gas_limit: u64,
}

impl Block {
    /// The rules that hold at this block; `None` before Cancun, whose transient storage the
    /// reference contracts need.
    fn spec(&self) -> Option<SpecId> {
        let rules = Forks::mainnet().at(self.number, self.timestamp).rules;
        rules.is_enabled_in(SpecId::CANCUN).then_some(rules)
    }
}

/// An EVM state at one block. Copies are cheap and share it.
#[derive(Debug, Clone)]
pub struct World {
    block: Block,
    spec: SpecId,
    state: Shared,
    forms: Forms,
    books: Books,
}

/// Why a world cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// A block from before Cancun.
    #[error("no world before Cancun: the block's timestamp is {0}")]
    TooEarly(u64),
    /// Two contracts at one address.
    #[error("two contracts at {0}")]
    Occupied(Address),
    /// Something is to hold a token that has not been placed.
    #[error("{holder} is to hold {token}, which is not in this world")]
    NoSuchToken {
        /// The token.
        token: Address,
        /// Who is to hold it.
        holder: Address,
    },
    /// A balance would need more than 256 bits.
    #[error("balances of {0} overflow")]
    Overflow(Address),
    /// Figures that the reference contract cannot show.
    #[error("{contract}: {what}")]
    Unsupported {
        /// Where it was to be placed.
        contract: Address,
        /// What it cannot show.
        what: String,
    },
    /// Figures that no market can be built from either.
    #[error(transparent)]
    Figures(Box<FiguresError>),
    /// A base fee that no block has.
    #[error("a base fee of {0} wei needs more than 64 bits")]
    BaseFee(U256),
    /// The build lacks a contract's code.
    #[error("the code of {0} is not in this build")]
    NoCode(String),
}

/// A world that is being furnished.
///
/// Tokens come first, then what holds them: a contract is funded when it is placed.
#[derive(Debug)]
pub struct WorldBuilder {
    block: Block,
    spec: SpecId,
    state: State,
    forms: HashMap<Address, Form>,
    weth: Address,
}

impl WorldBuilder {
    /// An empty world at a block.
    pub fn new(block: Block) -> Result<Self, WorldError> {
        let spec = block.spec().ok_or(WorldError::TooEarly(block.timestamp))?;
        let (state, forms) = (State::default(), HashMap::default());
        Ok(Self { block, spec, state, forms, weth: Address::ZERO })
    }

    /// The world as furnished.
    pub fn build(self) -> World {
        let Self { block, spec, state, forms, .. } = self;
        let state = Arc::new(state);
        let books = Books::Reference(Some(Arc::clone(&state)));
        World { block, spec, state: Shared(state), forms: Forms(Arc::new(forms)), books }
    }

    fn place(&mut self, address: Address, contract: Contract) -> Result<(), WorldError> {
        let code = contract.code().ok_or_else(|| WorldError::NoCode(format!("{contract:?}")))?;
        let free = self.state.place(address, code);
        free.then_some(()).ok_or(WorldError::Occupied(address))
    }

    /// Places a contract that several venues share, once.
    fn place_shared(&mut self, address: Address, contract: Contract) -> Result<(), WorldError> {
        let there = self.state.has_code(address);
        if there { Ok(()) } else { self.place(address, contract) }
    }

    fn store(&mut self, address: Address, slot: U256, value: U256) {
        self.state.store(address, slot, value);
    }

    fn form(&self, token: Address) -> Option<Form> {
        self.forms.get(&token).copied()
    }
}

impl World {
    /// The block.
    pub const fn block(&self) -> Block {
        self.block
    }

    /// The totals that a rebasing token starts with; `None` for any other, and on a state that others
    /// wrote, where only the token's contract knows.
    pub fn rebase(&self, token: Address) -> Option<Rebase> {
        if matches!(self.books, Books::Foreign) {
            return None;
        }
        match self.form(token)? {
            Form::Shares { totals, .. } => Some(totals),
            Form::Plain
            | Form::Share
            | Form::Weth
            | Form::Wrapper { .. }
            | Form::Scaled
            | Form::Principal
            | Form::Position { .. } => None,
        }
    }

    /// The same contracts over another state, at another block.
    pub(crate) fn moved(&self, state: Shared, block: Block) -> Result<Self, WorldError> {
        let spec = block.spec().ok_or(WorldError::TooEarly(block.timestamp))?;
        let books = match self.books {
            Books::Reference(_) => Books::Reference(None),
            Books::Foreign => Books::Foreign,
        };
        Ok(Self { block, spec, state, forms: self.forms.clone(), books })
    }

    pub(crate) const fn spec(&self) -> SpecId {
        self.spec
    }

    pub(crate) fn state(&self) -> &Shared {
        &self.state
    }

    pub(crate) fn form(&self, token: Address) -> Option<Form> {
        self.forms.0.get(&token).copied()
    }

    pub(crate) fn block_env(&self) -> BlockEnv {
        BlockEnv {
            number: U256::from(self.block.number),
            timestamp: U256::from(self.block.timestamp),
            gas_limit: self.block.gas_limit,
            basefee: self.block.base_fee,
            ..BlockEnv::default()
        }
    }
}
