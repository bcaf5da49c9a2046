//! Contracts that market files do not name, or not as what they are: routers, aTokens, Permit2 and
//! Tether on mainnet.

use alloy_primitives::{Address, address};

/// The chain that the addresses below are of.
pub(super) const MAINNET: u64 = 1;

/// Uniswap's `UniswapV2Router02` (docs.uniswap.org).
pub(super) const UNISWAP_V2_ROUTER: Address = address!("7a250d5630B4cF539739dF2C5dAcb4c659F2488D");
/// SushiSwap's `UniswapV2Router02`.
pub(super) const SUSHISWAP_ROUTER: Address = address!("d9e1cE17f2641f24aE83637ab66a2cca9C378B9F");
/// Uniswap's `SwapRouter02`, for its V3 pools (docs.uniswap.org).
pub(super) const SWAP_ROUTER_02: Address = address!("68b3465833fb72A70ecDF485E0e4C7bD8665Fc45");

/// Permit2, at the same address on every chain (docs.uniswap.org).
pub(crate) const PERMIT2: Address = address!("000000000022D473030F116dDEE9F6B43aC78BA3");
/// Wrapped ether, which the Settler was made with.
pub(crate) const WETH: Address = address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
/// The Settler, where its own code puts it (`contracts/artifacts/deployed.json`).
pub(crate) const SETTLER: Address = address!("039bc95b5b8cc7bfc261c99fe968e0a7bd98c555");
/// Tether USD, which is no plain ERC-20.
pub(crate) const TETHER: Address = address!("dAC17F958D2ee523a2206206994597C13D831ec7");

/// Rocket Pool's RocketStorage, which knows its other contracts (DefiLlama-Adapters).
pub(crate) const ROCKET_STORAGE: Address = address!("1d8f8f00cfa6758d7bE78336684788Fb0ee0Fa46");

/// Aave's Core pool, whose aTokens follow.
const AAVE_CORE: Address = address!("87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2");
/// Underlying, aToken and its symbol (bgd-labs/aave-address-book f61c976, `AaveV3Ethereum.sol`).
const A_TOKENS: [(Address, Address, &str); 11] = [
    (
        address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"),
        address!("4d5F47FA6A74757f35C14fD3a6Ef8E3C9BC514E8"),
        "aEthWETH",
    ),
    (
        address!("7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0"),
        address!("0B925eD163218f6662a35e0f0371Ac234f9E9371"),
        "aEthwstETH",
    ),
    (
        address!("Cd5fE23C85820F7B72D0926FC9b05b43E359b7ee"),
        address!("Bdfa7b7893081B35Fb54027489e2Bc7A38275129"),
        "aEthweETH",
    ),
    (
        address!("Be9895146f7AF43049ca1c1AE358B0541Ea49704"),
        address!("977b6fc5dE62598B08C85AC8Cf2b745874E8b78c"),
        "aEthcbETH",
    ),
    (
        address!("ae78736Cd615f374D3085123A210448E74Fc6393"),
        address!("Cc9EE9483f662091a1de4795249E24aC0aC2630f"),
        "aEthrETH",
    ),
    (
        address!("f1C9acDc66974dFB6dEcB12aA385b9cD01190E38"),
        address!("927709711794F3De5DdBF1D176bEE2D55Ba13c21"),
        "aEthosETH",
    ),
    (
        address!("A35b1B31Ce002FBF2058D22F30f95D405200A15b"),
        address!("1c0E06a0b1A4c160c17545FF2A951bfcA57C0002"),
        "aEthETHx",
    ),
    (
        address!("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"),
        address!("98C23E9d8f34FEFb1B7BD6a91B7FF122F4e16F5c"),
        "aEthUSDC",
    ),
    (
        address!("dAC17F958D2ee523a2206206994597C13D831ec7"),
        address!("23878914EFE38d27C4D67Ab83ed1b93A74D4086a"),
        "aEthUSDT",
    ),
    (
        address!("6B175474E89094C44Da98b954EedeAC495271d0F"),
        address!("018008bfb33d285247A21d44E50697654f754e63"),
        "aEthDAI",
    ),
    (
        address!("2260FAC5E5542a773Aa44fBCfeDf7C193bc2C599"),
        address!("5Ee5bf7ae06D1Be5997A1A72006FE6C607eC6DE8"),
        "aEthWBTC",
    ),
];

/// The aToken of an asset in a pool, with its symbol; `None` where it is not known here.
pub(super) fn a_token(pool: Address, asset: Address) -> Option<(Address, &'static str)> {
    let row = A_TOKENS.iter().find(|(underlying, ..)| *underlying == asset && pool == AAVE_CORE);
    row.map(|&(_, token, symbol)| (token, symbol))
}

/// Underlying and variable debt token (bgd-labs/aave-address-book, `AaveV3Ethereum.sol`; the same in
/// other public repositories).
const DEBT_TOKENS: [(Address, Address); 1] = [(
    address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"),
    address!("eA51d7853EEFb32b6ee06b1C12E6dcCA88Be0fFE"),
)];

/// The variable debt token of an asset in a pool; `None` where it is not known here.
pub(crate) fn debt_token(pool: Address, asset: Address) -> Option<Address> {
    let row = DEBT_TOKENS.iter().find(|(underlying, _)| *underlying == asset && pool == AAVE_CORE);
    row.map(|(_, token)| *token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_a_token_is_that_of_the_core_pool() {
        let weth = address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
        assert_eq!(a_token(AAVE_CORE, weth).unwrap().1, "aEthWETH");
        assert_eq!(a_token(Address::ZERO, weth), None);
        assert!(debt_token(AAVE_CORE, weth).is_some());
        assert_eq!(debt_token(Address::ZERO, weth), None);
        assert_eq!(a_token(AAVE_CORE, Address::ZERO), None);
    }
}
