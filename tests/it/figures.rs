//! Market files: what is read, and the line a user gets for each thing that can be wrong.

use proptest::prelude::*;
use serde_json::{Value, json};
use tenor_simulations::figures::{EMBEDDED_NAME, Figures, embedded, embedded_assumptions};

fn market() -> Figures {
    Figures::parse(EMBEDDED_NAME, embedded()).unwrap()
}

fn embedded_json() -> Value {
    serde_json::from_slice(embedded()).unwrap()
}

/// The line that a file called `m.json` with these bytes gets.
fn refusal(bytes: &[u8]) -> String {
    let line = Figures::parse("m.json", bytes).expect_err("the file must be refused").to_string();
    assert!(!line.contains('\n'), "{line}");
    line
}

/// The embedded file, with the value at `pointer` replaced; `null` removes it.
fn changed(pointer: &str, value: &Value) -> Vec<u8> {
    let mut file = embedded_json();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match file.pointer_mut(parent).unwrap() {
        Value::Object(fields) if value.is_null() => drop(fields.remove(name)),
        Value::Object(fields) => drop(fields.insert(name.to_owned(), value.clone())),
        Value::Array(items) => {
            let at: usize = name.parse().unwrap();
            if at == items.len() { items.push(value.clone()) } else { items[at] = value.clone() }
        }
        _ => panic!("{pointer}"),
    }
    serde_json::to_vec(&file).unwrap()
}

fn venue(id: &str) -> usize {
    let file = embedded_json();
    file["venues"].as_array().unwrap().iter().position(|v| v["id"] == id).unwrap()
}

