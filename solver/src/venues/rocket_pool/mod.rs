//! Rocket Pool: ETH deposited for rETH, and rETH burned for ETH, at the rate that the network
//! reported.
//!
//! Source: `RocketDepositPool.deposit`, `RocketTokenRETH.mint`, `burn`, `getRethValue` and
//! `getEthValue` (rocket-pool/rocketpool fef41a4). Each product is divided once, rounded down, in 256
//! bits; without supply the rate is one. Neither way moves the reported balances: the rate steps when
//! the oracle reports.

mod opening;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

pub(super) use self::opening::KINDS;
use super::{
    Backing, Call, Capacity, Encoded, Gain, Hazard, LegKind, NATIVE, Quote, QuoteError, Step, Swap,
    Trade, Venue, VenueId,
};
use crate::amount::{WAD, mul_div_checked, to_f64};

sol! {
    function deposit() external payable;
    function burn(uint256 amount) external;
}

const ETH: usize = 0;
const RETH: usize = 1;

/// What a market says about Rocket Pool.
#[derive(Debug, Clone)]
pub struct RocketPoolFigures {
    /// rETH.
    pub reth: Address,
    /// Wei of ETH behind the reported supply.
    pub total_eth: U256,
    /// The reported supply, in 1e-18 of rETH.
    pub supply: U256,
    /// What is known of deposits.
    pub deposits: Deposits,
    /// What is known of burning.
    pub burns: Burns,
}

/// What is known of deposits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deposits {
    /// The pool takes them.
    Open {
        /// `RocketDepositPool`.
        pool: Address,
        /// The fee on what goes in, in 1e-18.
        fee_wad: U256,
        /// Wei that one deposit must have at least.
        least: U256,
        /// How much more ETH it takes.
        room: Capacity,
    },
    /// Fee or room are unknown, in words: deposits are refused.
    Unknown(String),
}

/// What is known of burning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Burns {
    /// Wei of ETH that are there to pay for burned rETH.
    UpTo(U256),
    /// Unknown, in words: burning is refused.
    Unknown(String),
}

/// Rocket Pool: tokens are ETH and rETH, in this order.
#[derive(Debug, Clone)]
pub struct RocketPool {
    id: VenueId,
    tokens: [Address; 2],
    figures: RocketPoolFigures,
}

impl RocketPool {
    /// Rocket Pool with these figures.
    pub fn new(id: VenueId, figures: RocketPoolFigures) -> Self {
        Self { id, tokens: [NATIVE, figures.reth], figures }
    }

    /// `getRethValue` or `getEthValue`: one for one where nothing is supplied.
    fn converted(&self, amount: U256, to_reth: bool) -> Result<U256, QuoteError> {
        let RocketPoolFigures { total_eth, supply, .. } = self.figures;
        if supply.is_zero() {
            return Ok(amount);
        }
        let (over, under) = if to_reth { (supply, total_eth) } else { (total_eth, supply) };
        let out = mul_div_checked(amount, over, under).filter(|_| !total_eth.is_zero());
        out.ok_or_else(|| QuoteError::failed(&self.id, [total_eth, supply]))
    }

    fn unknown(&self, what: &str) -> QuoteError {
        QuoteError::Unknown { venue: self.id.clone(), what: what.to_owned() }
    }

    fn deposit(&self, eth: U256) -> Result<U256, QuoteError> {
        let (fee_wad, least, room) = match &self.figures.deposits {
            Deposits::Open { fee_wad, least, room, .. } => (*fee_wad, *least, room),
            Deposits::Unknown(what) => return Err(self.unknown(what)),
        };
        if eth < least {
            return Err(QuoteError::BelowMinimum { venue: self.id.clone(), least });
        }
        room.check(&self.id, eth)?;
        let fee = mul_div_checked(eth, fee_wad, WAD);
        let net = fee.and_then(|fee| eth.checked_sub(fee));
        let minted =
            self.converted(net.ok_or_else(|| QuoteError::Overflow(self.id.clone()))?, true)?;
        if minted.is_zero() { Err(QuoteError::NothingOut(self.id.clone())) } else { Ok(minted) }
    }

    fn burn(&self, reth: U256) -> Result<U256, QuoteError> {
        let collateral = match &self.figures.burns {
            Burns::UpTo(collateral) => *collateral,
            Burns::Unknown(what) => return Err(self.unknown(what)),
        };
        let out = self.converted(reth, false)?;
        if out > collateral {
            let (venue, what) = (self.id.clone(), "collateral of rETH");
            return Err(QuoteError::Limit { venue, what, limit: collateral });
        }
        Ok(out)
    }

    /// The most rETH whose ETH is within the collateral.
    fn most_burned(&self, collateral: U256) -> Option<U256> {
        let RocketPoolFigures { total_eth, supply, .. } = self.figures;
        if supply.is_zero() {
            return Some(collateral);
        }
        let beyond = collateral.checked_add(U256::ONE)?;
        crate::amount::mul_div_up(beyond, supply, total_eth)?.checked_sub(U256::ONE)
    }
}

