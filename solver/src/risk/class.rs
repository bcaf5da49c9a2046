//! What the nodes of the risk graph are, and what can go wrong with them.

use std::fmt;

use crate::venues::Kind;

/// What a node stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeKind {
    /// A token.
    Asset,
    /// The contracts behind tokens.
    Protocol,
    /// Where a protocol takes prices from.
    Oracle,
    /// What backs a token that lives elsewhere.
    Bridge,
    /// Those who run validators, or what is secured with restaked ether.
    Operators,
    /// Who moves a vault's assets.
    Curator,
}

/// What a node does: the line of business that its priors are compared within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Another form of one asset, one for one.
    Wrapper,
    /// Pools that others trade in; nothing rests on them unless it is left there.
    Exchange,
    /// Staking that can be traded.
    LiquidStaking,
    /// Lent to borrowers.
    Lending,
    /// A vault that somebody steers over lending markets.
    CuratedVault,
    /// A claim that is due on a day.
    FixedTerm,
    /// Staking that secures more than Ethereum.
    Restaking,
    /// A token.
    Token,
    /// A price source.
    Oracle,
    /// A bridge or a custodian.
    Bridge,
    /// Validators' operators.
    Operators,
    /// A vault's curator.
    Curator,
    /// Not known: the worst is assumed.
    Unknown,
}

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HazardKind {
    /// Validators lose stake to the protocol of Ethereum, or restaked ether to a service.
    Slashing,
    /// The contracts do what they must not.
    Contract,
    /// A wrong price, or a backing that is not there.
    OracleOrBridge,
    /// Whoever may change the contracts does so to the holders' loss.
    Governance,
    /// The token has to be sold below what it redeems for.
    Depeg,
    /// Borrowers owe more than they pledged.
    BadDebt,
    /// A pledge is sold to pay a debt.
    Liquidation,
}

impl NodeKind {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Asset, "asset"),
        (Self::Protocol, "protocol"),
        (Self::Oracle, "oracle"),
        (Self::Bridge, "bridge"),
        (Self::Operators, "operators"),
        (Self::Curator, "curator"),
    ];

    /// The kind that files call `name`.
    pub fn named(name: &str) -> Option<Self> {
        named(&Self::ALL, name)
    }
}

impl Class {
    const ALL: [(Self, &'static str); 12] = [
        (Self::Wrapper, "wrapper"),
        (Self::Exchange, "exchange"),
        (Self::LiquidStaking, "liquid_staking"),
        (Self::Lending, "lending"),
        (Self::CuratedVault, "curated_vault"),
        (Self::FixedTerm, "fixed_term"),
        (Self::Restaking, "restaking"),
        (Self::Token, "token"),
        (Self::Oracle, "oracle"),
        (Self::Bridge, "bridge"),
        (Self::Operators, "operators"),
        (Self::Curator, "curator"),
    ];

    /// The class that files call `name`; none is called unknown.
    pub fn named(name: &str) -> Option<Self> {
        named(&Self::ALL, name)
    }

    /// The classes that a venue of this kind can be of, by the registry's name for it; none where
    /// the kind is not known.
    pub fn of_venue_kind(kind: &str) -> &'static [Self] {
        Kind::named(kind).map_or(&[], |kind| kind.classes)
    }
}

impl HazardKind {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Slashing, "slashing"),
        (Self::Contract, "contract"),
        (Self::OracleOrBridge, "oracle_bridge"),
        (Self::Governance, "governance"),
        (Self::Depeg, "liquidity_depeg"),
        (Self::BadDebt, "lending_bad_debt"),
        (Self::Liquidation, "leverage_liquidation"),
    ];

    /// The hazard that files call `name`.
    pub fn named(name: &str) -> Option<Self> {
        named(&Self::ALL, name)
    }
}

fn named<T: Copy>(all: &[(T, &'static str)], name: &str) -> Option<T> {
    all.iter().find(|(_, known)| *known == name).map(|(it, _)| *it)
}

fn name_of<T: PartialEq>(all: &[(T, &'static str)], it: &T) -> &'static str {
    all.iter().find(|(known, _)| known == it).map_or("unknown", |(_, name)| *name)
}

impl fmt::Display for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&Self::ALL, self))
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&Self::ALL, self))
    }
}

impl fmt::Display for HazardKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name_of(&Self::ALL, self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venues::KINDS;

    #[test]
    fn every_kind_of_venue_has_a_class() {
        for kind in KINDS {
            assert!(!Class::of_venue_kind(kind.name).is_empty(), "{}", kind.name);
        }
        assert!(Class::of_venue_kind("uniswap_v5").is_empty());
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for (kind, name) in NodeKind::ALL {
            assert_eq!((NodeKind::named(name), kind.to_string().as_str()), (Some(kind), name));
        }
        for (class, name) in Class::ALL {
            assert_eq!((Class::named(name), class.to_string().as_str()), (Some(class), name));
        }
        for (kind, name) in HazardKind::ALL {
            assert_eq!((HazardKind::named(name), kind.to_string().as_str()), (Some(kind), name));
        }
        assert_eq!(Class::named("unknown"), None);
    }
}
