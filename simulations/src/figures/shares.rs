//! Venues that mint shares at a rate: staking contracts and vaults.

use alloy_primitives::{Address, U256};
use serde_json::value::RawValue;
use tenor_solver::{
    amount::{WAD, mul_div},
    venues::{Capacity, RewardCycle, StakeLimit},
};

use super::{
    error::{FiguresErrorKind, Refusal},
    kinds::VenueKind,
    values::Addr,
    venue::{Checked, Context, contract, nonzero},
    wire::{self, read_raw},
};

impl Context<'_> {
    pub(super) fn share_rate(&self, protocol: &str, raw: &RawValue) -> Checked<VenueKind> {
        let w: wire::ShareRate = read_raw(raw)?;
        let asset = self.named("asset_in", &w.asset_in)?;
        let token = self.named("share_token", &w.share_token)?;
        let rate = w.rate()?;
        for (i, action) in w.actions.iter().enumerate() {
            self.named(&format!("actions[{i}].token_in"), &action.token_in)?;
            self.named(&format!("actions[{i}].token_out"), &action.token_out)?;
        }
        if w.actions.is_empty() {
            return Ok(VenueKind::ReferenceRate { token, asset, rate });
        }
        match protocol {
            "lido" if w.has("wrap") => self.lido_wrap(&w, asset, token),
            "lido" => self.lido_stake(&w, token, rate, &read_raw(raw)?),
            "ether.fi" => self.ether_fi(&w, token, rate, &read_raw(raw)?),
            "swell" => {
                let contract = w.contract("deposit", w.contracts.deposit)?;
                Ok(VenueKind::RateDeposit { token, contract, rate })
            }
            "frax" => self.frax(&w, asset, token, rate, &read_raw(raw)?),
            "rocketpool" => rocket_pool(&w, token, rate, &read_raw(raw)?),
            "mantle" => mantle(&w, token, rate, &read_raw(raw)?),
            "puffer" => self.puffer(&w, token, rate, &read_raw(raw)?),
            other => {
                let kind = format!("lst_rate of {other}");
                Ok(VenueKind::NotBuilt { kind, tokens: vec![asset, token] })
            }
        }
    }

    fn lido_stake(
        &self,
        w: &wire::ShareRate,
        steth: Address,
        rate: U256,
        l: &wire::Lido,
    ) -> Checked<VenueKind> {
        w.contract("submit", w.contracts.submit)?;
        let names = ["total_pooled_ether", "total_shares"];
        let [pooled, shares] = totals(names, [l.total_pooled_ether.0, l.total_shares.0], rate)?;
        let stake_limit = self.stake_limit(&l.stake_limit).map_err(|r| r.within("stake_limit"))?;
        Ok(VenueKind::LidoStake {
            steth,
            total_pooled_ether: pooled,
            total_shares: shares,
            buffered_ether: l.buffered_ether.0,
            stake_limit,
        })
    }

    fn stake_limit(&self, w: &wire::StakeLimit) -> Checked<StakeLimit> {
        if w.is_paused {
            return Ok(StakeLimit::Paused);
        }
        if !w.is_limit_set {
            return Ok(StakeLimit::Unlimited);
        }
        if w.previous_block > w.as_of.block || w.previous_block > self.block {
            let what = format!(
                "block {} is after the one it was read at, or the market's",
                w.previous_block
            );
            return Err(Refusal::inconsistent("previous_block", what));
        }
        let at = |at_block| {
            Ok(StakeLimit::Limited {
                max: nonzero("max", w.max.0)?,
                previous: w.previous.0,
                previous_block: w.previous_block,
                growth_blocks: w.growth_blocks.0.to(),
                at_block,
            })
        };
        if let Capacity::Limited { amount, .. } = at(w.as_of.block)?.capacity()
            && amount != w.current.0
        {
            let what = format!(
                "{} does not follow from previous, max and growth_blocks, which give {amount} at block {}",
                w.current.0, w.as_of.block
            );
            return Err(Refusal::inconsistent("current", what));
        }
        at(self.block)
    }

    fn lido_wrap(
        &self,
        w: &wire::ShareRate,
        steth: Address,
        wsteth: Address,
    ) -> Checked<VenueKind> {
        w.contract("wrap", w.contracts.wrap)?;
        w.contract("unwrap", w.contracts.unwrap)?;
        Ok(VenueKind::LidoWrap { steth, wsteth })
    }

    fn ether_fi(
        &self,
        w: &wire::ShareRate,
        weeth: Address,
        rate: U256,
        e: &wire::EtherFi,
    ) -> Checked<VenueKind> {
        let rebasing = w.rebasing_token.as_deref();
        let name =
            rebasing.ok_or_else(|| Refusal::new("rebasing_token", FiguresErrorKind::Missing))?;
        let names = ["total_pooled_ether", "total_shares"];
        let [pooled, shares] = totals(names, [e.total_pooled_ether.0, e.total_shares.0], rate)?;
        w.contract("wrap", w.contracts.wrap)?;
        w.contract("unwrap", w.contracts.unwrap)?;
        Ok(VenueKind::EtherFi {
            pool: w.contract("deposit", w.contracts.deposit)?,
            eeth: self.named("rebasing_token", name)?,
            weeth,
            total_pooled_ether: pooled,
            total_shares: shares,
        })
    }

    /// sfrxETH lets its last reward in evenly over a cycle.
    fn frax(
        &self,
        w: &wire::ShareRate,
        asset: Address,
        share: Address,
        rate: U256,
        f: &wire::SfrxEth,
    ) -> Checked<VenueKind> {
        w.contract("deposit", w.contracts.deposit)?;
        if f.last_sync >= f.rewards_cycle_end {
            let what = format!("{} is not after last_sync {}", f.rewards_cycle_end, f.last_sync);
            return Err(Refusal::inconsistent("rewards_cycle_end", what));
        }
        let cycle = RewardCycle {
            last_reward: f.last_reward_amount.0,
            last_sync: f.last_sync,
            cycle_end: f.rewards_cycle_end,
        };
        let Some(earned) = cycle.unlocked(self.timestamp) else {
            let what =
                format!("{} is after the market's timestamp {}", f.last_sync, self.timestamp);
            return Err(Refusal::inconsistent("last_sync", what));
        };
        let assets = f.stored_total_assets.0.saturating_add(earned);
        totals(["stored_total_assets", "total_supply"], [assets, f.total_supply.0], rate)?;
        Ok(VenueKind::Vault {
            share,
            asset,
            takes_eth: false,
            stored_assets: f.stored_total_assets.0,
            total_supply: f.total_supply.0,
            virtual_shares: U256::ZERO,
            cycle: Some(cycle),
        })
    }

    /// Puffer's vault holds WETH, and takes ETH by wrapping it.
    fn puffer(
        &self,
        w: &wire::ShareRate,
        share: Address,
        rate: U256,
        p: &wire::Puffer,
    ) -> Checked<VenueKind> {
        w.contract("deposit", w.contracts.deposit)?;
        let names = ["total_assets", "total_supply"];
        let [stored_assets, total_supply] =
            totals(names, [p.total_assets.0, p.total_supply.0], rate)?;
        Ok(VenueKind::Vault {
            share,
            asset: self.named("asset_in", "WETH")?,
            takes_eth: true,
            stored_assets,
            total_supply,
            virtual_shares: U256::ONE,
            cycle: None,
        })
    }
}

