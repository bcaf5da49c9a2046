//! Plans that the solver made, settled on-chain: the owner signs, Permit2 as published hands the asset
//! over, and the recipient ends with what the model promised, to the wei.

use std::fs;

use alloy_primitives::{Address, B256, Bytes, U256, address, hex, keccak256};
use alloy_sol_types::{SolStruct, eip712_domain, sol};
use k256::ecdsa::SigningKey;
use serde_json::Value;
use tenor::engine::Engine;
use tenor_simulations::figures::{EMBEDDED_NAME, Figures, embedded};
use tenor_solver::{
    market::Market,
    solution::{Held, Solution},
    venues::{Encoded, NATIVE},
};

use super::{ALICE, lab::Lab, packages};
use crate::world::rng::Rng;

sol! {
    #[derive(Debug, Default)]
    struct Output {
        address token;
        uint256 minAmount;
        uint256 maxAmountCounted;
        uint256 rateE18;
    }

    #[derive(Debug, Default)]
    struct YieldIntent {
        address owner;
        address recipient;
        Output[] outputs;
        uint256 minValueOut;
        uint256 maxFeeIn;
        address allowedSolver;
        uint256 exclusiveUntilBlock;
        uint256 validAfter;
        bytes32 statement;
        bytes32 preferences;
    }

    #[derive(Debug)]
    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    /// What the owner signs.
    #[derive(Debug)]
    struct PermitWitnessTransferFrom {
        TokenPermissions permitted;
        address spender;
        uint256 nonce;
        uint256 deadline;
        YieldIntent witness;
    }

    struct PermitTransferFrom {
        TokenPermissions permitted;
        uint256 nonce;
        uint256 deadline;
    }

    #[derive(Default)]
    struct Step {
        address target;
        uint256 value;
        bytes data;
        address token;
        address spender;
        uint256 amount;
        uint256 offset;
        bool throughPermit2;
    }

    struct Plan {
        uint256 fee;
        Step[] steps;
        address[] leftovers;
    }

    function settle(
        PermitTransferFrom permit,
        YieldIntent intent,
        bytes signature,
        Plan plan
    ) external returns (uint256[] received);
    function idOf(PermitTransferFrom permit, YieldIntent intent) external view returns (bytes32);
    function executorOf(address solver) external view returns (address);
    function deposit() external payable;
}

const PERMIT2: Address = address!("000000000022D473030F116dDEE9F6B43aC78BA3");
const RECIPIENT: Address = address!("bee0000000000000000000000000000000000001");

/// What is asked for, of an amount.
const SENTENCES: [&str; 4] = [
    "maximize ETH yield on {} WETH for 365 days",
    "maximize ETH yield on {} WETH for 90 days risk low",
    "swap {} WETH to wstETH",
    "swap {} WETH to USDC",
];
/// How many plans.
const PLANS: usize = 16;

/// A key that only tests know.
fn key() -> SigningKey {
    SigningKey::from_slice(&[9; 32]).unwrap()
}

fn owner() -> Address {
    let point = key().verifying_key().to_encoded_point(false);
    Address::from_slice(&keccak256(&point.as_bytes()[1..])[12..])
}

fn sign(digest: B256) -> Bytes {
    let (signature, parity) = key().sign_prehash_recoverable(digest.as_slice()).unwrap();
    [&signature.to_vec()[..], &[27 + parity.to_byte()]].concat().into()
}

