//! Plans with leverage on the embedded market: only where asked for, checked in the EVM, and left again.

use std::sync::LazyLock;

use alloy_primitives::U256;
use serde_json::Value;
use tenor::{
    answer::{AnswerDto, terminal::Page},
    engine::{Engine, NOBODY},
};
use tenor_simulations::{
    Script,
    figures::{ASSUMPTIONS_NAME, EMBEDDED_NAME, Figures, embedded, embedded_assumptions},
    simulate,
};
use tenor_solver::{
    solution::{Answer, approvals, calls},
    solve,
};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| engine(embedded()));

fn engine(figures: &[u8]) -> Engine {
    let figures = Figures::parse(EMBEDDED_NAME, figures).unwrap();
    let assumptions = figures.assumptions(ASSUMPTIONS_NAME, embedded_assumptions()).unwrap();
    Engine::new(&figures, &assumptions).unwrap()
}

fn ask(sentence: &str) -> AnswerDto {
    ENGINE.ask(sentence, NOBODY).unwrap_or_else(|error| panic!("{sentence}: {error}"))
}

fn solved(sentence: &str) -> Answer {
    solve(ENGINE.market(), &ENGINE.read(sentence).unwrap()).unwrap()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

const YEAR: &str = "maximize ETH yield on 100 stETH for 365 days risk high";

#[test]
fn leverage_comes_only_when_asked_for() {
    for risk in ["low", "medium", "high"] {
        for days in [30, 365] {
            let sentence = format!("maximize ETH yield on 100 stETH for {days} days risk {risk}");
            let answer = solved(&sentence);
            let plans = answer.best.iter().chain(&answer.alternatives);
            assert!(plans.clone().count() > 0);
            for plan in plans {
                assert!(plan.leverage.is_none(), "{sentence}: {}", plan.label);
            }
            let told = ask(&sentence);
            assert!(told.leverage.is_none());
            let all = told.disclosures.join("\n");
            assert!(!all.contains("lends up to"), "an assumption that nothing used: {all}");
        }
    }
    assert!(solved(&format!("{YEAR} leverage <= 1")).best.unwrap().leverage.is_none());
}

#[test]
fn a_loop_is_confirmed_and_says_what_it_stands() {
    let told = ask(&format!("{YEAR} leverage <= 3"));
    let l = told.leverage.as_ref().expect("a loop wins a year");
    assert_eq!((told.plan.kind, told.plan.way), ("positions", "owner_executed"));
    assert_eq!(told.simulation.as_ref().unwrap().difference_wei, "0");
    let leverage = number(&l.leverage);
    assert!(leverage > 2.9 && leverage <= 3.0, "{leverage}");
    for kind in ["borrow", "deposit"] {
        assert!(told.plan.legs.iter().any(|leg| leg.kind == kind), "{kind}");
    }
    // By the formulas, from the answer's own figures.
    let [earned, paid] = [&l.collateral_bps, &l.borrow_bps].map(|bps| number(bps) / 1e4);
    let near = |what: &str, got: f64, wanted: f64, within: f64| {
        assert!((got - wanted).abs() < within, "{what}: {got}, not {wanted}");
    };
    near("health", number(&l.health), 0.95 * leverage / (leverage - 1.0), 1e-3);
    near(
        "break-even",
        number(&l.break_even_borrow_bps) / 1e4,
        leverage / (leverage - 1.0) * earned,
        1e-5,
    );
    near("equity", number(&l.equity_bps) / 1e4, leverage * earned - (leverage - 1.0) * paid, 1e-5);
    let drop = 1.0 - (leverage - 1.0) / (leverage * 0.95);
    near("drop", number(&l.liquidation_drop_bps) / 1e4, drop, 1e-4);
    let [bonus, lost] = [&l.liquidation_bonus_bps, &l.liquidation_loss_bps]
        .map(|bps| number(bps.as_ref().unwrap()) / 1e4);
    near("bonus", bonus, 0.01, 1e-9);
    near("a liquidation", lost, leverage * drop + bonus * (leverage - 1.0), 1e-3);
    // The collateral earns more than the loan costs: interest alone never liquidates.
    assert!(earned > paid && l.carry_to_liquidation_s.is_none());
    assert!(number(&l.borrow_bps) > number(&l.borrow_before_bps), "the own loan is dearer");
    assert!(number(&l.used_bps) > number(&l.used_before_bps));
    // Holding is beaten, by the tier above lending on one liquid staking token.
    assert_eq!(told.risk.as_ref().unwrap().tier, "T3");
    assert!(told.alternatives.iter().any(|a| a.kind == "hold"));
    // At 95 % and 100 % of use the rate is that of the steep part of the curve.
    let at_full =
        l.stress.iter().find(|row| row.used_bps.as_deref() == Some("10000.0000")).unwrap();
    let year = 365.25 / 365.0;
    near("full", number(at_full.borrow_bps.as_ref().unwrap()) / 1e4, (0.027 + 0.8) * year, 1e-5);
    assert!(at_full.carry_to_liquidation_s.is_some());
    assert!(told.certificate.is_none(), "the bound is over plans that owe nothing");
    for words in
        ["health factor of 1.05: a choice", "one transaction after another", "lends up to 93 %"]
    {
        assert!(told.disclosures.iter().any(|line| line.contains(words)), "{words}");
    }
    let page = Page::new(&told, false).to_string();
    assert!(
        page.contains("Leverage 2.9")
            && page.contains("breaks even at")
            && page.contains(", which loses "),
        "{page}"
    );
}

#[test]
fn the_parts_of_the_yield_add_up() {
    let told = ask(&format!("{YEAR} leverage <= 2"));
    let y = told.yields.as_ref().unwrap();
    let wei = |text: &str| alloy_primitives::I256::from_dec_str(text).unwrap();
    assert_eq!(wei(&y.net_wei), wei(&y.organic_wei) + wei(&y.incentive_wei) + wei(&y.cost_wei));
    let l = told.leverage.as_ref().unwrap();
    // Sold collateral at the horizon less what is owed then, less gas, is what it was and the net.
    let exit = told.exit.as_ref().unwrap();
    let owed: U256 = l.debt_at_horizon.parse().unwrap();
    let part = &exit.parts[0];
    let (sale, growth): (U256, U256) =
        (part.sale_eth_wei.parse().unwrap(), part.growth_ray.parse().unwrap());
    let grown = tenor_solver::amount::mul_div(sale, growth, tenor_solver::amount::RAY).unwrap();
    assert_eq!(exit.eth_wei.parse::<U256>().unwrap(), grown - owed);
    assert!(owed > l.debt_amount.parse::<U256>().unwrap(), "interest accrues");
}

/// The whole way in and out, in one run on the world's contracts: what the unwinding promises is what
/// is left, to the wei, and nothing is owed.
#[test]
fn a_loop_is_entered_and_left_in_the_evm() {
    for (leverage, asset) in [("1.5", "100 stETH"), ("3", "40 wstETH"), ("6", "250 WETH")] {
        let sentence =
            format!("maximize ETH yield on {asset} for 365 days risk high leverage <= {leverage}");
        let answer = solved(&sentence);
        let mut plans = answer.best.iter().chain(&answer.alternatives);
        let plan = plans.find(|plan| plan.leverage.is_some()).expect("a loop");
        let facts = plan.leverage.as_ref().unwrap();
        let market = ENGINE.market();
        let mut encoded = plan.encode(market, NOBODY, 10, u64::MAX);
        encoded.extend(facts.encode_unwinding(market, NOBODY, 10, u64::MAX));
        let script = Script {
            account: NOBODY,
            holdings: plan.start.tokens().map(|t| (t, plan.start.stored(t))).collect(),
            approvals: approvals(&encoded),
            calls: calls(&encoded).cloned().collect(),
            watch: plan.watched(),
        };
        let report = simulate(ENGINE.world().unwrap(), &script).unwrap();
        let after = |token| report.after.iter().find(|held| held.token == token).unwrap().balance;
        assert_eq!(after(facts.credit.loan), facts.unwinding.left, "{sentence}");
        for leg in plan.legs.iter().filter(|leg| leg.kind == tenor_solver::route::LegKind::Borrow) {
            assert_eq!(after(leg.token_in), U256::ZERO, "nothing is owed");
        }
        let repaid: U256 = facts.unwinding.rounds.iter().map(|round| round.repaid).sum();
        // Each round rounds what it burns once.
        let rounds = U256::from(facts.unwinding.rounds.len());
        assert!(repaid.abs_diff(facts.owed) <= rounds, "{repaid} of {}", facts.owed);
        let released: U256 = facts.unwinding.rounds.iter().map(|round| round.released).sum();
        assert!(released.abs_diff(facts.collateral) <= rounds, "{released}");
        // Leaving at once costs no more than the exit cost that the plan was ranked with.
        let equity = tenor_solver::amount::to_f64(plan.worth.redeem);
        let least = equity * (1.0 - plan.exit_cost_bps / 1e4) * (1.0 - 1e-6);
        assert!(tenor_solver::amount::to_f64(facts.unwinding.left) >= least, "{sentence}");
    }
}

/// `YIELD_AND_RISK`, section 11, test 5. A market whose curve is steep enough that borrowing costs
/// 8.6 %, above the 4.7 % at which leverage 3 breaks even.
#[test]
fn a_loop_above_its_break_even_is_refused_and_says_so() {
    let mut file: Value = serde_json::from_slice(embedded()).unwrap();
    let rows = file["venues"].as_array_mut().unwrap();
    let weth = rows.iter_mut().find(|row| row["id"] == "aave_v3:WETH").unwrap();
    weth["curve_inferred"]["slope1"] = "0.09".into();
    // The old rates, ten thirds of them: the use stays what it was.
    weth["borrow_rate_ray"] = "86033600557270958533786710".into();
    weth["supply_rate_ray"] = "62915133611208457187593500".into();
    let dear = engine(&serde_json::to_vec(&file).unwrap());
    let told = dear.ask(&format!("{YEAR} leverage <= 3"), NOBODY).unwrap();
    assert!(told.leverage.is_none(), "{}", told.plan.label);
    let loops: Vec<_> = told.alternatives.iter().filter(|a| a.label.contains("times")).collect();
    let refused =
        loops.iter().find(|a| a.label.contains("3.0") || a.label.contains("2.99")).unwrap();
    let why = refused.violates.join("; ");
    assert!(why.contains("leverage: borrowing costs 8.6") && why.contains("breaks even"), "{why}");
    let net = |label: &str| {
        told.alternatives.iter().find(|a| a.label == label).map(|a| number(&a.net_bps))
    };
    assert!(number(&refused.net_bps) < net("hold stETH").unwrap_or(f64::INFINITY));
}

#[test]
fn loops_keep_the_intents_limits() {
    // A loop on lent staking tokens is a tier above T2: a balanced profile does not take it.
    let balanced = ask("maximize ETH yield on 100 stETH for 365 days leverage <= 3");
    assert!(balanced.leverage.is_none());
    let stays = balanced.alternatives.iter().find(|a| a.label.contains("times")).unwrap();
    assert!(stays.violates.iter().any(|v| v.starts_with("highest tier")), "{stays:?}");
    let avoided = solved(&format!("{YEAR} leverage <= 3 avoid aave_v3"));
    assert!(avoided.best.iter().chain(&avoided.alternatives).all(|p| p.leverage.is_none()));
    // The health factor that is kept, not the sentence, bounds what is asked beyond it.
    let most = solved(&format!("{YEAR} leverage <= 50"));
    let loops = most.best.iter().chain(&most.alternatives).filter_map(|p| p.leverage.as_deref());
    let greatest = loops.map(|l| l.leverage).fold(1.0, f64::max);
    let bound = 1.0 / (1.0 - 0.95 / 1.05);
    assert!(greatest > 1.2 && greatest <= bound, "{greatest} of {bound}");
    // A short horizon does not pay for the way in and out.
    let short = ask("maximize ETH yield on 100 stETH for 3 days risk high leverage <= 3");
    assert!(short.leverage.is_none(), "{}", short.plan.label);
}

/// Terms that nobody tells make no loops, and the answer says what is missing.
#[test]
fn without_terms_there_is_no_loop() {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    let bare = Engine::new(&figures, &[]).unwrap();
    let told = bare.ask(&format!("{YEAR} leverage <= 3"), NOBODY).unwrap();
    assert!(told.leverage.is_none());
    let why = told.binding.iter().find(|b| b.limit == "leverage").unwrap();
    assert!(why.detail.contains("tells no limit, threshold or oracle price"), "{}", why.detail);
}