#[test]
fn every_bad_figure_is_named_with_file_path_and_reason() {
    let wsteth = venue("uniswap_v3:wstETH/WETH:100");
    let v2 = venue("uniswap_v2:USDC/WETH");
    let curve = venue("curve:ETH/stETH");
    let lido = venue("lido:stETH");
    let meth = venue("mantle:mETH");
    let sfrx = venue("frax:sfrxETH");
    let weth = venue("aave_v3:WETH");
    let usdc = venue("aave_v3:USDC");
    let file = embedded_json();
    let again = |i: usize, id: &str| {
        let mut copy = file["venues"][i].clone();
        copy["id"] = json!(id);
        copy
    };
    let tick = |tick: i32, net: &str, gross: &str| json!({"tick": tick, "liquidity_net": net, "liquidity_gross": gross});
    let count = file["venues"].as_array().unwrap().len();
    let tokens = file["tokens"].as_array().unwrap().len();
    let extra = json!({"symbol": "X", "address": format!("0x{:040x}", 1), "decimals": 18});
    let max_u112 = "5192296858534827628530496329220095";
    let over_u112 = "5192296858534827628530496329220096";
    let bad_sum = "0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2CA0";

    let table: Vec<(String, Value, &str)> = vec![
        (
            "/schema".into(),
            json!("market-snapshot/2"),
            "m.json: schema: unknown schema \"market-snapshot/2\": this version reads `market-snapshot/1`",
        ),
        ("/schema".into(), Value::Null, "m.json: schema: missing"),
        ("/chain_id".into(), json!(0), "m.json: chain_id: 0 is out of range: above 0"),
        ("/block".into(), json!(0), "m.json: block: 0 is out of range"),
        ("/block".into(), json!(-1), "m.json: block: invalid value: integer `-1`, expected u64"),
        ("/timestamp".into(), json!(0), "m.json: timestamp: 0 is out of range"),
        ("/timestamp".into(), json!(1_716_479_567_000_u64), "unix seconds, not milliseconds"),
        (
            "/base_fee_wei".into(),
            json!(13),
            "m.json: base_fee_wei: invalid type: integer `13`, expected a whole number in a decimal string",
        ),
        (
            "/base_fee_wei".into(),
            json!("-13"),
            "m.json: base_fee_wei: \"-13\" is not a whole number",
        ),
        // Tokens.
        (
            "/tokens/1/decimals".into(),
            json!(37),
            "m.json: tokens[1].decimals: 37 is out of range: 0 to 36",
        ),
        ("/tokens/1/decimals".into(), json!(-1), "m.json: tokens[1].decimals: invalid value"),
        ("/tokens/1/decimals".into(), json!(300), "m.json: tokens[1].decimals: invalid value"),
        ("/tokens/1/native".into(), json!(true), "m.json: tokens[1].native: native ETH"),
        (
            "/tokens/3/address".into(),
            file["tokens"][2]["address"].clone(),
            "m.json: tokens[3].address: the same as tokens[2].address: remove one",
        ),
        (
            "/tokens/3/symbol".into(),
            json!("STETH"),
            "m.json: tokens[3].symbol: the same as tokens[2].symbol",
        ),
        (
            "/tokens/3/symbol".into(),
            json!("a\nb"),
            "m.json: tokens[3].symbol: \"a\\nb\" is out of range",
        ),
        ("/tokens/3/symbol".into(), json!(""), "m.json: tokens[3].symbol: "),
        (
            "/tokens/3/address".into(),
            json!(bad_sum),
            "m.json: tokens[3].address: 0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2CA0 fails its EIP-55 checksum: correct it, or write it in lower case",
        ),
        (
            "/tokens/3/address".into(),
            json!("0x7f39"),
            "m.json: tokens[3].address: \"0x7f39\" has 4 hex digits: an address has 40",
        ),
        ("/tokens/3/address".into(), json!("7f39"), "it must begin with 0x"),
        ("/tokens/3/address".into(), json!("0xzz"), "'z' is not a hex digit"),
        (
            format!("/tokens/{tokens}"),
            extra,
            "tokens[21]: no venue names X: remove the token, or add the venue",
        ),
        // All venues.
        (
            format!("/venues/{v2}/kind"),
            json!("uniswap_v22"),
            "m.json: venues[0].kind: \"uniswap_v22\" is out of range: one of uniswap_v2",
        ),
        (format!("/venues/{v2}/id"), json!(""), "m.json: venues[0].id: "),
        (
            format!("/venues/{v2}/id"),
            json!("weth"),
            "m.json: venues[0].id: \"weth\" is out of range: another name",
        ),
        (
            format!("/venues/{v2}/as_of/block"),
            json!(0),
            "m.json: venues[0].as_of.block: 0 is out of range",
        ),
        (
            format!("/venues/{count}"),
            again(v2, "uniswap_v2:WETH/USDT"),
            "m.json: venues[33].id: the same as venues[1].id",
        ),
        (
            format!("/venues/{count}"),
            again(v2, "other"),
            "m.json: venues[33].address: the same as venues[0].address",
        ),
        (
            format!("/venues/{count}"),
            again(lido, "other"),
            "m.json: venues[33].share_token: the same as venues[12].share_token",
        ),
        (
            format!("/venues/{count}"),
            again(weth, "other"),
            "m.json: venues[33].asset_address: the same as venues[22].asset_address",
        ),
        // Constant product.
        (
            format!("/venues/{v2}/reserve0"),
            json!("0"),
            "m.json: venues[0].reserve0: 0 is out of range: above 0",
        ),
        (
            format!("/venues/{v2}/reserve0"),
            json!(over_u112),
            "m.json: venues[0].reserve0: \"5192296858534827628530496329220096\" needs more than the field's 112 bits",
        ),
        (
            format!("/venues/{v2}/reserve0"),
            json!(5.5),
            "m.json: venues[0].reserve0: invalid type: floating point `5.5`, expected a whole number in a decimal string",
        ),
        (
            format!("/venues/{v2}/reserve0"),
            json!("1.5"),
            "m.json: venues[0].reserve0: \"1.5\" is not a whole number",
        ),
        (
            format!("/venues/{v2}/reserve0"),
            json!("0x10"),
            "m.json: venues[0].reserve0: \"0x10\" is not a whole number",
        ),
        (
            format!("/venues/{v2}/reserve0"),
            Value::Null,
            "m.json: venues[0].reserve0: missing: add this field",
        ),
        (
            format!("/venues/{v2}/fee_ppm"),
            json!(1_000_000),
            "m.json: venues[0].fee_ppm: 1000000 is out of range: less than 1000000",
        ),
        (
            format!("/venues/{v2}/token1"),
            json!(format!("0x{:040x}", u64::MAX)),
            "m.json: venues[0].token1: token 0x000000000000000000000000ffffffffffffffff is not in `tokens`",
        ),
        (
            format!("/venues/{v2}/token1"),
            file["venues"][v2]["token0"].clone(),
            "m.json: venues[0].token1: not above token0",
        ),
        (
            format!("/venues/{v2}/address"),
            json!(format!("0x{:040x}", 0)),
            "m.json: venues[0].address: ",
        ),
        // Concentrated liquidity.
        (
            format!("/venues/{wsteth}/sqrt_price_x96"),
            json!("4295128738"),
            "m.json: venues[4].sqrt_price_x96: 4295128738 is out of range: 4295128739 or more",
        ),
        (
            format!("/venues/{wsteth}/sqrt_price_x96"),
            json!("1461446703485210103287273052203988822378723970342"),
            "m.json: venues[4].sqrt_price_x96: ",
        ),
        (
            format!("/venues/{wsteth}/tick"),
            json!(1546),
            "m.json: venues[4].tick: 1546 is not the tick of sqrt_price_x96",
        ),
        (
            format!("/venues/{wsteth}/tick_spacing"),
            json!(0),
            "m.json: venues[4].tick_spacing: 0 is out of range",
        ),
        (
            format!("/venues/{wsteth}/liquidity"),
            json!("340282366920938463463374607431768211456"),
            "needs more than the field's 128 bits",
        ),
        (
            format!("/venues/{wsteth}/known_range/lower_tick"),
            json!(1545),
            "m.json: venues[4].known_range.lower_tick: 1545 is not below upper_tick 1545",
        ),
        (
            format!("/venues/{wsteth}/known_range/lower_tick"),
            json!(887_273),
            "m.json: venues[4].known_range.lower_tick: 887273 is out of range: -887272 to 887272",
        ),
        (
            format!("/venues/{wsteth}/known_range"),
            json!({"lower_tick": 1550, "upper_tick": 1551}),
            "m.json: venues[4].known_range.lower_tick: the pool's price, at tick 1544, lies beyond 1550",
        ),
        (
            format!("/venues/{wsteth}/known_range"),
            json!({"lower_tick": 1540, "upper_tick": 1541}),
            "m.json: venues[4].known_range.upper_tick: the pool's price",
        ),
        (
            format!("/venues/{wsteth}/known_range/upper_tick"),
            json!(1546),
            "tick 1545 lies above it and has unknown liquidity",
        ),
        (
            format!("/venues/{wsteth}/known_range/upper_tick"),
            json!("1545"),
            "m.json: venues[4].known_range.upper_tick: invalid type: string \"1545\", expected i32",
        ),
        (
            format!("/venues/{wsteth}/ticks"),
            json!([tick(1546, "1", "1")]),
            "m.json: venues[4].ticks[0].tick: 1546 is out of range: in the known range, 1544 to 1545",
        ),
        (
            format!("/venues/{wsteth}/ticks"),
            json!([tick(1545, "1", "1"), tick(1545, "1", "1")]),
            "m.json: venues[4].ticks[1].tick: not above the tick before it",
        ),
        (
            format!("/venues/{wsteth}/ticks"),
            json!([tick(1545, "2", "1")]),
            "m.json: venues[4].ticks[0].liquidity_gross: ",
        ),
        (
            format!("/venues/{wsteth}/ticks"),
            json!([tick(1545, "-30000000000000000000000000", "30000000000000000000000000")]),
            "m.json: venues[4].ticks[0].liquidity_net: crossing it upwards",
        ),
        (
            format!("/venues/{}/ticks", venue("uniswap_v3:WBTC/WETH:3000")),
            json!([tick(259_085, "1", "1")]),
            "ticks[0].tick: 259085 is out of range: a multiple of tick_spacing 60",
        ),
        // StableSwap.
        (
            format!("/venues/{curve}/A"),
            json!(0),
            "m.json: venues[10].amp_scaled: 20000 is not A 0 times A_precision 100",
        ),
        (
            format!("/venues/{curve}/amp_scaled"),
            json!("0"),
            "m.json: venues[10].amp_scaled: 0 is out of range: above 0",
        ),
        (
            format!("/venues/{curve}/balances/1"),
            json!("0"),
            "m.json: venues[10].balances[1]: 0 is out of range",
        ),
        (
            format!("/venues/{curve}/balances"),
            json!(["1"]),
            "m.json: venues[10].balances: 1 balances for 2 coins",
        ),
        (
            format!("/venues/{curve}/coins/1"),
            file["venues"][curve]["coins"][0].clone(),
            "m.json: venues[10].coins[1]: the same as coins[0]",
        ),
        (
            format!("/venues/{curve}/fee_1e10"),
            json!("10000000000"),
            "m.json: venues[10].fee_1e10: ",
        ),
        // Share rates.
        (
            format!("/venues/{lido}/asset_in"),
            json!("GHO"),
            "m.json: venues[12].asset_in: token \"GHO\" is not in `tokens`: add it there, or correct the name",
        ),
        (
            format!("/venues/{lido}/total_shares"),
            json!("0"),
            "m.json: venues[12].total_shares: 0 is out of range",
        ),
        (
            format!("/venues/{lido}/total_pooled_ether"),
            json!("9304263"),
            "m.json: venues[12].total_pooled_ether: total_pooled_ether over total_shares is a rate of",
        ),
        (
            format!("/venues/{lido}/stake_limit/current"),
            json!("1"),
            "m.json: venues[12].stake_limit.current: 1 does not follow from previous, max and growth_blocks",
        ),
        (
            format!("/venues/{lido}/stake_limit/previous_block"),
            json!(19_929_065),
            "m.json: venues[12].stake_limit.previous_block: block 19929065 is after",
        ),
        (
            format!("/venues/{lido}/stake_limit/max"),
            json!("0"),
            "m.json: venues[12].stake_limit.max: 0 is out of range",
        ),
        (
            format!("/venues/{lido}/contracts/submit"),
            Value::Null,
            "m.json: venues[12].contracts.submit: missing",
        ),
        (
            format!("/venues/{meth}/exchange_adjustment_bps"),
            json!(1001),
            "m.json: venues[19].exchange_adjustment_bps: 1001 is out of range: at most 1000",
        ),
        (
            format!("/venues/{sfrx}/rewards_cycle_end"),
            json!(1_716_424_667),
            "m.json: venues[17].rewards_cycle_end: 1716424667 is not after last_sync",
        ),
        (
            format!("/venues/{}/rate_steth_per_share_1e18", venue("lido:wstETH")),
            json!("0"),
            "m.json: venues[13].rate_steth_per_share_1e18: 0 is out of range",
        ),
        // Lending.
        (
            format!("/venues/{weth}/liquidity_index_ray"),
            json!("999999999999999999999999999"),
            "m.json: venues[22].liquidity_index_ray: 999999999999999999999999999 is out of range: at least 1e27",
        ),
        (
            format!("/venues/{weth}/asset"),
            json!("wstETH"),
            "m.json: venues[22].asset: \"wstETH\" is not the token at asset_address",
        ),
        (
            format!("/venues/{usdc}/available_liquidity"),
            json!("1.1234567"),
            "m.json: venues[29].available_liquidity: the amount is out of range: whole tokens with at most 6 decimals",
        ),
        (
            format!("/venues/{usdc}/available_liquidity"),
            json!("1e6"),
            "m.json: venues[29].available_liquidity: \"1e6\" is not a plain decimal number",
        ),
        (
            format!("/venues/{weth}/curve_inferred/reserve_factor"),
            json!("15"),
            "m.json: venues[22].curve_inferred.reserve_factor: the figure is out of range: a fraction from 0 to 1",
        ),
        (
            format!("/venues/{weth}/curve_inferred/optimal_utilisation"),
            json!("0"),
            "m.json: venues[22].curve_inferred.optimal_utilisation: 0 is out of range",
        ),
        (
            format!("/venues/{weth}/curve_inferred/slope1"),
            json!("0.03"),
            "m.json: venues[22].curve_inferred: the curve does not give the reserve's borrow and supply rates",
        ),
        (
            format!("/venues/{v2}/fee_ppm"),
            json!(2_500),
            "m.json: venues[0].fee_ppm: 2500 is out of range: a multiple of 1000",
        ),
        (
            format!("/venues/{curve}/admin_balances"),
            json!(["1"]),
            "m.json: venues[10].admin_balances: 1 for two coins",
        ),
        (
            format!("/venues/{sfrx}/last_sync"),
            json!(1_716_479_568),
            "m.json: venues[17].last_sync: 1716479568 is after the market's timestamp",
        ),
        // Yields, and what is only kept as history.
        (
            "/yields/0/apr".into(),
            json!("3.1169"),
            "m.json: yields[0].apr: the rate is out of range: a fraction such as 0.031 for 3.1 %",
        ),
        (
            "/yields/0/apr".into(),
            json!(0.03),
            "m.json: yields[0].apr: invalid type: floating point `0.03`, expected a decimal number in a string",
        ),
        ("/yields/0/apr".into(), json!("-0.03"), "m.json: yields[0].apr: "),
        (
            "/yields/0/kind".into(),
            json!("points"),
            "m.json: yields[0].kind: \"points\" is out of range: one of organic",
        ),
        (
            "/yields/0/asset".into(),
            json!("GHO"),
            "m.json: yields[0].asset: token \"GHO\" is not in `tokens`",
        ),
        (
            "/yields/0/window/days".into(),
            json!(0),
            "m.json: yields[0].window.days: \"0\" is out of range",
        ),
        (
            "/yields/0/window".into(),
            Value::Null,
            "m.json: yields[0].window: null: an organic yield says",
        ),
        (
            "/reference_venues/0/as_of".into(),
            Value::Null,
            "m.json: reference_venues[0].as_of: missing",
        ),
        ("/reference_yields/0/asset".into(), json!("GHO"), "m.json: reference_yields[0].asset: "),
    ];
    for (pointer, value, expected) in &table {
        let line = refusal(&changed(pointer, value));
        assert!(line.starts_with("m.json: ") && line.contains(expected), "{pointer}: {line}");
    }
    assert!(
        Figures::parse("m.json", &changed(&format!("/venues/{v2}/reserve0"), &json!(max_u112)))
            .is_ok()
    );
}

