//! From one row's figures to the seed of a venue: what both the venue that trades by them and the
//! contract that it is compared with are made of.

use std::{fmt::Display, sync::Arc};

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::WAD,
    market::Assumption,
    venues::{
        AaveFigures, AaveV3, Capacity, CurveFigures, CurveStableSwap, DenominatorForm, Deposit,
        DepositCall, Erc4626, Erc4626Figures, EtherFi, EtherFiFigures, Exit, KnownRange, Lido,
        LidoFigures, RateForm, Rounding, ShareRate, ShareRateFigures, Tick, UniswapV2, UniswapV3,
        UniswapV3Figures, Venue, VenueId, inferred_debt, mantle_exit, swell_exit,
    },
};

use super::{
    Figures, VenueFigures, VenueKind,
    deployed::{SUSHISWAP_ROUTER, SWAP_ROUTER_02, UNISWAP_V2_ROUTER, a_token},
    error::{Refusal, quoted},
};
use crate::world::PairSeed;

pub(super) const NO_DEPOSIT_LIMIT: &str = "deposit limit is not in this market";
pub(super) const NO_SUPPLY_CAP: &str = "supply cap is not in this market";

pub(super) const NO_ROOM: &str = "deposit fee and room in the deposit pool are not in this market";
pub(super) const NO_COLLATERAL: &str = "burn collateral is not in this market";

type Seeded = Result<Option<Seed>, Refusal>;

/// Checked figures in the venue's own terms.
#[derive(Debug)]
pub(crate) enum Seed {
    UniswapV2(PairSeed),
    UniswapV3(UniswapV3Figures),
    Curve(CurveFigures),
    Lido(LidoFigures),
    EtherFi(EtherFiFigures),
    ShareRate(ShareRateFigures),
    Vault(Erc4626Figures),
    Reserve(AaveFigures),
}

impl Seed {
    /// The venue that trades by these figures.
    pub(super) fn venue(self, id: VenueId) -> Result<Arc<dyn Venue>, Refusal> {
        Ok(match self {
            Self::UniswapV2(PairSeed { pair, router, tokens, reserves, fee_ppm }) => {
                built(UniswapV2::new(id, pair, router, tokens, reserves, fee_ppm))?
            }
            Self::UniswapV3(figures) => built(UniswapV3::new(figures))?,
            Self::Curve(figures) => built(CurveStableSwap::new(figures))?,
            Self::Lido(figures) => Arc::new(Lido::new(id, figures)),
            Self::EtherFi(figures) => Arc::new(EtherFi::new(id, figures)),
            Self::ShareRate(figures) => {
                let exits = exits(&figures);
                Arc::new(ShareRate::new(id, figures).leaving(exits))
            }
            Self::Vault(figures) => Arc::new(Erc4626::new(id, figures)),
            Self::Reserve(figures) => Arc::new(AaveV3::new(figures)),
        })
    }
}

/// Reads one row.
pub(super) struct Builder<'a> {
    pub(super) figures: &'a VenueFigures,
    pub(super) all: &'a Figures,
    pub(super) assumptions: &'a [Assumption],
}

