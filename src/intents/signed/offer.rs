//! From a verified plan to what its owner signs.
//!
//! The plan's figures are of an account that acts by itself, with gas beside the amount. Settled, the fee
//! comes out of the asset in: the quote of a settlement is the plan scaled to what is left after the
//! highest fee, and a concave market never pays less than that for it. Slippage is
//! taken off that. All rounding is in the owner's favour.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall as _, sol};
use tenor_simulations::{SimulationError, SourceError, Verified, World};
use tenor_solver::{
    amount::{WAD, mul_div, mul_div_up},
    intent::Intent,
    market::Market,
    solution::{Held, Solution},
    venues::{Answer, NATIVE, Read},
    ways_out::{WayKind, ways_out},
};

use super::{
    Deployment,
    canonical::NotCanonical,
    frozen::{Output, PermitWitnessTransferFrom, TokenPermissions, YieldIntent},
    owner_only::OwnerOnly,
    preferences::Preferences,
    wallet::{self, Allowance},
    wire::SignedDto,
};
use crate::intents::sentence;

sol! {
    function balanceOf(address account) external view returns (uint256);
}

/// Gas of a settlement beyond the plan's own: Permit2's check and pull, measuring and handing over.
/// An estimate, as all gas figures of plans are.
pub const SETTLEMENT_GAS: u64 = 150_000;

/// Gas of a transaction that does nothing.
const TRANSACTION_GAS: u64 = 21_000;

/// Seconds between blocks.
const SLOT_S: u64 = 12;

/// What a plan does not say about its own signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The contracts.
    pub deployment: Deployment,
    /// Who signs.
    pub owner: Address,
    /// Who receives.
    pub recipient: Address,
    /// An unordered nonce of Permit2 that is not spent.
    pub nonce: U256,
    /// Who alone may settle while the quote holds; zero is anyone.
    pub solver: Address,
    /// Unix seconds of the quote.
    pub now: u64,
    /// Unix seconds before which nobody may settle; zero for at once.
    pub valid_after: u64,
    /// The highest fee, in hundredths of the gas at the market's price: base fees rise by an eighth a
    /// block, so the quote's 60 s alone may need 180.
    pub fee_headroom_pct: u32,
}

impl Terms {
    /// The owner receives, the fee may be twice the gas of now, and it is valid at once.
    pub const fn new(
        deployment: Deployment,
        owner: Address,
        nonce: U256,
        solver: Address,
        now: u64,
    ) -> Self {
        let (recipient, valid_after, fee_headroom_pct) = (owner, 0, 200);
        Self { deployment, owner, recipient, nonce, solver, now, valid_after, fee_headroom_pct }
    }
}

/// What an owner is offered to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The digest to sign.
    pub id: B256,
    /// What is signed.
    pub permit: PermitWitnessTransferFrom,
    /// What its `statement` is the hash of.
    pub statement: String,
    /// What its `preferences` are the hash of.
    pub preferences: Preferences,
    /// The allowance that Permit2 needs once, where it lacks one.
    pub approval: Option<Allowance>,
}

