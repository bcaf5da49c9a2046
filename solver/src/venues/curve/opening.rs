//! Curve's StableSwap pools, of every generation.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, sol};

use super::super::{
    Chain, CurveFigures, CurveNg, CurveNgFigures, CurveStableSwap, DenominatorForm, Kind, NATIVE,
    Place, Swap, Unread, Venue, opening::Opening,
};
use crate::amount::WAD;
use crate::risk::Class;

sol! {
    function coins(uint256 i) external view returns (address);
    function balances(uint256 i) external view returns (uint256);
    function A() external view returns (uint256);
    function A_precise() external view returns (uint256);
    function fee() external view returns (uint256);
    function admin_fee() external view returns (uint256);
    function offpeg_fee_multiplier() external view returns (uint256);
    function stored_rates() external view returns (uint256[] rates);
    function get_dy(int128 i, int128 j, uint256 dx) external view returns (uint256);
    function get_virtual_price() external view returns (uint256);
    function base_virtual_price() external view returns (uint256);
    function base_cache_updated() external view returns (uint256);
    function decimals() external view returns (uint8);

    interface Early {
        function coins(int128 i) external view returns (address);
        function balances(int128 i) external view returns (uint256);
    }
}

/// The pool's own quote of this part of a coin is compared with the formula's.
const PROBED_PART: U256 = U256::from_limbs([10, 0, 0, 0]);

/// For how many seconds a pool of pools uses the virtual price that it noted.
const CACHE_EXPIRES_S: U256 = U256::from_limbs([600, 0, 0, 0]);

pub(in super::super) const KINDS: &[Kind] = &[
    Kind::new("curve_metapool", &["pool"], &[Class::Exchange], curve_metapool).beside(&["base"]),
    Kind::new("curve_stableswap", &["pool"], &[Class::Exchange], curve_stableswap)
        .with(&["plus_one"]),
    Kind::new("curve_stableswap_ng", &["pool"], &[Class::Exchange], curve_stableswap_ng),
];

/// Opens the pool in role `pool`: `coins`, `balances`, `A_precise` (or `A`), `fee`
/// and `admin_fee`, and `decimals` of the coins.
///
/// The constant `plus_one` says which `get_D` the pool has, see [`DenominatorForm`]. The pool's own
/// `get_dy` of large trades must be the formula's to the last unit: pools with rates, with fees that
/// depend on balances or of later generations do not open. Whether a pool is killed no getter
/// tells: a plan through one fails where it is simulated.
fn curve_stableswap(place: &Place, chain: &Chain<'_>) -> Opening {
    let pool = place.contract("pool")?;
    let coins = coins(chain, pool)?;
    // All are asked before any answer is looked at.
    let rates: Vec<_> = coins.iter().map(|coin| rate(chain, *coin)).collect();
    let rates: Result<Vec<U256>, Unread> = rates.into_iter().collect();
    let form =
        if place.says("plus_one") { DenominatorForm::PlusOne } else { DenominatorForm::Plain };
    fixed_fee(place, chain, coins, rates?, form)
}

/// Opens the pool in role `pool` whose second coin is the token of the pool in role `base`: as
/// [`curve_stableswap`], with the base's virtual price for the second rate.
///
/// Pools of 2020 and 2021 note that price and use it for ten minutes; the factory's ask each time.
fn curve_metapool(place: &Place, chain: &Chain<'_>) -> Opening {
    let (pool, base) = (place.contract("pool")?, place.contract("base")?);
    let coins = coins(chain, pool)?;
    let [coin, _] = coins[..] else {
        return Err(Unread::Refused(format!("{} coins in a pool of pools", coins.len())));
    };
    let price = chain.call(base, &get_virtual_priceCall {});
    let (noted, at) = (
        chain.maybe(pool, &base_virtual_priceCall {}),
        chain.maybe(pool, &base_cache_updatedCall {}),
    );
    let (noted, at, coin) = (noted?, at?, rate(chain, coin)?);
    let expires = at.and_then(|at| at.checked_add(CACHE_EXPIRES_S));
    let valid = expires.is_some_and(|expires| U256::from(chain.at().timestamp) <= expires);
    let rates = vec![coin, noted.filter(|_| valid).map_or(price, Ok)?];
    fixed_fee(place, chain, coins, rates, DenominatorForm::Plain)
}

fn fixed_fee(
    place: &Place,
    chain: &Chain<'_>,
    coins: Vec<Address>,
    rates: Vec<U256>,
    form: DenominatorForm,
) -> Opening {
    let pool = place.contract("pool")?;
    let balances = balances(chain, pool, coins.len());
    let amp_scaled = amplification(chain, pool);
    let (fee, admin) = (chain.call(pool, &feeCall {}), chain.call(pool, &admin_feeCall {}));
    // A coin that rebases changes what a pool holds without a word to it, and A may be moving.
    chain.each_block();
    // With other rates than one, views of early pools round before the fee and exchanges after.
    let slack = U256::from(rates.iter().any(|rate| *rate != WAD));
    let balances = balances?;
    let venue = CurveStableSwap::new(CurveFigures {
        id: place.id.clone(),
        pool,
        coins,
        balances: balances.clone(),
        amp_scaled: amp_scaled?,
        rates,
        fee_1e10: fee?,
        admin_fee_1e10: admin?,
        form,
    });
    let venue = venue.map_err(Unread::refused)?;
    probe(chain, pool, &balances, &venue, slack)?;
    Ok(Arc::new(venue))
}

