//! Pendle as it is deployed: factories, router, an SY over a vault, and markets.

#![expect(non_snake_case, reason = "fields are named as the contracts name them")]

use std::collections::BTreeMap;

use alloy_primitives::{
    Address, Bytes, FixedBytes, I256, U256, address, aliases::U80, bytes, uint,
};
use alloy_sol_types::{SolCall, SolValue, sol};
use tenor_solver::venues::{OpenError, Opened, Place, VenueId};

use super::super::{
    ALICE, BOB, OWNER,
    lab::{Lab, Refusal},
    packages,
};
use crate::world::rng::Rng;

sol! {
    struct SelectorsToFacet {
        address facet;
        bytes4[] selectors;
    }

    struct Guess {
        uint256 least;
        uint256 most;
        uint256 first;
        uint256 tries;
        uint256 eps;
    }

    /// No limit orders; what one would be does not matter, but for the selector.
    struct Order {
        uint256 salt;
        uint256 expiry;
        uint256 nonce;
        uint8 kind;
        address token;
        address yt;
        address maker;
        address receiver;
        uint256 making;
        uint256 rate;
        uint256 failSafe;
        bytes permit;
    }

    struct Fill {
        Order order;
        bytes signature;
        uint256 making;
    }

    #[derive(Default)]
    struct Orders {
        address router;
        uint256 eps;
        Fill[] normal;
        Fill[] flash;
        bytes data;
    }

    function deploy(string name, bytes creationCode) external returns (address, uint256, address, uint256);
    function setSelectorToFacets(SelectorsToFacet[] arr) external;
    function createYieldContract(address sy, uint32 expiry, bool doCacheIndexSameBlock)
        external returns (address pt, address yt);
    function createNewMarket(address pt, int256 scalarRoot, int256 initialAnchor, uint80 lnFeeRateRoot)
        external returns (address market);
    function setTreasuryAndFeeReserve(address newTreasury, uint8 newReserveFeePercent) external;
    function setOverriddenFee(address router, address market, uint80 newFee) external;
    function mintPY(address receiverPT, address receiverYT) external returns (uint256);
    function mint(address receiver, uint256 netSyDesired, uint256 netPtDesired)
        external returns (uint256, uint256, uint256);
    function burn(address receiverSy, address receiverPt, uint256 netLpToBurn)
        external returns (uint256, uint256);
    function swapCallback(int256 ptToAccount, int256 syToAccount, bytes data) external;
    function swapExactSyForPt(
        address receiver, address market, uint256 exactSyIn, uint256 minPtOut, Guess guess, Orders orders
    ) external returns (uint256 netPtOut, uint256 netSyFee);
    function pause() external;
    function unpause() external;
}

mod vault {
    alloy_sol_types::sol! {
        function deposit(uint256 assets, address receiver) external returns (uint256);
    }
}

mod upgradable {
    alloy_sol_types::sol! {
        function initialize(address owner, address treasury, uint8 reserveFeePercent) external;
    }
}

mod yields {
    alloy_sol_types::sol! {
        function initialize(uint96 divisor, uint128 interest, uint128 reward, address treasury) external;
    }
}

mod upgradable_yields {
    alloy_sol_types::sol! {
        function initialize(
            uint96 divisor, uint128 interest, uint128 reward, address treasury, address owner
        ) external;
    }
}

mod sy {
    alloy_sol_types::sol! {
        function deposit(address receiver, address tokenIn, uint256 amount, uint256 least)
            external payable returns (uint256);
    }
}

/// Who holds what Pendle keeps.
const TREASURY: Address = address!("7ea5000000000000000000000000000000000001");
/// Stands for gauge and voting escrow: whatever is asked, the answer is zero.
const NOTHING: Address = address!("0000000000000000000000000000000000009a09");
const PERCENT_3: u128 = 30_000_000_000_000_000;
pub(super) const WAD: U256 = uint!(1_000_000_000_000_000_000_U256);

