//! Uniswap v4: pools without hooks, all in one contract.
//!
//! Source: `PoolManager`, `Pool.swap`, `SwapMath`, `ProtocolFeeLibrary` (v4-core), `V4Router`
//! (v4-periphery), the Universal Router. The walk over ticks is V3's, unit for unit. What differs: a
//! protocol fee for each direction is taken off the input first, the pool's own fee off the rest,
//! and both together are one fee in millionths; amounts have 127 bits; a currency may be native ETH.
//!
//! A pool with hooks may change a swap's amounts in any way, and a pool whose fee is dynamic has one
//! that hooks set: neither opens.

mod opening;

use alloy_primitives::{
    Address, B256, Bytes, U256,
    aliases::{I24, U24},
    keccak256,
};
use alloy_sol_types::{SolValue, sol};

pub(super) use self::opening::KINDS;
use super::{
    Call, Capacity, Encoded, Gain, KnownRange, LegKind, NATIVE, Quote, QuoteError, Step, Swap,
    Tick, Trade, UniswapV3Error, UniswapV3Figures, Venue, VenueId, permit2,
    uniswap_v3::Concentrated,
};

sol! {
    /// What names a pool of v4: native ETH is the zero address.
    #[derive(Debug, PartialEq, Eq)]
    struct PoolKey {
        /// The lower of the two.
        address currency0;
        /// The higher.
        address currency1;
        /// The pool's own fee in millionths.
        uint24 fee;
        /// Initialised ticks are multiples of it.
        int24 tickSpacing;
        /// What is called around a swap.
        address hooks;
    }

    struct ExactInputSingleParams {
        PoolKey poolKey;
        bool zeroForOne;
        uint128 amountIn;
        uint128 amountOutMinimum;
        bytes hookData;
    }

    function execute(bytes commands, bytes[] inputs, uint256 deadline) external payable;
}

/// The Universal Router's `V4_SWAP`.
const V4_SWAP: u8 = 0x10;
/// `SWAP_EXACT_IN_SINGLE`, `SETTLE_ALL`, `TAKE`.
const ACTIONS: [u8; 3] = [0x06, 0x0c, 0x0e];
/// `ActionConstants.OPEN_DELTA`: all that is owed.
const ALL: U256 = U256::ZERO;

/// The most that a pool's amounts can be: they are signed, with 128 bits.
const MOST: U256 = U256::from_limbs([u64::MAX, u64::MAX >> 1, 0, 0]);

const MILLION: u32 = 1_000_000;
/// The flag of a fee that hooks set.
const DYNAMIC_FEE: u32 = 0x80_0000;

/// The figures of a pool at one block.
#[derive(Debug, Clone)]
pub struct UniswapV4Figures {
    /// The name in the market.
    pub id: VenueId,
    /// `PoolManager`.
    pub manager: Address,
    /// `UniversalRouter`.
    pub router: Address,
    /// `Permit2`, through which the router takes tokens.
    pub permit2: Address,
    /// The currencies, lower address first; [`NATIVE`] for ETH.
    pub currencies: [Address; 2],
    /// The pool's own fee in millionths.
    pub lp_fee_ppm: u32,
    /// The protocol's fee in millionths, by direction: currency0 given, currency1 given.
    pub protocol_fees_ppm: [u32; 2],
    /// Initialised ticks are multiples of it.
    pub tick_spacing: i32,
    /// `sqrt(currency1 / currency0) * 2^96`.
    pub sqrt_price_x96: U256,
    /// The current tick.
    pub tick: i32,
    /// Liquidity in range.
    pub liquidity: u128,
    /// Initialised ticks, ascending.
    pub ticks: Vec<Tick>,
    /// Where the tick list is known to be complete; `None` when it is complete everywhere.
    pub known: Option<KnownRange>,
}

/// Why figures do not describe a pool without hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UniswapV4Error {
    /// Currencies ascend; ETH is the lowest.
    #[error("the currencies are not in ascending order, or the same")]
    Order,
    /// Hooks set the fee.
    #[error("the fee {0:#x} is dynamic: hooks set it")]
    DynamicFee(u32),
    /// The fee has 24 bits, and the protocol's 12 in each direction.
    #[error("{0} ppm is no fee")]
    NoFee(u32),
    /// The spacing has 24 bits.
    #[error("{0} is no tick spacing")]
    Spacing(i32),
    /// As V3's.
    #[error(transparent)]
    Pool(#[from] UniswapV3Error),
}

