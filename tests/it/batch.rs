//! Several orders at once: who meets whom, at which prices, and what is proven of it.

mod kit;
mod laws;
mod stories;
