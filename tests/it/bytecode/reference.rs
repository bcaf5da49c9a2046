//! A reference contract in the place of a published one: two chains that differ in nothing else.

use std::fs;

use alloy_primitives::{Address, B256, I256, U256, hex, keccak256};
use alloy_sol_types::SolCall;
use serde_json::Value;
use tenor_solver::venues::Call;

use super::{
    lab::{Lab, Refusal},
    tally::Tally,
};

fn artifact(name: &str) -> String {
    let path = format!("{}/contracts/artifacts/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A reference contract on a chain.
#[derive(Debug)]
pub(super) struct Reference {
    address: Address,
    layout: Value,
}

impl Reference {
    /// Puts `name` of `contracts/` where another contract was. Ether stays; storage goes.
    pub(super) fn replace(lab: &mut Lab, name: &str, address: Address) -> Self {
        let ether = lab.ether(address);
        let code = hex::decode(artifact(&format!("{name}.hex")).trim_end()).unwrap();
        lab.place(address, code.into());
        lab.deal(address, ether);
        let layout: Value = serde_json::from_str(&artifact("layout.json")).unwrap();
        Self { address, layout: layout[name].clone() }
    }

    fn slot(&self, label: &str) -> U256 {
        let slot = self.layout[label]["slot"].as_str();
        slot.unwrap_or_else(|| panic!("{label} is not in the layout")).parse().unwrap()
    }

    /// Writes what it keeps under a label.
    pub(super) fn set(&self, lab: &mut Lab, label: &str, value: U256) {
        lab.store(self.address, self.slot(label), value);
    }

    /// Writes the words of an entry of a mapping, nested by as many keys.
    pub(super) fn set_entry(&self, lab: &mut Lab, label: &str, keys: &[B256], words: &[U256]) {
        let nest = |slot: U256, key: &B256| {
            U256::from_be_bytes(keccak256([key.0, slot.to_be_bytes()].concat()).0)
        };
        let mut slot = keys.iter().fold(self.slot(label), nest);
        for word in words {
            lab.store(self.address, slot, *word);
            slot += U256::ONE;
        }
    }
}

/// A number, or two's complement.
pub(super) fn signed(number: i128) -> U256 {
    I256::try_from(number).unwrap().into_raw()
}

pub(super) fn key(number: i128) -> B256 {
    signed(number).into()
}

/// The published contract's chain and ours.
#[derive(Debug, Clone)]
pub(super) struct Twins {
    pub(super) real: Lab,
    pub(super) ours: Lab,
}

impl Twins {
    /// The same transaction on both: the same answer, or both refuse for the same reason. The
    /// compiler's own checks have no words of ours, and older compilers none at all.
    pub(super) fn call(&mut self, tally: &mut Tally, from: Address, call: &Call) -> bool {
        let (real, ours) = (self.real.raw(from, call), self.ours.raw(from, call));
        match (&ours, &real) {
            (Ok(ours), Ok(real)) => {
                tally.equal("the answer", ours, real, call);
                tally.traded();
                return true;
            }
            (Err(ours), Err(real)) if wordless(ours) || wordless(real) => {}
            (Err(ours), Err(real)) => tally.equal("the refusal", ours, real, call),
            _ => panic!("ours {ours:?}, real {real:?}: {tally:?} {call:?}"),
        }
        tally.refused();
        false
    }

    pub(super) fn send<C: SolCall>(
        &mut self,
        tally: &mut Tally,
        from: Address,
        to: Address,
        call: &C,
    ) -> bool {
        let data = call.abi_encode().into();
        self.call(tally, from, &Call { to, value: U256::ZERO, data })
    }

    /// What both say now.
    pub(super) fn same(&mut self, tally: &mut Tally, what: &str, ask: impl Fn(&mut Lab) -> U256) {
        let (ours, real) = (ask(&mut self.ours), ask(&mut self.real));
        tally.same(what, ours, real, "ours and the published contract");
    }

    /// The same preparation on both.
    pub(super) fn both(&mut self, mut prepare: impl FnMut(&mut Lab)) {
        prepare(&mut self.real);
        prepare(&mut self.ours);
    }
}

fn wordless(refusal: &Refusal) -> bool {
    let words = refusal.reason();
    refusal.0.is_empty() || words.starts_with("panic") || words.starts_with("ds-math")
}
