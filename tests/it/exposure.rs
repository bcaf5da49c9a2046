//! The attacker in the EVM: it takes what theory says can be taken, and nothing where that is nothing.

mod backruns;
mod ceilings;
mod kit;
mod nothing;
mod pairs;
mod plans;
mod pools;
