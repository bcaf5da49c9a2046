//! A world over a state that others wrote: a node's, a recording's.

use std::sync::Arc;

use alloy_primitives::{Address, map::HashMap};

use super::{Block, Form, Placed, World, WorldError, state::State};
use crate::source::{Shared, StateSource};

/// How the tokens of a market keep their books, by address. Copies share them.
#[derive(Debug, Clone)]
pub struct Forms(pub(super) Arc<HashMap<Address, Form>>);

/// Whose contracts a world has, and so where an account's tokens are written.
#[derive(Debug, Clone)]
pub(crate) enum Books {
    /// The reference contracts, which all keep their books in the same slots; all that is there, while
    /// no script has changed it.
    Reference(Option<Arc<State>>),
    /// The chain's own, whose slots have to be found.
    Foreign,
}

impl World {
    /// The world at a block over a state of that block, with the contracts that are there.
    ///
    /// What a run gives its account is written where the token's own contract reads it, which is
    /// found by asking the contract; a token for which no such slot is found cannot be given.
    pub fn over(
        block: Block,
        source: Arc<dyn StateSource>,
        forms: Forms,
    ) -> Result<Self, WorldError> {
        let spec = block.spec().ok_or(WorldError::TooEarly(block.timestamp))?;
        Ok(Self { block, spec, state: Shared(source), forms, books: Books::Foreign })
    }

    /// How this world's tokens keep their books.
    pub fn forms(&self) -> Forms {
        self.forms.clone()
    }

    /// All that a world of reference contracts holds, by address; `None` once a script has changed it,
    /// and of a state that others wrote, which nobody can list.
    pub fn placed(&self) -> Option<Vec<Placed>> {
        match &self.books {
            Books::Reference(state) => state.as_ref().map(|state| state.placed()),
            Books::Foreign => None,
        }
    }

    pub(crate) const fn books(&self) -> &Books {
        &self.books
    }
}
