//! Answers kept, and one question for all who ask it at once.
//!
//! Whoever finds an answer missing claims it; whoever comes meanwhile waits for the claimant instead
//! of asking too. Found answers cost one look into one shard of a map.

use std::{
    hash::Hash,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicU8, AtomicUsize, Ordering},
    },
};

use dashmap::{DashMap, Entry as MapEntry};

use super::error::RpcError;

/// Answers by question, at most so many.
#[derive(Debug)]
pub(super) struct Shelf<K: Eq + Hash, V> {
    entries: DashMap<K, Entry<V>>,
    known: AtomicUsize,
    most: usize,
}

#[derive(Debug)]
enum Entry<V> {
    Known(Kept<V>),
    Asked(Arc<Pending<V>>),
}

/// An answer, and for how many blocks nobody has looked at it.
#[derive(Debug)]
struct Kept<V> {
    value: V,
    idle: AtomicU8,
}

/// An answer that somebody is getting.
#[derive(Debug)]
struct Pending<V> {
    answer: Mutex<Told<V>>,
    told: Condvar,
}

#[derive(Debug, Clone)]
enum Told<V> {
    NotYet,
    Answer(Result<V, RpcError>),
    /// Whoever asked has gone without an answer; somebody else has to ask.
    Abandoned,
}

impl<K: Copy + Eq + Hash, V: Clone> Shelf<K, V> {
    pub(super) fn of(most: usize) -> Self {
        Self { entries: DashMap::new(), known: AtomicUsize::new(0), most }
    }

    /// The answer that is there.
    pub(super) fn get(&self, key: &K) -> Option<V> {
        match self.entries.get(key)?.value() {
            Entry::Known(kept) => {
                kept.idle.store(0, Ordering::Relaxed);
                Some(kept.value.clone())
            }
            Entry::Asked(_) => None,
        }
    }

    /// The questions that are answered, and for how many blocks nobody has asked them.
    pub(super) fn known(&self) -> Vec<(K, u8)> {
        let known = self.entries.iter().filter_map(|entry| match entry.value() {
            Entry::Known(kept) => Some((*entry.key(), kept.idle.load(Ordering::Relaxed))),
            Entry::Asked(_) => None,
        });
        known.collect()
    }

    /// Notes for how many blocks nobody has asked a question.
    pub(super) fn rest(&self, key: &K, idle: u8) {
        if let Some(entry) = self.entries.get(key)
            && let Entry::Known(kept) = entry.value()
        {
            kept.idle.store(idle, Ordering::Relaxed);
        }
    }

    /// The answer, got by `ask` if nobody has it and nobody is getting it.
    pub(super) fn get_or_ask(
        &self,
        key: K,
        ask: impl Fn() -> Result<V, RpcError>,
    ) -> Result<V, RpcError> {
        loop {
            if let Some(value) = self.get(&key) {
                return Ok(value);
            }
            let claims = self.claim([key]);
            if !claims.mine.is_empty() {
                let answer = ask();
                claims.settle(&answer.clone().map(|value| vec![value]));
                return answer;
            }
            if let Some(answer) = claims.wait().pop() {
                return answer;
            }
        }
    }

    /// Claims those of the keys that nobody has or is getting.
    pub(super) fn claim(&self, keys: impl IntoIterator<Item = K>) -> Claims<'_, K, V> {
        let mut claims = Claims { shelf: self, mine: Vec::new(), others: Vec::new() };
        for key in keys {
            match self.entries.entry(key) {
                MapEntry::Occupied(entry) => {
                    if let Entry::Asked(pending) = entry.get() {
                        let own = claims.mine.iter().any(|(_, mine)| Arc::ptr_eq(mine, pending));
                        if !own {
                            claims.others.push(Arc::clone(pending));
                        }
                    }
                }
                MapEntry::Vacant(entry) => {
                    let pending = Arc::new(Pending::new());
                    entry.insert(Entry::Asked(Arc::clone(&pending)));
                    claims.mine.push((key, pending));
                }
            }
        }
        claims
    }

    fn keep(&self, key: K, value: V) {
        if self.known.fetch_add(1, Ordering::Relaxed) < self.most {
            self.entries.insert(key, Entry::Known(Kept { value, idle: AtomicU8::new(0) }));
        } else {
            self.known.fetch_sub(1, Ordering::Relaxed);
            self.entries.remove(&key);
        }
    }
}

impl<V: Clone> Pending<V> {
    const fn new() -> Self {
        Self { answer: Mutex::new(Told::NotYet), told: Condvar::new() }
    }

