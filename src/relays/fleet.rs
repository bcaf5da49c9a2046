//! All relays that may be sent to, at once.
//!
//! # Who is told
//!
//! What is sent is known to whom it is sent. A relay is in the fleet if it promised in writing to keep it to
//! itself ([`super::terms`]); another one only if somebody said so by name. Nobody else is ever told.
//!
//! # One name
//!
//! A bundle that may be replaced has one name at all relays, for some of them share what they are sent:
//! under one name a replacement or a cancellation overtakes every copy, by whichever way it came. Its
//! sequence number goes only to those who read it; elsewhere what arrives later counts.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use alloy_primitives::B256;
use futures_util::{
    StreamExt as _,
    stream::{FuturesUnordered, Stream},
};

use super::{
    Asked, At, Relay,
    answers::{Accepted, Simulated},
    breaker::{Breaker, Rules},
    budget::{Budget, Kind},
    dialect::Dialect,
    fault::Fault,
    lint::misread,
    mev_share::Shared,
    score::Score,
    terms::Requests,
};
use crate::{
    bundle::{Bundle, Raw, Replacement},
    clock::Clock,
    events,
};

/// Relays that may be sent to.
#[derive(Debug)]
pub struct Fleet {
    members: Vec<Member>,
    clock: Clock,
}

/// A relay that is to be in a fleet.
#[derive(Debug, Clone)]
pub struct Berth {
    /// The relay.
    pub relay: Arc<dyn Relay>,
    /// How often it may be asked.
    pub requests: Requests,
    /// Whether somebody said that it may be told, promise or not.
    pub told_anyway: bool,
}

/// What came of telling or asking a relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<T = Accepted> {
    /// Its name.
    pub relay: String,
    /// What it said, or why nothing. An acceptance proves nothing.
    pub outcome: Result<T, Fault>,
    /// How long it took.
    pub took: Duration,
}

/// How a relay stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Whether it is asked.
    pub well: bool,
    /// How it did lately.
    pub score: Score,
}

/// A relay that promised nothing, and that nobody said may be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} made no written promise to keep what it is sent to itself: leave it out of relays.to, or name it in \
     relays.told_anyway"
)]
pub struct NoPromise(pub String);

struct Member {
    relay: Arc<dyn Relay>,
    budget: Budget,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    breaker: Breaker,
    score: Score,
}

impl Fleet {
    /// A fleet, if all of its relays may be told.
    pub fn new(berths: Vec<Berth>, rules: Rules, clock: &Clock) -> Result<Self, NoPromise> {
        let members = berths.into_iter().map(|Berth { relay, requests, told_anyway }| {
            if relay.dialect().terms().promise.is_none() && !told_anyway {
                return Err(NoPromise(relay.name().to_owned()));
            }
            let state = State { breaker: Breaker::new(rules), score: Score::default() };
            let budget = Budget::new(requests, clock.clone());
            Ok(Member { relay, budget, state: Mutex::new(state) })
        });
        Ok(Self { members: members.collect::<Result<_, _>>()?, clock: clock.clone() })
    }

    /// Its relays.
    pub fn relays(&self) -> impl Iterator<Item = &Arc<dyn Relay>> {
        self.members.iter().map(|member| &member.relay)
    }

    /// How each relay stands.
    pub fn standing(&self) -> impl Iterator<Item = (&str, Standing)> {
        self.members.iter().map(|member| {
            let State { breaker, score } = member.state();
            (member.relay.name(), Standing { well: breaker.is_closed(), score })
        })
    }

    /// Sends a bundle to those `chosen`, all at once, and waits for the last of them. Relays that would
    /// misread it are passed over, and it is said why. There is a line for each that was chosen.
    pub async fn send(&self, bundle: &Bundle, chosen: impl Fn(&dyn Relay) -> bool) -> Vec<Told> {
        self.sending(bundle, chosen).collect().await
    }

