//! The same on anvil, with the published Permit2: an intent lands, gives way to a reorganisation one to
//! five blocks deep, and lands again, once.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall as _, SolEvent as _, sol};
use serde_json::{Value, json};
use tenor::{
    clock::Clock,
    intents::signed::{PERMIT2, SETTLER, frozen::Settled},
    relays::Dialect,
    settlement::caps::Caps,
    store::Stage,
};

use super::rig::{Lander, SWAP, detail, number, rules, told};
use crate::{
    bytecode::twin_permit2::permit2_code,
    node::{anvil::Anvil, judge},
    sandbox::kit,
};

sol! {
    function approve(address spender, uint256 amount) external returns (bool);
    function balanceOf(address account) external view returns (uint256);
}

/// Anvil has no builder: this one keeps bundles, and sends their transactions just before their block.
struct Builder {
    url: String,
    /// By block.
    kept: Arc<Mutex<Vec<(u64, Vec<Bytes>)>>>,
}

impl Builder {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let kept = Arc::new(Mutex::new(Vec::new()));
        let keeps = Arc::clone(&kept);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let keeps = Arc::clone(&keeps);
                std::thread::spawn(move || answer(stream, &keeps));
            }
        });
        Self { url, kept }
    }

    /// What is for a block, the newest last.
    fn for_block(&self, block: u64) -> Option<Vec<Bytes>> {
        let kept = self.kept.lock().unwrap();
        kept.iter().rev().find(|(of, _)| *of == block).map(|(_, transactions)| transactions.clone())
    }
}

/// Answers requests of a connection until it ends.
fn answer(stream: TcpStream, keeps: &Mutex<Vec<(u64, Vec<Bytes>)>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim().to_ascii_lowercase();
            if let Some(bytes) = line.strip_prefix("content-length:") {
                length = bytes.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let request: Value = serde_json::from_slice(&body).unwrap();
        if request["method"] == "eth_sendBundle" {
            let bundle = &request["params"][0];
            let transactions = serde_json::from_value(bundle["txs"].clone()).unwrap();
            keeps.lock().unwrap().push((kit::number(&bundle["blockNumber"]), transactions));
        }
        let result = json!({ "bundleHash": B256::ZERO });
        let said = json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }).to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ";
        if write!(stream, "{head}{}\r\n\r\n{said}", said.len()).is_err() {
            return;
        }
    }
}

struct Chain {
    anvil: Anvil,
    builder: Builder,
    clock: Clock,
}

impl Chain {
    /// The embedded world's contracts, with Permit2 as published and an owner who allows it.
    fn new() -> Self {
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
        let head = anvil.call("eth_getBlockByNumber", &json!(["latest", false]));
        let clock = Clock::standing(kit::number(&head["timestamp"]));
        Self { anvil, builder: Builder::start(), clock }
    }

    fn head(&self) -> (u64, B256) {
        let head = self.anvil.call("eth_getBlockByNumber", &json!(["latest", false]));
        (kit::number(&head["number"]), head["hash"].as_str().unwrap().parse().unwrap())
    }

    /// Builds the next block, with what the builder has for it.
    fn mine(&self, lander: &Lander) {
        let (number, _) = self.head();
        for raw in self.builder.for_block(number + 1).into_iter().flatten() {
            // What does not fit any more is refused, as by any node.
            self.anvil.ask("eth_sendRawTransaction", &json!([raw]));
        }
        self.anvil.mine();
        lander.until_at_block(self.head().1);
    }

    fn settlements(&self, id: B256) -> usize {
        let asked = json!([{
            "address": SETTLER, "fromBlock": "earliest", "toBlock": "latest",
            "topics": [Settled::SIGNATURE_HASH, id],
        }]);
        self.anvil.call("eth_getLogs", &asked).as_array().unwrap().len()
    }

    fn balance(&self, symbol: &str, account: Address) -> U256 {
        let data = Bytes::from(balanceOfCall { account }.abi_encode());
        let call = json!([{ "to": kit::token(symbol), "data": data }, "latest"]);
        self.anvil.call("eth_call", &call).as_str().unwrap().parse().unwrap()
    }

    fn until_ended(&self, lander: &Lander, id: B256) -> Stage {
        for _ in 0..40 {
            if lander.stage(id).is_last() {
                break;
            }
            lander.settle_down(id, self.head().0 + 1);
            self.mine(lander);
        }
        lander.until(id, |events| events.last().is_some_and(|event| event.step.stage.is_last()));
        lander.stage(id)
    }
}

#[test]
fn what_a_reorganisation_drops_is_landed_again_once() {
    let chain = Chain::new();
    let caps = Caps { spend: U256::MAX, loss: None };
    let urls = (&*chain.anvil.http(), &*chain.builder.url);
    let lander = Lander::new(urls, &chain.clock, Dialect::Flashbots, (rules(), caps));
    for depth in 0..=5_u64 {
        let id = lander.submit(SWAP);
        lander.until_sent_for(id, chain.head().0 + 1);
        let before = chain.balance("wstETH", kit::address(0));
        chain.mine(&lander);
        lander.until_at(id, Stage::Included);
        for _ in 1..depth {
            chain.mine(&lander);
        }
        if depth > 0 {
            chain.anvil.reorg(depth);
            assert_eq!(chain.settlements(id), 0);
            lander.until_at_block(chain.head().1);
            let back = |events: &[tenor::store::Event]| {
                events.iter().any(|event| event.step.code == "reorganised")
            };
            lander.until(id, back);
        }
        let stage = chain.until_ended(&lander, id);
        assert_eq!(stage, Stage::Final, "{depth}: {:#?}", told(&lander.events(id)));
        assert_eq!(chain.settlements(id), 1, "{depth}");
        let record = detail(&lander.events(id), Stage::Included);
        assert_eq!(record["as_simulated"], true, "{record}");
        let got = chain.balance("wstETH", kit::address(0)) - before;
        assert_eq!(number(&record["realised"]["received"][0]), got, "{depth}");
    }
}
