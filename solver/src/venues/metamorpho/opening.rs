//! MetaMorpho: a vault's queues, its caps, and the markets behind them.

use std::sync::Arc;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::sol;

use super::super::{
    Chain, Kind, MarketParams, MetaMorpho, MetaMorphoFigures, Place, Unread, VaultMarket, morpho,
    opening::Opening,
};
use crate::risk::Class;

sol! {
    struct Limits {
        uint184 cap;
        bool enabled;
        uint64 removableAt;
    }

    function MORPHO() external view returns (address);
    function DECIMALS_OFFSET() external view returns (uint8);
    function adaptersLength() external view returns (uint256);
    function asset() external view returns (address);
    function totalSupply() external view returns (uint256);
    function balanceOf(address account) external view returns (uint256);
    function fee() external view returns (uint96);
    function lastTotalAssets() external view returns (uint256);
    function lostAssets() external view returns (uint256);
    function supplyQueueLength() external view returns (uint256);
    function supplyQueue(uint256 at) external view returns (bytes32);
    function withdrawQueueLength() external view returns (uint256);
    function withdrawQueue(uint256 at) external view returns (bytes32);
    function config(bytes32 id) external view returns (Limits);
    function idToMarketParams(bytes32 id) external view returns (
        address, address, address, address, uint256
    );
    function position(bytes32 id, address user) external view returns (
        uint256 supplyShares, uint128 borrowShares, uint128 collateral
    );
}

/// The longest queue there is: `ConstantsLib.MAX_QUEUE_LENGTH`.
const LONGEST: u64 = 30;

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("metamorpho", &["vault"], &[Class::CuratedVault, Class::Lending], open)];

/// Opens the vault in role `vault`.
///
/// Both queues, and of each market its cap, its parameters, the vault's shares and what opening the
/// market itself asks; the vault's supply, fee and `lastTotalAssets`, and from version 1.1 on its
/// `lostAssets`. A Vault V2 is another contract, with limits of another kind and a `maxWithdraw` that
/// is zero by design: it is refused by its name.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let vault = place.contract("vault")?;
    let adapters = chain.maybe(vault, &adaptersLengthCall {});
    let morpho = chain.maybe(vault, &MORPHOCall {});
    if adapters?.is_some() {
        return Err(Unread::Refused("it is a Morpho Vault V2, and no MetaMorpho".into()));
    }
    let no_vault = || Unread::Refused(format!("{vault} is no MetaMorpho: it names no Morpho"));
    let morpho = morpho?.ok_or_else(no_vault)?;
    let asset = chain.fixed(vault, &assetCall {});
    let offset = chain.fixed(vault, &DECIMALS_OFFSETCall {});
    let supply = chain.call(vault, &totalSupplyCall {});
    let fee = chain.call(vault, &feeCall {});
    let last_assets = chain.call(vault, &lastTotalAssetsCall {});
    let lost = chain.maybe(vault, &lostAssetsCall {});
    let queues = Queues::read(vault, chain);
    let asset = asset?;
    let in_morpho = chain.call(asset, &balanceOfCall { account: morpho });
    let Queues { supply: supplied, withdraw } = queues?;
    let markets = all(withdraw.iter().map(|id| market(chain, morpho, vault, *id)))?;
    let virtual_shares = U256::from(10).checked_pow(U256::from(offset?));
    let figures = MetaMorphoFigures {
        id: place.id.clone(),
        vault,
        asset,
        supply_queue: positions(chain, vault, &supplied, &withdraw)?,
        markets,
        in_morpho: in_morpho?,
        supply: supply?,
        last_assets: last_assets?,
        lost: lost?,
        fee: U256::from(fee?),
        virtual_shares: virtual_shares
            .ok_or_else(|| Unread::Refused("its shares have more digits than fit".into()))?,
    };
    let vault = MetaMorpho::new(figures);
    Ok(Arc::new(vault.ok_or_else(|| Unread::Refused("its queues are too long".into()))?))
}

/// All of them, or the first refusal; every one has asked by then.
fn all<T>(results: impl Iterator<Item = Result<T, Unread>>) -> Result<Vec<T>, Unread> {
    results.collect::<Vec<_>>().into_iter().collect()
}

/// Ids of markets, in order.
struct Queues {
    supply: Vec<B256>,
    withdraw: Vec<B256>,
}

impl Queues {
    fn read(vault: Address, chain: &Chain<'_>) -> Result<Self, Unread> {
        let supply = chain.call(vault, &supplyQueueLengthCall {});
        let withdraw = chain.call(vault, &withdrawQueueLengthCall {});
        let (supply, withdraw) = (length(supply?)?, length(withdraw?)?);
        let at = U256::from::<u64>;
        let supply = all((0..supply).map(|i| chain.call(vault, &supplyQueueCall { at: at(i) })));
        let queue = |i| chain.call(vault, &withdrawQueueCall { at: at(i) });
        let withdraw = all((0..withdraw).map(queue));
        Ok(Self { supply: supply?, withdraw: withdraw? })
    }
}

fn length(told: U256) -> Result<u64, Unread> {
    let length = u64::try_from(told).ok().filter(|length| *length <= LONGEST);
    length.ok_or_else(|| Unread::Refused(format!("a queue of {told} markets is too long")))
}

/// A market as it is at the block, with what the vault has there.
fn market(
    chain: &Chain<'_>,
    morpho: Address,
    vault: Address,
    id: B256,
) -> Result<VaultMarket, Unread> {
    let params = chain.fixed(morpho, &idToMarketParamsCall { id });
    let limits = chain.call(vault, &configCall { id });
    let held = chain.call(morpho, &positionCall { id, user: vault });
    let (loan, collateral, oracle, irm, lltv) = params?.into();
    let params = MarketParams { loanToken: loan, collateralToken: collateral, oracle, irm, lltv };
    let (totals, curve) = morpho::accrued(chain, morpho, &params)?;
    Ok(VaultMarket { totals, curve, shares: held?.supplyShares, cap: U256::from(limits?.cap) })
}

/// Where the markets that are supplied stand in the withdraw queue. One that is not there takes
/// nothing, or the vault would have it.
fn positions(
    chain: &Chain<'_>,
    vault: Address,
    supplied: &[B256],
    withdraw: &[B256],
) -> Result<Vec<usize>, Unread> {
    let mut positions = Vec::with_capacity(supplied.len());
    for id in supplied {
        match withdraw.iter().position(|other| other == id) {
            Some(at) => positions.push(at),
            None if chain.call(vault, &configCall { id: *id })?.cap.is_zero() => {}
            None => {
                return Err(Unread::Refused(format!(
                    "it supplies market {id}, and never leaves it"
                )));
            }
        }
    }
    Ok(positions)
}
