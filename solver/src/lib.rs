//! From an intent and a market to ranked solutions. Pure: no I/O, no runtime, no clock but a
//! deadline.

pub mod amount;
pub mod graph;
pub mod intent;
pub mod ledger;
pub mod market;
pub mod route;
pub mod venues;