#[test]
fn a_file_that_is_not_json_is_refused_with_its_line_and_column() {
    let text = String::from_utf8(embedded().to_vec()).unwrap();
    assert_eq!(refusal(b""), "m.json: not JSON at line 1, column 0: EOF while parsing a value");
    assert_eq!(refusal(b"[1, 2"), "m.json: [0]: invalid type: integer `1`, expected a string");
    assert!(refusal(&text.as_bytes()[..text.len() / 2]).contains("not JSON at line "));
    let comma = text.replacen("\"chain_id\"", ", \"chain_id\"", 1);
    assert!(
        refusal(comma.as_bytes()).contains("not JSON at line 4, column "),
        "{}",
        refusal(comma.as_bytes())
    );
    assert!(refusal(format!("{text} x").as_bytes()).contains("trailing characters"));
    let mut bytes = embedded().to_vec();
    bytes[100] = 0xff;
    assert_eq!(refusal(&bytes), "m.json: byte 100 is not UTF-8: save the file as UTF-8 text");
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(
        refusal(deep.as_bytes()),
        "m.json: nested more than 64 levels deep at line 1: figures are flat"
    );
    let noted = text.replacen("\"chain_id\"", &format!("\"note\": {deep}, \"chain_id\""), 1);
    assert!(refusal(noted.as_bytes()).contains("nested more than 64 levels"));
    assert!(refusal(&vec![b' '; (64 << 20) + 1]).contains("67108865 bytes are too many"));
}

