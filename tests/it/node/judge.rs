//! The embedded world's contracts on a chain: a plan does there, read through the node, exactly what
//! it does in the world.

use std::sync::{Arc, OnceLock};

use alloy_primitives::{Address, Bytes, U256};
use serde_json::json;
use tenor::{
    engine::{Engine, NOBODY},
    market::{
        load,
        rpc::{Node, Options},
    },
};
use tenor_simulations::{
    Placed, Script, SimulationError, World, figures::Figures, simulate, verify, world::Block,
};
use tenor_solver::{
    solution::{Solution, approvals, calls},
    venues::{NATIVE, Read},
};

use super::{anvil::Anvil, options};

/// Plans that start from ether and tokens of many kinds: wrapped, rebasing, wrapping, lent.
pub(super) const SENTENCES: &[&str] = &[
    "swap 50 WETH to wstETH",
    "swap 20 ETH to USDC",
    "swap 30 stETH to ETH",
    "swap 5 wstETH to USDC",
    "swap 10000 USDT to WETH",
    "swap 1 WBTC to ETH",
    "exit 10 aEthWETH to ETH",
    "swap 40000 USDC to stETH",
    "maximize ETH yield on 100 WETH for 365 days",
    "exit 400 wstETH to ETH within 7 days",
];

/// The built-in market.
pub(crate) fn figures() -> (Figures, Engine) {
    let (figures, assumptions) = load(None, &tenor::market::Assume::Default).unwrap();
    let engine = Engine::new(&figures, &assumptions).unwrap();
    (figures, engine)
}

/// A chain that has the embedded world in the block that its figures are of.
pub(super) fn embedded() -> &'static Anvil {
    static ANVIL: OnceLock<Anvil> = OnceLock::new();
    ANVIL.get_or_init(|| place(&figures().1))
}

pub(crate) fn place(engine: &Engine) -> Anvil {
    let world = engine.world().unwrap();
    chain_of(world.placed().unwrap(), world.block())
}

/// A chain that has these accounts in a block.
pub(crate) fn chain_of(accounts: Vec<Placed>, block: Block) -> Anvil {
    let [number, timestamp, gas] =
        [block.number - 1, block.timestamp - 12, block.gas_limit].map(|n| n.to_string());
    let anvil = Anvil::start(&[
        "--chain-id",
        "1",
        "--number",
        &number,
        "--timestamp",
        &timestamp,
        "--gas-limit",
        &gas,
        "--hardfork",
        "cancun",
    ]);
    let mut calls = Vec::new();
    for account in accounts {
        let at = account.address;
        calls.push(("anvil_setCode", json!([at, account.code])));
        calls.push(("anvil_setBalance", json!([at, account.balance])));
        calls.push(("anvil_setNonce", json!([at, format!("{:#x}", account.nonce)])));
        calls.extend(account.storage.iter().map(|(slot, value)| {
            ("anvil_setStorageAt", json!([at, slot, format!("{value:#066x}")]))
        }));
    }
    calls.push(("anvil_setNextBlockBaseFeePerGas", json!([format!("{:#x}", block.base_fee)])));
    calls.push(("evm_setNextBlockTimestamp", json!([block.timestamp])));
    anvil.calls(&calls);
    anvil.mine();
    anvil
}

/// The world of the engine's contracts as the chain has them.
fn on_chain(engine: &Engine, url: &str, options: Options) -> (Node, World) {
    let node = Node::connect(url, Some(1), options).unwrap();
    let head = node.head().unwrap();
    assert_eq!(head.block(1), engine.world().unwrap().block());
    let world =
        World::over(head.block(1), node.state(&head), engine.world().unwrap().forms()).unwrap();
    (node, world)
}

fn plan(engine: &Engine, sentence: &str) -> Solution {
    let intent = engine.read(sentence).unwrap();
    let answer = tenor_solver::solve(engine.market(), &intent).unwrap();
    answer.best.unwrap_or_else(|| panic!("{sentence}: no plan"))
}

