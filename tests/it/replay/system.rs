//! The protocol's own calls, seen by a transaction of the same block.

use alloy_primitives::{B256, U256};

use super::kit::{CALLED, Recording};

/// Stores the answer of a contract to the word that `ask` leaves on the stack.
fn asking(ask: &str, contract: &str) -> String {
    format!("{ask}5f5260205f60205f73{contract}5afa505f515f5500")
}

/// EIP-4788: the root of this block's parent on the beacon chain, by this block's time.
#[test]
fn the_beacon_root_is_there_since_cancun() {
    let code = asking("42", "000F3df6D732807Ef1319fB7B8bB8522d0Beac02");
    let cancun = Recording::calling(&code).at(19_933_597, 1_716_500_000).with_blobs();
    let executed = cancun.execute().unwrap();
    assert_eq!(executed.fork().name, "Cancun");
    let stored = executed.slot(CALLED, U256::ZERO).unwrap();
    assert_eq!(B256::from(stored), B256::repeat_byte(0xbe));
}

/// EIP-2935: the hash of the block before.
#[test]
fn the_parents_hash_is_there_since_prague() {
    let code = asking("60014303", "0000F90827F1C53a10cb7A02335B175320002935");
    for (timestamp, there) in [(1_746_612_311, true), (1_746_612_310, false)] {
        let prague = Recording::calling(&code).at(22_431_084, timestamp).with_blobs();
        let executed = prague.execute().unwrap();
        let stored = executed.slot(CALLED, U256::ZERO).unwrap();
        // A contract that is not there answers nothing, and the question stays in memory.
        let expected =
            if there { B256::repeat_byte(0xaa) } else { B256::from(U256::from(22_431_083)) };
        assert_eq!(B256::from(stored), expected);
    }
}

/// EIP-4844 and EIP-7516: the price of blobs, by the fork's fraction.
#[test]
fn blobs_are_priced_by_their_fork() {
    // BLOBBASEFEE; SSTORE at 0.
    for (timestamp, fork, price) in [
        (1_716_500_000, "Cancun", 400_312_u64),
        (1_750_000_000, "Prague", 5_431),
        (1_764_800_000, "Osaka", 5_431),
        (1_765_300_000, "BPO1", 174),
        (1_767_800_000, "BPO2", 39),
    ] {
        let mut block = Recording::calling("4a5f5500").at(23_000_000, timestamp).with_blobs();
        block.set("excessBlobGas", format!("{:#x}", 43_066_353));
        let executed = block.execute().unwrap();
        assert_eq!(executed.fork().name, fork);
        let stored = executed.slot(CALLED, U256::ZERO).unwrap();
        assert_eq!(stored, U256::from(price), "{fork}");
    }
}
