//! Aave v3: a whole market of it, with somebody who borrows.

use alloy_primitives::{Address, Bytes, U256, uint};
use alloy_sol_types::{SolValue, sol};

use super::{BOB, OWNER, lab::Lab, packages};

sol! {
    struct Reserve {
        address aTokenImpl;
        address stableDebtTokenImpl;
        address variableDebtTokenImpl;
        uint8 underlyingAssetDecimals;
        address interestRateStrategyAddress;
        address underlyingAsset;
        address treasury;
        address incentivesController;
        string aTokenName;
        string aTokenSymbol;
        string variableDebtTokenName;
        string variableDebtTokenSymbol;
        string stableDebtTokenName;
        string stableDebtTokenSymbol;
        bytes params;
    }

    #[derive(Debug)]
    struct ReserveData {
        uint256 configuration;
        uint128 liquidityIndex;
        uint128 currentLiquidityRate;
        uint128 variableBorrowIndex;
        uint128 currentVariableBorrowRate;
        uint128 currentStableBorrowRate;
        uint40 lastUpdateTimestamp;
        uint16 id;
        address aTokenAddress;
        address stableDebtTokenAddress;
        address variableDebtTokenAddress;
        address interestRateStrategyAddress;
        uint128 accruedToTreasury;
        uint128 unbacked;
        uint128 isolationModeTotalDebt;
    }

    function setACLAdmin(address admin) external;
    function setACLManager(address manager) external;
    function setPriceOracle(address oracle) external;
    function setPoolImpl(address pool) external;
    function setPoolConfiguratorImpl(address configurator) external;
    function getPool() external view returns (address);
    function getPoolConfigurator() external view returns (address);
    function addPoolAdmin(address admin) external;
    function setAssetPrice(address asset, uint256 price) external;

    function initReserves(Reserve[] reserves) external;
    function configureReserveAsCollateral(
        address asset, uint256 ltv, uint256 threshold, uint256 bonus
    ) external;
    function setReserveBorrowing(address asset, bool enabled) external;
    function setReserveFactor(address asset, uint256 factor) external;
    function setSupplyCap(address asset, uint256 cap) external;
    function setEModeCategory(
        uint8 id, uint16 ltv, uint16 threshold, uint16 bonus, address oracle, string label
    ) external;
    function setAssetEModeCategory(address asset, uint8 id) external;

    function supply(address asset, uint256 amount, address onBehalfOf, uint16 code) external;
    function withdraw(address asset, uint256 amount, address to) external returns (uint256);
    function borrow(
        address asset, uint256 amount, uint256 rateMode, uint16 code, address onBehalfOf
    ) external;
    function getReserveData(address asset) external view returns (ReserveData);
    function getReserveNormalizedIncome(address asset) external view returns (uint256);
    function scaledTotalSupply() external view returns (uint256);
    function scaledBalanceOf(address account) external view returns (uint256);
    function totalSupply() external view returns (uint256);
}

const VARIABLE: U256 = uint!(2_U256);
const RAY: U256 = uint!(1_000_000_000_000_000_000_000_000_000_U256);

/// What a reserve's strategy follows, in RAY, and what the treasury keeps, in basis points.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) optimal: U256,
    pub(super) base: U256,
    pub(super) slope1: U256,
    pub(super) slope2: U256,
    pub(super) reserve_factor_bps: U256,
    /// In whole tokens; zero means none.
    pub(super) supply_cap: U256,
    pub(super) decimals: u8,
}

/// A market with a collateral that Bob has supplied enough of to borrow whatever there is.
#[derive(Debug, Clone)]
pub(super) struct Market {
    pub(super) lab: Lab,
    pub(super) pool: Address,
    provider: Address,
    configurator: Address,
    oracle: Address,
    /// The implementations of an aToken, a stable and a variable debt token.
    tokens: [Address; 3],
}

fn code(path: &str) -> Bytes {
    linked(path, &[])
}

fn linked(path: &str, libraries: &[(&str, Address)]) -> Bytes {
    let name = path.rsplit('/').next().unwrap();
    packages::linked(
        &format!("@aave/core-v3/artifacts/contracts/{path}.sol/{name}.json"),
        libraries,
    )
}

