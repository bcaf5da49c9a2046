//! A settlement mined by anvil, with the published Permit2: what its run said, to the wei and to the gas.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall as _, sol};
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use tenor::{
    bundle::{
        build::{Order, build},
        fees::{Limits, fees},
        prove::prove,
        settle::Terms,
    },
    intents::signed::PERMIT2,
    market::rpc::{Node, Options},
};
use tenor_simulations::{World, world::Block};

use super::{SWAPS, asked_with, half, solver, terms, written};
use crate::{
    bytecode::twin_permit2::permit2_code,
    node::anvil::Anvil,
    signed::{owner, world},
};

sol! {
    function deposit() external payable;
    function approve(address spender, uint256 amount) external returns (bool);
    function balanceOf(address account) external view returns (uint256);
}

/// The embedded world's contracts, the Settler among them, with Permit2 as published.
fn chain() -> Anvil {
    let block = world().block();
    let [number, timestamp, gas] =
        [block.number - 1, block.timestamp - 60, block.gas_limit].map(|n| n.to_string());
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
    for account in world().placed().unwrap() {
        let at = account.address;
        calls.push(("anvil_setCode", json!([at, account.code])));
        calls.push(("anvil_setBalance", json!([at, account.balance])));
        calls.extend(account.storage.iter().map(|(slot, value)| {
            ("anvil_setStorageAt", json!([at, slot, format!("{value:#066x}")]))
        }));
    }
    anvil.calls(&calls);
    let rich = json!(U256::from(10).pow(U256::from(22)));
    anvil.calls(&[
        ("anvil_setCode", json!([PERMIT2, permit2_code()])),
        ("anvil_setBalance", json!([owner(), rich])),
        ("anvil_setBalance", json!([solver().address(), rich])),
    ]);
    anvil.mine();
    anvil
}

fn send(anvil: &Anvil, to: Address, value: U256, data: &[u8]) {
    let data = alloy_primitives::Bytes::copy_from_slice(data);
    let receipt = anvil.send(&json!({ "from": owner(), "to": to, "value": value, "data": data }));
    assert_eq!(receipt["status"], "0x1", "{receipt}");
}

fn balance(anvil: &Anvil, token: Address, account: Address) -> U256 {
    let data = alloy_primitives::Bytes::from(balanceOfCall { account }.abi_encode());
    let said = anvil.call("eth_call", &json!([{ "to": token, "data": data }, "latest"]));
    said.as_str().unwrap().parse().unwrap()
}

fn number(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

#[test]
fn a_mined_settlement_is_what_its_run_said() {
    let recipient = Address::repeat_byte(0xb1);
    let asked = asked_with(SWAPS, |permit| permit.witness.recipient = recipient).unwrap();
    let permit = asked.checked.permit().clone();
    let (asset, output) = (permit.permitted.token, permit.witness.outputs[0].token);
    let anvil = chain();
    send(&anvil, asset, permit.permitted.amount, &deposit().abi_encode());
    let allow = approveCall { spender: PERMIT2, amount: permit.permitted.amount };
    send(&anvil, asset, U256::ZERO, &allow.abi_encode());

    // The next block, over the state of the newest.
    let node = Node::connect(&anvil.http(), Some(1), Options::default()).unwrap();
    let head = node.head().unwrap();
    let base_fee = 7_000_000_000;
    let newest = head.block(1);
    let block =
        Block { number: newest.number + 1, timestamp: newest.timestamp + 12, base_fee, ..newest };
    let over = World::over(block, node.state(&head), world().forms()).unwrap();
    let terms = Terms { deadline: block.timestamp, ..terms(&asked.checked) };
    let proven = prove(&over, written(&asked, &terms)).unwrap();
    let held = asked.plan.solution().end.iter().find(|held| held.token == output).unwrap();
    assert_eq!(proven.received(), [held.balance], "to the wei of the plan");

    let limits = Limits::of(100_000_000_000);
    let peak = (proven.peak(), block.gas_limit);
    let fees = fees(&limits, peak, 1_000_000_000, base_fee, (0, 0)).unwrap();
    let blocks = block.number..=block.number;
    let order = Order { blocks, nonce: 0, fees, backrun: None, refund: None, attempt: 0 };
    let bundle = build(&proven, &order, &solver()).now_or_never().unwrap().unwrap().remove(0);
    let raw = &bundle.transactions[0];
    anvil.calls(&[
        ("anvil_setNextBlockBaseFeePerGas", json!([format!("{base_fee:#x}")])),
        ("evm_setNextBlockTimestamp", json!([block.timestamp])),
    ]);
    let hash = anvil.call("eth_sendRawTransaction", &json!([raw.bytes]));
    assert_eq!(hash, json!(raw.hash));
    anvil.mine();
    let receipt = anvil.call("eth_getTransactionReceipt", &json!([hash]));
    assert_eq!(receipt["status"], "0x1", "{receipt}");
    assert_eq!(number(&receipt["blockNumber"]), block.number);
    assert_eq!(number(&receipt["gasUsed"]), proven.gas());
    assert_eq!(balance(&anvil, output, recipient), proven.received()[0]);
    let (fee, most) = (half(&asked.checked), permit.witness.maxFeeIn);
    assert_eq!(balance(&anvil, asset, solver().address()), fee);
    assert_eq!(balance(&anvil, asset, owner()), U256::ZERO);
    let back = balance(&anvil, asset, recipient);
    let left = asked.plan.solution().end.iter().find(|held| held.token == asset);
    assert_eq!(back, most - fee + left.map_or(U256::ZERO, |held| held.balance));
    println!(
        "mined: {} gas, the Executor made with it; {} directly",
        proven.gas(),
        proven.direct_gas()
    );

    // Once.
    let nonced = Order { nonce: 1, ..order };
    let again = build(&proven, &nonced, &solver()).now_or_never().unwrap().unwrap().remove(0);
    let hash = anvil.call("eth_sendRawTransaction", &json!([again.transactions[0].bytes]));
    anvil.mine();
    let receipt = anvil.call("eth_getTransactionReceipt", &json!([hash]));
    assert_eq!(receipt["status"], "0x0", "{receipt}");
    assert_eq!(balance(&anvil, output, recipient), proven.received()[0]);
}

fn deposit() -> depositCall {
    depositCall {}
}
