//! Balancer v3's pools with rates and fees of all sizes, through the router and Permit2.

mod stable;
mod weighted;

use std::collections::BTreeMap;

use alloy_primitives::{
    Address, Bytes, U256, address,
    aliases::{U48, U160},
};
use alloy_sol_types::{SolValue, sol};
use tenor_solver::{
    amount::WAD,
    venues::{Capacity, OpenError, Place, QuoteError, Swap, Venue, VenueId},
};

use super::{ALICE, BOB, OWNER, lab::Lab, packages, tally::Tally};
use crate::world::rng::Rng;

sol! {
    #[derive(Debug)]
    struct TokenConfig {
        address token;
        uint8 tokenType;
        address rateProvider;
        bool paysYieldFees;
    }

    struct PoolRoleAccounts {
        address pauseManager;
        address swapFeeManager;
        address poolCreator;
    }

    struct LiquidityManagement {
        bool disableUnbalancedLiquidity;
        bool enableAddLiquidityCustom;
        bool enableRemoveLiquidityCustom;
        bool enableDonation;
    }

    function registerPool(
        address pool, TokenConfig[] tokenConfig, uint256 swapFeePercentage,
        uint32 pauseWindowEndTime, bool protocolFeeExempt, PoolRoleAccounts roleAccounts,
        address poolHooksContract, LiquidityManagement liquidityManagement
    ) external;
    function initialize(
        address pool, address[] tokens, uint256[] exactAmountsIn, uint256 minBptAmountOut,
        bool wethIsEth, bytes userData
    ) external payable returns (uint256);
    function setStaticSwapFeePercentage(address pool, uint256 swapFeePercentage) external;
    function pausePool(address pool) external;
    function set(uint256 rate) external;

    interface Permit2 {
        function approve(address token, address spender, uint160 amount, uint48 expiration)
            external;
    }
}

/// Decimals of the tokens, and whether each has a rate.
const TOKENS: [(u8, bool); 6] =
    [(18, false), (6, false), (18, true), (8, true), (18, true), (2, false)];

/// A token: its address, the provider of its rate, whether its growth pays fees, and its decimals.
type Token = (Address, Option<Address>, bool, u8);

/// The vault, its router, and tokens of which Alice and Bob have many.
#[derive(Debug, Clone)]
struct Exchange {
    lab: Lab,
    vault: Address,
    router: Address,
    permit2: Address,
    /// Ascending.
    tokens: Vec<Token>,
}

impl Exchange {
    fn new() -> Self {
        let mut lab = Lab::new();
        let compiled = packages::compiled;
        let vault = lab.next_contract(3);
        let admin = lab.deploy(&compiled("BalancerV3Admin"), &vault.abi_encode());
        let extension = (vault, admin).abi_encode_params();
        let extension = lab.deploy(&compiled("BalancerV3Extension"), &extension);
        let fees = lab.deploy(&compiled("BalancerV3Fees"), &vault.abi_encode());
        let arguments = (extension, OWNER, fees).abi_encode_params();
        assert_eq!(lab.deploy(&compiled("BalancerV3Vault"), &arguments), vault);
        let weth = lab.weth();
        let permit2 = address!("000000000022d473030f116ddee9f6b43ac78ba3");
        let source = "@uniswap/v4-periphery/lib/permit2/test/utils/DeployPermit2.sol";
        lab.place(permit2, packages::code_in_source(source));
        let arguments = (vault, weth, permit2).abi_encode_params();
        let router = lab.deploy(&compiled("BalancerV3Router"), &arguments);
        let mut tokens: Vec<Token> = Vec::new();
        for (at, (decimals, rated)) in TOKENS.into_iter().enumerate() {
            let token = lab.token(decimals);
            let provider = rated.then(|| lab.deploy(&compiled("SettableRate"), &[]));
            tokens.push((token, provider, at % 2 == 0, decimals));
            for account in [ALICE, BOB] {
                lab.mint(token, account, U256::ONE << 200);
            }
            lab.allow(token, BOB, permit2);
            let (amount, expiration) = (U160::MAX, U48::MAX);
            let allow = Permit2::approveCall { token, spender: router, amount, expiration };
            lab.must(BOB, permit2, &allow);
        }
        tokens.sort();
        Self { lab, vault, router, permit2, tokens }
    }
}

