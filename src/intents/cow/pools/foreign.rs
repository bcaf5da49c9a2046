//! Orders of 0x: what a taker gives, at the order's own rate, rounded as `LibMathV06` rounds. The taker
//! also pays a share of the order's fee, on top and in the same token.

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::{mul_div, mul_div_up, to_f64},
    venues::Gain,
};

use super::{super::wire::ForeignOrder, Maths};

/// An order: its taker gives the first token and gets the second.
#[derive(Debug, Clone, Copy)]
pub struct Foreign {
    maker: U256,
    taker: U256,
}

/// An order with a fee for its taker is left out: the fee is paid beside what the driver's interaction
/// says, out of tokens that are not the engine's. 0x keeps amounts in 128 bits (`LibNativeOrder`): beyond
/// them there is no order.
pub(super) fn read(order: &ForeignOrder) -> Option<(Vec<Address>, Maths)> {
    let (maker, taker) = (order.maker_amount.0, order.taker_amount.0);
    let kept = |amount: U256| !amount.is_zero() && amount.bit_len() <= 128;
    let sound = kept(maker) && kept(taker) && order.maker_token != order.taker_token;
    let free = order.taker_token_fee_amount.0.is_zero();
    let tokens = vec![order.taker_token, order.maker_token];
    (sound && free).then_some((tokens, Maths::Foreign(Foreign { maker, taker })))
}

impl Foreign {
    pub(super) fn out(&self, from: usize, to: usize, amount: U256) -> Option<U256> {
        let traded = (from, to) == (0, 1) && amount <= self.taker;
        traded.then(|| mul_div(amount, self.maker, self.taker)).flatten()
    }

    /// Rounded up, where the contract's own inverse rounds down: enough to buy `amount`.
    pub(super) fn input(&self, from: usize, to: usize, amount: U256) -> Option<U256> {
        let traded = (from, to) == (0, 1) && amount <= self.maker;
        traded.then(|| mul_div_up(amount, self.taker, self.maker)).flatten()
    }

    pub(super) fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let (maker, taker) = (to_f64(self.maker), to_f64(self.taker));
        ((from, to) == (0, 1)).then_some(Gain::Linear { rate: maker / taker, cap: taker })
    }
}
