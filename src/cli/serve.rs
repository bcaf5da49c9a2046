//! `tenor serve`: the API over HTTP.

use std::{
    env,
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use alloy_primitives::Address;
use clap::Args;
use tokio::{net::TcpListener, runtime::Runtime};

use super::{Outcome, landing, options::MarketArgs};
use crate::{
    api::{Api, Parts, admin, keys::Keys, server},
    clock::Clock,
    config::{Config, Mode},
    intents::signed::{Deployment, SETTLER},
    logs::{self, Form},
    market,
    settlement::{self, Inbox},
    store::{
        Store, StoreError,
        sqlite::{self, Sqlite},
    },
};

/// The store's file in its folder.
const STORE: &str = "tenor.db";

/// Answer quotes, intents and markets over HTTP. Without options: the built-in market, simulated only.
///
/// The description of the API is at /v1/openapi.json, and to read at /docs.
///
/// Examples:
///   tenor serve
///   tenor serve --listen 127.0.0.1:9000 --data-dir /var/lib/tenor
///   tenor serve --config tenor.toml --rpc http://127.0.0.1:8545
///   curl -s localhost:8080/v1/quotes -H 'content-type: application/json' \
///     -d '{"kind":"indicative","sentence":"swap 50 WETH to wstETH"}'
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Serve {
    /// A configuration, in TOML; see tenor.example.toml.
    #[arg(long, value_name = "FILE", env = "TENOR_CONFIG")]
    config: Option<PathBuf>,
    /// Address and port to listen at; port 0 takes a free one. Otherwise 127.0.0.1:8080.
    #[arg(long, value_name = "ADDRESS", env = "TENOR_LISTEN")]
    listen: Option<SocketAddr>,
    /// Address and port to serve metrics at, for Prometheus.
    #[arg(long, value_name = "ADDRESS", env = "TENOR_ADMIN")]
    admin: Option<SocketAddr>,
    /// The folder of what must not be lost.
    #[arg(long, value_name = "DIR", env = "TENOR_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// The Settler that signatures name, where it is not at the address that its own code gives it.
    #[arg(long, value_name = "ADDRESS", env = "TENOR_SETTLER")]
    settler: Option<Address>,
    /// How to write the log: lines to read, or JSON. TENOR_LOG sets the level, such as debug.
    #[arg(long, value_name = "FORM", default_value = "text")]
    log: Form,
    #[command(flatten)]
    market: MarketArgs,
}

impl Serve {
    pub(super) fn run(&self) -> Outcome {
        logs::start(self.log);
        match self.api() {
            Ok((api, inbox)) => listen(api, inbox),
            Err(outcome) => outcome,
        }
    }

    /// The service, and where it offers plans to whoever lands them.
    fn api(&self) -> Result<(Api, Inbox), Outcome> {
        let config = self.config()?;
        let keys = config.api.keys.as_ref().map(Keys::read).transpose();
        let keys = keys.map_err(|error| Outcome::BadInput(error.to_string()))?;
        let store: Arc<dyn Store> = Arc::new(open(config.serve.data_dir.as_deref())?);
        let market = Arc::new(self.market.current(Arc::clone(&store))?);
        let chain_id = market.newest().engine.market().chain_id;
        let settler = config.contracts.settler.unwrap_or(SETTLER);
        let (offers, inbox) = settlement::offers();
        let lands = config.mode != Mode::Simulate;
        let parts = Parts {
            config,
            market,
            store,
            clock: Clock::System,
            keys: keys.unwrap_or_default(),
            deployment: Deployment::of(chain_id, settler),
            offers: lands.then_some(offers),
            sandbox: None,
        };
        let api = Api::new(parts);
        let failed = |error| Outcome::Failed(format!("cannot start threads: {error}"));
        Ok((api.map_err(failed)?, inbox))
    }

    /// The file's configuration, under what the command line and the environment say.
    fn config(&self) -> Result<Config, Outcome> {
        let mut config = match &self.config {
            None => Config::default(),
            Some(path) => read(path)?,
        };
        config.serve.listen = self.listen.unwrap_or(config.serve.listen);
        config.serve.admin = self.admin.or(config.serve.admin);
        config.serve.data_dir = self.data_dir.clone().or(config.serve.data_dir);
        config.contracts.settler = self.settler.or(config.contracts.settler);
        Ok(config)
    }
}

/// Reads a configuration.
pub(super) fn read(path: &Path) -> Result<Config, Outcome> {
    let text = market::read_text(path, "a configuration in TOML");
    let text = text.map_err(|error| Outcome::BadInput(error.to_string()))?;
    Config::parse(&path.display().to_string(), &text)
        .map_err(|error| Outcome::BadInput(error.to_string()))
}

/// Opens the store of a folder, which is made where there is none.
pub(super) fn open(folder: Option<&Path>) -> Result<Sqlite, Outcome> {
    let folder = folder.map_or_else(own_folder, Path::to_owned);
    if let Err(error) = std::fs::create_dir_all(&folder) {
        let folder = folder.display();
        let why = format!("cannot make {folder}: {error}; give --data-dir a folder to write to");
        return Err(Outcome::BadInput(why));
    }
    Sqlite::open(&folder.join(STORE), sqlite::Options::default()).map_err(|error| match error {
        StoreError::Locked(_) | StoreError::Foreign(_) | StoreError::Newer { .. } => {
            Outcome::BadInput(error.to_string())
        }
        error => Outcome::Failed(error.to_string()),
    })
}

/// The user's folder for data of this program.
pub(super) fn own_folder() -> PathBuf {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| home.join(".local/share")));
    data.unwrap_or_default().join("tenor")
}

