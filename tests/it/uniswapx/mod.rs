//! UniswapX: orders beside its own SDK, and beside its own reactors in an EVM; fills, and the service.

mod chain;
mod decoder;
mod fills;
mod kit;
mod node;
mod reactors;
mod rules;
mod sdk;
mod service;
