//! Curve's tricrypto pools, asked: the venue's quotes beside what the recorded contracts pay.
//!
//! A pool leaves `get_dy` to a contract of views that no recorded block touched. What it tells is here
//! what the pool's own `exchange` pays for the same amount on a copy of the block, which is what the
//! quote promises; at amounts between those that were asked the pool pays at least the quote.

use std::{collections::HashMap, convert::Infallible, sync::Arc};

use alloy_primitives::{Address, U256, address};
use alloy_sol_types::{SolCall, SolValue, sol};
use tenor_solver::{
    amount::to_f64,
    venues::{Answer, At, Capacity, Place, QuoteError, Read, Swap, Trade, Venue, VenueId, open},
};

use super::{
    field::{Ended, Field, TRADER, Visit},
    trades::balance,
};
use crate::{recorded::data, world::rng::Rng};

sol! {
    function balanceOf(address account) external view returns (uint256);
    function approve(address spender, uint256 amount) external;
    function get_dy(uint256 i, uint256 j, uint256 dx) external view returns (uint256);
    function exchange(uint256 i, uint256 j, uint256 dx, uint256 min_dy) external;
}

/// USDT, WBTC, WETH: tricrypto2.
pub(super) const TRICRYPTO: Address = address!("D51a44d3FaE010294C616388b506AcdA1bfAAE46");
/// crvUSD, WETH, CRV: a pool of the next generation.
pub(super) const TRICRV: Address = address!("4eBdF703948ddCEA3B11f675B4D1Fba9d2414A14");

/// Each pool, and the block that has it.
const POOLS: [(u64, Address); 2] = [(17_666_333, TRICRYPTO), (19_933_597, TRICRV)];

/// Trades of each direction.
const TRADES: usize = 500;

/// A pool on its block, and a trader with enough of its coins for every amount asked. What the block
/// did not touch, as a coin that nobody traded, is in no direction that the venue has.
struct Pool<'f> {
    visit: Visit<'f>,
    pool: Address,
}

impl<'f> Pool<'f> {
    fn new(field: &'f Field, pool: Address) -> Self {
        let mut new = Self { visit: field.visit(), pool };
        for at in 0..3 {
            let coin = new.coin(U256::from(at)).unwrap();
            let balance = balanceOfCall { account: TRADER };
            if new.visit.give(coin, U256::ONE << 90, &balance) {
                new.visit.send(coin, &approveCall { spender: pool, amount: U256::MAX }).unwrap();
            }
        }
        new
    }

    /// What an exchange pays on a copy of the block.
    fn pays(&self, tokens: [Address; 2], call: &exchangeCall) -> Result<U256, Ended> {
        let mut copy = self.visit.clone();
        let before = balance(&mut copy, tokens[1])?;
        copy.send(self.pool, call)?;
        Ok(balance(&mut copy, tokens[1])? - before)
    }

    fn coin(&self, at: U256) -> Result<Address, Ended> {
        let data = [&[0xc6, 0x61, 0x06, 0x57][..], &at.to_be_bytes::<32>()].concat();
        let word = self.visit.clone().answer(self.pool, data.into())?;
        Address::abi_decode(&word).map_err(|_| Ended::Reverted)
    }

    fn answer(&self, read: &Read) -> Answer {
        let Read::Call { to, data } = read else { panic!("{read:?} is asked") };
        let told = match get_dyCall::abi_decode(data) {
            Ok(get_dyCall { i, j, dx }) => (|| {
                let call = exchangeCall { i, j, dx, min_dy: U256::ZERO };
                Ok(self.pays([self.coin(i)?, self.coin(j)?], &call)?.abi_encode().into())
            })(),
            Err(_) => self.visit.clone().answer(*to, data.clone()),
        };
        told.map_or(Answer::Reverted, Answer::Returned)
    }