impl wire::ShareRate {
    /// The printed rate, under the one name of three that says what it counts.
    fn rate(&self) -> Checked<U256> {
        let names = [
            ("rate_eth_per_share_1e18", self.rate_eth_per_share_1e18),
            ("rate_steth_per_share_1e18", self.rate_steth_per_share_1e18),
            ("rate_frxeth_per_share_1e18", self.rate_frxeth_per_share_1e18),
        ];
        match names.iter().find_map(|(name, rate)| Some((name, (*rate)?))) {
            Some((name, rate)) => nonzero(name, rate.0),
            None => Err(Refusal::new(names[0].0, FiguresErrorKind::Missing)),
        }
    }

    fn has(&self, action: &str) -> bool {
        self.actions.iter().any(|a| a.action == action)
    }

    /// The contract of an action that this kind of venue has.
    fn contract(&self, action: &str, address: Option<Addr>) -> Checked<Address> {
        if !self.has(action) {
            return Err(Refusal::inconsistent(
                "actions",
                format!("no action {action:?}: this protocol has it"),
            ));
        }
        match address {
            Some(address) => contract(&format!("contracts.{action}"), address.0),
            None => Err(Refusal::new(format!("contracts.{action}"), FiguresErrorKind::Missing)),
        }
    }
}

fn rocket_pool(
    w: &wire::ShareRate,
    reth: Address,
    rate: U256,
    r: &wire::RocketPool,
) -> Checked<VenueKind> {
    let names = ["total_eth_balance", "reth_supply"];
    let [total_eth, supply] = totals(names, [r.total_eth_balance.0, r.reth_supply.0], rate)?;
    let deposit = w.contracts.deposit.map(|a| contract("contracts.deposit", a.0)).transpose()?;
    w.contract("burn", w.contracts.burn)?;
    Ok(VenueKind::RocketPool { reth, deposit, total_eth, supply })
}

fn mantle(w: &wire::ShareRate, meth: Address, rate: U256, m: &wire::Mantle) -> Checked<VenueKind> {
    let names = ["total_controlled", "total_supply"];
    let [total_controlled, total_supply] =
        totals(names, [m.total_controlled.0, m.total_supply.0], rate)?;
    if m.exchange_adjustment_bps > 1_000 {
        let found = m.exchange_adjustment_bps;
        return Err(Refusal::range(
            "exchange_adjustment_bps",
            found,
            "at most 1000, the contract's limit",
        ));
    }
    Ok(VenueKind::Mantle {
        meth,
        staking: w.contract("stake", w.contracts.stake)?,
        total_controlled,
        total_supply,
        adjustment_bps: m.exchange_adjustment_bps,
        minimum_stake: m.minimum_stake.0,
        maximum_supply: m.maximum_meth_supply.0,
    })
}

/// Totals that a share rate comes from, within a hundredth of the printed rate: a figure in another
/// unit does not pass.
fn totals(names: [&str; 2], [assets, shares]: [U256; 2], rate: U256) -> Checked<[U256; 2]> {
    nonzero(names[0], assets)?;
    nonzero(names[1], shares)?;
    let implied = mul_div(assets, WAD, shares).unwrap_or(U256::MAX);
    if implied.abs_diff(rate) > rate / U256::from(100) {
        let what = format!(
            "{} over {} is a rate of {implied}, and the printed rate is {rate}",
            names[0], names[1]
        );
        return Err(Refusal::inconsistent(names[0], what));
    }
    Ok([assets, shares])
}
