//! Everything an operator can set, with its default. Data only; builds nothing.
//!
//! Command line before environment before file before default. A name that is not known is an error
//! that says the nearest one; secrets are named (`file:PATH`, `env:NAME`), never written here.

mod keys;
mod relays;
mod settlement;

use std::{fmt, net::SocketAddr, path::PathBuf};

use alloy_primitives::Address;
use serde::{Deserialize, Serialize};
use tenor_simulations::nearest::nearest;
use url::Url;

pub use self::{
    keys::{Key, Keys, Place},
    relays::{At, Relays},
    settlement::{Settlement, Wei},
};

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The version of this form.
    pub version: u32,
    /// What is done with a plan.
    pub mode: Mode,
    /// Where it listens and keeps what must not be lost.
    pub serve: Serve,
    /// What one asker may ask.
    pub api: Api,
    /// The threads that search.
    pub solvers: Solvers,
    /// The contracts that signatures name.
    pub contracts: Contracts,
    /// Orders of UniswapX.
    pub uniswapx: Uniswapx,
    /// The relays that are told.
    pub relays: Relays,
    /// The keys that sign.
    pub keys: Keys,
    /// How what was signed is brought onto the chain, and what that may cost.
    pub settlement: Settlement,
}

/// What is done with a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It is run in the EVM and told, and nothing comes of it: no settlement is signed.
    #[default]
    Simulate,
    /// It is settled up to the sending: proven on every head, priced, signed and written down. No relay is
    /// told, and no key needs funds.
    Shadow,
    /// It is settled: relays are sent its bundles, and the funded account pays for them, up to the spend
    /// cap.
    Live,
}

impl Mode {
    /// What comes of it, for people.
    pub const fn does(self) -> &'static str {
        match self {
            Self::Simulate => "nothing is sent",
            Self::Shadow => "settlements are signed and written down, and none is sent",
            Self::Live => "settlements are sent to relays, and cost money",
        }
    }
}

/// Where it listens and keeps what must not be lost.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Serve {
    /// Address and port of the API; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Address and port of metrics; none are served where there is none.
    pub admin: Option<SocketAddr>,
    /// The folder of the store; the user's own data folder where there is none.
    pub data_dir: Option<PathBuf>,
    /// Seconds in which requests that were taken must be answered once it stops.
    pub drain_s: u64,
    /// Connections at once; more wait to be accepted.
    pub connections: usize,
}

/// What one asker may ask.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Api {
    /// Origins whose pages may ask, such as `https://app.example`; none by default.
    pub cors_origins: Vec<String>,
    /// Bytes of a request's body.
    pub most_body_bytes: usize,
    /// Milliseconds in which a request's head must arrive.
    pub head_ms: u64,
    /// Milliseconds in which its body must arrive.
    pub body_ms: u64,
    /// Requests a second of one address or key, on average; 0 for no limit.
    pub rate_per_s: u32,
    /// Requests of one address or key at once.
    pub burst: u32,
    /// Where the digests of keys are: `file:PATH` or `env:NAME`. One a line, a name and the SHA-256 of
    /// the key in hexadecimal.
    pub keys: Option<Secret>,
    /// Whether a key is needed.
    pub key_required: bool,
    /// Milliseconds after which a stream without events says that it is alive.
    pub heartbeat_ms: u64,
}

/// The threads that search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Solvers {
    /// How many; 0 for one for each core.
    pub threads: usize,
    /// How many requests may wait for them.
    pub queue: usize,
}

/// The contracts that signatures name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Contracts {
    /// The Settler, where it is not at the address that its own code gives it.
    pub settler: Option<Address>,
    /// Who alone may settle while a quote holds; anyone where there is none.
    pub solver: Option<Address>,
}

/// Orders of UniswapX.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Uniswapx {
    /// The API that tells what is open, such as `https://api.uniswap.org/v2`; none is asked where there is none.
    pub orders_url: Option<Link>,
    /// Milliseconds between two looks at it, and at the orders that are open.
    pub poll_ms: u64,
    /// The Filler, where it is not at the address that its own code gives it. It obeys the same reactors.
    pub filler: Option<Address>,
    /// Basis points of what is bought that quotes keep back, beside gas.
    pub margin_bps: u32,
    /// Whether quotes are given from a market that does not follow a node: for trials.
    pub quote_standing: bool,
}

/// An address of the web.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Link(pub Url);

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Secret {
    /// In a file.
    File(PathBuf),
    /// In a variable of the environment.
    Env(String),
}

/// Why a file is no configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {what}")]
pub struct ConfigError {
    /// The file.
    pub file: String,
    /// Counted from one.
    pub line: usize,
    /// What is wrong and what could stand there.
    pub what: String,
}

/// The version that this program reads.
const VERSION: u32 = 1;

impl Default for Config {
    fn default() -> Self {
        Self {
            version: VERSION,
            mode: Mode::default(),
            serve: Serve::default(),
            api: Api::default(),
            solvers: Solvers::default(),
            contracts: Contracts::default(),
            uniswapx: Uniswapx::default(),
            relays: Relays::default(),
            keys: Keys::default(),
            settlement: Settlement::default(),
        }
    }
}

impl Default for Serve {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            admin: None,
            data_dir: None,
            drain_s: 10,
            connections: 4_096,
        }
    }
}

