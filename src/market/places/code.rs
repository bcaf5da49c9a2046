//! Which code contracts are recorded to have: checked at first contact, before anything else that they
//! say is believed.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

use alloy_primitives::{Address, B256};

use super::{
    Places, Row, contract,
    error::{Refusal, quoted},
    once, wire,
};

/// The code of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The contract.
    pub contract: Address,
    /// The hash of its code.
    pub hash: B256,
    /// Whether it is a proxy: what it calls can be replaced, and is not checked.
    pub proxy: bool,
    /// Where the hash was found, in words.
    pub source: String,
}

/// Of how many contracts the code is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeChecks {
    /// Contracts of all places.
    pub contracts: usize,
    /// Those with a recorded hash.
    pub recorded: usize,
    /// Those of them that are proxies.
    pub proxies: usize,
}

impl fmt::Display for CodeChecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { contracts, recorded, proxies } = self;
        let unknown = contracts.saturating_sub(*recorded);
        write!(
            f,
            "code: of {contracts} contracts {recorded} were checked against a recorded hash \
             ({proxies} are proxies: what they call is not checked); {unknown} were not checked, as \
             no hash is recorded"
        )
    }
}

impl Places {
    /// The same places, whatever code is there: on a network of one's own.
    #[must_use]
    pub fn with_any_code(mut self) -> Self {
        self.code.clear();
        self.rows.iter_mut().for_each(|row| row.place.code.clear());
        self
    }

    /// Of how many contracts the code is checked.
    pub fn code_checks(&self) -> CodeChecks {
        let rows = self.rows.iter().flat_map(|row| row.place.contracts.values());
        let contracts: BTreeSet<_> = rows.collect();
        let recorded = self.code.iter().filter(|code| contracts.contains(&code.contract));
        CodeChecks {
            contracts: contracts.len(),
            recorded: recorded.clone().count(),
            proxies: recorded.filter(|code| code.proxy).count(),
        }
    }
}

pub(super) fn checked(rows: &[wire::Code]) -> Result<Vec<Code>, Refusal> {
    let mut seen = HashMap::new();
    let checked = rows.iter().enumerate().map(|(i, row)| {
        let at = format!("code[{i}]");
        let contract = contract(&row.contract).map_err(|r| r.within(&format!("{at}.contract")))?;
        once(&mut seen, contract, &format!("{at}.contract"))?;
        let hash = hash(&row.hash).map_err(|r| r.within(&format!("{at}.hash")))?;
        Ok(Code { contract, hash, proxy: row.proxy, source: row.source.clone() })
    });
    checked.collect()
}

fn hash(text: &str) -> Result<B256, Refusal> {
    let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 64);
    let hash: Option<B256> = digits.and_then(|digits| digits.parse().ok());
    let bad = || format!("{} is no hash: 0x and 64 hexadecimal digits", quoted(text));
    hash.filter(|hash| !hash.is_zero()).ok_or_else(|| Refusal::form("", bad()))
}

/// Gives each place the hashes of its own contracts.
pub(super) fn handed_out(rows: &mut [Row], code: &[Code]) {
    let hashes: HashMap<Address, B256> = code.iter().map(|c| (c.contract, c.hash)).collect();
    for place in rows.iter_mut().map(|row| &mut row.place) {
        let known = place.contracts.iter();
        let known = known.filter_map(|(role, at)| Some((role.clone(), *hashes.get(at)?)));
        place.code = known.collect();
    }
}
