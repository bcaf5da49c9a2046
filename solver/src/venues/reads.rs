//! What a venue needs to know of the chain, as data.
//!
//! A venue is opened from what a [`Chain`] knows. Whatever it asks for and is not known is noted, to
//! be fetched for the next try: a venue reads as if the chain were at hand, never does I/O, and all
//! venues' questions of one try go out together.

use std::{cell::RefCell, collections::HashMap, fmt};

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;

/// One question to the chain, at one block.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Read {
    /// A slot of an account's storage.
    Slot {
        /// The account.
        account: Address,
        /// The slot.
        slot: U256,
    },
    /// What a view function returns.
    Call {
        /// The contract.
        to: Address,
        /// Selector and arguments.
        data: Bytes,
    },
    /// An account's wei.
    Balance(Address),
    /// The hash of an account's code; zero where there is none.
    CodeHash(Address),
}

impl Read {
    /// The account that is asked.
    pub const fn account(&self) -> Address {
        match self {
            Self::Slot { account, .. } | Self::Balance(account) | Self::CodeHash(account) => {
                *account
            }
            Self::Call { to, .. } => *to,
        }
    }
}

impl fmt::Display for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slot { account, slot } => write!(f, "slot {slot:#x} of {account}"),
            Self::Call { to, data } => {
                let selector = data.get(..4).unwrap_or_default();
                write!(f, "call 0x{} of {to}", alloy_primitives::hex::encode(selector))
            }
            Self::Balance(account) => write!(f, "the balance of {account}"),
            Self::CodeHash(account) => write!(f, "the code of {account}"),
        }
    }
}

/// What the chain says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A slot, a balance or a hash.
    Word(U256),
    /// What a call returned.
    Returned(Bytes),
    /// A call failed.
    Reverted,
}

/// Why a venue cannot be opened from what is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// Something was asked that is not known yet; the chain has noted what.
    #[error("not everything that was asked is known")]
    Missing,
    /// A contract refused a call that any of its kind answers.
    #[error("{0} reverted: it is no contract of this kind, or not in service")]
    Reverted(Read),
    /// An answer is of another form than its question.
    #[error("{read} answers what cannot be read: {why}")]
    Undecodable {
        /// What was asked.
        read: Read,
        /// What is wrong.
        why: String,
    },
    /// The answers contradict each other, or what a contract of this kind can hold.
    #[error("{0}")]
    Refused(String),
}

impl Unread {
    /// A refusal in the words of an error.
    pub(crate) fn refused(error: impl fmt::Display) -> Self {
        Self::Refused(error.to_string())
    }
}

/// A block, as far as venues depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Its number.
    pub block: u64,
    /// Its unix seconds.
    pub timestamp: u64,
}

/// What a venue asked, and what its state hangs on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// Asked, with answers that may change, in the order of asking.
    pub reads: Vec<Read>,
    /// Asked, with answers that never change: a pool's tokens.
    pub fixed: Vec<Read>,
    /// Whether answers change with the block's number or time, touched or not.
    pub each_block: bool,
}

/// What is known of the chain at one block, and what was asked of it.
#[derive(Debug)]
pub struct Chain<'k> {
    at: At,
    known: &'k HashMap<Read, Answer>,
    notes: RefCell<Notes>,
}

impl<'k> Chain<'k> {
    /// What is known at a block.
    pub const fn new(at: At, known: &'k HashMap<Read, Answer>) -> Self {
        let notes = Notes { reads: Vec::new(), fixed: Vec::new(), each_block: false };
        Self { at, known, notes: RefCell::new(notes) }
    }

    /// The block. Whoever looks at it gives another answer at the next.
    pub fn at(&self) -> At {
        self.each_block();
        self.at
    }

    /// Notes that answers change with the block, touched or not: interest, refilling limits.
    pub fn each_block(&self) {
        self.notes.borrow_mut().each_block = true;
    }

    /// Everything that was asked and noted.
    pub fn into_notes(self) -> Notes {
        self.notes.into_inner()
    }

    /// A slot of an account's storage.
    pub fn slot(&self, account: Address, slot: U256) -> Result<U256, Unread> {
        self.word(Read::Slot { account, slot })
    }

    /// An account's wei.
    pub fn balance(&self, account: Address) -> Result<U256, Unread> {
        self.word(Read::Balance(account))
    }

    /// The hash of an account's code; zero where there is none.
    pub fn code_hash(&self, account: Address) -> Result<B256, Unread> {
        Ok(self.word(Read::CodeHash(account))?.into())
    }

    /// As [`Chain::code_hash`], once: of contracts whose code nobody replaces.
    pub fn fixed_code_hash(&self, account: Address) -> Result<B256, Unread> {
        let read = Read::CodeHash(account);
        self.notes.borrow_mut().fixed.push(read.clone());
        Ok(self.answered(read)?.into())
    }

