//! The node through alloy's provider, and where JSON-RPC says no.

use alloy_eips::{BlockId, BlockNumberOrTag, eip2718::Encodable2718 as _};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_provider::{Provider as _, RootProvider};
use alloy_rpc_types_eth::{
    Block, BlockTransactions, Filter, TransactionInput, TransactionRequest,
    state::{AccountOverride, StateOverride},
};
use serde_json::{Value, json};
use tenor::sandbox::Options;
use tokio::runtime::Runtime;

use super::kit::{self, ETHER, GWEI, Local, address, number, plain, reverting, sign, token};
use crate::api::Client;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn provider(local: &Local) -> RootProvider {
    // Fails where there is a provider already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    RootProvider::new_http(local.url().parse().unwrap())
}

#[test]
fn alloy_sends_reads_and_calls() {
    let local = Local::with(Options { at_once: true, ..Options::default() });
    let provider = provider(&local);
    let weth = token("WETH");
    runtime().block_on(async {
        let first = provider.get_block_number().await.unwrap();
        assert_eq!(provider.get_chain_id().await.unwrap(), 1);
        assert_eq!(provider.get_client_version().await.unwrap(), "tenor/0.1.0/sandbox");
        let nonce = provider.get_transaction_count(address(0)).await.unwrap();
        let deposit: Bytes = [0xd0, 0xe3, 0x0d, 0xb0].into();
        let sent = alloy_consensus::TxEip1559 { input: deposit, ..plain(nonce, weth, ETHER) };
        let bytes = sign(0, sent);
        let before = provider.get_balance(address(0)).await.unwrap();
        let waiting = provider.send_raw_transaction(&bytes).await.unwrap();
        let hash = *waiting.tx_hash();
        assert_eq!(hash, kit::hash(&bytes));
        let receipt = provider.get_transaction_receipt(hash).await.unwrap().unwrap();
        assert!(receipt.status());
        assert_eq!(receipt.block_number, Some(first + 1));
        assert_eq!(receipt.inner.logs().len(), 1);
        assert_eq!(receipt.inner.logs()[0].transaction_hash, Some(hash));
        // To the wei: the ether, and the gas at the price that is told.
        let after = provider.get_balance(address(0)).await.unwrap();
        let fee = u128::from(receipt.gas_used) * receipt.effective_gas_price;
        assert_eq!(before - after, U256::from(ETHER + fee));
        let found = provider.get_transaction_by_hash(hash).await.unwrap().unwrap();
        assert_eq!(found.inner.signer(), address(0));
        assert_eq!(found.inner.encoded_2718(), bytes);

        let block: Block =
            provider.get_block_by_number(BlockNumberOrTag::Latest).full().await.unwrap().unwrap();
        assert_eq!(block.header.hash, block.header.inner.hash_slow());
        assert_eq!(
            block.header.parent_hash,
            provider.get_block(first.into()).await.unwrap().unwrap().header.hash
        );
        let BlockTransactions::Full(transactions) = &block.transactions else { panic!("whole") };
        assert_eq!(transactions.len(), 1);
        let by_hash = provider.get_block(BlockId::hash(block.header.hash)).await.unwrap().unwrap();
        assert_eq!(by_hash.header, block.header);
        let receipts = provider.get_block_receipts(BlockId::latest()).await.unwrap().unwrap();
        assert_eq!(receipts, std::slice::from_ref(&receipt));

        let topic = keccak256("Deposit(address,uint256)");
        let filter = Filter::new().from_block(first).address(weth).event_signature(topic);
        let logs = provider.get_logs(&filter).await.unwrap();
        assert_eq!(logs, receipt.inner.logs());
        let none = Filter::new().from_block(first).event_signature(B256::ZERO);
        assert_eq!(provider.get_logs(&none).await.unwrap(), []);
        let at = Filter::new().at_block_hash(block.header.hash);
        assert_eq!(provider.get_logs(&at).await.unwrap(), receipt.inner.logs());

        let balance_of = |account: Address| {
            let data = [&[0x70, 0xa0, 0x82, 0x31][..], account.into_word().as_slice()].concat();
            TransactionRequest::default().to(weth).input(TransactionInput::new(data.into()))
        };
        let held = |bytes: Bytes| U256::from_be_slice(&bytes);
        let now = held(provider.call(balance_of(address(0))).await.unwrap());
        let then = provider.call(balance_of(address(0))).block(first.into()).await.unwrap();
        assert_eq!(now - held(then), U256::from(ETHER));
        let gas = provider.estimate_gas(balance_of(address(0))).await.unwrap();
        assert!((21_000..60_000).contains(&gas), "{gas}");
        let fees = provider.estimate_eip1559_fees().await.unwrap();
        assert_eq!(fees.max_priority_fee_per_gas, GWEI);
        let history = provider.get_fee_history(5, BlockNumberOrTag::Latest, &[50.0]).await.unwrap();
        assert_eq!(history.oldest_block, first);
        assert_eq!(history.base_fee_per_gas.len(), 3);
        assert_eq!(history.reward.unwrap()[1], [GWEI]);
        let code = provider.get_code_at(weth).await.unwrap();
        assert!(!code.is_empty());
        let slot = provider.get_storage_at(weth, U256::from(1)).await.unwrap();
        assert_eq!(slot, U256::from(18));
    });
}

