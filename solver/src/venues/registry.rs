//! Every kind of venue by its name, and venues opened from places on the chain.
//!
//! To make a kind known: one line in [`KINDS`].

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use alloy_primitives::{Address, B256};

use super::{
    Venue, VenueId, balancer, opening,
    reads::{Answer, At, Chain, Notes, Read, Unread},
    uniswap_v2,
};

/// Tries to open a venue: each may ask for what the answers before have told, as a price tells
/// which ticks matter.
const ROUNDS: usize = 8;

/// A kind of venue.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The name that registries and snapshots call it by.
    pub name: &'static str,
    /// Roles of the contracts that a venue of this kind is: no two venues share them all, and the
    /// constants of [`Kind::apart`] too.
    pub own: &'static [&'static str],
    /// Roles of the other contracts that it needs.
    pub others: &'static [&'static str],
    /// Names of the constants that it knows; none need be given.
    pub constants: &'static [&'static str],
    /// Names of the constants that are part of what a venue is, beside its own contracts: of two
    /// pools between the same tokens in one contract, say.
    pub apart: &'static [&'static str],
    /// Whether its own contracts log whatever changes an answer: a block in which none of them logged
    /// has changed nothing. Only of kinds whose every answer is of the contract's own storage, and
    /// whose every change of that storage logs; of all others each block may have changed them, by a
    /// call of a contract that another asks, by ether that comes without a word, by an oracle.
    pub logs_tell: bool,
    /// Opens the venue at a place from what the chain says.
    open: Open,
}

impl Kind {
    /// A kind whose contracts' own logs tell of every change.
    const fn logging(self) -> Self {
        Self { logs_tell: true, ..self }
    }

    /// A kind of which one contract holds many.
    const fn told_apart_by(self, apart: &'static [&'static str]) -> Self {
        Self { apart, ..self }
    }
}

const fn kind(
    name: &'static str,
    own: &'static [&'static str],
    others: &'static [&'static str],
    constants: &'static [&'static str],
    open: Open,
) -> Kind {
    Kind { name, own, others, constants, apart: &[], logs_tell: false, open }
}

