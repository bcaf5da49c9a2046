//! The table of relays: what each is known to read, and how.

use serde::{Deserialize, Serialize};

/// A relay or builder. Its name in configuration and reports is that of its [`Capabilities`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// The Flashbots relay.
    Flashbots,
    /// An operator of BuilderNet.
    BuilderNet,
    /// Titan.
    Titan,
    /// beaverbuild, whose documentation was not found: it is sent nothing but what all read alike.
    Beaverbuild,
    /// rsync.
    Rsync,
    /// Quasar.
    Quasar,
    /// MEV-Share: the Flashbots relay asked to tell searchers a part. It takes bundles of its own form alone.
    #[serde(rename = "mev-share")]
    MevShare,
    /// MEV Blocker, which takes single transactions.
    #[serde(rename = "mev-blocker")]
    MevBlocker,
}

/// What a relay is known to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Its name, as configuration and reports have it.
    pub name: &'static str,
    /// What it does with the signature header.
    pub header: Header,
    /// Whether it takes `eth_sendBundle`.
    pub bundles: bool,
    /// Whether it takes `mev_sendBundle`.
    pub shares: bool,
    /// How it takes a single transaction that others must not see; `None` where it does not.
    pub private: Option<Private>,
    /// Whether it keeps a bundle to its timestamps.
    pub timestamps: bool,
    /// Whether it knows transactions that may be left out.
    pub dropping: bool,
    /// How it gives back a part of what it is paid; `None` where it does not.
    pub refunds: Option<Refunds>,
    /// How it knows a bundle that takes another's place; `None` where it does not.
    pub replacement: Option<Naming>,
    /// Whether it knows which of several under one name is the latest by `replacementNonce`.
    pub sequence: bool,
    /// How a bundle is taken back; `None` where it cannot be.
    pub cancels: Option<Cancels>,
    /// Whether it simulates on request.
    pub simulates: bool,
    /// Whether it tells what it did with a bundle, and what it paid back.
    pub tells: bool,
    /// The most transactions of a bundle.
    pub most_transactions: usize,
    /// The most bytes of a request.
    pub most_bytes: usize,
}

/// What a relay does with the signature header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// Refuses requests without it.
    Required,
    /// Does not look at it, as far as is known: it is left out, and says nothing of us.
    Unread,
}

/// How a part of the payment is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refunds {
    /// The percents it takes, from and to.
    pub percent: (u8, u8),
    /// Whether it throws away a bundle that does not name who gets it.
    pub names_recipient: bool,
    /// The most transactions whose payment counts.
    pub most_transactions: usize,
    /// Whether it can pay later.
    pub delayed: bool,
}

/// What a name of replaced bundles may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// A random UUID, version 4.
    UuidV4,
    /// Any UUID.
    Uuid,
}

/// How a single transaction is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Private {
    /// By `eth_sendPrivateTransaction`, up to a block; it can be taken back.
    Method,
    /// By `eth_sendRawTransaction`: all that is sent there is kept from the public.
    Raw,
}

/// How a bundle is taken back. A cancel is a request everywhere: the chain must still be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancels {
    /// By `eth_cancelBundle`.
    Method,
    /// By a bundle of its name without transactions.
    Empty,
}

/// What a bundle of Flashbots may hold; others' documented limits are no lower.
const MOST_TRANSACTIONS: usize = 100;
const MOST_BYTES: usize = 300_000;

/// What every relay reads alike.
const PLAIN: Capabilities = Capabilities {
    name: "",
    header: Header::Unread,
    bundles: true,
    shares: false,
    private: None,
    timestamps: false,
    dropping: false,
    refunds: None,
    replacement: None,
    sequence: false,
    cancels: None,
    simulates: false,
    tells: false,
    most_transactions: MOST_TRANSACTIONS,
    most_bytes: MOST_BYTES,
};

/// Up to so many percent, of one transaction's payment, to its sender unless somebody is named.
const fn refunds(least: u8, most: u8) -> Option<Refunds> {
    let percent = (least, most);
    Some(Refunds { percent, names_recipient: false, most_transactions: 1, delayed: false })
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Flashbots,
        Self::BuilderNet,
        Self::Titan,
        Self::Beaverbuild,
        Self::Rsync,
        Self::Quasar,
        Self::MevShare,
        Self::MevBlocker,
    ];

    /// What it is known to read.
    pub const fn capabilities(self) -> Capabilities {
        match self {
            Self::Flashbots => Capabilities {
                name: "flashbots",
                header: Header::Required,
                timestamps: true,
                replacement: Some(Naming::UuidV4),
                cancels: Some(Cancels::Method),
                simulates: true,
                private: Some(Private::Method),
                tells: true,
                ..PLAIN
            },
            Self::BuilderNet => Capabilities {
                name: "buildernet",
                header: Header::Required,
                timestamps: true,
                dropping: true,
                refunds: Some(Refunds {
                    percent: (1, 99),
                    names_recipient: false,
                    most_transactions: 1,
                    delayed: true,
                }),
                replacement: Some(Naming::Uuid),
                sequence: true,
                cancels: Some(Cancels::Empty),
                shares: true,
                private: Some(Private::Raw),
                ..PLAIN
            },
            Self::Titan => Capabilities {
                name: "titan",
                header: Header::Required,
                dropping: true,
                refunds: refunds(0, 99),
                replacement: Some(Naming::Uuid),
                cancels: Some(Cancels::Empty),
                private: Some(Private::Method),
                ..PLAIN
            },
            Self::Beaverbuild => Capabilities { name: "beaverbuild", ..PLAIN },
            Self::Rsync => Capabilities {
                name: "rsync",
                dropping: true,
                refunds: Some(Refunds {
                    percent: (0, 100),
                    names_recipient: true,
                    most_transactions: MOST_TRANSACTIONS,
                    delayed: false,
                }),
                replacement: Some(Naming::UuidV4),
                cancels: Some(Cancels::Empty),
                ..PLAIN
            },
            Self::Quasar => Capabilities {
                name: "quasar",
                dropping: true,
                refunds: refunds(0, 99),
                replacement: Some(Naming::Uuid),
                ..PLAIN
            },
            Self::MevShare => Capabilities {
                name: "mev-share",
                header: Header::Required,
                bundles: false,
                shares: true,
                tells: true,
                ..PLAIN
            },
            Self::MevBlocker => Capabilities {
                name: "mev-blocker",
                bundles: false,
                private: Some(Private::Raw),
                ..PLAIN
            },
        }
    }
}