/// The pool's code, with the libraries that hold its logic.
fn pool_code(lab: &mut Lab) -> Bytes {
    let mut libraries = vec![];
    let names = [
        "SupplyLogic",
        "BorrowLogic",
        "LiquidationLogic",
        "EModeLogic",
        "BridgeLogic",
        "PoolLogic",
    ];
    for name in names.into_iter().chain(["FlashLoanLogic"]) {
        let code = linked(&format!("protocol/libraries/logic/{name}"), &libraries);
        libraries.push((name, lab.deploy(&code, &[])));
    }
    linked("protocol/pool/Pool", &libraries)
}

impl Market {
    pub(super) fn new() -> Self {
        Self::on(Lab::new())
    }

    /// The same on a chain that is there.
    pub(super) fn on(mut lab: Lab) -> Self {
        let arguments = ("Market", OWNER).abi_encode_params();
        let provider =
            lab.deploy(&code("protocol/configuration/PoolAddressesProvider"), &arguments);
        lab.must(OWNER, provider, &setACLAdminCall { admin: OWNER });
        let acl = lab.deploy(&code("protocol/configuration/ACLManager"), &provider.abi_encode());
        lab.must(OWNER, acl, &addPoolAdminCall { admin: OWNER });
        let oracle = lab.deploy(&code("mocks/oracle/PriceOracle"), &[]);
        lab.must(OWNER, provider, &setACLManagerCall { manager: acl });
        lab.must(OWNER, provider, &setPriceOracleCall { oracle });

        let pool = pool_code(&mut lab);
        let pool = lab.deploy(&pool, &provider.abi_encode());
        lab.must(OWNER, provider, &setPoolImplCall { pool });
        let logic = lab.deploy(&code("protocol/libraries/logic/ConfiguratorLogic"), &[]);
        let configurator =
            linked("protocol/pool/PoolConfigurator", &[("ConfiguratorLogic", logic)]);
        let configurator = lab.deploy(&configurator, &[]);
        lab.must(OWNER, provider, &setPoolConfiguratorImplCall { configurator });
        let pool = lab.view(provider, &getPoolCall {});
        let configurator = lab.view(provider, &getPoolConfiguratorCall {});
        let tokens = ["AToken", "StableDebtToken", "VariableDebtToken"].map(|name| {
            lab.deploy(&code(&format!("protocol/tokenization/{name}")), &pool.abi_encode())
        });
        let mut market = Self { lab, pool, provider, configurator, oracle, tokens };
        market.furnish();
        market
    }

    fn furnish(&mut self) {
        let flat = Terms {
            optimal: RAY / U256::from(2),
            base: U256::ZERO,
            slope1: U256::ZERO,
            slope2: U256::ZERO,
            reserve_factor_bps: U256::ZERO,
            supply_cap: U256::ZERO,
            decimals: 18,
        };
        let asset = self.list(&flat, U256::ONE << 100);
        let call = configureReserveAsCollateralCall {
            asset,
            ltv: U256::from(9000),
            threshold: U256::from(9500),
            bonus: U256::from(10_100),
        };
        self.lab.must(OWNER, self.configurator, &call);
        self.supply(BOB, asset, U256::ONE << 110);
    }

    /// A new token with its reserve, at that price.
    pub(super) fn list(&mut self, terms: &Terms, price: U256) -> Address {
        let asset = self.lab.token(terms.decimals);
        self.reserve_of(asset, terms, price);
        asset
    }