/// How one kind of pool is made.
#[derive(Debug, Clone, Copy)]
struct Pools {
    /// Its name in `KINDS`.
    kind: &'static str,
    /// The most tokens that it has.
    most_tokens: u64,
    /// What it begins with of a token with so many decimals.
    begins: fn(&mut Rng, u8) -> U256,
    /// Deploys one for so many tokens.
    deploy: fn(&mut Lab, Address, &mut Rng, usize) -> Address,
}

/// A pool.
#[derive(Debug, Clone)]
struct Market {
    kind: &'static str,
    exchange: Exchange,
    pool: Address,
    tokens: Vec<Token>,
}

/// From the least that pools allow, 0.001 %, to the most, 10 %: in steps that the vault stores.
fn random_fee(rng: &mut Rng) -> U256 {
    let step = U256::from(100_000_000_000_u64);
    let any = 100 + rng.below(999_900);
    step * U256::from(rng.pick(&[100, 1_000_000, 3_000, any]))
}

/// A rate near one, or far from it, seldom a round one.
fn random_rate(rng: &mut Rng) -> U256 {
    match rng.below(4) {
        0 => WAD,
        1 => WAD * U256::from(2),
        2 => WAD + U256::from(rng.below(400_000_000_000_000_000)),
        _ => WAD / U256::from(3) + U256::from(rng.below(u64::MAX)),
    }
}

impl Market {
    fn new(pools: Pools, exchange: &Exchange, rng: &mut Rng, hooks: Address) -> Option<Self> {
        let mut exchange = exchange.clone();
        let n = 2 + usize::try_from(rng.below(pools.most_tokens - 1)).unwrap();
        let mut tokens = exchange.tokens.clone();
        while tokens.len() > n {
            tokens.remove(usize::try_from(rng.below(tokens.len() as u64)).unwrap());
        }
        let lab = &mut exchange.lab;
        for (_, provider, ..) in &tokens {
            if let Some(provider) = provider {
                lab.must(OWNER, *provider, &setCall { rate: random_rate(rng) });
            }
        }
        let pool = (pools.deploy)(lab, exchange.vault, rng, n);
        let config = |(token, provider, pays, _): &Token| TokenConfig {
            token: *token,
            tokenType: u8::from(provider.is_some()),
            rateProvider: provider.unwrap_or_default(),
            paysYieldFees: *pays && provider.is_some(),
        };
        let register = registerPoolCall {
            pool,
            tokenConfig: tokens.iter().map(config).collect(),
            swapFeePercentage: random_fee(rng),
            pauseWindowEndTime: u32::try_from(lab.now() + 1_000_000).unwrap(),
            protocolFeeExempt: rng.chance(3),
            roleAccounts: PoolRoleAccounts {
                pauseManager: OWNER,
                swapFeeManager: OWNER,
                poolCreator: Address::ZERO,
            },
            poolHooksContract: hooks,
            liquidityManagement: LiquidityManagement {
                disableUnbalancedLiquidity: false,
                enableAddLiquidityCustom: false,
                enableRemoveLiquidityCustom: false,
                enableDonation: false,
            },
        };
        lab.must(OWNER, exchange.vault, &register);
        let initialize = initializeCall {
            pool,
            tokens: tokens.iter().map(|token| token.0).collect(),
            exactAmountsIn: tokens.iter().map(|token| (pools.begins)(rng, token.3)).collect(),
            minBptAmountOut: U256::ZERO,
            wethIsEth: false,
            userData: Bytes::new(),
        };
        // Too little for the least balances, or too much for a power.
        lab.send(BOB, exchange.router, &initialize).ok()?;
        Some(Self { kind: pools.kind, exchange, pool, tokens })
    }

    fn place(&self) -> Place {
        let Exchange { router, permit2, .. } = self.exchange;
        let contracts = [("pool", self.pool), ("router", router), ("permit2", permit2)];
        Place {
            id: VenueId::new("pool"),
            kind: self.kind.to_owned(),
            contracts: BTreeMap::from(contracts.map(|(role, at)| (role.to_owned(), at))),
            constants: BTreeMap::new(),
            code: BTreeMap::new(),
        }
    }

    fn open(&mut self) -> Box<dyn Venue> {
        let place = self.place();
        self.exchange.lab.open(&place).unwrap().venue.boxed()
    }

