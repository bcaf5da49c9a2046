//! Somebody else's trades on a chain, of whatever venues there are.

use alloy_primitives::{Address, Bytes, U256, address};
use alloy_sol_types::{SolCall as _, sol};
use serde_json::{Value, json};
use tenor_solver::{
    market::Market,
    venues::{Call, NATIVE, Swap, Trade},
};

use crate::{node::anvil::Anvil, world::rng::Rng};

const TRADER: Address = address!("7ade000000000000000000000000000000000002");
const WETH: Address = address!("c02aaa39b223fe8d0a0e5c4f27ead9083c756cc2");
const STETH: Address = address!("ae7ab96520de3a18e5e111b5eaab095312d7fe84");

sol! {
    function balanceOf(address account) external view returns (uint256);
    function approve(address spender, uint256 amount) external returns (bool);
}

/// An account that trades at random with what it has.
pub(super) struct Trader<'a> {
    pub(super) anvil: &'a Anvil,
    pub(super) sent: u64,
    pub(super) settled: u64,
}

impl<'a> Trader<'a> {
    /// Gives the account ether, and for some of that WETH and stETH.
    pub(super) fn new(anvil: &'a Anvil) -> Self {
        anvil.call("anvil_setBalance", &json!([TRADER, ether(1_000_000)]));
        anvil.call("anvil_impersonateAccount", &json!([TRADER]));
        let trader = Self { anvil, sent: 0, settled: 0 };
        for token in [WETH, STETH] {
            trader.send(&Call { to: token, value: ether(2_000), data: Bytes::new() });
        }
        trader.anvil.mine();
        trader
    }

    fn send(&self, call: &Call) -> Value {
        self.anvil.call(
            "eth_sendTransaction",
            &json!([{ "from": TRADER, "to": call.to, "value": call.value, "data": call.data,
                      "gas": "0x2dc6c0" }]),
        )
    }

    fn held(&self, token: Address) -> U256 {
        if token == NATIVE {
            return ether(1_000);
        }
        let data = Bytes::from(balanceOfCall { account: TRADER }.abi_encode());
        let said = self.anvil.call("eth_call", &json!([{ "to": token, "data": data }, "latest"]));
        said.as_str().unwrap().parse().unwrap_or_default()
    }

    /// A trade of a part of what is held, on a random venue; `None` where the venue does not take it.
    fn calls(&self, rng: &mut Rng, market: &Market) -> Option<Vec<Call>> {
        let venue = &market.listings[index(rng, market.listings.len())].venue;
        let [from, to] = [0, 1].map(|_| index(rng, venue.tokens().len()));
        let amount = self.held(venue.tokens()[from]) / U256::from(2 + rng.below(400));
        let swap = Swap { from, to, amount };
        venue.quote(swap).ok()?;
        let deadline = u64::from(u32::MAX);
        let encoded =
            venue.encode(&Trade { swap, min_out: U256::ZERO, recipient: TRADER, deadline });
        let approve = encoded.approval.map(|approval| {
            let call = approveCall { spender: approval.spender, amount: approval.amount };
            Call { to: approval.token, value: U256::ZERO, data: call.abi_encode().into() }
        });
        Some(approve.into_iter().chain(encoded.calls).collect())
    }

    /// A block of some trades, and now and then of what leaves no log.
    pub(super) fn block(&mut self, rng: &mut Rng, market: &Market) {
        let mut hashes = Vec::new();
        for _ in 0..rng.below(4) {
            let found = (0..20).find_map(|_| self.calls(rng, market));
            let Some(calls) = found else { continue };
            hashes.extend(calls.iter().map(|call| self.send(call)).last());
        }
        if rng.below(5) == 0 {
            self.silent(rng, market);
        }
        self.anvil.mine();
        for hash in hashes {
            let receipt = self.anvil.call("eth_getTransactionReceipt", &json!([hash]));
            self.sent += 1;
            self.settled += u64::from(receipt["status"] == "0x1");
        }
    }

    /// A block in which somebody logs: WETH is taken for ether.
    pub(super) fn trade_for_sure(&mut self, rng: &mut Rng, market: &Market) {
        self.send(&Call { to: WETH, value: U256::from(1 + rng.below(1_000)), data: Bytes::new() });
        self.block(rng, market);
    }

    /// Ether comes to a contract as a block's fees or a validator's rewards do: without a word.
    fn silent(&self, rng: &mut Rng, market: &Market) {
        let venue = &market.listings[index(rng, market.listings.len())].venue;
        let deadline = u64::from(u32::MAX);
        let swap = Swap { from: 0, to: 1, amount: U256::ONE };
        let trade = Trade { swap, min_out: U256::ZERO, recipient: TRADER, deadline };
        let tokens = venue.tokens().len();
        if tokens < 2 {
            return;
        }
        let Some(to) = venue.encode(&trade).calls.first().map(|call| call.to) else { return };
        let has = self.anvil.call("eth_getBalance", &json!([to, "latest"]));
        let has: U256 = has.as_str().unwrap().parse().unwrap();
        self.anvil.call("anvil_setBalance", &json!([to, has + U256::from(rng.below(1 << 60))]));
    }
}

fn index(rng: &mut Rng, length: usize) -> usize {
    usize::try_from(rng.below(length as u64)).unwrap()
}

fn ether(whole: u64) -> U256 {
    U256::from(whole) * U256::from(10).pow(U256::from(18))
}
