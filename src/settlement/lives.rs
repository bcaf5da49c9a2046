//! Intents moved along by what the chain says of them. Every step can be taken again: a process that ends
//! between two of them finds the same at the next head.

use alloy_primitives::{B256, U256};
use serde_json::{Value, json};
use tenor_simulations::Forms;

use super::{
    Rules,
    journal::Promise,
    missed::Missed,
    record::{Sources, record},
    rivals::Rivals,
    stops,
    watch::{Landing, Seen, Unseen},
};
use crate::{
    intents::{
        service::{CANCELLING, Scribe},
        signed::{Deployment, wire},
    },
    market::rpc::{Head, Node},
    store::{Attempt, Event, Kept, Landed, Stage, StoreError},
};

/// What lives are moved along with.
#[derive(Debug)]
pub(super) struct Lives<'a> {
    pub(super) scribe: &'a Scribe,
    pub(super) node: &'a Node,
    pub(super) here: &'a Deployment,
    pub(super) rules: &'a Rules,
    pub(super) forms: Forms,
    pub(super) head: &'a Head,
    pub(super) rivals: &'a Rivals,
}

/// Why a life could not be moved along; it is tried again.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unmoved {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Unseen(#[from] Unseen),
}

/// An intent that something was sent for.
#[derive(Debug)]
struct Life<'a> {
    kept: Kept,
    events: Vec<Event>,
    attempts: &'a [Attempt],
}

