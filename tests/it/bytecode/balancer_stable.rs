//! Balancer v2's stable pools of three generations, through the vault.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{Address, B256, FixedBytes, U256, hex};
use alloy_sol_types::{SolCall, SolValue, sol};
use tenor_solver::{
    amount::WAD,
    venues::{OpenError, Place, QuoteError, Swap, Venue, VenueId},
};

use super::{
    ALICE, BOB, OWNER,
    balancer::{JoinPoolRequest, code, getPoolIdCall, joinPoolCall},
    lab::Lab,
    packages,
    tally::Tally,
};
use crate::world::rng::Rng;

sol! {
    interface Plain {
        function create(
            string name, string symbol, address[] tokens, uint256 amplificationParameter,
            uint256 swapFeePercentage, address owner
        ) external returns (address pool);
        function setPaused(bool paused) external;
    }

    interface Meta {
        function create(
            string name, string symbol, address[] tokens, uint256 amplificationParameter,
            address[] rateProviders, uint256[] priceRateCacheDuration, uint256 swapFeePercentage,
            bool oracleEnabled, address owner
        ) external returns (address pool);
    }

    interface Composable {
        function create(
            string name, string symbol, address[] tokens, uint256 amplificationParameter,
            address[] rateProviders, uint256[] tokenRateCacheDurations,
            bool[] exemptFromYieldProtocolFeeFlags, uint256 swapFeePercentage, address owner
        ) external returns (address pool);
    }

    function getPoolTokens(bytes32 poolId) external view
        returns (address[] tokens, uint256[] balances, uint256 lastChangeBlock);
    function setSwapFeePercentage(uint256 swapFeePercentage) external;
    function startAmplificationParameterUpdate(uint256 rawEndValue, uint256 endTime) external;
    function getActionId(bytes4 selector) external view returns (bytes32);
    function grantRole(bytes32 role, address account) external;
    function pause() external;
}

/// Answers any call with what stands in its first slot.
const RATE: [u8; 11] = hex!("60005460005260206000f3");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Generation {
    Early,
    Meta,
    Later,
}

impl Generation {
    const ALL: [Self; 3] = [Self::Early, Self::Meta, Self::Later];
}

/// Decimals of the five tokens.
const DECIMALS: [u8; 5] = [18, 6, 18, 8, 18];

/// The vault, its factories, and tokens of which Alice and Bob have many.
#[derive(Debug, Clone)]
struct Exchange {
    lab: Lab,
    vault: Address,
    authorizer: Address,
    factories: [Address; 3],
    tokens: Vec<Address>,
}