impl Builder<'_> {
    /// The row's venue; `None` where it is a part of another row's, or of no kind that is built.
    pub(super) fn venue(&self) -> Result<Option<Arc<dyn Venue>>, Refusal> {
        if let VenueKind::MadeUp(figures) = &self.figures.kind {
            return figures.venue(self.id(), self.all.timestamp).map(Some);
        }
        self.seed()?.map(|seed| seed.venue(self.id())).transpose()
    }

    /// What the row's venue is made of; `None` as for [`Builder::venue`].
    pub(super) fn seed(&self) -> Seeded {
        match &self.figures.kind {
            VenueKind::UniswapV2 { .. }
            | VenueKind::UniswapV3 { .. }
            | VenueKind::CurveStableSwap { .. } => self.exchange(),
            VenueKind::LidoStake { .. }
            | VenueKind::LidoWrap { .. }
            | VenueKind::EtherFi { .. } => self.rebasing(),
            VenueKind::RateDeposit { .. }
            | VenueKind::Mantle { .. }
            | VenueKind::RocketPool { .. }
            | VenueKind::ReferenceRate { .. } => Ok(self.share_rate()),
            VenueKind::Vault { .. } => Ok(self.vault()),
            VenueKind::Lending { .. } => Ok(self.lending()),
            // No contract of ours executes what is made up.
            VenueKind::MadeUp(_) | VenueKind::NotBuilt { .. } => Ok(None),
        }
    }

    fn id(&self) -> VenueId {
        self.figures.id.clone()
    }

    /// A limit that the file does not hold: unknown, unless somebody assumed one.
    fn limit(&self, what: &'static str, unknown: &str) -> Capacity {
        let assumed = self.assumptions.iter().find_map(|a| match a {
            Assumption::DepositLimit { venue, amount, .. } if *venue == self.figures.id => {
                Some(*amount)
            }
            Assumption::DepositLimit { .. } | Assumption::QueueWait { .. } => None,
        });
        match assumed {
            Some(amount) => Capacity::Limited { amount, what, refill_per_block: None },
            None => Capacity::Unknown(unknown.into()),
        }
    }

    fn deposit_limit(&self) -> Capacity {
        self.limit("assumed deposit limit", NO_DEPOSIT_LIMIT)
    }

    fn exchange(&self) -> Seeded {
        match &self.figures.kind {
            &VenueKind::UniswapV2 { pool, tokens, reserves, fee_ppm } => {
                let router = self.router()?;
                let pair = PairSeed { pair: pool, router, tokens, reserves, fee_ppm };
                Ok(Some(Seed::UniswapV2(pair)))
            }
            VenueKind::UniswapV3 {
                pool,
                tokens,
                fee_ppm,
                tick_spacing,
                sqrt_price_x96,
                tick,
                liquidity,
                ticks,
                known_range: [lower_tick, upper_tick],
            } => Ok(Some(Seed::UniswapV3(UniswapV3Figures {
                id: self.id(),
                pool: *pool,
                router: self.router()?,
                tokens: *tokens,
                fee_ppm: *fee_ppm,
                tick_spacing: *tick_spacing,
                sqrt_price_x96: *sqrt_price_x96,
                tick: *tick,
                liquidity: *liquidity,
                ticks: ticks
                    .iter()
                    .map(|t| Tick { tick: t.tick, liquidity_net: t.liquidity_net })
                    .collect(),
                known: Some(KnownRange { lower_tick: *lower_tick, upper_tick: *upper_tick }),
            }))),
            &VenueKind::CurveStableSwap {
                pool,
                coins,
                balances,
                amp_scaled,
                fee_1e10,
                admin_fee_1e10,
                ..
            } => Ok(Some(Seed::Curve(CurveFigures {
                id: self.id(),
                pool,
                coins: coins.to_vec(),
                balances: balances.to_vec(),
                amp_scaled,
                rates: vec![WAD; 2],
                fee_1e10,
                admin_fee_1e10,
                form: DenominatorForm::PlusOne,
            }))),
            _ => Ok(None),
        }
    }

    /// The router that trades with a protocol's pools.
    fn router(&self) -> Result<Address, Refusal> {
        let known: &[(&str, Address)] = match self.figures.kind {
            VenueKind::UniswapV2 { .. } => {
                &[("uniswap_v2", UNISWAP_V2_ROUTER), ("sushiswap_v2", SUSHISWAP_ROUTER)]
            }
            _ => &[("uniswap_v3", SWAP_ROUTER_02)],
        };
        let protocol = self.figures.protocol.as_str();
        known.iter().find(|(name, _)| *name == protocol).map(|(_, router)| *router).ok_or_else(
            || {
                let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
                let expected = format!("{}, whose router is known", names.join(" or "));
                Refusal::range("protocol", quoted(protocol), expected)
            },
        )
    }

    fn rebasing(&self) -> Seeded {
        let seed = match &self.figures.kind {
            // Lido's two rows are one venue: wstETH is stETH by its shares.
            VenueKind::LidoStake {
                steth, total_pooled_ether, total_shares, stake_limit, ..
            } => {
                let Some(wsteth) = self.all.wrapper_of(*steth) else {
                    let what = "no row wraps this token: list stETH and wstETH together";
                    return Err(Refusal::inconsistent("share_token", what));
                };
                let figures = LidoFigures {
                    steth: *steth,
                    wsteth,
                    total_pooled_ether: *total_pooled_ether,
                    total_shares: *total_shares,
                    stake_limit: stake_limit.clone(),
                };
                Seed::Lido(figures)
            }
            VenueKind::LidoWrap { steth, .. } if self.all.staker_of(*steth).is_none() => {
                let what = "no row stakes for this token: list stETH and wstETH together";
                return Err(Refusal::inconsistent("asset_in", what));
            }
            &VenueKind::EtherFi { pool, eeth, weeth, total_pooled_ether, total_shares } => {
                let figures = EtherFiFigures {
                    liquidity_pool: pool,
                    eeth,
                    weeth,
                    total_pooled_ether,
                    total_shares,
                    deposit_capacity: self.deposit_limit(),
                };
                Seed::EtherFi(figures)
            }
            _ => return Ok(None),
        };
        Ok(Some(seed))
    }

    fn share_rate(&self) -> Option<Seed> {
        let figures = |share, form, deposit| ShareRateFigures {
            share,
            form,
            deposit,
            burn_unknown: None,
            least_deposit: U256::ZERO,
            capacity: self.deposit_limit(),
        };
        let figures = match self.figures.kind {
            VenueKind::RateDeposit { token, contract, rate } => figures(
                token,
                RateForm::Rate { eth_per_share_wad: rate },
                Deposit::Open(DepositCall::Deposit(contract)),
            ),
            VenueKind::Mantle {
                meth,
                staking,
                total_controlled,
                total_supply,
                adjustment_bps,
                minimum_stake,
                maximum_supply,
            } => {
                let form = RateForm::Totals {
                    assets: total_controlled,
                    shares: total_supply,
                    haircut_bps: adjustment_bps,
                    supply_cap: Some(maximum_supply),
                };
                let open = Deposit::Open(DepositCall::Stake(staking));
                ShareRateFigures { least_deposit: minimum_stake, ..figures(meth, form, open) }
            }
            VenueKind::RocketPool { reth, total_eth, supply, .. } => {
                let form = RateForm::Totals {
                    assets: total_eth,
                    shares: supply,
                    haircut_bps: 0,
                    supply_cap: None,
                };
                let unknown = Deposit::Unknown(NO_ROOM.into());
                ShareRateFigures {
                    burn_unknown: Some(NO_COLLATERAL.into()),
                    ..figures(reth, form, unknown)
                }
            }
            VenueKind::ReferenceRate { token, rate, .. } => {
                figures(token, RateForm::Reference { eth_per_share_wad: rate }, Deposit::Closed)
            }
            _ => return None,
        };
        Some(Seed::ShareRate(figures))
    }

    fn vault(&self) -> Option<Seed> {
        let VenueKind::Vault {
            share,
            asset,
            takes_eth,
            stored_assets,
            total_supply,
            virtual_shares,
            cycle,
        } = self.figures.kind
        else {
            return None;
        };
        let figures = Erc4626Figures {
            asset,
            vault: share,
            takes_eth,
            stored_assets,
            total_supply,
            virtual_shares,
            cycle,
            timestamp: self.all.timestamp,
            deposit_limit: self.deposit_limit(),
            // The files list deposits alone.
            redeem_limit: None,
        };
        Some(Seed::Vault(figures))
    }

    /// A reserve whose aToken is known. What is lent out follows from the curve and the reported
    /// borrow rate, which has more digits than the reported utilisation.
    fn lending(&self) -> Option<Seed> {
        let VenueKind::Lending {
            pool,
            asset,
            liquidity_index,
            borrow_rate,
            curve,
            available_liquidity: available,
            ..
        } = self.figures.kind
        else {
            return None;
        };
        let (a_token, _) = a_token(pool, asset)?;
        let used = curve.and_then(|c| c.utilisation_at(borrow_rate));
        let figures = AaveFigures {
            id: self.id(),
            pool,
            underlying: asset,
            a_token,
            liquidity_index,
            rounding: Rounding::HalfUp,
            unbacked: U256::ZERO,
            curve,
            total_debt: used.and_then(|used| inferred_debt(used, available)),
            available,
            supply_cap: self.limit("assumed supply cap", NO_SUPPLY_CAP),
        };
        Some(Seed::Reserve(figures))
    }
}

/// The queues out of a share, of which no file holds more than the rate.
fn exits(figures: &ShareRateFigures) -> Vec<Exit> {
    match (&figures.form, &figures.deposit) {
        (RateForm::Rate { eth_per_share_wad }, Deposit::Open(_)) => {
            vec![swell_exit(*eth_per_share_wad, [None; 2], None)]
        }
        (RateForm::Totals { .. }, Deposit::Open(_)) => {
            vec![mantle_exit(&figures.form, None, None, None)]
        }
        _ => Vec::new(),
    }
}

/// A venue, or what its own checks say of the figures.
fn built<V: Venue + 'static, E: Display>(venue: Result<V, E>) -> Result<Arc<dyn Venue>, Refusal> {
    match venue {
        Ok(venue) => Ok(Arc::new(venue)),
        Err(error) => Err(Refusal::inconsistent("", error.to_string())),
    }
}
