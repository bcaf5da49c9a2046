//! Every number of the reference's worked vectors, line by line: a line that no check covers, a number
//! that no check computes and a check that no line asks for are each a failure.
//!
//! `venue_vectors.txt` was printed by a port that is not this one. What it does not print of its inputs
//! is told at the check, with how it was found.

use std::fs;

use alloy_primitives::{Address, U256, uint};
use tenor_solver::{
    amount::{RAY, WAD, to_f64},
    curve::{forward_rate, pt_price},
    leverage::formulas::{break_even, equity_rate, most_by_health, price_drop},
    venues::{
        AdaptiveCurve, CurveFigures, CurveNg, CurveNgFigures, CurveStableSwap, DenominatorForm,
        Lido, LidoFigures, NATIVE, PendleFigures, PendleMarket, RateCurve, StakeLimit, Swap, Venue,
        VenueId,
    },
};

use crate::recorded::data;

const DAY_S: u64 = 86_400;
/// Seconds of the year that lending and fixed terms count in.
const YEAR_S: u64 = 31_536_000;
const NOW: u64 = 1_700_000_000;

/// What a line's numbers come to here, in their order.
enum Told {
    /// To the unit.
    Exactly(U256),
    /// Within a relative distance.
    Near(f64, f64),
}

use Told::{Exactly, Near};

/// As many digits as a float has.
const FLOAT: f64 = 1e-12;

/// Works out the numbers of a line anew.
type Check = fn() -> Vec<Told>;

/// The lines by what stands before their first colon.
const CHECKS: &[(&str, Check)] = &[
    ("lido submit 100 ETH @1.2 rate", lido),
    ("leverage LT.965 HF1.01 (Aave forum says 22.44)", leverage),
    ("loop apr y=2.7% b=2.4% L=10", loop_apr),
    ("collateral price drop to liquidation LT.95 L=10", drop_to_liquidation),
    ("curve old 100 ETH, 40k/40k A=30 fee 1bp", curve_balanced),
    ("curve old 100 stETH->ETH with 24/76 imbalance", curve_imbalanced),
    ("curve ng 100, 40k/40k A=1500 fee 1bp mult 5", curve_ng),
    ("aave u=.90 U0=.92 b=0 s1=2.6% s2=40% rf=15%", || aave(9, 10)),
    ("aave u=1.0", || aave(1, 1)),
    ("morpho u=.9 r=4%", morpho),
    ("pendle buy 10 PT, 180d, implied 4%", pendle),
    ("PT price at 4%/180d", pt),
    ("fwd 90->270d", forward),
];

fn ether(amount: u64) -> U256 {
    U256::from(amount) * WAD
}

fn lido() -> Vec<Told> {
    let figures = LidoFigures {
        steth: Address::repeat_byte(1),
        wsteth: Address::repeat_byte(2),
        total_pooled_ether: ether(1_200_000),
        total_shares: ether(1_000_000),
        stake_limit: StakeLimit::Unlimited,
    };
    let venue = Lido::new(VenueId::new("lido"), figures);
    let steth = venue.tokens().iter().position(|t| *t == Address::repeat_byte(1)).unwrap();
    let shares = venue.rebase(steth).unwrap().shares_of(ether(100)).unwrap();
    vec![Exactly(shares)]
}

/// As the forum rounds them: to a hundredth.
fn leverage() -> Vec<Told> {
    let most = |threshold| Near(most_by_health(threshold, 1.01).unwrap(), 2e-4);
    vec![most(0.965), most(0.95)]
}

fn loop_apr() -> Vec<Told> {
    let rate = equity_rate(10.0, 0.027, 0.024).unwrap();
    vec![Near(rate, FLOAT), Near(break_even(10.0, 0.027).unwrap(), FLOAT)]
}

fn drop_to_liquidation() -> Vec<Told> {
    vec![Near(price_drop(10.0, 0.95).unwrap(), FLOAT)]
}

/// The first generation: `A` of 30, a fee of a basis point.
fn old_curve(eth: u64, steth: u64, swap: Swap) -> U256 {
    let figures = CurveFigures {
        id: VenueId::new("curve"),
        pool: Address::repeat_byte(1),
        coins: vec![NATIVE, Address::repeat_byte(2)],
        balances: vec![ether(eth), ether(steth)],
        amp_scaled: U256::from(3_000),
        rates: vec![WAD; 2],
        fee_1e10: uint!(1_000_000_U256),
        admin_fee_1e10: uint!(5_000_000_000_U256),
        form: DenominatorForm::PlusOne,
    };
    CurveStableSwap::new(figures).unwrap().quote(swap).unwrap().out
}

