//! Aave v3.6: a market of the contracts that the DAO publishes, and the native reserve against it.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, U256, uint};
use alloy_sol_types::{SolValue, sol};
use tenor_solver::venues::{
    AaveAccount, Capacity, DebtIndex, Place, Pledge, Priced, QuoteError, RateCurve, Rounding, Swap,
    Trade, Venue, VenueId,
};

use super::{
    ALICE, BOB, OWNER,
    aave::{
        ReserveData, addPoolAdminCall, borrowCall, configureReserveAsCollateralCall, getPoolCall,
        getPoolConfiguratorCall, getReserveDataCall, scaledBalanceOfCall, setACLAdminCall,
        setACLManagerCall, setAssetPriceCall, setPoolConfiguratorImplCall, setPoolImplCall,
        setPriceOracleCall, setReserveBorrowingCall, setReserveFactorCall, setSupplyCapCall,
        supplyCall,
    },
    lab::Lab,
    loops::{Bench, round_trip},
    packages,
    tally::Tally,
};
use crate::world::rng::Rng;

sol! {
    struct Reserve {
        address aTokenImpl;
        address variableDebtTokenImpl;
        address underlyingAsset;
        string aTokenName;
        string aTokenSymbol;
        string variableDebtTokenName;
        string variableDebtTokenSymbol;
        bytes params;
        bytes interestRateData;
    }

    function initReserves(Reserve[] reserves) external;
    function setReserveFreeze(address asset, bool freeze) external;
    function setEModeCategory(
        uint8 id, uint16 ltv, uint16 threshold, uint16 bonus, string label
    ) external;
    function setAssetCollateralInEMode(address asset, uint8 id, bool allowed) external;
    function setAssetBorrowableInEMode(address asset, uint8 id, bool allowed) external;
    function setReservePause(address asset, bool paused) external;

    function liquidationCall(
        address collateral, address debt, address borrower, uint256 amount, bool receiveAToken
    ) external;
    #[derive(Debug)]
    struct AccountData {
        uint256 collateral;
        uint256 debt;
        uint256 available;
        uint256 threshold;
        uint256 ltv;
        uint256 health;
    }

    function repay(
        address asset, uint256 amount, uint256 rateMode, address onBehalfOf
    ) external returns (uint256);
    function getUserAccountData(address user) external view returns (AccountData);
    function getReserveNormalizedVariableDebt(address asset) external view returns (uint256);
    function decimals() external view returns (uint8);
    function getAssetPrice(address asset) external view returns (uint256);
    function getReserveDeficit(address asset) external view returns (uint256);
    function getVirtualUnderlyingBalance(address asset) external view returns (uint128);
}

const UNDERLYING: usize = 0;
const A_TOKEN: usize = 1;
const VARIABLE: U256 = uint!(2_U256);

fn code(name: &str) -> Bytes {
    packages::compiled_source(name, &[])
}

/// A market in which Bob has a collateral to borrow whatever there is, and one asset.
#[derive(Debug, Clone)]
pub(super) struct Market {
    lab: Lab,
    pool: Address,
    pub(super) configurator: Address,
    oracle: Address,
    tokens: [Address; 2],
    collateral: Address,
    asset: Address,
}

