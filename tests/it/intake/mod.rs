//! Signed intents, from being handed in to their end.

mod client;
mod command;
mod http;
mod killed;
mod lives;
mod poison;
mod submitted;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy_primitives::{B256, U256};
use tenor::{
    clock::Clock,
    engine::Engine,
    intents::{
        service::{Accepted, Events, IntakeError, Options, Service},
        signed::{Terms, wire::SignedDto},
    },
    market::current::Current,
    store::{
        Event, Stage, Store,
        sqlite::{self, Sqlite},
    },
};

use crate::{
    signed::{deployment, engine, key, offered, sign, terms},
    store::Folder,
};

/// A generous bound on waiting for what must happen.
const LONG: Duration = Duration::from_secs(120);

/// A service on a store of its own and the embedded market, whose clock stands at the market's time.
#[derive(Debug)]
struct Intake {
    // Dropped before the store's folder is.
    service: Service,
    store: Arc<dyn Store>,
    millis: Arc<AtomicU64>,
    runtime: tokio::runtime::Runtime,
    _folder: Folder,
}

/// The embedded market.
fn market() -> Current {
    let market = Arc::new(engine().market().clone());
    Current::standing(Engine::of(market, engine().world().cloned()))
}

impl Intake {
    fn open() -> Self {
        let folder = Folder::new();
        let store = Sqlite::open(&folder.file(), sqlite::Options::default()).unwrap();
        Self::on(folder, Arc::new(store), |_| ())
    }

    fn on(folder: Folder, store: Arc<dyn Store>, set: impl FnOnce(&mut Options)) -> Self {
        let millis = Arc::new(AtomicU64::new(engine().market().timestamp * 1_000));
        let mut options = Options::of(deployment());
        options.clock = Clock::Standing(Arc::clone(&millis));
        set(&mut options);
        let service =
            Service::start(Arc::clone(&store), Arc::new(market()), options, None).unwrap();
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        Self { service, store, millis, runtime, _folder: folder }
    }

    fn accept(&self, dto: &SignedDto) -> Result<Accepted, IntakeError> {
        self.accept_text(&dto.text().unwrap())
    }

    fn accept_text(&self, body: &str) -> Result<Accepted, IntakeError> {
        self.runtime.block_on(self.service.accept(body.as_bytes()))
    }

    fn cancel(&self, id: B256) -> Result<Stage, IntakeError> {
        let signature = sign(&key(), deployment().cancellation(id));
        let told = self.runtime.block_on(self.service.cancel(id, signature))?;
        Ok(Stage::named(told.stage).unwrap())
    }

    /// The next event of a stream; `None` at its end.
    fn next(&self, events: &mut Events) -> Option<Event> {
        let next = async { tokio::time::timeout(LONG, events.next()).await };
        self.runtime.block_on(next).expect("an event comes").unwrap()
    }

    /// The events of an intent up to a stage.
    fn until(&self, id: B256, stage: Stage) -> Vec<Event> {
        let mut events = self.service.events(id, 0).unwrap();
        let mut seen = Vec::new();
        while let Some(event) = self.next(&mut events) {
            let now = event.step.stage;
            seen.push(event);
            if now == stage {
                return seen;
            }
            assert!(!now.is_last(), "{seen:?}");
        }
        panic!("no {stage} after {seen:?}");
    }

    fn at(&self, seconds: u64) {
        self.millis.store(seconds * 1_000, Ordering::SeqCst);
        self.service.look();
    }
}

/// What is offered for a sentence under a nonce, signed.
fn intent(sentence: &str, nonce: u64) -> (B256, SignedDto) {
    let terms = Terms { nonce: U256::from(nonce), ..terms() };
    let offer = offered(sentence, &terms).unwrap();
    (offer.id, offer.signed(&deployment(), sign(&key(), offer.id)))
}

/// The same with another message, signed again.
fn altered(dto: &SignedDto, alter: impl FnOnce(&mut SignedDto)) -> (B256, SignedDto) {
    let mut dto = dto.clone();
    alter(&mut dto);
    let id = deployment().id(&(&dto.message).into());
    (id, SignedDto { signature: sign(&key(), id), ..dto })
}

fn stages(events: &[Event]) -> Vec<Stage> {
    events.iter().map(|event| event.step.stage).collect()
}
