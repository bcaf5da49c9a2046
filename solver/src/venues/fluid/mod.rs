//! Fluid's DEX: two tokens that one contract has in Fluid's Liquidity, and that it owes there.
//!
//! What it has supplied within a range of prices makes one constant-product pool, what it owes makes
//! another; a swap goes through both, so that their prices end as one. Supplies and debts bear the
//! interest of Liquidity, and are kept there to 56 bits: what a swap leaves is not to the unit what it
//! moved. The fee stays on the token given, less the protocol's cut.
//!
//! What Liquidity has of a token in all is not read: a part of a swap that is below 2^-56 of it is refused
//! there, and not here.
//!
//! Source: Instadapp/fluid-contracts-public a9949b4, as each file says. The code of the deployed pools
//! has not been compared with it.

mod books;
mod opening;
mod reserves;
mod swap;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

pub(super) use self::opening::KINDS;
use self::{
    books::{Book, Kept, shortened},
    reserves::{Range, Reserves, Scale},
    swap::Moved,
};
use super::{
    Call, Capacity, Encoded, Gain, LegKind, NATIVE, Quote, QuoteError, Segment, Step, Swap, Trade,
    Venue, VenueId,
};
use crate::amount::to_f64;

sol! {
    function swapIn(bool swap0to1, uint256 amountIn, uint256 amountOutMin, address to)
        external payable returns (uint256 amountOut);
}

/// Bits that a pool keeps of its centre.
const CENTRE_BITS: usize = 32;

/// What bounds a swap, in words; the narrowest is told where one is refused.
const BOUNDS: &str = "reserves, a price that moves by 5 %, or what Liquidity lets go of now";

/// A pool of Fluid's DEX.
#[derive(Debug, Clone)]
struct FluidDex {
    id: VenueId,
    pool: Address,
    tokens: [Address; 2],
    scales: [Scale; 2],
    range: Range,
    centre: Centre,
    fee_ppm: u32,
    /// Of the fee, what the protocol takes, in percent.
    cut_percent: u8,
    /// Of each token, where the pool has supplies.
    supplies: Option<[Book; 2]>,
    /// Of each token, where it has debts.
    debts: Option<[Book; 2]>,
    /// The price from which a swap may go 5 %: of the first token in the second, in 1e-27.
    last_price: U256,
    rooms: [Rooms; 2],
    paused: bool,
    /// What the books make within the range; `None` where that is beyond the contract's arithmetic.
    pools: Option<Pools>,
}

/// Where the centre of the range comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Centre {
    /// Another contract tells it: no swap moves it.
    Told,
    /// The pool stores it after each swap, to 32 bits, and no lower than `least`; the range reaches
    /// above and below it by shares in millionths.
    Stored { least: U256, shares: [U256; 2] },
}

/// What Liquidity lets go of a token, in smallest units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rooms {
    /// Of what the pool has supplied.
    taken: U256,
    /// As new debt of the pool.
    lent: U256,
}

/// A direction.
#[derive(Debug, Clone, Copy)]
struct Lane {
    from: usize,
    to: usize,
}

/// Why a swap is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Halt {
    /// There is nothing in the pool.
    Empty,
    /// Too little for the contract.
    Small,
    /// Nothing comes out.
    Nothing,
    /// A part of it is so little that Liquidity would write nothing of it.
    Unwritten,
    /// Beyond this limit.
    Large(&'static str),
    /// Beyond the contract's arithmetic.
    Overflow,
}

/// The pools of supplies and of debts.
#[derive(Debug, Clone, Copy)]
struct Pools {
    supplied: Option<Reserves>,
    owed: Option<Reserves>,
}

impl FluidDex {
    /// With the pools that its books make.
    fn measured(mut self) -> Self {
        self.pools = self.laid();
        self
    }

    fn laid(&self) -> Option<Pools> {
        let (range, scales) = (self.range, self.scales);
        let bare = |books: &[Book; 2]| books.iter().all(|book| book.raw.is_zero());
        let supplies = self.supplies.filter(|books| !bare(books));
        let supplied = supplies.map(|books| Reserves::of_supplies(range, books, scales));
        let owed = self.debts.map(|books| Reserves::of_debts(range, books, scales));
        // Where debts are of nothing the contract refuses any swap.
        let all = [supplied, owed].map(|pool| pool.map_or(Some(None), |laid| laid.map(Some)));
        let [supplied, owed] = all;
        Some(Pools { supplied: supplied?, owed: owed? })
    }

    /// As the contract stores it after a swap, and reads it before the next one in the same block.
    fn settle(&mut self) {
        let Centre::Stored { least, shares } = self.centre else { return };
        let centre = shortened(self.range.centre, CENTRE_BITS, Kept::Down).max(least);
        if centre != self.range.centre
            && let Some(range) = Range::around(centre, shares)
        {
            self.range = range;
        }
    }