impl Market {
    pub(super) fn new() -> Self {
        let mut lab = Lab::new();
        let provider = ("Market", OWNER).abi_encode_params();
        let provider = lab.deploy(&code("PoolAddressesProvider"), &provider);
        lab.must(OWNER, provider, &setACLAdminCall { admin: OWNER });
        let manager = lab.deploy(&code("ACLManager"), &provider.abi_encode());
        lab.must(OWNER, manager, &addPoolAdminCall { admin: OWNER });
        let oracle = lab.deploy(&code("PriceOracle"), &[]);
        lab.must(OWNER, provider, &setACLManagerCall { manager });
        lab.must(OWNER, provider, &setPriceOracleCall { oracle });
        let strategy = code("DefaultReserveInterestRateStrategyV2");
        let strategy = lab.deploy(&strategy, &provider.abi_encode());

        let mut libraries = vec![];
        let names =
            ["SupplyLogic", "BorrowLogic", "LiquidationLogic", "PoolLogic", "FlashLoanLogic"];
        for name in names.into_iter().chain(["ConfiguratorLogic"]) {
            let code = packages::compiled_source(name, &libraries);
            libraries.push((name, lab.deploy(&code, &[])));
        }
        let pool = packages::compiled_source("PoolInstance", &libraries);
        let pool = lab.deploy(&pool, &(provider, strategy).abi_encode());
        lab.must(OWNER, provider, &setPoolImplCall { pool });
        let configurator = packages::compiled_source("PoolConfiguratorInstance", &libraries);
        let configurator = lab.deploy(&configurator, &[]);
        lab.must(OWNER, provider, &setPoolConfiguratorImplCall { configurator });
        let pool = lab.view(provider, &getPoolCall {});
        let configurator = lab.view(provider, &getPoolConfiguratorCall {});
        let rewards = Address::ZERO;
        let a_token = lab.deploy(&code("ATokenInstance"), &(pool, rewards, OWNER).abi_encode());
        let debt = lab.deploy(&code("VariableDebtTokenInstance"), &(pool, rewards).abi_encode());
        let tokens = [a_token, debt];
        let zero = Address::ZERO;
        let mut market =
            Self { lab, pool, configurator, oracle, tokens, collateral: zero, asset: zero };
        market.collateral = market.list(18, [5000, 0, 0, 0], U256::ONE << 100);
        market.secure();
        market
    }

    /// Bob puts in what lets him borrow anything.
    fn secure(&mut self) {
        let (asset, price) = (self.collateral, U256::ONE << 100);
        self.lab.must(OWNER, self.oracle, &setAssetPriceCall { asset, price });
        let [ltv, threshold, bonus] = [9000, 9500, 10_100].map(U256::from);
        let call = configureReserveAsCollateralCall { asset, ltv, threshold, bonus };
        self.lab.must(OWNER, self.configurator, &call);
        assert!(self.supply(BOB, asset, U256::ONE << 110));
    }

    /// A new token with its reserve: optimal use and the rates, in basis points.
    fn list(&mut self, decimals: u8, rates: [u32; 4], price: U256) -> Address {
        let asset = self.lab.token(decimals);
        self.lab.must(OWNER, self.oracle, &setAssetPriceCall { asset, price });
        let [a_token, debt] = self.tokens;
        let reserve = Reserve {
            aTokenImpl: a_token,
            variableDebtTokenImpl: debt,
            underlyingAsset: asset,
            aTokenName: "aToken".into(),
            aTokenSymbol: "a".into(),
            variableDebtTokenName: "variable".into(),
            variableDebtTokenSymbol: "v".into(),
            params: Bytes::new(),
            interestRateData: rates.map(U256::from).abi_encode().into(),
        };
        let Self { lab, configurator, .. } = self;
        lab.must(OWNER, *configurator, &initReservesCall { reserves: vec![reserve] });
        lab.must(OWNER, *configurator, &setReserveBorrowingCall { asset, enabled: true });
        asset
    }

    /// A copy with an asset that has been used for a while.
    fn furnished(&self, rng: &mut Rng) -> Self {
        let mut market = self.clone();
        let mut bps = |low: u64, high: u64| u32::try_from(low + rng.below(high - low)).unwrap();
        let (optimal, base, slope1) = (bps(100, 9901), bps(0, 1000), bps(0, 3000));
        let rates = [optimal, base, slope1, slope1 + bps(0, 40_000)];
        let asset = market.list(rng.pick(&[6, 8, 18]), rates, U256::ONE);
        market.asset = asset;
        let factor = U256::from(rng.pick(&[0u64, 1000, 1500, 9999]));
        let cap = if rng.chance(2) { rng.bits(1, 30) } else { U256::ZERO };
        let configurator = market.configurator;
        market.lab.must(OWNER, configurator, &setReserveFactorCall { asset, factor });
        market.lab.must(OWNER, configurator, &setSupplyCapCall { asset, cap });
        market.lab.mint(asset, ALICE, U256::ONE << 200);
        for _ in 0..1 + rng.below(4) {
            market.pass(rng);
        }
        market
    }

