//! Ethereum's forks.
//!
//! Sources: the activations of `ethereum/execution-specs` and, since Osaka, EIP-7607 and EIP-7892;
//! blob parameters of EIP-4844, EIP-7691, EIP-7594 and EIP-7892, as alloy-eips has them; rewards of
//! the yellow paper, EIP-649 and EIP-1234. Forks that only delayed the difficulty bomb change
//! nothing here, Constantinople and Petersburg came in one block, and Amsterdam has no date yet: a
//! configuration file gives it one.

use std::borrow::Cow;

use alloy_eips::eip7840;
use revm::primitives::hardfork::SpecId;

use super::{Activation, BlobParameters, Fork};

const ETHER: u64 = 1_000_000_000_000_000_000;

pub(super) static FORKS: [Fork; 16] = [
    by_block("Frontier", 0, SpecId::FRONTIER, 5 * ETHER),
    by_block("Homestead", 1_150_000, SpecId::HOMESTEAD, 5 * ETHER),
    by_block("Tangerine", 2_463_000, SpecId::TANGERINE, 5 * ETHER),
    by_block("Spurious", 2_675_000, SpecId::SPURIOUS_DRAGON, 5 * ETHER),
    by_block("Byzantium", 4_370_000, SpecId::BYZANTIUM, 3 * ETHER),
    by_block("Petersburg", 7_280_000, SpecId::PETERSBURG, 2 * ETHER),
    by_block("Istanbul", 9_069_000, SpecId::ISTANBUL, 2 * ETHER),
    by_block("Berlin", 12_244_000, SpecId::BERLIN, 2 * ETHER),
    by_block("London", 12_965_000, SpecId::LONDON, 2 * ETHER),
    by_block("Merge", 15_537_394, SpecId::MERGE, 0),
    by_time("Shanghai", 1_681_338_455, SpecId::SHANGHAI, None),
    by_time("Cancun", 1_710_338_135, SpecId::CANCUN, Some(blobs(eip7840::BlobParams::cancun()))),
    by_time("Prague", 1_746_612_311, SpecId::PRAGUE, Some(blobs(eip7840::BlobParams::prague()))),
    by_time("Osaka", 1_764_798_551, SpecId::OSAKA, Some(blobs(eip7840::BlobParams::osaka()))),
    by_time("BPO1", 1_765_290_071, SpecId::OSAKA, Some(blobs(eip7840::BlobParams::bpo1()))),
    by_time("BPO2", 1_767_747_671, SpecId::OSAKA, Some(blobs(eip7840::BlobParams::bpo2()))),
];

const fn by_block(name: &'static str, first: u64, rules: SpecId, reward: u64) -> Fork {
    let activation = Activation::Block(first);
    Fork { name: Cow::Borrowed(name), activation, rules, blobs: None, reward }
}

const fn by_time(
    name: &'static str,
    first: u64,
    rules: SpecId,
    blobs: Option<BlobParameters>,
) -> Fork {
    let activation = Activation::Timestamp(first);
    Fork { name: Cow::Borrowed(name), activation, rules, blobs, reward: 0 }
}

const fn blobs(parameters: eip7840::BlobParams) -> BlobParameters {
    // A few millions: far below the narrower type's end.
    #[expect(clippy::cast_possible_truncation)]
    let update_fraction = parameters.update_fraction as u64;
    BlobParameters {
        target: parameters.target_blob_count,
        max: parameters.max_blob_count,
        max_per_transaction: parameters.max_blobs_per_tx,
        update_fraction,
    }
}
