//! One swap: through which pools it goes, and what it moves in Liquidity.
//!
//! Source: `FluidDexT1._swapIn`, `_swapRoutingIn`, `_getAmountOut`, `_verifyToken0Reserves`,
//! `_verifyToken1Reserves` and `_priceDiffCheck` (Instadapp/fluid-contracts-public a9949b4), in their
//! order of operations.

use alloy_primitives::{I256, U256, uint};

use super::{
    FluidDex, Halt, Lane, Pools,
    books::{Amiss, Book, Kept},
    reserves::{ONE, Reserves, root},
};
use crate::amount::{WAD, mul_div_checked};

/// The least of a swap, with 12 decimals, and in smallest units.
const LEAST: U256 = uint!(1_000_000_U256);
const LEAST_UNITS: U256 = uint!(100_U256);

/// The most, likewise.
const MOST: U256 = U256::from_limbs([u64::MAX, u32::MAX as u64, 0, 0]);
const MOST_UNITS: U256 = U256::from_limbs([u64::MAX, u64::MAX, 0, 0]);

/// One, as fees are counted, and as what fees leave after the protocol's cut.
const FEE_ONE: U256 = uint!(1_000_000_U256);
const CUT_ONE: U256 = uint!(100_000_000_U256);

/// What either token must be worth of the other after a swap: one part in so many.
const LEAST_PART: U256 = uint!(10_000_U256);

/// How far the price may be from the last one that was stored (`ORACLE_LIMIT`), in WAD.
const MOST_MOVED: I256 = I256::from_raw(uint!(50_000_000_000_000_000_U256));

const WIDTH: &str = "what the contract counts of an amount";
const HALF: &str = "half of the reserves that the price is of";
const LEFT: &str = "the pool keeps a part in 10,000 of each token";
const PRICE: &str = "the price moves by 5 % at most";
const TAKEN: &str = "what Liquidity lets the pool take back now";
const BOOKED: &str = "what the pool has in Liquidity, or owes it";
const LENT: &str = "what Liquidity lends to the pool now";

/// What a swap moves, in smallest units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moved {
    /// What is handed over.
    pub(super) out: U256,
    /// Of it, what comes of supplies.
    pub(super) taken: U256,
    /// And of new debt.
    pub(super) lent: U256,
    /// Of what is given, without the protocol's cut, what is supplied.
    pub(super) given: U256,
    /// And what repays debt.
    pub(super) repaid: U256,
    /// Supplies afterwards.
    pub(super) supplies: Option<[Book; 2]>,
    /// Debts afterwards.
    pub(super) debts: Option<[Book; 2]>,
}

/// One pool's part of a swap, with 12 decimals.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    /// Given, without the protocol's cut.
    given: U256,
    out: U256,
    /// The price after it.
    price: U256,
}

impl FluidDex {
    /// The least amount that is taken of a token.
    pub(super) fn least(&self, from: usize) -> U256 {
        let scale = self.scales[from];
        let units =
            LEAST.saturating_mul(scale.denominator).div_ceil(scale.numerator.max(U256::ONE));
        units.max(LEAST_UNITS)
    }

    /// What a swap of `amount` does.
    pub(super) fn moved(&self, from: usize, amount: U256) -> Result<Moved, Halt> {
        let lane = Lane { from, to: 1 - from };
        let Some(pools) = &self.pools else {
            return Err(if self.is_bare() { Halt::Empty } else { Halt::Overflow });
        };
        let depth = pools.depth(lane)?;
        let adjusted = self.scales[from].up(amount).ok_or(Halt::Overflow)?;
        if amount < self.least(from) {
            return Err(Halt::Small);
        }
        if adjusted > MOST || amount > MOST_UNITS {
            return Err(Halt::Large(WIDTH));
        }
        if adjusted > depth / U256::from(2) {
            return Err(Halt::Large(HALF));
        }
        let through = pools.routed(lane, adjusted).ok_or(Halt::Overflow)?;
        let supplied = self.part(pools.supplied, lane, through[0])?;
        let owed = self.part(pools.owed, lane, through[1])?;
        let price = if supplied.given > owed.given { supplied.price } else { owed.price };
        self.check_price(price)?;
        self.written(lane, supplied, owed)
    }

    /// Whether nothing is supplied or owed.
    fn is_bare(&self) -> bool {
        let books = [self.supplies, self.debts].into_iter().flatten();
        books.flatten().all(|book| book.raw.is_zero())
    }

    /// What `given` does in one of the pools.
    fn part(&self, pool: Option<Reserves>, lane: Lane, given: U256) -> Result<Part, Halt> {
        let Some(pool) = pool.filter(|_| !given.is_zero()) else { return Ok(Part::default()) };
        let Lane { from, to } = lane;
        let fee = U256::from(self.fee_ppm);
        let counted = given.checked_mul(FEE_ONE - fee).ok_or(Halt::Overflow)? / FEE_ONE;
        let depth = pool.imaginary[from].checked_add(counted).ok_or(Halt::Overflow)?;
        let out = mul_div_checked(counted, pool.imaginary[to], depth).ok_or(Halt::Overflow)?;
        let mut real = pool.real;
        real[from] = real[from].checked_add(given).ok_or(Halt::Overflow)?;
        real[to] = real[to].checked_sub(out).ok_or(Halt::Large(LEFT))?;
        self.check_left(real, to)?;
        let cut = CUT_ONE - U256::from(self.cut_percent) * fee;
        let given = given.checked_mul(cut).ok_or(Halt::Overflow)? / CUT_ONE;
        let mut after = pool.imaginary;
        after[from] = after[from].checked_add(given).ok_or(Halt::Overflow)?;
        after[to] = after[to].checked_sub(out).ok_or(Halt::Large(LEFT))?;
        let price = mul_div_checked(after[1], ONE, after[0]).ok_or(Halt::Overflow)?;
        Ok(Part { given, out, price })
    }

