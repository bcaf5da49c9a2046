//! 1inch's orders on the code of 1inch's own contracts: the router as mainnet has it (from a recorded
//! block) and Fusion's settlement as published. A fill moves exactly what was computed, to the unit.

use std::fs;

use alloy_primitives::{Address, B256, Bytes, U256, hex, keccak256};
use alloy_sol_types::{SolValue as _, sol};
use serde_json::Value;
use tenor::{
    intents::oneinch::{
        self, Fill, ROUTER, Refusal, Rules,
        extension::Extension,
        order::{Order, hashOrderCall},
        price::Taking,
        profit::{FILL_GAS, FUSION_GAS},
        traits::MakerTraits,
        wire::Signed,
    },
    problems::Problem,
};
use tenor_solver::amount::WAD;

use super::{ALICE, BOB, OWNER, lab::Lab, packages};
use crate::{
    oneinch::kit::{Figures, extended, maker, plain, signed},
    recorded::data,
    world::rng::Rng,
};

sol! {
    function cancelOrder(uint256 makerTraits, bytes32 orderHash) external;
    function increaseEpoch(uint96 series) external;
}

/// Of the router at mainnet's block 19,923,400.
const ROUTER_CODE: &str = "0xa5a286be4b80006cc547d7e899871aa01a0e0551e2a509233375405f92098c2f";
const ORDERS: usize = 60;
/// What a contract says of any signature: that it is its own (ERC-1271's word).
const AGREES: &[u8] = &hex!("631626ba7e60e01b5f5260205ff3");
const CONTRACT: Address = Address::repeat_byte(0xc7);

/// The router with two tokens, which makers and takers have and allow it.
struct Market {
    lab: Lab,
    tokens: [Address; 2],
}

impl Market {
    /// `None` without the data folder.
    fn new() -> Option<Self> {
        let codes = fs::read(data()?.join("blocks/bytecodes.json")).unwrap();
        let codes: Value = serde_json::from_slice(&codes).unwrap();
        let code: Bytes = codes[ROUTER_CODE].as_str().unwrap().parse().unwrap();
        assert_eq!(keccak256(&code), ROUTER_CODE.parse::<B256>().unwrap());
        let mut lab = Lab::new();
        lab.place(ROUTER, code);
        let tokens = lab.tokens();
        for (token, account) in [(tokens[0], maker()), (tokens[0], CONTRACT), (tokens[1], ALICE)] {
            lab.mint(token, account, U256::MAX >> 100_usize);
            lab.allow(token, account, ROUTER);
        }
        // Contracts send nothing: this one has allowed before it was one.
        lab.place(CONTRACT, Bytes::from_static(AGREES));
        for account in [ALICE, BOB, maker(), Address::ZERO] {
            lab.deal(account, WAD * WAD);
        }
        Some(Self { lab, tokens })
    }

    fn fill(
        &self,
        signed: &Signed,
        rules: &Rules<'_>,
        making: Option<U256>,
    ) -> Result<Fill, Refusal> {
        let state = self.lab.state(&self.tokens);
        let rules = Rules { state: Some(&state), ..*rules };
        let checked = oneinch::check(signed, &rules)?;
        let fill = oneinch::fill(&checked, making)?;
        let run = oneinch::run(&state, &checked, &fill)?;
        assert_eq!((run.received, run.spent), (fill.making, fill.taking));
        Ok(fill)
    }

