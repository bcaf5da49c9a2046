//! Contracts that are only asked: a pool of ours with the face of Curve's three-coin pools and a fee
//! that falls towards balance, and OpenZeppelin's vault. At each amount that was asked the quote is
//! the contract's; between them the contract pays at least the quote.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolValue, sol};
use tenor_solver::{
    amount::{WAD, to_f64},
    venues::{Capacity, OpenError, Place, QuoteError, Swap, Trade, Venue, VenueId},
};

use super::{ALICE, BOB, lab::Lab, packages, tally::Tally};
use crate::world::rng::Rng;

sol! {
    function add(uint256[3] amounts) external;
    function get_dy(uint256 i, uint256 j, uint256 dx) external view returns (uint256);
    function deposit(uint256 assets, address receiver) external returns (uint256);
    function previewDeposit(uint256 assets) external view returns (uint256);
    function previewRedeem(uint256 shares) external view returns (uint256);
}

fn place(contract: Address, constants: &[(&str, u64)]) -> Place {
    let constants = constants.iter().map(|(name, value)| ((*name).to_owned(), *value));
    Place {
        id: VenueId::new("asked"),
        kind: "evm_quoted".to_owned(),
        contracts: BTreeMap::from([("contract".to_owned(), contract)]),
        constants: constants.collect(),
        code: BTreeMap::new(),
    }
}

/// A contract, and how it is opened.
#[derive(Debug, Clone)]
struct Market {
    lab: Lab,
    place: Place,
    vault: bool,
}

impl Market {
    fn pool(rng: &mut Rng) -> Self {
        let mut lab = Lab::new();
        let coins = [lab.token(18), lab.token(6), lab.token(18)];
        let prices = [WAD, WAD * U256::from(1_000_000_000_000_u64), WAD * U256::from(3000)];
        let (mid, out) = (1_000_000 + rng.below(10_000_000), 20_000_000 + rng.below(50_000_000));
        let (mid, out) = (U256::from(mid), U256::from(out));
        let arguments = (coins, prices.map(|price| price / WAD), mid, out).abi_encode_params();
        let pool = lab.deploy(&packages::compiled("AskedPool"), &arguments);
        for (account, coin) in [ALICE, BOB].into_iter().flat_map(|a| coins.map(|c| (a, c))) {
            lab.mint(coin, account, U256::ONE << 150);
            lab.allow(coin, account, pool);
        }
        let value = WAD * U256::from(1_000 + rng.below(10_000_000));
        // Some pools are out of balance by up to an order of magnitude.
        let skewed = |amount: U256, rng: &mut Rng| amount * U256::from(100 + rng.below(900));
        let amounts =
            [0, 1, 2].map(|coin| skewed(value * WAD / prices[coin] / U256::from(100), rng));
        lab.must(BOB, pool, &addCall { amounts });
        let steps = [("coins", 3), ("steps", 8 + rng.below(60))];
        let mut constants = steps.to_vec();
        if rng.chance(2) {
            constants.extend([("least_ppb", 1_000), ("most_ppb", 1_000_000_000)]);
        }
        Self { lab, place: place(pool, &constants), vault: false }
    }

    fn vault(rng: &mut Rng) -> Self {
        let mut lab = Lab::new();
        let asset = lab.token(18);
        let code = packages::compiled("OpenZeppelinVault");
        let vault = lab.deploy(&code, &(asset, U256::from(3)).abi_encode_params());
        for account in [ALICE, BOB] {
            lab.mint(asset, account, U256::ONE << 150);
            lab.allow(asset, account, vault);
        }
        let assets = rng.bits(60, 100);
        lab.must(BOB, vault, &depositCall { assets, receiver: BOB });
        lab.transfer(asset, BOB, vault, rng.upto(assets));
        // Alice redeems what she has: as much as Bob.
        lab.must(ALICE, vault, &depositCall { assets: assets + assets, receiver: ALICE });
        Self { lab, place: place(vault, &[("face", 2), ("steps", 12)]), vault: true }
    }

    fn open(&mut self) -> Arc<dyn Venue> {
        self.lab.open(&self.place).unwrap().venue
    }

    /// What the contract says that the swap would pay.
    fn says(&mut self, swap: Swap) -> U256 {
        let Swap { from, to, amount } = swap;
        let contract = self.place.contracts["contract"];
        let (i, j) = (U256::from(from), U256::from(to));
        match (self.vault, from) {
            (false, _) => self.lab.view(contract, &get_dyCall { i, j, dx: amount }),
            (true, 0) => self.lab.view(contract, &previewDepositCall { assets: amount }),
            (true, _) => self.lab.view(contract, &previewRedeemCall { shares: amount }),
        }
    }
}

fn most(venue: &dyn Venue, from: usize, to: usize) -> U256 {
    match venue.capacity(from, to) {
        Capacity::Limited { amount, .. } => amount,
        other => panic!("{other:?}"),
    }
}

fn directions(venue: &dyn Venue) -> Vec<(usize, usize)> {
    let n = venue.tokens().len();
    let all = (0..n).flat_map(|from| (0..n).map(move |to| (from, to)));
    all.filter(|(from, to)| from != to && !most(venue, *from, *to).is_zero()).collect()
}

