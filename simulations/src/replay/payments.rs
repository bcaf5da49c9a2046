//! Ether that a block pays after its last transaction.

use alloy_primitives::{Address, U256};
use revm::database::AccountState;

use super::{Overlay, ReplayError};
use crate::{
    forks::Fork,
    recorded::{RecordedBlock, Uncle},
    source::{SourceCause, SourceError},
};

/// Ether paid by the protocol, not by an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// To whom.
    pub to: Address,
    /// Wei.
    pub wei: U256,
}

/// Before the merge the reward of the miner, a 32nd more for each uncle, and of each uncle's miner
/// an eighth less for each block that it is older; since Shanghai the withdrawals (EIP-4895).
pub(super) fn due(block: &RecordedBlock, fork: &Fork) -> Vec<Payment> {
    let mut payments = Vec::new();
    if fork.reward > 0 {
        let reward = U256::from(fork.reward);
        let uncles = U256::from(block.uncle_count);
        let miner = reward + reward / U256::from(32) * uncles;
        payments.push(Payment { to: block.header.beneficiary, wei: miner });
        for Uncle { number, miner } in &block.uncles {
            let age = block.header.number.saturating_sub(*number);
            let eighths = U256::from(8_u64.saturating_sub(age));
            payments.push(Payment { to: *miner, wei: reward * eighths / U256::from(8) });
        }
    }
    let withdrawals = block.withdrawals.iter().flatten();
    payments.extend(withdrawals.map(|out| Payment { to: out.address, wei: out.amount_wei() }));
    payments
}

/// Pays those accounts that are known. Whoever receives a withdrawal need not be touched by a
/// transaction: his balance is not recorded, and then it stays unknown.
pub(super) fn pay(state: &mut Overlay, payments: &[Payment]) -> Result<(), ReplayError> {
    for &Payment { to, wei } in payments.iter().filter(|payment| !payment.wei.is_zero()) {
        let account = match state.load_account(to) {
            Ok(account) if account.account_state != AccountState::NotExisting => account,
            Ok(_) | Err(SourceError { cause: SourceCause::NotRecorded, .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let balance = account.info.balance.checked_add(wei);
        account.info.balance = balance.ok_or(ReplayError::Overflow(to))?;
    }
    Ok(())
}
