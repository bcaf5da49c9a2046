//! JSON-RPC over a connection that stays: web sockets and local sockets.

use std::io::ErrorKind;

use alloy_json_rpc::{Id, Request, RequestPacket, ResponsePacket, RpcError};
use alloy_primitives::B256;
use alloy_pubsub::{ConnectionHandle, PubSubConnect, PubSubFrontend, RawSubscription};
use alloy_transport::{TransportError, TransportErrorKind, TransportResult};
use alloy_transport_ipc::IpcConnect;
use alloy_transport_ws::WsConnect;
use tokio::sync::Mutex;

use super::{
    endpoint::{Endpoint, Place},
    error::Fault,
};

/// A connection that is made when it is first needed, and again after it is lost.
#[derive(Debug, Default)]
pub(super) struct Stream {
    live: Mutex<Option<PubSubFrontend>>,
}

impl Stream {
    pub(super) async fn send(
        &self,
        endpoint: &Endpoint,
        method: &'static str,
        packet: RequestPacket,
    ) -> Result<ResponsePacket, Fault> {
        let connection = self.connection(endpoint).await?;
        let sent = connection.send_packet(packet).await;
        if matches!(&sent, Err(RpcError::Transport(TransportErrorKind::BackendGone))) {
            *self.live.lock().await = None;
        }
        sent.map_err(|error| fault(endpoint, method, &error))
    }

    /// Has the node tell of its new heads; `None` where it does not.
    pub(super) async fn subscribe(&self, endpoint: &Endpoint, id: Id) -> Option<RawSubscription> {
        let connection = self.connection(endpoint).await.ok()?;
        let request = Request::new("eth_subscribe", id, ["newHeads"]).serialize().ok()?;
        let answer = connection.send(request).await.ok()?.payload.try_into_success().ok()?;
        let id: B256 = serde_json::from_str(answer.get()).ok()?;
        connection.get_subscription(id).await.ok()
    }

    async fn connection(&self, endpoint: &Endpoint) -> Result<PubSubFrontend, Fault> {
        let mut live = self.live.lock().await;
        if let Some(connection) = &*live {
            return Ok(connection.clone());
        }
        let connected = connect(endpoint).await;
        let connected =
            connected.map_err(|error| Fault::Unreachable(endpoint.clean(&error.to_string())))?;
        Ok(live.insert(connected).clone())
    }
}

async fn connect(endpoint: &Endpoint) -> Result<PubSubFrontend, TransportError> {
    match &endpoint.place {
        Place::WebSocket(url) => Once(WsConnect::new(url.as_str())).into_service().await,
        Place::Ipc(path) => Once(IpcConnect::new(path.clone())).into_service().await,
        Place::Http(_) => Err(TransportErrorKind::pubsub_unavailable()),
    }
}

/// A connection that ends when it is lost. By itself the library would try to get it back, on its own
/// clock, with whoever asked waiting; here whoever asks decides that.
#[derive(Debug)]
struct Once<C>(C);

impl<C: PubSubConnect> PubSubConnect for Once<C> {
    fn is_local(&self) -> bool {
        self.0.is_local()
    }

    async fn connect(&self) -> TransportResult<ConnectionHandle> {
        self.0.connect().await
    }

    async fn try_reconnect(&self) -> TransportResult<ConnectionHandle> {
        Err(TransportErrorKind::non_retryable(std::io::Error::from(ErrorKind::ConnectionReset)))
    }
}

fn fault(endpoint: &Endpoint, method: &'static str, error: &TransportError) -> Fault {
    let said = endpoint.clean(&error.to_string());
    match error {
        RpcError::DeserError { .. } | RpcError::SerError(_) => {
            Fault::Garbage { method, what: said }
        }
        _ => Fault::Dropped(said),
    }
}
