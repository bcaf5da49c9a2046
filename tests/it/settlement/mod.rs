//! What lands: on a sandbox, once, whatever relays, blocks and processes do; and what guards it.

mod anvil;
mod checked;
mod command;
mod drill;
mod faults;
mod guards;
mod halt;
mod halted;
mod lands;
mod reorgs;
mod rig;
mod stopped;