/// A published package with the contracts of one generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Generation {
    /// The market's third version, from `@pendle/core-v2` 4.7.2.
    V3,
    /// The seventh, from 6.11.0.
    V7,
}

impl Generation {
    pub(super) const fn package(self) -> &'static str {
        match self {
            Self::V3 => "@pendle/core-v2",
            Self::V7 => "pendle-core-v7",
        }
    }

    fn path(self, contract: &str) -> String {
        format!("{}/build/artifacts/contracts/{contract}", self.package())
    }

    fn code(self, contract: &str) -> Bytes {
        packages::code(&self.path(contract))
    }
}

/// Pendle, with one SY over one vault, and no market yet.
#[derive(Debug, Clone)]
pub(super) struct Pendle {
    pub(super) lab: Lab,
    pub(super) asset: Address,
    pub(super) vault: Address,
    pub(super) sy: Address,
    pub(super) router: Address,
    yields: Address,
    markets: Address,
}

impl Pendle {
    pub(super) fn new(generation: Generation, decimals: u8) -> Self {
        let mut lab = Lab::new();
        lab.place(NOTHING, bytes!("60405ff3"));
        let asset = lab.token(decimals);
        let code = packages::compiled("OpenZeppelinVault");
        let vault = lab.deploy(&code, &(asset, U256::ZERO).abi_encode_params());
        let code = Generation::V3.code(
            "core/StandardizedYield/implementations/PendleERC4626SY.sol/PendleERC4626SY.json",
        );
        let named = ("SY Vault", "SY-Vault", vault).abi_encode_params();
        let sy = lab.deploy(&code, &named);
        for account in [ALICE, BOB] {
            lab.mint(asset, account, U256::ONE << 140);
            lab.allow(asset, account, vault);
            lab.allow(vault, account, sy);
        }
        let (yields, markets) = factories(&mut lab, generation);
        let router = router(&mut lab, generation);
        Self { lab, asset, vault, sy, router, yields, markets }
    }

    /// Gives an account so much SY, or a little less.
    pub(super) fn give_sy(&mut self, account: Address, amount: U256) -> U256 {
        let deposit = vault::depositCall { assets: amount, receiver: account };
        let shares = self.lab.must(account, self.vault, &deposit);
        self.lab.allow(self.vault, account, self.sy);
        let tokenIn = self.vault;
        let deposit =
            sy::depositCall { receiver: account, tokenIn, amount: shares, least: U256::ZERO };
        self.lab.must(account, self.sy, &deposit)
    }

    /// Its owner stops SY from moving, or lets them.
    pub(super) fn pause(&mut self, stop: bool) {
        if stop {
            self.lab.must(OWNER, self.sy, &pauseCall {});
        } else {
            self.lab.must(OWNER, self.sy, &unpauseCall {});
        }
    }

    /// The vault earns: what SY stand for grows by up to a ten-thousandth and a half.
    pub(super) fn earn(&mut self, rng: &mut Rng) {
        let held = self.lab.balance(self.asset, self.vault);
        let earned = rng.upto(held / U256::from(5_000));
        if !earned.is_zero() {
            self.lab.transfer(self.asset, BOB, self.vault, earned);
        }
    }
}

/// Both factories, and what they make contracts from.
fn factories(lab: &mut Lab, generation: Generation) -> (Address, Address) {
    let splitter =
        "offchain-helpers/BaseSplitCodeFactoryContract.sol/BaseSplitCodeFactoryContract.json";
    let splitter = lab.deploy(&Generation::V3.code(splitter), &[]);
    let oracle = generation.code("core/Market/OracleLib.sol/OracleLib.json");
    let oracle = lab.deploy(&oracle, &[]);
    let yt = generation.code("core/YieldContracts/PendleYieldToken.sol/PendleYieldToken.json");
    let market = match generation {
        Generation::V3 => "core/Market/v3/PendleMarketV3.sol/PendleMarketV3.json",
        Generation::V7 => "core/Market/PendleMarketV7.sol/PendleMarketV7.json",
    };
    let market = packages::linked(&generation.path(market), &[("OracleLib", oracle)]);
    let mut split = |creationCode: Bytes| {
        let call = deployCall { name: String::new(), creationCode };
        let deployReturn { _0, _1, _2, _3 } = lab.must(OWNER, splitter, &call);
        (_0, _1, _2, _3)
    };
    let (yt, market) = (split(yt), split(market));
    match generation {
        Generation::V3 => old_factories(lab, yt, market),
        Generation::V7 => upgradable_factories(lab, yt, market),
    }
}

