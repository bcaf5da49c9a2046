//! With the published Permit2: an intent lands, gives way to a reorganisation one to five blocks deep, and
//! lands again, once.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::{SolCall as _, sol};
use serde_json::json;
use tenor::{
    clock::Clock, intents::signed::PERMIT2, relays::Dialect, settlement::caps::Caps, store::Stage,
};

use super::{
    super::rig::{Lander, SWAP, detail, number, rules, told},
    Chain,
};
use crate::{bytecode::twin_permit2::permit2_code, node::judge, sandbox::kit};

sol! {
    function approve(address spender, uint256 amount) external returns (bool);
}

/// The embedded world's contracts, with Permit2 as published and an owner who allows it.
fn embedded() -> Chain {
    let anvil = judge::place(&judge::figures().1);
    let owner = kit::address(0);
    let rich = json!(U256::from(10).pow(U256::from(23)));
    anvil.calls(&[
        ("anvil_setCode", json!([PERMIT2, permit2_code()])),
        ("anvil_setBalance", json!([owner, rich])),
        ("anvil_setBalance", json!([kit::address(9), rich])),
    ]);
    let weth = kit::token("WETH");
    let whole = format!("{:#x}", U256::from(10).pow(U256::from(21)));
    let deposit = json!({ "from": owner, "to": weth, "value": whole, "data": "0xd0e30db0" });
    let allow = Bytes::from(approveCall { spender: PERMIT2, amount: U256::MAX }.abi_encode());
    let allow = json!({ "from": owner, "to": weth, "data": allow });
    for transaction in [deposit, allow] {
        assert_eq!(anvil.send(&transaction)["status"], "0x1");
    }
    Chain::of(anvil)
}

#[test]
fn what_a_reorganisation_drops_is_landed_again_once() {
    let chain = embedded();
    let clock = Clock::standing(kit::number(&chain.head()["timestamp"]));
    let caps = Caps { spend: U256::MAX, loss: None };
    let urls = (&*chain.anvil.http(), &*chain.builder.url());
    let lander = Lander::new(urls, &clock, Dialect::Flashbots, (rules(), caps));
    let wsteth = kit::token("wstETH");
    for depth in 0..=5_u64 {
        let id = lander.submit(SWAP);
        lander.until_sent_for(id, chain.number() + 1);
        let before = chain.balance(wsteth, kit::address(0));
        chain.mine_for(&lander);
        lander.until_at(id, Stage::Included);
        for _ in 1..depth {
            chain.mine_for(&lander);
        }
        if depth > 0 {
            chain.anvil.reorg(depth);
            assert_eq!(chain.settlements(Some(id)), 0);
            lander.until_at_block(chain.hash());
            let back = |events: &[tenor::store::Event]| {
                events.iter().any(|event| event.step.code == "reorganised")
            };
            lander.until(id, back);
        }
        let stage = chain.until_ended(&lander, id);
        assert_eq!(stage, Stage::Final, "{depth}: {:#?}", told(&lander.events(id)));
        assert_eq!(chain.settlements(Some(id)), 1, "{depth}");
        let record = detail(&lander.events(id), Stage::Included);
        assert_eq!(record["as_simulated"], true, "{record}");
        let got = chain.balance(wsteth, kit::address(0)) - before;
        assert_eq!(number(&record["realised"]["received"][0]), got, "{depth}");
    }
}
