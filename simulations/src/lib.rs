//! The EVM as judge: the embedded market as a world, and what a plan does in it.
//!
//! # The life of a simulation
//!
//! ```text
//! market file -> figures::Figures -> solver market
//!                             \-> World -> simulate(script) -> Report -> verify -> Verified
//! ```
//!
//! A [`World`] is an EVM state that never changes; [`simulate`] lays a run's own writes over it and
//! measures what an account holds before and after; [`verify()`] compares that with what the solver
//! promised, to the wei. [`World::after`] keeps what a script did; [`sequence()`] runs transactions of
//! whoever sent them; [`World::answer`] tells what venues are opened from. The seam to state from elsewhere is [`StateSource`]: [`World::over`] one the
//! contracts are the chain's own, and [`simulate`] finds where they keep their books.
//!
//! ```text
//! recorded files -> recorded::RecordedBlock, Recorded -> replay::execute -> Executed -> Report
//! ```
//!
//! [`exposure`] turns the judge into an attacker: it searches, in the same EVM, what others could take
//! from a script if they saw it.
//!
//! [`chain`] builds blocks of signed transactions and bundles on a world: a chain of one's own.
//!
//! [`recorded`] blocks of the chain are the proof that the EVM here is the chain's: [`replay`] runs
//! their transactions under the rules of [`forks`] and compares with their headers.
//!
//! [`scenarios`] are stress events as data, that make another market of one.
//!
//! Nothing here opens a file or a socket (callers bring bytes), and nothing here knows how a plan
//! was found.

mod after;
pub mod chain;
pub mod exposure;
pub mod figures;
pub mod forks;
mod fund;
pub mod nearest;
mod reading;
mod reason;
pub mod recorded;
pub mod replay;
mod run;
pub mod scenarios;
mod sequence;
mod source;
mod verify;
mod views;
pub mod world;

pub use self::{
    after::{After, AfterError},
    reason::Reason,
    run::{CallReport, Measured, Report, Script, SimulationError, Transaction, simulate},
    sequence::{Fate, Outcome, Sent, Sequenced, sequence},
    source::{Asked, SourceCause, SourceError, StateSource},
    verify::{Disagreement, Expected, Quantity, Verified, compare, verify},
    world::{Forms, Placed, World, WorldBuilder, WorldError},
};
