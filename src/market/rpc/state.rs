//! The state of one block of a node.

use std::{cmp::Ordering, fmt, hash::Hash, sync::Arc};

use alloy_primitives::{Address, B256, U256, map::AddressSet};
use revm::{bytecode::Bytecode, primitives::KECCAK_EMPTY, state::AccountInfo};
use serde_json::value::RawValue;
use tenor_simulations::{Asked, SourceCause, SourceError, StateSource};

use super::{
    Head, classify,
    error::{Fault, RpcError},
    head,
    link::{Budget, Call, Link, Said},
    reads::{Addressing, Reads},
    shelf::Shelf,
};

/// For how many blocks what nobody looks at is still loaded ahead.
const LONGEST_IDLE: u8 = 16;

/// The state of one block: what was asked once is known to all who share it.
///
/// Its calls block; they must not be made on an async runtime's threads.
pub struct BlockState {
    link: Arc<Link>,
    head: Head,
    addressing: Addressing,
    reads: Reads,
    budget: Arc<Budget>,
    accounts: Shelf<Address, Option<AccountInfo>>,
    codes: Shelf<B256, Bytecode>,
    slots: Shelf<(Address, U256), U256>,
    hashes: Shelf<u64, B256>,
}

impl fmt::Debug for BlockState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockState")
            .field("node", &self.link.shown())
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

impl BlockState {
    pub(super) fn new(link: Arc<Link>, head: Head, addressing: Addressing) -> Self {
        let options = link.options();
        let (kept, proofs) = (options.kept, options.proofs);
        let budget = Arc::new(Budget::of(options.budget));
        Self {
            reads: Reads::new(&head, addressing, proofs),
            accounts: Shelf::of(kept),
            codes: Shelf::of(kept),
            slots: Shelf::of(kept),
            hashes: Shelf::of(kept),
            link,
            head,
            addressing,
            budget,
        }
    }

    /// The block.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// How many calls were made for it.
    pub fn spent(&self) -> u64 {
        self.budget.spent()
    }

    /// Makes calls about this block. What the node has under its number is asked after them, where
    /// the calls could not name its hash.
    pub(super) fn ask(&self, calls: Vec<Call>) -> Result<Vec<Box<RawValue>>, RpcError> {
        let answers = self.link.ask(calls, Some(&self.budget)).map_err(|e| self.named(e))?;
        if self.addressing == Addressing::Number {
            let call = vec![head::by_number(self.head.number)];
            let now = self.link.ask(call, Some(&self.budget)).map_err(|e| self.named(e))?;
            let now = self.judge(head::parse(&now[0]))?;
            if now.is_none_or(|now| now.hash != self.head.hash) {
                return self.judge(Err(classify::missing()));
            }
        }
        Ok(answers)
    }

    /// As [`Self::ask`], of contracts that may fail.
    pub(super) fn ask_views(&self, calls: Vec<Call>) -> Result<Vec<Said>, RpcError> {
        let said = self.link.ask_views(calls, Some(&self.budget)).map_err(|e| self.named(e))?;
        if self.addressing == Addressing::Number {
            self.ask(Vec::new())?;
        }
        Ok(said)
    }

    pub(super) const fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Names this block, and the node, in what went wrong.
    pub(super) fn judge<T>(&self, result: Result<T, Fault>) -> Result<T, RpcError> {
        self.link.blame(result).map_err(|error| self.named(error))
    }

    fn named(&self, error: RpcError) -> RpcError {
        RpcError { fault: classify::of_block(error.fault, &self.head), ..error }
    }

    /// Asks for accounts and slots together.
    fn read(
        &self,
        accounts: &[Address],
        slots: &[(Address, U256)],
    ) -> Result<(Vec<Option<AccountInfo>>, Vec<U256>), RpcError> {
        if accounts.is_empty() && slots.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let account_calls = accounts.iter().flat_map(|at| self.reads.account_calls(*at));
        let slot_calls = slots.iter().map(|(at, slot)| self.reads.slot_call(*at, *slot));
        let answers = self.ask(account_calls.chain(slot_calls).collect())?;
        let per = self.reads.per_account();
        let (of_accounts, of_slots) = answers.split_at(per * accounts.len());
        let read: Result<Vec<_>, Fault> = (accounts.iter().zip(of_accounts.chunks(per)))
            .map(|(at, answers)| self.reads.account(*at, answers))
            .collect();
        let accounts = self.judge(read)?;
        let read: Result<Vec<_>, Fault> = (slots.iter().zip(of_slots))
            .map(|((at, slot), answer)| self.reads.slot(*at, *slot, answer))
            .collect();
        Ok((accounts, self.judge(read)?))
    }

    fn read_account(&self, address: Address) -> Result<Option<AccountInfo>, RpcError> {
        let (mut accounts, _) = self.read(&[address], &[])?;
        let account = accounts.pop().flatten();
        self.keep_code(account.as_ref());
        Ok(account)
    }

    /// Code is kept by its hash as well, for [`StateSource::code`].
    fn keep_code(&self, account: Option<&AccountInfo>) {
        let code = account.and_then(|account| Some((account.code_hash, account.code.clone()?)));
        if let Some((hash, code)) = code.filter(|(hash, _)| *hash != KECCAK_EMPTY) {
            drop(self.codes.claim([hash]).settle(&Ok(vec![code])));
        }
    }