    fn supply(&mut self, account: Address, asset: Address, amount: U256) -> bool {
        let Self { lab, pool, .. } = self;
        lab.mint(asset, account, amount);
        lab.allow(asset, account, *pool);
        let call = supplyCall { asset, amount, onBehalfOf: account, code: 0 };
        lab.send(account, *pool, &call).is_ok()
    }

    /// Others supply and borrow, and time passes; at times Bob's collateral is suddenly worth nothing,
    /// and what it does not cover nobody owes.
    fn pass(&mut self, rng: &mut Rng) {
        let asset = self.asset;
        self.supply(OWNER, asset, rng.bits(1, 90));
        let available = self.lab.view(self.pool, &getVirtualUnderlyingBalanceCall { asset });
        let available = U256::from(available);
        if !available.is_zero() && !rng.chance(4) {
            let amount = rng.upto(available);
            let call = borrowCall { asset, amount, rateMode: VARIABLE, code: 0, onBehalfOf: BOB };
            let _refused = self.lab.send(BOB, self.pool, &call);
        }
        self.lab.warp(rng.pick(&[0, 12, 3600, 86_400 * 30, 86_400 * 365]));
        if rng.chance(5) {
            self.default();
        }
    }

    fn default(&mut self) {
        let Self { lab, pool, oracle, collateral, asset, .. } = self;
        let price = U256::ONE;
        lab.must(OWNER, *oracle, &setAssetPriceCall { asset: *collateral, price });
        lab.mint(*asset, OWNER, U256::ONE << 150);
        lab.allow(*asset, OWNER, *pool);
        let call = liquidationCallCall {
            collateral: *collateral,
            debt: *asset,
            borrower: BOB,
            amount: U256::MAX,
            receiveAToken: false,
        };
        let _healthy = lab.send(OWNER, *pool, &call);
        self.secure();
    }

    /// Bob's scaled debt of the asset.
    fn scaled_debt(&mut self) -> U256 {
        let token = self.reserve().variableDebtTokenAddress;
        self.lab.view(token, &scaledBalanceOfCall { account: BOB })
    }

    /// Bob alone borrows.
    fn debt_index(&mut self) -> DebtIndex {
        let call = getReserveNormalizedVariableDebtCall { asset: self.asset };
        let index = if self.scaled_debt().is_zero() {
            U256::from(self.reserve().variableBorrowIndex)
        } else {
            self.lab.view(self.pool, &call)
        };
        DebtIndex { index, rounding: Rounding::AgainstHolder }
    }

    fn priced(&mut self, asset: Address, amount: U256) -> Priced {
        let price = self.lab.view(self.oracle, &getAssetPriceCall { asset });
        let decimals = self.lab.view(asset, &decimalsCall {});
        Priced { amount, price, unit: U256::from(10).pow(U256::from(decimals)) }
    }

    /// What the model says of Bob's account.
    fn account(&mut self) -> AaveAccount {
        let (collateral, asset) = (self.collateral, self.asset);
        let call = getReserveDataCall { asset: collateral };
        let a_token = self.lab.view(self.pool, &call).aTokenAddress;
        let held = self.lab.balance(a_token, BOB);
        let owed = self.scaled_debt();
        let owed = self.debt_index().owed(owed).unwrap();
        let [ltv_bps, threshold_bps] = [9000, 9500].map(U256::from);
        let pledge = Pledge { held: self.priced(collateral, held), ltv_bps, threshold_bps };
        let owed = self.priced(asset, owed);
        AaveAccount::of(&[pledge], &[owed], Rounding::AgainstHolder).unwrap()
    }

