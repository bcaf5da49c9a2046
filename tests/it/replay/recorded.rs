//! What the chain itself did. The blocks' hashes prove the recordings: gas used, the receipts' root
//! (every status, every log, every transaction's gas), the filter of the logs and the root of the
//! transactions must be those of the header.

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc};

use alloy_primitives::{Address, B256, U256, address};
use tenor::recordings::Folder;
use tenor_simulations::{
    Asked, SourceCause, StateSource as _,
    forks::Forks,
    recorded::{AbsentIsEmpty, Recorded, RecordedBlock},
    replay::{self, Executed, ReplayError},
};

use super::kit::fresh;
use crate::{cli::tenor, recorded::data};

/// The recorded blocks of the data folder.
struct Blocks {
    folder: Folder,
    path: PathBuf,
}

impl Blocks {
    fn open() -> Option<Self> {
        let path = data()?.join("blocks");
        Some(Self { folder: Folder::open(&path).unwrap(), path })
    }

    fn numbers(&self) -> Vec<u64> {
        let entries = fs::read_dir(&self.path).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut numbers: Vec<u64> = names.filter_map(|name| name.parse().ok()).collect();
        numbers.sort_unstable();
        assert!(!numbers.is_empty(), "{} holds no block", self.path.display());
        numbers
    }

    fn load(&self, number: u64) -> (RecordedBlock, Arc<Recorded>) {
        let codes = self.folder.codes().unwrap();
        let (block, state) = self.folder.load(number, &codes).unwrap();
        (block, Arc::new(state))
    }
}

fn execute(block: &RecordedBlock, state: Arc<Recorded>, forks: &Forks) -> Executed {
    replay::execute(block, Arc::new(AbsentIsEmpty::new(state)), forks).unwrap()
}

#[test]
fn every_block_is_as_its_header_says() {
    let Some(blocks) = Blocks::open() else { return };
    let codes = blocks.folder.codes().unwrap();
    let mut wrong = BTreeMap::new();
    for number in blocks.numbers() {
        let (block, state) = blocks.folder.load(number, &codes).unwrap();
        let executed = execute(&block, Arc::new(state), &Forks::mainnet());
        let report = executed.report(&block);
        assert_eq!(report.transactions.len(), block.transactions.len());
        // Before Byzantium a receipt holds a state's root, which touched slots do not give.
        assert_eq!(report.receipts_root.is_some(), number >= 4_370_000);
        let differences = report.differences();
        if !differences.is_empty() {
            wrong.insert(number, differences);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn every_sender_signed() {
    let Some(blocks) = Blocks::open() else { return };
    for number in blocks.numbers() {
        let (block, _) = blocks.load(number);
        block.verify_senders("block.json").unwrap();
    }
}

/// Recordings list the slots that were zero: none is ever guessed.
#[test]
fn no_slot_is_taken_as_zero() {
    let Some(blocks) = Blocks::open() else { return };
    for number in blocks.numbers() {
        let (block, state) = blocks.load(number);
        let state = Arc::new(AbsentIsEmpty::new(state));
        replay::execute(&block, state.clone(), &Forks::mainnet()).unwrap();
        assert_eq!(state.absences().slots, 0, "block {number}");
    }
}

/// What one block leaves is what the next one finds, rewards included.
#[test]
fn a_block_leaves_what_the_next_one_finds() {
    let Some(blocks) = Blocks::open() else { return };
    let numbers = blocks.numbers();
    let (mut pairs, mut accounts, mut slots) = (0, 0, 0);
    for pair in numbers.windows(2).filter(|pair| pair[0] + 1 == pair[1]) {
        pairs += 1;
        let (block, state) = blocks.load(pair[0]);
        let (_, next) = blocks.load(pair[1]);
        let after = execute(&block, state.clone(), &Forks::mainnet());
        for address in next.addresses() {
            let Some(left) = after.account(address) else { continue };
            let found = next.account(address).unwrap().unwrap();
            assert_eq!(
                (left.balance, left.nonce, left.code_hash),
                (found.balance, found.nonce, found.code_hash),
                "{address} after block {}",
                pair[0]
            );
            accounts += 1;
            for (slot, found) in next.slots(address) {
                if let Some(left) = after.slot(address, slot) {
                    assert_eq!(left, found, "slot {slot} of {address}");
                    slots += 1;
                }
            }
        }
    }
    assert!(pairs > 0 && accounts > 20 && slots > 30, "{pairs} {accounts} {slots}");
}

/// A recording does not answer for what it has not seen.
#[test]
fn a_recording_is_strict() {
    let Some(blocks) = Blocks::open() else { return };
    let number = blocks.numbers()[0];
    let (_, state) = blocks.load(number);
    let nobody = Address::repeat_byte(0x5e);
    let weth = address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
    let slot = U256::from_limbs([1, 2, 3, 4]);
    let hash = B256::repeat_byte(9);
    assert!(state.account(weth).unwrap().is_some());
    let unknown = [
        (state.account(nobody).unwrap_err(), Asked::Account(nobody)),
        (state.storage(nobody, slot).unwrap_err(), Asked::Slot(nobody, slot)),
        (state.storage(weth, slot).unwrap_err(), Asked::Slot(weth, slot)),
        (state.code(hash).unwrap_err(), Asked::Code(hash)),
        (state.block_hash(1).unwrap_err(), Asked::BlockHash(1)),
    ];
    for (error, asked) in unknown {
        assert_eq!((error.asked, error.cause), (asked, SourceCause::NotRecorded));
    }
    let lenient = AbsentIsEmpty::new(state.clone());
    assert_eq!(lenient.account(nobody).unwrap(), None);
    assert_eq!(lenient.storage(weth, slot).unwrap(), U256::ZERO);
    assert!(lenient.code(hash).is_err() && lenient.block_hash(1).is_err());
    let (block, state) = blocks.load(number);
    let strict = replay::execute(&block, state, &Forks::mainnet()).unwrap_err();
    assert!(matches!(strict, ReplayError::Source { .. }), "{strict}");
}

/// The rules decide: each block under those of the fork before or after its own is another block.
#[test]
fn another_fork_is_another_block() {
    let Some(blocks) = Blocks::open() else { return };
    let folder = blocks.path.to_str().unwrap();
    let numbers = blocks.numbers();
    let forks = fresh().join("forks.json");
    for (number, fork, names) in [
        (12_244_000, r#""name": "Berlin", "block": 12244001"#, "more gas than the block has left"),
        (14_396_881, r#""name": "London", "block": 14396882"#, "Eip1559 is not supported"),
        (18_085_863, r#""name": "Shanghai", "timestamp": 1710338134"#, "in gasUsed, receiptsRoot"),
        (19_933_597, r#""name": "Cancun", "timestamp": 1716500000"#, "in gasUsed, receiptsRoot"),
        (
            19_933_122,
            r#""name": "Cancun", "blobs": {"target": 3, "max": 5, "update_fraction": 3338477}"#,
            "more blobs than the block has left",
        ),
    ] {
        if !numbers.contains(&number) {
            continue;
        }
        let text = format!(r#"{{"schema": "tenor.forks/1", "forks": [{{{fork}}}]}}"#);
        fs::write(&forks, text).unwrap();
        let number = number.to_string();
        let ran = tenor(&["replay", "block", folder, &number, "--forks", forks.to_str().unwrap()]);
        assert!(ran.code != Some(0) && ran.err.contains(names), "{number}: {}", ran.err);
    }
}
