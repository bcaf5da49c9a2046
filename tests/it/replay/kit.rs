//! A recording of our own: one block of mainnet's numbers with one transaction, made here.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use alloy_primitives::{Address, B256, hex, keccak256};
use serde_json::{Value, json};
use tenor_simulations::{
    forks::Forks,
    recorded::{AbsentIsEmpty, Codes, File, Recorded, RecordedBlock},
    replay::{self, Executed, ReplayError},
};

use crate::cli::{Ran, tenor};

/// Who sends the transaction, and whom it calls.
pub(super) const SENDER: Address = Address::repeat_byte(0xa1);
pub(super) const CALLED: Address = Address::repeat_byte(0xc0);
pub(super) const MINER: Address = Address::repeat_byte(0x3e);

/// A block of Berlin: no base fee, no randomness, no blobs.
pub(super) const BERLIN: u64 = 12_300_000;

/// The files of one block.
#[derive(Debug, Clone)]
pub(super) struct Recording {
    pub(super) number: u64,
    pub(super) block: Value,
    pub(super) state: Value,
    pub(super) codes: Value,
    pub(super) hashes: Value,
}

impl Recording {
    /// A block whose one transaction calls this code.
    pub(super) fn calling(code: &str) -> Self {
        let code = hex::decode(code).unwrap();
        let hash = keccak256(&code);
        Self {
            number: BERLIN,
            block: block(BERLIN),
            state: json!({
                SENDER.to_string(): { "balance": "0xde0b6b3a7640000", "nonce": 7, "storage": {} },
                MINER.to_string(): { "balance": "0x0", "nonce": "0x1", "storage": {} },
                CALLED.to_string(): {
                    "balance": "0x0", "nonce": 1, "code_hash": hash, "storage": { "0x0": "0x0" },
                },
            }),
            codes: json!({ hash.to_string(): hex::encode_prefixed(&code) }),
            hashes: json!({}),
        }
    }

    /// The same at another block and time.
    pub(super) fn at(mut self, number: u64, timestamp: u64) -> Self {
        self.number = number;
        self.set("number", format!("{number:#x}"));
        self.set("timestamp", format!("{timestamp:#x}"));
        self
    }

    /// Sets a field of the header.
    pub(super) fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.block[field] = value.into();
    }

    /// What Cancun and later forks add to a header.
    pub(super) fn with_blobs(mut self) -> Self {
        for field in ["baseFeePerGas", "excessBlobGas", "blobGasUsed"] {
            self.set(field, "0x0");
        }
        for field in ["mixHash", "parentBeaconBlockRoot", "withdrawalsRoot"] {
            self.set(field, B256::repeat_byte(0xbe).to_string());
        }
        self.set("difficulty", "0x0");
        self.set("withdrawals", json!([]));
        self
    }

    pub(super) fn parsed(&self) -> (RecordedBlock, Arc<Recorded>) {
        let text = |value: &Value| value.to_string().into_bytes();
        let (block, state) = (text(&self.block), text(&self.state));
        let (codes, hashes) = (text(&self.codes), text(&self.hashes));
        let file = |text| File { name: "made", text };
        let block = RecordedBlock::parse(file(&block), self.number).unwrap();
        let codes = Codes::parse(file(&codes)).unwrap();
        let state = Recorded::parse(file(&state), &codes, file(&hashes)).unwrap();
        (block, Arc::new(state))
    }

    pub(super) fn execute(&self) -> Result<Executed, ReplayError> {
        let (block, state) = self.parsed();
        replay::execute(&block, Arc::new(AbsentIsEmpty::new(state)), &Forks::mainnet())
    }

    /// Writes the files.
    pub(super) fn write(&self) -> Written {
        let folder = fresh();
        let of_block = folder.join(self.number.to_string());
        fs::create_dir_all(&of_block).unwrap();
        let write = |path: PathBuf, value: &Value| fs::write(path, value.to_string()).unwrap();
        write(of_block.join("block.json"), &self.block);
        write(of_block.join("pre_state.json"), &self.state);
        write(folder.join("bytecodes.json"), &self.codes);
        write(folder.join("block_hashes.json"), &self.hashes);
        Written { folder, number: self.number }
    }

    /// What the program says of these files.
    pub(super) fn replay(&self) -> Ran {
        self.write().replay()
    }
}

/// A recording on disk.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) folder: PathBuf,
    pub(super) number: u64,
}

impl Written {
    pub(super) fn replay(&self) -> Ran {
        self.replay_with(&[])
    }

    pub(super) fn replay_with(&self, options: &[&str]) -> Ran {
        let folder = self.folder.to_str().unwrap();
        let number = self.number.to_string();
        tenor(&[&["replay", "block", folder, &number], options].concat())
    }

    /// One of its files.
    pub(super) fn path(&self, file: &str) -> PathBuf {
        match file {
            "block.json" | "pre_state.json" | "uncles.json" => {
                self.folder.join(self.number.to_string()).join(file)
            }
            _ => self.folder.join(file),
        }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        // A folder that stays behind harms nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A new folder of this test's own.
pub(super) fn fresh() -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("recording-{}-{next}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn block(number: u64) -> Value {
    let root = B256::repeat_byte(0x11).to_string();
    json!({
        "number": format!("{number:#x}"),
        "timestamp": "0x60785000",
        "parentHash": B256::repeat_byte(0xaa),
        "miner": MINER,
        "gasLimit": "0x1c9c380",
        "gasUsed": "0x5208",
        "difficulty": "0x17ca3176d618e8",
        "receiptsRoot": root,
        "transactionsRoot": root,
        "logsBloom": format!("0x{}", "00".repeat(256)),
        "uncles": [],
        "size": "0x220",
        "transactions": [{
            "type": "0x0",
            "chainId": "0x1",
            "nonce": "0x7",
            "gasPrice": "0x3b9aca00",
            "gas": "0x30d40",
            "to": CALLED,
            "value": "0x0",
            "input": "0x",
            "r": "0x1",
            "s": "0x1",
            "v": "0x25",
            "from": SENDER,
            "hash": B256::repeat_byte(0x77),
            "transactionIndex": "0x0",
        }],
    })
}