    /// A reserve of a token, at that price.
    pub(super) fn reserve_of(&mut self, asset: Address, terms: &Terms, price: U256) {
        let Terms { optimal, base, slope1, slope2, decimals, .. } = *terms;
        let zero = U256::ZERO;
        let arguments =
            (self.provider, optimal, base, slope1, slope2, (zero, zero, zero, zero, zero));
        let strategy = self.lab.deploy(
            &code("protocol/pool/DefaultReserveInterestRateStrategy"),
            &arguments.abi_encode(),
        );
        self.lab.must(OWNER, self.oracle, &setAssetPriceCall { asset, price });
        let [a_token, stable, variable] = self.tokens;
        let reserve = Reserve {
            aTokenImpl: a_token,
            stableDebtTokenImpl: stable,
            variableDebtTokenImpl: variable,
            underlyingAssetDecimals: decimals,
            interestRateStrategyAddress: strategy,
            underlyingAsset: asset,
            treasury: OWNER,
            incentivesController: Address::ZERO,
            aTokenName: "aToken".into(),
            aTokenSymbol: "a".into(),
            variableDebtTokenName: "variable".into(),
            variableDebtTokenSymbol: "v".into(),
            stableDebtTokenName: "stable".into(),
            stableDebtTokenSymbol: "s".into(),
            params: Bytes::new(),
        };
        self.lab.must(OWNER, self.configurator, &initReservesCall { reserves: vec![reserve] });
        let Self { lab, configurator, .. } = self;
        lab.must(OWNER, *configurator, &setReserveBorrowingCall { asset, enabled: true });
        let factor = terms.reserve_factor_bps;
        lab.must(OWNER, *configurator, &setReserveFactorCall { asset, factor });
        self.cap(asset, terms.supply_cap);
    }

    /// Makes an asset collateral, outside an e-mode and in one that it and another asset are of.
    pub(super) fn secures(&mut self, asset: Address, loan: Address, shares: [u16; 4]) {
        let [ltv, threshold, mode_ltv, mode_threshold] = shares;
        let (lab, configurator) = (&mut self.lab, self.configurator);
        let [own, own_threshold, bonus] = [ltv, threshold, 10_100].map(U256::from);
        let call =
            configureReserveAsCollateralCall { asset, ltv: own, threshold: own_threshold, bonus };
        lab.must(OWNER, configurator, &call);
        let (id, bonus, oracle) = (1, 10_050, Address::ZERO);
        let (ltv, threshold, label) = (mode_ltv, mode_threshold, "ETH".to_owned());
        let call = setEModeCategoryCall { id, ltv, threshold, bonus, oracle, label };
        lab.must(OWNER, configurator, &call);
        for asset in [asset, loan] {
            lab.must(OWNER, configurator, &setAssetEModeCategoryCall { asset, id });
        }
    }

    /// The price oracle.
    pub(super) const fn oracle(&self) -> Address {
        self.oracle
    }

    /// Limits what is supplied, in whole tokens; zero means no limit.
    pub(super) fn cap(&mut self, asset: Address, cap: U256) {
        self.lab.must(OWNER, self.configurator, &setSupplyCapCall { asset, cap });
    }

    /// Somebody supplies; `false` where the pool refuses.
    pub(super) fn supply(&mut self, account: Address, asset: Address, amount: U256) -> bool {
        self.lab.mint(asset, account, amount);
        self.deposit(account, asset, amount)
    }

    /// The same of what he has.
    pub(super) fn deposit(&mut self, account: Address, asset: Address, amount: U256) -> bool {
        let Self { lab, pool, .. } = self;
        lab.allow(asset, account, *pool);
        let call = supplyCall { asset, amount, onBehalfOf: account, code: 0 };
        lab.send(account, *pool, &call).is_ok()
    }

    /// Bob borrows; `false` where the pool refuses.
    pub(super) fn borrow(&mut self, asset: Address, amount: U256) -> bool {
        let call = borrowCall { asset, amount, rateMode: VARIABLE, code: 0, onBehalfOf: BOB };
        self.lab.send(BOB, self.pool, &call).is_ok()
    }

    pub(super) fn reserve(&mut self, asset: Address) -> ReserveData {
        self.lab.view(self.pool, &getReserveDataCall { asset })
    }

    /// The index that turns scaled balances into shown ones now.
    pub(super) fn index(&mut self, asset: Address) -> U256 {
        self.lab.view(self.pool, &getReserveNormalizedIncomeCall { asset })
    }

    pub(super) fn debt(&mut self, asset: Address) -> U256 {
        let token = self.reserve(asset).variableDebtTokenAddress;
        self.lab.view(token, &totalSupplyCall {})
    }

    pub(super) fn scaled_supply(&mut self, asset: Address) -> U256 {
        let token = self.reserve(asset).aTokenAddress;
        self.lab.view(token, &scaledTotalSupplyCall {})
    }

    pub(super) fn scaled(&mut self, asset: Address, account: Address) -> U256 {
        let token = self.reserve(asset).aTokenAddress;
        self.lab.view(token, &scaledBalanceOfCall { account })
    }
}