    fn place(&self) -> Place {
        let contracts = [("pool", self.pool), ("asset", self.asset)];
        Place {
            id: VenueId::new("aave_v3:A"),
            kind: "aave_v3".into(),
            contracts: contracts.map(|(role, at)| (role.to_owned(), at)).into(),
            constants: BTreeMap::new(),
            code: BTreeMap::new(),
        }
    }

    fn open(&mut self) -> Box<dyn Venue> {
        let place = self.place();
        self.lab.open(&place).unwrap().venue.boxed()
    }

    fn reserve(&mut self) -> ReserveData {
        self.lab.view(self.pool, &getReserveDataCall { asset: self.asset })
    }

    /// Alice's underlying, and her scaled and shown aTokens.
    fn held(&mut self) -> (U256, U256, U256) {
        let a_token = self.reserve().aTokenAddress;
        let scaled = self.lab.view(a_token, &scaledBalanceOfCall { account: ALICE });
        let underlying = self.lab.balance(self.asset, ALICE);
        (underlying, scaled, self.lab.balance(a_token, ALICE))
    }
}

fn random_swap(rng: &mut Rng, venue: &dyn Venue, held: U256) -> Swap {
    let from = if held.is_zero() { UNDERLYING } else { usize::from(rng.chance(2)) };
    let amount = match venue.capacity(from, 1 - from) {
        Capacity::Limited { amount, .. } if rng.chance(2) => amount + U256::from(rng.below(2)),
        Capacity::Limited { amount, .. } => rng.upto(amount),
        _ => rng.bits(1, 90),
    };
    let amount = if from == A_TOKEN { amount.min(held) } else { amount };
    Swap { from, to: 1 - from, amount }
}

/// Opened anew before each trade, the model is exact in all: limits, balances and the supply rate.
fn trade(market: &mut Market, tally: &mut Tally, rng: &mut Rng) {
    let mut venue = market.open();
    let before = venue.boxed();
    let (underlying, scaled, shown) = market.held();
    let swap = random_swap(rng, &*venue, shown);
    if swap.amount.is_zero() {
        return;
    }
    let case = (&before, swap);
    let trade = Trade { swap, min_out: U256::ZERO, recipient: ALICE, deadline: 0 };
    let result = market.lab.execute(ALICE, &venue.encode(&trade));
    let quote = match (venue.trade(swap), result) {
        (Ok(quote), Ok(())) => quote,
        (Err(QuoteError::Limit { .. } | QuoteError::NothingOut(_)), Err(_)) => {
            return tally.refused();
        }
        (quote, result) => panic!("{quote:?}, and the pool says {result:?}: {tally:?} {case:?}"),
    };
    let index = venue.rebase(A_TOKEN).unwrap();
    let (underlying, scaled) = if swap.from == UNDERLYING {
        (underlying - swap.amount, scaled + quote.shares.unwrap())
    } else {
        (underlying + quote.out, index.left(scaled, swap.amount).unwrap())
    };
    let (underlying_to, scaled_to, shown_to) = market.held();
    tally.same("the underlying", underlying, underlying_to, case);
    tally.same("the scaled balance", scaled, scaled_to, case);
    tally.same("the balance", index.balance(scaled).unwrap(), shown_to, case);
    let rate = U256::from(market.reserve().currentLiquidityRate);
    tally.equal("the rate", venue.rate_after(A_TOKEN, U256::ZERO), Some(rate), case);
    if swap.from == UNDERLYING {
        tally.equal("the rate told", before.rate_after(A_TOKEN, swap.amount), Some(rate), case);
    }
    tally.traded();
}

