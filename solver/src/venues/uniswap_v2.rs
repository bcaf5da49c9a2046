//! Uniswap V2 and its forks: constant product, fee on the input.
//!
//! Source: `UniswapV2Library.getAmountOut` and `getAmountIn`, `UniswapV2Pair.swap` and `_update`
//! (v2-core 1.0.1, v2-periphery).

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, sol};

use super::{
    Approval, Call, Capacity, Chain, Encoded, Gain, Kind, LegKind, Place, Quote, QuoteError, Step,
    Swap, Trade, Unread, Venue, VenueId, opening::Opening,
};
use crate::{amount::to_f64, risk::Class};

sol! {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function getReserves() external view returns (uint112, uint112, uint32);
    function swapExactTokensForTokens(
        uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline
    ) external returns (uint256[] amounts);
}

/// The fee of Uniswap's own pairs, in millionths.
const UNISWAP_FEE_PPM: u64 = 3_000;

/// The largest balance that a pair can record: its reserves are `uint112`.
const MAX_RESERVE: u128 = (1 << 112) - 1;

/// Parts of the input that the formula counts in: `997 / 1000` for a fee of 0.3 %.
const PER_MILLE: u128 = 1000;

/// A Uniswap V2 pair, or a fork with another fee.
#[derive(Debug, Clone)]
pub struct UniswapV2 {
    id: VenueId,
    pair: Address,
    router: Address,
    tokens: [Address; 2],
    reserves: [u128; 2],
    /// Thousandths of the input that the fee leaves.
    keep: u128,
}

/// Why figures do not describe a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UniswapV2Error {
    /// Pairs count fees in thousandths.
    #[error("a fee of {0} ppm is not a whole number of thousandths below one")]
    Fee(u32),
    /// Reserves are `uint112`.
    #[error("reserve {0} needs more than 112 bits")]
    Reserve(U256),
    /// A pair without liquidity quotes nothing.
    #[error("a reserve is zero")]
    Empty,
}

/// A pair logs `Sync` wherever it writes its reserves.
pub(super) const KINDS: &[Kind] = &[Kind::new("uniswap_v2", &["pool"], &[Class::Exchange], open)
    .beside(&["router"])
    .with(&["fee_ppm"])
    .logging()];

/// Opens the pair in role `pool`, traded through the contract in role `router`; the constant
/// `fee_ppm` is a fork's fee.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let (pair, router) = (place.contract("pool")?, place.contract("router")?);
    let tokens = (chain.fixed(pair, &token0Call {}), chain.fixed(pair, &token1Call {}));
    let reserves = chain.call(pair, &getReservesCall {})?;
    let tokens = [tokens.0?, tokens.1?];
    let reserves = [reserves._0, reserves._1].map(U256::from);
    let fee = u32::try_from(place.constant("fee_ppm", UNISWAP_FEE_PPM)).map_err(Unread::refused)?;
    let venue = UniswapV2::new(place.id.clone(), pair, router, tokens, reserves, fee);
    Ok(Arc::new(venue.map_err(Unread::refused)?))
}

impl UniswapV2 {
    /// The pair at `pair`, traded through `router`; `reserves` in each token's smallest unit, the
    /// fee in millionths of the input.
    pub fn new(
        id: VenueId,
        pair: Address,
        router: Address,
        tokens: [Address; 2],
        reserves: [U256; 2],
        fee_ppm: u32,
    ) -> Result<Self, UniswapV2Error> {
        if !fee_ppm.is_multiple_of(1000) || fee_ppm >= 1_000_000 {
            return Err(UniswapV2Error::Fee(fee_ppm));
        }
        let reserves = [reserve(reserves[0])?, reserve(reserves[1])?];
        let keep = PER_MILLE - u128::from(fee_ppm / 1000);
        Ok(Self { id, pair, router, tokens, reserves, keep })
    }

    /// The pair contract.
    pub fn pair(&self) -> Address {
        self.pair
    }

    /// The recorded balances, in each token's smallest unit.
    pub fn reserves(&self) -> [U256; 2] {
        self.reserves.map(U256::from)
    }

