//! SY that stand one for one for the token they keep: a vault's share, wstETH, weETH, any ERC-20.
//!
//! Source: `SYBase.deposit` and `redeem`, and `_deposit` and `_redeem` of `PendleERC4626SY`,
//! `PendleERC20SY`, `PendleWstEthSY` and `PendleWEEthSY` where the token is the one that is kept
//! (`yieldToken`). What these take besides, as ETH or the vault's asset, goes through the token's own
//! protocol, which is a venue by itself.

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::super::{
    Backing, Call, Capacity, Encoded, Gain, LegKind, Quote, QuoteError, Step, Swap, Trade, Venue,
    VenueId,
};

sol! {
    function deposit(address receiver, address tokenIn, uint256 amountTokenToDeposit, uint256 minSharesOut)
        external payable returns (uint256);
    function redeem(
        address receiver, uint256 amountSharesToRedeem, address tokenOut, uint256 minTokenOut,
        bool burnFromInternalBalance
    ) external returns (uint256);
}

const TOKEN: usize = 0;
const SY: usize = 1;

/// The figures of an SY at one block, and its contracts.
#[derive(Debug, Clone)]
pub struct PendleSyFigures {
    /// The name in the market.
    pub id: VenueId,
    /// The token that is kept.
    pub token: Address,
    /// The SY.
    pub sy: Address,
    /// Whether SY can be moved.
    pub paused: bool,
    /// How much more of the token it takes.
    pub deposits: Capacity,
    /// How many SY it gives the token back for.
    pub redemptions: Capacity,
}

/// An SY: tokens are the token it keeps and the SY, in this order.
#[derive(Debug, Clone)]
pub struct PendleSy {
    tokens: [Address; 2],
    figures: PendleSyFigures,
}

impl PendleSy {
    /// With these figures.
    pub const fn new(figures: PendleSyFigures) -> Self {
        Self { tokens: [figures.token, figures.sy], figures }
    }
}

impl Venue for PendleSy {
    fn id(&self) -> &VenueId {
        &self.figures.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        if swap.from + swap.to != 1 {
            return Err(QuoteError::not_traded(&self.figures.id, swap));
        }
        if swap.amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        if self.figures.paused {
            return Err(QuoteError::Paused(self.figures.id.clone()));
        }
        let limit =
            if swap.from == TOKEN { &self.figures.deposits } else { &self.figures.redemptions };
        limit.check(&self.figures.id, swap.amount)?;
        Ok(Quote::of(swap.amount))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let quote = self.quote(swap)?;
        let PendleSyFigures { deposits, redemptions, .. } = &mut self.figures;
        let (spent, grown) =
            if swap.from == TOKEN { (deposits, redemptions) } else { (redemptions, deposits) };
        spent.spend(swap.amount);
        if let Capacity::Limited { amount, .. } = grown {
            *amount = amount.saturating_add(swap.amount);
        }
        Ok(quote)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let traded = from + to == 1 && !self.figures.paused;
        traded.then(|| Gain::Linear { rate: 1.0, cap: self.capacity(from, to).cap() })
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        match (from, to) {
            (TOKEN, SY) | (SY, TOKEN) if self.figures.paused => Capacity::none("paused"),
            (TOKEN, SY) => self.figures.deposits.clone(),
            (SY, TOKEN) => self.figures.redemptions.clone(),
            _ => Capacity::none("not traded"),
        }
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        Step { kind: LegKind::Wrap, gas: 120_000, approves: from == TOKEN }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        let PendleSyFigures { token, sy, .. } = self.figures;
        match (from, to) {
            (TOKEN, SY) => {
                let call = depositCall {
                    receiver: trade.recipient,
                    tokenIn: token,
                    amountTokenToDeposit: amount,
                    minSharesOut: trade.min_out,
                };
                Encoded::one(Call::new(sy, U256::ZERO, &call)).allowing(token, sy, amount)
            }
            (SY, TOKEN) => Encoded::one(Call::new(
                sy,
                U256::ZERO,
                &redeemCall {
                    receiver: trade.recipient,
                    amountSharesToRedeem: amount,
                    tokenOut: token,
                    minTokenOut: trade.min_out,
                    burnFromInternalBalance: false,
                },
            )),
            _ => Encoded::nothing(),
        }
    }

    /// Where nothing limits either way.
    fn exact_pairs(&self) -> &[(usize, usize)] {
        let PendleSyFigures { paused, deposits, redemptions, .. } = &self.figures;
        match (paused, deposits, redemptions) {
            (false, Capacity::Unlimited, Capacity::Unlimited) => &[(TOKEN, SY)],
            _ => &[],
        }
    }

    fn redemption(&self, token: usize) -> Option<Backing> {
        (token == SY).then_some(Backing::one(TOKEN))
    }

    fn carries(&self, token: usize) -> bool {
        token == SY
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