fn script(engine: &Engine, plan: &Solution, account: Address) -> Script {
    let deadline = engine.market().timestamp;
    let encoded = plan.encode(engine.market(), account, 10, deadline);
    Script {
        account,
        holdings: plan.start.tokens().map(|token| (token, plan.start.stored(token))).collect(),
        approvals: approvals(&encoded),
        calls: calls(&encoded).cloned().collect(),
        watch: plan.watched(),
    }
}

#[test]
fn a_plan_does_on_a_node_what_it_does_in_the_world() {
    let (_, engine) = figures();
    let anvil = embedded();
    for url in [anvil.http(), anvil.ws(), anvil.ipc()] {
        let (node, world) = on_chain(&engine, &url, options());
        for sentence in SENTENCES {
            let plan = plan(&engine, sentence);
            let script = script(&engine, &plan, NOBODY);
            let wanted = simulate(engine.world().unwrap(), &script).unwrap();
            let found = simulate(&world, &script).unwrap_or_else(|e| panic!("{sentence}: {e}"));
            assert_eq!(found, wanted, "{sentence}");
            verify(plan, found).unwrap_or_else(|e| panic!("{sentence}: {e}"));
        }
        println!("{}: {:?}", node.shown(), node.sent());
    }
}

#[test]
fn a_plan_does_the_same_where_every_value_is_proven() {
    let (_, engine) = figures();
    let proven = Options { proofs: true, ..options() };
    let (_, world) = on_chain(&engine, &embedded().http(), proven);
    let plan = plan(&engine, SENTENCES[0]);
    let script = script(&engine, &plan, NOBODY);
    assert_eq!(simulate(&world, &script), simulate(engine.world().unwrap(), &script));
}

/// Whatever its form, a token is found to be kept where the reference contracts keep it.
#[test]
fn every_token_of_the_market_can_be_given() {
    let (_, engine) = figures();
    let (_, world) = on_chain(&engine, &embedded().http(), options());
    for token in engine.market().tokens.iter().map(|token| token.address) {
        let holdings = vec![(token, U256::from(123_456_789))];
        let watch = vec![token, NATIVE];
        let script = Script { account: NOBODY, holdings, approvals: vec![], calls: vec![], watch };
        let wanted = simulate(engine.world().unwrap(), &script).unwrap();
        let found = simulate(&world, &script).unwrap_or_else(|e| panic!("{token}: {e}"));
        assert_eq!(found, wanted, "{token}");
    }
}

/// An account that has the tokens, and more, is given none, and keeps the rest.
#[test]
fn an_account_that_holds_the_tokens_needs_no_grant() {
    let (_, engine) = figures();
    let anvil = place(&engine);
    let account = Address::repeat_byte(0xa7);
    for sentence in ["swap 50 WETH to wstETH", "swap 30 stETH to ETH", "swap 20 ETH to USDC"] {
        let plan = plan(&engine, sentence);
        let token = plan.start.tokens().next().unwrap();
        let owned = acquire(&engine, &anvil, account, token, plan.start.stored(token));
        let (_, world) = on_block(&engine, &anvil);
        let report = simulate(&world, &script(&engine, &plan, account)).unwrap();
        let (_, before) = report.before.iter().find(|(held, _)| *held == token).unwrap();
        assert_eq!(*before, owned, "{sentence}: something was given");
        assert!(owned > plan.start.stored(token));
        let verified = verify(plan, report).unwrap_or_else(|e| panic!("{sentence}: {e}"));
        assert_eq!(verified.difference(), U256::ZERO);
    }
}

/// The world at whatever block the chain has now. Pools do not care; the clock is the plan's.
fn on_block(engine: &Engine, anvil: &Anvil) -> (Node, World) {
    let node = Node::connect(&anvil.http(), Some(1), options()).unwrap();
    let head = node.head().unwrap();
    let world = World::over(
        engine.world().unwrap().block(),
        node.state(&head),
        engine.world().unwrap().forms(),
    );
    (node, world.unwrap())
}

