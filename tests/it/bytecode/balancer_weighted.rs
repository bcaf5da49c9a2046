//! Balancer v2's weighted pools of four generations, through the vault.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, FixedBytes, I256, U256};
use alloy_sol_types::{SolCall, SolValue, sol};
use tenor_solver::{
    amount::WAD,
    venues::{
        BalancerWeighted, BalancerWeightedFigures, BalancerWeightedToken, Capacity, Place, Powers,
        QuoteError, Swap, Trade, Venue, VenueId,
    },
};

use super::{
    ALICE, BOB, OWNER,
    balancer::{JoinPoolRequest, code, getPoolIdCall, joinPoolCall},
    lab::{Lab, Refusal},
    tally::Tally,
};
use crate::world::rng::Rng;

sol! {
    interface Early {
        function create(
            string name, string symbol, address[] tokens, uint256[] weights,
            uint256 swapFeePercentage, address owner
        ) external returns (address pool);
        function setPaused(bool paused) external;
    }

    interface Two {
        function create(
            string name, string symbol, address[] tokens, uint256[] weights,
            uint256 swapFeePercentage, bool oracleEnabled, address owner
        ) external returns (address pool);
    }

    interface Later {
        function create(
            string name, string symbol, address[] tokens, uint256[] weights,
            address[] rateProviders, uint256 swapFeePercentage, address owner
        ) external returns (address pool);
        function pause() external;
    }

    struct BatchSwapStep {
        bytes32 poolId;
        uint256 assetInIndex;
        uint256 assetOutIndex;
        uint256 amount;
        bytes userData;
    }

    struct FundManagement {
        address sender;
        bool fromInternalBalance;
        address recipient;
        bool toInternalBalance;
    }

    function queryBatchSwap(
        uint8 kind, BatchSwapStep[] swaps, address[] assets, FundManagement funds
    ) external returns (int256[] assetDeltas);
    function getPoolTokens(bytes32 poolId) external view
        returns (address[] tokens, uint256[] balances, uint256 lastChangeBlock);
    function setSwapFeePercentage(uint256 swapFeePercentage) external;
    function getActionId(bytes4 selector) external view returns (bytes32);
    function grantRole(bytes32 role, address account) external;
}

/// The factories that are deployed, and how their pools compute powers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Generation {
    Early,
    TwoTokens,
    Second,
    Third,
}

impl Generation {
    const ALL: [Self; 4] = [Self::Early, Self::TwoTokens, Self::Second, Self::Third];

    const fn powers(self) -> Powers {
        match self {
            Self::Early | Self::TwoTokens => Powers::Logarithms,
            Self::Second | Self::Third => Powers::Shortcuts,
        }
    }
}

/// Decimals of the eight tokens.
const DECIMALS: [u8; 8] = [18, 6, 18, 8, 0, 18, 2, 18];

/// The vault, its factories, and eight tokens of which Alice and Bob have many.
#[derive(Debug, Clone)]
struct Exchange {
    lab: Lab,
    vault: Address,
    authorizer: Address,
    factories: [Address; 4],
    /// Ascending, with their decimals.
    tokens: Vec<(Address, u8)>,
}

impl Exchange {
    fn new() -> Self {
        let mut lab = Lab::new();
        let mut tokens: Vec<_> = DECIMALS.map(|d| (lab.token(d), d)).into();
        tokens.sort();
        let weth = lab.weth();
        let authorizer =
            lab.deploy(&code("20210418-authorizer", "Authorizer"), &OWNER.abi_encode());
        let arguments = (authorizer, weth, U256::ZERO, U256::ZERO).abi_encode_params();
        let vault = lab.deploy(&code("20210418-vault", "Vault"), &arguments);
        for (token, _) in &tokens {
            for account in [ALICE, BOB] {
                lab.mint(*token, account, U256::ONE << 200);
                lab.allow(*token, account, vault);
            }
        }
        let fees = "20220725-protocol-fee-percentages-provider";
        let fees = code(fees, "ProtocolFeePercentagesProvider");
        let fees = lab.deploy(&fees, &(vault, WAD, WAD).abi_encode_params());
        let early = "deprecated/20210418-weighted-pool";
        let named = (vault, fees, "3".to_owned(), "3".to_owned()).abi_encode_params();
        let factories = [
            (early, "WeightedPoolFactory", vault.abi_encode()),
            (early, "WeightedPool2TokensFactory", vault.abi_encode()),
            ("20220908-weighted-pool-v2", "WeightedPoolFactory", (vault, fees).abi_encode_params()),
            ("20230206-weighted-pool-v3", "WeightedPoolFactory", named),
        ];
        let factories = factories.map(|(task, name, args)| lab.deploy(&code(task, name), &args));
        Self { lab, vault, authorizer, factories, tokens }
    }
}