    /// The input that the router asks for an exact `out` of the token at `to`: rounded down, plus
    /// one, as `getAmountIn` does.
    pub fn quote_in(&self, from: usize, to: usize, out: U256) -> Result<U256, QuoteError> {
        let (reserve_in, reserve_out) = self.sides(from, to)?;
        if out.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        let left = U256::from(reserve_out).checked_sub(out).filter(|left| !left.is_zero());
        let left = left.ok_or_else(|| QuoteError::Limit {
            venue: self.id.clone(),
            what: "reserve of the token wanted",
            limit: U256::from(reserve_out - 1),
        })?;
        let scaled = U256::from(reserve_in) * out * U256::from(PER_MILLE);
        Ok(scaled / (left * U256::from(self.keep)) + U256::ONE)
    }

    /// Reserves of the token given and the token wanted.
    fn sides(&self, from: usize, to: usize) -> Result<(u128, u128), QuoteError> {
        match (from, to) {
            (0, 1) => Ok((self.reserves[0], self.reserves[1])),
            (1, 0) => Ok((self.reserves[1], self.reserves[0])),
            _ => Err(QuoteError::NotTraded { venue: self.id.clone(), from, to }),
        }
    }

    /// The input as the pair can record it, and what it returns.
    fn amounts(&self, swap: Swap) -> Result<(u128, u128), QuoteError> {
        let (reserve_in, reserve_out) = self.sides(swap.from, swap.to)?;
        if swap.amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        let room = MAX_RESERVE - reserve_in;
        let amount = u128::try_from(swap.amount).ok().filter(|amount| *amount <= room);
        let amount = amount.ok_or_else(|| QuoteError::Overflow(self.id.clone()))?;
        let out = amount_out(amount, reserve_in, reserve_out, self.keep);
        if out == 0 {
            return Err(QuoteError::NothingOut(self.id.clone()));
        }
        Ok((amount, out))
    }
}

fn reserve(figure: U256) -> Result<u128, UniswapV2Error> {
    match u128::try_from(figure) {
        Ok(0) => Err(UniswapV2Error::Empty),
        Ok(reserve) if reserve <= MAX_RESERVE => Ok(reserve),
        _ => Err(UniswapV2Error::Reserve(figure)),
    }
}

/// `floor(amount * keep * out / (in * 1000 + amount * keep))`. `amount + reserve_in` is at most
/// 2^112, so only the last product needs more than 128 bits, and the quotient is below
/// `reserve_out`.
fn amount_out(amount: u128, reserve_in: u128, reserve_out: u128, keep: u128) -> u128 {
    let kept = amount * keep;
    let depth = reserve_in * PER_MILLE + kept;
    match kept.checked_mul(reserve_out) {
        Some(product) => product / depth,
        None => {
            let product: U256 = U256::from(kept) * U256::from(reserve_out);
            (product / U256::from(depth)).saturating_to()
        }
    }
}

