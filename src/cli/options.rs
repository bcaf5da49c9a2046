//! Which market a command works on: options that commands share.

use std::{
    convert::Infallible,
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use clap::Args;
use tenor_simulations::World;

use super::{Outcome, progress::Progress};
use crate::{
    engine::{Engine, Judge},
    market::{
        self, Assume,
        current::Current,
        earned::{Grid, History},
        feed::{Depth, Feed, Follower, Loading, Pace},
        live::LiveError,
        over::{self, OverError, OverNode},
        places::Places,
        rpc::{Fault, Head, Node, Options, RpcError},
    },
    store::Store,
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
    /// Priors of what can go wrong, schema tenor.hazards/1, to use instead of the built-in ones.
    #[arg(long, value_name = "FILE")]
    hazards: Option<PathBuf>,
}

/// The market that a plan is made from, and the state that it is verified on.
#[derive(Debug, Args)]
pub(super) struct MarketArgs {
    #[command(flatten)]
    figures: FigureArgs,
    #[command(flatten)]
    node: NodeArgs,
    /// With --rpc: a registry of places, schema tenor.places/1, to use instead of the built-in one.
    #[arg(long, value_name = "FILE", requires = "rpc", conflicts_with = "market")]
    places: Option<PathBuf>,
}

/// A node to read.
#[derive(Debug, Args)]
pub(super) struct NodeArgs {
    /// A node: the market is read from the contracts at its newest block, and plans are verified on
    /// that block. With --market, plans are made from that file and verified on the node. http(s)://,
    /// ws(s):// or the path of an IPC socket; only scheme, host and port are ever shown.
    #[arg(long, value_name = "URL", env = "TENOR_RPC", hide_env_values = true)]
    rpc: Option<RpcUrl>,
    /// Check all that the node says of accounts, slots and code against its block's state root. The
    /// node must have eth_getProof.
    #[arg(long, requires = "rpc")]
    proofs: bool,
    /// With --rpc: a list of tokens in the form of tokenlists.org, whose symbols sentences may use. A
    /// symbol of two tokens is refused: write the address.
    #[arg(long, value_name = "FILE", requires = "rpc")]
    tokens: Option<PathBuf>,
    /// With --rpc: use contracts whose code has not the hash that the registry of places records, as
    /// on a network of one's own.
    #[arg(long, requires = "rpc")]
    any_code: bool,
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
        let engine =
            market::engine(self.market.as_deref(), &assume).map_err(|error| match error {
                error if error.is_input() => Outcome::BadInput(error.to_string()),
                error => Outcome::Failed(error.to_string()),
            })?;
        self.risked(engine)
    }

    /// The engine with the priors given, if any are.
    fn risked(&self, engine: Engine) -> Result<Engine, Outcome> {
        let Some(path) = &self.hazards else { return Ok(engine) };
        let hazards =
            market::load_hazards(path).map_err(|error| Outcome::BadInput(error.to_string()))?;
        let wrong = |error| Outcome::BadInput(format!("{}: {error}", path.display()));
        engine.with_hazards(hazards).map_err(wrong)
    }
}

impl MarketArgs {
    /// Whether this is the built-in market.
    pub(super) fn built_in(&self) -> bool {
        self.figures.market.is_none() && !self.node.given()
    }

    /// Whether asking again may find another block.
    pub(super) fn follows(&self) -> bool {
        self.node.given()
    }

    /// The engine on this market.
    pub(super) fn engine(&self) -> Result<Engine, Outcome> {
        if !self.node.given() {
            return self.figures.engine();
        }
        if self.figures.market.is_some() {
            return self.judged();
        }
        self.contracts(None)
    }

    /// The market to keep asking: a node's is followed from head to head, and what share tokens were
    /// worth is kept in a store.
    pub(super) fn current(&self, store: Arc<dyn Store>) -> Result<Current, Outcome> {
        if !self.follows() {
            return self.engine().map(Current::standing);
        }
        if self.figures.market.is_some() {
            let why = "--market: a node's own market is followed; leave --market or --rpc out";
            return Err(Outcome::BadInput(why.to_owned()));
        }
        let hazards = self.figures.hazards.as_deref().map(market::load_hazards).transpose();
        let hazards = hazards.map_err(|error| Outcome::BadInput(error.to_string()))?;
        let follower = self.node.follower(self.places.as_deref(), store)?;
        let pace = Pace::default();
        let feed = Feed::start(follower, pace).map_err(|error| failed(&error))?;
        Current::following(feed, pace.most_age, hazards)
            .map_err(|error| Outcome::BadInput(format!("--hazards: {error}")))
    }

    /// The engine on the market that an answer of a block was made from: of a node, at that block.
    pub(super) fn engine_at(&self, block: u64) -> Result<Engine, Outcome> {
        if !self.node.given() || self.figures.market.is_some() {
            return self.figures.engine();
        }
        self.contracts(Some(block))
    }

    /// The engine on what a node's contracts say at a block; at its newest if none is named.
    fn contracts(&self, block: Option<u64>) -> Result<Engine, Outcome> {
        if let Assume::File(_) = Assume::of(self.figures.assume.as_deref()) {
            let why = "--assume: of contracts nothing is assumed; give --market, or leave it out";
            return Err(Outcome::BadInput(why.to_owned()));
        }
        let OverNode { live, world, .. } = self.node.market(self.places.as_deref(), block)?;
        self.figures.risked(Engine::of(live.market().clone(), Some(world)))
    }

