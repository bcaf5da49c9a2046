//! Connections: accepted up to a number, heads read in time, and finished when the server stops.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tower::ServiceExt as _;

use super::{Api, guard::Peer, router, uniswapx};
use crate::events;

/// The most bytes of a request's head.
const MOST_HEAD: usize = 32 << 10;

/// How long to wait after the system could not accept: it is out of files, most often.
const PAUSE: Duration = Duration::from_millis(50);

/// Answers connections until [`Api::stopping`] is told; then finishes what was taken, for as long as
/// the configuration allows.
pub async fn serve(listener: TcpListener, api: Api) -> io::Result<()> {
    let router = router(api.clone());
    tokio::spawn(uniswapx::attend(api.clone()));
    let places = Arc::new(Semaphore::new(api.config.serve.connections));
    let graceful = GracefulShutdown::new();
    events::listening(listener.local_addr()?);
    loop {
        let place = tokio::select! {
            biased;
            () = api.stopping.cancelled() => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let Ok(place) = place else { break };
        let (stream, peer) = tokio::select! {
            biased;
            () = api.stopping.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(_) => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
        };
        let connection = graceful.watch(connection(&router, &api, stream, peer));
        tokio::spawn(async move {
            // The other end is gone, or spoke no HTTP: nobody is left to tell.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    events::stopping();
    let open = graceful.count();
    let patience = Duration::from_secs(api.config.serve.drain_s);
    if tokio::time::timeout(patience, graceful.shutdown()).await.is_err() {
        events::cut_short(open);
    }
    let intake = Arc::clone(&api.intake);
    // A visit that panicked has ended as well.
    let _ = tokio::task::spawn_blocking(move || intake.drain()).await;
    Ok(())
}

/// One connection's life.
fn connection(
    router: &Router,
    api: &Api,
    stream: TcpStream,
    peer: SocketAddr,
) -> impl hyper_util::server::graceful::GracefulConnection + use<> {
    // Answers are small and whole: waiting for more to send delays them.
    let _ = stream.set_nodelay(true);
    let router = router.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(api.config.api.head_ms))
        .max_header_size(MOST_HEAD)
        .serve_connection(TokioIo::new(stream), service)
}
