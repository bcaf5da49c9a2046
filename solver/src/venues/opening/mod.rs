//! Venues opened from what the chain says: one file for each family, one function for each kind.
//!
//! Every question is a view function that the deployed contract answers. What a contract does not
//! tell stays unknown and says why; what contradicts the kind's arithmetic refuses to open.

mod aave_rates;
mod aave_v3;
mod balancer_stable;
mod balancer_v3;
mod balancer_weighted;
mod compound_v3;
mod credit;
mod curve;
mod dinero;
mod erc4626;
mod etherfi_exits;
mod evm_quoted;
mod exchange_rate;
mod frax_minter;
mod kelp;
mod metamorpho;
mod morpho;
mod origin;
mod pendle;
mod puffer;
mod rebasing;
mod renzo;
mod restaking;
mod rocket_pool;
mod stader;
mod ticks;
mod uniswap_v3;
mod uniswap_v4;

use std::sync::Arc;

pub use self::credit::{aave_terms, morpho_terms};
pub(super) use self::{
    aave_v3::open as aave_v3,
    balancer_stable::open as balancer_stable,
    balancer_v3::{figures as balancer_v3, weighted as balancer_weighted_v3},
    balancer_weighted::open as balancer_weighted,
    compound_v3::open as compound_v3,
    curve::{curve_metapool, curve_stableswap, curve_stableswap_ng},
    dinero::open as dinero,
    erc4626::open as erc4626,
    evm_quoted::open as evm_quoted,
    exchange_rate::{mantle, reference_rate, stakewise, swell},
    frax_minter::open as frax_minter,
    kelp::open as kelp,
    metamorpho::open as metamorpho,
    morpho::open as morpho_market,
    origin::{vault as origin, wrapped as woeth},
    pendle::{market as pendle_market, principal as pendle_py, standardized as pendle_sy},
    puffer::open as puffer,
    rebasing::{etherfi, lido},
    renzo::open as renzo,
    restaking::{eigenlayer, symbiotic},
    rocket_pool::open as rocket_pool,
    stader::open as stader,
    uniswap_v3::open as uniswap_v3,
    uniswap_v4::open as uniswap_v4,
};
use super::{Chain, Place, Unread, Venue, Weth};

type Opening = Result<Arc<dyn Venue>, Unread>;

/// Opens WETH9 in role `weth`: nothing but its being there is asked.
pub(super) fn weth(place: &Place, chain: &Chain<'_>) -> Opening {
    let weth = place.contract("weth")?;
    if chain.code_hash(weth)?.is_zero() {
        return Err(Unread::Refused(format!("there is no contract at {weth}")));
    }
    Ok(Arc::new(Weth::named(place.id.clone(), weth)))
}
