//! Open orders, and what was last thought of each: in memory. Those that the webhook told of are in the
//! store too, and come back from it; of all others the orders' API tells again.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alloy_primitives::{B256, U256};
use tokio::sync::Notify;

use super::{check::Checked, fill::Fill, notice::Notice};

/// The most orders kept.
pub const MOST: usize = 4_096;

/// What became of an order that was told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is kept.
    New,
    /// It was kept already.
    Known,
    /// There is no room.
    Full,
}

/// What was thought of an order at a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The market's block.
    pub block: u64,
    /// The fill, or why there is none.
    pub fill: Result<Arc<Fill>, String>,
}

/// An open order.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The order.
    pub order: Arc<Checked>,
    /// What was last thought of it; nothing yet.
    pub verdict: Option<Verdict>,
}

/// The open orders.
#[derive(Debug, Default)]
pub struct Book {
    open: Mutex<BTreeMap<B256, Entry>>,
    changed: Notify,
}

impl Book {
    /// Keeps an order, if there is room once those that have expired are gone. The same order with another
    /// cosignature takes the place of the one before.
    pub fn take(&self, order: Checked, now: u64) -> Taken {
        let mut open = self.open();
        let hash = order.hash();
        if open.get(&hash).is_some_and(|known| *known.order == order) {
            return Taken::Known;
        }
        if open.len() >= MOST && !open.contains_key(&hash) {
            drop_expired(&mut open, now);
            if open.len() >= MOST {
                return Taken::Full;
            }
        }
        open.insert(hash, Entry { order: Arc::new(order), verdict: None });
        drop(open);
        self.changed.notify_one();
        Taken::New
    }

    /// Whether an order is kept as it is told of, so that it need not be checked again.
    pub fn knows(&self, notice: &Notice) -> bool {
        self.open().get(&notice.order_hash).is_some_and(|known| {
            *known.order.bytes() == notice.encoded_order
                && *known.order.signature() == notice.signature
        })
    }

    /// Ends once an order was taken since the last time.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Orders that were not looked at on this block, those that have expired left out for good.
    pub fn due(&self, block: u64, now: u64) -> Vec<Arc<Checked>> {
        let mut open = self.open();
        drop_expired(&mut open, now);
        let is_due = |entry: &&Entry| entry.verdict.as_ref().is_none_or(|v| v.block != block);
        open.values().filter(is_due).map(|entry| Arc::clone(&entry.order)).collect()
    }

    /// Notes what is thought of an order, unless another has taken its place.
    pub fn note(&self, order: &Arc<Checked>, verdict: Verdict) {
        if let Some(entry) = self.open().get_mut(&order.hash())
            && Arc::ptr_eq(&entry.order, order)
        {
            entry.verdict = Some(verdict);
        }
    }

    /// Forgets an order.
    pub fn forget(&self, hash: B256) {
        self.open().remove(&hash);
    }

    /// All of them.
    pub fn entries(&self) -> Vec<Entry> {
        self.open().values().cloned().collect()
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<B256, Entry>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn drop_expired(open: &mut BTreeMap<B256, Entry>, now: u64) {
    open.retain(|_, entry| entry.order.order().info().deadline >= U256::from(now));
}