/// Makes an account hold more than `stored` of a token, by the token's own contract where that takes
/// ether. Returns what it holds.
fn acquire(engine: &Engine, anvil: &Anvil, account: Address, token: Address, stored: U256) -> U256 {
    let ether = |wei: U256| anvil.call("anvil_setBalance", &json!([account, wei]));
    let twice = stored * U256::from(2);
    if token == NATIVE {
        ether(twice);
        anvil.mine();
        return twice;
    }
    ether(twice * U256::from(2));
    // WETH and stETH both give their tokens for ether that is sent to them.
    let receipt = anvil.send(&json!({ "from": account, "to": token, "value": twice }));
    assert_eq!(receipt["status"], "0x1", "{receipt}");
    ether(U256::ZERO);
    anvil.mine();
    let (_, world) = on_block(engine, anvil);
    let watch = vec![token];
    let script = Script { account, holdings: vec![], approvals: vec![], calls: vec![], watch };
    simulate(&world, &script).unwrap().before[0].1
}

/// A token whose contract shows no balance slot cannot be given, and that is said.
#[test]
fn a_token_that_cannot_be_given_is_an_error() {
    let (_, engine) = figures();
    let anvil = place(&engine);
    let plan = plan(&engine, "swap 40000 USDC to stETH");
    let usdc = plan.start.tokens().next().unwrap();
    // Every account holds one: `return 1`.
    anvil.call("anvil_setCode", &json!([usdc, "0x60015f5260205ff3"]));
    anvil.mine();
    let (_, world) = on_block(&engine, &anvil);
    let error = simulate(&world, &script(&engine, &plan, NOBODY)).unwrap_err();
    assert_eq!(error, SimulationError::NotGranted(usdc));
    assert!(error.to_string().contains("run from an account that holds it"), "{error}");
}

/// What venues ask of the chain, a node answers as the world does; all slots in one round trip.
#[test]
fn what_venues_ask_is_answered_by_a_node() {
    let (_, engine) = figures();
    let (_, world) = on_chain(&engine, &embedded().http(), options());
    let supply = Bytes::from_static(&[0x18, 0x16, 0x0d, 0xdd]);
    let mut reads = Vec::new();
    for account in engine.world().unwrap().placed().unwrap() {
        let (at, data) = (account.address, supply.clone());
        reads.extend([Read::Balance(at), Read::CodeHash(at), Read::Call { to: at, data }]);
        let slots = account.storage.iter().map(|(slot, _)| *slot).chain([U256::MAX]);
        reads.extend(slots.map(|slot| Read::Slot { account: at, slot }));
    }
    assert_eq!(world.answer(&reads).unwrap(), engine.world().unwrap().answer(&reads).unwrap());
}

/// What is known of the last block is all that the next one is asked for.
#[test]
fn the_next_block_is_warmed_by_the_last() {
    let (_, engine) = figures();
    let anvil = place(&engine);
    let (node, world) = on_chain(&engine, &anvil.http(), options());
    let plan = plan(&engine, SENTENCES[0]);
    let script = script(&engine, &plan, NOBODY);
    let before = node.sent().packets;
    let wanted = simulate(&world, &script).unwrap();
    let cold = node.sent().packets - before;
    anvil.mine();
    let head = node.head().unwrap();
    node.warm(&head).unwrap();
    let warm = node.sent();
    let next = node.state(&head);
    // The clock stays, so that the two runs compare.
    let world = World::over(world.block(), next, engine.world().unwrap().forms()).unwrap();
    assert_eq!(simulate(&world, &script).unwrap(), wanted);
    assert_eq!(node.sent(), warm);
    println!("a plan of {} calls takes {cold} round trips cold, none warm", script.calls.len());
}

/// A world over a node is shared by threads, as the worker threads of an engine do.
#[test]
fn worker_threads_share_a_node() {
    let (_, engine) = figures();
    let (node, world) = on_chain(&engine, &embedded().http(), options());
    let plan = plan(&engine, SENTENCES[0]);
    let script = Arc::new(script(&engine, &plan, NOBODY));
    let wanted = simulate(engine.world().unwrap(), &script).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(simulate(&world, &script).unwrap(), wanted));
        }
    });
    let once = node.sent();
    assert_eq!(simulate(&world, &script).unwrap(), wanted);
    assert_eq!(node.sent(), once, "a warm block asks nothing");
}
