//! ERC-4626 vaults.

use alloy_primitives::{Address, U256};
use tenor_solver::venues::{Capacity, Erc4626Figures, NATIVE, RewardCycle};

use super::{
    Contract, Form, WorldBuilder, WorldError,
    slots::{self, word},
};

impl WorldBuilder {
    /// Places a vault that holds all its assets: with a reward cycle sfrxETH's kind, where it takes
    /// ETH Puffer's, else a plain one.
    ///
    /// Puffer's holds its assets as ether, and takes no exit fee: leaving it is not a trade.
    pub fn vault(&mut self, figures: &Erc4626Figures) -> Result<(), WorldError> {
        let Erc4626Figures { asset, vault, stored_assets, virtual_shares, .. } = *figures;
        let kind = match (figures.cycle, figures.takes_eth) {
            (Some(_), true) => return Err(unsupported(vault, "a reward cycle with ETH deposits")),
            (Some(_), false) => Contract::RewardVault4626,
            (None, true) => Contract::PufferVault,
            (None, false) => Contract::Vault4626,
        };
        if virtual_shares > U256::ONE {
            return Err(unsupported(vault, "more than one virtual share"));
        }
        self.erc20(vault, kind, Form::Share, 18)?;
        self.store(vault, slots::erc20::SUPPLY, figures.total_supply);
        self.store(vault, slots::vault::ASSET, word(asset));
        self.store(vault, slots::vault::STORED_TOTAL_ASSETS, stored_assets);
        self.store(vault, slots::vault::VIRTUAL_UNIT, virtual_shares);
        let mut held = Some(stored_assets);
        if let Some(cycle) = figures.cycle {
            self.cycle(vault, cycle);
            held = stored_assets.checked_add(cycle.last_reward);
        }
        self.deposit_limit(figures)?;
        let held = held.ok_or(WorldError::Overflow(asset))?;
        self.fund(if figures.takes_eth { NATIVE } else { asset }, vault, held)
    }

    fn cycle(&mut self, vault: Address, cycle: RewardCycle) {
        self.store(vault, slots::reward_vault::LAST_SYNC, U256::from(cycle.last_sync));
        self.store(vault, slots::reward_vault::REWARDS_CYCLE_END, U256::from(cycle.cycle_end));
        self.store(vault, slots::reward_vault::LAST_REWARD_AMOUNT, cycle.last_reward);
    }

    fn deposit_limit(&mut self, figures: &Erc4626Figures) -> Result<(), WorldError> {
        let Capacity::Limited { amount, .. } = figures.deposit_limit else { return Ok(()) };
        let vault = figures.vault;
        let most = (|| {
            let unlocked = match figures.cycle {
                Some(cycle) => cycle.unlocked(self.block.timestamp)?,
                None => U256::ZERO,
            };
            figures.stored_assets.checked_add(unlocked)?.checked_add(amount)
        })()
        .ok_or(WorldError::Overflow(vault))?;
        if most.is_zero() {
            return Err(unsupported(vault, "a limit of zero assets"));
        }
        self.store(vault, slots::vault::MAX_TOTAL_ASSETS, most);
        Ok(())
    }
}

fn unsupported(contract: Address, what: &str) -> WorldError {
    WorldError::Unsupported { contract, what: what.to_owned() }
}
