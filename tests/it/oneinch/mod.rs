//! 1inch's orders: hashes and amounts beside 1inch's own packages, what is refused, and the command. Fills on
//! the router's own code are in `bytecode/oneinch.rs`.

mod auction;
mod checks;
mod command;
mod decoder;
pub(crate) mod kit;
mod sdk;
mod vectors;