/// A pool with what Bob put in.
#[derive(Debug, Clone)]
struct Market {
    exchange: Exchange,
    generation: Generation,
    pool: Address,
    id: B256,
    tokens: Vec<(Address, u8)>,
    weights: Vec<U256>,
    fee: U256,
}

/// A number below `n`.
fn index(rng: &mut Rng, n: usize) -> usize {
    usize::try_from(rng.below(n as u64)).unwrap()
}

/// Positive weights that add up to one, some of them simple, each at least a hundredth.
fn weights(rng: &mut Rng, n: usize) -> Vec<U256> {
    let percent = |n: u64| WAD / U256::from(100) * U256::from(n);
    if n == 2 && rng.chance(2) {
        let first = percent(rng.pick(&[20, 50, 80, 33, 1, 99]));
        return vec![first, WAD - first];
    }
    let (mut left, mut weights) = (WAD - percent(n as u64), vec![percent(1); n]);
    for weight in weights.iter_mut().take(n - 1) {
        let part = if rng.chance(2) { percent(rng.below(40)) } else { rng.upto(left) };
        *weight += part.min(left);
        left -= part.min(left);
    }
    weights[n - 1] += left;
    weights
}

impl Market {
    fn new(exchange: &Exchange, rng: &mut Rng) -> Self {
        let mut exchange = exchange.clone();
        let generation = rng.pick(&Generation::ALL);
        let n = if generation == Generation::TwoTokens { 2 } else { 2 + index(rng, 7) };
        let mut tokens = exchange.tokens.clone();
        while tokens.len() > n {
            let one = index(rng, tokens.len());
            tokens.remove(one);
        }
        let (weights, fee) = (weights(rng, n), random_fee(rng));
        let pool = exchange.create(generation, &tokens, &weights, fee);
        let id = exchange.lab.view(pool, &getPoolIdCall {});
        let mut market = Self { exchange, generation, pool, id, tokens, weights, fee };
        market.fill(rng);
        market
    }

    /// Bob joins with amounts of all sizes; retried where the invariant is too small to be shares.
    fn fill(&mut self, rng: &mut Rng) {
        loop {
            let amounts: Vec<_> = self.tokens.iter().map(|_| rng.bits(20, 100)).collect();
            let request = JoinPoolRequest {
                assets: self.tokens.iter().map(|(token, _)| *token).collect(),
                maxAmountsIn: vec![U256::MAX; amounts.len()],
                userData: (U256::ZERO, amounts).abi_encode_params().into(),
                fromInternalBalance: false,
            };
            let join = joinPoolCall { poolId: self.id, sender: BOB, recipient: BOB, request };
            if self.exchange.lab.send(BOB, self.exchange.vault, &join).is_ok() {
                return;
            }
        }
    }

    fn balances(&mut self) -> Vec<U256> {
        let call = getPoolTokensCall { poolId: self.id };
        self.exchange.lab.view(self.exchange.vault, &call).balances
    }

    fn venue(&mut self) -> BalancerWeighted {
        let balances = self.balances();
        let rows = self.tokens.iter().zip(&self.weights).zip(balances);
        let token = |(((token, decimals), weight), cash): ((&(Address, u8), &U256), U256)| {
            BalancerWeightedToken {
                token: *token,
                cash,
                managed: U256::ZERO,
                weight: *weight,
                scaling: U256::from(10).pow(U256::from(18 - *decimals)),
            }
        };
        BalancerWeighted::new(BalancerWeightedFigures {
            id: VenueId::new("pool"),
            vault: self.exchange.vault,
            pool_id: self.id,
            tokens: rows.map(token).collect(),
            swap_fee: self.fee,
            powers: self.generation.powers(),
            paused: false,
        })
        .unwrap()
    }

