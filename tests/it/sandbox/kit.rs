//! A sandbox in this process, and transactions for it.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    thread::JoinHandle,
};

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256};
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};
use tenor::{
    engine::Engine,
    market::{self, Assume},
    relays::identity::{HEADER, Identity},
    sandbox::{self, Fault, Options, Sandbox, accounts},
};
use tenor_simulations::{
    World,
    chain::{Chain, Signed},
    figures::Figures,
};
use tokio_util::sync::CancellationToken;

use crate::api::{Client, Reply};

/// Wei of an ether.
pub(crate) const ETHER: u128 = 1_000_000_000_000_000_000;
/// Wei of a gwei.
pub(crate) const GWEI: u128 = 1_000_000_000;

/// The built-in market's figures and world.
pub(crate) fn market() -> &'static (Figures, World) {
    static MARKET: OnceLock<(Figures, World)> = OnceLock::new();
    MARKET.get_or_init(|| {
        let (figures, assumptions) = market::load(None, &Assume::Default).unwrap();
        let engine = Engine::new(&figures, &assumptions).unwrap();
        (figures, engine.world().unwrap().clone())
    })
}

/// A chain as a sandbox begins with.
pub(crate) fn chain() -> Chain {
    let (figures, world) = market();
    Chain::of(world, &accounts::funded(figures)).unwrap()
}

/// The address of a token of the market.
pub(crate) fn token(symbol: &str) -> Address {
    let listed = market().0.tokens.iter().find(|token| token.symbol == symbol);
    listed.unwrap().address
}

/// One of the funded accounts.
pub(crate) fn key(at: usize) -> SigningKey {
    SigningKey::from_slice(accounts::KEYS[at].as_slice()).unwrap()
}

pub(crate) fn address(at: usize) -> Address {
    accounts::addresses()[at]
}

/// A transaction of an account that pays a tip of one gwei, and whatever base fee there is.
pub(crate) fn plain(nonce: u64, to: Address, value: u128) -> TxEip1559 {
    TxEip1559 {
        chain_id: 1,
        nonce,
        gas_limit: 100_000,
        max_fee_per_gas: 500 * GWEI,
        max_priority_fee_per_gas: GWEI,
        to: TxKind::Call(to),
        value: U256::from(value),
        ..TxEip1559::default()
    }
}

/// One that a contract reverts: WETH is asked for more than there is.
pub(crate) fn reverting(nonce: u64) -> TxEip1559 {
    let withdraw = [&[0x2e, 0x1a, 0x7d, 0x4d][..], &[0xff; 32]].concat();
    TxEip1559 { input: withdraw.into(), ..plain(nonce, token("WETH"), 0) }
}

/// Signs a transaction of any kind.
pub(crate) fn sign<T>(at: usize, transaction: T) -> Bytes
where
    T: SignableTransaction<Signature>,
    TxEnvelope: From<alloy_consensus::Signed<T>>,
{
    let hash = transaction.signature_hash();
    let (signature, parity) = key(at).sign_prehash_recoverable(hash.as_slice()).unwrap();
    let signature = Signature::from_signature_and_parity(signature, parity.is_y_odd());
    TxEnvelope::from(transaction.into_signed(signature)).encoded_2718().into()
}

/// The same as the chain takes it.
pub(crate) fn signed<T>(at: usize, transaction: T) -> Arc<Signed>
where
    T: SignableTransaction<Signature>,
    TxEnvelope: From<alloy_consensus::Signed<T>>,
{
    Arc::new(Signed::decode(&sign(at, transaction)).unwrap())
}

pub(crate) fn hash(bytes: &Bytes) -> B256 {
    Signed::decode(bytes).unwrap().hash
}

/// Who a relay knows us by: the key of the recorded requests.
pub(crate) fn identity() -> Identity {
    let mut key = [0; 32];
    key[29..].copy_from_slice(&[0x12, 0x34, 0x56]);
    Identity::new(SigningKey::from_slice(&key).unwrap())
}

