//! Contracts that are asked for their quotes at a ladder of amounts.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::super::{
    AskedLane, Chain, EvmQuoted, EvmQuotedFigures, Face, Kind, Place, Unread, opening::Opening,
    power,
};
use crate::amount::{WAD, mul_div};
use crate::risk::Class;

sol! {
    function coins(uint256 i) external view returns (address);
    function balances(uint256 i) external view returns (uint256);
    function asset() external view returns (address);
    function totalAssets() external view returns (uint256);
    function totalSupply() external view returns (uint256);
    function previewDeposit(uint256 assets) external view returns (uint256);
    function previewRedeem(uint256 shares) external view returns (uint256);

    interface Crypto {
        function get_dy(uint256 i, uint256 j, uint256 dx) external view returns (uint256);
    }

    interface Stable {
        function get_dy(int128 i, int128 j, uint256 dx) external view returns (uint256);
    }
}

/// Constants where a place gives none: from a hundred-thousandth of what the contract holds of the
/// token given to a third of it, in so many amounts.
const COINS: u64 = 2;
const LEAST_PPB: u64 = 10_000;
const MOST_PPB: u64 = 300_000_000;
const STEPS: u64 = 32;

const BILLION: u64 = 1_000_000_000;

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("evm_quoted", &["contract"], &[Class::Exchange], open).with(&[
        "face",
        "coins",
        "least_ppb",
        "most_ppb",
        "steps",
    ])];

/// Opens the contract in role `contract`. Its constants:
/// - `face`: 0 for [`Face::Crypto`], 1 for [`Face::Stable`], 2 for [`Face::Vault`];
/// - `coins`: how many tokens a pool has, two to eight;
/// - `least_ppb` and `most_ppb`: the smallest and the largest amount that is asked, in billionths
///   of `balances(i)` of a pool, of `totalAssets` or `totalSupply` of a vault;
/// - `steps`: how many amounts, two to 128, each larger than the last by the same factor.
///
/// Where the contract refuses an amount, the ladder ends. The answers are of one block: whatever
/// they hang on may change with the next.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let contract = place.contract("contract")?;
    chain.each_block();
    let ask = Asking::of(place, chain, contract)?;
    let tokens = ask.tokens(place.constant("coins", COINS))?;
    let held: Vec<_> = (0..tokens.len()).map(|token| ask.held(token)).collect();
    let held = held.into_iter().collect::<Result<Vec<U256>, Unread>>()?;
    let lanes = (0..tokens.len()).flat_map(|from| {
        let others = (0..tokens.len()).filter(move |to| *to != from);
        others.map(move |to| (from, to))
    });
    let asked: Vec<_> = lanes.map(|(from, to)| ask.lane(from, to, held[from])).collect();
    let asked = asked.into_iter().collect::<Result<Vec<_>, Unread>>()?;
    if asked.iter().all(|lane| lane.answers.len() < 2) {
        return Err(Unread::Refused("the contract quotes nothing in any direction".into()));
    }
    let (id, face) = (place.id.clone(), ask.face);
    Ok(Arc::new(EvmQuoted::new(EvmQuotedFigures { id, contract, face, tokens, asked })))
}

/// A contract, and how it is asked.
struct Asking<'c, 'k> {
    chain: &'c Chain<'k>,
    contract: Address,
    face: Face,
    least_ppb: u64,
    most_ppb: u64,
    steps: u64,
}

impl<'c, 'k> Asking<'c, 'k> {
    fn of(place: &Place, chain: &'c Chain<'k>, contract: Address) -> Result<Self, Unread> {
        let refused = |what: String| Err(Unread::Refused(what));
        let face = match place.constant("face", 0) {
            0 => Face::Crypto,
            1 => Face::Stable,
            2 => Face::Vault,
            other => return refused(format!("there is no face {other}: 0, 1 or 2")),
        };
        let (least_ppb, most_ppb) =
            (place.constant("least_ppb", LEAST_PPB), place.constant("most_ppb", MOST_PPB));
        let steps = place.constant("steps", STEPS);
        if least_ppb == 0 || least_ppb >= most_ppb || most_ppb > BILLION {
            return refused(format!("{least_ppb} to {most_ppb} billionths are no amounts"));
        }
        if !(2..=128).contains(&steps) {
            return refused(format!("{steps} steps: two to 128"));
        }
        Ok(Self { chain, contract, face, least_ppb, most_ppb, steps })
    }

    fn tokens(&self, coins: u64) -> Result<Vec<Address>, Unread> {
        if self.face == Face::Vault {
            return Ok(vec![self.chain.fixed(self.contract, &assetCall {})?, self.contract]);
        }
        if !(2..=8).contains(&coins) {
            return Err(Unread::Refused(format!("{coins} coins: two to eight")));
        }
        let coin = |i| self.chain.fixed(self.contract, &coinsCall { i: U256::from(i) });
        let asked: Vec<_> = (0..coins).map(coin).collect();
        asked.into_iter().collect()
    }

    /// What the amounts of a token are parts of.
    fn held(&self, token: usize) -> Result<U256, Unread> {
        match (self.face, token) {
            (Face::Vault, 0) => self.chain.call(self.contract, &totalAssetsCall {}),
            (Face::Vault, _) => self.chain.call(self.contract, &totalSupplyCall {}),
            _ => self.chain.call(self.contract, &balancesCall { i: U256::from(token) }),
        }
    }

    fn lane(&self, from: usize, to: usize, held: U256) -> Result<AskedLane, Unread> {
        let amounts = self.amounts(held).unwrap_or_default();
        let told: Vec<_> = amounts.iter().map(|amount| self.quote(from, to, *amount)).collect();
        let mut answers = Vec::with_capacity(amounts.len());
        for (amount, told) in amounts.into_iter().zip(told) {
            match told? {
                Some(paid) => answers.push((amount, paid)),
                None => break,
            }
        }
        Ok(AskedLane { from, to, answers })
    }

    /// From the least to the most, by one factor. `None` where they overflow.
    fn amounts(&self, held: U256) -> Option<Vec<U256>> {
        let least = mul_div(held, U256::from(self.least_ppb), U256::from(BILLION))?.max(U256::ONE);
        let whole = U256::from(self.most_ppb).checked_mul(WAD)? / U256::from(self.least_ppb);
        let amount = |step: u64| {
            let part = U256::from(step).checked_mul(WAD)? / U256::from(self.steps - 1);
            mul_div(least, power(whole, part)?, WAD)
        };
        (0..self.steps).map(amount).collect()
    }

    fn quote(&self, from: usize, to: usize, dx: U256) -> Result<Option<U256>, Unread> {
        let (chain, contract) = (self.chain, self.contract);
        match (self.face, from) {
            (Face::Crypto, _) => {
                let (i, j) = (U256::from(from), U256::from(to));
                chain.maybe(contract, &Crypto::get_dyCall { i, j, dx })
            }
            (Face::Stable, _) => {
                let [i, j] = [from, to].map(|at| i128::try_from(at).unwrap_or(i128::MAX));
                chain.maybe(contract, &Stable::get_dyCall { i, j, dx })
            }
            (Face::Vault, 0) => chain.maybe(contract, &previewDepositCall { assets: dx }),
            (Face::Vault, _) => chain.maybe(contract, &previewRedeemCall { shares: dx }),
        }
    }
}
