//! The one thread that writes: it takes whatever waits, writes it in one transaction and answers once
//! that is on disk. So a thousand writes cost a few flushes, and none is answered before its own.

use std::{path::Path, sync::mpsc::Receiver};

use alloy_primitives::B256;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::{fail, rows};
use crate::store::{
    Attempt, Event, Kept, NewIntent, Order, Quote, Rate, Stage, Step, StoreError, Submitted,
    pending::Promise,
};

/// The most writes of one transaction.
const MOST_AT_ONCE: usize = 512;

/// A write that waits.
pub(super) enum Job {
    Submit(NewIntent, Promise<Submitted>),
    Advance(Step, Promise<Event>),
    Quote(Quote, Promise<()>),
    Rates(Vec<Rate>, Promise<()>),
    Order(Order, Promise<()>),
    Forget(B256, Promise<()>),
    Attempt(Box<Attempt>, Promise<()>),
}

/// What a write came to by the rules, to be told once its transaction is on disk: a refusal, too, may
/// rest on what the transaction wrote before.
enum Done {
    Submit(Result<Submitted, StoreError>, Promise<Submitted>),
    Advance(Result<Event, StoreError>, Promise<Event>),
    Unit(Result<(), StoreError>, Promise<()>),
}

/// Writes until every sender is gone.
pub(super) fn run(mut connection: Connection, jobs: &Receiver<Job>, path: &Path) {
    while let Ok(first) = jobs.recv() {
        let batch = std::iter::once(first).chain(jobs.try_iter()).take(MOST_AT_ONCE).collect();
        write(&mut connection, batch, path);
    }
    // Whoever opens the file next need not read the log. Failing leaves the log, which loses nothing.
    let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
}