/// Why nothing can be offered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OfferError {
    /// The plan takes the owner's own account.
    #[error("{0}")]
    OwnerOnly(OwnerOnly),
    /// The plan does nothing.
    #[error("the plan is to hold: there is nothing to sign")]
    Nothing,
    /// Numbers beyond 256 bits.
    #[error("the amounts overflow")]
    Overflow,
    /// A protocol's name that cannot be hashed.
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
    /// The state is not to be had.
    #[error(transparent)]
    State(#[from] SourceError),
    /// The allowance cannot be given.
    #[error("the allowance for Permit2 does not run: {0}")]
    Approval(#[from] SimulationError),
}

impl From<OwnerOnly> for OfferError {
    fn from(why: OwnerOnly) -> Self {
        Self::OwnerOnly(why)
    }
}

/// Offers a plan that an EVM has confirmed for its owner's signature. `world` is where it was confirmed.
pub fn offer(
    market: &Market,
    world: &World,
    intent: &Intent,
    plan: &Verified,
    terms: &Terms,
) -> Result<Offer, OfferError> {
    let plan = plan.solution();
    if plan.legs.is_empty() {
        return Err(OfferError::Nothing);
    }
    if intent.is_rebalance() {
        return Err(OwnerOnly::Several.into());
    }
    if plan.leverage.is_some() {
        return Err(OwnerOnly::Debt.into());
    }
    if intent.asset == NATIVE {
        return Err(OwnerOnly::NativeIn.into());
    }
    let amount = given(market, intent, plan).ok_or(OfferError::Overflow)?;
    let mut priced = priced(market, world, intent, plan)?;
    let fee = fee(market, intent, plan, &priced, amount, terms)?;
    let kept = amount.checked_sub(fee).filter(|kept| !kept.is_zero());
    let kept = kept.ok_or(OwnerOnly::FeeAboveAmount)?;
    let limits = &intent.limits;
    let keep = U256::from(10_000u32.saturating_sub(limits.slippage_bps));
    let min_value = least(&mut priced, kept, amount, keep).ok_or(OfferError::Overflow)?;
    let preferences = Preferences::of(intent);
    let statement = sentence::statement(intent, &market.tokens);
    let blocks = limits.quote_valid_s.div_ceil(SLOT_S);
    let permit = PermitWitnessTransferFrom {
        permitted: TokenPermissions { token: intent.asset, amount },
        spender: terms.deployment.settler,
        nonce: terms.nonce,
        deadline: U256::from(terms.now.saturating_add(limits.deadline_s)),
        witness: YieldIntent {
            owner: terms.owner,
            recipient: terms.recipient,
            outputs: priced,
            minValueOut: min_value,
            maxFeeIn: fee,
            allowedSolver: terms.solver,
            exclusiveUntilBlock: U256::from(market.block.saturating_add(blocks)),
            validAfter: U256::from(terms.valid_after),
            statement: keccak256(&statement),
            preferences: preferences.hash()?,
        },
    };
    let approval = wallet::permit2(world, &terms.deployment, terms.owner, intent.asset, amount)?;
    let id = terms.deployment.id(&permit);
    Ok(Offer { id, permit, statement, preferences, approval })
}

impl Offer {
    /// What its owner hands in, signed.
    pub fn signed(&self, deployment: &Deployment, signature: alloy_primitives::Bytes) -> SignedDto {
        let (statement, preferences) = (self.statement.clone(), self.preferences.clone());
        SignedDto::of(deployment, &self.permit, statement, preferences, signature)
    }
}

/// What is taken of the asset: all of it but what the plan leaves where it is. The dust that rounding
/// leaves counts as taken, and comes back.
fn given(market: &Market, intent: &Intent, plan: &Solution) -> Option<U256> {
    let left = plan.end.iter().find(|held| held.token == intent.asset);
    let left = left.map_or(U256::ZERO, |held| held.balance);
    if is_dust(market, intent.asset, left) {
        return Some(intent.amount);
    }
    intent.amount.checked_sub(left)
}

/// Whether an amount is worth less than a transaction: what rounding leaves on the way. It is the
/// recipient's and nobody is held to it.
fn is_dust(market: &Market, token: Address, amount: U256) -> bool {
    let dust = market.gas_price.saturating_mul(U256::from(TRANSACTION_GAS));
    market.redeem_value(token, amount).is_some_and(|eth| eth <= dust)
}

/// The plan's outputs, at their whole amounts, with rates.
fn priced(
    market: &Market,
    world: &World,
    intent: &Intent,
    plan: &Solution,
) -> Result<Vec<Output>, OfferError> {
    let held: Vec<&Held> = plan
        .end
        .iter()
        .filter(|held| held.token != intent.asset && !held.balance.is_zero())
        .filter(|held| !is_dust(market, held.token, held.balance))
        .collect();
    if held.iter().any(|held| held.token == NATIVE) {
        return Err(OwnerOnly::NativeOut.into());
    }
    let reads: Vec<Read> = held
        .iter()
        .map(|held| Read::Call {
            to: held.token,
            data: balanceOfCall { account: NATIVE }.abi_encode().into(),
        })
        .collect();
    for (held, answer) in held.iter().zip(world.answer(&reads)?) {
        if !matches!(answer, Answer::Returned(word) if word.len() >= 32) {
            return Err(OwnerOnly::NotErc20(held.token).into());
        }
    }
    let ways = ways_out(market, intent, Some(plan));
    let alone = held.len() == 1;
    let priced = held.iter().map(|held| {
        let sale = ways.iter().find(|of| of.token == held.token && of.held).and_then(|of| {
            let sale = of.ways.iter().find(|way| way.kind == WayKind::Sale)?;
            mul_div(sale.pays?, WAD, held.balance)
        });
        let redeems = market.redeem_value(held.token, WAD);
        let rate = match (redeems, sale) {
            (Some(redeems), Some(sale)) => Some(redeems.min(sale)),
            // ETH's own wrapper is worth itself, and is sold nowhere.
            (Some(redeems), None) if redeems == WAD && is_eth(market, held.token) => Some(WAD),
            // What cannot be sold has no executable value; a least amount of one output holds anyway.
            _ => None,
        };
        let rate = rate.or(alone.then_some(U256::ZERO));
        Ok(Output {
            token: held.token,
            minAmount: U256::ZERO,
            maxAmountCounted: held.balance,
            rateE18: rate.ok_or(OwnerOnly::Unpriced(held.token))?,
        })
    });
    priced.collect()
}

/// Whether a token is converted into ETH exactly.
fn is_eth(market: &Market, token: Address) -> bool {
    market.exact_pair(token, NATIVE).is_some()
}

/// The most that may be taken of the asset in: the gas of the settlement with headroom, rounded up.
fn fee(
    market: &Market,
    intent: &Intent,
    plan: &Solution,
    outputs: &[Output],
    amount: U256,
    terms: &Terms,
) -> Result<U256, OfferError> {
    let gas = U256::from(plan.gas.saturating_add(SETTLEMENT_GAS));
    let wei = gas.checked_mul(market.gas_price).ok_or(OfferError::Overflow)?;
    let headroom = U256::from(terms.fee_headroom_pct);
    let wei = mul_div_up(wei, headroom, U256::from(100u64)).ok_or(OfferError::Overflow)?;
    // What the amount is worth: by its own rate, or else by what it buys.
    let worth = market.redeem_value(intent.asset, amount).or_else(|| value(outputs));
    let worth = worth.filter(|worth| !worth.is_zero());
    let worth = worth.ok_or(OwnerOnly::Unpriced(intent.asset))?;
    mul_div_up(wei, amount, worth).ok_or(OfferError::Overflow)
}

/// What outputs credit at their whole amounts, in wei of ETH, each rounded down as the Settler does.
fn value(outputs: &[Output]) -> Option<U256> {
    outputs.iter().try_fold(U256::ZERO, |sum, output| {
        sum.checked_add(mul_div(output.maxAmountCounted, output.rateE18, WAD)?)
    })
}

/// Sets the least amounts, and returns the least value: what is kept after the fee, less slippage.
fn least(outputs: &mut [Output], kept: U256, amount: U256, keep: U256) -> Option<U256> {
    let after = |whole: U256| {
        let quoted = mul_div(whole, kept, amount)?;
        mul_div_up(quoted, keep, U256::from(10_000u64))
    };
    let mut credited = U256::ZERO;
    for output in outputs.iter_mut() {
        output.minAmount = after(output.maxAmountCounted)?;
        let quoted = mul_div(output.maxAmountCounted, kept, amount)?;
        credited = credited.checked_add(mul_div(quoted, output.rateE18, WAD)?)?;
    }
    mul_div_up(credited, keep, U256::from(10_000u64))
}
