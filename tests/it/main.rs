//! The integration tests: one module for each stage.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod answers;
mod batch;
mod certificates;
mod certify;
mod cli;
mod figures;
mod generated;
mod law;
mod networks;
mod recorded;
mod route;
mod route_oracle;
mod sentence;
mod venues;
mod world;
