//! Staking by share rate: ETH goes in, a share token comes out, and nothing comes back.
//!
//! Swell (`swETH`, `rswETH`) keeps a stored rate, Mantle (`mETH`) divides totals and keeps a
//! haircut; Renzo's `ezETH` is known by its rate alone (`VENUES`, sections 3, 6, 8 and 13). Each
//! rounds down once.

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::sol;

use super::{
    Backing, Call, Capacity, Encoded, Exit, Gain, LegKind, NATIVE, Quote, QuoteError, Step, Swap,
    Trade, Venue, VenueId,
};
use crate::amount::{WAD, mul_div, mul_div_up, to_f64};

sol! {
    function deposit() external payable;
    function stake(uint256 minOut) external payable;
}

const ETH: usize = 0;
const SHARE: usize = 1;
const BPS: U256 = uint!(10_000_U256);

/// What a market says about a share-rate venue.
#[derive(Debug, Clone)]
pub struct ShareRateFigures {
    /// The share token.
    pub share: Address,
    /// How shares follow from ETH.
    pub form: RateForm,
    /// Whether and how ETH is deposited.
    pub deposit: Deposit,
    /// What is unknown about burning shares for ETH, where the contract offers that: such a swap
    /// is refused with these words.
    pub burn_unknown: Option<String>,
    /// Wei that one deposit must have at least.
    pub least_deposit: U256,
    /// How much ETH may be deposited, apart from a supply cap.
    pub capacity: Capacity,
}

/// How shares follow from ETH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RateForm {
    /// `eth * 1e18 / rate`, with the rate that the contract stores.
    Rate {
        /// Wei of ETH for a whole share.
        eth_per_share_wad: U256,
    },
    /// `eth * shares * (10000 - haircut) / (assets * 10000)`.
    Totals {
        /// Wei of ETH behind all shares.
        assets: U256,
        /// All shares.
        shares: U256,
        /// Basis points that a deposit leaves to the other holders; at most 10000.
        haircut_bps: u16,
        /// Shares that may exist, where the contract limits that.
        supply_cap: Option<U256>,
    },
    /// A rate to value the token by; no deposit is known.
    Reference {
        /// Wei of ETH for a whole share.
        eth_per_share_wad: U256,
    },
}

/// Whether and how ETH is deposited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deposit {
    /// By this call.
    Open(DepositCall),
    /// The contract takes deposits, but their result depends on this unknown: they are refused.
    Unknown(String),
    /// There is no deposit.
    Closed,
}

/// The call that deposits, and the contract it goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DepositCall {
    /// `deposit()`.
    Deposit(Address),
    /// `stake(uint256 minOut)`.
    Stake(Address),
}

impl RateForm {
    /// ETH behind so many shares, as a fraction `(wei, shares)` that nothing has rounded.
    pub const fn redemption(&self) -> (U256, U256) {
        match self {
            Self::Rate { eth_per_share_wad } | Self::Reference { eth_per_share_wad } => {
                (*eth_per_share_wad, WAD)
            }
            Self::Totals { assets, shares, .. } => (*assets, *shares),
        }
    }

    /// Shares for ETH as a fraction `(shares, wei)`. `None` on overflow.
    fn shares_per_eth(&self) -> Option<(U256, U256)> {
        match self {
            Self::Rate { eth_per_share_wad } | Self::Reference { eth_per_share_wad } => {
                Some((WAD, *eth_per_share_wad))
            }
            Self::Totals { assets, shares, haircut_bps, .. } => {
                let kept = BPS.checked_sub(U256::from(*haircut_bps))?;
                Some((shares.checked_mul(kept)?, assets.checked_mul(BPS)?))
            }
        }
    }

    /// Shares minted for `eth`, rounded down.
    fn minted(&self, eth: U256) -> Option<U256> {
        let (shares, wei) = self.shares_per_eth()?;
        mul_div(eth, shares, wei)
    }

