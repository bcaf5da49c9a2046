//! Recorded blocks through the EVM.

mod faults;
mod forks;
mod kit;
mod payments;
mod recorded;
mod system;
