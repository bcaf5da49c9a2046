//! What relays tell where they are asked something, read as leniently as replies are.

use alloy_primitives::{B256, U256};
use serde_json::Value;

use super::{fault::Fault, reply::shortened};

/// A relay says that it took what it was sent. It proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// By which hash it says to know it.
    pub hash: Option<B256>,
}

/// What a relay's simulation says; wei and gas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    /// Gas of all transactions.
    pub gas: u64,
    /// What the builder gains: `priority` and `transfers` together.
    pub coinbase: U256,
    /// Of that, priority fees.
    pub priority: U256,
    /// Of that, transfers.
    pub transfers: U256,
    /// The block whose state it stands on.
    pub state: u64,
    /// Each transaction.
    pub transactions: Vec<Ran>,
}

/// What a simulated transaction did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its hash, if it is told.
    pub hash: Option<B256>,
    /// Its gas.
    pub gas: u64,
    /// Why it failed, shortened; `None` where it did not.
    pub failed: Option<String>,
}

/// What the Flashbots relay did with a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundled {
    /// Whether it was simulated.
    pub simulated: bool,
    /// Whether it went to the queue of those with a name.
    pub high_priority: bool,
    /// How many builders considered it.
    pub considered: usize,
    /// How many sealed it into a block.
    pub sealed: usize,
}

/// What came back of what builders were paid, in wei.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundTotals {
    /// Earned, not paid yet.
    pub pending: U256,
    /// Paid.
    pub received: U256,
}

impl Simulated {
    pub(super) fn read(result: &Value) -> Result<Self, Fault> {
        let amount = |name| wei(result, name);
        let results = result.get("results").and_then(Value::as_array);
        let results = results.ok_or_else(|| missing(result, "results"))?;
        Ok(Self {
            gas: number(result, "totalGasUsed")?,
            coinbase: amount("coinbaseDiff")?,
            priority: amount("gasFees")?,
            transfers: amount("ethSentToCoinbase")?,
            state: number(result, "stateBlockNumber")?,
            transactions: results.iter().map(Ran::read).collect::<Result<_, _>>()?,
        })
    }

    /// The first transaction that failed, and why.
    pub fn failed(&self) -> Option<(usize, &str)> {
        let failed = |(at, ran): (usize, &Ran)| Some((at, ran.failed.is_some())).filter(|f| f.1);
        let (at, _) = self.transactions.iter().enumerate().find_map(failed)?;
        Some((at, self.transactions.get(at)?.failed.as_deref()?))
    }
}

impl Ran {
    fn read(result: &Value) -> Result<Self, Fault> {
        let text = |name: &str| result.get(name).filter(|value| !value.is_null());
        let said = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let error = text("error").map(said);
        let revert = text("revert").map(said);
        let failed = match (error, revert) {
            (Some(error), Some(revert)) => Some(format!("{error}: {revert}")),
            (error, revert) => error.or(revert),
        };
        Ok(Self {
            hash: text("txHash").and_then(Value::as_str).and_then(|hash| hash.parse().ok()),
            gas: number(result, "gasUsed")?,
            failed: failed.map(|why| shortened(&why)),
        })
    }
}

impl Bundled {
    pub(super) fn read(result: &Value) -> Result<Self, Fault> {
        let is = |name| result.get(name).and_then(Value::as_bool);
        let count = |name| result.get(name).and_then(Value::as_array).map_or(0, Vec::len);
        Ok(Self {
            simulated: is("isSimulated").ok_or_else(|| missing(result, "isSimulated"))?,
            high_priority: is("isHighPriority").unwrap_or(false),
            considered: count("consideredByBuildersAt"),
            sealed: count("sealedByBuildersAt"),
        })
    }
}

impl RefundTotals {
    pub(super) fn read(result: &Value) -> Result<Self, Fault> {
        Ok(Self { pending: wei(result, "pending")?, received: wei(result, "received")? })
    }
}

/// A number in any of the forms that relays write: decimal text, hexadecimal text, or a number.
fn wei(result: &Value, name: &'static str) -> Result<U256, Fault> {
    let number = match result.get(name) {
        // Without its prefix, a hexadecimal number could be read as decimal.
        Some(Value::String(text)) => text.parse().ok(),
        Some(Value::Number(number)) => number.as_u64().map(U256::from),
        _ => None,
    };
    number.ok_or_else(|| missing(result, name))
}

fn number(result: &Value, name: &'static str) -> Result<u64, Fault> {
    u64::try_from(wei(result, name)?).map_err(|_| missing(result, name))
}

fn missing(result: &Value, name: &'static str) -> Fault {
    let said = shortened(&result.to_string());
    Fault::Garbled(format!("no {name} that can be read in {said}"))
}
