//! Loops: their formulas, their accounts, and the plans of intents that ask for leverage.

mod accounts;
mod answers;
mod formulas;
mod kit;
