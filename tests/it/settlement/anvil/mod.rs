//! The same on anvil: with the published Permit2 through reorganisations, and with the published contracts
//! of Uniswap and Aave.

mod builder;
mod command;
mod published;
mod reorganised;

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolEvent as _, sol};
use serde_json::{Value, json};
use tenor::{
    intents::signed::{SETTLER, frozen::Settled},
    store::Stage,
};

use self::builder::Builder;
use super::rig::Lander;
use crate::{node::anvil::Anvil, sandbox::kit};

sol! {
    function balanceOf(address account) external view returns (uint256);
}

/// A node, and who builds its blocks.
struct Chain {
    anvil: Anvil,
    builder: Builder,
    /// The number of its first block, as it was given.
    first: u64,
}

impl Chain {
    fn of(anvil: Anvil) -> Self {
        let first = kit::number(&anvil.call("eth_blockNumber", &json!([])));
        Self { anvil, builder: Builder::start(), first }
    }

    fn head(&self) -> Value {
        self.anvil.call("eth_getBlockByNumber", &json!(["latest", false]))
    }

    fn number(&self) -> u64 {
        kit::number(&self.head()["number"])
    }

    fn hash(&self) -> B256 {
        self.head()["hash"].as_str().unwrap().parse().unwrap()
    }

    /// Builds the next block, with what the builder has for it.
    fn mine(&self) {
        for raw in self.builder.for_block(self.number() + 1).into_iter().flatten() {
            // What does not fit any more is refused, as by any node.
            self.anvil.ask("eth_sendRawTransaction", &json!([raw]));
        }
        self.anvil.mine();
    }

    /// The same, once the market has followed.
    fn mine_for(&self, lander: &Lander) {
        self.mine();
        lander.until_at_block(self.hash());
    }

    /// Builds blocks until an intent has ended.
    fn until_ended(&self, lander: &Lander, id: B256) -> Stage {
        for _ in 0..40 {
            if lander.stage(id).is_last() {
                break;
            }
            lander.settle_down(id, self.number() + 1);
            self.mine_for(lander);
        }
        lander.until(id, |events| events.last().is_some_and(|event| event.step.stage.is_last()));
        lander.stage(id)
    }

    /// How often the Settler tells of an intent, or of any.
    fn settlements(&self, id: Option<B256>) -> usize {
        // A node looks at every block from the earliest on, those that it was not given too.
        let first = format!("{:#x}", self.first);
        let asked = json!([{
            "address": SETTLER, "fromBlock": first, "toBlock": "latest",
            "topics": [Settled::SIGNATURE_HASH, id],
        }]);
        self.anvil.call("eth_getLogs", &asked).as_array().unwrap().len()
    }

    /// What a view of a contract said at a block.
    fn view<C: SolCall>(&self, to: Address, call: &C, block: &Value) -> C::Return {
        let data = Bytes::from(call.abi_encode());
        let told = self.anvil.call("eth_call", &json!([{ "to": to, "data": data }, block]));
        let told: Bytes = told.as_str().unwrap().parse().unwrap();
        C::abi_decode_returns(&told).unwrap()
    }

    fn balance(&self, token: Address, account: Address) -> U256 {
        self.view(token, &balanceOfCall { account }, &json!("latest"))
    }
}
