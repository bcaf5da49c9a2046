//! The embedded market, whole: every venue of the solver's market against its contract.

use alloy_primitives::{Address, U256};
use tenor_simulations::{
    Expected, Report, Script, SimulationError, World, compare as confirm,
    figures::{EMBEDDED_NAME, Figures, embedded},
    simulate,
};
use tenor_solver::{
    amount::WAD,
    ledger::Ledger,
    market::Market,
    solution::approvals,
    venues::{Approval, Call, Capacity, Encoded, NATIVE, Quote, QuoteError, Swap, Trade, VenueId},
};

use super::{ALICE, rng::Rng, trial::trades};

fn embedded_world() -> (Market, World) {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    (figures.market(&[]).unwrap(), World::new(&figures).unwrap())
}

/// A plan on the market, with what the model makes of it.
#[derive(Debug)]
struct Plan<'m> {
    market: &'m Market,
    ledger: Ledger,
    encoded: Vec<Encoded>,
    script: Script,
}

impl<'m> Plan<'m> {
    /// Alice owns the amounts; of a rebasing token, the fewest shares that show them.
    fn with(market: &'m Market, owned: &[(Address, U256)]) -> Self {
        let mut ledger = Ledger::default();
        for (token, amount) in owned {
            let stored = Ledger::with(market, *token, *amount).unwrap().stored(*token);
            ledger.credit(*token, &Quote::of(stored), None).unwrap();
        }
        let holdings = ledger.tokens().map(|token| (token, ledger.stored(token))).collect();
        let script =
            Script { account: ALICE, holdings, approvals: vec![], calls: vec![], watch: vec![] };
        Self { market, ledger, encoded: vec![], script }
    }

    /// Trades on the market as it stands: a plan here uses each venue once.
    fn trade(&mut self, id: &VenueId, swap: Swap) -> Result<Quote, QuoteError> {
        let venue = &self.market.listing(id).unwrap().venue;
        let mut after = venue.boxed();
        let quote = after.trade(swap);
        let min_out = quote.as_ref().map_or(U256::ZERO, |quote| quote.out);
        let deadline = self.market.timestamp;
        let encoded = venue.encode(&Trade { swap, min_out, recipient: ALICE, deadline });
        self.script.calls.extend(encoded.calls.clone());
        self.encoded.push(encoded);
        self.script.approvals = approvals(&self.encoded);
        let quote = quote?;
        let [from, to] = [swap.from, swap.to].map(|token| venue.tokens()[token]);
        self.ledger.debit(from, swap.amount, self.market.rebase(from)).unwrap();
        let rebase = after.rebase(swap.to).or_else(|| self.market.rebase(to));
        self.ledger.credit(to, &quote, rebase).unwrap();
        for token in [from, to] {
            if !self.script.watch.contains(&token) {
                self.script.watch.push(token);
            }
        }
        Ok(quote)
    }

    fn run(&self, world: &World) -> Result<Report, SimulationError> {
        simulate(world, &self.script)
    }
}

/// Any amount up to a thousandth of what there is, or up to the limit and one beyond it.
fn amount(rng: &mut Rng, capacity: &Capacity) -> U256 {
    match capacity {
        Capacity::Limited { amount, .. } if rng.chance(3) => *amount + U256::from(rng.below(2)),
        Capacity::Limited { amount, .. } => rng.upto(*amount),
        Capacity::Unlimited | Capacity::Unknown(_) => rng.upto(WAD << 14),
    }
}

