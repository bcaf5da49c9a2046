//! `tenor sandbox`: a chain of one's own, with a builder and the API.

use std::{
    collections::BTreeSet,
    env,
    fmt::Write as _,
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use alloy_primitives::U256;
use clap::Args;
use tenor_simulations::chain::{FILLER, SETTLER};
use tokio::{net::TcpListener, runtime::Runtime, time};
use tokio_util::sync::CancellationToken;

use super::{
    Outcome,
    landing::{self, Landing, With},
    serve,
};
use crate::{
    api::{Api, Parts, keys::Keys, server},
    config::{At, Config, Mode, Place, Wei},
    engine::Engine,
    events,
    intents::signed::Deployment,
    keys::{Key, Local},
    logs::{self, Form},
    market::{
        self, Assume,
        current::Current,
        earned::{Grid, History},
        feed::{Depth, Feed, Follower, Pace},
        rpc::{self, Node},
    },
    relays::{Dialect, Fleet},
    sandbox::{self, Fault, Options, SLOT, accounts},
    settlement::{self, Rules, caps::Caps},
    store::Store,
};

/// How often the market looks for a new block.
const POLL: Duration = Duration::from_millis(250);
/// Slots after which a market is too old to quote from.
const MOST_SLOTS: u64 = 5;
/// Where blocks come with transactions alone, the newest is never too old.
const NEVER: Duration = Duration::from_secs(365 * 86_400);

/// Blocks that must follow one before it is final, where blocks come by themselves.
const DEPTH: u64 = 1;

/// Run a local chain with the built-in market's contracts, a builder that takes bundles, and the API.
/// No network, no key: everything on it is made up, and gone when it stops.
///
/// Libraries talk to it as to any node; relays' clients talk to /relay on the same port. Its accounts
/// are those of every development chain: their keys are printed, and known to everybody.
///
/// The API's market is what the chain's contracts say at its newest block; what tokens earned before is
/// told by the figures that the chain begins with. Signed intents are settled: their plans are sent as
/// bundles to the chain's own builder.
///
/// Examples:
///   tenor sandbox
///   tenor intent submit "maximize ETH yield on 100 WETH for 365 days"
///   tenor sandbox --block-time 0 --rpc-listen 127.0.0.1:0
///   tenor sandbox --fault null --fault leak
///   curl -s localhost:8545/sandbox -d '{"id":1,"method":"sandbox_mine"}'
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Sandbox {
    /// Address and port of the API; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Address and port of the node and the builder; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8545")]
    rpc_listen: SocketAddr,
    /// The folder of the API's store; without one it is gone with the chain.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Seconds between blocks; 0 builds one for whatever comes.
    #[arg(long, value_name = "SECONDS", default_value_t = SLOT)]
    block_time: u64,
    /// A way in which the builder misbehaves: late, null, 200, bare-string, accept-then-ignore,
    /// lands-after-cancel, duplicate, out-of-order, leak or down. Repeat it for more.
    #[arg(long = "fault", value_name = "NAME")]
    faults: Vec<Fault>,
    /// How to write the log: lines to read, or JSON. TENOR_LOG sets the level, such as debug.
    #[arg(long, value_name = "FORM", default_value = "text")]
    log: Form,
}

impl Sandbox {
    pub(super) fn run(self) -> Outcome {
        logs::start(self.log);
        Outcome::of(self.start())
    }

    fn start(self) -> Result<(), Outcome> {
        let failed = |error: &dyn std::fmt::Display| Outcome::Failed(error.to_string());
        let (figures, assumptions) =
            market::load(None, &Assume::Default).map_err(|error| failed(&error))?;
        let engine = Engine::new(&figures, &assumptions).map_err(|error| failed(&error))?;
        let world = engine.world().ok_or_else(|| failed(&"the market has no contracts"))?;
        let options = Options {
            slot: if self.block_time == 0 { SLOT } else { self.block_time },
            at_once: self.block_time == 0,
            faults: self.faults.iter().copied().collect::<BTreeSet<_>>(),
        };
        let funded = accounts::funded(&figures);
        let chain = sandbox::Sandbox::new(world, &funded, options);
        let chain = Arc::new(chain.map_err(|error| failed(&error))?);
        Runtime::new().map_err(|error| failed(&error))?.block_on(self.serve(engine, chain))
    }

    /// The API over the chain as its own node tells it.
    fn api(
        &self,
        engine: &Engine,
        chain: &sandbox::Sandbox,
        url: &str,
        folder: &Path,
    ) -> Result<(Api, Landing), Outcome> {
        let store: Arc<dyn Store> = Arc::new(serve::open(Some(folder))?);
        let chain_id = engine.market().chain_id;
        let market = self.follow(engine, url)?;
        let config = self.config(url)?;
        let (offers, inbox) = settlement::offers();
        let parts = Parts {
            config,
            market: Arc::new(market),
            store,
            clock: chain.clock(),
            keys: Keys::default(),
            deployment: Deployment::of(chain_id, SETTLER),
            offers: Some(offers),
            sandbox: Some(url.to_owned()),
        };
        let api = Api::new(parts);
        let failed = |error| Outcome::Failed(format!("cannot start threads: {error}"));
        let api = api.map_err(failed)?;
        let with = self.with(&api)?;
        let landing = landing::launch(&api, inbox, folder, with)?;
        Ok((api, landing))
    }

    /// What is set of the API and of landing plans: on this chain they are sent.
    fn config(&self, url: &str) -> Result<Config, Outcome> {
        let place = Place::new(format!("{url}/relay"));
        let at = At { endpoints: vec![place], ..At::default() };
        let mut config = Config { mode: Mode::Live, ..Config::default() };
        config.serve.listen = self.listen;
        config.relays.to = vec![Dialect::Flashbots];
        config.relays.at.insert(Dialect::Flashbots, at);
        config.settlement.spend_cap_wei = Some(Wei(U256::MAX));
        Ok(config)
    }

    /// Who lands plans: the last of the accounts, known to the builder by a key of its own.
    fn with(&self, api: &Api) -> Result<With, Outcome> {
        let failed = || Outcome::Failed("the published keys are none".to_owned());
        let key = accounts::KEYS.last().and_then(Local::published).ok_or_else(failed)?;
        let auth = Local::published(&accounts::AUTH).ok_or_else(failed)?;
        let fleet = Fleet::configured(&api.config.relays, &Arc::new(auth.identity()), &api.clock);
        let fleet = fleet.map_err(|error| Outcome::Failed(error.to_string()))?;
        let depth = if self.block_time == 0 { 0 } else { DEPTH };
        let rules = Rules { depth, ..Rules::of(api.config.mode, &api.config.settlement) };
        let caps = Caps::of(&api.config.settlement);
        Ok(With { key: Key::Local(key), fleet, rules, caps, fence: None })
    }

    /// The market of the chain's contracts, from block to block.
    fn follow(&self, engine: &Engine, url: &str) -> Result<Current, Outcome> {
        let failed = |error: &dyn std::fmt::Display| Outcome::Failed(error.to_string());
        let chain_id = engine.market().chain_id;
        let node = Node::connect(url, Some(chain_id), rpc::Options::default());
        let node = Arc::new(node.map_err(|error| failed(&error))?);
        let places = market::load_places(None).map_err(|error| failed(&error))?.with_any_code();
        let history = History::new(Grid::DAILY).beginning_with(engine.market().yields.clone());
        let follower = Follower::remembering(node, places, Depth::default(), history, |_| ());
        let most_age = match self.block_time {
            0 => NEVER,
            seconds => Duration::from_secs(seconds.saturating_mul(MOST_SLOTS)),
        };
        let pace = Pace { poll: POLL, longest_pause: POLL * 8, most_age };
        let feed = Feed::start(follower.map_err(|error| failed(&error))?, pace);
        let feed = feed.map_err(|error| failed(&error))?;
        Current::following(feed, most_age, None).map_err(|error| failed(&error))
    }

    async fn serve(self, engine: Engine, chain: Arc<sandbox::Sandbox>) -> Result<(), Outcome> {
        let node = bind(self.rpc_listen, "--rpc-listen").await?;
        let page = bind(self.listen, "--listen").await?;
        let failed = |error: std::io::Error| Outcome::Failed(error.to_string());
        let (at, page_at) =
            (node.local_addr().map_err(failed)?, page.local_addr().map_err(failed)?);
        let stopping = CancellationToken::new();
        let serving = tokio::spawn(sandbox::serve(node, Arc::clone(&chain), stopping.clone()));
        let (asked, url) = (Arc::clone(&chain), format!("http://{at}"));
        let folder = Folder::of(self.data_dir.clone());
        let kept = folder.0.clone();
        let (this, api) = tokio::task::spawn_blocking(move || {
            let api = self.api(&engine, &asked, &url, &kept);
            (self, api)
        })
        .await
        .map_err(|error| Outcome::Failed(error.to_string()))?;
        // Held until the server has ended.
        let (api, landing) = api?;
        this.greet(at, page_at);
        let market = Arc::clone(&api.market);
        tokio::spawn(async move { market.follow().await });
        let (told, pages) = (stopping.clone(), api.stopping.clone());
        tokio::spawn(async move {
            serve::stop_signal().await;
            told.cancel();
            pages.cancel();
        });
        let ticking = tokio::spawn(tick(chain, this.block_time));
        let served = server::serve(page, api).await;
        // It waits for the thread that lands plans, which asks the node.
        let _ = tokio::task::spawn_blocking(move || drop(landing)).await;
        ticking.abort();
        stopping.cancel();
        let node = serving.await.map_err(|error| Outcome::Failed(error.to_string()))?;
        served.and(node).map_err(|error| Outcome::Failed(format!("the server stopped: {error}")))
    }

    fn greet(&self, node: SocketAddr, page: SocketAddr) {
        let blocks = match self.block_time {
            0 => "one for each transaction or bundle".to_owned(),
            seconds => format!("every {seconds} s"),
        };
        let faults: Vec<&str> = self.faults.iter().map(|fault| fault.name()).collect();
        let faults = if faults.is_empty() { "none".to_owned() } else { faults.join(", ") };
        let mut lines = format!(
            "tenor sandbox: a chain of your own; nothing on it is worth anything\n\n\
             Accounts, each with {} ETH and {} of every token of the market. The keys are those of every\n\
             development chain, known to everybody: never send anything to them elsewhere.\n",
            accounts::ETHER,
            accounts::TOKENS
        );
        for (at, (address, key)) in accounts::addresses().iter().zip(accounts::KEYS).enumerate() {
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "  ({at}) {address}  {key}");
        }
        let _ = writeln!(
            lines,
            "  mnemonic   {}\n\n  \
             chain id   1\n  \
             blocks     {blocks}\n  \
             settler    {SETTLER}\n  \
             filler     {FILLER}\n  \
             faults     {faults}\n  \
             node       http://{node}\n  \
             relay      http://{node}/relay\n  \
             switches   http://{node}/sandbox\n  \
             api        http://{page} (live, on this chain: bundles are sent to this relay by account {})",
            accounts::MNEMONIC,
            accounts::KEYS.len() - 1
        );
        let mut out = std::io::stdout().lock();
        // Nobody has to read it.
        let _ = out.write_all(lines.as_bytes()).and_then(|()| out.flush());
    }
}

