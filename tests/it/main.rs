//! The integration tests: one module for each stage.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod answers;
mod api;
mod backtest;
mod bad_input;
mod batch;
mod bytecode;
mod certificates;
mod certify;
mod cli;
mod cow;
mod curve;
mod earning;
mod exposure;
mod figures;
mod generated;
mod hazards;
mod intake;
mod keys;
mod law;
mod leverage;
mod limits;
mod live;
mod log;
mod mev;
mod networks;
mod node;
mod objectives;
mod rebalance;
mod recorded;
mod relays;
mod replay;
mod route;
mod route_oracle;
mod sandbox;
mod sentence;
mod signed;
mod standing;
mod store;
mod stress;
mod term;
mod vectors;
mod venues;
mod world;
mod yields;