impl Exchange {
    fn new() -> Self {
        let mut lab = Lab::new();
        let mut tokens = DECIMALS.map(|decimals| lab.token(decimals)).to_vec();
        tokens.sort();
        let weth = lab.weth();
        let authorizer =
            lab.deploy(&code("20210418-authorizer", "Authorizer"), &OWNER.abi_encode());
        let arguments = (authorizer, weth, U256::ZERO, U256::ZERO).abi_encode_params();
        let vault = lab.deploy(&code("20210418-vault", "Vault"), &arguments);
        for token in &tokens {
            for account in [ALICE, BOB] {
                lab.mint(*token, account, U256::ONE << 200);
                lab.allow(*token, account, vault);
            }
        }
        let meta = "deprecated/20210727-meta-stable-pool";
        let queries = lab.deploy(&code(meta, "QueryProcessor"), &[]);
        let artifact = format!(
            "@balancer-labs/v2-deployments/dist/tasks/{meta}/artifact/MetaStablePoolFactory.json"
        );
        let meta = packages::linked(&artifact, &[("QueryProcessor", queries)]);
        let factories = [
            code("deprecated/20210624-stable-pool", "StablePoolFactory"),
            meta,
            code("20220609-stable-pool-v2", "StablePoolFactory"),
        ];
        let factories = factories.map(|code| lab.deploy(&code, &vault.abi_encode()));
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
    tokens: Vec<Address>,
    providers: Vec<Address>,
}

/// From the least that pools allow, 0.0001 %, to the most, 10 %.
fn random_fee(rng: &mut Rng) -> U256 {
    let (least, most) = (1_000_000_000_000_u64, 100_000_000_000_000_000_u64);
    let fee = [least, most, 400_000_000_000_000, least + rng.below(most - least)];
    U256::from(rng.pick(&fee))
}

/// From 0.7 to 1.7.
fn random_rate(rng: &mut Rng) -> U256 {
    U256::from(700_000_000_000_000_000 + rng.below(1_000_000_000_000_000_000))
}

impl Market {
    fn new(exchange: &Exchange, rng: &mut Rng) -> Self {
        let mut exchange = exchange.clone();
        let generation = rng.pick(&Generation::ALL);
        let n = if generation == Generation::Meta { 2 } else { 2 + below(rng, 4) };
        let mut tokens = exchange.tokens.clone();
        while tokens.len() > n {
            tokens.remove(below(rng, tokens.len()));
        }
        let providers = providers(&mut exchange.lab, rng, generation);
        let any = 1 + rng.below(5000);
        let amp = U256::from(rng.pick(&[1, 10, 50, 200, 1000, 5000, any]));
        let pool = exchange.create(generation, &tokens, &providers, amp, random_fee(rng));
        let id = exchange.lab.view(pool, &getPoolIdCall {});
        let mut market = Self { exchange, generation, pool, id, tokens, providers };
        market.fill(rng);
        market
    }

    fn join(&mut self, kind: u8, amounts: &[U256]) -> bool {
        let user = match kind {
            0 => (U256::ZERO, amounts.to_vec()).abi_encode_params(),
            _ => (U256::ONE, amounts.to_vec(), U256::ZERO).abi_encode_params(),
        };
        let request = JoinPoolRequest {
            assets: self.tokens.clone(),
            maxAmountsIn: vec![U256::MAX; amounts.len()],
            userData: user.into(),
            fromInternalBalance: false,
        };
        let join = joinPoolCall { poolId: self.id, sender: BOB, recipient: BOB, request };
        self.exchange.lab.send(BOB, self.exchange.vault, &join).is_ok()
    }

    /// Bob joins with amounts around a random size; retried where the pool refuses.
    fn fill(&mut self, rng: &mut Rng) {
        loop {
            let size = rng.bits(30, 100);
            let apart = rng.pick(&[4, 20, 1 << 20]);
            let amounts: Vec<U256> = (0..self.tokens.len())
                .map(|_| (size / U256::from(1 + rng.below(apart))).max(U256::ONE))
                .collect();
            if self.join(0, &amounts) {
                return;
            }
        }
    }

    fn balances(&mut self) -> Vec<U256> {
        let call = getPoolTokensCall { poolId: self.id };
        self.exchange.lab.view(self.exchange.vault, &call).balances
    }

    fn place(&self) -> Place {
        Place {
            id: VenueId::new("pool"),
            kind: "balancer_v2_stable".to_owned(),
            contracts: BTreeMap::from([("pool".to_owned(), self.pool)]),
            constants: BTreeMap::new(),
            code: BTreeMap::new(),
        }
    }

    fn open(&mut self) -> Result<Arc<dyn Venue>, OpenError> {
        let place = self.place();
        self.exchange.lab.open(&place).map(|opened| opened.venue)
    }