    /// The fee changes, or a rate does: up, for which fees are due, or down.
    fn change(&mut self, rng: &mut Rng) {
        let lab = &mut self.exchange.lab;
        let call =
            setStaticSwapFeePercentageCall { pool: self.pool, swapFeePercentage: random_fee(rng) };
        lab.must(OWNER, self.exchange.vault, &call);
        for (_, provider, ..) in &self.tokens {
            if let Some(provider) = provider.filter(|_| rng.chance(2)) {
                lab.must(OWNER, provider, &setCall { rate: random_rate(rng) });
            }
        }
    }
}

fn random_swap(rng: &mut Rng, venue: &dyn Venue) -> Swap {
    let n = venue.tokens().len() as u64;
    let from = rng.below(n);
    let to = (from + 1 + rng.below(n - 1)) % n;
    let [from, to] = [from, to].map(|at| usize::try_from(at).unwrap());
    let Capacity::Limited { amount: most, .. } = venue.capacity(from, to) else {
        panic!("{venue:?}")
    };
    let amount = match rng.below(6) {
        0 => most,
        1 => most + U256::ONE,
        2 => rng.bits(1, 100),
        _ => rng.upto(most),
    };
    Swap { from, to, amount: amount.max(U256::ONE) }
}

/// Random pools of a kind, traded with, until there are enough trades.
fn agrees(name: &'static str, packages: &[&'static str], pools: Pools) {
    let (mut tally, mut rng) = Tally::new(name, packages);
    let exchange = Exchange::new();
    while tally.wants_more() {
        let Some(mut market) = Market::new(pools, &exchange, &mut rng, Address::ZERO) else {
            continue;
        };
        let mut venue = market.open();
        for _ in 0..12 {
            if rng.chance(5) {
                market.change(&mut rng);
                venue = market.open();
            }
            let swap = random_swap(&mut rng, &*venue);
            let traded = tally.trade(&mut market.exchange.lab, &mut *venue, swap).is_ok();
            if let Err(QuoteError::BelowMinimum { least, .. }) = venue.quote(swap) {
                let at = |amount| venue.quote(Swap { amount, ..swap });
                let enough = !matches!(at(least), Err(QuoteError::BelowMinimum { .. }));
                assert!(enough && at(least - U256::ONE).is_err(), "{least} {venue:?} {swap:?}");
            }
            if traded && rng.chance(3) {
                // The state that the model moved to is the one that is read.
                let again = market.open();
                let next = random_swap(&mut rng, &*venue);
                tally.equal("the next quote", venue.quote(next), again.quote(next), (&venue, next));
            }
        }
    }
    tally.report();
}

/// A pool that was initialised.
fn initialised(pools: Pools, exchange: &Exchange, rng: &mut Rng, hooks: Address) -> Market {
    loop {
        if let Some(market) = Market::new(pools, exchange, rng, hooks) {
            return market;
        }
    }
}

/// A pool that is paused opens, and refuses as its contract does.
fn refuses_when_paused(pools: Pools) {
    let mut rng = Rng::new(Rng::seed());
    let mut market = initialised(pools, &Exchange::new(), &mut rng, Address::ZERO);
    market.exchange.lab.must(OWNER, market.exchange.vault, &pausePoolCall { pool: market.pool });
    let mut venue = market.open();
    let mut tally = Tally::new("Balancer v3, paused", &[]).0;
    let swap = Swap { from: 0, to: 1, amount: U256::from(1_000_000) };
    let quote = tally.trade(&mut market.exchange.lab, &mut *venue, swap);
    assert!(matches!(quote, Err(QuoteError::Paused(_))), "{quote:?}");
}

/// A pool with hooks does not open.
fn refuses_hooks(pools: Pools) {
    let mut rng = Rng::new(Rng::seed());
    let mut exchange = Exchange::new();
    let hooks = exchange.lab.deploy(&packages::compiled("BalancerV3Hooks"), &[]);
    let mut market = initialised(pools, &exchange, &mut rng, hooks);
    let place = market.place();
    match market.exchange.lab.open(&place) {
        Err(OpenError::Unread { why, .. }) => assert!(why.to_string().contains("hooks"), "{why}"),
        other => panic!("{other:?}"),
    }
}
