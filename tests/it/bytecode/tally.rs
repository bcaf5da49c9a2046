//! What a suite counts, and the trade that a native venue and a contract must agree on.

use std::{env, fmt::Debug};

use alloy_primitives::U256;
use alloy_sol_types::sol;
use tenor_solver::venues::{Capacity, NATIVE, Quote, QuoteError, SharesBy, Swap, Trade, Venue};

use super::{ALICE, lab::Lab, packages::version};
use crate::world::rng::Rng;

sol! {
    function position(bytes32 id, address user) external view returns (
        uint256 supplyShares, uint128 borrowShares, uint128 collateral
    );
}

/// How many trades of each kind are compared, unless `TENOR_TRADES` says otherwise.
const TRADES: usize = 1000;

/// The trades of one kind that were compared so far.
#[derive(Debug)]
pub(super) struct Tally {
    kind: &'static str,
    packages: Vec<String>,
    seed: u64,
    wanted: usize,
    trades: usize,
    refused: usize,
    apart: U256,
}

impl Tally {
    /// A suite for a kind of venue and the packages that its contracts are from.
    pub(super) fn new(kind: &'static str, packages: &[&str]) -> (Self, Rng) {
        let seed = Rng::seed();
        println!("{kind}: TENOR_SEED={seed}");
        let wanted = env::var("TENOR_TRADES").map(|trades| trades.parse().expect("TENOR_TRADES"));
        let packages = packages.iter().map(|name| version(name)).collect();
        let tally = Self {
            kind,
            packages,
            seed,
            wanted: wanted.unwrap_or(TRADES),
            trades: 0,
            refused: 0,
            apart: U256::ZERO,
        };
        (tally, Rng::new(seed))
    }

    /// Whether more trades are to be compared.
    pub(super) fn wants_more(&self) -> bool {
        assert!(self.refused < 50 * self.wanted, "{}: too few trades go through", self.kind);
        self.trades < self.wanted
    }

    pub(super) fn trades(&self) -> usize {
        self.trades
    }

    pub(super) fn traded(&mut self) {
        self.trades += 1;
    }

    pub(super) fn refused(&mut self) {
        self.refused += 1;
    }

    /// An amount of the model's and the contract's.
    ///
    /// # Panics
    ///
    /// With the seed, when they differ.
    pub(super) fn same(&mut self, what: &str, model: U256, contract: U256, case: impl Debug) {
        self.apart = self.apart.max(model.abs_diff(contract));
        self.equal(what, model, contract, case);
    }

    /// Anything else that both say.
    #[expect(clippy::needless_pass_by_value, reason = "most are made to be compared")]
    pub(super) fn equal<T: PartialEq + Debug>(
        &self,
        what: &str,
        model: T,
        contract: T,
        case: impl Debug,
    ) {
        let Self { kind, seed, .. } = self;
        assert!(
            model == contract,
            "{kind}: {what}: {model:?}, and the contract says {contract:?}; \
             TENOR_SEED={seed}: {case:?}"
        );
    }

    /// The row of the table.
    pub(super) fn report(self) {
        let Self { kind, packages, trades, refused, apart, .. } = self;
        println!("| {kind} | {} | {trades} | {refused} | {apart} |", packages.join(", "));
    }

    /// Alice makes a trade as the venue encodes it: the contract returns what the venue quotes, to
    /// the wei, or both refuse. Alice has what she gives. Returns the quote when it went through.
    pub(super) fn trade(
        &mut self,
        lab: &mut Lab,
        venue: &mut dyn Venue,
        swap: Swap,
    ) -> Result<Quote, QuoteError> {
        let quote = venue.quote(swap);
        let min_out = quote.as_ref().map_or(U256::ZERO, |quote| quote.out);
        let trade = Trade { swap, min_out, recipient: ALICE, deadline: lab.now() };
        let before = held(lab, venue);
        let result = lab.execute(ALICE, &venue.encode(&trade));
        match (&quote, result) {
            (Ok(quote), Ok(())) => {
                self.equal("the quote of the trade", venue.trade(swap), Ok(*quote), swap);
                let after = held(lab, venue);
                let paid = before[swap.from] - after[swap.from];
                self.same("paid", swap.amount, paid, (&venue, swap));
                let got = after[swap.to] - before[swap.to];
                self.same("received", quote.out, got, (&venue, swap));
                self.traded();
            }
            (Err(_), Err(_)) => self.refused(),
            (quote, result) => panic!(
                "{}: {quote:?}, and the contract says {result:?}; TENOR_SEED={}: {venue:?} {swap:?}",
                self.kind, self.seed
            ),
        }
        quote
    }

    /// As [`Tally::trade`] of shares that are no token: `shares` asks the contract for Alice's. Returns
    /// those that came when it went through.
    pub(super) fn deposit(
        &mut self,
        lab: &mut Lab,
        venue: &mut dyn Venue,
        swap: Swap,
        shares: impl Fn(&mut Lab) -> U256,
    ) -> Option<U256> {
        let quote = venue.quote(swap);
        let trade = Trade { swap, min_out: U256::ZERO, recipient: ALICE, deadline: 0 };
        let before = shares(lab);
        let done = lab.execute(ALICE, &venue.encode(&trade));
        let got = shares(lab) - before;
        match (&quote, done) {
            (Ok(quote), Ok(())) => {
                self.same("shares", quote.out, got, (&venue, swap));
                self.equal("the trade", venue.trade(swap), Ok(*quote), swap);
                self.traded();
                Some(got)
            }
            (Err(_), Err(_)) => {
                self.refused();
                None
            }
            (quote, done) => panic!(
                "{}: {quote:?}, and the contract says {done:?}; TENOR_SEED={}: {venue:?} {swap:?}",
                self.kind, self.seed
            ),
        }
    }
}

/// An amount of any size, and often what a direction takes, or a unit more.
pub(super) fn amount_near(venue: &dyn Venue, rng: &mut Rng) -> U256 {
    match (rng.below(6), venue.capacity(0, 1)) {
        (0, Capacity::Limited { amount, .. }) if !amount.is_zero() => amount,
        (1, Capacity::Limited { amount, .. }) => amount + U256::ONE,
        _ => rng.bits(1, 80),
    }
}

/// What Alice holds of the venue's tokens.
fn held(lab: &mut Lab, venue: &dyn Venue) -> Vec<U256> {
    let held = |(at, token): (usize, &_)| match (*token, venue.shares_by(at)) {
        (NATIVE, _) => lab.ether(ALICE),
        (_, Some(SharesBy::Position { of, market })) => {
            lab.view(of, &positionCall { id: market, user: ALICE }).supplyShares
        }
        (token, _) => lab.balance(token, ALICE),
    };
    venue.tokens().iter().enumerate().map(held).collect()
}