#[test]
fn a_field_given_twice_is_refused() {
    let text = String::from_utf8(embedded().to_vec()).unwrap();
    let top = text.replacen("\"chain_id\"", "\"chain_id\": 5, \"chain_id\"", 1);
    assert_eq!(refusal(top.as_bytes()), "m.json: chain_id: given twice: keep one");
    let inner = text.replacen("\"reserve0\"", "\"reserve0\": \"1\", \"reserve0\"", 1);
    assert_eq!(refusal(inner.as_bytes()), "m.json: venues[0].reserve0: given twice: keep one");
}

#[test]
fn a_market_that_cannot_be_built_says_why() {
    let build = |pointer: &str, value: Value| {
        let figures = Figures::parse("m.json", &changed(pointer, &value)).unwrap();
        figures.market(&[]).expect_err("the market must be refused").to_string()
    };
    assert_eq!(
        build("/chain_id", json!(10)),
        "m.json: chain_id: 10 is out of range: 1: routers and aTokens are known on mainnet only"
    );
    let protocol = format!("/venues/{}/protocol", venue("sushiswap_v2:USDC/WETH"));
    assert_eq!(
        build(&protocol, json!("forkswap")),
        "m.json: venues[2].protocol: \"forkswap\" is out of range: uniswap_v2 or sushiswap_v2, \
         whose router is known"
    );
    let wrap = format!("/venues/{}/actions", venue("lido:wstETH"));
    assert_eq!(
        build(&wrap, json!([])),
        "m.json: venues[12].share_token: no row wraps this token: list stETH and wstETH together"
    );
}

