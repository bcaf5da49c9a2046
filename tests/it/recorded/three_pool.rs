//! Curve's 3pool at mainnet block 24,407,242, whose state nobody recorded.
//!
//! Its own quotes tell it. The amounts asked are hundredths, twentieths and quarters of the balances,
//! which gives two balances to a few units and the third to its first sixteen digits; of the rounded
//! amplifications and fees one pair fits. One choice of the digits that are left makes all six
//! quotes in DAI right to the last wei; it then makes the other twelve trades right too. The token's
//! supply is the one that nine deposits agree on, to three units, and nine withdrawals confirm it:
//! six numbers, thirty-six quotes.

use alloy_primitives::{U256, uint};
use tenor_solver::{
    amount::WAD,
    venues::{DenominatorForm, Liquidity, StableSwap, StableSwapError},
};

const POOL: &str = "0xbEbc44782C7dB0a1A60Cb6fe97d0b483032FF1C7";
const BLOCK: u64 = 24_407_242;
const COINS: [&str; 3] = ["DAI", "USDC", "USDT"];
const BALANCES: [U256; 3] =
    uint!([27137121100372139339642768_U256, 27662471158553_U256, 108298644409129_U256]);
const RATES: [U256; 3] = uint!([
    1000000000000000000_U256,
    1000000000000000000000000000000_U256,
    1000000000000000000000000000000_U256
]);
const SUPPLY: U256 = uint!(156839057351449476746953841_U256);
const FEE_DENOMINATOR: U256 = uint!(10000000000_U256);
const FORMULA: StableSwap = StableSwap {
    amp_scaled: uint!(400000_U256),
    fee_1e10: uint!(1500000_U256),
    admin_fee_1e10: U256::ZERO,
    form: DenominatorForm::Plain,
};

/// What the pool says by the formula, if it is asked and its state there is known.
pub(super) fn told(block: u64, parts: &[&str]) -> Option<Result<U256, StableSwapError>> {
    let (POOL, BLOCK) = (*parts.first()?, block) else { return None };
    let state = Liquidity { formula: FORMULA, balances: &BALANCES, rates: &RATES, supply: SUPPLY };
    match *parts {
        [_, "get_dy", pair, amount] => {
            let (given, wanted) = pair.split_once("->")?;
            let [i, j] = [given, wanted].map(|name| COINS.iter().position(|coin| *coin == name));
            Some(get_dy(i?, j?, amount.parse().ok()?))
        }
        [_, "calc_token_amount", "deposit", coin, amount] => {
            let (at, mut amounts) =
                (coin.strip_prefix("i=")?.parse::<usize>().ok()?, [U256::ZERO; 3]);
            *amounts.get_mut(at)? = amount.parse().ok()?;
            Some(state.token_amount(&amounts, true))
        }
        [_, "calc_withdraw_one_coin", coin, amount] => {
            let at = coin.strip_prefix("i=")?.parse().ok()?;
            Some(state.withdraw_one(amount.parse().ok()?, at).map(|withdrawal| withdrawal.out))
        }
        _ => None,
    }
}

/// The view rounds to units before the fee; the exchange after.
fn get_dy(i: usize, j: usize, amount: U256) -> Result<U256, StableSwapError> {
    let xp = [0, 1, 2].map(|at| BALANCES[at] * RATES[at] / WAD);
    let d = FORMULA.invariant(&xp)?;
    let y = FORMULA.balance_of(&xp, i, j, xp[i] + amount * RATES[i] / WAD, d)?;
    let gross = (xp[j] - y - U256::ONE) * WAD / RATES[j];
    let viewed = gross - FORMULA.fee_1e10 * gross / FEE_DENOMINATOR;
    let traded = FORMULA.exchange(&xp, &RATES, d, (i, j), amount)?.out;
    assert!(viewed.abs_diff(traded) <= U256::ONE, "{viewed} viewed, {traded} traded");
    Ok(viewed)
}
