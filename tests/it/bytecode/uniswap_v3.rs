//! Uniswap V3: pools of all fee tiers, with the router and directly.

use alloy_primitives::{B256, I256, U256, b256, keccak256};
use tenor_solver::venues::{
    Capacity, MAX_SQRT_RATIO, MIN_SQRT_RATIO, QuoteError, Swap, UniswapV3, Venue,
};

use super::{
    packages,
    tally::Tally,
    uniswap_v3_pool::{Exchange, Pool, PoolSwap},
};
use crate::world::rng::Rng;

/// The pool's creation code on mainnet, by the hash that its router knows.
const MAINNET_POOL: B256 =
    b256!("e34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54");

/// The packages hold what is deployed.
#[test]
fn the_pool_is_mainnets() {
    let pool = "@uniswap/v3-core/artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool.json";
    assert_eq!(keccak256(packages::code(pool)), MAINNET_POOL);
}

/// Through the router. A pool known whole gives back what it cannot use; the model does not trade a
/// part, and names what would be used.
fn trade_with_the_router(market: &mut Pool, tally: &mut Tally, venue: &mut UniswapV3, swap: Swap) {
    if let Err(QuoteError::Limit { what: "liquidity of the pool", limit, .. }) = venue.quote(swap) {
        let down = swap.from == 0;
        let end = if down { MIN_SQRT_RATIO + U256::ONE } else { MAX_SQRT_RATIO - U256::ONE };
        let all = PoolSwap { down, amount: I256::from_raw(swap.amount), limit: end };
        let (amount0, amount1) = market.clone().swap(all).unwrap();
        let used = if down { amount0 } else { amount1 };
        tally.same("the pool's capacity", limit, used.into_raw(), (&venue, swap));
        return tally.refused();
    }
    let quote = tally.trade(&mut market.exchange.lab, venue, swap);
    if quote.is_ok() {
        let model = (venue.sqrt_price_x96(), venue.tick());
        tally.equal("the price and the tick", model, market.price_and_tick(), (&venue, swap));
        tally.equal("the liquidity", venue.liquidity(), market.liquidity(), (&venue, swap));
    }
}

/// Exact inputs and outputs up to a price; the model's own state stays behind.
fn trade_with_the_pool(market: &mut Pool, tally: &mut Tally, venue: &UniswapV3, swap: PoolSwap) {
    let PoolSwap { down, amount, limit } = swap;
    match (venue.swap_exact(down, amount, limit), market.swap(swap)) {
        (Ok(model), Ok((amount0, amount1))) => {
            tally.same("amount0", model.amount0.into_raw(), amount0.into_raw(), (venue, swap));
            tally.same("amount1", model.amount1.into_raw(), amount1.into_raw(), (venue, swap));
            let state = (model.sqrt_price, model.tick);
            tally.equal("the price and the tick", state, market.price_and_tick(), (venue, swap));
            tally.equal("the liquidity", model.liquidity, market.liquidity(), (venue, swap));
            tally.traded();
        }
        (Err(_), Err(_)) => tally.refused(),
        (model, pool) => {
            panic!("{model:?}, and the pool says {pool:?}: {tally:?} {venue:?} {swap:?}")
        }
    }
}

fn random_swap(rng: &mut Rng, market: &Pool, venue: &UniswapV3) -> Swap {
    let from = usize::from(rng.chance(2));
    let Capacity::Limited { amount: most, .. } = venue.capacity(from, 1 - from) else {
        panic!("{venue:?}")
    };
    let amount = match rng.below(6) {
        0 => most,
        1 if market.walks_to_the_end(rng) => most + U256::ONE,
        2 if market.walks_to_the_end(rng) => rng.bits(1, 110),
        _ => rng.upto(most),
    };
    Swap { from, to: 1 - from, amount }
}

#[test]
fn uniswap_v3_agrees() {
    let packages = ["@uniswap/v3-core", "@uniswap/swap-router-contracts"];
    let (mut tally, mut rng) = Tally::new("Uniswap V3", &packages);
    let exchange = Exchange::new();
    while tally.wants_more() {
        let mut market = Pool::furnished(&exchange, &mut rng);
        let mut venue = market.venue();
        for _ in 0..10 {
            match rng.below(6) {
                0 => market.change(&mut rng),
                1 | 2 => {
                    let swap = PoolSwap::random(&mut rng, venue.tick(), &market);
                    trade_with_the_pool(&mut market, &mut tally, &venue, swap);
                }
                _ => {
                    let swap = random_swap(&mut rng, &market, &venue);
                    trade_with_the_router(&mut market, &mut tally, &mut venue, swap);
                    continue;
                }
            }
            venue = market.venue();
        }
    }
    tally.report();
}