impl Venue for UniswapV2 {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        self.amounts(swap).map(|(_, out)| Quote::of(U256::from(out)))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let (amount, out) = self.amounts(swap)?;
        self.reserves[swap.from] += amount;
        self.reserves[swap.to] -= out;
        Ok(Quote::of(U256::from(out)))
    }

    #[expect(clippy::cast_precision_loss, reason = "a thousandth is exact in a float")]
    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let (x, y) = self.sides(from, to).ok()?;
        let keep = self.keep as f64 / PER_MILLE as f64;
        Some(Gain::ConstantProduct { x: to_f64(U256::from(x)), y: to_f64(U256::from(y)), keep })
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        let room = self.sides(from, to).map_or(0, |(reserve_in, _)| MAX_RESERVE - reserve_in);
        Capacity::Limited {
            amount: U256::from(room),
            what: "uint112 reserve of the token given",
            refill_per_block: None,
        }
    }

    fn step(&self, _from: usize, _to: usize) -> Step {
        Step { kind: LegKind::Swap, gas: 100_000, approves: true }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        let call = swapExactTokensForTokensCall {
            amountIn: amount,
            amountOutMin: trade.min_out,
            path: vec![self.tokens[from], self.tokens[to]],
            to: trade.recipient,
            deadline: U256::from(trade.deadline),
        };
        Encoded {
            approval: Some(Approval { token: self.tokens[from], spender: self.router, amount }),
            calls: vec![Call {
                to: self.router,
                value: U256::ZERO,
                data: call.abi_encode().into(),
            }],
        }
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENS: [Address; 2] = [Address::repeat_byte(1), Address::repeat_byte(2)];

    fn pair(reserves: [U256; 2], fee_ppm: u32) -> Result<UniswapV2, UniswapV2Error> {
        let id = VenueId::new("uniswap_v2:A/B");
        UniswapV2::new(id, Address::ZERO, Address::repeat_byte(9), TOKENS, reserves, fee_ppm)
    }

    fn small() -> UniswapV2 {
        pair([U256::from(1_000_000), U256::from(2_000_000)], 3000).unwrap()
    }

    fn swap(amount: u128) -> Swap {
        Swap { from: 0, to: 1, amount: U256::from(amount) }
    }

    #[test]
    fn rounds_down_after_the_fee() {
        // 1000 * 997 * 2e6 / (1e9 + 997000) = 1992.01.., and without the fee 1998.00..
        assert_eq!(small().quote(swap(1000)).unwrap().out, U256::from(1992));
    }

    #[test]
    fn exact_out_adds_one_even_when_the_division_is_exact() {
        // 1000 * 1000 * 2000 / (1000 * 1000) = 2000 exactly
        let free = pair([U256::from(1000), U256::from(3000)], 0).unwrap();
        assert_eq!(free.quote_in(0, 1, U256::from(2000)).unwrap(), U256::from(2001));
    }

    #[test]
    fn exact_out_of_the_whole_reserve_is_refused() {
        let error = small().quote_in(0, 1, U256::from(2_000_000)).unwrap_err();
        assert!(matches!(error, QuoteError::Limit { limit, .. } if limit == U256::from(1_999_999)));
    }

    #[test]
    fn a_balance_of_112_bits_is_the_end() {
        let room = MAX_RESERVE - 1_000_000;
        assert!(small().quote(swap(room)).is_ok());
        assert!(matches!(small().quote(swap(room + 1)), Err(QuoteError::Overflow(_))));
        assert!(matches!(
            small().capacity(0, 1),
            Capacity::Limited { amount, .. } if amount == U256::from(room)
        ));
    }

    #[test]
    fn nothing_out_is_refused_as_the_router_does() {
        let error = small().quote(Swap { from: 1, to: 0, amount: U256::from(1) }).unwrap_err();
        assert!(matches!(error, QuoteError::NothingOut(_)));
        assert_eq!(small().quote(swap(0)).unwrap_err(), QuoteError::ZeroAmount);
    }

    #[test]
    fn figures_that_are_no_pair_are_refused() {
        let one = U256::ONE;
        assert_eq!(pair([one, one], 2500).unwrap_err(), UniswapV2Error::Fee(2500));
        assert_eq!(pair([one, one], 1_000_000).unwrap_err(), UniswapV2Error::Fee(1_000_000));
        assert_eq!(pair([one, U256::ZERO], 3000).unwrap_err(), UniswapV2Error::Empty);
        let wide = U256::ONE << 112;
        assert_eq!(pair([wide, one], 3000).unwrap_err(), UniswapV2Error::Reserve(wide));
    }

    #[test]
    fn the_call_is_the_routers() {
        let trade = Trade {
            swap: swap(5),
            min_out: U256::from(4),
            recipient: Address::repeat_byte(7),
            deadline: 99,
        };
        let encoded = small().encode(&trade);
        assert_eq!(&encoded.calls[0].data[..4], [0x38, 0xed, 0x17, 0x39]);
        assert_eq!(encoded.calls[0].to, Address::repeat_byte(9));
        assert_eq!(encoded.approval.unwrap().token, TOKENS[0]);
    }
}