    /// The engine on the figures, which verifies on the node's newest block.
    fn judged(&self) -> Result<Engine, Outcome> {
        let engine = self.figures.engine()?;
        let Some(figures) = engine.world() else {
            let why = "--rpc: the market file holds answers of contracts, which say nothing of \
                       balances; give a file of figures, or leave --market out to read the node's";
            return Err(Outcome::BadInput(why.to_owned()));
        };
        let chain_id = figures.block().chain_id;
        let (node, head) = self.node.head(chain_id, None)?;
        let world = World::over(head.block(chain_id), node.state(&head), figures.forms())
            .map_err(|error| Outcome::Failed(format!("{}: {error}", node.shown())))?;
        let proven = if node.proves() { ", every value proven" } else { "" };
        let place = format!("{}, block {} ({}){proven}", node.shown(), head.number, head.hash);
        Ok(engine.judged_by(Judge { world, place }))
    }
}

impl NodeArgs {
    /// Whether there is a node. An empty variable in the environment is one that is not set.
    pub(super) fn given(&self) -> bool {
        self.rpc.as_ref().is_some_and(|url| !url.0.is_empty())
    }

    /// The node, which must be of a chain.
    pub(super) fn connect(&self, chain_id: u64) -> Result<Node, Outcome> {
        let url = self.rpc.as_ref().map_or("", |url| &url.0);
        let options = Options { proofs: self.proofs, ..Options::default() };
        Node::connect(url, Some(chain_id), options).map_err(|error| refused(&error))
    }

    /// The node, of whatever chain it is.
    pub(super) fn open(&self) -> Result<Node, RpcError> {
        let url = self.rpc.as_ref().map_or("", |url| &url.0);
        Node::connect(url, None, Options { proofs: self.proofs, ..Options::default() })
    }

    /// The node, and one of its blocks: the newest if none is named.
    fn head(&self, chain_id: u64, block: Option<u64>) -> Result<(Node, Head), Outcome> {
        let node = self.connect(chain_id)?;
        let head = block.map_or_else(|| node.head(), |block| node.block(block));
        let head = head.map_err(|error| refused(&error))?;
        Ok((node, head))
    }

    /// The places of a file, or the built-in ones, with the tokens that were named.
    fn places(&self, file: Option<&Path>) -> Result<Places, Outcome> {
        let places = market::load_places(file);
        let mut places = places.map_err(|error| Outcome::BadInput(error.to_string()))?;
        if let Some(file) = &self.tokens {
            let listed = market::list_tokens(places, file);
            places = listed.map_err(|error| Outcome::BadInput(error.to_string()))?;
        }
        Ok(if self.any_code { places.with_any_code() } else { places })
    }

    /// The market of the node's newest block, to be carried on from there.
    fn follower(&self, places: Option<&Path>, store: Arc<dyn Store>) -> Result<Follower, Outcome> {
        let places = self.places(places)?;
        let node = Arc::new(self.connect(places.chain_id)?);
        let shown = node.shown().to_owned();
        let block = node.head().map_err(|error| refused(&error))?.number;
        let progress = Progress::new(&shown, block);
        let history = History::new(Grid::FINE).kept_in(store);
        let told = |loading| match loading {
            Loading::Questions(questions) => progress.asks(questions),
            Loading::Past(told) => progress.remembers(told),
        };
        Follower::remembering(node, places, Depth::default(), history, told)
            .map_err(|error| failed(&error))
    }

    /// The market of a block of the node, the newest if none is named, with what tokens have earned.
    pub(super) fn market(
        &self,
        places: Option<&Path>,
        block: Option<u64>,
    ) -> Result<OverNode, Outcome> {
        let places = self.places(places)?;
        let (node, head) = self.head(places.chain_id, block)?;
        let progress = Progress::new(node.shown(), head.number);
        let over = over::open(&node, &head, places, |questions| progress.asks(questions));
        let OverNode { live, world, head } = over.map_err(|error| failed(&error))?;
        let mut history = History::new(Grid::DAILY);
        history.fill(&node, &head, &live, |told| progress.remembers(told));
        Ok(OverNode { live: history.tell(live), world, head })
    }
}

/// Places that are wrong for the chain are the asker's to put right; the rest is the node's.
fn failed(error: &OverError) -> Outcome {
    match error {
        OverError::Rpc(error) => refused(error),
        OverError::Live(LiveError::Fetch(_) | LiveError::Answers { .. })
        | OverError::World { .. } => Outcome::Failed(error.to_string()),
        OverError::Live(
            LiveError::Chain { .. } | LiveError::Token { .. } | LiveError::Symbols { .. },
        ) => Outcome::BadInput(error.to_string()),
    }
}

/// A wrong URL and a wrong chain are the asker's to put right; the rest is the node's.
fn refused(error: &RpcError) -> Outcome {
    match error.fault {
        Fault::BadUrl(_) | Fault::WrongChain { .. } => Outcome::BadInput(format!("--rpc: {error}")),
        _ => Outcome::Failed(error.to_string()),
    }
}
