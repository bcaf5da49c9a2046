//! Tenor: an intent solver and MEV-aware execution engine for ETH yield.
//!
//! # The life of an intent
//!
//! ```text
//! sentence -> Intent -> solver::solve -> Solution -> simulations::verify -> Verified -> Answer
//! ```
//!
//! 1. [`intents`] reads what a user said, decides every value left out and echoes it. The result is
//!    a [`tenor_solver::intent::Intent`]; nothing later guesses.
//! 2. [`engine`] holds one market: the solver's view of it and the same figures as an EVM world. It
//!    takes an intent through the stages.
//! 3. [`tenor_solver::solve`] searches the market graph, pushes what it finds through the venues'
//!    integer code and ranks the plans by what they are worth at the horizon. Holding is always
//!    among them.
//! 4. [`tenor_simulations::simulate`] runs the winner's calls in revm, and
//!    [`tenor_simulations::verify`] compares what it measured with what was promised, to the wei.
//!    A plan that disagrees is dropped and the next one tried.
//! 5. [`answer`] says it: as JSON, schema `tenor.answer/1`, or as a page for people.
//! 6. [`intents::signed`] makes of a verified plan what its owner signs, one Permit2 signature, and
//!    checks what comes back signed; [`store`] keeps it, durably, before anybody is told that it was
//!    accepted, and every step of its life after. [`intents::service`] takes it through those steps, and
//!    tells of them. [`problems`] is the one table of what can be wrong.
//! 7. [`bundle`] is what lands: a verified plan becomes the Settler's transaction, which is run as it is to be
//!    sent and compared to the wei, then signed for one block. [`relays`] writes it in each relay's
//!    dialect, signs the request, refuses what a relay would misread, and sends it to those who may be told.
//!    [`keys`] sign.
//!
//! Orders of other protocols are the same to the solver: [`intents::cow`] solves auctions;
//! [`intents::uniswapx`], [`intents::oneinch`] and [`intents::erc7683`] price orders, ask step 3 for what
//! pays for them and say what a fill earns.
//!
//! [`api`] answers the same questions over HTTP (`tenor serve`): the search runs on threads of its own
//! ([`workers`]), on the newest market ([`market::current`]); [`config`] is all that can be set.
//!
//! A market is a file of figures, or is read from contracts: [`market::places`] says where venues
//! are, [`market::live`] opens them and carries them from block to block, [`market::snapshot`] keeps
//! what they were opened from. With a node ([`market::rpc`]) the market is what the contracts of its
//! newest block say, and the world of step 4 that block's state ([`market::over`]); [`market::feed`]
//! follows the node from head to head.
//!
//! [`sandbox`] is a chain of one's own with a builder (`tenor sandbox`), to send all of this to.
//!
//! [`backtest`] steps a history of rates through the same engine; `tenor stress` values a plan on markets
//! that something has happened to ([`tenor_solver::stress`], [`tenor_simulations::scenarios`]).
//!
//! [`cli`] is the command line around this; its `tenor route` answers a routing benchmark's
//! instances ([`market::instance`]) with the optimiser alone, and its `tenor replay block` runs the
//! chain's own blocks ([`recordings`]) through the same EVM. Nothing in the `solver` crate does I/O;
//! nothing is shown as verified that has not been through `verify`.

pub mod answer;
pub mod api;
pub mod backtest;
pub mod bundle;
pub mod cli;
pub mod clock;
pub mod config;
mod curve;
pub mod engine;
pub mod events;
pub mod intents;
pub mod keys;
mod logs;
pub mod market;
pub mod problems;
pub mod recordings;
pub mod relays;
pub mod sandbox;
pub mod settlement;
pub mod store;
pub mod workers;