/// What a state that is told otherwise makes of a call.
#[test]
fn calls_take_another_state() {
    let local = Local::start();
    let provider = provider(&local);
    runtime().block_on(async {
        // Returns what is in slot 0.
        let code: Bytes = [0x5f, 0x54, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3].into();
        let at = Address::repeat_byte(0x77);
        let mut changed = AccountOverride { code: Some(code), ..AccountOverride::default() };
        let word = B256::repeat_byte(5);
        changed.state_diff = Some([(B256::ZERO, word)].into_iter().collect());
        let state: StateOverride = [(at, changed)].into_iter().collect();
        let call = TransactionRequest::default().to(at);
        let said = provider.call(call.clone()).overrides(state).await.unwrap();
        assert_eq!(said, Bytes::from(word.0));
        assert_eq!(provider.call(call).await.unwrap(), Bytes::new());
        // A contract may be who asks.
        let weth = token("WETH");
        let supply = TransactionInput::new([0x18, 0x16, 0x0d, 0xdd].into());
        let call = TransactionRequest::default().from(weth).to(weth).input(supply);
        assert_eq!(provider.call(call).await.unwrap().len(), 32);
    });
}

#[test]
fn errors_have_the_usual_codes() {
    let local = Local::start();
    let code = |method: &str, params: Value| local.ask(method, &params)["error"]["code"].clone();
    assert_eq!(code("eth_mining", json!([])), -32_601);
    assert_eq!(code("evm_mine", json!([])), -32_601);
    assert_eq!(code("eth_getBalance", json!([])), -32_602);
    assert_eq!(code("eth_getBalance", json!(["0x1"])), -32_602);
    assert_eq!(code("eth_getBlockByNumber", json!(["newest", false])), -32_602);
    assert_eq!(code("eth_getBalance", json!([address(0), "0x1"])), -32_000);
    assert_eq!(code("eth_sendRawTransaction", json!(["0x02"])), -32_000);
    assert_eq!(local.call("eth_getTransactionReceipt", &json!([B256::ZERO])), Value::Null);
    let call = json!({ "from": address(0), "to": token("WETH"), "data": format!("0x2e1a7d4d{}", "ff".repeat(32)) });
    let reverted = local.ask("eth_call", &json!([call, "latest"]));
    assert_eq!(reverted["error"]["code"], 3, "{reverted}");
    assert!(reverted["error"]["data"].as_str().unwrap().starts_with("0x"), "{reverted}");
    // Several at once, one of them wrong; and none at all.
    let client = Client::new(local.at);
    let ask = |id: u64, method: &str| json!({ "jsonrpc": "2.0", "id": id, "method": method });
    let both = json!([ask(5, "eth_chainId"), ask(6, "eth_nothing"), ask(7, "eth_blockNumber")]);
    let answers = client.post("/", &both).json();
    let ids: Vec<u64> =
        answers.as_array().unwrap().iter().map(|a| a["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [5, 6, 7]);
    assert_eq!(answers[0]["result"], "0x1");
    assert_eq!(answers[1]["error"]["code"], -32_601);
    assert_eq!(client.post("/", &json!([])).json()["error"]["code"], -32_600);
    assert_eq!(client.post("/", &json!(7)).json()["error"]["code"], -32_600);
    assert_eq!(client.send("POST", "/", Some(b"{")).json()["error"]["code"], -32_700);
}

/// What no block could hold is refused when it is sent, in words that clients know.
#[test]
fn what_cannot_land_is_refused() {
    let local = Local::start();
    let said = |bytes: &Bytes| {
        let answer = local.ask("eth_sendRawTransaction", &json!([bytes]));
        assert_eq!(answer["error"]["code"], -32_000, "{answer}");
        answer["error"]["message"].as_str().unwrap().to_owned()
    };
    let to = address(1);
    let first = sign(0, plain(0, to, 1));
    local.call("eth_sendRawTransaction", &json!([first]));
    assert_eq!(said(&first), "already known");
    assert_eq!(said(&sign(0, plain(0, to, 2))), "replacement transaction underpriced");
    let pending = json!([address(0), "pending"]);
    assert_eq!(local.call("eth_getTransactionCount", &pending), "0x1");
    assert_eq!(local.call("eth_getTransactionCount", &json!([address(0)])), "0x0");
    let waits = local.call("eth_getTransactionByHash", &json!([kit::hash(&first)]));
    assert_eq!(waits["blockNumber"], Value::Null);
    local.mine();
    assert!(said(&sign(0, plain(0, to, 3))).starts_with("nonce too low"));
    assert!(said(&sign(0, plain(1, to, 20_000 * ETHER))).starts_with("insufficient funds"));
    let poor = alloy_consensus::TxEip1559 { gas_limit: 20_999, ..plain(1, to, 1) };
    assert!(said(&sign(0, poor)).contains("gas"), "intrinsic gas");
    let much = alloy_consensus::TxEip1559 { gas_limit: 40_000_000, ..plain(1, to, 1) };
    assert_eq!(said(&sign(0, much)), "exceeds block gas limit");
    let other = alloy_consensus::TxEip1559 { chain_id: 5, ..plain(1, to, 1) };
    assert!(said(&sign(0, other)).contains("chain id"));
    let generous =
        alloy_consensus::TxEip1559 { max_priority_fee_per_gas: 501 * GWEI, ..plain(1, to, 1) };
    assert!(!said(&sign(0, generous)).is_empty());
}

/// A pool's transactions land by what they tip, each sender's in their order, replaced ones never.
#[test]
fn the_pool_lands_by_tip_and_nonce() {
    let local = Local::start();
    let send = |bytes: &Bytes| local.call("eth_sendRawTransaction", &json!([bytes]));
    let tip = |at: usize, nonce: u64, tip: u128| {
        let max_priority_fee_per_gas = tip * GWEI;
        sign(
            at,
            alloy_consensus::TxEip1559 { max_priority_fee_per_gas, ..plain(nonce, address(9), 1) },
        )
    };
    // The later nonce first; a gap that is never filled; one that is outbid; one that fails.
    let (late, early) = (tip(0, 1, 9), tip(0, 0, 2));
    let gap = tip(1, 1, 50);
    let outbid = sign(2, plain(0, address(9), 5));
    let bid = sign(
        2,
        alloy_consensus::TxEip1559 { max_fee_per_gas: 600 * GWEI, ..plain(0, address(9), 5) },
    );
    let better = sign(
        2,
        alloy_consensus::TxEip1559 {
            max_fee_per_gas: 600 * GWEI,
            max_priority_fee_per_gas: 5 * GWEI,
            ..plain(0, address(9), 6)
        },
    );
    let fails = sign(3, reverting(0));
    for bytes in [&late, &early, &gap, &outbid, &fails, &better] {
        send(bytes);
    }
    assert_eq!(
        local.ask("eth_sendRawTransaction", &json!([bid]))["error"]["message"],
        "replacement transaction underpriced"
    );
    local.mine();
    let block = local.call("eth_getBlockByNumber", &json!(["latest", false]));
    let landed: Vec<B256> = serde_json::from_value(block["transactions"].clone()).unwrap();
    let wanted = [&better, &early, &late, &fails].map(kit::hash);
    assert_eq!(landed, wanted);
    assert_eq!(local.call("eth_getTransactionByHash", &json!([kit::hash(&outbid)])), Value::Null);
    let waits = local.call("eth_getTransactionByHash", &json!([kit::hash(&gap)]));
    assert_eq!(waits["blockNumber"], Value::Null);
    assert_eq!(waits["from"].as_str().unwrap().parse::<Address>().unwrap(), address(1));
    let receipt = local.call("eth_getTransactionReceipt", &json!([kit::hash(&fails)]));
    assert_eq!(
        (receipt["status"].as_str(), number(&receipt["transactionIndex"])),
        (Some("0x0"), 3)
    );
}
