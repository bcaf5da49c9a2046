//! From a verified plan to what is signed.

use alloy_primitives::{Address, U256, keccak256};
use alloy_sol_types::{SolCall, sol};
use tenor::intents::signed::{
    OfferError, OwnerOnly, PERMIT2, Preferences, Terms, offer::offer, wallet,
};
use tenor_simulations::{Report, Script, World, simulate};
use tenor_solver::{market::Market, venues::NATIVE};

use super::{
    MOVES, SETTLER, SOLVER, SWAPS, deployment, engine, offered, owner, read, terms, world,
};

sol! {
    function approve(address spender, uint256 amount) external returns (bool);
}

const WAD: u64 = 1_000_000_000_000_000_000;

fn wad() -> U256 {
    U256::from(WAD)
}

#[test]
fn least_amounts_and_value_follow_from_fee_and_slippage() {
    for sentence in [MOVES, SWAPS, "swap 1000 WETH to USDC", "exit 40 wstETH to WETH"] {
        let intent = read(sentence);
        let plan = engine().plan(&intent, owner()).unwrap().unwrap();
        let offer = offered(sentence, &terms()).unwrap();
        let witness = &offer.permit.witness;
        let (amount, fee) = (offer.permit.permitted.amount, witness.maxFeeIn);
        assert_eq!(offer.permit.permitted.token, intent.asset, "{sentence}");
        assert!(amount <= intent.amount && !fee.is_zero() && fee < amount, "{sentence}");
        // What rounding leaves on the way is no output: nobody could be held to a wei of it.
        let dust = engine().market().gas_price * U256::from(21_000);
        for output in &witness.outputs {
            let worth = engine().market().redeem_value(output.token, output.maxAmountCounted);
            assert!(worth.is_none_or(|worth| worth > dust), "{sentence}: {}", output.token);
        }
        let slippage = U256::from(intent.limits.slippage_bps);
        let ten = U256::from(10_000);
        let mut value = U256::ZERO;
        for output in &witness.outputs {
            let held = plan.solution().end.iter().find(|held| held.token == output.token).unwrap();
            assert_eq!(output.maxAmountCounted, held.balance, "{sentence}");
            // out * (amount - fee) / amount * (1 - slippage), to the wei from below and above.
            let exact = held.balance * (amount - fee) * (ten - slippage);
            let least = output.minAmount * amount * ten;
            let unit = amount * ten;
            assert!(least + unit + unit > exact && least <= exact + unit, "{sentence}");
            value += held.balance * output.rateE18 / wad();
        }
        // Never more than the quote is worth, and never further below it than fee and slippage.
        assert!(witness.minValueOut <= value, "{sentence}");
        let lost = value * (amount * ten - (amount - fee) * (ten - slippage)) / (amount * ten);
        assert!(witness.minValueOut + lost + U256::from(4) >= value, "{sentence}");
    }
}

#[test]
fn rates_are_no_better_than_redemption_and_sale() {
    let offer = offered(MOVES, &terms()).unwrap();
    let market = engine().market();
    for output in &offer.permit.witness.outputs {
        let redeems = market.redeem_value(output.token, wad()).unwrap();
        assert!(!output.rateE18.is_zero() && output.rateE18 <= redeems, "{}", output.token);
        // The sale is what the market pays for all of it by a plan of its own.
        let symbol = market.symbol(output.token);
        let units = tenor_solver::amount::decimal(output.maxAmountCounted, 18);
        let exit = read(&format!("exit {units} {symbol} to ETH"));
        let sold = tenor_solver::solve(market, &exit).unwrap();
        let most = sold.best.iter().chain(&sold.alternatives).filter_map(|plan| {
            plan.end.iter().find(|held| held.token == NATIVE).map(|held| held.balance)
        });
        let most = most.max().unwrap();
        let credited = output.maxAmountCounted * output.rateE18 / wad();
        assert!(credited <= most + U256::ONE, "{symbol}: {credited} of {most}");
    }
}

#[test]
fn the_rest_is_as_the_terms_say() {
    let offer = offered(MOVES, &terms()).unwrap();
    let witness = &offer.permit.witness;
    let market = engine().market();
    assert_eq!((witness.owner, witness.recipient), (owner(), owner()));
    assert_eq!((offer.permit.spender, offer.permit.nonce), (SETTLER, terms().nonce));
    assert_eq!(offer.permit.deadline, U256::from(market.timestamp + 600));
    // The quote holds for 60 s, which is five blocks.
    let exclusive = (witness.allowedSolver, witness.exclusiveUntilBlock);
    assert_eq!(exclusive, (SOLVER, U256::from(market.block + 5)));
    assert_eq!(witness.validAfter, U256::ZERO);
    let intent = read(MOVES);
    assert_eq!(offer.statement, intent.canonical);
    assert_eq!(witness.statement, keccak256(intent.canonical.as_bytes()));
    assert_eq!(witness.preferences, keccak256(offer.preferences.text().unwrap()));
    assert_eq!(offer.id, deployment().id(&offer.permit));
}

