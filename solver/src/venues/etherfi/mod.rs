//! ether.fi: ETH deposited for eETH, which rebases, and weETH, which wraps its shares.
//!
//! The share maths of `LiquidityPool` and `WeETH`: multiply, then divide, and drop the remainder
//! (`VENUES`, section 12). Back to ETH there are instant redemptions and a queue.
//!
//! The contracts of 2026 refuse accounts on a blacklist, both ways: a quote says nothing of whom it is
//! for, and only a run with the owner's own account tells.

mod exits;
mod opening;
mod redemptions;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

pub(super) use self::opening::KINDS;
use self::redemptions::Redeemed;
pub use self::redemptions::{RedemptionFigures, Redemptions};
use super::{
    Backing, Bound, Call, Capacity, Encoded, Exit, ExitFee, ExitRate, Gain, Hazard, LegKind,
    NATIVE, Quote, QuoteError, RateRule, Rebase, SharesBy, Step, Swap, Ticket, Trade, Venue,
    VenueId, Wait,
};
use crate::amount::{mul_div_checked, mul_div_up, to_f64};

sol! {
    function deposit() external payable returns (uint256);
    function wrap(uint256 eETHAmount) external returns (uint256);
    function unwrap(uint256 weETHAmount) external returns (uint256);
    function redeemEEth(uint256 eEthAmount, address receiver, address outputToken) external;
    function redeemWeEth(uint256 weEthAmount, address receiver, address outputToken) external;
}

const ETH: usize = 0;
const EETH: usize = 1;
const WEETH: usize = 2;

const NO_REDEMPTIONS: &str = "fee, buffer and limit of ether.fi's instant redemptions";
const NO_BOUND: &str = "the bounds of one request to ether.fi's withdrawal queue";
const NO_LEAST_WAIT: &str = "the least wait of ether.fi's withdrawal queue";
const NO_WAIT: &str = "length and wait of ether.fi's withdrawal queue";

/// What a market says about ether.fi.
#[derive(Debug, Clone)]
pub struct EtherFiFigures {
    /// The contract that takes deposits.
    pub liquidity_pool: Address,
    /// The eETH contract.
    pub eeth: Address,
    /// The weETH contract.
    pub weeth: Address,
    /// Wei of ETH behind all shares.
    pub total_pooled_ether: U256,
    /// All shares, in 1e-18 of a share.
    pub total_shares: U256,
    /// How much ETH may be deposited.
    pub deposit_capacity: Capacity,
}

/// ether.fi: tokens are ETH, eETH and weETH, in this order.
///
/// ETH is deposited for eETH; eETH and weETH convert both ways. Back to ETH there is only the
/// queue, which is an [`Exit`].
#[derive(Debug, Clone)]
pub struct EtherFi {
    id: VenueId,
    liquidity_pool: Address,
    tokens: [Address; 3],
    totals: Rebase,
    deposit_capacity: Capacity,
    redemptions: Redemptions,
    /// The least and the most eETH of one request to the queue.
    requests: [Bound; 2],
}

impl EtherFi {
    /// ether.fi with these figures.
    pub fn new(id: VenueId, figures: EtherFiFigures) -> Self {
        Self {
            id,
            liquidity_pool: figures.liquidity_pool,
            tokens: [NATIVE, figures.eeth, figures.weeth],
            totals: Rebase::down(figures.total_pooled_ether, figures.total_shares),
            deposit_capacity: figures.deposit_capacity,
            redemptions: Redemptions::Unknown(NO_REDEMPTIONS.into()),
            requests: [None, None].map(|told| Bound::told(told, NO_BOUND)),
        }
    }

    /// With what is known of instant redemptions, and of the least and the most eETH of one request
    /// to the queue.
    pub fn leaving(self, redemptions: Redemptions, requests: [Option<U256>; 2]) -> Self {
        Self { redemptions, requests: requests.map(|told| Bound::told(told, NO_BOUND)), ..self }
    }

    /// What an instant redemption of eETH, or of weETH, does; and the eETH that it counts.
    fn redeem(&self, swap: Swap) -> Result<(Redeemed, U256), QuoteError> {
        let figures = match &self.redemptions {
            Redemptions::Open(figures) => figures,
            Redemptions::Paused => return Err(QuoteError::Paused(self.id.clone())),
            Redemptions::Unknown(what) => {
                return Err(QuoteError::Unknown { venue: self.id.clone(), what: what.clone() });
            }
        };
        figures.capacity(&self.totals, swap.from == WEETH).check(&self.id, swap.amount)?;
        let eeth = match swap.from {
            WEETH => self.totals.balance(swap.amount).ok_or_else(|| self.overflow())?,
            _ => swap.amount,
        };
        let done = figures.redeem(&self.totals, eeth);
        done.map(|done| (done, eeth)).ok_or_else(|| QuoteError::NothingOut(self.id.clone()))
    }

