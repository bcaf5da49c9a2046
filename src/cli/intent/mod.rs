//! `tenor intent`: signed intents on a server, from a terminal.

mod cancel;
mod client;
mod key;
mod sign;
mod status;
mod submit;

use clap::{Args, Subcommand};

use self::client::Server;
use super::Outcome;

/// Sign, submit, follow and cancel intents on a server.
///
/// Keys are never written on the command line: --key names where one is (env:NAME or file:PATH), or
/// --keystore a file that a password opens.
///
/// Examples:
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
    Submit(submit::Submit),
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

/// What is printed for programs.
fn pretty(value: &serde_json::Value) -> Result<String, Outcome> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|error| Outcome::Failed(error.to_string()))
}

/// Prints to standard output. A reader that has gone away has read enough.
fn print(text: &str) -> Result<(), Outcome> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Outcome::Failed(format!("cannot write the answer: {error}")))
        }
        _ => Ok(()),
    }
}
