//! Relays are told, each in the form that it reads, and what they say is told on. None of it is believed.

use std::{collections::BTreeSet, sync::Arc};

use alloy_primitives::B256;
use serde_json::json;

use super::{
    stops,
    submit::{Owner, Signal},
    tell,
};
use crate::{
    bundle::{
        Bundle,
        build::replacement,
        offer::{Capture, Decision},
    },
    relays::{
        Fleet, Relay,
        fleet::Told,
        mev_share::{Hint, Member, Shared},
    },
    store::{Attempt, Stage},
};

impl Owner {
    /// Sends bundles to whom it was decided, without waiting for what relays say.
    pub(super) fn tell_relays(
        &self,
        id: B256,
        number: u64,
        bundles: Vec<Bundle>,
        decision: Decision,
    ) {
        let (fleet, tell) = (Arc::clone(&self.with.fleet), self.tell.clone());
        self.runtime.spawn(async move {
            let told = told_all(&fleet, &bundles, &decision).await;
            // Fails where the submitter has ended: what relays say is not needed.
            let _ = tell.send_async(Signal::Heard { id, number, told }).await;
        });
    }

    /// Relays have said something. It is told, and proves nothing.
    pub(super) fn heard(&self, id: B256, number: u64, told: &[Told]) {
        stops::at("heard");
        tell::heard(id, number, told);
        let said = told.iter().map(|told| {
            let said = told.outcome.as_ref().err().map(ToString::to_string);
            json!({ "relay": told.relay, "took": told.outcome.is_ok(), "said": said })
        });
        let took = told.iter().filter(|told| told.outcome.is_ok()).count();
        let detail =
            json!({ "attempt": number, "taken": took, "relays": said.collect::<Vec<_>>() });
        let written = || {
            let store = self.with.scribe.store();
            let newest = store.attempts_of(id)?.last().is_some_and(|last| last.number == number);
            let kept = store.intent(id)?.filter(|kept| newest && kept.stage == Stage::Bundled);
            let head = self.looked.as_ref().map_or(0, |head| head.number);
            match kept {
                Some(_) => self.write(id, (Stage::Submitted, "submitted"), &detail, head),
                None => Ok(false),
            }
        };
        match written() {
            Ok(_) => stops::at("after_submitted"),
            Err(error) => tell::unlooked(&error.to_string()),
        }
    }

    pub(super) fn cancel(&self, attempt: &Attempt, head: u64) {
        if !self.with.rules.sends {
            return;
        }
        let (fleet, id, number) = (Arc::clone(&self.with.fleet), attempt.id, attempt.number);
        let blocks = attempt.first.max(head + 1)..=attempt.last;
        self.runtime.spawn(async move {
            for block in blocks {
                fleet.cancel(replacement(id, block, number), block, |_| true).await;
            }
        });
    }
}

/// Tells relays of bundles, each in the form that it takes: bundles, a shared one, or the transaction alone
/// where there is no other. Searchers are told something only where the backrun is sold to them.
async fn told_all(fleet: &Fleet, bundles: &[Bundle], decision: &Decision) -> Vec<Told> {
    let (Some(first), Some(last)) = (bundles.first(), bundles.last()) else { return Vec::new() };
    let form = |relay: &dyn Relay| relay.dialect().capabilities();
    let tells = |relay: &dyn Relay| decision.tells(relay.name());
    let bundled = |relay: &dyn Relay| tells(relay) && form(relay).bundles;
    let forms: BTreeSet<Reads> =
        fleet.relays().filter(|relay| bundled(&***relay)).map(|relay| reads(&**relay)).collect();
    let written: Vec<(usize, Reads, Bundle)> = bundles
        .iter()
        .enumerate()
        .flat_map(|(nth, bundle)| forms.iter().map(move |of| (nth, *of, read_by(bundle, *of))))
        .collect();
    let sends = written.iter().map(async |(nth, of, bundle)| {
        // Those of later blocks are signed while the one of the next block is written to its relays.
        for _ in 0..*nth {
            tokio::task::yield_now().await;
        }
        fleet.send(bundle, |relay| bundled(relay) && reads(relay) == *of).await
    });
    let shared = shared((first, last), decision.backrun.capture);
    let shares =
        fleet.share(&shared, |relay| tells(relay) && !form(relay).bundles && form(relay).shares);
    let alone = match &*first.transactions {
        [only] => Some(fleet.send_private(only, last.block, |relay| {
            let other = form(relay).bundles || form(relay).shares;
            tells(relay) && !other && form(relay).private.is_some()
        })),
        _ => None,
    };
    let alone = async { if let Some(alone) = alone { alone.await } else { Vec::new() } };
    let (sent, shared, alone) = tokio::join!(futures_util::future::join_all(sends), shares, alone);
    sent.into_iter().flatten().chain(shared).chain(alone).collect()
}

/// The bundles of some blocks as one for matching. Where what it leaves is sold, searchers are told what it
/// will have traded: its limits leave nothing to whoever trades before it.
fn shared((first, last): (&Bundle, &Bundle), capture: Capture) -> Shared {
    let hints = match capture {
        Capture::Sold => vec![Hint::Hash, Hint::DefaultLogs],
        Capture::Nobody | Capture::Own => Vec::new(),
    };
    let transactions = first.transactions.iter();
    Shared {
        blocks: (first.block, Some(last.block).filter(|last| *last != first.block)),
        body: transactions.map(|raw| Member::Transaction(raw.clone(), false)).collect(),
        hints,
        builders: Vec::new(),
        refund: Vec::new(),
        refund_to: Vec::new(),
        replacement: first.replacement.map(|replacement| replacement.uuid),
    }
}

/// Whether a relay reads a bundle's timestamps, and its name.
type Reads = (bool, bool);

fn reads(relay: &dyn Relay) -> Reads {
    let capabilities = relay.dialect().capabilities();
    (capabilities.timestamps, capabilities.replacement.is_some())
}

/// A bundle without what its relay would not read. The chain holds to the timestamps by itself, and the
/// account's nonce to there being one of it.
fn read_by(bundle: &Bundle, (timestamps, name): Reads) -> Bundle {
    Bundle {
        min_timestamp: bundle.min_timestamp.filter(|_| timestamps),
        max_timestamp: bundle.max_timestamp.filter(|_| timestamps),
        replacement: bundle.replacement.filter(|_| name),
        ..bundle.clone()
    }
}