impl Venue for RocketPool {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        if swap.from + swap.to != 1 {
            return Err(QuoteError::not_traded(&self.id, swap));
        }
        if swap.amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        let out =
            if swap.from == ETH { self.deposit(swap.amount) } else { self.burn(swap.amount) }?;
        Ok(Quote::of(out))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let quote = self.quote(swap)?;
        match (&mut self.figures.deposits, &mut self.figures.burns) {
            (Deposits::Open { room, .. }, _) if swap.from == ETH => room.spend(swap.amount),
            (_, Burns::UpTo(collateral)) if swap.from == RETH => {
                *collateral = collateral.saturating_sub(quote.out);
            }
            _ => {}
        }
        Ok(quote)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let rate = match self.figures.supply.is_zero() {
            true => 1.0,
            false => to_f64(self.figures.supply) / to_f64(self.figures.total_eth),
        };
        let rate = match (from, to, &self.figures) {
            (ETH, RETH, RocketPoolFigures { deposits: Deposits::Open { fee_wad, .. }, .. }) => {
                rate * (1.0 - to_f64(*fee_wad) / to_f64(WAD))
            }
            (RETH, ETH, RocketPoolFigures { burns: Burns::UpTo(_), .. }) => 1.0 / rate,
            _ => return None,
        };
        Gain::linear(rate, self.capacity(from, to).cap())
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        match (from, to, &self.figures.deposits, &self.figures.burns) {
            (ETH, RETH, Deposits::Open { room, .. }, _) => room.clone(),
            (ETH, RETH, Deposits::Unknown(what), _) | (RETH, ETH, _, Burns::Unknown(what)) => {
                Capacity::Unknown(what.clone())
            }
            (RETH, ETH, _, Burns::UpTo(collateral)) => Capacity::Limited {
                amount: self.most_burned(*collateral).unwrap_or_default(),
                what: "collateral of rETH",
                refill_per_block: None,
            },
            _ => Capacity::none("not traded"),
        }
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        if from == ETH {
            Step { kind: LegKind::Stake, gas: 200_000, approves: false }
        } else {
            Step { kind: LegKind::Redeem, gas: 120_000, approves: false }
        }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        match (from, to, &self.figures.deposits) {
            (ETH, RETH, Deposits::Open { pool, .. }) => {
                Encoded::one(Call::new(*pool, amount, &depositCall {}))
            }
            (RETH, ETH, _) => {
                Encoded::one(Call::new(self.figures.reth, U256::ZERO, &burnCall { amount }))
            }
            _ => Encoded::nothing(),
        }
    }

    /// `RocketTokenRETH.burn` pays with Solidity's `transfer`.
    fn hazards(&self, from: usize, _to: usize) -> &'static [Hazard] {
        if from == RETH { &[Hazard::Stipend { gas: 2_300 }] } else { &[] }
    }

    fn redemption(&self, token: usize) -> Option<Backing> {
        let RocketPoolFigures { total_eth, supply, .. } = self.figures;
        (token == RETH).then_some(Backing { asset: ETH, amount: total_eth, units: supply })
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::uint;

    use super::*;

    fn pool() -> RocketPool {
        let room = Capacity::Limited {
            amount: U256::from(10) * WAD,
            what: "room in the deposit pool",
            refill_per_block: None,
        };
        RocketPool::new(
            VenueId::new("rocketpool:rETH"),
            RocketPoolFigures {
                reth: Address::repeat_byte(1),
                total_eth: uint!(562_387_228_086_019_256_911_590_U256),
                supply: uint!(508_141_900_090_916_222_974_365_U256),
                deposits: Deposits::Open {
                    pool: Address::repeat_byte(2),
                    fee_wad: uint!(500_000_000_000_000_U256),
                    least: uint!(10_000_000_000_000_000_U256),
                    room,
                },
                burns: Burns::UpTo(U256::from(5) * WAD),
            },
        )
    }

    fn swap(from: usize, amount: U256) -> Swap {
        Swap { from, to: 1 - from, amount }
    }

    #[test]
    fn a_deposit_pays_the_fee_and_rounds_down() {
        let mut pool = pool();
        let net = WAD - uint!(500_000_000_000_000_U256);
        let RocketPoolFigures { total_eth, supply, .. } = pool.figures;
        let out = pool.trade(swap(ETH, WAD)).unwrap().out;
        assert_eq!(out, net * supply / total_eth);
        // The rate does not move, the room does.
        assert_eq!(pool.quote(swap(ETH, WAD)).unwrap().out, out);
        assert!(pool.quote(swap(ETH, U256::from(9) * WAD)).is_ok());
        assert!(pool.quote(swap(ETH, U256::from(9) * WAD + U256::ONE)).is_err());
        let little = swap(ETH, U256::from(9));
        assert!(matches!(pool.quote(little), Err(QuoteError::BelowMinimum { .. })));
    }

    #[test]
    fn burning_stops_at_the_collateral_to_the_wei() {
        let mut pool = pool();
        let Capacity::Limited { amount, .. } = pool.capacity(RETH, ETH) else { panic!() };
        assert!(pool.quote(swap(RETH, amount + U256::ONE)).is_err());
        assert!(pool.trade(swap(RETH, amount)).unwrap().out <= U256::from(5) * WAD);
        assert!(pool.quote(swap(RETH, WAD)).is_err());
    }

    #[test]
    fn what_is_not_known_is_named() {
        let mut pool = pool();
        pool.figures.deposits = Deposits::Unknown("fee".into());
        pool.figures.burns = Burns::Unknown("collateral".into());
        for from in [ETH, RETH] {
            assert!(matches!(pool.quote(swap(from, WAD)), Err(QuoteError::Unknown { .. })));
            assert!(matches!(pool.capacity(from, 1 - from), Capacity::Unknown(_)));
            assert_eq!(pool.gain(from, 1 - from), None);
        }
    }

    #[test]
    fn calls_are_those_of_the_contracts() {
        let encode = |from| {
            pool().encode(&Trade {
                swap: swap(from, WAD),
                min_out: U256::ZERO,
                recipient: Address::repeat_byte(9),
                deadline: 0,
            })
        };
        assert_eq!(encode(ETH).calls[0].to, Address::repeat_byte(2));
        assert_eq!(encode(ETH).calls[0].data[..4], [0xd0, 0xe3, 0x0d, 0xb0]);
        assert_eq!(encode(RETH).calls[0].data[..4], [0x42, 0x96, 0x6c, 0x68]);
    }
}
