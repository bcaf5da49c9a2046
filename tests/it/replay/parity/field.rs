//! A recorded block before its first transaction, and an account of which its contracts know
//! nothing.

use std::{collections::HashSet, path::Path, sync::Arc};

use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address, keccak256};
use alloy_sol_types::SolCall;
use revm::{
    Context, DatabaseCommit as _, DatabaseRef, ExecuteEvm as _, MainBuilder as _, MainContext as _,
    bytecode::Bytecode,
    context::{
        BlockEnv, CfgEnv, TxEnv,
        result::{EVMError, ExecutionResult, InvalidTransaction},
    },
    database::CacheDB,
    state::AccountInfo,
};
use tenor::recordings::Folder;
use tenor_simulations::{
    Asked, SourceCause, SourceError, StateSource as _,
    forks::{Forks, SpecId},
    recorded::Recorded,
};

/// Whoever trades: no key leads here, and no contract has ever met it.
pub(super) const TRADER: Address = address!("74656e6f7220747261646572206e6f626f647901");

const GAS: u64 = 16_000_000;

/// Where a contract may keep a mapping: its variables are fewer.
const VARIABLES: u64 = 400;

/// One block.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) number: u64,
    state: Strict,
    block: BlockEnv,
    rules: SpecId,
}

/// A recording that errs on what it does not hold, but for what mappings hold of [`TRADER`] alone:
/// the place of such an entry is a hash of the account, and nobody ever wrote there.
#[derive(Debug, Clone)]
struct Strict {
    recorded: Arc<Recorded>,
    own: Arc<HashSet<U256>>,
}

/// Entries of the trader in mappings by account, and in mappings of those by each spender.
fn own_entries(spenders: &[Address]) -> HashSet<U256> {
    let entry = |key: Address, at: B256| keccak256([key.into_word(), at].concat());
    let variables = (0..VARIABLES).map(|n| B256::from(U256::from(n)));
    variables
        .flat_map(|at| {
            let own = entry(TRADER, at);
            let allowed = spenders.iter().map(move |spender| entry(*spender, own));
            // Vyper's mappings put the variable before the key.
            let vyper = keccak256([at, TRADER.into_word()].concat());
            let vyper_allowed = spenders
                .iter()
                .map(move |spender| keccak256([vyper, spender.into_word()].concat()));
            [own, vyper].into_iter().chain(allowed).chain(vyper_allowed).collect::<Vec<_>>()
        })
        .map(Into::into)
        .collect()
}

impl DatabaseRef for Strict {
    type Error = SourceError;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, SourceError> {
        match address {
            TRADER => Ok(Some(AccountInfo::from_balance(U256::ONE << 100))),
            _ => self.recorded.account(address),
        }
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, SourceError> {
        self.recorded.code(hash)
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, SourceError> {
        match self.recorded.storage(address, slot) {
            Err(SourceError { cause: SourceCause::NotRecorded, .. })
                if self.own.contains(&slot) =>
            {
                Ok(U256::ZERO)
            }
            told => told,
        }
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, SourceError> {
        Err(SourceError { asked: Asked::BlockHash(number), cause: SourceCause::NotRecorded })
    }
}

/// Why a call returns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The contract refuses.
    Reverted,
    /// It reads what the recording does not hold.
    NotRecorded,
}

/// A field with what the trader has done on it.
#[derive(Debug, Clone)]
pub(super) struct Visit<'f> {
    field: &'f Field,
    state: CacheDB<&'f Strict>,
    nonce: u64,
}

impl Field {
    /// Every recorded block of a folder.
    pub(super) fn all(folder: &Path) -> Vec<Self> {
        let spenders = super::trades::SPENDERS;
        let own = Arc::new(own_entries(&spenders));
        let files = Folder::open(folder).unwrap();
        let codes = files.codes().unwrap();
        let entries = std::fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut numbers: Vec<u64> = names.filter_map(|name| name.parse().ok()).collect();
        numbers.sort_unstable();
        assert!(!numbers.is_empty());
        let field = |number| {
            let (block, recorded) = files.load(number, &codes).unwrap();
            let header = block.header;
            Self {
                number,
                state: Strict { recorded: Arc::new(recorded), own: Arc::clone(&own) },
                block: BlockEnv {
                    number: U256::from(number),
                    // Whom fees go to is somebody who is known.
                    beneficiary: TRADER,
                    timestamp: U256::from(header.timestamp),
                    gas_limit: header.gas_limit,
                    difficulty: header.difficulty,
                    prevrandao: header.mix_hash,
                    ..BlockEnv::default()
                },
                rules: Forks::mainnet().at(number, header.timestamp).rules,
            }
        };
        numbers.into_iter().map(field).collect()
    }

