//! What brings plans onto the chain, and what keeps it from doing so.

mod guards;
mod halt;
