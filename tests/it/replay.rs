//! Recorded blocks through the EVM.

mod faults;
mod forks;
mod kit;
mod parity;
mod payments;
mod recorded;
mod system;
