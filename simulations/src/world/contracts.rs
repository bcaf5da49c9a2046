//! The reference contracts' runtime code, decoded and analysed once for the whole process.

use std::sync::OnceLock;

use alloy_primitives::{B256, hex};
use revm::bytecode::Bytecode;

/// Analysed code and its hash.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) hash: B256,
    pub(super) bytecode: Bytecode,
}

macro_rules! contracts {
    ($($variant:ident = $artifact:literal),+ $(,)?) => {
        /// A reference contract (`contracts/README.md` says what each stands for).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Contract {
            $($variant),+
        }

        impl Contract {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$variant),+];

            /// The contract's code. `None` when the artifact is not hexadecimal, which a test
            /// rules out.
            pub(super) fn code(self) -> Option<&'static Code> {
                match self {
                    $(Self::$variant => {
                        static CODE: OnceLock<Option<Code>> = OnceLock::new();
                        CODE.get_or_init(|| decode(include_str!(concat!(
                            "../../../contracts/artifacts/", $artifact, ".hex"
                        ))))
                        .as_ref()
                    })+
                }
            }
        }
    };
}

contracts! {
    AToken = "AToken",
    AaveDebt = "AaveDebt",
    AavePool = "AavePool",
    CurvePool2 = "CurvePool2",
    EEth = "EEth",
    EtherFiPool = "EtherFiPool",
    Lido = "Lido",
    MEth = "MEth",
    MantleStaking = "MantleStaking",
    Permit2 = "Permit2",
    PufferVault = "PufferVault",
    RateToken = "RateToken",
    RocketStorage = "RocketStorage",
    RewardVault4626 = "RewardVault4626",
    Settler = "Settler",
    SwapRouter02 = "SwapRouter02",
    TetherToken = "TetherToken",
    Token = "Token",
    UniswapV2Pair = "UniswapV2Pair",
    UniswapV2Router = "UniswapV2Router",
    UniswapV3Pool = "UniswapV3Pool",
    Vault4626 = "Vault4626",
    WeEth = "WeEth",
    Weth9 = "WETH9",
    WstEth = "WstETH",
}

fn decode(artifact: &str) -> Option<Code> {
    let bytes = hex::decode(artifact.trim_end()).ok()?;
    let bytecode = Bytecode::new_legacy(bytes.into());
    Some(Code { hash: bytecode.hash_slow(), bytecode })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_artifact_is_code() {
        for contract in Contract::ALL {
            let code = contract.code().unwrap_or_else(|| panic!("{contract:?}"));
            assert!(!code.bytecode.is_empty() && code.bytecode.len() <= 24_576, "{contract:?}");
        }
    }
}
