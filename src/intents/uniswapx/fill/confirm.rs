//! The whole fill in an EVM: the reactor's part, Permit2's and the Filler's.

use alloy_primitives::{Address, U256};
use tenor_simulations::{AfterError, Script, SourceError, World, world::Block};
use tenor_solver::venues::{Answer, Read};

use super::{Fill, FillError, gas_cost, profit};
use crate::{
    engine::{Engine, NOBODY},
    intents::uniswapx::price::Moment,
};

/// What a run of a whole fill came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// What the solver has more of the token than before.
    pub gained: U256,
    /// Gas of the transaction.
    pub gas: u64,
    /// What that gas costs, rounded up.
    pub gas_cost: U256,
    /// What is left.
    pub profit: U256,
}

impl Fill {
    /// Whether both contracts of it are there, so that it can be run.
    pub fn is_runnable(&self, world: &World) -> Result<bool, SourceError> {
        let codes = world.answer(&[Read::CodeHash(self.call.to), Read::CodeHash(self.reactor)])?;
        Ok(codes.iter().all(|code| matches!(code, Answer::Word(hash) if !hash.is_zero())))
    }

    /// Runs the whole fill as `solver` would send it, in a world where reactor and Filler are, at the
    /// moment's block; and refuses what does not pay there.
    pub fn confirm(
        &self,
        engine: &Engine,
        world: &World,
        at: &Moment,
        solver: Address,
    ) -> Result<Confirmed, FillError> {
        if !at.priority_fee.is_zero() {
            return Err(FillError::PriorityFee);
        }
        let failed = |error: AfterError| FillError::Unconfirmed(Box::new(error));
        let script = |account, calls, watch| Script {
            account,
            holdings: Vec::new(),
            approvals: Vec::new(),
            calls,
            watch,
        };
        let base_fee = u64::try_from(at.base_fee).map_err(|_| FillError::Overflow)?;
        let (number, timestamp) = (at.block, at.timestamp);
        let block = Block { number, timestamp, base_fee, ..world.block() };
        let world = world.after(&script(NOBODY, Vec::new(), Vec::new()), block).map_err(failed)?;
        let run = script(solver, vec![self.call.clone()], vec![self.token]);
        let report = tenor_simulations::simulate(&world.world, &run);
        let report = report.map_err(|error| failed(AfterError::Script(error)))?;
        let before = report.before.first().map_or(U256::ZERO, |(_, stored)| *stored);
        let after = report.after.first();
        // Of a solver who held nothing, the balance tells; shares of a rebasing token otherwise.
        let gained = after.map_or(U256::ZERO, |after| {
            if before.is_zero() { after.balance } else { after.stored().saturating_sub(before) }
        });
        let gas_cost = gas_cost(engine, report.gas, self.token, at)?;
        let profit = profit(self.token, gained, U256::ZERO, gas_cost)?;
        Ok(Confirmed { gained, gas: report.gas, gas_cost, profit })
    }
}
