//! What lands: on a sandbox, once, whatever relays, blocks and processes do; and what guards it.

mod faults;
mod guards;
mod halt;
mod halted;
mod lands;
mod reorgs;
mod rig;
mod stopped;