#[test]
fn every_venue_of_the_market_agrees_with_its_contract() {
    let seed = Rng::seed();
    println!("embedded: TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let (market, world) = embedded_world();
    let (mut agreed, mut refused) = (0, 0);
    while agreed < trades() {
        for listing in &market.listings {
            let tokens = listing.venue.tokens();
            let (from, to) = (rng.below(tokens.len() as u64), rng.below(tokens.len() as u64));
            let (from, to) = (usize::try_from(from).unwrap(), usize::try_from(to).unwrap());
            let capacity = listing.venue.capacity(from, to);
            let swap = Swap { from, to, amount: amount(&mut rng, &capacity) };
            match one(&market, &world, listing.venue.id(), swap) {
                Some(true) => agreed += 1,
                Some(false) => refused += 1,
                None => {}
            }
        }
    }
    println!("embedded: {agreed} trades agree, {refused} are refused by both");
}

/// Whether it was traded, and `None` for what is no trade.
fn one(market: &Market, world: &World, id: &VenueId, swap: Swap) -> Option<bool> {
    let venue = &market.listing(id).unwrap().venue;
    let mut plan = Plan::with(market, &[(venue.tokens()[swap.from], swap.amount)]);
    let quote = plan.trade(id, swap);
    let quote = match quote {
        Ok(quote) => quote,
        Err(QuoteError::ZeroAmount | QuoteError::NotTraded { .. } | QuoteError::Unknown { .. }) => {
            return None;
        }
        Err(error) => {
            let result = plan.run(world);
            let reverted = matches!(result, Err(SimulationError::Reverted { .. }));
            assert!(reverted, "{id}: {error}, and the contract says {result:?}: {swap:?}");
            return Some(false);
        }
    };
    let report = plan.run(world).unwrap_or_else(|error| panic!("{id}: {error}: {swap:?}"));
    let after = {
        let mut after = venue.boxed();
        after.trade(swap).unwrap();
        after
    };
    let expected = plan.script.watch.iter().map(|token| {
        let place = venue.tokens().iter().position(|t| t == token).unwrap();
        let rebase = after.rebase(place).or_else(|| market.rebase(*token));
        Expected {
            token: *token,
            balance: plan.ledger.balance(*token, rebase).unwrap(),
            stored: plan.ledger.stored(*token),
        }
    });
    let expected: Vec<_> = expected.collect();
    confirm(&expected, &report).unwrap_or_else(|error| panic!("{id}: {error}: {swap:?} {quote:?}"));
    Some(true)
}

/// ETH to wstETH by the exchange and by staking, and on into a lending pool.
#[test]
fn a_plan_over_several_venues_agrees() {
    let (market, world) = embedded_world();
    let ether = |n: u64| U256::from(n) * WAD;
    let mut plan = Plan::with(&market, &[(NATIVE, ether(100))]);
    let id = VenueId::new;
    let swap = |from, to, amount| Swap { from, to, amount };
    plan.trade(&id("weth"), swap(0, 1, ether(40))).unwrap();
    let bought = plan.trade(&id("uniswap_v3:wstETH/WETH:100"), swap(1, 0, ether(40))).unwrap();
    let staked = plan.trade(&id("lido:stETH"), swap(0, 2, ether(35))).unwrap();
    let wsteth = bought.out + staked.out;
    plan.trade(&id("etherfi:eETH/weETH"), swap(0, 1, ether(25))).unwrap();
    plan.trade(&id("aave_v3:wstETH"), swap(0, 1, wsteth)).unwrap();

    let report = plan.run(&world).unwrap_or_else(|error| panic!("{error}"));
    let after = {
        let mut after = market.listing(&id("etherfi:eETH/weETH")).unwrap().venue.boxed();
        after.trade(swap(0, 1, ether(25))).unwrap();
        after.rebase(1).unwrap()
    };
    let eeth = market.listing(&id("etherfi:eETH/weETH")).unwrap().venue.tokens()[1];
    let expected: Vec<_> = plan
        .script
        .watch
        .iter()
        .map(|token| {
            let rebase = if *token == eeth { Some(after) } else { market.rebase(*token) };
            Expected {
                token: *token,
                balance: plan.ledger.balance(*token, rebase).unwrap(),
                stored: plan.ledger.stored(*token),
            }
        })
        .collect();
    confirm(&expected, &report).unwrap_or_else(|error| panic!("{error}"));
    println!("plan of {} calls: {} gas", report.calls.len(), report.gas);
    assert!(report.gas > 300_000 && report.gas < 1_000_000, "{}", report.gas);
}

/// Both pools take their WETH through one router, by one allowance.
#[test]
fn a_split_over_one_router_agrees() {
    let (market, world) = embedded_world();
    let venues = ["uniswap_v3:USDC/WETH:500", "uniswap_v3:USDC/WETH:3000"].map(VenueId::new);
    let weth = market.listing(&venues[0]).unwrap().venue.tokens()[1];
    let mut plan = Plan::with(&market, &[(weth, WAD * U256::from(30))]);
    for (id, amount) in venues.iter().zip([20, 10]) {
        let amount = WAD * U256::from(amount);
        plan.trade(id, Swap { from: 1, to: 0, amount }).unwrap();
    }
    let report = plan.run(&world).unwrap();
    assert_eq!(report.approvals.len(), 1);
    let expected: Vec<_> = (plan.script.watch.iter())
        .map(|token| Expected::units(*token, plan.ledger.stored(*token)))
        .collect();
    confirm(&expected, &report).unwrap();
}

#[test]
fn a_world_is_not_changed_by_a_run() {
    let (market, world) = embedded_world();
    let mut plan = Plan::with(&market, &[(NATIVE, WAD)]);
    plan.trade(&VenueId::new("lido:stETH"), Swap { from: 0, to: 1, amount: WAD }).unwrap();
    let first = plan.run(&world).unwrap();
    assert_eq!(plan.run(&world).unwrap(), first);
}

/// The first deposit writes a new balance (20,000 gas), the second changes it (2,900); nothing is
/// warm from the transaction before.
#[test]
fn each_call_pays_gas_as_a_transaction_of_its_own() {
    let (market, world) = embedded_world();
    let mut plan = Plan::with(&market, &[(NATIVE, WAD)]);
    let half = Swap { from: 0, to: 1, amount: WAD / U256::from(2) };
    plan.trade(&VenueId::new("weth"), half).unwrap();
    plan.trade(&VenueId::new("weth"), half).unwrap();
    let calls = plan.run(&world).unwrap().calls;
    assert_eq!(calls[0].gas - calls[1].gas, 17_100);
}

#[test]
fn ether_is_net_of_gas_and_gas_money_cannot_be_spent() {
    let (_, world) = embedded_world();
    let call = |value| Call { to: Address::repeat_byte(9), value, data: Default::default() };
    let script = |value| Script {
        account: ALICE,
        holdings: vec![(NATIVE, U256::from(5))],
        approvals: Vec::<Approval>::new(),
        calls: vec![call(U256::from(2)), call(value)],
        watch: vec![NATIVE],
    };
    let report = simulate(&world, &script(U256::from(3))).unwrap();
    assert_eq!((report.before[0].1, report.after[0].balance), (U256::from(5), U256::ZERO));
    assert_eq!((report.gas, report.calls[0].gas), (42_000, 21_000));
    let error = simulate(&world, &script(U256::from(4))).unwrap_err();
    assert_eq!(error.to_string(), "call 1 sends 4 wei, and the account holds 3");
}
