//! Quotes that the chain's own view functions gave, compared where the pool's state at the same
//! block is recorded too.

use std::{collections::BTreeMap, fs};

use alloy_primitives::{Address, I256, U256};
use serde_json::Value;
use tenor_solver::venues::{
    KnownRange, MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK, QuoteError, Swap, Tick,
    UniswapV2, UniswapV3, UniswapV3Figures, Venue, VenueId,
};

use super::{Tally, address, data, files, int, parse, three_pool, uint};

/// The view functions of kinds that are built.
const FUNCTIONS: [&str; 4] =
    ["quoteExactInputSingle", "quoteExactOutputSingle", "getAmountOut", "get_dy"];

/// The pool state of each file that holds one, by pool and block.
type States = BTreeMap<(Address, u64), Value>;

#[test]
fn quotes_of_the_chain_are_reproduced_where_the_state_is_recorded() {
    let Some(data) = data() else { return };
    let (mut states, mut quotes) = (States::new(), Vec::new());
    for file in files(&data.join("pools/onchain_quotes"), "json") {
        let content = parse(&fs::read_to_string(&file).unwrap());
        if let (Some(pool), Some(block)) = (address(&content["address"]), int(&content["block"])) {
            states.insert((pool, block), content);
        } else if content["entries"].is_object() {
            quotes.push(content);
        }
    }
    assert!(!quotes.is_empty(), "no quotes of the chain in {}", data.display());
    let mut tally = Tally::default();
    for file in &quotes {
        let block: u64 = int(&file["block_number"]).unwrap();
        for (name, entry) in file["entries"].as_object().unwrap() {
            match compare(&states, block, name, entry) {
                Ok(class) => tally.count(class),
                Err(why) => tally.fail(format!("{name} at block {block}: {why}")),
            }
        }
    }
    tally.report("quotes of the chain");
}

/// An entry is named `pool|function|IN->OUT|amount`.
fn compare(states: &States, block: u64, name: &str, entry: &Value) -> Result<String, String> {
    let parts: Vec<&str> = name.split('|').collect();
    if let Some(told) = three_pool::told(block, &parts) {
        let value = uint(&entry["value"]).ok_or("no value")?;
        let class = format!("{}: equal, in the state that was inferred", parts[1]);
        return if told == Ok(value) {
            Ok(class)
        } else {
            Err(format!("{told:?}, on chain {value}"))
        };
    }
    let [pool, function, pair, amount] = parts[..] else {
        return Ok(format!("not built: {}", parts.get(1).unwrap_or(&"?")));
    };
    if !FUNCTIONS.contains(&function) {
        return Ok(format!("not built: {function}"));
    }
    let pool: Address = pool.parse().map_err(|_| "no pool")?;
    let Some(state) = states.get(&(pool, block)) else {
        return Ok(format!("{function}: no pool state recorded for block {block}"));
    };
    let (Some(amount), Some(value)) = (amount.parse().ok(), uint(&entry["value"])) else {
        return Ok(format!("{function}: no value recorded"));
    };
    let Some(from) = position(state, pair) else {
        return Ok(format!("{function}: token order not recorded"));
    };
    let ours = match state["family"].as_str() {
        Some("v2") => quote_v2(state, from, amount),
        Some("v3") => quote_v3(state, from, amount, function == "quoteExactOutputSingle"),
        _ => return Ok(format!("not built: {}", state["family"])),
    };
    match ours {
        Err(QuoteError::BeyondKnownRange { .. }) => Ok(format!("{function}: beyond known ticks")),
        Ok(out) if out == value => Ok(format!("{function}: equal")),
        other => Err(format!("{other:?}, on chain {value}")),
    }
}

/// Which of the pool's tokens `IN->OUT` gives, by symbol.
fn position(state: &Value, pair: &str) -> Option<usize> {
    let given = pair.split("->").next()?;
    state["tokens"].as_array()?.iter().position(|token| token["symbol"] == given)
}

fn addresses(state: &Value) -> [Address; 2] {
    [0, 1].map(|k| address(&state["tokens"][k]["address"]).unwrap())
}

fn quote_v2(state: &Value, from: usize, amount: U256) -> Result<U256, QuoteError> {
    let reserves = ["reserves_token0", "reserves_token1"].map(|name| uint(&state[name]).unwrap());
    let pool = address(&state["address"]).unwrap();
    let id = VenueId::new("pair");
    let pair = UniswapV2::new(id, pool, Address::ZERO, addresses(state), reserves, 3000).unwrap();
    pair.quote(Swap { from, to: 1 - from, amount }).map(|quote| quote.out)
}

/// The chain's quoter also answers for an amount that the pool cannot take whole.
fn quote_v3(state: &Value, from: usize, amount: U256, output: bool) -> Result<U256, QuoteError> {
    let down = from == 0;
    let limit = if down { MIN_SQRT_RATIO + U256::ONE } else { MAX_SQRT_RATIO - U256::ONE };
    let amount = I256::from_raw(amount);
    let specified = if output { -amount } else { amount };
    let result = pool_v3(state).swap_exact(down, specified, limit)?;
    let answer = if down == output { result.amount0 } else { result.amount1 };
    Ok(answer.unsigned_abs())
}

fn pool_v3(state: &Value) -> UniswapV3 {
    let tick_spacing = int(&state["tick_spacing"]).unwrap();
    let mut ticks: Vec<Tick> =
        state["tick_data"].as_object().into_iter().flatten().map(tick).collect();
    ticks.sort_by_key(|tick| tick.tick);
    let tick = int(&state["tick"]).unwrap();
    UniswapV3::new(UniswapV3Figures {
        id: VenueId::new("pool"),
        pool: address(&state["address"]).unwrap(),
        router: Address::ZERO,
        tokens: addresses(state),
        fee_ppm: int(&state["fee"]).unwrap(),
        tick_spacing,
        sqrt_price_x96: uint(&state["sqrt_price_x96"]).unwrap(),
        tick,
        liquidity: int(&state["liquidity"]).unwrap(),
        ticks,
        known: Some(known(state, tick, tick_spacing)),
    })
    .unwrap()
}

fn tick((tick, figures): (&String, &Value)) -> Tick {
    let liquidity_net = int(&figures["liquidity_net"]).unwrap();
    Tick { tick: tick.parse().unwrap(), liquidity_net }
}

/// The words of the bitmap around the current tick that were read.
fn known(state: &Value, tick: i32, spacing: i32) -> KnownRange {
    let read = |word: i32| !state["tick_bitmap"][word.to_string()].is_null();
    let here = tick.div_euclid(spacing) >> 8;
    let low = (0..).map(|k| here - k).take_while(|word| read(*word)).last().unwrap();
    let high = (0..).map(|k| here + k).take_while(|word| read(*word)).last().unwrap();
    KnownRange {
        lower_tick: (low * 256 * spacing).max(MIN_TICK),
        upper_tick: ((high * 256 + 255) * spacing).min(MAX_TICK),
    }
}