#[test]
fn aave_3_6_agrees() {
    let (mut tally, mut rng) = Tally::new("Aave v3.6", &["@aave-dao/aave-v3-origin"]);
    let blank = Market::new();
    let mut deficits = 0;
    // Few reserves come to a deficit: there must be one.
    while tally.wants_more() || deficits == 0 {
        let mut market = blank.furnished(&mut rng);
        for _ in 0..8 {
            if rng.chance(3) {
                market.pass(&mut rng);
            }
            trade(&mut market, &mut tally, &mut rng);
        }
        let call = getReserveDeficitCall { asset: market.asset };
        deficits += usize::from(!market.lab.view(market.pool, &call).is_zero());
    }
    println!("{deficits} reserves with a deficit");
    tally.report();
}

/// Bob borrows or repays, the price of his collateral moves, and his account is compared.
fn borrowing(market: &mut Market, tally: &mut Tally, rng: &mut Rng) {
    let (asset, pool) = (market.asset, market.pool);
    let (scaled, index) = (market.scaled_debt(), market.debt_index());
    let available = market.lab.view(pool, &getVirtualUnderlyingBalanceCall { asset });
    let borrows = scaled.is_zero() || rng.chance(2);
    let amount = if borrows {
        rng.upto(U256::from(available))
    } else {
        rng.upto(index.owed(scaled).unwrap() - U256::ONE)
    };
    let done = if borrows {
        let call = borrowCall { asset, amount, rateMode: VARIABLE, code: 0, onBehalfOf: BOB };
        market.lab.send(BOB, pool, &call).is_ok()
    } else {
        market.lab.mint(asset, BOB, amount);
        market.lab.allow(asset, BOB, pool);
        let call = repayCall { asset, amount, rateMode: VARIABLE, onBehalfOf: BOB };
        market.lab.send(BOB, pool, &call).is_ok()
    };
    let case = (scaled, index, borrows, amount);
    let model = if borrows {
        index.borrowed(amount).and_then(|more| scaled.checked_add(more))
    } else {
        index.repaid(amount).and_then(|less| scaled.checked_sub(less))
    };
    if !done {
        return tally.refused();
    }
    tally.same("the scaled debt", model.unwrap(), market.scaled_debt(), case);
    let price = rng.bits(40, 100);
    let call = setAssetPriceCall { asset: market.collateral, price };
    market.lab.must(OWNER, market.oracle, &call);
    let model = market.account();
    let real = market.lab.view(pool, &getUserAccountDataCall { user: BOB });
    tally.same("the collateral", model.collateral, real.collateral, case);
    tally.same("the debt", model.debt, real.debt, case);
    tally.same("what is available", model.available, real.available, case);
    tally.same("the threshold", model.threshold_bps, real.threshold, case);
    tally.same("the limit", model.ltv_bps, real.ltv, case);
    tally.same("the health", model.health.unwrap_or(U256::MAX), real.health, case);
    let (asset, price) = (market.collateral, U256::ONE << 100);
    market.lab.must(OWNER, market.oracle, &setAssetPriceCall { asset, price });
    tally.traded();
}

#[test]
fn aave_3_6_borrowing_agrees() {
    let packages = ["@aave-dao/aave-v3-origin"];
    let (mut tally, mut rng) = Tally::new("Aave v3.6, borrowing", &packages);
    let blank = Market::new();
    while tally.wants_more() {
        let mut market = blank.furnished(&mut rng);
        for _ in 0..8 {
            borrowing(&mut market, &mut tally, &mut rng);
            market.lab.warp(rng.pick(&[0, 12, 86_400 * 30]));
        }
    }
    tally.report();
}

#[test]
fn a_frozen_reserve_takes_nothing_and_a_paused_one_does_not_open() {
    let mut rng = Rng::new(1);
    let mut market = Market::new().furnished(&mut rng);
    let (asset, configurator) = (market.asset, market.configurator);
    market.lab.must(OWNER, configurator, &setReserveFreezeCall { asset, freeze: true });
    let swap = Swap { from: UNDERLYING, to: A_TOKEN, amount: U256::from(1_000_000) };
    let refused = market.open().quote(swap).unwrap_err().to_string();
    assert!(refused.contains("frozen"), "{refused}");
    market.lab.must(OWNER, configurator, &setReservePauseCall { asset, paused: true });
    let place = market.place();
    let refused = market.lab.open(&place).unwrap_err().to_string();
    assert!(refused.contains("is paused"), "{refused}");
}

