//! With the published contracts of Permit2, WETH9, Uniswap V2 and V3 and Aave v3, at addresses of their own:
//! the market is read from the node, and an intent goes the whole way on it.

use alloy_primitives::{Address, I256, U256, hex};
use alloy_sol_types::{SolCall as _, sol};
use serde_json::{Value, json};
use tenor::{
    clock::Clock,
    intents::signed::PERMIT2,
    market::{feed::Depth, places::Places},
    relays::Dialect,
    settlement::{SLOT_S, caps::Caps},
    store::Stage,
};
use tenor_simulations::world::Block;

use super::{
    super::rig::{Lander, SWAP, detail, number, rules, told},
    Chain,
};
use crate::{
    bytecode::published::Published,
    node::{feed::following, judge},
    sandbox::kit,
};

sol! {
    function swapExactTokensForTokens(
        uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline
    ) external returns (uint256[] amounts);
}

/// What a unit of gas burns at first, in wei.
pub(super) const BASE_FEE: u64 = 1_000_000_000;

/// When nothing looks at the machine's clock.
const THEN: u64 = 1_800_000_000;

/// A node that has the published contracts in a block of a time.
pub(super) fn chain_of(published: &Published, timestamp: u64) -> Chain {
    let (base_fee, gas_limit) = (BASE_FEE, 30_000_000);
    let block = Block { chain_id: 1, number: published.block(), timestamp, base_fee, gas_limit };
    Chain::of(judge::chain_of(published.accounts(), block))
}

impl Chain {
    /// Builds the next block, of the next slot.
    pub(super) fn slot(&self) {
        let next = kit::number(&self.head()["timestamp"]) + SLOT_S;
        self.anvil.call("evm_setNextBlockTimestamp", &json!([next]));
        self.mine();
    }

    /// What anybody may hand in, for the next block.
    fn ask(&self, from: Address, to: Address, data: &[u8]) {
        self.anvil.call("anvil_impersonateAccount", &json!([from]));
        // More than any bundle pays: it comes first.
        let fee = "0x174876e800";
        let transaction = json!({ "from": from, "to": to, "data": hex::encode_prefixed(data),
            "maxFeePerGas": fee, "maxPriorityFeePerGas": fee });
        self.anvil.call("eth_sendTransaction", &json!([transaction]));
    }

    /// Whether there is something to build a block of.
    pub(super) fn waits(&self) -> bool {
        let pending = &self.anvil.call("txpool_status", &json!([]))["pending"];
        kit::number(pending) > 0 || self.builder.for_block(self.number() + 1).is_some()
    }

    pub(super) fn receipt(&self, record: &Value) -> Value {
        self.anvil.call("eth_getTransactionReceipt", &json!([record["transaction"]]))
    }
}

pub(super) fn signed(value: &Value) -> I256 {
    value.as_str().unwrap_or_else(|| panic!("{value}")).parse().unwrap()
}

/// That what was realised is what the run of its block says, to the wei, and that the difference from the
/// quote is told in parts that add up.
pub(super) fn is_told_whole(chain: &Chain, record: &Value) {
    assert_eq!(record["ours"], true, "{record}");
    assert_eq!(record["as_simulated"], true, "{record}");
    assert_eq!(record["simulated"], record["realised"]);
    let parts = &record["difference"];
    let of = |part: &str| signed(&parts[part]);
    assert_eq!(of("planned_again") + of("accrual") + of("price"), of("total"), "{parts}");
    let from_quote = signed(&record["realised"]["value"]) - signed(&record["quoted"]);
    assert_eq!(of("total"), from_quote, "{record}");
    let receipt = chain.receipt(record);
    assert_eq!(receipt["status"], "0x1");
    let used = kit::number(&receipt["gasUsed"]);
    let promised = record["promised"]["gas"].as_u64().unwrap();
    assert_eq!(of("gas").to_string(), (i128::from(used) - i128::from(promised)).to_string());
    let price = kit::number(&receipt["effectiveGasPrice"]);
    assert_eq!(number(&record["gas"]["paid"]), U256::from(used) * U256::from(price));
}

/// That a settlement went through these contracts.
pub(super) fn went_through(chain: &Chain, record: &Value, contracts: &[Address]) {
    let logs = chain.receipt(record)["logs"].as_array().unwrap().clone();
    for contract in contracts {
        let own = json!(format!("{contract:#x}"));
        assert!(logs.iter().any(|log| log["address"] == own), "{contract}: {logs:?}");
    }
}

/// Somebody else trades first in the same block: what that changes is the price's part.
#[test]
fn a_swap_is_split_over_published_pools_and_its_record_is_exact() {
    let owner = kit::address(0);
    let mut published = Published::at(THEN);
    published.fund(owner);
    published.fund(kit::address(9));
    published.allow(owner, PERMIT2);
    published.allow(published.other, published.pair[1]);
    let chain = chain_of(&published, THEN + SLOT_S);
    let places = published.places().to_string();
    let places = Places::parse("published.json", places.as_bytes()).unwrap();
    let follower = following(&chain.anvil.http(), places, Depth::default());
    let refused: Vec<_> = follower.live().refused().map(ToString::to_string).collect();
    assert_eq!(refused, [""; 0]);
    let clock = Clock::standing(kit::number(&chain.head()["timestamp"]));
    let limits = (rules(), Caps { spend: U256::MAX, loss: None });
    let relay = chain.builder.url();
    let lander = Lander::following(follower, &relay, &clock, Dialect::Flashbots, limits);

    let id = lander.submit(SWAP);
    lander.until_sent_for(id, chain.number() + 1);
    let before = chain.balance(published.wsteth, owner);
    let swap = swapExactTokensForTokensCall {
        amountIn: U256::from(kit::ETHER),
        amountOutMin: U256::ZERO,
        path: vec![published.weth, published.wsteth],
        to: published.other,
        deadline: U256::MAX,
    };
    chain.ask(published.other, published.pair[1], &swap.abi_encode());
    chain.slot();
    let events = lander.until_at(id, Stage::Included);
    let record = detail(&events, Stage::Included);
    is_told_whole(&chain, &record);
    went_through(&chain, &record, &[published.pair[0], published.pool[0]]);
    assert_eq!(record["index"], 1, "{record}");
    let got = chain.balance(published.wsteth, owner) - before;
    assert_eq!(number(&record["realised"]["received"][0]), got);
    let parts = &record["difference"];
    assert_eq!(signed(&parts["accrual"]), I256::ZERO, "time alone changes no pool");
    assert!(signed(&parts["price"]).is_negative(), "{parts}");

    assert_eq!(chain.until_ended(&lander, id), Stage::Final, "{:?}", told(&lander.events(id)));
    assert_eq!(chain.settlements(Some(id)), 1);
}