/// A Uniswap v4 pool without hooks.
#[derive(Debug, Clone)]
pub struct UniswapV4 {
    router: Address,
    permit2: Address,
    tokens: [Address; 2],
    key: PoolKey,
    inner: Concentrated,
}

/// The fee of a swap in millionths: the protocol's, and the pool's on what that leaves
/// (`ProtocolFeeLibrary.calculateSwapFee`), rounded up. Both are at most a million.
pub const fn swap_fee_ppm(protocol_ppm: u32, lp_ppm: u32) -> u32 {
    let both = protocol_ppm as u64 * lp_ppm as u64 / MILLION as u64;
    // Below a millionth of the product of two numbers of 32 bits: it fits.
    #[expect(clippy::cast_possible_truncation, reason = "at most either factor")]
    let both = both as u32;
    protocol_ppm + lp_ppm - both
}

impl PoolKey {
    /// The key of a pool without hooks; [`NATIVE`] stands for ETH.
    pub fn hookless(
        currencies: [Address; 2],
        fee_ppm: u32,
        tick_spacing: i32,
    ) -> Result<Self, UniswapV4Error> {
        let [currency0, currency1] =
            currencies.map(|token| if token == NATIVE { Address::ZERO } else { token });
        if currency0 >= currency1 {
            return Err(UniswapV4Error::Order);
        }
        if fee_ppm & DYNAMIC_FEE != 0 {
            return Err(UniswapV4Error::DynamicFee(fee_ppm));
        }
        if fee_ppm > MILLION {
            return Err(UniswapV4Error::NoFee(fee_ppm));
        }
        let spacing = I24::try_from(tick_spacing);
        let spacing = spacing.map_err(|_| UniswapV4Error::Spacing(tick_spacing))?;
        let (fee, hooks) = (U24::from(fee_ppm), Address::ZERO);
        Ok(Self { currency0, currency1, fee, tickSpacing: spacing, hooks })
    }

    /// The pool's name in the manager.
    pub fn id(&self) -> B256 {
        keccak256(self.abi_encode())
    }
}

impl UniswapV4 {
    /// A pool with these figures; `Err` says which of them cannot be.
    pub fn new(figures: UniswapV4Figures) -> Result<Self, UniswapV4Error> {
        let UniswapV4Figures { currencies, lp_fee_ppm, protocol_fees_ppm, tick_spacing, .. } =
            figures;
        let key = PoolKey::hookless(currencies, lp_fee_ppm, tick_spacing)?;
        if let Some(fee) = protocol_fees_ppm.into_iter().find(|fee| *fee >= 1 << 12) {
            return Err(UniswapV4Error::NoFee(fee));
        }
        let fees = protocol_fees_ppm.map(|protocol| swap_fee_ppm(protocol, lp_fee_ppm));
        let as_v3 = UniswapV3Figures {
            id: figures.id,
            pool: figures.manager,
            router: figures.router,
            tokens: currencies,
            fee_ppm: lp_fee_ppm,
            tick_spacing,
            sqrt_price_x96: figures.sqrt_price_x96,
            tick: figures.tick,
            liquidity: figures.liquidity,
            ticks: figures.ticks,
            known: figures.known,
        };
        let inner = Concentrated::new(as_v3, fees)?;
        let UniswapV4Figures { router, permit2, .. } = figures;
        Ok(Self { router, permit2, tokens: currencies, key, inner })
    }

    /// What names the pool.
    pub const fn key(&self) -> &PoolKey {
        &self.key
    }

    /// The current price, `sqrt(currency1 / currency0) * 2^96`.
    pub const fn sqrt_price_x96(&self) -> U256 {
        self.inner.state().sqrt_price
    }

    /// The current tick.
    pub const fn tick(&self) -> i32 {
        self.inner.state().tick
    }

    /// Liquidity in range.
    pub const fn liquidity(&self) -> u128 {
        self.inner.state().liquidity
    }