    /// The most of a token that is taken, by what the contract refuses as too much.
    fn most(&self, from: usize) -> U256 {
        let large = |amount| matches!(self.moved(from, amount), Err(Halt::Large(_)));
        let mut low = self.least(from);
        if self.paused || large(low) || self.moved(from, low) == Err(Halt::Empty) {
            return U256::ZERO;
        }
        // Amounts of more bits than this are always too large.
        let mut high: U256 = U256::ONE << 128;
        while let Some(gap) = high.checked_sub(low).filter(|gap| *gap > U256::ONE) {
            let middle = low + (gap >> 1usize);
            if large(middle) { high = middle } else { low = middle }
        }
        low
    }

    fn answer(&self, swap: Swap) -> Result<Moved, QuoteError> {
        if swap.from + swap.to != 1 {
            return Err(QuoteError::not_traded(&self.id, swap));
        }
        if swap.amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        if self.paused {
            return Err(QuoteError::Paused(self.id.clone()));
        }
        self.moved(swap.from, swap.amount).map_err(|halt| self.refusal(halt, swap))
    }

    fn refusal(&self, halt: Halt, Swap { from, amount, .. }: Swap) -> QuoteError {
        let venue = self.id.clone();
        match halt {
            Halt::Empty => QuoteError::NoRate(venue),
            Halt::Small => QuoteError::BelowMinimum { venue, least: self.least(from) },
            Halt::Nothing => QuoteError::NothingOut(venue),
            // More may do, or less that goes through one pool alone.
            Halt::Unwritten => {
                QuoteError::BelowMinimum { venue, least: amount.saturating_add(U256::ONE) }
            }
            Halt::Large(what) => QuoteError::Limit { venue, what, limit: self.most(from) },
            Halt::Overflow => QuoteError::Overflow(venue),
        }
    }
}

impl Venue for FluidDex {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        self.answer(swap).map(|moved| Quote::of(moved.out))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let moved = self.answer(swap)?;
        (self.supplies, self.debts) = (moved.supplies, moved.debts);
        let rooms = &mut self.rooms[swap.to];
        rooms.taken = rooms.taken.saturating_sub(moved.taken);
        rooms.lent = rooms.lent.saturating_sub(moved.lent);
        // What came in can go out again.
        let rooms = &mut self.rooms[swap.from];
        rooms.taken = rooms.taken.saturating_add(moved.given);
        rooms.lent = rooms.lent.saturating_add(moved.repaid);
        self.settle();
        self.pools = self.laid();
        Ok(Quote::of(moved.out))
    }

    /// Both pools, best split: where one has the better price it is used alone up to the other's, and
    /// from there on the two are one.
    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let most = (from + to == 1).then(|| to_f64(self.most(from))).filter(|most| *most > 0.0)?;
        let keep = 1.0 - f64::from(self.fee_ppm) / 1e6;
        let units = |at: usize| {
            let Scale { numerator, denominator } = self.scales[at];
            to_f64(denominator) / to_f64(numerator)
        };
        let side = |pool: Reserves| (to_f64(pool.imaginary[from]), to_f64(pool.imaginary[to]));
        let pools = self.pools?;
        let mut sides: Vec<(f64, f64)> =
            [pools.supplied, pools.owed].into_iter().flatten().map(side).collect();
        // The better price first.
        sides.sort_by(|a, b| (b.1 * a.0).total_cmp(&(a.1 * b.0)));
        let mut segments = Vec::new();
        let (mut x, mut y, mut left) = (0.0, 0.0, most);
        for (i, side) in sides.iter().enumerate() {
            (x, y) = (x + side.0 * units(from), y + side.1 * units(to));
            let next = sides.get(i + 1).map(|(next_x, next_y)| {
                let price = next_y * units(to) / (next_x * units(from));
                (((x * y / price).sqrt() - x) / keep).max(0.0)
            });
            let cap = next.unwrap_or(f64::INFINITY).min(left);
            segments.push(Segment { x, y, cap });
            let counted = keep * cap;
            y -= y * (counted / (x + counted));
            x += counted;
            left -= cap;
        }
        Some(Gain::Ticks { segments: segments.into(), keep })
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        let amount = if from + to == 1 { self.most(from) } else { U256::ZERO };
        Capacity::Limited { amount, what: BOUNDS, refill_per_block: None }
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        let approves = self.tokens.get(from) != Some(&NATIVE);
        Step { kind: LegKind::Swap, gas: 250_000, approves }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, amount, .. } = trade.swap;
        let Some(token) = self.tokens.get(from).copied() else { return Encoded::nothing() };
        let swap = swapInCall {
            swap0to1: from == 0,
            amountIn: amount,
            amountOutMin: trade.min_out,
            to: trade.recipient,
        };
        if token == NATIVE {
            return Encoded::one(Call::new(self.pool, amount, &swap));
        }
        Encoded::one(Call::new(self.pool, U256::ZERO, &swap)).allowing(token, self.pool, amount)
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
