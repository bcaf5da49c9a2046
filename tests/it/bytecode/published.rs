//! A whole market of published contracts on one chain: WETH9, a Uniswap V2 pair and a V3 pool with their
//! routers, an Aave v3 pool whose WETH others borrow, and Permit2. No package publishes Lido: stETH and wstETH
//! are our reference contracts, as the built-in market has them, and so is our Settler.

use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_sol_types::sol;
use serde_json::{Value, json};
use tenor::intents::signed::{PERMIT2, SETTLER};
use tenor_simulations::Placed;
use tenor_solver::{amount::to_f64, venues::Call};

use super::{
    BOB,
    aave::{Market, Terms, getReserveNormalizedIncomeCall},
    lab::Lab,
    twin_permit2::permit2_code,
    uniswap_v2::Pair,
    uniswap_v3_pool::{Exchange, Pool},
};
use crate::{sandbox::kit, signed::engine};

sol! {
    function deposit() external payable;
    function stEthPerToken() external view returns (uint256);
    function getTotalPooledEther() external view returns (uint256);
}

/// A month, in which interest has run before anything begins.
const MONTH_S: u64 = 30 * 86_400;

/// By how much wstETH is cheaper in the V3 pool than what Lido has behind it: it is bought there, and not
/// staked for. In the V2 pair it is cheaper by as much more as its fee is higher: both are used at once.
const CHEAPER: [f64; 2] = [0.001_5, 0.004];

/// wstETH in the V2 pair.
const DEPTH: f64 = 20_000.0;

/// The V3 pool's liquidity, and the ticks of its range to each side.
const V3_RANGE: (u128, i32) = (100_000 * kit::ETHER, 2_000);

/// Millionths of the V3 pool's fee, and the spacing of its ticks.
const V3_TIER: (u32, i32) = (500, 10);

/// The contracts, and all that they store.
pub(crate) struct Published {
    pub(crate) weth: Address,
    pub(crate) steth: Address,
    pub(crate) wsteth: Address,
    /// Uniswap's V2 pair of WETH and wstETH, and its router.
    pub(crate) pair: [Address; 2],
    /// Uniswap's V3 pool of the same, and its router.
    pub(crate) pool: [Address; 2],
    /// Aave's pool, and its aToken of WETH.
    pub(crate) aave: [Address; 2],
    /// Who lends, borrows and provides, and has something left to trade with.
    pub(crate) other: Address,
    lab: Lab,
}

fn whole(tokens: u64) -> U256 {
    U256::from(tokens) * U256::from(kit::ETHER)
}

/// Basis points in RAY.
fn ray(bps: u64) -> U256 {
    tenor_solver::amount::RAY * U256::from(bps) / U256::from(10_000)
}

impl Published {
    /// As it is at a time, in unix seconds.
    pub(crate) fn at(timestamp: u64) -> Self {
        let [steth, wsteth] = ["stETH", "wstETH"].map(kit::token);
        let mut lab = Lab::new();
        lab.warp(timestamp - MONTH_S - lab.now());
        for placed in engine().world().unwrap().placed().unwrap() {
            if [steth, wsteth, SETTLER].contains(&placed.address) {
                lab.carry(placed);
            }
        }
        lab.place(PERMIT2, permit2_code());
        let weth = lab.weth();
        lab.deal(BOB, whole(200_000));
        lab.pay(BOB, weth, whole(60_000), &depositCall {}).unwrap();
        // Whatever wstETH is sent it stakes.
        let stake = Call { to: wsteth, value: whole(40_000), data: Bytes::new() };
        lab.raw(BOB, &stake).unwrap();

        let (lab, aave) = lending(lab, weth);
        let price = to_f64(lab.clone().view(wsteth, &stEthPerTokenCall {})) / 1e18;
        let prices = CHEAPER.map(|less| price * (1.0 - less));
        let (lab, pair, pool) = exchanges(lab, [weth, wsteth], prices);
        Self { weth, steth, wsteth, pair, pool, aave, other: BOB, lab }
    }

    /// Gives an account a thousand WETH, a thousand ether's stETH and ether for gas.
    pub(crate) fn fund(&mut self, account: Address) {
        let Self { weth, steth, lab, .. } = self;
        lab.deal(account, whole(12_000));
        lab.pay(account, *weth, whole(1_000), &depositCall {}).unwrap();
        let stake = Call { to: *steth, value: whole(1_000), data: Bytes::new() };
        lab.raw(account, &stake).unwrap();
    }

    /// Lets a contract take what an account has of WETH.
    pub(crate) fn allow(&mut self, account: Address, spender: Address) {
        self.lab.allow(self.weth, account, spender);
    }

    /// The slot in which stETH keeps the ether behind it, and the wei there.
    pub(crate) fn pooled(&self) -> (U256, U256) {
        let pooled = self.lab.clone().view(self.steth, &getTotalPooledEtherCall {});
        let accounts = self.accounts();
        let steth = accounts.iter().find(|account| account.address == self.steth).unwrap();
        *steth.storage.iter().find(|(_, value)| *value == pooled).unwrap()
    }

