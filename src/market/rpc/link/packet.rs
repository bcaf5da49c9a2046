//! Calls as they go out.

use alloy_json_rpc::{Id, Request, RequestPacket, SerializedRequest};

use super::{Call, Fault};

/// Calls in one packet, numbered from `first_id`.
pub(super) fn of(calls: &[Call], first_id: u64) -> Result<RequestPacket, Fault> {
    let requests = calls.iter().zip(first_id..).map(|(Call { method, params }, id)| {
        let request = Request::new(*method, Id::Number(id), params);
        let serialized: Result<SerializedRequest, _> = request.serialize();
        serialized.map_err(|error| Fault::Garbage { method, what: error.to_string() })
    });
    let mut requests = requests.collect::<Result<Vec<_>, _>>()?;
    match requests.pop() {
        Some(one) if requests.is_empty() => Ok(RequestPacket::Single(one)),
        last => {
            requests.extend(last);
            Ok(RequestPacket::Batch(requests))
        }
    }
}
