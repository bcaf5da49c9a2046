//! The calls that the protocol itself makes before and after a block's transactions.

use alloy_eips::{eip2935, eip4788, eip7002, eip7251};
use alloy_primitives::{Address, Bytes};
use revm::{
    SystemCallCommitEvm,
    bytecode::Bytecode,
    context::result::{EVMError, ExecutionResult},
    primitives::hardfork::SpecId,
    state::AccountInfo,
};

use super::{Evm, Overlay, ReplayError, env::required};
use crate::{
    forks::Fork,
    recorded::Header,
    source::{SourceCause, SourceError},
};

/// Where each system contract stands, its code, and since which rules it is called.
pub(crate) fn contracts() -> [(Address, &'static Bytes, SpecId); 4] {
    [
        (eip4788::BEACON_ROOTS_ADDRESS, &eip4788::BEACON_ROOTS_CODE, SpecId::CANCUN),
        (eip2935::HISTORY_STORAGE_ADDRESS, &eip2935::HISTORY_STORAGE_CODE, SpecId::PRAGUE),
        (
            eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
            &eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_CODE,
            SpecId::PRAGUE,
        ),
        (
            eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
            &eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_CODE,
            SpecId::PRAGUE,
        ),
    ]
}

/// Places those that the recording does not hold, with the code of their EIP and no storage.
///
/// A recording holds what its transactions touch, so none of them sees the difference.
pub(super) fn place_contracts(state: &mut Overlay, rules: SpecId) -> Result<(), ReplayError> {
    for (address, code, since) in contracts() {
        if !rules.is_enabled_in(since) || recorded(state, address)? {
            continue;
        }
        let code = Bytecode::new_legacy(code.clone());
        let info = AccountInfo::from_bytecode(code).with_nonce(1);
        state.insert_account_info(address, info);
        state.replace_account_storage(address, Default::default())?;
    }
    Ok(())
}

fn recorded(state: &Overlay, address: Address) -> Result<bool, SourceError> {
    match state.db.0.account(address) {
        Ok(account) => Ok(account.is_some_and(|account| !account.is_empty_code_hash())),
        Err(SourceError { cause: SourceCause::NotRecorded, .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Stores the beacon block's root (EIP-4788) and the parent's hash (EIP-2935).
pub(super) fn before(evm: &mut Evm, header: &Header, fork: &Fork) -> Result<(), ReplayError> {
    if header.number == 0 {
        return Ok(());
    }
    if fork.rules.is_enabled_in(SpecId::CANCUN) {
        let root = required(header.beacon_root, header, fork, "parentBeaconBlockRoot")?;
        call(evm, eip4788::BEACON_ROOTS_ADDRESS, root.into())?;
    }
    if fork.rules.is_enabled_in(SpecId::PRAGUE) {
        call(evm, eip2935::HISTORY_STORAGE_ADDRESS, header.parent_hash.into())?;
    }
    Ok(())
}

/// Takes the requests for withdrawals (EIP-7002) and consolidations (EIP-7251) out of their queues.
pub(super) fn after(evm: &mut Evm, fork: &Fork) -> Result<(), ReplayError> {
    if fork.rules.is_enabled_in(SpecId::PRAGUE) {
        call(evm, eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, Bytes::new())?;
        call(evm, eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS, Bytes::new())?;
    }
    Ok(())
}

fn call(evm: &mut Evm, contract: Address, data: Bytes) -> Result<(), ReplayError> {
    let refused = |why| ReplayError::System { contract, why };
    match evm.system_call_commit(contract, data) {
        Ok(ExecutionResult::Success { .. }) => Ok(()),
        Ok(ExecutionResult::Revert { output, .. }) => Err(refused(format!("reverted: {output}"))),
        Ok(ExecutionResult::Halt { reason, .. }) => Err(refused(format!("{reason:?}"))),
        Err(EVMError::Database(error)) => Err(error.into()),
        Err(error) => Err(refused(error.to_string())),
    }
}
