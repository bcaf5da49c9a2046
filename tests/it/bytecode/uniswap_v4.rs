//! Uniswap v4 without hooks: there is no venue yet, and the maths is v3's.

use alloy_primitives::{
    Address, B256, Bytes, I256, U256,
    aliases::{I24, U24, U160},
};
use alloy_sol_types::{SolValue, sol};
use tenor_solver::venues::{
    MAX_SQRT_RATIO, MIN_SQRT_RATIO, Tick, UniswapV3, UniswapV3Figures, VenueId,
};

use super::{ALICE, OWNER, lab::Lab, packages, tally::Tally};

sol! {
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

    struct SwapParams {
        bool zeroForOne;
        int256 amountSpecified;
        uint160 sqrtPriceLimitX96;
    }

    struct TestSettings {
        bool takeClaims;
        bool settleUsingBurn;
    }

    function initialize(PoolKey key, uint160 sqrtPriceX96) external returns (int24 tick);
    function modifyLiquidity(PoolKey key, ModifyLiquidityParams params, bytes hookData)
        external payable returns (int256 delta);

    interface V4Swap {
        function swap(
            PoolKey key, SwapParams params, TestSettings testSettings, bytes hookData
        ) external payable returns (int256 delta);
    }
}

fn v4(name: &str) -> Bytes {
    packages::code(&format!("@uniswap/v4-periphery/foundry-out/{name}.sol/{name}.default.json"))
}

/// A pool of v4 without hooks, with one position around a price of one.
struct V4 {
    lab: Lab,
    key: PoolKey,
    swapper: Address,
    venue: UniswapV3,
}

impl V4 {
    const WIDTH: i32 = 6000;
    const LIQUIDITY: u128 = 10u128.pow(21);

    fn new() -> Self {
        let mut lab = Lab::new();
        let [currency0, currency1] = lab.tokens();
        let manager = lab.deploy(&v4("PoolManager"), &OWNER.abi_encode());
        let provider = lab.deploy(&v4("PoolModifyLiquidityTest"), &manager.abi_encode());
        let swapper = lab.deploy(&v4("PoolSwapTest"), &manager.abi_encode());
        for token in [currency0, currency1] {
            lab.mint(token, ALICE, U256::ONE << 120);
            lab.allow(token, ALICE, provider);
            lab.allow(token, ALICE, swapper);
        }
        let spacing = I24::try_from(60).unwrap();
        let key = PoolKey {
            currency0,
            currency1,
            fee: U24::from(3000),
            tickSpacing: spacing,
            hooks: Address::ZERO,
        };
        let price = U160::ONE << 96;
        lab.must(OWNER, manager, &initializeCall { key: key.clone(), sqrtPriceX96: price });
        let params = ModifyLiquidityParams {
            tickLower: I24::try_from(-Self::WIDTH).unwrap(),
            tickUpper: I24::try_from(Self::WIDTH).unwrap(),
            liquidityDelta: I256::try_from(Self::LIQUIDITY).unwrap(),
            salt: B256::ZERO,
        };
        let call = modifyLiquidityCall { key: key.clone(), params, hookData: Bytes::new() };
        lab.must(ALICE, provider, &call);
        let venue = Self::as_v3([currency0, currency1], swapper);
        Self { lab, key, swapper, venue }
    }

    /// The same position in a v3 pool: without hooks and protocol fees the maths is the same.
    fn as_v3(tokens: [Address; 2], router: Address) -> UniswapV3 {
        let net = i128::try_from(Self::LIQUIDITY).unwrap();
        let tick = |tick, liquidity_net| Tick { tick, liquidity_net };
        UniswapV3::new(UniswapV3Figures {
            id: VenueId::new("v4"),
            pool: router,
            router,
            tokens,
            fee_ppm: 3000,
            tick_spacing: 60,
            sqrt_price_x96: U256::ONE << 96,
            tick: 0,
            liquidity: Self::LIQUIDITY,
            ticks: vec![tick(-Self::WIDTH, net), tick(Self::WIDTH, -net)],
            known: None,
        })
        .unwrap()
    }

    /// What the pool pays and receives; in v4 an exact input is negative.
    fn swap(&mut self, down: bool, amount: I256, limit: U256) -> (i128, i128) {
        let call = V4Swap::swapCall {
            key: self.key.clone(),
            params: SwapParams {
                zeroForOne: down,
                amountSpecified: -amount,
                sqrtPriceLimitX96: U160::from(limit),
            },
            testSettings: TestSettings { takeClaims: false, settleUsingBurn: false },
            hookData: Bytes::new(),
        };
        let delta = self.lab.ask(ALICE, self.swapper, &call).unwrap();
        let delta = delta.to_be_bytes::<32>();
        let half = |at: usize| i128::from_be_bytes(delta[at..at + 16].try_into().unwrap());
        (-half(0), -half(16))
    }
}

/// Each trade on the pool as it was at first.
#[test]
fn uniswap_v4_is_ready() {
    let (mut tally, mut rng) = Tally::new("Uniswap v4, by v3's maths", &["@uniswap/v4-periphery"]);
    let mut market = V4::new();
    while tally.wants_more() {
        let (down, amount) = (rng.chance(2), rng.bits(1, 72));
        let amount = rng.sign(amount);
        let limit = if down { MIN_SQRT_RATIO + U256::ONE } else { MAX_SQRT_RATIO - U256::ONE };
        let model = market.venue.swap_exact(down, amount, limit).unwrap();
        let (amount0, amount1) = market.swap(down, amount, limit);
        let real = [amount0, amount1].map(|amount| I256::try_from(amount).unwrap().into_raw());
        tally.same("amount0", model.amount0.into_raw(), real[0], (down, amount));
        tally.same("amount1", model.amount1.into_raw(), real[1], (down, amount));
        tally.traded();
    }
    tally.report();
}