    fn open(&self, field: &Field) -> Arc<dyn Venue> {
        let place = Place {
            id: VenueId::new("tricrypto"),
            kind: "evm_quoted".into(),
            contracts: [("contract".to_owned(), self.pool)].into(),
            constants: [("coins".to_owned(), 3), ("steps".to_owned(), 24)].into(),
            code: Default::default(),
        };
        let at = At { block: field.number, timestamp: field.timestamp() };
        let answers = |reads: &[Read]| -> Result<Vec<Answer>, Infallible> {
            Ok(reads.iter().map(|read| self.answer(read)).collect())
        };
        let opened = open(&[place], at, &mut HashMap::new(), answers).unwrap().remove(0);
        opened.unwrap().venue
    }

    /// Trades as the venue encodes it, on a copy: what came.
    fn traded(&self, venue: &dyn Venue, swap: Swap, quote: U256) -> U256 {
        let trade = Trade { swap, min_out: quote, recipient: TRADER, deadline: u64::MAX };
        let [call] = &venue.encode(&trade).calls[..] else { panic!("one call") };
        let call_of = exchangeCall::abi_decode(&call.data).unwrap();
        assert_eq!((call.to, call_of.min_dy), (self.pool, quote));
        let tokens = [swap.from, swap.to].map(|at| venue.tokens()[at]);
        self.pays(tokens, &call_of).unwrap_or_else(|ended| panic!("{ended:?}: {swap:?} {quote}"))
    }
}

#[test]
fn tricrypto_pays_what_the_venue_that_asks_it_quotes() {
    let Some(data) = data() else { return };
    let seed = Rng::seed();
    println!("TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    for (number, pool) in POOLS {
        let field = Field::at(&data.join("blocks"), number);
        let pool = Pool::new(&field, pool);
        let venue = pool.open(&field);
        let lanes = (0..3).flat_map(|from| (0..3).map(move |to| (from, to)));
        let traded: Vec<_> = lanes
            .filter_map(|lane| direction(&pool, &*venue, lane, &mut rng))
            .inspect(|told| println!("{number}: {told}; TENOR_SEED={seed}"))
            .collect();
        assert!(!traded.is_empty(), "{number}: nothing is recorded");
    }
}

/// The trades of one direction, in words; `None` where the block did not record it.
fn direction(
    pool: &Pool<'_>,
    venue: &dyn Venue,
    (from, to): (usize, usize),
    rng: &mut Rng,
) -> Option<String> {
    let Capacity::Limited { amount: most, .. } = venue.capacity(from, to) else { return None };
    let gain = venue.gain(from, to)?;
    let (mut exact, mut refused, mut worst) = (0, 0, 0f64);
    for at in 0..=TRADES {
        let swap = Swap { from, to, amount: if at == 0 { most } else { rng.upto(most) } };
        let quote = match venue.quote(swap) {
            Ok(quote) => quote.out,
            Err(QuoteError::NothingOut(_)) => {
                refused += 1;
                continue;
            }
            Err(error) => panic!("{error}: {swap:?}"),
        };
        let paid = pool.traded(venue, swap, quote);
        assert!(quote <= paid, "{quote} quoted, {paid} paid: {swap:?}");
        assert!(at > 0 || quote == paid, "the last amount that was asked: {quote}, {paid}");
        let above = gain.out(to_f64(swap.amount));
        assert!(to_f64(paid) <= above * (1.0 + 1e-9) + 2.0, "{paid} above {above}: {swap:?}");
        exact += usize::from(quote == paid);
        if swap.amount > most / U256::from(100_000) {
            worst = worst.max(to_f64(paid - quote) / to_f64(paid));
        }
    }
    let worst = worst * 100.0;
    let traded = TRADES + 1 - refused;
    assert!(traded > TRADES / 2, "{refused} of {TRADES} amounts are too small");
    Some(format!("{from} to {to}: {traded} trades, {exact} to the wei, at most {worst:.4} % more"))
}
