//! Taking an intent in.

use std::sync::atomic::Ordering;

use alloy_primitives::B256;

use super::{IntakeError, Service, dto::AcceptedDto, rules, tell};
use crate::{
    intents::signed::{
        check::check,
        frozen::PermitWitnessTransferFrom,
        wire::{self, SignedDto},
    },
    store::NewIntent,
};

/// An intent that is kept.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// What its owner is told: the same however often it is handed in.
    pub told: AcceptedDto,
    /// Whether it was there already.
    pub known: bool,
}

impl Service {
    /// Accepts a signed intent: once this answers, it is on disk.
    ///
    /// What was accepted before is not checked again, for by now it may be too late for it, or its nonce
    /// spent by its own settlement: whoever asks again is told what was told first.
    pub async fn accept(&self, body: &[u8]) -> Result<Accepted, IntakeError> {
        self.refuse_while_draining()?;
        let dto = wire::read(body)?;
        let permit = PermitWitnessTransferFrom::from(&dto.message);
        let id = self.options.deployment.id(&permit);
        let text = dto.text().map_err(|error| unreadable(id, &error.to_string()))?;
        if let Some(kept) = self.scribe.store.intent(id)?
            && kept.body == text
        {
            let told = AcceptedDto::of(&self.options.deployment, &permit, &kept);
            return Ok(Accepted { told, known: true });
        }
        self.checked(dto).await?;
        self.keep(id, permit, text).await
    }

    async fn checked(&self, dto: SignedDto) -> Result<(), IntakeError> {
        let most = self.options.most_open;
        if self.scribe.open.load(Ordering::Relaxed) >= most {
            return Err(IntakeError::Crowded(most));
        }
        let (market, options) = (self.market.newest(), self.options.clone());
        let verdict = self.compute(move || check(&dto, &rules(&market.engine, &options)).map(drop));
        Ok(verdict.await??)
    }

    async fn keep(
        &self,
        id: B256,
        permit: PermitWitnessTransferFrom,
        body: String,
    ) -> Result<Accepted, IntakeError> {
        let (owner, nonce) = (permit.witness.owner, permit.nonce);
        let at_ms = self.options.clock.millis();
        // Counted first: it may have ended before this thread goes on.
        self.scribe.open.fetch_add(1, Ordering::Relaxed);
        let submitted = self.scribe.store.submit(NewIntent { id, owner, nonce, body, at_ms }).await;
        if !submitted.as_ref().is_ok_and(|submitted| !submitted.known) {
            self.scribe.open.fetch_sub(1, Ordering::Relaxed);
        }
        let submitted = submitted?;
        if !submitted.known {
            tell::accepted(&submitted.kept);
            self.scribe.bell.ring(id);
            self.desk.look();
        }
        let told = AcceptedDto::of(&self.options.deployment, &permit, &submitted.kept);
        Ok(Accepted { told, known: submitted.known })
    }
}

pub(super) fn unreadable(id: B256, why: &str) -> IntakeError {
    IntakeError::Unreadable { id, why: why.to_owned() }
}