    /// The bound of one request, in eETH or in weETH: the least rounded up, the most down.
    fn bound(&self, at: usize, token: usize) -> Bound {
        let [least, most] = &self.requests;
        let Rebase { assets, shares, .. } = self.totals;
        match ([least, most][at], token) {
            (Bound::At(eeth), WEETH) => {
                let weeth = if at == 0 {
                    self.totals.fewest_shares(*eeth)
                } else {
                    let beyond = eeth.checked_add(U256::ONE);
                    let first = beyond.and_then(|eeth| mul_div_up(eeth, shares, assets));
                    first.and_then(|first| first.checked_sub(U256::ONE))
                };
                Bound::told(weeth, NO_BOUND)
            }
            (bound, _) => bound.clone(),
        }
    }

    fn overflow(&self) -> QuoteError {
        QuoteError::failed(&self.id, [self.totals.assets, self.totals.shares])
    }

    fn shares_of(&self, eeth: U256) -> Result<U256, QuoteError> {
        mul_div_checked(eeth, self.totals.shares, self.totals.assets).ok_or_else(|| self.overflow())
    }

    /// Shares minted for `eth`, rounded down, and the totals afterwards. The pool refuses deposits
    /// that mint nothing, and those beyond 128 bits.
    fn deposit(&self, eth: U256) -> Result<(U256, Rebase), QuoteError> {
        self.deposit_capacity.check(&self.id, eth)?;
        if eth > U256::from(u128::MAX) {
            return Err(self.overflow());
        }
        let shares = self.shares_of(eth)?;
        if shares.is_zero() {
            return Err(QuoteError::NothingOut(self.id.clone()));
        }
        let Rebase { assets, shares: all, .. } = self.totals;
        assets
            .checked_add(eth)
            .zip(all.checked_add(shares))
            .map(|(assets, all)| (shares, Rebase::down(assets, all)))
            .ok_or_else(|| self.overflow())
    }
}

impl EtherFi {
    fn encode_redemption(&self, trade: &Trade) -> Encoded {
        let Redemptions::Open(RedemptionFigures { manager, .. }) = self.redemptions else {
            return Encoded::nothing();
        };
        let Swap { from, amount, .. } = trade.swap;
        let receiver = trade.recipient;
        let call = if from == EETH {
            let redeem = redeemEEthCall { eEthAmount: amount, receiver, outputToken: NATIVE };
            Call::new(manager, U256::ZERO, &redeem)
        } else {
            let redeem = redeemWeEthCall { weEthAmount: amount, receiver, outputToken: NATIVE };
            Call::new(manager, U256::ZERO, &redeem)
        };
        Encoded::one(call).allowing(self.tokens[from], manager, amount)
    }
}