/// A sandbox that is served on a free port, until the test ends. Blocks come when they are told to.
pub(crate) struct Local {
    pub(crate) at: SocketAddr,
    pub(crate) sandbox: Arc<Sandbox>,
    stopping: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Local {
    pub(crate) fn start() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn faulty(faults: &[Fault]) -> Self {
        Self::with(Options { faults: faults.iter().copied().collect(), ..Options::default() })
    }

    pub(crate) fn with(options: Options) -> Self {
        let (figures, world) = market();
        let sandbox = Sandbox::new(world, &accounts::funded(figures), options).unwrap();
        let sandbox = Arc::new(sandbox);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let at = listener.local_addr().unwrap();
        let stopping = CancellationToken::new();
        let (served, told) = (Arc::clone(&sandbox), stopping.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                sandbox::serve(listener, served, told).await.unwrap();
            });
        });
        Self { at, sandbox, stopping, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.at)
    }

    /// What the node answers.
    pub(crate) fn ask(&self, method: &str, params: &Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        Client::new(self.at).post("/", &request).json()
    }

    /// What the node answers, which is no error.
    pub(crate) fn call(&self, method: &str, params: &Value) -> Value {
        result(method, &self.ask(method, params))
    }

    /// A switch.
    pub(crate) fn switch(&self, method: &str, params: &Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        result(method, &Client::new(self.at).post("/sandbox", &request).json())
    }

    /// What the builder answers to a signed request.
    pub(crate) fn relay(&self, method: &str, params: &Value) -> Value {
        self.relay_reply(method, params).json()
    }

    pub(crate) fn relay_reply(&self, method: &str, params: &Value) -> Reply {
        relay_at(self.at, &identity(), method, params)
    }

    /// The number of the block that comes next.
    pub(crate) fn next(&self) -> u64 {
        number(&self.call("eth_blockNumber", &json!([]))) + 1
    }

    /// Sends a bundle for the next block.
    pub(crate) fn bundle(&self, txs: &[Bytes]) -> Value {
        let block = format!("{:#x}", self.next());
        self.relay("eth_sendBundle", &json!([{ "txs": txs, "blockNumber": block }]))
    }

    pub(crate) fn mine(&self) {
        self.sandbox.mine().unwrap();
    }

    /// The block that a transaction is in.
    pub(crate) fn landed(&self, hash: B256) -> Option<u64> {
        let receipt = self.call("eth_getTransactionReceipt", &json!([hash]));
        receipt.get("blockNumber").map(number)
    }

    /// What became of each bundle that was sent.
    pub(crate) fn standings(&self) -> Vec<String> {
        let told = self.switch("sandbox_bundles", &json!([]));
        let standing = |entry: &Value| entry["standing"].as_str().unwrap().to_owned();
        told.as_array().unwrap().iter().map(standing).collect()
    }
}

/// A request that an identity signed.
pub(crate) fn relay_at(at: SocketAddr, who: &Identity, method: &str, params: &Value) -> Reply {
    let request = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
    let body = request.to_string();
    let header = who.header(body.as_bytes()).unwrap();
    let client = Client::new(at).with("content-type", "application/json").with(HEADER, &header);
    client.send("POST", "/relay", Some(body.as_bytes()))
}

fn result(method: &str, answer: &Value) -> Value {
    assert!(answer.get("error").is_none(), "{method}: {answer}");
    answer["result"].clone()
}

/// A quantity.
pub(crate) fn number(value: &Value) -> u64 {
    let digits = value.as_str().unwrap().strip_prefix("0x").unwrap();
    u64::from_str_radix(digits, 16).unwrap()
}

impl Drop for Local {
    fn drop(&mut self) {
        self.stopping.cancel();
        if let Some(thread) = self.thread.take() {
            // It has told what went wrong already.
            let _ = thread.join();
        }
    }
}
