//! ERC-7683 orders: our own signed intents in the standard's form, what is refused, and the fuzz of their
//! bytes. A fill through our Filler's own code is in `bytecode/erc7683.rs`.

mod checks;
mod command;
mod decoder;
pub(crate) mod kit;
