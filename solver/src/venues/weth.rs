//! WETH: ETH as an ERC-20, one for one.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, sol};

use super::{
    Backing, Call, Capacity, Chain, Encoded, Gain, Kind, LegKind, NATIVE, Place, Quote, QuoteError,
    Step, Swap, Trade, Unread, Venue, VenueId, opening::Opening,
};
use crate::risk::Class;

sol! {
    function deposit() external payable;
    function withdraw(uint256 wad) external;
}

pub(super) const KINDS: &[Kind] = &[Kind::new("weth", &["weth"], &[Class::Wrapper], open)];

/// Opens WETH9 in role `weth`: nothing but its being there is asked.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let weth = place.contract("weth")?;
    if chain.code_hash(weth)?.is_zero() {
        return Err(Unread::Refused(format!("there is no contract at {weth}")));
    }
    Ok(Arc::new(Weth::named(place.id.clone(), weth)))
}

/// The WETH9 contract: wraps ETH and unwraps it again.
#[derive(Debug, Clone)]
pub struct Weth {
    id: VenueId,
    tokens: [Address; 2],
}

impl Weth {
    /// The WETH contract at `address`.
    pub fn new(address: Address) -> Self {
        Self::named(VenueId::new("weth"), address)
    }

    /// The same by another name.
    pub fn named(id: VenueId, address: Address) -> Self {
        Self { id, tokens: [NATIVE, address] }
    }
}

impl Venue for Weth {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        if swap.from + swap.to != 1 {
            return Err(QuoteError::NotTraded {
                venue: self.id.clone(),
                from: swap.from,
                to: swap.to,
            });
        }
        if swap.amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        Ok(Quote::of(swap.amount))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        self.quote(swap)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        (from + to == 1).then_some(Gain::Linear { rate: 1.0, cap: f64::INFINITY })
    }

    fn capacity(&self, _from: usize, _to: usize) -> Capacity {
        Capacity::Unlimited
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        Step { kind: LegKind::Wrap, gas: if from == 0 { 24_000 } else { 14_000 }, approves: false }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let [_, weth] = self.tokens;
        let amount = trade.swap.amount;
        let call = if trade.swap.from == 0 {
            Call { to: weth, value: amount, data: depositCall {}.abi_encode().into() }
        } else {
            Call {
                to: weth,
                value: U256::ZERO,
                data: withdrawCall { wad: amount }.abi_encode().into(),
            }
        };
        Encoded { approval: None, calls: vec![call] }
    }

    fn exact_pairs(&self) -> &[(usize, usize)] {
        &[(0, 1)]
    }

    fn redemption(&self, token: usize) -> Option<Backing> {
        (token == 1).then_some(Backing::one(0))
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
