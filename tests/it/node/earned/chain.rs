//! A chain of weeks whose swETH is worth more now and then, as its reports would have it.

use alloy_primitives::{Address, U256, address};
use serde_json::{Value, json};
use tenor::market::{
    load_places,
    over::{self, OverNode},
    rpc::Node,
};

use crate::node::{anvil::Anvil, judge, options};

/// Whose rate is one word of its storage.
pub(super) const SWETH: Address = address!("f951e335afb289353dc249e82926178eac7ded78");

/// Seconds between two blocks.
pub(super) const BLOCK_S: u64 = 3 * 3_600;
const A_DAY: u64 = 86_400 / BLOCK_S;

/// The chain, and what it had at each block.
pub(super) struct Chain {
    pub(super) anvil: Anvil,
    /// Number, time and rate, ascending.
    pub(super) blocks: Vec<(u64, u64, U256)>,
    slot: U256,
}

impl Chain {
    /// So many days, with a report in the block of each day that `report` names, where it names one.
    pub(super) fn of(days: u64, report: impl Fn(u64) -> Option<u64>) -> Self {
        let (_, engine) = judge::figures();
        let anvil = judge::place(&engine);
        let (_, before) = opened(&anvil.http());
        let one = U256::from(10).pow(U256::from(18));
        let rate = before.live.market().redeem_value(SWETH, one).unwrap();
        let placed = engine.world().unwrap().placed().unwrap();
        let account = placed.iter().find(|account| account.address == SWETH).unwrap();
        let (slot, _) = account.storage.iter().find(|(_, value)| *value == rate).unwrap();
        let mut chain = Self { anvil, blocks: Vec::new(), slot: *slot };
        chain.record(rate);
        for day in 0..days {
            let at = report(day);
            (0..A_DAY).for_each(|block| chain.mine(at == Some(block)));
        }
        chain
    }

    /// Another block, with a report of one part in eight thousand more, or without.
    pub(super) fn mine(&mut self, report: bool) {
        self.anvil.call("anvil_mine", &json!(["0x1", format!("{BLOCK_S:#x}")]));
        let rate = self.rate();
        if report {
            self.set(rate + rate / U256::from(8_000));
        } else {
            self.record(rate);
        }
    }

    pub(super) fn rate(&self) -> U256 {
        self.blocks.last().unwrap().2
    }

    /// What is set without a transaction, the chain counts to the newest block.
    pub(super) fn set(&mut self, rate: U256) {
        let word = format!("{rate:#066x}");
        self.anvil.call("anvil_setStorageAt", &json!([SWETH, self.slot, word]));
        self.record(rate);
    }

    fn record(&mut self, rate: U256) {
        let block = self.anvil.call("eth_getBlockByNumber", &json!(["latest", false]));
        let [number, time] = ["number", "timestamp"].map(|field| word(&block[field]));
        self.blocks.retain(|(known, ..)| *known != number);
        self.blocks.push((number, time, rate));
    }
}

fn word(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

pub(super) fn opened(url: &str) -> (Node, OverNode) {
    let node = Node::connect(url, Some(1), options()).unwrap();
    let head = node.head().unwrap();
    let over =
        over::open(&node, &head, load_places(None).unwrap().with_any_code(), |_| ()).unwrap();
    (node, over)
}