fn curve_balanced() -> Vec<Told> {
    vec![Exactly(old_curve(40_000, 40_000, Swap { from: 0, to: 1, amount: ether(100) }))]
}

/// The shares are of 100,000 in all: other sums give other figures.
fn curve_imbalanced() -> Vec<Told> {
    let out = old_curve(24_000, 76_000, Swap { from: 1, to: 0, amount: ether(100) });
    vec![Near(to_f64(out) / 1e18, FLOAT)]
}

fn curve_ng() -> Vec<Told> {
    let figures = CurveNgFigures {
        id: VenueId::new("curve ng"),
        pool: Address::repeat_byte(1),
        coins: vec![Address::repeat_byte(2), Address::repeat_byte(3)],
        balances: vec![ether(40_000); 2],
        amp_scaled: U256::from(150_000),
        rates: vec![WAD; 2],
        fee_1e10: uint!(1_000_000_U256),
        multiplier_1e10: uint!(50_000_000_000_U256),
        admin_fee_1e10: uint!(5_000_000_000_U256),
    };
    let swap = Swap { from: 0, to: 1, amount: ether(100) };
    vec![Exactly(CurveNg::new(figures).unwrap().quote(swap).unwrap().out)]
}

/// The utilisation itself, what borrowers pay and what suppliers get.
fn aave(part: u64, of: u64) -> Vec<Told> {
    let permille = |n: u64| RAY * U256::from(n) / U256::from(1_000);
    let curve = RateCurve {
        base: U256::ZERO,
        slope1: permille(26),
        slope2: permille(400),
        optimal: permille(920),
        reserve_factor_bps: U256::from(1_500),
    };
    let used = RAY * U256::from(part) / U256::from(of);
    let near = |ray: U256| Near(to_f64(ray) / 1e27, FLOAT);
    vec![near(used), near(curve.borrow_rate(used).unwrap()), near(curve.supply_rate(used).unwrap())]
}

/// The average rate over the time and the rate at the target after it: at the target, over a day in
/// full use, and at once without use. The contract's exponential is a polynomial, five ten-thousandths
/// off at most.
fn morpho() -> Vec<Told> {
    let target = WAD * U256::from(4) / U256::from(100) / U256::from(YEAR_S);
    let curve = AdaptiveCurve { rate_at_target: target };
    let cases = [(WAD * U256::from(9) / U256::from(10), 0), (WAD, DAY_S), (U256::ZERO, 0)];
    let both = |(used, seconds): (U256, u64)| {
        let after = curve.adapted(used, seconds).unwrap();
        [after.average, after.curve.rate_at_target]
    };
    let yearly = |rate: U256| Near(to_f64(rate * U256::from(YEAR_S)) / 1e18, 5e-4);
    cases.into_iter().flat_map(both).map(yearly).collect()
}

fn wad(value: f64) -> U256 {
    tenor_solver::amount::from_f64(value * 1e18)
}

/// 1000 PT and 1000 SY at 1.2 of the asset, a scalar root of 100: neither totals nor root are in the
/// file; they are those that reproduce all the figures that are.
fn pendle_market(fee_rate_root: f64) -> PendleMarket {
    PendleMarket::new(PendleFigures {
        id: VenueId::new("pendle"),
        market: Address::ZERO,
        router: Address::ZERO,
        sy: Address::repeat_byte(3),
        pt: Address::repeat_byte(4),
        yt: Address::repeat_byte(5),
        total_pt: wad(1000.0),
        total_sy: wad(1000.0),
        scalar_root: wad(100.0),
        ln_fee_rate_root: wad(fee_rate_root.ln()),
        reserve_fee_percent: U256::from(80),
        last_ln_implied_rate: wad(1.04f64.ln()),
        expiry: NOW + 180 * DAY_S,
        index: wad(1.2),
        floating_sy: U256::ZERO,
        needs_fee: false,
        paused: false,
        timestamp: NOW,
    })
    .unwrap()
}

/// The least SY that buys ten PT.
fn price_of_ten(market: &PendleMarket) -> U256 {
    let buys = |amount| {
        let out = market.quote(Swap { from: 0, to: 1, amount }).map_or(U256::ZERO, |q| q.out);
        out >= wad(10.0)
    };
    let (mut low, mut high) = (U256::ZERO, wad(20.0));
    assert!(buys(high));
    while high - low > U256::ONE {
        let middle = low + (high - low) / U256::from(2);
        if buys(middle) { high = middle } else { low = middle }
    }
    high
}

