//! The sandbox's own switches, as JSON-RPC: none of them is a node's or a builder's.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;

use super::{
    Fault, Sandbox,
    eth::{Quantity, refused},
    jsonrpc::{Answer, Params, RpcError},
};

/// A reorganisation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Reorg {
    depth: u64,
    /// As many as are dropped where it is not said.
    build: Option<u64>,
    #[serde(default)]
    forget: bool,
}

/// `sandbox_mine [timestamp?]`, `sandbox_reorg {depth, build?, forget?}`, `sandbox_faults`,
/// `sandbox_setFaults [names]`, `sandbox_bundles`.
pub(super) fn call(sandbox: &Sandbox, method: &str, params: &Params) -> Answer {
    match method {
        "sandbox_mine" => {
            let at: Option<Quantity> = params.opt(0)?;
            let block = sandbox.mine_at(at.map(|at| at.0)).map_err(refused)?;
            Ok(json!({ "number": block.header.number, "hash": block.hash }))
        }
        "sandbox_reorg" => {
            let Reorg { depth, build, forget } = params.get(0)?;
            let head = sandbox.reorg(depth, build.unwrap_or(depth), forget).map_err(refused)?;
            Ok(json!({ "number": head.header.number, "hash": head.hash }))
        }
        "sandbox_faults" => Ok(names(&sandbox.faults())),
        "sandbox_setFaults" => {
            let wanted: Vec<String> = params.get(0)?;
            let faults: Result<BTreeSet<Fault>, _> =
                wanted.iter().map(|name| name.parse()).collect();
            let faults = faults.map_err(|error| RpcError::params(error.to_string()))?;
            sandbox.set_faults(faults.clone());
            Ok(names(&faults))
        }
        "sandbox_bundles" => Ok(sandbox.lock().book.told()),
        _ => Err(RpcError::method(method)),
    }
}

fn names(faults: &BTreeSet<Fault>) -> serde_json::Value {
    faults.iter().map(|fault| fault.name()).collect()
}
