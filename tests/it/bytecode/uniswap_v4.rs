//! Uniswap v4 without hooks: the manager, and the Universal Router through Permit2.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{
    Address, B256, Bytes, I256, U256, address,
    aliases::{I24, U24, U160},
    hex,
};
use alloy_sol_types::{SolValue, sol};
use tenor_solver::venues::{
    Capacity, MAX_TICK, NATIVE, OpenError, Place, QuoteError, Swap, Trade, Venue, VenueId,
    sqrt_ratio_at,
};

use super::{
    ALICE, BOB, OWNER,
    lab::{Lab, Refusal},
    packages,
    tally::Tally,
};
use crate::world::rng::Rng;

sol! {
    #[derive(Debug)]
    struct PoolKey {
        address currency0;
        address currency1;
        uint24 fee;
        int24 tickSpacing;
        address hooks;
    }

    struct ModifyLiquidityParams {
        int24 tickLower;
        int24 tickUpper;
        int256 liquidityDelta;
        bytes32 salt;
    }

    struct RouterParameters {
        address permit2;
        address weth9;
        address v2Factory;
        address v3Factory;
        bytes32 pairInitCodeHash;
        bytes32 poolInitCodeHash;
        address v4PoolManager;
        address v3NFTPositionManager;
        address v4PositionManager;
    }

    function initialize(PoolKey key, uint160 sqrtPriceX96) external returns (int24 tick);
    function modifyLiquidity(PoolKey key, ModifyLiquidityParams params, bytes hookData)
        external payable returns (int256 delta);
    function setProtocolFeeController(address controller) external;
    function setProtocolFee(PoolKey key, uint24 newProtocolFee) external;
}

fn v4(name: &str) -> Bytes {
    packages::code(&format!("@uniswap/v4-periphery/foundry-out/{name}.sol/{name}.default.json"))
}

fn i24(tick: i32) -> I24 {
    I24::try_from(tick).unwrap()
}

/// Fees with spacings: the usual ones, and what else anybody may choose.
const TIERS: [(u32, i32); 7] =
    [(100, 1), (500, 10), (3000, 60), (10_000, 200), (0, 50), (987_654, 16_383), (7, 32_767)];

/// The manager, the router, and two tokens of which Alice and Bob have many, as much as they have
/// ether.
#[derive(Debug, Clone)]
struct Exchange {
    lab: Lab,
    tokens: [Address; 2],
    manager: Address,
    provider: Address,
    router: Address,
    permit2: Address,
}

impl Exchange {
    fn new() -> Self {
        let mut lab = Lab::new();
        let tokens = lab.tokens();
        let manager = lab.deploy(&v4("PoolManager"), &OWNER.abi_encode());
        let provider = lab.deploy(&v4("PoolModifyLiquidityTest"), &manager.abi_encode());
        let source = "@uniswap/v4-periphery/lib/permit2/test/utils/DeployPermit2.sol";
        let permit2 = address!("000000000022d473030f116ddee9f6b43ac78ba3");
        lab.place(permit2, packages::code_in_source(source));
        let router = "@uniswap/universal-router/artifacts/contracts/UniversalRouter.sol/UniversalRouter.json";
        let weth = lab.weth();
        let parameters = RouterParameters {
            permit2,
            weth9: weth,
            v2Factory: Address::ZERO,
            v3Factory: Address::ZERO,
            pairInitCodeHash: B256::ZERO,
            poolInitCodeHash: B256::ZERO,
            v4PoolManager: manager,
            v3NFTPositionManager: Address::ZERO,
            v4PositionManager: Address::ZERO,
        };
        let router = lab.deploy(&packages::code(router), &parameters.abi_encode());
        for account in [ALICE, BOB] {
            lab.deal(account, U256::ONE << 200);
            for token in tokens {
                lab.mint(token, account, U256::ONE << 200);
            }
        }
        for token in tokens {
            lab.allow(token, BOB, provider);
        }
        lab.must(OWNER, manager, &setProtocolFeeControllerCall { controller: OWNER });
        Self { lab, tokens, manager, provider, router, permit2 }
    }
}

/// One pool, and the positions in it.
#[derive(Debug, Clone)]
struct Market {
    exchange: Exchange,
    key: PoolKey,
    /// Lower tick, upper tick, liquidity.
    positions: Vec<(i32, i32, i128)>,
    center: i32,
    width: i32,
    words: u64,
}

