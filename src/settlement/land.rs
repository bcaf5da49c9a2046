//! From a plan to a transaction that is on its way: run and signed, within the caps, written down, told and
//! only then sent.

use alloy_primitives::{B256, U256};
use serde_json::{Value, json};

use super::{
    Offer,
    caps::Over,
    journal,
    make::{Made, Place, Unmade, make},
    price::Field,
    stops,
    submit::Owner,
    tell,
};
use crate::{
    bundle::offer::known,
    intents::service::CANCELLING,
    market::rpc::{Head, RpcError},
    store::{Attempt, Kept, Stage, Step, StoreError},
};

/// Why nothing is sent of a plan.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsent {
    #[error(transparent)]
    Unmade(#[from] Unmade),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error(transparent)]
    Over(#[from] Over),
    #[error("halted: {0}")]
    Halted(String),
}

impl Unsent {
    /// The code of the event that tells of it; none of what passes by itself.
    const fn code(&self) -> Option<&'static str> {
        match self {
            Self::Unmade(Unmade::Unpaid { .. }) => Some("unpaid"),
            Self::Unmade(_) => Some("unsettleable"),
            Self::Over(_) => Some("over_the_cap"),
            Self::Halted(_) => Some("halted"),
            Self::Store(_) | Self::Rpc(_) => None,
        }
    }
}

impl Owner {
    pub(super) fn land(&mut self, offer: &Offer) -> Result<(), Unsent> {
        let (id, store) = (offer.checked.id(), self.with.scribe.store());
        let Some(kept) = store.intent(id)? else { return Ok(()) };
        let events = store.events_of(id, 0, usize::MAX)?;
        let wanted = !events.iter().any(|event| event.step.code == CANCELLING);
        let may = matches!(kept.stage, Stage::Quoted | Stage::Bundled | Stage::Submitted);
        let Some(head) = self.looked.clone().filter(|_| may && wanted) else { return Ok(()) };
        let attempts = store.attempts_of(id)?;
        let plan = match &offer.plan {
            Ok(plan) => plan,
            Err(why) => return self.withdraw(&kept, &attempts, &head, why),
        };
        if self.taken.is_some() {
            return Ok(());
        }
        self.not_halted()?;
        self.rivals.keep(offer);
        let nonce = self.with.node.purse(&head, self.with.key.address())?.nonce;
        let number = attempts.last().map_or(1, |last| last.number + 1);
        let at_ms = self.with.scribe.clock().millis();
        let field = Field { relays: known(&self.with.fleet), tried: &self.day.tried };
        let (rules, here) = (&self.with.rules, &self.with.deployment);
        let place = Place { rules, here, head: &head, field: &field, nonce, number, at_ms };
        let made = self.runtime.block_on(make(&place, offer, plan, &self.with.key))?;
        self.halt_if_lost(at_ms)?;
        self.admit(&made.attempt, nonce)?;
        self.send(&kept, made, head.number)
    }

    /// Halts where more is lost already than is allowed: that is reason to stop, not only to wait.
    fn halt_if_lost(&self, now: u64) -> Result<(), Unsent> {
        let Err(over) = self.with.caps.kept(&self.day.paid, now) else { return Ok(()) };
        if matches!(over, Over::Loss { .. }) {
            // What cannot be written down is not gone on with.
            self.with.halt.set(&over.to_string(), now).map_err(|_| Unsent::Over(over))?;
        }
        Ok(())
    }

    /// That what it may cost at worst is within the caps, whatever else is out.
    fn admit(&self, attempt: &Attempt, next: u64) -> Result<(), Unsent> {
        let mut out = self.with.scribe.store().open_attempts()?;
        out.push(attempt.clone());
        let out = journal::outstanding(&out, attempt.account, next);
        Ok(self.with.caps.admit(&self.day.paid, U256::ZERO, out, attempt.at_ms)?)
    }