/// Writes a batch. What the rules refuse leaves nothing; what fails on disk fails for the whole batch,
/// of which nothing is then there.
fn write(connection: &mut Connection, batch: Vec<Job>, path: &Path) {
    let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let transaction = match begun {
        Ok(transaction) => transaction,
        Err(error) => return batch.into_iter().for_each(|job| job.refuse(fail(path, &error))),
    };
    let mut jobs = batch.into_iter();
    let mut done = Vec::with_capacity(jobs.len());
    let mut failed = None;
    for job in jobs.by_ref() {
        match apply(&transaction, job, path) {
            Ok(written) => done.push(written),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    let ended = match failed {
        None => transaction.commit().map_err(|error| fail(path, &error)),
        // The transaction is rolled back when it is dropped.
        Some(error) => Err(error),
    };
    match ended {
        Ok(()) => done.into_iter().for_each(Done::tell),
        Err(error) => {
            done.into_iter().for_each(|written| written.refuse(error.clone()));
            jobs.for_each(|job| job.refuse(error.clone()));
        }
    }
}

/// One write. An error is the disk's, and has been answered.
fn apply(transaction: &Transaction<'_>, job: Job, path: &Path) -> Result<Done, StoreError> {
    match job {
        Job::Submit(new, promise) => settle(submit(transaction, &new), promise, path, Done::Submit),
        Job::Advance(step, promise) => {
            settle(advance(transaction, &step), promise, path, Done::Advance)
        }
        Job::Quote(quote, promise) => {
            settle(keep_quote(transaction, &quote), promise, path, Done::Unit)
        }
        Job::Rates(rates, promise) => {
            settle(keep_rates(transaction, &rates).map(Ok), promise, path, Done::Unit)
        }
        Job::Order(order, promise) => {
            settle(keep_order(transaction, &order).map(Ok), promise, path, Done::Unit)
        }
        Job::Forget(id, promise) => {
            settle(forget_order(transaction, id).map(Ok), promise, path, Done::Unit)
        }
        Job::Attempt(attempt, promise) => {
            settle(keep_attempt(transaction, &attempt), promise, path, Done::Unit)
        }
    }
}

/// Whoever asked may have gone away: that undoes nothing.
fn settle<T>(
    written: Written<T>,
    promise: Promise<T>,
    path: &Path,
    done: impl FnOnce(Result<T, StoreError>, Promise<T>) -> Done,
) -> Result<Done, StoreError> {
    match written {
        Ok(told) => Ok(done(told, promise)),
        Err(error) => {
            let error = fail(path, &error);
            drop(promise.send(Err(error.clone())));
            Err(error)
        }
    }
}

/// What the rules say, inside of what the disk says.
type Written<T> = Result<Result<T, StoreError>, rusqlite::Error>;

fn find(transaction: &Transaction<'_>, id: B256) -> Result<Option<Kept>, rusqlite::Error> {
    let columns = rows::INTENT;
    let sql = format!("SELECT {columns} FROM intents WHERE id = ?1");
    transaction.prepare_cached(&sql)?.query_row([id.as_slice()], rows::kept).optional()
}

fn submit(transaction: &Transaction<'_>, new: &NewIntent) -> Written<Submitted> {
    if let Some(kept) = find(transaction, new.id)? {
        let same = kept.body == new.body && kept.owner == new.owner;
        let known = Submitted { kept, known: true };
        return Ok(if same { Ok(known) } else { Err(StoreError::IntentConflict(new.id)) });
    }
    if let Some(by) = holder(transaction, new)? {
        return Ok(Err(StoreError::NonceTaken { owner: new.owner, nonce: new.nonce, by }));
    }
    let step = Step {
        id: new.id,
        stage: Stage::Received,
        code: Stage::Received.name().to_owned(),
        detail: "{}".to_owned(),
        at_ms: new.at_ms,
        block: None,
    };
    let first_event = next(transaction)?;
    let insert =
        "INSERT INTO intents (id, owner, body, received_ms, first_event, stage, open, nonce)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7)";
    transaction.prepare_cached(insert)?.execute(params![
        new.id.as_slice(),
        new.owner.as_slice(),
        new.body,
        rows::signed(new.at_ms),
        rows::signed(first_event),
        Stage::Received.name(),
        new.nonce.to_be_bytes::<32>(),
    ])?;
    log(transaction, first_event, &step)?;
    let kept = Kept {
        id: new.id,
        owner: new.owner,
        body: new.body.clone(),
        received_ms: new.at_ms,
        first_event,
        stage: Stage::Received,
    };
    Ok(Ok(Submitted { kept, known: false }))
}

/// The intent that has a new one's nonce.
fn holder(transaction: &Transaction<'_>, new: &NewIntent) -> Result<Option<B256>, rusqlite::Error> {
    let find = "SELECT id FROM intents
        WHERE owner = ?1 AND nonce = ?2 AND (open = 1 OR stage = 'final')";
    let by = params![new.owner.as_slice(), new.nonce.to_be_bytes::<32>()];
    let id = |row: &rusqlite::Row<'_>| row.get::<_, [u8; 32]>(0).map(B256::from);
    transaction.prepare_cached(find)?.query_row(by, id).optional()
}

fn advance(transaction: &Transaction<'_>, step: &Step) -> Written<Event> {
    let Some(Kept { stage: from, .. }) = find(transaction, step.id)? else {
        return Ok(Err(StoreError::UnknownIntent(step.id)));
    };
    let (id, to) = (step.id, step.stage);
    if !from.may_become(to) {
        return Ok(Err(StoreError::IllegalTransition { id, from, to }));
    }
    let seq = next(transaction)?;
    let update = "UPDATE intents SET stage = ?2, open = ?3 WHERE id = ?1";
    transaction.prepare_cached(update)?.execute(params![
        id.as_slice(),
        to.name(),
        i64::from(!to.is_last())
    ])?;
    log(transaction, seq, step)?;
    Ok(Ok(Event { seq, step: step.clone() }))
}

/// The number of the next event: events are never deleted, and this transaction alone adds to them.
fn next(transaction: &Transaction<'_>) -> Result<u64, rusqlite::Error> {
    let last = "SELECT coalesce(max(seq), 0) FROM events";
    let last: i64 = transaction.prepare_cached(last)?.query_row([], |row| row.get(0))?;
    Ok(u64::try_from(last).unwrap_or_default() + 1)
}

fn log(transaction: &Transaction<'_>, seq: u64, step: &Step) -> Result<(), rusqlite::Error> {
    let insert = "INSERT INTO events (seq, id, stage, code, detail, at_ms, block)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    transaction.prepare_cached(insert)?.execute(params![
        rows::signed(seq),
        step.id.as_slice(),
        step.stage.name(),
        step.code,
        step.detail,
        rows::signed(step.at_ms),
        step.block.map(rows::signed),
    ])?;
    Ok(())
}