impl Market {
    fn new(exchange: &Exchange, rng: &mut Rng) -> Self {
        let mut exchange = exchange.clone();
        let (fee, spacing) = rng.pick(&TIERS);
        let [low, high] = exchange.tokens;
        let currency0 = if rng.chance(2) { Address::ZERO } else { low };
        let key = PoolKey {
            currency0,
            currency1: high,
            fee: U24::from(fee),
            tickSpacing: i24(spacing),
            hooks: Address::ZERO,
        };
        let most = (MAX_TICK / spacing).min(200_000 / spacing).max(1);
        let center = rng.between(-most, most + 1);
        let (width, words) = (rng.pick(&[3, 40, 600]), rng.below(4));
        let tick = (center * spacing).clamp(1 - MAX_TICK, MAX_TICK - 1);
        let (from, to) = (sqrt_ratio_at(tick).unwrap(), sqrt_ratio_at(tick + 1).unwrap());
        let price = if rng.chance(5) { from } else { from + rng.upto(to - from - U256::ONE) };
        let call = initializeCall { key: key.clone(), sqrtPriceX96: U160::from(price) };
        exchange.lab.must(OWNER, exchange.manager, &call);
        let mut market = Self { exchange, key, positions: vec![], center, width, words };
        if rng.chance(2) {
            market.set_protocol_fee(rng);
        }
        for _ in 0..1 + rng.below(8) {
            market.add(rng);
        }
        market
    }

    fn spacing(&self) -> i32 {
        self.key.tickSpacing.as_i32()
    }

    /// Up to a thousandth in each direction, on its own.
    fn set_protocol_fee(&mut self, rng: &mut Rng) {
        let fees = [0, 1].map(|_| rng.pick(&[0, 1, 250, 999, 1000]));
        let packed = U24::from(fees[0] | fees[1] << 12);
        let call = setProtocolFeeCall { key: self.key.clone(), newProtocolFee: packed };
        self.exchange.lab.must(OWNER, self.exchange.manager, &call);
    }

    /// A multiple of the spacing near the center, by its factor.
    fn near(&self, rng: &mut Rng) -> i32 {
        let last = MAX_TICK / self.spacing();
        (self.center + rng.between(-self.width, self.width)).clamp(-last, last)
    }

    fn modify(&mut self, lower: i32, upper: i32, change: i128) -> bool {
        let params = ModifyLiquidityParams {
            tickLower: i24(lower),
            tickUpper: i24(upper),
            liquidityDelta: I256::try_from(change).unwrap(),
            salt: B256::ZERO,
        };
        let call = modifyLiquidityCall { key: self.key.clone(), params, hookData: Bytes::new() };
        let native = self.key.currency0.is_zero() && change > 0;
        let value = if native { U256::ONE << 180 } else { U256::ZERO };
        self.exchange.lab.pay(BOB, self.exchange.provider, value, &call).is_ok()
    }

    /// One more position; the pool may refuse it, where a tick has too much already.
    fn add(&mut self, rng: &mut Rng) {
        let (last, spacing) = (MAX_TICK / self.spacing(), self.spacing());
        let low = self.near(rng).min(last - 1);
        let high = (low + rng.between(1, self.width + 1)).min(last);
        let amount = rng.bits(20, 88).to::<i128>();
        if self.modify(low * spacing, high * spacing, amount) {
            self.positions.push((low * spacing, high * spacing, amount));
        }
    }

    fn remove(&mut self, rng: &mut Rng) {
        if self.positions.is_empty() {
            return;
        }
        let at = usize::try_from(rng.below(self.positions.len() as u64)).unwrap();
        let (lower, upper, all) = self.positions.swap_remove(at);
        let amount = if rng.chance(2) { all } else { all / 3 };
        // What it is worth now may be more than 127 bits.
        let taken = if self.modify(lower, upper, -amount) { amount } else { 0 };
        if taken < all {
            self.positions.push((lower, upper, all - taken));
        }
    }

    fn change(&mut self, rng: &mut Rng) {
        match rng.below(3) {
            0 => self.add(rng),
            1 => self.remove(rng),
            _ => self.set_protocol_fee(rng),
        }
    }

    fn place(&self) -> Place {
        let PoolKey { currency0, currency1, fee, .. } = self.key;
        let Exchange { manager, router, permit2, .. } = self.exchange;
        let currency0 = if currency0.is_zero() { NATIVE } else { currency0 };
        let contracts = [
            ("manager", manager),
            ("currency0", currency0),
            ("currency1", currency1),
            ("router", router),
            ("permit2", permit2),
        ];
        let spacing = self.spacing().unsigned_abs().into();
        let constants =
            [("fee_ppm", fee.to::<u64>()), ("tick_spacing", spacing), ("words", self.words)];
        Place {
            id: VenueId::new("pool"),
            kind: "uniswap_v4".to_owned(),
            contracts: BTreeMap::from(contracts.map(|(role, at)| (role.to_owned(), at))),
            constants: BTreeMap::from(constants.map(|(name, value)| (name.to_owned(), value))),
            code: BTreeMap::new(),
        }
    }

    fn open(&mut self) -> Arc<dyn Venue> {
        let place = self.place();
        self.exchange.lab.open(&place).unwrap().venue
    }
}