    /// Written down, told, and only then sent.
    pub(super) fn send(&mut self, kept: &Kept, made: Made, block: u64) -> Result<(), Unsent> {
        let Made { bundles, attempt, decision } = made;
        let id = attempt.id;
        stops::at("before_journal");
        let scribe = &self.with.scribe;
        let journal = scribe.store().keep_attempt(attempt.clone());
        let again = (kept.stage != Stage::Quoted).then(|| {
            let detail = json!({ "why": "a newer block", "attempt": attempt.number - 1 });
            let stage = (Stage::Quoted, "planned_again");
            scribe.begin(scribe.step(id, stage, detail.to_string(), Some(block)))
        });
        let promise: Value = serde_json::from_str(&attempt.body).unwrap_or_default();
        let detail = json!({
            "attempt": attempt.number,
            "transaction": attempt.hash,
            "blocks": [attempt.first, attempt.last],
            "most_wei": attempt.most.to_string(),
            "promised": promise,
            "decision": decision,
            "sent": self.with.rules.sends,
        });
        let code = if self.with.rules.sends { "bundled" } else { "shadow" };
        let step = scribe.step(id, (Stage::Bundled, code), detail.to_string(), Some(block));
        // Begun in this order they are on disk in this order, in one flush if they can be.
        let bundled = scribe.begin(step);
        journal.wait()?;
        stops::at("after_journal");
        tell::made(id, attempt.number, attempt.hash, attempt.first);
        for written in again.into_iter().chain([bundled]) {
            if scribe.ended(written.wait())?.is_none() {
                return Ok(());
            }
        }
        stops::at("after_bundled");
        self.taken = Some(id);
        if self.with.rules.sends {
            self.not_halted()?;
            stops::at("before_send");
            self.tell_relays(id, attempt.number, bundles, decision);
            stops::at("after_send");
        }
        Ok(())
    }

    /// Takes back what is out for blocks to come, where a new run says that there is nothing to land: unless
    /// its nonce is used already. A cancellation is a wish; the chain is watched all the same.
    pub(super) fn withdraw(
        &self,
        kept: &Kept,
        attempts: &[Attempt],
        head: &Head,
        why: &str,
    ) -> Result<(), Unsent> {
        let Some(last) = attempts.last().filter(|last| last.last > head.number) else {
            return Ok(());
        };
        let next = self.with.node.purse(head, last.account)?.nonce;
        if kept.stage == Stage::Quoted || next > last.nonce {
            return Ok(());
        }
        self.cancel(last, head.number);
        let detail = json!({ "why": why, "attempt": last.number });
        self.write(kept.id, (Stage::Quoted, "withdrawn"), &detail, head.number)?;
        Ok(())
    }

    pub(super) fn not_halted(&self) -> Result<(), Unsent> {
        match self.with.halt.standing() {
            Ok(None) => Ok(()),
            Ok(Some(why)) => Err(Unsent::Halted(why.to_string())),
            Err(error) => Err(Unsent::Halted(error.to_string())),
        }
    }

    /// Takes back all that is out, once the kill switch is set.
    pub(super) fn stop_if_halted(&mut self) {
        let Err(why) = self.not_halted() else {
            self.halted = false;
            return;
        };
        if self.halted {
            return;
        }
        self.halted = true;
        tell::halted(self.with.key.address(), &why.to_string());
        let Some(head) = self.looked.as_ref() else { return };
        for attempt in self.with.scribe.store().open_attempts().unwrap_or_default() {
            if attempt.last > head.number {
                self.cancel(&attempt, head.number);
            }
        }
    }

    /// Why nothing is sent, told to whoever follows the intent: once for as long as it stays the same.
    pub(super) fn say(&self, id: B256, why: &Unsent) {
        let Some(code) = why.code() else { return };
        let said = || {
            let store = self.with.scribe.store();
            let quoted = store.intent(id)?.filter(|kept| kept.stage == Stage::Quoted);
            let last = store.events_of(id, 0, usize::MAX)?.pop();
            let detail = json!({ "why": why.to_string() });
            let text = detail.to_string();
            let same = |step: &Step| step.code == code && step.detail == text;
            if quoted.is_none() || last.is_some_and(|event| same(&event.step)) {
                return Ok(false);
            }
            let head = self.looked.as_ref().map_or(0, |head| head.number);
            self.write(id, (Stage::Quoted, code), &detail, head)
        };
        if let Err(error) = said() {
            tell::unlooked(&error.to_string());
        }
    }

    /// Writes a step; false where the intent has ended meanwhile.
    pub(super) fn write(
        &self,
        id: B256,
        stage: (Stage, &str),
        detail: &Value,
        block: u64,
    ) -> Result<bool, StoreError> {
        let step = self.with.scribe.step(id, stage, detail.to_string(), Some(block));
        Ok(self.with.scribe.write(step)?.is_some())
    }
}
