//! The attacker: what others could take from a script if they saw it, searched in the EVM.
//!
//! [`search`] trades before and after each of a victim's swaps, and around the market once the
//! victim is done, in real EVM runs with the victim's real calldata: where its own limit makes it
//! revert, the attack is none. Nothing is assumed of a pool's curve. Venues only write the
//! attacker's calls and tell where rings may pay; what is taken is what a run measured.
//!
//! # What an attacker is given
//!
//! - As much of any token as it wants ([`CAPITAL`]), and its allowances given beforehand: a
//!   sandwicher keeps them standing.
//! - One transaction a hop, each paying the block's base fee and [`Case::tip`].
//! - Paths: the victim's venue itself; another venue first or last, where that shares a token.
//!
//! # How much is tried
//!
//! At most [`MOST_PATHS`] paths a swap with [`MOST_RUNS`] runs each, and [`MOST_RINGS`] rings with
//! [`RING_RUNS`] runs each. The same question always takes the same runs. Every attempt lies in the
//! EVM's journal over one prepared state and is thrown away: no state is copied.
//!
//! The venues' own integers tell where to start ([`tenor_solver::mev::limit`]): the largest front run
//! that the victim's limit lets through is found within a dozen runs from there. A path through a
//! venue that the victim does not trade through costs that venue's fee twice and moves the victim no
//! further, so it is tried only by who holds nothing better: where the token given has no price.
//!
//! Where it is known how much a victim can lose before it reverts ([`Aim::room`]), a few runs may show
//! that no front run of any size pays for its gas: then no more are tried (`ceiling`).
//!
//! [`sandwiches`] searches the swaps one by one and then all of them at once, as one attacker would
//! who stands around a whole bundle: [`Whole`] is what that took.
//!
//! What is left out: liquidity provided just in time, several victims at once, rings before the
//! victim. `MEV_MODEL`, sections 1, 2 and 4.

mod attempt;
mod backrun;
mod ceiling;
mod climb;
mod paths;
mod sandwich;
mod stage;
mod whole;

use alloy_primitives::{Address, U256};
pub use tenor_solver::mev::ring::Hop;
use tenor_solver::venues::{Swap, Venue};

use crate::{
    run::{Script, SimulationError},
    world::World,
};

use self::stage::Stage;

/// Units of each token that an attacker may use: 2^100, more than there is of any.
pub const CAPITAL: U256 = U256::from_limbs([0, 1 << 36, 0, 0]);

/// The most paths that are tried on one swap.
pub const MOST_PATHS: usize = 8;

/// The most runs of one path.
pub const MOST_RUNS: u32 = 100;

/// The most rings that are tried after the victim, those first that the venues' own curves put first.
pub const MOST_RINGS: usize = 6;

/// The most runs of one ring.
pub const RING_RUNS: u32 = 32;

/// Who attacks: nobody's account.
const ATTACKER: Address = Address::repeat_byte(0xa7);

/// A victim, and what may be used against it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The state before the victim.
    pub world: &'a World,
    /// What the victim sends, with its limits.
    pub victim: &'a Script,
    /// The victim's swaps, in the order of its calls.
    pub aims: &'a [Aim],
    /// Whether the victim's calls stand or fall together: then an attacker can only trade before the
    /// first and after the last. Otherwise each is a transaction that others can stand around.
    pub bundled: bool,
    /// Whose balances tell what the victim loses: its own account, or whom it acts for.
    pub whose: Address,
    /// What that account is to get of all calls, for what the whole of it loses.
    pub outputs: &'a [Address],
    /// Where the attacker may trade.
    pub venues: &'a [&'a dyn Venue],
    /// Wei that a unit of a token is worth. What is gained in others is not counted in ETH.
    pub prices: &'a [(Address, f64)],
    /// Wei that a unit of gas pays beyond the base fee.
    pub tip: u64,
}