/// Worked by hand from the specification of canonical JSON: sorted, compact, lower-case addresses.
#[test]
fn preferences_have_one_text() {
    let text = Preferences::of(&read("swap 1.5 WETH to wstETH slippage 7 bps by 300s"));
    assert_eq!(
        text.text().unwrap(),
        r#"{"amount":"1500000000000000000","asset":"0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2","avoid":[],"deadline_s":300,"denied":["rsETH","Balancer v2 composable stable pools","yETH"],"goal":{"kind":"swap","to":"0x7f39c581f595b53c5cb19bd0b3f8da6c935e2ca0"},"incentives_bps":0,"liquid_share_bps":10000,"liquid_within_s":2592000,"max_entry_cost_bps":20,"max_exit_cost_bps":50,"max_expected_loss_bps":60,"max_leverage_pct":100,"max_tier":"T2","min_improvement_bps":10,"only":[],"others":[],"protocol_cap_bps":10000,"quote_valid_s":60,"risk":"medium","schema":"tenor.preferences/1","slippage_bps":7}"#
    );
}

#[test]
fn preferences_read_back_as_the_intent() {
    let sentences = [
        MOVES,
        SWAPS,
        "exit 40 wstETH to WETH within 2 days",
        "maximize organic risk-adjusted ETH yield on 3 wstETH risk high risk <=T3 avoid lido",
    ];
    for sentence in sentences {
        let intent = read(sentence);
        let preferences = Preferences::of(&intent);
        let back = preferences.intent().unwrap();
        assert_eq!(
            (back.goal, back.asset, back.amount),
            (intent.goal, intent.asset, intent.amount)
        );
        assert_eq!(back.limits, intent.limits, "{sentence}");
        let text = preferences.text().unwrap();
        assert_eq!(serde_json::from_str::<Preferences>(&text).unwrap(), preferences);
    }
}

#[test]
fn what_one_signature_cannot_settle_says_why() {
    let refused = |sentence: &str| match offered(sentence, &terms()) {
        Err(OfferError::OwnerOnly(why)) => why,
        other => panic!("{sentence}: {other:?}"),
    };
    assert_eq!(refused("swap 50 ETH to wstETH"), OwnerOnly::NativeIn);
    assert_eq!(refused("exit 10 wstETH to ETH"), OwnerOnly::NativeOut);
    // A state without the outputs' contracts is one in which they are no tokens.
    let intent = read(MOVES);
    let plan = engine().plan(&intent, owner()).unwrap().unwrap();
    let empty = super::signers::chain(&[]);
    let offered_on =
        |market: &Market, world: &World| match offer(market, world, &intent, &plan, &terms()) {
            Err(OfferError::OwnerOnly(why)) => why,
            other => panic!("{other:?}"),
        };
    let why = offered_on(engine().market(), &empty);
    assert!(matches!(why, OwnerOnly::NotErc20(_)), "{why}");
    // A market that does not say what the asset is worth, nor what it buys.
    let mut unknown = engine().market().clone();
    unknown.redemptions.clear();
    let why = offered_on(&unknown, world());
    assert!(matches!(why, OwnerOnly::Unpriced(_)), "{why}");
    let tiny = Terms { fee_headroom_pct: 4_000_000_000, ..terms() };
    let tiny = offered("swap 0.01 WETH to wstETH", &tiny);
    assert_eq!(tiny, Err(OfferError::OwnerOnly(OwnerOnly::FeeAboveAmount)));
}

#[test]
fn holding_is_nothing_to_sign() {
    let intent = read("maximize ETH yield on 100 stETH");
    assert!(engine().plan(&intent, owner()).unwrap().is_none());
}

#[test]
fn permit2_needs_an_allowance_once() {
    let offer = offered(SWAPS, &terms()).unwrap();
    let allowance = offer.approval.unwrap();
    let amount = offer.permit.permitted.amount;
    let approval = allowance.approval;
    assert_eq!((approval.spender, approval.amount), (PERMIT2, amount));
    assert!((40_000..60_000).contains(&allowance.gas), "{}", allowance.gas);
    let call = approveCall::abi_decode(&allowance.call.data).unwrap();
    assert_eq!((allowance.call.to, call.spender, call.amount), (approval.token, PERMIT2, amount));

    let script = Script {
        account: owner(),
        holdings: Vec::new(),
        approvals: Vec::new(),
        calls: vec![allowance.call],
        watch: Vec::new(),
    };
    let after = world().after(&script, world().block()).unwrap().world;
    let again = |amount: U256| {
        wallet::permit2(&after, &deployment(), owner(), approval.token, amount).unwrap()
    };
    assert_eq!(again(amount), None);
    assert!(again(amount + U256::ONE).is_some());
}

/// The calls of the owner's own way do in an EVM what the plan says.
#[test]
fn an_owners_own_calls_carry_the_plan_out() {
    let intent = read("swap 50 ETH to wstETH");
    let plan = engine().plan(&intent, owner()).unwrap().unwrap();
    let plan = plan.solution();
    let deadline = world().block().timestamp + 600;
    let calls = wallet::own(engine().market(), plan, owner(), 10, deadline);
    let script = Script {
        account: owner(),
        holdings: vec![(NATIVE, intent.amount)],
        approvals: Vec::new(),
        calls: calls.clone(),
        watch: plan.watched(),
    };
    let Report { after, .. } = simulate(world(), &script).unwrap();
    for held in plan.end.iter().filter(|held| !held.balance.is_zero()) {
        let measured = after.iter().find(|measured| measured.token == held.token).unwrap();
        assert_eq!(measured.balance, held.balance);
    }
    let batch = wallet::send_calls(1, owner(), &calls);
    assert_eq!(batch["calls"].as_array().unwrap().len(), calls.len());
    let first = &batch["calls"][0];
    assert_eq!(first["to"].as_str().unwrap().parse::<Address>().unwrap(), calls[0].to);
    assert_eq!(first["data"], calls[0].data.to_string());
    assert_eq!((&batch["chainId"], &batch["atomicRequired"]), (&"0x1".into(), &true.into()));
}
