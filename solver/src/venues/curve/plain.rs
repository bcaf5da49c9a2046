//! Curve's first StableSwap: plain pools of two to eight coins with a fixed fee.
//!
//! Sources: `StableSwap3Pool.vy` (Vyper 0.2.4), `StableSwapSTETH.vy` (0.2.8), `SwapTemplateBase.vy`
//! and the factory's plain pools: `exchange`. One unit is kept from each output against rounding.
//! A pool of a coin and another pool's token, with that token's virtual price for its rate, is one
//! too.

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::{
    super::{
        Call, Capacity, Encoded, Gain, LegKind, NATIVE, Quote, QuoteError, Step, Swap, Trade,
        Venue, VenueId,
    },
    DenominatorForm, Exchange, StableSwap, StableSwapError,
    formula::FEE_DENOMINATOR,
    state::{State, refusal},
};
use crate::amount::to_f64;

sol! {
    function exchange(int128 i, int128 j, uint256 dx, uint256 min_dy)
        external payable returns (uint256);
}

/// The figures of a pool at one block.
#[derive(Debug, Clone)]
pub struct CurveFigures {
    /// The name in the market.
    pub id: VenueId,
    /// The pool contract.
    pub pool: Address,
    /// Its coins; [`NATIVE`] for ETH.
    pub coins: Vec<Address>,
    /// Balances without the admin's, in each coin's smallest unit.
    pub balances: Vec<U256>,
    /// `A` times 100.
    pub amp_scaled: U256,
    /// From smallest units to 1e-18 of the common unit, in 1e-18: 1e18 for 18 decimals.
    pub rates: Vec<U256>,
    /// The fee on the output, in 1e-10.
    pub fee_1e10: U256,
    /// The admin's share of the fee, in 1e-10.
    pub admin_fee_1e10: U256,
    /// Which generation.
    pub form: DenominatorForm,
}

/// A pool with a fixed fee.
#[derive(Debug, Clone)]
pub struct CurveStableSwap {
    id: VenueId,
    pool: Address,
    state: State,
}

impl CurveStableSwap {
    /// A pool with these figures; `Err` when they have no invariant.
    pub fn new(figures: CurveFigures) -> Result<Self, StableSwapError> {
        let CurveFigures { id, pool, coins, balances, rates, form, .. } = figures;
        let CurveFigures { amp_scaled, fee_1e10, admin_fee_1e10, .. } = figures;
        let formula = StableSwap { amp_scaled, fee_1e10, admin_fee_1e10, form };
        Ok(Self { id, pool, state: State::new(coins, &balances, &rates, formula)? })
    }

    /// The balances without the admin's, in each coin's smallest unit.
    pub fn balances(&self) -> &[U256] {
        self.state.balances()
    }

    /// The invariant of the balances, in 1e-18 of the common unit.
    pub fn invariant(&self) -> Result<U256, StableSwapError> {
        self.state.invariant()
    }

    fn exchange(&self, swap: Swap) -> Result<Exchange, QuoteError> {
        self.state.check(&self.id, swap)?;
        let fee = self.state.formula.fee_1e10;
        let done = self.state.moved(swap);
        let done = done.and_then(|moved| self.state.shares(swap.to, moved.gross, fee));
        done.map_err(|error| refusal(&self.id, error))
    }
}

impl Venue for CurveStableSwap {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        self.state.coins()
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        self.exchange(swap).map(|done| Quote::of(done.out))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let done = self.exchange(swap)?;
        self.state = self.state.after(swap, done).map_err(|error| refusal(&self.id, error))?;
        Ok(Quote::of(done.out))
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let keep = 1.0 - to_f64(self.state.formula.fee_1e10) / to_f64(FEE_DENOMINATOR);
        match self.state.curve(from, to)? {
            Gain::Stable { x, ann, d, rate_in, rate_out, .. } => {
                Some(Gain::Stable { x, ann, d, keep, rate_in, rate_out })
            }
            _ => None,
        }
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        let probe = Swap { from, to, amount: U256::ONE };
        match self.state.check(&self.id, probe) {
            Ok(()) => Capacity::Unlimited,
            Err(_) => Capacity::none("not traded"),
        }
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        let native = self.state.coins().get(from) == Some(&NATIVE);
        Step { kind: LegKind::Swap, gas: 130_000, approves: !native }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        let Some(coin) = self.state.coins().get(from) else { return Encoded::nothing() };
        let (Ok(i), Ok(j)) = (i128::try_from(from), i128::try_from(to)) else {
            return Encoded::nothing();
        };
        let call = exchangeCall { i, j, dx: amount, min_dy: trade.min_out };
        if *coin == NATIVE {
            return Encoded::one(Call::new(self.pool, amount, &call));
        }
        let call = Call::new(self.pool, U256::ZERO, &call);
        Encoded::one(call).allowing(*coin, self.pool, amount)
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::uint;

    use super::*;
    use crate::amount::WAD;

