//! Every recorded swap, replayed from the pool state right before it: equal to the last unit.

use std::fs;

use alloy_primitives::{Address, I256, U256};
use serde_json::Value;
use tenor_solver::venues::{
    DenominatorForm, KnownRange, MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK, StableSwap,
    Swap, Tick, UniswapV2, UniswapV3, UniswapV3Figures, Venue, VenueId,
};

use super::{Tally, address, balancer, data, files, int, parse, uint};

/// What replaying a row came to: a class that matched or was counted, or a difference.
type Outcome = Result<String, String>;

#[test]
fn every_recorded_swap_is_reproduced_to_the_last_unit() {
    let Some(data) = data() else { return };
    let mut tally = Tally::default();
    let found = files(&data.join("golden_swaps"), "jsonl");
    assert!(!found.is_empty(), "no recorded swaps in {}", data.display());
    let mut kinds = Vec::new();
    for file in found {
        for line in fs::read_to_string(&file).unwrap().lines().filter(|line| !line.is_empty()) {
            let row = parse(line);
            let kind = text(&row["kind"]).to_owned();
            let outcome = match kind.as_str() {
                "v2" => replay_v2(&row),
                "v3" => replay_v3(&row),
                "curve" => replay_curve(&row),
                "balancer_v2" => balancer::replay(&row),
                _ => Ok("not built".to_owned()),
            };
            match outcome {
                Ok(class) => tally.count(format!("{kind} {class}")),
                Err(why) => tally.fail(format!("{kind} {}: {why}", text(&row["tx_hash"]))),
            }
            kinds.push(kind);
        }
    }
    tally.report("recorded swaps");
    let built = ["v2", "v3", "curve", "balancer_v2"];
    for kind in built.into_iter().filter(|kind| kinds.iter().any(|k| k == kind)) {
        assert!(tally.total(&format!("{kind} equal")) > 0, "no {kind} swap was compared");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn class(row: &Value) -> &str {
    text(&row["check"]["result"])
}

fn number(row: &Value, name: &str) -> Result<U256, String> {
    uint(&row[name]).ok_or_else(|| format!("{name} is no number: {}", row[name]))
}

#[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
fn equal<T: PartialEq + std::fmt::Debug>(what: &str, ours: T, chain: T) -> Result<(), String> {
    if ours == chain { Ok(()) } else { Err(format!("{what}: {ours:?}, on chain {chain:?}")) }
}

fn tokens(row: &Value) -> Result<[Address; 2], String> {
    let token = |name: &str| address(&row[name]).ok_or_else(|| format!("{name} is no address"));
    Ok([token("token0")?, token("token1")?])
}

fn replay_v2(row: &Value) -> Outcome {
    let class = class(row);
    let fee_ppm = match class {
        "two_sided" => return Ok("cannot match by nature: two_sided".to_owned()),
        "above_formula_other_fee" => fee_of(text(&row["fee_fit"]))?,
        "exact_in_match" | "exact_out_match" | "below_max" => 3000,
        other => return Ok(format!("class not known: {other}")),
    };
    let tokens = tokens(row)?;
    let reserves = [number(row, "reserve0_before")?, number(row, "reserve1_before")?];
    let (id, pair) = (VenueId::new("pair"), address(&row["pool"]).unwrap_or_default());
    let mut pair = UniswapV2::new(id, pair, Address::ZERO, tokens, reserves, fee_ppm)
        .map_err(|error| error.to_string())?;
    let from = usize::from(address(&row["token_in"]) == Some(tokens[1]));
    let (paid, got) = (number(row, "amount_in")?, number(row, "amount_out")?);
    let swap = Swap { from, to: 1 - from, amount: paid };
    let out = pair.quote(swap).map_err(|error| error.to_string())?.out;
    match class {
        "exact_out_match" => {
            let needed = pair.quote_in(from, 1 - from, got).map_err(|error| error.to_string())?;
            equal("input", needed, paid)?;
        }
        "below_max" => {
            equal("enough comes out", out >= got, true)?;
            equal("most out", out, number(row, "max_out_by_formula")?)?;
        }
        _ => equal("output", out, got)?,
    }
    pair.trade(swap).map_err(|error| error.to_string())?;
    let mut after = reserves;
    after[from] += paid;
    after[1 - from] -= out;
    equal("reserves", pair.reserves(), after)?;
    Ok(format!("equal: {class}"))
}

/// `998/1000` as millionths.
fn fee_of(fit: &str) -> Result<u32, String> {
    let keep = fit.strip_suffix("/1000").and_then(|keep| keep.parse::<u32>().ok());
    keep.map(|keep| (1000 - keep) * 1000).ok_or_else(|| format!("no fee in {fit:?}"))
}

fn replay_v3(row: &Value) -> Outcome {
    if class(row) != "exact_match" {
        return Ok(format!("class not known: {}", class(row)));
    }
    let mut pool = pool_v3(row)?;
    let down = row["zero_for_one"].as_bool().ok_or("no direction")?;
    let amount: I256 = int(&row["amount_specified"]).ok_or("no amount")?;
    let limit = number(row, "sqrt_price_limit_x96")?;
    let result = pool.swap_exact(down, amount, limit).map_err(|error| error.to_string())?;
    equal("amount0", Some(result.amount0), int(&row["amount0"]))?;
    equal("amount1", Some(result.amount1), int(&row["amount1"]))?;
    equal("price", result.sqrt_price, number(row, "sqrt_price_x96_after")?)?;
    equal("tick", Some(result.tick), int(&row["tick_after"]))?;
    equal("liquidity", Some(result.liquidity), int(&row["liquidity_after"]))?;
    let crossed = row["ticks_crossed"].as_array().map(Vec::len);
    equal("ticks crossed", usize::try_from(result.ticks_crossed).ok(), crossed)?;
    let paid = if down { result.amount0 } else { result.amount1 };
    if amount.is_negative() || paid != amount {
        return Ok("equal: exact output or stopped by its limit".to_owned());
    }
    let from = usize::from(!down);
    let swap = Swap { from, to: 1 - from, amount: amount.into_raw() };
    let out = pool.trade(swap).map_err(|error| error.to_string())?.out;
    equal("quote", out, number(row, "amount_out")?)?;
    equal("state", (pool.sqrt_price_x96(), pool.tick()), (result.sqrt_price, result.tick))?;
    equal("liquidity kept", pool.liquidity(), result.liquidity)?;
    Ok("equal: exact input".to_owned())
}

fn pool_v3(row: &Value) -> Result<UniswapV3, String> {
    let field = |name: &str| format!("{name} is no number");
    let tick: i32 = int(&row["tick_before"]).ok_or_else(|| field("tick_before"))?;
    let (mut ticks, mut lower_tick, mut upper_tick) = (Vec::new(), MIN_TICK, MAX_TICK);
    for known in row["ticks_known"].as_array().into_iter().flatten() {
        let at: i32 = int(&known["tick"]).ok_or_else(|| field("tick"))?;
        match int(&known["liquidity_net"]) {
            Some(liquidity_net) => ticks.push(Tick { tick: at, liquidity_net }),
            None if at <= tick => lower_tick = lower_tick.max(at),
            None => upper_tick = upper_tick.min(at),
        }
    }
    ticks.retain(|known| (lower_tick..=upper_tick).contains(&known.tick));
    ticks.sort_by_key(|known| known.tick);
    let figures = UniswapV3Figures {
        id: VenueId::new("pool"),
        pool: address(&row["pool"]).unwrap_or_default(),
        router: Address::ZERO,
        tokens: tokens(row)?,
        fee_ppm: int(&row["fee"]).ok_or_else(|| field("fee"))?,
        tick_spacing: int(&row["tick_spacing"]).ok_or_else(|| field("tick_spacing"))?,
        sqrt_price_x96: number(row, "sqrt_price_x96_before")?,
        tick,
        liquidity: int(&row["liquidity_before"]).ok_or_else(|| field("liquidity_before"))?,
        ticks,
        known: Some(KnownRange { lower_tick, upper_tick }),
    };
    assert!(figures.sqrt_price_x96 >= MIN_SQRT_RATIO && figures.sqrt_price_x96 < MAX_SQRT_RATIO);
    UniswapV3::new(figures).map_err(|error| error.to_string())
}

fn replay_curve(row: &Value) -> Outcome {
    let state = &row["state_before"];
    if !state["gamma"].is_null() || !state["offpeg_fee_multiplier"].is_null() {
        return Ok(format!("not built: another invariant ({})", class(row)));
    }
    if class(row) != "get_dy_match" {
        return Ok(format!("class not known: {}", class(row)));
    }
    if row["formula_check"]["matches"] == false {
        return Ok("not built: another formula".to_owned());
    }
    let balances: Vec<U256> = (0..).map_while(|k| uint(&state[format!("balances[{k}]")])).collect();
    let rates = row["formula_check"]["rates"].as_array();
    let Some(rates) = rates.map(|rates| rates.iter().filter_map(uint).collect::<Vec<_>>()) else {
        return Ok("not compared: rates not recorded".to_owned());
    };
    let n = balances.len();
    if rates.len() != n {
        return Err(format!("{n} balances, {} rates", rates.len()));
    }
    replay_coins(row, &balances, &rates)
}

/// The recorder does not say which generation a pool is of: one of the two must be exact.
fn replay_coins(row: &Value, balances: &[U256], rates: &[U256]) -> Outcome {
    let (state, n) = (&row["state_before"], balances.len());
    let amp = uint(&state["A_precise"]).or_else(|| Some(uint(&state["A"])? * U256::from(100)));
    let pair = (int(&row["i"]).ok_or("no i")?, int(&row["j"]).ok_or("no j")?);
    let (paid, got) = (number(row, "amount_in")?, number(row, "amount_out")?);
    let mut nearest = Vec::new();
    for form in [DenominatorForm::Plain, DenominatorForm::PlusOne] {
        let formula = StableSwap {
            amp_scaled: amp.ok_or("no A")?,
            fee_1e10: number(state, "fee")?,
            admin_fee_1e10: uint(&state["admin_fee"]).unwrap_or_default(),
            form,
        };
        let xp: Vec<U256> = balances
            .iter()
            .zip(rates)
            .map(|(b, r)| *b * *r / U256::from(10).pow(U256::from(18)))
            .collect();
        let done = formula.invariant(&xp).and_then(|d| formula.exchange(&xp, rates, d, pair, paid));
        match done {
            Ok(done) if done.out == got => return Ok(format!("equal: {n} coins, {form:?}")),
            other => nearest.push(other),
        }
    }
    Err(format!("output: {nearest:?}, on chain {got}"))
}
