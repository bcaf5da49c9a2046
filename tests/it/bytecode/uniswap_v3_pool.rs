//! Uniswap V3 pools with random positions, and the router.

use alloy_primitives::{
    Address, I256, U256,
    aliases::{I24, U24, U160},
};
use alloy_sol_types::{SolValue, sol};
use tenor_solver::venues::{
    MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, Tick, UniswapV3, UniswapV3Figures, VenueId,
    sqrt_ratio_at,
};

use super::{
    ALICE, BOB, OWNER,
    lab::{Lab, Refusal},
    packages,
};
use crate::world::rng::Rng;

sol! {
    function enableFeeAmount(uint24 fee, int24 tickSpacing) external;
    function createPool(address a, address b, uint24 fee) external returns (address pool);
    function initialize(uint160 sqrtPriceX96) external;
    function setFeeProtocol(uint8 feeProtocol0, uint8 feeProtocol1) external;
    function increaseObservationCardinalityNext(uint16 next) external;
    function slot0() external view returns (uint160, int24, uint16, uint16, uint16, uint8, bool);
    function liquidity() external view returns (uint128);
    function tickBitmap(int16 word) external view returns (uint256);
    function ticks(int24 tick) external view
        returns (uint128, int128, uint256, uint256, int56, uint160, uint32, bool);

    function mint(address pool, int24 lower, int24 upper, uint128 amount) external;
    function burn(address pool, int24 lower, int24 upper, uint128 amount) external;
    function swap(address pool, bool zeroForOne, int256 amount, uint160 limit)
        external returns (int256, int256);
}

/// Fees with their spacings: the four of mainnet, and two that anybody's factory may have.
const TIERS: [(u32, i32); 6] =
    [(100, 1), (500, 10), (3000, 60), (10_000, 200), (0, 50), (987_654, 16_383)];

/// Where it goes from: a factory, a router, two tokens, and a hand that holds many of both.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub(super) lab: Lab,
    pub(super) tokens: [Address; 2],
    pub(super) router: Address,
    pub(super) hand: Address,
    pub(super) weth: Address,
    factory: Address,
}

/// A swap of a pool itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct PoolSwap {
    pub(super) down: bool,
    /// Exact input; negative for an exact output.
    pub(super) amount: I256,
    pub(super) limit: U256,
}

impl Exchange {
    pub(super) fn new() -> Self {
        let mut lab = Lab::new();
        let tokens = lab.tokens();
        let weth = lab.weth();
        let mut exchange = Self::on(lab, weth, tokens);
        for token in tokens {
            exchange.lab.mint(token, exchange.hand, U256::ONE << 250);
            exchange.lab.mint(token, ALICE, U256::ONE << 250);
        }
        exchange
    }

    /// Where two tokens of a chain go; the hand holds nothing.
    pub(super) fn on(mut lab: Lab, weth: Address, tokens: [Address; 2]) -> Self {
        let factory =
            "@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json";
        let factory = lab.deploy(&packages::code(factory), &[]);
        let router =
            "@uniswap/swap-router-contracts/artifacts/contracts/SwapRouter02.sol/SwapRouter02.json";
        let arguments = (Address::ZERO, factory, Address::ZERO, weth).abi_encode_params();
        let router = lab.deploy(&packages::code(router), &arguments);
        let hand = lab.deploy(&packages::compiled("Hand"), &[]);
        for (fee, spacing) in TIERS {
            let (fee, spacing) = (U24::from(fee), i24(spacing));
            // Three of them are there from the start.
            let _ = lab.send(OWNER, factory, &enableFeeAmountCall { fee, tickSpacing: spacing });
        }
        Self { lab, tokens, router, hand, weth, factory }
    }
}

pub(super) fn i24(tick: i32) -> I24 {
    I24::try_from(tick).unwrap()
}

/// One pool, the positions in it, and what the chain around it is like.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    pub(super) exchange: Exchange,
    pub(super) pool: Address,
    pub(super) fee_ppm: u32,
    pub(super) tick_spacing: i32,
    /// Lower tick, upper tick, liquidity.
    positions: Vec<(i32, i32, u128)>,
    center: i32,
    width: i32,
}

