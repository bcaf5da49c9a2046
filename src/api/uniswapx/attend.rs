//! Looks after the open orders: asks the orders' API what is open, where one is configured, and thinks
//! about each order with every newer market. What it thinks is told; nothing is sent.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{filler, rules};
use crate::{
    api::Api,
    engine::{Engine, NOBODY},
    events,
    intents::uniswapx::{
        Checked, Fault, Fill, FillError, Moment,
        book::{MOST, Taken, Verdict},
        fill::{Confirmed, Filler, fill},
        notice::Notice,
        orders_api::OrdersApi,
    },
    market::current::Snapshot,
    store::StoreError,
    workers::WorkError,
};

/// The shortest pause between two looks.
const SHORTEST: Duration = Duration::from_millis(100);

/// Looks after the open orders until the server stops.
pub(in crate::api) async fn attend(api: Api) {
    let pause = Duration::from_millis(api.config.uniswapx.poll_ms).max(SHORTEST);
    let source = api.config.uniswapx.orders_url.as_ref().map(|link| OrdersApi::new(&link.0));
    let source = source.transpose().inspect_err(events::orders_unseen).ok().flatten();
    let mut next = Instant::now();
    let mut is_back = false;
    loop {
        if !is_back {
            is_back = come_back(&api).await;
        }
        if let Some(source) = &source
            && Instant::now() >= next
        {
            next = Instant::now() + pause;
            look(&api, source).await;
        }
        review(&api).await;
        tokio::select! {
            biased;
            () = api.stopping.cancelled() => return,
            () = api.orders.changed() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Takes what the webhook told of before this start; whether it could be asked for.
async fn come_back(api: &Api) -> bool {
    let Ok(snapshot) = api.market.fresh() else { return false };
    let (api, now_ms) = (api.clone(), api.clock.seconds().saturating_mul(1_000));
    let coming = tokio::task::spawn_blocking(move || {
        let kept = api.store.orders(now_ms, MOST).inspect_err(events::orders_lost)?;
        let notices = kept.iter().map(|order| serde_json::from_str::<Notice>(&order.body));
        notices.flatten().for_each(|notice| taken(&api, &snapshot, &notice));
        Ok::<_, StoreError>(())
    });
    coming.await.is_ok_and(|kept| kept.is_ok())
}

/// Takes what the API says is open.
async fn look(api: &Api, source: &OrdersApi) {
    let Ok(snapshot) = api.market.fresh() else { return };
    let chain = snapshot.engine.market().chain_id;
    let seen = tokio::select! {
        biased;
        () = api.stopping.cancelled() => return,
        seen = source.open(chain) => seen,
    };
    let seen = match seen {
        Ok(seen) => seen,
        Err(error) => return events::orders_unseen(&error),
    };
    events::orders_seen(&seen);
    let api = api.clone();
    // A panic there costs this look alone.
    let _ = tokio::task::spawn_blocking(move || {
        seen.notices.iter().for_each(|notice| taken(&api, &snapshot, notice));
    })
    .await;
}

fn taken(api: &Api, snapshot: &Snapshot, notice: &Notice) {
    if api.orders.knows(notice) {
        return;
    }
    let rules = rules(api, &snapshot.engine);
    match notice.check(&rules) {
        Err(fault) => events::order_refused(notice.order_hash, &fault),
        Ok(order) => {
            let (hash, kind) = (order.hash(), order.order().kind().name());
            match api.orders.take(order, rules.now) {
                Taken::New => events::order_taken(hash, kind, "new"),
                Taken::Known | Taken::Full => {}
            }
        }
    }
}

/// Thinks about every order that was not thought about on this market.
async fn review(api: &Api) {
    let Ok(snapshot) = api.market.fresh() else { return };
    let (block, now) = (snapshot.engine.market().block, api.clock.seconds());
    for order in api.orders.due(block, now) {
        let (filler, snapshot, asked) = (filler(api), Arc::clone(&snapshot), Arc::clone(&order));
        let thinking = api.workers.run(move || {
            let at = Moment::next(snapshot.engine.market(), filler.address);
            think(&snapshot.engine, &asked, &at, &filler)
        });
        let fill = match thinking.await {
            Ok(found) => {
                events::order_priced(order.hash(), found.as_ref());
                if let Err(FillError::Fault(Fault::NonceUsed { .. })) = found {
                    api.orders.forget(order.hash());
                    // Not waited for: one that stays is found to be used again.
                    drop(api.store.forget_order(order.hash()));
                    continue;
                }
                found.map(Arc::new).map_err(|error| error.to_string())
            }
            // There is a thread at the next look.
            Err(WorkError::Full(_)) => return,
            Err(error @ WorkError::Stopped) => Err(error.to_string()),
        };
        api.orders.note(&order, Verdict { block, fill });
        if api.stopping.is_cancelled() {
            return;
        }
    }
}

/// The fill of an order, run as a whole where its contracts are; what is stated is then what was measured.
fn think(
    engine: &Engine,
    order: &Checked,
    at: &Moment,
    filler: &Filler,
) -> Result<Fill, FillError> {
    let fill = fill(engine, order, at, filler)?;
    let Some(world) = engine.world() else { return Ok(fill) };
    if !fill.is_runnable(world)? {
        return Ok(fill);
    }
    let Confirmed { gained, gas, gas_cost, profit } = fill.confirm(engine, world, at, NOBODY)?;
    let received = fill.owed.saturating_add(gained);
    Ok(Fill { received, gas, gas_cost, profit, is_confirmed: true, ..fill })
}
