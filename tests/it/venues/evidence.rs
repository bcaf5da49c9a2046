//! What each kind's figures were compared with: a table that the README shows.

use std::fs;

use tenor_solver::venues::KINDS;

use super::samples::recorded::{Recorded, files};

/// The strongest comparison of each kind, but of those that are recorded whole: their files say it.
const EVIDENCE: &[(&str, &str, &str)] = &[
    ("aave_v3", PUBLISHED, "`@aave/core-v3`, `@aave-dao/aave-v3-origin` (compiled)"),
    ("balancer_v2_stable", PUBLISHED, "`@balancer-labs/v2-deployments`"),
    ("balancer_v2_weighted", PUBLISHED, "`@balancer-labs/v2-deployments`; a recorded swap"),
    ("balancer_v3_stable", PUBLISHED, "`@balancer-labs/v3-pool-stable` (compiled)"),
    ("balancer_v3_weighted", PUBLISHED, "`@balancer-labs/v3-vault` (compiled)"),
    ("compound_v3", EXECUTED, "Comet, 305 calls; its equations, 1,000 fresh trades"),
    ("curve_metapool", EXECUTED, "Curve's metapool for GUSD, 1,085 trades"),
    ("curve_stableswap", RECORDED, "swaps and 36 quotes; 1,016 trades of Curve's sources"),
    (
        "curve_stableswap_ng",
        EXECUTED,
        "Curve's sources, part of 1,016 trades; the invariant's equations, 1,000 fresh trades",
    ),
    ("dinero", TWO, "integers and exact fractions"),
    ("eigenlayer", PUBLISHED, "`eigenlayer-contracts`"),
    ("erc4626", PUBLISHED, "`@openzeppelin/contracts`, `solmate` (compiled)"),
    ("etherfi", RECORDED, "weETH and eETH; redemptions by two derivations"),
    (
        "evm_quoted",
        PUBLISHED,
        "`@openzeppelin/contracts`; tricrypto on recorded blocks: never above what is paid",
    ),
    ("frax_minter", EXECUTED, "`frxETHMinter`, 1,000 calls"),
    ("kelp", TWO, "integers and exact fractions"),
    ("lido", RECORDED, "stETH and wstETH"),
    ("mantle", TWO, "ours in Rust and in Solidity, run beside each other"),
    (
        "metamorpho",
        PUBLISHED,
        "`sphere-mezo-solidity-files` (compiled); versions 1.0 and 1.1, 173 calls",
    ),
    (
        "morpho_market",
        PUBLISHED,
        "`@morpho-org/morpho-blue`, its curve of `sphere-mezo-solidity-files` (compiled)",
    ),
    ("origin", EXECUTED, "`OETHVault`, 1,000 calls"),
    ("pendle_lp", PUBLISHED, "`@pendle/core-v2`, `pendle-core-v7`"),
    ("pendle_market", PUBLISHED, "`@pendle/core-v2`, `pendle-core-v7`"),
    ("pendle_py", PUBLISHED, "`@pendle/core-v2`, `pendle-core-v7`"),
    ("pendle_sy", PUBLISHED, "`@pendle/core-v2`"),
    ("puffer", TWO, "integers and exact fractions"),
    (
        "reference_rate",
        PUBLISHED,
        "`@openzeppelin/contracts`: a vault's rate in 1,000 states; trades nothing",
    ),
    ("renzo", TWO, "integers and exact fractions"),
    ("rocket_pool", EXECUTED, "deposit pool and rETH, 1,000 calls"),
    ("stader", TWO, "integers and exact fractions"),
    ("stakewise", EXECUTED, "its rate in 1,000 states of the controller: it trades nothing"),
    ("swell", RECORDED, "swETH and rswETH"),
    ("symbiotic", PUBLISHED, "`@symbioticfi/core` (compiled)"),
    ("uniswap_v2", PUBLISHED, "`@uniswap/v2-core`; recorded swaps"),
    ("uniswap_v3", PUBLISHED, "`@uniswap/v3-core`; recorded swaps"),
    ("uniswap_v4", PUBLISHED, "`@uniswap/v4-periphery`, `@uniswap/universal-router`"),
    ("weth", PUBLISHED, "`canonical-weth`; recorded blocks"),
    ("woeth", TWO, "integers and exact fractions"),
];

/// Its authors' contracts, deployed by the tests: 1,000 random trades in each run.
const PUBLISHED: &str = "published contracts";
/// The chain's own contracts, on recorded blocks.
const RECORDED: &str = "recorded blocks";
/// Its authors' sources, run once outside the tests, which keep the numbers alone.
const EXECUTED: &str = "executed sources";
/// The same numbers found in two ways.
const TWO: &str = "two derivations";

#[test]
fn every_kind_says_what_it_was_compared_with() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let recorded = files();
    let of = |file: &Recorded| (file.registered().name, file.compared.clone());
    let own = EVIDENCE.iter().map(|(kind, how, with)| (*kind, [how, with].map(|s| s.to_string())));
    let mut rows: Vec<_> = own.chain(recorded.iter().map(of)).collect();
    rows.sort();
    let (kinds, told): (Vec<_>, Vec<_>) =
        (KINDS.iter().map(|kind| kind.name).collect(), rows.iter().map(|row| row.0).collect());
    assert_eq!(kinds, told, "one row for each kind, in the order of KINDS");
    for (kind, [compared, with]) in &rows {
        assert!([PUBLISHED, RECORDED, EXECUTED, TWO].contains(&compared.as_str()), "{compared}");
        let row = format!("| `{kind}` | {compared} | {with} |");
        println!("{row}");
        assert!(readme.lines().any(|line| line == row), "README.md lacks {row}");
    }
}
