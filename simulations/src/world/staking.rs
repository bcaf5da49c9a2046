//! Staking contracts: Lido, ether.fi, Swell and Mantle.

use alloy_primitives::{Address, U256};
use tenor_solver::venues::{
    Deposit, DepositCall, EtherFiFigures, LidoFigures, RateForm, Rebase, ShareRateFigures,
    StakeLimit,
};

use super::{
    Contract, Form, SharesReader, WorldBuilder, WorldError,
    slots::{self, word},
};

impl WorldBuilder {
    /// Places stETH and wstETH.
    pub fn lido(&mut self, figures: &LidoFigures) -> Result<(), WorldError> {
        let LidoFigures { steth, wsteth, total_pooled_ether, total_shares, .. } = *figures;
        self.place(steth, Contract::Lido)?;
        self.store(steth, slots::lido::TOTAL_SHARES, total_shares);
        self.store(steth, slots::lido::TOTAL_POOLED_ETHER, total_pooled_ether);
        self.stake_limit(steth, &figures.stake_limit)?;
        let totals = Rebase::down(total_pooled_ether, total_shares);
        self.forms.insert(steth, Form::Shares { totals, reader: SharesReader::SharesOf });

        self.erc20(wsteth, Contract::WstEth, Form::Wrapper { of: steth }, 18)?;
        self.store(wsteth, slots::wsteth::STETH, word(steth));
        Ok(())
    }

    /// An unknown limit is none here: whoever plans has to look at the venue's capacity.
    fn stake_limit(&mut self, steth: Address, limit: &StakeLimit) -> Result<(), WorldError> {
        match limit {
            StakeLimit::Paused => self.store(steth, slots::lido::STAKING_PAUSED, U256::ONE),
            StakeLimit::Unlimited | StakeLimit::Unknown(_) => {}
            StakeLimit::Limited { max, previous, previous_block, growth_blocks, at_block } => {
                let unsupported = |what: &str| {
                    Err(WorldError::Unsupported { contract: steth, what: what.to_owned() })
                };
                if *at_block != self.block.number {
                    return unsupported("a stake limit asked for another block");
                }
                if max.is_zero() || previous > max || *previous_block > *at_block {
                    return unsupported(
                        "a stake limit of zero, above its maximum or of the future",
                    );
                }
                self.store(steth, slots::lido::MAX_STAKE_LIMIT, *max);
                self.store(steth, slots::lido::PREV_STAKE_LIMIT, *previous);
                let block = U256::from(*previous_block);
                self.store(steth, slots::lido::PREV_STAKE_LIMIT_BLOCK, block);
                let growth = U256::from(*growth_blocks);
                self.store(steth, slots::lido::STAKE_LIMIT_GROWTH_BLOCKS, growth);
            }
        }
        Ok(())
    }

    /// Places ether.fi's pool, eETH and weETH. All ETH counts as out of the pool.
    pub fn ether_fi(&mut self, figures: &EtherFiFigures) -> Result<(), WorldError> {
        let EtherFiFigures { liquidity_pool, eeth, weeth, .. } = *figures;
        let totals = Rebase::down(figures.total_pooled_ether, figures.total_shares);
        self.place(liquidity_pool, Contract::EtherFiPool)?;
        self.store(liquidity_pool, slots::ether_fi::EETH, word(eeth));
        self.store(liquidity_pool, slots::ether_fi::TOTAL_VALUE_OUT_OF_LP, totals.assets);

        self.place(eeth, Contract::EEth)?;
        self.store(eeth, slots::eeth::TOTAL_SHARES, totals.shares);
        self.store(eeth, slots::eeth::LIQUIDITY_POOL, word(liquidity_pool));
        self.forms.insert(eeth, Form::Shares { totals, reader: SharesReader::Shares });

        self.erc20(weeth, Contract::WeEth, Form::Wrapper { of: eeth }, 18)?;
        self.store(weeth, slots::weeth::EETH, word(eeth));
        self.store(weeth, slots::weeth::LIQUIDITY_POOL, word(liquidity_pool));
        Ok(())
    }

    /// Places a share token and what mints it; a plain token where no deposit is known.
    pub fn share_rate(&mut self, figures: &ShareRateFigures) -> Result<(), WorldError> {
        let share = figures.share;
        match (&figures.deposit, &figures.form) {
            (Deposit::Unknown(_) | Deposit::Closed, _) | (_, RateForm::Reference { .. }) => {
                self.token(share, 18)
            }
            (Deposit::Open(DepositCall::Deposit(at)), RateForm::Rate { eth_per_share_wad })
                if *at == share =>
            {
                self.erc20(share, Contract::RateToken, Form::Plain, 18)?;
                self.store(share, slots::rate_token::RATE, *eth_per_share_wad);
                Ok(())
            }
            (Deposit::Open(DepositCall::Stake(staking)), RateForm::Totals { .. }) => {
                self.mantle(*staking, figures)
            }
            (Deposit::Open(call), form) => Err(WorldError::Unsupported {
                contract: share,
                what: format!("no contract mints by {call:?} at {form:?}"),
            }),
        }
    }

    /// Places what tells the balances that Rocket Pool's network reported.
    pub fn rocket_storage(
        &mut self,
        storage: Address,
        total_eth: U256,
        supply: U256,
    ) -> Result<(), WorldError> {
        self.place(storage, Contract::RocketStorage)?;
        self.store(storage, slots::rocket_storage::TOTAL_ETH, total_eth);
        self.store(storage, slots::rocket_storage::SUPPLY, supply);
        Ok(())
    }

    fn mantle(&mut self, staking: Address, figures: &ShareRateFigures) -> Result<(), WorldError> {
        let RateForm::Totals { assets, shares, haircut_bps, supply_cap } = &figures.form else {
            return Ok(());
        };
        let share = figures.share;
        self.erc20(share, Contract::MEth, Form::Share, 18)?;
        self.store(share, slots::erc20::SUPPLY, *shares);
        self.store(share, slots::meth::STAKING_CONTRACT, word(staking));

        self.place(staking, Contract::MantleStaking)?;
        self.store(staking, slots::mantle::METH, word(share));
        self.store(staking, slots::mantle::TOTAL_CONTROLLED, *assets);
        let haircut = U256::from(*haircut_bps);
        self.store(staking, slots::mantle::EXCHANGE_ADJUSTMENT_RATE, haircut);
        self.store(staking, slots::mantle::MINIMUM_STAKE_BOUND, figures.least_deposit);
        let most = supply_cap.unwrap_or(U256::MAX);
        self.store(staking, slots::mantle::MAXIMUM_METH_SUPPLY, most);
        Ok(())
    }
}