type Code = (Address, U256, Address, U256);

fn old_factories(lab: &mut Lab, yt: Code, market: Code) -> (Address, Address) {
    let code = Generation::V3
        .code("core/YieldContracts/PendleYieldContractFactory.sol/PendleYieldContractFactory.json");
    let yields = lab.deploy(&code, &yt.abi_encode_params());
    let (interest, reward) = (PERCENT_3, PERCENT_3);
    let divisor = alloy_primitives::aliases::U96::ONE;
    let call = yields::initializeCall { divisor, interest, reward, treasury: TREASURY };
    lab.must(OWNER, yields, &call);
    let code =
        Generation::V3.code("core/Market/v3/PendleMarketFactoryV3.sol/PendleMarketFactoryV3.json");
    let (a, size_a, b, size_b) = market;
    let reserve = U256::from(80);
    let arguments = (yields, a, size_a, b, size_b, TREASURY, reserve, NOTHING, NOTHING);
    (yields, lab.deploy(&code, &arguments.abi_encode_params()))
}

/// Upgradable ones want a proxy in front: the smallest there is.
fn upgradable_factories(lab: &mut Lab, yt: Code, market: Code) -> (Address, Address) {
    let mut behind = |at: Address, code: &Bytes, arguments: &[u8]| {
        let logic = lab.deploy(code, arguments);
        let proxy = [
            &bytes!("363d3d373d3d3d363d73")[..],
            logic.as_slice(),
            &bytes!("5af43d82803e903d91602b57fd5bf3")[..],
        ]
        .concat();
        lab.place(at, proxy.into());
        at
    };
    let code = Generation::V7.code(
        "core/YieldContracts/PendleYieldContractFactoryUpg.sol/PendleYieldContractFactoryUpg.json",
    );
    let yields = behind(Address::repeat_byte(0xf1), &code, &yt.abi_encode_params());
    let code = Generation::V7
        .code("core/Market/PendleMarketFactoryV7Upg.sol/PendleMarketFactoryV7Upg.json");
    let (a, size_a, b, size_b) = market;
    let arguments = (yields, a, size_a, b, size_b, NOTHING).abi_encode_params();
    let markets = behind(Address::repeat_byte(0xf2), &code, &arguments);
    let (interest, reward) = (PERCENT_3, PERCENT_3);
    let divisor = alloy_primitives::aliases::U96::ONE;
    let (treasury, owner) = (TREASURY, OWNER);
    let call = upgradable_yields::initializeCall { divisor, interest, reward, treasury, owner };
    lab.must(OWNER, yields, &call);
    let call = upgradable::initializeCall { owner, treasury, reserveFeePercent: 80 };
    lab.must(OWNER, markets, &call);
    (yields, markets)
}