/// A swap of the victim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aim {
    /// Which of its calls.
    pub call: usize,
    /// Which of the venues.
    pub venue: usize,
    /// What is swapped there.
    pub swap: Swap,
    /// The front run that a model thinks best, to start from; the swap's own amount where there is none.
    pub front: Option<U256>,
    /// Units of the token wanted that it can lose before the victim reverts, where that is known: then it
    /// may be shown in few runs that no attack pays.
    pub room: Option<U256>,
}

impl Aim {
    /// The direction that it trades.
    const fn hop(&self) -> Hop {
        Hop { venue: self.venue, from: self.swap.from, to: self.swap.to }
    }
}

/// What an attacker trades before the victim, and after it. The second is the first in reverse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Before.
    pub front: Vec<Hop>,
    /// After.
    pub back: Vec<Hop>,
}

/// The best attack on one swap; where it is certain that none pays for its gas, the best that was tried until
/// then. All zero, and no path, where nothing is gained.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Leg {
    /// The token that the attacker gives and gains.
    pub token: Address,
    /// Units of it that are gained, gas not paid.
    pub taken: U256,
    /// Units of it that are given first.
    pub front: U256,
    /// Units of the token wanted that the victim gets less than alone.
    pub loss: U256,
    /// Through where.
    pub path: Option<Path>,
    /// Gas of the attacker's transactions.
    pub gas: u64,
    /// The least gas of any attack tried that gained something: fewer ticks to cross.
    pub least_gas: u64,
    /// What is gained once gas is paid, in wei, not below zero; `None` where the token has no price.
    pub net: Option<U256>,
    /// Wei that `taken` is worth, gas not paid; zero where the token has no price.
    pub worth: U256,
    /// Wei that are exposed: no attack of this kind gains more, gas not paid. Zero where none pays even
    /// the least gas, all that is known where the token has no price.
    pub exposed: U256,
}

impl Leg {
    /// Whether an attack on it may pay for its gas.
    pub fn pays(&self) -> bool {
        !self.exposed.is_zero() && !self.worth.is_zero()
    }
}

/// What the search may miss, as a share: sizes are found to a ten-thousandth, and between them what is
/// gained changes by a few times as much at most.
const MISSED: u64 = 1 << 10;

/// Wei that no attack of a kind gains more than, of which one was found to gain so many.
fn exposed(worth: U256) -> U256 {
    // And one unit for what is rounded.
    worth.saturating_add(worth / U256::from(MISSED)).saturating_add(U256::ONE)
}

/// The best attack on all swaps at once: around the first call and the last. All zero where none pays
/// its gas.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whole {
    /// Wei that the attacker gains, gas not paid, counted at the case's prices.
    pub taken: U256,
    /// Wei of it once gas is paid.
    pub net: U256,
    /// Wei that are exposed: no attack of this kind gains more, gas not paid.
    pub exposed: U256,
    /// Wei that the outputs are worth less than unattacked, at the case's prices.
    pub loss: U256,
    /// Gas of the attacker's transactions.
    pub gas: u64,
    /// Which aims are attacked, and with how much first.
    pub parts: Vec<(usize, U256)>,
}

/// What standing around swaps takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandwiches {
    /// By aim, each as if the others were left alone.
    pub legs: Vec<Leg>,
    /// All at once.
    pub whole: Whole,
    /// EVM runs that it took.
    pub runs: u32,
}

/// The best trade around a ring once the victim is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backrun {
    /// The token that is given and gained.
    pub token: Address,
    /// Units gained, gas not paid.
    pub taken: U256,
    /// Units given.
    pub given: U256,
    /// Through where.
    pub ring: Vec<Hop>,
    /// Gas of the transactions.
    pub gas: u64,
    /// What is gained once that is paid, in wei, not below zero; `None` where the token has no price.
    pub net: Option<U256>,
}

/// What others could take from a victim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// By aim.
    pub legs: Vec<Leg>,
    /// What is left when the victim is done and nobody stood before it.
    pub backrun: Option<Backrun>,
    /// Wei that all of it is worth once gas is paid: more than any one attacker takes, for what is
    /// taken from one swap is not there for the next.
    pub total: U256,
    /// EVM runs that it took.
    pub runs: u32,
}

