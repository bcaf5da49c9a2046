//! `tenor intent`: signed intents on a server, from a terminal.

mod allow;
mod cancel;
mod client;
mod follow;
mod key;
mod receipt;
mod sign;
mod status;
mod submit;
mod terms;

use clap::{Args, Subcommand};

use self::client::Server;
use super::{Outcome, print};

/// Sign, submit, follow and cancel intents on a server.
///
/// Keys are never written on the command line: --key names where one is (env:NAME or file:PATH), or
/// --keystore a file that a password opens.
///
/// Examples:
///   tenor intent submit "maximize ETH yield on 100 WETH for 365 days" --key env:OWNER_KEY
///   tenor intent sign "swap 50 WETH to wstETH" --key env:OWNER_KEY > signed.json
///   tenor intent submit signed.json
///   tenor intent status 0x... --watch
///   tenor intent cancel 0x... --key env:OWNER_KEY
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Intent {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Sign(sign::Sign),
    Submit(Box<submit::Submit>),
    Status(status::Status),
    Cancel(cancel::Cancel),
}

/// Which server is asked.
#[derive(Debug, Args)]
struct ServerArgs {
    /// The server, as `tenor serve` prints it.
    #[arg(long, value_name = "URL", env = "TENOR_SERVER", default_value = "http://127.0.0.1:8080")]
    server: url::Url,
}

impl Intent {
    pub(super) fn run(&self) -> Outcome {
        let told = match &self.command {
            Command::Sign(sign) => sign.run(),
            Command::Submit(submit) => submit.run(),
            Command::Status(status) => status.run(),
            Command::Cancel(cancel) => cancel.run(),
        };
        told.unwrap_or_else(|outcome| outcome)
    }
}

impl ServerArgs {
    fn server(&self) -> Result<Server, Outcome> {
        Server::new(&self.server)
    }
}

/// Reads an intent's id.
fn id(text: &str) -> Result<alloy_primitives::B256, &'static str> {
    text.parse().map_err(|_| "an id is 0x and 64 hexadecimal digits")
}

/// Reads an account's address.
fn account(text: &str) -> Result<alloy_primitives::Address, &'static str> {
    text.parse().map_err(|_| "an address is 0x and 40 hexadecimal digits")
}

/// What answers are called where they cannot be written.
const ANSWER: &str = "the answer";