impl Default for Api {
    fn default() -> Self {
        Self {
            cors_origins: Vec::new(),
            most_body_bytes: 1 << 16,
            head_ms: 10_000,
            body_ms: 10_000,
            rate_per_s: 100,
            burst: 200,
            keys: None,
            key_required: false,
            heartbeat_ms: 15_000,
        }
    }
}

impl Default for Solvers {
    fn default() -> Self {
        Self { threads: 0, queue: 64 }
    }
}

impl Default for Uniswapx {
    fn default() -> Self {
        Self {
            orders_url: None,
            poll_ms: 1_000,
            filler: None,
            margin_bps: 5,
            quote_standing: false,
        }
    }
}

impl Config {
    /// Reads a file's text.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let wrong = |error: &toml::de::Error| {
            let before = error.span().map_or("", |at| text.get(..at.start).unwrap_or(text));
            let line = before.matches('\n').count() + 1;
            ConfigError { file: file.to_owned(), line, what: told(error.message()) }
        };
        let config: Self = toml::from_str(text).map_err(|error| wrong(&error))?;
        if config.version != VERSION {
            let what = format!("version {}: this program reads {VERSION}", config.version);
            return Err(ConfigError { file: file.to_owned(), line: 1, what });
        }
        Ok(config)
    }
}

/// The message of a reader, with the nearest name where one is not known.
fn told(message: &str) -> String {
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match names.split_first() {
        Some((name, known)) if message.starts_with("unknown ") => {
            let near = nearest(name, known.iter().copied());
            let near = near.map_or_else(String::new, |near| format!("; the nearest is {near:?}"));
            format!("there is no {name:?}{near}")
        }
        _ => message.to_owned(),
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Simulate => "simulate",
            Self::Shadow => "shadow",
            Self::Live => "live",
        })
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Env(name) => write!(f, "env:{name}"),
        }
    }
}

impl From<Link> for String {
    fn from(link: Link) -> Self {
        link.0.into()
    }
}

impl TryFrom<String> for Link {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let url = Url::parse(&text).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        url.map(Self).ok_or("expected a URL that begins with http:// or https://")
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        secret.to_string()
    }
}

impl TryFrom<String> for Secret {
    type Error = &'static str;

    /// What is written here in place of where it is is not repeated: it may be the secret.
    fn try_from(text: String) -> Result<Self, &'static str> {
        let wrong = "a secret is never written here: give file:PATH or env:NAME";
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("env", name)) if !name.is_empty() => Ok(Self::Env(name.to_owned())),
            _ => Err(wrong),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_the_default() {
        assert_eq!(Config::parse("c", ""), Ok(Config::default()));
        let config = Config::parse("c", "[api]\nburst = 7").unwrap();
        assert_eq!(config.api, Api { burst: 7, ..Api::default() });
    }

    #[test]
    fn the_example_says_the_defaults() {
        let text = include_str!("../tenor.example.toml");
        assert_eq!(Config::parse("tenor.example.toml", text), Ok(Config::default()));
        // What stands behind a # is read too.
        let examples = [
            "admin",
            "data_dir",
            "keys",
            "settler",
            "solver",
            "orders_url",
            "filler",
            "endpoints",
            "timeout_ms",
            "sends_per_minute",
            "secret",
            "keystore",
            "password",
            "spend_cap_wei",
            "loss_limit_wei",
        ];
        let lines = text.lines().map(|line| {
            let told = line.strip_prefix("# ").unwrap_or(line);
            let section = told.starts_with("[relays.") || told.starts_with("[keys.");
            if section || examples.iter().any(|name| told.starts_with(&format!("{name} ="))) {
                told
            } else {
                line
            }
        });
        let all = lines.collect::<Vec<_>>().join("\n");
        let config = Config::parse("tenor.example.toml", &all).unwrap();
        assert!(config.serve.admin.is_some() && config.api.keys.is_some());
        assert!(config.contracts.settler.is_some() && config.contracts.solver.is_some());
        assert!(config.uniswapx.orders_url.is_some() && config.uniswapx.filler.is_some());
        let at = &config.relays.at[&crate::relays::Dialect::BuilderNet];
        assert!(at.endpoints.len() == 1 && at.timeout_ms.is_some());
        assert!(config.keys.auth.unwrap().secret.is_some());
        assert!(config.keys.funded.unwrap().password.is_some());
        let caps = config.settlement;
        assert!(caps.spend_cap_wei.is_some() && caps.loss_limit_wei < caps.spend_cap_wei);
    }

    #[test]
    fn modes_are_named() {
        for mode in [Mode::Simulate, Mode::Shadow, Mode::Live] {
            let config = Config::parse("c", &format!("mode = \"{mode}\"")).unwrap();
            assert_eq!(config.mode, mode);
        }
        let wrong = Config::parse("c", "mode = \"liv\"").unwrap_err().to_string();
        assert!(wrong.contains("the nearest is \"live\""), "{wrong}");
    }

    #[test]
    fn errors_name_the_line_and_the_nearest_name() {
        let error = |text| Config::parse("c.toml", text).unwrap_err().to_string();
        let unknown = error("mode = \"simulate\"\n[api]\nbrust = 7\n");
        assert_eq!(unknown, "c.toml, line 3: there is no \"brust\"; the nearest is \"burst\"");
        assert!(error("\nversion = 2").contains("this program reads 1"));
        let secret = error("[api]\nkeys = \"hunter2\"");
        assert!(secret.contains("file:PATH") && !secret.contains("hunter2"), "{secret}");
    }
}
