//! The native venues, and the reference contracts, against the bytecode that was published.
//!
//! The packages of `tests/bytecode/package.json` are installed outside the repository; their
//! contracts are deployed on an empty chain in memory and traded with at random. `TENOR_TRADES`
//! sets how many trades of each kind are compared; `TENOR_SEED` repeats a run. Each suite prints a
//! row of the table: `./test bytecode --nocapture`.

mod aave;
mod aave_origin;
mod asked;
mod balancer;
mod balancer_stable;
mod balancer_v3;
mod balancer_weighted;
mod cow;
mod deployed;
mod erc7683;
mod lab;
mod lending;
mod lent;
mod loops;
mod metamorpho;
mod morpho;
mod morpho_loops;
mod morpho_plans;
mod oneinch;
mod packages;
mod pendle;
pub(crate) mod published;
mod reference;
mod restaking;
mod rounds;
mod settled;
mod symbiotic;
mod tally;
mod twin_aave;
mod twin_exchanges;
mod twin_loans;
pub(crate) mod twin_permit2;
mod uniswap_v2;
mod uniswap_v3;
mod uniswap_v3_pool;
mod uniswap_v4;
mod vaults;
mod weth;

use alloy_primitives::{Address, address};

/// Kinds whose contracts the embedded world does not have: they are opened from the published ones,
/// and Curve's from what its contracts answered.
pub(crate) const OPENED_HERE: [&str; 11] = [
    "balancer_v2_stable",
    "balancer_v2_weighted",
    "balancer_v3_weighted",
    "curve_metapool",
    "curve_stableswap_ng",
    "evm_quoted",
    "pendle_lp",
    "pendle_market",
    "pendle_py",
    "pendle_sy",
    "uniswap_v4",
];

/// Who deploys and owns contracts.
const OWNER: Address = address!("00e0000000000000000000000000000000000001");
/// Who trades.
const ALICE: Address = address!("a11ce00000000000000000000000000000000001");
/// Who does what others do meanwhile.
const BOB: Address = address!("0b0b000000000000000000000000000000000001");
