//! Lido and ether.fi: totals behind shares, and whether they take deposits.

use std::sync::Arc;

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::sol;

use super::{
    super::{
        Capacity, Chain, EtherFi, EtherFiFigures, Lido, LidoFigures, Place, StakeLimit, Unread,
    },
    Opening, etherfi_exits,
};

sol! {
    function getTotalPooledEther() external view returns (uint256);
    function getTotalShares() external view returns (uint256);
    function getExternalShares() external view returns (uint256);
    function getBufferedEther() external view returns (uint256);
    function getBeaconStat() external view
        returns (uint256 depositedValidators, uint256 beaconValidators, uint256 beaconBalance);
    function getStakeLimitFullInfo() external view returns (
        bool isPaused, bool isLimitSet, uint256 current, uint256 max, uint256 growthBlocks,
        uint256 previous, uint256 previousBlock
    );
    function stETH() external view returns (address);

    function eETH() external view returns (address);
    function totalShares() external view returns (uint256);
    function paused() external view returns (bool);
    function whitelistEnabled() external view returns (bool);
}

/// What a validator that is deposited and not yet reported counts, in wei (`Lido.DEPOSIT_SIZE`).
const DEPOSIT_SIZE: U256 = uint!(32_000_000_000_000_000_000_U256);

/// Opens Lido: stETH in role `steth`, wstETH in role `wsteth`.
///
/// `getTotalShares`, `getTotalPooledEther` and `getStakeLimitFullInfo` of stETH. Where
/// `getExternalShares` (version 3) says that vaults minted shares, those count neither way: the
/// rate is of what the pool itself holds, `getBufferedEther` and `getBeaconStat`.
pub(in super::super) fn lido(place: &Place, chain: &Chain<'_>) -> Opening {
    let (steth, wsteth) = (place.contract("steth")?, place.contract("wsteth")?);
    let wrapped = chain.fixed(wsteth, &stETHCall {});
    let limit = stake_limit(chain, steth);
    let totals = lido_totals(chain, steth);
    same("the token that wstETH wraps", wrapped?, steth)?;
    let (total_pooled_ether, total_shares) = totals?;
    let stake_limit = limit?;
    let figures = LidoFigures { steth, wsteth, total_pooled_ether, total_shares, stake_limit };
    Ok(Arc::new(Lido::new(place.id.clone(), figures)))
}

fn stake_limit(chain: &Chain<'_>, steth: Address) -> Result<StakeLimit, Unread> {
    let at_block = chain.at().block;
    let info = chain.call(steth, &getStakeLimitFullInfoCall {})?;
    if info.isPaused {
        return Ok(StakeLimit::Paused);
    }
    if !info.isLimitSet {
        return Ok(StakeLimit::Unlimited);
    }
    let [previous_block, growth_blocks] =
        [info.previousBlock, info.growthBlocks].map(u64::try_from);
    Ok(StakeLimit::Limited {
        max: info.max,
        previous: info.previous,
        previous_block: previous_block.map_err(Unread::refused)?,
        growth_blocks: growth_blocks.map_err(Unread::refused)?,
        at_block,
    })
}

/// Ether and shares of the pool itself.
fn lido_totals(chain: &Chain<'_>, steth: Address) -> Result<(U256, U256), Unread> {
    let external = chain.maybe(steth, &getExternalSharesCall {});
    let shares = chain.call(steth, &getTotalSharesCall {});
    let pooled = chain.call(steth, &getTotalPooledEtherCall {});
    let (external, shares, pooled) = (external?.unwrap_or_default(), shares?, pooled?);
    let totals = if external.is_zero() {
        Some((pooled, shares))
    } else {
        let ether = internal_ether(chain, steth)?;
        ether.zip(shares.checked_sub(external))
    };
    let totals = totals.filter(|(ether, shares)| !ether.is_zero() && !shares.is_zero());
    totals.ok_or_else(|| Unread::Refused("Lido's totals contradict each other".into()))
}

fn internal_ether(chain: &Chain<'_>, steth: Address) -> Result<Option<U256>, Unread> {
    let buffered = chain.call(steth, &getBufferedEtherCall {});
    let beacon = chain.call(steth, &getBeaconStatCall {})?;
    let transient = beacon.depositedValidators.checked_sub(beacon.beaconValidators);
    let transient = transient.and_then(|count| count.checked_mul(DEPOSIT_SIZE));
    let held = buffered?.checked_add(beacon.beaconBalance);
    Ok(held.zip(transient).and_then(|(held, transient)| held.checked_add(transient)))
}

/// Opens ether.fi: the LiquidityPool in role `pool`, eETH in `eeth`, weETH in `weeth`.
///
/// `getTotalPooledEther`, `paused` and, in its earlier versions, `whitelistEnabled` of the pool;
/// `totalShares` of eETH. The pool's code limits no deposit, apart from 128 bits; where eETH keeps a
/// bucket for what may be minted, that does. The ways out are those of [`etherfi_exits`].
pub(in super::super) fn etherfi(place: &Place, chain: &Chain<'_>) -> Opening {
    let [pool, eeth, weeth] = ["pool", "eeth", "weeth"].map(|role| place.contract(role));
    let (pool, eeth, weeth) = (pool?, eeth?, weeth?);
    let (issued, wrapped) = (chain.fixed(pool, &eETHCall {}), chain.fixed(weeth, &eETHCall {}));
    let pooled = chain.call(pool, &getTotalPooledEtherCall {});
    let shares = chain.call(eeth, &totalSharesCall {});
    let paused = chain.maybe(pool, &pausedCall {});
    let listed = chain.maybe(pool, &whitelistEnabledCall {});
    let mintable = etherfi_exits::bucket(chain, eeth, etherfi_exits::MINTS);
    let redemptions = etherfi_exits::redemptions(chain, pool, eeth);
    let requests = etherfi_exits::requests(chain, pool);
    same("the token that the pool issues", issued?, eeth)?;
    same("the token that weETH wraps", wrapped?, eeth)?;
    let (total_pooled_ether, total_shares) = (pooled?, shares?);
    if total_pooled_ether.is_zero() || total_shares.is_zero() {
        return Err(Unread::Refused("no shares exist yet".into()));
    }
    let figures = EtherFiFigures {
        liquidity_pool: pool,
        eeth,
        weeth,
        total_pooled_ether,
        total_shares,
        deposit_capacity: etherfi_exits::within(open_to_all(paused?, listed?), mintable?),
    };
    let venue = EtherFi::new(place.id.clone(), figures);
    Ok(Arc::new(venue.leaving(redemptions?, requests?)))
}

/// What two switches say of deposits that nothing else limits.
pub(super) fn open_to_all(paused: Option<bool>, listed: Option<bool>) -> Capacity {
    match (paused, listed) {
        (None, _) => {
            Capacity::Unknown("the contract does not tell whether deposits are paused".into())
        }
        (Some(true), _) => Capacity::none("deposits are paused"),
        (_, Some(true)) => Capacity::Unknown("deposits are open to listed accounts only".into()),
        (Some(false), None | Some(false)) => Capacity::Unlimited,
    }
}

/// Refuses a place whose contracts do not belong together.
pub(super) fn same(what: &str, told: Address, given: Address) -> Result<(), Unread> {
    if told == given {
        return Ok(());
    }
    Err(Unread::Refused(format!("{what} is {told}, not {given}: correct the place")))
}
