//! One realistic trade for each kind of venue: `benches/quotes.rs` times it, and a test counts what
//! it allocates.

pub(crate) mod exchanges;
pub(crate) mod issuers;
pub(crate) mod lending;
pub(crate) mod pools;
pub(crate) mod recorded;
pub(crate) mod stables;
pub(crate) mod staking;
pub(crate) mod term;

use tenor_solver::venues::{Swap, Venue};

/// A venue and a trade with it.
#[derive(Debug)]
pub(crate) struct Sample {
    /// The kind's name in `KINDS`, and what is special about the trade, after a comma.
    pub(crate) kind: &'static str,
    pub(crate) venue: Box<dyn Venue>,
    pub(crate) swap: Swap,
}

/// All of them.
pub(crate) fn all() -> Vec<Sample> {
    let families = [
        exchanges::all(),
        issuers::all(),
        lending::all(),
        pools::all(),
        recorded::all(),
        stables::all(),
        staking::all(),
        term::all(),
    ];
    families.into_iter().flatten().collect()
}
