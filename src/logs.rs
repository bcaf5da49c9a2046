//! Where the log goes: standard error, as lines to read or as JSON.

use std::str::FromStr;

use tracing_subscriber::{
    Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// The variable that sets the level: `warn`, `tenor=debug,hyper=info`.
const LEVEL: &str = "TENOR_LOG";

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// To read.
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts the log, once for the process.
pub(crate) fn start(form: Form) {
    let levels = std::env::var(LEVEL).ok().and_then(|text| Targets::from_str(&text).ok());
    let levels = levels.unwrap_or_else(|| Targets::new().with_default(tracing::Level::INFO));
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match form {
        Form::Text => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed(),
        Form::Json => lines.json().flatten_event(true).boxed(),
    };
    // Somebody who links this library may have a log already.
    let _ = tracing_subscriber::registry().with(lines.with_filter(levels)).try_init();
}