/// Opens the pool of 2023 or later in role `pool`: `coins`, `balances`, `A_precise`, `fee`,
/// `offpeg_fee_multiplier`, `admin_fee` and `stored_rates`. Its own `get_dy` of large trades must be
/// the formula's to the last unit.
fn curve_stableswap_ng(place: &Place, chain: &Chain<'_>) -> Opening {
    let pool = place.contract("pool")?;
    let coins = coins(chain, pool)?;
    let balances = balances(chain, pool, coins.len());
    let rates = chain.call(pool, &stored_ratesCall {});
    let (amp, fee) = (chain.call(pool, &A_preciseCall {}), chain.call(pool, &feeCall {}));
    let multiplier = chain.call(pool, &offpeg_fee_multiplierCall {});
    let admin = chain.call(pool, &admin_feeCall {});
    // Rates come from other contracts, coins may rebase, and A may be moving.
    chain.each_block();
    let balances = balances?;
    let venue = CurveNg::new(CurveNgFigures {
        id: place.id.clone(),
        pool,
        coins,
        balances: balances.clone(),
        amp_scaled: amp?,
        rates: rates?,
        fee_1e10: fee?,
        multiplier_1e10: multiplier?,
        admin_fee_1e10: admin?,
    });
    let venue = venue.map_err(Unread::refused)?;
    probe(chain, pool, &balances, &venue, U256::ZERO)?;
    Ok(Arc::new(venue))
}

/// The pool's coins: there are as many as it names. Pools of early 2020 count in `int128`.
fn coins(chain: &Chain<'_>, pool: Address) -> Result<Vec<Address>, Unread> {
    let late = listed(|at| named(chain, pool, &coinsCall { i: U256::from(at) }))?;
    let coins = if late.is_empty() {
        listed(|at| named(chain, pool, &Early::coinsCall { i: i128::from(at) }))?
    } else {
        late
    };
    if coins.len() < 2 {
        chain.fixed(pool, &coinsCall { i: U256::ONE })?;
        return Err(Unread::Refused(format!("{pool} names no two coins")));
    }
    Ok(coins)
}

fn listed(named: impl Fn(u8) -> Result<Option<Address>, Unread>) -> Result<Vec<Address>, Unread> {
    let asked: Vec<_> = (0..8).map(named).collect();
    let answers: Result<Vec<_>, Unread> = asked.into_iter().collect();
    Ok(answers?.into_iter().map_while(|coin| coin.filter(|coin| *coin != Address::ZERO)).collect())
}

fn named<C: SolCall<Return = Address>>(
    chain: &Chain<'_>,
    pool: Address,
    call: &C,
) -> Result<Option<Address>, Unread> {
    let data = chain.fixed_bytes(pool, call)?;
    Ok(data.and_then(|data| C::abi_decode_returns(&data).ok()))
}

fn balances(chain: &Chain<'_>, pool: Address, count: usize) -> Result<Vec<U256>, Unread> {
    let asked: Vec<_> = (0..8_u8).take(count).map(|at| balance(chain, pool, at)).collect();
    asked.into_iter().collect()
}

fn balance(chain: &Chain<'_>, pool: Address, at: u8) -> Result<U256, Unread> {
    match chain.maybe(pool, &balancesCall { i: U256::from(at) })? {
        Some(balance) => Ok(balance),
        None => chain.call(pool, &Early::balancesCall { i: i128::from(at) }),
    }
}

/// `A` times 100.
fn amplification(chain: &Chain<'_>, pool: Address) -> Result<U256, Unread> {
    let (precise, whole) = (chain.maybe(pool, &A_preciseCall {}), chain.maybe(pool, &ACall {}));
    // Older pools compute with A itself, which is the same as with a hundred of it in hundredths.
    let scaled = precise?.or(whole?.and_then(|a| a.checked_mul(U256::from(100))));
    scaled.ok_or_else(|| Unread::Refused("the pool tells no amplification".into()))
}

/// From smallest units to 1e-18 of the common unit, in 1e-18.
fn rate(chain: &Chain<'_>, coin: Address) -> Result<U256, Unread> {
    if coin == NATIVE {
        return Ok(WAD);
    }
    let decimals = chain.fixed(coin, &decimalsCall {})?;
    let missing = 18_u8.checked_sub(decimals);
    let missing = missing.ok_or_else(|| Unread::Refused(format!("{coin} has over 18 decimals")))?;
    Ok(WAD * U256::from(10).pow(U256::from(missing)))
}

/// Compares the pool's own quotes from the first coin to the second and from the last to the first.
fn probe(
    chain: &Chain<'_>,
    pool: Address,
    balances: &[U256],
    venue: &dyn Venue,
    slack: U256,
) -> Result<(), Unread> {
    let last = balances.len().saturating_sub(1);
    let asked = [(0, 1), (last, 0)].map(|(from, to): (usize, usize)| {
        let held = balances.get(from).copied().unwrap_or_default();
        let swap = Swap { from, to, amount: (held / PROBED_PART).max(U256::ONE) };
        let (i, j) = (from as i128, to as i128);
        (swap, chain.call(pool, &get_dyCall { i, j, dx: swap.amount }))
    });
    for (swap, told) in asked {
        let (told, quoted) = (told?, venue.quote(swap).map_err(Unread::refused)?.out);
        if quoted.abs_diff(told) > slack {
            let Swap { from, to, amount } = swap;
            return Err(Unread::Refused(format!(
                "the pool quotes {told} for {amount} of coin {from} in coin {to} and its formula \
                 {quoted}: it is of another generation, or the constant \"plus_one\" is wrong"
            )));
        }
    }
    Ok(())
}