/// Why there is no exposure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExposureError {
    /// The victim does not run through when nobody attacks it.
    #[error("the victim does not run: {0}")]
    Victim(#[from] SimulationError),
    /// The attacker cannot be made ready.
    #[error("the attacker cannot be made ready: {0}")]
    Attacker(SimulationError),
    /// An aim names a call, a venue or a token that is not there.
    #[error("aim {0} is of a call, a venue or a token that is not there")]
    NoSuchAim(usize),
}

/// Searches what standing around a victim that stands or falls as one takes: not what is left to take
/// after it, which is nobody's loss. A victim that does not run unattacked is an error.
pub fn sandwiches(case: &Case<'_>) -> Result<Sandwiches, ExposureError> {
    case.check()?;
    let bundled = Case { bundled: true, ..*case };
    let (legs, tried) = sandwich::each(&bundled)?;
    let (whole, together) = whole::search(&bundled, &legs, tried > 0)?;
    Ok(Sandwiches { legs, whole, runs: tried + together })
}

/// Searches what others could take.
pub fn search(case: &Case<'_>) -> Result<Exposure, ExposureError> {
    case.check()?;
    let (legs, mut runs) = sandwich::each(case)?;
    let (backrun, tried) = backrun::search(case)?;
    runs += tried;
    let nets = legs.iter().filter_map(|leg| leg.net).chain(backrun.iter().filter_map(|b| b.net));
    let total = nets.fold(U256::ZERO, U256::saturating_add);
    Ok(Exposure { legs, backrun, total, runs })
}

impl<'a> Case<'a> {
    fn check(&self) -> Result<(), ExposureError> {
        let there = |aim: &Aim| {
            let tokens = self.venues.get(aim.venue).map_or(0, |venue| venue.tokens().len());
            aim.call < self.victim.calls.len() && aim.swap.from.max(aim.swap.to) < tokens
        };
        match self.aims.iter().position(|aim| !there(aim)) {
            Some(at) => Err(ExposureError::NoSuchAim(at)),
            None => Ok(()),
        }
    }

    /// The token that a hop gives.
    fn given(&self, hop: Hop) -> Option<Address> {
        self.venues.get(hop.venue)?.tokens().get(hop.from).copied()
    }

    /// The token that a hop pays.
    fn wanted(&self, hop: Hop) -> Option<Address> {
        self.venues.get(hop.venue)?.tokens().get(hop.to).copied()
    }

    /// Wei of a unit.
    fn price(&self, token: Address) -> Option<f64> {
        self.prices.iter().find(|(priced, _)| *priced == token).map(|(_, price)| *price)
    }

    /// Wei that units of a token are worth once gas is paid, not below zero.
    fn net(&self, token: Address, units: U256, gas: u64) -> Option<U256> {
        let worth = tenor_solver::amount::to_f64(units) * self.price(token)?;
        Some(tenor_solver::amount::from_f64(worth).saturating_sub(self.cost(gas)))
    }

    /// Wei that gas costs.
    fn cost(&self, gas: u64) -> U256 {
        let per_gas = U256::from(self.world.block().base_fee) + U256::from(self.tip);
        per_gas * U256::from(gas)
    }

    /// The world with the victim's first `done` calls run, and the attacker ready for `hops`.
    fn stage(&self, hops: &[Hop], done: usize) -> Result<Stage<'a>, ExposureError> {
        let mut stage = Stage::new(self.world, self.victim)?;
        stage.ready(self, hops).map_err(ExposureError::Attacker)?;
        stage.advance(&self.victim.calls[..done])?;
        Ok(stage)
    }

    /// Which of the victim's calls an aim is stood around.
    fn around(&self, aim: Aim) -> std::ops::Range<usize> {
        if self.bundled { 0..self.victim.calls.len() } else { aim.call..aim.call + 1 }
    }
}