/// What ten PT cost, what of that is the fee, the rate that the market implies after it, and the rate
/// that the buyer gets. A purchase finds its PT by search, to a few thousand wei.
fn pendle() -> Vec<Told> {
    let mut market = pendle_market(1.001);
    let paid = price_of_ten(&market);
    let fee = paid - price_of_ten(&pendle_market(1.0));
    market.trade(Swap { from: 0, to: 1, amount: paid }).unwrap();
    let implied = market.fixed_term().unwrap().rate.exp_m1();
    let paid = to_f64(paid) / 1e18;
    let fixed = (10.0 / (paid * 1.2)).powf(365.0 / 180.0) - 1.0;
    vec![
        Near(paid, FLOAT),
        Near(to_f64(fee) / 1e18, 1e-10),
        Near(implied, 1e-10),
        Near(fixed, 1e-10),
    ]
}

/// A rate as Pendle shows it, compounded once in 365 days, as one of a year of 365.25.
fn shown(apy: f64) -> f64 {
    apy.ln_1p() * 365.25 / 365.0
}

fn pt() -> Vec<Told> {
    vec![Near(pt_price(shown(0.04), 180 * DAY_S, 0).unwrap(), FLOAT)]
}

/// Of 4 % over 90 days and 4.5 % over 270.
fn forward() -> Vec<Told> {
    let rate = forward_rate((shown(0.04), 90 * DAY_S), (shown(0.045), 270 * DAY_S)).unwrap();
    vec![Near((rate * 365.0 / 365.25).exp_m1(), FLOAT)]
}

/// A line's numbers: of each part, and two spaces part them, those after its colon.
fn numbers(line: &str) -> Vec<&str> {
    let told = line.split("  ").filter_map(|part| part.rsplit_once(": ")).map(|(_, told)| told);
    let words = told.flat_map(|told| told.split([' ', ',', '(', ')', '[', ']']));
    words.filter(|word| word.parse::<f64>().is_ok()).collect()
}

fn agrees(told: &Told, text: &str) -> bool {
    match told {
        Exactly(value) => value.to_string() == text,
        Near(value, within) => {
            let wanted: f64 = text.parse().unwrap();
            (value - wanted).abs() <= within * wanted.abs()
        }
    }
}

#[test]
fn every_number_of_the_vectors_is_reproduced() {
    let Some(folder) = data() else { return };
    let text = fs::read_to_string(folder.join("venue_vectors.txt")).unwrap();
    let (mut left, mut all): (Vec<&str>, usize) = (CHECKS.iter().map(|(key, _)| *key).collect(), 0);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let key = line.split_once(": ").unwrap_or_else(|| panic!("no colon in {line:?}")).0;
        let check = CHECKS.iter().find(|(known, _)| *known == key);
        let (_, check) = check.unwrap_or_else(|| panic!("no check covers {line:?}"));
        let (told, wanted) = (check(), numbers(line));
        assert!(!wanted.is_empty(), "no number is read in {line:?}");
        assert_eq!(told.len(), wanted.len(), "of {line:?} {wanted:?} are told");
        for (told, wanted) in told.iter().zip(&wanted) {
            let got = match told {
                Exactly(value) => value.to_string(),
                Near(value, _) => value.to_string(),
            };
            assert!(agrees(told, wanted), "{line:?}: {got}, not {wanted}");
        }
        left.retain(|known| *known != key);
        all += wanted.len();
    }
    assert!(left.is_empty(), "no line asks for {left:?}");
    println!("{all} numbers of {} lines", CHECKS.len());
}

/// The reader of lines finds what is there, so that a number cannot be passed over by form.
#[test]
fn numbers_are_read_in_every_form_of_the_file() {
    assert_eq!(numbers("a .9 b1: 22.44  LT.95 (x 16.83): 16.83"), ["22.44", "16.83"]);
    assert_eq!(numbers("aave u=.90: [0.9, 0.025, 1e-3]"), ["0.9", "0.025", "1e-3"]);
    assert_eq!(numbers("m u=.9: (0.04, 1)  u=1,1day: (2, 3)"), ["0.04", "1", "2", "3"]);
    assert_eq!(numbers("p 10, 4%: SY paid 8.1 fee 0.004 eff. APY 0.03"), ["8.1", "0.004", "0.03"]);
}
