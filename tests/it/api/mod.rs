//! The API as those who ask meet it: over a socket, in this process and as the program.

mod described;
mod http;
mod limits;
mod markets;
mod program;
mod quotes;
mod refusals;
mod server;
mod service;

pub(crate) use self::{
    http::{Client, Reply},
    program::Program,
    server::{Server, engine, folder},
};