    /// Shares that may still be minted, where that is limited.
    fn mintable(&self) -> Option<U256> {
        match self {
            Self::Totals { shares, supply_cap, .. } => {
                supply_cap.map(|cap| cap.saturating_sub(*shares))
            }
            Self::Rate { .. } | Self::Reference { .. } => None,
        }
    }

    /// The most wei that mint at most `shares`.
    fn most_eth(&self, shares: U256) -> Option<U256> {
        let (per, wei) = self.shares_per_eth()?;
        mul_div_up(shares.checked_add(U256::ONE)?, wei, per)?.checked_sub(U256::ONE)
    }
}

/// A contract that takes ETH and mints a share token: tokens are ETH and the share, in this order.
#[derive(Debug, Clone)]
pub struct ShareRate {
    id: VenueId,
    tokens: [Address; 2],
    figures: ShareRateFigures,
    exits: Vec<Exit>,
}

impl ShareRate {
    /// The venue with these figures.
    pub fn new(id: VenueId, figures: ShareRateFigures) -> Self {
        Self { id, tokens: [NATIVE, figures.share], figures, exits: Vec::new() }
    }

    /// With the queues out of the share.
    pub fn leaving(self, exits: Vec<Exit>) -> Self {
        Self { exits, ..self }
    }

    /// ETH behind so many shares, as a fraction `(wei, shares)` that nothing has rounded.
    pub const fn redemption(&self) -> (U256, U256) {
        self.figures.form.redemption()
    }

    fn call(&self) -> Option<DepositCall> {
        match (&self.figures.deposit, &self.figures.form) {
            (_, RateForm::Reference { .. }) => None,
            (Deposit::Open(call), RateForm::Rate { .. } | RateForm::Totals { .. }) => Some(*call),
            (Deposit::Unknown(_) | Deposit::Closed, _) => None,
        }
    }

    /// Why `swap` is refused whatever its amount.
    fn refusal(&self, swap: Swap) -> QuoteError {
        let unknown = match (swap.from, swap.to, &self.figures.deposit) {
            (ETH, SHARE, Deposit::Unknown(what)) => Some(what),
            (SHARE, ETH, _) => self.figures.burn_unknown.as_ref(),
            _ => None,
        };
        match unknown {
            Some(what) => QuoteError::Unknown { venue: self.id.clone(), what: what.clone() },
            None => QuoteError::not_traded(&self.id, swap),
        }
    }

