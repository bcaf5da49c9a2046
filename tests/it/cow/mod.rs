//! CoW's auctions: the wire, the cases that a peer answers, what the driver refuses, and real auctions.

mod auctions;
mod batches;
mod cases;
mod checker;
pub(crate) mod decoder;
mod kit;
mod laws;
mod ours;
mod partial;
mod service;
mod signing;
mod wire;
