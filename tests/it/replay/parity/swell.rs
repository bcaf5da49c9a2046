//! Which of its two deposit formulas Swell's contract has: the sources differ by a rounding, and the
//! code at each block decides.

use alloy_primitives::{Address, U256, address};
use alloy_sol_types::sol;
use tenor_solver::{
    amount::WAD,
    venues::{
        Capacity, Deposit, DepositCall, RateForm, ShareRate, ShareRateFigures, Swap, Venue as _,
        VenueId,
    },
};

use super::{
    field::{Field, Visit},
    trades::{balance, stakeable},
};
use crate::{recorded::data, world::rng::Rng};

sol! {
    function deposit() external payable;
    function swETHToETHRate() external view returns (uint256);
}

const SWETH: Address = address!("f951E335afb289353dc249e82926178EaC7DEd78");

/// The contract's first generation, in a block that holds all that a deposit reads.
const FIRST: u64 = 18_085_863;

/// The one of May 2024, of which the block holds the code alone: it runs here on the storage of the
/// other block, whose layout an upgrade keeps.
const MAY_2024: u64 = 19_933_597;

const DEPOSITS: u32 = 500;

fn minted(visit: &mut Visit<'_>, amount: U256) -> U256 {
    visit.pay(SWETH, amount, &depositCall {}).unwrap();
    balance(visit, SWETH).unwrap()
}

fn native(rate: U256, amount: U256) -> U256 {
    let figures = ShareRateFigures {
        share: SWETH,
        form: RateForm::Rate { eth_per_share_wad: rate },
        deposit: Deposit::Open(DepositCall::Deposit(SWETH)),
        burn_unknown: None,
        least_deposit: U256::ZERO,
        capacity: Capacity::Unlimited,
    };
    let venue = ShareRate::new(VenueId::new("swell"), figures);
    venue.quote(Swap { from: 0, to: 1, amount }).map_or(U256::ZERO, |quote| quote.out)
}

#[test]
fn swell_divides_once_in_may_2024_and_twice_before() {
    let Some(data) = data() else { return };
    let seed = Rng::seed();
    println!("TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let fields = Field::all(&data.join("blocks"));
    let at = |number| fields.iter().find(|field| field.number == number).unwrap();
    let (first, later) = (at(FIRST), at(MAY_2024));
    let rate = first.visit().view(SWETH, &swETHToETHRateCall {}).unwrap();
    let mut apart = 0;
    for _ in 0..DEPOSITS {
        let amount = stakeable(rng.bits(8, 84));
        let mut visit = later.visit();
        visit.complete_from(first);
        assert_eq!(minted(&mut visit, amount), native(rate, amount), "{amount}");
        let twice = amount * (WAD * WAD / rate) / WAD;
        assert_eq!(minted(&mut first.visit(), amount), twice, "{amount}");
        apart += u32::from(twice != native(rate, amount));
    }
    assert!(apart > 0, "the two formulas agree on every amount");
}