impl Venue for EtherFi {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    /// A deposit returns the balance that the minted shares show right after; unwrapping returns
    /// the nominal eETH of the transfer.
    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        if !matches!((swap.from, swap.to), (ETH, EETH) | (EETH, WEETH | ETH) | (WEETH, EETH | ETH))
        {
            return Err(QuoteError::not_traded(&self.id, swap));
        }
        if swap.amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        if self.totals.assets.is_zero() || self.totals.shares.is_zero() {
            return Err(QuoteError::NoRate(self.id.clone()));
        }
        match swap.from {
            _ if swap.to == ETH => self.redeem(swap).map(|(done, _)| Quote::of(done.out)),
            ETH => {
                let (shares, after) = self.deposit(swap.amount)?;
                mul_div_checked(shares, after.assets, after.shares)
                    .map(|out| Quote { out, shares: Some(shares) })
                    .ok_or_else(|| self.overflow())
            }
            EETH => self.shares_of(swap.amount).map(Quote::of),
            _ => mul_div_checked(swap.amount, self.totals.assets, self.totals.shares)
                .map(Quote::of)
                .ok_or_else(|| self.overflow()),
        }
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let quote = self.quote(swap)?;
        if swap.from == ETH {
            (_, self.totals) = self.deposit(swap.amount)?;
            self.deposit_capacity.spend(swap.amount);
        }
        if swap.to == ETH {
            let (done, eeth) = self.redeem(swap)?;
            let mut after = self.clone();
            if let Redemptions::Open(figures) = &mut after.redemptions {
                let booked = figures.book(&mut after.totals, eeth, done);
                booked.ok_or_else(|| self.overflow())?;
            }
            *self = after;
        }
        Ok(quote)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let Rebase { assets, shares, .. } = self.totals;
        let rate = match (from, to) {
            (ETH, EETH) => 1.0,
            (EETH, WEETH) => to_f64(shares) / to_f64(assets),
            (WEETH, EETH) => to_f64(assets) / to_f64(shares),
            (EETH | WEETH, ETH) => {
                let Redemptions::Open(figures) = &self.redemptions else { return None };
                let kept = 1.0 - to_f64(figures.fee_bps) / 1e4;
                if from == EETH { kept } else { kept * to_f64(assets) / to_f64(shares) }
            }
            _ => return None,
        };
        Gain::linear(rate, self.capacity(from, to).cap())
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        match (from, to) {
            (ETH, EETH) => self.deposit_capacity.clone(),
            (EETH, WEETH) | (WEETH, EETH) => Capacity::Unlimited,
            (EETH | WEETH, ETH) => match &self.redemptions {
                Redemptions::Open(figures) => figures.capacity(&self.totals, from == WEETH),
                Redemptions::Paused => Capacity::none("instant redemptions are paused"),
                Redemptions::Unknown(what) => Capacity::Unknown(what.clone()),
            },
            _ => Capacity::none("not traded"),
        }
    }

    fn step(&self, from: usize, to: usize) -> Step {
        match from {
            _ if to == ETH => Step { kind: LegKind::Redeem, gas: 350_000, approves: true },
            ETH => Step { kind: LegKind::Stake, gas: 90_000, approves: false },
            EETH => Step { kind: LegKind::Wrap, gas: 60_000, approves: true },
            _ => Step { kind: LegKind::Wrap, gas: 70_000, approves: false },
        }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let [_, eeth, weeth] = self.tokens;
        let Swap { from, to, amount } = trade.swap;
        match (from, to) {
            (ETH, EETH) => Encoded::one(Call::new(self.liquidity_pool, amount, &depositCall {})),
            (EETH, WEETH) => {
                Encoded::one(Call::new(weeth, U256::ZERO, &wrapCall { eETHAmount: amount }))
                    .allowing(eeth, weeth, amount)
            }
            (WEETH, EETH) => {
                Encoded::one(Call::new(weeth, U256::ZERO, &unwrapCall { weETHAmount: amount }))
            }
            (EETH | WEETH, ETH) => self.encode_redemption(trade),
            _ => Encoded::nothing(),
        }
    }

    fn exits(&self, token: usize) -> Vec<Exit> {
        if token != EETH && token != WEETH {
            return Vec::new();
        }
        let Rebase { assets, shares, .. } = self.totals;
        let wrapped = ExitRate { out: assets, units: shares };
        vec![Exit {
            name: "ether.fi withdrawal queue",
            to: ETH,
            rule: RateRule::MinRequestSettle,
            rate: if token == EETH { ExitRate::ONE } else { wrapped },
            fee: ExitFee::None,
            least: self.bound(0, token),
            most: self.bound(1, token),
            capacity: Capacity::Unlimited,
            least_wait: Wait::Unknown(NO_LEAST_WAIT.into()),
            expected_wait: Wait::Unknown(NO_WAIT.into()),
            ticket: Ticket::Transferable,
        }]
    }

    /// `GAS_STIPEND_NO_GRIEF` of the redemption manager, and the blacklist of 2026.
    fn hazards(&self, from: usize, to: usize) -> &'static [Hazard] {
        match (from, to) {
            (_, ETH) => &[Hazard::Blacklist, Hazard::Stipend { gas: 100_000 }],
            _ => &[Hazard::Blacklist, Hazard::Rebases],
        }
    }

    fn exact_pairs(&self) -> &[(usize, usize)] {
        &[(EETH, WEETH)]
    }

    fn rebase(&self, token: usize) -> Option<Rebase> {
        (token == EETH).then_some(self.totals)
    }

    fn shares_by(&self, token: usize) -> Option<SharesBy> {
        (token == EETH).then_some(SharesBy::Shares)
    }

    fn redemption(&self, token: usize) -> Option<Backing> {
        let Rebase { assets, shares, .. } = self.totals;
        match token {
            EETH => Some(Backing::one(ETH)),
            WEETH => Some(Backing { asset: ETH, amount: assets, units: shares }),
            _ => None,
        }
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