/// The router with those of its parts that are traded through.
fn router(lab: &mut Lab, generation: Generation) -> Address {
    let part = |lab: &mut Lab, name: &str| {
        lab.deploy(&generation.code(&format!("router/{name}.sol/{name}.json")), &[])
    };
    let storage = part(lab, "ActionStorageV4");
    let code = generation.code("router/PendleRouterV4.sol/PendleRouterV4.json");
    let router = lab.deploy(&code, &(OWNER, storage).abi_encode_params());
    let selectors = |name: &str| -> Vec<FixedBytes<4>> {
        let path = format!("router/{name}.sol/{name}.json");
        packages::selectors(&generation.path(&path)).into_iter().map(Into::into).collect()
    };
    let names = ["ActionSwapPTV3", "ActionSwapYTV3", "ActionMiscV3"];
    let mut arr: Vec<SelectorsToFacet> = names
        .into_iter()
        .map(|name| SelectorsToFacet { facet: part(lab, name), selectors: selectors(name) })
        .collect();
    let facet = part(lab, "ActionCallbackV3");
    arr.push(SelectorsToFacet { facet, selectors: vec![swapCallbackCall::SELECTOR.into()] });
    if generation == Generation::V7 {
        let (name, facet) = ("ActionSimple", part(lab, "ActionSimple"));
        arr.push(SelectorsToFacet { facet, selectors: selectors(name) });
    }
    lab.must(OWNER, router, &setSelectorToFacetsCall { arr });
    router
}

/// One market, with what it trades.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) pendle: Pendle,
    pub(super) pt: Address,
    pub(super) yt: Address,
    pub(super) market: Address,
    pub(super) expiry: u64,
}

impl Term {
    /// A market of any shape, with liquidity of any size; Alice and Bob have PT, YT and SY.
    pub(super) fn new(blank: &Pendle, rng: &mut Rng) -> Self {
        let mut pendle = blank.clone();
        // The vault has shares, at any rate.
        let first = rng.bits(20, 100);
        pendle.give_sy(BOB, first);
        if rng.chance(2) {
            let gift = rng.upto(first);
            pendle.lab.transfer(pendle.asset, BOB, pendle.vault, gift);
        }
        let days = rng.pick(&[1, 3, 30, 500]);
        let left = 60 + rng.below(days * 86_400);
        let expiry = pendle.lab.now() + left;
        let call = createYieldContractCall {
            sy: pendle.sy,
            expiry: u32::try_from(expiry).unwrap(),
            doCacheIndexSameBlock: rng.chance(2),
        };
        let createYieldContractReturn { pt, yt } = pendle.lab.must(OWNER, pendle.yields, &call);
        let market = new_market(&mut pendle, pt, rng, left);
        let mut term = Self { pendle, pt, yt, market, expiry };
        let size = rng.bits(30, 90);
        let (sy, pt) = (rng.near(size), rng.near(size));
        term.add(sy, pt);
        for account in [ALICE, BOB] {
            term.mint_py(account, size);
            term.pendle.give_sy(account, size);
            for token in [pendle_sy(&term), term.pt, term.yt] {
                term.pendle.lab.allow(token, account, term.pendle.router);
            }
        }
        term
    }

    pub(super) fn now(&self) -> u64 {
        self.pendle.lab.now()
    }

    /// Gives an account PT and YT, of so much of the asset.
    pub(super) fn mint_py(&mut self, account: Address, asset: U256) {
        let amount = self.pendle.give_sy(account, asset);
        self.pendle.lab.transfer(self.pendle.sy, account, self.yt, amount);
        let call = mintPYCall { receiverPT: account, receiverYT: account };
        self.pendle.lab.must(account, self.yt, &call);
    }

    /// Bob adds liquidity; the market takes what fits its proportion.
    pub(super) fn add(&mut self, sy: U256, pt: U256) {
        self.mint_py(BOB, pt);
        let pt = self.pendle.lab.balance(self.pt, BOB).min(pt);
        let sy = self.pendle.give_sy(BOB, sy);
        self.pendle.lab.transfer(self.pt, BOB, self.market, pt);
        self.pendle.lab.transfer(self.pendle.sy, BOB, self.market, sy);
        let call = mintCall { receiver: BOB, netSyDesired: sy, netPtDesired: pt };
        let _too_little = self.pendle.lab.send(BOB, self.market, &call);
    }

    /// Bob takes a part of his liquidity out.
    pub(super) fn remove(&mut self, rng: &mut Rng) {
        let held = self.pendle.lab.balance(self.market, BOB);
        let part = held / U256::from(2 + rng.below(20));
        self.pendle.lab.transfer(self.market, BOB, self.market, part);
        let call = burnCall { receiverSy: BOB, receiverPt: BOB, netLpToBurn: part };
        let _nothing = self.pendle.lab.send(BOB, self.market, &call);
    }

