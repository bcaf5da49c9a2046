//! What becomes of a plan that is to land: written down, sent, watched, and never twice.
//!
//! ```text
//! desk: a plan for the newest block -> Offer -> make (run, signed) -> journal -> relays
//!                                                                        |
//!             chain: what the Settler told, nonces, depth -> watch -> stages of the intent
//! ```
//!
//! One thread owns an account ([`Submitter`]): it looks at every new head before it sends anything, and
//! everything that it decides by is on disk or on the chain, so that a process that ends at any moment
//! goes on where it was. Nothing that a relay says is believed: an intent is settled when the Settler
//! tells so in a block of the newest head's chain, and final once that block is deep enough.
//!
//! **Once.** Three things hold, each by itself: Permit2 spends the intent's nonce; whatever is signed for
//! an account while nothing lands has one and the same account nonce; and nothing is sent that is not in
//! the journal first.
//!
//! | file | what it knows |
//! |---|---|
//! | `make.rs` | from a plan to signed bundles, and what is promised of them |
//! | `price.rs` | what is bid, who is told, and the fee that is declared for it |
//! | `bids.rs` | one's own bids, and what became of them |
//! | `journal.rs` | what is written before anything is sent, and read after a restart |
//! | `submit.rs` | the thread: heads, plans, who is next |
//! | `land.rs` | one plan: within the caps, written down, sent, taken back |
//! | `told.rs` | what each relay is sent, and what it says |
//! | `watch.rs` | what the chain says of what was sent |
//! | `rivals.rs` | the markets that plans were made on, for the view of what others would have done |
//! | `record.rs` | promised, simulated and realised, and why they differ |
//! | `missed.rs` | why a bundle is not in its block |
//! | `lives.rs` | intents moved along by what the chain says |
//! | `stops.rs` | named moments at which a test ends the process |
//! | `preflight.rs` | what must hold before anything may be sent |
//! | `halt.rs` | the kill switch |
//! | `caps.rs` | what may be spent and lost in any 24 hours |
//! | `competition.rs` | what simple methods would have done instead, and why ours won or lost |
//! | `fence.rs` | one submitter for each chain and account on a machine |

mod bids;
pub mod caps;
pub mod competition;
mod day;
pub mod fence;
pub mod halt;
mod journal;
mod land;
mod lives;
mod make;
mod missed;
pub mod preflight;
mod price;
mod record;
mod rivals;
mod stops;
mod submit;
mod tell;
mod told;
mod watch;

use std::sync::Arc;

use alloy_primitives::U256;
use tenor_simulations::Verified;

use self::caps::Caps;
pub use self::submit::{Inbox, Offers, Parts, Submitter, offers};
use crate::{
    bundle::{fees::Limits, offer::Habits},
    config::{self, Mode},
    intents::signed::Checked,
    market::current::Snapshot,
};

/// Seconds from a slot to the next.
pub const SLOT_S: u64 = 12;

/// A plan for an intent, on a market; or why this market has none.
#[derive(Debug)]
pub struct Offer {
    /// The intent.
    pub checked: Checked,
    /// What an EVM confirmed for it.
    pub plan: Result<Box<Verified>, String>,
    /// On which market.
    pub market: Arc<Snapshot>,
}

/// How plans are landed.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Whether bundles are sent; else they are made, signed and told of.
    pub sends: bool,
    /// How many blocks a bundle is for.
    pub blocks: u64,
    /// How many blocks follow one before it is final.
    pub depth: u64,
    /// Slots without a block that a transaction's deadline allows for.
    pub missed_slots: u64,
    /// Seconds from a slot to the next.
    pub slot_s: u64,
    /// The most wei for a unit of gas, and of gas beyond what a run needs.
    pub fees: Limits,
    /// What is set and assumed of bids.
    pub habits: Habits,
}

impl Rules {
    /// The rules that configuration gives.
    pub fn of(mode: Mode, set: &config::Settlement) -> Self {
        let most_fee = u128::from(set.most_fee_wei_per_gas);
        let most_tip = u128::from(set.most_tip_wei_per_gas);
        Self {
            sends: mode == Mode::Live,
            blocks: set.blocks.get(),
            depth: set.depth.get(),
            missed_slots: set.missed_slots,
            slot_s: SLOT_S,
            fees: Limits { most_tip, ..Limits::of(most_fee) },
            habits: set.bids.clone(),
        }
    }
}

impl Caps {
    /// The caps that configuration gives; without any nothing may be spent.
    pub fn of(set: &config::Settlement) -> Self {
        let spend = set.spend_cap_wei.map_or(U256::ZERO, |wei| wei.0);
        Self { spend, loss: set.loss_limit_wei.map(|wei| wei.0) }
    }
}