type Open = fn(&Place, &Chain<'_>) -> Result<Arc<dyn Venue>, Unread>;

/// Every kind: its name, the roles of its own contracts and of others, its constants, how it opens.
///
/// A Uniswap V2 pair logs `Sync` wherever it writes its reserves; a V3 pool logs `Initialize`, `Swap`,
/// `Mint` and `Burn` wherever it writes its price, liquidity or ticks. The manager of v4's pools logs
/// `Initialize`, `Swap`, `ModifyLiquidity` and `ProtocolFeeUpdated` likewise.
pub const KINDS: &[Kind] = &[
    kind("aave_v3", &["pool", "asset"], &[], &[], opening::aave_v3),
    kind("balancer_v2_stable", &["pool"], &[], &["allow_composable"], opening::balancer_stable),
    kind("balancer_v2_weighted", &["pool"], &[], &[], opening::balancer_weighted),
    kind("balancer_v3_stable", &["pool"], &["router", "permit2"], &[], balancer::open_stable_v3),
    kind(
        "balancer_v3_weighted",
        &["pool"],
        &["router", "permit2"],
        &[],
        opening::balancer_weighted_v3,
    ),
    kind("compound_v3", &["comet"], &[], &[], opening::compound_v3),
    kind("curve_metapool", &["pool"], &["base"], &[], opening::curve_metapool),
    kind("curve_stableswap", &["pool"], &[], &["plus_one"], opening::curve_stableswap),
    kind("curve_stableswap_ng", &["pool"], &[], &[], opening::curve_stableswap_ng),
    kind("dinero", &["pirex"], &["pxeth"], &[], opening::dinero),
    kind("eigenlayer", &["strategy"], &["manager"], &[], opening::eigenlayer),
    kind("erc4626", &["vault"], &[], &["takes_eth", "redeems"], opening::erc4626),
    kind("etherfi", &["pool"], &["eeth", "weeth"], &[], opening::etherfi),
    kind(
        "evm_quoted",
        &["contract"],
        &[],
        &["face", "coins", "least_ppb", "most_ppb", "steps"],
        opening::evm_quoted,
    ),
    kind("frax_minter", &["minter"], &["frxeth", "queue"], &[], opening::frax_minter),
    kind("kelp", &["pool"], &["rseth", "oracle"], &["allowed"], opening::kelp),
    kind("lido", &["steth"], &["wsteth"], &[], opening::lido),
    kind("mantle", &["staking"], &["meth"], &[], opening::mantle),
    kind("metamorpho", &["vault"], &[], &[], opening::metamorpho),
    kind(
        "morpho_market",
        &["morpho", "position"],
        &["loan", "collateral", "oracle", "irm"],
        &["lltv"],
        opening::morpho_market,
    ),
    kind("origin", &["vault"], &["oeth", "weth"], &[], opening::origin),
    kind("pendle_market", &["market"], &["router"], &[], opening::pendle_market),
    kind("pendle_py", &["yt"], &["router"], &[], opening::pendle_py),
    kind("pendle_sy", &["sy"], &[], &[], opening::pendle_sy),
    kind("puffer", &["vault"], &["withdrawals"], &[], opening::puffer),
    kind("reference_rate", &["token"], &["provider"], &[], opening::reference_rate),
    kind("renzo", &["manager"], &["ezeth", "instant"], &[], opening::renzo),
    kind("rocket_pool", &["reth"], &["storage"], &[], opening::rocket_pool),
    kind("stader", &["config"], &["ethx"], &[], opening::stader),
    kind("stakewise", &["token"], &["controller"], &[], opening::stakewise),
    kind("swell", &["token"], &["exit"], &[], opening::swell),
    kind("symbiotic", &["vault"], &[], &[], opening::symbiotic),
    kind("uniswap_v2", &["pool"], &["router"], &["fee_ppm"], uniswap_v2::open).logging(),
    kind("uniswap_v3", &["pool"], &["router"], &["words"], opening::uniswap_v3).logging(),
    kind(
        "uniswap_v4",
        &["manager", "currency0", "currency1"],
        &["router", "permit2"],
        &["fee_ppm", "tick_spacing", "words"],
        opening::uniswap_v4,
    )
    .told_apart_by(&["fee_ppm", "tick_spacing"])
    .logging(),
    kind("weth", &["weth"], &[], &[], opening::weth),
    kind("woeth", &["vault"], &[], &[], opening::woeth),
];

/// Where a venue is: its contracts and the constants that the chain does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The venue's name in the market.
    pub id: VenueId,
    /// The kind's name.
    pub kind: String,
    /// Contracts, by their role.
    pub contracts: BTreeMap<String, Address>,
    /// Constants, by name: a fork's fee, say.
    pub constants: BTreeMap<String, u64>,
    /// Hashes of the code that contracts are known to have, by their role: of a role that is not here
    /// the code is not checked. Of a proxy it is the proxy's own, which says nothing of what it calls.
    pub code: BTreeMap<String, B256>,
}

impl Place {
    /// The contract in a role.
    pub fn contract(&self, role: &str) -> Result<Address, Unread> {
        let found = self.contracts.get(role).copied();
        found.ok_or_else(|| Unread::Refused(format!("{}: no contract named {role:?}", self.id)))
    }

    /// Whether a constant is given, and is not zero.
    pub fn says(&self, name: &str) -> bool {
        self.constant(name, 0) != 0
    }

    /// A constant, or what it is where none is given.
    pub fn constant(&self, name: &str, otherwise: u64) -> u64 {
        self.constants.get(name).copied().unwrap_or(otherwise)
    }
}