fn keep_quote(transaction: &Transaction<'_>, quote: &Quote) -> Written<()> {
    let find = "SELECT id, body, expires_ms FROM quotes WHERE id = ?1";
    let known = transaction.prepare_cached(find)?.query_row([quote.id.as_slice()], rows::quote);
    if let Some(known) = known.optional()? {
        return Ok(if known == *quote { Ok(()) } else { Err(StoreError::QuoteConflict(quote.id)) });
    }
    let insert = "INSERT INTO quotes (id, body, expires_ms) VALUES (?1, ?2, ?3)";
    let expires = rows::signed(quote.expires_ms);
    transaction.prepare_cached(insert)?.execute(params![
        quote.id.as_slice(),
        quote.body,
        expires
    ])?;
    Ok(Ok(()))
}

fn keep_order(transaction: &Transaction<'_>, order: &Order) -> Result<(), rusqlite::Error> {
    let Order { id, body, told_ms, expires_ms } = order;
    let (told, expires) = (rows::signed(*told_ms), rows::signed(*expires_ms));
    transaction.prepare_cached("DELETE FROM orders WHERE expires_ms < ?1")?.execute([told])?;
    let insert = "INSERT OR REPLACE INTO orders (id, body, told_ms, expires_ms)
        VALUES (?1, ?2, ?3, ?4)";
    transaction.prepare_cached(insert)?.execute(params![id.as_slice(), body, told, expires])?;
    Ok(())
}

fn forget_order(transaction: &Transaction<'_>, id: B256) -> Result<(), rusqlite::Error> {
    let delete = "DELETE FROM orders WHERE id = ?1";
    transaction.prepare_cached(delete)?.execute([id.as_slice()])?;
    Ok(())
}

fn keep_attempt(transaction: &Transaction<'_>, attempt: &Attempt) -> Written<()> {
    if find(transaction, attempt.id)?.is_none() {
        return Ok(Err(StoreError::UnknownIntent(attempt.id)));
    }
    let insert = format!(
        "INSERT OR REPLACE INTO attempts ({})
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        rows::ATTEMPT
    );
    let landed = attempt.landed;
    transaction.prepare_cached(&insert)?.execute(params![
        attempt.id.as_slice(),
        rows::signed(attempt.number),
        attempt.account.as_slice(),
        rows::signed(attempt.nonce),
        attempt.hash.as_slice(),
        rows::signed(attempt.first),
        rows::signed(attempt.last),
        attempt.most.to_be_bytes::<32>(),
        attempt.body,
        rows::signed(attempt.at_ms),
        landed.map(|landed| rows::signed(landed.block)),
        landed.map(|landed| landed.paid.to_be_bytes::<32>()),
        landed.map(|landed| landed.earned.to_be_bytes::<32>()),
    ])?;
    Ok(Ok(()))
}

fn keep_rates(transaction: &Transaction<'_>, rates: &[Rate]) -> Result<(), rusqlite::Error> {
    let insert = "INSERT OR IGNORE INTO rates (token, timestamp, block, eth, shares)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut insert = transaction.prepare_cached(insert)?;
    for Rate { token, block, timestamp, eth, shares } in rates {
        insert.execute(params![
            token.as_slice(),
            rows::signed(*timestamp),
            rows::signed(*block),
            eth.to_be_bytes::<32>(),
            shares.to_be_bytes::<32>(),
        ])?;
    }
    Ok(())
}

impl Job {
    /// Answers with an error. Nobody may be listening any more.
    pub(super) fn refuse(self, error: StoreError) {
        match self {
            Self::Submit(_, promise) => drop(promise.send(Err(error))),
            Self::Advance(_, promise) => drop(promise.send(Err(error))),
            Self::Quote(_, promise)
            | Self::Rates(_, promise)
            | Self::Order(_, promise)
            | Self::Forget(_, promise)
            | Self::Attempt(_, promise) => drop(promise.send(Err(error))),
        }
    }
}

impl Done {
    fn tell(self) {
        match self {
            Self::Submit(told, promise) => drop(promise.send(told)),
            Self::Advance(told, promise) => drop(promise.send(told)),
            Self::Unit(told, promise) => drop(promise.send(told)),
        }
    }

    fn refuse(self, error: StoreError) {
        match self {
            Self::Submit(_, promise) => drop(promise.send(Err(error))),
            Self::Advance(_, promise) => drop(promise.send(Err(error))),
            Self::Unit(_, promise) => drop(promise.send(Err(error))),
        }
    }
}
