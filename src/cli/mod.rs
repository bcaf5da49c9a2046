//! The command line: one file or folder for each subcommand.
//!
//! Exit codes: 0 a plan or hold, 2 bad input, 3 infeasible or the market lacks what the question
//! needs, 1 anything else. Errors are one line on standard error: the cause and the fix.

mod backtest;
mod certify;
mod check;
mod cow;
mod curve;
mod fill;
mod halt;
mod intent;
mod landing;
mod market;
mod openapi;
mod options;
mod print;
mod progress;
mod replay;
mod route;
mod sandbox;
mod serve;
mod solve;
mod stress;
mod watch;

use std::{ffi::OsString, io::Write as _, process::ExitCode};

use clap::{Parser, Subcommand, error::ErrorKind};

/// What a command line without a command is told.
const NOTHING: &str = "no command; give one, such as: \
    tenor solve \"maximize ETH yield on 100 stETH\"; see 'tenor --help'";

/// An intent solver and MEV-aware execution engine for ETH yield.
#[derive(Debug, Parser)]
#[command(name = "tenor", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Solve(solve::Solve),
    Route(route::Route),
    Certify(certify::Certify),
    Cow(cow::Cow),
    Curve(curve::Curve),
    Fill(fill::Fill),
    Market(market::Market),
    Stress(stress::Stress),
    Backtest(backtest::Backtest),
    Replay(replay::Replay),
    Watch(watch::Watch),
    Serve(serve::Serve),
    Sandbox(sandbox::Sandbox),
    Halt(halt::HaltArgs),
    Check(check::Check),
    Intent(intent::Intent),
    Openapi(openapi::Openapi),
}

/// What a subcommand came to.
enum Outcome {
    Done,
    BadInput(String),
    Infeasible,
    /// The market lacks what the question needs.
    Lacking(String),
    Failed(String),
}

impl Outcome {
    /// What a command came to that has nothing to add.
    fn of(done: Result<(), Self>) -> Self {
        done.err().unwrap_or(Self::Done)
    }
}

/// Runs the command line and says with which code to exit.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let outcome = match Arguments::try_parse_from(arguments) {
        Ok(Arguments { command: Command::Solve(solve) }) => solve.run(),
        Ok(Arguments { command: Command::Route(route) }) => route.run(),
        Ok(Arguments { command: Command::Certify(certify) }) => certify.run(),
        Ok(Arguments { command: Command::Cow(cow) }) => cow.run(),
        Ok(Arguments { command: Command::Curve(curve) }) => curve.run(),
        Ok(Arguments { command: Command::Fill(fill) }) => fill.run(),
        Ok(Arguments { command: Command::Market(market) }) => market.run(),
        Ok(Arguments { command: Command::Replay(replay) }) => replay.run(),
        Ok(Arguments { command: Command::Backtest(backtest) }) => backtest.run(),
        Ok(Arguments { command: Command::Stress(stress) }) => stress.run(),
        Ok(Arguments { command: Command::Watch(watch) }) => watch.run(),
        Ok(Arguments { command: Command::Serve(serve) }) => serve.run(),
        Ok(Arguments { command: Command::Sandbox(sandbox) }) => sandbox.run(),
        Ok(Arguments { command: Command::Halt(halt) }) => halt.run(),
        Ok(Arguments { command: Command::Check(check) }) => check.run(),
        Ok(Arguments { command: Command::Intent(intent) }) => intent.run(),
        Ok(Arguments { command: Command::Openapi(openapi) }) => openapi.run(),
        Err(error) if !error.use_stderr() => {
            // Help or version was asked for.
            return match error.print() {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            };
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Outcome::BadInput(NOTHING.to_owned())
        }
        Err(error) => Outcome::BadInput(one_line(&error.render().to_string())),
    };
    match outcome {
        Outcome::Done => ExitCode::SUCCESS,
        Outcome::Infeasible => ExitCode::from(3),
        Outcome::Lacking(message) => fail(3, &message),
        Outcome::BadInput(message) => fail(2, &message),
        Outcome::Failed(message) => fail(1, &message),
    }
}

fn fail(code: u8, message: &str) -> ExitCode {
    // Nothing can be done about a closed standard error.
    let _ = writeln!(std::io::stderr(), "tenor: {message}");
    ExitCode::from(code)
}

/// The parser's message without its usage and pointer to the help: cause and tip.
fn one_line(message: &str) -> String {
    let lines = message.lines().map(str::trim).filter(|l| !l.is_empty());
    let told: Vec<&str> = lines
        .take_while(|l| !l.starts_with("Usage:") && !l.starts_with("For more information"))
        .map(|l| l.trim_start_matches("error: "))
        .collect();
    format!("{}; see 'tenor --help'", told.join("; "))
}