/// Trades as encoded, with the quote as the least that is accepted: the contract pays as much or
/// more. Returns by how much more, in parts of the quote.
fn trade(market: &mut Market, tally: &mut Tally, venue: &dyn Venue, swap: Swap) -> f64 {
    let quote = venue.quote(swap).unwrap().out;
    let told = market.says(swap);
    assert!(quote <= told, "{tally:?} {quote} is more than {told}: {venue:?} {swap:?}");
    let real = venue.gain(swap.from, swap.to).unwrap().out(to_f64(swap.amount));
    assert!(
        to_f64(told) <= real * (1.0 + 1e-9) + 2.0,
        "{tally:?} {told} {real} {venue:?} {swap:?}"
    );
    let (deadline, recipient) = (market.lab.now(), ALICE);
    let encoded = venue.encode(&Trade { swap, min_out: quote, recipient, deadline });
    let [given, wanted] = [swap.from, swap.to].map(|at| venue.tokens()[at]);
    let held = |lab: &mut Lab| [given, wanted].map(|token| lab.balance(token, ALICE));
    let before = held(&mut market.lab);
    market.lab.execute(ALICE, &encoded).unwrap();
    let after = held(&mut market.lab);
    tally.same("paid", swap.amount, before[0] - after[0], swap);
    tally.same("received, as the view says", told, after[1] - before[1], swap);
    tally.traded();
    to_f64(told - quote) / to_f64(told).max(1.0)
}

fn refuses_what_was_not_asked(venue: &dyn Venue, swap: Swap, limit: U256) {
    let beyond = venue.quote(Swap { amount: limit + U256::ONE, ..swap });
    assert!(matches!(beyond, Err(QuoteError::Limit { .. })), "{beyond:?}");
    let mut spent = venue.boxed();
    spent.trade(swap).unwrap();
    let again = spent.quote(swap);
    assert!(matches!(again, Err(QuoteError::Unknown { .. })), "{again:?}");
    assert!(spent.gain(swap.from, swap.to).is_none());
}

fn compare(kind: &'static str, packages: &[&str], market: impl Fn(&mut Rng) -> Market) {
    let (mut tally, mut rng) = Tally::new(kind, packages);
    let (mut worst, mut exact) = (0f64, 0);
    while tally.wants_more() {
        let mut market = market(&mut rng);
        for _ in 0..2 {
            let venue = market.open();
            assert!(venue.at_least());
            let lanes = directions(&*venue);
            for trades in (0..10).rev() {
                let (from, to) = lanes[usize::try_from(rng.below(lanes.len() as u64)).unwrap()];
                let limit = most(&*venue, from, to);
                let amount = if rng.chance(4) { limit } else { rng.upto(limit) };
                // What Alice redeemed before is no longer hers to redeem.
                let amount = amount.min(market.lab.balance(venue.tokens()[from], ALICE));
                let swap = Swap { from, to, amount };
                if let Err(error) = venue.quote(swap) {
                    assert!(matches!(error, QuoteError::NothingOut(_)), "{error}");
                    tally.refused();
                    continue;
                }
                // All but the last trade leave the market as it was when it was asked.
                let mut copy = market.clone();
                let place = if trades == 0 { &mut market } else { &mut copy };
                let told = place.says(swap);
                if amount == limit {
                    tally.same("the last rung", venue.quote(swap).unwrap().out, told, swap);
                    exact += 1;
                }
                let less = trade(place, &mut tally, &*venue, swap);
                if amount > limit / U256::from(100_000) {
                    worst = worst.max(less);
                }
                refuses_what_was_not_asked(&*venue, swap, limit);
            }
        }
    }
    println!("{kind}: {exact} at the last rung; at most {:.4} % more than quoted", worst * 100.0);
    tally.report();
}

#[test]
fn a_pool_that_is_asked_pays_at_least_the_quote() {
    compare("Asked, a pool of ours", &[], Market::pool);
}

#[test]
fn a_vault_that_is_asked_pays_at_least_the_quote() {
    compare("Asked, ERC-4626 of OpenZeppelin", &["@openzeppelin/contracts"], Market::vault);
}

#[test]
fn what_is_not_to_be_asked_does_not_open() {
    let mut rng = Rng::new(Rng::seed());
    let mut market = Market::pool(&mut rng);
    let pool = market.place.contracts["contract"];
    for (constants, words) in [
        (vec![("face", 3)], "no face 3"),
        (vec![("coins", 9)], "9 coins"),
        (vec![("steps", 1)], "1 steps"),
        (vec![("least_ppb", 5), ("most_ppb", 5)], "no amounts"),
        // There is no fourth coin, and no other face.
        (vec![("coins", 4)], "reverted"),
        (vec![("face", 2)], "reverted"),
        (vec![("face", 1), ("coins", 3)], "quotes nothing"),
    ] {
        match market.lab.open(&place(pool, &constants)) {
            Err(OpenError::Unread { why, .. }) => {
                assert!(why.to_string().contains(words), "{words}: {why}");
            }
            other => panic!("{words}: {other:?}"),
        }
    }
}
