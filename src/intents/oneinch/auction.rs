//! Fusion's auction: how much more than at least the maker gets at a time. The rate bump is in ten
//! millionths of what is taken, falls along straight lines between points to zero, and is less by what the
//! block's base fee makes of an estimate of gas (`SimpleSettlement._getRateBump`).

use super::{extension::ExtensionError, reader::Reader};

/// Rate bumps are of so many parts: a whole.
pub const WHOLE: u32 = 10_000_000;

/// Estimates of gas prices are in thousandths of a gwei.
const GAS_PRICE_UNIT: u128 = 1_000_000;

/// What an auction is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Auction {
    /// The rate bump that pays for gas, at the estimated price. 24 bits.
    pub gas_bump: u32,
    /// The base fee that it is estimated at, in thousandths of a gwei.
    pub gas_price: u32,
    /// Unix seconds until which the bump is the first.
    pub start: u32,
    /// Seconds until it is zero. 24 bits.
    pub duration: u32,
    /// The first bump. 24 bits.
    pub initial: u32,
    /// Where it turns.
    pub points: Vec<Point>,
}

/// Where the bump turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// The bump there. 24 bits.
    pub bump: u32,
    /// Seconds after the point before.
    pub delay: u16,
}

impl Auction {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, ExtensionError> {
        let gas_bump = reader.u24()?;
        let gas_price = reader.u32()?;
        let start = reader.u32()?;
        let duration = reader.u24()?;
        let initial = reader.u24()?;
        let count = reader.u8()?;
        let point = |_| Ok(Point { bump: reader.u24()?, delay: reader.u16()? });
        let points = (0..count).map(point).collect::<Result<_, ExtensionError>>()?;
        Ok(Self { gas_bump, gas_price, start, duration, initial, points })
    }

    /// The first unix second without a bump.
    pub fn end(&self) -> u64 {
        u64::from(self.start) + u64::from(self.duration)
    }

    /// The rate bump in a block of this second and base fee (wei).
    pub fn bump(&self, now: u64, base_fee: u64) -> u64 {
        let bump = u128::from(self.falling(now));
        let paid = u128::from(self.gas_bump) * u128::from(base_fee);
        let gas = paid.checked_div(u128::from(self.gas_price)).unwrap_or_default() / GAS_PRICE_UNIT;
        u64::try_from(bump.saturating_sub(gas)).unwrap_or_default()
    }

    /// The same without gas. Every sum is below 2^42.
    fn falling(&self, now: u64) -> u64 {
        let (start, end) = (u64::from(self.start), self.end());
        if now <= start {
            return u64::from(self.initial);
        }
        if now >= end {
            return 0;
        }
        let (mut time, mut bump) = (start, u64::from(self.initial));
        for point in &self.points {
            let (next_time, next) = (time + u64::from(point.delay), u64::from(point.bump));
            if now <= next_time {
                // `now` is beyond `time`, so the line has a length.
                return ((now - time) * next + (next_time - now) * bump) / (next_time - time);
            }
            (time, bump) = (next_time, next);
        }
        (end - now) * bump / (end - time)
    }
}
