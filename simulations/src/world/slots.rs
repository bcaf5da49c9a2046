//! Where the reference contracts keep what they know: the slots of `artifacts/layout.json`.

use alloy_primitives::{Address, B256, I256, U256, keccak256};

macro_rules! slots {
    ($($module:ident of $contract:literal { $($name:ident = $label:literal $slot:literal),+ $(,)? })+) => {
        $(pub(super) mod $module {
            use alloy_primitives::U256;
            $(pub(in crate::world) const $name: U256 = U256::from_limbs([$slot, 0, 0, 0]);)+
        })+

        /// Every slot above: contract, label, number.
        #[cfg(test)]
        const TABLE: &[(&str, &str, u64)] = &[$($(($contract, $label, $slot)),+),+];
    };
}

slots! {
    // The same in every token but those that keep shares, which are all as Lido.
    erc20 of "Token" { SUPPLY = "supply" 0, DECIMALS = "decimals" 1, BALANCES = "balances" 2, ALLOWANCES = "allowances" 3 }
    lido of "Lido" {
        TOTAL_SHARES = "totalShares" 0,
        SHARES = "shares" 1,
        ALLOWANCES = "allowances" 2,
        TOTAL_POOLED_ETHER = "getTotalPooledEther" 3,
        MAX_STAKE_LIMIT = "maxStakeLimit" 4,
        STAKE_LIMIT_GROWTH_BLOCKS = "stakeLimitGrowthBlocks" 5,
        PREV_STAKE_LIMIT = "prevStakeLimit" 6,
        PREV_STAKE_LIMIT_BLOCK = "prevStakeLimitBlock" 7,
        STAKING_PAUSED = "stakingPaused" 8,
    }
    wsteth of "WstETH" { STETH = "stETH" 4 }
    ether_fi of "EtherFiPool" { EETH = "eETH" 0, TOTAL_VALUE_OUT_OF_LP = "totalValueOutOfLp" 1 }
    eeth of "EEth" { TOTAL_SHARES = "totalShares" 0, LIQUIDITY_POOL = "liquidityPool" 3 }
    weeth of "WeEth" { EETH = "eETH" 4, LIQUIDITY_POOL = "liquidityPool" 5 }
    rate_token of "RateToken" { RATE = "rate" 4 }
    meth of "MEth" { STAKING_CONTRACT = "stakingContract" 4 }
    mantle of "MantleStaking" {
        METH = "mETH" 0,
        TOTAL_CONTROLLED = "totalControlled" 1,
        EXCHANGE_ADJUSTMENT_RATE = "exchangeAdjustmentRate" 2,
        MINIMUM_STAKE_BOUND = "minimumStakeBound" 3,
        MAXIMUM_METH_SUPPLY = "maximumMETHSupply" 4,
    }
    vault of "Vault4626" {
        ASSET = "asset" 4,
        STORED_TOTAL_ASSETS = "storedTotalAssets" 5,
        MAX_TOTAL_ASSETS = "maxTotalAssets" 6,
        VIRTUAL_UNIT = "virtualUnit" 7,
    }
    reward_vault of "RewardVault4626" {
        LAST_SYNC = "lastSync" 8,
        REWARDS_CYCLE_END = "rewardsCycleEnd" 9,
        LAST_REWARD_AMOUNT = "lastRewardAmount" 10,
    }
    v2_pair of "UniswapV2Pair" {
        TOKEN0 = "token0" 0,
        TOKEN1 = "token1" 1,
        RESERVE0 = "reserve0" 2,
        RESERVE1 = "reserve1" 3,
        FEE_NUMERATOR = "feeNumerator" 5,
    }
    v2_router of "UniswapV2Router" { PAIRS = "pairs" 0 }
    v3_pool of "UniswapV3Pool" {
        TOKEN0 = "token0" 0,
        TOKEN1 = "token1" 1,
        FEE = "fee" 2,
        TICK_SPACING = "tickSpacing" 3,
        SQRT_PRICE_X96 = "sqrtPriceX96" 4,
        CURRENT_TICK = "currentTick" 5,
        LIQUIDITY = "liquidity" 6,
        KNOWN_LOWER_TICK = "knownLowerTick" 7,
        KNOWN_UPPER_TICK = "knownUpperTick" 8,
        TICK_INFO = "tickInfo" 9,
        TICK_BITMAP = "tickBitmap" 10,
    }
    v3_router of "SwapRouter02" { WETH9 = "WETH9" 0, POOLS = "pools" 1 }
    curve of "CurvePool2" {
        COINS = "coins" 0,
        ADMIN_BALANCES = "admin_balances" 2,
        A_PRECISE = "A_precise" 4,
        FEE = "fee" 5,
        ADMIN_FEE = "admin_fee" 6,
        FORM = "form" 7,
    }
    aave of "AavePool" { RESERVES = "reserves" 0, LISTED = "listed" 1, LIST = "list" 2, CATEGORIES = "categories" 3 }
    aave_debt of "AaveDebt" {
        POOL = "POOL" 4,
        UNDERLYING = "UNDERLYING_ASSET_ADDRESS" 5,
        OPTIMAL = "optimalUsageRatio" 6,
        BASE = "baseVariableBorrowRate" 7,
        SLOPE1 = "variableRateSlope1" 8,
        SLOPE2 = "variableRateSlope2" 9,
    }
    rocket_storage of "RocketStorage" { TOTAL_ETH = "getTotalETHBalance" 0, SUPPLY = "getTotalRETHSupply" 1 }
    a_token of "AToken" { POOL = "POOL" 4, UNDERLYING = "UNDERLYING_ASSET_ADDRESS" 5 }
}