/// A venue as it was opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The venue.
    pub venue: Arc<dyn Venue>,
    /// What it was opened from: while none of these answers changes, it stays as it is.
    pub reads: Vec<Read>,
    /// What it was opened from too, and which never changes.
    pub fixed: Vec<Read>,
    /// Accounts, ascending: while none of them changes, no answer does, unless by the block.
    pub accounts: Vec<Address>,
    /// Whether answers change with the block's number or time, touched or not.
    pub each_block: bool,
    /// Whether its accounts' own logs tell of every change: see [`Kind::logs_tell`].
    pub logs_tell: bool,
}

impl Opened {
    fn new(venue: Arc<dyn Venue>, notes: Notes, logs_tell: bool) -> Self {
        let Notes { reads, fixed, each_block } = notes;
        let mut accounts: Vec<Address> = reads.iter().map(Read::account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        Self { venue, reads, fixed, accounts, each_block, logs_tell }
    }

    /// Whether a block that changed the accounts for which `touched` holds may change this venue.
    pub fn is_stale(&self, touched: impl Fn(&Address) -> bool) -> bool {
        self.each_block || self.accounts.iter().any(touched)
    }

    /// Whether blocks in which the accounts for which `logged` holds logged something, and of which
    /// nothing else is known, may change this venue.
    pub fn is_stale_by_logs(&self, logged: impl Fn(&Address) -> bool) -> bool {
        !self.logs_tell || self.is_stale(logged)
    }
}

/// Why a venue is not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// No such kind.
    #[error("{id}: there is no venue kind {kind:?}; there are {}", names())]
    NoSuchKind {
        /// The venue.
        id: VenueId,
        /// As given.
        kind: String,
    },
    /// What the chain says makes no venue.
    #[error("{id}: {why}")]
    Unread {
        /// The venue.
        id: VenueId,
        /// Why.
        why: Unread,
        /// What was asked: while none of these answers changes, it stays refused.
        asked: Box<[Read]>,
    },
    /// Another contract than the one that the place is known to be.
    #[error(
        "{id}: the code of {contract} ({role}) has the hash {found}, and {expected} is recorded of it: \
         this is another chain or another contract; correct the place, or its `code_hashes` if the \
         contract was replaced by its own protocol"
    )]
    Code {
        /// The venue.
        id: VenueId,
        /// The contract's role.
        role: String,
        /// The contract.
        contract: Address,
        /// What is recorded.
        expected: B256,
        /// What the chain has; zero where there is no contract.
        found: B256,
        /// What was asked: while none of these answers changes, it stays refused.
        asked: Box<[Read]>,
    },
    /// A venue asks for more after every answer.
    #[error("{0} still asks for more after {ROUNDS} rounds")]
    Endless(VenueId),
}

fn names() -> String {
    KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ")
}

/// Opens venues at one block. `fetch` answers all questions of a round, in order; `known` keeps the
/// answers. One result for each place, in order: a venue that does not open takes no other with it.
pub fn open<E>(
    places: &[Place],
    at: At,
    known: &mut HashMap<Read, Answer>,
    mut fetch: impl FnMut(&[Read]) -> Result<Vec<Answer>, E>,
) -> Result<Vec<Result<Opened, OpenError>>, E> {
    let mut opened: Vec<Option<Result<Opened, OpenError>>> = vec![None; places.len()];
    for _ in 0..ROUNDS {
        let mut missing = Vec::new();
        for (place, slot) in places.iter().zip(&mut opened).filter(|(_, slot)| slot.is_none()) {
            match attempt(place, at, known) {
                Attempt::Done(result) => *slot = Some(result),
                Attempt::Asks(reads) => missing.extend(reads),
            }
        }
        missing.sort_unstable();
        missing.dedup();
        missing.retain(|read| !known.contains_key(read));
        if missing.is_empty() {
            break;
        }
        let answers = fetch(&missing)?;
        known.extend(missing.into_iter().zip(answers));
    }
    let endless = |place: &Place| Err(OpenError::Endless(place.id.clone()));
    Ok(places.iter().zip(opened).map(|(p, o)| o.unwrap_or_else(|| endless(p))).collect())
}

