//! Several orders at once: who meets whom, at which prices, and what is proven of it.

mod degenerate;
mod enumeration;
mod kit;
mod laws;
mod program;
mod proofs;
mod stories;
mod together;
