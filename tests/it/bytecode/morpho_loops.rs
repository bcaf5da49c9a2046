//! Loops on Morpho Blue: entered and left in rounds, every step as the model says, to the wei.

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;
use tenor_solver::{
    amount::{WAD, mul_div},
    leverage::{Account, Credit, MorphoTerms, Terms},
    market::AsOf,
    venues::{AdaptiveCurve, VenueId},
};

use super::{
    ALICE, OWNER,
    lab::Lab,
    morpho::{Market, PAR, positionCall},
    rounds::{Lender, does, leave},
    tally::Tally,
};
use crate::world::rng::Rng;

sol! {
    function transfer(address to, uint256 amount) external returns (bool);
}

fn credit(market: &mut Market, price: U256) -> Credit {
    let terms = MorphoTerms {
        morpho: market.morpho,
        params: market.params,
        price,
        totals: market.totals(),
        // The package's own rate model is another: rates are not compared here.
        curve: AdaptiveCurve { rate_at_target: U256::ZERO },
    };
    Credit {
        venue: VenueId::new("morpho:A"),
        protocol: "morpho".into(),
        as_of: AsOf { block: 0, utc: String::new() },
        collateral: market.params.collateralToken,
        loan: market.params.loanToken,
        terms: Terms::Morpho(Box::new(terms)),
    }
}

impl Lender for Market {
    fn lab(&mut self) -> &mut Lab {
        &mut self.lab
    }

    fn compare(&mut self, tally: &mut Tally, account: &Account, _: &Credit, step: &str) {
        let Account::Morpho(model) = account else { panic!() };
        let call = positionCall { id: self.id(), user: ALICE };
        let real = self.lab.view(self.morpho, &call);
        let pledged = U256::from(real.collateral);
        tally.same("collateral", model.loan.collateral, pledged, (step, account));
        let shares = U256::from(real.borrowShares);
        tally.same("shares of debt", model.loan.borrow_shares, shares, (step, account));
        tally.equal("the totals", model.terms.totals, self.totals(), (step, account));
        tally.traded();
    }

    fn swap(&mut self, from: Address, to: Address, given: U256, got: U256) {
        let call = transferCall { to: OWNER, amount: given };
        self.lab.must(ALICE, from, &call);
        self.lab.mint(to, ALICE, got);
    }
}

fn round_trip(market: &mut Market, tally: &mut Tally, rng: &mut Rng) {
    let price = rng.near(PAR);
    market.price(price);
    let credit = credit(market, price);
    let mut account = Account::new(&credit.terms);
    let (collateral, loan) = (credit.collateral, credit.loan);
    let mut held = rng.bits(20, 90);
    market.lab.mint(collateral, ALICE, held);
    let least = WAD * U256::from(100 + rng.below(20)) / U256::from(100);
    for _ in 0..1 + rng.below(5) {
        assert!(does(&mut market.lab, &credit.pledge(ALICE, held)), "{tally:?}");
        account.pledge(held).unwrap();
        market.compare(tally, &account, &credit, "pledge");
        let most = account.most_borrow(U256::MAX, WAD);
        let over = most + U256::ONE;
        assert!(account.clone().borrow(over).is_err());
        let borrow = credit.borrow(ALICE, over, false);
        assert!(!does(&mut market.lab.clone(), &borrow), "{over}: {tally:?} {account:?}");
        tally.refused();
        let amount = account.most_borrow(rng.upto(most), least);
        if amount.is_zero() {
            break;
        }
        assert!(does(&mut market.lab, &credit.borrow(ALICE, amount, false)), "{tally:?}");
        account.borrow(amount).unwrap();
        market.compare(tally, &account, &credit, "borrow");
        held = mul_div(amount, PAR, price).unwrap();
        market.swap(loan, collateral, amount, held);
        if held.is_zero() {
            break;
        }
    }
    let some = |owed| if rng.chance(2) { rng.upto(owed) } else { owed };
    leave(market, tally, &credit, &mut account, some);
}

#[test]
fn morpho_loops_agree() {
    let (mut tally, mut rng) = Tally::new("Morpho Blue, loops", &["@morpho-org/morpho-blue"]);
    let blank = Market::new();
    while tally.wants_more() {
        let mut market = blank.clone();
        market.supply(rng.bits(60, 90));
        for _ in 0..rng.below(3) {
            market.pass(&mut rng);
        }
        round_trip(&mut market, &mut tally, &mut rng);
    }
    tally.report();
}
