//! Uniswap V2: the pair itself and its router.

use alloy_primitives::{Address, B256, Bytes, U256, b256, keccak256};
use alloy_sol_types::{SolValue, sol};
use tenor_solver::venues::{QuoteError, Swap, UniswapV2, Venue, VenueId};

use super::{ALICE, BOB, OWNER, lab::Lab, packages, tally::Tally};
use crate::world::rng::Rng;

sol! {
    function createPair(address a, address b) external returns (address pair);
    function setFeeTo(address to) external;
    function getReserves() external view returns (uint112, uint112, uint32);
    function mint(address to) external returns (uint256 liquidity);
    function burn(address to) external returns (uint256, uint256);
    function sync() external;
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes data) external;
    function getAmountsOut(uint256 amountIn, address[] path) external view returns (uint256[]);
    function getAmountsIn(uint256 amountOut, address[] path) external view returns (uint256[]);
}

/// The pair's creation code on mainnet, by the hash that its router knows.
const MAINNET_PAIR: B256 =
    b256!("96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f");

/// One pair with its factory and its router.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) lab: Lab,
    pub(super) tokens: [Address; 2],
    pub(super) pair: Address,
    pub(super) router: Address,
    factory: Address,
}

impl Pair {
    pub(super) fn new() -> Self {
        let mut lab = Lab::new();
        let tokens = lab.tokens();
        let weth = lab.weth();
        for token in tokens {
            lab.mint(token, ALICE, U256::ONE << 200);
            lab.mint(token, BOB, U256::ONE << 200);
        }
        Self::on(lab, weth, tokens)
    }

    /// Two tokens' pair on a chain, empty.
    pub(super) fn on(mut lab: Lab, weth: Address, tokens: [Address; 2]) -> Self {
        let factory = packages::code("@uniswap/v2-core/build/UniswapV2Factory.json");
        let factory = lab.deploy(&factory, &OWNER.abi_encode());
        let router = packages::code("@uniswap/v2-periphery/build/UniswapV2Router02.json");
        let router = lab.deploy(&router, &(factory, weth).abi_encode());
        let pair = lab.must(OWNER, factory, &createPairCall { a: tokens[0], b: tokens[1] });
        Self { lab, tokens, pair, router, factory }
    }

    /// Bob puts something in; at first enough for the pair's smallest liquidity.
    pub(super) fn add(&mut self, amounts: [U256; 2]) {
        self.give(BOB, amounts);
        let _too_little = self.lab.send(BOB, self.pair, &mintCall { to: BOB });
        self.lab.must(BOB, self.pair, &syncCall {});
    }

    pub(super) fn give(&mut self, from: Address, amounts: [U256; 2]) {
        for (token, amount) in self.tokens.into_iter().zip(amounts) {
            self.lab.transfer(token, from, self.pair, amount);
        }
    }

    /// Bob takes a part of his liquidity out.
    fn remove(&mut self, rng: &mut Rng) {
        let liquidity = self.lab.balance(self.pair, BOB);
        self.lab.transfer(self.pair, BOB, self.pair, liquidity / U256::from(2 + rng.below(100)));
        let _too_little = self.lab.send(BOB, self.pair, &burnCall { to: BOB });
    }

    pub(super) fn reserves(&mut self) -> [U256; 2] {
        let getReservesReturn { _0, _1, .. } = self.lab.view(self.pair, &getReservesCall {});
        [_0, _1].map(U256::from)
    }

    fn venue(&mut self) -> UniswapV2 {
        let (id, reserves) = (VenueId::new("pair"), self.reserves());
        UniswapV2::new(id, self.pair, self.router, self.tokens, reserves, 3000).unwrap()
    }

    /// A pair with random reserves, up to what it can record; its protocol fee may be on.
    pub(super) fn furnished(&self, rng: &mut Rng) -> Self {
        let mut market = self.clone();
        if rng.chance(2) {
            market.lab.must(OWNER, market.factory, &setFeeToCall { to: OWNER });
        }
        let small = rng.chance(3);
        market.add([0, 1].map(|_| if small { rng.bits(11, 24) } else { rng.bits(30, 112) }));
        market
    }

    fn path(&self, swap: Swap) -> Vec<Address> {
        vec![self.tokens[swap.from], self.tokens[swap.to]]
    }

    /// Takes `out` of a token from the pair for what was given before.
    pub(super) fn take(&mut self, to: usize, out: U256) -> Result<(), String> {
        let (first, second) = if to == 0 { (out, U256::ZERO) } else { (U256::ZERO, out) };
        let data = Bytes::new();
        let call = swapCall { amount0Out: first, amount1Out: second, to: ALICE, data };
        self.lab.send(ALICE, self.pair, &call).map(drop).map_err(|refusal| refusal.reason())
    }
}

/// The packages hold what is deployed.
#[test]
fn the_pair_is_mainnets() {
    let code = packages::code("@uniswap/v2-core/build/UniswapV2Pair.json");
    assert_eq!(keccak256(code), MAINNET_PAIR);
}

