//! Pendle as it is deployed: factories, router, and an SY over a vault.

#![expect(non_snake_case, reason = "fields are named as the contracts name them")]

use alloy_primitives::{Address, Bytes, FixedBytes, U256, address, bytes, uint};
use alloy_sol_types::{SolCall, SolValue, sol};

use super::super::{ALICE, BOB, OWNER, lab::Lab, packages};
use crate::world::rng::Rng;

sol! {
    struct SelectorsToFacet {
        address facet;
        bytes4[] selectors;
    }

    function deploy(string name, bytes creationCode) external returns (address, uint256, address, uint256);
    function setSelectorToFacets(SelectorsToFacet[] arr) external;
    function swapCallback(int256 ptToAccount, int256 syToAccount, bytes data) external;
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
pub(super) const TREASURY: Address = address!("7ea5000000000000000000000000000000000001");
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
    pub(super) yields: Address,
    pub(super) markets: Address,
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
    let names = ["ActionSwapPTV3", "ActionSwapYTV3", "ActionAddRemoveLiqV3", "ActionMiscV3"];
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