    /// The swap as V3's walk, and what goes out; its amounts must fit in v4's.
    fn moved(&self, swap: Swap) -> Result<(super::uniswap_v3::State, U256), QuoteError> {
        if swap.amount > MOST {
            return Err(QuoteError::Overflow(self.inner.id().clone()));
        }
        let walk = self.inner.walk_swap(swap)?;
        if walk.received > MOST {
            return Err(QuoteError::Overflow(self.inner.id().clone()));
        }
        Ok((walk.state, walk.received))
    }

    /// The router's input of one `V4_SWAP`: swap, pay all that is owed, take all that is due.
    fn swap_input(&self, trade: &Trade, amount: u128) -> Bytes {
        let [given, wanted] = if trade.swap.from == 0 {
            [self.key.currency0, self.key.currency1]
        } else {
            [self.key.currency1, self.key.currency0]
        };
        let swap = ExactInputSingleParams {
            poolKey: self.key.clone(),
            zeroForOne: trade.swap.from == 0,
            amountIn: amount,
            // More than any pool pays: refused there.
            amountOutMinimum: u128::try_from(trade.min_out).unwrap_or(u128::MAX),
            hookData: Bytes::new(),
        };
        let parameters: Vec<Bytes> = vec![
            swap.abi_encode().into(),
            (given, trade.swap.amount).abi_encode_params().into(),
            (wanted, trade.recipient, ALL).abi_encode_params().into(),
        ];
        (Bytes::from_static(&ACTIONS), parameters).abi_encode_params().into()
    }
}

impl Venue for UniswapV4 {
    fn id(&self) -> &VenueId {
        self.inner.id()
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        self.moved(swap).map(|(_, out)| Quote::of(out))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let (state, out) = self.moved(swap)?;
        self.inner.move_to(state);
        Ok(Quote::of(out))
    }

    /// Allocates only when asked first after a trade.
    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        self.inner.gain(from, to)
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        match self.inner.capacity(from, to) {
            Capacity::Limited { amount, what, refill_per_block } => {
                Capacity::Limited { amount: amount.min(MOST), what, refill_per_block }
            }
            other @ (Capacity::Unlimited | Capacity::Unknown(_)) => other,
        }
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        let approves = self.tokens.get(from) != Some(&NATIVE);
        // A token needs an allowance of Permit2's besides the one to Permit2.
        Step { kind: LegKind::Swap, gas: if approves { 180_000 } else { 120_000 }, approves }
    }

    /// The router takes tokens through Permit2, whose allowance lasts until the deadline.
    fn encode(&self, trade: &Trade) -> Encoded {
        let Ok(amount) = u128::try_from(trade.swap.amount) else { return Encoded::nothing() };
        let Some(given) = self.tokens.get(trade.swap.from).copied() else {
            return Encoded::nothing();
        };
        let call = executeCall {
            commands: Bytes::from_static(&[V4_SWAP]),
            inputs: vec![self.swap_input(trade, amount)],
            deadline: U256::from(trade.deadline),
        };
        if given == NATIVE {
            return Encoded::one(Call::new(self.router, trade.swap.amount, &call));
        }
        let call = Call::new(self.router, U256::ZERO, &call);
        permit2::through(self.permit2, given, self.router, trade, call)
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{address, b256};

    use super::*;

    /// Mainnet's pools between ETH and USDC, as the manager's `Initialize` events name them.
    #[test]
    fn a_key_is_the_pools_name() {
        let usdc = address!("a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48");
        let key = PoolKey::hookless([NATIVE, usdc], 500, 10).unwrap();
        let name = b256!("21c67e77068de97969ba93d4aab21826d33ca12bb9f565d8496e8fda8a82ca27");
        assert_eq!(key.id(), name);
        assert_eq!(PoolKey::hookless([usdc, NATIVE], 500, 10), Err(UniswapV4Error::Order));
        let dynamic = PoolKey::hookless([NATIVE, usdc], 0x80_0000, 10);
        assert_eq!(dynamic, Err(UniswapV4Error::DynamicFee(0x80_0000)));
    }

    #[test]
    fn fees_add_up_as_the_library_says() {
        assert_eq!(swap_fee_ppm(0, 3000), 3000);
        assert_eq!(swap_fee_ppm(1000, 3000), 3997);
        assert_eq!(swap_fee_ppm(1000, MILLION), MILLION);
        assert_eq!(swap_fee_ppm(1, 1), 2);
    }
}