/// What a reserve can still grow by.
fn room(venue: &UniswapV2, token: usize) -> U256 {
    U256::from((1u128 << 112) - 1) - venue.reserves()[token]
}

fn random_swap(rng: &mut Rng, venue: &UniswapV2) -> Swap {
    let from = usize::from(rng.chance(2));
    let reserve = venue.reserves()[from];
    let amount = match rng.below(8) {
        0 => room(venue, from) + U256::from(rng.below(2)),
        1 => rng.upto(U256::from(1000)),
        _ => rng.upto(reserve * U256::from(4)),
    };
    Swap { from, to: 1 - from, amount }
}

/// Alice gives to the pair itself, which pays what was quoted and refuses one unit more.
fn trade_with_the_pair(market: &mut Pair, tally: &mut Tally, venue: &mut UniswapV2, swap: Swap) {
    let before = market.lab.clone();
    let mut given = [U256::ZERO; 2];
    given[swap.from] = swap.amount;
    market.give(ALICE, given);
    match venue.trade(swap) {
        Ok(quote) => {
            let more = market.take(swap.to, quote.out + U256::ONE).unwrap_err();
            assert!(
                more == "UniswapV2: K" || more == "UniswapV2: INSUFFICIENT_LIQUIDITY",
                "{more}: {venue:?} {swap:?}"
            );
            tally.equal("the pair", Ok(()), market.take(swap.to, quote.out), (&venue, swap));
            tally.traded();
        }
        Err(error) => {
            let out = match error {
                QuoteError::NothingOut(_) => U256::ZERO,
                _ => amounts_out(market, swap).unwrap(),
            };
            let refusal = market.take(swap.to, out).unwrap_err();
            let expected = if out.is_zero() {
                "UniswapV2: INSUFFICIENT_OUTPUT_AMOUNT"
            } else {
                "UniswapV2: OVERFLOW"
            };
            tally.equal("the refusal", expected, &refusal, (&venue, swap));
            tally.refused();
            market.lab = before;
        }
    }
}

fn amounts_out(market: &mut Pair, swap: Swap) -> Option<U256> {
    let call = getAmountsOutCall { amountIn: swap.amount, path: market.path(swap) };
    market.lab.ask(ALICE, market.router, &call).ok().map(|amounts| amounts[1])
}

/// What the router asks for an exact output, at most what the pair has; the market stays as it is.
fn buy_exactly(market: &mut Pair, tally: &mut Tally, venue: &UniswapV2, rng: &mut Rng) {
    let to = usize::from(rng.chance(2));
    let reserve = venue.reserves()[to];
    let out = if rng.chance(3) {
        reserve + U256::ONE - U256::from(rng.below(3))
    } else {
        rng.upto(reserve)
    };
    let swap = Swap { from: 1 - to, to, amount: out };
    let call = getAmountsInCall { amountOut: out, path: market.path(swap) };
    let real = market.lab.ask(ALICE, market.router, &call).ok().map(|amounts| amounts[0]);
    tally.equal("getAmountsIn", venue.quote_in(swap.from, to, out).ok(), real, (venue, swap));
    let Some(amount) = real.filter(|amount| *amount <= room(venue, 1 - to)) else { return };
    let mut copy = market.clone();
    let mut given = [U256::ZERO; 2];
    given[1 - to] = amount;
    copy.give(ALICE, given);
    let taken = copy.take(to, out);
    tally.equal("the exact output", Ok(()), taken, (venue, swap));
    tally.traded();
}

#[test]
fn uniswap_v2_agrees() {
    let packages = ["@uniswap/v2-core", "@uniswap/v2-periphery"];
    let (mut tally, mut rng) = Tally::new("Uniswap V2", &packages);
    let blank = Pair::new();
    while tally.wants_more() {
        let mut market = blank.furnished(&mut rng);
        let mut venue = market.venue();
        for _ in 0..12 {
            let swap = random_swap(&mut rng, &venue);
            if swap.amount.is_zero() {
                continue;
            }
            match rng.below(10) {
                0 => {
                    market.add([0, 1].map(|token| rng.upto(room(&venue, token))));
                    venue = market.venue();
                }
                1 => {
                    market.remove(&mut rng);
                    venue = market.venue();
                }
                _ => {
                    if let Ok(quote) = venue.quote(swap) {
                        let real = amounts_out(&mut market, swap).unwrap();
                        tally.same("getAmountsOut", quote.out, real, (&venue, swap));
                    }
                    buy_exactly(&mut market, &mut tally, &venue, &mut rng);
                    if rng.chance(2) {
                        let _ = tally.trade(&mut market.lab, &mut venue, swap);
                    } else {
                        trade_with_the_pair(&mut market, &mut tally, &mut venue, swap);
                    }
                }
            }
        }
    }
    tally.report();
}
