//! Checked figures of a venue, by kind.

use alloy_primitives::{Address, U256};
use tenor_solver::{
    market::AsOf,
    venues::{NATIVE, RateCurve, RewardCycle, StakeLimit, VenueId},
};

use super::made_up::MadeUp;

/// One venue's figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueFigures {
    /// Its name, unique in the file.
    pub id: VenueId,
    /// Who runs it.
    pub protocol: String,
    /// When the figures were read.
    pub as_of: AsOf,
    /// Where from and how, in words.
    pub source: String,
    /// Why it must not be used, when it must not.
    pub disabled: Option<String>,
    /// The figures.
    pub kind: VenueKind,
}

/// What a venue is, with its figures. Amounts are in smallest units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VenueKind {
    /// A constant-product pair.
    UniswapV2 {
        /// The pair.
        pool: Address,
        /// Its tokens, lower address first.
        tokens: [Address; 2],
        /// What it holds of each.
        reserves: [U256; 2],
        /// The fee on what goes in, in millionths.
        fee_ppm: u32,
    },
    /// A pool of concentrated liquidity, known within a range of ticks.
    UniswapV3 {
        /// The pool.
        pool: Address,
        /// Its tokens, lower address first.
        tokens: [Address; 2],
        /// The fee on what goes in, in millionths.
        fee_ppm: u32,
        /// Ticks are multiples of this.
        tick_spacing: i32,
        /// Square root of the price of token 0 in token 1, in units of 2^-96.
        sqrt_price_x96: U256,
        /// The current tick.
        tick: i32,
        /// Liquidity in range.
        liquidity: u128,
        /// Ticks with liquidity, ascending, all inside the known range.
        ticks: Vec<TickFigures>,
        /// The lowest and the highest tick that the price may reach.
        known_range: [i32; 2],
    },
    /// A Curve pool of two plain coins.
    CurveStableSwap {
        /// The pool.
        pool: Address,
        /// Its coins.
        coins: [Address; 2],
        /// What it holds of each for traders.
        balances: [U256; 2],
        /// The amplification, times 100.
        amp_scaled: U256,
        /// The fee on what comes out, in units of 1e-10.
        fee_1e10: U256,
        /// The admin's share of the fee, in units of 1e-10.
        admin_fee_1e10: U256,
        /// What the pool holds for its admin, beside `balances`.
        admin_balances: [U256; 2],
    },
    /// Lido's stETH: staking and the totals behind the shares.
    LidoStake {
        /// stETH, which is also the staking contract.
        steth: Address,
        /// ETH behind all shares.
        total_pooled_ether: U256,
        /// All shares.
        total_shares: U256,
        /// ETH waiting to be staked.
        buffered_ether: U256,
        /// The limit on staking, for the market's block.
        stake_limit: StakeLimit,
    },
    /// Lido's wstETH: stETH by its shares.
    LidoWrap {
        /// stETH.
        steth: Address,
        /// wstETH, which is also the wrapping contract.
        wsteth: Address,
    },
    /// ether.fi: staking, and weETH as eETH by its shares.
    EtherFi {
        /// The staking contract.
        pool: Address,
        /// eETH.
        eeth: Address,
        /// weETH, which is also the wrapping contract.
        weeth: Address,
        /// ETH behind all shares.
        total_pooled_ether: U256,
        /// All shares.
        total_shares: U256,
    },
    /// A deposit of ETH at a stored rate.
    RateDeposit {
        /// The token minted.
        token: Address,
        /// The contract that mints it.
        contract: Address,
        /// ETH for a token, with 18 decimals.
        rate: U256,
    },
    /// Mantle's mETH.
    Mantle {
        /// mETH.
        meth: Address,
        /// The staking contract.
        staking: Address,
        /// ETH behind the supply.
        total_controlled: U256,
        /// mETH in existence.
        total_supply: U256,
        /// The haircut on entry, in basis points.
        adjustment_bps: u16,
        /// Least stake.
        minimum_stake: U256,
        /// Most mETH that may exist.
        maximum_supply: U256,
    },
    /// Rocket Pool's rETH by the reported balances. Fee, room and collateral are not in the file.
    RocketPool {
        /// rETH.
        reth: Address,
        /// The deposit pool, where it is known.
        deposit: Option<Address>,
        /// ETH behind the supply.
        total_eth: U256,
        /// rETH in existence.
        supply: U256,
    },
    /// A vault that mints shares of its assets.
    Vault {
        /// The vault, which is also the share token.
        share: Address,
        /// The token that it holds.
        asset: Address,
        /// Whether it takes native ETH too.
        takes_eth: bool,
        /// Assets behind the supply, apart from the rewards of a running cycle.
        stored_assets: U256,
        /// Shares in existence.
        total_supply: U256,
        /// Shares that its maths adds to the supply.
        virtual_shares: U256,
        /// Rewards that are still coming in.
        cycle: Option<RewardCycle>,
    },
    /// A rate to value a token by; it cannot be traded here.
    ReferenceRate {
        /// The token.
        token: Address,
        /// The token that the rate counts.
        asset: Address,
        /// Units of `asset` for a token, with 18 decimals.
        rate: U256,
    },
    /// A lending reserve.
    Lending {
        /// The lending pool.
        pool: Address,
        /// The token lent.
        asset: Address,
        /// Annual rate for lenders, in RAY.
        supply_rate: U256,
        /// Annual rate for borrowers, in RAY.
        borrow_rate: U256,
        /// Units of the asset for a scaled unit, in RAY.
        liquidity_index: U256,
        /// The same for debt.
        borrow_index: U256,
        /// What can be withdrawn, in units of the asset.
        available_liquidity: U256,
        /// The rate curve, where the file infers one.
        curve: Option<RateCurve>,
    },
    /// A venue of a made-up market.
    MadeUp(MadeUp),
    /// A kind that nothing here trades through.
    NotBuilt {
        /// The kind, in the file's word.
        kind: String,
        /// The tokens that it names.
        tokens: Vec<Address>,
    },
}