    /// All accounts, with what they store.
    pub(crate) fn accounts(&self) -> Vec<Placed> {
        self.lab.accounts()
    }

    /// The number of the block that it is of.
    pub(crate) fn block(&self) -> u64 {
        self.lab.block()
    }

    /// The registry of these places, schema `tenor.places/1`, with the code that each contract has.
    pub(crate) fn places(&self) -> Value {
        let Self { weth, steth, wsteth, pair, pool, aave, .. } = self;
        let source = "deployed by this test";
        let token = |symbol: &str, address: &Address| json!({ "symbol": symbol, "address": lower(address), "decimals": 18 });
        let place = |kind: &str, of: &str, contracts: &[(&str, &Address)]| {
            let contracts = contracts.iter().map(|(role, at)| ((*role).to_owned(), lower(at)));
            let contracts: serde_json::Map<String, Value> = contracts.collect();
            let id = format!("{kind}:{of}");
            json!({ "id": id, "kind": kind, "protocol": kind, "contracts": contracts,
                "source": source })
        };
        let code = |account: Placed| {
            json!({ "contract": lower(&account.address), "hash": keccak256(&account.code),
                "source": source })
        };
        let named = [weth, steth, wsteth, &pair[0], &pair[1], &pool[0], &pool[1], &aave[0]];
        let accounts = self.accounts().into_iter();
        let code = accounts.filter(|account| named.contains(&&account.address)).map(code);
        json!({
            "schema": "tenor.places/1",
            "chain_id": 1,
            "tokens": [
                token("WETH", weth), token("stETH", steth), token("wstETH", wsteth),
                token("aEthWETH", &aave[1]),
            ],
            "code": code.collect::<Vec<_>>(),
            "places": [
                place("weth", "WETH", &[("weth", weth)]),
                place("lido", "stETH", &[("steth", steth), ("wsteth", wsteth)]),
                place("uniswap_v2", "WETH/wstETH", &[("pool", &pair[0]), ("router", &pair[1])]),
                place("uniswap_v3", "WETH/wstETH", &[("pool", &pool[0]), ("router", &pool[1])]),
                place("aave_v3", "WETH", &[("pool", &aave[0]), ("asset", weth)]),
            ],
        })
    }
}

fn lower(address: &Address) -> Value {
    format!("{address:#x}").into()
}

/// Aave with a reserve of WETH that is in use, and whose interest has run for a month. Returns the pool and
/// its aToken.
fn lending(lab: Lab, weth: Address) -> (Lab, [Address; 2]) {
    let terms = Terms {
        optimal: ray(9_000),
        base: U256::ZERO,
        slope1: ray(550),
        slope2: ray(8_000),
        reserve_factor_bps: U256::from(1_500),
        supply_cap: U256::from(100_000),
        decimals: 18,
    };
    let mut market = Market::on(lab);
    market.reserve_of(weth, &terms, U256::ONE);
    assert!(market.deposit(BOB, weth, whole(20_000)));
    assert!(market.borrow(weth, whole(17_000)));
    market.lab.warp(MONTH_S);
    let a_token = market.reserve(weth).aTokenAddress;
    let index = market.lab.view(market.pool, &getReserveNormalizedIncomeCall { asset: weth });
    assert!(index > ray(10_000), "interest has run");
    (market.lab, [market.pool, a_token])
}

/// A pair and a pool of both tokens, each with its router, at prices of wstETH in WETH: the pool's, and the
/// pair's.
fn exchanges(
    lab: Lab,
    [weth, wsteth]: [Address; 2],
    [in_v3, in_v2]: [f64; 2],
) -> (Lab, [Address; 2], [Address; 2]) {
    let mut tokens = [weth, wsteth];
    tokens.sort();
    let mut pair = Pair::on(lab, weth, tokens);
    pair.add(tokens.map(|token| wei(if token == weth { DEPTH * in_v2 } else { DEPTH })));
    let v2 = [pair.pair, pair.router];
    let mut exchange = Exchange::on(pair.lab, weth, tokens);
    for token in tokens {
        exchange.lab.transfer(token, BOB, exchange.hand, whole(12_000));
    }
    // The second token of a pool is counted in the first.
    let price = if tokens[0] == weth { 1.0 / in_v3 } else { in_v3 };
    #[expect(clippy::cast_possible_truncation, reason = "ticks are below a million")]
    let tick = (price.ln() / 1.0001f64.ln()).round() as i32;
    let (liquidity, width) = V3_RANGE;
    let pool = Pool::around(exchange, V3_TIER, (tick, width, liquidity));
    let v3 = [pool.pool, pool.exchange.router];
    (pool.exchange.lab, v2, v3)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a pair's depth")]
fn wei(tokens: f64) -> U256 {
    U256::from((tokens * 1e18) as u128)
}
