//! Kinds of venues that only made-up markets hold: no contract of ours executes them.

use alloy_primitives::{Address, U256};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::sync::Arc;
use tenor_solver::{
    amount::WAD,
    venues::{
        Capacity, Erc4626, Erc4626Figures, PendleFigures, PendleMarket, PendlePrincipal,
        PendlePrincipalFigures, PendleSy, PendleSyFigures, Venue, VenueId,
    },
};

use super::{
    error::Refusal,
    values::{Addr, Decimal, Uint},
    venue::{Checked, Context, contract, nonzero},
    wire::read_raw,
};

/// The kinds, by the name that files give them.
pub(super) const KINDS: [&str; 4] = ["vault", "pendle_sy", "pendle_market", "pendle_principal"];

/// A venue of a made-up market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MadeUp {
    /// A vault that mints shares of an asset and redeems them at once.
    Vault {
        /// Its shares.
        share: Address,
        /// What it holds.
        asset: Address,
        /// Units of it.
        assets: U256,
        /// Shares in existence.
        supply: U256,
        /// Most units that it still takes.
        takes: U256,
        /// Most units that it redeems at once; zero where it redeems nothing.
        redeems: U256,
    },
    /// A standardized token, one for one with what it keeps.
    PendleSy {
        /// What it keeps.
        token: Address,
        /// Itself.
        sy: Address,
    },
    /// A market of a principal token.
    PendleMarket {
        /// Market and router.
        contracts: [Address; 2],
        /// The standardized, the principal and the yield token.
        tokens: [Address; 3],
        /// PT and SY in it.
        totals: [U256; 2],
        /// How flat its curve is, with 18 decimals.
        scalar_root: U256,
        /// The logarithm of the fee's growth over a year, with 18 decimals.
        ln_fee_rate_root: U256,
        /// The logarithm of the year's growth that it implies, with 18 decimals.
        ln_implied_rate: U256,
        /// Unix seconds.
        expiry: u64,
        /// Units of the accounting asset for one of SY, with 18 decimals.
        index: U256,
    },
    /// The redemption of a principal token from its expiry on.
    PendlePrincipal {
        /// The router.
        router: Address,
        /// The standardized, the principal and the yield token.
        tokens: [Address; 3],
        /// Unix seconds.
        expiry: u64,
        /// Units of the accounting asset for one of SY, with 18 decimals.
        index: U256,
        /// SY that back it.
        held_sy: U256,
    },
}

#[derive(Debug, Deserialize)]
struct Vault {
    asset: String,
    share: String,
    total_assets: Uint<128>,
    total_supply: Uint<128>,
    /// Whole units of the asset.
    takes: Decimal,
    /// Whole shares.
    redeems: Decimal,
}

#[derive(Debug, Deserialize)]
struct Sy {
    token: String,
    sy: String,
}

#[derive(Debug, Deserialize)]
struct Market {
    address: Addr,
    router: Addr,
    sy: String,
    pt: String,
    yt: String,
    total_pt: Uint<127>,
    total_sy: Uint<127>,
    scalar_root: Uint<127>,
    ln_fee_rate_root: Uint<80>,
    ln_implied_rate: Uint<80>,
    expiry: u64,
    index: Uint<127>,
}

#[derive(Debug, Deserialize)]
struct Principal {
    router: Addr,
    sy: String,
    pt: String,
    yt: String,
    expiry: u64,
    index: Uint<127>,
    held_sy: Uint<127>,
}

