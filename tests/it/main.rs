//! The integration tests: one module for each stage.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod recorded;
mod venues;
mod world;
