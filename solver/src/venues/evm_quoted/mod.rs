//! Any contract that says what a trade would return, priced by asking it.
//!
//! A venue does no I/O: where it is opened it asks the contract at a ladder of amounts, each larger
//! than the last by the same factor, and holds the answers of that block. What it promises follows
//! from two facts of exchanges that no arithmetic of theirs changes: more given never returns less,
//! and a curve whose answers fall away around a stretch lies above the chord of that stretch.
//!
//! - At an amount that was asked, the quote is the contract's own.
//! - Between two of them it is the chord, less what iterations leave in doubt; and where the answers
//!   show a curve that is not concave there (a fee that falls towards balance), the worse of the two
//!   averages, never less than the answer before.
//! - Beyond the last it is refused: what is not asked is not known. So is what would promise nothing.
//!
//! So a quote is *at least*: [`Venue::at_least`] says so, a leg carries it, and where a plan is
//! verified the run may return more of what such a leg hands over, never less. That check is what a
//! plan rests on, not the two facts. After a trade the contract would have to be asked again: the
//! venue then refuses, so a plan goes through it once.
//!
//! The optimiser's gain is the least concave curve above all answers ([`Gain::above`]).

mod ladder;
mod opening;

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, sol};

use self::ladder::Ladder;
pub(super) use self::opening::KINDS;
use super::{
    Call, Capacity, Encoded, Gain, LegKind, Quote, QuoteError, Step, Swap, Trade, Venue, VenueId,
};

sol! {
    interface Crypto {
        function exchange(uint256 i, uint256 j, uint256 dx, uint256 min_dy) external;
    }

    interface Stable {
        function exchange(int128 i, int128 j, uint256 dx, uint256 min_dy) external;
    }

    interface Vault {
        function deposit(uint256 assets, address receiver) external returns (uint256 shares);
        function redeem(uint256 shares, address receiver, address owner)
            external returns (uint256 assets);
    }
}

/// How a contract is asked and traded with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// `get_dy(uint256,uint256,uint256)` and `exchange(uint256,uint256,uint256,uint256)`: Curve's
    /// twocrypto and tricrypto pools. They are given WETH, not ETH.
    Crypto,
    /// `get_dy(int128,int128,uint256)` and `exchange(int128,int128,uint256,uint256)`: Curve's other
    /// pools of ERC-20 tokens.
    Stable,
    /// `previewDeposit` and `deposit`, `previewRedeem` and `redeem` of ERC-4626: the asset, then the
    /// share. The vault does not check what it returns: a least amount cannot be told.
    Vault,
}

/// What a contract has answered at one block.
#[derive(Debug, Clone)]
pub struct EvmQuotedFigures {
    /// The name in the market.
    pub id: VenueId,
    /// The contract.
    pub contract: Address,
    /// How it is traded with.
    pub face: Face,
    /// Its tokens, in its own order.
    pub tokens: Vec<Address>,
    /// Answers of each direction that was asked.
    pub asked: Vec<AskedLane>,
}

/// Answers of one direction.
#[derive(Debug, Clone)]
pub struct AskedLane {
    /// The token given.
    pub from: usize,
    /// The token wanted.
    pub to: usize,
    /// Amounts given, ascending, each with what the contract would pay.
    pub answers: Vec<(U256, U256)>,
}

/// A contract that is asked.
#[derive(Debug, Clone)]
pub struct EvmQuoted {
    id: VenueId,
    contract: Address,
    face: Face,
    tokens: Box<[Address]>,
    /// By token given, then by token wanted.
    ladders: Box<[Option<Ladder>]>,
    /// Whether a trade has made the answers old.
    spent: bool,
}

impl EvmQuoted {
    /// A venue of these answers. Directions whose answers make no ladder are not traded.
    pub fn new(figures: EvmQuotedFigures) -> Self {
        let EvmQuotedFigures { id, contract, face, tokens, asked } = figures;
        let n = tokens.len();
        let mut ladders = vec![None; n * n];
        for AskedLane { from, to, answers } in asked {
            let at = (from < n && to < n && from != to).then_some(from * n + to);
            if let Some(slot) = at.and_then(|at| ladders.get_mut(at)) {
                *slot = Ladder::new(&answers);
            }
        }
        let (tokens, ladders) = (tokens.into(), ladders.into());
        Self { id, contract, face, tokens, ladders, spent: false }
    }

    fn call(&self, function: &impl SolCall) -> Call {
        Call::new(self.contract, U256::ZERO, function)
    }

    fn ladder(&self, from: usize, to: usize) -> Option<&Ladder> {
        let n = self.tokens.len();
        if from >= n || to >= n {
            return None;
        }
        self.ladders.get(from * n + to)?.as_ref()
    }

    fn out(&self, swap: Swap) -> Result<U256, QuoteError> {
        let ladder = self.ladder(swap.from, swap.to);
        let ladder = ladder.ok_or_else(|| QuoteError::not_traded(&self.id, swap))?;
        if self.spent {
            let what = "what the contract pays after another trade was not asked".to_owned();
            return Err(QuoteError::Unknown { venue: self.id.clone(), what });
        }
        if swap.amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        let limit = ladder.most();
        let beyond = || QuoteError::Limit { venue: self.id.clone(), what: ASKED, limit };
        let out = ladder.at_least(swap.amount).ok_or_else(beyond)?;
        // Contracts refuse to pay nothing as often as they pay it.
        if out.is_zero() { Err(QuoteError::NothingOut(self.id.clone())) } else { Ok(out) }
    }
}

/// What the limit is called.
const ASKED: &str = "the largest amount that the contract was asked for";

impl Venue for EvmQuoted {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        self.out(swap).map(Quote::of)
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let out = self.out(swap)?;
        self.spent = true;
        Ok(Quote::of(out))
    }

    fn at_least(&self) -> bool {
        true
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let ladder = self.ladder(from, to).filter(|_| !self.spent);
        ladder.map(|ladder| ladder.gain().clone())
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        match self.ladder(from, to) {
            Some(ladder) if !self.spent => {
                Capacity::Limited { amount: ladder.most(), what: ASKED, refill_per_block: None }
            }
            _ => Capacity::none(ASKED),
        }
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        match (self.face, from) {
            (Face::Crypto, _) => Step { kind: LegKind::Swap, gas: 300_000, approves: true },
            (Face::Stable, _) => Step { kind: LegKind::Swap, gas: 200_000, approves: true },
            (Face::Vault, 0) => Step { kind: LegKind::Deposit, gas: 200_000, approves: true },
            (Face::Vault, _) => Step { kind: LegKind::Redeem, gas: 200_000, approves: false },
        }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        let Some(given) = self.tokens.get(from).copied() else { return Encoded::nothing() };
        let (min_dy, receiver) = (trade.min_out, trade.recipient);
        let call = match self.face {
            Face::Crypto => {
                let (i, j) = (U256::from(from), U256::from(to));
                self.call(&Crypto::exchangeCall { i, j, dx: amount, min_dy })
            }
            Face::Stable => {
                let [i, j] = [from, to].map(|at| i128::try_from(at).unwrap_or(i128::MAX));
                self.call(&Stable::exchangeCall { i, j, dx: amount, min_dy })
            }
            Face::Vault if from == 0 => self.call(&Vault::depositCall { assets: amount, receiver }),
            Face::Vault => {
                let redeem = Vault::redeemCall { shares: amount, receiver, owner: receiver };
                return Encoded::one(self.call(&redeem));
            }
        };
        Encoded::one(call).allowing(given, self.contract, amount)
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
