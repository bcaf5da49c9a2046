//! On what terms each relay is used: where it is, how long and how often it is asked, and what it promised.
//!
//! A promise is quoted with the page that it stands on. Where no page with one was found there is none, which
//! says nothing of the relay: it only is not sent to unless somebody says so.

use std::time::Duration;

use super::dialect::Dialect;

/// The terms of a relay. All but the promise can be set otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Where it is; `None` where everybody has to choose one of many, or trust it by other means than the
    /// certificate authorities.
    pub endpoint: Option<&'static str>,
    /// How long an answer is waited for.
    pub timeout: Duration,
    /// The most requests in any minute, by kind.
    pub requests: Requests,
    /// What it promised in writing about what it is sent; `None` where nothing was found.
    pub promise: Option<Promise>,
}

/// The most requests in any minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requests {
    /// Bundles and transactions.
    pub sends: u32,
    /// Cancellations.
    pub cancels: u32,
    /// Simulations.
    pub simulations: u32,
    /// Everything else.
    pub questions: u32,
}

/// A promise in writing not to disclose what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// Its words.
    pub words: &'static str,
    /// The page that it stands on.
    pub page: &'static str,
}

/// Two thirds of a slot would be too long to wait for a bundle of the next block; a second is what
/// BuilderNet's proxy allows itself.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Where a relay publishes no limit: our own, five bundles a second.
const UNPUBLISHED: Requests = Requests { sends: 300, cancels: 300, simulations: 60, questions: 60 };

/// What Flashbots publishes for an address on the internet and a minute.
const FLASHBOTS: Requests =
    Requests { sends: 1_800, cancels: 600, simulations: 300, questions: 120 };

/// A hundred different requests a second, as BuilderNet's proxy is set by default.
const BUILDERNET: Requests =
    Requests { sends: 6_000, cancels: 6_000, simulations: 60, questions: 60 };

const FLASHBOTS_RELAY: &str = "https://relay.flashbots.net";

const FLASHBOTS_PROMISE: Promise = Promise {
    words: "these blocks are delivered to validators while preserving pre-trade privacy",
    page: "https://docs.flashbots.net/flashbots-auction/quick-start",
};

const TITAN_PROMISE: Promise = Promise {
    words: "We will never unbundle a bundle, and will never broadcast any bundles or private transactions \
            to the public mempool",
    page: "https://docs.titanbuilder.xyz",
};

/// Of its endpoint for full privacy alone: the others share with searchers.
const MEV_BLOCKER_PROMISE: Promise = Promise {
    words: "guarantees that the information a user's transaction carries remains private",
    page: "https://docs.cow.fi/mevblocker/orderflow-originators/Endpoints",
};

impl Dialect {
    /// On what terms it is used where nothing else is set.
    pub const fn terms(self) -> Terms {
        let (endpoint, requests, promise) = match self {
            Self::Flashbots => (Some(FLASHBOTS_RELAY), FLASHBOTS, Some(FLASHBOTS_PROMISE)),
            // Telling searchers a part is what it is for.
            Self::MevShare => (Some(FLASHBOTS_RELAY), FLASHBOTS, None),
            // Its operators prove what they run by attestation, which is not checked here, and their
            // certificates are made inside their enclaves. What Flashbots is sent, it shares with them.
            Self::BuilderNet => (None, BUILDERNET, None),
            Self::Titan => (Some("https://rpc.titanbuilder.xyz"), UNPUBLISHED, Some(TITAN_PROMISE)),
            Self::Beaverbuild => (Some("https://rpc.beaverbuild.org"), UNPUBLISHED, None),
            Self::Rsync => (Some("https://rsync-builder.xyz"), UNPUBLISHED, None),
            // Of Quasar only the documentation's address is known.
            Self::Quasar => (None, UNPUBLISHED, None),
            Self::MevBlocker => {
                let fully = "https://rpc.mevblocker.io/fullprivacy";
                (Some(fully), UNPUBLISHED, Some(MEV_BLOCKER_PROMISE))
            }
        };
        Terms { endpoint, timeout: PATIENCE, requests, promise }
    }
}
