//! Our Uniswap contracts beside the published ones.

use alloy_primitives::{
    Address, Bytes, I256, U256,
    aliases::{U24, U160},
};
use alloy_sol_types::sol;
use tenor_solver::venues::{MAX_TICK, MIN_TICK, UniswapV3Figures};

use super::{
    ALICE,
    reference::{Reference, Twins, key, signed},
    tally::Tally,
    uniswap_v2::Pair,
    uniswap_v3_pool::{Exchange, Pool, PoolSwap, liquidityCall, slot0Call},
};
use crate::world::rng::Rng;

sol! {
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes data) external;
    function sync() external;
    function getReserves() external view returns (uint112, uint112, uint32);
    function getAmountsOut(uint256 amountIn, address[] path) external view returns (uint256[]);
    function swapExactTokensForTokens(
        uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline
    ) external returns (uint256[] amounts);

    function swapWith(address pool, bool zeroForOne, int256 amount, uint160 limit, bytes data)
        external returns (int256, int256);

    struct ExactInputSingleParams {
        address tokenIn;
        address tokenOut;
        uint24 fee;
        address recipient;
        uint256 amountIn;
        uint256 amountOutMinimum;
        uint160 sqrtPriceLimitX96;
    }

    function exactInputSingle(ExactInputSingleParams params) external payable returns (uint256);
}

fn pair_twins(market: &mut Pair) -> Twins {
    let reserves = market.reserves();
    let (real, mut ours) = (market.lab.clone(), market.lab.clone());
    let pair = Reference::replace(&mut ours, "UniswapV2Pair", market.pair);
    let now = U256::from(ours.now());
    let [token0, token1] = market.tokens.map(|token| token.into_word().into());
    for (label, value) in [
        ("token0", token0),
        ("token1", token1),
        ("reserve0", reserves[0]),
        ("reserve1", reserves[1]),
        ("blockTimestampLast", now),
        ("feeNumerator", U256::from(997)),
    ] {
        pair.set(&mut ours, label, value);
    }
    let router = Reference::replace(&mut ours, "UniswapV2Router", market.router);
    let keys = market.tokens.map(|token| token.into_word());
    router.set_entry(&mut ours, "pairs", &keys, &[market.pair.into_word().into()]);
    let mut twins = Twins { real, ours };
    for token in market.tokens {
        twins.both(|lab| lab.allow(token, ALICE, market.router));
    }
    twins
}

/// Something is given to the pair, and something asked of it: often what it would just pay.
fn ask_the_pair(twins: &mut Twins, tally: &mut Tally, market: &mut Pair, rng: &mut Rng) {
    let getReservesReturn { _0, _1, .. } = twins.real.view(market.pair, &getReservesCall {});
    let reserves = [U256::from(_0), U256::from(_1)];
    let from = usize::from(rng.chance(2));
    let given = rng.upto(reserves[from] * U256::from(2));
    let given = if rng.chance(20) { U256::ONE << 112 } else { given };
    let kept = given * U256::from(997);
    let fair = kept * reserves[1 - from] / (reserves[from] * U256::from(1000) + kept);
    let mut out = [U256::ZERO; 2];
    out[1 - from] = match rng.below(8) {
        0 => fair + U256::ONE,
        1 => reserves[1 - from] + U256::from(rng.below(2)),
        2 => rng.upto(fair),
        _ => fair,
    };
    if rng.chance(8) {
        out[from] = rng.upto(given);
    }
    let to = if rng.chance(20) { market.tokens[0] } else { ALICE };
    let before = twins.clone();
    twins.both(|lab| lab.transfer(market.tokens[from], ALICE, market.pair, given));
    let swap = swapCall { amount0Out: out[0], amount1Out: out[1], to, data: Bytes::new() };
    if !twins.send(tally, ALICE, market.pair, &swap) {
        if rng.chance(2) && twins.send(tally, ALICE, market.pair, &syncCall {}) {
            return;
        }
        *twins = before;
    }
}

fn ask_the_router(twins: &mut Twins, tally: &mut Tally, market: &Pair, rng: &mut Rng) {
    let from = usize::from(rng.chance(2));
    let path = vec![market.tokens[from], market.tokens[1 - from]];
    let amount = if rng.chance(20) { U256::ZERO } else { rng.bits(1, 113) };
    let ask = getAmountsOutCall { amountIn: amount, path: path.clone() };
    if !twins.send(tally, ALICE, market.router, &ask) {
        return;
    }
    let fair = twins.real.view(market.router, &ask)[1];
    let late = U256::from(rng.below(10) / 9);
    let swap = swapExactTokensForTokensCall {
        amountIn: amount,
        amountOutMin: fair + U256::from(rng.below(4) / 3),
        path,
        to: ALICE,
        deadline: U256::from(twins.real.now()) - late,
    };
    twins.send(tally, ALICE, market.router, &swap);
}

#[test]
fn our_uniswap_v2_is_the_published_one() {
    let packages = ["@uniswap/v2-core", "@uniswap/v2-periphery"];
    let (mut tally, mut rng) = Tally::new("our Uniswap V2", &packages);
    let blank = Pair::new();
    while tally.wants_more() {
        let mut market = blank.furnished(&mut rng);
        let mut twins = pair_twins(&mut market);
        for _ in 0..10 {
            if rng.chance(3) {
                ask_the_router(&mut twins, &mut tally, &market, &mut rng);
            } else {
                ask_the_pair(&mut twins, &mut tally, &mut market, &mut rng);
            }
            twins.send(&mut tally, ALICE, market.pair, &getReservesCall {});
            for (token, account) in market.tokens.iter().zip([ALICE, market.pair]) {
                twins.same(&mut tally, "a balance", |lab| lab.balance(*token, account));
            }
        }
    }
    tally.report();
}