    fn rules<'a>(&self, settlements: &'a [Address], taker: Address, base_fee: u64) -> Rules<'a> {
        let by = Taking { taker, now: self.lab.now(), base_fee };
        Rules { chain_id: 1, settlements, by, access: false, state: None }
    }

    /// Carries a fill out and compares everybody's balances.
    fn settle(&mut self, order: &Order, fill: &Fill, taker: Address) {
        let ([given, wanted], payout) = (self.tokens, fill.payout);
        let held = |lab: &mut Lab| {
            [
                lab.balance(given, order.maker),
                lab.balance(given, taker),
                lab.balance(wanted, taker),
                lab.balance(wanted, payout.receiver),
            ]
        };
        let before = held(&mut self.lab);
        let output = self.lab.raw(taker, &fill.call).unwrap_or_else(|e| panic!("{e:?}: {order:?}"));
        let (making, taking, hash) = <(U256, U256, B256)>::abi_decode_params(&output).unwrap();
        assert_eq!((making, taking), (fill.making, fill.taking));
        assert_eq!(hash, order.hash(1));
        let after = held(&mut self.lab);
        assert_eq!(before[0] - after[0], fill.making);
        assert_eq!(after[1] - before[1], fill.making);
        assert_eq!(before[2] - after[2], fill.taking);
        assert_eq!(after[3] - before[3], payout.amount);
    }
}

