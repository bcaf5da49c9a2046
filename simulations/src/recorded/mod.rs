//! Recorded blocks of a chain: a block as a node tells it, and the state that its transactions
//! touch, as it was before the first of them.
//!
//! The files are those of `risechain/pevm`:
//!
//! | file | what |
//! |---|---|
//! | `N/block.json` | the answer of `eth_getBlockByNumber` with whole transactions |
//! | `N/pre_state.json` | by address: `balance`, `nonce`, `code_hash` where there is code, `storage` |
//! | `N/uncles.json` | the uncles' headers; may be absent, and then they are not paid |
//! | `bytecodes.json` | code by its keccak |
//! | `block_hashes.json` | hashes of the earlier blocks that are asked for, by number |
//!
//! # What is not recorded
//!
//! Slots that were read as zero are listed; accounts that did not exist are not. [`Recorded`] is
//! strict: what it does not hold is [`SourceCause::NotRecorded`], so that a trade which was not in
//! the block cannot be simulated on zeros that nobody recorded. [`AbsentIsEmpty`] is for the block's
//! own transactions alone: to them what was not recorded is not there, and it counts how often it
//! said so.

mod absent;
mod block;
mod codes;
mod error;
mod wire;

use alloy_primitives::{
    Address, B256, KECCAK256_EMPTY, U256,
    map::{AddressMap, B256Map, HashMap},
};
use revm::{bytecode::Bytecode, state::AccountInfo};

use self::wire::AccountDto;
pub use self::{
    absent::{Absences, AbsentIsEmpty},
    block::{Header, RecordedBlock, RecordedTransaction, Uncle},
    codes::Codes,
    error::{RecordingError, RecordingErrorKind},
};
use crate::source::{Asked, SourceCause, SourceError, StateSource};

/// A file that the caller has read.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Its name, for errors.
    pub name: &'a str,
    /// What it holds.
    pub text: &'a [u8],
}

/// The recorded state before a block. Strict: what it does not hold is an error.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    accounts: AddressMap<Account>,
    codes: B256Map<Bytecode>,
    hashes: HashMap<u64, B256>,
}

#[derive(Debug, Clone)]
struct Account {
    info: AccountInfo,
    storage: HashMap<U256, U256>,
}

impl Recorded {
    /// The state in `pre_state`, with its code and the hashes of earlier blocks.
    ///
    /// Every code that an account names must be there and have that hash.
    pub fn parse(
        pre_state: File<'_>,
        codes: &Codes<'_>,
        hashes: File<'_>,
    ) -> Result<Self, RecordingError> {
        let accounts: AddressMap<AccountDto> = wire::read(pre_state)?;
        let hashes = wire::read(hashes)?;
        let mut state = Self { hashes, ..Self::default() };
        state.accounts.reserve(accounts.len());
        for (address, account) in accounts {
            let AccountDto { balance, nonce, code_hash, storage } = account;
            let mut info = AccountInfo::from_balance(balance).with_nonce(nonce.to());
            if let Some(hash) = code_hash.filter(|hash| *hash != KECCAK256_EMPTY) {
                let code = state.load(hash, codes).map_err(|error| error.of(pre_state, address))?;
                (info.code_hash, info.code) = (hash, Some(code));
            }
            state.accounts.insert(address, Account { info, storage });
        }
        Ok(state)
    }

    /// The code with a hash, analysed once.
    fn load(&mut self, hash: B256, codes: &Codes<'_>) -> Result<Bytecode, codes::CodeError> {
        if let Some(code) = self.codes.get(&hash) {
            return Ok(code.clone());
        }
        let code = codes.get(hash)?;
        self.codes.insert(hash, code.clone());
        Ok(code)
    }

    /// The accounts, in no order.
    pub fn addresses(&self) -> impl Iterator<Item = Address> {
        self.accounts.keys().copied()
    }

    /// The slots of an account, in no order.
    pub fn slots(&self, address: Address) -> impl Iterator<Item = (U256, U256)> {
        let account = self.accounts.get(&address);
        account.into_iter().flat_map(|account| account.storage.iter().map(|(k, v)| (*k, *v)))
    }
}

impl StateSource for Recorded {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, SourceError> {
        let account = self.accounts.get(&address);
        account.map(|account| Some(account.info.clone())).ok_or(absent(Asked::Account(address)))
    }

    fn code(&self, hash: B256) -> Result<Bytecode, SourceError> {
        if hash == KECCAK256_EMPTY {
            return Ok(Bytecode::default());
        }
        self.codes.get(&hash).cloned().ok_or(absent(Asked::Code(hash)))
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, SourceError> {
        let account = self.accounts.get(&address);
        let value = account.and_then(|account| account.storage.get(&slot));
        value.copied().ok_or(absent(Asked::Slot(address, slot)))
    }

    fn block_hash(&self, number: u64) -> Result<B256, SourceError> {
        self.hashes.get(&number).copied().ok_or(absent(Asked::BlockHash(number)))
    }
}

const fn absent(asked: Asked) -> SourceError {
    SourceError { asked, cause: SourceCause::NotRecorded }
}
