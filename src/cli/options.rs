//! Which market a command works on: options that commands share.

use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr};

use clap::Args;
use tenor_simulations::World;

use super::Outcome;
use crate::{
    engine::{Engine, Judge},
    market::{
        self, Assume,
        rpc::{Fault, Node, Options, RpcError},
    },
};

/// The figures that a plan is made from.
#[derive(Debug, Args)]
pub(super) struct FigureArgs {
    /// A market file to use instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    market: Option<PathBuf>,
    /// Assumptions about what the market does not say: a file, or "none".
    #[arg(long, value_name = "FILE")]
    assume: Option<PathBuf>,
}

/// The figures that a plan is made from, and the state that it is verified on.
#[derive(Debug, Args)]
pub(super) struct MarketArgs {
    #[command(flatten)]
    figures: FigureArgs,
    /// A node: plans are verified on its newest block, with the contracts that are there, instead of
    /// in the world made of the market's figures. The figures still make the plan. http(s)://,
    /// ws(s):// or the path of an IPC socket; only scheme, host and port are ever shown.
    #[arg(long, value_name = "URL", env = "TENOR_RPC", hide_env_values = true)]
    rpc: Option<RpcUrl>,
    /// Check all that the node says of accounts, slots and code against its block's state root. The
    /// node must have eth_getProof.
    #[arg(long, requires = "rpc")]
    proofs: bool,
}

/// A URL that may hold a key: it is not shown.
#[derive(Clone)]
struct RpcUrl(String);

impl fmt::Debug for RpcUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RpcUrl(***)")
    }
}

impl FromStr for RpcUrl {
    type Err = Infallible;

    /// Takes anything: an error here would repeat it.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl FigureArgs {
    /// The engine on these figures.
    pub(super) fn engine(&self) -> Result<Engine, Outcome> {
        let assume = Assume::of(self.assume.as_deref());
        market::engine(self.market.as_deref(), &assume).map_err(|error| match error {
            error if error.is_input() => Outcome::BadInput(error.to_string()),
            error => Outcome::Failed(error.to_string()),
        })
    }
}

impl MarketArgs {
    /// The engine on these figures, which verifies on the node's newest block where one is given.
    pub(super) fn engine(&self) -> Result<Engine, Outcome> {
        let engine = self.figures.engine()?;
        // An empty variable in the environment is one that is not set.
        match self.rpc.as_ref().filter(|url| !url.0.is_empty()) {
            None => Ok(engine),
            Some(url) => judged_by_node(engine, url, self.proofs),
        }
    }
}

fn judged_by_node(engine: Engine, url: &RpcUrl, proofs: bool) -> Result<Engine, Outcome> {
    let Some(figures) = engine.world() else {
        let why = "--rpc: the market file holds answers of contracts, which say nothing of balances; \
                   give a file of figures";
        return Err(Outcome::BadInput(why.to_owned()));
    };
    let chain_id = figures.block().chain_id;
    let options = Options { proofs, ..Options::default() };
    let node = Node::connect(&url.0, Some(chain_id), options).map_err(|error| refused(&error))?;
    let head = node.head().map_err(|error| refused(&error))?;
    let world = World::over(head.block(chain_id), node.state(&head), figures.forms())
        .map_err(|error| Outcome::Failed(format!("{}: {error}", node.shown())))?;
    let proven = if proofs { ", every value proven" } else { "" };
    let place = format!("{}, block {} ({}){proven}", node.shown(), head.number, head.hash);
    Ok(engine.judged_by(Judge { world, place }))
}

/// A wrong URL and a wrong chain are the asker's to put right; the rest is the node's.
fn refused(error: &RpcError) -> Outcome {
    match error.fault {
        Fault::BadUrl(_) | Fault::WrongChain { .. } => Outcome::BadInput(format!("--rpc: {error}")),
        _ => Outcome::Failed(error.to_string()),
    }
}
