//! The file's layout, and how older ones become it.

use std::path::Path;

use rusqlite::Connection;

use super::{fail, file};
use crate::store::StoreError;

/// "TENR": whose file it is.
const APPLICATION: i64 = 0x5445_4e52;

/// What makes schema n + 1 of schema n. Only ever added to.
const MIGRATIONS: [&str; 4] = [
    "CREATE TABLE intents (
        id BLOB PRIMARY KEY,
        owner BLOB NOT NULL,
        body TEXT NOT NULL,
        received_ms INTEGER NOT NULL,
        first_event INTEGER NOT NULL,
        stage TEXT NOT NULL,
        open INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX open_intents ON intents (first_event) WHERE open = 1;
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        id BLOB NOT NULL REFERENCES intents (id),
        stage TEXT NOT NULL,
        code TEXT NOT NULL,
        detail TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        block INTEGER
    ) STRICT;
    CREATE INDEX events_of ON events (id, seq);
    CREATE TABLE quotes (
        id BLOB PRIMARY KEY,
        body TEXT NOT NULL,
        expires_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE rates (
        token BLOB NOT NULL,
        timestamp INTEGER NOT NULL,
        block INTEGER NOT NULL,
        eth BLOB NOT NULL,
        shares BLOB NOT NULL,
        PRIMARY KEY (token, timestamp, block)
    ) STRICT, WITHOUT ROWID;",
    // A nonce is taken while its intent may land, and for ever once it has. Intents kept before have
    // none: a null is like no other.
    "ALTER TABLE intents ADD COLUMN nonce BLOB;
    CREATE UNIQUE INDEX nonces ON intents (owner, nonce) WHERE open = 1 OR stage = 'final';
    CREATE INDEX intents_of ON intents (owner, first_event);",
    "CREATE TABLE orders (
        id BLOB PRIMARY KEY,
        body TEXT NOT NULL,
        told_ms INTEGER NOT NULL,
        expires_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;",
    "CREATE TABLE attempts (
        id BLOB NOT NULL REFERENCES intents (id),
        number INTEGER NOT NULL,
        account BLOB NOT NULL,
        nonce INTEGER NOT NULL,
        hash BLOB NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        most BLOB NOT NULL,
        body TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        landed INTEGER,
        paid BLOB,
        earned BLOB,
        PRIMARY KEY (id, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX attempts_at ON attempts (at_ms);",
];

/// The file's version; refuses a file that is not a store, or a newer one's.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<usize, StoreError> {
    let failed = |error: rusqlite::Error| fail(path, &error);
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id").map_err(failed)?;
    let found = number("PRAGMA user_version").map_err(failed)?;
    let tables = number("SELECT count(*) FROM sqlite_schema").map_err(failed)?;
    let is_new = tables == 0 && application == 0 && found == 0;
    if application != APPLICATION && !is_new {
        return Err(StoreError::Foreign(file(path)));
    }
    let version = usize::try_from(found).map_err(|_| StoreError::Foreign(file(path)))?;
    if version > MIGRATIONS.len() {
        return Err(StoreError::Newer { path: file(path), found, known: known() });
    }
    Ok(version)
}

/// Brings a file to this program's schema, in one transaction.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |error: rusqlite::Error| fail(path, &error);
    let version = check(connection, path)?;
    if version == MIGRATIONS.len() {
        return Ok(());
    }
    let transaction = connection.transaction().map_err(failed)?;
    for migration in MIGRATIONS.iter().skip(version) {
        transaction.execute_batch(migration).map_err(failed)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    transaction.pragma_update(None, "user_version", known()).map_err(failed)?;
    transaction.commit().map_err(failed)
}

fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}