/// A loan and a collateral with its own limits, which others use, and an e-mode of both.
pub(super) fn bench(blank: &Market, rng: &mut Rng) -> Bench {
    let mut market = blank.clone();
    let mut bps = |low: u64, high: u64| u32::try_from(low + rng.below(high - low)).unwrap();
    let (optimal, base, slope1) = (bps(3000, 9901), bps(0, 300), bps(1, 1000));
    let slope2 = slope1 + bps(0, 10_000);
    let price = rng.bits(27, 50);
    let loan = market.list(18, [optimal, base, slope1, slope2], price);
    let collateral = market.list(18, [5000, 0, 100, 200], rng.near(price));
    market.asset = loan;
    let category = u8::from(rng.chance(2));
    let mode_ltv = 8000 + rng.below(1500);
    let mode_threshold = mode_ltv + rng.below(9700 - mode_ltv);
    let own_ltv = 1000 + rng.below(6000);
    let own_threshold = own_ltv + rng.below(7500 - own_ltv);
    let (lab, configurator) = (&mut market.lab, market.configurator);
    let [ltv, threshold, bonus] = [own_ltv, own_threshold, 10_100].map(U256::from);
    let call = configureReserveAsCollateralCall { asset: collateral, ltv, threshold, bonus };
    lab.must(OWNER, configurator, &call);
    let of = |bps: u64| u16::try_from(bps).unwrap();
    let (ltv, threshold) = (of(mode_ltv), of(mode_threshold));
    let (id, bonus, label) = (1, 10_050, "ETH".to_owned());
    lab.must(OWNER, configurator, &setEModeCategoryCall { id, ltv, threshold, bonus, label });
    let allowed = true;
    let call = setAssetCollateralInEModeCall { asset: collateral, id, allowed };
    lab.must(OWNER, configurator, &call);
    let call = setAssetBorrowableInEModeCall { asset: loan, id, allowed };
    lab.must(OWNER, configurator, &call);
    assert!(market.supply(OWNER, collateral, rng.bits(60, 80)));
    assert!(market.supply(OWNER, loan, rng.bits(60, 90)));
    // Bob owes some of both, so that both indexes have grown.
    for asset in [loan, collateral] {
        let available = market.lab.view(market.pool, &getVirtualUnderlyingBalanceCall { asset });
        let amount = rng.upto(U256::from(available) / U256::from(2)).max(U256::ONE);
        let call = borrowCall { asset, amount, rateMode: VARIABLE, code: 0, onBehalfOf: BOB };
        let _refused = market.lab.send(BOB, market.pool, &call);
    }
    market.lab.warp(rng.pick(&[0, 12, 86_400 * 30, 86_400 * 365]));
    let (ltv_bps, threshold_bps) =
        if category == 0 { (own_ltv, own_threshold) } else { (mode_ltv, mode_threshold) };
    let ray = |bps: u32| tenor_solver::amount::RAY * U256::from(bps) / U256::from(10_000);
    let Market { lab, pool, oracle, .. } = market;
    Bench {
        lab,
        pool,
        oracle,
        collateral,
        loan,
        rounding: Rounding::AgainstHolder,
        ltv_bps,
        threshold_bps,
        category,
        curve: RateCurve {
            base: ray(base),
            slope1: ray(slope1),
            slope2: ray(slope2),
            optimal: ray(optimal),
            reserve_factor_bps: U256::ZERO,
        },
    }
}

#[test]
fn aave_3_6_loops_agree() {
    let packages = ["@aave-dao/aave-v3-origin"];
    let (mut tally, mut rng) = Tally::new("Aave v3.6, loops", &packages);
    let blank = Market::new();
    while tally.wants_more() {
        round_trip(&mut bench(&blank, &mut rng), &mut tally, &mut rng);
    }
    tally.report();
}
