//! One's own size: what a deposit takes off its own yield decides between venues.

use tenor_solver::{graph::Graph, yields::earning};

use super::{SYNTHETIC, ask, changed, ether, file, held, row, token};

/// `YIELD_AND_RISK` 11.3. Two lending markets of ETH: a small one that pays more, a large one that
/// pays less. One ether goes to the small one; ten thousand dilute it, and do not.
#[test]
fn identical_deposits_rank_differently_by_their_size() {
    let mut file = file();
    // wETH in the small market: 1,000 free at 60 % use, 1,500 lent; 0.9 kink, slope 6 %.
    let used = 0.6f64;
    let borrow = 0.06 * used / 0.9;
    let lending = row(&mut file, "venues", "id", "aave_v3:WETH");
    lending["available_liquidity"] = "1000".into();
    lending["curve_inferred"]["slope1"] = "0.06".into();
    lending["borrow_rate_ray"] = ray(borrow).to_string().into();
    lending["supply_rate_ray"] = ray(borrow * used * 0.85).to_string().into();
    // The large one: a vault whose shares grow by 1.2 % a year, whatever is put in.
    row(&mut file, "yields", "asset", "lpETH")["apr"] = "0.012".into();
    row(&mut file, "yields", "asset", "lpETH")["paid"][0]["apr"] = "0.012".into();
    file["rewards"] = serde_json::json!([]);
    let engine = changed(&file).unwrap();
    let market = engine.market();
    let graph = Graph::new(market);
    let rate = |symbol: &str, eth: u64| {
        let of = earning(market, &graph, token(&engine, symbol), ether(eth)).unwrap();
        tenor_solver::yields::fraction(of.rate)
    };
    // By hand: u = 1500 / (2500 + x), and u^2 * 0.06 / 0.9 * 0.85 of a 365-day year.
    for eth in [1u64, 10_000] {
        let u = 1_500.0 / (2_500.0 + f64::from(u32::try_from(eth).unwrap()));
        let expected = u * u * 0.06 / 0.9 * 0.85 * 365.25 / 365.0;
        let found = rate("aEthWETH", eth);
        assert!((found - expected).abs() < 1e-6, "{eth}: {found} {expected}");
    }
    assert!(rate("aEthWETH", 1) > rate("lpETH", 1));
    assert!(rate("aEthWETH", 10_000) < rate("lpETH", 10_000));
}

/// The same through the whole solver: which position ten thousand ether take is another one than a
/// hundred take, and a plan's rate is never above a smaller one's.
#[test]
fn large_amounts_take_other_positions() {
    let of = |eth: u64| {
        ask(&SYNTHETIC, &format!("maximize ETH yield on {eth} WETH for 30 days risk high"))
    };
    let [small, large] = [100, 10_000].map(of);
    assert_ne!(held(&small), held(&large));
    let net = |answer: &tenor::answer::AnswerDto| {
        answer.yields.as_ref().unwrap().net_bps.parse::<f64>().unwrap()
    };
    assert!(net(&large) < net(&small), "{} {}", net(&large), net(&small));
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn ray(rate: f64) -> u128 {
    (rate * 1e15).round() as u128 * 10u128.pow(12)
}
