//! How long it takes to build the embedded world, and to run a plan of five calls in it, measured and
//! compared with what was expected; beside it the same transactions in bare revm.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::hint::black_box;

use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_sol_types::{SolCall, sol};
use criterion::{Criterion, criterion_group, criterion_main};
use revm::{
    Context, ExecuteEvm, MainBuilder, MainContext,
    bytecode::Bytecode,
    context::{BlockEnv, CfgEnv, TxEnv},
    database::{CacheDB, EmptyDB},
    state::AccountInfo,
};
use tenor_simulations::{
    Expected, Script, World, compare,
    figures::{EMBEDDED_NAME, Figures, embedded},
    forks::Forks,
    simulate,
};
use tenor_solver::{
    amount::WAD,
    market::Market,
    venues::{NATIVE, Swap, Trade, VenueId},
};

sol! {
    function approve(address spender, uint256 amount) external returns (bool);
}

/// As in the binary: the system's gives the EVM's memory back after each run and asks for it again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const GAS: u64 = 1 << 24;

const ALICE: Address = Address::repeat_byte(0xa1);

/// 100 ETH to WETH, wstETH by the exchange and by staking, eETH, and into a lending pool.
fn plan(market: &Market) -> Script {
    let ether = |n: u64| U256::from(n) * WAD;
    let mut script = Script {
        account: ALICE,
        holdings: vec![(NATIVE, ether(100))],
        approvals: vec![],
        calls: vec![],
        watch: vec![NATIVE],
    };
    let mut trade = |id: &str, from: usize, to: usize, amount: U256| {
        let venue = &market.listing(&VenueId::new(id)).unwrap().venue;
        let swap = Swap { from, to, amount };
        let out = venue.quote(swap).unwrap().out;
        let deadline = market.timestamp;
        let encoded = venue.encode(&Trade { swap, min_out: out, recipient: ALICE, deadline });
        script.approvals.extend(encoded.approval);
        script.calls.extend(encoded.calls);
        let bought = venue.tokens()[to];
        if !script.watch.contains(&bought) {
            script.watch.push(bought);
        }
        out
    };
    trade("weth", 0, 1, ether(40));
    let bought = trade("uniswap_v3:wstETH/WETH:100", 1, 0, ether(40));
    let staked = trade("lido:stETH", 0, 2, ether(35));
    trade("etherfi:eETH/weETH", 0, 1, ether(25));
    trade("aave_v3:wstETH", 0, 1, bought + staked);
    script
}

/// The world's state as revm holds it, with ALICE's ether; and the script's transactions.
fn bare(world: &World, script: &Script) -> (CacheDB<EmptyDB>, Vec<TxEnv>) {
    let mut state = CacheDB::new(EmptyDB::default());
    for account in world.placed().unwrap() {
        let code = Bytecode::new_raw(account.code.clone());
        let info = AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            ..AccountInfo::default()
        };
        let info = if account.code.is_empty() { info } else { info.with_code(code) };
        state.insert_account_info(account.address, info);
        for (slot, value) in account.storage {
            state.insert_account_storage(account.address, slot, value).unwrap();
        }
    }
    state.insert_account_info(ALICE, AccountInfo::from_balance(U256::ONE << 100));
    let approvals = script.approvals.iter().map(|approval| {
        let (spender, amount) = (approval.spender, approval.amount);
        let data: Bytes = approveCall { spender, amount }.abi_encode().into();
        (approval.token, U256::ZERO, data)
    });
    let calls = script.calls.iter().map(|call| (call.to, call.value, call.data.clone()));
    let transaction = |(nonce, (to, value, data)): (u64, (Address, U256, Bytes))| TxEnv {
        caller: ALICE,
        gas_limit: GAS,
        gas_price: world.block().base_fee.into(),
        kind: TxKind::Call(to),
        value,
        data,
        nonce,
        ..TxEnv::default()
    };
    let all = (0..).zip(approvals.chain(calls)).map(transaction).collect();
    (state, all)
}

/// Runs the transactions over the state, which stays as it is; the gas of all.
fn execute(world: &World, state: &CacheDB<EmptyDB>, transactions: &[TxEnv]) -> u64 {
    let block = world.block();
    let rules = Forks::mainnet().at(block.number, block.timestamp).rules;
    let block = BlockEnv {
        number: U256::from(block.number),
        timestamp: U256::from(block.timestamp),
        gas_limit: block.gas_limit,
        basefee: block.base_fee,
        ..BlockEnv::default()
    };
    let mut evm = Context::mainnet()
        .with_db(CacheDB::new(state))
        .with_block(block)
        .with_cfg(CfgEnv::new_with_spec(rules))
        .build_mainnet();
    let mut gas = 0;
    for transaction in transactions {
        let done = evm.transact_one(transaction.clone()).unwrap();
        assert!(done.is_success());
        gas += done.gas().tx_gas_used();
    }
    gas
}

fn run(criterion: &mut Criterion) {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    let (market, world) = (figures.market(&[]).unwrap(), World::new(&figures).unwrap());
    let script = plan(&market);
    let report = simulate(&world, &script).unwrap();
    assert_eq!(report.calls.len(), 5);
    let left = report.after.iter().filter(|m| !m.balance.is_zero());
    let expected: Vec<Expected> =
        left.map(|m| Expected { token: m.token, balance: m.balance, stored: m.stored() }).collect();
    let (state, transactions) = bare(&world, &script);
    assert_eq!(execute(&world, &state, &transactions), report.gas);
    criterion.bench_function("simulate: a plan of 5 calls, measured and compared", |bencher| {
        bencher.iter(|| {
            let report = simulate(black_box(&world), black_box(&script)).unwrap();
            compare(&expected, &report).unwrap();
        });
    });
    criterion.bench_function("bare revm: the same transactions", |bencher| {
        bencher.iter(|| execute(black_box(&world), &state, black_box(&transactions)));
    });
    criterion.bench_function("world: the embedded market", |bencher| {
        bencher.iter(|| World::new(black_box(&figures)));
    });
}

criterion_group!(benches, run);
criterion_main!(benches);