    const STETH: Address = Address::repeat_byte(0xae);

    fn figures(balances: [U256; 2], amp: u64, form: DenominatorForm) -> CurveFigures {
        CurveFigures {
            id: VenueId::new("curve:ETH/stETH"),
            pool: Address::repeat_byte(0xdc),
            coins: vec![NATIVE, STETH],
            balances: balances.to_vec(),
            amp_scaled: U256::from(amp * 100),
            rates: vec![WAD; 2],
            fee_1e10: uint!(1_000_000_U256),
            admin_fee_1e10: uint!(5_000_000_000_U256),
            form,
        }
    }

    /// ETH/stETH before the first transaction of mainnet block 19,932,810.
    fn mainnet() -> CurveStableSwap {
        let balances = uint!([34052454587872250472880_U256, 36928655176539888692501_U256]);
        CurveStableSwap::new(figures(balances, 200, DenominatorForm::PlusOne)).unwrap()
    }

    fn ether(amount: u64) -> U256 {
        U256::from(amount) * WAD
    }

    fn steth_in(amount: U256) -> Swap {
        Swap { from: 1, to: 0, amount }
    }

    fn eth_in(amount: U256) -> Swap {
        Swap { from: 0, to: 1, amount }
    }

    #[test]
    fn quotes_of_the_dated_pool() {
        let out = |swap| mainnet().quote(swap).unwrap().out;
        assert_eq!(out(steth_in(ether(100))), uint!(99948146418544838553_U256));
        assert_eq!(out(steth_in(ether(1000))), uint!(999353429189270200915_U256));
        assert_eq!(out(eth_in(ether(100))), uint!(100029039141890588782_U256));
    }

    #[test]
    fn quote_of_a_balanced_pool() {
        let figures = figures([ether(40_000); 2], 30, DenominatorForm::PlusOne);
        let out = CurveStableSwap::new(figures).unwrap().quote(eth_in(ether(100))).unwrap().out;
        assert_eq!(out, uint!(99981936893381326171_U256));
    }

    #[test]
    fn a_trade_leaves_half_the_fee() {
        let mut pool = mainnet();
        let (eth, steth) = (pool.balances()[0], pool.balances()[1]);
        let swap = steth_in(ether(100));
        let done = pool.exchange(swap).unwrap();
        assert_eq!(pool.trade(swap).unwrap().out, done.out);
        // The fee is 1e-4 of the gross, the admin's part half of it.
        let fee = (done.out * uint!(10_000_U256) / uint!(9_999_U256)) - done.out;
        assert!(done.admin_fee.abs_diff(fee / uint!(2_U256)) <= U256::ONE);
        assert_eq!(pool.balances(), [eth - done.out - done.admin_fee, steth + ether(100)]);
        assert!(pool.invariant().unwrap() > mainnet().invariant().unwrap());
    }

    #[test]
    fn the_two_generations_differ_where_a_balance_is_tiny() {
        let invariant = |form| {
            let (amp_scaled, fee_1e10) = (U256::from(500), U256::ZERO);
            let formula = StableSwap { amp_scaled, fee_1e10, admin_fee_1e10: fee_1e10, form };
            formula.invariant(&[U256::from(10), U256::from(1000)]).unwrap()
        };
        assert_eq!(invariant(DenominatorForm::PlusOne), uint!(587_U256));
        assert_eq!(invariant(DenominatorForm::Plain), uint!(580_U256));
    }

    #[test]
    fn one_unit_is_kept() {
        assert!(matches!(
            mainnet().quote(eth_in(U256::ONE)),
            Err(QuoteError::NothingOut(_)) | Ok(Quote { out: U256::ZERO, .. })
        ));
    }

    #[test]
    fn what_the_contract_cannot_compute_is_an_error() {
        let pool = mainnet();
        assert!(matches!(pool.quote(eth_in(U256::MAX)), Err(QuoteError::Overflow(_))));
        assert_eq!(pool.quote(eth_in(U256::ZERO)), Err(QuoteError::ZeroAmount));
        let empty = figures([U256::ZERO; 2], 30, DenominatorForm::Plain);
        assert_eq!(CurveStableSwap::new(empty).unwrap_err(), StableSwapError::Empty);
    }

    #[test]
    fn eth_is_sent_along_and_tokens_are_approved() {
        let trade = |swap| Trade {
            swap,
            min_out: U256::ONE,
            recipient: Address::repeat_byte(7),
            deadline: 0,
        };
        let sent = mainnet().encode(&trade(eth_in(ether(1))));
        assert_eq!((sent.calls[0].value, sent.approval), (ether(1), None));
        assert_eq!(&sent.calls[0].data[..4], [0x3d, 0xf0, 0x21, 0x24]);
        let pulled = mainnet().encode(&trade(steth_in(ether(1))));
        assert_eq!(pulled.calls[0].value, U256::ZERO);
        assert_eq!(pulled.approval.map(|a| a.token), Some(STETH));
    }
}
