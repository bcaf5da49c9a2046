//! What is told of bundles: to who sent them, and to who runs the sandbox.

use alloy_primitives::{Address, B256};
use serde_json::{Value, json};

use super::book::{Book, Entry, Standing};

impl Book {
    /// `flashbots_getBundleStatsV2`, as far as there is anything to say.
    pub(super) fn stats(&self, hash: B256) -> Value {
        let Some(entry) = self.entries.iter().rev().find(|entry| entry.hash == hash) else {
            return json!({ "isSimulated": false });
        };
        let received = second(entry.received);
        json!({
            "isHighPriority": false,
            "isSimulated": !entry.tried.is_empty(),
            "simulatedAt": received,
            "receivedAt": received,
            "consideredByBuildersAt": [],
            "sealedByBuildersAt": [],
        })
    }

    /// `flashbots_getUserStatsV2`: since the chain began.
    pub(super) fn user_stats(&self, signer: Address) -> Value {
        let (paid, gas) = self.paid.get(&signer).copied().unwrap_or_default();
        let (paid, gas) = (paid.to_string(), gas.to_string());
        json!({
            "isHighPriority": false,
            "allTimeValidatorPayments": paid, "allTimeGasSimulated": gas,
            "last7dValidatorPayments": paid, "last7dGasSimulated": gas,
            "last1dValidatorPayments": paid, "last1dGasSimulated": gas,
        })
    }

    /// All of it, for whoever runs the sandbox.
    pub(in crate::sandbox) fn told(&self) -> Value {
        let entry = |entry: &Entry| {
            json!({
                "bundleHash": entry.hash,
                "signer": entry.signer,
                "replacementUuid": entry.uuid,
                "firstBlock": entry.bundle.first,
                "lastBlock": entry.bundle.last,
                "standing": match entry.standing {
                    Standing::Waiting => "waiting",
                    Standing::Landed(_) => "landed",
                    Standing::Missed => "missed",
                    Standing::Replaced => "replaced",
                    Standing::Cancelled => "cancelled",
                },
                "tried": entry.tried.iter().map(|(block, what)| json!({ "block": block, "what": what }))
                    .collect::<Vec<_>>(),
            })
        };
        self.entries.iter().map(entry).collect()
    }
}

/// Unix seconds in words.
fn second(seconds: u64) -> String {
    let at = i64::try_from(seconds).ok().and_then(|at| jiff::Timestamp::from_second(at).ok());
    at.map_or_else(String::new, |at| at.to_string())
}