/// A tick with liquidity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TickFigures {
    /// The tick.
    pub tick: i32,
    /// What is added to the liquidity when the price crosses it upwards.
    pub liquidity_net: i128,
    /// All liquidity that begins or ends here.
    pub liquidity_gross: u128,
}

impl VenueKind {
    /// The tokens it names.
    pub fn tokens(&self) -> Vec<Address> {
        match self {
            Self::UniswapV2 { tokens, .. } | Self::UniswapV3 { tokens, .. } => tokens.to_vec(),
            Self::CurveStableSwap { coins, .. } => coins.to_vec(),
            Self::LidoStake { steth, .. } => vec![NATIVE, *steth],
            Self::LidoWrap { steth, wsteth } => vec![*steth, *wsteth],
            Self::EtherFi { eeth, weeth, .. } => vec![NATIVE, *eeth, *weeth],
            Self::RateDeposit { token, .. }
            | Self::Mantle { meth: token, .. }
            | Self::RocketPool { reth: token, .. } => vec![NATIVE, *token],
            Self::Vault { share, asset, takes_eth, .. } => {
                let eth = takes_eth.then_some(NATIVE);
                [*asset, *share].into_iter().chain(eth).collect()
            }
            Self::ReferenceRate { token, asset, .. } => vec![*asset, *token],
            Self::Lending { asset, .. } => vec![*asset],
            Self::MadeUp(venue) => venue.tokens(),
            Self::NotBuilt { tokens, .. } => tokens.clone(),
        }
    }

    /// Of [`VenueKind::tokens`], those that a deposit may be made in.
    pub(super) fn taken(&self) -> Vec<Address> {
        match self {
            Self::Vault { share, .. } => {
                self.tokens().into_iter().filter(|token| token != share).collect()
            }
            Self::EtherFi { .. } | Self::RateDeposit { .. } | Self::Mantle { .. } => vec![NATIVE],
            _ => self.tokens(),
        }
    }

    /// What may exist only once: two venues with the same key are one venue given twice.
    pub(super) fn key(&self) -> Option<(&'static str, Vec<Address>)> {
        Some(match self {
            Self::UniswapV2 { pool, .. } => ("uniswap_v2", vec![*pool]),
            Self::UniswapV3 { pool, .. } => ("uniswap_v3", vec![*pool]),
            Self::CurveStableSwap { pool, .. } => ("curve_stableswap", vec![*pool]),
            Self::LidoStake { steth: share, .. }
            | Self::LidoWrap { wsteth: share, .. }
            | Self::EtherFi { weeth: share, .. }
            | Self::RateDeposit { token: share, .. }
            | Self::Mantle { meth: share, .. }
            | Self::RocketPool { reth: share, .. }
            | Self::Vault { share, .. }
            | Self::ReferenceRate { token: share, .. } => ("lst_rate", vec![*share]),
            Self::Lending { pool, asset, .. } => ("lending", vec![*pool, *asset]),
            Self::MadeUp(_) | Self::NotBuilt { .. } => return None,
        })
    }

    /// The field that [`VenueKind::key`] is read from.
    pub(super) fn key_field(&self) -> &'static str {
        match self {
            Self::Lending { .. } => "asset_address",
            Self::UniswapV2 { .. } | Self::UniswapV3 { .. } | Self::CurveStableSwap { .. } => {
                "address"
            }
            _ => "share_token",
        }
    }
}