/// Listens until told to stop.
fn listen(api: Api, inbox: Inbox) -> Outcome {
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return Outcome::Failed(format!("cannot start: {error}")),
    };
    runtime.block_on(async {
        let address = api.config.serve.listen;
        let listener = match TcpListener::bind(address).await {
            Ok(listener) => listener,
            Err(error) => {
                let why = format!("cannot listen at {address}: {error}; give --listen another");
                return Outcome::BadInput(why);
            }
        };
        let folder = api.config.serve.data_dir.clone().unwrap_or_else(own_folder);
        // Held until the server has ended.
        let _landing = match landing::start(&api, inbox, (&folder, &own_folder())).await {
            Ok(landing) => landing,
            Err(outcome) => return outcome,
        };
        if let Some(address) = api.config.serve.admin
            && let Err(outcome) = watch(&api, address).await
        {
            return outcome;
        }
        if let Ok(at) = listener.local_addr() {
            greet(&api, at);
        }
        let market = Arc::clone(&api.market);
        tokio::spawn(async move { market.follow().await });
        let stopping = api.stopping.clone();
        tokio::spawn(async move {
            stop_signal().await;
            stopping.cancel();
        });
        match server::serve(listener, api).await {
            Ok(()) => Outcome::Done,
            Err(error) => Outcome::Failed(format!("the server stopped: {error}")),
        }
    })
}

/// Serves metrics at an address of their own.
async fn watch(api: &Api, address: SocketAddr) -> Result<(), Outcome> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        let why = format!("cannot listen at {address}: {error}; give --admin another");
        Outcome::BadInput(why)
    })?;
    let counted = admin::count().map_err(|error| Outcome::Failed(error.to_string()))?;
    if let Ok(at) = listener.local_addr() {
        // Nobody has to read it.
        let _ = writeln!(std::io::stdout(), "  metrics    http://{at}/metrics");
    }
    let api = api.clone();
    tokio::spawn(async move { admin::serve(listener, api, counted).await });
    Ok(())
}

/// Where it is, and what it does not do.
fn greet(api: &Api, at: SocketAddr) {
    let snapshot = api.market.newest();
    let market = snapshot.engine.market();
    let (mode, does) = (api.config.mode, api.config.mode.does());
    let lines = format!(
        "tenor serve\n  listening  http://{at}\n  pages      http://{at}/docs\n  mode       {mode}: {does}\n  \
         market     {}, chain {}, block {} ({})\n  settler    {}\n",
        market.source, market.chain_id, market.block, market.utc, api.deployment.settler,
    );
    let mut out = std::io::stdout().lock();
    // Nobody has to read it.
    let _ = out.write_all(lines.as_bytes()).and_then(|()| out.flush());
}

/// Ends once the process is asked to stop.
pub(super) async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}
