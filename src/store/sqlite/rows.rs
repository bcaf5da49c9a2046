//! Values as SQLite keeps them, and back. What does not read back is a damaged file.

use alloy_primitives::{Address, B256, U256};
use rusqlite::{Row, types::Type};

use crate::store::{Attempt, Event, Kept, Landed, Order, Quote, Rate, Stage, Step};

pub(super) const INTENT: &str = "id, owner, body, received_ms, first_event, stage";
pub(super) const EVENT: &str = "seq, id, stage, code, detail, at_ms, block";
pub(super) const ATTEMPT: &str =
    "id, number, account, nonce, hash, first, last, most, body, at_ms, landed, paid, earned";

type Read<T> = Result<T, rusqlite::Error>;

/// SQLite's integers have a sign; times, blocks and sequence numbers stay far below it.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn kept(row: &Row<'_>) -> Read<Kept> {
    Ok(Kept {
        id: hash(row, 0)?,
        owner: address(row, 1)?,
        body: row.get(2)?,
        received_ms: whole(row, 3)?,
        first_event: whole(row, 4)?,
        stage: stage(row, 5)?,
    })
}

pub(super) fn event(row: &Row<'_>) -> Read<Event> {
    let block: Option<i64> = row.get(6)?;
    let block = block.map(|block| u64::try_from(block).map_err(|_| bad(6, Type::Integer)));
    let step = Step {
        id: hash(row, 1)?,
        stage: stage(row, 2)?,
        code: row.get(3)?,
        detail: row.get(4)?,
        at_ms: whole(row, 5)?,
        block: block.transpose()?,
    };
    Ok(Event { seq: whole(row, 0)?, step })
}

pub(super) fn quote(row: &Row<'_>) -> Read<Quote> {
    Ok(Quote { id: hash(row, 0)?, body: row.get(1)?, expires_ms: whole(row, 2)? })
}

pub(super) fn order(row: &Row<'_>) -> Read<Order> {
    let (id, body) = (hash(row, 0)?, row.get(1)?);
    Ok(Order { id, body, told_ms: whole(row, 2)?, expires_ms: whole(row, 3)? })
}

pub(super) fn rate(row: &Row<'_>) -> Read<Rate> {
    Ok(Rate {
        token: address(row, 0)?,
        timestamp: whole(row, 1)?,
        block: whole(row, 2)?,
        eth: wide(row, 3)?,
        shares: wide(row, 4)?,
    })
}

pub(super) fn attempt(row: &Row<'_>) -> Read<Attempt> {
    let block: Option<i64> = row.get(10)?;
    let landed = match block {
        None => None,
        Some(_) => {
            Some(Landed { block: whole(row, 10)?, paid: wide(row, 11)?, earned: wide(row, 12)? })
        }
    };
    Ok(Attempt {
        id: hash(row, 0)?,
        number: whole(row, 1)?,
        account: address(row, 2)?,
        nonce: whole(row, 3)?,
        hash: hash(row, 4)?,
        first: whole(row, 5)?,
        last: whole(row, 6)?,
        most: wide(row, 7)?,
        body: row.get(8)?,
        at_ms: whole(row, 9)?,
        landed,
    })
}

pub(super) fn stage(row: &Row<'_>, at: usize) -> Read<Stage> {
    let name: String = row.get(at)?;
    Stage::named(&name).ok_or_else(|| bad(at, Type::Text))
}

fn hash(row: &Row<'_>, at: usize) -> Read<B256> {
    row.get::<_, [u8; 32]>(at).map(B256::from)
}

fn address(row: &Row<'_>, at: usize) -> Read<Address> {
    row.get::<_, [u8; 20]>(at).map(Address::from)
}

fn wide(row: &Row<'_>, at: usize) -> Read<U256> {
    row.get::<_, [u8; 32]>(at).map(U256::from_be_bytes)
}

fn whole(row: &Row<'_>, at: usize) -> Read<u64> {
    u64::try_from(row.get::<_, i64>(at)?).map_err(|_| bad(at, Type::Integer))
}

fn bad(at: usize, kind: Type) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(at, "a value that no store writes".to_owned(), kind)
}
