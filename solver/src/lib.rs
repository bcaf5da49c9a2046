//! From an intent and a market to ranked solutions. Pure: no I/O, no runtime, no clock but a
//! deadline.

pub mod amount;
pub mod intent;
pub mod market;
pub mod venues;
