//! What the service tells, on the wire. Names are in snake case; times say their unit; numbers of wei
//! are decimal strings.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::Serialize;
use serde_json::{Value, value::RawValue};
use utoipa::ToSchema;

use super::{IntakeError, accept::unreadable};
use crate::{
    intents::signed::{Deployment, cancel, frozen::PermitWitnessTransferFrom, typed_data, wire},
    store::{Event, Kept},
};

/// What an owner is told of an intent that is kept, schema `tenor.accepted/1`: the same however often
/// it is handed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AcceptedIntent)]
pub struct AcceptedDto {
    /// `tenor.accepted/1`.
    pub schema: &'static str,
    /// The digest that was signed.
    #[schema(value_type = String)]
    pub id: B256,
    /// Who signed.
    #[schema(value_type = String)]
    pub owner: Address,
    /// When it was first handed in, in unix milliseconds.
    pub received_ms: u64,
    /// The number of its first event.
    pub event: u64,
    /// Until when it is tried, in unix seconds, as a decimal string.
    pub deadline: String,
    /// How to take it back.
    pub cancellation: CancellationDto,
}

/// How an intent is taken back.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Cancellation)]
pub struct CancellationDto {
    /// Softly: the typed data to sign and send to `DELETE /v1/intents/{id}`. It stops this service from
    /// trying; no contract knows of it.
    #[schema(value_type = Object)]
    pub typed_data: Value,
    /// For good: the owner's own transaction that spends the nonce.
    pub spend_nonce: CallDto,
}

/// A call of the owner's own account.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OwnCall)]
pub struct CallDto {
    /// Whom it calls.
    #[schema(value_type = String)]
    pub to: Address,
    /// Wei sent along.
    pub value: String,
    /// The calldata.
    #[schema(value_type = String)]
    pub data: Bytes,
}

/// How far an intent has come, schema `tenor.status/1`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = IntentStatus)]
pub struct StatusDto {
    /// `tenor.status/1`.
    pub schema: &'static str,
    /// The digest that was signed.
    #[schema(value_type = String)]
    pub id: B256,
    /// Who signed.
    #[schema(value_type = String)]
    pub owner: Address,
    /// received, verified, quoted, bundled, submitted, included, final; or refused, expired, cancelled,
    /// failed.
    pub stage: &'static str,
    /// Whether nothing can follow.
    pub ended: bool,
    /// What was signed, in words.
    pub statement: String,
    /// When it was handed in, in unix milliseconds.
    pub received_ms: u64,
    /// Until when it is tried, in unix seconds, as a decimal string.
    pub deadline: String,
    /// Its life so far, at most 100 events from the first on.
    pub events: Vec<EventDto>,
    /// How to take it back.
    pub cancellation: CancellationDto,
}

/// Something that happened to an intent, schema `tenor.event/1`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = IntentEvent)]
pub struct EventDto {
    /// `tenor.event/1`.
    pub schema: &'static str,
    /// Its number: greater than that of every earlier event, of all intents.
    pub seq: u64,
    /// Which intent.
    #[schema(value_type = String)]
    pub id: B256,
    /// The stage that it came to.
    pub stage: &'static str,
    /// Why, as a code.
    pub code: String,
    /// When, in unix milliseconds.
    pub at_ms: u64,
    /// By the state of which block.
    pub block: Option<u64>,
    /// Facts: of `quoted` the plan, of what went wrong `why`.
    #[schema(value_type = Object)]
    pub detail: Box<RawValue>,
}

/// An owner's intents, schema `tenor.intents/1`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = IntentList)]
pub struct ListDto {
    /// `tenor.intents/1`.
    pub schema: &'static str,
    /// In the order received.
    pub intents: Vec<ListedDto>,
    /// What `after` must be for the next page; null where this is the last one.
    pub next: Option<u64>,
}

/// An intent in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ListedIntent)]
pub struct ListedDto {
    /// The digest that was signed.
    #[schema(value_type = String)]
    pub id: B256,
    /// How far it has come.
    pub stage: &'static str,
    /// When it was handed in, in unix milliseconds.
    pub received_ms: u64,
    /// The number of its first event.
    pub event: u64,
}

impl AcceptedDto {
    pub(super) fn of(here: &Deployment, permit: &PermitWitnessTransferFrom, kept: &Kept) -> Self {
        Self {
            schema: "tenor.accepted/1",
            id: kept.id,
            owner: kept.owner,
            received_ms: kept.received_ms,
            event: kept.first_event,
            deadline: permit.deadline.to_string(),
            cancellation: CancellationDto::of(here, kept.id, permit.nonce),
        }
    }
}

impl CancellationDto {
    pub(super) fn of(here: &Deployment, id: B256, nonce: U256) -> Self {
        let spend = cancel::hard(here, nonce);
        Self { typed_data: typed_data::cancellation(here, id), spend_nonce: CallDto::of(&spend) }
    }
}

impl CallDto {
    pub(super) fn of(call: &tenor_solver::venues::Call) -> Self {
        Self { to: call.to, value: call.value.to_string(), data: call.data.clone() }
    }
}

impl StatusDto {
    pub(super) fn of(
        here: &Deployment,
        kept: &Kept,
        events: &[Event],
    ) -> Result<Self, IntakeError> {
        let dto = wire::read(kept.body.as_bytes());
        let dto = dto.map_err(|error| unreadable(kept.id, &error.to_string()))?;
        Ok(Self {
            schema: "tenor.status/1",
            id: kept.id,
            owner: kept.owner,
            stage: kept.stage.name(),
            ended: kept.stage.is_last(),
            statement: dto.statement,
            received_ms: kept.received_ms,
            deadline: dto.message.deadline.0.to_string(),
            events: events.iter().map(EventDto::of).collect::<Result<_, _>>()?,
            cancellation: CancellationDto::of(here, kept.id, dto.message.nonce.0),
        })
    }
}

impl EventDto {
    /// An event of the log.
    pub fn of(event: &Event) -> Result<Self, IntakeError> {
        let Event { seq, step } = event;
        let detail = RawValue::from_string(step.detail.clone());
        Ok(Self {
            schema: "tenor.event/1",
            seq: *seq,
            id: step.id,
            stage: step.stage.name(),
            code: step.code.clone(),
            at_ms: step.at_ms,
            block: step.block,
            detail: detail.map_err(|error| unreadable(step.id, &error.to_string()))?,
        })
    }
}

impl ListDto {
    /// A page of at most `most`.
    pub fn of(kept: &[Kept], most: usize) -> Self {
        let listed = |kept: &Kept| ListedDto {
            id: kept.id,
            stage: kept.stage.name(),
            received_ms: kept.received_ms,
            event: kept.first_event,
        };
        let next = kept.last().filter(|_| kept.len() == most).map(|kept| kept.first_event);
        Self { schema: "tenor.intents/1", intents: kept.iter().map(listed).collect(), next }
    }
}
