//! The service in this process, on a free port.

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
};

use tenor::{
    api::{Api, Parts, keys::Keys, server},
    clock::Clock,
    config::Config,
    engine::Engine,
    intents::signed::{Deployment, SETTLER},
    market::{self, Assume, current::Current},
    store::{
        Store,
        sqlite::{Options, Sqlite},
    },
};

use super::Client;

/// A server that stops with the test.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) at: SocketAddr,
    pub(crate) api: Api,
    thread: Option<JoinHandle<()>>,
    folder: PathBuf,
}

/// A folder of a test's own.
pub(crate) fn folder() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("api-{}-{count}", std::process::id());
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The built-in market.
pub(crate) fn engine() -> Engine {
    market::engine(None, &Assume::Default).unwrap()
}

impl Server {
    /// On the built-in market, as it is without a configuration.
    pub(crate) fn start() -> Self {
        Self::with(Config::default(), Keys::default())
    }

    pub(crate) fn with(config: Config, keys: Keys) -> Self {
        Self::on(Current::standing(engine()), config, keys)
    }

    pub(crate) fn on(market: Current, config: Config, keys: Keys) -> Self {
        let folder = folder();
        let store = Sqlite::open(&folder.join("tenor.db"), Options::default()).unwrap();
        Self::over(Arc::new(store), market, (config, keys), folder)
    }

    /// Another one on the store of one that stopped.
    pub(crate) fn after(&self, config: Config) -> Self {
        let store = Arc::clone(&self.api.store);
        Self::over(store, Current::standing(engine()), (config, Keys::default()), folder())
    }

    fn over(
        store: Arc<dyn Store>,
        market: Current,
        (config, keys): (Config, Keys),
        folder: PathBuf,
    ) -> Self {
        let parts = Self::parts(store, market, (config, keys));
        Self::of(parts, folder)
    }

    /// One that says that it is a sandbox with this node.
    pub(crate) fn sandbox(config: Config, node: String) -> Self {
        let folder = folder();
        let store = Arc::new(Sqlite::open(&folder.join("tenor.db"), Options::default()).unwrap());
        let parts = Self::parts(store, Current::standing(engine()), (config, Keys::default()));
        Self::of(Parts { sandbox: Some(node), ..parts }, folder)
    }

    fn parts(store: Arc<dyn Store>, market: Current, (config, keys): (Config, Keys)) -> Parts {
        let chain_id = market.newest().engine.market().chain_id;
        Parts {
            config,
            market: Arc::new(market),
            store,
            clock: Clock::System,
            keys,
            deployment: Deployment::of(chain_id, SETTLER),
            offers: None,
            sandbox: None,
        }
    }

    fn of(parts: Parts, folder: PathBuf) -> Self {
        let api = Api::new(parts).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let at = listener.local_addr().unwrap();
        let serving = api.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let market = Arc::clone(&serving.market);
                tokio::spawn(async move { market.follow().await });
                server::serve(listener, serving).await.unwrap();
            });
        });
        Self { at, api, thread: Some(thread), folder }
    }

    pub(crate) const fn client(&self) -> Client {
        Client::new(self.at)
    }

    /// Tells it to stop, and waits until it has.
    pub(crate) fn stop(&mut self) {
        self.api.stopping.cancel();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        // What is left lies among temporary files.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
