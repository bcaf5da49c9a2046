//! Uniswap v4: the storage of the manager, word by word.

use std::sync::Arc;

use alloy_primitives::{Address, B256, I256, U256, keccak256};

use super::super::{
    Chain, Kind, MAX_TICK, Place, PoolKey, UniswapV4, UniswapV4Figures, Unread, opening::Opening,
    uniswap_v3::Words,
};
use crate::risk::Class;

/// Where the manager keeps its pools, and what lies where in one (`StateLibrary`, v4-core).
const POOLS: U256 = U256::from_limbs([6, 0, 0, 0]);
const LIQUIDITY: U256 = U256::from_limbs([3, 0, 0, 0]);
const TICKS: U256 = U256::from_limbs([4, 0, 0, 0]);
const BITMAP: U256 = U256::from_limbs([5, 0, 0, 0]);

/// The manager logs `Initialize`, `Swap`, `ModifyLiquidity` and `ProtocolFeeUpdated` wherever it writes a
/// pool's price, liquidity or ticks.
pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("uniswap_v4", &["manager", "currency0", "currency1"], &[Class::Exchange], open)
        .beside(&["router", "permit2"])
        .with(&["fee_ppm", "tick_spacing", "words"])
        .told_apart_by(&["fee_ppm", "tick_spacing"])
        .logging()];

/// Opens the pool without hooks between `currency0` and `currency1` in the PoolManager in role
/// `manager`, traded through the Universal Router in role `router`. The constants `fee_ppm` and
/// `tick_spacing` are of the pool's key: no contract tells them.
///
/// The manager's own storage is read, as its `extsload` would tell it: the first word of the pool,
/// its liquidity, then the words of the tick bitmap around the price, `words` on each side, then the
/// ticks that are set in them. What was read is the known range.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let pool = Pool::at(place, chain)?;
    let (first, liquidity) = (pool.word(U256::ZERO), pool.word(LIQUIDITY));
    let First { sqrt_price_x96, tick, protocol_fees_ppm, lp_fee_ppm } = First::of(first?);
    if sqrt_price_x96.is_zero() {
        return Err(Unread::Refused(format!("the manager has no pool {}", pool.id)));
    }
    if lp_fee_ppm != pool.fee_ppm {
        let what = format!("the pool's fee is {lp_fee_ppm} ppm, not the key's {}", pool.fee_ppm);
        return Err(Unread::Refused(what));
    }
    let words = Words::around(tick, pool.tick_spacing, place)?;
    let (ticks, known) = words.read(tick, |word| pool.mapped(BITMAP, word), |at| pool.tick(at))?;
    let figures = UniswapV4Figures {
        id: place.id.clone(),
        manager: pool.manager,
        router: place.contract("router")?,
        permit2: place.contract("permit2")?,
        currencies: pool.currencies,
        lp_fee_ppm,
        protocol_fees_ppm,
        tick_spacing: pool.tick_spacing,
        sqrt_price_x96,
        tick,
        liquidity: low(liquidity?),
        ticks,
        known,
    };
    Ok(Arc::new(UniswapV4::new(figures).map_err(Unread::refused)?))
}

/// A pool in the manager's storage.
struct Pool<'c, 'k> {
    chain: &'c Chain<'k>,
    manager: Address,
    currencies: [Address; 2],
    fee_ppm: u32,
    tick_spacing: i32,
    id: B256,
    slot: U256,
}

impl<'c, 'k> Pool<'c, 'k> {
    fn at(place: &Place, chain: &'c Chain<'k>) -> Result<Self, Unread> {
        if place.contracts.get("hooks").is_some_and(|hooks| !hooks.is_zero()) {
            let what = "a pool with hooks: they may change any swap, and are not modelled";
            return Err(Unread::Refused(what.into()));
        }
        let manager = place.contract("manager")?;
        let currencies = [place.contract("currency0")?, place.contract("currency1")?];
        let given = |name: &str| {
            let found = place.constants.get(name).and_then(|value| u32::try_from(*value).ok());
            found.ok_or_else(|| Unread::Refused(format!("the constant {name:?} is not given")))
        };
        let (fee_ppm, spacing) = (given("fee_ppm")?, given("tick_spacing")?);
        let tick_spacing = i32::try_from(spacing).ok().filter(|s| (1..=MAX_TICK).contains(s));
        let tick_spacing =
            tick_spacing.ok_or_else(|| Unread::Refused(format!("{spacing} is no tick spacing")))?;
        let key = PoolKey::hookless(currencies, fee_ppm, tick_spacing).map_err(Unread::refused)?;
        let id = key.id();
        let slot = hashed(id, POOLS);
        Ok(Self { chain, manager, currencies, fee_ppm, tick_spacing, id, slot })
    }

    /// A word of the pool's own.
    fn word(&self, offset: U256) -> Result<U256, Unread> {
        self.chain.slot(self.manager, self.slot.wrapping_add(offset))
    }

    /// The first word of an entry in one of the pool's mappings by ticks or words.
    fn mapped(&self, mapping: U256, key: i32) -> Result<U256, Unread> {
        let key = B256::from(I256::try_from(key).map_err(Unread::refused)?.into_raw());
        self.chain.slot(self.manager, hashed(key, self.slot.wrapping_add(mapping)))
    }

    /// Gross and net liquidity of a tick.
    fn tick(&self, tick: i32) -> Result<(u128, i128), Unread> {
        let word = self.mapped(TICKS, tick)?;
        let high: U256 = word >> 128;
        Ok((low(word), low(high).cast_signed()))
    }
}

/// Where a mapping at `slot` keeps what belongs to `key`.
fn hashed(key: B256, slot: U256) -> U256 {
    keccak256([key, slot.into()].concat()).into()
}

/// The lower half of a word.
const fn low(word: U256) -> u128 {
    let [first, second, ..] = *word.as_limbs();
    first as u128 | (second as u128) << 64
}

/// A pool's first word (`Slot0`): from the low end the price in 160 bits, the tick, the protocol's
/// fee and the pool's own in 24 bits each; the protocol's in 12 bits for each direction.
struct First {
    sqrt_price_x96: U256,
    tick: i32,
    protocol_fees_ppm: [u32; 2],
    lp_fee_ppm: u32,
}

impl First {
    fn of(word: U256) -> Self {
        let bits = |from: usize, count: usize| -> u32 {
            let part: U256 = (word >> from) & ((U256::ONE << count) - U256::ONE);
            part.saturating_to()
        };
        // Shifted up and down again, the sign of 24 bits becomes that of 32.
        let tick = (bits(160, 24) << 8).cast_signed() >> 8;
        Self {
            sqrt_price_x96: word & ((U256::ONE << 160) - U256::ONE),
            tick,
            protocol_fees_ppm: [bits(184, 12), bits(196, 12)],
            lp_fee_ppm: bits(208, 24),
        }
    }
}
