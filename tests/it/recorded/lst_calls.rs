//! Stake, wrap and unwrap calls that mainnet executed, against the venues' maths.
//!
//! Each row holds one call of a replayed block, its returned value, and totals or rates read before
//! that block's first transaction. Rows that the recorder could tie to a formula must equal ours to
//! the wei; the others carry no result to compare and are counted.

use std::{fs, path::Path};

use alloy_primitives::{Address, U256, address, hex};
use serde_json::Value;
use tenor_solver::venues::{
    Capacity, Deposit, DepositCall, EtherFi, EtherFiFigures, Lido, LidoFigures, RateForm,
    ShareRate, ShareRateFigures, StakeLimit, Swap, Venue, VenueId,
};

use super::Tally;

const STETH: Address = address!("ae7ab96520de3a18e5e111b5eaab095312d7fe84");
const WSTETH: Address = address!("7f39c581f595b53c5cb19bd0b3f8da6c935e2ca0");
const LIQUIDITY_POOL: Address = address!("308861a430be4cce5502d0a12724771fc6daf216");
const EETH: Address = address!("35fa164735182de50811e8e2e824cfb9b6118ac2");
const WEETH: Address = address!("cd5fe23c85820f7b72d0926fc9b05b43e359b7ee");
const SWETH: Address = address!("f951e335afb289353dc249e82926178eac7ded78");

#[test]
fn recorded_calls_return_what_the_venues_quote() {
    let Some(data) = super::data() else { return };
    let mut tally = Tally::default();
    for row in rows(&data.join("golden_swaps")) {
        match text(&row["check"], "result") {
            "formula_match" => match compare(&row) {
                Ok(class) => tally.count(class),
                Err(why) => tally.fail(format!("{}: {why}", text(&row, "tx_hash"))),
            },
            other => tally.count(format!("cannot match by nature: {other}")),
        }
    }
    tally.report("recorded calls");
}

/// Every row of the kind, whatever the files are called.
fn rows(folder: &Path) -> Vec<Value> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .flat_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
        })
        .filter(|row| row["kind"] == "lst_call")
        .collect()
}

/// What became of a call: compared, or not a kind that is built.
fn compare(row: &Value) -> Result<String, String> {
    let function = text(row, "function").split('(').next().unwrap_or_default();
    let Some((venue, swap, minted)) = replayed(row, function) else {
        return Ok(format!("not built: {function}"));
    };
    let quote = venue.quote(swap).map_err(|error| error.to_string())?;
    let ours = if minted { quote.shares.unwrap() } else { quote.out };
    let chain = number(row, "output_value");
    if ours == chain {
        return Ok(format!("equal: {function}"));
    }
    Err(format!("{}: {ours}, on chain {chain}", venue.id()))
}

/// The venue as it stood, the swap the call made, and whether the call returns minted shares.
fn replayed(row: &Value, function: &str) -> Option<(Box<dyn Venue>, Swap, bool)> {
    let contract: Address = text(row, "contract").parse().unwrap();
    let sent = number(row, "value");
    let state = &row["block_start_state"];
    let swap = |from, to, amount| Swap { from, to, amount };
    Some(match (contract, function) {
        (STETH, "submit") => (lido(state), swap(0, 1, sent), true),
        (WSTETH, "receive" | "") => (lido(state), swap(0, 2, sent), false),
        (WSTETH, "wrap") => (lido(state), swap(1, 2, argument(row)), false),
        (WSTETH, "unwrap") => (lido(state), swap(2, 1, argument(row)), false),
        (LIQUIDITY_POOL, "deposit") => (etherfi(state), swap(0, 1, sent), true),
        (WEETH, "wrap" | "wrapWithPermit") => (etherfi(state), swap(1, 2, argument(row)), false),
        (WEETH, "unwrap") => (etherfi(state), swap(2, 1, argument(row)), false),
        (SWETH, "deposit" | "depositWithReferral") => (sweth(state), swap(0, 1, sent), false),
        _ => return None,
    })
}

fn lido(state: &Value) -> Box<dyn Venue> {
    let figures = LidoFigures {
        steth: STETH,
        wsteth: WSTETH,
        total_pooled_ether: number(state, "stETH.getTotalPooledEther()"),
        total_shares: number(state, "stETH.getTotalShares()"),
        stake_limit: StakeLimit::Unknown("not recorded".into()),
    };
    Box::new(Lido::new(VenueId::new("lido"), figures))
}

fn etherfi(state: &Value) -> Box<dyn Venue> {
    let figures = EtherFiFigures {
        liquidity_pool: LIQUIDITY_POOL,
        eeth: EETH,
        weeth: WEETH,
        total_pooled_ether: number(state, "EFLP.getTotalPooledEther()"),
        total_shares: number(state, "eETH.totalShares()"),
        deposit_capacity: Capacity::Unknown("not recorded".into()),
    };
    Box::new(EtherFi::new(VenueId::new("etherfi"), figures))
}

fn sweth(state: &Value) -> Box<dyn Venue> {
    let figures = ShareRateFigures {
        share: SWETH,
        form: RateForm::Rate { eth_per_share_wad: number(state, "swETH.swETHToETHRate()") },
        deposit: Deposit::Open(DepositCall::Deposit(SWETH)),
        burn_unknown: None,
        least_deposit: U256::ZERO,
        capacity: Capacity::Unknown("not recorded".into()),
    };
    Box::new(ShareRate::new(VenueId::new("swell:swETH"), figures))
}

/// The call's first argument, an amount.
fn argument(row: &Value) -> U256 {
    let input = hex::decode(text(row, "input")).unwrap();
    U256::from_be_slice(&input[4..36])
}

fn number(row: &Value, field: &str) -> U256 {
    text(row, field).parse().unwrap()
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_else(|| panic!("no {field} in {row}"))
}