    fn place(&self) -> Place {
        Place {
            id: VenueId::new("pool"),
            kind: "balancer_v2_weighted".to_owned(),
            contracts: BTreeMap::from([("pool".to_owned(), self.pool)]),
            constants: BTreeMap::new(),
            code: BTreeMap::new(),
        }
    }

    /// The fee changes, or Bob joins again.
    fn change(&mut self, rng: &mut Rng) {
        self.fee = random_fee(rng);
        let call = setSwapFeePercentageCall { swapFeePercentage: self.fee };
        self.exchange.lab.must(OWNER, self.pool, &call);
        let amounts: Vec<_> = self.balances().into_iter().map(|b| rng.upto(b)).collect();
        let request = JoinPoolRequest {
            assets: self.tokens.iter().map(|(token, _)| *token).collect(),
            maxAmountsIn: vec![U256::MAX; amounts.len()],
            userData: (U256::ONE, amounts, U256::ZERO).abi_encode_params().into(),
            fromInternalBalance: false,
        };
        let join = joinPoolCall { poolId: self.id, sender: BOB, recipient: BOB, request };
        // It may be too much at once, or too little.
        let _refused = self.exchange.lab.send(BOB, self.exchange.vault, &join);
    }

    /// What the vault says that an exact output costs.
    fn asks(&mut self, from: usize, to: usize, out: U256) -> Result<U256, Refusal> {
        let step = BatchSwapStep {
            poolId: self.id,
            assetInIndex: U256::ZERO,
            assetOutIndex: U256::ONE,
            amount: out,
            userData: Bytes::new(),
        };
        let funds = FundManagement {
            sender: ALICE,
            fromInternalBalance: false,
            recipient: ALICE,
            toInternalBalance: false,
        };
        let assets = vec![self.tokens[from].0, self.tokens[to].0];
        let call = queryBatchSwapCall { kind: 1, swaps: vec![step], assets, funds };
        let deltas = self.exchange.lab.ask(ALICE, self.exchange.vault, &call)?;
        assert_eq!(deltas[1], -I256::from_raw(out));
        Ok(deltas[0].into_raw())
    }

    fn pause(&mut self) {
        let Exchange { lab, authorizer, .. } = &mut self.exchange;
        let early = self.generation.powers() == Powers::Logarithms;
        let selector =
            if early { Early::setPausedCall::SELECTOR } else { Later::pauseCall::SELECTOR };
        let action = getActionIdCall { selector: FixedBytes(selector) };
        let role = lab.view(self.pool, &action);
        lab.must(OWNER, *authorizer, &grantRoleCall { role, account: OWNER });
        if early {
            lab.must(OWNER, self.pool, &Early::setPausedCall { paused: true });
        } else {
            lab.must(OWNER, self.pool, &Later::pauseCall {});
        }
    }
}

impl Exchange {
    fn create(
        &mut self,
        generation: Generation,
        tokens: &[(Address, u8)],
        weights: &[U256],
        fee: U256,
    ) -> Address {
        let tokens: Vec<Address> = tokens.iter().map(|(token, _)| *token).collect();
        let (name, symbol, owner) = ("Pool".to_owned(), "P".to_owned(), OWNER);
        let (weights, rate_providers) = (weights.to_vec(), vec![Address::ZERO; tokens.len()]);
        let at = Generation::ALL.iter().position(|g| *g == generation).unwrap();
        let (lab, factory) = (&mut self.lab, self.factories[at]);
        match generation {
            Generation::Early => {
                let create = Early::createCall {
                    name,
                    symbol,
                    tokens,
                    weights,
                    swapFeePercentage: fee,
                    owner,
                };
                lab.must(OWNER, factory, &create)
            }
            Generation::TwoTokens => {
                let create = Two::createCall {
                    name,
                    symbol,
                    tokens,
                    weights,
                    swapFeePercentage: fee,
                    oracleEnabled: true,
                    owner,
                };
                lab.must(OWNER, factory, &create)
            }
            Generation::Second | Generation::Third => {
                let create = Later::createCall {
                    name,
                    symbol,
                    tokens,
                    weights,
                    rateProviders: rate_providers,
                    swapFeePercentage: fee,
                    owner,
                };
                lab.must(OWNER, factory, &create)
            }
        }
    }
}

