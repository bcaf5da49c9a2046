//! The store in one SQLite file: written ahead (WAL), flushed on every commit (`synchronous = FULL`),
//! by one thread; read by as many as ask.
//!
//! One process at a time: a lock on a file beside it, which the system lets go of however the process
//! ends, keeps a second one out.

mod rows;
mod schema;
mod writer;

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use alloy_primitives::{Address, B256};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Params, Row};

use self::writer::Job;
use super::{
    Attempt, Event, Kept, NewIntent, Order, Pending, Quote, Rate, Step, Store, StoreError,
    Submitted, pending::Promise,
};

/// How many readers are kept open.
const READERS_KEPT: usize = 4;

/// How long another program that looks at the file is waited for.
const PATIENCE: Duration = Duration::from_millis(500);

/// What can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Writes that may wait before more are turned away.
    pub most_waiting: usize,
    /// The most pages of 4,096 bytes that the file may grow to; `None` for as many as the disk holds.
    pub most_pages: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self { most_waiting: 4_096, most_pages: None }
    }
}

/// A store in a file.
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    most_waiting: usize,
    /// `None` only while it is being dropped.
    jobs: Option<SyncSender<Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Mutex<Vec<Connection>>,
    /// Held for as long as the store is open.
    lock: File,
}

impl Sqlite {
    /// Opens the store at `path`, which is made where there is none.
    pub fn open(path: &Path, options: Options) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        let failed = |error: rusqlite::Error| fail(path, &error);
        let mut connection = Connection::open(path).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        // Whose file it is must be known before anything is changed in it.
        schema::check(&connection, path)?;
        configure(&connection, options).map_err(failed)?;
        schema::migrate(&mut connection, path)?;
        let (jobs, waiting) = sync_channel(options.most_waiting);
        let at = path.to_owned();
        let writer = std::thread::Builder::new().name("store".to_owned());
        let writer = writer
            .spawn(move || writer::run(connection, &waiting, &at))
            .map_err(|error| StoreError::Failed { path: file(path), why: error.to_string() })?;
        Ok(Self {
            path: path.to_owned(),
            most_waiting: options.most_waiting,
            jobs: Some(jobs),
            writer: Some(writer),
            readers: Mutex::new(Vec::new()),
            lock,
        })
    }

    fn send<T>(&self, job: impl FnOnce(Promise<T>) -> Job) -> Pending<T> {
        let (promise, pending) = Pending::new();
        let Some(jobs) = &self.jobs else { return pending };
        match jobs.try_send(job(promise)) {
            Ok(()) => {}
            Err(TrySendError::Full(job)) => job.refuse(StoreError::Busy(self.most_waiting)),
            Err(TrySendError::Disconnected(job)) => job.refuse(StoreError::Closed),
        }
        pending
    }

    /// Runs a query on a connection that nobody else uses meanwhile.
    fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, StoreError> {
        let readers = || self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = readers().pop();
        let connection = kept.map_or_else(|| self.reader(), Ok)?;
        let result = query(&connection).map_err(|error| fail(&self.path, &error));
        let mut readers = readers();
        if readers.len() < READERS_KEPT {
            readers.push(connection);
        }
        result
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || {
            let connection = Connection::open_with_flags(&self.path, flags)?;
            connection.busy_timeout(PATIENCE)?;
            Ok(connection)
        };
        open().map_err(|error| fail(&self.path, &error))
    }

    fn one<T>(
        &self,
        sql: &str,
        by: impl Params,
        row: impl FnOnce(&Row<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<Option<T>, StoreError> {
        self.read(|connection| connection.prepare_cached(sql)?.query_row(by, row).optional())
    }

    fn many<T>(
        &self,
        sql: &str,
        by: impl Params,
        row: impl FnMut(&Row<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<Vec<T>, StoreError> {
        self.read(|connection| connection.prepare_cached(sql)?.query_map(by, row)?.collect())
    }
}

/// Ends once everything that was handed in is written.
impl Drop for Sqlite {
    fn drop(&mut self) {
        self.readers.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        drop(self.jobs.take());
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has answered nothing that it did not write.
            let _ = writer.join();
        }
        // Closing the file is not enough: a child process that is just being started has it open too.
        // What cannot be let go of ends with the process.
        let _ = self.lock.unlock();
    }
}

impl Store for Sqlite {
    fn submit(&self, intent: NewIntent) -> Pending<Submitted> {
        self.send(|promise| Job::Submit(intent, promise))
    }

    fn advance(&self, step: Step) -> Pending<Event> {
        self.send(|promise| Job::Advance(step, promise))
    }

    fn keep_quote(&self, quote: Quote) -> Pending<()> {
        self.send(|promise| Job::Quote(quote, promise))
    }

    fn keep_rates(&self, rates: Vec<Rate>) -> Pending<()> {
        self.send(|promise| Job::Rates(rates, promise))
    }

    fn keep_order(&self, order: Order) -> Pending<()> {
        self.send(|promise| Job::Order(order, promise))
    }

    fn forget_order(&self, id: B256) -> Pending<()> {
        self.send(|promise| Job::Forget(id, promise))
    }

    fn keep_attempt(&self, attempt: Attempt) -> Pending<()> {
        self.send(|promise| Job::Attempt(Box::new(attempt), promise))
    }

    fn intent(&self, id: B256) -> Result<Option<Kept>, StoreError> {
        let sql = format!("SELECT {} FROM intents WHERE id = ?1", rows::INTENT);
        self.one(&sql, [id.as_slice()], rows::kept)
    }

    fn open_intents(&self, after: u64, most: usize) -> Result<Vec<Kept>, StoreError> {
        let sql = format!(
            "SELECT {} FROM intents WHERE open = 1 AND first_event > ?1 ORDER BY first_event LIMIT ?2",
            rows::INTENT
        );
        self.many(&sql, [rows::signed(after), limit(most)], rows::kept)
    }

    fn intents_of(&self, owner: Address, after: u64, most: usize) -> Result<Vec<Kept>, StoreError> {
        let sql = format!(
            "SELECT {} FROM intents WHERE owner = ?1 AND first_event > ?2 ORDER BY first_event LIMIT ?3",
            rows::INTENT
        );
        let by = rusqlite::params![owner.as_slice(), rows::signed(after), limit(most)];
        self.many(&sql, by, rows::kept)
    }

    fn events(&self, after: u64, most: usize) -> Result<Vec<Event>, StoreError> {
        let sql =
            format!("SELECT {} FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2", rows::EVENT);
        self.many(&sql, [rows::signed(after), limit(most)], rows::event)
    }

    fn events_of(&self, id: B256, after: u64, most: usize) -> Result<Vec<Event>, StoreError> {
        let sql = format!(
            "SELECT {} FROM events WHERE id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
            rows::EVENT
        );
        let by = rusqlite::params![id.as_slice(), rows::signed(after), limit(most)];
        self.many(&sql, by, rows::event)
    }

    fn quote(&self, id: B256) -> Result<Option<Quote>, StoreError> {
        let sql = "SELECT id, body, expires_ms FROM quotes WHERE id = ?1";
        self.one(sql, [id.as_slice()], rows::quote)
    }

    fn orders(&self, at_ms: u64, most: usize) -> Result<Vec<Order>, StoreError> {
        let sql = "SELECT id, body, told_ms, expires_ms FROM orders
            WHERE expires_ms >= ?1 ORDER BY id LIMIT ?2";
        self.many(sql, [rows::signed(at_ms), limit(most)], rows::order)
    }

    fn attempts_of(&self, id: B256) -> Result<Vec<Attempt>, StoreError> {
        let columns = rows::ATTEMPT;
        let sql = format!("SELECT {columns} FROM attempts WHERE id = ?1 ORDER BY number");
        self.many(&sql, [id.as_slice()], rows::attempt)
    }

    fn open_attempts(&self) -> Result<Vec<Attempt>, StoreError> {
        let sql = format!(
            "SELECT {} FROM attempts JOIN (SELECT id AS of, first_event FROM intents WHERE open = 1)
            ON id = of ORDER BY first_event, number",
            rows::ATTEMPT
        );
        self.many(&sql, [], rows::attempt)
    }

    fn attempts_since(&self, at_ms: u64) -> Result<Vec<Attempt>, StoreError> {
        let columns = rows::ATTEMPT;
        let sql =
            format!("SELECT {columns} FROM attempts WHERE at_ms >= ?1 ORDER BY at_ms, id, number");
        self.many(&sql, [rows::signed(at_ms)], rows::attempt)
    }

    fn rates(&self, token: Address, from: u64, most: usize) -> Result<Vec<Rate>, StoreError> {
        let sql = "SELECT token, timestamp, block, eth, shares FROM rates
            WHERE token = ?1 AND timestamp >= ?2 ORDER BY timestamp, block LIMIT ?3";
        let by = rusqlite::params![token.as_slice(), rows::signed(from), limit(most)];
        self.many(sql, by, rows::rate)
    }
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// The lock beside the file.
fn lock(path: &Path) -> Result<File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let failed =
        |error: &std::io::Error| StoreError::Failed { path: file(path), why: error.to_string() };
    let lock = File::options().create(true).truncate(false).write(true).open(name);
    let lock = lock.map_err(|error| failed(&error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(file(path))),
        Err(TryLockError::Error(error)) => Err(failed(&error)),
    }
}

fn configure(connection: &Connection, options: Options) -> Result<(), rusqlite::Error> {
    let word = |row: &Row<'_>| row.get::<_, rusqlite::types::Value>(0);
    connection.pragma_update_and_check(None, "journal_mode", "WAL", word)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    if let Some(pages) = options.most_pages {
        connection.pragma_update_and_check(None, "max_page_count", pages, word)?;
    }
    Ok(())
}

fn file(path: &Path) -> PathBuf {
    path.to_owned()
}

/// An error of SQLite's as what can be done about it.
fn fail(path: &Path, error: &rusqlite::Error) -> StoreError {
    let (path, why) = (file(path), error.to_string());
    match error {
        rusqlite::Error::SqliteFailure(cause, _) => match cause.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Locked(path),
            ErrorCode::DiskFull => StoreError::Full(path),
            ErrorCode::DatabaseCorrupt => StoreError::Corrupt { path, why },
            ErrorCode::NotADatabase => StoreError::Foreign(path),
            _ => StoreError::Failed { path, why },
        },
        rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::Utf8Error(..) => StoreError::Corrupt { path, why },
        _ => StoreError::Failed { path, why },
    }
}
