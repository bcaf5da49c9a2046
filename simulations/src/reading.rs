//! Answering what venues ask of the chain from a world's state, calls run in its EVM.

use alloy_primitives::{Address, Bytes, U256};
use revm::{
    DatabaseRef as _, SystemCallEvm,
    context::result::{EVMError, ExecutionResult, InvalidTransaction},
    database::CacheDB,
};
use tenor_solver::venues::{Answer, Read};

use crate::{
    source::{Shared, SourceError},
    views::{self, Evm},
    world::World,
};

impl World {
    /// Answers questions at this world's block, one for one.
    pub fn answer(&self, reads: &[Read]) -> Result<Vec<Answer>, SourceError> {
        let slots: Vec<(Address, U256)> = reads.iter().filter_map(slot).collect();
        let accounts: Vec<Address> = reads.iter().filter_map(account).collect();
        self.state().0.prefetch(&accounts, &slots)?;
        let mut views = None;
        reads
            .iter()
            .map(|read| match read {
                Read::Slot { account, slot } => {
                    self.state().storage_ref(*account, *slot).map(Answer::Word)
                }
                Read::Balance(account) => {
                    let info = self.state().basic_ref(*account)?;
                    Ok(Answer::Word(info.map_or(U256::ZERO, |info| info.balance)))
                }
                Read::CodeHash(account) => {
                    let info =
                        self.state().basic_ref(*account)?.filter(|i| !i.is_empty_code_hash());
                    Ok(Answer::Word(info.map_or(U256::ZERO, |info| info.code_hash.into())))
                }
                Read::Call { to, data } => {
                    views.get_or_insert_with(|| Views::new(self)).call(*to, data.clone())
                }
            })
            .collect()
    }
}

const fn account(read: &Read) -> Option<Address> {
    match read {
        Read::Balance(account) | Read::CodeHash(account) => Some(*account),
        Read::Call { to, .. } => Some(*to),
        Read::Slot { .. } => None,
    }
}

const fn slot(read: &Read) -> Option<(Address, U256)> {
    match read {
        Read::Slot { account, slot } => Some((*account, *slot)),
        Read::Call { .. } | Read::Balance(_) | Read::CodeHash(_) => None,
    }
}

/// An EVM for calls that leave nothing behind.
struct Views<'w> {
    evm: Evm<CacheDB<&'w Shared>>,
}

impl<'w> Views<'w> {
    fn new(world: &'w World) -> Self {
        Self { evm: views::evm(world, CacheDB::new(world.state())) }
    }

    fn call(&mut self, to: Address, data: Bytes) -> Result<Answer, SourceError> {
        match self.evm.system_call(to, data) {
            Ok(run) => Ok(match run.result {
                ExecutionResult::Success { output, .. } => Answer::Returned(output.into_data()),
                ExecutionResult::Revert { .. } | ExecutionResult::Halt { .. } => Answer::Reverted,
            }),
            Err(EVMError::Database(error)) => Err(error),
            // Nothing else can be wrong with a call that is no transaction.
            Err(
                EVMError::<_, InvalidTransaction>::Transaction(_)
                | EVMError::Header(_)
                | EVMError::Custom(_)
                | EVMError::CustomAny(_),
            ) => Ok(Answer::Reverted),
        }
    }
}
