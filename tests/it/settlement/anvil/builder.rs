//! A builder for a node that has none: it keeps bundles until their block is built.

use std::sync::{Arc, Mutex};

use alloy_primitives::{B256, Bytes};
use serde_json::{Value, json};

use crate::{
    relays::server::{Request, Server, ok},
    sandbox::kit,
};

/// Bundles' transactions, by block.
type Kept = Mutex<Vec<(u64, Vec<Bytes>)>>;

/// A relay that takes everything, and lands nothing by itself.
pub(super) struct Builder {
    server: Server,
    kept: Arc<Kept>,
}

impl Builder {
    pub(super) fn start() -> Self {
        let kept = Arc::new(Kept::default());
        let keeps = Arc::clone(&kept);
        let server = Server::start(move |request: &Request| {
            let request: Value = serde_json::from_slice(&request.body).unwrap();
            if request["method"] == "eth_sendBundle" {
                let bundle = &request["params"][0];
                let transactions = serde_json::from_value(bundle["txs"].clone()).unwrap();
                keeps.lock().unwrap().push((kit::number(&bundle["blockNumber"]), transactions));
            }
            let result = json!({ "bundleHash": B256::ZERO });
            ok(json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }).to_string())
        });
        Self { server, kept }
    }

    pub(super) fn url(&self) -> String {
        self.server.url()
    }

    /// How many bundles there were.
    pub(super) fn sent(&self) -> usize {
        self.kept.lock().unwrap().len()
    }

    /// What is for a block, the newest last.
    pub(super) fn for_block(&self, block: u64) -> Option<Vec<Bytes>> {
        let kept = self.kept.lock().unwrap();
        kept.iter().rev().find(|(of, _)| *of == block).map(|(_, transactions)| transactions.clone())
    }
}