impl Pool {
    /// A pool at the price of a tick, with one position of the hand's, so many ticks to each side.
    pub(super) fn around(
        mut exchange: Exchange,
        (fee_ppm, tick_spacing): (u32, i32),
        (tick, width, liquidity): (i32, i32, u128),
    ) -> Self {
        let [a, b] = exchange.tokens;
        let create = createPoolCall { a, b, fee: U24::from(fee_ppm) };
        let pool = exchange.lab.must(OWNER, exchange.factory, &create);
        let price = sqrt_ratio_at(tick).unwrap();
        let initialize = initializeCall { sqrtPriceX96: U160::from(price) };
        exchange.lab.must(OWNER, pool, &initialize);
        let center = tick / tick_spacing * tick_spacing;
        let (lower, upper) = (center - width, center + width);
        let call = mintCall { pool, lower: i24(lower), upper: i24(upper), amount: liquidity };
        exchange.lab.must(BOB, exchange.hand, &call);
        let positions = vec![(lower, upper, liquidity)];
        Self { exchange, pool, fee_ppm, tick_spacing, positions, center, width }
    }

    /// A pool with a random price and random positions around it.
    pub(super) fn furnished(exchange: &Exchange, rng: &mut Rng) -> Self {
        let mut exchange = exchange.clone();
        let (fee_ppm, tick_spacing) = rng.pick(&TIERS);
        let [a, b] = exchange.tokens;
        let create = createPoolCall { a, b, fee: U24::from(fee_ppm) };
        let pool = exchange.lab.must(OWNER, exchange.factory, &create);
        let last = MAX_TICK / tick_spacing;
        let most = if rng.chance(4) { last } else { last.min(200_000 / tick_spacing) };
        let center = rng.between(-most, most + 1);
        let width = rng.pick(&[3, 40, 600]);
        let mut market =
            Self { exchange, pool, fee_ppm, tick_spacing, positions: vec![], center, width };
        let tick = (market.near(rng) * tick_spacing).clamp(1 - MAX_TICK, MAX_TICK - 1);
        let (low, high) = (sqrt_ratio_at(tick).unwrap(), sqrt_ratio_at(tick + 1).unwrap());
        let price = if rng.chance(5) { low } else { low + rng.upto(high - low - U256::ONE) };
        let initialize = initializeCall { sqrtPriceX96: U160::from(price) };
        market.exchange.lab.must(OWNER, pool, &initialize);
        if rng.chance(2) {
            market.turn_protocol_fee_on(rng);
        }
        for _ in 0..1 + rng.below(8) {
            market.add(rng);
        }
        market
    }

    fn turn_protocol_fee_on(&mut self, rng: &mut Rng) {
        let fee = rng.pick(&[0, 4, 5, 10]);
        let call = setFeeProtocolCall { feeProtocol0: fee, feeProtocol1: fee };
        self.exchange.lab.must(OWNER, self.pool, &call);
    }

    /// A multiple of the spacing near the center, by its factor.
    fn near(&self, rng: &mut Rng) -> i32 {
        let last = MAX_TICK / self.tick_spacing;
        (self.center + rng.between(-self.width, self.width)).clamp(-last, last)
    }

    /// One more position; the pool may refuse it, where a tick has too much already.
    fn add(&mut self, rng: &mut Rng) {
        let last = MAX_TICK / self.tick_spacing;
        let low = self.near(rng).min(last - 1);
        let high = (low + rng.between(1, self.width + 1)).min(last);
        let (lower, upper) = (low * self.tick_spacing, high * self.tick_spacing);
        let amount = rng.bits(20, 88).to::<u128>();
        let Self { pool, exchange: Exchange { lab, hand, .. }, .. } = self;
        let call = mintCall { pool: *pool, lower: i24(lower), upper: i24(upper), amount };
        if lab.send(BOB, *hand, &call).is_ok() {
            self.positions.push((lower, upper, amount));
        }
    }

    /// A position goes, or a part of it.
    fn remove(&mut self, rng: &mut Rng) {
        if self.positions.is_empty() {
            return;
        }
        let at = usize::try_from(rng.below(self.positions.len() as u64)).unwrap();
        let (lower, upper, all) = self.positions.swap_remove(at);
        let amount = if rng.chance(2) { all } else { all / 3 };
        if amount < all {
            self.positions.push((lower, upper, all - amount));
        }
        let Self { pool, exchange: Exchange { lab, hand, .. }, .. } = self;
        let call = burnCall { pool: *pool, lower: i24(lower), upper: i24(upper), amount };
        lab.must(BOB, *hand, &call);
    }