    /// Bob leaves SY and PT where nobody asked for them.
    pub(super) fn scatter(&mut self, rng: &mut Rng) {
        for (token, to) in
            [(self.pendle.sy, self.yt), (self.pendle.sy, self.market), (self.pt, self.market)]
        {
            let held = self.pendle.lab.balance(token, BOB);
            let amount = rng.upto(held / U256::from(1_000));
            self.pendle.lab.transfer(token, BOB, to, amount);
        }
    }

    /// The factory's owner changes the treasury's part, or the router's fee.
    pub(super) fn change_fees(&mut self, rng: &mut Rng) {
        let Pendle { lab, markets, router, .. } = &mut self.pendle;
        let percent = u8::try_from(rng.below(101)).unwrap();
        let call =
            setTreasuryAndFeeReserveCall { newTreasury: TREASURY, newReserveFeePercent: percent };
        lab.must(OWNER, *markets, &call);
        let newFee = U80::from(rng.below(10_000_000_000_000_000));
        let call = setOverriddenFeeCall { router: *router, market: self.market, newFee };
        let _not_below_the_markets = lab.send(OWNER, *markets, &call);
    }

    /// What the router would give Alice for SY by its own search, or why it would not.
    pub(super) fn search(&mut self, sy: U256, guess: Guess) -> Result<U256, Refusal> {
        let call = swapExactSyForPtCall {
            receiver: ALICE,
            market: self.market,
            exactSyIn: sy,
            minPtOut: U256::ZERO,
            guess,
            orders: Orders::default(),
        };
        let Pendle { lab, sy, router, .. } = &mut self.pendle;
        lab.allow(*sy, ALICE, *router);
        lab.ask(ALICE, *router, &call).map(|bought| bought.netPtOut)
    }

    fn place(&self, kind: &str, contracts: &[(&str, Address)]) -> Place {
        Place {
            id: VenueId::new(kind),
            kind: kind.to_owned(),
            contracts: contracts.iter().map(|(role, at)| ((*role).to_owned(), *at)).collect(),
            constants: BTreeMap::new(),
        }
    }

    pub(super) fn open(&mut self) -> Result<Opened, OpenError> {
        let contracts = [("market", self.market), ("router", self.pendle.router)];
        let place = self.place("pendle_market", &contracts);
        self.pendle.lab.open(&place)
    }

    pub(super) fn open_py(&mut self) -> Result<Opened, OpenError> {
        let contracts = [("yt", self.yt), ("router", self.pendle.router)];
        let place = self.place("pendle_py", &contracts);
        self.pendle.lab.open(&place)
    }

    pub(super) fn open_sy(&mut self) -> Result<Opened, OpenError> {
        let place = self.place("pendle_sy", &[("sy", self.pendle.sy)]);
        self.pendle.lab.open(&place)
    }
}

fn pendle_sy(term: &Term) -> Address {
    term.pendle.sy
}

/// Scalars, anchors and fees as markets have them, and beyond.
fn new_market(pendle: &mut Pendle, pt: Address, rng: &mut Rng, left: u64) -> Address {
    let scale = |permille: u64| WAD * U256::from(permille) / U256::from(1000);
    let most = rng.pick(&[5_000, 200_000, 200_000]);
    let scalar = scale(1000 + rng.below(most));
    let years =
        |rate: u64| scale(1000) * U256::from(rate * left) / U256::from(1000 * 31_536_000u64);
    let call = createNewMarketCall {
        pt,
        scalarRoot: I256::from_raw(scalar),
        // Up to 30 % a year.
        initialAnchor: I256::from_raw(WAD + years(20 + rng.below(280))),
        lnFeeRateRoot: U80::from(rng.below(20_000_000_000_000_000)),
    };
    pendle.lab.must(OWNER, pendle.markets, &call)
}
