//! Curve's pools opened from what their contracts' getters say.
//!
//! No package carries the contracts: the answers are those of the recorded pools of
//! `curve_vectors.rs`.

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
};

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolValue, sol};
use serde_json::Value;
use tenor_solver::venues::{self, Answer, At, Place, Read, Swap, Venue, VenueId};

use super::curve_vectors::{POOL, Pool, index, rows, uint, uints};

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
}

const BASE: Address = Address::repeat_byte(8);
const AT: At = At { block: 1, timestamp: 10_000 };

/// What a pool of a row answers; `noted` is a virtual price, when it was noted, and the one now.
/// The pool's own quotes are the venue's, off by `off`.
struct Told<'a> {
    row: &'a Value,
    venue: Box<dyn Venue>,
    noted: Option<[U256; 3]>,
    off: U256,
}

impl Told<'_> {
    fn answer(&self, read: &Read) -> Answer {
        let Read::Call { to, data } = read else { return Answer::Reverted };
        let returned = |value: U256| Answer::Returned(value.abi_encode().into());
        let (balances, rates) = (uints(&self.row["balances"]), uints(&self.row["rates"]));
        if *to == BASE {
            return self.noted.map_or(Answer::Reverted, |noted| returned(noted[2]));
        }
        if *to != POOL {
            let at = usize::from(to.0[19]) - 1;
            let missing = rates[at].to_string().len() - 19;
            return returned(U256::from(18 - missing));
        }
        let selector: [u8; 4] = data[..4].try_into().unwrap();
        let index = || U256::from_be_slice(&data[4..36]).saturating_to::<usize>();
        let listed = |of: &[U256]| of.get(index()).copied().map_or(Answer::Reverted, returned);
        match selector {
            coinsCall::SELECTOR => match self.venue.tokens().get(index()) {
                Some(coin) => Answer::Returned(coin.abi_encode().into()),
                None => Answer::Reverted,
            },
            balancesCall::SELECTOR => listed(&balances),
            A_preciseCall::SELECTOR if self.row["kind"] != "3pool" => {
                returned(uint(&self.row["amp_scaled"]))
            }
            ACall::SELECTOR => returned(uint(&self.row["amp_scaled"]) / U256::from(100)),
            feeCall::SELECTOR => returned(uint(&self.row["fee"])),
            admin_feeCall::SELECTOR => returned(uint(&self.row["admin_fee"])),
            offpeg_fee_multiplierCall::SELECTOR => returned(uint(&self.row["multiplier"])),
            stored_ratesCall::SELECTOR => Answer::Returned(rates.abi_encode().into()),
            base_virtual_priceCall::SELECTOR if self.noted.is_some() => {
                returned(self.noted.unwrap()[0])
            }
            base_cache_updatedCall::SELECTOR if self.noted.is_some() => {
                returned(self.noted.unwrap()[1])
            }
            get_dyCall::SELECTOR => {
                let get_dyCall { i, j, dx: amount } = get_dyCall::abi_decode(data).unwrap();
                let (from, to) = (usize::try_from(i).unwrap(), usize::try_from(j).unwrap());
                let quote = self.venue.quote(Swap { from, to, amount });
                quote.map_or(Answer::Reverted, |quote| returned(quote.out + self.off))
            }
            _ => Answer::Reverted,
        }
    }

    fn open(&self, kind: &str) -> Result<venues::Opened, venues::OpenError> {
        let contracts = BTreeMap::from([("pool".to_owned(), POOL), ("base".to_owned(), BASE)]);
        let (id, kind, constants) = (VenueId::new("curve"), kind.to_owned(), BTreeMap::new());
        let place = Place { id, kind, contracts, constants, code: BTreeMap::new() };
        let answers = |reads: &[Read]| -> Result<Vec<Answer>, Infallible> {
            Ok(reads.iter().map(|read| self.answer(read)).collect())
        };
        let Ok(mut opened) = venues::open(&[place], AT, &mut HashMap::new(), answers);
        opened.remove(0)
    }
}

/// Each contract of the vectors, opened from what its getters say, quotes as it traded; a pool whose
/// own quote is another does not open.
#[test]
fn pools_open_from_what_their_contracts_say() {
    for row in rows() {
        let kind = if row["kind"] == "ng" { "curve_stableswap_ng" } else { "curve_stableswap" };
        let venue = Pool::new(&row).venue().boxed();
        let mut told = Told { row: &row, venue, noted: None, off: U256::ZERO };
        let opened = told.open(kind).unwrap().venue;
        let first = &row["trades"][0];
        let (from, to, amount) = (index(&first[0]), index(&first[1]), uint(&first[2]));
        let out = opened.quote(Swap { from, to, amount }).ok().map(|quote| quote.out);
        assert_eq!(out, (!first[3].is_null()).then(|| uint(&first[3])), "{first}");
        told.off = U256::from(2);
        let refused = told.open(kind).unwrap_err();
        assert!(refused.to_string().contains("another generation"), "{refused}");
    }
}

/// A pool of pools uses the virtual price that it noted for ten minutes, and then the base's own.
#[test]
fn a_pool_of_pools_takes_its_rate_from_the_base() {
    let wad = U256::from(10).pow(U256::from(18));
    let [old, new] = [1_010_000_000_000_000_000_u64, 1_020_000_000_000_000_000].map(U256::from);
    for (age, rate) in [(599_u64, old), (600, old), (601, new)] {
        let whole = |n: u64| (wad * U256::from(n)).to_string();
        let row = serde_json::json!({
            "kind": "meta",
            "balances": [whole(1_000_000), whole(900_000)],
            "rates": [wad.to_string(), rate.to_string()],
            "amp_scaled": 20_000, "fee": 4_000_000, "admin_fee": 5_000_000_000_u64,
        });
        let venue = Pool::new(&row).venue().boxed();
        let noted = Some([old, U256::from(AT.timestamp - age), new]);
        let plain = serde_json::json!({"rates": [wad.to_string(), wad.to_string()]});
        let mut told = row.clone();
        told["rates"] = plain["rates"].clone();
        let told = Told { row: &told, venue, noted, off: U256::ZERO };
        let opened = told.open("curve_metapool").unwrap().venue;
        let swap = Swap { from: 1, to: 0, amount: wad * U256::from(1000) };
        assert_eq!(opened.quote(swap), told.venue.quote(swap), "{age} s old");
    }
}