#[test]
fn a_market_names_its_file_and_not_where_it_lay() {
    let figures = Figures::parse("some/folder/m.json", embedded()).unwrap();
    assert_eq!(figures.market(&[]).unwrap().source, "m.json: figures of block 19933597");
    assert_eq!(figures.hash, Figures::parse("other.json", embedded()).unwrap().hash);
}

#[test]
fn fields_that_only_describe_may_be_missing_or_new() {
    for (pointer, value) in [
        ("/purpose", Value::Null),
        ("/venues/0/symbols", Value::Null),
        ("/venues/0/remark", json!({"any": [1, 2.5, null]})),
        ("/cross_check", Value::Null),
        ("/reference_venues", Value::Null),
    ] {
        Figures::parse("m.json", &changed(pointer, &value)).unwrap();
    }
    let mixed = json!("0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0");
    Figures::parse("m.json", &changed("/tokens/3/address", &mixed)).unwrap();
}

#[test]
fn assumptions_are_checked_against_the_market() {
    let market = market();
    let read = |entry: Value| {
        let file = json!({"schema": "tenor.assumptions/1", "note": "n", "assumptions": [entry]});
        market.assumptions("a.json", &serde_json::to_vec(&file).unwrap()).map_err(|e| e.to_string())
    };
    let wait = |venue: &str, days: &str, why: &str| json!({"kind": "queue_wait", "venue": venue, "wait_days": days, "why": why});
    let limit = |token: &str, amount: &str| json!({"kind": "deposit_limit", "venue": "aave_v3:WETH", "token": token, "amount": amount, "why": "w"});
    for venue in ["lido:stETH", "etherfi:eETH/weETH", "swell:swETH", "swell:rswETH", "mantle:mETH"]
    {
        read(wait(venue, "7.5", "w")).unwrap();
    }
    read(limit("WETH", "1000000")).unwrap();
    let terms = |venue: &str, ltv: &str, threshold: &str| {
        json!({"kind": "collateral_terms", "venue": venue, "lender": "aave_v3:WETH", "ltv": ltv,
            "threshold": threshold, "e_mode": 1, "supply_room": "1", "borrow_room": "1", "why": "w"})
    };
    read(terms("aave_v3:wstETH", "93", "95")).unwrap();
    for (entry, expected) in [
        (
            wait("lido:none", "7", "w"),
            "a.json: assumptions[0].venue: no venue \"lido:none\" in this market",
        ),
        (
            wait("lido:wstETH", "7", "w"),
            "a.json: assumptions[0].venue: lido:wstETH is a part of lido:stETH: name that",
        ),
        (wait("lido:stETH", "-7", "w"), "a.json: assumptions[0].wait_days: "),
        (
            wait("lido:stETH", "36601", "w"),
            "a.json: assumptions[0].wait_days: the wait is out of range",
        ),
        (wait("lido:stETH", "7", " "), "a.json: assumptions[0].why: an empty text is out of range"),
        (
            wait("rocketpool:rETH", "7", "w"),
            "a.json: assumptions[0].venue: rocketpool:rETH has no withdrawal queue",
        ),
        (limit("GHO", "1"), "a.json: assumptions[0].token: token \"GHO\" is not in `tokens`"),
        (limit("stETH", "1"), "a.json: assumptions[0].token: aave_v3:WETH does not take stETH"),
        (limit("WETH", "0.0000000000000000001"), "a.json: assumptions[0].amount: "),
        (json!({"kind": "luck"}), "a.json: assumptions[0].kind: \"luck\" is out of range"),
        (
            terms("aave_v3:WETH", "93", "95"),
            "a.json: assumptions[0].lender: a loan of the collateral",
        ),
        (terms("lido:stETH", "93", "95"), "a.json: assumptions[0].venue: lido:stETH is no lending"),
        (
            terms("aave_v3:wstETH", "96", "95"),
            "a.json: assumptions[0].ltv: what may be borrowed is above what may be owed",
        ),
        (
            terms("aave_v3:wstETH", "93", "100"),
            "a.json: assumptions[0].threshold: the share is out of range",
        ),
        (terms("aave_v3:wstETH", "93.123", "95"), "a.json: assumptions[0].ltv: the share"),
        (terms("aave_v3:none", "93", "95"), "a.json: assumptions[0].venue: no venue"),
        (
            json!({"kind": "queue_wait", "venue": "lido:stETH", "wait_days": "1", "why": "w", "waits": 1}),
            "a.json: assumptions[0].waits: unknown field",
        ),
        (
            json!({"kind": "queue_wait", "venue": "lido:stETH", "wait_days": "1"}),
            "a.json: assumptions[0].why: missing",
        ),
    ] {
        let line = read(entry).unwrap_err();
        assert!(line.contains(expected), "{line}");
    }
    let twice = json!({"schema": "tenor.assumptions/1", "assumptions":
        [wait("lido:stETH", "7", "w"), wait("lido:stETH", "8", "w")]});
    let line = market.assumptions("a.json", &serde_json::to_vec(&twice).unwrap()).unwrap_err();
    assert_eq!(
        line.to_string(),
        "a.json: assumptions[1]: the same as assumptions[0]: remove one of the two"
    );
}

