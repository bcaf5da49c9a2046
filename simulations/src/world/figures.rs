//! The world of a market file.

use alloy_primitives::{Address, map::HashSet};
use tenor_solver::{leverage::Credit, venues::NATIVE};

use super::{Block, World, WorldBuilder, WorldError};
use crate::figures::{Figures, PERMIT2, ROCKET_STORAGE, SETTLER, Seed, TETHER, VenueKind, WETH};

/// What mainnet's blocks held in May 2024; market files do not say it.
const GAS_LIMIT: u64 = 30_000_000;

impl World {
    /// The world that these figures describe: every venue that the solver's market has, each as a
    /// contract, the tokens they trade, the routers, Permit2 and the Settler.
    pub fn new(figures: &Figures) -> Result<Self, WorldError> {
        Self::lending(figures, &[])
    }

    /// The same world, in which reserves lend on the terms of these credits.
    pub fn lending(figures: &Figures, credits: &[Credit]) -> Result<Self, WorldError> {
        let block = Block {
            chain_id: figures.chain_id,
            number: figures.block,
            timestamp: figures.timestamp,
            base_fee: u64::try_from(figures.base_fee)
                .map_err(|_| WorldError::BaseFee(figures.base_fee))?,
            gas_limit: GAS_LIMIT,
        };
        let seeds = figures.seeds().map_err(|error| WorldError::Figures(Box::new(error)))?;
        let mut builder = WorldBuilder::new(block)?;
        builder.permit2(PERMIT2)?;
        if let Some(weth) = figures.token("WETH") {
            builder.weth(weth)?;
        }
        if figures.token("WETH") == Some(WETH) {
            builder.settler(SETTLER)?;
        }
        builder.minters(&seeds)?;
        for venue in &figures.venues {
            if let VenueKind::RocketPool { total_eth, supply, .. } = venue.kind {
                builder.rocket_storage(ROCKET_STORAGE, total_eth, supply)?;
            }
        }
        builder.plain_tokens(figures, &seeds)?;
        builder.holders(figures, &seeds)?;
        builder.credits(credits)?;
        Ok(builder.build())
    }
}

impl WorldBuilder {
    /// Contracts that make tokens of ETH and hold no others.
    fn minters(&mut self, seeds: &[Seed]) -> Result<(), WorldError> {
        for seed in seeds {
            match seed {
                Seed::Lido(figures) => self.lido(figures)?,
                Seed::EtherFi(figures) => self.ether_fi(figures)?,
                Seed::ShareRate(figures) => self.share_rate(figures)?,
                Seed::UniswapV2(_)
                | Seed::UniswapV3(_)
                | Seed::Curve(_)
                | Seed::Vault(_)
                | Seed::Reserve(_) => {}
            }
        }
        Ok(())
    }

    /// Every other listed token, except those that vaults will issue.
    fn plain_tokens(&mut self, figures: &Figures, seeds: &[Seed]) -> Result<(), WorldError> {
        let vaults: HashSet<Address> = seeds
            .iter()
            .filter_map(
                |seed| if let Seed::Vault(figures) = seed { Some(figures.vault) } else { None },
            )
            .collect();
        for token in &figures.tokens {
            let address = token.address;
            let placed = self.form(address).is_some() || vaults.contains(&address);
            match address {
                NATIVE => {}
                _ if placed => {}
                TETHER => self.tether(address, token.decimals)?,
                _ => self.token(address, token.decimals)?,
            }
        }
        Ok(())
    }

    /// Contracts that hold tokens: vaults before those that hold the vaults' shares.
    fn holders(&mut self, figures: &Figures, seeds: &[Seed]) -> Result<(), WorldError> {
        for seed in seeds {
            if let Seed::Vault(vault) = seed {
                self.vault(vault)?;
            }
        }
        for seed in seeds {
            match seed {
                Seed::UniswapV2(pair) => self.uniswap_v2(pair)?,
                Seed::UniswapV3(pool) => self.uniswap_v3(pool)?,
                Seed::Curve(pool) => self.curve(pool)?,
                Seed::Reserve(reserve) => {
                    let asset = figures.tokens.iter().find(|t| t.address == reserve.underlying);
                    self.reserve(reserve, asset.map_or(18, |asset| asset.decimals))?;
                }
                Seed::Lido(_) | Seed::EtherFi(_) | Seed::ShareRate(_) | Seed::Vault(_) => {}
            }
        }
        Ok(())
    }
}