impl Context<'_> {
    /// A row of one of [`KINDS`].
    pub(super) fn made_up(&self, kind: &str, raw: &RawValue) -> Checked<MadeUp> {
        match kind {
            "vault" => self.vault_row(&read_raw(raw)?),
            "pendle_sy" => {
                let w: Sy = read_raw(raw)?;
                Ok(MadeUp::PendleSy {
                    token: self.named("token", &w.token)?,
                    sy: self.named("sy", &w.sy)?,
                })
            }
            "pendle_market" => self.pendle_market(&read_raw(raw)?),
            _ => {
                let w: Principal = read_raw(raw)?;
                Ok(MadeUp::PendlePrincipal {
                    router: contract("router", w.router.0)?,
                    tokens: self.three(&w.sy, &w.pt, &w.yt)?,
                    expiry: w.expiry,
                    index: nonzero("index", w.index.0)?,
                    held_sy: w.held_sy.0,
                })
            }
        }
    }

    fn vault_row(&self, w: &Vault) -> Checked<MadeUp> {
        let (asset, share) = (self.named("asset", &w.asset)?, self.named("share", &w.share)?);
        let whole = |field, token, amount: Decimal| {
            let decimals =
                self.tokens.iter().find(|t| t.address == token).map_or(18, |t| t.decimals);
            amount.scaled(decimals.into()).ok_or_else(|| {
                let what = format!("whole tokens with at most {decimals} decimals");
                Refusal::range(field, "the amount", what)
            })
        };
        Ok(MadeUp::Vault {
            share,
            asset,
            assets: nonzero("total_assets", w.total_assets.0)?,
            supply: nonzero("total_supply", w.total_supply.0)?,
            takes: whole("takes", asset, w.takes)?,
            redeems: whole("redeems", share, w.redeems)?,
        })
    }

    fn pendle_market(&self, w: &Market) -> Checked<MadeUp> {
        Ok(MadeUp::PendleMarket {
            contracts: [contract("address", w.address.0)?, contract("router", w.router.0)?],
            tokens: self.three(&w.sy, &w.pt, &w.yt)?,
            totals: [nonzero("total_pt", w.total_pt.0)?, nonzero("total_sy", w.total_sy.0)?],
            scalar_root: nonzero("scalar_root", w.scalar_root.0)?,
            ln_fee_rate_root: w.ln_fee_rate_root.0,
            ln_implied_rate: w.ln_implied_rate.0,
            expiry: w.expiry,
            index: nonzero("index", w.index.0)?,
        })
    }

    fn three(&self, sy: &str, pt: &str, yt: &str) -> Checked<[Address; 3]> {
        Ok([self.named("sy", sy)?, self.named("pt", pt)?, self.named("yt", yt)?])
    }
}

impl MadeUp {
    /// The tokens that it names.
    pub(super) fn tokens(&self) -> Vec<Address> {
        match self {
            Self::Vault { share, asset, .. } => vec![*asset, *share],
            Self::PendleSy { token, sy } => vec![*token, *sy],
            Self::PendleMarket { tokens, .. } | Self::PendlePrincipal { tokens, .. } => {
                tokens.to_vec()
            }
        }
    }

    /// The venue that trades by these figures at a time.
    pub(super) fn venue(&self, id: VenueId, timestamp: u64) -> Checked<Arc<dyn Venue>> {
        let limited = |amount, what| Capacity::Limited { amount, what, refill_per_block: None };
        Ok(match *self {
            Self::Vault { share, asset, assets, supply, takes, redeems } => {
                let figures = Erc4626Figures {
                    asset,
                    vault: share,
                    takes_eth: false,
                    stored_assets: assets,
                    total_supply: supply,
                    virtual_shares: U256::ZERO,
                    cycle: None,
                    timestamp,
                    deposit_limit: limited(takes, "deposit limit"),
                    redeem_limit: (!redeems.is_zero())
                        .then(|| limited(redeems, "what the vault redeems at once")),
                };
                Arc::new(Erc4626::new(id, figures))
            }
            Self::PendleSy { token, sy } => Arc::new(PendleSy::new(PendleSyFigures {
                id,
                token,
                sy,
                paused: false,
                deposits: Capacity::Unlimited,
                redemptions: Capacity::Unlimited,
            })),
            Self::PendleMarket {
                contracts: [market, router],
                tokens: [sy, pt, yt],
                totals: [total_pt, total_sy],
                scalar_root,
                ln_fee_rate_root,
                ln_implied_rate,
                expiry,
                index,
            } => {
                let market = PendleMarket::new(PendleFigures {
                    id,
                    market,
                    router,
                    sy,
                    pt,
                    yt,
                    total_pt,
                    total_sy,
                    scalar_root,
                    ln_fee_rate_root,
                    reserve_fee_percent: U256::from(80),
                    last_ln_implied_rate: ln_implied_rate,
                    expiry,
                    index,
                    floating_sy: U256::ZERO,
                    needs_fee: false,
                    paused: false,
                    timestamp,
                });
                Arc::new(market.map_err(|error| Refusal::inconsistent("", error.to_string()))?)
            }
            Self::PendlePrincipal { router, tokens: [sy, pt, yt], expiry, index, held_sy } => {
                Arc::new(PendlePrincipal::new(PendlePrincipalFigures {
                    id,
                    router,
                    sy,
                    pt,
                    yt,
                    expiry,
                    index,
                    floating_pt: U256::ZERO,
                    held_sy,
                    paused: false,
                    timestamp,
                }))
            }
        })
    }

    /// What one unit of its share stands for, where it issues one: units of an asset for units.
    pub(super) fn stands_for(&self) -> Option<(Address, Address, [U256; 2])> {
        match *self {
            Self::Vault { share, asset, assets, supply, .. } => {
                Some((share, asset, [assets, supply]))
            }
            Self::PendleSy { token, sy } => Some((sy, token, [WAD, WAD])),
            Self::PendleMarket { .. } | Self::PendlePrincipal { .. } => None,
        }
    }
}