/// Where the store is: a folder that is gone with the chain, unless one is named.
struct Folder(PathBuf, bool);

impl Folder {
    fn of(named: Option<PathBuf>) -> Self {
        let own = || env::temp_dir().join(format!("tenor-sandbox-{}", std::process::id()));
        let is_own = named.is_none();
        Self(named.unwrap_or_else(own), is_own)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.1 {
            // What is left of it is in the system's folder for such things.
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

async fn bind(address: SocketAddr, option: &str) -> Result<TcpListener, Outcome> {
    TcpListener::bind(address).await.map_err(|error| {
        let why = format!("cannot listen at {address}: {error}; give {option} another");
        Outcome::BadInput(why)
    })
}

/// Builds a block every so many seconds; none where they come at once.
async fn tick(chain: Arc<sandbox::Sandbox>, seconds: u64) {
    if seconds == 0 {
        return std::future::pending().await;
    }
    let period = Duration::from_secs(seconds);
    let mut ticks = time::interval_at(time::Instant::now() + period, period);
    loop {
        ticks.tick().await;
        let chain = Arc::clone(&chain);
        match tokio::task::spawn_blocking(move || chain.mine()).await {
            Ok(Ok(block)) => events::block_built(block.header.number, block.transactions.len()),
            Ok(Err(error)) => events::block_not_built(&error),
            // The thread panicked; the next one tries again.
            Err(_) => {}
        }
    }
}
