//! The integration tests: one module for each stage.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod answers;
mod batch;
mod bytecode;
mod certificates;
mod certify;
mod cli;
mod curve;
mod earning;
mod exposure;
mod figures;
mod generated;
mod hazards;
mod law;
mod live;
mod mev;
mod networks;
mod node;
mod recorded;
mod replay;
mod route;
mod route_oracle;
mod sentence;
mod signed;
mod store;
mod venues;
mod world;
mod yields;