    /// Whether enough is left of the token that is taken out.
    fn check_left(&self, real: [U256; 2], to: usize) -> Result<(), Halt> {
        let centre = self.range.centre;
        let least = match to {
            1 => mul_div_checked(real[0], centre, ONE * LEAST_PART),
            _ => centre.checked_mul(LEAST_PART).and_then(|d| mul_div_checked(real[1], ONE, d)),
        };
        let least = least.ok_or(Halt::Overflow)?;
        if real[to] < least { Err(Halt::Large(LEFT)) } else { Ok(()) }
    }

    fn check_price(&self, price: U256) -> Result<(), Halt> {
        let Some(ratio) = mul_div_checked(self.last_price, WAD, price) else {
            return Err(if price.is_zero() { Halt::Large(PRICE) } else { Halt::Overflow });
        };
        let ratio = I256::try_from(ratio).map_err(|_| Halt::Overflow)?;
        let moved = I256::from_raw(WAD) - ratio;
        let within = (-MOST_MOVED..=MOST_MOVED).contains(&moved);
        if within { Ok(()) } else { Err(Halt::Large(PRICE)) }
    }

    /// What Liquidity writes of both parts, in the token's own units.
    fn written(&self, lane: Lane, supplied: Part, owed: Part) -> Result<Moved, Halt> {
        let Lane { from, to } = lane;
        let units = |at: usize, amount| self.scales[at].down(amount).ok_or(Halt::Overflow);
        let (given, repaid) = (units(from, supplied.given)?, units(from, owed.given)?);
        let (taken, lent) = (units(to, supplied.out)?, units(to, owed.out)?);
        let out = taken.checked_add(lent).ok_or(Halt::Overflow)?;
        let rooms = self.rooms[to];
        if taken > rooms.taken {
            return Err(Halt::Large(TAKEN));
        }
        if lent > rooms.lent {
            return Err(Halt::Large(LENT));
        }
        if out.is_zero() {
            return Err(Halt::Nothing);
        }
        let (mut supplies, mut debts) = (self.supplies, self.debts);
        if let Some(books) = &mut supplies {
            change(&mut books[from], given, |book| book.more(given, Kept::Down))?;
            change(&mut books[to], taken, |book| book.less(taken, Kept::Down))?;
        }
        if let Some(books) = &mut debts {
            change(&mut books[from], repaid, |book| book.less(repaid, Kept::Up))?;
            change(&mut books[to], lent, |book| book.more(lent, Kept::Up))?;
        }
        Ok(Moved { out, taken, lent, given, repaid, supplies, debts })
    }
}

/// Changes a book by an amount, unless it is of nothing.
fn change(
    book: &mut Book,
    amount: U256,
    changed: impl FnOnce(Book) -> Result<Book, Amiss>,
) -> Result<(), Halt> {
    if !amount.is_zero() {
        *book = changed(*book).map_err(|amiss| match amiss {
            Amiss::TooLittle => Halt::Unwritten,
            Amiss::TooMuch => Halt::Large(BOOKED),
        })?;
    }
    Ok(())
}

impl Pools {
    /// Whether there is nothing to trade with.
    pub(super) fn is_empty(&self) -> bool {
        [self.supplied, self.owed].iter().flatten().all(|pool| pool.imaginary.contains(&U256::ZERO))
    }

    /// What the price of the token given is of, in both.
    fn depth(&self, lane: Lane) -> Result<U256, Halt> {
        if self.is_empty() {
            return Err(Halt::Empty);
        }
        let of = |pool: Option<Reserves>| pool.map_or(U256::ZERO, |pool| pool.imaginary[lane.from]);
        of(self.supplied).checked_add(of(self.owed)).ok_or(Halt::Overflow)
    }

    /// How much of `amount` goes through the pool of supplies, and how much through that of debts: their
    /// prices are to be one afterwards.
    fn routed(&self, lane: Lane, amount: U256) -> Option<[U256; 2]> {
        let Lane { from, to } = lane;
        let (supplied, owed) = match (self.supplied, self.owed) {
            (Some(supplied), Some(owed)) => (supplied.imaginary, owed.imaginary),
            (Some(_), None) => return Some([amount, U256::ZERO]),
            (None, _) => return Some([U256::ZERO, amount]),
        };
        let level = |r: [U256; 2]| Some(root(r[to].checked_mul(r[from])?.checked_mul(WAD)?));
        let (s, o) = (level(supplied)?, level(owed)?);
        let ahead = owed[from].checked_mul(s)?.checked_add(amount.checked_mul(s)?)?;
        let signed = |number: U256| I256::try_from(number).ok();
        let ahead = signed(ahead)?.checked_sub(signed(supplied[from].checked_mul(o)?)?)?;
        let first = ahead.checked_div(signed(s.checked_add(o)?)?)?;
        let first = U256::try_from(first).unwrap_or_default().min(amount);
        Some([first, amount - first])
    }
}
