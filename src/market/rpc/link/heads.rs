//! Waiting for new heads.

use std::{sync::Arc, time::Duration};

use alloy_json_rpc::Id;
use alloy_pubsub::RawSubscription;
use tokio::sync::{Notify, broadcast::error::RecvError};

use super::{Link, Ordering, Transport, Wire};

/// A standing subscription to new heads; none over HTTP, and none while the connection is lost.
#[derive(Debug, Default)]
pub(in crate::market) struct Heads(Option<RawSubscription>);

impl Link {
    /// Waits until the node tells of a new head, for at most `longest`, or until `wake` is told.
    pub(in crate::market::rpc) fn await_head(
        &self,
        heads: &mut Heads,
        longest: Duration,
        wake: &Arc<Notify>,
    ) {
        let (wire, wake) = (Arc::clone(&self.wire), Arc::clone(wake));
        let mut subscription = heads.0.take();
        let work = async move {
            tokio::select! {
                () = wire.next_head(&mut subscription) => {}
                () = wake.notified() => {}
                () = tokio::time::sleep(longest) => {}
            }
            subscription
        };
        heads.0 = self.wait(work).flatten();
    }
}

impl Wire {
    /// Waits for a new head on a subscription. Where there is none one is made, which may have missed
    /// a head and so counts as one. Never ends where there cannot be a subscription: whoever waits has
    /// a clock as well.
    async fn next_head(&self, subscription: &mut Option<RawSubscription>) {
        let Transport::Stream(stream) = &self.transport else {
            return std::future::pending().await;
        };
        if let Some(heads) = subscription {
            // Having missed some is no matter: the newest is asked for in any case.
            if let Err(RecvError::Closed) = heads.recv().await {
                *subscription = None;
            }
            return;
        }
        let id = Id::Number(self.ids.fetch_add(1, Ordering::Relaxed));
        *subscription = stream.subscribe(&self.endpoint, id).await;
        if subscription.is_none() {
            std::future::pending().await
        }
    }
}