/// Where every value of the embedded file is, as JSON pointers.
fn pointers() -> Vec<String> {
    fn walk(value: &Value, at: &str, all: &mut Vec<String>) {
        all.push(at.to_owned());
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(name, v)| {
                    walk(v, &format!("{at}/{}", name.replace('/', "~1")), all)
                });
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, v)| walk(v, &format!("{at}/{i}"), all));
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    walk(&embedded_json(), "", &mut all);
    all
}

/// Values that a careless or hostile hand would write.
fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[0-9]{1,90}".prop_map(Value::from),
        "0x[0-9a-fA-F]{38,42}".prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
    ]
}

/// Whatever came in: figures, or one line that begins with the file's name.
fn holds(bytes: &[u8]) {
    match Figures::parse("m.json", bytes) {
        Ok(figures) => {
            let assumed = figures.assumptions("a.json", embedded_assumptions());
            if let Err(error) = figures.market(&assumed.unwrap_or_default()) {
                assert!(error.to_string().starts_with("m.json: "), "{error}");
            }
        }
        Err(error) => {
            let line = error.to_string();
            assert!(line.starts_with("m.json: ") && !line.contains('\n'), "{line}");
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        holds(&bytes);
    }

    #[test]
    fn truncated_files_never_panic(cut in 0..embedded().len()) {
        let text = embedded();
        holds(&text[..cut]);
        let whole = text[cut..].iter().all(u8::is_ascii_whitespace);
        prop_assert_eq!(Figures::parse("m.json", &text[..cut]).is_ok(), whole);
    }

    #[test]
    fn flipped_bytes_never_panic(at in 0..embedded().len(), byte in any::<u8>()) {
        let mut bytes = embedded().to_vec();
        bytes[at] = byte;
        holds(&bytes);
    }

    #[test]
    fn mutated_values_never_panic(pick in any::<prop::sample::Index>(), value in odd()) {
        let all = pointers();
        let mut file = embedded_json();
        let pointer: &String = pick.get(&all);
        *file.pointer_mut(pointer).unwrap() = value;
        holds(&serde_json::to_vec(&file).unwrap());
    }
}