#[test]
fn plain_orders_fill_to_the_unit() {
    let Some(mut market) = Market::new() else { return };
    let seed = Rng::seed();
    println!("1inch router: TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let (mut parts, mut contracts, mut gas) = (0, 0, 0);
    for _ in 0..ORDERS {
        let by_contract = rng.chance(4);
        let account = if by_contract { CONTRACT } else { maker() };
        let mut order = plain(&mut rng, account, market.tokens);
        if rng.chance(3) {
            let traits = MakerTraits::from(order.makerTraits);
            let nonce_or_epoch = rng.below(1 << 40);
            let one = MakerTraits { multiple_fills: false, nonce_or_epoch, ..traits };
            order.makerTraits = one.word();
        }
        let words = order.words();
        assert_eq!(market.lab.view(ROUTER, &hashOrderCall { order: words }), order.hash(1));
        let signed = signed(order.clone(), Bytes::new(), 1);
        contracts += usize::from(by_contract);
        let mut left = order.makingAmount;
        // Parts at random, and then all that is left.
        for last in [false, false, true] {
            let rules = market.rules(&[], ALICE, 0);
            let making = (!last).then(|| rng.upto(left));
            let fill = market.fill(&signed, &rules, making).unwrap();
            let state = market.lab.state(&market.tokens);
            let checked = oneinch::check(&signed, &Rules { state: Some(&state), ..rules }).unwrap();
            assert_eq!(checked.remaining(), left);
            gas = gas.max(oneinch::run(&state, &checked, &fill).unwrap().gas);
            market.settle(&order, &fill, ALICE);
            (left, parts) = (left - fill.making, parts + 1);
            if left.is_zero() || MakerTraits::from(order.makerTraits).uses_bit() {
                break;
            }
        }
        let rules = market.rules(&[], ALICE, 0);
        let again = market.fill(&signed, &rules, None).unwrap_err();
        assert_eq!(again.problem(), Problem::OrderGone);
    }
    println!("{ORDERS} orders in {parts} parts, {contracts} by a contract; at most {gas} gas");
    assert!(gas <= FILL_GAS && parts > ORDERS, "{gas} gas, {parts} parts");
}

#[test]
fn makers_change_their_minds() {
    let Some(mut market) = Market::new() else { return };
    let mut rng = Rng::new(5);
    let mut order = plain(&mut rng, maker(), market.tokens);
    let sent = signed(order.clone(), Bytes::new(), 1);
    let rules = market.rules(&[], ALICE, 0);
    market.fill(&sent, &rules, None).unwrap();
    let cancel = cancelOrderCall { makerTraits: order.makerTraits, orderHash: order.hash(1) };
    market.lab.must(maker(), ROUTER, &cancel);
    let error = market.fill(&sent, &rules, None).unwrap_err();
    assert_eq!(error.problem(), Problem::OrderGone);
    // Valid in the maker's first epoch.
    let traits = MakerTraits::from(order.makerTraits);
    order.makerTraits = MakerTraits { checks_epoch: true, series: 4, ..traits }.word();
    let sent = signed(order.clone(), Bytes::new(), 1);
    let fill = market.fill(&sent, &rules, Some(U256::ONE)).unwrap();
    market.settle(&order, &fill, ALICE);
    market.lab.must(
        maker(),
        ROUTER,
        &increaseEpochCall { series: alloy_primitives::Uint::from(4) },
    );
    let error = market.fill(&sent, &rules, None).unwrap_err();
    assert_eq!(error.problem(), Problem::EpochPassed);
}

#[test]
fn predicates_are_asked_of_the_router() {
    use alloy_sol_types::SolCall as _;
    use tenor::intents::oneinch::order::{epochCall, eqCall};
    let Some(mut market) = Market::new() else { return };
    let mut rng = Rng::new(6);
    let rules = market.rules(&[], ALICE, 0);
    let epoch = epochCall { maker: BOB, series: alloy_primitives::Uint::from(1) }.abi_encode();
    let holds = eqCall { value: U256::ZERO, data: epoch.into() }.abi_encode();
    let extension = Extension { predicate: holds.into(), ..Extension::default() };
    let order = plain(&mut rng, maker(), market.tokens);
    let (order, bytes) = extended(&order, &extension);
    let sent = signed(order.clone(), bytes, 1);
    let fill = market.fill(&sent, &rules, Some(U256::ONE)).unwrap();
    market.settle(&order, &fill, ALICE);
    market.lab.must(BOB, ROUTER, &increaseEpochCall { series: alloy_primitives::Uint::from(1) });
    let error = market.fill(&sent, &rules, None).unwrap_err();
    assert_eq!(error.problem(), Problem::PredicateFalse);
}

/// Without the router nobody is told that an order fills.
#[test]
fn a_chain_without_the_router_is_told() {
    let lab = Lab::new();
    let mut rng = Rng::new(8);
    let order = plain(&mut rng, maker(), [Address::repeat_byte(1), Address::repeat_byte(2)]);
    let (state, sent) = (lab.state(&[]), signed(order, Bytes::new(), 1));
    let by = Taking { taker: ALICE, now: lab.now(), base_fee: 0 };
    let settlements = &[];
    let rules = Rules { chain_id: 1, settlements, by, access: false, state: Some(&state) };
    assert_eq!(oneinch::check(&sent, &rules).unwrap_err().problem(), Problem::NoRouter);
    assert!(!oneinch::has_router(&state).unwrap());
}

/// Fusion's settlement, for which a token is the access token of whoever has some.
fn settlement(market: &mut Market) -> (Address, Address) {
    let access = market.lab.token(0);
    let weth = market.lab.token(18);
    let arguments = (ROUTER, access, weth, OWNER).abi_encode_params();
    let code = packages::compiled_source("Settlement", &[]);
    (market.lab.deploy(&code, &arguments), access)
}

#[test]
fn fusion_orders_fill_to_the_unit() {
    let Some(mut market) = Market::new() else { return };
    let (settlement, access) = settlement(&mut market);
    let settlements = [settlement];
    let wanted = market.tokens[1];
    market.lab.mint(wanted, BOB, U256::MAX >> 100_usize);
    market.lab.allow(wanted, BOB, ROUTER);
    // Not named by any whitelist, and admitted.
    market.lab.mint(access, BOB, U256::ONE);
    let seed = Rng::seed();
    println!("1inch settlement: TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let (mut filled, mut fees, mut bumped, mut outside, mut gas) = (0, 0, 0, 0, 0);
    for _ in 0..ORDERS {
        let order = plain(&mut rng, maker(), market.tokens);
        let now = u32::try_from(market.lab.now()).unwrap();
        let mut figures = Figures::random(&mut rng, now, order.takingAmount);
        if figures.estimated < U256::MAX {
            // Of a part, the published version (3.1.0) rounds the estimate down and the deployed one
            // (3.1.1) up, as is done here and in 1inch's package: where it divides, all are the same.
            let (making, taking) = (order.makingAmount, order.takingAmount);
            figures.estimated = taking.div_ceil(making) * making;
        }
        let named = rng.below(figures.resolvers.len() as u64);
        figures.resolvers[usize::try_from(named).unwrap()].0 = ALICE;
        let (order, bytes) =
            extended(&Order { receiver: settlement, ..order }, &figures.extension(settlement));
        let sent = signed(order.clone(), bytes, 1);
        let base_fee = if rng.chance(2) { 0 } else { 1 + rng.below(60_000_000_000) };
        let mut left = order.makingAmount;
        for last in [false, true] {
            if left.is_zero() {
                break;
            }
            let taker = if rng.chance(3) { BOB } else { ALICE };
            market.lab.price_gas(base_fee);
            let rules =
                Rules { access: taker == BOB, ..market.rules(&settlements, taker, base_fee) };
            let making = (!last).then(|| rng.upto(left));
            let state = market.lab.state(&market.tokens);
            let checked = oneinch::check(&sent, &Rules { state: Some(&state), ..rules }).unwrap();
            let fill = oneinch::fill(&checked, making).unwrap();
            gas = gas.max(oneinch::run(&state, &checked, &fill).unwrap().gas);
            let paid = |lab: &mut Lab| {
                [figures.integrator, figures.protocol].map(|account| lab.balance(wanted, account))
            };
            let before = paid(&mut market.lab);
            market.settle(&order, &fill, taker);
            let after = paid(&mut market.lab);
            assert_eq!(after[0] - before[0], fill.payout.integrator);
            assert_eq!(after[1] - before[1], fill.payout.protocol);
            fees += usize::from(!fill.payout.protocol.is_zero());
            let base = order.takingAmount * fill.making / order.makingAmount;
            bumped += usize::from(fill.taking > base + U256::from(2));
            outside += usize::from(taker == BOB);
            (left, filled) = (left - fill.making, filled + 1);
            market.lab.price_gas(0);
            market.lab.warp(1 + rng.below(120));
        }
    }
    println!(
        "{filled} fills of {ORDERS} Fusion orders: {bumped} above the least, {fees} with fees, \
         {outside} by whom no whitelist names; at most {gas} gas"
    );
    assert!(gas <= FUSION_GAS, "{gas} gas");
    assert!(bumped > ORDERS / 2 && fees > ORDERS / 2 && outside > ORDERS / 10);
}

/// Whom the settlement turns away, and when: the same second as here.
#[test]
fn resolvers_wait_as_long_as_the_settlement_has_them_wait() {
    let Some(mut market) = Market::new() else { return };
    let (settlement, _) = settlement(&mut market);
    let settlements = [settlement];
    let mut rng = Rng::new(9);
    for _ in 0..20 {
        let order = plain(&mut rng, maker(), market.tokens);
        let now = u32::try_from(market.lab.now()).unwrap();
        let mut figures = Figures::random(&mut rng, now, order.takingAmount);
        let named = rng.below(figures.resolvers.len() as u64);
        figures.resolvers[usize::try_from(named).unwrap()].0 = ALICE;
        figures.turn = now + 30;
        figures.estimated = U256::MAX;
        let (order, bytes) =
            extended(&Order { receiver: settlement, ..order }, &figures.extension(settlement));
        let sent = signed(order, bytes, 1);
        let rules = market.rules(&settlements, ALICE, 0);
        let from = match oneinch::check(&sent, &rules).unwrap_err() {
            Refusal::NotYetAllowed { from, .. } => from,
            other => panic!("{other}"),
        };
        // What would be sent then, sent a second early and in time.
        let by = Taking { now: from, ..rules.by };
        let checked = oneinch::check(&sent, &Rules { by, ..rules }).unwrap();
        let fill = oneinch::fill(&checked, None).unwrap();
        // The auction's price of a second before is higher, and the taker's limit is not what is tested.
        let loose = |making: U256| Fill { making, ..fill.clone() };
        market.lab.warp(from - 1 - market.lab.now());
        let early = market.lab.raw(ALICE, &loose(fill.making).call).unwrap_err();
        assert!(!early.0.is_empty());
        market.lab.warp(1);
        market.lab.raw(ALICE, &fill.call).unwrap();
    }
}
