//! What differs between the chains that CoW settles on: the wrapped native token.

use alloy_primitives::{Address, U256, address, uint};

use super::wire::{Auction, Liquidity};

/// CoW's settlement contract, the same on every chain: it holds the tokens that interactions trade.
pub const SETTLEMENT: Address = address!("9008d19f58aabd9ed0d60971565aa8510560ab41");

uint! {
    const WAD: U256 = 1_000_000_000_000_000_000_U256;
    const TENTH: U256 = 100_000_000_000_000_000_U256;
}

/// A chain's native token, as far as an auction needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Native {
    /// The contract that wraps it.
    pub wrapped: Address,
    /// How much of it a token's price is estimated with where the driver tells none.
    pub estimated_with: U256,
}

/// Chains, their wrapped native tokens, and whether a whole native token is worth little enough to
/// estimate prices with. Addresses as the chains' own documentation and explorers state them.
const CHAINS: [(u64, Address, U256); 10] = [
    (1, address!("c02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"), TENTH),
    (100, address!("e91d153e0b41518a2ce8dd3d7944fa863463a97d"), WAD),
    (8453, address!("4200000000000000000000000000000000000006"), TENTH),
    (42161, address!("82af49447d8a07e3bd95bd0d56f35241523fbab1"), TENTH),
    (56, address!("bb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c"), TENTH),
    (43114, address!("b31f66aa3c1e785363f0875a1b74e27b85fd66c7"), WAD),
    (10, address!("4200000000000000000000000000000000000006"), TENTH),
    (137, address!("0d500b1d8e8ef31e21c99d1db9a6444d3adf1270"), WAD),
    (59144, address!("e5d7c2a44ffddf6b295a15c148167daaaf5cf34f"), TENTH),
    (57073, address!("4200000000000000000000000000000000000006"), TENTH),
];

impl Native {
    /// The native token of a chain; `None` of a chain that is not listed.
    pub fn of_chain(chain: u64) -> Option<Self> {
        CHAINS.iter().find(|known| known.0 == chain).map(Self::listed)
    }

    /// The native token of an auction, which does not name its chain: the listed one that it has among
    /// its tokens, or else in its liquidity; or else mainnet's.
    pub fn of_auction(auction: &Auction) -> Self {
        let in_tokens = |wrapped: &Address| auction.tokens.contains_key(wrapped);
        let in_pools = |wrapped: &Address| auction.liquidity.known.iter().any(|l| has(l, wrapped));
        let find = |there: &dyn Fn(&Address) -> bool| CHAINS.iter().find(|known| there(&known.1));
        find(&in_tokens).or_else(|| find(&in_pools)).map_or(Self::listed(&CHAINS[0]), Self::listed)
    }

    const fn listed(&(_, wrapped, estimated_with): &(u64, Address, U256)) -> Self {
        Self { wrapped, estimated_with }
    }
}

fn has(liquidity: &Liquidity, token: &Address) -> bool {
    match liquidity {
        Liquidity::ConstantProduct(pool) => pool.tokens.contains_key(token),
        Liquidity::WeightedProduct(pool) => pool.tokens.contains_key(token),
        Liquidity::Stable(pool) => pool.tokens.contains_key(token),
        Liquidity::ConcentratedLiquidity(pool) => pool.tokens.contains(token),
        Liquidity::LimitOrder(order) => [order.maker_token, order.taker_token].contains(token),
    }
}