fn random_swap(rng: &mut Rng, venue: &dyn Venue) -> Swap {
    let from = usize::from(rng.chance(2));
    let most = most(venue, from);
    let amount = match rng.below(6) {
        0 => most,
        1 => most + U256::ONE,
        2 => rng.bits(1, 110),
        _ => rng.upto(most),
    };
    Swap { from, to: 1 - from, amount: amount.max(U256::ONE) }
}

fn most(venue: &dyn Venue, from: usize) -> U256 {
    match venue.capacity(from, 1 - from) {
        Capacity::Limited { amount, .. } => amount,
        other => panic!("{other:?}"),
    }
}

/// A pool known whole gives back what it cannot use; the model does not trade a part, and names what
/// would be used.
fn exhaust(market: &Market, tally: &mut Tally, venue: &dyn Venue, swap: Swap, limit: U256) {
    let mut lab = market.exchange.lab.clone();
    let held = |lab: &mut Lab| match venue.tokens()[swap.from] {
        NATIVE => lab.ether(ALICE),
        token => lab.balance(token, ALICE),
    };
    // The router keeps ether that a swap leaves over.
    let kept = lab.ether(market.exchange.router);
    let before = held(&mut lab);
    let trade = Trade { swap, min_out: U256::ZERO, recipient: ALICE, deadline: lab.now() };
    if let Err(Refusal(why)) = lab.execute(ALICE, &venue.encode(&trade)) {
        // `SafeCastOverflow()`: what all of it would return has more than 127 bits.
        assert_eq!(why[..], hex!("93dafdf1"), "{venue:?} {swap:?}");
        return tally.refused();
    }
    let used = before - held(&mut lab) - (lab.ether(market.exchange.router) - kept);
    tally.same("the pool's capacity", limit, used, (venue, swap));
    tally.refused();
}

fn trade(market: &mut Market, tally: &mut Tally, venue: &mut dyn Venue, swap: Swap, rng: &mut Rng) {
    match venue.quote(swap) {
        Err(QuoteError::BeyondKnownRange { .. }) => return tally.refused(),
        Err(QuoteError::Limit { what: "liquidity of the pool", limit, .. }) => {
            return exhaust(market, tally, venue, swap, limit);
        }
        Ok(_) | Err(_) => {}
    }
    if tally.trade(&mut market.exchange.lab, venue, swap).is_ok() && rng.chance(3) {
        // The state that the model moved to is the one that is read.
        let again = market.open();
        for from in [0, 1] {
            let amount = rng.upto(most(venue, from).min(most(&*again, from)));
            let next = Swap { from, to: 1 - from, amount };
            tally.equal("the next quote", venue.quote(next), again.quote(next), (&venue, next));
        }
    }
}

#[test]
fn uniswap_v4_agrees() {
    let packages = ["@uniswap/v4-periphery", "@uniswap/universal-router"];
    let (mut tally, mut rng) = Tally::new("Uniswap v4", &packages);
    let exchange = Exchange::new();
    while tally.wants_more() {
        let mut market = Market::new(&exchange, &mut rng);
        let mut venue = market.open().boxed();
        for _ in 0..12 {
            if rng.chance(5) {
                market.change(&mut rng);
                venue = market.open().boxed();
            }
            let swap = random_swap(&mut rng, &*venue);
            trade(&mut market, &mut tally, &mut *venue, swap, &mut rng);
        }
    }
    tally.report();
}

/// What cannot be modelled does not open, and says why.
#[test]
fn hooks_dynamic_fees_and_absent_pools_do_not_open() {
    let exchange = Exchange::new();
    let mut rng = Rng::new(Rng::seed());
    let mut market = Market::new(&exchange, &mut rng);
    let place = market.place();
    let refusal = |market: &mut Market, place: &Place| match market.exchange.lab.open(place) {
        Err(OpenError::Unread { why, .. }) => why.to_string(),
        other => panic!("{other:?}"),
    };
    let mut hooked = place.clone();
    hooked.contracts.insert("hooks".to_owned(), BOB);
    assert!(refusal(&mut market, &hooked).contains("hooks"));
    let mut dynamic = place.clone();
    dynamic.constants.insert("fee_ppm".to_owned(), 0x80_0000);
    assert!(refusal(&mut market, &dynamic).contains("dynamic"));
    let mut absent = place.clone();
    absent.constants.insert("tick_spacing".to_owned(), 77);
    assert!(refusal(&mut market, &absent).contains("has no pool"));
    let mut unnamed = place.clone();
    unnamed.constants.remove("fee_ppm");
    assert!(refusal(&mut market, &unnamed).contains("fee_ppm"));
    let mut turned = place;
    turned.contracts.insert("currency0".to_owned(), exchange.tokens[1]);
    turned.contracts.insert("currency1".to_owned(), exchange.tokens[0]);
    assert!(refusal(&mut market, &turned).contains("order"));
}
