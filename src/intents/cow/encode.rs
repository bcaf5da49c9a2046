//! Legs as interactions: the driver encodes trades with its own liquidity, this engine those with its own
//! venues.

use std::collections::BTreeMap;

use alloy_primitives::U256;
use tenor_solver::{
    amount::mul_div,
    venues::{Swap, Trade, Venue},
};

use super::{
    chain::SETTLEMENT,
    market::{Direction, Market},
    plan::Leg,
    pools::Maths,
    wire::{
        Allowance, Amount, Asset, Auction, CustomInteraction, FlashloanHint, Interaction,
        LiquidityInteraction, Order, OrderUid, Wrapper,
    },
};

/// Parts that slippage is counted in.
const PARTS: u64 = 10_000;

/// Encodes legs.
#[derive(Debug, Clone, Copy)]
pub struct Encoder<'a> {
    /// The auction: which tokens the settlement contract holds, and which are trusted.
    pub auction: &'a Auction,
    /// The market.
    pub market: &'a Market,
    /// How much less than modelled a venue of our own may return, in basis points.
    pub slippage_bps: u64,
}

impl Encoder<'_> {
    /// The interactions of legs, in their order, those internalised that may be.
    pub fn interactions(&self, legs: &[Leg]) -> Option<Vec<Interaction>> {
        let mut interactions = Vec::with_capacity(legs.len());
        for leg in legs {
            let direction = self.market.directions.get(leg.edge)?;
            let pool = self.market.pools.get(direction.pool)?;
            match &pool.maths {
                Maths::Ours(venue) => {
                    self.ours(venue.as_ref(), direction, leg, &mut interactions)?
                }
                _ => interactions.push(Interaction::Liquidity(LiquidityInteraction {
                    internalize: false,
                    id: pool.id.clone(),
                    input_token: *pool.tokens.get(direction.ends.0)?,
                    output_token: *pool.tokens.get(direction.ends.1)?,
                    input_amount: Amount(leg.input),
                    output_amount: Amount(leg.output),
                })),
            }
        }
        self.internalise(&mut interactions);
        Some(interactions)
    }

    /// The calls of a venue of our own; the last one is told to bring what all of them do.
    fn ours(
        &self,
        venue: &dyn Venue,
        direction: &Direction,
        leg: &Leg,
        into: &mut Vec<Interaction>,
    ) -> Option<()> {
        let (from, to) = direction.ends;
        let least = U256::from(PARTS.saturating_sub(self.slippage_bps));
        let trade = Trade {
            swap: Swap { from, to, amount: leg.input },
            min_out: mul_div(leg.output, least, U256::from(PARTS))?,
            recipient: SETTLEMENT,
            // The settlement has its own deadline.
            deadline: u64::from(u32::MAX),
        };
        let encoded = venue.encode(&trade);
        let last = encoded.calls.len().checked_sub(1)?;
        let asset = |at: usize, amount: U256| {
            Some(Asset { token: *venue.tokens().get(at)?, amount: Amount(amount) })
        };
        let (given, got) = (asset(from, leg.input)?, asset(to, leg.output)?);
        for (at, call) in encoded.calls.into_iter().enumerate() {
            let allowed = encoded.approval.filter(|_| at == 0).map(|approval| Allowance {
                token: approval.token,
                spender: approval.spender,
                amount: Amount(approval.amount),
            });
            let ends = |asset: &Asset| (at == last).then(|| asset.clone()).into_iter().collect();
            into.push(Interaction::Custom(CustomInteraction {
                internalize: false,
                target: call.to,
                value: Amount(call.value),
                call_data: call.data,
                allowances: allowed.into_iter().collect(),
                inputs: ends(&given),
                outputs: ends(&got),
            }));
        }
        Some(())
    }

    /// Marks interactions that the settlement contract's own tokens can stand in for: all that go in
    /// are trusted, and all that would come out are there, none counted twice. A venue of several
    /// calls is never marked: leaving out one of them would leave the others.
    fn internalise(&self, interactions: &mut [Interaction]) {
        let mut used = BTreeMap::new();
        for interaction in interactions {
            let (input, output, mark) = match interaction {
                Interaction::Liquidity(leg) => {
                    (leg.input_token, (leg.output_token, leg.output_amount.0), &mut leg.internalize)
                }
                Interaction::Custom(_) => continue,
            };
            let tokens = &self.auction.tokens;
            let trusted = tokens.get(&input).is_some_and(|token| token.trusted);
            let Some(held) = tokens.get(&output.0).map(|token| token.available_balance.0) else {
                continue;
            };
            let taken: &mut U256 = used.entry(output.0).or_default();
            if let Some(sum) = taken.checked_add(output.1).filter(|sum| trusted && *sum <= held) {
                (*taken, *mark) = (sum, true);
            }
        }
    }
}

/// Loans of a solution, by order.
type Flashloans = Option<BTreeMap<OrderUid, FlashloanHint>>;

/// The contracts that an order wants its settlement called through, and its loans. The driver takes an
/// order's loan by itself, and refuses a solution with both: wrappers that may be left out are, where
/// there is a loan, and otherwise the loan is.
pub fn wrappers(order: &Order) -> (Vec<Wrapper>, Flashloans) {
    let loan = order.flashloan_hint.is_some();
    if loan && order.wrappers.iter().all(|wrapper| wrapper.is_omittable) {
        return (Vec::new(), None);
    }
    let call = |wrapper: &super::wire::WrapperCall| Wrapper {
        address: wrapper.address,
        data: wrapper.data.clone(),
    };
    let calls: Vec<Wrapper> = order.wrappers.iter().map(call).collect();
    let flashloans = (loan && !calls.is_empty()).then(BTreeMap::new);
    (calls, flashloans)
}