fn pool_twins(market: &mut Pool) -> Twins {
    let figures = market.figures();
    let Exchange { lab, router, weth, .. } = &market.exchange;
    let (real, mut ours) = (lab.clone(), lab.clone());
    let pool = Reference::replace(&mut ours, "UniswapV3Pool", figures.pool);
    let UniswapV3Figures { tokens, fee_ppm, tick_spacing: spacing, ticks, .. } = &figures;
    let [token0, token1] = tokens.map(|token| token.into_word());
    for (label, value) in [
        ("token0", token0.into()),
        ("token1", token1.into()),
        ("fee", U256::from(*fee_ppm)),
        ("tickSpacing", signed((*spacing).into())),
        ("sqrtPriceX96", figures.sqrt_price_x96),
        ("currentTick", signed(figures.tick.into())),
        ("liquidity", U256::from(figures.liquidity)),
        ("knownLowerTick", signed(MIN_TICK.into())),
        ("knownUpperTick", signed(MAX_TICK.into())),
    ] {
        pool.set(&mut ours, label, value);
    }
    let mut words = std::collections::BTreeMap::<i32, U256>::new();
    for tick in ticks {
        let net = tick.liquidity_net;
        let info = [signed(net), U256::from(net.unsigned_abs())];
        pool.set_entry(&mut ours, "tickInfo", &[key(tick.tick.into())], &info);
        let place = tick.tick / spacing;
        let bit = (place & 0xff).unsigned_abs();
        *words.entry(place >> 8).or_default() |= U256::ONE << bit;
    }
    for (word, bits) in words {
        pool.set_entry(&mut ours, "tickBitmap", &[key(word.into())], &[bits]);
    }
    let ours_router = Reference::replace(&mut ours, "SwapRouter02", *router);
    ours_router.set(&mut ours, "WETH9", weth.into_word().into());
    let keys = [token0, token1, key((*fee_ppm).into())];
    ours_router.set_entry(&mut ours, "pools", &keys, &[figures.pool.into_word().into()]);
    let mut twins = Twins { real, ours };
    for token in *tokens {
        twins.both(|lab| lab.allow(token, ALICE, *router));
        twins.both(|lab| lab.mint(token, *router, U256::from(1_000_000)));
    }
    twins
}

/// Through the router, in all the ways that its special values allow.
fn ask_the_v3_router(twins: &mut Twins, tally: &mut Tally, market: &mut Pool, rng: &mut Rng) {
    let Exchange { tokens, router, .. } = market.exchange;
    let slot = twins.real.view(market.pool, &slot0Call {});
    let PoolSwap { down, amount, limit } = PoolSwap::random(rng, slot._1.as_i32(), market);
    let (from, to) = if down { (0, 1) } else { (1, 0) };
    let special = |n: u8| Address::left_padding_from(&[n]);
    let mut params = ExactInputSingleParams {
        tokenIn: tokens[from],
        tokenOut: tokens[to],
        fee: U24::from(market.fee_ppm),
        recipient: rng.pick(&[ALICE, special(1), special(2)]),
        amountIn: if rng.chance(10) { U256::ZERO } else { amount.unsigned_abs() },
        amountOutMinimum: U256::ZERO,
        sqrtPriceLimitX96: U160::from(limit),
    };
    if rng.chance(3) {
        let ask = exactInputSingleCall { params: params.clone() };
        let out = twins.real.ask(ALICE, router, &ask).unwrap_or_default();
        params.amountOutMinimum = out + U256::from(rng.below(2));
    }
    twins.send(tally, ALICE, router, &exactInputSingleCall { params });
}

fn ask_the_pool(twins: &mut Twins, tally: &mut Tally, market: &mut Pool, rng: &mut Rng) {
    let slot = twins.real.view(market.pool, &slot0Call {});
    let PoolSwap { down, amount, limit } = PoolSwap::random(rng, slot._1.as_i32(), market);
    let short = Bytes::from(vec![1; usize::from(rng.chance(10))]);
    let call = swapWithCall {
        pool: market.pool,
        zeroForOne: down,
        amount: if rng.chance(20) { I256::ZERO } else { amount },
        limit: U160::from(limit),
        data: short,
    };
    let hand = market.exchange.hand;
    twins.send(tally, ALICE, hand, &call);
}

#[test]
fn our_uniswap_v3_is_the_published_one() {
    let packages = ["@uniswap/v3-core", "@uniswap/swap-router-contracts"];
    let (mut tally, mut rng) = Tally::new("our Uniswap V3", &packages);
    let exchange = Exchange::new();
    while tally.wants_more() {
        let mut market = Pool::furnished(&exchange, &mut rng);
        let mut twins = pool_twins(&mut market);
        for _ in 0..8 {
            if rng.chance(2) {
                ask_the_v3_router(&mut twins, &mut tally, &mut market, &mut rng);
            } else {
                ask_the_pool(&mut twins, &mut tally, &mut market, &mut rng);
            }
            let pool = market.pool;
            twins.same(&mut tally, "the price", |lab| U256::from(lab.view(pool, &slot0Call {})._0));
            twins.same(&mut tally, "the tick", |lab| {
                signed(lab.view(pool, &slot0Call {})._1.as_i32().into())
            });
            twins.same(&mut tally, "the liquidity", |lab| {
                U256::from(lab.view(pool, &liquidityCall {}))
            });
            for token in market.exchange.tokens {
                twins.same(&mut tally, "a balance", |lab| lab.balance(token, ALICE));
            }
        }
    }
    tally.report();
}