/// From the least that pools allow, 0.0001 %, to the most, 10 %.
fn random_fee(rng: &mut Rng) -> U256 {
    let (least, most) = (1_000_000_000_000_u64, 100_000_000_000_000_000_u64);
    let fee = [least, most, 3_000_000_000_000_000, least + rng.below(most - least)];
    U256::from(rng.pick(&fee))
}

fn random_swap(rng: &mut Rng, venue: &BalancerWeighted) -> Swap {
    let n = venue.tokens().len();
    let from = index(rng, n);
    let to = (from + 1 + index(rng, n - 1)) % n;
    let Capacity::Limited { amount: most, .. } = venue.capacity(from, to) else {
        panic!("{venue:?}")
    };
    let amount = match rng.below(6) {
        0 => most,
        1 => most + U256::ONE,
        2 => rng.bits(1, 112),
        3 => most / U256::from(1 + rng.below(20)),
        _ => rng.upto(most),
    };
    Swap { from, to, amount: amount.max(U256::ONE) }
}

/// What an exact output costs by the model and by the vault; the market stays as it is.
fn buy_exactly(market: &mut Market, tally: &mut Tally, venue: &BalancerWeighted, rng: &mut Rng) {
    let Swap { from, to, .. } = random_swap(rng, venue);
    let most = venue.figures()[to].cash * U256::from(3) / U256::from(10);
    let out = if rng.chance(4) { most + U256::from(rng.below(2)) } else { rng.upto(most) };
    let out = out.max(U256::ONE);
    match (venue.quote_in(from, to, out), market.asks(from, to, out)) {
        (Ok(model), Ok(real)) => tally.same("an exact output", model, real, (venue, from, to, out)),
        (Err(_), Err(_)) => {}
        (model, real) => {
            panic!("{model:?}, and the vault says {real:?}: {venue:?} {from} {to} {out}")
        }
    }
}

#[test]
fn balancer_v2_weighted_agrees() {
    let (mut tally, mut rng) =
        Tally::new("Balancer v2 weighted", &["@balancer-labs/v2-deployments"]);
    let exchange = Exchange::new();
    while tally.wants_more() {
        let mut market = Market::new(&exchange, &mut rng);
        let mut venue = market.venue();
        for _ in 0..12 {
            if rng.chance(8) {
                market.change(&mut rng);
                venue = market.venue();
            }
            buy_exactly(&mut market, &mut tally, &venue, &mut rng);
            let swap = random_swap(&mut rng, &venue);
            if tally.trade(&mut market.exchange.lab, &mut venue, swap).is_ok() {
                let held: Vec<_> = venue.figures().iter().map(|token| token.cash).collect();
                tally.equal("the balances", held, market.balances(), (&venue, swap));
            }
        }
    }
    tally.report();
}

#[test]
fn what_is_opened_from_the_vault_is_the_pool() {
    let mut rng = Rng::new(Rng::seed());
    let exchange = Exchange::new();
    for _ in 0..24 {
        let mut market = Market::new(&exchange, &mut rng);
        let (model, place) = (market.venue(), market.place());
        let opened = market.exchange.lab.open(&place).unwrap().venue;
        assert_eq!(opened.tokens(), model.tokens());
        for _ in 0..20 {
            let swap = random_swap(&mut rng, &model);
            assert_eq!(opened.quote(swap), model.quote(swap), "{model:?} {swap:?}");
        }
    }
}

#[test]
fn a_paused_pool_opens_and_refuses() {
    let mut rng = Rng::new(Rng::seed());
    let exchange = Exchange::new();
    for _ in 0..8 {
        let mut market = Market::new(&exchange, &mut rng);
        market.pause();
        let place = market.place();
        let opened = market.exchange.lab.open(&place).unwrap();
        assert!(opened.each_block);
        let quote = opened.venue.quote(Swap { from: 0, to: 1, amount: U256::ONE });
        assert!(matches!(quote, Err(QuoteError::Paused(_))), "{quote:?}");
        let venue = market.venue();
        let trade = Trade {
            swap: Swap { from: 0, to: 1, amount: U256::ONE },
            min_out: U256::ZERO,
            recipient: ALICE,
            deadline: market.exchange.lab.now(),
        };
        let refused = market.exchange.lab.execute(ALICE, &venue.encode(&trade)).unwrap_err();
        assert_eq!(refused.reason(), "BAL#402");
    }
}