    pub(super) fn price_and_tick(&mut self) -> (U256, i32) {
        let slot0Return { _0: price, _1: tick, .. } =
            self.exchange.lab.view(self.pool, &slot0Call {});
        (U256::from(price), tick.as_i32())
    }

    pub(super) fn liquidity(&mut self) -> u128 {
        self.exchange.lab.view(self.pool, &liquidityCall {})
    }

    /// The initialised ticks, by the pool's own bitmap: no position lies further out.
    fn ticks(&mut self) -> Vec<Tick> {
        let word = |tick: i32| tick.div_euclid(self.tick_spacing) >> 8;
        let ends = self.positions.iter().flat_map(|(lower, upper, _)| [word(*lower), word(*upper)]);
        let words: std::collections::BTreeSet<_> = ends.collect();
        let set: Vec<_> = words.into_iter().flat_map(|word| self.ticks_of(word)).collect();
        set.into_iter()
            .map(|tick| {
                let info = self.exchange.lab.view(self.pool, &ticksCall { tick: i24(tick) });
                Tick { tick, liquidity_net: info._1 }
            })
            .collect()
    }

    fn ticks_of(&mut self, word: i32) -> Vec<i32> {
        let call = tickBitmapCall { word: word.try_into().unwrap() };
        let bits = self.exchange.lab.view(self.pool, &call);
        let set = (0..256).filter(|bit| bits.bit(*bit));
        set.map(|bit| ((word << 8) + i32::try_from(bit).unwrap()) * self.tick_spacing).collect()
    }

    /// What the pool says of itself.
    pub(super) fn figures(&mut self) -> UniswapV3Figures {
        let (sqrt_price_x96, tick) = self.price_and_tick();
        UniswapV3Figures {
            id: VenueId::new("pool"),
            pool: self.pool,
            router: self.exchange.router,
            tokens: self.exchange.tokens,
            fee_ppm: self.fee_ppm,
            tick_spacing: self.tick_spacing,
            sqrt_price_x96,
            tick,
            liquidity: self.liquidity(),
            ticks: self.ticks(),
            known: None,
        }
    }

    pub(super) fn venue(&mut self) -> UniswapV3 {
        UniswapV3::new(self.figures()).unwrap()
    }

    /// The hand swaps with the pool itself.
    pub(super) fn swap(&mut self, swap: PoolSwap) -> Result<(I256, I256), Refusal> {
        let PoolSwap { down, amount, limit } = swap;
        let call = swapCall { pool: self.pool, zeroForOne: down, amount, limit: U160::from(limit) };
        let done = self.exchange.lab.send(ALICE, self.exchange.hand, &call)?;
        Ok((done._0, done._1))
    }

    /// Where ticks are narrow, a swap that uses up all liquidity reads thousands of bitmap words:
    /// a few of them will do.
    pub(super) fn walks_to_the_end(&self, rng: &mut Rng) -> bool {
        self.tick_spacing >= 50 || rng.chance(10)
    }

    pub(super) fn change(&mut self, rng: &mut Rng) {
        match rng.below(5) {
            0 => self.add(rng),
            1 => self.remove(rng),
            2 => self.turn_protocol_fee_on(rng),
            3 => self.exchange.lab.warp(rng.below(100_000)),
            _ => {
                let next = u16::try_from(rng.below(20)).unwrap();
                let call = increaseObservationCardinalityNextCall { next };
                self.exchange.lab.must(BOB, self.pool, &call);
            }
        }
    }
}

impl PoolSwap {
    pub(super) fn random(rng: &mut Rng, tick: i32, market: &Pool) -> Self {
        let (down, amount) = (rng.chance(2), rng.bits(1, 110));
        let away = rng.between(-100, 5000) * if down { -1 } else { 1 };
        // Some limits are prices at which the pool reads another word of its bitmap.
        let word = 256 * market.tick_spacing;
        let to = if rng.chance(4) { (tick + away).div_euclid(word) * word } else { tick + away };
        let limit = match (rng.chance(2) || !market.walks_to_the_end(rng), down) {
            (true, _) => sqrt_ratio_at(to.clamp(-MAX_TICK, MAX_TICK)).unwrap(),
            (false, true) => MIN_SQRT_RATIO + U256::ONE,
            (false, false) => MAX_SQRT_RATIO - U256::ONE,
        };
        Self { down, amount: rng.sign(amount), limit }
    }
}
