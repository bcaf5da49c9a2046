//! Plans made by hand through staking contracts, wrappers and a lender, with rests left on the way: what
//! the embedded market's own plans do not go through, as it does not know those venues' limits.

use std::collections::HashMap;

use alloy_primitives::{Address, U256, keccak256};
use tenor::{
    bundle::prove::{furnished, prove},
    engine::NOBODY,
    intents::{
        sentence,
        signed::{
            Checked, Preferences, Rules,
            check::check,
            frozen::{Output, PermitWitnessTransferFrom, TokenPermissions, YieldIntent},
            wire::SignedDto,
        },
    },
};
use tenor_simulations::{Script, Verified, simulate, verify};
use tenor_solver::{
    ledger::Ledger,
    market::Market,
    route::Leg,
    solution::{Held, Solution, approvals, calls},
    venues::{NATIVE, Rebase, Swap, Venue, VenueId},
};

use super::{Asked, RECIPIENT, SWAPS, here, solver, terms, written};
use crate::{
    signed::{engine, key, owner, sign, world},
    world::rng::Rng,
};

/// A venue, and the symbols of what is given and wanted.
type Hop = (&'static str, &'static str, &'static str);

const UNWRAP: Hop = ("weth", "WETH", "ETH");
const DEPOSIT: Hop = ("etherfi:eETH/weETH", "ETH", "eETH");

/// Chains of trades, each of what the one before it gave.
const CHAINS: &[&[Hop]] = &[
    &[UNWRAP, DEPOSIT, ("etherfi:eETH/weETH", "eETH", "weETH")],
    &[UNWRAP, DEPOSIT],
    &[("etherfi:eETH/weETH", "weETH", "eETH")],
    &[UNWRAP, ("lido:stETH", "ETH", "stETH"), ("lido:stETH", "stETH", "wstETH")],
    &[
        ("lido:stETH", "wstETH", "stETH"),
        ("curve:ETH/stETH", "stETH", "ETH"),
        ("weth", "ETH", "WETH"),
    ],
    &[("aave_v3:WETH", "WETH", "aEthWETH")],
    &[("aave_v3:WETH", "aEthWETH", "WETH"), UNWRAP, DEPOSIT],
];

/// How many settlements.
const SETTLED: usize = 28;

fn token(market: &Market, symbol: &str) -> Address {
    market.tokens.iter().find(|token| token.symbol == symbol).unwrap().address
}

/// Venues as a plan moves them.
struct Moving(HashMap<usize, Box<dyn Venue>>);

impl Moving {
    fn venue(&mut self, market: &Market, listing: usize) -> &mut Box<dyn Venue> {
        self.0.entry(listing).or_insert_with(|| market.listings[listing].venue.boxed())
    }

    fn rebase(&mut self, market: &Market, token: Address) -> Option<Rebase> {
        let venue = self.venue(market, market.rebasing(token)?);
        let at = venue.tokens().iter().position(|of| *of == token)?;
        venue.rebase(at)
    }
}

/// A plan that sends all of `amount` down a chain, but for rests.
fn chained(market: &Market, chain: &[Hop], amount: U256, rng: &mut Rng) -> Solution {
    let mut moving = Moving(HashMap::new());
    let start = Ledger::with(market, token(market, chain[0].1), amount).unwrap();
    let (mut ledger, mut legs) = (start.clone(), Vec::new());
    for (id, from, to) in chain {
        let (token_in, token_out) = (token(market, from), token(market, to));
        let listing =
            market.listings.iter().position(|l| *l.venue.id() == VenueId::new(*id)).unwrap();
        let before = moving.rebase(market, token_in);
        let balance = ledger.balance(token_in, before).unwrap();
        let share = U256::from(if rng.below(3) == 0 { 1_000 } else { 1 + rng.below(1_000) });
        let amount = balance * share / U256::from(1_000);
        let venue = moving.venue(market, listing);
        let at = |token| venue.tokens().iter().position(|of| *of == token).unwrap();
        let swap = Swap { from: at(token_in), to: at(token_out), amount };
        let step = venue.step(swap.from, swap.to);
        let quote = venue.trade(swap).unwrap_or_else(|error| panic!("{id}: {error}"));
        ledger.debit(token_in, amount, before).unwrap();
        let after = moving.rebase(market, token_out);
        ledger.credit(token_out, &quote, after).unwrap();
        let (kind, gas, amount_out) = (step.kind, step.gas, quote.out);
        legs.push(Leg {
            listing,
            kind,
            swap,
            token_in,
            token_out,
            amount_out,
            at_least: false,
            gas,
        });
    }
    let held = |token| {
        let rebase = moving.rebase(market, token);
        Held {
            token,
            stored: ledger.stored(token),
            balance: ledger.balance(token, rebase).unwrap(),
        }
    };
    let end = ledger.tokens().map(held).collect();
    let label = "by hand".to_owned();
    let like = engine().plan(&engine().read(SWAPS).unwrap(), owner()).unwrap().unwrap();
    Solution { start, legs, end, label, ..like.solution().clone() }
}

fn confirmed(market: &Market, plan: Solution) -> Verified {
    let encoded = plan.encode(market, NOBODY, 0, u64::MAX);
    let script = Script {
        account: NOBODY,
        holdings: plan.start.tokens().map(|token| (token, plan.start.stored(token))).collect(),
        approvals: approvals(&encoded),
        calls: calls(&encoded).cloned().collect(),
        watch: plan.watched(),
    };
    let report = simulate(world(), &script).unwrap();
    verify(plan, report).unwrap()
}

/// What an owner signs to have one token for another.
fn signed(market: &Market, asset: Address, output: Address, amount: U256, fee: U256) -> Checked {
    let symbol = |token| market.symbol(token);
    let whole = amount / U256::from(10).pow(U256::from(18)) + U256::ONE;
    let sentence = format!("swap {whole} {} to {}", symbol(asset), symbol(output));
    let intent = engine().read(&sentence).unwrap();
    let statement = sentence::statement(&intent, &market.tokens);
    let preferences = Preferences::of(&intent);
    let one = Output {
        token: output,
        minAmount: U256::ONE,
        maxAmountCounted: U256::MAX,
        rateE18: U256::from(7),
    };
    let permit = PermitWitnessTransferFrom {
        permitted: TokenPermissions { token: asset, amount },
        spender: here().settler,
        nonce: U256::from(77),
        deadline: U256::from(market.timestamp + 600),
        witness: YieldIntent {
            owner: owner(),
            recipient: RECIPIENT,
            outputs: vec![one],
            minValueOut: U256::ZERO,
            maxFeeIn: fee,
            allowedSolver: solver().address(),
            exclusiveUntilBlock: U256::from(market.block),
            validAfter: U256::ZERO,
            statement: keccak256(&statement),
            preferences: preferences.hash().unwrap(),
        },
    };
    let signature = sign(&key(), here().id(&permit));
    let dto = SignedDto::of(&here(), &permit, statement, preferences, signature);
    let deployment = &here();
    let rules = Rules { deployment, market, state: Some(world()), now: market.timestamp };
    check(&dto, &rules).unwrap()
}

#[test]
fn chains_through_stakers_wrappers_and_lenders_settle_to_the_wei() {
    let market = engine().market();
    let seed = Rng::seed();
    println!("bundle::hand: TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let (mut exact, mut rebasing, mut rests) = (0, 0, 0);
    for nth in 0..SETTLED {
        let chain = CHAINS[nth % CHAINS.len()];
        let milli = U256::from(10).pow(U256::from(15));
        let amount =
            milli * U256::from(1_000 + rng.below(200_000)) + U256::from(rng.below(1 << 40));
        let fee = milli * U256::from(1 + rng.below(100));
        let [asset, output] = [chain[0].1, chain[chain.len() - 1].2].map(|of| token(market, of));
        let checked = signed(market, asset, output, amount, fee);
        let plan = confirmed(market, chained(market, chain, amount - fee, &mut rng));
        let asked = Asked { checked, plan };
        let settlement = written(&asked, &terms(&asked.checked));
        let leftovers = settlement.call().plan.leftovers.len();
        let world = furnished(world(), &settlement).unwrap();
        let proven = prove(&world, settlement).unwrap_or_else(|e| panic!("{nth} {chain:?}: {e}"));

        let end = &asked.plan.solution().end;
        let held = end.iter().find(|held| held.token == output).unwrap();
        let moves = market.rebase(output).map_or(0, |_| 2u64);
        // A rest of ether comes as WETH, which may be the output.
        let ether = end.iter().find(|held| held.token == NATIVE && output == token(market, "WETH"));
        let promised = held.balance + ether.map_or(U256::ZERO, |held| held.balance);
        let lost = promised - proven.received()[0];
        assert!(lost <= U256::from(moves), "{chain:?}: {lost} of {held:?}");
        let credit = proven.received()[0] * U256::from(7) / U256::from(10).pow(U256::from(18));
        assert_eq!(proven.value(), credit);
        if moves == 0 {
            exact += 1
        } else {
            rebasing += 1
        }
        rests += leftovers;
    }
    println!("{SETTLED} settled by hand: {exact} to the wei, {rebasing} rebasing, {rests} rests");
    assert!(rests > 0 && exact > 0 && rebasing > 0);
}
