//! Venues opened from a chain that answers what their contracts would: the same figures, the same venue.
//!
//! For kinds of which no package has the bytecode; those that have are opened from deployed contracts in
//! `bytecode`.

mod issuers;
mod vaults;

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    sync::Arc,
};

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolValue;
use tenor_solver::{
    amount::WAD,
    venues::{Answer, At, OpenError, Place, QuoteError, Read, Swap, Venue, VenueId, open},
};

const NOW: u64 = 1_780_000_000;

/// A contract by a letter.
pub(super) const fn at(letter: u8) -> Address {
    Address::repeat_byte(letter)
}

/// What a chain answers, by contract and the start of the calldata.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    calls: Vec<(Address, Vec<u8>, Vec<u8>)>,
    balances: HashMap<Address, U256>,
}

impl Told {
    pub(super) fn says(mut self, to: Address, function: &str, returns: &impl SolValue) -> Self {
        self.calls.push((to, selector(function), returns.abi_encode()));
        self
    }

    pub(super) fn says_all(mut self, to: Address, function: &str, returns: Vec<u8>) -> Self {
        self.calls.push((to, selector(function), returns));
        self
    }

    /// An answer to a call with one word of argument.
    pub(super) fn says_of(
        mut self,
        to: Address,
        function: &str,
        word: U256,
        returns: &impl SolValue,
    ) -> Self {
        let data = [selector(function), word.to_be_bytes::<32>().to_vec()].concat();
        self.calls.insert(0, (to, data, returns.abi_encode()));
        self
    }

    pub(super) fn holds(mut self, account: Address, wei: U256) -> Self {
        self.balances.insert(account, wei);
        self
    }

    pub(super) fn without(mut self, function: &str) -> Self {
        self.calls.retain(|(_, data, _)| !data.starts_with(&selector(function)));
        self
    }

    fn answer(&self, read: &Read) -> Answer {
        match read {
            Read::Call { to, data } => {
                let found =
                    self.calls.iter().find(|(at, start, _)| at == to && data.starts_with(start));
                found.map_or(Answer::Reverted, |(.., out)| Answer::Returned(out.clone().into()))
            }
            Read::Balance(account) => {
                Answer::Word(self.balances.get(account).copied().unwrap_or_default())
            }
            Read::Slot { .. } | Read::CodeHash(_) => Answer::Word(U256::ONE),
        }
    }

    pub(super) fn open(
        &self,
        kind: &str,
        roles: &[(&str, Address)],
    ) -> Result<Arc<dyn Venue>, OpenError> {
        let contracts = roles.iter().map(|(role, at)| ((*role).to_owned(), *at)).collect();
        let place = Place {
            id: VenueId::new(kind),
            kind: kind.to_owned(),
            contracts,
            constants: BTreeMap::new(),
            code: BTreeMap::new(),
        };
        let fetch = |reads: &[Read]| -> Result<_, Infallible> {
            Ok(reads.iter().map(|read| self.answer(read)).collect())
        };
        let at = At { block: 25_000_000, timestamp: NOW };
        let opened = open(&[place], at, &mut HashMap::new(), fetch).unwrap().remove(0);
        opened.map(|opened| opened.venue)
    }
}

fn selector(function: &str) -> Vec<u8> {
    alloy_primitives::keccak256(function)[..4].to_vec()
}

fn u(value: u64) -> U256 {
    U256::from(value)
}

fn out(venue: &dyn Venue, from: usize, to: usize, amount: U256) -> U256 {
    venue.quote(Swap { from, to, amount }).unwrap().out
}

fn refusal(venue: &dyn Venue, from: usize, to: usize) -> QuoteError {
    venue.quote(Swap { from, to, amount: WAD }).unwrap_err()
}
