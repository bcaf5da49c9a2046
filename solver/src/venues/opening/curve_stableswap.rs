//! Curve's two-coin pools of the first generation.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::{
    super::{
        Chain, CurveFigures, CurveStableSwap, DenominatorForm, NATIVE, Place, Swap, Unread, Venue,
    },
    Opening,
};
use crate::amount::WAD;

sol! {
    function coins(uint256 i) external view returns (address);
    function balances(uint256 i) external view returns (uint256);
    function A() external view returns (uint256);
    function A_precise() external view returns (uint256);
    function fee() external view returns (uint256);
    function admin_fee() external view returns (uint256);
    function get_dy(int128 i, int128 j, uint256 dx) external view returns (uint256);
    function decimals() external view returns (uint8);
}

/// The pool's own quote of this part of its first coin is compared with the formula's.
const PROBED_PART: U256 = U256::from_limbs([10, 0, 0, 0]);

/// Opens the pool in role `pool`: `coins`, `balances`, `A_precise` (or `A`), `fee`
/// and `admin_fee`, and `decimals` of the coins.
///
/// The constant `plus_one` says which `get_D` the pool has, see [`DenominatorForm`]. The pool's own
/// `get_dy` of a large trade must be the formula's to the last unit: pools with rates, with fees
/// that depend on balances or of later generations do not open. Whether a pool is killed no getter
/// tells: a plan through one fails where it is simulated.
pub(in super::super) fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let pool = place.contract("pool")?;
    let index = |i: u64| U256::from(i);
    let coins = [0, 1].map(|i| chain.fixed(pool, &coinsCall { i: index(i) }));
    let balances = [0, 1].map(|i| chain.call(pool, &balancesCall { i: index(i) }));
    let amp_scaled = amplification(chain, pool);
    let (fee, admin) = (chain.call(pool, &feeCall {}), chain.call(pool, &admin_feeCall {}));
    let [a, b] = coins;
    let coins = [a?, b?];
    let rates = coins.map(|coin| rate(chain, coin));
    // A coin that rebases changes what a pool holds without a word to it, and A may be moving.
    chain.each_block();
    let ([x, y], [p, q]) = (balances, rates);
    let figures = CurveFigures {
        id: place.id.clone(),
        pool,
        coins,
        balances: [x?, y?],
        amp_scaled: amp_scaled?,
        rates: [p?, q?],
        fee_1e10: fee?,
        admin_fee_1e10: admin?,
        form: if place.says("plus_one") {
            DenominatorForm::PlusOne
        } else {
            DenominatorForm::Plain
        },
    };
    let venue = CurveStableSwap::new(figures.clone()).map_err(Unread::refused)?;
    probe(chain, &figures, &venue)?;
    Ok(Arc::new(venue))
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

fn probe(chain: &Chain<'_>, figures: &CurveFigures, venue: &CurveStableSwap) -> Result<(), Unread> {
    let amount = (figures.balances[0] / PROBED_PART).max(U256::ONE);
    let asked = get_dyCall { i: 0, j: 1, dx: amount };
    let told = chain.call(figures.pool, &asked)?;
    let quoted = venue.quote(Swap { from: 0, to: 1, amount }).map_err(Unread::refused)?.out;
    // With other decimals than 18, views of early pools round before the fee and exchanges after.
    let slack = U256::from(figures.rates != [WAD; 2]);
    if quoted.abs_diff(told) <= slack {
        return Ok(());
    }
    let what = format!(
        "the pool quotes {told} for {amount} of its first coin and its formula {quoted}: it is of \
         another generation, or the constant \"plus_one\" is wrong"
    );
    Err(Unread::Refused(what))
}