    /// The fee, the amplification, the rates, what is in the pool, or the time changes.
    fn change(&mut self, rng: &mut Rng) {
        let lab = &mut self.exchange.lab;
        match rng.below(4) {
            0 => {
                let call = setSwapFeePercentageCall { swapFeePercentage: random_fee(rng) };
                lab.must(OWNER, self.pool, &call);
            }
            1 => {
                let end = U256::from(lab.now() + 86_400 * (1 + rng.below(20)));
                let value = U256::from(1 + rng.below(5000));
                let call =
                    startAmplificationParameterUpdateCall { rawEndValue: value, endTime: end };
                // It may be too fast.
                let _refused = lab.send(OWNER, self.pool, &call);
                lab.warp(rng.below(86_400 * 10));
            }
            2 => {
                for provider in self.providers.iter().filter(|p| !p.is_zero()) {
                    lab.store(*provider, U256::ZERO, random_rate(rng));
                }
                lab.warp(rng.below(7200));
            }
            _ => {
                let amounts: Vec<U256> = self.balances().into_iter().map(|b| rng.upto(b)).collect();
                let _joined = self.join(1, &amounts);
            }
        }
    }
}

/// Contracts that tell rates, for pools that ask them; none for some tokens.
fn providers(lab: &mut Lab, rng: &mut Rng, generation: Generation) -> Vec<Address> {
    if generation != Generation::Meta {
        return Vec::new();
    }
    [0xa1, 0xa2]
        .map(|byte| {
            let provider = Address::repeat_byte(byte);
            if rng.chance(3) {
                return Address::ZERO;
            }
            lab.place(provider, RATE.into());
            lab.store(provider, U256::ZERO, random_rate(rng));
            provider
        })
        .to_vec()
}

impl Exchange {
    fn create(
        &mut self,
        generation: Generation,
        tokens: &[Address],
        providers: &[Address],
        amp: U256,
        fee: U256,
    ) -> Address {
        let (name, symbol, owner) = ("Pool".to_owned(), "P".to_owned(), OWNER);
        let at = Generation::ALL.iter().position(|g| *g == generation).unwrap();
        let (lab, factory, tokens) = (&mut self.lab, self.factories[at], tokens.to_vec());
        if generation == Generation::Meta {
            return lab.must(
                OWNER,
                factory,
                &Meta::createCall {
                    name,
                    symbol,
                    tokens,
                    amplificationParameter: amp,
                    rateProviders: providers.to_vec(),
                    priceRateCacheDuration: vec![U256::from(3600); 2],
                    swapFeePercentage: fee,
                    oracleEnabled: true,
                    owner,
                },
            );
        }
        let create = Plain::createCall {
            name,
            symbol,
            tokens,
            amplificationParameter: amp,
            swapFeePercentage: fee,
            owner,
        };
        lab.must(OWNER, factory, &create)
    }
}

fn below(rng: &mut Rng, n: usize) -> usize {
    usize::try_from(rng.below(n as u64)).unwrap()
}

fn random_swap(rng: &mut Rng, balances: &[U256]) -> Swap {
    let n = balances.len();
    let from = below(rng, n);
    let to = (from + 1 + below(rng, n - 1)) % n;
    let amount = match rng.below(6) {
        0 => rng.bits(1, 113),
        1 => balances[from] * U256::from(rng.below(20)),
        2 => balances[from] / U256::from(1 + rng.below(1_000_000)),
        // All that the vault can count, and one more.
        3 => (U256::ONE << 112) - balances[from] - U256::from(rng.below(2)),
        _ => rng.upto(balances[from]),
    };
    Swap { from, to, amount: amount.max(U256::ONE) }
}

#[test]
fn balancer_v2_stable_agrees() {
    let (mut tally, mut rng) = Tally::new("Balancer v2 stable", &["@balancer-labs/v2-deployments"]);
    let exchange = Exchange::new();
    let mut unopened = 0;
    while tally.wants_more() {
        let mut market = Market::new(&exchange, &mut rng);
        let mut venue = match market.open() {
            Ok(venue) => venue.boxed(),
            Err(error) => {
                // Some balances have no invariant that the contract finds.
                assert!(error.to_string().contains("no invariant"), "{error}");
                unopened += 1;
                continue;
            }
        };
        for _ in 0..12 {
            if rng.chance(4) {
                market.change(&mut rng);
                let Ok(opened) = market.open() else { break };
                venue = opened.boxed();
            }
            let swap = random_swap(&mut rng, &market.balances());
            // Where rounding decides, the model refuses and the vault trades.
            if matches!(venue.quote(swap), Err(QuoteError::Unknown { .. })) {
                break;
            }
            let _done = tally.trade(&mut market.exchange.lab, &mut *venue, swap);
        }
        if let Ok(opened) = market.open() {
            let swap = random_swap(&mut rng, &market.balances());
            tally.equal("opened again", opened.quote(swap), venue.quote(swap), swap);
        }
    }
    println!("Balancer v2 stable: {unopened} pools without an invariant");
    tally.report();
}

#[test]
fn a_paused_pool_says_so() {
    let mut rng = Rng::new(Rng::seed());
    let exchange = Exchange::new();
    for _ in 0..6 {
        let mut market = Market::new(&exchange, &mut rng);
        let later = market.generation == Generation::Later;
        let selector = if later { pauseCall::SELECTOR } else { Plain::setPausedCall::SELECTOR };
        let lab = &mut market.exchange.lab;
        let role = lab.view(market.pool, &getActionIdCall { selector: FixedBytes(selector) });
        lab.must(OWNER, exchange.authorizer, &grantRoleCall { role, account: OWNER });
        if later {
            lab.must(OWNER, market.pool, &pauseCall {});
        } else {
            lab.must(OWNER, market.pool, &Plain::setPausedCall { paused: true });
        }
        let Ok(venue) = market.open() else { continue };
        let refused = venue.quote(Swap { from: 0, to: 1, amount: WAD });
        assert_eq!(refused, Err(QuoteError::Paused(VenueId::new("pool"))));
        assert_eq!(venue.gain(0, 1), None);
    }
}

/// The third composable factory: refused unless the place insists.
#[test]
fn a_composable_pool_does_not_open() {
    let mut exchange = Exchange::new();
    let fees = "20220725-protocol-fee-percentages-provider";
    let fees = code(fees, "ProtocolFeePercentagesProvider");
    let lab = &mut exchange.lab;
    let fees = lab.deploy(&fees, &(exchange.vault, WAD, WAD).abi_encode_params());
    let factory = code("20230206-composable-stable-pool-v3", "ComposableStablePoolFactory");
    let named = (exchange.vault, fees, "3".to_owned(), "3".to_owned()).abi_encode_params();
    let factory = lab.deploy(&factory, &named);
    let create = Composable::createCall {
        name: "Pool".to_owned(),
        symbol: "P".to_owned(),
        tokens: exchange.tokens[..2].to_vec(),
        amplificationParameter: U256::from(100),
        rateProviders: vec![Address::ZERO; 2],
        tokenRateCacheDurations: vec![U256::ZERO; 2],
        exemptFromYieldProtocolFeeFlags: vec![false; 2],
        swapFeePercentage: U256::from(1_000_000_000_000_000_u64),
        owner: OWNER,
    };
    let pool = lab.must(OWNER, factory, &create);
    let id = lab.view(pool, &getPoolIdCall {});
    let (generation, providers) = (Generation::Later, Vec::new());
    let held = exchange.vault;
    let tokens = exchange.lab.view(held, &getPoolTokensCall { poolId: id }).tokens;
    let mut market = Market { exchange, generation, pool, id, tokens, providers };
    let amounts = market.tokens.iter();
    let million = U256::from(1_000_000) * U256::from(1_000_000);
    let amounts: Vec<U256> =
        amounts.map(|t| if *t == pool { U256::MAX >> 144 } else { million }).collect();
    assert!(market.join(0, &amounts));
    let refused = market.open().unwrap_err();
    assert!(refused.to_string().contains("allow_composable"), "{refused}");
    let mut place = market.place();
    place.constants.insert("allow_composable".to_owned(), 1);
    let opened = market.exchange.lab.open(&place).unwrap();
    assert_eq!(opened.venue.tokens().len(), 2);
    assert!(opened.venue.quote(Swap { from: 0, to: 1, amount: million / U256::from(9) }).is_ok());
}
