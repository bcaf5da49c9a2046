//! What an order gives and asks at a moment: the reactors' `_resolve`, in their rounding, and refused
//! where they refuse.

mod block;
mod fee;
mod time;

use alloy_primitives::{Address, U256};

use super::{fault::Fault, order::Order};

/// The block that a fill is for, and who fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The chain.
    pub chain_id: u64,
    /// The block's unix seconds.
    pub timestamp: u64,
    /// Its number; on Arbitrum ArbSys's, which the reactor reads there.
    pub block: u64,
    /// Wei of its base fee for a unit of gas.
    pub base_fee: U256,
    /// Wei beyond it that the fill's transaction pays.
    pub priority_fee: U256,
    /// The contract that calls the reactor.
    pub filler: Address,
}

/// What may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input {
    /// Of what.
    pub token: Address,
    /// Units.
    pub amount: U256,
    /// The most that was signed.
    pub most: U256,
}

/// What is owed to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// Of what; zero is ether.
    pub token: Address,
    /// Units.
    pub amount: U256,
    /// To whom.
    pub recipient: Address,
}

/// An order at a moment. What a reactor's owner may take as a fee on top, up to five basis points, is not in
/// it: a run of the whole fill tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// What may be taken.
    pub input: Input,
    /// What is owed, to the swapper and to whom fees go.
    pub outputs: Vec<Output>,
}

/// Basis points of the whole.
const BPS: U256 = U256::from_limbs([10_000, 0, 0, 0]);

/// What an order gives and asks at a moment. Signatures are [`check`](mod@super::check)'s, but for a
/// priority order's early start, which counts only where it is cosigned.
pub fn resolve(order: &Order, at: &Moment) -> Result<Resolved, Fault> {
    let deadline = order.info().deadline;
    if deadline < U256::from(at.timestamp) {
        return Err(Fault::Expired { deadline, now: at.timestamp });
    }
    match order {
        Order::Dutch(order) => time::exclusive(order, at),
        Order::V2(order) => time::v2(order, at),
        Order::V3(order) => block::v3(order, at),
        Order::Priority(sent) => fee::priority(order, sent, at),
    }
}

/// Who alone may fill, until when, and what others pay.
#[derive(Debug, Clone, Copy)]
struct Exclusivity {
    filler: Address,
    /// Seconds or blocks, as the order counts.
    until: U256,
    /// Basis points more of each output; none at all.
    override_bps: U256,
    /// Whether what others pay is rounded up.
    up: bool,
}

impl Exclusivity {
    /// Outputs as this moment's filler owes them (`ExclusivityLib`): `now` in seconds or blocks.
    fn applied(&self, outputs: &mut [Output], now: u64, at: &Moment) -> Result<(), Fault> {
        let Self { filler, until, override_bps, up } = *self;
        if filler.is_zero() || U256::from(now) > until || filler == at.filler {
            return Ok(());
        }
        if override_bps.is_zero() {
            return Err(Fault::Exclusive { filler, until });
        }
        let whole = BPS.checked_add(override_bps).ok_or(Fault::Overflow)?;
        for output in outputs {
            output.amount = part(output.amount, whole, BPS, up)?;
        }
        Ok(())
    }
}

/// `a * b / d` as solmate's `mulDivDown` and `mulDivUp` compute it: no wide product, and no zero `d`.
fn part(a: U256, b: U256, d: U256, up: bool) -> Result<U256, Fault> {
    let product = a.checked_mul(b).filter(|_| !d.is_zero()).ok_or(Fault::Overflow)?;
    Ok(if up { product.div_ceil(d) } else { product / d })
}

/// The amounts that a cosigner chose instead, which may only be better for the swapper. Zero keeps what
/// was signed. `outputs` are the first amounts.
fn cosigned(
    input: &mut U256,
    outputs: &mut [U256],
    (chosen, all): (U256, &[U256]),
) -> Result<(), Fault> {
    if !chosen.is_zero() {
        if chosen > *input {
            return Err(Fault::CosignedInput { found: chosen, most: *input });
        }
        *input = chosen;
    }
    if all.len() != outputs.len() {
        return Err(Fault::CosignedCount { found: all.len(), expected: outputs.len() });
    }
    for (at, (least, found)) in outputs.iter_mut().zip(all).enumerate() {
        if found.is_zero() {
            continue;
        }
        if *found < *least {
            return Err(Fault::CosignedOutput { at, found: *found, least: *least });
        }
        *least = *found;
    }
    Ok(())
}