    fn tell(&self, answer: Told<V>) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
        self.told.notify_all();
    }

    /// The answer; `None` when nobody is getting it any more.
    fn wait(&self) -> Option<Result<V, RpcError>> {
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match &*answer {
                Told::NotYet => {
                    answer = self.told.wait(answer).unwrap_or_else(PoisonError::into_inner);
                }
                Told::Answer(answer) => return Some(answer.clone()),
                Told::Abandoned => return None,
            }
        }
    }
}

/// Questions that one asker has to ask, and those that others are asking.
#[derive(Debug)]
pub(super) struct Claims<'s, K: Copy + Eq + Hash, V: Clone> {
    shelf: &'s Shelf<K, V>,
    mine: Vec<(K, Arc<Pending<V>>)>,
    others: Vec<Arc<Pending<V>>>,
}

impl<K: Copy + Eq + Hash, V: Clone> Claims<'_, K, V> {
    /// What is to be asked, in order.
    pub(super) fn mine(&self) -> impl Iterator<Item = K> + '_ {
        self.mine.iter().map(|(key, _)| *key)
    }

    /// Tells the answers, in order, to all who wait, and keeps them. Errors are told, not kept.
    pub(super) fn settle(mut self, answers: &Result<Vec<V>, RpcError>) -> Self {
        let mine = std::mem::take(&mut self.mine);
        match answers {
            Ok(values) => {
                for ((key, pending), value) in mine.into_iter().zip(values) {
                    self.shelf.keep(key, value.clone());
                    pending.tell(Told::Answer(Ok(value.clone())));
                }
            }
            Err(error) => {
                for (key, pending) in mine {
                    self.shelf.entries.remove(&key);
                    pending.tell(Told::Answer(Err(error.clone())));
                }
            }
        }
        self
    }

    /// What the others were told. Own claims come first, or two who wait for each other never end.
    pub(super) fn wait(mut self) -> Vec<Result<V, RpcError>> {
        self.abandon();
        std::mem::take(&mut self.others).iter().filter_map(|pending| pending.wait()).collect()
    }

    fn abandon(&mut self) {
        for (key, pending) in self.mine.drain(..) {
            self.shelf.entries.remove(&key);
            pending.tell(Told::Abandoned);
        }
    }
}

impl<K: Copy + Eq + Hash, V: Clone> Drop for Claims<'_, K, V> {
    fn drop(&mut self) {
        self.abandon();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;
    use crate::market::rpc::Fault;

    fn error() -> RpcError {
        RpcError { node: "a node".to_owned(), fault: Fault::Closed }
    }

    #[test]
    fn all_who_ask_at_once_get_the_one_answer() {
        let shelf = Shelf::<u64, u64>::of(10);
        let asked = AtomicUsize::new(0);
        let start = Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    let answer = shelf.get_or_ask(1, || {
                        asked.fetch_add(1, Ordering::Relaxed);
                        Ok(7)
                    });
                    assert_eq!(answer, Ok(7));
                });
            }
        });
        assert_eq!(asked.into_inner(), 1);
    }

    #[test]
    fn an_error_is_told_to_who_waits_and_not_kept() {
        let shelf = Shelf::<u64, u64>::of(10);
        let claims = shelf.claim([1, 1, 2]);
        assert_eq!(claims.mine().collect::<Vec<_>>(), [1, 2]);
        std::thread::scope(|scope| {
            let waiter = shelf.claim([1]);
            assert_eq!(waiter.mine().count(), 0);
            let waits = scope.spawn(|| waiter.wait());
            drop(claims.settle(&Err(error())));
            assert_eq!(waits.join().unwrap(), [Err(error())]);
        });
        assert_eq!(shelf.get_or_ask(1, || Ok(3)), Ok(3));
    }

    #[test]
    fn an_abandoned_claim_is_asked_by_the_next() {
        let shelf = Shelf::<u64, u64>::of(10);
        let claims = shelf.claim([1]);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| shelf.get_or_ask(1, || Ok(4)));
            drop(claims);
            assert_eq!(waits.join().unwrap(), Ok(4));
        });
    }

    #[test]
    fn no_more_is_kept_than_allowed_and_the_rest_is_answered() {
        let shelf = Shelf::<u64, u64>::of(2);
        for key in 0..5 {
            assert_eq!(shelf.get_or_ask(key, || Ok(key)), Ok(key));
        }
        assert_eq!((0..5).filter(|key| shelf.get(key).is_some()).count(), 2);
        assert_eq!(shelf.entries.len(), 2);
    }
}