    pub(super) fn visit(&self) -> Visit<'_> {
        Visit { field: self, state: CacheDB::new(&self.state), nonce: 0 }
    }

    /// The recording of this number.
    pub(super) fn at(folder: &Path, number: u64) -> Self {
        Self::all(folder).into_iter().find(|field| field.number == number).unwrap()
    }

    pub(super) fn timestamp(&self) -> u64 {
        self.block.timestamp.to()
    }
}

impl Visit<'_> {
    /// Sends a transaction.
    pub(super) fn pay<C: SolCall>(
        &mut self,
        to: Address,
        value: U256,
        call: &C,
    ) -> Result<Bytes, Ended> {
        let (output, changes) = self.run(to, value, call.abi_encode().into())?;
        self.state.commit(changes);
        self.nonce += 1;
        Ok(output)
    }

    pub(super) fn send<C: SolCall>(&mut self, to: Address, call: &C) -> Result<Bytes, Ended> {
        self.pay(to, U256::ZERO, call)
    }

    /// What a view function tells the trader.
    pub(super) fn view<C: SolCall>(&mut self, to: Address, call: &C) -> Result<C::Return, Ended> {
        let (output, _) = self.run(to, U256::ZERO, call.abi_encode().into())?;
        C::abi_decode_returns(&output).map_err(|_| Ended::Reverted)
    }

    /// What encoded calldata returns to the trader; nothing changes.
    pub(super) fn answer(&mut self, to: Address, data: Bytes) -> Result<Bytes, Ended> {
        self.run(to, U256::ZERO, data).map(|(output, _)| output)
    }

    fn run(
        &mut self,
        to: Address,
        value: U256,
        data: Bytes,
    ) -> Result<(Bytes, revm::state::EvmState), Ended> {
        let mut cfg = CfgEnv::new_with_spec(self.field.rules);
        cfg.chain_id = 1;
        let mut evm = Context::mainnet()
            .with_db(&mut self.state)
            .with_block(self.field.block.clone())
            .with_cfg(cfg)
            .build_mainnet();
        let kind = TxKind::Call(to);
        let (nonce, gas_limit) = (self.nonce, GAS.min(self.field.block.gas_limit));
        let tx = TxEnv { caller: TRADER, gas_limit, kind, value, data, nonce, ..TxEnv::default() };
        match evm.transact(tx) {
            Ok(done) => match done.result {
                ExecutionResult::Success { output, .. } => Ok((output.into_data(), done.state)),
                ExecutionResult::Revert { .. } | ExecutionResult::Halt { .. } => {
                    Err(Ended::Reverted)
                }
            },
            Err(EVMError::Database(error)) => {
                assert_eq!(error.cause, SourceCause::NotRecorded);
                Err(Ended::NotRecorded)
            }
            Err(error) => {
                let error: EVMError<SourceError, InvalidTransaction> = error;
                panic!("{error}")
            }
        }
    }
}

impl Visit<'_> {
    /// Gives the trader so much of a token, in the one entry of it that is the trader's: whether there is
    /// such an entry.
    pub(super) fn give<C>(&mut self, token: Address, amount: U256, balance: &C) -> bool
    where
        C: SolCall<Return = U256>,
    {
        let entry = |parts: [B256; 2]| U256::from_be_bytes(keccak256(parts.concat()).0);
        let entries = (0..VARIABLES).flat_map(|n| {
            let (at, own) = (B256::from(U256::from(n)), TRADER.into_word());
            [entry([own, at]), entry([at, own])]
        });
        for slot in entries.take(40) {
            let mut given = self.clone();
            let done = given.state.insert_account_storage(token, slot, amount);
            if done.is_ok() && given.view(token, balance) == Ok(amount) {
                *self = given;
                return true;
            }
        }
        false
    }

    /// Adds whatever another block's recording holds and this one does not.
    pub(super) fn complete_from(&mut self, other: &Field) {
        let (here, there) = (&self.field.state.recorded, &other.state.recorded);
        for address in there.addresses() {
            if here.account(address).is_err() {
                let info = there.account(address).unwrap().unwrap();
                self.state.insert_account_info(address, info);
            }
            for (slot, value) in there.slots(address) {
                if here.storage(address, slot).is_err() {
                    self.state.insert_account_storage(address, slot, value).unwrap();
                }
            }
        }
    }
}
