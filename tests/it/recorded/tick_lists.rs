//! Recorded tick lists: deep walks over real liquidity, against the venue laws and against the
//! real-valued pieces, which are computed from the ticks without stepping.

use std::{fs, str::FromStr};

use alloy_primitives::{Address, I256, U256};
use serde_json::Value;
use tenor_solver::{
    amount::{from_f64, to_f64},
    venues::{
        Capacity, MAX_SQRT_RATIO, MIN_SQRT_RATIO, Swap, Tick, UniswapV3, UniswapV3Figures, Venue,
        VenueId,
    },
};

use super::{Tally, data, files, int, parse, uint};
use crate::venues::laws::{Direction, check};

#[test]
fn real_tick_lists_obey_the_laws() {
    let Some(data) = data() else { return };
    let mut tally = Tally::default();
    // Whatever file of pools is a list of states: what the file is called does not matter.
    let lists = files(&data.join("pools"), "json").into_iter().filter_map(|file| {
        let pools = parse(&fs::read_to_string(file).unwrap());
        pools.as_array().cloned()
    });
    for (k, row) in lists.flatten().enumerate() {
        let protocol = row["state"]["protocol"].as_str().unwrap_or_default();
        if protocol != "UniswapV3State" {
            tally.count(format!("not a tick list: {protocol}"));
            continue;
        }
        match pool(&row) {
            Ok(pool) => [0, 1].iter().for_each(|from| walk(&pool, *from, k, &mut tally)),
            Err(why) => tally.fail(format!("pool {k}: {why}")),
        }
    }
    tally.report("tick lists");
    assert!(tally.total("walks") > 0, "no tick list was walked");
}

fn pool(row: &Value) -> Result<UniswapV3, String> {
    let state = &row["state"]["state"];
    let tick_spacing: i32 = int(&state["ticks"]["tick_spacing"]).ok_or("no spacing")?;
    let fee_ppm = match tick_spacing {
        1 => 100,
        10 => 500,
        60 => 3000,
        200 => 10_000,
        other => return Err(format!("no fee known for a spacing of {other}")),
    };
    let tick = |tick: &Value| {
        Some(Tick { tick: int(&tick["index"])?, liquidity_net: int(&tick["net_liquidity"])? })
    };
    let price = state["sqrt_price"].as_str().ok_or("no price")?;
    let ticks = state["ticks"]["ticks"].as_array().ok_or("no ticks")?;
    UniswapV3::new(UniswapV3Figures {
        id: VenueId::new("pool"),
        pool: Address::ZERO,
        router: Address::ZERO,
        tokens: [Address::repeat_byte(1), Address::repeat_byte(2)],
        fee_ppm,
        tick_spacing,
        sqrt_price_x96: U256::from_str(price).map_err(|error| error.to_string())?,
        tick: int(&state["tick"]).ok_or("no tick")?,
        liquidity: uint(&state["liquidity"]).ok_or("no liquidity")?.to(),
        ticks: ticks.iter().map(tick).collect::<Option<_>>().ok_or("a tick is no tick")?,
        known: None,
    })
    .map_err(|error| error.to_string())
}

/// Walks ever further from the price, up to amounts that cross most of the list.
fn walk(pool: &UniswapV3, from: usize, k: usize, tally: &mut Tally) {
    let Capacity::Limited { amount: most, .. } = pool.capacity(from, 1 - from) else { return };
    let gain = pool.gain(from, 1 - from).unwrap();
    let mut amount = U256::from(1000);
    while amount <= most {
        let swap = Swap { from, to: 1 - from, amount };
        let out = to_f64(pool.quote(swap).unwrap().out);
        let real = gain.out(to_f64(amount));
        let limit = if from == 0 { MIN_SQRT_RATIO + U256::ONE } else { MAX_SQRT_RATIO - U256::ONE };
        let result = pool.swap_exact(from == 0, I256::from_raw(amount), limit).unwrap();
        // Ticks crossed, and ends of bitmap words.
        let words = result.tick.abs_diff(pool.tick()) / 256;
        let steps = f64::from(result.ticks_crossed + words) + 40.0;
        let rounding = rounding(pool, from, &result.sqrt_price, result.liquidity) * steps;
        if out < real * (1.0 - 1e-9) - rounding || out > real * (1.0 + 1e-9) + 1.0 {
            tally.fail(format!("pool {k}, {amount} of token {from}: {out}, real {real}"));
        }
        let direction = Direction {
            venue: pool,
            from,
            to: 1 - from,
            rounding: from_f64(rounding),
            fee_kept_ppm: 0,
            float_floor: 1.0 + 1e-9 * real,
        };
        if let Err(error) = check(direction, amount / U256::from(3), amount) {
            tally.fail(format!("pool {k}, {amount} of token {from}: {error}"));
        }
        let depth = if result.ticks_crossed < 10 { "under ten" } else { "ten or more" };
        tally.count(format!("walks over {depth} ticks"));
        amount *= U256::from(7);
    }
}

/// Units out for one unit in, one unit out and one unit of price, at the dearer end of a walk.
fn rounding(pool: &UniswapV3, from: usize, end: &U256, liquidity: u128) -> f64 {
    let unit = 2f64.powi(96);
    let liquidity = to_f64(U256::from(liquidity.max(pool.liquidity())));
    let start = to_f64(pool.sqrt_price_x96()) / unit;
    if from == 0 {
        3.0 + start * start + liquidity / unit
    } else {
        let lowest = start.min(to_f64(*end) / unit);
        3.0 + 1.0 / (start * start) + liquidity / (lowest * lowest * unit)
    }
}