/// The slot of a mapping's entry.
pub(super) fn entry(mapping: U256, key: impl Key) -> U256 {
    let mut words = [0; 64];
    words[..32].copy_from_slice(key.word().as_slice());
    words[32..].copy_from_slice(&mapping.to_be_bytes::<32>());
    keccak256(words).into()
}

/// What a mapping can be keyed by: one 32-byte word, as `abi.encode` writes it.
pub(super) trait Key {
    fn word(self) -> B256;
}

impl Key for Address {
    fn word(self) -> B256 {
        self.into_word()
    }
}

impl Key for U256 {
    fn word(self) -> B256 {
        self.into()
    }
}

/// Signed keys are extended by their sign.
impl Key for i32 {
    fn word(self) -> B256 {
        signed(i128::from(self)).into()
    }
}

/// A signed value in two's complement.
pub(super) fn signed(value: i128) -> U256 {
    I256::unchecked_from(value).into_raw()
}

/// An address as a stored value.
pub(super) fn word(address: Address) -> U256 {
    address.into_word().into()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use alloy_primitives::{b256, uint};
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Variable {
        slot: String,
    }

    type Layout = HashMap<String, HashMap<String, Variable>>;

    fn layout() -> Layout {
        serde_json::from_str(include_str!("../../../contracts/artifacts/layout.json")).unwrap()
    }

    #[test]
    fn slots_are_those_the_compiler_chose() {
        let layout = layout();
        for (contract, label, slot) in TABLE {
            assert_eq!(layout[*contract][*label].slot, slot.to_string(), "{contract}.{label}");
        }
    }

    /// One set of slots writes the books of all tokens, one those of all tokens with shares.
    #[test]
    fn all_tokens_keep_their_books_in_the_same_slots() {
        for (contract, variables) in layout() {
            let books = if variables.contains_key("shares") { "Lido" } else { "Token" };
            for (_, label, slot) in TABLE.iter().filter(|(of, ..)| *of == books) {
                if let Some(variable) = variables.get(*label) {
                    assert_eq!(variable.slot, slot.to_string(), "{contract}.{label}");
                }
            }
        }
    }

    #[test]
    fn vaults_share_the_slots_of_their_parent() {
        let layout = layout();
        for (_, label, slot) in TABLE.iter().filter(|(contract, ..)| *contract == "Vault4626") {
            for vault in ["RewardVault4626", "PufferVault"] {
                assert_eq!(layout[vault][*label].slot, slot.to_string(), "{vault}.{label}");
            }
        }
    }

    /// `keccak256(abi.encode(int256(-1), uint256(9)))`, as any keccak tool computes it.
    #[test]
    fn mapping_entries_are_hashed_with_their_key_first() {
        let mut words = [0xff; 64];
        words[32..].copy_from_slice(&U256::from(9).to_be_bytes::<32>());
        assert_eq!(entry(U256::from(9), -1), U256::from_be_bytes(keccak256(words).0));
        // The balance of the zero address in a mapping at slot 0: a well-known value.
        let known = b256!("ad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5");
        assert_eq!(entry(U256::ZERO, Address::ZERO), U256::from_be_bytes(known.0));
        assert_eq!(signed(-2), U256::MAX - uint!(1_U256));
    }
}