    /// What a view function returns.
    pub fn call<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return, Unread> {
        self.maybe(to, call)?.ok_or_else(|| Unread::Reverted(read_of(to, call)))
    }

    /// As [`Chain::call`] where the answer never changes, as the tokens of a pool: it is asked once.
    pub fn fixed<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return, Unread> {
        let read = read_of(to, call);
        self.notes.borrow_mut().fixed.push(read.clone());
        self.returned::<C>(read)?.ok_or_else(|| Unread::Reverted(read_of(to, call)))
    }

    /// As [`Chain::call`] where a contract may lack the function or refuse: `None` then.
    pub fn maybe<C: SolCall>(&self, to: Address, call: &C) -> Result<Option<C::Return>, Unread> {
        let read = read_of(to, call);
        self.notes.borrow_mut().reads.push(read.clone());
        self.returned::<C>(read)
    }

    /// What a call whose answer never changes returned, undecoded; `None` where it failed.
    pub fn fixed_bytes(&self, to: Address, call: &impl SolCall) -> Result<Option<Bytes>, Unread> {
        let read = read_of(to, call);
        self.notes.borrow_mut().fixed.push(read.clone());
        match self.known(&read)? {
            Answer::Reverted => Ok(None),
            Answer::Returned(data) => Ok(Some(data.clone())),
            Answer::Word(_) => Err(Unread::Undecodable { read, why: "a word".into() }),
        }
    }

    fn returned<C: SolCall>(&self, read: Read) -> Result<Option<C::Return>, Unread> {
        match self.known(&read)? {
            Answer::Reverted => Ok(None),
            // An account without code returns nothing to any call.
            Answer::Returned(data) if data.is_empty() => Ok(None),
            Answer::Returned(data) => match C::abi_decode_returns(data) {
                Ok(returned) => Ok(Some(returned)),
                Err(error) => Err(Unread::Undecodable { read, why: error.to_string() }),
            },
            Answer::Word(_) => Err(Unread::Undecodable { read, why: "a word".into() }),
        }
    }

    fn word(&self, read: Read) -> Result<U256, Unread> {
        self.notes.borrow_mut().reads.push(read.clone());
        self.answered(read)
    }

    fn answered(&self, read: Read) -> Result<U256, Unread> {
        match self.known(&read)? {
            Answer::Word(word) => Ok(*word),
            Answer::Returned(_) | Answer::Reverted => {
                Err(Unread::Undecodable { read, why: "no word".into() })
            }
        }
    }

    fn known(&self, read: &Read) -> Result<&'k Answer, Unread> {
        self.known.get(read).ok_or(Unread::Missing)
    }
}

fn read_of(to: Address, call: &impl SolCall) -> Read {
    Read::Call { to, data: call.abi_encode().into() }
}

#[cfg(test)]
mod tests {
    use alloy_sol_types::sol;

    use super::*;

    sol! {
        function decimals() external view returns (uint8);
    }

    const TOKEN: Address = Address::repeat_byte(7);
    const AT: At = At { block: 1, timestamp: 2 };

    fn answered(answer: Answer) -> Result<Option<u8>, Unread> {
        let known = HashMap::from([(read_of(TOKEN, &decimalsCall {}), answer)]);
        Chain::new(AT, &known).maybe(TOKEN, &decimalsCall {})
    }

    #[test]
    fn what_is_asked_and_not_known_is_noted() {
        let known = HashMap::from([(Read::Balance(TOKEN), Answer::Word(U256::ONE))]);
        let chain = Chain::new(AT, &known);
        assert_eq!(chain.balance(TOKEN), Ok(U256::ONE));
        assert_eq!(chain.slot(TOKEN, U256::ZERO), Err(Unread::Missing));
        let slot = Read::Slot { account: TOKEN, slot: U256::ZERO };
        assert_eq!(chain.into_notes().reads, [Read::Balance(TOKEN), slot]);
    }

    #[test]
    fn a_call_returns_its_value_or_says_why_not() {
        let word = |value: u64| Bytes::from(B256::from(U256::from(value)).to_vec());
        assert_eq!(answered(Answer::Returned(word(18))), Ok(Some(18)));
        assert_eq!(answered(Answer::Reverted), Ok(None));
        assert_eq!(answered(Answer::Returned(Bytes::new())), Ok(None));
        for wrong in [Answer::Returned(word(18).slice(..31)), Answer::Word(U256::ONE)] {
            assert!(matches!(answered(wrong), Err(Unread::Undecodable { .. })));
        }
        let known = HashMap::from([(read_of(TOKEN, &decimalsCall {}), Answer::Reverted)]);
        let refused = Chain::new(AT, &known).call(TOKEN, &decimalsCall {}).unwrap_err();
        assert!(matches!(refused, Unread::Reverted(_)), "{refused}");
    }
}
