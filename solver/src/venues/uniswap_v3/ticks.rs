//! The initialised ticks around a price, read by the words of a bitmap: Uniswap V3 and v4.

use alloy_primitives::{U256, aliases::I256};

use super::super::{KnownRange, MAX_TICK, MIN_TICK, Place, Tick, Unread};

/// Without the constant `words`, so many ticks on each side are read, in whole words: a change of
/// the price by about a tenth.
const READ_TICKS: i32 = 1024;

/// Ticks, in units of the spacing, in a word of the bitmap.
const WORD: i32 = 256;

pub(super) fn spacing_of(told: I256) -> Result<i32, Unread> {
    let spacing = i32::try_from(told).ok().filter(|spacing| (1..=MAX_TICK).contains(spacing));
    spacing.ok_or_else(|| Unread::Refused(format!("{told} is no tick spacing")))
}

/// Consecutive words of the bitmap.
pub(in super::super) struct Words {
    spacing: i32,
    first: i32,
    last: i32,
}

impl Words {
    /// The word of a tick and some on each side, as far as there are ticks.
    pub(in super::super) fn around(tick: i32, spacing: i32, place: &Place) -> Result<Self, Unread> {
        if !(MIN_TICK..=MAX_TICK).contains(&tick) {
            return Err(Unread::Refused(format!("there is no tick {tick}")));
        }
        let word = |tick: i32| tick.div_euclid(spacing) >> 8;
        let usual = READ_TICKS.div_euclid(WORD * spacing.min(READ_TICKS)).max(1);
        let side = place.constant("words", usual.unsigned_abs().into());
        let side = i32::try_from(side).unwrap_or(MAX_TICK).min(MAX_TICK);
        // A rise looks in the word of the next tick, which may be the next word.
        let (first, last) = (word(tick) - side, word(tick + spacing) + side);
        Ok(Self { spacing, first: first.max(word(MIN_TICK)), last: last.min(word(MAX_TICK)) })
    }

    /// Their initialised ticks, ascending, and the range outside of which others may be. `bitmap`
    /// tells a word, `info` a tick's gross and net liquidity; all questions of a kind go out
    /// together.
    ///
    /// A tick that is marked initialised and has no liquidity cannot be in a deployed pool: the
    /// reference contract ends what it knows with one, and so does the range.
    pub(in super::super) fn read(
        &self,
        current: i32,
        bitmap: impl Fn(i32) -> Result<U256, Unread>,
        info: impl Fn(i32) -> Result<(u128, i128), Unread>,
    ) -> Result<(Vec<Tick>, Option<KnownRange>), Unread> {
        let initialised = self.initialised(bitmap)?;
        let asked: Vec<_> = initialised.into_iter().map(|tick| (tick, info(tick))).collect();
        let (mut lower, mut upper) = self.ends();
        let mut ticks = Vec::with_capacity(asked.len());
        for (tick, info) in asked {
            let (gross, net) = info?;
            match gross {
                0 if tick <= current => lower = Some(tick),
                0 => upper = Some(upper.map_or(tick, |upper| upper.min(tick))),
                _ => ticks.push(Tick { tick, liquidity_net: net }),
            }
        }
        let known = match (lower, upper) {
            (None, None) => None,
            (lower, upper) => Some(KnownRange {
                lower_tick: lower.unwrap_or(MIN_TICK),
                upper_tick: upper.unwrap_or(MAX_TICK),
            }),
        };
        if let Some(KnownRange { lower_tick, upper_tick }) = known {
            ticks.retain(|tick| (lower_tick..=upper_tick).contains(&tick.tick));
        }
        Ok((ticks, known))
    }

    fn initialised(
        &self,
        bitmap: impl Fn(i32) -> Result<U256, Unread>,
    ) -> Result<Vec<i32>, Unread> {
        let words: Vec<_> = (self.first..=self.last).map(|word| (word, bitmap(word))).collect();
        let mut ticks = Vec::new();
        for (word, bits) in words {
            let bits = bits?;
            let set = (0..WORD).filter(|bit| bits.bit(bit.unsigned_abs() as usize));
            ticks.extend(set.map(|bit| (word * WORD + bit) * self.spacing));
        }
        Ok(ticks)
    }

    /// Where a swap halts last in these words, whatever lies beyond; `None` where nothing does.
    fn ends(&self) -> (Option<i32>, Option<i32>) {
        let lower = self.first * WORD * self.spacing;
        let upper = (self.last * WORD + WORD - 1) * self.spacing;
        ((lower > MIN_TICK).then_some(lower), (upper < MAX_TICK).then_some(upper))
    }
}
