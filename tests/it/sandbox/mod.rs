//! The sandbox: a chain of one's own, seen by other people's libraries, and its builder by relays' clients.

mod anvil;
mod bundles;
mod clients;
mod faults;
mod follow;
pub(crate) mod kit;
mod program;
mod provider;
mod relay;
mod reorgs;
mod roots;
mod viem;
