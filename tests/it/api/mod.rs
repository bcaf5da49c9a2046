//! The API as those who ask meet it: over a socket, in this process and as the program.

mod http;
mod program;
mod server;
mod service;

pub(crate) use self::{http::Client, program::Program, server::Server};