    /// The same, each as soon as it is told. Dropped early, requests on their way may have arrived.
    pub fn sending<'a>(
        &'a self,
        bundle: &'a Bundle,
        chosen: impl Fn(&dyn Relay) -> bool,
    ) -> impl Stream<Item = Told> + 'a {
        let asked: FuturesUnordered<_> =
            self.chosen(chosen).map(|member| member.send(bundle, &self.clock)).collect();
        asked
    }

    /// Asks those `chosen` that what was sent under a name for a block is not landed.
    pub async fn cancel(
        &self,
        replacement: Replacement,
        block: u64,
        chosen: impl Fn(&dyn Relay) -> bool,
    ) -> Vec<Told> {
        let asked: FuturesUnordered<_> = self
            .chosen(chosen)
            .map(|member| async move {
                let named = name_read_by(replacement, member.relay.dialect());
                member.ask(Kind::Cancel, &self.clock, |relay| relay.cancel(named, block)).await
            })
            .collect();
        asked.collect().await
    }

    /// Sends one transaction to those `chosen` that keep it from the public, for blocks up to one.
    pub async fn send_private(
        &self,
        transaction: &Raw,
        last: u64,
        chosen: impl Fn(&dyn Relay) -> bool,
    ) -> Vec<Told> {
        let asked: FuturesUnordered<_> = self
            .chosen(chosen)
            .map(|member| {
                member.ask(Kind::Send, &self.clock, |relay| relay.send_private(transaction, last))
            })
            .collect();
        asked.collect().await
    }

    /// Asks those `chosen` that such a transaction is not landed.
    pub async fn cancel_private(
        &self,
        hash: B256,
        chosen: impl Fn(&dyn Relay) -> bool,
    ) -> Vec<Told> {
        let asked: FuturesUnordered<_> = self
            .chosen(chosen)
            .map(|member| {
                member.ask(Kind::Cancel, &self.clock, move |relay| relay.cancel_private(hash))
            })
            .collect();
        asked.collect().await
    }

    /// Sends a bundle of which searchers are told a part to those `chosen`.
    pub async fn share(&self, shared: &Shared, chosen: impl Fn(&dyn Relay) -> bool) -> Vec<Told> {
        let asked: FuturesUnordered<_> = self
            .chosen(chosen)
            .map(|member| member.ask(Kind::Send, &self.clock, |relay| relay.share(shared)))
            .collect();
        asked.collect().await
    }

    /// Asks those `chosen` what transactions would do. Relays weigh what they simulate against what lands:
    /// simulate here first.
    pub async fn simulate(
        &self,
        transactions: &[Raw],
        at: At,
        chosen: impl Fn(&dyn Relay) -> bool,
    ) -> Vec<Told<Simulated>> {
        let asked: FuturesUnordered<_> = self
            .chosen(chosen)
            .map(|member| {
                member
                    .ask(Kind::Simulate, &self.clock, move |relay| relay.simulate(transactions, at))
            })
            .collect();
        asked.collect().await
    }

    /// A block of a relay's was for a bundle of ours, and held it or not.
    pub fn built(&self, relay: &str, held: bool) {
        for member in self.members.iter().filter(|member| member.relay.name() == relay) {
            member.change(|state| state.score.built(held));
        }
    }

    fn chosen(&self, chosen: impl Fn(&dyn Relay) -> bool) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |member| chosen(&*member.relay))
    }
}

impl Member {
    /// The lint comes first: what is not sent costs nothing.
    async fn send(&self, bundle: &Bundle, clock: &Clock) -> Told {
        let bundle = read_by(bundle, self.relay.dialect());
        let misread = misread(&bundle, self.relay.dialect());
        if !misread.is_empty() {
            return self.passed_over(Fault::Misread(misread));
        }
        let bundle = &*bundle;
        self.ask(Kind::Send, clock, |relay| relay.send(bundle)).await
    }

    /// Asks, if the relay may be asked now, and notes how it did.
    async fn ask<'a, T>(
        &'a self,
        kind: Kind,
        clock: &Clock,
        ask: impl FnOnce(&'a dyn Relay) -> Asked<'a, T>,
    ) -> Told<T> {
        if let Err(fault) = self.admit(kind, clock.millis()) {
            return self.passed_over(fault);
        }
        let asked = Instant::now();
        let outcome = ask(&*self.relay).await;
        let took = asked.elapsed();
        self.change(|state| state.note(&outcome, took, clock.millis()));
        let told = Told { relay: self.relay.name().to_owned(), outcome, took };
        events::relay_told(&told, kind);
        told
    }

    /// A probe that the budget does not pay for would leave the relay alone for another rest. A cancellation is
    /// tried in any case: who does not answer may have what is to be taken back.
    fn admit(&self, kind: Kind, now: u64) -> Result<(), Fault> {
        if kind == Kind::Cancel {
            return self.budget.spend(kind).map_err(|wait| Fault::Spent { wait });
        }
        if let Some(wait) = self.state().breaker.resting(now) {
            return Err(Fault::Resting { wait });
        }
        self.budget.spend(kind).map_err(|wait| Fault::Spent { wait })?;
        self.change(|state| state.breaker.admit(now)).map_err(|wait| Fault::Resting { wait })
    }

    fn passed_over<T>(&self, fault: Fault) -> Told<T> {
        let relay = self.relay.name().to_owned();
        Told { relay, outcome: Err(fault), took: Duration::ZERO }
    }

    fn state(&self) -> State {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn note<T>(&mut self, outcome: &Result<T, Fault>, took: Duration, now: u64) {
        match outcome {
            Err(Fault::Limited { retry_after: Some(wait) }) => self.breaker.rest(now, *wait),
            Err(fault) if fault.is_unwell() => self.breaker.unwell(now),
            Ok(_) => self.breaker.well(),
            // A refusal is an answer.
            Err(fault) if fault.may_have_arrived() => self.breaker.well(),
            // Nothing was asked after all.
            Err(_) => return,
        }
        self.score.answered(outcome.is_ok(), took);
    }
}

/// A bundle as a relay reads its name: see above. The rest is the lint's.
fn read_by(bundle: &Bundle, dialect: Dialect) -> Cow<'_, Bundle> {
    match bundle.replacement {
        Some(replacement) if name_read_by(replacement, dialect) != replacement => {
            let replacement = Some(name_read_by(replacement, dialect));
            Cow::Owned(Bundle { replacement, ..bundle.clone() })
        }
        _ => Cow::Borrowed(bundle),
    }
}

fn name_read_by(replacement: Replacement, dialect: Dialect) -> Replacement {
    let sequence = replacement.sequence.filter(|_| dialect.capabilities().sequence);
    Replacement { sequence, ..replacement }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member")
            .field("relay", &self.relay)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