    fn check_supply(&self, minted: U256) -> Result<(), QuoteError> {
        match self.figures.form.mintable() {
            Some(limit) if minted > limit => {
                Err(QuoteError::Limit { venue: self.id.clone(), what: "supply cap", limit })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Of two limits the tighter; an unknown one hides the other.
    fn deposit_capacity(&self) -> Capacity {
        let given = self.figures.capacity.clone();
        let most = self.figures.form.mintable().and_then(|left| self.figures.form.most_eth(left));
        let Some(most) = most else { return given };
        match given {
            Capacity::Limited { amount, .. } if amount <= most => given,
            Capacity::Unknown(_) => given,
            Capacity::Limited { .. } | Capacity::Unlimited => {
                Capacity::Limited { amount: most, what: "supply cap", refill_per_block: None }
            }
        }
    }
}

impl Venue for ShareRate {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        if (swap.from, swap.to) != (ETH, SHARE) || self.call().is_none() {
            return Err(self.refusal(swap));
        }
        let ShareRateFigures { form, least_deposit, capacity, .. } = &self.figures;
        if swap.amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        if swap.amount < *least_deposit {
            return Err(QuoteError::BelowMinimum { venue: self.id.clone(), least: *least_deposit });
        }
        capacity.check(&self.id, swap.amount)?;
        let (wei, shares) = form.redemption();
        let minted = form.minted(swap.amount).filter(|_| !shares.is_zero());
        let minted = minted.ok_or_else(|| QuoteError::failed(&self.id, [wei, shares]))?;
        self.check_supply(minted)?;
        Ok(Quote::of(minted))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let quote = self.quote(swap)?;
        if let RateForm::Totals { assets, shares, .. } = &mut self.figures.form {
            let after = assets.checked_add(swap.amount).zip(shares.checked_add(quote.out));
            (*assets, *shares) = after.ok_or_else(|| QuoteError::Overflow(self.id.clone()))?;
        }
        self.figures.capacity.spend(swap.amount);
        Ok(quote)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        if (from, to) != (ETH, SHARE) {
            return None;
        }
        self.call()?;
        let (shares, wei) = self.figures.form.shares_per_eth()?;
        let cap = self.deposit_capacity().cap();
        Gain::linear(to_f64(shares) / to_f64(wei), cap)
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        let unknown = match (from, to, &self.figures.deposit) {
            (ETH, SHARE, _) if self.call().is_some() => return self.deposit_capacity(),
            (ETH, SHARE, Deposit::Unknown(what)) => Some(what),
            (SHARE, ETH, _) => self.figures.burn_unknown.as_ref(),
            _ => None,
        };
        unknown.map_or_else(|| Capacity::none("not traded"), |what| Capacity::Unknown(what.clone()))
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        let kind = if from == ETH { LegKind::Stake } else { LegKind::Redeem };
        Step { kind, gas: 90_000, approves: false }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        match self.call() {
            Some(_) if (from, to) != (ETH, SHARE) => Encoded::nothing(),
            Some(DepositCall::Deposit(target)) => {
                Encoded::one(Call::new(target, amount, &depositCall {}))
            }
            Some(DepositCall::Stake(target)) => {
                Encoded::one(Call::new(target, amount, &stakeCall { minOut: trade.min_out }))
            }
            None => Encoded::nothing(),
        }
    }

    fn exits(&self, token: usize) -> Vec<Exit> {
        if token == SHARE { self.exits.clone() } else { Vec::new() }
    }

    fn redemption(&self, token: usize) -> Option<Backing> {
        let (amount, units) = self.figures.form.redemption();
        (token == SHARE).then_some(Backing { asset: ETH, amount, units })
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAKE: Swap = Swap { from: ETH, to: SHARE, amount: WAD };

    fn figures(form: RateForm, deposit: Deposit) -> ShareRateFigures {
        ShareRateFigures {
            share: Address::repeat_byte(1),
            form,
            deposit,
            burn_unknown: None,
            least_deposit: U256::ZERO,
            capacity: Capacity::Unknown("limits at this block".into()),
        }
    }

    fn venue(figures: ShareRateFigures) -> ShareRate {
        ShareRate::new(VenueId::new("test"), figures)
    }

    /// `swETHToETHRate()` executed at mainnet block 19,932,810.
    fn sweth() -> ShareRate {
        let form = RateForm::Rate { eth_per_share_wad: uint!(1_060_073_543_526_866_745_U256) };
        let target = Address::repeat_byte(1);
        venue(figures(form, Deposit::Open(DepositCall::Deposit(target))))
    }

    /// Mantle's storage at mainnet block 19,860,366.
    fn meth(supply_cap: U256) -> ShareRate {
        let form = RateForm::Totals {
            assets: uint!(475_164_652_186_884_466_073_830_U256),
            shares: uint!(460_196_337_247_436_761_932_774_U256),
            haircut_bps: 4,
            supply_cap: Some(supply_cap),
        };
        let deposit = Deposit::Open(DepositCall::Stake(Address::repeat_byte(2)));
        venue(ShareRateFigures {
            least_deposit: uint!(20_000_000_000_000_000_U256),
            capacity: Capacity::Unlimited,
            ..figures(form, deposit)
        })
    }

    fn meth_cap() -> U256 {
        uint!(600_000_000_000_000_000_000_000_U256)
    }

    #[test]
    fn a_stored_rate_divides_and_rounds_down() {
        assert_eq!(sweth().quote(STAKE).unwrap().out, uint!(943_330_777_478_888_918_U256));
        let amount = uint!(1_060_073_543_526_866_745_U256);
        assert_eq!(sweth().quote(Swap { amount, ..STAKE }).unwrap().out, WAD);
        let amount = amount - U256::ONE;
        assert_eq!(sweth().quote(Swap { amount, ..STAKE }).unwrap().out, WAD - U256::ONE);
    }

    #[test]
    fn totals_leave_the_haircut_to_the_others() {
        let mut venue = meth(meth_cap());
        let before = venue.redemption();
        let quote = venue.trade(STAKE).unwrap();
        assert_eq!(quote.out, uint!(968_111_278_049_388_294_U256));
        let after = venue.redemption();
        assert_eq!(after, (before.0 + WAD, before.1 + quote.out));
        assert!(after.0 * before.1 > before.0 * after.1);
    }

    #[test]
    fn bounds_hold_to_the_wei() {
        let venue = meth(meth_cap());
        let least = uint!(20_000_000_000_000_000_U256);
        assert!(venue.quote(Swap { amount: least, ..STAKE }).is_ok());
        assert_eq!(
            venue.quote(Swap { amount: least - U256::ONE, ..STAKE }),
            Err(QuoteError::BelowMinimum { venue: VenueId::new("test"), least })
        );
        let Capacity::Limited { amount: most, .. } = venue.capacity(ETH, SHARE) else { panic!() };
        let left = meth_cap() - uint!(460_196_337_247_436_761_932_774_U256);
        assert_eq!(venue.quote(Swap { amount: most, ..STAKE }).unwrap().out, left);
        assert_eq!(
            venue.quote(Swap { amount: most + U256::from(2), ..STAKE }),
            Err(QuoteError::Limit { venue: VenueId::new("test"), what: "supply cap", limit: left })
        );
    }

    #[test]
    fn a_reference_rate_trades_nothing() {
        let rate = uint!(1_010_127_518_632_505_253_U256);
        let form = RateForm::Reference { eth_per_share_wad: rate };
        let venue = venue(figures(form, Deposit::Closed));
        assert!(matches!(venue.quote(STAKE), Err(QuoteError::NotTraded { .. })));
        assert_eq!(venue.gain(ETH, SHARE), None);
        assert_eq!(venue.redemption(), (rate, WAD));
    }

    /// Rocket Pool's rate is known and its fee and collateral are not.
    #[test]
    fn unknowns_are_named_not_guessed() {
        let form = RateForm::Totals {
            assets: uint!(562_387_228_086_019_256_911_590_U256),
            shares: uint!(508_141_900_090_916_222_974_365_U256),
            haircut_bps: 0,
            supply_cap: None,
        };
        let venue = venue(ShareRateFigures {
            burn_unknown: Some("collateral that burning is limited to".into()),
            ..figures(form, Deposit::Unknown("deposit fee and pool space".into()))
        });
        let deposit = venue.quote(STAKE).unwrap_err();
        assert_eq!(deposit.to_string(), "test: deposit fee and pool space");
        let burn = venue.quote(Swap { from: SHARE, to: ETH, amount: WAD }).unwrap_err();
        assert_eq!(burn.to_string(), "test: collateral that burning is limited to");
        assert!(matches!(venue.capacity(ETH, SHARE), Capacity::Unknown(_)));
        assert!(matches!(venue.capacity(SHARE, ETH), Capacity::Unknown(_)));
        assert_eq!(venue.gain(ETH, SHARE), None);
    }

    #[test]
    fn calls_are_those_of_the_contracts() {
        let trade = |min_out| Trade {
            swap: STAKE,
            min_out,
            recipient: Address::repeat_byte(9),
            deadline: 0,
        };
        let stake = meth(meth_cap()).encode(&trade(U256::from(5))).calls.remove(0);
        assert_eq!((stake.to, stake.value), (Address::repeat_byte(2), WAD));
        assert_eq!((stake.data.len(), stake.data[35]), (36, 5));
        let deposit = sweth().encode(&trade(U256::ZERO)).calls.remove(0);
        assert_eq!(deposit.data[..], [0xd0, 0xe3, 0x0d, 0xb0]);
    }
}