impl Lives<'_> {
    /// Moves an intent to where the chain has it. Returns whether it needs a plan that nobody has made while
    /// it seemed settled.
    pub(super) fn follow(
        &self,
        id: B256,
        attempts: &[Attempt],
        seen: &Seen,
    ) -> Result<bool, Unmoved> {
        let store = self.scribe.store();
        let Some(kept) = store.intent(id)?.filter(|kept| !kept.stage.is_last()) else {
            return Ok(false);
        };
        let life = Life { kept, events: store.events_of(id, 0, usize::MAX)?, attempts };
        let landing = seen.landings.get(&id);
        match (life.kept.stage, landing) {
            (Stage::Included, Some(landing)) if life.is_in(landing) => {
                self.deepen(&life, landing)?;
            }
            (Stage::Included, None) => {
                self.roll_back(&life)?;
                return Ok(true);
            }
            (Stage::Included, Some(landing)) => {
                self.roll_back(&life)?;
                self.include(&life, landing)?;
            }
            (_, Some(landing)) => {
                self.walk(&life)?;
                self.include(&life, landing)?;
            }
            (_, None) => self.wait(&life, seen)?,
        }
        Ok(false)
    }

    /// Final, once its block is deep enough.
    fn deepen(&self, life: &Life<'_>, landing: &Landing) -> Result<(), Unmoved> {
        let depth = self.head.number.saturating_sub(landing.block);
        if depth < self.rules.depth {
            return Ok(());
        }
        stops::at("before_final");
        let detail = json!({ "depth": depth, "transaction": landing.transaction });
        self.write(life, (Stage::Final, "final"), &detail, self.head.number)?;
        stops::at("after_final");
        Ok(())
    }

    /// Its block gave way to another.
    fn roll_back(&self, life: &Life<'_>) -> Result<(), Unmoved> {
        stops::at("before_rollback");
        for attempt in life.attempts.iter().filter(|attempt| attempt.landed.is_some()) {
            let store = self.scribe.store();
            store.keep_attempt(Attempt { landed: None, ..attempt.clone() }).wait()?;
        }
        let was = life.included();
        let detail = json!({ "was_in": was, "why": "its block is no longer part of the chain" });
        self.write(life, (Stage::Submitted, "reorganised"), &detail, self.head.number)?;
        stops::at("after_rollback");
        Ok(())
    }

    /// The stages that it went through without anybody writing them down: whoever sent it ended first, or
    /// it was settled by somebody else.
    fn walk(&self, life: &Life<'_>) -> Result<(), Unmoved> {
        let way = [Stage::Verified, Stage::Quoted, Stage::Bundled, Stage::Submitted];
        let from = way.iter().position(|stage| *stage == life.kept.stage).unwrap_or(way.len());
        let detail = json!({ "why": "it was found in a block" });
        for stage in way.into_iter().skip(from + 1) {
            self.write(life, (stage, "found"), &detail, self.head.number)?;
        }
        Ok(())
    }

    fn include(&self, life: &Life<'_>, landing: &Landing) -> Result<(), Unmoved> {
        stops::at("seen_in_a_block");
        let ours = life.attempts.iter().find(|attempt| attempt.hash == landing.transaction);
        let promise = ours.and_then(Promise::of);
        if let Some(attempt) = ours {
            let paid = U256::from(landing.receipt.gas).saturating_mul(landing.receipt.price);
            let earned = promise.as_ref().map_or(U256::ZERO, |promise| promise.fee_wei.0);
            let block = self.node.block(landing.block).map_err(Unseen::from)?;
            let at_ms = block.timestamp.saturating_mul(1_000);
            let landed = Some(Landed { block: landing.block, at_ms, paid, earned });
            let store = self.scribe.store();
            store.keep_attempt(Attempt { landed, ..attempt.clone() }).wait()?;
        }
        let (node, here, forms) = (self.node, self.here, self.forms.clone());
        let sources = Sources { node, forms, here };
        let mut detail = record(&sources, landing, promise.as_ref(), life.quoted());
        detail["competition"] = self.rivals.landed(life.kept.id, landing);
        self.write(life, (Stage::Included, "included"), &detail, landing.block)?;
        stops::at("after_included");
        Ok(())
    }

    /// It is in no block: its bundles may have missed theirs, and it may never land any more.
    fn wait(&self, life: &Life<'_>, seen: &Seen) -> Result<(), Unmoved> {
        let Some(last) = life.attempts.last() else { return Ok(()) };
        let deadline = wire::read(life.kept.body.as_bytes());
        let deadline = deadline.map_or(U256::MAX, |dto| dto.message.deadline.0);
        // A block as deep as a final one is past the deadline: no block that replaces a newer one can
        // hold it either.
        let late = seen.deep.as_ref().is_some_and(|deep| U256::from(deep.timestamp) > deadline);
        let sent = matches!(life.kept.stage, Stage::Bundled | Stage::Submitted);
        if sent && (late || last.last <= self.head.number) {
            self.miss(life, last)?;
        }
        if late {
            let why = "its deadline has passed in a final block";
            let competition = self.rivals.lost(life.kept.id, "expired", why);
            let detail = json!({ "why": why, "competition": competition });
            self.write(life, (Stage::Expired, "expired"), &detail, self.head.number)?;
        } else if life.is_cancelling() && self.is_spent(life, seen)? {
            let detail = json!({ "why": "no transaction of it can land any more" });
            let stage = (Stage::Cancelled, "cancelled_by_owner");
            self.write(life, stage, &detail, self.head.number)?;
        }
        Ok(())
    }

    fn miss(&self, life: &Life<'_>, attempt: &Attempt) -> Result<(), Unmoved> {
        stops::at("before_missed");
        let next = self.node.purse(self.head, attempt.account).map_err(Unseen::from)?.nonce;
        let number = attempt.last.min(self.head.number);
        let block = self.node.block(number).map_err(Unseen::from)?;
        let missed = Promise::of(attempt)
            .map(|promise| Missed::of(attempt, &promise, &block, (life.taken(), next)));
        let why = missed.map_or_else(|| "it is not in its block".to_owned(), |m| m.to_string());
        let code = missed.map_or("missed", Missed::code);
        let detail = json!({ "why": why, "attempt": attempt.number, "transaction": attempt.hash });
        Ok(self.write(life, (Stage::Quoted, code), &detail, number)?)
    }

    /// Whether every nonce that something of it was signed with is used, in a final block.
    fn is_spent(&self, life: &Life<'_>, seen: &Seen) -> Result<bool, Unmoved> {
        let Some(deep) = &seen.deep else { return Ok(false) };
        for attempt in life.attempts {
            let next = self.node.purse(deep, attempt.account).map_err(Unseen::from)?.nonce;
            if next <= attempt.nonce {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn write(
        &self,
        life: &Life<'_>,
        stage: (Stage, &str),
        detail: &Value,
        block: u64,
    ) -> Result<(), StoreError> {
        let step = self.scribe.step(life.kept.id, stage, detail.to_string(), Some(block));
        self.scribe.write(step).map(drop)
    }
}

impl Life<'_> {
    fn last(&self, of: impl Fn(&Event) -> bool) -> Option<Value> {
        let event = self.events.iter().rev().find(|event| of(event))?;
        serde_json::from_str(&event.step.detail).ok()
    }

    /// The hash of the block that it was last found in.
    fn included(&self) -> Option<B256> {
        let told = self.last(|event| event.step.stage == Stage::Included)?;
        told["block_hash"].as_str()?.parse().ok()
    }

    fn is_in(&self, landing: &Landing) -> bool {
        self.included() == Some(landing.block_hash)
    }

    /// Wei that the first quote promised.
    fn quoted(&self) -> Option<U256> {
        let mut quotes = self.events.iter().filter(|event| event.step.code == "quoted");
        let told: Value = serde_json::from_str(&quotes.next()?.step.detail).ok()?;
        wire::decimal(told["value"].as_str()?)
    }

    /// How many relays said that they took the last attempt, where they were heard.
    fn taken(&self) -> Option<usize> {
        if self.kept.stage != Stage::Submitted {
            return None;
        }
        let told = self.last(|event| event.step.stage == Stage::Submitted)?;
        usize::try_from(told["taken"].as_u64()?).ok()
    }

    /// Whether its owner wants it back.
    fn is_cancelling(&self) -> bool {
        self.events.iter().any(|event| event.step.code == CANCELLING)
    }
}
