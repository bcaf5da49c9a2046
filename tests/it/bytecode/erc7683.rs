//! An ERC-7683 order filled through our Filler's own code, with Permit2 as published: the recipient gets
//! what the market's plan promises, to the wei.

use alloy_primitives::{Address, U256, hex};
use alloy_sol_types::{SolValue as _, sol};
use tenor::{
    engine::Engine,
    intents::{
        erc7683::{self, FILLER, Registry, Rules},
        signed::SETTLER,
    },
};
use tenor_simulations::figures::{EMBEDDED_NAME, Figures, embedded};
use tenor_solver::amount::WAD;

use super::{
    ALICE,
    settled::{Plan, artifact, chain, executorOfCall, steps},
};
use crate::{
    erc7683::kit::{deployment, permit, posted},
    signed::owner,
};

sol! {
    function deposit() external payable;
}

#[test]
fn an_order_is_filled_to_the_wei() {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    let engine = Engine::new(&figures, &[]).unwrap();
    let market = engine.market();
    let token = |symbol: &str| market.tokens.iter().find(|t| t.symbol == symbol).unwrap().address;
    let (weth, wanted) = (token("WETH"), token("wstETH"));
    let (mut lab, settler) = chain(&engine);
    assert_eq!(settler, SETTLER);
    lab.place(FILLER, hex::decode(artifact("Filler.hex").trim_end()).unwrap().into());
    let amount = WAD * U256::from(50);
    lab.deal(owner(), amount);
    lab.pay(owner(), weth, amount, &depositCall {}).unwrap();
    lab.allow(weth, owner(), deployment().permit2);

    let order = permit(weth, wanted, lab.now());
    let resolved = Registry::new(deployment()).resolve(&posted(&order)).unwrap();
    let rules = Rules { chain_id: 1, now: lab.now(), block: lab.block(), state: None };
    let checked = erc7683::check(resolved, &rules).unwrap();
    let (plan, out) = checked.terms().unwrap().plan(&engine).unwrap();
    let executor: Address = lab.view(settler, &executorOfCall { solver: FILLER });
    let legs = plan.encode(market, executor, 0, lab.now());
    let how = Plan { fee: U256::ZERO, steps: steps(&legs), leftovers: Vec::new() };
    let call = erc7683::fill(&checked, how.abi_encode().into()).unwrap();
    let recipient = order.witness.recipient;
    lab.raw(ALICE, &call).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    assert_eq!(lab.balance(wanted, recipient), out);
    assert_eq!(lab.balance(weth, owner()), U256::ZERO);
    for token in [weth, wanted] {
        assert_eq!(lab.balance(token, FILLER), U256::ZERO);
    }
    assert!(lab.raw(ALICE, &call).is_err(), "filled twice");
    println!("50 WETH for {out} wei of wstETH by {}", plan.label);
}
