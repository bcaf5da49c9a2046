//! From a verified plan to a settlement on the chain, once, and what guards it.
//!
//! | file | what it knows |
//! |---|---|
//! | `preflight.rs` | what must hold before anything may be sent |
//! | `halt.rs` | the kill switch |
//! | `caps.rs` | what may be spent and lost in any 24 hours |
//! | `fence.rs` | one submitter for each chain and account on a machine |

pub mod caps;
pub mod fence;
pub mod halt;
pub mod preflight;
