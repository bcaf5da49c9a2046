//! The EVM as judge, and the figures that a world is built from.
//!
//! ```text
//! market file -> figures::Figures -> solver market
//! ```
//!
//! Nothing here opens a file or a socket: callers bring bytes.

pub mod figures;
