//! SQLite: the promises, over a restart, and each thing that can be wrong with a file.

use std::{fs, path::Path};

use rusqlite::Connection;
use tenor::{
    problems::Problem,
    store::{
        NewIntent, Stage, Store, StoreError,
        sqlite::{Options, Sqlite},
    },
};

use super::{Folder, conformance::suite, id, intent, step};

fn open(path: &Path) -> Result<Sqlite, StoreError> {
    Sqlite::open(path, Options::default())
}

fn fresh() -> (Folder, Sqlite) {
    let folder = Folder::new();
    let store = open(&folder.file()).unwrap();
    (folder, store)
}

suite! {
    fresh(),
    an_intent_is_kept_once,
    another_body_is_a_conflict,
    only_legal_steps_are_taken,
    events_are_read_on_from_any_number,
    open_intents_are_those_that_can_change,
    many_writers_leave_no_gap,
    a_nonce_is_one_intents,
    an_owners_intents_are_listed,
    quotes_are_kept_as_they_were,
    orders_are_kept_until_they_expire,
    rates_are_kept_in_order,
    attempts_are_kept_with_their_intents,
}

#[test]
fn everything_is_there_after_a_restart() {
    let (folder, store) = fresh();
    store.submit(intent(1)).wait().unwrap();
    let event = store.advance(step(1, Stage::Verified)).wait().unwrap();
    let kept = store.intent(id(1)).unwrap();
    drop(store);
    let store = open(&folder.file()).unwrap();
    assert_eq!(store.intent(id(1)).unwrap(), kept);
    assert_eq!(store.events_of(id(1), 1, 9).unwrap(), [event]);
    assert_eq!(store.submit(intent(2)).wait().unwrap().kept.first_event, 3);
}

#[test]
fn what_nobody_waits_for_is_written_all_the_same() {
    let (folder, store) = fresh();
    for number in 0..100 {
        drop(store.submit(intent(number)));
    }
    drop(store);
    assert_eq!(open(&folder.file()).unwrap().events(0, 1_000).unwrap().len(), 100);
}

#[test]
fn one_process_at_a_time() {
    let (folder, store) = fresh();
    assert_eq!(open(&folder.file()).unwrap_err(), StoreError::Locked(folder.file()));
    drop(store);
    assert!(open(&folder.file()).is_ok());
}

#[test]
fn a_file_that_another_program_holds() {
    let (folder, store) = fresh();
    let other = Connection::open(folder.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.submit(intent(1)).wait().unwrap_err();
    assert_eq!((error.problem(), error), (Problem::StoreLocked, StoreError::Locked(folder.file())));
    assert!(Problem::StoreLocked.retryable());
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.submit(intent(1)).wait().unwrap().kept.first_event, 1);
}

#[test]
fn more_than_may_wait_is_turned_away() {
    let folder = Folder::new();
    let options = Options { most_waiting: 3, ..Options::default() };
    let store = Sqlite::open(&folder.file(), options).unwrap();
    // While another holds the file, nothing is written, and writes pile up.
    let other = Connection::open(folder.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let pending: Vec<_> = (0..20_000).map(|number| store.submit(intent(number))).collect();
    let answers: Vec<_> = pending.into_iter().map(|pending| pending.wait()).collect();
    let busy = answers.iter().filter(|answer| **answer == Err(StoreError::Busy(3))).count();
    // The writer waits for each batch that it takes, of 512 at most; of so many some find no place.
    assert!(busy > 0 && answers.iter().all(Result::is_err));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.submit(intent(1_000)).wait().unwrap().kept.first_event, 1);
}

#[test]
fn files_that_are_no_store() {
    let folder = Folder::new();
    let text = folder.0.join("text.db");
    fs::write(&text, "This is no database, but it is longer than a header. ".repeat(40)).unwrap();
    assert_eq!(open(&text).unwrap_err(), StoreError::Foreign(text.clone()));
    let other = folder.0.join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE mine (a)").unwrap();
    let before = fs::read(&other).unwrap();
    assert_eq!(open(&other).unwrap_err(), StoreError::Foreign(other.clone()));
    assert_eq!(fs::read(&other).unwrap(), before);
    let nowhere = folder.0.join("no/such/folder.db");
    assert!(matches!(open(&nowhere), Err(StoreError::Failed { .. })));
}

#[test]
fn a_file_of_a_newer_program_is_left_alone() {
    let (folder, store) = fresh();
    drop(store);
    let path = folder.file();
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let newer = StoreError::Newer { path: path.clone(), found: 99, known: 4 };
    assert_eq!(open(&path).unwrap_err(), newer);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_file_is_said_to_be_one() {
    let (folder, store) = fresh();
    let long = "x".repeat(2_000);
    for number in 0..200 {
        let intent = NewIntent { body: long.clone(), ..intent(number) };
        store.submit(intent).wait().unwrap();
    }
    drop(store);
    let path = folder.file();
    let mut bytes = fs::read(&path).unwrap();
    let middle = 8 * 4_096..bytes.len();
    bytes[middle].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let store = open(&path).unwrap();
    let damaged = (0..200).filter(|number| match store.intent(id(*number)) {
        Err(StoreError::Corrupt { .. }) => true,
        Ok(_) => false,
        Err(other) => panic!("{other}"),
    });
    assert!(damaged.count() > 0);
    let writes = (0..50).map(|number| store.submit(intent(5_000 + number)).wait());
    for written in writes {
        assert!(matches!(written, Ok(_) | Err(StoreError::Corrupt { .. })), "{written:?}");
    }
}

#[test]
fn a_full_disk_loses_nothing_that_was_answered() {
    let folder = Folder::new();
    let options = Options { most_pages: Some(60), ..Options::default() };
    let store = Sqlite::open(&folder.file(), options).unwrap();
    let long = "x".repeat(3_000);
    let submit = |store: &Sqlite, number| {
        store.submit(NewIntent { body: long.clone(), ..intent(number) }).wait()
    };
    let mut kept = 0;
    let error = loop {
        match submit(&store, kept) {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 1_000, "60 pages hold no such number");
    };
    assert_eq!((error.problem(), error), (Problem::StoreFull, StoreError::Full(folder.file())));
    let all = |store: &Sqlite| {
        assert!((0..kept).all(|number| store.intent(id(number)).unwrap().is_some()));
        assert_eq!(store.intent(id(kept)), Ok(None));
        assert_eq!(store.events(0, 10_000).unwrap().last().unwrap().seq, kept);
    };
    all(&store);
    drop(store);
    let store = open(&folder.file()).unwrap();
    all(&store);
    assert_eq!(submit(&store, kept).unwrap().kept.first_event, kept + 1);
}

#[tokio::test]
async fn asynchronous_code_awaits() {
    let (_folder, store) = fresh();
    let pending: Vec<_> = (0..50).map(|number| store.submit(intent(number))).collect();
    for pending in pending {
        assert!(!pending.await.unwrap().known);
    }
}