enum Attempt {
    Done(Result<Opened, OpenError>),
    Asks(Vec<Read>),
}

/// Opens one venue, or says what it asks for beyond what is known.
fn attempt(place: &Place, at: At, known: &HashMap<Read, Answer>) -> Attempt {
    let id = || place.id.clone();
    let Some(kind) = KINDS.iter().find(|kind| kind.name == place.kind) else {
        return Attempt::Done(Err(OpenError::NoSuchKind { id: id(), kind: place.kind.clone() }));
    };
    let chain = Chain::new(at, known);
    if let Some(refused) = check_code(place, &chain) {
        return refused;
    }
    match (kind.open)(place, &chain) {
        Ok(_) if !code_known(place, known) => Attempt::Asks(everything(chain)),
        Ok(venue) => Attempt::Done(Ok(Opened::new(venue, chain.into_notes(), kind.logs_tell))),
        Err(Unread::Missing) => Attempt::Asks(everything(chain)),
        Err(why) => {
            let asked = everything(chain).into();
            Attempt::Done(Err(OpenError::Unread { id: id(), why, asked }))
        }
    }
}

/// Whether the code of every contract whose hash is recorded has been asked for.
fn code_known(place: &Place, known: &HashMap<Read, Answer>) -> bool {
    let contracts = place.code.keys().filter_map(|role| place.contracts.get(role));
    contracts.into_iter().all(|contract| known.contains_key(&Read::CodeHash(*contract)))
}

/// At first contact: whether the contracts are those that are recorded. Nothing else is believed of a
/// contract before this is known, and it is asked for together with all else.
fn check_code(place: &Place, chain: &Chain<'_>) -> Option<Attempt> {
    for (role, expected) in &place.code {
        let Some(contract) = place.contracts.get(role).copied() else { continue };
        match chain.fixed_code_hash(contract) {
            Ok(found) if found != *expected => {
                let (id, role, expected) = (place.id.clone(), role.clone(), *expected);
                let asked = [Read::CodeHash(contract)].into();
                let error = OpenError::Code { id, role, contract, expected, found, asked };
                return Some(Attempt::Done(Err(error)));
            }
            // What is not known yet is noted, and told with what the venue itself asks for.
            Ok(_) | Err(_) => {}
        }
    }
    None
}

fn everything(chain: Chain<'_>) -> Vec<Read> {
    let Notes { mut reads, fixed, .. } = chain.into_notes();
    reads.extend(fixed);
    reads
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn place(kind: &str) -> Place {
        Place {
            id: VenueId::new("somewhere"),
            kind: kind.to_owned(),
            contracts: BTreeMap::new(),
            constants: BTreeMap::new(),
            code: BTreeMap::new(),
        }
    }

    fn opened(place: Place) -> Result<Opened, OpenError> {
        let revert = |reads: &[Read]| Ok::<_, Infallible>(vec![Answer::Reverted; reads.len()]);
        let at = At { block: 1, timestamp: 1 };
        open(&[place], at, &mut HashMap::new(), revert).unwrap().remove(0)
    }

    #[test]
    fn a_kind_that_is_not_there_is_named_with_those_that_are() {
        let error = opened(place("uniswap_v5")).unwrap_err().to_string();
        assert!(error.contains("uniswap_v5") && error.contains("uniswap_v2"), "{error}");
    }

    #[test]
    fn a_place_without_its_contract_or_with_another_is_refused() {
        let error = opened(place("uniswap_v2")).unwrap_err().to_string();
        assert!(error.contains("no contract named \"pool\""), "{error}");
        let mut other = place("uniswap_v2");
        for role in ["pool", "router"] {
            other.contracts.insert(role.to_owned(), Address::repeat_byte(1));
        }
        let error = opened(other).unwrap_err().to_string();
        assert!(error.contains("reverted"), "{error}");
    }
}