    /// Loads accounts and slots before they are asked for, in as few packets as the options allow.
    pub fn load(&self, accounts: &[Address], slots: &[(Address, U256)]) -> Result<(), RpcError> {
        let mut seen = AddressSet::default();
        let accounts = accounts.iter().filter(|at| seen.insert(**at)).copied();
        let accounts = self.accounts.claim(accounts);
        let slots = self.slots.claim(slots.iter().copied());
        let wanted: (Vec<_>, Vec<_>) = (accounts.mine().collect(), slots.mine().collect());
        let read = self.read(&wanted.0, &wanted.1);
        if let Ok((accounts, _)) = &read {
            accounts.iter().for_each(|account| self.keep_code(account.as_ref()));
        }
        let of = read.clone().map(|(accounts, _)| accounts);
        let accounts = accounts.settle(&of);
        let slots = slots.settle(&read.clone().map(|(_, slots)| slots));
        accounts.wait().into_iter().try_for_each(|answer| answer.map(drop))?;
        slots.wait().into_iter().try_for_each(|answer| answer.map(drop))?;
        read.map(drop)
    }

    /// Loads what was looked at in another block, or not long before it: that is most of what will be
    /// read here, in a round trip or two instead of one for each.
    pub fn load_as(&self, other: &Self) -> Result<(), RpcError> {
        let (accounts, slots) = (recent(&other.accounts), recent(&other.slots));
        self.load(&keys(&accounts), &keys(&slots))?;
        accounts.iter().for_each(|(at, idle)| self.accounts.rest(at, idle + 1));
        slots.iter().for_each(|(at, idle)| self.slots.rest(at, idle + 1));
        Ok(())
    }

    /// The hash of an earlier block, by the headers in between: each names the one before, so that
    /// all are of one chain, this block's.
    fn ancestor(&self, number: u64) -> Result<B256, RpcError> {
        let most = self.link.options().budget;
        if self.head.number - number > most {
            return Err(self.link.error(Fault::Budget { most }));
        }
        let between: Vec<u64> = (number + 1..self.head.number).collect();
        let calls = between.iter().map(|number| head::by_number(*number)).collect();
        let answers = self.link.ask(calls, Some(&self.budget)).map_err(|e| self.named(e))?;
        let mut hash = self.head.parent;
        for (at, answer) in between.iter().zip(&answers).rev() {
            drop(self.hashes.claim([*at]).settle(&Ok(vec![hash])));
            let header = self.judge(head::parse(answer))?;
            let header = header.filter(|header| header.hash == hash && header.number == *at);
            hash = self.judge(header.ok_or(classify::missing()))?.parent;
        }
        Ok(hash)
    }
}

impl StateSource for BlockState {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, SourceError> {
        let account = self.accounts.get_or_ask(address, || self.read_account(address));
        account.map_err(|error| failed(Asked::Account(address), error))
    }

    fn code(&self, hash: B256) -> Result<Bytecode, SourceError> {
        if hash == KECCAK_EMPTY {
            return Ok(Bytecode::default());
        }
        let unknown = || SourceError {
            asked: Asked::Code(hash),
            cause: SourceCause::Failed("ask for an account that has it first".to_owned()),
        };
        self.codes.get(&hash).ok_or_else(unknown)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, SourceError> {
        let value = self.slots.get_or_ask((address, slot), || {
            let (_, mut slots) = self.read(&[], &[(address, slot)])?;
            slots.pop().ok_or_else(|| self.link.error(Fault::Closed))
        });
        value.map_err(|error| failed(Asked::Slot(address, slot), error))
    }

    fn block_hash(&self, number: u64) -> Result<B256, SourceError> {
        let hash = match number.cmp(&self.head.number) {
            Ordering::Less => self.hashes.get_or_ask(number, || self.ancestor(number)),
            Ordering::Equal => Ok(self.head.hash),
            Ordering::Greater => self.judge(Err(Fault::NoBlock { number })),
        };
        hash.map_err(|error| failed(Asked::BlockHash(number), error))
    }

    /// Who reads a contract's slots runs its code: their accounts come with them.
    fn prefetch(&self, accounts: &[Address], slots: &[(Address, U256)]) -> Result<(), SourceError> {
        let asked = match (slots.first(), accounts.first()) {
            (Some((address, slot)), _) => Asked::Slot(*address, *slot),
            (None, Some(address)) => Asked::Account(*address),
            (None, None) => return Ok(()),
        };
        let of_slots = slots.iter().map(|(address, _)| *address);
        let accounts: Vec<Address> = accounts.iter().copied().chain(of_slots).collect();
        self.load(&accounts, slots).map_err(|error| failed(asked, error))
    }
}

/// What has been looked at within the last [`LONGEST_IDLE`] blocks.
fn recent<K: Copy + Eq + Hash, V: Clone>(shelf: &Shelf<K, V>) -> Vec<(K, u8)> {
    let mut known = shelf.known();
    known.retain(|(_, idle)| *idle < LONGEST_IDLE);
    known
}

fn keys<K: Copy>(known: &[(K, u8)]) -> Vec<K> {
    known.iter().map(|(key, _)| *key).collect()
}

fn failed(asked: Asked, error: RpcError) -> SourceError {
    SourceError { asked, cause: error.into() }
}
