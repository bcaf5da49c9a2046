//! Every kind of venue by its name, and where venues are.
//!
//! To make a kind known: one line in [`KINDS`].

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{Address, B256};

use super::{
    Venue, VenueId, balancer, opening,
    reads::{Chain, Unread},
    uniswap_v2,
};

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
    pub(super) open: Open,
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

pub(super) type Open = fn(&Place, &Chain<'_>) -> Result<Arc<dyn Venue>, Unread>;

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
    kind("frax_minter", &["minter"], &["frxeth", "queue", "queue_v2"], &[], opening::frax_minter),
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