pub(super) fn artifact(name: &str) -> String {
    let path = format!("{}/contracts/artifacts/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The embedded market's contracts with the Settler among them, and Permit2 as published.
pub(super) fn chain(engine: &Engine) -> (Lab, Address) {
    let mut lab = Lab::new();
    for placed in engine.world().unwrap().placed().unwrap() {
        lab.carry(placed);
    }
    let source = "@uniswap/v4-periphery/lib/permit2/test/utils/DeployPermit2.sol";
    lab.place(PERMIT2, packages::code_in_source(source));
    let deployed: Value = serde_json::from_str(&artifact("deployed.json")).unwrap();
    let settler = deployed["contracts"]["Settler"]["address"].as_str().unwrap().parse().unwrap();
    let code = hex::decode(artifact("Settler.hex").trim_end()).unwrap();
    let hash = deployed["contracts"]["Settler"]["codeHash"].as_str().unwrap();
    assert_eq!(keccak256(&code), hash.parse::<B256>().unwrap());
    lab.place(settler, code.into());
    (lab, settler)
}

/// Each leg's calls as steps: its allowance goes to the call that takes it, and what routers take
/// through Permit2 the Executor allows itself.
pub(super) fn steps(encoded: &[Encoded]) -> Vec<Step> {
    let mut all = Vec::new();
    for leg in encoded {
        let calls: Vec<_> = leg.calls.iter().filter(|call| call.to != PERMIT2).collect();
        let taker = leg.approval.map(|approval| {
            calls.iter().position(|call| call.to == approval.spender).unwrap_or(calls.len() - 1)
        });
        for (nth, call) in calls.iter().enumerate() {
            let (target, value, data) = (call.to, call.value, call.data.clone());
            let mut step = Step { target, value, data, ..Step::default() };
            if let Some(approval) = leg.approval.filter(|_| taker == Some(nth)) {
                (step.token, step.amount) = (approval.token, approval.amount);
                step.throughPermit2 = approval.spender == PERMIT2;
                step.spender = if step.throughPermit2 { target } else { approval.spender };
            }
            all.push(step);
        }
    }
    all
}

/// What the way to the recipient may take: a rebasing token's transfer moves whole shares.
fn rounding(market: &Market, held: &Held) -> U256 {
    let rebases = held.stored != held.balance || market.rebase(held.token).is_some();
    U256::from(if rebases { 2 } else { 0 })
}

/// A settlement of a plan that takes no fee: at least what the model promises, in every token.
fn settlement(
    market: &Market,
    plan: &Solution,
    encoded: &[Encoded],
    settler: Address,
    now: u64,
) -> (settleCall, B256) {
    let [asset] = plan.start.tokens().collect::<Vec<_>>()[..] else { panic!("one asset") };
    let least = |held: &Held| Output {
        token: held.token,
        minAmount: held.balance.saturating_sub(rounding(market, held)),
        maxAmountCounted: U256::MAX,
        rateE18: U256::ZERO,
    };
    let intent = YieldIntent {
        owner: owner(),
        recipient: RECIPIENT,
        outputs: plan.end.iter().filter(|held| !held.balance.is_zero()).map(least).collect(),
        ..YieldIntent::default()
    };
    let amount = plan.start.stored(asset);
    let permitted = || TokenPermissions { token: asset, amount };
    let (nonce, deadline) = (U256::from(3), U256::from(now));
    let signed = PermitWitnessTransferFrom {
        permitted: permitted(),
        spender: settler,
        nonce,
        deadline,
        witness: intent.clone(),
    };
    let domain = eip712_domain! { name: "Permit2", chain_id: 1, verifying_contract: PERMIT2, };
    let digest = signed.eip712_signing_hash(&domain);
    let permit = PermitTransferFrom { permitted: permitted(), nonce, deadline };
    let plan = Plan { fee: U256::ZERO, steps: steps(encoded), leftovers: Vec::new() };
    (settleCall { permit, intent, signature: sign(digest), plan }, digest)
}

#[test]
fn plans_settle_to_the_wei() {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    let engine = Engine::new(&figures, &[]).unwrap();
    let market = engine.market();
    let weth = market.tokens.iter().find(|token| token.symbol == "WETH").unwrap().address;
    let (chain, settler) = chain(&engine);
    let seed = Rng::seed();
    println!("settled: TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let (mut settled, mut legs, mut exact, mut rebasing) = (0, 0, 0, 0);
    for nth in 0..PLANS {
        let amount = if nth < SENTENCES.len() { 100 } else { 20 + rng.below(2_000) };
        let sentence = SENTENCES[nth % SENTENCES.len()].replace("{}", &amount.to_string());
        let intent = engine.read(&sentence).unwrap();
        let plan = tenor_solver::solve(market, &intent).unwrap().best.unwrap();
        if plan.legs.is_empty() {
            continue; // Holding is the answer: nothing to settle.
        }
        settled += 1;
        let mut lab = chain.clone();
        lab.deal(owner(), intent.amount);
        lab.pay(owner(), weth, intent.amount, &depositCall {}).unwrap();
        lab.allow(weth, owner(), PERMIT2);
        let executor = lab.view(settler, &executorOfCall { solver: ALICE });
        let encoded = plan.encode(market, executor, 0, lab.now());
        let (call, digest) = settlement(market, &plan, &encoded, settler, lab.now());
        let id = idOfCall { permit: call.permit.clone(), intent: call.intent.clone() };
        assert_eq!(lab.view(settler, &id), digest, "{sentence}");
        let received = lab.must(ALICE, settler, &call);

        legs += plan.legs.len();
        for (output, received) in call.intent.outputs.iter().zip(received) {
            let held = plan.end.iter().find(|held| held.token == output.token).unwrap();
            assert_eq!(lab.balance(held.token, RECIPIENT), received, "{sentence}: {}", held.token);
            let most = rounding(market, held);
            let lost = held.balance.checked_sub(received);
            assert!(
                lost.is_some_and(|lost| lost <= most),
                "{sentence}: {lost:?} of {}",
                held.token
            );
            if most.is_zero() { exact += 1 } else { rebasing += 1 }
        }
        for token in plan.watched() {
            if token != NATIVE {
                let left = lab.balance(token, executor);
                assert!(left <= U256::ONE, "{sentence}: {left} of {token} left");
            }
        }
        assert_eq!(lab.ether(executor), U256::ZERO, "{sentence}");
        assert_eq!(lab.balance(weth, owner()), U256::ZERO, "{sentence}");
        assert!(lab.send(ALICE, settler, &call).is_err(), "{sentence}: settled twice");
    }
    println!(
        "settled: {settled} plans of {legs} legs, {exact} outputs to the wei, {rebasing} rebasing"
    );
    assert!(settled >= PLANS / 2 && exact >= PLANS / 2, "{settled} plans, {exact} exact outputs");
}
